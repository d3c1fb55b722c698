//! The program as a user starts it: arguments in; a line, an address and an exit code out.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

/// From start to the ready line, on a machine that compiles beside it.
const START_PATIENCE: Duration = Duration::from_mins(1);

/// From SIGTERM to the end: longer than the server's own grace for open connections.
const STOP_PATIENCE: Duration = Duration::from_secs(30);

/// What the ready line begins with (docs/api.md and the command's help say so too).
const READY: &str = "listening on ";

/// A running program that answers.
#[derive(Debug)]
pub struct ServerProcess {
    child: Child,
    scheme: &'static str,
    address: SocketAddr,
    output: Output,
}

/// A program that has ended.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// All of standard output.
    pub stdout: String,
    /// All of standard error.
    pub stderr: String,
}

#[derive(Debug)]
struct Output {
    stdout: JoinHandle<String>,
    stderr: JoinHandle<String>,
}

/// The program under test: `SPILLWAY_BIN`, else the one that was built beside this test.
///
/// # Panics
/// If there is none, or if a source changed after it was built: a test of yesterday's program
/// says nothing.
pub fn spillway_binary() -> PathBuf {
    if let Some(chosen) = std::env::var_os("SPILLWAY_BIN") {
        return PathBuf::from(chosen);
    }
    let test = std::env::current_exe().expect("a test knows its own path");
    let profile_folder = test
        .ancestors()
        .find(|folder| folder.ends_with("debug") || folder.ends_with("release"))
        .expect("cargo builds tests below target/debug or target/release");
    let binary = profile_folder.join("spillway");
    let built_at = modified_at(&binary)
        .unwrap_or_else(|| panic!("{} is missing: run `make build-debug` first", binary.display()));
    let dependencies = fs::read_to_string(profile_folder.join("spillway.d")).unwrap_or_default();
    for source in dependencies.split_whitespace().map(Path::new) {
        let is_code = source.extension() == Some("rs".as_ref());
        let changed_later = modified_at(source).is_some_and(|at| at > built_at);
        assert!(
            !(is_code && changed_later),
            "{} is newer than {}: run `make build-debug` first",
            source.display(),
            binary.display()
        );
    }
    binary
}

impl ServerProcess {
    /// Starts the program and waits until it prints its ready line.
    ///
    /// # Errors
    /// How it ended, if it ended instead.
    ///
    /// # Panics
    /// If it neither answers nor ends in a minute.
    pub fn start<I, A>(arguments: I) -> Result<Self, Finished>
    where
        I: IntoIterator<Item = A>,
        A: AsRef<OsStr>,
    {
        let mut command = Command::new(spillway_binary());
        command.args(arguments).stdin(Stdio::null());
        Self::start_command(command)
    }

