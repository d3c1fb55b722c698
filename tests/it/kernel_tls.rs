//! Where the kernel has TLS, it encrypts HTTP/1.1; where it has not, the log and `/metrics` say so.
//!
//! Most of these tests can only say something where it has: `make test-ktls` runs them in a small
//! virtual machine. Elsewhere they say that they do not, and the first looks at the other side.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;
use std::{env, fs};

use spillway_tests::eventually;

use crate::https::Https;

const PATIENCE: Duration = Duration::from_mins(1);

const FILM_BYTES: usize = 3 << 20;

/// Whether the kernel has TLS. The server is asked to find out first, as that may load it.
fn kernel_has_tls() -> bool {
    let known = fs::read_to_string("/proc/sys/net/ipv4/tcp_available_ulp").unwrap_or_default();
    known.split_whitespace().any(|name| name == "tls")
}

/// A server whose HTTP/1.1 the kernel encrypts; none where it cannot.
#[expect(
    clippy::print_stderr,
    reason = "who reads that a test passed must learn that it did nothing"
)]
fn in_kernel(payload_bytes: usize) -> Option<Https> {
    let https = Https::with(payload_bytes, "");
    let has_tls = kernel_has_tls();
    if !has_tls {
        assert!(env::var_os("SPILLWAY_KERNEL_TLS").is_none(), "the kernel should have TLS here");
        eprintln!(
            "not run: this machine's kernel has no TLS; `make test-ktls` brings one that has"
        );
    }
    has_tls.then_some(https)
}

impl Https {
    /// The value of a metric, as it is written with its labels. Asked for by HTTP/2, which the
    /// kernel has no part in.
    fn metric(&self, name: &str) -> u64 {
        let metrics = String::from_utf8(self.curl(&["--http2"], "/metrics")).expect("text");
        let value = metrics
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok());
        value.unwrap_or_else(|| panic!("no {name} in {metrics}"))
    }

    fn by_sendfile_bytes(&self) -> u64 {
        self.metric("spillway_sent_bytes_total{path=\"sendfile\"}")
    }

    fn in_kernel_connections(&self) -> u64 {
        self.metric("spillway_tls_connections_total{encrypted_by=\"kernel\"}")
    }

    /// `openssl s_client`, which shows what curl hides.
    fn openssl(&self, arguments: &[&str]) -> Child {
        Command::new("openssl")
            .args(["s_client", "-connect", &self.server.address().to_string(), "-CAfile"])
            .arg(self.certificate.path())
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("openssl runs")
    }

    fn request(&self, more_headers: &str) -> String {
        let host = self.server.address();
        format!("GET {} HTTP/1.1\r\nHost: {host}\r\n{more_headers}\r\n", self.film_url())
    }
}

fn send(client: &mut Child, text: &str) {
    client.stdin.as_mut().expect("it is piped").write_all(text.as_bytes()).expect("it is taken");
}

/// Where in what a client printed the body of its answer begins.
fn body_of(printed: &[u8]) -> &[u8] {
    let after = |from: &[u8]| printed.windows(from.len()).position(|window| window == from);
    let head = after(b"HTTP/1.1 20").expect("an answer");
    let end = printed[head..].windows(4).position(|window| window == b"\r\n\r\n");
    &printed[head + end.expect("a whole head") + 4..]
}

#[test]
fn who_encrypts_is_said_once_in_the_log_and_in_the_metrics() {
    let https = Https::start();
    let url = https.film_url();
    let before = https.in_kernel_connections();
    for option in ["--http1.1", "--http2"] {
        assert!(https.curl(&[option], &url) == https.film, "{option}");
    }
    let (in_kernel, words) = if kernel_has_tls() {
        (1, "the kernel encrypts HTTP/1.1 (kTLS)")
    } else {
        (0, "not in the kernel (kTLS)")
    };
    assert_eq!(https.metric("spillway_tls_ktls"), in_kernel);
    assert_eq!(https.in_kernel_connections() - before, in_kernel);
    assert!(https.metric("spillway_tls_connections_total{encrypted_by=\"process\"}") > 0);
    let log = https.server.stop().stderr;
    assert_eq!(log.matches(words).count(), 1, "{log}");
    assert_eq!(log.matches("kTLS").count(), 1, "{log}");
}

#[test]
fn under_every_cipher_files_go_by_sendfile_and_are_what_they_are() {
    let Some(https) = in_kernel(FILM_BYTES) else { return };
    let url = https.film_url();
    let by_1_2 = |cipher| ["--tls-max", "1.2", "--ciphers", cipher];
    let by_1_3 = |cipher| ["--tlsv1.3", "--tls-max", "1.3", "--tls13-ciphers", cipher];
    let ciphers = [
        by_1_2("ECDHE-ECDSA-AES128-GCM-SHA256").to_vec(),
        by_1_2("ECDHE-ECDSA-AES256-GCM-SHA384").to_vec(),
        by_1_2("ECDHE-ECDSA-CHACHA20-POLY1305").to_vec(),
        by_1_3("TLS_AES_128_GCM_SHA256").to_vec(),
        by_1_3("TLS_AES_256_GCM_SHA384").to_vec(),
        by_1_3("TLS_CHACHA20_POLY1305_SHA256").to_vec(),
    ];
    for options in ciphers {
        let options = [&options[..], &["--http1.1"]].concat();
        let before = (https.by_sendfile_bytes(), https.in_kernel_connections());
        assert!(https.curl(&options, &url) == https.film, "{options:?}: the film differs");
        let range = https.curl(&[&options[..], &["--range", "1000000-2999999"]].concat(), &url);
        assert!(range == https.film[1_000_000..3_000_000], "{options:?}: the range differs");
        let sent = https.by_sendfile_bytes() - before.0;
        assert_eq!(sent, https.film.len() as u64 + 2_000_000, "{options:?}");
        assert_eq!(https.in_kernel_connections() - before.1, 2, "{options:?}");
    }
    let statistics = fs::read_to_string("/proc/net/tls_stat").expect("the kernel has TLS");
    assert!(!statistics.lines().any(|line| line.starts_with("TlsTxSw ") && line.ends_with("\t0")));
}

