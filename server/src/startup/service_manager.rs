//! What a service manager such as systemd hands to the server, and what it hears of it.
//!
//! `sd_listen_fds(3)`, `sd_notify(3)` and `sd_watchdog_enabled(3)` are a few variables and a datagram.
//! Without them nothing of this happens.

use std::ffi::OsString;
use std::io;
use std::mem;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{MissedTickBehavior, interval};

use crate::limits::NOTIFY_WAIT;
use crate::transport::Listener;

/// The first descriptor that is passed (`SD_LISTEN_FDS_START`).
const FIRST_DESCRIPTOR: i32 = 3;

/// The socket that was opened for this process (socket activation); none if it opens its own.
///
/// # Errors
/// There is more than one, or it is not a listening TCP socket.
pub(super) fn passed_listener(
    variable: impl Fn(&str) -> Option<OsString>,
) -> io::Result<Option<Listener>> {
    // Variables outlive the process they were meant for: what it starts inherits them.
    let is_for_us = number(&variable, "LISTEN_PID") == Some(std::process::id().into());
    let count = number(&variable, "LISTEN_FDS").filter(|_| is_for_us).unwrap_or(0);
    match count {
        0 => Ok(None),
        1 => Listener::inherit(FIRST_DESCRIPTOR).map(Some),
        _ => Err(io::Error::other(format!("there are {count} of them"))),
    }
}

/// Tells the service manager what becomes of the server. Clones tell the same one.
///
/// Whatever cannot be told is logged: the server does not depend on who watches it.
#[derive(Clone, Debug, Default)]
pub(super) struct Notifier {
    to: Option<Arc<(UnixDatagram, SocketAddr)>>,
    watchdog_period: Option<Duration>,
}

impl Notifier {
    /// Whom to tell, by `NOTIFY_SOCKET`; a watchdog's period by `WATCHDOG_USEC`.
    pub(super) fn new(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let to = variable("NOTIFY_SOCKET").and_then(|name| {
            connect(&name)
                .inspect_err(|error| {
                    tracing::warn!(%error, socket = ?name, "the service manager cannot be told anything");
                })
                .ok()
        });
        let is_for_us = variable("WATCHDOG_PID").is_none()
            || number(&variable, "WATCHDOG_PID") == Some(std::process::id().into());
        let watchdog_period = number(&variable, "WATCHDOG_USEC")
            .filter(|period_us| is_for_us && *period_us > 1)
            .map(Duration::from_micros);
        Self { to: to.map(Arc::new), watchdog_period }
    }

    /// Clients are answered.
    pub(super) fn ready(&self, status: &str) {
        self.tell(&format!("READY=1\nSTATUS={status}"));
    }

    /// The server is about to end.
    pub(super) fn stopping(&self, status: &str) {
        self.tell(&format!("STOPPING=1\nSTATUS={status}"));
    }

    /// Another process is the server from now on.
    pub(super) fn handed_over(&self, pid: u32) {
        self.tell(&format!("MAINPID={pid}"));
    }

    /// Says that all is well, twice in the watchdog's period, for as long as each thread of the event
    /// loop turns. Never returns.
    pub(super) async fn ping_watchdog(self, runtimes: Vec<Handle>) {
        let Some(period) = self.watchdog_period else { return std::future::pending().await };
        let mut due = interval(period / 2);
        // After a standstill one is due, not all that were missed.
        due.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut workers = Workers { runtimes, seen: Vec::new() };
        loop {
            due.tick().await;
            match workers.find_stuck() {
                None => self.tell("WATCHDOG=1"),
                Some(worker) => tracing::error!(
                    worker,
                    "thread {worker} of the event loop is stuck; the service manager is not told \
                     that all is well"
                ),
            }
        }
    }

    fn tell(&self, message: &str) {
        let Some((socket, address)) = self.to.as_deref() else { return };
        if let Err(error) = socket.send_to_addr(message.as_bytes(), address) {
            tracing::warn!(%error, message, "the service manager could not be told");
        }
    }
}

/// The threads of the event loop, as they were when they were looked at last.
///
/// One that hangs holds the clients it was serving while the others go on, with the task that feeds
/// the watchdog among them. A thread of Tokio counts how often it went to sleep and woke, and adds up
/// its work after some tasks; one that is awake and has changed neither in half of a watchdog's
/// period is still at the same few tasks.
#[derive(Debug)]
struct Workers {
    runtimes: Vec<Handle>,
    seen: Vec<(u64, Duration)>,
}

impl Workers {
    /// A thread that has not moved since the last look, unless it sleeps.
    fn find_stuck(&mut self) -> Option<usize> {
        let look = |runtime: &Handle| {
            let metrics = runtime.metrics();
            (0..metrics.num_workers()).map(move |worker| {
                (
                    metrics.worker_park_unpark_count(worker),
                    metrics.worker_total_busy_duration(worker),
                )
            })
        };
        let now = self.runtimes.iter().flat_map(look).collect();
        let before = mem::replace(&mut self.seen, now);
        // An odd count is that of one that sleeps.
        let is_stuck =
            |(then, now): (&(u64, Duration), &_)| then == now && then.0.is_multiple_of(2);
        before.iter().zip(&self.seen).position(is_stuck)
    }
}

