//! Certificates as an operator makes them, with `openssl`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tools;

/// Makes a certificate for localhost (ECDSA, P-256) that signs itself and is good for two days, and
/// says where it and its key are.
///
/// # Panics
/// If `openssl` cannot.
pub fn self_signed(folder: &Path) -> (PathBuf, PathBuf) {
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    tools::run(
        Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
            .args(["-nodes", "-days", "2", "-subj", "/CN=localhost"])
            .args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout"])
            .arg(&key)
            .arg("-out")
            .arg(&certificate),
    );
    (certificate, key)
}
