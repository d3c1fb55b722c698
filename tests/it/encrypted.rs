//! What holds for plain clients, for those by HTTPS: bytes are counted exactly, rates hold, floods
//! and half-finished things end.

use std::io::{ErrorKind, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use spillway_tests::encryption::Certificate;
use spillway_tests::http_2::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, ENHANCE_YOUR_CALM, Frame, HEADERS, PING,
    RST_STREAM, frame, head_block,
};
use spillway_tests::{Library, Setup, TestServer, eventually};

use crate::leftovers::Baseline;
use crate::one_film::OneFilm;

const MIB: usize = 1 << 20;

/// Longer than anything here takes, on a machine that compiles beside it.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server of one film behind a certificate.
fn https(payload_bytes: usize, adjust: impl FnOnce(Setup) -> Setup) -> OneFilm {
    let library = Library::new();
    let film = library.film("Alien (1979)").with_payload_bytes(payload_bytes);
    let certificate = Certificate::make();
    let setup = TestServer::with(&library).with_certificate(&certificate);
    OneFilm::of(library, film, adjust(setup).start())
}

/// As [`https`], with these limits for this machine too.
fn limited(payload_bytes: usize, limits: &str) -> OneFilm {
    let limits = format!("[limits]\nloopback_is_exempt = false\n{limits}");
    https(payload_bytes, |setup| setup.configured(&limits))
}

/// Every `stream ended` of a log, in order: the bytes that were sent and those announced.
fn ended_streams(log: &str) -> Vec<(u64, u64)> {
    log.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .filter(|line: &Value| line["message"] == "stream ended")
        .map(|line| {
            let bytes = |key: &str| line[key].as_u64().expect("a number");
            (bytes("bytes"), bytes("announced_bytes"))
        })
        .collect()
}

#[test]
fn every_byte_of_every_encrypted_stream_is_accounted_for() {
    let logged = |setup: Setup| {
        setup
            .argument("--log")
            .argument("warn,spillway=debug")
            .argument("--log-format")
            .argument("json")
    };
    let one = https(24 * MIB, logged);
    let before = Baseline::of(&one.server);
    let ranges = [None, Some("bytes=0-0"), Some("bytes=5-999999"), Some("bytes=-3000000")];
    let mut complete = Vec::new();
    for range in ranges {
        let field = range.map(|range| format!("Range: {range}\r\n")).unwrap_or_default();
        complete.push(one.server.request("GET", &one.url, &field).body.len() as u64);
    }
    let mut by_http_2 = one.server.connect_by_http_2();
    for range in ranges {
        let answer = by_http_2.get(&one.url, range);
        assert_eq!(answer.status, Some(if range.is_some() { 206 } else { 200 }));
        complete.push(answer.body.len() as u64);
    }
    assert_eq!(complete[..4], complete[4..], "one file, two protocols");
    drop(by_http_2);
    eventually("the streams have ended", PATIENCE, || one.server.metric("spillway_streams") == 0.0);

    // Those who leave, each with what it has read: more was handed over, no more than is held.
    let taken = 3 * MIB;
    let mut left = one.server.connect();
    left.send(one.request("GET", "")).expect("it is taken");
    assert_eq!(left.read_head().expect("an answer").status, 200);
    left.read_exactly(taken).expect("so much comes");
    drop(left);
    eventually("it has ended", PATIENCE, || one.server.metric("spillway_streams") == 0.0);
    let mut left = one.server.connect_by_http_2();
    let stream = left.ask(&one.url, None).expect("it is taken");
    let mut seen = 0;
    while seen < taken {
        let Frame { kind, payload, .. } = left.read_frame_of(stream).expect("it goes on");
        seen += if kind == DATA { payload.len() } else { 0 };
    }
    drop(left);
    eventually("it has ended", PATIENCE, || one.server.metric("spillway_streams") == 0.0);

    assert_eq!(sent_bytes(&one, "sendfile"), 0, "what is encrypted was read here");
    let encrypted = sent_bytes(&one, "tls");
    before.assert_met_again(&one.server);
    let ended = ended_streams(&one.server.stop().stderr);
    let whole: Vec<_> = complete.iter().map(|&bytes| (bytes, bytes)).collect();
    assert_eq!(ended[..complete.len()], whole[..], "bytes as they came, and as announced");
    let cut = &ended[complete.len()..];
    assert_eq!(cut.len(), 2, "{ended:?}");
    for (bytes, announced) in cut {
        assert_eq!(*announced, one.bytes.len() as u64);
        assert!((taken as u64..*announced).contains(bytes), "{bytes} for {taken} that were read");
    }
    let payload: u64 = ended.iter().map(|(bytes, _)| bytes).sum();
    // With heads, lists and metrics: none is as long as a hundredth of a film.
    assert!(encrypted + MIB as u64 > payload && encrypted < payload + MIB as u64, "{encrypted}");
}

