//! The pool's own code on threads whose order a checker chooses: every lock, every wake-up and every
//! start of a thread is a place where another may go first. A run in which all that is left waits is a
//! fault too, so each of these also says that no wake-up is lost and that no thread stays behind.
//! Time stands still unless a test lets it go on.

#![allow(dead_code, unreachable_pub, clippy::duplicate_mod, reason = "the pool's own files")]

#[path = "../handle.rs"]
mod handle;
#[path = "../keeper.rs"]
mod keeper;
#[path = "../queue.rs"]
mod queue;
#[path = "../worker.rs"]
mod worker;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use shuttle::future::block_on;
use shuttle::sync::{Condvar, Mutex};
use shuttle::thread;

use self::handle::{Answer, Pool};
use self::state::{PoolSettings, Priority};
use self::worker::Cancel;
use super::super::{state, why};
use crate::error::{Error, Kind, Result};

mod low_priority {
    pub(super) fn lower_this_thread() {}
}

/// The checker's, and a clock that a test moves.
mod sync {
    use std::cell::RefCell;
    use std::time::{Duration, Instant};

    pub(super) use shuttle::sync::{Arc, Mutex, MutexGuard, PoisonError};
    pub(super) use shuttle::thread::{Builder, Thread, current, park};

    /// All threads of a checked run are one thread of the system.
    struct Clock {
        now: Instant,
        sleepers: Vec<(Instant, Thread)>,
    }

    thread_local! {
        static CLOCK: RefCell<Option<Clock>> = const { RefCell::new(None) };
    }

    pub(super) fn start_clock() {
        let clock = Clock { now: Instant::now(), sleepers: Vec::new() };
        CLOCK.set(Some(clock));
    }

    fn with<T>(what: impl FnOnce(&mut Clock) -> T) -> T {
        CLOCK.with_borrow_mut(|clock| what(clock.as_mut().expect("the clock was started")))
    }

    pub(super) fn now() -> Instant {
        with(|clock| clock.now)
    }

    pub(super) fn park_timeout(time: Duration) {
        if time.is_zero() {
            return;
        }
        let me = current();
        with(|clock| clock.sleepers.push((clock.now + time, me.clone())));
        park();
        with(|clock| clock.sleepers.retain(|(_, thread)| thread.id() != me.id()));
    }

    /// Lets time go on, for those who sleep already and those who look at the clock later.
    pub(super) fn advance(time: Duration) {
        let woken = with(|clock| {
            clock.now += time;
            let now = clock.now;
            clock.sleepers.extract_if(.., |(due, _)| *due <= now).collect::<Vec<_>>()
        });
        for (_, thread) in woken {
            thread.unpark();
        }
    }
}

type NumberPool = Pool<u32, u32>;

const JOB_TIME: Duration = Duration::from_secs(30);

fn settings(threads: usize) -> PoolSettings {
    PoolSettings {
        threads: NonZeroUsize::new(threads).expect("a pool has threads"),
        job_time_max: JOB_TIME,
        wait_max: 3 * JOB_TIME,
        ..PoolSettings::default()
    }
}

fn start(threads: usize) -> NumberPool {
    sync::start_clock();
    Pool::start(settings(threads)).expect("the checker gives threads")
}

/// Random orders, and orders that look for faults that need few switches at the wrong places.
fn in_all_orders(scene: impl Fn() + Send + Sync + Clone + 'static) {
    shuttle::check_random(scene.clone(), 1_500);
    shuttle::check_pct(scene, 1_500, 3);
}

fn ask(pool: &NumberPool, key: u32) -> Result<handle::Ticket<u32, u32>> {
    pool.ask(key, Priority::Waiting, 1, move |cancel| {
        thread::yield_now();
        cancel.check()?;
        Ok(key * 10)
    })
}

fn number(answer: &Answer<u32>) -> Option<u32> {
    answer.as_ref().ok().map(|number| **number)
}

fn all_end(askers: Vec<thread::JoinHandle<()>>) {
    for asker in askers {
        asker.join().expect("it was answered");
    }
}

/// What a decoder that does not end waits for.
#[derive(Default)]
struct Gate(Mutex<bool>, Condvar);

