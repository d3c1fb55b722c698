//! How much memory a server holds, and how much the kernel for its sockets.

use std::fs;

use crate::cpu::with_descendants;

/// What a process and its descendants hold at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// Its own memory, not that of files: the allocator's, stacks.
    pub anonymous_bytes: u64,
    /// What only it has written.
    pub private_dirty_bytes: u64,
    /// The kernel's memory for all TCP sockets of this machine, clients' among them.
    pub sockets_bytes: u64,
}

impl Memory {
    /// Of this process and its descendants now.
    ///
    /// # Panics
    /// If one is gone.
    pub fn of(pid: u32) -> Self {
        let rollups: Vec<String> = with_descendants(pid)
            .into_iter()
            .map(|pid| fs::read_to_string(format!("/proc/{pid}/smaps_rollup")))
            .collect::<Result<_, _>>()
            .expect("the processes run");
        let field = |name: &str| -> u64 {
            let of_one = |rollup: &String| {
                let mut lines = rollup.lines();
                let line = lines.find_map(|line| line.strip_prefix(name)?.strip_suffix("kB"));
                let kilobytes = line.and_then(|line| line.trim().parse::<u64>().ok());
                kilobytes.unwrap_or_else(|| panic!("{name} in {rollup}")) << 10
            };
            rollups.iter().map(of_one).sum()
        };
        let sockets = fs::read_to_string("/proc/net/sockstat").expect("the kernel counts sockets");
        let pages = sockets.lines().find(|line| line.starts_with("TCP:"));
        let pages = pages.and_then(|line| line.split(' ').next_back()?.parse::<u64>().ok());
        Self {
            anonymous_bytes: field("Anonymous:"),
            private_dirty_bytes: field("Private_Dirty:"),
            sockets_bytes: pages.expect("the last number is pages")
                * rustix::param::page_size() as u64,
        }
    }
}

/// What the kernel may hold for all TCP sockets before it begins to save: it drops what it has received,
/// and senders wait for their timers.
///
/// # Panics
/// If the kernel does not say.
pub fn sockets_pressure_bytes() -> u64 {
    let limits = fs::read_to_string("/proc/sys/net/ipv4/tcp_mem").unwrap_or_default();
    let pages = limits.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.expect("the second number is pages") * rustix::param::page_size() as u64
}
