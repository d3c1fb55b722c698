//! One log line and one count for each request, with an identifier that the answer carries too.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use axum::extract::Request;
use axum::response::Response;
use http::{HeaderName, HeaderValue, Method, Uri, header};
use http_body::Body as _;
use metrics::Counter;
use tracing::Span;

use crate::error::Cause;

/// The field that carries the identifier.
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request on its way, until its line is written.
pub(super) struct RequestLog {
    began: Instant,
    id: RequestId,
    method: Method,
    uri: Uri,
}

/// Unique within a process and unlikely to repeat in another.
#[derive(Clone, Copy)]
struct RequestId(u64);

impl RequestLog {
    pub(super) fn begin(request: &Request) -> Self {
        Self {
            began: Instant::now(),
            id: RequestId::next(),
            method: request.method().clone(),
            uri: request.uri().clone(),
        }
    }

    /// What is logged within it carries its identifier.
    pub(super) fn span(&self) -> Span {
        tracing::debug_span!("request", request_id = %self.id)
    }

    /// Counts and writes the line, when the answer's head is ready; what streams after it is
    /// counted where it is sent. Only failures that have a cause here are at level `error`; the others are at level
    /// `debug`, since a page of posters makes hundreds.
    ///
    /// `route` is none for the page's files, which share no pattern.
    pub(super) fn end(self, route: Option<&str>, response: &mut Response) {
        let Self { began, id, method, uri } = self;
        let status = response.status().as_u16();
        if let Some(route) = route {
            count(route, status);
        }
        // Percent-encoded as it came, without the query, which may carry words that somebody
        // searched for.
        let path = uri.path();
        let cause = response.extensions_mut().remove::<Cause>();
        let is_failure = status >= 500 && cause.is_some();
        let cause = cause.as_ref().map_or("", |cause| &*cause.0);
        let duration_ms = || u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        if is_failure {
            tracing::error!(request_id = %id, %method, path, status, duration_ms = duration_ms(), cause, "request failed");
        } else {
            tracing::debug!(request_id = %id, %method, path, status, duration_ms = duration_ms(), bytes = announced_bytes(response), cause, "request");
        }
        if let Ok(value) = HeaderValue::try_from(id.to_string()) {
            response.headers_mut().insert(X_REQUEST_ID, value);
        }
    }
}

/// Counts an answer, by route and not by path: the number of series stays what the code says.
fn count(route: &str, status: u16) {
    thread_local! {
        // To look a counter up by its labels, they are copied for each request.
        static COUNTERS: RefCell<HashMap<String, Vec<(u16, Counter)>>> = RefCell::default();
    }
    let counter = || {
        let (route, status) = (route.to_owned(), status.to_string());
        metrics::counter!("spillway_http_requests_total", "route" => route, "status" => status)
    };
    COUNTERS.with_borrow_mut(|counters| {
        let of_route = match counters.get_mut(route) {
            Some(of_route) => of_route,
            None => counters.entry(route.to_owned()).or_default(),
        };
        let at = of_route.iter().position(|(known, _)| *known == status).unwrap_or_else(|| {
            of_route.push((status, counter()));
            of_route.len() - 1
        });
        of_route[at].1.increment(1);
    });
}

impl RequestId {
    fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        static PROCESS_MARK: OnceLock<u64> = OnceLock::new();
        let mark = PROCESS_MARK.get_or_init(|| {
            SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
        });
        write!(f, "{mark:x}-{:x}", self.0)
    }
}

/// How long the body will be, where that is known before it is sent.
fn announced_bytes(response: &Response) -> Option<u64> {
    response
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .or_else(|| response.body().size_hint().exact())
}
