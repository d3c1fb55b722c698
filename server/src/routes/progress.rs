//! How far a title was watched.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use spillway_media::ids::TitleId;

use crate::api_types::title::{Progress, ProgressUpdate};
use crate::error::{ApiError, Problem};
use crate::extract::{JsonBody, PathId};
use crate::state::App;

/// Store how far a title was watched.
///
/// It counts as watched from 90 % on. Once this is answered it survives a power cut. With a session
/// and a sequence, a report that is not later than the latest known of the session changes nothing,
/// and the answer is what is stored.
#[utoipa::path(put, path = "/api/v1/titles/{id}/progress", tag = "Titles",
    params(("id" = String, Path, description = "The title.")),
    request_body = ProgressUpdate,
    responses(
    (status = 200, description = "What is stored now.", body = Progress),
    (status = 404, description = "There is no such title, or it holds nothing to watch.",
     body = Problem, content_type = "application/problem+json"),
))]
pub async fn put_progress(
    State(app): State<App>,
    PathId(title): PathId<TitleId>,
    JsonBody(update): JsonBody<ProgressUpdate>,
) -> Result<Json<Progress>, ApiError> {
    let viewer = app.catalog.viewer();
    let place = update.place()?;
    let ProgressUpdate { position_ms, duration_ms, .. } = update;
    let stored =
        app.catalog.put_progress(viewer, title, position_ms, duration_ms, place.as_ref()).await?;
    Ok(Json(stored.into()))
}

/// Forget how far a title was watched.
#[utoipa::path(delete, path = "/api/v1/titles/{id}/progress", tag = "Titles",
    params(("id" = String, Path, description = "The title.")),
    responses((status = 204, description = "Nothing is stored now.")),
)]
pub async fn delete_progress(
    State(app): State<App>,
    PathId(title): PathId<TitleId>,
) -> Result<StatusCode, ApiError> {
    app.catalog.delete_progress(app.catalog.viewer(), title).await?;
    Ok(StatusCode::NO_CONTENT)
}
