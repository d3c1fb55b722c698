//! What the server is doing, once a second.

use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};

use crate::api_types::live::LiveEvent;
use crate::error::{ApiError, Problem};
use crate::state::App;

/// Follow what the server is doing.
///
/// Server-sent events, one JSON object a second.
#[utoipa::path(get, path = "/api/v1/live", tag = "Live", responses(
    (status = 200, description = "One event a second, its data a `LiveEvent`.", body = LiveEvent,
     content_type = "text/event-stream"),
    (status = 503, description = "Too many follow already.", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn follow_live(State(app): State<App>) -> Result<impl IntoResponse, ApiError> {
    let follower = app
        .live
        .follow()
        .ok_or_else(|| ApiError::unavailable("Too many follow the server's state already."))?;
    let events = stream::unfold(follower, async |mut follower| {
        let event = Event::default().data(&*follower.next().await?);
        Some((Ok::<_, std::convert::Infallible>(event), follower))
    });
    Ok(answer(events))
}

fn answer(
    events: impl Stream<Item = Result<Event, std::convert::Infallible>> + Send + 'static,
) -> impl IntoResponse {
    let headers = [
        (http::header::CACHE_CONTROL, "no-store"),
        // A proxy that collects events before it passes them on makes them useless.
        (http::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (headers, Sse::new(events).keep_alive(KeepAlive::default()))
}
