//! Payload goes from the page cache to the socket and nowhere else; and what stands for it while
//! the HTTP machinery counts bytes never reaches a wire.

use std::collections::HashMap;
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::thread;
use std::time::Duration;

use spillway_tests::wire::Connection;
use spillway_tests::{Library, TestServer, eventually};

use crate::one_film::OneFilm;

const PAYLOAD_BYTES: usize = 64 << 20;

/// Everything that moves bytes between files, memory and sockets.
const CALLS: &str = "read,pread64,readv,preadv,preadv2,write,pwrite64,writev,pwritev,pwritev2,\
                     sendto,sendmsg,sendmmsg,sendfile,splice,tee,vmsplice,copy_file_range,mmap,\
                     io_uring_enter";

/// What headers, pages of the catalog, answers in JSON and log lines may add up to, hundreds of
/// times less than the payload.
const SMALL_BYTES: u64 = 1 << 20;

#[test]
fn payload_never_passes_through_the_program() {
    let folder = tempfile::tempdir().expect("temporary folders can be made");
    let trace = folder.path().join("calls.txt");
    let library = Library::new();
    let film = library.film("Alien (1979)").with_payload_bytes(PAYLOAD_BYTES);
    let server = TestServer::with(&library).traced(CALLS, &trace).start();
    let one = OneFilm::of(library, film, server);
    let len = one.bytes.len();

    let mut connection = one.server.connect();
    let mut sent_bytes = 0;
    let middle = format!("Range: bytes=1000000-{}\r\n", len - 1_000_000);
    for range in
        ["", "Range: bytes=0-16777215\r\n", &middle, "Range: bytes=0-1999999,9000000-19999999\r\n"]
    {
        connection.send(one.request("GET", range)).expect("it is taken");
        let response = connection.read_response().expect("an answer");
        assert!(response.status == 200 || response.status == 206, "{}", response.status);
        sent_bytes += response.body.len() as u64;
    }
    drop(connection);
    let path = one.film.path().to_owned();
    drop(one.server);

    let calls = traced_calls(&trace);
    let sum = |names: &[&str], touches_film: bool| -> u64 {
        calls
            .iter()
            .filter(|call| names.contains(&&*call.name))
            .filter(|call| !touches_film || call.text.contains(&*path.to_string_lossy()))
            .map(|call| call.result)
            .sum()
    };
    let sent_by_sendfile = sum(&["sendfile"], true);
    let film_read = sum(&["read", "pread64", "readv", "preadv", "preadv2"], true);
    let written = sum(
        &["write", "pwrite64", "writev", "pwritev", "pwritev2", "sendto", "sendmsg", "sendmmsg"],
        false,
    );
    let moved_otherwise =
        sum(&["splice", "tee", "vmsplice", "copy_file_range", "io_uring_enter"], false);
    let is_mapped = calls
        .iter()
        .any(|call| call.name == "mmap" && call.text.contains(&*path.to_string_lossy()));

    // The parts' own headers are the only bytes of the bodies that no file holds.
    assert!(
        sent_by_sendfile <= sent_bytes && sent_bytes - sent_by_sendfile < 1000,
        "{sent_by_sendfile} of {sent_bytes} bytes went by sendfile"
    );
    assert!(film_read < SMALL_BYTES, "{film_read} bytes of the film were read");
    assert!(written < 8 * SMALL_BYTES, "{written} bytes were written from memory");
    assert_eq!(moved_otherwise, 0);
    assert!(!is_mapped, "the film was mapped into memory");
}

