//! When to scan: at the start, when something changed, when a period is over, when asked.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch as latest};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::watch::{self, WatchState, Watching};
use super::{Ended, Scan, ScanProgress};
use crate::catalog::{Catalog, ScanTrigger};
use crate::limits::{SCAN_QUIET, SCAN_QUIET_WAIT_MAX, SCAN_SETTLE};
use crate::probe::Ffprobe;

/// How scans are started.
#[derive(Clone, Debug)]
pub struct ScanSettings {
    /// Time between the end of a scan and the next one that nobody asked for.
    pub period: Duration,
    /// The same where changes are not seen by themselves.
    pub polling_period: Duration,
    /// Look for changes between scans.
    pub is_watching: bool,
    /// Reads the containers that Spillway does not, where it is installed.
    pub ffprobe: Option<Arc<Ffprobe>>,
}

impl Default for ScanSettings {
    fn default() -> Self {
        Self {
            period: Duration::from_hours(1),
            polling_period: Duration::from_mins(5),
            is_watching: true,
            ffprobe: None,
        }
    }
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requested {
    /// A scan begins now.
    Started,
    /// One is under way; another begins when it ends.
    Waiting,
    /// One is under way and another waits already, which will see what this one would have seen.
    AlreadyWaiting,
}

/// Scans the configured libraries again and again. Clones are the same scanner.
#[derive(Clone, Debug)]
pub struct Scanner {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    turns: Mutex<Turns>,
    /// A turn was given out.
    wake: Notify,
    progress: latest::Sender<Option<ScanProgress>>,
    first_scan_done: latest::Sender<bool>,
    watch_state: latest::Sender<WatchState>,
    stopped: CancellationToken,
}

/// Whose turn it is. At most one waits.
#[derive(Clone, Copy, Debug, Default)]
struct Turns {
    current: Option<ScanTrigger>,
    waiting: Option<ScanTrigger>,
}

impl Scanner {
    /// Starts to scan, at once and from now on, until `stop`. Must be called within a tokio runtime.
    ///
    /// The libraries are asked of the catalog before each scan.
    pub fn start(catalog: Catalog, settings: ScanSettings, stop: CancellationToken) -> Self {
        let state = if settings.is_watching { WatchState::Starting } else { WatchState::Off };
        let shared = Arc::new(Shared {
            turns: Mutex::default(),
            wake: Notify::new(),
            progress: latest::Sender::new(None),
            first_scan_done: latest::Sender::new(false),
            watch_state: latest::Sender::new(state),
            stopped: CancellationToken::new(),
        });
        let scanner = Self { shared };
        scanner.request(ScanTrigger::Start);
        let work = Work { scanner: scanner.clone(), catalog, settings, stop };
        tokio::spawn(work.run());
        scanner
    }

    /// Asks for a scan. At most one waits while another runs.
    pub fn request(&self, trigger: ScanTrigger) -> Requested {
        let mut turns = self.turns();
        match (turns.current, turns.waiting) {
            (None, _) => {
                turns.current = Some(trigger);
                self.shared.wake.notify_one();
                Requested::Started
            }
            (Some(_), None) => {
                turns.waiting = Some(trigger);
                Requested::Waiting
            }
            (Some(_), Some(_)) => Requested::AlreadyWaiting,
        }
    }

    /// How far the scan under way has come; `None` between scans.
    pub fn progress(&self) -> latest::Receiver<Option<ScanProgress>> {
        self.shared.progress.subscribe()
    }

    /// Turns to true when the first scan has ended, well or badly.
    pub fn first_scan_done(&self) -> latest::Receiver<bool> {
        self.shared.first_scan_done.subscribe()
    }

    /// Whether changes are seen by themselves.
    pub fn watch_state(&self) -> WatchState {
        self.shared.watch_state.borrow().clone()
    }

    /// Returns once the scanner has stopped: the scan that was under way when it was told to is noted
    /// as interrupted and nothing is written any more.
    pub async fn stopped(&self) {
        self.shared.stopped.cancelled().await;
    }

    fn turns(&self) -> std::sync::MutexGuard<'_, Turns> {
        self.shared.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The turn that was given out, if any.
    fn turn(&self) -> Option<ScanTrigger> {
        self.turns().current
    }