/// A path, or a name in the abstract namespace behind an `@`.
fn connect(name: &OsString) -> io::Result<(UnixDatagram, SocketAddr)> {
    let address = match name.as_bytes() {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
        [b'/', ..] => SocketAddr::from_pathname(name)?,
        _ => return Err(io::Error::new(io::ErrorKind::Unsupported, "neither a path nor @name")),
    };
    let socket = UnixDatagram::unbound()?;
    // Told from the event loop, which nobody may hold up.
    socket.set_write_timeout(Some(NOTIFY_WAIT))?;
    Ok((socket, address))
}

fn number(variable: impl Fn(&str) -> Option<OsString>, name: &str) -> Option<u64> {
    String::from_utf8(variable(name)?.into_vec()).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Variables as `NAME=value`, of which `PID` stands for this process.
    fn variables(text: &str) -> impl Fn(&str) -> Option<OsString> {
        let text = text.replace("PID!", &std::process::id().to_string());
        move |name| {
            let of = |line: &str| Some(line.strip_prefix(name)?.strip_prefix('=')?.into());
            text.split(' ').find_map(of)
        }
    }

    /// The variable that names a service manager, and its socket.
    fn ear(of: &str) -> (String, UnixDatagram) {
        let name = format!("spillway-{of}-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).expect("a name");
        let heard_by = UnixDatagram::bind_addr(&address).expect("a name of our own");
        (format!("NOTIFY_SOCKET=@{name}"), heard_by)
    }

    #[test]
    fn a_socket_for_another_process_or_none_is_not_taken() {
        for text in
            ["", "LISTEN_FDS=1", "LISTEN_PID=1 LISTEN_FDS=1", "LISTEN_PID=PID! LISTEN_FDS=0"]
        {
            assert!(passed_listener(variables(text)).expect(text).is_none(), "{text}");
        }
    }

    #[test]
    fn several_sockets_are_refused() {
        let error = passed_listener(variables("LISTEN_PID=PID! LISTEN_FDS=2")).expect_err("two");
        assert!(error.to_string().contains('2'), "{error}");
    }

    #[test]
    fn a_watchdog_is_fed_only_where_one_is_set_for_this_process() {
        for (text, period_us) in [
            ("", None),
            ("WATCHDOG_USEC=0", None),
            ("WATCHDOG_USEC=soon", None),
            ("WATCHDOG_USEC=3000000", Some(3_000_000)),
            ("WATCHDOG_USEC=3000000 WATCHDOG_PID=PID!", Some(3_000_000)),
            ("WATCHDOG_USEC=3000000 WATCHDOG_PID=1", None),
        ] {
            let period = Notifier::new(variables(text)).watchdog_period;
            assert_eq!(period, period_us.map(Duration::from_micros), "{text}");
        }
    }

    #[test]
    fn one_stuck_thread_of_several_is_not_well() {
        let (named, heard_by) = ear("stuck");
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(3)
            .enable_all()
            .build()
            .expect("threads");
        let watched = format!("{named} WATCHDOG_USEC=400000");
        let runtimes = vec![runtime.handle().clone()];
        runtime.spawn(Notifier::new(variables(&watched)).ping_watchdog(runtimes));
        let busy = runtime.spawn(async {
            // Never sleeps, and is well.
            loop {
                tokio::task::yield_now().await;
            }
        });
        let is_told = |within_ms| {
            heard_by.set_read_timeout(Some(Duration::from_millis(within_ms))).expect("a time");
            heard_by.recv(&mut [0; 64]).is_ok()
        };
        for _ in 0..6 {
            assert!(is_told(10_000), "a busy thread is taken for a stuck one");
        }
        let (release, released) = std::sync::mpsc::channel::<()>();
        runtime.spawn(async move { released.recv() });
        let falls_silent = (0..20).any(|_| !is_told(1_000));
        assert!(falls_silent, "a stuck thread is not seen");
        release.send(()).expect("it waits for this");
        assert!(is_told(10_000), "it goes on, and nobody is told");
        busy.abort();
        runtime.shutdown_background();
    }

    #[test]
    fn a_socket_that_cannot_be_is_told_nothing() {
        for text in ["NOTIFY_SOCKET=relative", "NOTIFY_SOCKET=vsock:2:1", "NOTIFY_SOCKET=/absent/x"]
        {
            Notifier::new(variables(text)).ready("nobody hears it");
        }
    }

    #[test]
    fn a_name_in_the_abstract_namespace_is_understood() {
        let (named, heard_by) = ear("abstract");
        Notifier::new(variables(&named)).ready("serving");
        let mut buffer = [0; 256];
        let len_bytes = heard_by.recv(&mut buffer).expect("a message");
        assert_eq!(&buffer[..len_bytes], b"READY=1\nSTATUS=serving");
    }
}
