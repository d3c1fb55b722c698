//! What lists can be narrowed by.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api_types::filter::{Filters, parse_kinds};
use crate::error::{ApiError, Problem};
use crate::extract::Queried;
use crate::state::App;

/// Of which list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct KindsQuery {
    /// As for the list of titles; all kinds without it.
    #[param(example = "film,series")]
    pub kind: Option<String>,
}

/// What a list of titles can be narrowed by, and how many titles of these kinds have each of it.
#[utoipa::path(get, path = "/api/v1/filters", tag = "Titles", params(KindsQuery), responses(
    (status = 200, description = "Every value that a title has.", body = Filters),
    (status = 400, description = "A value that cannot be right.", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn show_filters(
    State(app): State<App>,
    Queried(KindsQuery { kind }): Queried<KindsQuery>,
) -> Result<Json<Filters>, ApiError> {
    let kinds = parse_kinds(kind)?;
    Ok(Json(app.catalog.filters(app.catalog.viewer(), &kinds).await?.into()))
}
