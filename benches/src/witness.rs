//! How late the machine itself wakes somebody: sooner than that no program on it answers.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::thread::{CpuSet, gettid, sched_setaffinity};

/// As often as a server that is followed asks its event loops.
const SLEEP: Duration = Duration::from_millis(10);
const SECOND: Duration = Duration::from_secs(1);

/// A thread on each of some processors, before everything else that runs there (`SCHED_FIFO`), which
/// sleeps for 10 ms at a time.
pub struct Witness {
    is_over: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Vec<f64>>>,
}

impl Witness {
    /// On the first so many processors.
    ///
    /// # Panics
    /// Where a thread may not go before others, for which `chrt` and a right are needed.
    pub fn start(processors: usize) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let threads = (0..processors)
            .map(|processor| {
                let is_over = Arc::clone(&is_over);
                thread::spawn(move || sleep_again_and_again(processor, &is_over))
            })
            .collect();
        Self { is_over, threads }
    }

    /// How late the latest of them woke in each second, in milliseconds.
    ///
    /// # Panics
    /// If one of them did.
    pub fn late_ms(self) -> Vec<f64> {
        self.is_over.store(true, Relaxed);
        let all = self.threads.into_iter().map(|thread| thread.join().expect("a witness"));
        let of_seconds = all.reduce(|one, other| {
            one.iter().zip(&other).map(|(one, other)| one.max(*other)).collect()
        });
        of_seconds.unwrap_or_default()
    }
}

fn sleep_again_and_again(processor: usize, is_over: &AtomicBool) -> Vec<f64> {
    let mut here = CpuSet::new();
    here.set(processor);
    sched_setaffinity(None, &here).expect("the processor is ours");
    let thread = gettid().as_raw_nonzero().to_string();
    let status = Command::new("chrt").args(["--fifo", "--pid", "99", &thread]).status();
    assert!(status.expect("chrt starts").success(), "a thread may not go before others");
    let mut of_seconds = Vec::new();
    let mut due = Instant::now() + SECOND;
    let mut latest = Duration::ZERO;
    while !is_over.load(Relaxed) {
        let asleep_at = Instant::now();
        thread::sleep(SLEEP);
        latest = latest.max(asleep_at.elapsed().saturating_sub(SLEEP));
        if Instant::now() >= due {
            of_seconds.push(latest.as_secs_f64() * 1000.0);
            (due, latest) = (due + SECOND, Duration::ZERO);
        }
    }
    of_seconds
}
