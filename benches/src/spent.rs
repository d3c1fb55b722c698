//! What a process used, those of its children that have ended among it.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

/// Used between two moments.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spent {
    /// Time that passed.
    pub seconds: f64,
    /// Processor time of all threads, ended ones among them. The kernel counts in nanoseconds and tells
    /// in hundredths of a second.
    pub cpu_seconds: f64,
    /// What read and pread brought from anywhere: files, pipes, and what is in memory already
    /// (`rchar` of proc(5)).
    pub read_bytes: u64,
    /// What had to come from a disk for it (`read_bytes` of proc(5)).
    pub disk_bytes: u64,
}

/// What a process has used until one moment.
#[derive(Debug, Clone, Copy)]
pub struct Account {
    pid: u32,
    at: Instant,
    cpu_ticks: u64,
    read_bytes: u64,
    disk_bytes: u64,
}

impl Account {
    /// Until now.
    ///
    /// # Panics
    /// If the process is gone.
    pub fn of(pid: u32) -> Self {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("the process runs");
        // The name, in brackets, may hold anything. User and system time of the process, and of its
        // children that it has waited for, are fields 14 to 17 (proc(5)).
        let after_name = stat.rsplit(") ").next().unwrap_or_default();
        let ticks = after_name.split(' ').skip(11).take(4);
        let io = fs::read_to_string(format!("/proc/{pid}/io")).expect("it is ours to look at");
        Self {
            pid,
            cpu_ticks: ticks.map(|ticks| ticks.parse::<u64>().expect("a number")).sum(),
            read_bytes: number_after("rchar: ", &io),
            disk_bytes: number_after("read_bytes: ", &io),
            at: Instant::now(),
        }
    }

    /// What it has used since.
    ///
    /// # Panics
    /// If the process is gone.
    pub fn spent(&self) -> Spent {
        let now = Self::of(self.pid);
        let ticks = (now.cpu_ticks - self.cpu_ticks) as f64;
        Spent {
            seconds: (now.at - self.at).as_secs_f64(),
            cpu_seconds: ticks / rustix::param::clock_ticks_per_second() as f64,
            read_bytes: now.read_bytes - self.read_bytes,
            disk_bytes: now.disk_bytes - self.disk_bytes,
        }
    }
}

/// Runs a program to its end: what it said on standard output and standard error, and what it used.
/// Of this process nothing may run beside it.
///
/// # Panics
/// If it cannot be run or fails.
pub fn run(command: &mut Command) -> (Vec<u8>, String, Spent) {
    // Those of a child are added to its parent's once it is waited for.
    let before = Account::of(std::process::id());
    let started = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = started.spawn().and_then(Child::wait_with_output);
    let output = output.unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
    let mut spent = before.spent();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?} ended with {}:\n{said}", output.status);
    // What it told us was read by us.
    spent.read_bytes -= (output.stdout.len() + output.stderr.len()) as u64;
    (output.stdout, said, spent)
}

/// The number behind `name` at the beginning of a line.
fn number_after(name: &str, text: &str) -> u64 {
    let number = text.lines().find_map(|line| line.strip_prefix(name));
    let number = number.and_then(|number| number.trim().trim_end_matches(" kB").parse().ok());
    number.unwrap_or_else(|| panic!("{name} in {text}"))
}

/// Bytes of memory that a process has, those of files it has mapped among them.
///
/// # Panics
/// If the process is gone.
pub fn resident_bytes(pid: u32) -> u64 {
    status(pid, "VmRSS:")
}

/// The most that it has had at one moment, since its start or since [`forget_peak`].
///
/// # Panics
/// If the process is gone.
pub fn peak_bytes(pid: u32) -> u64 {
    status(pid, "VmHWM:")
}

/// Begins anew with [`peak_bytes`].
///
/// # Panics
/// If the process is gone, or another user's.
pub fn forget_peak(pid: u32) {
    // "5 (since Linux 4.0): resets the peak resident set size" (proc(5), clear_refs).
    fs::write(format!("/proc/{pid}/clear_refs"), "5").expect("the process is ours");
}

fn status(pid: u32, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("the process runs");
    number_after(name, &status) << 10
}
