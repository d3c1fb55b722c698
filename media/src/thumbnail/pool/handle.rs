//! The pool as those see it who ask.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::keeper::Keeper;
use super::queue::{self, Ask, Asker, Queue};
use super::state::{PoolSettings, PoolState, Priority};
use super::sync::{Arc, Builder, Mutex, MutexGuard, PoisonError, Thread, now};
use super::why::Why;
use super::worker::{Cancel, Work, contained};
use crate::error::{Error, Result};

/// What all get who asked for the same.
pub(super) type Answer<V> = Result<Arc<V>, Arc<Error>>;

/// Where an asker's answer goes.
pub(super) type Seat<V> = oneshot::Sender<Answer<V>>;

pub(super) type Dropped<V> = queue::Dropped<Work<V>, Seat<V>>;

impl<V> Dropped<V> {
    /// Tells those concerned, and drops the work. Both call what others wrote.
    pub(super) fn answer(self) {
        for (seat, why) in self.seats {
            contained(|| drop(seat.send(Err(Arc::new(why.error())))));
        }
        for work in self.works {
            contained(|| drop(work));
        }
    }
}

/// A pool of threads that make values of kind `V`, asked for by keys of kind `K`. See the [module](super).
///
/// Clones are the same pool. When the last is dropped nothing new begins, what runs ends, and the
/// threads go.
pub struct Pool<K: Eq, V>(Arc<Owner<K, V>>);

/// What all of a pool's handles and tickets hold.
struct Door<K, V> {
    shared: Arc<Shared<K, V>>,
    keeper: Thread,
}

/// What all of a pool's handles hold, and nobody else.
struct Owner<K: Eq, V>(Door<K, V>);

/// What those who ask share with the keeper.
pub(super) struct Shared<K, V>(Mutex<Inside<K, V>>);

pub(super) struct Inside<K, V> {
    pub(super) queue: Queue<K, Work<V>, Seat<V>>,
    /// When to give up what runs, once the pool is to end.
    pub(super) drain_by: Option<Instant>,
    /// Those who wait for the end; none once it has come.
    drains: Option<Vec<oneshot::Sender<usize>>>,
}

impl<K: Eq + Send + 'static, V: Send + Sync + 'static> Pool<K, V> {
    /// Starts the pool's threads.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(settings: PoolSettings) -> Result<Self> {
        let queue = Queue::new(settings.clone());
        let inside = Inside { queue, drain_by: None, drains: Some(Vec::new()) };
        let shared = Arc::new(Shared(Mutex::new(inside)));
        let keeper = Builder::new()
            .name(format!("{}-keep", settings.name))
            .spawn({
                let keeper = Keeper::new(shared.clone(), settings);
                move || keeper.run()
            })
            .map_err(|error| Error::io("starting the thread that keeps the queue", error))?;
        let keeper = keeper.thread().clone();
        Ok(Self(Arc::new(Owner(Door { shared, keeper }))))
    }

    /// Asks for what `key` stands for. `work` makes it, on a thread of low priority, using `bytes` of
    /// memory at most; it may look at its [`Cancel`] between two steps. If the same is already on its
    /// way, `work` is dropped and that is waited for; in the queue it then stands where the more
    /// urgent of the asks puts it, and stays there.
    ///
    /// Does not block, and may be called anywhere; nobody ever waits for a slow thread here.
    ///
    /// # Errors
    /// At once: [`Kind::Busy`] if the queue is full, too many wait, or threads that do not come to an
    /// end hold what is needed; [`Kind::Unsupported`] if it never fits; [`Kind::Unavailable`] if the
    /// pool is ending.
    ///
    /// [`Kind::Busy`]: crate::error::Kind::Busy
    /// [`Kind::Unsupported`]: crate::error::Kind::Unsupported
    /// [`Kind::Unavailable`]: crate::error::Kind::Unavailable
    pub fn ask(
        &self,
        key: K,
        priority: Priority,
        bytes: u64,
        work: impl FnOnce(&Cancel) -> Result<V> + Send + 'static,
    ) -> Result<Ticket<K, V>> {
        let door = &self.0.0;
        let (seat, answer) = oneshot::channel();
        let ask = Ask { key, priority, bytes, work: Box::new(work) as Work<V>, seat };
        let admitted = door.shared.lock().queue.ask(ask, now());
        match admitted {
            Ok((asker, unneeded)) => {
                // One that joins may move something to the front.
                door.keeper.unpark();
                drop(unneeded);
                Ok(Ticket { door: door.clone(), asker, answer, is_answered: false })
            }
            Err((why, _work, _seat)) => Err(why.error()),
        }
    }

    /// How things are. Does not block.
    pub fn state(&self) -> PoolState {
        self.0.0.shared.lock().queue.state()
    }

    /// Ends the pool: takes nothing any more, drops what has not begun with
    /// [`Kind::Unavailable`](crate::error::Kind::Unavailable), and waits for what runs, for `time_max` at
    /// most. What still runs then is answered likewise, told so, and left alone. Returns how many
    /// threads that concerns; they end with their work or with the process.
    ///
    /// Of several drains the shortest time counts. If the future is dropped, the pool ends all the same.
    pub async fn drain(&self, time_max: Duration) -> usize {
        let (drained_to, drained) = oneshot::channel();
        self.0.0.close(Some((now() + time_max, drained_to)));
        // Dropped without an answer where the end has come before.
        drained.await.unwrap_or(0)
    }
}

