//! The thread that hands out work, watches the time and answers who asked.

use std::time::Instant;

use super::handle::{Answer, Dropped, Seat, Shared};
use super::queue::{Ending, Run, Started};
use super::state::PoolSettings;
use super::sync::{Arc, now, park, park_timeout};
use super::why::Why;
use super::worker::{Found, Outcome, Work, Worker, contained};
use crate::limits::THUMBNAIL_THREAD_RETRY;

/// Owns the workers; all it shares with those who ask is the queue.
pub(super) struct Keeper<K, V> {
    shared: Arc<Shared<K, V>>,
    settings: PoolSettings,
    workers: Vec<Worker<V>>,
}

/// What a look at the queue led to. To be done without its lock.
struct Turn<V> {
    answers: Vec<(Vec<Seat<V>>, Answer<V>)>,
    dropped: Dropped<V>,
    given: Vec<(usize, Started<Work<V>>)>,
    is_closed: bool,
    is_given_up: bool,
    next_due: Option<Instant>,
}

impl<K: Eq, V: Send + 'static> Keeper<K, V> {
    pub(super) fn new(shared: Arc<Shared<K, V>>, settings: PoolSettings) -> Self {
        Self { shared, settings, workers: Vec::new() }
    }

    /// Returns when the pool is closed and all threads have ended.
    pub(super) fn run(mut self) {
        let mut retry_at = None;
        loop {
            let ended = self.collect();
            let turn = self.turn(ended);
            for (at, Started { run, work, cancel }) in turn.given {
                self.workers[at].give(run, work, cancel);
            }
            for (seats, answer) in turn.answers {
                contained(|| seats.into_iter().for_each(|seat| drop(seat.send(answer.clone()))));
                contained(|| drop(answer));
            }
            turn.dropped.answer();
            if turn.is_closed {
                retry_at = None;
                self.workers.iter_mut().filter(|worker| worker.is_idle()).for_each(Worker::dismiss);
                if self.workers.is_empty() || turn.is_given_up {
                    let left = self.workers.iter().filter(|worker| worker.is_abandoned()).count();
                    self.shared.tell_drained(left);
                }
                if self.workers.is_empty() {
                    return;
                }
            } else if retry_at.is_none_or(|at| at <= now()) {
                let hired = self.hire();
                retry_at = hired.is_err().then(|| now() + THUMBNAIL_THREAD_RETRY);
                if hired.is_ok_and(|count| count > 0) {
                    continue;
                }
            }
            match turn.next_due.into_iter().chain(retry_at).min() {
                Some(next) => park_timeout(next.saturating_duration_since(now())),
                None => park(),
            }
        }
    }

    /// What workers have laid down. Those that were abandoned may go.
    fn collect(&mut self) -> Vec<(Run, Outcome<V>)> {
        let mut ended = Vec::new();
        self.workers.retain_mut(|worker| match worker.collect() {
            Found::Nothing => true,
            Found::Ended(run, outcome) => {
                ended.push((run, outcome));
                true
            }
            Found::Left => false,
        });
        ended
    }

    /// Tells the queue what happened, and asks whose turn is next.
    fn turn(&mut self, ended: Vec<(Run, Outcome<V>)>) -> Turn<V> {
        let now = now();
        let mut shared = self.shared.lock();
        let mut dropped = Dropped::none();
        let mut answers = Vec::new();
        for (run, outcome) in ended {
            let (ending, answer) = match outcome {
                Some(Ok(value)) => (Ending::Done, Ok(Arc::new(value))),
                Some(Err(error)) => (Ending::Failed, Err(Arc::new(error))),
                None => (Ending::Panicked, Err(Arc::new(Why::Panicked.error()))),
            };
            answers.push((shared.queue.end(run, ending, now, &mut dropped), answer));
        }
        let mut abandoned = shared.queue.expire(now, &mut dropped);
        let is_given_up = shared.drain_by.is_some_and(|by| by <= now);
        if is_given_up {
            abandoned.extend(shared.queue.abandon_all(&mut dropped));
        }
        for worker in &mut self.workers {
            worker.abandon_if_at(&abandoned);
        }
        let mut given = Vec::new();
        let at_idle = (0..self.workers.len()).filter(|at| self.workers[*at].is_idle());
        for at in at_idle {
            let Some(started) = shared.queue.start(now, &mut dropped) else { break };
            given.push((at, started));
        }
        let drain_due = shared.drain_by.filter(|_| !is_given_up);
        let next_due = shared.queue.next_due().into_iter().chain(drain_due).min();
        let is_closed = shared.queue.is_closed();
        Turn { answers, dropped, given, is_closed, is_given_up, next_due }
    }

    /// Starts threads where there are too few, and says how many. Those that were abandoned are
    /// replaced, within their bound.
    fn hire(&mut self) -> std::io::Result<usize> {
        let wanted = self.settings.threads.get();
        let at_hand = self.workers.iter().filter(|worker| worker.is_at_hand()).count();
        let room = (wanted + self.settings.abandoned_max).saturating_sub(self.workers.len());
        let count = wanted.saturating_sub(at_hand).min(room);
        for _ in 0..count {
            match Worker::start(self.settings.name) {
                Ok(worker) => self.workers.push(worker),
                Err(error) => {
                    tracing::warn!(%error, "cannot start a thread that makes pictures");
                    return Err(error);
                }
            }
        }
        Ok(count)
    }
}
