//! The server under systemd: a socket that was opened for it, and what it says in return.

use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use spillway_tests::{Library, TestServer};
use tempfile::TempDir;

/// Nothing the server says takes this long.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn a_socket_that_was_opened_for_it_is_served() {
    let library = Library::new();
    library.film("Alien (1979)");
    let socket = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = socket.local_addr().expect("bound");
    let server = TestServer::with(&library).activated_by(socket).start();
    assert_eq!(server.address(), address, "the ready line names the socket's address");
    assert_eq!(server.titles().len(), 1);
}

#[test]
fn whoever_comes_before_the_server_is_answered_when_it_is_there() {
    let library = Library::new();
    let socket = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let mut early = spillway_tests::wire::Connection::open(socket.local_addr().expect("bound"));
    early.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("it is taken");
    let _server = TestServer::with(&library).activated_by(socket).start();
    assert_eq!(early.read_response().expect("an answer").status, 200);
}

#[test]
fn what_is_no_listening_socket_is_refused_with_what_to_do() {
    let library = Library::new();
    let datagrams = UnixDatagram::unbound().expect("a socket");
    let file = tempfile::tempfile().expect("a temporary file");
    for socket in [OwnedFd::from(datagrams), OwnedFd::from(file)] {
        let finished = TestServer::with(&library).activated_by(socket).refuse();
        assert!(finished.exited_with(1), "{finished:?}");
        for part in ["LISTEN_FDS", "ListenStream="] {
            assert!(finished.stderr.contains(part), "{part} is not in {}", finished.stderr);
        }
    }
}

#[test]
fn it_says_when_it_answers_and_when_it_stops() {
    let library = Library::new();
    let manager = Manager::new();
    let server = TestServer::with(&library).variable("NOTIFY_SOCKET", &manager.path).start();
    let ready = manager.next();
    assert!(ready.starts_with("READY=1\nSTATUS="), "{ready}");
    assert!(ready.contains(&server.address().to_string()), "{ready}");
    server.stop();
    let stopping = manager.next();
    assert!(stopping.starts_with("STOPPING=1\nSTATUS="), "{stopping}");
}

#[test]
fn the_watchdog_hears_of_it_until_it_hangs() {
    let library = Library::new();
    let manager = Manager::new();
    let began = Instant::now();
    let server = TestServer::with(&library)
        .variable("NOTIFY_SOCKET", &manager.path)
        .variable("WATCHDOG_USEC", "400000")
        .start();
    assert!(manager.next().starts_with("READY=1"));
    for _ in 0..11 {
        assert_eq!(manager.next(), "WATCHDOG=1");
    }
    // One at once and then one every 200 ms; late ones are the machine's, early ones a fault.
    assert!(began.elapsed() >= Duration::from_secs(2), "{:?}", began.elapsed());

    let pid = Pid::from_raw(server.pid().try_into().expect("a pid")).expect("not 0");
    kill_process(pid, Signal::STOP).expect("the program runs");
    let fell_silent = (0..20).any(|_| manager.within(Duration::from_secs(1)).is_none());
    assert!(fell_silent, "a process that does not run says that all is well");
    kill_process(pid, Signal::CONT).expect("the program is there");
    assert_eq!(manager.next(), "WATCHDOG=1");
}

/// A service manager's ear.
pub(crate) struct Manager {
    socket: UnixDatagram,
    pub(crate) path: PathBuf,
    _folder: TempDir,
}

impl Manager {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).expect("a path of our own");
        Self { socket, path, _folder: folder }
    }

    pub(crate) fn next(&self) -> String {
        self.within(PATIENCE).expect("the server says something")
    }

    fn within(&self, patience: Duration) -> Option<String> {
        self.socket.set_read_timeout(Some(patience)).expect("a socket takes a timeout");
        let mut buffer = [0; 4096];
        let len_bytes = self.socket.recv(&mut buffer).ok()?;
        Some(String::from_utf8_lossy(&buffer[..len_bytes]).into_owned())
    }
}