fn sent_bytes(one: &OneFilm, path: &str) -> u64 {
    let metrics = one.server.get("/metrics");
    let series = format!(r#"spillway_sent_bytes_total{{path="{path}"}} "#);
    let value = metrics.text().lines().find_map(|line| line.strip_prefix(&*series)?.parse().ok());
    value.unwrap_or_else(|| panic!("no {series} in {}", metrics.text()))
}

/// Reads for so long, from the moment on at which what was saved up has come; gives the rate.
fn rate_of(mut read_some: impl FnMut() -> usize) -> f64 {
    const SAVED_UP: Duration = Duration::from_secs(1);
    const MEASURED: Duration = Duration::from_secs(4);
    let begun = Instant::now();
    while begun.elapsed() < SAVED_UP {
        read_some();
    }
    let (begun, mut received) = (Instant::now(), 0);
    while begun.elapsed() < MEASURED {
        received += read_some();
    }
    received as f64 / begun.elapsed().as_secs_f64()
}

fn assert_within_a_tenth(rate: f64, wanted: usize) {
    let ratio = rate / wanted as f64;
    assert!((0.9..=1.1).contains(&ratio), "{rate:.0} bytes a second instead of {wanted}");
}

#[test]
fn rates_hold_for_encrypted_connections() {
    const RATE: usize = 4 * MIB;
    let one = limited(64 * MIB, &format!("bytes_per_second_per_connection_max = {RATE}"));
    let before = Baseline::of(&one.server);
    thread::scope(|scope| {
        let by_http_1 = scope.spawn(|| {
            let mut viewer = one.server.connect();
            viewer.send(one.request("GET", "")).expect("it is taken");
            let mut buffer = vec![0; 64 << 10];
            rate_of(|| viewer.read_some(&mut buffer).expect("it goes on"))
        });
        let by_http_2 = scope.spawn(|| {
            let mut viewer = one.server.connect_by_http_2();
            let stream = viewer.ask(&one.url, None).expect("it is taken");
            rate_of(|| viewer.read_frame_of(stream).expect("it goes on").payload.len())
        });
        assert_within_a_tenth(by_http_1.join().expect("a rate"), RATE);
        assert_within_a_tenth(by_http_2.join().expect("a rate"), RATE);
    });
    before.assert_met_again(&one.server);
}

#[test]
fn encrypted_connections_of_an_address_share_its_rate() {
    const RATE: usize = 6 * MIB;
    let one = limited(64 * MIB, &format!("bytes_per_second_per_address_max = {RATE}"));
    let before = Baseline::of(&one.server);
    thread::scope(|scope| {
        let viewers: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    let mut viewer = one.server.connect_by_http_2();
                    let stream = viewer.ask(&one.url, None).expect("it is taken");
                    rate_of(|| viewer.read_frame_of(stream).expect("it goes on").payload.len())
                })
            })
            .collect();
        let together = viewers.into_iter().map(|viewer| viewer.join().expect("a rate")).sum();
        assert_within_a_tenth(together, RATE);
    });
    before.assert_met_again(&one.server);
}

