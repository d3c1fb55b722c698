//! Requests as nobody means them, byte by byte against the real program: each is answered as the
//! standard says or closed, never twice, and leaves nothing behind.
//!
//! What makes such a request dangerous is a second reading of it: a proxy before us sees one
//! request and we see two. So every case carries a request that must stay part of another's body,
//! [`SMUGGLED`], and most are followed by an honest one, [`AFTER`]; the list of answers shows which
//! of them were seen.

use std::io::ErrorKind;
use std::net::Shutdown;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use spillway_tests::eventually;
use spillway_tests::wire::Connection;

use crate::leftovers::Baseline;
use crate::one_film::OneFilm;

/// Answered 404, as no other request here is.
const SMUGGLED: &str = "GET /api/v1/titles/999999999 HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// Answered 200.
const AFTER: &str = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

const GET: &str = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n";

/// All statuses that come before the server closes; our side ends at once after sending.
fn statuses(one: &OneFilm, name: &str, request: &[u8]) -> Vec<u16> {
    let mut connection = one.server.connect();
    // A server that refuses early closes while we write.
    let _ = connection.send(request);
    let _ = connection.stream().shutdown(Shutdown::Write);
    let mut statuses = Vec::new();
    loop {
        match connection.read_response() {
            Ok(response) => statuses.push(response.status),
            Err(error) => {
                let is_closed =
                    matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset);
                assert!(is_closed, "{name}: {error}");
                let rest = connection.read_to_end().unwrap_or_default();
                assert!(rest.is_empty(), "{name}: half an answer: {}", rest.escape_ascii());
                return statuses;
            }
        }
    }
}

/// Sends each case and compares the answers; then nothing may be left of any.
fn check(cases: &[(&str, String, &[u16])]) {
    let one = OneFilm::with_payload_bytes(100_000);
    let before = Baseline::of(&one.server);
    for (name, request, expected) in cases {
        assert_eq!(statuses(&one, name, request.as_bytes()), *expected, "{name}");
    }
    assert!(one.server.get(&one.url).body == one.bytes, "and films go on");
    before.assert_met_again(&one.server);
}

