//! Files over TLS, by HTTP/1.1 and HTTP/2: the same bytes, and the same ends to everything.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use h2::client::SendRequest;
use http::{Request, Response, header};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::wire_server::{MIB, Server, assert_same};
use crate::limits::HTTP_2_STREAM_BYTES_MAX;
use crate::transport::{ConnectionLimits, Listener, Tls};

/// What clients of the `h2` crate allow for each stream unless told otherwise.
const WINDOW_BYTES: u64 = 65_535;

/// Longer than anything here takes, on a machine that compiles beside it.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server with a certificate, and what a client needs to trust it.
struct TlsServer {
    server: Server,
    certificate: CertificateDer<'static>,
}

impl TlsServer {
    fn with(len_bytes: usize, limits: ConnectionLimits) -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("made");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (certificate, key) = (folder.path().join("certificate"), folder.path().join("key"));
        std::fs::write(&certificate, made.cert.pem()).expect("written");
        std::fs::write(&key, made.signing_key.serialize_pem()).expect("written");
        let tls = Tls::load(&certificate, &key).expect("a pair");
        let listener = Listener::bind("127.0.0.1:0".parse().expect("an address"));
        let listener = listener.expect("a free port").with_tls(tls);
        let certificate = made.cert.der().clone();
        Self { server: Server::behind(listener, len_bytes, limits), certificate }
    }

    async fn encrypt(&self, stream: TcpStream, protocol: &[u8]) -> TlsStream<TcpStream> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).expect("a certificate");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![protocol.to_vec()];
        let name = ServerName::try_from("localhost").expect("a name");
        let connected = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
        let connected = connected.expect("a handshake");
        assert_eq!(connected.get_ref().1.alpn_protocol(), Some(protocol));
        connected
    }

    async fn connect(&self, protocol: &[u8]) -> TlsStream<TcpStream> {
        let stream = TcpStream::connect(self.server.address).await.expect("connected");
        self.encrypt(stream, protocol).await
    }

    async fn http_2(&self) -> Http2 {
        let stream = self.connect(b"h2").await;
        let (requests, connection) = h2::client::Builder::new()
            .initial_connection_window_size(8 * 1024 * 1024)
            .handshake::<_, Bytes>(stream)
            .await
            .expect("a preface");
        Http2 { requests, connection: tokio::spawn(connection) }
    }
}

struct Http2 {
    requests: SendRequest<Bytes>,
    connection: JoinHandle<Result<(), h2::Error>>,
}

impl Http2 {
    async fn send(&mut self, method: &str, path: &str, range: &str) -> Response<h2::RecvStream> {
        let request = Request::builder().method(method).uri(format!("https://localhost{path}"));
        let request = match range {
            "" => request,
            range => request.header(header::RANGE, range),
        };
        let mut requests = self.requests.clone().ready().await.expect("a place for a stream");
        let (answer, _) =
            requests.send_request(request.body(()).expect("a request"), true).expect("sent");
        answer.await.expect("an answer")
    }

    async fn ask(&mut self, method: &str, path: &str, range: &str) -> (u16, Vec<u8>) {
        let answer = self.send(method, path, range).await;
        let (status, mut body) = (answer.status().as_u16(), answer.into_body());
        let mut bytes = Vec::new();
        while let Some(chunk) = body.data().await {
            let chunk = chunk.expect("whole");
            body.flow_control().release_capacity(chunk.len()).expect("it was received");
            bytes.extend_from_slice(&chunk);
        }
        (status, bytes)
    }
}

