//! Scans.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use spillway_media::catalog::ScanTrigger;

use crate::api_types::page::{Page, PageQuery};
use crate::api_types::scan::{ScanItem, ScanRequested};
use crate::error::{ApiError, Problem};
use crate::extract::Queried;
use crate::state::App;

/// Scans, newest first.
#[utoipa::path(get, path = "/api/v1/scans", tag = "Scans", params(PageQuery), responses(
    (status = 200, description = "Scans, newest first.", body = Page<ScanItem>),
    (status = 400, description = "A limit or cursor that cannot be right.", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn list_scans(
    State(app): State<App>,
    Queried(query): Queried<PageQuery>,
) -> Result<Json<Page<ScanItem>>, ApiError> {
    let page = app.catalog.scans(&query.request()?).await?;
    let progress = app.scanner.progress().borrow().clone();
    Ok(Json(Page::of(page, |scan| match &progress {
        // The catalog learns the counts at the end; the scanner knows them now.
        Some(running) if running.id == scan.id => running.clone().into(),
        _ => scan.into(),
    })))
}

/// Ask for a scan of everything.
#[utoipa::path(post, path = "/api/v1/scans", tag = "Scans", responses(
    (status = 202, description = "What became of the wish; at most one scan waits.", body = ScanRequested),
))]
pub async fn request_scan(State(app): State<App>) -> (StatusCode, Json<ScanRequested>) {
    let requested = app.scanner.request(ScanTrigger::Request);
    (StatusCode::ACCEPTED, Json(requested.into()))
}
