//! What `deliver` answers: status, headers and, read without a connection, the bytes.

use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use http_body_util::BodyExt as _;
use spillway_media::storage::{Key, Object, Root};

use super::{Entity, deliver};

const CONTENT: &[u8] = b"0123456789abcdefghij";

struct File {
    folder: tempfile::TempDir,
    object: Object,
}

/// A file that was last changed long enough ago to have a date.
fn file(content: &[u8]) -> File {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("film.mkv");
    std::fs::write(&path, content).expect("written");
    let long_ago = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(783_459_811);
    std::fs::File::options()
        .write(true)
        .open(&path)
        .and_then(|file| file.set_modified(long_ago))
        .expect("dated");
    let root = Root::new(folder.path());
    let object = root.open(&Key::new("film.mkv").expect("a key")).expect("opens");
    File { folder, object }
}

impl File {
    fn ask(&self, method: &Method, fields: &[(HeaderName, &str)]) -> Response {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(name, HeaderValue::from_str(value).expect("a value"));
        }
        deliver(&Entity::new(self.object.clone(), "film.mkv"), method, &headers)
    }

    fn get(&self, fields: &[(HeaderName, &str)]) -> Response {
        self.ask(&Method::GET, fields)
    }
}

fn field(response: &Response, name: &HeaderName) -> String {
    response.headers().get(name).map_or("", |value| value.to_str().expect("ASCII")).to_owned()
}

async fn content(response: Response) -> Vec<u8> {
    let announced: usize = field(&response, &header::CONTENT_LENGTH).parse().expect("a length");
    let bytes = response.into_body().collect().await.expect("read").to_bytes().to_vec();
    assert_eq!(bytes.len(), announced);
    bytes
}