#[test]
fn a_long_conversation_of_ranges_heads_and_json_stays_on_one_connection() {
    let Some(https) = in_kernel(FILM_BYTES) else { return };
    let url = https.server.url(&https.film_url());
    let titles = https.curl(&["--http1.1"], "/api/v1/titles");
    let folder = https.folder.path();
    let certificate = https.certificate.path();
    let (mut script, mut expected) = (String::new(), Vec::new());
    for index in 0..120_usize {
        let first = index * 24_989 % https.film.len();
        let last = (first + index * index * 31).min(https.film.len() - 1);
        let output = folder.join(format!("part-{index}"));
        let (what, bytes) = match index % 6 {
            4 => (format!("url = {url}\nhead\n"), None),
            5 => (format!("url = {}\n", https.server.url("/api/v1/titles")), Some(titles.clone())),
            _ => (
                format!("url = {url}\nrange = {first}-{last}\n"),
                Some(https.film[first..=last].to_vec()),
            ),
        };
        let _ = write!(
            script,
            "{what}cacert = {}\nhttp1.1\nsilent\nshow-error\noutput = {}\n\
             write-out = \"%{{num_connects}} \"\nnext\n",
            certificate.display(),
            output.display()
        );
        expected.push((output, bytes));
    }
    let file = folder.join("conversation");
    fs::write(&file, script.trim_end_matches("next\n")).expect("written");
    let done = spillway_tests::tools::run(Command::new("curl").arg("--config").arg(&file));
    let connects = String::from_utf8(done.stdout).expect("numbers");
    assert_eq!(connects.split_whitespace().filter(|it| *it != "0").count(), 1, "{connects}");
    for (output, bytes) in expected {
        let Some(bytes) = bytes else { continue };
        assert!(fs::read(&output).expect("curl wrote it") == bytes, "{} differs", output.display());
    }
    assert_eq!(https.metric("spillway_streams_broken_total"), 0);
}

#[test]
fn the_last_byte_reaches_a_client_that_takes_its_time_and_then_the_close() {
    let Some(https) = in_kernel(24 << 20) else { return };
    for version in ["-tls1_2", "-tls1_3"] {
        let mut client = https.openssl(&["-quiet", version]);
        send(&mut client, &https.request("Connection: close\r\n"));
        // All buffers between the two are full by then.
        thread::sleep(Duration::from_secs(2));
        let ended = client.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(body_of(&ended.stdout) == https.film, "{version}: {said}");
        // OpenSSL takes an end without close_notify for an error.
        assert!(ended.status.success() && !said.contains("unexpected eof"), "{version}: {said}");
    }
}

#[test]
fn a_client_s_change_of_keys_ends_the_conversation_after_the_answer_that_runs() {
    let Some(https) = in_kernel(24 << 20) else { return };
    for (command, is_busy) in [("K\n", true), ("k\n", true), ("K\n", false), ("k\n", false)] {
        let mut client = https.openssl(&["-tls1_3", "-brief"]);
        let range = if is_busy { "" } else { "Range: bytes=0-99\r\n" };
        let expected = if is_busy { &https.film[..] } else { &https.film[..100] };
        send(&mut client, &https.request(range));
        thread::sleep(Duration::from_secs(1));
        send(&mut client, command);
        let mut printed = Vec::new();
        client.stdout.take().expect("it is piped").read_to_end(&mut printed).expect("it ends");
        let ended = client.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(body_of(&printed).starts_with(expected), "{command:?}, busy {is_busy}: {said}");
        assert!(!said.contains("unexpected eof"), "{command:?}, busy {is_busy}: {said}");
        let answers = printed.windows(9).filter(|window| window == b"HTTP/1.1 ").count();
        assert_eq!(answers, 1, "{command:?}, busy {is_busy}");
    }
}

#[test]
fn clients_that_leave_with_or_without_a_word_leave_nothing_behind() {
    let Some(https) = in_kernel(24 << 20) else { return };
    let mut polite = https.openssl(&["-tls1_3", "-brief"]);
    send(&mut polite, &https.request("Range: bytes=0-99\r\n"));
    thread::sleep(Duration::from_millis(500));
    // Sends close_notify.
    send(&mut polite, "Q\n");
    let mut rude = https.openssl(&["-quiet"]);
    send(&mut rude, &https.request(""));
    thread::sleep(Duration::from_millis(500));
    rude.kill().expect("our own child can be killed");
    for mut client in [polite, rude] {
        client.wait().expect("it ends");
    }
    // The one that asks is left.
    eventually("their connections are closed", PATIENCE, || {
        https.metric("spillway_connections") == 1 && https.metric("spillway_streams") == 0
    });
    assert!(https.curl(&["--http1.1"], &https.film_url()) == https.film);
}

#[test]
fn a_stop_says_good_bye_to_who_waits() {
    let Some(https) = in_kernel(FILM_BYTES) else { return };
    let mut idle = https.openssl(&["-quiet", "-tls1_3"]);
    send(&mut idle, &https.request("Range: bytes=0-99\r\n"));
    thread::sleep(Duration::from_secs(1));
    https.server.stop();
    let ended = idle.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(body_of(&ended.stdout) == &https.film[..100], "{said}");
    assert!(ended.status.success() && !said.contains("unexpected eof"), "{said}");
}
