//! What scans could not read.

use axum::Json;
use axum::extract::State;

use crate::api_types::finding::FindingItem;
use crate::api_types::page::{Page, PageQuery};
use crate::error::{ApiError, Problem};
use crate::extract::Queried;
use crate::state::App;

/// What scans could not read.
#[utoipa::path(get, path = "/api/v1/findings", tag = "Scans", params(PageQuery), responses(
    (status = 200, description = "Findings, those of the last time first.", body = Page<FindingItem>),
    (status = 400, description = "A limit or cursor that cannot be right.", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn list_findings(
    State(app): State<App>,
    Queried(query): Queried<PageQuery>,
) -> Result<Json<Page<FindingItem>>, ApiError> {
    let page = app.catalog.findings(&query.request()?).await?;
    Ok(Json(Page::of(page, FindingItem::from)))
}
