//! What the pool does, on real threads.

use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use super::super::{Cancel, Pool, PoolSettings, PoolState, Priority, Ticket};
use crate::error::{Kind, Result};

type NumberPool = Pool<u32, u32>;

const LONG: Duration = Duration::from_secs(20);

fn one_thread() -> PoolSettings {
    PoolSettings { name: "pool-test", threads: NonZeroUsize::MIN, ..PoolSettings::default() }
}

fn start(settings: PoolSettings) -> NumberPool {
    Pool::start(settings).expect("threads can be had")
}

fn ask(pool: &NumberPool, key: u32, priority: Priority) -> Result<Ticket<u32, u32>> {
    pool.ask(key, priority, 1, move |_| Ok(key))
}

fn refused(asked: Result<Ticket<u32, u32>>) -> Kind {
    asked.err().expect("it is refused").kind()
}

/// Work that has begun and goes on until it is let go or told that nobody wants it.
struct Busy {
    ticket: Ticket<u32, u32>,
    go: Sender<()>,
    was_cancelled: Receiver<bool>,
}

fn busy(pool: &NumberPool, key: u32, bytes: u64) -> Busy {
    let (begun_to, begun) = channel();
    let (go, gone) = channel::<()>();
    let (cancelled_to, was_cancelled) = channel();
    let work = move |cancel: &Cancel| {
        begun_to.send(()).expect("the test waits");
        while !cancel.is_cancelled() {
            if gone.recv_timeout(Duration::from_millis(1)).is_ok() {
                break;
            }
        }
        // The test may not want to know.
        let _ = cancelled_to.send(cancel.is_cancelled());
        Ok(key)
    };
    let ticket = pool.ask(key, Priority::Waiting, bytes, work).expect("there is room");
    begun.recv_timeout(LONG).expect("it begins");
    Busy { ticket, go, was_cancelled }
}

