//! What goes on right now.

use serde::Serialize;
use utoipa::ToSchema;

use super::scan::ScanItem;

/// One second of the server's life.
#[derive(Debug, Serialize, ToSchema)]
pub struct LiveEvent {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Open connections.
    pub connections: usize,
    /// Files being sent right now, at most 200.
    pub streams: Vec<StreamItem>,
    /// How many files are being sent right now.
    pub stream_count: usize,
    /// Payload sent in the past second.
    pub bytes_per_second: u64,
    /// Processor time of the past second; 100 is one core.
    pub cpu_percent: f64,
    /// The part of it in the program itself.
    pub cpu_user_percent: f64,
    /// The part of it in the kernel; the two make up `cpu_percent`.
    pub cpu_system_percent: f64,
    /// Of the bytes of files that were sent in the past second, those that were in memory before they
    /// were asked for, in hundredths; absent when nothing was sent.
    pub page_cache_hit_percent: Option<f64>,
    /// How late a timer of the event loop came at worst, in the past second.
    pub event_loop_lag_ms: f64,
    /// Pools of threads.
    pub pools: Vec<PoolItem>,
    /// The scan that runs.
    pub scan: Option<ScanItem>,
}

/// A file being sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct StreamItem {
    /// The title that the file holds.
    pub title: Option<String>,
    /// The file's name.
    pub file_name: String,
    /// Who takes it.
    #[schema(example = "192.168.1.20")]
    pub client: String,
    /// How far into the file.
    pub position_bytes: u64,
    /// The file's length.
    pub size_bytes: u64,
    /// Sent in the past second.
    pub bytes_per_second: u64,
}

/// A pool of threads.
#[derive(Debug, Serialize, ToSchema)]
pub struct PoolItem {
    /// What it does.
    #[schema(example = "disk")]
    pub name: &'static str,
    /// Threads at work.
    pub busy: usize,
    /// Threads there are.
    pub threads: usize,
    /// Pieces of work that wait.
    pub queued: usize,
    /// How many may wait.
    pub queue_max: usize,
}
