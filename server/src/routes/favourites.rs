//! Favourites.

use axum::extract::State;
use http::StatusCode;
use spillway_media::ids::TitleId;

use crate::error::{ApiError, Problem};
use crate::extract::PathId;
use crate::state::App;

/// Make a title a favourite.
///
/// One that is already stays where it is among them.
#[utoipa::path(put, path = "/api/v1/titles/{id}/favourite", tag = "Titles",
    params(("id" = String, Path, description = "The title.")),
    responses(
    (status = 204, description = "It is a favourite now."),
    (status = 404, description = "There is no such title (any more).", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn put_favourite(
    State(app): State<App>,
    PathId(title): PathId<TitleId>,
) -> Result<StatusCode, ApiError> {
    app.catalog.put_favourite(app.catalog.viewer(), title).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Make a title no favourite.
#[utoipa::path(delete, path = "/api/v1/titles/{id}/favourite", tag = "Titles",
    params(("id" = String, Path, description = "The title.")),
    responses(
    (status = 204, description = "It is none now."),
    (status = 404, description = "There is no such title (any more).", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn delete_favourite(
    State(app): State<App>,
    PathId(title): PathId<TitleId>,
) -> Result<StatusCode, ApiError> {
    app.catalog.delete_favourite(app.catalog.viewer(), title).await?;
    Ok(StatusCode::NO_CONTENT)
}