impl<K: Eq, V> Clone for Pool<K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K, V> Clone for Door<K, V> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone(), keeper: self.keeper.clone() }
    }
}

impl<K: Eq, V> Door<K, V> {
    fn close(&self, drain: Option<(Instant, oneshot::Sender<usize>)>) {
        let mut dropped = Dropped::none();
        {
            let mut shared = self.shared.lock();
            shared.queue.close(&mut dropped);
            if let Some((by, drained)) = drain {
                shared.drain_by = Some(shared.drain_by.map_or(by, |other| other.min(by)));
                if let Some(drains) = &mut shared.drains {
                    drains.push(drained);
                }
            }
        }
        self.keeper.unpark();
        dropped.answer();
    }
}

impl<K: Eq, V> Drop for Owner<K, V> {
    fn drop(&mut self) {
        self.0.close(None);
    }
}

impl<K, V> Shared<K, V> {
    /// Held by threads of normal priority alone, for some microseconds.
    pub(super) fn lock(&self) -> MutexGuard<'_, Inside<K, V>> {
        // What panics under it is a key's comparison, which changes nothing.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells those who drain how many threads are left at work. With none this was the end, and who
    /// comes later is not kept waiting.
    pub(super) fn tell_drained(&self, threads_left: usize) {
        let drains = {
            let mut shared = self.lock();
            let drains = shared.drains.take();
            shared.drains = (threads_left > 0).then(Vec::new);
            drains
        };
        for drained in drains.into_iter().flatten() {
            // Who drained may have gone.
            let _ = drained.send(threads_left);
        }
    }
}

/// A place among those who wait for a value: a future of the value, or of why there is none. All who
/// asked for the same get the same.
///
/// Dropping it gives up the place. If nobody else wants the value, its work leaves the queue and is
/// dropped here, or, if it runs, is told so.
#[must_use = "dropping it cancels what was asked for"]
pub struct Ticket<K: Eq, V> {
    door: Door<K, V>,
    asker: Asker,
    answer: oneshot::Receiver<Answer<V>>,
    is_answered: bool,
}

impl<K: Eq, V> Ticket<K, V> {
    /// Waits for the answer. Blocks, for as long as the pool's limits on waiting and running together;
    /// not for use on the event loop, where it panics.
    pub fn wait(mut self) -> Answer<V> {
        let (_, none) = oneshot::channel();
        let answer = std::mem::replace(&mut self.answer, none).blocking_recv();
        self.is_answered = true;
        answer.unwrap_or_else(unanswered)
    }
}

impl<K: Eq, V> Future for Ticket<K, V> {
    type Output = Answer<V>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Answer<V>> {
        let answer = std::task::ready!(Pin::new(&mut self.answer).poll(context));
        self.is_answered = true;
        Poll::Ready(answer.unwrap_or_else(unanswered))
    }
}

impl<K: Eq, V> Drop for Ticket<K, V> {
    fn drop(&mut self) {
        if self.is_answered {
            return;
        }
        let left = self.door.shared.lock().queue.leave(self.asker);
        if left.is_some() {
            // What stood behind it may fit now.
            self.door.keeper.unpark();
        }
    }
}

/// The keeper answers all; it can only have met a fault.
fn unanswered<V>(_: oneshot::error::RecvError) -> Answer<V> {
    Err(Arc::new(Why::Panicked.error()))
}
