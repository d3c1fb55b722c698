//! Disks that fail, stall or lie under running readers: what arrives is the file's bytes, what
//! cannot arrive is cut off, and who watches something else notices nothing.

use std::env;
use std::thread;
use std::time::{Duration, Instant};

use spillway_tests::encryption::Certificate;
use spillway_tests::faulty_disk::{Fault, FaultyDisk};
use spillway_tests::wire::Connection;
use spillway_tests::{Library, Setup, TestServer, eventually, sample_video};

use crate::leftovers::Baseline;

const BROKEN: &str = "Alien (1979).mp4";
const HEALTHY: &str = "Brazil (1985).mp4";
const ELSEWHERE: &str = "Contact (1997).mp4";

const LEN_BYTES: usize = 24 << 20;

/// Where the faults begin.
const BAD_FROM_BYTES: u64 = 10 << 20;

/// The first byte of a healthy file, on a machine that does other things too.
const FIRST_BYTE_MAX: Duration = Duration::from_secs(2);

/// From a client's departure until nothing is left of it: a look a second, on a busy machine.
const DEPARTURE_MAX: Duration = Duration::from_secs(5);

/// More than a disk has threads.
const VIEWERS: usize = 12;

/// A server of two disks, one of which will fail.
struct TwoDisks {
    server: TestServer,
    disk: FaultyDisk,
    _other_disk: FaultyDisk,
    bytes: Vec<u8>,
    before: Baseline,
}

impl TwoDisks {
    /// None where nothing may be mounted; whoever runs the tests there has to say so.
    fn start() -> Option<Self> {
        Self::set_up(|setup| setup)
    }

    /// As [`Self::start`], of a server that is set up otherwise.
    fn set_up(adjust: impl FnOnce(Setup) -> Setup) -> Option<Self> {
        if env::var_os("SPILLWAY_NO_MOUNTS").is_some() {
            return None;
        }
        let bytes = sample_video::mp4(1000, LEN_BYTES);
        let disk = FaultyDisk::with(&[(BROKEN, bytes.clone()), (HEALTHY, bytes.clone())]);
        let other_disk = FaultyDisk::with(&[(ELSEWHERE, bytes.clone())]);
        let empty = Library::new();
        let setup = TestServer::with(&empty).media(disk.path()).media(other_disk.path());
        let server = adjust(setup).start();
        let before = Baseline::of(&server);
        Some(Self { server, disk, _other_disk: other_disk, bytes, before })
    }

    fn ask(&self, file_name: &str, range: &str) -> Connection {
        let mut connection = self.server.connect();
        let url = self.server.file_url(file_name);
        let host = self.server.address();
        let request =
            format!("GET {url} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{range}\r\n");
        connection.send(request).expect("it is taken");
        connection
    }

    /// The whole film, and how long its first byte took.
    fn watch(&self, file_name: &str) -> Duration {
        let begun = Instant::now();
        let mut connection = self.ask(file_name, "");
        assert_eq!(connection.read_head().expect("an answer").status, 200);
        let first = connection.read_exactly(1).expect("the first byte");
        let first_byte_after = begun.elapsed();
        let rest = connection.read_to_end().expect("the rest");
        assert!([first, rest].concat() == self.bytes, "{file_name}: not the file's bytes");
        first_byte_after
    }

    /// What arrives of the broken film until the connection is cut.
    fn watch_broken(&self) -> usize {
        let mut connection = self.ask(BROKEN, "");
        assert_eq!(connection.read_head().expect("an answer").status, 200);
        let mut received = Vec::new();
        while let Ok(more) = connection.read_exactly(4096) {
            received.extend(more);
        }
        assert!(self.bytes.starts_with(&received), "not the file's bytes");
        received.len()
    }

    fn assert_nothing_is_left(self) {
        self.before.assert_met_again(&self.server);
        self.server.stop();
    }
}

#[test]
fn a_disk_that_cannot_read_cuts_the_stream_off_where_the_fault_is() {
    let Some(disks) = TwoDisks::start() else { return };
    for fault in [Fault::ErrorFrom(BAD_FROM_BYTES), Fault::ErrorFrom(0)] {
        disks.disk.set_fault(BROKEN, fault);
        let Fault::ErrorFrom(from) = fault else { unreachable!("both are") };
        for _ in 0..3 {
            let received = disks.watch_broken() as u64;
            assert!(received <= BAD_FROM_BYTES, "{fault:?}: {received} bytes came");
            // Windows of 2 MiB are read as a whole or not at all.
            assert!(received + (3 << 20) >= from, "{fault:?}: only {received} bytes came");
        }
        assert!(disks.watch(HEALTHY) < FIRST_BYTE_MAX);
        assert!(disks.watch(ELSEWHERE) < FIRST_BYTE_MAX);
    }
    assert!(disks.server.metric("spillway_streams_broken_total") >= 6.0);
    disks.disk.heal();
    disks.watch(BROKEN);
    disks.assert_nothing_is_left();
}

