//! What happens to every request and answer, in one layer.
//!
//! A layer of its own for each costs every request a dozen allocations and moves of whole futures.

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tracing::Instrument as _;

use super::known_host::KnownHosts;
use super::request_log::RequestLog;
use super::stream_limit::StreamLimit;
use super::{panics, problems, security_headers, uri_length};
use crate::error::ApiError;

/// What a request must be to reach its handler.
#[derive(Clone, Debug)]
pub struct Acceptable {
    /// The names that are answered to.
    pub known_hosts: KnownHosts,
    /// Bytes of path and query together.
    pub uri_bytes_max: usize,
}

impl Acceptable {
    fn check(&self, request: &Request) -> Result<(), ApiError> {
        uri_length::check(request, self.uri_bytes_max)?;
        self.known_hosts.check(request)
    }
}

/// [`watch_over`] as a layer, for `axum::middleware::from_fn_with_state`.
pub async fn layer(State(acceptable): State<Acceptable>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map(MatchedPath::as_str);
    watch_over(&acceptable, route, request, |request| next.run(request)).await
}

/// Every answer is counted, logged, secured and, where it is an error, explained; requests are
/// checked for length and host, streams counted, and a panic ends its request alone.
pub async fn watch_over<F: Future<Output = Response>>(
    acceptable: &Acceptable,
    route: Option<&str>,
    request: Request,
    handler: impl FnOnce(Request) -> F,
) -> Response {
    let log = RequestLog::begin(&request);
    let streams = StreamLimit::of(&request);
    let mut response = match acceptable.check(&request) {
        Ok(()) => {
            let answer = panics::contain(handler(request));
            streams.admit(answer.instrument(log.span()).await)
        }
        Err(refusal) => refusal.into_response(),
    };
    problems::explain(&mut response);
    security_headers::secure(&mut response);
    log.end(route, &mut response);
    response
}
