//! A new version takes over while people watch.

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions, kill_process, set_child_subreaper, waitpid};
use spillway_tests::encryption::Certificate;
use spillway_tests::http_2::{DATA, Http2};
use spillway_tests::wire::Connection;
use spillway_tests::{Library, Setup, TestServer, eventually, spillway_binary};

use crate::one_film::OneFilm;
use crate::service_manager::Manager;

/// Enough that neither sockets nor readers can take it all before the hand-over.
const FILM_BYTES: usize = 16 << 20;

/// People who watch a film, unless the environment says how many: `make test-hand-over`.
const VIEWERS: usize = 60;

/// Programs that ask again and again, half of them on one connection for as long as it is kept.
const ASKERS: usize = 8;

/// A player has more than this in its buffer, and a page loads as slowly at times.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// Nothing here takes this long.
const PATIENCE: Duration = Duration::from_mins(1);

#[test]
fn nobody_notices_that_another_process_takes_over() {
    hand_over_under_load(
        |setup| setup,
        watch_slowly,
        |one, asker, load| {
            ask_on(one, asker % 2 == 0, load);
        },
    );
}

#[test]
fn nobody_who_watches_by_https_notices_either() {
    let certificate = Certificate::make();
    hand_over_under_load(
        |setup| setup.with_certificate(&certificate),
        |one, viewer, load| match viewer % 2 {
            0 => watch_slowly(one, viewer, load),
            _ => watch_slowly_by_http_2(one, load),
        },
        |one, asker, load| match asker % 4 {
            0 => ask_on(one, true, load),
            1 => ask_on(one, false, load),
            _ => ask_on_by_http_2(one, load),
        },
    );
}

/// Hands over while `watch` and `ask` run, many of each, numbered.
#[expect(clippy::print_stderr, reason = "`make test-hand-over` is run for the figures, too")]
fn hand_over_under_load(
    adjust: impl FnOnce(Setup) -> Setup,
    watch: impl Fn(&OneFilm, usize, &Load) + Sync,
    ask: impl Fn(&OneFilm, usize, &Load) + Sync,
) {
    let viewers = env::var("SPILLWAY_HAND_OVER_VIEWERS").map_or(VIEWERS, |viewers| {
        viewers.parse().expect("SPILLWAY_HAND_OVER_VIEWERS is a number")
    });
    let manager = Manager::new();
    let one = set_up_film_server(&manager, FILM_BYTES, adjust);
    let sockets_when_idle = sockets_of(one.server.pid());
    let load = Load::default();
    let successor = thread::scope(|scope| {
        let (one, load, watch, ask) = (&one, &load, &watch, &ask);
        let watching: Vec<_> =
            (0..viewers).map(|viewer| scope.spawn(move || watch(one, viewer, load))).collect();
        let askers: Vec<_> =
            (0..ASKERS).map(|asker| scope.spawn(move || ask(one, asker, load))).collect();
        eventually("everybody watches", PATIENCE, || load.watching.load(Relaxed) == viewers);
        eventually("everybody asks", PATIENCE, || load.asked.load(Relaxed) > 10 * ASKERS);
        let successor = hand_over(&one.server, &manager);
        let asked_before = load.asked.load(Relaxed);
        eventually("the new one answers", PATIENCE, || {
            load.asked.load(Relaxed) > asked_before + 10 * ASKERS
        });
        assert_ne!(state_of(one.server.pid()), Some('Z'), "it left its viewers");
        load.is_handed_over.store(true, Relaxed);
        for viewer in watching {
            viewer.join().expect("a viewer got all of the film");
        }
        load.is_over.store(true, Relaxed);
        for asker in askers {
            asker.join().expect("every request was answered");
        }
        successor
    });
    let waits_ms = (load.viewer_wait_ms_max.load(Relaxed), load.answer_wait_ms_max.load(Relaxed));
    eprintln!(
        "{viewers} viewers, {} requests: none failed; the longest wait for the next bytes {} ms, for an \
         answer with its connection {} ms",
        load.asked.load(Relaxed),
        waits_ms.0,
        waits_ms.1
    );
    let wait_max_ms = WAIT_MAX.as_millis().try_into().expect("some seconds");
    assert!(waits_ms.0 < wait_max_ms && waits_ms.1 < wait_max_ms, "{waits_ms:?}");
    eventually("the old one ends", PATIENCE, || state_of(one.server.pid()) == Some('Z'));
    assert_eq!(one.server.titles().len(), 1, "the new one serves");
    eventually("connections are gone", PATIENCE, || sockets_of(successor.pid) <= sockets_when_idle);
    successor.stop();
}

