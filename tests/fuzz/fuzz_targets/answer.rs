//! Any request headers for a file: the answer is one that they allow, is as long as it says, and
//! each byte in it is the file's byte at the place that the answer names.
//!
//! A line of input is a field: its first byte says which ([`FIELDS`]), the rest is the value, in
//! which `@` stands for the file's tag. The first line is the method and the file.

#![no_main]

use std::ops::Range;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use http_body_util::BodyExt as _;
use libfuzzer_sys::fuzz_target;
use spillway::delivery::precondition::{Validators, Verdict, evaluate, range_applies};
use spillway::delivery::{Entity, deliver};
use spillway::limits::RANGES_MAX;
use spillway_media::storage::{Key, Root};
use tokio::runtime::{Builder, Runtime};

const FIELDS: [(u8, HeaderName); 6] = [
    (b'R', header::RANGE),
    (b'?', header::IF_RANGE),
    (b'=', header::IF_MATCH),
    (b'!', header::IF_NONE_MATCH),
    (b'<', header::IF_UNMODIFIED_SINCE),
    (b'>', header::IF_MODIFIED_SINCE),
];

/// Nothing, little, and more than is read at once.
const LENGTHS: [usize; 3] = [0, 20, 70_000];

/// Sat, 29 Oct 1994 19:43:31 GMT.
const MODIFIED_S: u64 = 783_459_811;

struct File {
    entity: Entity,
    content: Vec<u8>,
    etag: Vec<u8>,
}

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().build().expect("a runtime"));

static FILES: LazyLock<Vec<File>> = LazyLock::new(|| LENGTHS.map(file).into());

fn file(len_bytes: usize) -> File {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("film.mkv");
    // Repeats at no distance that a mistaken offset would have.
    let content: Vec<u8> = (0..len_bytes).map(|at| (at % 251 + at / 251) as u8).collect();
    std::fs::write(&path, &content).expect("written");
    std::fs::File::options()
        .write(true)
        .open(&path)
        .and_then(|file| file.set_modified(modified()))
        .expect("dated");
    // Stays readable when its name is gone.
    let object = Root::new(folder.path()).open(&Key::new("film.mkv").expect("a key"));
    let entity = Entity::new(object.expect("opens"), "film.mkv");
    let answer = deliver(&entity, &Method::GET, &HeaderMap::new());
    let etag = answer.headers()[header::ETAG].as_bytes().to_vec();
    File { entity, content, etag }
}

fn modified() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(MODIFIED_S)
}

