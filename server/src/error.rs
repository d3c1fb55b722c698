//! What a client reads when something goes wrong, and what the log keeps.
//!
//! A handler returns [`ApiError`]; the client gets `application/problem+json` (RFC 9457) with what
//! it can act on. The inner cause never leaves the process: it travels in the response's
//! extensions as a [`Cause`] to `middleware::request_log`, which writes it once, beside the
//! request's identifier.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use spillway_media::ids::FileId;
use spillway_media::{Error, Kind};
use utoipa::ToSchema;

/// The media type of a problem.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// When a client may come back after a refusal that passes by itself.
const RETRY_AFTER_S: u32 = 2;

/// An error as the client reads it (RFC 9457).
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: the status says what kind of problem it is.
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    pub type_uri: &'static str,
    /// The status in words.
    #[schema(example = "Not Found")]
    pub title: String,
    /// The status.
    #[schema(example = 404)]
    pub status: u16,
    /// What happened and what to do about it, for people.
    #[schema(example = "There is no title 42.")]
    pub detail: String,
}

/// A refusal or failure on its way to the client.
#[derive(Clone, Debug)]
pub struct ApiError {
    status: StatusCode,
    detail: String,
    retry_after_s: Option<u32>,
    cause: Option<Cause>,
}

/// Why, for the log alone.
#[derive(Clone, Debug)]
pub struct Cause(pub Arc<str>);

impl ApiError {
    /// An error that the client reads as `detail`.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), retry_after_s: None, cause: None }
    }

    /// What was asked for does not exist.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    /// The request cannot be understood.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// A bound is reached, or something is away for a while; the client is told when to come back.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self {
            retry_after_s: Some(RETRY_AFTER_S),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
        }
    }

    /// The client has reached a limit of its own, called `limit` in the configuration; it may ask
    /// again after so many seconds. Counts the refusal.
    pub fn too_many(limit: &'static str, detail: impl Into<String>, retry_after_s: u32) -> Self {
        metrics::counter!("spillway_http_requests_limited_total", "limit" => limit).increment(1);
        Self {
            retry_after_s: Some(retry_after_s),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, detail).because(limit)
        }
    }

    /// A file that could not be opened. What stands in its place and is none, a folder for instance,
    /// is no fault of the request's.
    pub fn opening(error: Error) -> Self {
        match error.kind() {
            Kind::Invalid => {
                Self::not_found("There is no file here any more.").because(error.chain())
            }
            _ => error.into(),
        }
    }

    /// There is no file of this identifier.
    pub fn no_such_file(file: FileId) -> Self {
        Self::not_found(format!(
            "There is no file {file} (any more). A scan may have found it gone."
        ))
    }

    /// For a picture of a file: what nothing can be made of has none.
    pub fn picture(error: &Error) -> Self {
        match error.kind() {
            Kind::NotFound | Kind::Invalid | Kind::Unsupported => {
                Self::not_found("No picture can be made of this file.").because(error.chain())
            }
            _ => error.into(),
        }
    }

    /// Keeps `cause` for the log.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Arc<str>>) -> Self {
        self.cause = Some(Cause(cause.into()));
        self
    }

    /// The status that the client gets.
    pub fn status(&self) -> StatusCode {
        self.status
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

impl From<&Error> for ApiError {
    /// The one place where a kind becomes a status.
    fn from(error: &Error) -> Self {
        let answer = match error.kind() {
            Kind::NotFound => Self::not_found("This is not here (any more)."),
            Kind::Invalid => Self::bad_request(
                "The request has a value that cannot be right. Lists go on with the cursor of the \
                 page before, unchanged.",
            ),
            // What is contradicted is of the request's own making; no secret is in it.
            Kind::Conflict => Self::new(StatusCode::CONFLICT, sentence(&error.to_string())),
            Kind::Unsupported => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "The server cannot read what this file holds.",
            ),
            Kind::Unavailable => Self::unavailable(
                "This cannot be reached right now: its folder is not mounted, or the catalog is \
                 busy. Try again shortly.",
            ),
            Kind::Busy => Self::unavailable("The server is busy. Try again shortly."),
            Kind::DiskFull => Self::new(
                StatusCode::INSUFFICIENT_STORAGE,
                "The disk that holds the server's data folder is full. Free some space and try \
                 again; what was stored before is safe.",
            ),
            Kind::Denied => Self::new(
                StatusCode::FORBIDDEN,
                "The server may not read this file. Check its owner and permissions, and that no \
                 link leads out of the media folder.",
            ),
            Kind::BadCatalog | Kind::Io | Kind::Internal => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "The server failed. Its log tells why, under this answer's x-request-id.",
            ),
        };
        answer.because(error.chain())
    }
}

/// Words with a capital letter in front and a full stop behind.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let problem = Problem {
            type_uri: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Error").to_owned(),
            status: self.status.as_u16(),
            detail: self.detail,
        };
        let body = serde_json::to_vec(&problem).expect("a problem is plain strings and a number");
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(cause) = self.cause {
            response.extensions_mut().insert(cause);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_status() {
        for (kind, status) in [
            (Kind::NotFound, 404),
            (Kind::Conflict, 409),
            (Kind::Invalid, 400),
            (Kind::Unsupported, 422),
            (Kind::Unavailable, 503),
            (Kind::Busy, 503),
            (Kind::DiskFull, 507),
            (Kind::BadCatalog, 500),
            (Kind::Denied, 403),
            (Kind::Io, 500),
            (Kind::Internal, 500),
        ] {
            let response = ApiError::from(Error::new(kind, "doing secret things")).into_response();
            assert_eq!(response.status(), status, "{kind:?}");
            assert_eq!(response.headers().contains_key("retry-after"), status == 503, "{kind:?}");
            assert!(response.extensions().get::<Cause>().is_some());
        }
    }
}
