//! What happens to every request and answer, in one layer.
//!
//! A layer of its own for each costs every request a dozen allocations and moves of whole futures:
//! with 8 MiB a request, 1 % of what the payload costs.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tracing::Instrument as _;

use super::known_host::KnownHosts;
use super::request_log::RequestLog;
use super::stream_limit::StreamLimit;
use super::{problems, security_headers, uri_length};

/// Every answer is counted, logged, secured and, where it is an error, explained; requests are checked for
/// length and host, streams counted. For `axum::middleware::from_fn_with_state`.
pub async fn watch_over(
    State(known_hosts): State<KnownHosts>,
    request: Request,
    next: Next,
) -> Response {
    let log = RequestLog::begin(&request);
    let streams = StreamLimit::of(&request);
    let acceptable = uri_length::check(&request).and_then(|()| known_hosts.check(&request));
    let mut response = match acceptable {
        Ok(()) => streams.admit(next.run(request).instrument(log.span()).await),
        Err(refusal) => refusal.into_response(),
    };
    problems::explain(&mut response);
    security_headers::secure(&mut response);
    log.end(&mut response);
    response
}
