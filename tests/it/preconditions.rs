//! Validators and preconditions (RFC 9110 §13) of a file.

use std::fs;
use std::time::{Duration, SystemTime};

use crate::one_film::OneFilm;

const BEFORE: &str = "Thu, 01 Jan 2004 00:00:00 GMT";
const AFTER: &str = "Fri, 01 Jan 2038 00:00:00 GMT";

#[test]
fn preconditions_are_heeded_in_the_order_of_the_standard() {
    let one = OneFilm::with_payload_bytes(1000);
    let head = one.server.request("HEAD", &one.url, "");
    let etag = head.header("etag").expect("a file has a validator");
    let modified = head.header("last-modified").expect("a file has a date");
    assert!(etag.starts_with('"'), "a weak validator cannot join ranges: {etag}");
    let cases = [
        ("the same entity-tag is not sent again", format!("If-None-Match: {etag}"), 304),
        ("the comparison is weak", format!("If-None-Match: W/{etag}"), 304),
        ("one of a list", format!("If-None-Match: \"x\", {etag}"), 304),
        ("any", "If-None-Match: *".into(), 304),
        ("another entity-tag", "If-None-Match: \"x\"".into(), 200),
        (
            "the tag wins over the date",
            format!("If-None-Match: \"x\"\r\nIf-Modified-Since: {AFTER}"),
            200,
        ),
        ("unchanged since its date", format!("If-Modified-Since: {modified}"), 304),
        ("unchanged since later", format!("If-Modified-Since: {AFTER}"), 304),
        ("changed since", format!("If-Modified-Since: {BEFORE}"), 200),
        ("no date is no condition", "If-Modified-Since: yesterday".into(), 200),
        ("the wanted entity-tag", format!("If-Match: {etag}"), 200),
        ("any at all", "If-Match: *".into(), 200),
        ("a weak one never matches here", format!("If-Match: W/{etag}"), 412),
        ("an entity-tag that is gone", "If-Match: \"x\"".into(), 412),
        (
            "If-Match goes before If-None-Match",
            format!("If-Match: \"x\"\r\nIf-None-Match: {etag}"),
            412,
        ),
        ("unmodified since its date", format!("If-Unmodified-Since: {modified}"), 200),
        ("modified since", format!("If-Unmodified-Since: {BEFORE}"), 412),
        (
            "If-Match wins over its date",
            format!("If-Match: {etag}\r\nIf-Unmodified-Since: {BEFORE}"),
            200,
        ),
        ("a range of what is known", format!("Range: bytes=0-9\r\nIf-Range: {etag}"), 206),
        ("a range of what has changed", "Range: bytes=0-9\r\nIf-Range: \"x\"".into(), 200),
        ("If-Range takes no weak tag", format!("Range: bytes=0-9\r\nIf-Range: W/{etag}"), 200),
        ("If-Range by another date", format!("Range: bytes=0-9\r\nIf-Range: {BEFORE}"), 200),
        (
            "the condition goes before the range",
            format!("Range: bytes=0-9\r\nIf-None-Match: {etag}"),
            304,
        ),
        ("and before its refusal", format!("Range: bytes=999999-\r\nIf-None-Match: {etag}"), 304),
    ];
    let mut connection = one.server.connect();
    for (name, headers, status) in cases {
        for method in ["GET", "HEAD"] {
            connection.send(one.request(method, &format!("{headers}\r\n"))).expect("it is taken");
            let response = match method {
                "GET" => connection.read_response(),
                _ => connection.read_head(),
            };
            let response = response.unwrap_or_else(|error| panic!("{method}, {name}: {error}"));
            // Ranges are defined for GET alone.
            let expected = if method == "HEAD" && status == 206 { 200 } else { status };
            assert_eq!(response.status, expected, "{method}, {name}");
            if response.status == 304 {
                assert_eq!(response.header("etag"), Some(etag), "{name}");
                assert!(response.header("content-range").is_none(), "{name}");
            }
        }
    }
}

#[test]
fn the_entity_tag_changes_when_the_file_does() {
    let one = OneFilm::with_payload_bytes(1000);
    let etag = || one.server.request("HEAD", &one.url, "").header("etag").map(str::to_owned);
    let first = etag();
    assert_eq!(first, etag(), "the same file has the same validator");

    let mut changed = one.bytes.clone();
    *changed.last_mut().expect("the file is not empty") ^= 1;
    fs::write(one.film.path(), changed).expect("the film can be written");
    let file = fs::File::options().write(true).open(one.film.path()).expect("it is there");
    file.set_modified(SystemTime::now() + Duration::from_secs(5)).expect("our own file");
    one.server.scan();
    assert_ne!(first, etag(), "same length, other bytes, other date");
}