async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "never: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn http_2_gives_exactly_the_file_s_bytes() {
    let tls = TlsServer::with(3 * MIB + 12_345, ConnectionLimits::default());
    let content = &tls.server.content;
    let mut client = tls.http_2().await;
    let (status, body) = client.ask("GET", "/file", "").await;
    assert_eq!(status, 200);
    assert_same(&body, content, "whole");
    for range in [0..1, 0..content.len(), 32_767..32_769, MIB..2 * MIB, MIB + 5..content.len()] {
        let asked = format!("bytes={}-{}", range.start, range.end - 1);
        let (status, body) = client.ask("GET", "/file", &asked).await;
        assert_eq!(status, 206, "{asked}");
        assert_same(&body, &content[range], &asked);
    }
    let (status, body) = client.ask("GET", "/file", "bytes=5-6,100-70000").await;
    assert_eq!(status, 206);
    assert!(body.windows(4096).any(|window| *window == content[60_000..64_096]), "a part");
    assert_eq!(client.ask("HEAD", "/file", "").await, (200, Vec::new()));
    assert_eq!(client.ask("GET", "/other", "").await, (200, b"OTHER".to_vec()));
    let peer = client.ask("GET", "/peer", "").await;
    assert!(peer.1.starts_with(b"127.0.0.1:"), "{peer:?}");
    assert_eq!(tls.server.activity.sent_by_sendfile_bytes(), 0);
    drop(client);
    tls.server.wait_until_alone().await;
    tls.server.stop().await;
}

#[tokio::test]
async fn http_1_1_gives_exactly_the_file_s_bytes_and_keeps_the_connection() {
    let tls = TlsServer::with(3 * MIB + 12_345, ConnectionLimits::default());
    let content = &tls.server.content;
    let mut client = tls.connect(b"http/1.1").await;
    for range in [0..content.len(), MIB..2 * MIB, 5..6] {
        let ask = format!(
            "GET /file HTTP/1.1\r\nHost: localhost\r\nRange: bytes={}-{}\r\n\r\n",
            range.start,
            range.end - 1
        );
        client.write_all(ask.as_bytes()).await.expect("sent");
        let mut received = Vec::new();
        let head = loop {
            if let Some(at) = received.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break at + 4;
            }
            assert!(client.read_buf(&mut received).await.expect("read") > 0);
        };
        assert!(received.starts_with(b"HTTP/1.1 206"));
        while received.len() < head + range.len() {
            assert!(client.read_buf(&mut received).await.expect("read") > 0);
        }
        assert_same(&received[head..], &content[range], &ask);
    }
    drop(client);
    tls.server.wait_until_alone().await;
    tls.server.stop().await;
}

#[tokio::test]
async fn a_stream_that_is_not_taken_holds_little_and_ends_while_others_go_on() {
    let limits = ConnectionLimits {
        write_stall_timeout: Duration::from_secs(2),
        ..ConnectionLimits::default()
    };
    let tls = TlsServer::with(4 * MIB, limits);
    let mut client = tls.http_2().await;
    let stalled = client.send("GET", "/file", "").await;
    let activity = &tls.server.activity;
    let sent = || activity.streams(1).first().map_or(0, |stream| stream.sent_bytes);
    until("the window is full", || sent() >= WINDOW_BYTES).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let held = sent() - WINDOW_BYTES;
    assert!(held <= HTTP_2_STREAM_BYTES_MAX as u64, "{held} bytes wait for the client");
    assert_eq!(client.ask("GET", "/file", "bytes=0-99999").await.1.len(), 100_000);
    until("it is given up", || activity.stream_count() == 0).await;
    let mut body = stalled.into_body();
    let end = loop {
        match body.data().await {
            Some(Ok(_)) => {}
            end => break end,
        }
    };
    assert!(end.is_some_and(|end| end.is_err()), "what is cut off must not look whole");
    assert_eq!(client.ask("GET", "/peer", "").await.0, 200);
    drop((client, body));
    tls.server.wait_until_alone().await;
    tls.server.stop().await;
}

#[tokio::test]
async fn a_file_cut_short_under_its_reader_never_looks_whole() {
    let tls = TlsServer::with(4 * MIB, ConnectionLimits::default());
    let mut client = tls.http_2().await;
    let mut body = client.send("GET", "/file", "").await.into_body();
    let begun = body.data().await.expect("some").expect("it begins");
    std::fs::File::options()
        .write(true)
        .open(tls.server.path())
        .and_then(|file| file.set_len(MIB as u64))
        .expect("cut short");
    body.flow_control().release_capacity(begun.len()).expect("it was received");
    let mut bytes = begun.to_vec();
    let end = loop {
        match body.data().await {
            Some(Ok(chunk)) => {
                body.flow_control().release_capacity(chunk.len()).expect("it was received");
                bytes.extend_from_slice(&chunk);
            }
            end => break end,
        }
    };
    assert!(end.is_some_and(|end| end.is_err()), "the end looks like one");
    assert_same(&bytes, &tls.server.content[..bytes.len()], "until the cut");
    assert_eq!(client.ask("GET", "/peer", "").await.0, 200, "the connection goes on");
    drop((client, body));
    tls.server.wait_until_alone().await;
    tls.server.stop().await;
}