#[test]
fn a_length_that_can_be_read_two_ways_is_refused_or_ends_the_connection() {
    let len = SMUGGLED.len();
    let one_way = |fields: &str| format!("{GET}{fields}\r\n\r\n0\r\n\r\n{SMUGGLED}{AFTER}");
    check(&[
        // RFC 9112 §6.1: the coding counts, and the connection ends with this answer.
        (
            "a length and then a coding",
            one_way(&format!("Content-Length: {}\r\nTransfer-Encoding: chunked", len + 5)),
            &[200],
        ),
        (
            "a coding and then a length",
            one_way(&format!("Transfer-Encoding: chunked\r\nContent-Length: {}", len + 5)),
            &[200],
        ),
        ("two different lengths", one_way("Content-Length: 5\r\nContent-Length: 0"), &[400]),
        // RFC 9110 §8.6: the same number twice may count as one.
        (
            "the same length twice",
            format!("{GET}Content-Length: {len}\r\nContent-Length: {len}\r\n\r\n{SMUGGLED}{AFTER}"),
            &[200, 200],
        ),
        ("a list of lengths", one_way("Content-Length: 5, 5"), &[400]),
        ("two lengths in one", one_way("Content-Length: 5 5"), &[400]),
        ("a length with a sign", one_way("Content-Length: +5"), &[400]),
        ("a length below nothing", one_way("Content-Length: -5"), &[400]),
        ("a length in hexadecimal", one_way("Content-Length: 0x5"), &[400]),
        ("no length at all", one_way("Content-Length:"), &[400]),
        ("a length beyond 64 bits", one_way("Content-Length: 18446744073709551616"), &[400]),
        ("a coding nobody knows", one_way("Transfer-Encoding: xchunked"), &[400]),
        ("no coding", one_way("Transfer-Encoding: identity"), &[400]),
        ("a coding of nothing", one_way("Transfer-Encoding:"), &[400]),
        ("chunks inside another coding", one_way("Transfer-Encoding: chunked, gzip"), &[400]),
        ("another coding inside chunks", one_way("Transfer-Encoding: gzip, chunked"), &[400]),
        ("chunks within chunks", one_way("Transfer-Encoding: chunked, chunked"), &[400]),
        (
            "chunks on two lines",
            one_way("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
            &[400],
        ),
        (
            "a coding taken back",
            one_way("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"),
            &[400],
        ),
        ("a space before the colon", one_way("Transfer-Encoding : chunked"), &[400]),
        (
            "a coding in HTTP/1.0",
            format!(
                "GET /healthz HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\
                 Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{SMUGGLED}"
            ),
            &[400],
        ),
        ("a name in capitals", one_way("TRANSFER-ENCODING: CHUNKED"), &[200, 404, 200]),
    ]);
}

#[test]
fn lines_end_where_the_standard_says() {
    check(&[
        // RFC 9112 §2.2 lets a server take a line feed alone for the end of a line; it is then one
        // everywhere, also in the middle of what looks like a value.
        (
            "line feeds alone",
            format!("GET /healthz HTTP/1.1\nHost: localhost\n\n{AFTER}"),
            &[200, 200],
        ),
        (
            "a length hidden behind a line feed",
            format!("{GET}X: a\nContent-Length: {}\r\n\r\n{SMUGGLED}{AFTER}", SMUGGLED.len()),
            &[200, 200],
        ),
        ("a carriage return in a value", format!("{GET}X: a\rb\r\n\r\n{AFTER}"), &[400]),
        (
            "a header hidden behind a carriage return",
            format!("{GET}X: a\rContent-Length: 5\r\n\r\n{AFTER}"),
            &[400],
        ),
        (
            "a carriage return in the request line",
            format!("GET /healthz\r HTTP/1.1\r\nHost: localhost\r\n\r\n{AFTER}"),
            &[400],
        ),
        ("carriage returns alone", format!("{}\r\r{AFTER}", GET.replace("\r\n", "\r")), &[400]),
        ("a folded line", format!("{GET}X: a\r\n b\r\n\r\n{AFTER}"), &[400]),
        ("a folded length", format!("{GET}Content-Length:\r\n 5\r\n\r\n{AFTER}"), &[400]),
        (
            "a space before the first header",
            format!("GET /healthz HTTP/1.1\r\n Host: localhost\r\n\r\n{AFTER}"),
            &[400],
        ),
        ("a NUL in a value", format!("{GET}X: a\0b\r\n\r\n{AFTER}"), &[400]),
        ("a NUL in a name", format!("{GET}X\0Y: a\r\n\r\n{AFTER}"), &[400]),
        ("a name with a space", format!("{GET}X Y: a\r\n\r\n{AFTER}"), &[400]),
        ("a line without a colon", format!("{GET}X\r\n\r\n{AFTER}"), &[400]),
        ("a line without a name", format!("{GET}: a\r\n\r\n{AFTER}"), &[400]),
        // RFC 9112 §2.2: an empty line before a request is ignored.
        ("empty lines before a request", format!("\r\n\r\n{AFTER}"), &[200]),
    ]);
}

#[test]
fn what_is_asked_for_is_one_thing() {
    let get = |target: &str, host: &str| format!("GET {target} HTTP/1.1\r\n{host}\r\n{AFTER}");
    let localhost = "Host: localhost\r\n";
    check(&[
        // RFC 9112 §3.2.2: a server must take it, and both names must be one.
        ("a whole address", get("http://localhost/healthz", localhost), &[200, 200]),
        ("a whole address in capitals", get("http://LOCALHOST/healthz", localhost), &[200, 200]),
        ("an address of another name", get("http://example.org/healthz", localhost), &[400]),
        ("an address of another port", get("http://localhost:1/healthz", localhost), &[400]),
        ("an address with a user", get("http://a@localhost/healthz", localhost), &[400]),
        ("an address and no Host", get("http://localhost/healthz", ""), &[400]),
        ("no address but a name", get("localhost:80", localhost), &[400]),
        ("a path without its slash", get("healthz", localhost), &[400]),
        ("everything", get("*", localhost), &[400]),
        ("a fragment", get("/healthz#top", localhost), &[200, 200]),
        ("two Hosts", get("/healthz", "Host: localhost\r\nHost: localhost\r\n"), &[400]),
        ("two Hosts in one", get("/healthz", "Host: localhost, localhost\r\n"), &[400]),
        ("no Host", get("/healthz", ""), &[400]),
        ("a Host with a path", get("/healthz", "Host: localhost/\r\n"), &[400]),
        ("a space in the path", get("/health z", localhost), &[400]),
        ("a NUL in the path", get("/health\0z", localhost), &[400]),
    ]);
}

#[test]
fn methods_and_versions_that_are_not_ours_open_nothing() {
    let ask = |line: &str, more: &str| format!("{line}\r\nHost: localhost\r\n{more}\r\n{AFTER}");
    check(&[
        ("HTTP/0.9", "GET /healthz\r\n".into(), &[400]),
        ("HTTP/0.9 by number", ask("GET /healthz HTTP/0.9", ""), &[400]),
        ("HTTP/1.2", ask("GET /healthz HTTP/1.2", ""), &[400]),
        ("HTTP/2 by number", ask("GET /healthz HTTP/2.0", ""), &[400]),
        ("no version", ask("GET /healthz HTTP/", ""), &[400]),
        ("a lower-case version", ask("GET /healthz http/1.1", ""), &[400]),
        // No tunnel: what follows is a request of its own, or nothing.
        ("CONNECT", ask("CONNECT localhost:22 HTTP/1.1", ""), &[400]),
        ("TRACE", ask("TRACE /healthz HTTP/1.1", ""), &[405, 200]),
        ("TRACE of the page", ask("TRACE / HTTP/1.1", ""), &[405, 200]),
        ("a method of somebody else", ask("PROPFIND / HTTP/1.1", ""), &[405, 200]),
        ("a method in lower case", ask("get /healthz HTTP/1.1", ""), &[405, 200]),
        // An offer that may be ignored (RFC 9110 §7.8).
        (
            "an upgrade to a web socket",
            ask("GET /healthz HTTP/1.1", "Connection: Upgrade\r\nUpgrade: websocket\r\n"),
            &[200, 200],
        ),
        (
            "an upgrade to HTTP/2",
            ask(
                "GET /healthz HTTP/1.1",
                "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
            ),
            &[200, 200],
        ),
    ]);
}

#[test]
fn a_body_that_nobody_reads_is_never_taken_for_a_request() {
    let len = SMUGGLED.len();
    let chunked = format!("{len:x}\r\n{SMUGGLED}\r\n0\r\n\r\n");
    let with_body = |line: &str, fields: &str| {
        format!("{line} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n\r\n")
    };
    let length = format!("Content-Length: {len}");
    check(&[
        (
            "by length",
            format!("{}{SMUGGLED}{AFTER}", with_body("GET /healthz", &length)),
            &[200, 200],
        ),
        (
            "in chunks",
            format!("{}{chunked}{AFTER}", with_body("GET /healthz", "Transfer-Encoding: chunked")),
            &[200, 200],
        ),
        (
            "on a path that is not there",
            format!("{}{SMUGGLED}{AFTER}", with_body("GET /api/v1/titles/888888888", &length)),
            &[404, 200],
        ),
        (
            "with a method that is not taken",
            format!("{}{SMUGGLED}{AFTER}", with_body("DELETE /healthz", &length)),
            &[405, 200],
        ),
        (
            "behind an expectation, sent without waiting",
            format!(
                "{}{SMUGGLED}{AFTER}",
                with_body("GET /healthz", &format!("{length}\r\nExpect: 100-continue"))
            ),
            &[200, 200],
        ),
        (
            "cut short",
            format!("{}{SMUGGLED}", with_body("GET /healthz", "Content-Length: 1000")),
            &[200],
        ),
        (
            "longer than any that is read",
            format!("{}{SMUGGLED}", with_body("GET /healthz", "Content-Length: 1000000")),
            &[413],
        ),
        (
            "in chunks that are none",
            format!("{}{SMUGGLED}", with_body("GET /healthz", "Transfer-Encoding: chunked")),
            &[200],
        ),
    ]);
}

#[test]
fn a_body_before_a_film_disturbs_neither_the_film_nor_what_follows() {
    let one = OneFilm::with_payload_bytes(5 << 20);
    let before = Baseline::of(&one.server);
    let range = format!("Range: bytes=1000-\r\nContent-Length: {}\r\n", SMUGGLED.len());
    let mut connection = one.server.connect();
    let request = format!("{}{SMUGGLED}{AFTER}", one.request("GET", &range));
    connection.send(request).expect("they are taken");
    let film = connection.read_response().expect("an answer");
    assert_eq!(film.status, 206);
    assert!(film.body == one.bytes[1000..], "not the file's bytes");
    assert_eq!(connection.read_response().expect("an answer").status, 200);
    drop(connection);
    before.assert_met_again(&one.server);
}

#[test]
fn a_body_in_broken_chunks_is_a_400_and_the_end() {
    let one = OneFilm::with_payload_bytes(1000);
    let before = Baseline::of(&one.server);
    let id = one.server.titles()[0]["id"].as_str().expect("a string").to_owned();
    let json = json!({"position_ms": 1, "duration_ms": 1000}).to_string();
    let len = json.len();
    let put = |body: &str| {
        let text = format!(
            "PUT /api/v1/titles/{id}/progress HTTP/1.1\r\nHost: localhost\r\n\
             Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{body}"
        );
        statuses(&one, body, text.as_bytes())
    };
    for whole in [
        format!("{len:x}\r\n{json}\r\n0\r\n\r\n{AFTER}"),
        format!("{len:X};name=\"value\"\r\n{json}\r\n0;last\r\nTrailer: x\r\n\r\n{AFTER}"),
        format!("0000{len:x}\r\n{json}\r\n00\r\n\r\n{AFTER}"),
    ] {
        assert_eq!(put(&whole), [200, 200], "{whole}");
    }
    let overlong = "x".repeat(20_000);
    for broken in [
        format!("zz\r\n{json}\r\n0\r\n\r\n{AFTER}"),
        format!("-{len:x}\r\n{json}\r\n0\r\n\r\n{AFTER}"),
        format!("+{len:x}\r\n{json}\r\n0\r\n\r\n{AFTER}"),
        format!("0x{len:x}\r\n{json}\r\n0\r\n\r\n{AFTER}"),
        format!("\r\n{json}\r\n0\r\n\r\n{AFTER}"),
        format!("1{len:016x}\r\n{json}\r\n0\r\n\r\n{AFTER}"),
        format!("{len:x}\n{json}\r\n0\r\n\r\n{AFTER}"),
        format!("{len:x}\r\n{json}0\r\n\r\n{AFTER}"),
        format!("{:x}\r\n{json}\r\n0\r\n\r\n{AFTER}", len - 1),
        format!("{len:x};a\nb\r\n{json}\r\n0\r\n\r\n{AFTER}"),
        format!("{len:x};{overlong}\r\n{json}\r\n0\r\n\r\n{AFTER}"),
        format!("{len:x}\r\n{json}\r\n"),
    ] {
        assert_eq!(put(&broken), [400], "{broken}");
    }
    before.assert_met_again(&one.server);
}

#[test]
fn who_expects_to_be_asked_for_the_body_is_asked_once() {
    let one = OneFilm::with_payload_bytes(1000);
    let id = one.server.titles()[0]["id"].as_str().expect("a string").to_owned();
    let json = json!({"position_ms": 1, "duration_ms": 1000}).to_string();
    let mut connection = one.server.connect();
    let head = format!(
        "PUT /api/v1/titles/{id}/progress HTTP/1.1\r\nHost: localhost\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        json.len()
    );
    connection.send(head).expect("it is taken");
    assert_eq!(connection.read_head().expect("an answer").status, 100);
    connection.send(&json).expect("it is taken");
    assert_eq!(connection.read_response().expect("an answer").status, 200);
    connection.send(AFTER).expect("the connection stays");
    assert_eq!(connection.read_response().expect("an answer").status, 200);
}

#[test]
fn ten_megabytes_of_headers_are_refused_at_once_and_kept_nowhere() {
    let one = OneFilm::with_payload_bytes(1000);
    let before = Baseline::of(&one.server);
    let memory_before = one.server.resident_bytes();
    let field = format!("X-{}: {}\r\n", "n".repeat(100), "v".repeat(900));
    let small = "X: y\r\n".repeat(101);
    for fields in [field.repeat(10_000), "x".repeat(10 << 20), small] {
        let request = format!("{GET}{fields}\r\n{AFTER}");
        let begun = Instant::now();
        let statuses = statuses(&one, "10 MB of headers", request.as_bytes());
        // The answer may be lost: who is still writing when the connection closes gets a reset.
        assert!(statuses.is_empty() || statuses == [431], "{statuses:?}");
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    }
    let grown = one.server.resident_bytes().saturating_sub(memory_before);
    assert!(grown < 8 << 20, "{grown} bytes more are resident");
    before.assert_met_again(&one.server);
}

#[test]
fn requests_without_reading_the_answers_do_not_fill_the_memory() {
    let one = OneFilm::with_payload_bytes(1000);
    let before = Baseline::of(&one.server);
    let memory_before = one.server.resident_bytes();
    let mut greedy: Vec<Connection> = (0..4).map(|_| one.server.connect()).collect();
    let requests = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(64 * 1024);
    for connection in &mut greedy {
        let timeout = Some(Duration::from_millis(500));
        connection.stream().set_write_timeout(timeout).expect("a socket takes a timeout");
        // What the kernel's buffers do not hold stays with the client.
        let _ = connection.send(&requests);
    }
    let grown = one.server.resident_bytes().saturating_sub(memory_before);
    assert!(grown < 16 << 20, "{grown} bytes more are resident");
    assert_eq!(one.server.get("/healthz").status, 200, "others are served");
    drop(greedy);
    before.assert_met_again(&one.server);
}

#[test]
fn half_a_request_and_the_end_is_the_end() {
    let one = OneFilm::with_payload_bytes(1000);
    let before = Baseline::of(&one.server);
    for half in ["", "G", "GET /healthz HTTP/1.1\r\n", "GET /healthz HTTP/1.1\r\nHost: localhost\r"]
    {
        let statuses = statuses(&one, half, half.as_bytes());
        assert!(statuses.is_empty() || statuses == [400], "{half:?}: {statuses:?}");
    }
    before.assert_met_again(&one.server);
}

/// All slow clients at once, for they take half a minute each.
#[test]
fn slow_heads_and_bodies_are_closed_in_time_and_hold_up_nobody() {
    const LIMIT: Duration = Duration::from_secs(30);
    let one = OneFilm::with_payload_bytes(1000);
    let before = Baseline::of(&one.server);
    let id = one.server.titles()[0]["id"].as_str().expect("a string").to_owned();
    let slow_body = format!(
        "PUT /api/v1/titles/{id}/progress HTTP/1.1\r\nHost: localhost\r\n\
         Content-Type: application/json\r\nContent-Length: 10000\r\n\r\n"
    );
    let slow_clients = [
        ("nothing at all", String::new(), ""),
        ("a head byte by byte", GET.to_owned(), "X"),
        ("a second head byte by byte", AFTER.to_owned(), "X"),
        ("a body byte by byte", slow_body, " "),
    ];
    thread::scope(|scope| {
        let clients: Vec<_> = slow_clients
            .iter()
            .map(|(name, begun, drop_by_drop)| {
                let mut connection = one.server.connect();
                scope.spawn(move || {
                    let started = Instant::now();
                    connection.send(begun).expect("it is taken");
                    let stream = connection.stream();
                    stream.set_nonblocking(true).expect("a socket can be non-blocking");
                    let mut buffer = [0; 4096];
                    loop {
                        thread::sleep(Duration::from_millis(200));
                        let is_taken = connection.send(drop_by_drop).is_ok();
                        let read = std::io::Read::read(&mut connection.stream(), &mut buffer);
                        let is_open = match read {
                            Ok(len) => len > 0,
                            Err(error) => error.kind() == ErrorKind::WouldBlock,
                        };
                        if !is_taken || !is_open {
                            return (*name, started.elapsed());
                        }
                        assert!(started.elapsed() < 2 * LIMIT, "{name}: never closed");
                    }
                })
            })
            .collect();
        for _ in 0..20 {
            let begun = Instant::now();
            assert_eq!(one.server.get("/healthz").status, 200);
            assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
            thread::sleep(Duration::from_millis(100));
        }
        for client in clients {
            let (name, closed_after) = client.join().expect("a client ends");
            assert!(closed_after > LIMIT / 2, "{name}: closed after only {closed_after:?}");
            assert!(closed_after < LIMIT + Duration::from_secs(10), "{name}: {closed_after:?}");
        }
    });
    eventually("all are gone", Duration::from_secs(5), || {
        one.server.metric("spillway_connections") <= 1.0
    });
    before.assert_met_again(&one.server);
}
