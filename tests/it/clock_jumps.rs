//! The clock on the wall jumps while people watch: no wait ends early or late, and dates are right.

use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use spillway_tests::wire::{Connection, Response};
use spillway_tests::{Library, TestServer, WallClock, eventually, tools};

use crate::leftovers::Baseline;
use crate::one_film::OneFilm;

const HOUR_S: i64 = 3600;

/// What each wait is set to here.
const TIME_LIMIT: Duration = Duration::from_secs(2);

/// How much less a wait may seem: a request begins it before its answer has come.
const EARLINESS_MAX: Duration = Duration::from_millis(300);

/// How much later a wait may end, on a machine that compiles beside it.
const LATENESS_MAX: Duration = Duration::from_secs(4);

/// A server whose clock jumps, with somebody who watches and somebody who follows what happens.
struct Jumping {
    clock: WallClock,
    one: OneFilm,
    viewer: Connection,
    seen: usize,
    follower: Connection,
    first: Response,
}

#[test]
fn clocks_that_jump_end_no_wait_early_and_none_late() {
    let limits = "[limits]\nhead_timeout_s = 2\nidle_timeout_s = 2\nwrite_stall_timeout_s = 40\n";
    let clock = WallClock::new();
    let library = Library::new();
    let film = library.film("Alien (1979)").with_payload_bytes(24 << 20);
    let setup = clock.given_to(TestServer::with(&library)).configured(limits);
    let one = OneFilm::of(library, film, setup.start());
    let before = Baseline::of(&one.server);
    let first = one.server.get(&one.url);
    let mut viewer = one.server.connect();
    viewer.send(one.request("GET", "")).expect("it is taken");
    assert_eq!(viewer.read_head().expect("an answer").status, 200);
    let mut follower = one.server.connect();
    let follow = format!("GET /api/v1/live HTTP/1.1\r\nHost: {}\r\n\r\n", one.server.address());
    follower.send(follow).expect("it is taken");
    let mut jumping = Jumping { clock, one, viewer, seen: 0, follower, first };
    for ahead_s in [6 * HOUR_S, -6 * HOUR_S, 0] {
        jumping.jump_to(ahead_s);
    }
    jumping.watch_to_the_end();
    let Jumping { one, follower, viewer, .. } = jumping;
    drop((follower, viewer));
    before.assert_met_again(&one.server);
    one.server.stop();
}

impl Jumping {
    /// Everything that waits now, and everything that begins to wait then, ends when it should.
    fn jump_to(&mut self, ahead_s: i64) {
        let begun = Instant::now();
        let mut waiting = [self.idle_client(), self.half_a_head()];
        self.clock.set_ahead_s(ahead_s).expect("it is set");
        // Nothing ends early: who waited before the jump is served after it.
        self.watch(2 << 20);
        waiting[0].send(self.one.request("HEAD", "")).expect("it is open");
        assert_eq!(waiting[0].read_head().expect("an answer").status, 200, "{ahead_s}");
        let served_at = Instant::now();
        let mut later = self.half_a_head();
        // And nothing waits for the hours to pass.
        let [idle, half] = &mut waiting;
        assert_closed_after(half, begun, ahead_s);
        assert_closed_after(idle, served_at, ahead_s);
        assert_closed_after(&mut later, served_at, ahead_s);
        self.check_dates(ahead_s);
        self.check_events(ahead_s);
        self.watch(2 << 20);
    }

    fn idle_client(&self) -> Connection {
        let mut client = self.one.server.connect();
        client.send(self.one.request("HEAD", "")).expect("it is taken");
        assert_eq!(client.read_head().expect("an answer").status, 200);
        client
    }

    fn half_a_head(&self) -> Connection {
        let mut client = self.one.server.connect();
        client.send("GET /healthz HTTP/1.1\r\n").expect("it is taken");
        client
    }

    fn watch(&mut self, len_bytes: usize) {
        let part = self.viewer.read_exactly(len_bytes).expect("it goes on");
        assert!(part == self.one.bytes[self.seen..self.seen + len_bytes], "at {}", self.seen);
        self.seen += len_bytes;
    }

    fn watch_to_the_end(&mut self) {
        self.watch(self.one.bytes.len() - self.seen);
    }

