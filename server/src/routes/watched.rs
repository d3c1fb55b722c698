//! Marking titles as watched or not, without playing them.

use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use spillway_media::ids::TitleId;
use utoipa::IntoParams;

use crate::error::{ApiError, Problem};
use crate::extract::{PathId, Queried};
use crate::state::App;

/// What of a series.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SeasonQuery {
    /// One season of a series; all without it. 0 holds specials.
    pub season: Option<u32>,
}

/// Mark a title as watched.
///
/// Of a series all its episodes, or those of a season. What follows them is what to go on with.
#[utoipa::path(put, path = "/api/v1/titles/{id}/watched", tag = "Titles",
    params(("id" = String, Path, description = "The title."), SeasonQuery),
    responses(
    (status = 204, description = "It counts as watched now."),
    (status = 404, description = "There is no such title or season (any more).", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn put_watched(
    State(app): State<App>,
    PathId(title): PathId<TitleId>,
    Queried(SeasonQuery { season }): Queried<SeasonQuery>,
) -> Result<StatusCode, ApiError> {
    app.catalog.put_watched(app.catalog.viewer(), title, season).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Mark a title as never watched: its progress is forgotten.
#[utoipa::path(delete, path = "/api/v1/titles/{id}/watched", tag = "Titles",
    params(("id" = String, Path, description = "The title."), SeasonQuery),
    responses(
    (status = 204, description = "No progress is stored now."),
    (status = 404, description = "There is no such title or season (any more).", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn delete_watched(
    State(app): State<App>,
    PathId(title): PathId<TitleId>,
    Queried(SeasonQuery { season }): Queried<SeasonQuery>,
) -> Result<StatusCode, ApiError> {
    app.catalog.delete_watched(app.catalog.viewer(), title, season).await?;
    Ok(StatusCode::NO_CONTENT)
}
