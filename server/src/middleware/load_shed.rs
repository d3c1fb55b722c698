//! A bound on how many requests are worked on at once; beyond it the answer is 503 at once.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tokio::sync::Semaphore;

use crate::error::ApiError;

/// Passes the request on while a place is free. For `axum::middleware::from_fn_with_state`.
pub async fn shed_load(
    State(places): State<Arc<Semaphore>>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let Ok(_place) = places.try_acquire() else {
        metrics::counter!("spillway_http_requests_shed_total").increment(1);
        return Err(ApiError::unavailable("Too many requests at once. Try again shortly."));
    };
    Ok(next.run(request).await)
}
