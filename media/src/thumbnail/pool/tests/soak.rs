//! Thousands of rounds of everything that can go wrong leave nothing behind: no thread, no
//! descriptor, no memory, no work and no value.

use std::num::NonZeroUsize;
use std::process::Command;
use std::sync::atomic::{AtomicIsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use super::super::{Pool, PoolSettings, Priority};
use crate::error::{Error, Kind};

/// Set for the process that only soaks: in one that runs other tests too, memory tells nothing.
const ALONE: &str = "SPILLWAY_TEST_SOAK";

const POOLS: usize = 60;
const ROUNDS: u64 = 100;
const NAME: &str = "soak";

/// Something that counts how many of it there are, and is as large as a small picture.
struct Counted(#[expect(dead_code, reason = "it is there to take memory")] Vec<u8>);

static COUNTED: AtomicIsize = AtomicIsize::new(0);

impl Counted {
    fn new() -> Self {
        COUNTED.fetch_add(1, SeqCst);
        Self(vec![1; 16 << 10])
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        COUNTED.fetch_sub(1, SeqCst);
    }
}

#[test]
fn thousands_of_rounds_leave_nothing_behind() {
    let output = Command::new(std::env::current_exe().expect("this test"))
        .args(["thumbnail::pool::tests::soak::child_of_the_test_above", "--exact", "--nocapture"])
        .env(ALONE, "1")
        .output()
        .expect("started");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("soaked"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "read by the test above, and by who wants the numbers")]
async fn child_of_the_test_above() {
    if std::env::var_os(ALONE).is_none() {
        return;
    }
    let mut first = None;
    for pool in 0..POOLS {
        soak(pool as u64).await;
        no_thread_is_left().await;
        assert_eq!(COUNTED.load(SeqCst), 0, "work or values are left");
        // Allocators keep some for themselves; by then they have it.
        if pool == POOLS / 3 {
            first = Some((rss_kib(), descriptors()));
        }
    }
    let (rss_before_kib, descriptors_before) = first.expect("there were that many");
    let (rss_after_kib, descriptors_after) = (rss_kib(), descriptors());
    println!(
        "soaked: {} asks, {rss_before_kib} to {rss_after_kib} KiB, \
         {descriptors_before} to {descriptors_after} descriptors",
        POOLS as u64 * ROUNDS
    );
    assert_eq!(descriptors_after, descriptors_before);
    // One forgotten value or work a round would be sixteen times as much.
    assert!(rss_after_kib < rss_before_kib + 4 * 1024, "{rss_before_kib} to {rss_after_kib} KiB");
}

/// The life of one pool: asks that are answered, fail, panic, overrun, are joined, refused or given up,
/// in an order that differs from pool to pool.
async fn soak(seed: u64) {
    let job_time_max = Duration::from_millis(4);
    let pool = Pool::start(PoolSettings {
        name: NAME,
        threads: NonZeroUsize::new(2).expect("not zero"),
        waiting_max: 8,
        background_max: 4,
        bytes_max: 10,
        abandoned_max: 3,
        job_time_max,
        wait_max: Duration::from_millis(200),
        ..PoolSettings::default()
    })
    .expect("threads can be had");
    let mut tickets = Vec::new();
    for round in 0..ROUNDS {
        let chance = (seed * ROUNDS + round).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
        let held = Counted::new();
        let work = move |cancel: &super::super::Cancel| {
            let _held = held;
            match chance % 8 {
                0 => Err(Error::new(Kind::Invalid, "soaking")),
                // Without the hook that prints it.
                1 => std::panic::resume_unwind(Box::new(Counted::new())),
                2 => {
                    std::thread::sleep(job_time_max * 2);
                    Ok(Counted::new())
                }
                3 => {
                    while !cancel.is_cancelled() {
                        std::thread::yield_now();
                    }
                    cancel.check().map(|()| Counted::new())
                }
                _ => Ok(Counted::new()),
            }
        };
        let priority =
            if chance.is_multiple_of(3) { Priority::Background } else { Priority::Waiting };
        let Ok(ticket) = pool.ask(chance % 16, priority, chance % 12, work) else {
            tokio::task::yield_now().await;
            continue;
        };
        match chance % 5 {
            0 => drop(ticket),
            1 => drop(ticket.await),
            2 => drop(tokio::task::spawn_blocking(|| ticket.wait()).await),
            _ => tickets.push(ticket),
        }
        if tickets.len() > 6 {
            // Some are given up, and the oldest is waited for.
            tickets.truncate(4);
            drop(tickets.remove(0).await);
        }
    }
    match seed % 3 {
        0 => drop(pool),
        1 => drop(pool.drain(Duration::ZERO).await),
        _ => drop(pool.drain(Duration::from_secs(5)).await),
    }
    for ticket in tickets {
        // Every one is answered, even now.
        let answer = tokio::time::timeout(Duration::from_secs(20), ticket).await;
        drop(answer.expect("it is answered"));
    }
}

async fn no_thread_is_left() {
    let began = Instant::now();
    loop {
        let tasks = std::fs::read_dir("/proc/self/task").expect("Linux lists them");
        let names =
            tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
        let left = names.filter(|name| name.starts_with(NAME)).count();
        if left == 0 {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{left} threads are left");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn rss_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it has memory");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").expect("Linux lists them").count()
}