impl Gate {
    fn open(&self) {
        *self.0.lock().expect("nothing panics at a gate") = true;
        self.1.notify_all();
    }

    fn pass(&self) {
        let mut is_open = self.0.lock().expect("nothing panics at a gate");
        while !*is_open {
            is_open = self.1.wait(is_open).expect("nothing panics at a gate");
        }
    }
}

#[test]
fn everyone_who_asks_is_answered_and_no_thread_stays() {
    in_all_orders(|| {
        let pool = start(2);
        let askers: Vec<_> = [1, 2, 1]
            .into_iter()
            .map(|key| {
                let pool = pool.clone();
                thread::spawn(move || {
                    let ticket = ask(&pool, key).expect("there is room");
                    assert_eq!(number(&block_on(ticket)), Some(key * 10));
                })
            })
            .collect();
        all_end(askers);
        assert_eq!(block_on(pool.drain(JOB_TIME)), 0);
    });
}

#[test]
fn one_key_runs_once_at_a_time_whoever_asks_and_leaves() {
    in_all_orders(|| {
        let pool = start(2);
        let (at_work, met) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let askers: Vec<_> = [true, false, true]
            .into_iter()
            .map(|leaves| {
                let (pool, at_work, met) = (pool.clone(), at_work.clone(), met.clone());
                thread::spawn(move || {
                    let work = move |cancel: &Cancel| {
                        let others = at_work.fetch_add(1, SeqCst);
                        met.fetch_or(others > 0, SeqCst);
                        thread::yield_now();
                        at_work.fetch_sub(1, SeqCst);
                        cancel.check()?;
                        Ok(5)
                    };
                    let ticket = pool.ask(7, Priority::Background, 1, work).expect("there is room");
                    thread::yield_now();
                    if leaves {
                        drop(ticket);
                    } else {
                        // Whoever else left, this one wants it still.
                        assert_eq!(number(&block_on(ticket)), Some(5));
                    }
                })
            })
            .collect();
        all_end(askers);
        assert_eq!(block_on(pool.drain(JOB_TIME)), 0);
        assert!(!met.load(SeqCst), "two runs of one key met");
        assert_eq!(pool.state().askers, 0);
        assert_eq!(pool.state().running_bytes, 0);
    });
}

#[test]
fn work_that_does_not_end_is_left_alone_and_others_go_on() {
    in_all_orders(|| {
        let pool = start(1);
        let gate = Arc::new(Gate::default());
        let has_begun = Arc::new(Gate::default());
        let stuck = pool.ask(1, Priority::Waiting, 1, {
            let (gate, has_begun) = (gate.clone(), has_begun.clone());
            move |_| {
                has_begun.open();
                gate.pass();
                Ok(1)
            }
        });
        let stuck = stuck.expect("there is room");
        has_begun.pass();
        let other = ask(&pool, 2).expect("there is room");
        sync::advance(JOB_TIME);
        let error = block_on(stuck).expect_err("it did not end in time");
        assert_eq!(error.kind(), Kind::Busy);
        assert_eq!(number(&block_on(other)), Some(20));
        assert_eq!(pool.state().abandoned, 1);
        // Who asks for the same again may get what the abandoned thread makes, or a run of his own.
        let again = ask(&pool, 1).expect("there is room");
        gate.open();
        assert!([Some(1), Some(10)].contains(&number(&block_on(again))));
        assert_eq!(block_on(pool.drain(JOB_TIME)), 0);
        assert_eq!(pool.state().abandoned, 0);
    });
}

#[test]
fn asks_that_race_with_the_end_are_refused_or_answered() {
    in_all_orders(|| {
        let pool = start(1);
        let askers: Vec<_> = (0..3)
            .map(|key| {
                let pool = pool.clone();
                thread::spawn(move || match ask(&pool, key).map(block_on) {
                    Ok(Ok(number)) => assert_eq!(*number, key * 10),
                    Ok(Err(error)) => assert_eq!(error.kind(), Kind::Unavailable),
                    Err(error) => assert_eq!(error.kind(), Kind::Unavailable),
                })
            })
            .collect();
        let other = pool.clone();
        let drain = thread::spawn(move || block_on(other.drain(JOB_TIME)));
        assert_eq!(block_on(pool.drain(JOB_TIME)), 0);
        assert_eq!(drain.join().expect("it drains"), 0);
        all_end(askers);
        assert!(ask(&pool, 1).is_err());
        assert_eq!(block_on(pool.drain(JOB_TIME)), 0);
    });
}