#[tokio::test]
async fn what_is_not_in_memory_is_read_ahead_in_windows() {
    let tls = TlsServer::with(9 * MIB, ConnectionLimits::default());
    let file = std::fs::File::open(tls.server.path()).expect("opens");
    file.sync_all().expect("written out");
    rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).expect("advised");
    let is_cold = crate::transport::read_now(&file, &mut [0], 5 * MIB as u64).is_err();
    let mut client = tls.http_2().await;
    let (_, body) = client.ask("GET", "/file", "").await;
    assert_same(&body, &tls.server.content, "cold");
    // A memory file system has no cold pages.
    if is_cold {
        assert!(tls.server.activity.disk_windows() >= 4, "read another way");
    }
    drop(client);
    tls.server.wait_until_alone().await;
    tls.server.stop().await;
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_closed() {
    let limits = ConnectionLimits {
        write_stall_timeout: Duration::from_millis(300),
        ..ConnectionLimits::default()
    };
    for protocol in [&b"http/1.1"[..], b"h2"] {
        let tls = TlsServer::with(24 * MIB, limits);
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(4096).expect("a small buffer");
        let stream = socket.connect(tls.server.address).await.expect("connected");
        let mut client = tls.encrypt(stream, protocol).await;
        if protocol == b"h2" {
            client.write_all(&preface(u32::MAX >> 1)).await.expect("sent");
            client.write_all(&frame(1, 5, 1, &head_block(b"/file"))).await.expect("sent");
        } else {
            let ask = b"GET /file HTTP/1.1\r\nHost: localhost\r\n\r\n";
            client.write_all(ask).await.expect("sent");
        }
        let activity = &tls.server.activity;
        until("it was accepted", || activity.sent_encrypted_bytes() > 0).await;
        until("it is closed", || activity.connections() == 0).await;
        tls.server.stop().await;
    }
}

#[tokio::test]
async fn a_running_stream_is_finished_and_the_client_told_at_shutdown() {
    let tls = TlsServer::with(4 * MIB, ConnectionLimits::default());
    let mut client = tls.http_2().await;
    let answer = client.send("GET", "/file", "").await;
    let mut idle = tls.http_2().await;
    assert_eq!(idle.ask("GET", "/peer", "").await.0, 200);
    tls.server.ending.stop();
    timeout(PATIENCE, idle.connection).await.expect("told").expect("ran").expect("no error");
    let mut body = answer.into_body();
    let mut bytes = Vec::new();
    while let Some(chunk) = body.data().await {
        let chunk = chunk.expect("whole");
        body.flow_control().release_capacity(chunk.len()).expect("it was received");
        bytes.extend_from_slice(&chunk);
    }
    assert_same(&bytes, &tls.server.content, "begun before the shutdown");
    timeout(PATIENCE, client.connection).await.expect("told").expect("ran").expect("no error");
    tls.server.stop().await;
}

#[tokio::test]
async fn a_client_over_the_limit_sees_a_clean_end() {
    let limits = ConnectionLimits { connections_max: 1, ..ConnectionLimits::default() };
    let tls = TlsServer::with(1, limits);
    let mut client = tls.http_2().await;
    let mut refused = TcpStream::connect(tls.server.address).await.expect("connected");
    refused.write_all(&[22, 3, 1, 1, 0, 1, 0]).await.expect("sent");
    let mut received = Vec::new();
    // A reset would be an error.
    timeout(PATIENCE, refused.read_to_end(&mut received)).await.expect("closed").expect("an end");
    assert_eq!(received, b"");
    assert_eq!(client.ask("GET", "/peer", "").await.0, 200, "the other goes on");
    drop((client, refused));
    tls.server.wait_until_alone().await;
    tls.server.stop().await;
}

