//! The threads that serve connections: one for each processor, each with an event loop of its own.
//!
//! A connection stays on the loop that it was given when it was accepted, if possible the one of the
//! processor at which its packets come in. No loop looks for work among the others': that costs more
//! than it balances where a connection's work is a system call here and there
//! (`docs/design/zero-copy.md` has the figures). The threads are not pinned, so that a processor which
//! something else keeps busy holds none of them up.

use std::io;
use std::net::TcpStream as StdTcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use rustix::net::sockopt;
use rustix::thread::{CpuSet, sched_getaffinity};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Handle};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::limits::{BLOCKING_THREADS_MAX, LOOP_SURPLUS_CONNECTIONS};

/// Threads that each serve a share of the connections. Clones are the same threads; they end, and
/// with them what they serve, when the last clone is dropped.
#[derive(Clone, Debug)]
pub struct EventLoops {
    loops: Arc<[Arc<EventLoop>]>,
    /// The processors that this process may use, by their numbers.
    processors: Arc<[usize]>,
    _end: Option<Arc<DropGuard>>,
}

#[derive(Debug)]
struct EventLoop {
    handle: Handle,
    connections: AtomicUsize,
    began: Instant,
    /// When it was asked for its lag and has not answered, in microseconds since it began; else 0.
    asked_at_us: AtomicU64,
    lag_max_us: AtomicU64,
}

/// One connection on a loop.
struct Place(Arc<EventLoop>);

impl EventLoops {
    /// Starts so many threads.
    ///
    /// # Errors
    /// The system's, if it has no more threads or descriptors.
    pub fn start(count: usize) -> io::Result<Self> {
        let end = CancellationToken::new();
        let guard = end.clone().drop_guard();
        let start = |number| {
            let runtime = Builder::new_current_thread()
                .enable_all()
                .max_blocking_threads(BLOCKING_THREADS_MAX)
                .build()?;
            let event_loop = EventLoop::of(runtime.handle().clone());
            let end = end.clone();
            thread::Builder::new().name(format!("spillway-loop{number}")).spawn(move || {
                runtime.block_on(end.cancelled_owned());
                // A thread that hangs on a dead disk must not keep this one.
                runtime.shutdown_background();
            })?;
            Ok(Arc::new(event_loop))
        };
        let loops = (0..count).map(start).collect::<io::Result<_>>()?;
        Ok(Self { loops, processors: usable_processors(), _end: Some(Arc::new(guard)) })
    }

    /// The event loop of the caller as the only one.
    ///
    /// # Panics
    /// Outside one.
    pub fn here() -> Self {
        let loops = [Arc::new(EventLoop::of(Handle::current()))].into();
        Self { loops, processors: usable_processors(), _end: None }
    }

    /// The runtimes of all loops.
    pub fn handles(&self) -> impl Iterator<Item = &Handle> {
        self.loops.iter().map(|event_loop| &event_loop.handle)
    }

    /// Serves a connection on the loop that stands for the processor at which its packets come in; or,
    /// if that has many more than others, on the one that has the fewest.
    ///
    /// # Errors
    /// The connection cannot be taken off the caller's loop.
    pub(super) fn spawn<F>(
        &self,
        tasks: &TaskTracker,
        stream: TcpStream,
        serve: impl FnOnce(TcpStream) -> F + Send + 'static,
    ) -> io::Result<()>
    where
        F: Future<Output = ()> + Send,
    {
        let stream: StdTcpStream = stream.into_std()?;
        let place = self.place_for(&stream);
        let handle = place.0.handle.clone();
        let serving = async move {
            let _place = place;
            match TcpStream::from_std(stream) {
                Ok(stream) => serve(stream).await,
                Err(error) => tracing::error!(%error, "a connection cannot be served: {error}"),
            }
        };
        tasks.spawn_on(serving, &handle);
        Ok(())
    }

    fn place_for(&self, stream: &StdTcpStream) -> Place {
        let connections = |event_loop: &&Arc<EventLoop>| event_loop.connections.load(Relaxed);
        let fewest = self.loops.iter().min_by_key(connections).expect("there is at least one");
        let near = sockopt::socket_incoming_cpu(stream)
            .ok()
            .and_then(|processor| usize::try_from(processor).ok())
            .and_then(|processor| self.processors.iter().position(|usable| *usable == processor))
            .map(|place| &self.loops[place % self.loops.len()])
            .filter(|near| connections(near) <= may_have(connections(&fewest)));
        let event_loop = Arc::clone(near.unwrap_or(fewest));
        event_loop.connections.fetch_add(1, Relaxed);
        Place(event_loop)
    }

    /// Asks each loop how long something new waits for its turn. The answers come later, to
    /// [`Self::take_lag_max`]; one that has not answered yet is not asked again.
    pub fn ask_for_lag(&self) {
        for event_loop in &*self.loops {
            let now_us = event_loop.now_us();
            if event_loop.asked_at_us.compare_exchange(0, now_us, Relaxed, Relaxed).is_err() {
                continue;
            }
            let asked = Arc::clone(event_loop);
            event_loop.handle.spawn(async move {
                asked.lag_max_us.fetch_max(asked.now_us() - now_us, Relaxed);
                asked.asked_at_us.store(0, Relaxed);
            });
        }
    }

