//! Counters for Prometheus.

use axum::extract::State;
use axum::response::IntoResponse;
use http::header;
use metrics::{counter, gauge};
use spillway_media::thumbnail::{JobSeconds, PoolState, Thumbnails};

use crate::state::App;

/// All counters in Prometheus' text format.
#[utoipa::path(get, path = "/metrics", tag = "Health", responses(
    (status = 200, description = "Prometheus text.", body = String, content_type = "text/plain"),
))]
pub async fn show_metrics(State(app): State<App>) -> impl IntoResponse {
    app.activity.publish_metrics();
    if let Some(thumbnails) = &app.thumbnails {
        publish_thumbnail_metrics(thumbnails);
        gauge!("spillway_thumbnails_ahead_films").set(app.ahead.films() as f64);
        gauge!("spillway_thumbnails_ahead_films_seen").set(app.ahead.films_seen() as f64);
    }
    metrics_process::Collector::default().collect();
    let media_type = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, media_type)], app.metrics.render())
}

/// How the pool that makes pictures is doing.
fn publish_thumbnail_metrics(thumbnails: &Thumbnails) {
    let state = thumbnails.state();
    let PoolState { queued_waiting, queued_background, busy, abandoned, seconds, .. } = &state;
    gauge!("spillway_thumbnails_queued", "priority" => "waiting").set(*queued_waiting as f64);
    gauge!("spillway_thumbnails_queued", "priority" => "background").set(*queued_background as f64);
    gauge!("spillway_thumbnails_busy").set(*busy as f64);
    gauge!("spillway_thumbnails_abandoned").set(*abandoned as f64);
    gauge!("spillway_thumbnails_kept_bytes").set(thumbnails.kept_bytes() as f64);
    let spent = thumbnails.spent();
    gauge!("spillway_thumbnails_processor_seconds").set(spent.processor_time.as_secs_f64());
    counter!("spillway_thumbnails_read_bytes_total").absolute(spent.read_bytes);
    for (how, total) in [
        ("done", state.done_total),
        ("failed", state.failed_total),
        ("panicked", state.panicked_total),
        ("late", state.deadline_total),
        ("expired", state.expired_total),
        ("cancelled", state.cancelled_total),
        ("refused", state.refused_total),
    ] {
        counter!("spillway_thumbnails_total", "how" => how).absolute(total);
    }
    let mut count = 0;
    for (number, in_bucket) in seconds.counts.iter().enumerate() {
        count += in_bucket;
        let bound = JobSeconds::BOUNDS.get(number).map_or("+Inf".to_owned(), f64::to_string);
        counter!("spillway_thumbnail_seconds_bucket", "le" => bound).absolute(count);
    }
    counter!("spillway_thumbnail_seconds_count").absolute(count);
    gauge!("spillway_thumbnail_seconds_sum").set(seconds.sum);
}
