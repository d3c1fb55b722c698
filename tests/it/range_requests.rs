//! Every form of RFC 9110 §14, against the bytes of the file, over a real connection.

use std::ops::Range;

use spillway_tests::wire::Response;

use crate::one_film::OneFilm;

/// Larger than one placeholder, so that answers span several writes.
const PAYLOAD_BYTES: usize = (3 << 20) + 17;

enum Expected {
    /// 200 with all of it.
    Whole,
    /// 206 with one part.
    Part(Range<usize>),
    /// 206 with `multipart/byteranges`.
    Parts(Vec<Range<usize>>),
    /// 416.
    NotSatisfiable,
}
use Expected::{NotSatisfiable, Part, Parts, Whole};

#[test]
fn every_form_of_range_gets_exactly_the_bytes_it_names() {
    let one = OneFilm::with_payload_bytes(PAYLOAD_BYTES);
    let len = one.bytes.len();
    let cases: Vec<(&str, String, Expected)> = vec![
        ("the first byte", "bytes=0-0".into(), Part(0..1)),
        ("the first two", "bytes=0-1".into(), Part(0..2)),
        ("from the start to the end", "bytes=0-".into(), Part(0..len)),
        ("from the second byte on", "bytes=1-".into(), Part(1..len)),
        ("the last byte by position", format!("bytes={}-", len - 1), Part(len - 1..len)),
        ("the last byte by suffix", "bytes=-1".into(), Part(len - 1..len)),
        ("all but one by suffix", format!("bytes=-{}", len - 1), Part(1..len)),
        ("all by suffix", format!("bytes=-{len}"), Part(0..len)),
        ("a suffix longer than the file is the file", format!("bytes=-{}", len + 1), Part(0..len)),
        ("a suffix of 2^64-1", format!("bytes=-{}", u64::MAX), Part(0..len)),
        ("an end at the last byte", format!("bytes=5-{}", len - 1), Part(5..len)),
        ("an end one too far is cut", format!("bytes=5-{len}"), Part(5..len)),
        ("an end of 2^64-1 is cut", format!("bytes=5-{}", u64::MAX), Part(5..len)),
        ("an end beyond 64 bits is cut", "bytes=5-99999999999999999999999".into(), Part(5..len)),
        ("around a placeholder's edge", "bytes=1048575-1048576".into(), Part(1_048_575..1_048_577)),
        ("exactly a placeholder", "bytes=0-1048575".into(), Part(0..1_048_576)),
        ("one byte more", "bytes=0-1048576".into(), Part(0..1_048_577)),
        ("leading zeros are digits", "bytes=0000-0009".into(), Part(0..10)),
        ("the unit's name in capitals", "BYTES=0-9".into(), Part(0..10)),
        ("an empty element in a list", "bytes=,0-9".into(), Part(0..10)),
        ("a start at the end", format!("bytes={len}-"), NotSatisfiable),
        ("a start beyond the end", format!("bytes={}-", len + 1), NotSatisfiable),
        ("a start of 2^64-1", format!("bytes={}-", u64::MAX), NotSatisfiable),
        ("an empty suffix", "bytes=-0".into(), NotSatisfiable),
        ("only unsatisfiable ones", format!("bytes={len}-,-0"), NotSatisfiable),
        ("backwards is malformed", "bytes=9-5".into(), Whole),
        ("no number", "bytes=-".into(), Whole),
        ("words", "bytes=a-b".into(), Whole),
        ("a negative start", "bytes=--1".into(), Whole),
        ("a hexadecimal start", "bytes=0x1-5".into(), Whole),
        ("no equals sign", "bytes 0-5".into(), Whole),
        ("no set", "bytes=".into(), Whole),
        ("another unit", "seconds=0-5".into(), Whole),
        ("one good and one malformed", "bytes=0-5,x-".into(), Whole),
        ("two apart", "bytes=0-9,100-109".into(), Parts(vec![0..10, 100..110])),
        ("two in reverse order stay so", "bytes=100-109,0-9".into(), Parts(vec![100..110, 0..10])),
        ("the ends of the file", "bytes=0-0,-1".into(), Parts(vec![0..1, len - 1..len])),
        ("one within and one beyond", format!("bytes=0-9,{len}-"), Part(0..10)),
        ("overlapping ones become one", "bytes=0-9,5-19".into(), Part(0..20)),
        ("the same twice is sent once", "bytes=0-9,0-9".into(), Part(0..10)),
        (
            "large parts",
            "bytes=0-1499999,1600000-3099999".into(),
            Parts(vec![0..1_500_000, 1_600_000..3_100_000]),
        ),
    ];
    let mut connection = one.server.connect();
    for (name, range, expected) in cases {
        connection.send(one.request("GET", &format!("Range: {range}\r\n"))).expect("it is taken");
        let response = connection.read_response().unwrap_or_else(|error| panic!("{name}: {error}"));
        check(name, &response, &expected, &one.bytes);
    }
}

