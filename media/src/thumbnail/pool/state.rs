//! What a pool is given, and what it tells of itself.

use std::num::NonZeroUsize;
use std::thread::available_parallelism;
use std::time::Duration;

use crate::limits::{
    THUMBNAIL_ABANDONED_MAX, THUMBNAIL_ASKERS_MAX, THUMBNAIL_BACKGROUND_MAX,
    THUMBNAIL_BACKGROUND_WAIT_MAX, THUMBNAIL_BYTES_MAX, THUMBNAIL_JOB_TIME_MAX, THUMBNAIL_WAIT_MAX,
    THUMBNAIL_WAITING_MAX,
};

/// The measures of a pool.
#[derive(Clone, Debug)]
pub struct PoolSettings {
    /// What its threads are called; Linux shows 15 bytes of it.
    pub name: &'static str,
    /// Threads that work at once.
    pub threads: NonZeroUsize,
    /// Places in the queue for what somebody waits for.
    pub waiting_max: usize,
    /// Places in the queue for what nobody waits for yet.
    pub background_max: usize,
    /// Tickets that are out at once, for whatever key.
    pub askers_max: usize,
    /// Bytes of all work that runs, as said by those who ask.
    pub bytes_max: u64,
    /// Threads left alone with work that did not end in time.
    pub abandoned_max: usize,
    /// How long work may run.
    pub job_time_max: Duration,
    /// How long work that somebody waits for may stand in the queue.
    pub wait_max: Duration,
    /// How long other work may stand in the queue.
    pub background_wait_max: Duration,
}

impl Default for PoolSettings {
    /// As many threads as processors less one, which is left to the viewers; at least one.
    fn default() -> Self {
        let processors = available_parallelism().map_or(1, NonZeroUsize::get);
        Self {
            name: "thumbnail",
            threads: NonZeroUsize::new(processors - 1).unwrap_or(NonZeroUsize::MIN),
            waiting_max: THUMBNAIL_WAITING_MAX,
            background_max: THUMBNAIL_BACKGROUND_MAX,
            askers_max: THUMBNAIL_ASKERS_MAX,
            bytes_max: THUMBNAIL_BYTES_MAX,
            abandoned_max: THUMBNAIL_ABANDONED_MAX,
            job_time_max: THUMBNAIL_JOB_TIME_MAX,
            wait_max: THUMBNAIL_WAIT_MAX,
            background_wait_max: THUMBNAIL_BACKGROUND_WAIT_MAX,
        }
    }
}

/// Whose turn it is first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// Somebody looks at a screen on which it is missing.
    Waiting,
    /// Made before anybody asks.
    Background,
}

/// How a pool is doing. Totals count from its start.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PoolState {
    /// Work in the queue that somebody waits for.
    pub queued_waiting: usize,
    /// Work in the queue that nobody waits for yet.
    pub queued_background: usize,
    /// Tickets that are out.
    pub askers: usize,
    /// Work that runs within its time.
    pub busy: usize,
    /// Threads left alone with work that did not end in time.
    pub abandoned: usize,
    /// Bytes of all work that runs, abandoned threads' included.
    pub running_bytes: u64,
    /// Asks that were refused at once, for whatever reason.
    pub refused_total: u64,
    /// Asks that joined work that was on its way.
    pub joined_total: u64,
    /// Runs that gave a value in time.
    pub done_total: u64,
    /// Runs that gave an error in time.
    pub failed_total: u64,
    /// Runs that panicked in time.
    pub panicked_total: u64,
    /// Runs that did not end in time.
    pub deadline_total: u64,
    /// Work that left the queue without a turn: it waited too long, or abandoned threads hold the
    /// memory it needs.
    pub expired_total: u64,
    /// Work that nobody wanted any more: dropped from the queue, or told while it ran.
    pub cancelled_total: u64,
    /// How long runs took that ended in time.
    pub seconds: JobSeconds,
}

/// A histogram of running times.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JobSeconds {
    /// Runs that took at most as long as [`JobSeconds::BOUNDS`] says at the same place, and longer than
    /// the bound before; the last are those beyond all bounds.
    pub counts: [u64; Self::BOUNDS.len() + 1],
    /// All of them together, in seconds.
    pub sum: f64,
}

impl JobSeconds {
    /// Where the buckets end, in seconds: from a picture whose bytes are in memory to
    /// [`THUMBNAIL_JOB_TIME_MAX`].
    pub const BOUNDS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];

    pub(super) fn add(&mut self, took: Duration) {
        let seconds = took.as_secs_f64();
        let bucket = Self::BOUNDS.partition_point(|bound| *bound < seconds);
        self.counts[bucket] += 1;
        self.sum += seconds;
    }
}
