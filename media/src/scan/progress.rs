//! How far a scan has come.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use crate::catalog::{ScanCounts, ScanTrigger};
use crate::ids::ScanId;

/// A scan under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanProgress {
    /// Its identifier.
    pub id: ScanId,
    /// Why it began.
    pub trigger: ScanTrigger,
    /// The earliest phase that is not finished; those after it are at work already.
    pub phase: Phase,
    /// When it began, in milliseconds since 1970.
    pub started_at_ms: i64,
    /// What it dealt with so far.
    pub counts: ScanCounts,
    /// What is wrong with whole folders, for people.
    pub message: Option<String>,
}

/// The phases of a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Looking which files are there.
    Walk,
    /// Reading headers.
    Probe,
    /// Telling titles.
    Identify,
    /// Writing the catalog.
    Commit,
}

impl Phase {
    /// The word that the API shows.
    pub fn name(self) -> &'static str {
        match self {
            Self::Walk => "walk",
            Self::Probe => "probe",
            Self::Identify => "identify",
            Self::Commit => "commit",
        }
    }
}

/// What the threads of a scan count.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) found: AtomicU64,
    pub(crate) changed: AtomicU64,
    pub(crate) probed: AtomicU64,
    pub(crate) identified: AtomicU64,
    pub(crate) committed: AtomicU64,
    pub(crate) titles_added: AtomicU64,
    pub(crate) gone: AtomicU64,
    pub(crate) findings: AtomicU64,
    /// 1 once the walk is over.
    pub(crate) walked: AtomicU64,
    messages: Mutex<Vec<String>>,
}

/// Sentences about whole folders that one scan keeps.
const MESSAGES_MAX: usize = 8;

impl Counters {
    pub(crate) fn add(counter: &AtomicU64, count: usize) {
        counter.fetch_add(count as u64, Relaxed);
    }

    pub(crate) fn trouble(&self, message: String) {
        tracing::warn!(message, "a media folder could not be scanned");
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        if messages.len() < MESSAGES_MAX {
            messages.push(message);
        }
    }

    pub(crate) fn message(&self) -> Option<String> {
        let messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        (!messages.is_empty()).then(|| messages.join("; "))
    }

    pub(crate) fn phase(&self) -> Phase {
        let changed = self.changed.load(Relaxed);
        if self.walked.load(Relaxed) == 0 {
            Phase::Walk
        } else if self.probed.load(Relaxed) < changed {
            Phase::Probe
        } else if self.identified.load(Relaxed) < changed {
            Phase::Identify
        } else {
            Phase::Commit
        }
    }

    pub(crate) fn counts(&self) -> ScanCounts {
        ScanCounts {
            files_found: self.found.load(Relaxed),
            files_changed: self.changed.load(Relaxed),
            files_probed: self.probed.load(Relaxed),
            files_committed: self.committed.load(Relaxed),
            titles_added: self.titles_added.load(Relaxed),
            files_gone: self.gone.load(Relaxed),
            findings: self.findings.load(Relaxed),
        }
    }
}
