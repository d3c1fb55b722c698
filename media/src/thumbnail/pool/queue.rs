//! Who asked for what, what runs, and whose turn is next: a plain structure that knows no threads and
//! is told the time. Nothing here blocks, or calls what a caller gave.
//!
//! For each key there is at most one entry in the queue, and at most one run that is neither
//! cancelled nor abandoned. An ask finds the run, or else the entry, and joins it. A key whose run was
//! cancelled is not started again before that run has ended, because two decoders at the same picture
//! help nobody; an abandoned run holds up nobody.

use std::collections::VecDeque;
use std::time::Instant;

use super::state::{PoolSettings, PoolState, Priority};
use super::sync::Arc;
use super::why::Why;
use super::worker::Cancel;

/// Who asked, as a number that is never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asker(u64);

/// One run of some work, as a number that is never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run(u64);

/// How work ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Done,
    Failed,
    Panicked,
}

/// Work of kind `W`, asked for by keys of kind `K`; a seat (`S`) is where an asker's answer goes.
#[derive(Debug)]
pub(super) struct Queue<K, W, S> {
    settings: PoolSettings,
    waiting: VecDeque<Queued<K, W, S>>,
    background: VecDeque<Queued<K, W, S>>,
    running: Vec<Running<K, S>>,
    numbers: u64,
    is_closed: bool,
    state: PoolState,
}

#[derive(Debug)]
struct Queued<K, W, S> {
    key: K,
    bytes: u64,
    work: W,
    seats: Vec<(Asker, S)>,
    /// When its turn must have come.
    due: Instant,
}

#[derive(Debug)]
struct Running<K, S> {
    run: Run,
    key: K,
    bytes: u64,
    seats: Vec<(Asker, S)>,
    cancel: Arc<Cancel>,
    began: Instant,
    due: Instant,
    phase: Phase,
}

impl<K: Eq, S> Running<K, S> {
    fn is_wanted_for(&self, key: &K) -> bool {
        self.phase == Phase::Wanted && self.key == *key
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Somebody waits for it.
    Wanted,
    /// Nobody does, and it was told.
    Cancelled,
    /// It did not end in time, or in time for the end of the pool.
    Abandoned,
}

/// What somebody wants.
#[derive(Debug)]
pub(super) struct Ask<K, W, S> {
    pub(super) key: K,
    pub(super) priority: Priority,
    pub(super) bytes: u64,
    pub(super) work: W,
    pub(super) seat: S,
}

/// Work whose turn has come.
#[derive(Debug)]
pub(super) struct Started<W> {
    pub(super) run: Run,
    pub(super) work: W,
    pub(super) cancel: Arc<Cancel>,
}

/// What left the queue without running, and whom that concerns. To be dropped and answered where no
/// lock is held: both call what others wrote.
#[derive(Debug)]
pub(super) struct Dropped<W, S> {
    pub(super) works: Vec<W>,
    pub(super) seats: Vec<(S, Why)>,
}

impl<W, S> Dropped<W, S> {
    pub(super) fn none() -> Self {
        Self { works: Vec::new(), seats: Vec::new() }
    }

    fn add<K>(&mut self, queued: Queued<K, W, S>, why: Why) {
        self.works.push(queued.work);
        self.seat_all(queued.seats, why);
    }

    fn seat_all(&mut self, seats: Vec<(Asker, S)>, why: Why) {
        self.seats.extend(seats.into_iter().map(|(_, seat)| (seat, why)));
    }
}

impl<K: Eq, W, S> Queue<K, W, S> {
    pub(super) fn new(settings: PoolSettings) -> Self {
        Self {
            settings,
            waiting: VecDeque::new(),
            background: VecDeque::new(),
            running: Vec::new(),
            numbers: 0,
            is_closed: false,
            state: PoolState::default(),
        }
    }

    /// Takes an ask in, or says why not. What is not needed comes back, to be dropped: all of an ask
    /// that is refused, the work of one that joins.
    pub(super) fn ask(
        &mut self,
        ask: Ask<K, W, S>,
        now: Instant,
    ) -> Result<(Asker, Option<W>), (Why, W, S)> {
        if let Err(why) = self.admit(&ask) {
            self.state.refused_total += 1;
            return Err((why, ask.work, ask.seat));
        }
        self.state.askers += 1;
        let asker = Asker(self.number());
        if let Some(seats) = self.seats_of(&ask.key) {
            seats.push((asker, ask.seat));
            self.state.joined_total += 1;
            if ask.priority == Priority::Waiting {
                self.promote(&ask.key, now);
            }
            return Ok((asker, Some(ask.work)));
        }
        let Ask { key, priority, bytes, work, seat } = ask;
        let seats = vec![(asker, seat)];
        let (queue, due) = match priority {
            Priority::Waiting => (&mut self.waiting, now + self.settings.wait_max),
            Priority::Background => (&mut self.background, now + self.settings.background_wait_max),
        };
        queue.push_back(Queued { key, bytes, work, seats, due });
        Ok((asker, None))
    }