#[tokio::test]
async fn an_idle_client_is_told_and_closed() {
    let limits = ConnectionLimits {
        idle_timeout: Duration::from_millis(200),
        ..ConnectionLimits::default()
    };
    let tls = TlsServer::with(1, limits);
    let mut client = tls.http_2().await;
    assert_eq!(client.ask("GET", "/peer", "").await.0, 200);
    timeout(PATIENCE, client.connection).await.expect("closed").expect("ran").expect("no error");
    let mut silent = tls.connect(b"http/1.1").await;
    silent.write_all(b"GET /peer HTTP/1.1\r\nHost: localhost\r\n\r\n").await.expect("sent");
    let mut received = Vec::new();
    // Ended by TLS' own goodbye: without it this would be an error.
    timeout(PATIENCE, silent.read_to_end(&mut received)).await.expect("closed").expect("told");
    assert!(received.starts_with(b"HTTP/1.1 200"));
    tls.server.stop().await;
}

#[tokio::test]
async fn a_client_that_does_not_ask_is_closed() {
    let limits = ConnectionLimits {
        handshake_timeout: Duration::from_millis(300),
        head_timeout: Duration::from_millis(300),
        ..ConnectionLimits::default()
    };
    let tls = TlsServer::with(1, limits);
    let mut silent = TcpStream::connect(tls.server.address).await.expect("connected");
    let mut half = TcpStream::connect(tls.server.address).await.expect("connected");
    half.write_all(&[22, 3, 1, 1, 0, 1, 0]).await.expect("sent");
    let mut no_preface = tls.connect(b"h2").await;
    let mut half_a_head = tls.connect(b"h2").await;
    half_a_head.write_all(&preface(65_535)).await.expect("sent");
    half_a_head.write_all(&frame(1, 1, 1, &[0x82])).await.expect("sent");
    assert_eq!(tls.http_2().await.ask("GET", "/peer", "").await.0, 200, "others are served");
    let mut bytes = Vec::new();
    let ends = async {
        // In whichever way.
        let _ = silent.read_to_end(&mut bytes).await;
        let _ = half.read_to_end(&mut bytes).await;
        let _ = no_preface.read_to_end(&mut bytes).await;
        let _ = half_a_head.read_to_end(&mut bytes).await;
    };
    timeout(PATIENCE, ends).await.expect("closed");
    tls.server.stop().await;
}

#[tokio::test]
async fn plain_http_is_told_what_is_spoken_here() {
    let tls = TlsServer::with(1, ConnectionLimits::default());
    let mut client = TcpStream::connect(tls.server.address).await.expect("connected");
    client.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.expect("sent");
    let mut answer = String::new();
    timeout(PATIENCE, client.read_to_string(&mut answer))
        .await
        .expect("closed")
        .expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    assert!(head.starts_with("HTTP/1.1 400 "), "{head}");
    assert!(body.contains("https://"), "{body}");
    assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())), "{head}");
    drop(client);
    tls.server.wait_until_alone().await;
    tls.server.stop().await;
}

#[tokio::test]
async fn floods_end_their_connection_and_nobody_else_s() {
    let endless_head = || {
        let mut flood = frame(1, 1, 1, &head_block(b"/peer"));
        for _ in 0..1000 {
            flood.extend(frame(9, 0, 1, &[0; 1024]));
        }
        flood
    };
    let resets = || {
        let open_and_reset = |stream: u32| {
            let reset = frame(3, 0, stream, &8_u32.to_be_bytes());
            [frame(1, 5, stream, &head_block(b"/peer")), reset].concat()
        };
        (0..2000).flat_map(|n| open_and_reset(2 * n + 1)).collect()
    };
    let floods: [(&str, Vec<u8>); 2] =
        [("a head without end", endless_head()), ("streams opened and reset", resets())];
    let tls = TlsServer::with(1, ConnectionLimits::default());
    let mut other = tls.http_2().await;
    for (name, flood) in floods {
        let (mut read, mut write) = tokio::io::split(tls.connect(b"h2").await);
        let sending = tokio::spawn(async move {
            // It may be closed before all is sent; that is what is asked for.
            let _ = write.write_all(&preface(65_535)).await;
            let _ = write.write_all(&flood).await;
            write
        });
        let mut received = Vec::new();
        let closed = timeout(PATIENCE, read.read_to_end(&mut received)).await;
        assert!(closed.is_ok(), "not closed: {name}");
        sending.await.expect("sent what was taken");
        assert_eq!(other.ask("GET", "/peer", "").await.0, 200, "{name}");
    }
    drop(other);
    tls.server.wait_until_alone().await;
    tls.server.stop().await;
}

