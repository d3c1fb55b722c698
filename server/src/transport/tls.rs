//! The operator's own certificate: read at the start, read again when its files change.
//!
//! rustls shakes hands; whether it or the kernel encrypts after that is decided for each connection
//! (`handshake`, docs/design/tls.md).

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::crypto::CryptoProvider;
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{CertificateError, InconsistentKeys, RootCertStore, ServerConfig};
use tokio_rustls::TlsAcceptor;

use super::handshake::Handshake;
use super::kernel_tls::KernelTls;
use crate::limits::{TLS_FILE_BYTES_MAX, TLS_FILES_LOOKED_AT_EVERY};

/// HTTP/2 over TLS by its name in the handshake (RFC 9113 §3.2).
pub(super) const ALPN_HTTP_2: &[u8] = b"h2";

/// HTTP/1.1 by its name in the handshake (RFC 7301 §6).
const ALPN_HTTP_1_1: &[u8] = b"http/1.1";

/// Why a certificate cannot be served with. The text names the file and says what to do.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error(
        "cannot read {path}: {source}. Check the path, and that the user running spillway may read it"
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is no PEM.
    #[error(
        "{path} is damaged: {source}. It must be PEM, lines between -----BEGIN …----- and -----END …-----"
    )]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Why.
        source: pem::Error,
    },
    /// The file has no certificate in it.
    #[error(
        "{path} holds no certificate. It must be PEM: the server's own certificate first, then \
         those between it and the authority (fullchain.pem of most authorities)"
    )]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// The file has no key in it.
    #[error(
        "{path} holds no private key. It must be PEM, -----BEGIN PRIVATE KEY----- or the like, \
         without a passphrase"
    )]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// The two do not belong together.
    #[error(
        "the key in {key} is not that of the first certificate in {certificate}: give the two \
         files that were made together"
    )]
    OfAnotherKey {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
    },
    /// A kind of key or certificate that is not known.
    #[error(
        "the certificate in {certificate} cannot be used: {source}. Keys may be RSA of 2048 bits \
         or more, P-256, P-384 or Ed25519"
    )]
    Unusable {
        /// The file of the certificate.
        certificate: PathBuf,
        /// Why.
        source: rustls::Error,
    },
}

/// The certificate in use and the files it came from. Clones share both.
#[derive(Clone, Debug)]
pub struct Tls {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    files: Files,
    /// What [`Self::current`] was made from.
    version: FilesVersion,
    current: ArcSwap<Loaded>,
    kernel: KernelTls,
}

#[derive(Clone, Debug)]
struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

/// Tells a file that was written or replaced from what it was.
type FilesVersion = [Option<(u64, i64, i64, u64)>; 2];

#[derive(Debug)]
struct Loaded {
    config: Arc<ServerConfig>,
    certificates: Vec<CertificateDer<'static>>,
}

impl Tls {
    /// Reads certificate and key, and asks the kernel whether it has TLS. Blocks on the disk.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let files = Files { certificate: certificate.to_owned(), key: key.to_owned() };
        // Before the content: a change in between is then seen as one.
        let version = files.version();
        let current = ArcSwap::from_pointee(files.load()?);
        let kernel = KernelTls::of_this_machine(&ring::default_provider());
        Ok(Self { shared: Arc::new(Shared { files, version, current, kernel }) })
    }

    /// What visitors will complain about although the certificate can be used: its time.
    pub fn warning(&self) -> Option<String> {
        let problem = self.shared.current.load().problem_at(SystemTime::now())?;
        Some(self.shared.files.warning(&problem))
    }

    /// Whether connections of HTTP/1.1 are encrypted by the kernel.
    pub fn is_in_kernel(&self) -> bool {
        self.shared.kernel.is_available()
    }

    /// What shakes hands with the certificate of this moment.
    pub(super) fn handshake(&self) -> Handshake {
        Handshake {
            acceptor: TlsAcceptor::from(Arc::clone(&self.shared.current.load().config)),
            kernel: self.shared.kernel.clone(),
        }
    }

    /// Reads the files again whenever they change; a pair that cannot be used leaves the old one in
    /// use and is told in the log, once. Never ends; drop it to stop.
    pub(super) async fn follow_files(self) {
        let mut loaded = self.shared.version;
        let mut seen = loaded;
        loop {
            tokio::time::sleep(TLS_FILES_LOOKED_AT_EVERY).await;
            let Ok(now) = self.on_a_thread(Files::version).await else { continue };
            // The two are written one after the other: wait until nothing changed for a round.
            let is_settled = std::mem::replace(&mut seen, now) == now;
            if now == loaded || !is_settled {
                continue;
            }
            loaded = now;
            let certificate = self.shared.files.certificate.display();
            match self.on_a_thread(Files::load).await {
                Ok(Ok(new)) => {
                    tracing::info!("the certificate in {certificate} changed and is now in use");
                    if let Some(problem) = new.problem_at(SystemTime::now()) {
                        tracing::warn!("{}", self.shared.files.warning(&problem));
                    }
                    self.shared.current.store(Arc::new(new));
                }
                Ok(Err(error)) => tracing::error!(
                    %error,
                    "the certificate changed and cannot be used; the old one stays in use: {error}"
                ),
                Err(error) => tracing::error!(%error, "reading {certificate} failed: {error}"),
            }
        }
    }

    /// Calls a function that waits for the disk where nobody else waits with it.
    async fn on_a_thread<T: Send + 'static>(
        &self,
        function: impl FnOnce(&Files) -> T + Send + 'static,
    ) -> Result<T, tokio::task::JoinError> {
        let files = self.shared.files.clone();
        tokio::task::spawn_blocking(move || function(&files)).await
    }
}

