//! Phase 4: into the catalog, in short batches.
//!
//! What is committed stays, also if the scan ends early. Files are marked gone only at the end, and
//! only those of roots that were walked to the end: before that a file that is missing may turn up
//! in another folder.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use super::known::Known;
use super::phase_1_walk as walk;
use super::phase_2_probe as probe;
use super::phase_3_identify::{self, Identified};
use super::progress::Counters;
use crate::catalog::{Catalog, Finding};
use crate::error::Result;
use crate::ids::{FileId, RootId, ScanId};
use crate::limits::SCAN_BATCH_FILES;
use crate::storage::Key;

/// What arrives from the phases before.
#[derive(Debug)]
pub(crate) enum Arrival {
    /// A file to be listed.
    File(Box<Identified>),
    /// Something that cannot be listed, and the file that was listed there before.
    Broken {
        /// Why.
        finding: Finding,
        /// To be marked gone.
        gone: Option<FileId>,
    },
    /// A file that the next scan must look at again.
    Unsettled {
        /// Its root.
        root: RootId,
        /// Its name.
        key: Key,
    },
}

impl Arrival {
    /// Lets phase 3 tell the title of what phase 2 could describe.
    pub(crate) fn of(outcome: probe::Outcome, known: &Known) -> Self {
        match outcome {
            probe::Outcome::Described(probed) => {
                Self::File(Box::new(phase_3_identify::identify(*probed, known)))
            }
            probe::Outcome::Broken { finding, gone } => Self::Broken { finding, gone },
            probe::Outcome::Unsettled(walked) => {
                Self::Unsettled { root: known.roots[walked.root_at].id, key: walked.key }
            }
        }
    }
}

/// How long a batch may gather, so that what was found soon is seen soon.
const BATCH_TIME: Duration = Duration::from_secs(1);

/// Writes what arrives into the catalog.
pub(crate) struct Commit<'a> {
    catalog: &'a Catalog,
    scan: ScanId,
    counters: &'a Counters,
    /// Keys whose findings hold: they were recorded by this scan, or nothing is known of them yet.
    confirmed: HashSet<(RootId, Vec<u8>)>,
    is_unsettled: bool,
}

impl<'a> Commit<'a> {
    pub(crate) fn new(catalog: &'a Catalog, scan: ScanId, counters: &'a Counters) -> Self {
        Self { catalog, scan, counters, confirmed: HashSet::new(), is_unsettled: false }
    }

    /// Takes over arrivals until nobody sends any.
    pub(crate) async fn run(&mut self, mut arrivals: mpsc::Receiver<Arrival>) -> Result<()> {
        let mut batch = Vec::with_capacity(SCAN_BATCH_FILES);
        while let Some(first) = arrivals.recv().await {
            batch.push(first);
            let deadline = Instant::now() + BATCH_TIME;
            while batch.len() < SCAN_BATCH_FILES {
                let room = SCAN_BATCH_FILES - batch.len();
                match timeout_at(deadline, arrivals.recv_many(&mut batch, room)).await {
                    Ok(0) | Err(_) => break,
                    Ok(_) => {}
                }
            }
            self.commit(&mut batch).await?;
        }
        Ok(())
    }

    async fn commit(&mut self, batch: &mut Vec<Arrival>) -> Result<()> {
        let mut files = Vec::new();
        let mut findings = Vec::new();
        let mut gone: HashMap<RootId, Vec<FileId>> = HashMap::new();
        for arrival in batch.drain(..) {
            match arrival {
                Arrival::File(identified) => {
                    findings.extend(identified.finding);
                    files.push(identified.file);
                }
                Arrival::Broken { finding, gone: file } => {
                    if let Some(file) = file {
                        gone.entry(finding.root).or_default().push(file);
                    }
                    findings.push(finding);
                }
                Arrival::Unsettled { root, key } => {
                    self.is_unsettled = true;
                    self.confirmed.insert((root, key.as_bytes().to_vec()));
                }
            }
        }
        let count = files.len();
        let committed = self.catalog.commit(self.scan, files).await?;
        Counters::add(&self.counters.committed, count);
        let added = usize::try_from(committed.titles_added).unwrap_or(usize::MAX);
        Counters::add(&self.counters.titles_added, added);
        for (root, files) in gone {
            self.catalog.mark_gone(root, &files).await?;
            Counters::add(&self.counters.gone, files.len());
        }
        self.catalog.record_findings(&findings).await?;
        Counters::add(&self.counters.findings, findings.len());
        self.confirmed.extend(findings.into_iter().map(|it| (it.root, it.key.as_bytes().to_vec())));
        Ok(())
    }

    /// Draws the conclusions from what the walk did not see.
    pub(crate) async fn conclude(&self, known: &Known, walks: Vec<walk::Outcome>) -> Result<()> {
        for (root, outcome) in known.roots.iter().zip(walks) {
            match outcome {
                walk::Outcome::Cancelled => {}
                walk::Outcome::Unavailable => {
                    self.catalog.set_root_available(root.id, false).await?;
                }
                walk::Outcome::Walked { mut gone, doubtful } => {
                    self.catalog.set_root_available(root.id, true).await?;
                    gone.retain(|file| !known.is_moved(*file));
                    self.catalog.mark_gone(root.id, &gone).await?;
                    Counters::add(&self.counters.gone, gone.len());
                    let fine: Vec<Key> = doubtful
                        .into_iter()
                        .filter(|key| !self.confirmed.contains(&(root.id, key.clone())))
                        .filter_map(|key| Key::from_bytes(&key).ok())
                        .collect();
                    self.catalog.clear_findings(root.id, &fine).await?;
                }
            }
        }
        Ok(())
    }

    /// Whether files were being written or taken away while they were looked at.
    pub(crate) fn is_unsettled(&self) -> bool {
        self.is_unsettled
    }
}
