//! What the server is doing, sampled once a second for everybody who looks.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use spillway_media::catalog::Catalog;
use spillway_media::scan::Scanner;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use crate::api_types::live::{LiveEvent, PoolItem, StreamItem};
use crate::api_types::scan::ScanItem;
use crate::limits::{LIVE_NAMES_WAIT_MAX, LIVE_STREAMS_MAX};
use crate::state::now_ms;
use crate::transport::{
    Activity, EventLoops, ProcessorTime, RunningStream, WindowBytes, processor_time,
};

/// Time between two samples.
const PERIOD: Duration = Duration::from_secs(1);

/// How often the event loop is asked to be on time, while somebody looks.
const LAG_TICK: Duration = Duration::from_millis(10);

/// The latest sample as JSON; empty before the first.
pub type LiveJson = Arc<str>;

/// The samples, for a bounded number of clients.
#[derive(Clone, Debug)]
pub struct Live {
    samples: watch::Receiver<LiveJson>,
    places: Arc<Semaphore>,
    /// Cancelled when the server is asked to stop.
    shutdown: CancellationToken,
}

/// One who follows the samples.
#[derive(Debug)]
pub struct Follower {
    samples: watch::Receiver<LiveJson>,
    shutdown: CancellationToken,
    _place: OwnedSemaphorePermit,
}

impl Live {
    /// Lets `clients_max` follow the samples until `shutdown`.
    pub fn new(
        samples: watch::Receiver<LiveJson>,
        clients_max: usize,
        shutdown: CancellationToken,
    ) -> Self {
        Self { samples, places: Arc::new(Semaphore::new(clients_max)), shutdown }
    }

    /// The latest sample and all that come; `None` if too many follow already.
    pub fn follow(&self) -> Option<Follower> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        let mut samples = self.samples.clone();
        // So that a page is not empty for a second.
        samples.mark_changed();
        Some(Follower { samples, shutdown: self.shutdown.clone(), _place: place })
    }
}

impl Follower {
    /// The next sample; `None` when the server stops, so that stopping need not wait for those who
    /// follow.
    pub async fn next(&mut self) -> Option<LiveJson> {
        loop {
            self.shutdown.run_until_cancelled(self.samples.changed()).await?.ok()?;
            let sample = self.samples.borrow_and_update().clone();
            if !sample.is_empty() {
                return Some(sample);
            }
        }
    }
}

/// Samples until every receiver is gone. Spawn it once.
///
/// While nobody follows it wakes once a second, so that an idle server is idle.
pub async fn sample(of: Sampled, events: watch::Sender<LiveJson>) {
    let mut sampler = Sampler::new(of);
    let mut due = Instant::now() + PERIOD;
    // One receiver belongs to the server's state.
    while events.receiver_count() > 0 {
        let is_followed = events.receiver_count() > 1;
        let wake = if is_followed { due.min(Instant::now() + LAG_TICK) } else { due };
        sleep_until(wake).await;
        let now = Instant::now();
        sampler.lag_max = sampler.lag_max.max(now - wake);
        sampler.of.event_loops.ask_for_lag();
        if now >= due {
            let event = sampler.take(now).await;
            metrics::gauge!("spillway_event_loop_lag_seconds").set(event.event_loop_lag_ms / 1e3);
            events.send_replace(serde_json::to_string(&event).unwrap_or_default().into());
            // After a standstill the next second begins now; the missed ones are not made up for.
            due = (due + PERIOD).max(now);
        }
    }
}

/// What is looked at.
pub struct Sampled {
    /// Connections and what they send.
    pub activity: Activity,
    /// The threads that serve them.
    pub event_loops: EventLoops,
    /// Scans.
    pub scanner: Scanner,
    /// Names of titles.
    pub catalog: Catalog,
}

struct Sampler {
    of: Sampled,
    /// Names of the titles that are being sent, by the text in their streams' labels.
    names: HashMap<Arc<str>, String>,
    taken_at: Instant,
    sent_bytes: u64,
    processor_time: ProcessorTime,
    window_bytes: WindowBytes,
    sent_bytes_by_stream: HashMap<u64, u64>,
    lag_max: Duration,
}

impl Sampler {
    fn new(of: Sampled) -> Self {
        Self {
            sent_bytes: of.activity.sent_bytes(),
            window_bytes: of.activity.window_bytes(),
            of,
            names: HashMap::new(),
            taken_at: Instant::now(),
            processor_time: processor_time(),
            sent_bytes_by_stream: HashMap::new(),
            lag_max: Duration::ZERO,
        }
    }

