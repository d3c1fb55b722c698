//! HTTPS as other people's programs speak it.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use spillway_tests::encryption::Certificate;
use spillway_tests::{Library, TestServer, tools};
use tempfile::TempDir;

/// A server of one film behind a certificate that `openssl` made.
pub(crate) struct Https {
    pub(crate) server: TestServer,
    pub(crate) film: Vec<u8>,
    pub(crate) certificate: Certificate,
    pub(crate) folder: TempDir,
    /// Last, so that the folder outlives the server.
    _library: Library,
}

impl Https {
    pub(crate) fn start() -> Self {
        Self::with(3 << 20, "")
    }

    /// A film of this many bytes after its headers, and these lines below `[limits]`.
    pub(crate) fn with(payload_bytes: usize, limits: &str) -> Self {
        let library = Library::new();
        let film = library.film("Alien (1979)").with_payload_bytes(payload_bytes).bytes();
        let certificate = Certificate::make();
        let server = TestServer::with(&library)
            .with_certificate(&certificate)
            .configured(&format!("[limits]\n{limits}"))
            .start();
        let folder = tempfile::tempdir().expect("temporary folders can be made");
        Self { server, film, certificate, folder, _library: library }
    }

    /// What curl, which trusts this certificate alone, writes to standard output.
    pub(crate) fn curl(&self, arguments: &[&str], path: &str) -> Vec<u8> {
        let mut command = Command::new("curl");
        command.args(["--silent", "--show-error", "--cacert"]);
        command.arg(self.certificate.path()).args(arguments);
        tools::run(command.arg(self.server.url(path))).stdout
    }

    pub(crate) fn film_url(&self) -> String {
        let titles: serde_json::Value =
            serde_json::from_slice(&self.curl(&[], "/api/v1/titles")).expect("JSON");
        titles["items"][0]["files"][0]["url"].as_str().expect("a file").to_owned()
    }
}

#[test]
fn curl_gets_every_byte_by_http_1_1_and_http_2() {
    let https = Https::start();
    assert!(https.server.url("/").starts_with("https://"));
    let url = https.film_url();
    for (option, version) in [("--http1.1", "1.1"), ("--http2", "2")] {
        let spoken = https.curl(&[option, "--head", "--write-out", "%{http_version}"], &url);
        assert!(spoken.ends_with(version.as_bytes()), "{}", String::from_utf8_lossy(&spoken));
        assert!(https.curl(&[option], &url) == https.film, "{option}: the whole file differs");
        let range = https.curl(&[option, "--range", "1000000-2999999"], &url);
        assert!(range == https.film[1_000_000..3_000_000], "{option}: the range differs");
    }
}

#[test]
fn curl_resumes_over_https() {
    let https = Https::start();
    let url = https.film_url();
    let target = https.folder.path().join("film");
    for option in ["--http1.1", "--http2"] {
        fs::write(&target, &https.film[..1_234_567]).expect("written");
        let target_name = target.to_string_lossy();
        https.curl(&[option, "--continue-at", "-", "--output", &target_name], &url);
        assert!(fs::read(&target).expect("curl wrote it") == https.film, "{option}");
    }
}

#[test]
fn openssl_is_spoken_to_by_tls_1_2_and_1_3_and_nothing_older() {
    let https = Https::start();
    let speaks = |version: &str| {
        let said = Command::new("openssl")
            .args(["s_client", "-connect", &https.server.address().to_string(), version])
            .args(["-CAfile"])
            .arg(https.certificate.path())
            .args(["-verify_return_error", "-brief"])
            .stdin(std::process::Stdio::null())
            .output()
            .expect("openssl runs");
        said.status.success()
    };
    assert!(speaks("-tls1_2") && speaks("-tls1_3"));
    assert!(!speaks("-tls1_1"));
}

#[test]
fn a_page_that_follows_events_by_http_2_holds_no_stop_up() {
    let https = Https::start();
    let mut following = Command::new("curl")
        .args(["--silent", "--http2", "--no-buffer", "--insecure"])
        .arg(https.server.url("/api/v1/live"))
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("curl runs");
    let mut first = [0];
    following.stdout.as_mut().expect("it is piped").read_exact(&mut first).expect("an event");
    let asked_at = Instant::now();
    https.server.stop();
    assert!(asked_at.elapsed() < Duration::from_secs(5), "{:?}", asked_at.elapsed());
    assert!(following.wait().expect("it ends").success(), "it was cut off");
}

#[test]
fn limits_of_tls_and_http_2_are_what_is_configured() {
    let https = Https::with(
        3 << 20,
        "tls_handshake_timeout_s = 1\nhttp_2_streams_max = 7\nhttp_2_resets_max = 3",
    );
    let mut silent = TcpStream::connect(https.server.address()).expect("it listens");
    let connected_at = Instant::now();
    assert_eq!(silent.read(&mut [0]).expect("it is closed"), 0);
    // The default is 10 seconds.
    assert!((1..8).contains(&connected_at.elapsed().as_secs()), "{:?}", connected_at.elapsed());

    let mut client = Command::new("openssl")
        .args(["s_client", "-connect", &https.server.address().to_string()])
        .args(["-alpn", "h2", "-quiet"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("openssl runs");
    let mut sent = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
    for stream in 0_u8..4 {
        // GET / of HTTPS, by HPACK's table, from nobody in particular; and then not.
        sent.extend([0, 0, 3, 1, 5, 0, 0, 0, 2 * stream + 1, 0x82, 0x84, 0x87]);
        sent.extend([0, 0, 4, 3, 0, 0, 0, 0, 2 * stream + 1, 0, 0, 0, 8]);
    }
    let mut input = client.stdin.take().expect("it is piped");
    input.write_all(&sent).expect("it is taken");
    let mut received = Vec::new();
    client.stdout.take().expect("it is piped").read_to_end(&mut received).expect("it ends");
    client.wait().expect("it has ended");
    let has = |bytes: &[u8]| received.windows(bytes.len()).any(|window| window == bytes);
    // SETTINGS_MAX_CONCURRENT_STREAMS is 3 (RFC 9113 §6.5.2), ENHANCE_YOUR_CALM is 11 (§7).
    assert!(has(&[0, 3, 0, 0, 0, 7]), "not 7 streams: {received:?}");
    assert!(has(&[0, 0, 0, 11]), "not too many resets: {received:?}");
}

#[test]
fn a_certificate_that_cannot_be_used_is_told_at_the_start() {
    let library = Library::new();
    let certificate = Certificate::make();
    let refused = TestServer::with(&library)
        .argument("--tls-certificate")
        .argument(certificate.path())
        .argument("--tls-key")
        .argument("/absent/key.pem")
        .refuse();
    assert!(refused.exited_with(2), "{}", refused.status);
    assert!(refused.stderr.contains("/absent/key.pem"), "{}", refused.stderr);
}
