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

/// [`watch_over`] as a layer, for `axum::middleware::from_fn_with_state`.
pub async fn layer(
    State(known_hosts): State<KnownHosts>,
    request: Request,
    next: Next,
) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map(MatchedPath::as_str);
    watch_over(&known_hosts, route, request, |request| next.run(request)).await
}

/// Every answer is counted, logged, secured and, where it is an error, explained; requests are
/// checked for length and host, streams counted, and a panic ends its request alone.
pub async fn watch_over<F: Future<Output = Response>>(
    known_hosts: &KnownHosts,
    route: Option<&str>,
    request: Request,
    handler: impl FnOnce(Request) -> F,
) -> Response {
    let log = RequestLog::begin(&request);
    let streams = StreamLimit::of(&request);
    let acceptable = uri_length::check(&request).and_then(|()| known_hosts.check(&request));
    let mut response = match acceptable {
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