    async fn take(&mut self, now: Instant) -> LiveEvent {
        let seconds = (now - self.taken_at).as_secs_f64().max(f64::MIN_POSITIVE);
        let sent_bytes = self.of.activity.sent_bytes();
        let (processor_time, window_bytes) = (processor_time(), self.of.activity.window_bytes());
        let percent = |now: Duration, before: Duration| {
            hundredths(now.saturating_sub(before).as_secs_f64() / seconds * 100.0)
        };
        let cpu_user_percent = percent(processor_time.user, self.processor_time.user);
        let cpu_system_percent = percent(processor_time.system, self.processor_time.system);
        let lag_max = self.lag_max.max(self.of.event_loops.take_lag_max());
        let event = LiveEvent {
            at_ms: now_ms(),
            connections: self.of.activity.connections(),
            streams: self.streams(seconds).await,
            stream_count: self.of.activity.stream_count(),
            bytes_per_second: per_second(sent_bytes - self.sent_bytes, seconds),
            cpu_percent: hundredths(cpu_user_percent + cpu_system_percent),
            cpu_user_percent,
            cpu_system_percent,
            page_cache_hit_percent: hit_percent(self.window_bytes, window_bytes),
            event_loop_lag_ms: hundredths(lag_max.as_secs_f64() * 1e3),
            pools: self.pools(),
            scan: self.of.scanner.progress().borrow().clone().map(ScanItem::from),
        };
        self.taken_at = now;
        self.sent_bytes = sent_bytes;
        self.processor_time = processor_time;
        self.window_bytes = window_bytes;
        self.lag_max = Duration::ZERO;
        event
    }

    async fn streams(&mut self, seconds: f64) -> Vec<StreamItem> {
        let running = self.of.activity.streams(LIVE_STREAMS_MAX);
        // Dropped half-way, it keeps the names learned so far.
        let _ = timeout(LIVE_NAMES_WAIT_MAX, self.learn_names(&running)).await;
        let before = std::mem::take(&mut self.sent_bytes_by_stream);
        self.sent_bytes_by_stream =
            running.iter().map(|stream| (stream.id, stream.sent_bytes)).collect();
        running
            .into_iter()
            .map(|stream| {
                let sent_before = before.get(&stream.id).copied().unwrap_or(0);
                StreamItem {
                    title: stream.label.title.and_then(|id| self.names.get(&id).cloned()),
                    file_name: stream.label.file_name.to_string(),
                    client: stream.peer.ip().to_canonical().to_string(),
                    position_bytes: stream.position_bytes,
                    size_bytes: stream.label.size_bytes,
                    bytes_per_second: per_second(stream.sent_bytes - sent_before, seconds),
                }
            })
            .collect()
    }

    /// Looks up titles that were not being sent a second ago. Here and not when a stream begins:
    /// that never waits for the catalog.
    async fn learn_names(&mut self, running: &[RunningStream]) {
        let titles: HashSet<_> =
            running.iter().filter_map(|stream| stream.label.title.clone()).collect();
        self.names.retain(|title, _| titles.contains(title));
        for title in titles {
            if self.names.contains_key(&title) {
                continue;
            }
            let Ok(id) = title.parse() else { continue };
            if let Ok(Some(found)) = self.of.catalog.title(self.of.catalog.viewer(), id).await {
                self.names.insert(title, found.item.name);
            }
        }
    }

    fn pools(&self) -> Vec<PoolItem> {
        let disk = self.of.activity.disk_pool();
        vec![PoolItem {
            name: "disk",
            busy: disk.busy,
            threads: disk.threads,
            queued: disk.queued,
            queue_max: disk.queue_max,
        }]
    }
}

/// Of what was sent between two moments, how much was in memory before it was asked for; `None` if
/// nothing was sent.
fn hit_percent(before: WindowBytes, now: WindowBytes) -> Option<f64> {
    let in_memory = now.in_memory.saturating_sub(before.in_memory);
    let all = in_memory + now.from_disk.saturating_sub(before.from_disk);
    (all > 0).then(|| hundredths(in_memory as f64 / all as f64 * 100.0))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rate is not negative, and a float's conversion saturates"
)]
fn per_second(bytes: u64, seconds: f64) -> u64 {
    (bytes as f64 / seconds) as u64
}

/// Two decimals: more would be noise in every event.
fn hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_from_memory_is_that_of_the_past_second() {
        let bytes = |in_memory, from_disk| WindowBytes { in_memory, from_disk };
        for (before, now, percent) in [
            (bytes(0, 0), bytes(0, 0), None),
            (bytes(7, 9), bytes(7, 9), None),
            (bytes(7, 9), bytes(8, 9), Some(100.0)),
            (bytes(7, 9), bytes(7, 10), Some(0.0)),
            (bytes(100, 100), bytes(101, 102), Some(33.33)),
        ] {
            assert_eq!(hit_percent(before, now), percent, "{before:?} to {now:?}");
        }
    }

    #[test]
    fn time_in_the_program_is_told_from_time_in_the_kernel() {
        let before = processor_time();
        let begun = std::time::Instant::now();
        let mut number = 1_u64;
        while processor_time().user < before.user + Duration::from_millis(50) {
            for _ in 0..100_000 {
                number = std::hint::black_box(number.wrapping_mul(3));
            }
            assert!(begun.elapsed() < Duration::from_mins(1), "no time was counted");
        }
    }
}