#[tokio::test]
async fn floods_that_ask_for_acknowledgements_are_held_back() {
    let ping = frame(6, 0, 0, &[7; 8]);
    let settings = frame(4, 0, 0, &[0, 4, 0, 0, 255, 255]);
    for (name, asking) in [("pings", ping), ("settings", settings)] {
        let limits = ConnectionLimits {
            write_stall_timeout: Duration::from_millis(500),
            ..ConnectionLimits::default()
        };
        let tls = TlsServer::with(1, limits);
        let mut other = tls.http_2().await;
        let mut flooding = tls.connect(b"h2").await;
        let flood = asking.repeat(4096);
        let until_refused = async {
            flooding.write_all(&preface(65_535)).await?;
            // Without ever reading: some megabytes fit into the sockets' buffers, and were all of
            // it answered into memory, the client could write for as long as it likes.
            for _ in 0..2000 {
                flooding.write_all(&flood).await?;
            }
            std::io::Result::Ok(())
        };
        let refused = timeout(PATIENCE, until_refused).await;
        assert!(refused.is_ok_and(|done| done.is_err()), "{name} were all taken");
        assert_eq!(other.ask("GET", "/peer", "").await.0, 200, "{name}");
        drop(other);
        tls.server.wait_until_alone().await;
        tls.server.stop().await;
    }
}

#[tokio::test]
async fn what_names_no_host_or_two_is_refused() {
    let tls = TlsServer::with(1, ConnectionLimits::default());
    let mut client = tls.http_2().await;
    for (host, status) in [("localhost", 200), ("elsewhere", 400)] {
        let request = Request::builder().uri("https://localhost/peer").header(header::HOST, host);
        let mut requests = client.requests.clone().ready().await.expect("a place");
        let (answer, _) =
            requests.send_request(request.body(()).expect("a request"), true).expect("sent");
        assert_eq!(answer.await.expect("an answer").status(), status, "{host}");
    }
    let many = (0..200).fold(Request::builder().uri("https://localhost/peer"), |request, n| {
        request.header(format!("x-{n}"), "a")
    });
    let mut requests = client.requests.clone().ready().await.expect("a place");
    let (answer, _) = requests.send_request(many.body(()).expect("a request"), true).expect("sent");
    assert_eq!(answer.await.expect("an answer").status(), 431);
    assert_eq!(client.ask("GET", "/peer", "").await.0, 200);
    drop((client, requests));
    tls.server.wait_until_alone().await;
    tls.server.stop().await;
}

/// The client's preface (RFC 9113 §3.4), allowing so many bytes for each stream and as many in all.
fn preface(window_bytes: u32) -> Vec<u8> {
    let window_setting = [&[0, 4][..], &window_bytes.to_be_bytes()].concat();
    let more = (window_bytes - 65_535).max(1);
    [
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        frame(4, 0, 0, &window_setting),
        frame(8, 0, 0, &more.to_be_bytes()),
    ]
    .concat()
}

/// A frame (RFC 9113 §4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let len = u32::try_from(payload.len()).expect("short").to_be_bytes();
    [&len[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// `GET` of a path at localhost, without a table or Huffman's code (RFC 7541 §6).
fn head_block(path: &[u8]) -> Vec<u8> {
    let len = |text: &[u8]| u8::try_from(text.len()).expect("short");
    let authority = b"localhost";
    [&[0x82, 0x87, 0x04, len(path)][..], path, &[0x01, len(authority)], authority].concat()
}