    /// As [`Self::start`], for a command that ends up being the program, `strace -D` for instance.
    ///
    /// # Errors
    /// As [`Self::start`].
    ///
    /// # Panics
    /// As [`Self::start`], and if the command cannot be run.
    pub fn start_command(mut command: Command) -> Result<Self, Finished> {
        // A group of its own, so that children it might leave can be found.
        let mut child = command
            .process_group(0)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Only what a test sets: the caller's own settings must not decide.
            .env_remove("SPILLWAY_CONFIG")
            .env_remove("SPILLWAY_DATA")
            .env_remove("SPILLWAY_LISTEN")
            .env_remove("SPILLWAY_LOG")
            .env_remove("SPILLWAY_TLS_CERTIFICATE")
            .env_remove("SPILLWAY_TLS_KEY")
            .spawn()
            .unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
        let (ready_to, ready_from) = mpsc::channel();
        let output = Output {
            stdout: read_lines(child.stdout.take().expect("it is piped"), ready_to),
            stderr: read_all(child.stderr.take().expect("it is piped")),
        };
        let Ok(first_line) = ready_from.recv_timeout(START_PATIENCE) else {
            // The channel closes with standard output, so either it ended or it says nothing.
            let status = child.wait_at_most(START_PATIENCE);
            let finished = output.finish(status.unwrap_or_else(|| {
                child.kill().expect("our own child can be killed");
                child.wait().expect("a killed child ends")
            }));
            assert!(status.is_some(), "no ready line in {START_PATIENCE:?}: {}", finished.stderr);
            return Err(finished);
        };
        let (scheme, address) = first_line
            .strip_prefix(READY)
            .and_then(|url| {
                let (scheme, rest) = url.split_once("://")?;
                let scheme = ["http", "https"].into_iter().find(|known| *known == scheme)?;
                Some((scheme, rest.trim_end_matches('/').parse().ok()?))
            })
            .unwrap_or_else(|| panic!("the first line is not the ready line: {first_line:?}"));
        Ok(Self { child, scheme, address, output })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http`, or `https` where it has a certificate.
    pub fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop, as a service manager does, and waits.
    ///
    /// # Panics
    /// If it does not stop in half a minute, or leaves a process behind.
    pub fn stop(self) -> Finished {
        self.signal(Signal::TERM);
        self.wait()
    }

    /// Ends it without a warning, as a power failure does.
    pub fn kill(self) -> Finished {
        self.signal(Signal::KILL);
        self.wait()
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// As [`Self::stop`].
    pub fn wait(mut self) -> Finished {
        let group = self.group();
        let Some(status) = self.child.wait_at_most(STOP_PATIENCE) else {
            self.signal(Signal::KILL);
            let status = self.child.wait().expect("a killed child ends");
            panic!("it did not stop in {STOP_PATIENCE:?}: {}", self.output.finish(status).stderr);
        };
        let left_over = rustix::process::test_kill_process_group(group).is_ok();
        assert!(!left_over, "a process it started outlived it");
        self.output.finish(status)
    }

    /// Sends it a signal.
    ///
    /// # Panics
    /// If it is gone already.
    pub fn signal(&self, signal: Signal) {
        rustix::process::kill_process(self.group(), signal).expect("the program runs");
    }

    fn group(&self) -> Pid {
        Pid::from_child(&self.child)
    }
}

impl Finished {
    /// Whether it ended of its own will with this code.
    pub fn exited_with(&self, code: i32) -> bool {
        self.status.code() == Some(code) && self.status.signal().is_none()
    }
}

impl Output {
    fn finish(self, status: ExitStatus) -> Finished {
        Finished {
            status,
            stdout: self.stdout.join().expect("the reader of a pipe does not panic"),
            stderr: self.stderr.join().expect("the reader of a pipe does not panic"),
        }
    }
}

/// Waiting with an end, which the standard library's child lacks.
trait WaitAtMost {
    fn wait_at_most(&mut self, patience: Duration) -> Option<ExitStatus>;
}

impl WaitAtMost for Child {
    fn wait_at_most(&mut self, patience: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            if let Some(status) = self.try_wait().expect("our own child can be waited for") {
                return Some(status);
            }
            thread::sleep(Duration::from_millis(5));
        }
        None
    }
}

fn read_lines(pipe: ChildStdout, ready_to: mpsc::Sender<String>) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut all = String::new();
        // Moved in, so that it closes with the pipe.
        let ready_to = ready_to;
        let mut reader = BufReader::new(pipe);
        loop {
            let start = all.len();
            if reader.read_line(&mut all).unwrap_or(0) == 0 {
                return all;
            }
            // Nobody listens after the first line; that is fine.
            let _ = ready_to.send(all[start..].trim_end().to_owned());
        }
    })
}

fn read_all(mut pipe: ChildStderr) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read before a fault is still what it said.
        let _ = pipe.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn modified_at(path: &Path) -> Option<std::time::SystemTime> {
    path.metadata().and_then(|metadata| metadata.modified()).ok()
}