impl Files {
    fn version(&self) -> FilesVersion {
        [&self.certificate, &self.key].map(|path| {
            let metadata = fs::metadata(path).ok()?;
            Some((metadata.ino(), metadata.mtime(), metadata.mtime_nsec(), metadata.len()))
        })
    }

    fn load(&self) -> Result<Loaded, TlsError> {
        let certificates = self.read_certificates()?;
        let key = self.read_key()?;
        let provider = Arc::new(ring::default_provider());
        let config =
            config(provider, certificates.clone(), key).map_err(|source| match source {
                rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                    TlsError::OfAnotherKey {
                        certificate: self.certificate.clone(),
                        key: self.key.clone(),
                    }
                }
                source => TlsError::Unusable { certificate: self.certificate.clone(), source },
            })?;
        Ok(Loaded { config: Arc::new(config), certificates })
    }

    fn read_certificates(&self) -> Result<Vec<CertificateDer<'static>>, TlsError> {
        let path = &self.certificate;
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(&read(path)?)
            .collect::<Result<_, _>>()
            .map_err(|source| TlsError::Malformed { path: path.clone(), source })?;
        if certificates.is_empty() {
            return Err(TlsError::NoCertificate { path: path.clone() });
        }
        Ok(certificates)
    }

    fn read_key(&self) -> Result<PrivateKeyDer<'static>, TlsError> {
        let path = &self.key;
        PrivateKeyDer::from_pem_slice(&read(path)?).map_err(|source| match source {
            pem::Error::NoItemsFound => TlsError::NoKey { path: path.clone() },
            source => TlsError::Malformed { path: path.clone(), source },
        })
    }

    fn warning(&self, problem: &str) -> String {
        format!(
            "The certificate in {} {problem}: browsers and players will warn of this server or \
             refuse it. Put a new one in its place; no restart is needed.",
            self.certificate.display()
        )
    }
}

/// Reads a small regular file: a FIFO or a device given by mistake must not stop the start.
fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    let read = || {
        if !fs::metadata(path)?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file"));
        }
        let mut bytes = Vec::new();
        File::open(path)?.take(TLS_FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > TLS_FILE_BYTES_MAX {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it is too long"));
        }
        Ok(bytes)
    };
    read().map_err(|source| TlsError::Unreadable { path: path.to_owned(), source })
}

fn config(
    provider: Arc<CryptoProvider>,
    certificates: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(certificates, key)?;
    config.alpn_protocols = vec![ALPN_HTTP_2.to_vec(), ALPN_HTTP_1_1.to_vec()];
    // What a client needs to come back quickly is kept by the client, not here.
    config.ticketer = ring::Ticketer::new()?;
    // For the kernel, where it has TLS.
    config.enable_secret_extraction = true;
    Ok(config)
}