#[test]
fn an_end_does_not_wait_for_work_that_does_not_end() {
    in_all_orders(|| {
        let pool = start(1);
        let (gate, has_begun) = (Arc::new(Gate::default()), Arc::new(Gate::default()));
        let stuck = pool.ask(1, Priority::Waiting, 1, {
            let (gate, has_begun) = (gate.clone(), has_begun.clone());
            move |cancel: &Cancel| {
                has_begun.open();
                gate.pass();
                cancel.check()?;
                Ok(1)
            }
        });
        let stuck = stuck.expect("there is room");
        has_begun.pass();
        let drain = thread::spawn({
            let pool = pool.clone();
            move || block_on(pool.drain(JOB_TIME / 10))
        });
        let clock = thread::spawn(|| sync::advance(JOB_TIME / 10));
        clock.join().expect("a clock");
        // The drain may begin after the clock has moved; then its own time ends the work.
        let is_told = thread::spawn(move || block_on(stuck));
        sync::advance(JOB_TIME);
        assert!(is_told.join().expect("it was answered").is_err());
        sync::advance(JOB_TIME);
        gate.open();
        assert!(drain.join().expect("it drains") <= 1);
    });
}

#[test]
fn tickets_outlive_the_pool() {
    in_all_orders(|| {
        let pool = start(1);
        let tickets = [1, 2].map(|key| ask(&pool, key).expect("there is room"));
        drop(pool);
        for ticket in tickets {
            match block_on(ticket) {
                Ok(number) => assert!([10, 20].contains(&*number)),
                Err(error) => assert_eq!(error.kind(), Kind::Unavailable),
            }
        }
    });
}

#[test]
fn a_panic_reaches_who_asked_and_nobody_else() {
    in_all_orders(|| {
        let pool = start(2);
        let first = pool.ask(1, Priority::Waiting, 1, |_| -> Result<u32> {
            std::panic::resume_unwind(Box::new("not a picture"))
        });
        let second = pool.ask(2, Priority::Background, 1, |_| {
            Err(Error::new(Kind::Invalid, "decoding something"))
        });
        let third = ask(&pool, 3).expect("there is room");
        let kind = |ticket: Result<handle::Ticket<u32, u32>>| {
            block_on(ticket.expect("there is room")).expect_err("it fails").kind()
        };
        assert_eq!(kind(first), Kind::Internal);
        assert_eq!(kind(second), Kind::Invalid);
        assert_eq!(number(&block_on(third)), Some(30));
        assert_eq!(block_on(pool.drain(JOB_TIME)), 0);
    });
}

#[test]
fn large_and_small_share_the_memory() {
    in_all_orders(|| {
        sync::start_clock();
        let settings = PoolSettings { bytes_max: 10, ..settings(2) };
        let pool: NumberPool = Pool::start(settings).expect("the checker gives threads");
        let (used, overrun) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let tickets: Vec<_> = [6, 6, 4, 10]
            .into_iter()
            .zip(0..)
            .map(|(bytes, key)| {
                let (used, overrun) = (used.clone(), overrun.clone());
                let work = move |_: &Cancel| {
                    let together = used.fetch_add(bytes, SeqCst) + bytes;
                    overrun.fetch_or(together > 10, SeqCst);
                    thread::yield_now();
                    used.fetch_sub(bytes, SeqCst);
                    Ok(key)
                };
                pool.ask(key, Priority::Waiting, bytes as u64, work).expect("there is room")
            })
            .collect();
        for (ticket, key) in tickets.into_iter().zip(0..) {
            assert_eq!(number(&block_on(ticket)), Some(key));
        }
        assert_eq!(block_on(pool.drain(JOB_TIME)), 0);
        assert!(!overrun.load(SeqCst), "more memory in use than there is");
    });
}
