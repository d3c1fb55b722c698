//! How a server comes to its end, step by step.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

/// The end of a server, as all its connections hear of it. Clones are the same end.
///
/// A server that stops goes straight to [`Ending::stop`]. One that hands over to another takes three
/// steps, so that no request meets a closed door: [`Ending::announce`], [`Ending::settle`],
/// [`Ending::hand_over`].
#[derive(Clone, Debug, Default)]
pub struct Ending {
    steps: Arc<Steps>,
}

#[derive(Debug, Default)]
struct Steps {
    is_announced: AtomicBool,
    announced: CancellationToken,
    no_new_clients: CancellationToken,
    begun: CancellationToken,
    is_hand_over: AtomicBool,
    requests: TaskTracker,
}

impl Ending {
    /// No new clients; idle connections close, running answers have
    /// [`super::ConnectionLimits::drain_timeout`].
    pub fn stop(&self) {
        self.steps.is_hand_over.store(false, Relaxed);
        self.begin();
    }

    /// From now on answers say `Connection: close`, and HTTP/2 says GOAWAY: whoever asks again comes
    /// by a new connection.
    /// New clients are still accepted.
    pub fn announce(&self) {
        self.steps.is_announced.store(true, Relaxed);
        self.steps.announced.cancel();
    }

    /// Accepts nobody any more, gives those who were accepted `heads_wait` to ask, and then their
    /// handlers at most `answers_wait` to answer. New clients wait in the socket's backlog.
    pub async fn settle(&self, heads_wait: Duration, answers_wait: Duration) {
        self.steps.no_new_clients.cancel();
        tokio::time::sleep(heads_wait).await;
        self.steps.requests.close();
        // Those that are not done then fail as they would if the server had crashed.
        let _ = timeout(answers_wait, self.steps.requests.wait()).await;
    }

    /// As [`Ending::stop`], but running answers have
    /// [`super::ConnectionLimits::hand_over_timeout`].
    pub fn hand_over(&self) {
        self.steps.is_hand_over.store(true, Relaxed);
        self.begin();
    }

    /// Cancelled when running answers alone are left.
    pub fn begun(&self) -> &CancellationToken {
        &self.steps.begun
    }

    fn begin(&self) {
        self.announce();
        self.steps.no_new_clients.cancel();
        self.steps.begun.cancel();
    }

    pub(super) fn no_new_clients(&self) -> &CancellationToken {
        &self.steps.no_new_clients
    }

    /// Cancelled when clients are to come by new connections.
    pub(super) fn announced(&self) -> &CancellationToken {
        &self.steps.announced
    }

    pub(super) fn is_announced(&self) -> bool {
        self.steps.is_announced.load(Relaxed)
    }

    pub(super) fn is_hand_over(&self) -> bool {
        self.steps.is_hand_over.load(Relaxed)
    }

    /// Stands for a request whose handler works.
    pub(super) fn request(&self) -> TaskTrackerToken {
        self.steps.requests.token()
    }
}
