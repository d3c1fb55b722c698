//! The queue agrees with a slow and obvious one: a list of all work there ever was, in which every
//! question is answered by looking through all of it.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::super::queue::{Ask, Asker, Dropped, Ending, Queue, Run};
use super::super::why::Why;
use super::super::{PoolSettings, Priority};

/// A seat is the number of the ask; so is its work.
type NumberQueue = Queue<u8, u32, u32>;

#[derive(Clone, Copy, Debug)]
enum Event {
    Ask { key: u8, is_waiting: bool, bytes: u64 },
    Leave { which: usize },
    Start,
    End { which: usize, ending: u8 },
    Pass { seconds: u64 },
    Close,
    AbandonAll,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        8 => (0..5_u8, any::<bool>(), 0..12_u64)
            .prop_map(|(key, is_waiting, bytes)| Event::Ask { key, is_waiting, bytes }),
        4 => (0..8_usize).prop_map(|which| Event::Leave { which }),
        6 => Just(Event::Start),
        4 => (0..4_usize, 0..3_u8).prop_map(|(which, ending)| Event::End { which, ending }),
        2 => (1..12_u64).prop_map(|seconds| Event::Pass { seconds }),
        1 => prop_oneof![9 => Just(Event::Start), 1 => Just(Event::Close)],
        1 => prop_oneof![9 => Just(Event::Start), 1 => Just(Event::AbandonAll)],
    ]
}