fuzz_target!(|input: &[u8]| {
    let mut lines = input.split(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let method = if first.starts_with(b"H") { Method::HEAD } else { Method::GET };
    let file = match first.last() {
        Some(b'0') => &FILES[0],
        Some(b'+') => &FILES[2],
        _ => &FILES[1],
    };
    let mut headers = HeaderMap::new();
    for line in lines {
        let Some((letter, value)) = line.split_first() else { continue };
        let field = FIELDS.iter().find(|(known, _)| known == letter);
        let value = value.split(|byte| *byte == b'@').collect::<Vec<_>>().join(&file.etag[..]);
        if let (Some((_, name)), Ok(value)) = (field, HeaderValue::from_bytes(&value)) {
            headers.append(name, value);
        }
    }
    check(file, &method, &headers);
});

fn check(file: &File, method: &Method, headers: &HeaderMap) {
    let response = deliver(&file.entity, method, headers);
    let (parts, body) = response.into_parts();
    let body = RUNTIME.block_on(body.collect()).expect("read").to_bytes();
    let field = |name: HeaderName| parts.headers.get(name).map(HeaderValue::as_bytes);
    let status = expected_status(file, method, headers);
    assert_eq!(parts.status, status, "{method} {headers:?}");
    assert_eq!(field(header::ETAG), Some(&file.etag[..]));
    if let Some(len) = field(header::CONTENT_LENGTH) {
        assert_eq!(number(len), body.len());
    } else {
        assert!(body.is_empty());
    }
    let content_range = field(header::CONTENT_RANGE);
    match status {
        StatusCode::OK => {
            assert_eq!(content_range, None);
            assert!(body == file.content, "the whole file");
        }
        StatusCode::PARTIAL_CONTENT => {
            let content_type = field(header::CONTENT_TYPE).expect("a type");
            let parts = match content_type.strip_prefix(b"multipart/byteranges; boundary=") {
                Some(boundary) => {
                    assert_eq!(content_range, None);
                    parts_of(&body, boundary)
                }
                None => vec![(content_range.expect("a place").to_vec(), body)],
            };
            check_parts(file, &headers[header::RANGE], &parts);
        }
        StatusCode::RANGE_NOT_SATISFIABLE => {
            let nowhere = format!("bytes */{}", file.content.len());
            assert_eq!(content_range, Some(nowhere.as_bytes()));
            assert!(body.is_empty());
        }
        _ => assert!(body.is_empty() && content_range.is_none()),
    }
}

fn expected_status(file: &File, method: &Method, headers: &HeaderMap) -> StatusCode {
    let validators = Validators { etag: &file.etag, last_modified: Some(modified()) };
    match evaluate(method, headers, validators) {
        Verdict::NotModified => return StatusCode::NOT_MODIFIED,
        Verdict::Failed => return StatusCode::PRECONDITION_FAILED,
        Verdict::Proceed => {}
    }
    let ranges: Vec<_> = headers.get_all(header::RANGE).iter().collect();
    let asked = match ranges.as_slice() {
        [range] if *method == Method::GET && range_applies(headers, validators) => {
            asked(range.as_bytes(), file.content.len())
        }
        _ => None,
    };
    match asked {
        None => StatusCode::OK,
        Some(asked) if asked.is_empty() => StatusCode::RANGE_NOT_SATISFIABLE,
        Some(_) => StatusCode::PARTIAL_CONTENT,
    }
}

/// The places that a `Range` header asks for (RFC 9110 §14.1.1), none of them empty; `None` where
/// it is to be ignored.
fn asked(header: &[u8], len: usize) -> Option<Vec<Range<usize>>> {
    let header: String = header.iter().copied().map(char::from).collect();
    let (unit, set) = header.split_once('=')?;
    let specs: Vec<_> = set.split(',').map(|spec| spec.trim_matches([' ', '\t'])).collect();
    let specs: Vec<_> = specs.into_iter().filter(|spec| !spec.is_empty()).collect();
    if !unit.eq_ignore_ascii_case("bytes") || specs.is_empty() || specs.len() > RANGES_MAX {
        return None;
    }
    let mut asked = Vec::new();
    for spec in specs {
        let (first, last) = spec.split_once('-')?;
        if !first.chars().chain(last.chars()).all(|c| c.is_ascii_digit()) {
            return None;
        }
        // 40 digits at least are more than any file, and the rest does not matter.
        let position = |digits: &str| {
            let digits = digits.trim_start_matches('0');
            if digits.len() > 38 { u128::MAX } else { digits.parse().unwrap_or(0) }
        };
        let (first, last) = match (first, last) {
            ("", "") => return None,
            // Satisfiable, but an empty part cannot be written.
            ("", suffix) if len == 0 && position(suffix) > 0 => return None,
            ("", suffix) => ((len as u128).saturating_sub(position(suffix)), u128::MAX),
            (first, "") => (position(first), u128::MAX),
            (first, last) => (position(first), position(last)),
        };
        // Beyond 64 bits two positions are the same.
        let most = u128::from(u64::MAX);
        if first.min(most) > last.min(most) {
            return None;
        }
        let end = last.saturating_add(1).min(len as u128);
        if first < end {
            asked.push(first as usize..end as usize);
        }
    }
    Some(asked)
}

/// Each part is what the file has at its place, and together they are what was asked for.
fn check_parts(file: &File, range: &HeaderValue, parts: &[(Vec<u8>, Bytes)]) {
    let mut times = vec![0_u8; file.content.len()];
    for (place, bytes) in parts {
        let place = std::str::from_utf8(place).expect("ASCII");
        let (place, len) =
            place.strip_prefix("bytes ").and_then(|p| p.split_once('/')).expect("a place");
        let (first, last) = place.split_once('-').expect("two ends");
        let (first, last) = (number(first.as_bytes()), number(last.as_bytes()));
        assert_eq!(number(len.as_bytes()), file.content.len());
        assert!(bytes[..] == file.content[first..=last], "the bytes {first}-{last}");
        times[first..=last].iter_mut().for_each(|times| *times += 1);
    }
    let mut expected = vec![0; file.content.len()];
    for range in asked(range.as_bytes(), file.content.len()).expect("heeded") {
        expected[range].fill(1);
    }
    assert!(times == expected, "every byte asked for once, and no other: {range:?}");
}

/// As a client takes an answer apart that knows the boundary and trusts nothing else.
fn parts_of(body: &Bytes, boundary: &[u8]) -> Vec<(Vec<u8>, Bytes)> {
    let delimiter = [b"\r\n--", boundary].concat();
    // The first delimiter begins the body and has no line break of its own before it.
    let body = Bytes::from([b"\r\n", &body[..]].concat());
    let starts: Vec<_> = body
        .windows(delimiter.len())
        .enumerate()
        .filter_map(|(at, bytes)| (bytes == delimiter).then_some(at))
        .collect();
    assert!(body.ends_with(&[&delimiter[..], b"--\r\n"].concat()), "the last one is marked");
    let mut parts = Vec::new();
    for ends in starts.windows(2) {
        let part = body.slice(ends[0] + delimiter.len()..ends[1]);
        let head_len = part.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
        let head = std::str::from_utf8(&part[..head_len]).expect("ASCII");
        let place = head.lines().find_map(|line| line.strip_prefix("Content-Range: "));
        parts.push((place.expect("a place").as_bytes().to_vec(), part.slice(head_len + 4..)));
    }
    assert!(parts.len() > 1, "one part needs no boundary");
    parts
}

fn number(digits: &[u8]) -> usize {
    std::str::from_utf8(digits).expect("ASCII").parse().expect("a number")
}
