//! How much processor time a server took, its children among it.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// Processor seconds that this process, its threads and its descendants have used so far.
///
/// The scheduler's own account in nanoseconds; a clock tick is 10 ms and too coarse here.
/// Threads that have ended are not in it: a server that ends threads while it is measured looks
/// cheaper than it is.
///
/// # Panics
/// If the process is gone.
pub fn used_seconds(pid: u32) -> f64 {
    let mut used_ns = 0_u64;
    for pid in with_descendants(pid) {
        let threads = fs::read_dir(format!("/proc/{pid}/task")).expect("the process runs");
        for thread in threads.flatten() {
            // A thread may end between the listing and the reading.
            let Ok(account) = fs::read_to_string(thread.path().join("schedstat")) else { continue };
            let on_cpu_ns = account.split(' ').next().and_then(|ns| ns.parse::<u64>().ok());
            used_ns += on_cpu_ns.expect("the first number is the time on a processor");
        }
    }
    used_ns as f64 / 1e9
}

/// Processor seconds that this thread has used so far.
pub fn used_seconds_here() -> f64 {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(used).expect("time is positive").as_secs_f64()
}

/// Seconds that a processor was not idle since the start of the system, whoever used it. In ticks of
/// 10 ms.
///
/// # Panics
/// If there is no such processor.
pub fn busy_seconds(processor: usize) -> f64 {
    let accounts = fs::read_to_string("/proc/stat").expect("the system keeps accounts");
    let name = format!("cpu{processor} ");
    let account = accounts.lines().find_map(|line| line.strip_prefix(&name));
    let ticks = account.expect("there is such a processor").split(' ');
    let ticks = ticks.map(|ticks| ticks.parse::<u32>().expect("it is a number"));
    // user, nice, system, idle, iowait, irq, softirq; what follows is in these, or stolen from us.
    let busy = ticks.take(7).enumerate().filter(|(kind, _)| ![3, 4].contains(kind));
    busy.map(|(_, ticks)| f64::from(ticks)).sum::<f64>() / 100.0
}

/// This process and all that descend from it.
pub fn with_descendants(pid: u32) -> Vec<u32> {
    let mut family = vec![pid];
    let mut index = 0;
    while index < family.len() {
        let children: PathBuf = format!("/proc/{0}/task/{0}/children", family[index]).into();
        let listed = fs::read_to_string(children).unwrap_or_default();
        family.extend(listed.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
        index += 1;
    }
    family
}
