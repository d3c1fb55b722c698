//! The tasks of an HTTP/2 connection: one a stream, none of which outlives the connection.

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

/// Runs a stream until it ends or nothing has woken it for the whole time limit: then its client
/// takes nothing of it, and dropping it resets it. The connection may well go on.
async fn until_stalled(stream: impl Future<Output = ()>, stall_timeout: Duration) {
    let mut stream = pin!(stream);
    let mut alarm = pin!(tokio::time::sleep(stall_timeout));
    std::future::poll_fn(|cx| {
        if alarm.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        alarm.as_mut().reset(Instant::now() + stall_timeout);
        // Its waker stands from the poll above: a later deadline needs no new one.
        stream.as_mut().poll(cx)
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
