//! The threads of a scan's phases.

use std::ops::ControlFlow;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::mpsc::{Receiver, Sender};
use tokio_util::sync::CancellationToken;

use super::known::Known;
use super::phase_1_walk::{self as walk, Listener, Walked};
use super::phase_4_commit::Arrival;
use super::progress::Counters;
use crate::catalog::Finding;
use crate::error::{Error, Kind, Result};
use crate::limits::SCAN_ENTRIES_MAX;

/// How far below viewers the threads stand; 19 would starve them on a busy machine.
const NICENESS: i32 = 10;

/// Starts threads that take from `from`, work, and hand on to `to`, until nobody sends, nobody takes
/// any more, or `stop`.
pub(crate) fn threads<I, O>(
    (name, count): (&str, usize),
    from: Receiver<I>,
    to: Sender<O>,
    stop: &CancellationToken,
    work: impl Fn(I) -> O + Send + Sync + 'static,
) -> Result<Vec<JoinHandle<()>>>
where
    I: Send + 'static,
    O: Send + 'static,
{
    let from = Arc::new(Mutex::new(from));
    let work = Arc::new(work);
    let thread = || {
        let (from, to, work) = (from.clone(), to.clone(), work.clone());
        let stop = stop.clone();
        start(name, move || {
            while !stop.is_cancelled() {
                // A panic elsewhere leaves the queue as it was.
                let next = from.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
                let Some(item) = next else { break };
                if to.blocking_send(work(item)).is_err() {
                    break;
                }
            }
        })
    };
    let threads = (0..count).map(|_| thread()).collect();
    // Those who take must see the end when the last thread is done, and not wait for us.
    drop(to);
    threads
}

/// Starts the thread that walks all roots, one after the other.
pub(crate) fn walk(
    known: Arc<Known>,
    has_ffprobe: bool,
    (changed, arrivals): (Sender<Walked>, Sender<Arrival>),
    counters: Arc<Counters>,
    stop: CancellationToken,
) -> Result<JoinHandle<Vec<walk::Outcome>>> {
    start("walk", move || {
        let mut telling = Telling { changed, arrivals, counters, stop };
        let mut entries_left = SCAN_ENTRIES_MAX;
        let outcomes =
            known.roots.iter().enumerate().map(|(at, root)| {
                walk::walk(at, root, has_ffprobe, &mut entries_left, &mut telling)
            });
        let outcomes = outcomes.collect();
        telling.counters.walked.store(1, Relaxed);
        outcomes
    })
}

/// Hands on what the walk tells.
struct Telling {
    changed: Sender<Walked>,
    arrivals: Sender<Arrival>,
    counters: Arc<Counters>,
    stop: CancellationToken,
}

impl Listener for Telling {
    fn found(&mut self) {
        Counters::add(&self.counters.found, 1);
    }

    fn changed(&mut self, walked: Walked) -> ControlFlow<()> {
        Counters::add(&self.counters.changed, 1);
        let is_taken = self.changed.blocking_send(walked).is_ok();
        if is_taken && !self.is_cancelled() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }

    fn finding(&mut self, finding: Finding) {
        // Nobody takes it only where the scan is ending.
        let _ = self.arrivals.blocking_send(Arrival::Broken { finding, gone: None });
    }

    fn trouble(&mut self, message: String) {
        self.counters.trouble(message);
    }

    fn is_cancelled(&self) -> bool {
        self.stop.is_cancelled()
    }
}

fn start<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>> {
    let lowered = move || {
        // Refused only where somebody set the priority lower still.
        let _ = rustix::process::setpriority_process(None, NICENESS);
        work()
    };
    std::thread::Builder::new()
        .name(format!("scan-{name}"))
        .spawn(lowered)
        .map_err(|error| Error::io("starting a thread of the scan", error))
}

/// Waits for threads whose queues are closed: no longer than one file takes.
pub(crate) fn join(threads: Vec<JoinHandle<()>>) -> Result<()> {
    threads.into_iter().try_for_each(join_one)
}

/// Waits for one thread.
pub(crate) fn join_one<T>(thread: JoinHandle<T>) -> Result<T> {
    thread
        .join()
        .map_err(|_| Error::new(Kind::Internal, "a thread of the scan met a fault of ours"))
}
