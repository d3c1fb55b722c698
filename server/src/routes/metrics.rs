//! Counters for Prometheus.

use axum::extract::State;
use axum::response::IntoResponse;
use http::header;

use crate::state::App;

/// All counters in Prometheus' text format.
#[utoipa::path(get, path = "/metrics", tag = "Health", responses(
    (status = 200, description = "Prometheus text.", body = String, content_type = "text/plain"),
))]
pub async fn show_metrics(State(app): State<App>) -> impl IntoResponse {
    app.activity.publish_metrics();
    metrics_process::Collector::default().collect();
    let media_type = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, media_type)], app.metrics.render())
}