/// Waits until the pool is in a state, which comes soon but not at once.
fn until(pool: &NumberPool, is_so: impl Fn(&PoolState) -> bool) -> PoolState {
    let began = Instant::now();
    loop {
        let state = pool.state();
        if is_so(&state) {
            return state;
        }
        assert!(began.elapsed() < LONG, "{state:?}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn full_means_an_answer_now() {
    let pool = start(PoolSettings { waiting_max: 2, background_max: 1, ..one_thread() });
    let first = busy(&pool, 0, 1);
    let _queued = [1, 2].map(|key| ask(&pool, key, Priority::Waiting).expect("there is room"));
    let _background = ask(&pool, 3, Priority::Background).expect("there is room");
    assert_eq!(refused(ask(&pool, 4, Priority::Waiting)), Kind::Busy);
    assert_eq!(refused(ask(&pool, 4, Priority::Background)), Kind::Busy);
    assert_eq!(refused(ask(&pool, 3, Priority::Waiting)), Kind::Busy, "no place to move up to");
    let _joined = ask(&pool, 2, Priority::Waiting).expect("to join needs no place");
    let state = pool.state();
    assert_eq!((state.queued_waiting, state.queued_background, state.busy), (2, 1, 1));
    assert_eq!((state.refused_total, state.joined_total, state.askers), (3, 1, 5));
    first.go.send(()).expect("it waits for that");
}

#[test]
fn what_somebody_waits_for_goes_first_and_others_are_moved_up() {
    let pool = start(one_thread());
    let first = busy(&pool, 0, 1);
    let (order_to, order) = channel();
    let note = |key: u32| {
        let order_to = order_to.clone();
        move |_: &Cancel| {
            order_to.send(key).expect("the test waits");
            Ok(key)
        }
    };
    let asks = [
        (1, Priority::Background),
        (2, Priority::Background),
        (3, Priority::Waiting),
        (2, Priority::Waiting),
    ];
    let tickets = asks.map(|(key, priority)| pool.ask(key, priority, 1, note(key)));
    first.go.send(()).expect("it waits for that");
    for ticket in tickets {
        ticket.expect("there is room").wait().expect("it is made");
    }
    assert_eq!(order.try_iter().collect::<Vec<_>>(), [3, 2, 1]);
}

#[test]
fn nobody_left_means_no_work() {
    let pool = start(one_thread());
    let first = busy(&pool, 0, 1);
    drop(ask(&pool, 1, Priority::Waiting));
    assert_eq!(pool.state().queued_waiting, 0);
    let again = ask(&pool, 0, Priority::Waiting).expect("it joins");
    drop(first.ticket);
    assert!(first.was_cancelled.try_recv().is_err(), "somebody wants it still");
    drop(again);
    assert!(first.was_cancelled.recv_timeout(LONG).expect("it ends"), "it was not told");
    let state = until(&pool, |state| state.busy == 0);
    assert_eq!((state.cancelled_total, state.done_total, state.askers), (2, 0, 0));
}

#[test]
fn memory_bounds_what_runs_and_not_the_number_alone() {
    let threads = NonZeroUsize::new(3).expect("not zero");
    let pool = start(PoolSettings { threads, bytes_max: 10, ..one_thread() });
    let too_large = pool.ask(9, Priority::Waiting, 11, |_| Ok(9));
    assert_eq!(refused(too_large), Kind::Unsupported);
    let first = busy(&pool, 0, 6);
    let large = pool.ask(1, Priority::Waiting, 5, |_| Ok(1)).expect("there is room");
    let small = pool.ask(2, Priority::Waiting, 1, |_| Ok(2)).expect("there is room");
    std::thread::sleep(Duration::from_millis(20));
    let state = pool.state();
    assert_eq!((state.queued_waiting, state.running_bytes), (2, 6), "the small one overtook");
    first.go.send(()).expect("it waits for that");
    assert_eq!(*large.wait().expect("its turn came"), 1);
    assert_eq!(*small.wait().expect("its turn came"), 2);
}

#[test]
fn overruns_are_answered_replaced_and_bounded() {
    let pool = start(PoolSettings {
        abandoned_max: 1,
        job_time_max: Duration::from_millis(50),
        wait_max: Duration::from_millis(500),
        bytes_max: 10,
        ..one_thread()
    });
    let (go, gone) = channel::<()>();
    let stuck = pool.ask(0, Priority::Waiting, 6, move |_| {
        // Ends without a word when the test does.
        let _ = gone.recv();
        Ok(0)
    });
    let stuck = stuck.expect("there is room");
    let next = ask(&pool, 1, Priority::Waiting).expect("there is room");
    let large = pool.ask(2, Priority::Waiting, 5, |_| Ok(2)).expect("there is room");
    assert_eq!(stuck.wait().expect_err("it does not end").kind(), Kind::Busy);
    assert_eq!(*next.wait().expect("another thread made it"), 1);
    assert_eq!(large.wait().expect_err("its memory is held").kind(), Kind::Busy);
    assert_eq!(refused(ask(&pool, 3, Priority::Waiting)), Kind::Busy);
    let state = pool.state();
    assert_eq!((state.abandoned, state.deadline_total, state.running_bytes), (1, 1, 6));
    drop(go);
    until(&pool, |state| state.abandoned == 0);
    let after = ask(&pool, 3, Priority::Waiting).expect("the thread has ended");
    assert_eq!(*after.wait().expect("it is made"), 3);
}

#[test]
fn a_turn_that_does_not_come_is_told() {
    let pool = start(PoolSettings { wait_max: Duration::from_millis(30), ..one_thread() });
    let first = busy(&pool, 0, 1);
    let waits = ask(&pool, 1, Priority::Waiting).expect("there is room");
    assert_eq!(waits.wait().expect_err("its turn did not come").kind(), Kind::Busy);
    assert_eq!(pool.state().expired_total, 1);
    first.go.send(()).expect("it waits for that");
    assert_eq!(*first.ticket.wait().expect("it is made"), 0);
}

#[tokio::test]
async fn an_end_drops_what_waits_and_gives_the_rest_its_time() {
    let pool = start(one_thread());
    let first = busy(&pool, 0, 1);
    let waits = ask(&pool, 1, Priority::Background).expect("there is room");
    let drain = tokio::spawn({
        let pool = pool.clone();
        async move { pool.drain(LONG).await }
    });
    assert_eq!(waits.await.expect_err("it had not begun").kind(), Kind::Unavailable);
    assert_eq!(refused(ask(&pool, 2, Priority::Waiting)), Kind::Unavailable);
    first.go.send(()).expect("it waits for that");
    assert_eq!(*first.ticket.await.expect("it ended in time"), 0);
    assert_eq!(drain.await.expect("no panic"), 0);

    let pool = start(one_thread());
    let first = busy(&pool, 0, 1);
    assert_eq!(pool.drain(Duration::from_millis(20)).await, 1);
    assert_eq!(first.ticket.await.expect_err("given up").kind(), Kind::Unavailable);
    assert!(first.was_cancelled.recv_timeout(LONG).expect("it ends"), "it was not told");
}

#[test]
fn the_threads_that_work_stand_behind_all_others() {
    let pool = Pool::start(one_thread()).expect("threads can be had");
    let ticket = pool.ask((), Priority::Waiting, 1, |_| {
        let stat = std::fs::read_to_string("/proc/thread-self/stat");
        let name = std::fs::read_to_string("/proc/thread-self/comm");
        Ok((stat.expect("Linux tells"), name.expect("Linux tells")))
    });
    let answer = ticket.expect("there is room").wait().expect("it read two files");
    let (stat, name) = &*answer;
    assert_eq!(name.trim(), "pool-test");
    // proc_pid_stat(5): the 41st field is the policy, the 19th niceness; the name, which is in round
    // brackets, is the second.
    let (_, rest) = stat.rsplit_once(')').expect("a name in brackets");
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let sched_idle = "5";
    assert_eq!((fields[41 - 3], fields[19 - 3]), (sched_idle, "19"));
}

#[test]
fn seconds_are_counted_where_they_belong() {
    let mut seconds = super::super::JobSeconds::default();
    for milliseconds in [0, 5, 6, 30_000, 30_001] {
        seconds.add(Duration::from_millis(milliseconds));
    }
    assert_eq!(seconds.counts, [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
    assert!((seconds.sum - 60.012).abs() < 1e-9, "{}", seconds.sum);
}
