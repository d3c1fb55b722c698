//! TLS handshakes, and who encrypts the connection after them: this process or the kernel.

use std::io;

use rustls::ServerConnection;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::kernel_records::KernelRecords;
use super::kernel_tls::{KernelTls, hand_over};
use super::tls::ALPN_HTTP_2;
use crate::limits::FAREWELL_BYTES_MAX;

/// Length of a record's header (RFC 8446 §5.1).
const RECORD_HEADER_BYTES: usize = 5;

/// What shakes hands with clients: a certificate, and the kernel where it has TLS.
#[derive(Clone)]
pub(super) struct Handshake {
    pub(super) acceptor: TlsAcceptor,
    pub(super) kernel: KernelTls,
}

/// A connection after its handshake, by who encrypts it.
#[expect(clippy::large_enum_variant, reason = "it is taken apart as soon as it is made")]
#[derive(Debug)]
pub(super) enum Encrypted {
    /// Bytes written to the socket are encrypted on their way. HTTP/1.1 is spoken.
    ByKernel(TcpStream, KernelRecords),
    /// rustls encrypts.
    ByProcess(TlsStream<TcpStream>),
}

impl Handshake {
    /// Shakes hands with one client. Has no time limit of its own.
    ///
    /// # Errors
    /// The client speaks no TLS (it is told so, if it speaks HTTP), nothing that both know, or
    /// leaves; or the kernel fails to take the connection over.
    pub(super) async fn perform(&self, mut stream: TcpStream) -> io::Result<Encrypted> {
        // A handshake begins with the byte 22 (RFC 8446 §5.1), a request with a letter.
        let mut first = [0];
        stream.peek(&mut first).await?;
        if first[0].is_ascii_alphabetic() {
            say_that_this_is_https(&mut stream).await?;
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it spoke plain HTTP"));
        }
        if !self.kernel.is_available() {
            return self.acceptor.accept(stream).await.map(Encrypted::ByProcess);
        }
        let mut connection =
            ServerConnection::new(self.acceptor.config().clone()).map_err(io::Error::other)?;
        exchange_records(&mut stream, &mut connection).await?;
        // The frames of HTTP/2 are mixed from several answers in memory.
        if connection.alpn_protocol() != Some(ALPN_HTTP_2)
            && self.kernel.attach(&stream, &connection)
        {
            let records = hand_over(&stream, connection)?;
            return Ok(Encrypted::ByKernel(stream, records));
        }
        // A handshake that is over is taken over as it is.
        let accepted = self.acceptor.accept_with(stream, |fresh| *fresh = connection);
        accepted.await.map(Encrypted::ByProcess)
    }
}

async fn say_that_this_is_https(stream: &mut TcpStream) -> io::Result<()> {
    const ANSWER: &[u8] = b"HTTP/1.1 400 Bad Request\r\n\
        Content-Type: text/plain; charset=utf-8\r\nContent-Length: 67\r\nConnection: close\r\n\r\n\
        This server speaks HTTPS here: begin the address with https:// too\n";
    stream.write_all(ANSWER).await?;
    stream.shutdown().await?;
    // Closed with bytes unread, the connection would be reset and the answer lost.
    tokio::io::copy(&mut stream.take(FAREWELL_BYTES_MAX as u64), &mut tokio::io::sink()).await?;
    Ok(())
}

/// Shakes hands without reading a byte beyond the last record of the handshake: what follows, the
/// kernel may have to decrypt.
async fn exchange_records(
    stream: &mut TcpStream,
    connection: &mut ServerConnection,
) -> io::Result<()> {
    loop {
        send_records(stream, connection).await?;
        if !connection.is_handshaking() {
            return Ok(());
        }
        let mut record = vec![0; RECORD_HEADER_BYTES];
        stream.read_exact(&mut record).await?;
        // rustls looks at the header alone first, and refuses a length above 18 KiB.
        take_in(stream, connection, &record).await?;
        let len_bytes = u16::from_be_bytes([record[3], record[4]]);
        record.resize(len_bytes.into(), 0);
        stream.read_exact(&mut record).await?;
        take_in(stream, connection, &record).await?;
    }
}

async fn take_in(
    stream: &mut TcpStream,
    connection: &mut ServerConnection,
    mut bytes: &[u8],
) -> io::Result<()> {
    while !bytes.is_empty() {
        connection.read_tls(&mut bytes)?;
        if let Err(error) = connection.process_new_packets() {
            // An alert says why; if it cannot be sent, the error above it is what counts.
            let _ = send_records(stream, connection).await;
            return Err(io::Error::new(io::ErrorKind::InvalidData, error));
        }
    }
    Ok(())
}