    fn end_turn(&self) {
        let mut turns = self.turns();
        turns.current = turns.waiting.take();
        if turns.current.is_some() {
            self.shared.wake.notify_one();
        }
    }
}

/// The task behind a scanner.
struct Work {
    scanner: Scanner,
    catalog: Catalog,
    settings: ScanSettings,
    stop: CancellationToken,
}

impl Work {
    async fn run(self) {
        let changed = Arc::new(Notify::new());
        let mut watching: Option<Watching> = None;
        let mut next_period = Instant::now() + self.settings.period;
        // A scan that sees changes begins no sooner than this, so that a file that grows for an hour
        // does not keep the disk busy for an hour.
        let mut next_watch = Instant::now();
        let mut unsettled_at: Option<Instant> = None;
        loop {
            let shared = &self.scanner.shared;
            tokio::select! {
                biased;
                () = self.stop.cancelled() => break,
                () = shared.wake.notified() => {
                    let Some(trigger) = self.scanner.turn() else { continue };
                    // Watches first: what changes during the scan is seen by them.
                    self.watch(&mut watching, &changed).await;
                    let began = Instant::now();
                    let ended = self.scan(trigger).await;
                    next_watch = Instant::now() + SCAN_SETTLE.max(began.elapsed() * 4);
                    next_period = Instant::now() + self.period();
                    unsettled_at =
                        (ended == Some(Ended::Unsettled)).then(|| Instant::now() + SCAN_SETTLE);
                    shared.first_scan_done.send_replace(true);
                    self.scanner.end_turn();
                }
                () = quiet(&changed, next_watch) => {
                    self.scanner.request(ScanTrigger::Watch);
                }
                () = at(unsettled_at) => {
                    unsettled_at = None;
                    self.scanner.request(ScanTrigger::Watch);
                }
                () = sleep_until(next_period) => {
                    next_period = Instant::now() + self.period();
                    self.scanner.request(ScanTrigger::Period);
                }
            }
        }
        self.scanner.shared.stopped.cancel();
    }

    async fn scan(&self, trigger: ScanTrigger) -> Option<Ended> {
        let scan = Scan {
            catalog: &self.catalog,
            ffprobe: self.settings.ffprobe.clone(),
            trigger,
            progress: &self.scanner.shared.progress,
            stop: self.stop.clone(),
        };
        match scan.run().await {
            Ok(ended) => Some(ended),
            Err(error) => {
                tracing::error!(error = error.chain(), trigger = trigger.name(), "the scan failed");
                None
            }
        }
    }

    fn period(&self) -> Duration {
        match self.scanner.watch_state() {
            WatchState::Polling { .. } => self.settings.polling_period.min(self.settings.period),
            _ => self.settings.period,
        }
    }

    /// Watches every root, unless that is so already: one that was not mounted may be there now.
    async fn watch(&self, watching: &mut Option<Watching>, changed: &Arc<Notify>) {
        if !self.settings.is_watching {
            return;
        }
        let libraries = self.catalog.libraries();
        let roots: Vec<PathBuf> = libraries
            .into_iter()
            .flat_map(|library| library.roots)
            .map(|root| root.path.to_path_buf())
            .collect();
        if watching.as_ref().is_some_and(|watching| watching.is_complete(&roots)) {
            return;
        }
        let changed = changed.clone();
        // Adding watches reads every folder, so it blocks. Dropped first: each needs its own.
        *watching = None;
        let started = tokio::task::spawn_blocking(move || watch::start(roots, changed)).await;
        let Ok(started) = started else { return };
        let before = self.scanner.shared.watch_state.send_replace(started.state().clone());
        if let (WatchState::Polling { reason }, true) =
            (started.state(), before != *started.state())
        {
            tracing::warn!(reason, "changes are not seen by themselves; folders are polled");
        }
        *watching = Some(started);
    }
}

/// Returns when something changed, nothing changed for a while after it (or that took too long), and
/// `not_before` has passed.
async fn quiet(changed: &Notify, not_before: Instant) {
    changed.notified().await;
    let give_up = Instant::now() + SCAN_QUIET_WAIT_MAX;
    while Instant::now() < give_up && timeout(SCAN_QUIET, changed.notified()).await.is_ok() {}
    sleep_until(not_before).await;
}

async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}