#[tokio::test]
async fn a_plain_get_is_the_whole_file_with_everything_said_of_it() {
    let response = file(CONTENT).get(&[]);
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(field(&response, &header::CONTENT_TYPE), "video/matroska");
    assert_eq!(field(&response, &header::CONTENT_DISPOSITION), "inline; filename=\"film.mkv\"");
    assert_eq!(field(&response, &header::ACCEPT_RANGES), "bytes");
    assert_eq!(field(&response, &header::LAST_MODIFIED), "Sat, 29 Oct 1994 19:43:31 GMT");
    assert_eq!(field(&response, &header::CACHE_CONTROL), "no-cache");
    assert_eq!(field(&response, &header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    assert!(field(&response, &header::ETAG).starts_with('"'));
    assert_eq!(content(response).await, CONTENT);
}

#[tokio::test]
async fn head_has_the_headers_of_get_and_ignores_range() {
    let file = file(CONTENT);
    let head = file.ask(&Method::HEAD, &[(header::RANGE, "bytes=0-1")]);
    assert_eq!(head.status(), StatusCode::OK);
    assert_eq!(head.headers(), file.get(&[]).headers());
}

#[tokio::test]
async fn one_range_is_a_part_with_its_place() {
    let file = file(CONTENT);
    for (range, content_range, bytes) in [
        ("bytes=0-0", "bytes 0-0/20", &CONTENT[..1]),
        ("bytes=19-", "bytes 19-19/20", &CONTENT[19..]),
        ("bytes=-600", "bytes 0-19/20", CONTENT),
        ("bytes=5-9,5-9", "bytes 5-9/20", &CONTENT[5..10]),
        ("bytes=18-99,20-", "bytes 18-19/20", &CONTENT[18..]),
    ] {
        let response = file.get(&[(header::RANGE, range)]);
        assert_eq!(response.status(), StatusCode::PARTIAL_CONTENT, "{range}");
        assert_eq!(field(&response, &header::CONTENT_RANGE), content_range);
        assert_eq!(content(response).await, bytes, "{range}");
    }
}

#[tokio::test]
async fn several_ranges_are_parts_between_boundaries() {
    let response = file(CONTENT).get(&[(header::RANGE, "bytes=15-,0-2")]);
    assert_eq!(response.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(field(&response, &header::CONTENT_RANGE), "");
    let content_type = field(&response, &header::CONTENT_TYPE);
    let boundary = content_type.strip_prefix("multipart/byteranges; boundary=").expect("multipart");
    let expected = format!(
        "--{boundary}\r\nContent-Type: video/matroska\r\nContent-Range: bytes 15-19/20\r\n\r\nfghij\r\n\
         --{boundary}\r\nContent-Type: video/matroska\r\nContent-Range: bytes 0-2/20\r\n\r\n012\r\n\
         --{boundary}--\r\n"
    );
    assert_eq!(String::from_utf8(content(response).await).expect("ASCII"), expected);
}

#[test]
fn boundaries_differ_from_answer_to_answer() {
    let file = file(CONTENT);
    let boundary = || field(&file.get(&[(header::RANGE, "bytes=0-0,2-2")]), &header::CONTENT_TYPE);
    assert_ne!(boundary(), boundary());
}

#[test]
fn nothing_of_the_file_is_416_with_its_length() {
    let response = file(CONTENT).get(&[(header::RANGE, "bytes=20-")]);
    assert_eq!(response.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(field(&response, &header::CONTENT_RANGE), "bytes */20");
    let response = file(b"").get(&[(header::RANGE, "bytes=0-")]);
    assert_eq!(response.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(field(&response, &header::CONTENT_RANGE), "bytes */0");
}

#[tokio::test]
async fn an_empty_file_is_an_empty_answer() {
    let response = file(b"").get(&[(header::RANGE, "bytes=-5")]);
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(content(response).await, b"");
}

#[tokio::test]
async fn a_range_that_must_not_be_heeded_gives_the_whole_file() {
    let file = file(CONTENT);
    let range = (header::RANGE, "bytes=0-1");
    for fields in [
        vec![range.clone(), range.clone()],
        vec![(header::RANGE, "bytes=1-0")],
        vec![range.clone(), (header::IF_RANGE, "\"another\"")],
        vec![range.clone(), (header::IF_RANGE, "Sat, 29 Oct 1994 19:43:32 GMT")],
    ] {
        let response = file.get(&fields);
        assert_eq!(response.status(), StatusCode::OK, "{fields:?}");
        assert_eq!(field(&response, &header::CONTENT_RANGE), "");
        assert_eq!(content(response).await, CONTENT);
    }
}

#[test]
fn if_range_with_the_current_validators_gives_the_part() {
    let file = file(CONTENT);
    let etag = field(&file.get(&[]), &header::ETAG);
    for validator in [etag.as_str(), "Sat, 29 Oct 1994 19:43:31 GMT"] {
        let fields = [(header::RANGE, "bytes=0-1"), (header::IF_RANGE, validator)];
        assert_eq!(file.get(&fields).status(), StatusCode::PARTIAL_CONTENT, "{validator}");
    }
}

#[test]
fn preconditions_come_before_ranges() {
    let file = file(CONTENT);
    let etag = field(&file.get(&[]), &header::ETAG);
    let beyond = (header::RANGE, "bytes=99-");
    let response = file.get(&[beyond.clone(), (header::IF_NONE_MATCH, &etag)]);
    assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(field(&response, &header::ETAG), etag);
    assert_eq!(field(&response, &header::CACHE_CONTROL), "no-cache");
    assert_eq!(field(&response, &header::CONTENT_TYPE), "");
    let response = file.get(&[beyond, (header::IF_MATCH, "\"another\"")]);
    assert_eq!(response.status(), StatusCode::PRECONDITION_FAILED);
}

#[tokio::test]
async fn a_file_cut_short_fails_instead_of_ending_early() {
    let file = file(CONTENT);
    let response = file.get(&[]);
    let path = file.folder.path().join("film.mkv");
    std::fs::File::options()
        .write(true)
        .open(path)
        .and_then(|file| file.set_len(0))
        .expect("cut short");
    response.into_body().collect().await.expect_err("must not look complete");
}