fn settings() -> PoolSettings {
    PoolSettings {
        name: "queue",
        threads: NonZeroUsize::new(3).expect("not zero"),
        waiting_max: 3,
        background_max: 2,
        askers_max: 6,
        bytes_max: 10,
        abandoned_max: 2,
        job_time_max: Duration::from_secs(10),
        wait_max: Duration::from_secs(7),
        background_wait_max: Duration::from_secs(20),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Queue,
    Wanted,
    Cancelled,
    Abandoned,
    Over,
}

#[derive(Clone, Debug)]
struct Job {
    key: u8,
    work: u32,
    bytes: u64,
    /// Its place in line: those that somebody waits for first, then by when they came into that line.
    line: (bool, u32),
    seats: Vec<u32>,
    due_s: u64,
    at: At,
}

/// Whom an event answered, and with what: nothing stands for what the run gave.
type Answers = Vec<(u32, Option<Why>)>;

#[derive(Default)]
struct Obvious {
    jobs: Vec<Job>,
    now_s: u64,
    arrivals: u32,
    is_closed: bool,
}

impl Obvious {
    fn at(&self, at: At) -> Vec<usize> {
        (0..self.jobs.len()).filter(|index| self.jobs[*index].at == at).collect()
    }

    fn bytes(&self, places: &[At]) -> u64 {
        self.jobs.iter().filter(|job| places.contains(&job.at)).map(|job| job.bytes).sum()
    }

    fn askers(&self) -> usize {
        self.jobs.iter().map(|job| job.seats.len()).sum()
    }

    fn in_line(&self, is_background: bool) -> usize {
        self.at(At::Queue).iter().filter(|at| self.jobs[**at].line.0 == is_background).count()
    }

    fn ask(&mut self, number: u32, key: u8, is_waiting: bool, bytes: u64) -> Result<(), Why> {
        let limits = settings();
        if self.is_closed {
            return Err(Why::Closed);
        }
        if self.askers() == limits.askers_max {
            return Err(Why::TooManyAskers);
        }
        let is_full = if is_waiting {
            self.in_line(false) == limits.waiting_max
        } else {
            self.in_line(true) == limits.background_max
        };
        let wait = if is_waiting { limits.wait_max } else { limits.background_wait_max };
        let due_s = self.now_s + wait.as_secs();
        self.arrivals += 1;
        let line = (!is_waiting, self.arrivals);
        let known = self
            .jobs
            .iter_mut()
            .find(|job| job.key == key && [At::Queue, At::Wanted].contains(&job.at));
        if let Some(job) = known {
            if job.at == At::Queue && job.line.0 && is_waiting {
                if is_full {
                    return Err(Why::QueueFull);
                }
                job.line = line;
                job.due_s = job.due_s.min(due_s);
            }
            job.seats.push(number);
            return Ok(());
        }
        if bytes > limits.bytes_max {
            return Err(Why::TooLarge);
        }
        if self.at(At::Abandoned).len() >= limits.abandoned_max {
            return Err(Why::TooManyAbandoned);
        }
        if self.bytes(&[At::Abandoned]) + bytes > limits.bytes_max {
            return Err(Why::MemoryHeld);
        }
        if is_full {
            return Err(Why::QueueFull);
        }
        let seats = vec![number];
        self.jobs.push(Job { key, work: number, bytes, line, seats, due_s, at: At::Queue });
        Ok(())
    }

    fn leave(&mut self, number: u32) {
        for job in &mut self.jobs {
            if !job.seats.contains(&number) {
                continue;
            }
            job.seats.retain(|seat| *seat != number);
            if job.seats.is_empty() {
                job.at = if job.at == At::Queue { At::Over } else { At::Cancelled };
            }
        }
    }

    fn start(&mut self, answers: &mut Answers) -> Option<u32> {
        let mut line = self.at(At::Queue);
        line.sort_by_key(|at| self.jobs[*at].line);
        for at in line {
            let (bytes, key) = (self.jobs[at].bytes, self.jobs[at].key);
            if self.bytes(&[At::Abandoned]) + bytes > settings().bytes_max {
                self.drop_with(at, Why::MemoryHeld, At::Over, answers);
            } else if self.jobs.iter().any(|job| job.at == At::Cancelled && job.key == key) {
            } else if self.bytes(&[At::Wanted, At::Cancelled, At::Abandoned]) + bytes
                > settings().bytes_max
            {
                return None;
            } else {
                self.jobs[at].at = At::Wanted;
                self.jobs[at].due_s = self.now_s + settings().job_time_max.as_secs();
                return Some(self.jobs[at].work);
            }
        }
        None
    }

    fn end(&mut self, work: u32, ending: Ending, answers: &mut Answers) {
        let at = self.jobs.iter().position(|job| job.work == work).expect("it runs");
        let was = self.jobs[at].at;
        self.jobs[at].at = At::Over;
        let mut seats = std::mem::take(&mut self.jobs[at].seats);
        let key = self.jobs[at].key;
        if was != At::Wanted && ending == Ending::Done {
            for job in self.jobs.iter_mut().filter(|job| job.at == At::Queue && job.key == key) {
                seats.append(&mut job.seats);
                job.at = At::Over;
            }
        }
        answers.extend(seats.into_iter().map(|seat| (seat, None)));
    }

    fn pass(&mut self, seconds: u64, answers: &mut Answers) {
        self.now_s += seconds;
        for at in 0..self.jobs.len() {
            let is_due = self.jobs[at].due_s <= self.now_s;
            match self.jobs[at].at {
                At::Queue if is_due => self.drop_with(at, Why::WaitedTooLong, At::Over, answers),
                At::Wanted | At::Cancelled if is_due => {
                    self.drop_with(at, Why::RanTooLong, At::Abandoned, answers);
                }
                _ => {}
            }
        }
    }

    fn drop_all(&mut self, which: &[At], to: At, answers: &mut Answers) {
        for at in 0..self.jobs.len() {
            if which.contains(&self.jobs[at].at) {
                self.drop_with(at, Why::Closed, to, answers);
            }
        }
    }

    fn drop_with(&mut self, at: usize, why: Why, to: At, answers: &mut Answers) {
        let seats = std::mem::take(&mut self.jobs[at].seats);
        answers.extend(seats.into_iter().map(|seat| (seat, Some(why))));
        self.jobs[at].at = to;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_queue_does_what_the_obvious_one_does(
        events in proptest::collection::vec(event(), 0..60),
    ) {
        let began = Instant::now();
        let mut queue = NumberQueue::new(settings());
        let mut obvious = Obvious::default();
        let mut askers: Vec<(u32, Asker)> = Vec::new();
        let mut runs: Vec<(u32, Run)> = Vec::new();
        let mut answered = std::collections::HashSet::new();
        for (number, event) in (0..).zip(events) {
            let now = began + Duration::from_secs(obvious.now_s);
            let mut dropped = Dropped::none();
            let (mut answers, mut expected) = (Answers::new(), Answers::new());
            match event {
                Event::Ask { key, is_waiting, bytes } => {
                    let priority = if is_waiting { Priority::Waiting } else { Priority::Background };
                    let ask = Ask { key, priority, bytes, work: number, seat: number };
                    let asked = queue.ask(ask, now);
                    let expected = obvious.ask(number, key, is_waiting, bytes);
                    prop_assert_eq!(asked.as_ref().map(|_| ()).map_err(|(why, ..)| *why), expected);
                    askers.extend(asked.ok().map(|(asker, _)| (number, asker)));
                }
                Event::Leave { which } if !askers.is_empty() => {
                    let (seat, asker) = askers.remove(which % askers.len());
                    // Who was answered may leave as well, and changes nothing.
                    let left = queue.leave(asker);
                    prop_assert_eq!(left.map(|(_, seat)| seat), (!answered.contains(&seat)).then_some(seat));
                    obvious.leave(seat);
                }
                Event::Start if runs.len() < 5 => {
                    let started = queue.start(now, &mut dropped);
                    prop_assert_eq!(started.as_ref().map(|started| started.work), obvious.start(&mut expected));
                    runs.extend(started.map(|started| (started.work, started.run)));
                }
                Event::End { which, ending } if !runs.is_empty() => {
                    let ending = [Ending::Done, Ending::Failed, Ending::Panicked][usize::from(ending)];
                    let (work, run) = runs.remove(which % runs.len());
                    let seats = queue.end(run, ending, now, &mut dropped);
                    answers.extend(seats.into_iter().map(|seat| (seat, None)));
                    obvious.end(work, ending, &mut expected);
                }
                Event::Pass { seconds } => {
                    obvious.pass(seconds, &mut expected);
                    queue.expire(began + Duration::from_secs(obvious.now_s), &mut dropped);
                }
                Event::Close => {
                    queue.close(&mut dropped);
                    obvious.is_closed = true;
                    obvious.drop_all(&[At::Queue], At::Over, &mut expected);
                }
                Event::AbandonAll => {
                    queue.abandon_all(&mut dropped);
                    obvious.drop_all(&[At::Wanted, At::Cancelled], At::Abandoned, &mut expected);
                }
                _ => {}
            }
            answers.extend(dropped.seats.into_iter().map(|(seat, why)| (seat, Some(why))));
            let by_seat = |(seat, _): &(u32, Option<Why>)| *seat;
            answers.sort_by_key(by_seat);
            expected.sort_by_key(by_seat);
            prop_assert_eq!(&answers, &expected, "{:?}", event);
            for (seat, _) in answers {
                prop_assert!(answered.insert(seat), "{} is answered twice", seat);
            }

            let state = queue.state();
            prop_assert_eq!(state.queued_waiting, obvious.in_line(false));
            prop_assert_eq!(state.queued_background, obvious.in_line(true));
            prop_assert_eq!(state.askers, obvious.askers());
            prop_assert_eq!(state.busy, obvious.at(At::Wanted).len() + obvious.at(At::Cancelled).len());
            prop_assert_eq!(state.abandoned, obvious.at(At::Abandoned).len());
            prop_assert_eq!(state.running_bytes, obvious.bytes(&[At::Wanted, At::Cancelled, At::Abandoned]));
            prop_assert!(state.running_bytes <= settings().bytes_max);
            let dues = obvious.jobs.iter().filter(|job| ![At::Over, At::Abandoned].contains(&job.at));
            let next_due = dues.map(|job| began + Duration::from_secs(job.due_s)).min();
            prop_assert_eq!(queue.next_due(), next_due);
        }
    }
}
