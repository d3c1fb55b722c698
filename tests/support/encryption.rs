//! TLS as a client speaks it, and a certificate to be known by.

use std::io;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tempfile::TempDir;

use crate::tools;

/// An encrypted connection.
pub type Encrypted = StreamOwned<ClientConnection, TcpStream>;

/// A certificate for `localhost` and its key, gone when dropped.
#[derive(Debug)]
pub struct Certificate {
    folder: TempDir,
}

/// What a client must know to trust a server.
#[derive(Clone, Debug)]
pub struct Trust {
    roots: Arc<RootCertStore>,
}

impl Certificate {
    /// Has `openssl` make one.
    ///
    /// # Panics
    /// If openssl is missing or fails.
    pub fn make() -> Self {
        let certificate = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        tools::run(
            Command::new("openssl")
                .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
                .args(["-nodes", "-days", "2", "-subj", "/CN=localhost"])
                // Without this it says that it signs others, and such a one is no server's.
                .args(["-addext", "basicConstraints=critical,CA:FALSE"])
                .args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout"])
                .arg(certificate.key_path())
                .arg("-out")
                .arg(certificate.path()),
        );
        certificate
    }

    /// The certificate's file.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }

    /// Its key's file.
    pub fn key_path(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }

    /// Trust in this certificate and no other.
    ///
    /// # Panics
    /// If the file is no certificate.
    pub fn trust(&self) -> Trust {
        let mut roots = RootCertStore::empty();
        let certificate = CertificateDer::from_pem_file(self.path()).expect("openssl wrote it");
        roots.add(certificate).expect("a certificate");
        Trust { roots: Arc::new(roots) }
    }
}

impl Trust {
    /// Speaks TLS on a connection, and in it this protocol and no other.
    ///
    /// # Errors
    /// What the socket or the other side says.
    ///
    /// # Panics
    /// If another protocol is spoken.
    pub fn shake_hands(&self, mut stream: TcpStream, protocol: &str) -> io::Result<Encrypted> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(Arc::clone(&self.roots))
            .with_no_client_auth();
        config.alpn_protocols = vec![protocol.into()];
        let name = ServerName::try_from("localhost").expect("a name");
        let mut connection =
            ClientConnection::new(Arc::new(config), name).expect("a name that is known");
        while connection.is_handshaking() {
            connection.complete_io(&mut stream)?;
        }
        assert_eq!(connection.alpn_protocol(), Some(protocol.as_bytes()));
        Ok(StreamOwned::new(connection, stream))
    }
}