async fn send_records(stream: &mut TcpStream, connection: &mut ServerConnection) -> io::Result<()> {
    let mut records = Vec::new();
    while connection.wants_write() {
        connection.write_tls(&mut records)?;
    }
    stream.write_all(&records).await
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rcgen::{CertifiedKey, generate_simple_self_signed};
    use rustls::crypto::ring;
    use rustls::pki_types::{PrivatePkcs8KeyDer, ServerName};
    use rustls::{ClientConfig, RootCertStore, ServerConfig, SupportedProtocolVersion, version};
    use tokio::net::TcpListener;
    use tokio_rustls::TlsConnector;

    use super::*;

    /// A handshake as if the kernel took everything, whatever it has, and one that trusts it.
    fn pair(protocol: &'static SupportedProtocolVersion, alpn: &[u8]) -> (Handshake, TlsConnector) {
        let provider = Arc::new(ring::default_provider());
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let key = PrivatePkcs8KeyDer::from(signing_key.serialize_der());
        let mut server = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .expect("ring knows them")
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key.into())
            .expect("they belong together");
        server.alpn_protocols = vec![ALPN_HTTP_2.to_vec(), b"http/1.1".to_vec()];
        server.enable_secret_extraction = true;
        let mut roots = RootCertStore::empty();
        roots.add(cert.der().clone()).expect("it is one");
        let mut client = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[protocol])
            .expect("ring knows it")
            .with_root_certificates(roots)
            .with_no_client_auth();
        client.alpn_protocols = vec![alpn.to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(server));
        let handshake = Handshake { acceptor, kernel: KernelTls::claimed(&provider) };
        (handshake, TlsConnector::from(Arc::new(client)))
    }

    #[tokio::test]
    async fn a_handshake_read_record_by_record_leaves_what_follows_to_be_read() {
        for (protocol, alpn) in [
            (&version::TLS12, ALPN_HTTP_2),
            (&version::TLS13, ALPN_HTTP_2),
            (&version::TLS12, b"http/1.1"),
            (&version::TLS13, b"http/1.1"),
        ] {
            let (handshake, connector) = pair(protocol, alpn);
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
            let address = listener.local_addr().expect("bound");
            let client = tokio::spawn(async move {
                let stream = TcpStream::connect(address).await.expect("somebody listens");
                let name = ServerName::try_from("localhost").expect("a name");
                let mut stream = connector.connect(name, stream).await.expect("a handshake");
                stream.write_all(b"question").await.expect("taken");
                let mut answer = [0; 6];
                stream.read_exact(&mut answer).await.expect("an answer");
                answer
            });
            let (stream, _) = listener.accept().await.expect("accepted");
            match handshake.perform(stream).await.expect("a handshake") {
                Encrypted::ByProcess(mut stream) => {
                    let mut question = [0; 8];
                    stream.read_exact(&mut question).await.expect("a question");
                    assert_eq!(&question, b"question");
                    stream.write_all(b"answer").await.expect("taken");
                    stream.flush().await.expect("taken");
                }
                Encrypted::ByKernel(mut stream, _) => {
                    let mut question = [0; 8];
                    stream.read_exact(&mut question).await.expect("a question");
                    assert_eq!(&question, b"question");
                    stream.write_all(b"answer").await.expect("taken");
                }
            }
            assert_eq!(&client.await.expect("it ends"), b"answer", "{protocol:?}");
        }
    }

    #[tokio::test]
    async fn what_is_no_handshake_is_refused_with_an_alert() {
        // A record longer than any may be, and one of a type that nobody knows.
        for record in [&[22, 3, 1, 0xff, 0xff][..], &[200, 3, 1, 0, 1, 0]] {
            let (handshake, _) = pair(&version::TLS13, ALPN_HTTP_2);
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
            let address = listener.local_addr().expect("bound");
            let mut client = TcpStream::connect(address).await.expect("somebody listens");
            client.write_all(record).await.expect("taken");
            let (stream, _) = listener.accept().await.expect("accepted");
            assert!(handshake.perform(stream).await.is_err(), "{record:?}");
            let mut alert = Vec::new();
            // The rest of the record is unread, so a reset may follow.
            let _ = client.read_to_end(&mut alert).await;
            assert_eq!(alert.first(), Some(&21), "{record:?}: {alert:?}");
        }
    }
}