    /// Whether an ask may come in. One that joins needs a ticket, and a place if it is to overtake.
    fn admit(&self, ask: &Ask<K, W, S>) -> Result<(), Why> {
        if self.is_closed {
            return Err(Why::Closed);
        }
        if self.state.askers >= self.settings.askers_max {
            return Err(Why::TooManyAskers);
        }
        let places = match ask.priority {
            Priority::Waiting => self.settings.waiting_max,
            Priority::Background => self.settings.background_max,
        };
        let has_place = self.queue(ask.priority).len() < places;
        let is_running = self.running.iter().any(|running| running.is_wanted_for(&ask.key));
        let is_queued_in =
            |priority| self.queue(priority).iter().any(|queued| queued.key == ask.key);
        if is_running || is_queued_in(ask.priority) || is_queued_in(Priority::Waiting) {
            return Ok(());
        }
        let is_new = !is_queued_in(Priority::Background);
        if is_new && ask.bytes > self.settings.bytes_max {
            return Err(Why::TooLarge);
        }
        if is_new && self.abandoned() >= self.settings.abandoned_max {
            return Err(Why::TooManyAbandoned);
        }
        if is_new && ask.bytes > self.bytes_obtainable() {
            return Err(Why::MemoryHeld);
        }
        if has_place { Ok(()) } else { Err(Why::QueueFull) }
    }

    /// Those who want what is on its way for a key.
    fn seats_of(&mut self, key: &K) -> Option<&mut Vec<(Asker, S)>> {
        if let Some(running) = self.running.iter_mut().find(|running| running.is_wanted_for(key)) {
            return Some(&mut running.seats);
        }
        let mut queued = self.waiting.iter_mut().chain(&mut self.background);
        queued.find(|queued| queued.key == *key).map(|queued| &mut queued.seats)
    }

    /// Moves what somebody waits for now before all that nobody does.
    fn promote(&mut self, key: &K, now: Instant) {
        if let Some(at) = self.background.iter().position(|queued| queued.key == *key) {
            let mut queued = self.take(Priority::Background, at);
            queued.due = queued.due.min(now + self.settings.wait_max);
            self.waiting.push_back(queued);
        }
    }

    /// Forgets an asker who no longer wants his answer; does nothing if he got it. The work comes
    /// back if he was the last to want it and it had not begun.
    pub(super) fn leave(&mut self, asker: Asker) -> Option<(Option<W>, S)> {
        for queue in [&mut self.waiting, &mut self.background] {
            for at in 0..queue.len() {
                let Some(seat) = take_seat(&mut queue[at].seats, asker) else { continue };
                self.state.askers -= 1;
                if !queue[at].seats.is_empty() {
                    return Some((None, seat));
                }
                self.state.cancelled_total += 1;
                let queued = queue.remove(at).expect("it was just found there");
                return Some((Some(queued.work), seat));
            }
        }
        for running in &mut self.running {
            let Some(seat) = take_seat(&mut running.seats, asker) else { continue };
            self.state.askers -= 1;
            if running.seats.is_empty() {
                running.phase = Phase::Cancelled;
                running.cancel.cancel();
                self.state.cancelled_total += 1;
            }
            return Some((None, seat));
        }
        None
    }

    /// Takes out the work whose turn it is. Strictly in order: nothing overtakes what does not fit
    /// yet, or a large picture would wait for as long as small ones come. What could not even
    /// run alone, because abandoned threads hold the memory, is dropped.
    pub(super) fn start(
        &mut self,
        now: Instant,
        dropped: &mut Dropped<W, S>,
    ) -> Option<Started<W>> {
        for priority in [Priority::Waiting, Priority::Background] {
            let mut at = 0;
            while let Some(next) = self.queue(priority).get(at) {
                if next.bytes > self.bytes_obtainable() {
                    self.drop_queued(priority, at, Why::MemoryHeld, dropped);
                    continue;
                }
                let is_still_running = self
                    .running
                    .iter()
                    .any(|running| running.phase == Phase::Cancelled && running.key == next.key);
                if is_still_running {
                    at += 1;
                    continue;
                }
                if next.bytes > self.settings.bytes_max - self.running_bytes() {
                    return None;
                }
                let queued = self.take(priority, at);
                return Some(self.begin(queued, now));
            }
        }
        None
    }

    fn queue(&self, priority: Priority) -> &VecDeque<Queued<K, W, S>> {
        match priority {
            Priority::Waiting => &self.waiting,
            Priority::Background => &self.background,
        }
    }

    fn take(&mut self, priority: Priority, at: usize) -> Queued<K, W, S> {
        let queue = match priority {
            Priority::Waiting => &mut self.waiting,
            Priority::Background => &mut self.background,
        };
        queue.remove(at).expect("the caller found it there")
    }

    fn drop_queued(
        &mut self,
        priority: Priority,
        at: usize,
        why: Why,
        dropped: &mut Dropped<W, S>,
    ) {
        let queued = self.take(priority, at);
        self.state.askers -= queued.seats.len();
        self.state.expired_total += 1;
        dropped.add(queued, why);
    }

