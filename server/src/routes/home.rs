//! The home page.

use axum::Json;
use axum::extract::State;

use crate::api_types::title::Home;
use crate::error::ApiError;
use crate::state::App;

/// What the home page shows.
#[utoipa::path(get, path = "/api/v1/home", tag = "Titles", responses(
    (status = 200, description = "Featured titles and rows; none is empty.", body = Home),
))]
pub async fn show_home(State(app): State<App>) -> Result<Json<Home>, ApiError> {
    Ok(Json(app.catalog.home(app.catalog.viewer()).await?.into()))
}
