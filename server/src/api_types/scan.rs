//! Scans.

use serde::Serialize;
use utoipa::ToSchema;

/// A pass over the folders, running or past.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ScanItem {
    /// Opaque identifier.
    pub id: String,
    /// Why it began: `start`, `watch`, `period` or `request`.
    #[schema(example = "start")]
    pub trigger: String,
    /// `running`, `done`, `failed` or `interrupted`.
    #[schema(example = "done")]
    pub state: String,
    /// What it is at, while it runs: `walk`, `probe`, `identify` or `commit`.
    #[schema(example = "probe")]
    pub phase: Option<String>,
    /// When it began, in milliseconds since 1970.
    pub started_at_ms: i64,
    /// When it ended, in milliseconds since 1970.
    pub finished_at_ms: Option<i64>,
    /// Media files seen.
    pub files_found: u64,
    /// Of these, new or changed since the scan before.
    pub files_changed: u64,
    /// Of these, whose headers were read.
    pub files_probed: u64,
    /// Of these, stored in the catalog.
    pub files_committed: u64,
    /// Titles that are new.
    pub titles_added: u64,
    /// Files that are no longer there.
    pub files_gone: u64,
    /// What could not be read.
    pub findings: u64,
    /// Why it failed.
    pub message: Option<String>,
}

/// What became of a wish for a scan.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScanRequested {
    /// `started`; `waiting` behind the one that runs; `already_waiting`, as at most one waits.
    #[schema(example = "started")]
    pub state: &'static str,
}
