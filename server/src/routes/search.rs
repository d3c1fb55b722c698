//! One answer for search as you type.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api_types::search::{Found, checked_text};
use crate::error::{ApiError, Problem};
use crate::extract::Queried;
use crate::state::App;

/// What is being typed.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// Words that must each begin a word of what is found; marks and case do not matter.
    #[param(example = "ali")]
    pub q: Option<String>,
}

/// What a text finds: titles, people, genres and collections.
#[utoipa::path(get, path = "/api/v1/search", tag = "Titles", params(SearchQuery), responses(
    (status = 200, description = "What was found; nothing for an empty text.", body = Found),
    (status = 400, description = "The text is too long.", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn search(
    State(app): State<App>,
    Queried(SearchQuery { q }): Queried<SearchQuery>,
) -> Result<Json<Found>, ApiError> {
    let text = checked_text(q.unwrap_or_default())?;
    Ok(Json(app.catalog.find(app.catalog.viewer(), &text).await?.into()))
}