impl Loaded {
    /// Whether the certificate's time is over or has not begun.
    fn problem_at(&self, time: SystemTime) -> Option<String> {
        let since_epoch = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        let (own, intermediates) = self.certificates.split_first()?;
        // A client's own check, as one that trusts this very certificate would make it: the time
        // is looked at first, and whatever else it says is not asked here.
        let mut roots = RootCertStore::empty();
        roots.add(own.clone()).ok()?;
        let provider = Arc::new(ring::default_provider());
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().ok()?;
        let any_name = ServerName::try_from("localhost").expect("it is a name");
        let now = UnixTime::since_unix_epoch(since_epoch);
        let date = |time: UnixTime| {
            httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(time.as_secs()))
        };
        match verifier.verify_server_cert(own, intermediates, &any_name, &[], now) {
            Err(rustls::Error::InvalidCertificate(CertificateError::ExpiredContext {
                not_after,
                ..
            })) => Some(format!("has expired on {}", date(not_after))),
            Err(rustls::Error::InvalidCertificate(CertificateError::NotValidYetContext {
                not_before,
                ..
            })) => Some(format!("is not valid before {}", date(not_before))),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    struct Pair {
        folder: tempfile::TempDir,
    }

    impl Pair {
        /// A certificate valid from the beginning of one year to that of another.
        fn valid(from: i32, until: i32) -> Self {
            let pair = Self { folder: tempfile::tempdir().expect("a temporary folder") };
            pair.renew(from, until);
            pair
        }

        fn renew(&self, from: i32, until: i32) {
            let mut params = CertificateParams::new(["localhost".to_owned()]).expect("a name");
            params.not_before = date_time_ymd(from, 1, 1);
            params.not_after = date_time_ymd(until, 1, 1);
            let key = KeyPair::generate().expect("a key");
            let certificate = params.self_signed(&key).expect("a certificate");
            fs::write(self.certificate(), certificate.pem()).expect("written");
            fs::write(self.key(), key.serialize_pem()).expect("written");
        }

        fn certificate(&self) -> PathBuf {
            self.folder.path().join("certificate.pem")
        }

        fn key(&self) -> PathBuf {
            self.folder.path().join("key.pem")
        }

        fn load(&self) -> Result<Tls, String> {
            Tls::load(&self.certificate(), &self.key()).map_err(|error| error.to_string())
        }
    }

    fn certificate_in_use(tls: &Tls) -> CertificateDer<'static> {
        tls.shared.current.load().certificates[0].clone()
    }

    #[test]
    fn a_pair_is_served_without_a_word() {
        let tls = Pair::valid(2020, 2200).load().expect("a pair");
        assert_eq!(tls.warning(), None);
    }

    #[test]
    fn a_certificate_out_of_its_time_is_served_with_a_warning() {
        for (from, until, words) in [
            (2001, 2002, "has expired on Tue, 01 Jan 2002"),
            (2199, 2200, "is not valid before Tue, 01 Jan 2199"),
        ] {
            let warning = Pair::valid(from, until).load().expect("a pair").warning();
            assert!(warning.as_ref().is_some_and(|text| text.contains(words)), "{warning:?}");
        }
    }

    #[test]
    fn what_cannot_be_served_with_is_refused_with_the_file_and_what_to_do() {
        type Spoil = fn(&Pair);
        let cases: [(&str, &str, Spoil); 8] = [
            ("certificate.pem", "cannot read", |pair| {
                fs::remove_file(pair.certificate()).expect("removed");
            }),
            ("key.pem", "not a file", |pair| {
                fs::remove_file(pair.key()).expect("removed");
                fs::create_dir(pair.key()).expect("made");
            }),
            ("key.pem", "too long", |pair| {
                fs::write(pair.key(), vec![b'a'; 2 << 20]).expect("written");
            }),
            ("certificate.pem", "holds no certificate", |pair| {
                fs::copy(pair.key(), pair.certificate()).expect("copied");
            }),
            ("key.pem", "holds no private key", |pair| {
                fs::copy(pair.certificate(), pair.key()).expect("copied");
            }),
            ("key.pem", "is not that of the first certificate", |pair| {
                fs::copy(Pair::valid(2020, 2200).key(), pair.key()).expect("copied");
            }),
            ("certificate.pem", "is damaged", |pair| {
                let text = "-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n";
                fs::write(pair.certificate(), text).expect("written");
            }),
            ("certificate.pem", "cannot be used", |pair| {
                let text = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
                fs::write(pair.certificate(), text).expect("written");
            }),
        ];
        for (file, words, spoil) in cases {
            let pair = Pair::valid(2020, 2200);
            spoil(&pair);
            let message = pair.load().expect_err(words);
            assert!(message.contains(words) && message.contains(file), "{words}: {message}");
        }
    }

    #[tokio::test]
    async fn a_new_pair_is_taken_and_a_broken_one_is_not() {
        let pair = Pair::valid(2020, 2200);
        let tls = pair.load().expect("a pair");
        let first = certificate_in_use(&tls);
        let following = tokio::spawn(tls.clone().follow_files());
        fs::write(pair.key(), "nonsense").expect("written");
        tokio::time::sleep(3 * TLS_FILES_LOOKED_AT_EVERY).await;
        assert_eq!(certificate_in_use(&tls), first, "a broken pair was taken");
        pair.renew(2020, 2201);
        let deadline = tokio::time::Instant::now() + 10 * TLS_FILES_LOOKED_AT_EVERY;
        while certificate_in_use(&tls) == first {
            assert!(tokio::time::Instant::now() < deadline, "the new pair was not taken");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        following.abort();
    }
}