#[test]
fn a_disk_that_stalls_holds_up_its_own_viewers_and_nobody_else() {
    let Some(disks) = TwoDisks::start() else { return };
    disks.disk.set_fault(BROKEN, Fault::StallFrom(BAD_FROM_BYTES));
    thread::scope(|scope| {
        let viewers: Vec<_> = (0..VIEWERS).map(|_| scope.spawn(|| disks.watch(BROKEN))).collect();
        eventually("all wait for the disk", Duration::from_secs(20), || {
            disks.server.metric("spillway_disk_threads_busy") >= 8.0
                && disks.server.metric("spillway_streams") >= 12.0
        });
        let (stalled_at, worked) = (Instant::now(), disks.server.processor_time());
        thread::sleep(Duration::from_secs(2));
        let worked = disks.server.processor_time().saturating_sub(worked);
        assert!(worked < stalled_at.elapsed() / 4, "it works while it waits: {worked:?}");

        let watch_in_time = |file_name: &str| {
            let first_byte_after = disks.watch(file_name);
            assert!(first_byte_after < FIRST_BYTE_MAX, "{file_name}: {first_byte_after:?}");
        };
        watch_in_time(ELSEWHERE);
        // The film on the same disk is brought into memory once more: the kernel may have thrown it
        // out, and then it waits for the threads that stall. What was read several times stays longer.
        for _ in 0..3 {
            let healthy = std::fs::read(disks.disk.path().join(HEALTHY)).expect("it can be read");
            assert!(healthy == disks.bytes);
        }
        watch_in_time(HEALTHY);
        let begun = Instant::now();
        assert_eq!(disks.server.get("/api/v1/titles").status, 200);
        assert!(begun.elapsed() < FIRST_BYTE_MAX, "{:?}", begun.elapsed());

        disks.disk.heal();
        for viewer in viewers {
            viewer.join().expect("every byte comes after all");
        }
    });
    disks.assert_nothing_is_left();
}

#[test]
fn a_disk_that_stalls_for_too_long_loses_its_viewers_and_nothing_else() {
    let limited = |setup: Setup| setup.configured("[limits]\ndisk_timeout_s = 3");
    let Some(disks) = TwoDisks::set_up(limited) else { return };
    disks.disk.set_fault(BROKEN, Fault::StallFrom(BAD_FROM_BYTES));
    let begun = Instant::now();
    thread::scope(|scope| {
        let viewers: Vec<_> =
            (0..VIEWERS).map(|_| scope.spawn(|| (disks.watch_broken(), begun.elapsed()))).collect();
        eventually("all wait for the disk", Duration::from_secs(20), || {
            disks.server.metric("spillway_disk_threads_busy") >= 8.0
        });
        assert!(disks.watch(ELSEWHERE) < FIRST_BYTE_MAX);
        for viewer in viewers {
            let (received, after) = viewer.join().expect("it ends");
            assert!(received as u64 <= BAD_FROM_BYTES, "{received} bytes came");
            assert!(after >= Duration::from_secs(3), "cut off after only {after:?}");
            assert!(after < Duration::from_secs(20), "cut off after {after:?}");
        }
    });
    // The threads wait on; of the clients nothing is left.
    eventually("the streams are gone", DEPARTURE_MAX, || {
        disks.server.metric("spillway_streams") == 0.0
            && disks.server.metric("spillway_connections") <= 1.0
    });
    assert!(disks.server.metric("spillway_disk_threads_busy") >= 1.0, "nothing stalls");
    assert!(disks.server.metric("spillway_streams_broken_total") >= VIEWERS as f64);
    assert!(disks.watch(ELSEWHERE) < FIRST_BYTE_MAX);
    disks.disk.heal();
    disks.watch(BROKEN);
    disks.assert_nothing_is_left();
}

/// Whoever waits for a stalled disk leaves by `leave`, and is forgotten while it still stalls.
fn assert_departure_is_noticed(disks: TwoDisks, leave: impl FnOnce(&TwoDisks)) {
    let sockets = || {
        let targets = disks.server.descriptors();
        targets.iter().filter(|target| target.starts_with("socket:")).count()
    };
    let sockets_before = sockets();
    disks.disk.set_fault(BROKEN, Fault::StallFrom(0));
    leave(&disks);
    let left_at = Instant::now();
    eventually("the streams are gone", DEPARTURE_MAX, || {
        disks.server.metric("spillway_streams") == 0.0
            && disks.server.metric("spillway_connections") <= 1.0
    });
    eventually("the sockets are gone", DEPARTURE_MAX, || sockets() <= sockets_before);
    assert!(left_at.elapsed() < DEPARTURE_MAX, "{:?}", left_at.elapsed());
    assert!(disks.server.metric("spillway_disk_threads_busy") >= 1.0, "nothing stalls");
    disks.disk.heal();
    disks.watch(BROKEN);
    disks.assert_nothing_is_left();
}