#[test]
fn a_program_that_cannot_start_leaves_the_old_one_serving() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let program = folder.path().join("spillway");
    fs::copy(spillway_binary(), &program).expect("copied");
    let library = Library::new();
    let film = library.film("Alien (1979)").with_payload_bytes(FILM_BYTES);
    let manager = Manager::new();
    let server = TestServer::with(&library)
        .program(&program)
        .variable("NOTIFY_SOCKET", &manager.path)
        .start();
    assert!(manager.next().starts_with("READY=1"));
    let one = OneFilm::of(library, film, server);
    let mut viewer = one.server.connect();
    viewer.send(one.request("GET", "")).expect("it is taken");
    let begun = viewer.read_exactly(1 << 20).expect("it begins");

    // One ends before it asks for anything, one once it has the catalog.
    let gone = folder.path().join("gone");
    for script in ["", "printf P >&0; head -c 2 >/dev/null; "] {
        let script = format!("#!/bin/sh\n{script}touch {}\nexit 3\n", gone.display());
        replace(&program, |path| fs::write(path, &script).expect("written"));
        one.server.signal(Signal::USR2);
        eventually("it was tried", PATIENCE, || gone.exists());
        eventually("it is given up", PATIENCE, || !has_children(one.server.pid()));
        assert_eq!(one.server.titles().len(), 1, "it serves after {script:?}");
        fs::remove_file(&gone).expect("it is there");
    }

    // And it still can hand over to one that works.
    replace(&program, |path| {
        fs::copy(spillway_binary(), path).expect("copied");
    });
    let successor = hand_over(&one.server, &manager);
    let rest = viewer.read_to_end().expect("it is finished");
    assert!([begun, rest].concat().ends_with(&one.bytes), "the answer was cut off");
    assert_eq!(one.server.titles().len(), 1, "the new one serves");
    eventually("the old one ends", PATIENCE, || state_of(one.server.pid()) == Some('Z'));
    successor.stop();
    let log = one.server.stop().stderr;
    assert_eq!(log.matches("no other process took over").count(), 2, "{log}");
}

#[test]
fn a_process_that_finishes_its_answers_can_be_told_to_end() {
    let manager = Manager::new();
    let one = film_server(&manager, FILM_BYTES);
    let mut viewer = one.server.connect();
    viewer.send(one.request("GET", "")).expect("it is taken");
    viewer.read_exactly(1 << 20).expect("it begins");
    let successor = hand_over(&one.server, &manager);
    one.server.signal(Signal::TERM);
    // The viewer takes nothing more, so this waits for the whole grace.
    eventually("it ends", PATIENCE, || state_of(one.server.pid()) == Some('Z'));
    successor.stop();
}

#[test]
fn answers_left_behind_have_the_time_that_is_configured() {
    let manager = Manager::new();
    let library = Library::new();
    let film = library.film("Alien (1979)").with_payload_bytes(FILM_BYTES);
    let server = TestServer::with(&library)
        .configured("[limits]\nhand_over_timeout_s = 2")
        .variable("NOTIFY_SOCKET", &manager.path)
        .start();
    assert!(manager.next().starts_with("READY=1"));
    let one = OneFilm::of(library, film, server);
    let mut viewer = one.server.connect();
    viewer.send(one.request("GET", "")).expect("it is taken");
    viewer.read_exactly(1 << 20).expect("it begins");
    let successor = hand_over(&one.server, &manager);
    // The viewer takes nothing more. The default is six hours, and a stall is one minute.
    let within = Duration::from_secs(30);
    eventually("the old one ends", within, || state_of(one.server.pid()) == Some('Z'));
    successor.stop();
}

#[test]
fn a_stop_while_another_process_takes_over_ends_both() {
    for delay_ms in [0, 100, 800] {
        let library = Library::new();
        let server = TestServer::with(&library).start();
        server.signal(Signal::USR2);
        thread::sleep(Duration::from_millis(delay_ms));
        // Ends well, and leaves no process: that of the successor is of the same group.
        server.stop();
    }
}

/// A server of one film that tells the manager what it does.
fn film_server(manager: &Manager, payload_bytes: usize) -> OneFilm {
    set_up_film_server(manager, payload_bytes, |setup| setup)
}

