//! One thread that works: takes what the keeper lays down, and lays down what came of it.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::low_priority::lower_this_thread;
use super::queue::Run;
use super::sync::{Arc, Builder, Mutex, MutexGuard, PoisonError, Thread, current, park};
use crate::error::{Error, Kind, Result};

/// What work looks at to learn that nobody wants it any more.
#[derive(Debug)]
pub struct Cancel(AtomicBool);

impl Cancel {
    pub(in crate::thumbnail) fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    pub(super) fn cancel(&self) {
        self.0.store(true, Relaxed);
    }

    /// Whether nobody wants the value any more. Once so, it stays so.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Relaxed)
    }

    /// For use with `?` between two steps.
    ///
    /// # Errors
    /// [`Kind::Unavailable`] if nobody wants the value any more.
    pub fn check(&self) -> Result<()> {
        if self.is_cancelled() {
            return Err(Error::new(Kind::Unavailable, "making a picture that nobody waits for"));
        }
        Ok(())
    }
}

/// What makes a value.
pub(super) type Work<V> = Box<dyn FnOnce(&Cancel) -> Result<V> + Send>;

/// What came of it; none if it panicked.
pub(super) type Outcome<V> = Option<Result<V>>;

/// The place that a worker shares with the keeper. Each holds its lock for as long as it takes to
/// exchange the content.
struct Place<V>(Mutex<Content<V>>);

enum Content<V> {
    /// Nothing to do, or at work.
    Empty,
    /// From the keeper.
    Ordered(Order<V>),
    /// From the worker: this came of it.
    Ended(Run, Outcome<V>),
    /// From the worker: the thread is about to end.
    Left,
}

/// What the keeper tells a worker.
enum Order<V> {
    Work(Run, Work<V>, Arc<Cancel>),
    Leave,
}

/// What the keeper finds in a place.
pub(super) enum Found<V> {
    Nothing,
    Ended(Run, Outcome<V>),
    Left,
}

/// A worker as the keeper sees it.
pub(super) struct Worker<V> {
    place: Arc<Place<V>>,
    thread: Thread,
    pub(super) post: Post,
}

/// What the keeper knows a worker to be doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Post {
    Idle,
    At(Run),
    /// At something that did not end in time; to go when it does.
    Abandoned,
    /// Told to go.
    Dismissed,
}

impl<V: Send + 'static> Worker<V> {
    /// Starts a thread that lowers itself and waits for work. It wakes the calling thread, which must
    /// be the keeper, whenever there is something to find in its place.
    pub(super) fn start(name: &str) -> std::io::Result<Self> {
        let place = Arc::new(Place(Mutex::new(Content::Empty)));
        let keeper = current();
        let thread = Builder::new().name(name.to_owned()).spawn({
            let place = place.clone();
            move || {
                lower_this_thread();
                place.serve(&keeper);
            }
        })?;
        let thread = thread.thread().clone();
        Ok(Self { place, thread, post: Post::Idle })
    }

    pub(super) fn is_idle(&self) -> bool {
        self.post == Post::Idle
    }

    pub(super) fn is_abandoned(&self) -> bool {
        self.post == Post::Abandoned
    }

    /// Whether it works, or would.
    pub(super) fn is_at_hand(&self) -> bool {
        matches!(self.post, Post::Idle | Post::At(_))
    }

    /// Lays down work for a worker that is idle.
    pub(super) fn give(&mut self, run: Run, work: Work<V>, cancel: Arc<Cancel>) {
        self.post = Post::At(run);
        self.place.lay_down(Content::Ordered(Order::Work(run, work, cancel)));
        self.thread.unpark();
    }

    /// Leaves a worker alone that is at one of these.
    pub(super) fn abandon_if_at(&mut self, runs: &[Run]) {
        if matches!(self.post, Post::At(run) if runs.contains(&run)) {
            self.post = Post::Abandoned;
        }
    }

    /// Lets a worker go that has nothing to do.
    pub(super) fn dismiss(&mut self) {
        self.post = Post::Dismissed;
        self.place.lay_down(Content::Ordered(Order::Leave));
        self.thread.unpark();
    }

    /// Takes what the worker laid down, if anything. Then it is idle, or may go if it was abandoned.
    pub(super) fn collect(&mut self) -> Found<V> {
        let found = self.place.take_found();
        if matches!(found, Found::Ended(..)) {
            match self.post {
                Post::Abandoned => self.dismiss(),
                _ => self.post = Post::Idle,
            }
        }
        found
    }
}

impl<V> Place<V> {
    /// The life of a worker.
    fn serve(&self, keeper: &Thread) {
        loop {
            match self.take_order() {
                Some(Order::Work(run, work, cancel)) => {
                    let outcome = contained(|| work(&cancel));
                    self.lay_down(Content::Ended(run, outcome));
                    keeper.unpark();
                }
                Some(Order::Leave) => {
                    self.lay_down(Content::Left);
                    keeper.unpark();
                    return;
                }
                None => park(),
            }
        }
    }

    /// Takes what the keeper laid down, if anything. What lies there for the keeper stays: were it
    /// lifted for a moment, the keeper could miss it and sleep.
    fn take_order(&self) -> Option<Order<V>> {
        let mut content = self.lock();
        match mem::replace(&mut *content, Content::Empty) {
            Content::Ordered(order) => Some(order),
            other => {
                *content = other;
                None
            }
        }
    }

    /// Takes what the worker laid down.
    fn take_found(&self) -> Found<V> {
        let mut content = self.lock();
        match mem::replace(&mut *content, Content::Empty) {
            Content::Ended(run, outcome) => Found::Ended(run, outcome),
            Content::Left => Found::Left,
            other => {
                *content = other;
                Found::Nothing
            }
        }
    }

    fn lay_down(&self, content: Content<V>) {
        *self.lock() = content;
    }

    fn lock(&self) -> MutexGuard<'_, Content<V>> {
        // Nothing panics while it is locked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Calls something whose panics end it and nothing else, and says whether it did not panic. What it
/// had in hand must be its own.
pub(super) fn contained<T>(call: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(value) => Some(value),
        Err(payload) => {
            // What was thrown may itself panic when it is dropped; what that throws is left to leak.
            if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
                mem::forget(second);
            }
            None
        }
    }
}