#[test]
fn every_answer_of_a_long_conversation_is_the_files_bytes() {
    let one = OneFilm::with_payload_bytes(5 << 20);
    let len = one.bytes.len() as u64;
    let etag = one.server.request("HEAD", &one.url, "").header("etag").map(str::to_owned);
    let etag = etag.expect("a file has a validator");
    let mut random = Random(0x1234_5678_9abc_def1);
    for _ in 0..20 {
        let mut connection = one.server.connect();
        // Requests go out together: what a HEAD or a 304 left behind would shift all that follow.
        let mut requests = String::new();
        let mut asked = Vec::new();
        for _ in 0..12 {
            let first = random.below(len);
            let last = (first + random.below(2 << 20)).min(len - 1);
            let (method, headers, expected) = match random.below(6) {
                0 => ("HEAD", String::new(), Answer::Head),
                1 => ("GET", format!("If-None-Match: {etag}\r\n"), Answer::NotModified),
                2 => ("GET", format!("Range: bytes={len}-\r\n"), Answer::NotSatisfiable),
                3 if random.below(4) == 0 => ("GET", String::new(), Answer::Bytes(0, len)),
                _ => {
                    let range = format!("Range: bytes={first}-{last}\r\n");
                    ("GET", range, Answer::Bytes(first, last + 1))
                }
            };
            requests += &one.request(method, &headers);
            asked.push(expected);
        }
        connection.send(&requests).expect("they are taken");
        for expected in asked {
            expected.check(&mut connection, &one.bytes);
        }
    }
}

#[test]
fn clients_that_vanish_leave_nothing_behind() {
    let one = OneFilm::with_payload_bytes(32 << 20);
    thread::scope(|scope| {
        for client in 0..40_usize {
            let one = &one;
            scope.spawn(move || {
                let mut connection = one.server.connect();
                connection.send(one.request("GET", "")).expect("it is taken");
                let seen = connection.read_exactly(client * 50_000).expect("so much comes");
                drop(seen);
                // Data that was not read makes the kernel reset the connection.
                drop(connection);
            });
        }
    });
    // The one that listens stays.
    eventually("their connections are closed", Duration::from_secs(20), || {
        open_tcp_sockets(one.server.address().port()) == 1
    });
    assert!(one.server.get(&one.url).body == one.bytes, "not the file's bytes");
}

#[test]
fn a_slow_reader_gets_the_same_bytes_and_holds_nobody_up() {
    let one = OneFilm::with_payload_bytes(24 << 20);
    thread::scope(|scope| {
        let slow = scope.spawn(|| {
            let mut connection = one.server.connect();
            connection.send(one.request("GET", "")).expect("it is taken");
            let response = connection.read_head().expect("an answer");
            assert_eq!(response.status, 200);
            let mut body = Vec::new();
            while body.len() < one.bytes.len() {
                let step = (512 << 10).min(one.bytes.len() - body.len());
                body.extend(connection.read_exactly(step).expect("it goes on"));
                thread::sleep(Duration::from_millis(20));
            }
            body
        });
        for _ in 0..5 {
            assert!(one.server.get(&one.url).body == one.bytes, "not the file's bytes");
        }
        assert!(slow.join().expect("the slow reader ends") == one.bytes, "not the file's bytes");
    });
}

#[test]
fn a_file_cut_short_under_the_reader_breaks_the_connection() {
    let one = OneFilm::with_payload_bytes(PAYLOAD_BYTES);
    let mut connection = one.server.connect();
    connection.send(one.request("GET", "")).expect("it is taken");
    assert_eq!(connection.read_head().expect("an answer").status, 200);
    let begun = connection.read_exactly(1 << 20).expect("it begins");
    let file = fs::File::options().write(true).open(one.film.path()).expect("it is there");
    file.set_len(2 << 20).expect("our own file");
    // It must end: short, never filled up and never waiting.
    let mut rest = Vec::new();
    let mut stream = connection.stream();
    let ended = stream.read_to_end(&mut rest);
    let received = begun.len() + rest.len();
    assert!(received < one.bytes.len(), "{received} bytes came of a file cut to 2 MiB: {ended:?}");
    let known = received.min(2 << 20);
    assert!([begun, rest].concat()[..known] == one.bytes[..known], "not the file's bytes");
    assert_eq!(one.server.get("/healthz").status, 200);
}

