//! Files over HTTP, to the letter of RFC 9110: validators, preconditions, ranges.
//!
//! A handler opens a file, makes an [`Entity`] of it and returns what [`deliver`] says. Nothing
//! here waits or reads; the answer's payload is a list of file ranges that the connection sends.

mod body;
mod disposition;
#[cfg(test)]
mod encrypted_wire_tests;
mod entities;
mod entity;
pub mod made;
mod media_type;
mod multipart;
pub mod precondition;
pub mod range;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod wire_server;
#[cfg(test)]
mod wire_tests;

use axum::response::Response;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

pub use entities::Entities;
pub use entity::Entity;
pub use media_type::media_type;

use crate::transport::{FileRange, Payload, Piece};
use body::set_payload;
use multipart::multipart;
use precondition::{Validators, Verdict};
use range::Resolution;

/// Answers a GET or HEAD request for an entity, in the order of RFC 9110 §13.2.2.
///
/// HEAD is answered with the headers of a GET without `Range`, for which alone ranges are defined
/// (§14.2). Other methods are for the router to refuse. Does not block.
pub fn deliver(entity: &Entity, method: &Method, headers: &HeaderMap) -> Response {
    let validators =
        Validators { etag: entity.etag.as_bytes(), last_modified: entity.last_modified };
    match precondition::evaluate(method, headers, validators) {
        Verdict::Proceed => {}
        Verdict::NotModified => return described(entity, StatusCode::NOT_MODIFIED),
        Verdict::Failed => return described(entity, StatusCode::PRECONDITION_FAILED),
    }
    match resolution(method, headers, validators, entity.len_bytes()) {
        Resolution::Whole => whole(entity),
        Resolution::Parts(parts) => match parts.as_slice() {
            [part] => single_part(entity, part.clone()),
            parts => several_parts(entity, parts),
        },
        Resolution::NotSatisfiable => not_satisfiable(entity),
    }
}

fn resolution(
    method: &Method,
    headers: &HeaderMap,
    validators: Validators<'_>,
    len_bytes: u64,
) -> Resolution {
    let mut ranges = headers.get_all(header::RANGE).iter();
    // Two Range fields are no list: the header is not defined as one (§5.3), so it is malformed.
    let (Some(range), None) = (ranges.next(), ranges.next()) else { return Resolution::Whole };
    if *method != Method::GET || !precondition::range_applies(headers, validators) {
        return Resolution::Whole;
    }
    range::resolve_ranges(range.as_bytes(), len_bytes)
}

fn whole(entity: &Entity) -> Response {
    let mut response = with_content_headers(entity, StatusCode::OK);
    response.headers_mut().insert(header::CONTENT_TYPE, entity.media_type.clone());
    let payload = Payload::new(vec![file_piece(entity, 0..entity.len_bytes())], entity.label());
    set_payload(&mut response, payload);
    response
}

fn single_part(entity: &Entity, part: std::ops::Range<u64>) -> Response {
    let mut response = with_content_headers(entity, StatusCode::PARTIAL_CONTENT);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, entity.media_type.clone());
    let content_range = format!("bytes {}-{}/{}", part.start, part.end - 1, entity.len_bytes());
    headers.insert(header::CONTENT_RANGE, ascii(&content_range));
    let payload = Payload::new(vec![file_piece(entity, part)], entity.label());
    set_payload(&mut response, payload);
    response
}

fn several_parts(entity: &Entity, parts: &[std::ops::Range<u64>]) -> Response {
    // Content-Range belongs to the parts, not to the whole (§15.3.7.2).
    let mut response = with_content_headers(entity, StatusCode::PARTIAL_CONTENT);
    let (content_type, pieces) =
        multipart(&entity.object, entity.len_bytes(), &entity.media_type, parts);
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    set_payload(&mut response, Payload::new(pieces, entity.label()));
    response
}

fn not_satisfiable(entity: &Entity) -> Response {
    let mut response = described(entity, StatusCode::RANGE_NOT_SATISFIABLE);
    let headers = response.headers_mut();
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CONTENT_RANGE, ascii(&format!("bytes */{}", entity.len_bytes())));
    response
}

/// Room for these and what others add, so that the map need not grow.
const FIELDS_USUAL: usize = 16;

/// A response without content that names the current validators.
fn described(entity: &Entity, status: StatusCode) -> Response {
    let mut response = Response::default();
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.reserve(FIELDS_USUAL);
    headers.insert(header::ETAG, entity.etag.clone());
    headers.insert(header::CACHE_CONTROL, entity.cache_control.clone());
    if let Some(time) = &entity.last_modified_field {
        headers.insert(header::LAST_MODIFIED, time.clone());
    }
    response
}

fn with_content_headers(entity: &Entity, status: StatusCode) -> Response {
    let mut response = described(entity, status);
    let headers = response.headers_mut();
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CONTENT_DISPOSITION, entity.disposition.clone());
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn file_piece(entity: &Entity, part: std::ops::Range<u64>) -> Piece {
    Piece::File(FileRange {
        object: entity.object.clone(),
        offset_bytes: part.start,
        len_bytes: part.end - part.start,
    })
}

fn ascii(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("digits, dates and punctuation in ASCII")
}