#[test]
fn streams_opened_and_reset_end_their_connection_calmly_and_cost_no_memory() {
    let one = https(MIB, |setup| setup);
    let before = Baseline::of(&one.server);
    let memory_before = one.server.resident_bytes();
    let mut other = one.server.connect_by_http_2();
    assert_eq!(other.get("/healthz", None).status, Some(200));
    let open_and_reset = |stream: u32| {
        let head = frame(HEADERS, END_STREAM | END_HEADERS, stream, &head_block(&one.url, None));
        [head, frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes())].concat()
    };
    let mut memory_max = 0;
    // Whoever sends more than is thrown away after the last word may not hear it: the connection is
    // then reset.
    for (streams, is_told) in [(300, true), (10_000, false)] {
        let resets: Vec<u8> = (0..streams).flat_map(|n| open_and_reset(2 * n + 1)).collect();
        for _ in 0..10 {
            let mut client = one.server.connect_by_http_2();
            let _ = client.send(&resets);
            client.read_to_end().expect("it is closed");
            if is_told || client.goaway().is_some() {
                let code = client.goaway().map(|goaway| goaway.code);
                assert_eq!(code, Some(ENHANCE_YOUR_CALM), "after {streams} streams");
            }
            memory_max = memory_max.max(one.server.resident_bytes());
        }
    }
    let grown = memory_max.saturating_sub(memory_before);
    assert!(grown < 64 * MIB as u64, "{grown} bytes more are resident");
    assert_eq!(other.get(&one.url, None).body, one.bytes, "others go on");
    drop(other);
    before.assert_met_again(&one.server);
}

#[test]
fn other_floods_by_http_2_end_or_are_held_back_and_cost_no_memory() {
    let one = limited(MIB, "write_stall_timeout_s = 2");
    let before = Baseline::of(&one.server);
    let memory_before = one.server.resident_bytes();
    let mut other = one.server.connect_by_http_2();
    let endless_head = {
        let begin = frame(HEADERS, END_STREAM, 1, &head_block("/healthz", None));
        [begin, frame(CONTINUATION, 0, 1, &[0; 1024]).repeat(2_000)].concat()
    };
    let empty_data = {
        let begin = frame(HEADERS, END_HEADERS, 1, &head_block("/healthz", None));
        [begin, frame(DATA, 0, 1, &[]).repeat(200_000)].concat()
    };
    for (name, bytes) in [("a head without end", endless_head), ("empty data", empty_data)] {
        let mut client = one.server.connect_by_http_2();
        let _ = client.send(&bytes);
        client.stream().set_read_timeout(Some(Duration::from_secs(1))).expect("it takes one");
        let _ = client.read_to_end();
        assert_eq!(other.get("/healthz", None).status, Some(200), "{name}");
    }
    // Whoever asks for acknowledgements and reads none may not go on for ever.
    let mut pinging = one.server.connect_by_http_2();
    let pings = frame(PING, 0, 0, &[7; 8]).repeat(4096);
    let refused = (0..1_000).any(|_| pinging.send(&pings).is_err());
    assert!(refused, "all pings were taken");
    let grown = one.server.resident_bytes().saturating_sub(memory_before);
    assert!(grown < 64 * MIB as u64, "{grown} bytes more are resident");
    assert_eq!(other.get(&one.url, None).body, one.bytes, "others go on");
    drop((other, pinging));
    before.assert_met_again(&one.server);
}

#[test]
fn a_file_cut_short_under_its_encrypted_reader_never_looks_whole() {
    let one = https(24 * MIB, |setup| setup);
    let before = Baseline::of(&one.server);
    let mut by_http_1 = one.server.connect();
    by_http_1.send(one.request("GET", "")).expect("it is taken");
    assert_eq!(by_http_1.read_head().expect("an answer").status, 200);
    let mut by_http_2 = one.server.connect_by_http_2();
    let stream = by_http_2.ask(&one.url, None).expect("it is taken");
    assert_eq!(by_http_2.read_frame_of(stream).expect("an answer").status(), Some(200));
    let file = std::fs::File::options().write(true).open(one.film.path()).expect("it is there");
    file.set_len(16 * MIB as u64).expect("our own file");
    let cut = by_http_1.read_exactly(one.bytes.len()).expect_err("it is not whole");
    assert_ne!(cut.kind(), ErrorKind::WouldBlock, "it waits for ever");
    let cut = by_http_2.read_answer(stream).expect_err("it is not whole");
    assert_ne!(cut.kind(), ErrorKind::WouldBlock, "it waits for ever");
    assert_eq!(by_http_2.get("/healthz", None).status, Some(200), "the connection goes on");
    drop((by_http_1, by_http_2));
    before.assert_met_again(&one.server);
}

