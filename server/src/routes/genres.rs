//! Genres.

use axum::Json;
use axum::extract::State;

use crate::api_types::title::{GenreItem, Genres};
use crate::error::ApiError;
use crate::state::App;

/// Genres, those with most titles first.
#[utoipa::path(get, path = "/api/v1/genres", tag = "Titles", responses(
    (status = 200, description = "Genres, those with most titles first.", body = Genres),
))]
pub async fn list_genres(State(app): State<App>) -> Result<Json<Genres>, ApiError> {
    let items = app.catalog.genres().await?.into_iter().map(GenreItem::from).collect();
    Ok(Json(Genres { items }))
}