    /// The longest of these waits since the last call, those that go on among them.
    pub fn take_lag_max(&self) -> Duration {
        let take = |event_loop: &Arc<EventLoop>| {
            let waiting_us = match event_loop.asked_at_us.load(Relaxed) {
                0 => 0,
                asked_at_us => event_loop.now_us().saturating_sub(asked_at_us),
            };
            event_loop.lag_max_us.swap(0, Relaxed).max(waiting_us)
        };
        Duration::from_micros(self.loops.iter().map(take).max().unwrap_or(0))
    }
}

fn usable_processors() -> Arc<[usize]> {
    let usable = sched_getaffinity(None).unwrap_or_default();
    (0..CpuSet::MAX_CPU).filter(|processor| usable.is_set(*processor)).collect()
}

/// How many connections a loop may have to be given another, if some other loop has only these.
fn may_have(fewest: usize) -> usize {
    fewest + fewest / 4 + LOOP_SURPLUS_CONNECTIONS
}

impl EventLoop {
    fn of(handle: Handle) -> Self {
        Self {
            handle,
            connections: AtomicUsize::new(0),
            began: Instant::now(),
            asked_at_us: AtomicU64::new(0),
            lag_max_us: AtomicU64::new(0),
        }
    }

    /// At least 1.
    fn now_us(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_micros()).map_or(u64::MAX, |us| us.max(1))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use tokio::net::TcpListener;
    use tokio::sync::oneshot;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    async fn connect(listener: &TcpListener) -> (TcpStream, TcpStream) {
        let address = listener.local_addr().expect("bound");
        let client = TcpStream::connect(address).await.expect("connected");
        (listener.accept().await.expect("accepted").0, client)
    }

    #[tokio::test]
    async fn no_loop_has_many_more_than_others() {
        const CONNECTIONS: usize = 150;
        let event_loops = EventLoops::start(3).expect("threads");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let tasks = TaskTracker::new();
        let (told, names) = mpsc::channel();
        let mut ends = Vec::new();
        for _ in 0..CONNECTIONS {
            // All by one processor or two.
            let (stream, client) = connect(&listener).await;
            let (end, ended) = oneshot::channel::<()>();
            ends.push((end, client));
            let told = told.clone();
            let serve = move |stream: TcpStream| async move {
                told.send(thread::current().name().map(str::to_owned)).expect("somebody counts");
                let _ = ended.await;
                drop(stream);
            };
            event_loops.spawn(&tasks, stream, serve).expect("served");
        }
        let counts = || -> Vec<usize> {
            event_loops
                .loops
                .iter()
                .map(|event_loop| event_loop.connections.load(Relaxed))
                .collect()
        };
        let names: Vec<_> =
            (0..CONNECTIONS).map(|_| names.recv_timeout(PATIENCE).expect("each begins")).collect();
        for (number, count) in counts().into_iter().enumerate() {
            let name = Some(format!("spillway-loop{number}"));
            assert_eq!(names.iter().filter(|known| **known == name).count(), count);
        }
        let (fewest, most) = (counts().into_iter().min(), counts().into_iter().max());
        let fewest = fewest.expect("three");
        assert!(fewest > 0 && most.expect("three") <= may_have(fewest) + 1, "{:?}", counts());
        drop(ends);
        tasks.close();
        tasks.wait().await;
        assert_eq!(counts(), [0, 0, 0]);
    }

    #[test]
    fn a_loop_that_is_held_up_shows_and_the_others_go_on() {
        let event_loops = EventLoops::start(2).expect("threads");
        let handles: Vec<Handle> = event_loops.handles().cloned().collect();
        let (release, released) = mpsc::channel::<()>();
        let (told, begun) = mpsc::channel();
        handles[0].spawn(async move {
            told.send(()).expect("somebody waits");
            released.recv()
        });
        begun.recv_timeout(PATIENCE).expect("it is held up now");
        event_loops.ask_for_lag();
        let (told, gone_on) = mpsc::channel();
        handles[1].spawn(async move { told.send(()) });
        gone_on.recv_timeout(PATIENCE).expect("the other goes on");
        thread::sleep(Duration::from_millis(50));
        assert!(event_loops.take_lag_max() >= Duration::from_millis(50), "it shows while it lasts");
        release.send(()).expect("it waits");
        let (told, answered) = mpsc::channel();
        handles[0].spawn(async move { told.send(()) });
        answered.recv_timeout(PATIENCE).expect("it goes on too");
        assert!(event_loops.take_lag_max() >= Duration::from_millis(50));
        assert_eq!(event_loops.take_lag_max(), Duration::ZERO, "it is told once");
    }

    #[test]
    fn threads_end_with_the_last_clone() {
        let event_loops = EventLoops::start(1).expect("a thread");
        let witness = Arc::new(());
        let held = Arc::clone(&witness);
        event_loops.handles().next().expect("one").spawn(async move {
            std::future::pending::<()>().await;
            drop(held);
        });
        drop(event_loops.clone());
        assert_eq!(Arc::strong_count(&witness), 2, "one is left");
        drop(event_loops);
        let began = Instant::now();
        while Arc::strong_count(&witness) > 1 {
            assert!(began.elapsed() < PATIENCE, "its tasks are not dropped");
            thread::sleep(Duration::from_millis(1));
        }
    }
}