#[test]
fn a_new_certificate_is_taken_and_nobody_is_interrupted() {
    let library = Library::new();
    let film = library.film("Alien (1979)").with_payload_bytes(24 * MIB);
    let (certificate, next) = (Certificate::make(), Certificate::make());
    let server = TestServer::with(&library).with_certificate(&certificate).start();
    let mut one = OneFilm::of(library, film, server);
    let before = Baseline::of(&one.server);
    let mut viewer = one.server.connect();
    viewer.send(one.request("GET", "")).expect("it is taken");
    assert_eq!(viewer.read_head().expect("an answer").status, 200);
    let begun = viewer.read_exactly(MIB).expect("it begins");
    std::fs::copy(next.key_path(), certificate.key_path()).expect("copied");
    std::fs::copy(next.path(), certificate.path()).expect("copied");
    let address = one.server.address();
    let trust = next.trust();
    eventually("the new one is shown", PATIENCE, || {
        TcpStream::connect(address).is_ok_and(|tcp| trust.shake_hands(tcp, "http/1.1").is_ok())
    });
    one.server.trust(&next);
    assert!(one.server.get(&one.url).body == one.bytes, "new clients are served");
    let mut film = begun;
    film.extend(viewer.read_exactly(one.bytes.len() - film.len()).expect("it goes on"));
    assert!(film == one.bytes, "not the file's bytes");
    drop(viewer);
    before.assert_met_again(&one.server);
}

/// All at once, for a handshake has ten seconds.
#[test]
fn half_a_handshake_and_half_a_head_end_in_time_and_hold_up_nobody() {
    let one = limited(MIB, "head_timeout_s = 2\nidle_timeout_s = 2");
    let before = Baseline::of(&one.server);
    let mut silent = TcpStream::connect(one.server.address()).expect("somebody listens");
    let mut half = TcpStream::connect(one.server.address()).expect("somebody listens");
    half.write_all(&[22, 3, 1, 1, 0, 1, 0]).expect("it is taken");
    let mut no_head = one.server.connect_by_http_2();
    let mut half_a_head = one.server.connect_by_http_2();
    half_a_head.send(frame(HEADERS, END_STREAM, 1, &[0x82])).expect("it is taken");
    let mut half_http_1 = one.server.connect();
    half_http_1.send("GET / HTTP/1.1\r\n").expect("it is taken");
    let begun = Instant::now();
    for client in [&mut no_head, &mut half_a_head] {
        client.read_to_end().expect("it is closed");
    }
    let end = half_http_1.read_to_end().map_err(|error| error.kind());
    assert!(matches!(end, Err(ErrorKind::UnexpectedEof)), "no goodbye in half a head: {end:?}");
    assert!(begun.elapsed() < Duration::from_secs(9), "heads: {:?}", begun.elapsed());
    let asked_at = Instant::now();
    assert_eq!(one.server.get(&one.url).body, one.bytes, "others are served");
    assert!(asked_at.elapsed() < Duration::from_secs(2), "{:?}", asked_at.elapsed());
    for client in [&mut silent, &mut half] {
        client.set_read_timeout(Some(PATIENCE)).expect("a socket takes a timeout");
        let end = std::io::copy(client, &mut std::io::sink());
        assert!(!end.is_err_and(|error| error.kind() == ErrorKind::WouldBlock));
    }
    assert!(begun.elapsed() < Duration::from_secs(15), "handshakes: {:?}", begun.elapsed());
    before.assert_met_again(&one.server);
}