/// As [`film_server`], of a server that is set up otherwise.
fn set_up_film_server(
    manager: &Manager,
    payload_bytes: usize,
    adjust: impl FnOnce(Setup) -> Setup,
) -> OneFilm {
    let library = Library::new();
    let film = library.film("Alien (1979)").with_payload_bytes(payload_bytes);
    let setup = TestServer::with(&library).variable("NOTIFY_SOCKET", &manager.path);
    let server = adjust(setup).start();
    assert!(manager.next().starts_with("READY=1"));
    OneFilm::of(library, film, server)
}

/// Has the server hand over, and waits until another process serves.
fn hand_over(server: &TestServer, manager: &Manager) -> Successor {
    // Orphans become children of this test, which can then wait for them.
    set_child_subreaper(Some(Pid::INIT)).expect("a process may adopt its grandchildren");
    server.signal(Signal::USR2);
    let ready = manager.next();
    assert!(ready.starts_with("READY=1"), "{ready}");
    let main = manager.next();
    let pid = main.strip_prefix("MAINPID=").and_then(|pid| pid.parse().ok());
    let pid: u32 = pid.unwrap_or_else(|| panic!("{main}"));
    assert_ne!(pid, server.pid());
    Successor { pid }
}

/// The process that took over; ends before its predecessor's [`TestServer`] looks what is left.
struct Successor {
    pid: u32,
}

impl Successor {
    /// Ends it, after its predecessor.
    fn stop(self) {
        drop(self);
    }

    fn as_pid(&self) -> Pid {
        Pid::from_raw(self.pid.try_into().expect("a pid")).expect("not 0")
    }
}

impl Drop for Successor {
    fn drop(&mut self) {
        kill_process(self.as_pid(), Signal::TERM).expect("it runs");
        if thread::panicking() {
            return;
        }
        // A process looks ended before its last thread has, and keeps its children until then.
        let parent = || stat_of(self.pid).and_then(|stat| stat.get(1)?.parse().ok());
        eventually("it is an orphan of ours", PATIENCE, || parent() == Some(std::process::id()));
        let (_, status) = waitpid(Some(self.as_pid()), WaitOptions::empty())
            .expect("an orphan of ours")
            .expect("it was waited for");
        assert_eq!(status.exit_status(), Some(0), "{status:?}");
    }
}

/// What those who watch and ask know of each other.
#[derive(Default)]
struct Load {
    watching: AtomicUsize,
    asked: AtomicUsize,
    is_handed_over: AtomicBool,
    is_over: AtomicBool,
    viewer_wait_ms_max: AtomicU64,
    answer_wait_ms_max: AtomicU64,
}

/// Takes a whole film, slowly until the hand-over is done.
fn watch_slowly(one: &OneFilm, _viewer: usize, load: &Load) {
    let mut connection = one.server.connect();
    connection.send(one.request("GET", "")).expect("it is taken");
    let head = connection.read_head().expect("an answer");
    assert_eq!(head.status, 200);
    load.watching.fetch_add(1, Relaxed);
    let mut seen = 0;
    while seen < one.bytes.len() {
        let len_bytes = (64 << 10).min(one.bytes.len() - seen);
        let asked_at = Instant::now();
        let bytes = connection.read_exactly(len_bytes).expect("it goes on");
        note(asked_at, &load.viewer_wait_ms_max);
        assert!(bytes == one.bytes[seen..seen + len_bytes], "wrong bytes at {seen}");
        seen += len_bytes;
        if !load.is_handed_over.load(Relaxed) {
            thread::sleep(Duration::from_millis(100));
        }
    }
}

/// As [`watch_slowly`].
fn watch_slowly_by_http_2(one: &OneFilm, load: &Load) {
    let mut connection = one.server.connect_by_http_2();
    let stream = connection.ask(&one.url, None).expect("it is taken");
    let head = connection.read_frame_of(stream).expect("an answer");
    assert_eq!(head.status(), Some(200));
    load.watching.fetch_add(1, Relaxed);
    let (mut seen, mut seen_at_rest) = (0, 0);
    while seen < one.bytes.len() {
        let asked_at = Instant::now();
        let frame = connection.read_frame_of(stream).expect("it goes on");
        note(asked_at, &load.viewer_wait_ms_max);
        assert_eq!(frame.kind, DATA);
        let expected = one.bytes.get(seen..seen + frame.payload.len());
        assert!(expected == Some(&*frame.payload), "wrong bytes at {seen}");
        seen += frame.payload.len();
        if !load.is_handed_over.load(Relaxed) && seen > seen_at_rest + (64 << 10) {
            seen_at_rest = seen;
            thread::sleep(Duration::from_millis(100));
        }
    }
}