#[test]
fn a_file_replaced_or_deleted_under_the_reader_is_read_to_its_end() {
    let one = OneFilm::with_payload_bytes(PAYLOAD_BYTES);
    let ask = || {
        let mut connection = one.server.connect();
        connection.send(one.request("GET", "")).expect("it is taken");
        let head = connection.read_head().expect("an answer");
        let first = connection.read_exactly(1 << 20).expect("it begins");
        (connection, head, first)
    };
    let finish = |mut connection: Connection, first: Vec<u8>| {
        let rest = connection.read_exactly(one.bytes.len() - first.len()).expect("all of it");
        [first, rest].concat()
    };

    let (connection, old_head, first) = ask();
    // As long as the old one and other all over, so that a mixture would show.
    let new: Vec<u8> = one.bytes.iter().map(|byte| !byte).collect();
    let beside = one.film.path().with_extension("new");
    fs::write(&beside, &new).expect("there is room");
    fs::rename(&beside, one.film.path()).expect("our own file");
    assert!(finish(connection, first) == one.bytes, "not the bytes of the file that was asked for");

    let (connection, new_head, first) = ask();
    assert_ne!(old_head.header("etag"), new_head.header("etag"));
    fs::remove_file(one.film.path()).expect("our own file");
    assert!(finish(connection, first) == new, "not the bytes of the file that took its place");
    assert!([404, 503].contains(&one.server.get(&one.url).status), "it is gone");
}

/// What must come back.
enum Answer {
    Head,
    NotModified,
    NotSatisfiable,
    Bytes(u64, u64),
}

impl Answer {
    fn check(&self, connection: &mut Connection, file: &[u8]) {
        match self {
            Self::Head => assert_eq!(connection.read_head().expect("an answer").status, 200),
            Self::NotModified => {
                assert_eq!(connection.read_response().expect("an answer").status, 304);
            }
            Self::NotSatisfiable => {
                assert_eq!(connection.read_response().expect("an answer").status, 416);
            }
            Self::Bytes(start, end) => {
                let response = connection.read_response().expect("an answer");
                let part = usize::try_from(*start).expect("64 bits")
                    ..usize::try_from(*end).expect("64 bits");
                assert!(response.body == file[part], "{start}..{end}: not the file's bytes");
            }
        }
    }
}

/// A system call that moved bytes.
struct Call {
    name: String,
    text: String,
    result: u64,
}

/// Reads strace's output: `PID name(arguments) = result`, where a call of one thread may be
/// interrupted by those of others.
fn traced_calls(trace: &Path) -> Vec<Call> {
    let is_complete =
        || fs::read_to_string(trace).is_ok_and(|text| text.contains("+++ exited with"));
    eventually("the trace is written", Duration::from_secs(10), is_complete);
    let text = fs::read_to_string(trace).expect("it was just read");
    let mut unfinished: HashMap<&str, &str> = HashMap::new();
    let mut calls = Vec::new();
    for line in text.lines() {
        let Some((thread, rest)) = line.split_once(char::is_whitespace) else { continue };
        let rest = rest.trim_start();
        if let Some(begun) = rest.strip_suffix(" <unfinished ...>") {
            unfinished.insert(thread, begun);
            continue;
        }
        let begun = unfinished.remove(thread).filter(|_| rest.starts_with("<... "));
        let text = format!("{}{rest}", begun.unwrap_or_default());
        let Some((name, _)) = text.split_once('(') else { continue };
        let name = name.to_owned();
        // "= 65536", or "= -1 EAGAIN (…)", or "= ?" of a thread that was ended.
        let result = text.rsplit(" = ").next().and_then(|result| result.split(' ').next());
        let result = result.and_then(|result| result.parse().ok()).unwrap_or(0);
        calls.push(Call { name, text, result });
    }
    assert!(calls.iter().any(|call| call.name == "sendfile"), "no sendfile in the trace");
    calls
}

/// The sockets on the server's side that listen or are open in one direction at least.
fn open_tcp_sockets(port: u16) -> usize {
    let local_end = format!(":{port:04X}");
    let sockets = fs::read_to_string("/proc/net/tcp").expect("Linux lists its sockets");
    let is_ours = |fields: &[&str]| {
        fields.get(1).is_some_and(|local| local.ends_with(&local_end))
            // 06 is TIME_WAIT: the kernel's, and no longer the program's.
            && fields.get(3).is_some_and(|state| *state != "06")
    };
    sockets.lines().filter(|line| is_ours(&line.split_whitespace().collect::<Vec<_>>())).count()
}

/// xorshift64: the same conversation in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}
