//! The server's state.

use axum::Json;
use axum::extract::State;
use spillway_media::scan::WatchState;

use crate::api_types::status::{LibraryItem, Status};
use crate::error::ApiError;
use crate::state::App;

/// The server's state.
#[utoipa::path(get, path = "/api/v1/status", tag = "Health", responses(
    (status = 200, description = "The server's state.", body = Status),
))]
pub async fn show_status(State(app): State<App>) -> Result<Json<Status>, ApiError> {
    let counts = app.catalog.counts().await?;
    let (watch, watch_detail) = match app.scanner.watch_state() {
        WatchState::Starting => ("starting", None),
        WatchState::Watching => ("watching", None),
        WatchState::Polling { reason } => ("polling", Some(reason)),
        WatchState::Off => ("off", None),
    };
    let damage = app.catalog.damage().map(str::to_owned);
    Ok(Json(Status {
        version: env!("CARGO_PKG_VERSION"),
        started_at_ms: app.started_at_ms,
        ready: app.is_ready(),
        watch,
        watch_detail,
        titles: counts.titles,
        files: counts.files,
        findings: counts.findings,
        warnings: app.warnings.iter().cloned().chain(damage).collect(),
        libraries: app.catalog.libraries().into_iter().map(LibraryItem::from).collect(),
    }))
}
