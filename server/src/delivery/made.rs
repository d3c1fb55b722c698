//! What was made from a file, a picture or a subtitle, from memory.

use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use super::precondition::{self, Validators, Verdict};

/// May be kept for good: whatever changes it changes its address.
pub const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// May be kept, and is asked for again before each use.
pub const ASKED_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

/// Something that was made, and what is said of it.
#[derive(Clone, Debug)]
pub struct Made {
    /// Its bytes.
    pub bytes: Bytes,
    /// As in `Content-Type`.
    pub media_type: &'static str,
    /// A name for its bytes, in letters and digits.
    pub tag: String,
    /// How long it may be kept: [`FOR_GOOD`] or [`ASKED_AGAIN`].
    pub cache_control: HeaderValue,
}

/// Answers a GET or HEAD request for it. It is sent as a whole: whoever shows it needs all of
/// it, and it is small.
pub fn deliver_made(made: Made, method: &Method, headers: &HeaderMap) -> Response {
    if let Some(answer) = without_bytes(&made.tag, &made.cache_control, method, headers) {
        return answer;
    }
    let fields = [(header::ETAG, etag(&made.tag)), (header::CACHE_CONTROL, made.cache_control)];
    (fields, [(header::CONTENT_TYPE, made.media_type)], made.bytes).into_response()
}

/// The answer where the client's conditions (RFC 9110 §13) need no bytes, so that nothing has to be made
/// for it.
pub fn without_bytes(
    tag: &str,
    cache_control: &HeaderValue,
    method: &Method,
    headers: &HeaderMap,
) -> Option<Response> {
    let etag = etag(tag);
    let validators = Validators { etag: etag.as_bytes(), last_modified: None };
    let status = match precondition::evaluate(method, headers, validators) {
        Verdict::NotModified => StatusCode::NOT_MODIFIED,
        Verdict::Failed => StatusCode::PRECONDITION_FAILED,
        Verdict::Proceed => return None,
    };
    let fields = [(header::ETAG, etag), (header::CACHE_CONTROL, cache_control.clone())];
    Some((status, fields).into_response())
}

fn etag(tag: &str) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{tag}\"")).expect("quoted letters and digits")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(name: header::HeaderName, value: &'static str) -> Response {
        let made = Made {
            bytes: Bytes::from_static(b"a picture"),
            media_type: "image/png",
            tag: "1f3c".to_owned(),
            cache_control: FOR_GOOD,
        };
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        deliver_made(made, &Method::GET, &headers)
    }

    #[test]
    fn whoever_has_a_picture_does_not_get_it_again() {
        for (name, value, status) in [
            (header::IF_NONE_MATCH, "\"1f3c\"", 304),
            (header::IF_NONE_MATCH, "W/\"1f3c\", \"x\"", 304),
            (header::IF_NONE_MATCH, "*", 304),
            (header::IF_NONE_MATCH, "\"1f3\"", 200),
            (header::IF_MATCH, "\"1f3c\"", 200),
            (header::IF_MATCH, "\"x\"", 412),
            // Without a Last-Modified of ours a date says nothing.
            (header::IF_MODIFIED_SINCE, "Fri, 01 Jan 2100 00:00:00 GMT", 200),
        ] {
            let response = answer(name, value);
            assert_eq!(response.status(), status, "{value}");
            assert_eq!(response.headers()[header::ETAG], "\"1f3c\"");
            assert_eq!(response.headers()[header::CACHE_CONTROL], FOR_GOOD);
            assert_eq!(response.headers().contains_key(header::CONTENT_TYPE), status == 200);
        }
    }
}
