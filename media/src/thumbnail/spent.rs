//! What making pictures costs: processor time and bytes read, by the kernel's own account.

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use rustix::param::clock_ticks_per_second;
use rustix::time::{ClockId, clock_gettime};

use crate::process;

/// Processor time and bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// On processors, of threads that made pictures and of all processes that ended meanwhile.
    pub processor_time: Duration,
    /// Bytes that these threads and processes read, from memory or from a disk.
    pub read_bytes: u64,
}

impl Spent {
    /// What was spent since `earlier`, of the same count.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self {
            processor_time: self.processor_time.saturating_sub(earlier.processor_time),
            read_bytes: self.read_bytes.saturating_sub(earlier.read_bytes),
        }
    }

    /// What the calling thread has spent since it began, and all processes that this one has waited
    /// for. Reads files of the kernel's; does not wait for a disk. What they do not tell is 0.
    fn so_far() -> Self {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
        let nanoseconds = u32::try_from(time.tv_nsec).unwrap_or_default();
        let account = fs::read_to_string("/proc/thread-self/io").unwrap_or_default();
        Self {
            processor_time: Duration::new(seconds, nanoseconds) + of_ended_processes(),
            read_bytes: process::read_by(&account) + process::read_bytes(),
        }
    }
}

/// `cutime` and `cstime` of `proc_pid_stat(5)`, fields 16 and 17; the name in field 2 may hold
/// anything, parentheses too.
fn of_ended_processes() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = after_name.split_ascii_whitespace().skip(13).take(2);
    let ticks: u64 = ticks.filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Duration::from_secs(ticks) / u32::try_from(clock_ticks_per_second()).unwrap_or(100)
}

/// The sum of what many threads spend. Never blocks.
#[derive(Debug, Default)]
pub(super) struct Account {
    processor_us: AtomicU64,
    read_bytes: AtomicU64,
}

impl Account {
    /// Calls something, and adds what that costs.
    pub(super) fn of<T>(&self, call: impl FnOnce() -> T) -> T {
        let before = Spent::so_far();
        let value = call();
        let spent = Spent::so_far().since(before);
        let processor_us = u64::try_from(spent.processor_time.as_micros()).unwrap_or(u64::MAX);
        self.processor_us.fetch_add(processor_us, Relaxed);
        self.read_bytes.fetch_add(spent.read_bytes, Relaxed);
        value
    }

    /// All of it so far.
    pub(super) fn total(&self) -> Spent {
        Spent {
            processor_time: Duration::from_micros(self.processor_us.load(Relaxed)),
            read_bytes: self.read_bytes.load(Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::thread;

    use super::*;

    #[test]
    fn work_and_reading_of_the_thread_are_counted_and_no_one_elses() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        fs::write(file.path(), vec![1; 300_000]).expect("written");
        let account = Account::default();
        account.of(|| {
            let elsewhere = || fs::read(file.path()).expect("read");
            thread::scope(|scope| scope.spawn(elsewhere).join()).expect("ends");
        });
        assert!(account.total().read_bytes < 300_000, "{:?}", account.total());
        let before = account.total();
        account.of(|| {
            assert_eq!(fs::read(file.path()).expect("read").len(), 300_000);
            let begun = clock_gettime(ClockId::ThreadCPUTime);
            while (clock_gettime(ClockId::ThreadCPUTime) - begun).tv_nsec < 20_000_000 {}
        });
        let spent = account.total().since(before);
        assert!((300_000..400_000).contains(&spent.read_bytes), "{spent:?}");
        assert!(spent.processor_time > Duration::from_millis(10), "{spent:?}");
    }

    #[test]
    fn so_is_a_process_that_was_waited_for() {
        let account = Account::default();
        account.of(|| {
            let mut command = Command::new("sh");
            command.args(["-c", "i=0; while [ $i -lt 60000 ]; do i=$((i + 1)); done"]);
            assert!(command.status().expect("runs").success());
        });
        let spent = account.total().processor_time;
        assert!(spent >= Duration::from_millis(20), "{spent:?}");
    }
}