#[test]
fn head_says_what_get_would_and_sends_nothing() {
    let one = OneFilm::with_payload_bytes(PAYLOAD_BYTES);
    let mut connection = one.server.connect();
    connection.send(one.request("GET", "")).expect("it is taken");
    let got = connection.read_response().expect("an answer");
    connection.send(one.request("HEAD", "Range: bytes=0-9\r\n")).expect("it is taken");
    let head = connection.read_head().expect("an answer");
    // Range is defined for GET alone (§14.2).
    assert_eq!(head.status, 200);
    for name in ["content-length", "content-type", "etag", "last-modified", "accept-ranges"] {
        assert!(head.header(name).is_some(), "{name} is missing");
        assert_eq!(head.header(name), got.header(name), "{name}");
    }
    // If a byte of a body had followed, the next answer would not begin with a status line.
    connection.send(one.request("GET", "Range: bytes=0-9\r\n")).expect("it is taken");
    assert_eq!(connection.read_response().expect("an answer").body, one.bytes[..10]);
}

#[test]
fn any_name_after_the_identifier_is_answered() {
    let one = OneFilm::with_payload_bytes(100);
    let (folder, _) = one.url.rsplit_once('/').expect("a URL has slashes");
    for name in ["other.mp4", "%C3%A9t%C3%A9.mkv", "a%20b", "x"] {
        let response = one.server.get(&format!("{folder}/{name}"));
        assert_eq!((response.status, response.body), (200, one.bytes.clone()), "{name}");
    }
}

#[test]
fn an_empty_file_has_no_satisfiable_range() {
    let one = OneFilm::with_payload_bytes(100);
    std::fs::write(one.film.path(), b"").expect("the film can be written");
    let response = one.server.request("GET", &one.url, "Range: bytes=0-0\r\n");
    assert_ne!(response.status, 206);
    assert!(response.header("content-range").is_none_or(|range| range == "bytes */0"));
}

#[test]
fn more_ranges_than_anybody_needs_are_not_heeded() {
    let one = OneFilm::with_payload_bytes(PAYLOAD_BYTES);
    let ranges: Vec<String> = (0..1000).map(|i| format!("{}-{}", i * 10, i * 10 + 1)).collect();
    let header = format!("Range: bytes={}\r\n", ranges.join(","));
    let response = one.server.request("GET", &one.url, &header);
    check("a thousand ranges", &response, &Whole, &one.bytes);
}

#[test]
fn the_same_bytes_asked_for_many_times_are_sent_once() {
    let one = OneFilm::with_payload_bytes(PAYLOAD_BYTES);
    let len = one.bytes.len();
    for ranges in [vec!["0-"; 64], vec!["-1000000", "0-"], vec!["0-2000000", "1000000-"]] {
        let header = format!("Range: bytes={}\r\n", ranges.join(","));
        let response = one.server.request("GET", &one.url, &header);
        assert_eq!(response.status, 206, "{header}");
        assert!(response.body == one.bytes, "{header}: {} of {len} bytes", response.body.len());
    }
}

fn check(name: &str, response: &Response, expected: &Expected, file: &[u8]) {
    let len = file.len();
    match expected {
        Whole => {
            assert_eq!(response.status, 200, "{name}");
            assert_eq!(response.header("content-range"), None, "{name}");
            assert!(response.body == file, "{name}: not the file's bytes");
        }
        Part(range) => {
            assert_eq!(response.status, 206, "{name}");
            let content_range = format!("bytes {}-{}/{len}", range.start, range.end - 1);
            assert_eq!(response.header("content-range"), Some(&*content_range), "{name}");
            assert_eq!(response.body.len(), range.len(), "{name}");
            assert!(response.body == file[range.clone()], "{name}: not the file's bytes");
        }
        Parts(ranges) => {
            assert_eq!(response.status, 206, "{name}");
            assert_eq!(response.header("content-range"), None, "{name}: §15.3.7.2 forbids it");
            assert_parts(name, response, ranges, file);
        }
        NotSatisfiable => {
            assert_eq!(response.status, 416, "{name}");
            let content_range = format!("bytes */{len}");
            assert_eq!(response.header("content-range"), Some(&*content_range), "{name}");
        }
    }
}

/// Takes a multipart body apart as RFC 2046 §5.1.1 says, trusting nothing but the boundary.
fn assert_parts(name: &str, response: &Response, ranges: &[Range<usize>], file: &[u8]) {
    let content_type = response.header("content-type").expect("a body has a type");
    let boundary = content_type
        .strip_prefix("multipart/byteranges; boundary=")
        .unwrap_or_else(|| panic!("{name}: {content_type}"))
        .trim_matches('"');
    let mut rest: &[u8] = &response.body;
    for range in ranges {
        let start = format!("--{boundary}\r\n");
        rest = rest.strip_prefix(b"\r\n").unwrap_or(rest);
        rest = rest.strip_prefix(start.as_bytes()).unwrap_or_else(|| panic!("{name}: no boundary"));
        let end =
            rest.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("a part has a head");
        let head = String::from_utf8_lossy(&rest[..end]).to_ascii_lowercase();
        let expected =
            format!("content-range: bytes {}-{}/{}", range.start, range.end - 1, file.len());
        assert!(head.lines().any(|line| line == expected), "{name}: {head} lacks {expected}");
        assert!(head.contains("content-type: video/mp4"), "{name}: {head}");
        let (part, after) = rest[end + 4..].split_at(range.len());
        assert!(part == &file[range.clone()], "{name}: not the file's bytes");
        rest = after;
    }
    assert_eq!(rest.escape_ascii().to_string(), format!("\\r\\n--{boundary}--\\r\\n"), "{name}");
}