    /// The date is that of the jumped clock, on every thread; what is said of the film stays.
    fn check_dates(&self, ahead_s: i64) {
        for path in [&*self.one.url, "/healthz", "/api/v1/titles", "/api/v1/nothing"] {
            for _ in 0..8 {
                let answer = self.one.server.request("HEAD", path, "");
                let date_s = seconds_of(answer.header("date").expect("RFC 9110 §6.6.1"));
                let off_s = date_s - (now_s() + ahead_s);
                assert!(off_s.abs() <= 2, "{path}: the date is {off_s} s off at {ahead_s}");
            }
        }
        let [tag, modified] = ["etag", "last-modified"].map(|name| self.first.header(name));
        let (tag, modified) = (tag.expect("a tag"), modified.expect("a date"));
        for condition in
            [format!("If-None-Match: {tag}\r\n"), format!("If-Modified-Since: {modified}\r\n")]
        {
            let answer = self.one.server.request("GET", &self.one.url, &condition);
            assert_eq!(answer.status, 304, "{condition} at {ahead_s}");
            assert_eq!(answer.header("etag"), Some(tag), "at {ahead_s}");
        }
        let resume = format!("Range: bytes=1000-1999\r\nIf-Range: {tag}\r\n");
        let answer = self.one.server.request("GET", &self.one.url, &resume);
        assert_eq!(answer.status, 206, "at {ahead_s}");
        assert_eq!(answer.header("last-modified"), Some(modified), "at {ahead_s}");
        assert!(answer.body == self.one.bytes[1000..2000], "at {ahead_s}");
    }

    /// Once a second those who follow hear something.
    fn check_events(&mut self, ahead_s: i64) {
        self.follower.stream().set_read_timeout(Some(LATENESS_MAX)).expect("a socket takes it");
        let begun = Instant::now();
        let mut buffer = vec![0; 64 << 10];
        // What had come before is behind us then.
        while begun.elapsed() < Duration::from_millis(1500) {
            let len = self.follower.read_some(&mut buffer);
            assert!(len.is_ok_and(|len| len > 0), "no event at {ahead_s}");
        }
    }
}

fn assert_closed_after(client: &mut Connection, begun: Instant, ahead_s: i64) {
    assert_eq!(client.read_to_end().expect("closed"), b"", "at {ahead_s}");
    let waited = begun.elapsed();
    assert!(waited + EARLINESS_MAX >= TIME_LIMIT, "only {waited:?} at {ahead_s}");
    assert!(waited < TIME_LIMIT + LATENESS_MAX, "{waited:?} at {ahead_s}");
}

#[test]
fn a_clock_set_back_behind_a_film_s_date_leaves_the_date_out() {
    let clock = WallClock::new();
    let library = Library::new();
    let film = library.film("Alien (1979)");
    let server = clock.given_to(TestServer::with(&library)).start();
    let one = OneFilm::of(library, film, server);
    let before = Baseline::of(&one.server);
    let right = one.server.request("HEAD", &one.url, "");
    assert!(right.header("last-modified").is_some());
    // It was written a week ago. RFC 9110 §8.8.2.1: no date of the future may be sent.
    clock.set_ahead_s(-30 * 24 * HOUR_S).expect("it is set");
    let early = one.server.request("HEAD", &one.url, "");
    assert_eq!((early.status, early.header("last-modified")), (200, None));
    assert_eq!(early.header("etag"), right.header("etag"), "the film is the same");
    // Changes are seen and written down all the same.
    let progress = serde_json::json!({"position_ms": 1, "duration_ms": 1000});
    let id = one.server.titles()[0]["id"].as_str().expect("a string").to_owned();
    let path = format!("/api/v1/titles/{id}/progress");
    assert_eq!(one.server.send_json("PUT", &path, &progress).status, 200);
    assert_eq!(one.server.scan()["state"], "done");
    clock.set_ahead_s(0).expect("it is set");
    let again = one.server.request("HEAD", &one.url, "");
    assert_eq!(again.header("last-modified"), right.header("last-modified"));
    eventually("the scan of the past is over", Duration::from_secs(10), || {
        one.server.scan()["state"] == "done"
    });
    before.assert_met_again(&one.server);
    one.server.stop();
}

fn now_s() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    i64::try_from(since.as_secs()).expect("no ages")
}

/// A date of HTTP as seconds since 1970.
fn seconds_of(date: &str) -> i64 {
    let output = tools::run(Command::new("date").args(["--utc", "+%s", "--date", date]));
    String::from_utf8_lossy(&output.stdout).trim().parse().expect("date gives a number")
}
