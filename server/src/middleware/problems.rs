//! Every error has a body that says what to do, also those that no handler made: a path that
//! leads nowhere, a method that is not allowed, a body that is too long, a time that ran out.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use crate::error::{ApiError, PROBLEM_JSON};

/// Puts a problem in the place of any other body of an error.
///
/// Header fields stay (`Allow`, `Content-Range`), only those that describe the body change.
pub(super) fn explain(response: &mut Response) {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let is_problem = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes() == PROBLEM_JSON.as_bytes());
    if !is_error || is_problem {
        return;
    }
    let (problem, body) = ApiError::new(status, detail_of(status)).into_response().into_parts();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.remove(header::CONTENT_ENCODING);
    for name in [header::CONTENT_TYPE, header::CACHE_CONTROL] {
        if let Some(value) = problem.headers.get(&name) {
            headers.insert(name, value.clone());
        }
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.entry(header::RETRY_AFTER).or_insert(HeaderValue::from_static("2"));
    }
    *response.body_mut() = Body::new(body);
}

fn detail_of(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => {
            "There is nothing at this address. /api/v1/docs lists what there is."
        }
        StatusCode::METHOD_NOT_ALLOWED => {
            "This address does not take this method; the Allow header lists those it takes."
        }
        StatusCode::PRECONDITION_FAILED => {
            "The file is not the one that the request is about. Fetch it afresh."
        }
        StatusCode::PAYLOAD_TOO_LARGE => "The request's body is longer than anything needs to be.",
        StatusCode::RANGE_NOT_SATISFIABLE => {
            "The range lies outside the file; Content-Range tells the file's length."
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            "The server did not get this done in time. Try again shortly."
        }
        _ if status.is_client_error() => "The request cannot be answered as it is.",
        _ => "The server failed. Its log tells why, under this answer's x-request-id.",
    }
}
