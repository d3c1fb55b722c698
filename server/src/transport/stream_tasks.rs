//! The tasks of an HTTP/2 connection: one a stream, none of which outlives the connection.

use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::rt::Executor;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Runs streams; clones run them in the same set. When the last is dropped, so are its streams.
#[derive(Clone, Debug)]
pub(super) struct StreamTasks {
    running: Arc<Mutex<JoinSet<()>>>,
    stall_timeout: Duration,
}

impl StreamTasks {
    pub(super) fn new(stall_timeout: Duration) -> Self {
        Self { running: Arc::default(), stall_timeout }
    }

    /// Forgets streams that have ended, and wakes the connection when another does: it may have
    /// become idle.
    pub(super) fn poll_ended(&self, cx: &mut Context<'_>) {
        let mut running = self.lock();
        while let Poll::Ready(Some(_)) = running.poll_join_next(cx) {}
    }

    fn lock(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<F> Executor<F> for StreamTasks
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, stream: F) {
        self.lock().spawn(until_stalled(stream, self.stall_timeout));
    }
}

thread_local! {
    /// What [`note_own_wait`] notes about the stream that is being polled.
    static WAITS_FOR_US: Cell<bool> = const { Cell::new(false) };
}

/// Notes that the stream being polled waits for a handler or a disk, which have time limits of their
/// own, and not for its client. What a stream waits for is known down here alone: for the client it
/// waits inside hyper.
pub(super) fn note_own_wait() {
    WAITS_FOR_US.set(true);
}

/// The same future; while it is pending, the stream that polls it waits for us.
pub(super) async fn waited_for<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    std::future::poll_fn(|cx| {
        let done = future.as_mut().poll(cx);
        if done.is_pending() {
            note_own_wait();
        }
        done
    })
    .await
}

/// Runs a stream until it ends or nothing but its client could wake it for the whole time limit: then
/// the client takes nothing of it, and dropping it resets it. The connection may well go on.
async fn until_stalled(stream: impl Future<Output = ()>, stall_timeout: Duration) {
    let mut stream = pin!(stream);
    let mut alarm = pin!(tokio::time::sleep(stall_timeout));
    let mut waits_for_us = false;
    std::future::poll_fn(|cx| {
        if alarm.as_mut().poll(cx).is_ready() && !waits_for_us {
            return Poll::Ready(());
        }
        // Its waker stands from the poll above: a later deadline needs no new one.
        alarm.as_mut().reset(Instant::now() + stall_timeout);
        WAITS_FOR_US.set(false);
        let ended = stream.as_mut().poll(cx);
        waits_for_us = WAITS_FOR_US.get();
        ended
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_stream_ends_once_nothing_wakes_it() {
        const STALL_TIMEOUT: Duration = Duration::from_secs(1);
        let moves = async {
            for _ in 0..6 {
                tokio::time::sleep(STALL_TIMEOUT / 4).await;
            }
            std::future::pending::<()>().await;
        };
        let begun = Instant::now();
        until_stalled(moves, STALL_TIMEOUT).await;
        assert!(begun.elapsed() > 2 * STALL_TIMEOUT, "{:?}", begun.elapsed());
    }

    #[tokio::test]
    async fn a_stream_that_waits_for_us_goes_on() {
        const STALL_TIMEOUT: Duration = Duration::from_millis(200);
        let begun = Instant::now();
        let stream = async {
            waited_for(tokio::time::sleep(5 * STALL_TIMEOUT)).await;
            std::future::pending::<()>().await;
        };
        until_stalled(stream, STALL_TIMEOUT).await;
        assert!(begun.elapsed() >= 6 * STALL_TIMEOUT, "{:?}", begun.elapsed());
    }

    #[tokio::test]
    async fn streams_do_not_outlive_their_connection() {
        let witness = Arc::new(());
        let held = Arc::clone(&witness);
        let tasks = StreamTasks::new(Duration::from_mins(1));
        tasks.execute(async move {
            std::future::pending::<()>().await;
            drop(held);
        });
        tokio::task::yield_now().await;
        drop(tasks);
        while Arc::strong_count(&witness) > 1 {
            tokio::task::yield_now().await;
        }
    }
}
