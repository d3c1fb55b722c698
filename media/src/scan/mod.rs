//! From folders to catalog, in four phases that work at the same time:
//!
//! 1. [`phase_1_walk`]: which files are there, and which of them changed;
//! 2. [`phase_2_probe`]: what each changed file is made of;
//! 3. [`phase_3_identify`]: which title it holds, and what is told about it;
//! 4. [`phase_4_commit`]: into the catalog, in short batches.
//!
//! Between two phases stands a short queue, so that a library of any size needs the same memory. The
//! first three block on the disk and have threads of their own at low priority: viewers come first.
//! A scan that is stopped, or whose process is killed, leaves a catalog that holds what was
//! committed; the next scan goes on from there.

mod artwork;
mod folder;
#[cfg(fuzzing)]
pub mod fuzzing;
mod kinds;
mod known;
mod names;
mod nfo;
mod phase_1_walk;
mod phase_2_probe;
mod phase_3_identify;
mod phase_4_commit;
mod progress;
mod stage;
mod subtitles;
mod trigger;
mod watch;

#[cfg(test)]
mod tests;

pub use progress::{Phase, ScanProgress};
pub use trigger::{Requested, ScanSettings, Scanner};
pub use watch::WatchState;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::{mpsc, watch as latest};
use tokio_util::sync::CancellationToken;

use self::known::{Known, KnownRoot};
use self::phase_4_commit::{Arrival, Commit};
use self::progress::Counters;
use crate::catalog::{Catalog, ScanState, ScanTrigger};
use crate::error::Result;
use crate::ids::ScanId;
use crate::limits::{SCAN_IDENTIFY_THREADS, SCAN_PROBE_THREADS, SCAN_QUEUE_MAX};
use crate::probe::Ffprobe;
use crate::storage::Root;

/// How often progress is told.
const PROGRESS_PERIOD: Duration = Duration::from_millis(250);

/// One scan of all libraries.
struct Scan<'a> {
    catalog: &'a Catalog,
    ffprobe: Option<Arc<Ffprobe>>,
    trigger: ScanTrigger,
    progress: &'a latest::Sender<Option<ScanProgress>>,
    stop: CancellationToken,
}

/// How a scan ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    /// It looked at everything.
    Done,
    /// It did, but files were being written meanwhile.
    Unsettled,
    /// It was stopped.
    Stopped,
}

impl Scan<'_> {
    /// Scans, and notes in the catalog how that ended.
    async fn run(self) -> Result<Ended> {
        let id = self.catalog.begin_scan(self.trigger).await?;
        let counters = Arc::new(Counters::default());
        let ended = self.phases(id, &counters).await;
        self.progress.send_replace(None);
        let (state, message) = match &ended {
            Ok(Ended::Stopped) => (ScanState::Interrupted, counters.message()),
            Ok(_) => (ScanState::Done, counters.message()),
            Err(error) => (ScanState::Failed, Some(error.chain())),
        };
        self.catalog.finish_scan(id, state, &counters.counts(), message.as_deref()).await?;
        ended
    }

    async fn phases(&self, id: ScanId, counters: &Arc<Counters>) -> Result<Ended> {
        // A scan that fails half-way must not leave its threads at work.
        let stop = self.stop.child_token();
        let _stop_at_the_end = stop.clone().drop_guard();
        let known = Arc::new(self.known().await?);
        let telling = self.tell(id, counters);

        let (changed_to, changed) = mpsc::channel(SCAN_QUEUE_MAX);
        let (probed_to, probed) = mpsc::channel(SCAN_QUEUE_MAX);
        let (arrivals_to, arrivals) = mpsc::channel(SCAN_QUEUE_MAX);
        let walks = stage::walk(
            known.clone(),
            self.ffprobe.is_some(),
            (changed_to, arrivals_to.clone()),
            counters.clone(),
            stop.clone(),
        )?;
        let is_watching = self.trigger == ScanTrigger::Watch;
        let probe = ("probe", SCAN_PROBE_THREADS);
        let probing = stage::threads(probe, changed, probed_to, &stop, {
            let (known, ffprobe, counters) =
                (known.clone(), self.ffprobe.clone(), counters.clone());
            move |walked| {
                let outcome = phase_2_probe::probe(walked, &known, ffprobe.as_deref(), is_watching);
                Counters::add(&counters.probed, 1);
                outcome
            }
        })?;
        let identify = ("identify", SCAN_IDENTIFY_THREADS);
        let identifying = stage::threads(identify, probed, arrivals_to, &stop, {
            let (known, counters) = (known.clone(), counters.clone());
            move |outcome| {
                let arrival = Arrival::of(outcome, &known);
                Counters::add(&counters.identified, 1);
                arrival
            }
        })?;
        let mut commit = Commit::new(self.catalog, id, counters);
        let committing = commit.run(arrivals);
        tokio::select! {
            committed = committing => committed?,
            never = telling => match never {},
        }
        stage::join(probing)?;
        stage::join(identifying)?;
        let walks = stage::join_one(walks)?;
        if stop.is_cancelled() {
            return Ok(Ended::Stopped);
        }
        commit.conclude(&known, walks).await?;
        Ok(if commit.is_unsettled() { Ended::Unsettled } else { Ended::Done })
    }

    /// What the catalog knows of every configured root.
    async fn known(&self) -> Result<Known> {
        let mut roots = Vec::new();
        for root in self.catalog.libraries().into_iter().flat_map(|library| library.roots) {
            let files = self.catalog.known_files(root.id).await?;
            let findings = self.catalog.finding_keys(root.id).await?;
            let findings: HashSet<Vec<u8>> =
                findings.iter().map(|key| key.as_bytes().to_vec()).collect();
            roots.push(KnownRoot::new(root.id, Root::new(&*root.path), files, findings));
        }
        Ok(Known::new(roots))
    }

    /// Tells how far the scan has come, for as long as it is polled.
    async fn tell(&self, id: ScanId, counters: &Counters) -> std::convert::Infallible {
        let started_at_ms = now_ms();
        loop {
            self.progress.send_replace(Some(ScanProgress {
                id,
                trigger: self.trigger,
                phase: counters.phase(),
                started_at_ms,
                counts: counters.counts(),
                message: counters.message(),
            }));
            tokio::time::sleep(PROGRESS_PERIOD).await;
        }
    }
}

fn now_ms() -> i64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX)
}
