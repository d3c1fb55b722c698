//! Scans.

use serde::Serialize;
use spillway_media::catalog::{Scan, ScanState};
use spillway_media::scan::{Requested, ScanProgress};
use utoipa::ToSchema;

/// A pass over the folders, running or past.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ScanItem {
    /// Opaque identifier.
    pub id: String,
    /// Why it began: `start`, `watch`, `period` or `request`.
    #[schema(example = "start")]
    pub trigger: &'static str,
    /// `running`, `done`, `failed` or `interrupted`.
    #[schema(example = "done")]
    pub state: &'static str,
    /// What it is at, while it runs: `walk`, `probe`, `identify` or `commit`.
    #[schema(example = "probe")]
    pub phase: Option<&'static str>,
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

impl From<Scan> for ScanItem {
    fn from(scan: Scan) -> Self {
        let Scan { id, trigger, state, started_at_ms, finished_at_ms, counts, message } = scan;
        Self {
            id: id.to_string(),
            trigger: trigger.name(),
            state: state.name(),
            phase: None,
            started_at_ms,
            finished_at_ms,
            files_found: counts.files_found,
            files_changed: counts.files_changed,
            files_probed: counts.files_probed,
            files_committed: counts.files_committed,
            titles_added: counts.titles_added,
            files_gone: counts.files_gone,
            findings: counts.findings,
            message,
        }
    }
}

impl From<ScanProgress> for ScanItem {
    fn from(progress: ScanProgress) -> Self {
        let ScanProgress { id, trigger, phase, started_at_ms, counts, message } = progress;
        let state = ScanState::Running;
        let running =
            Scan { id, trigger, state, started_at_ms, finished_at_ms: None, counts, message };
        Self { phase: Some(phase.name()), ..running.into() }
    }
}

impl From<Requested> for ScanRequested {
    fn from(requested: Requested) -> Self {
        let state = match requested {
            Requested::Started => "started",
            Requested::Waiting => "waiting",
            Requested::AlreadyWaiting => "already_waiting",
        };
        Self { state }
    }
}