    fn begin(&mut self, queued: Queued<K, W, S>, now: Instant) -> Started<W> {
        let run = Run(self.number());
        let cancel = Arc::new(Cancel::new());
        let Queued { key, bytes, work, seats, .. } = queued;
        self.running.push(Running {
            run,
            key,
            bytes,
            seats,
            cancel: cancel.clone(),
            began: now,
            due: now + self.settings.job_time_max,
            phase: Phase::Wanted,
        });
        Started { run, work, cancel }
    }

    /// Notes that a run has ended, and says whom to answer. A value that comes after its askers have
    /// gone goes to those who have asked for the same key since; their own work is dropped.
    pub(super) fn end(
        &mut self,
        run: Run,
        ending: Ending,
        now: Instant,
        dropped: &mut Dropped<W, S>,
    ) -> Vec<S> {
        let at = self.running.iter().position(|running| running.run == run);
        let running = self.running.swap_remove(at.expect("a run ends once"));
        if running.phase != Phase::Abandoned {
            self.state.seconds.add(now.saturating_duration_since(running.began));
        }
        if running.phase == Phase::Wanted {
            match ending {
                Ending::Done => self.state.done_total += 1,
                Ending::Failed => self.state.failed_total += 1,
                Ending::Panicked => self.state.panicked_total += 1,
            }
        }
        let mut seats = running.seats;
        if ending == Ending::Done && running.phase != Phase::Wanted {
            for priority in [Priority::Waiting, Priority::Background] {
                let is_same = |queued: &Queued<K, W, S>| queued.key == running.key;
                if let Some(at) = self.queue(priority).iter().position(is_same) {
                    let queued = self.take(priority, at);
                    dropped.works.push(queued.work);
                    seats.extend(queued.seats);
                }
            }
        }
        self.state.askers -= seats.len();
        seats.into_iter().map(|(_, seat)| seat).collect()
    }

    /// Gives up what is over its time, and says which runs are now abandoned.
    pub(super) fn expire(&mut self, now: Instant, dropped: &mut Dropped<W, S>) -> Vec<Run> {
        for priority in [Priority::Waiting, Priority::Background] {
            // Who joined later waits no longer than who asked first.
            while let Some(at) = self.queue(priority).iter().position(|queued| queued.due <= now) {
                self.drop_queued(priority, at, Why::WaitedTooLong, dropped);
            }
        }
        self.abandon(Why::RanTooLong, dropped, |running| running.due <= now)
    }

    /// Takes nothing any more and drops all that has not begun. What runs goes on.
    pub(super) fn close(&mut self, dropped: &mut Dropped<W, S>) {
        self.is_closed = true;
        for queued in self.waiting.drain(..).chain(self.background.drain(..)) {
            self.state.askers -= queued.seats.len();
            self.state.cancelled_total += 1;
            dropped.add(queued, Why::Closed);
        }
    }

    /// Gives up all that runs.
    pub(super) fn abandon_all(&mut self, dropped: &mut Dropped<W, S>) -> Vec<Run> {
        self.abandon(Why::Closed, dropped, |_| true)
    }

    fn abandon(
        &mut self,
        why: Why,
        dropped: &mut Dropped<W, S>,
        which: impl Fn(&Running<K, S>) -> bool,
    ) -> Vec<Run> {
        let mut abandoned = Vec::new();
        for running in &mut self.running {
            if running.phase == Phase::Abandoned || !which(running) {
                continue;
            }
            running.phase = Phase::Abandoned;
            running.cancel.cancel();
            self.state.askers -= running.seats.len();
            self.state.deadline_total += u64::from(why == Why::RanTooLong);
            dropped.seat_all(std::mem::take(&mut running.seats), why);
            abandoned.push(running.run);
        }
        abandoned
    }

    /// When something is over its time next.
    pub(super) fn next_due(&self) -> Option<Instant> {
        let in_queue = self.waiting.iter().chain(&self.background).map(|queued| queued.due);
        let running = self.running.iter().filter(|running| running.phase != Phase::Abandoned);
        in_queue.chain(running.map(|running| running.due)).min()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// How things are.
    pub(super) fn state(&self) -> PoolState {
        let abandoned = self.abandoned();
        PoolState {
            queued_waiting: self.waiting.len(),
            queued_background: self.background.len(),
            busy: self.running.len() - abandoned,
            abandoned,
            running_bytes: self.running_bytes(),
            ..self.state.clone()
        }
    }

    fn abandoned(&self) -> usize {
        self.running.iter().filter(|running| running.phase == Phase::Abandoned).count()
    }

    /// Bytes that work can have which runs alone, but for abandoned threads.
    fn bytes_obtainable(&self) -> u64 {
        let abandoned = self.running.iter().filter(|running| running.phase == Phase::Abandoned);
        self.settings.bytes_max - abandoned.map(|running| running.bytes).sum::<u64>()
    }

    fn running_bytes(&self) -> u64 {
        self.running.iter().map(|running| running.bytes).sum()
    }

    fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }
}

fn take_seat<S>(seats: &mut Vec<(Asker, S)>, asker: Asker) -> Option<S> {
    let at = seats.iter().position(|(whose, _)| *whose == asker)?;
    Some(seats.remove(at).1)
}
