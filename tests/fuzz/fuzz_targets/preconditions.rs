//! Any values in the headers of preconditions: the verdict is that of RFC 9110 §13, taken step by
//! step, and `If-Range` lets a part through for the same strong tag or the exact date alone.
//!
//! A line of input is a field: its first byte says which ([`FIELDS`]), the rest is the value. The
//! first line is the method; with a `-` behind it the file has no date.

#![no_main]

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use libfuzzer_sys::fuzz_target;
use spillway::delivery::precondition::{Validators, Verdict, evaluate, range_applies};

const FIELDS: [(u8, HeaderName); 5] = [
    (b'=', header::IF_MATCH),
    (b'!', header::IF_NONE_MATCH),
    (b'<', header::IF_UNMODIFIED_SINCE),
    (b'>', header::IF_MODIFIED_SINCE),
    (b'?', header::IF_RANGE),
];

const ETAG: &[u8] = b"\"a\"";

/// Sat, 29 Oct 1994 19:43:31 GMT.
const MODIFIED_S: u64 = 783_459_811;

fuzz_target!(|input: &[u8]| {
    let mut lines = input.split(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let method = match first.first() {
        Some(b'H') => Method::HEAD,
        Some(b'P') => Method::PUT,
        _ => Method::GET,
    };
    let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(MODIFIED_S);
    let last_modified = (!first.ends_with(b"-")).then_some(modified);
    let mut headers = HeaderMap::new();
    for line in lines {
        let Some((letter, value)) = line.split_first() else { continue };
        let field = FIELDS.iter().find(|(known, _)| known == letter);
        if let (Some((_, name)), Ok(value)) = (field, HeaderValue::from_bytes(value)) {
            headers.append(name, value);
        }
    }
    let validators = Validators { etag: ETAG, last_modified };
    let verdict = evaluate(&method, &headers, validators);
    assert_eq!(verdict, expected(&method, &headers, last_modified), "{method} {headers:?}");
    let applies = range_applies(&headers, validators);
    assert_eq!(applies, is_same(&headers, last_modified), "{headers:?}");
});

/// RFC 9110 §13.2.2, steps 1 to 4.
fn expected(method: &Method, headers: &HeaderMap, modified: Option<SystemTime>) -> Verdict {
    let is_read = *method != Method::PUT;
    let has = |name| headers.contains_key(name);
    let may_go_on = if has(header::IF_MATCH) {
        tags(headers, header::IF_MATCH).iter().any(|tag| *tag == b"*" || *tag == ETAG)
    } else {
        match (date(headers, header::IF_UNMODIFIED_SINCE), modified) {
            (Some(limit), Some(modified)) => modified <= limit,
            _ => true,
        }
    };
    let has_it = if has(header::IF_NONE_MATCH) {
        let mut tags = tags(headers, header::IF_NONE_MATCH).into_iter();
        tags.any(|tag| tag == b"*" || tag.strip_prefix(b"W/").unwrap_or(&tag) == ETAG)
    } else {
        match (date(headers, header::IF_MODIFIED_SINCE), modified) {
            (Some(limit), Some(modified)) => is_read && modified <= limit,
            _ => false,
        }
    };
    match (may_go_on, has_it) {
        (false, _) => Verdict::Failed,
        (true, false) => Verdict::Proceed,
        (true, true) if is_read => Verdict::NotModified,
        (true, true) => Verdict::Failed,
    }
}

/// §13.1.5: one field, and in it the very tag or the very date.
fn is_same(headers: &HeaderMap, modified: Option<SystemTime>) -> bool {
    match headers.get_all(header::IF_RANGE).iter().collect::<Vec<_>>().as_slice() {
        [] => true,
        [value] if value.as_bytes() == ETAG => true,
        [_] => modified.is_some() && date(headers, header::IF_RANGE) == modified,
        _ => false,
    }
}

/// `*`, or the tags as they are written, up to the first thing that is none; byte by byte.
fn tags(headers: &HeaderMap, name: HeaderName) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for value in headers.get_all(name) {
        let value = value.as_bytes();
        if value == b"*" {
            found.push(value.to_vec());
        }
        let mut tag = Vec::new();
        // A separator behind the last tag ends it like any other.
        for byte in [value, b","].concat() {
            let quotes = tag.iter().filter(|byte| **byte == b'"').count();
            let is_separator = matches!(byte, b' ' | b'\t' | b',');
            match (quotes, byte) {
                (0, _) if is_separator && tag.is_empty() => {}
                (2, _) if is_separator => found.push(std::mem::take(&mut tag)),
                (0, b'W') if tag.is_empty() => tag.push(byte),
                (0, b'/') if tag == b"W" => tag.push(byte),
                (0, b'"') if tag.is_empty() || tag == b"W/" => tag.push(byte),
                (1, 0x21 | 0x22 | 0x23..=0x7e | 0x80..) => tag.push(byte),
                _ => break,
            }
        }
    }
    found
}

/// The one date of a field.
fn date(headers: &HeaderMap, name: HeaderName) -> Option<SystemTime> {
    match headers.get_all(name).iter().collect::<Vec<_>>().as_slice() {
        [value] => httpdate::parse_http_date(value.to_str().ok()?).ok(),
        _ => None,
    }
}
