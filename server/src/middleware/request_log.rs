//! One log line and one count for each request, with an identifier that the answer carries too.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use axum::extract::{MatchedPath, Request};
use axum::response::Response;
use http::{HeaderName, HeaderValue, Method, header};
use http_body::Body as _;
use tracing::Span;

use crate::error::Cause;

/// The field that carries the identifier.
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request on its way, until its line is written.
pub(super) struct RequestLog {
    began: Instant,
    id: String,
    method: Method,
    /// Percent-encoded as it came; a query may carry words that somebody searched for.
    path: String,
    /// None for the page's files, which share no pattern.
    route: Option<MatchedPath>,
}

impl RequestLog {
    pub(super) fn begin(request: &Request) -> Self {
        Self {
            began: Instant::now(),
            id: next_request_id(),
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            route: request.extensions().get().cloned(),
        }
    }

    /// What is logged within it carries its identifier.
    pub(super) fn span(&self) -> Span {
        tracing::debug_span!("request", request_id = self.id)
    }

    /// Counts and writes the line, when the answer's head is ready; what streams after it is
    /// counted where it is sent. Only failures that have a cause here are at level `error`; the others are at level
    /// `debug`, since a page of posters makes hundreds.
    pub(super) fn end(self, response: &mut Response) {
        let Self { began, id: request_id, method, path, route } = self;
        if let Some(route) = route {
            // By route, not by path: the number of series stays what the code says.
            let (route, status) =
                (route.as_str().to_owned(), response.status().as_str().to_owned());
            metrics::counter!("spillway_http_requests_total", "route" => route, "status" => status)
                .increment(1);
        }
        let status = response.status().as_u16();
        let duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let bytes = announced_bytes(response);
        let cause = response.extensions_mut().remove::<Cause>();
        let is_failure = status >= 500 && cause.is_some();
        let cause = cause.as_ref().map_or("", |cause| &*cause.0);
        if is_failure {
            tracing::error!(request_id, %method, path, status, duration_ms, cause, "request failed");
        } else {
            tracing::debug!(request_id, %method, path, status, duration_ms, bytes, cause, "request");
        }
        if let Ok(value) = HeaderValue::try_from(request_id) {
            response.headers_mut().insert(X_REQUEST_ID, value);
        }
    }
}

/// Unique within a process and unlikely to repeat in another.
fn next_request_id() -> String {
    static PROCESS_MARK: std::sync::OnceLock<u64> = std::sync::OnceLock::new();
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mark = PROCESS_MARK.get_or_init(|| {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
    });
    format!("{mark:x}-{:x}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// How long the body will be, where that is known before it is sent.
fn announced_bytes(response: &Response) -> Option<u64> {
    response
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .or_else(|| response.body().size_hint().exact())
}