/// Has viewers wait for the disk, half of whom have read what came.
fn waiting_viewers(disks: &TwoDisks) -> Vec<Connection> {
    let mut waiting: Vec<_> = (0..VIEWERS).map(|_| disks.ask(BROKEN, "")).collect();
    for viewer in waiting.iter_mut().step_by(2) {
        assert_eq!(viewer.read_head().expect("it goes ahead").status, 200);
    }
    eventually("all wait for the disk", Duration::from_secs(20), || {
        disks.server.metric("spillway_disk_threads_busy") >= 8.0
    });
    // One that waits and stays is kept.
    thread::sleep(Duration::from_millis(2500));
    assert!(disks.server.metric("spillway_streams") >= VIEWERS as f64);
    waiting
}

#[test]
fn a_viewer_who_leaves_a_stalled_disk_is_forgotten_while_it_stalls() {
    let Some(disks) = TwoDisks::start() else { return };
    assert_departure_is_noticed(disks, |disks| drop(waiting_viewers(disks)));
}

#[test]
fn a_viewer_who_leaves_a_stalled_disk_by_https_is_forgotten_too() {
    let certificate = Certificate::make();
    let Some(disks) = TwoDisks::set_up(|setup| setup.with_certificate(&certificate)) else {
        return;
    };
    assert_departure_is_noticed(disks, |disks| drop(waiting_viewers(disks)));
}

#[test]
fn a_viewer_who_leaves_a_stalled_disk_by_http_2_is_forgotten_too() {
    let certificate = Certificate::make();
    let Some(disks) = TwoDisks::set_up(|setup| setup.with_certificate(&certificate)) else {
        return;
    };
    assert_departure_is_noticed(disks, |disks| {
        let url = disks.server.file_url(BROKEN);
        let waiting: Vec<_> = (0..VIEWERS)
            .map(|_| {
                let mut viewer = disks.server.connect_by_http_2();
                viewer.ask(&url, None).expect("it is taken");
                viewer
            })
            .collect();
        eventually("all wait for the disk", Duration::from_secs(20), || {
            disks.server.metric("spillway_disk_threads_busy") >= 8.0
        });
        drop(waiting);
    });
}

#[test]
fn viewers_who_leave_a_stalled_disk_leave_nothing_behind() {
    let Some(disks) = TwoDisks::start() else { return };
    disks.disk.set_fault(BROKEN, Fault::StallFrom(0));
    let waiting: Vec<_> = (0..12).map(|_| disks.ask(BROKEN, "")).collect();
    eventually("all wait for the disk", Duration::from_secs(20), || {
        disks.server.metric("spillway_disk_threads_busy") >= 8.0
    });
    drop(waiting);
    disks.disk.heal();
    disks.watch(BROKEN);
    disks.assert_nothing_is_left();
}

#[test]
fn a_file_that_does_not_open_is_a_503_in_time() {
    let Some(disks) = TwoDisks::start() else { return };
    disks.disk.set_fault(BROKEN, Fault::StallAtOpen);
    thread::scope(|scope| {
        let asked_at = Instant::now();
        let mut waiting = disks.ask(BROKEN, "");
        let waiting = scope.spawn(move || {
            let answer = waiting.read_response().expect("an answer");
            (answer, asked_at.elapsed())
        });
        for file_name in [HEALTHY, ELSEWHERE] {
            let first_byte_after = disks.watch(file_name);
            assert!(first_byte_after < FIRST_BYTE_MAX, "{file_name}: {first_byte_after:?}");
        }
        let (answer, after) = waiting.join().expect("it ends");
        assert_eq!(answer.status, 503, "{}", answer.text());
        assert!(answer.header("retry-after").is_some());
        assert!(after < Duration::from_secs(25), "{after:?}");
    });
    disks.disk.heal();
    disks.watch(BROKEN);
    disks.assert_nothing_is_left();
}

#[test]
fn a_disk_that_gives_less_than_was_asked_never_makes_wrong_bytes() {
    let Some(disks) = TwoDisks::start() else { return };
    disks.disk.set_fault(BROKEN, Fault::ShortAt(BAD_FROM_BYTES + 1000));
    let received = disks.watch_broken() as u64;
    assert!(received < LEN_BYTES as u64, "a whole film of half a disk");
    assert!(disks.watch(HEALTHY) < FIRST_BYTE_MAX);
    disks.assert_nothing_is_left();
}