/// As [`ask_on`], each connection until the server asks for another.
fn ask_on_by_http_2(one: &OneFilm, load: &Load) {
    let mut connection: Option<Http2> = None;
    let mut offset = 0;
    while !load.is_over.load(Relaxed) {
        let len_bytes = 20_000;
        offset = (offset + 7_654_321) % (one.bytes.len() - len_bytes);
        let range = format!("bytes={offset}-{}", offset + len_bytes - 1);
        let is_film = load.asked.fetch_add(1, Relaxed).is_multiple_of(2);
        let asked_at = Instant::now();
        let mut open = connection.take().unwrap_or_else(|| one.server.connect_by_http_2());
        if is_film {
            let answer = open.get(&one.url, Some(&range));
            assert_eq!(answer.status, Some(206));
            assert!(answer.body == one.bytes[offset..offset + len_bytes], "wrong at {offset}");
        } else {
            let answer = open.get("/api/v1/titles", None);
            assert_eq!(answer.status, Some(200));
            let titles: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
            assert_eq!(titles["items"].as_array().map(Vec::len), Some(1));
        }
        note(asked_at, &load.answer_wait_ms_max);
        // One that has been told leaves once its last answer has come.
        if open.goaway().is_none() {
            connection = Some(open);
        }
    }
}

/// Asks for pieces of the film and for the list of titles; each must be answered.
fn ask_on(one: &OneFilm, keeps_alive: bool, load: &Load) {
    let mut connection: Option<Connection> = None;
    let mut offset = 0;
    while !load.is_over.load(Relaxed) {
        let len_bytes = 20_000;
        offset = (offset + 7_654_321) % (one.bytes.len() - len_bytes);
        let is_film = load.asked.fetch_add(1, Relaxed).is_multiple_of(2);
        let request = if is_film {
            one.request("GET", &format!("Range: bytes={offset}-{}\r\n", offset + len_bytes - 1))
        } else {
            format!("GET /api/v1/titles HTTP/1.1\r\nHost: {}\r\n\r\n", one.server.address())
        };
        let asked_at = Instant::now();
        let mut open = connection.take().unwrap_or_else(|| one.server.connect());
        open.send(&request).expect("a request is taken");
        let answer = open.read_response().unwrap_or_else(|error| panic!("{error}: {request}"));
        note(asked_at, &load.answer_wait_ms_max);
        if is_film {
            assert_eq!(answer.status, 206);
            assert!(answer.body == one.bytes[offset..offset + len_bytes], "wrong at {offset}");
        } else {
            assert_eq!(
                (answer.status, answer.json()["items"].as_array().map(Vec::len)),
                (200, Some(1))
            );
        }
        if keeps_alive && answer.header("connection") != Some("close") {
            connection = Some(open);
        } else {
            if !keeps_alive {
                continue;
            }
            let rest = open.read_to_end().expect("a connection ends as announced");
            assert!(rest.is_empty(), "there is more behind the last answer");
        }
    }
}

fn note(since: Instant, max_ms: &AtomicU64) {
    max_ms.fetch_max(since.elapsed().as_millis().try_into().expect("no ages"), Relaxed);
}

fn replace(program: &Path, write: impl FnOnce(&Path)) {
    fs::remove_file(program).expect("it is there");
    write(program);
    fs::set_permissions(program, fs::Permissions::from_mode(0o755)).expect("it is ours");
}

/// The state of a process as `ps` shows it; `Z` once it has ended and before it is waited for.
fn state_of(pid: u32) -> Option<char> {
    stat_of(pid)?.first()?.chars().next()
}

fn has_children(pid: u32) -> bool {
    let processes = fs::read_dir("/proc").expect("there is /proc").flatten();
    let mut pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.any(|child| stat_of(child).is_some_and(|stat| stat.get(1) == Some(&pid.to_string())))
}

/// What stands behind the name in `proc_pid_stat(5)`: the state, the parent and more.
fn stat_of(pid: u32) -> Option<Vec<String>> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, behind) = stat.rsplit_once(')')?;
    Some(behind.split_whitespace().map(str::to_owned).collect())
}

fn sockets_of(pid: u32) -> usize {
    let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).expect("the process runs").flatten();
    let targets = descriptors.filter_map(|descriptor| fs::read_link(descriptor.path()).ok());
    targets.filter(|target| target.to_string_lossy().starts_with("socket:")).count()
}
