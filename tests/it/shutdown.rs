//! How the program ends.

use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use spillway_tests::{Library, TestServer};

use crate::one_film::OneFilm;

#[test]
fn a_download_in_flight_is_finished() {
    let one = OneFilm::with_payload_bytes(24 << 20);
    let mut connection = one.server.connect();
    connection.send(one.request("GET", "")).expect("it is taken");
    let begun = connection.read_exactly(1 << 20).expect("it begins");
    let stopping = thread::spawn(move || one.server.stop());
    thread::sleep(Duration::from_millis(300));
    let rest = connection.read_to_end().expect("it is finished");
    let answer = [begun, rest].concat();
    assert!(answer.ends_with(&one.bytes), "the answer was cut off");
    stopping.join().expect("it ended well");
}

#[test]
fn a_download_that_nobody_takes_has_the_time_that_is_configured() {
    let one = OneFilm::limited(24 << 20, "drain_timeout_s = 2");
    let mut connection = one.server.connect();
    connection.send(one.request("GET", "")).expect("it is taken");
    connection.read_exactly(1 << 20).expect("it begins");
    let asked_at = Instant::now();
    one.server.stop();
    let waited = asked_at.elapsed();
    // The default is 10 seconds.
    assert!((2..8).contains(&waited.as_secs()), "{waited:?}");
}

#[test]
fn who_asks_twice_does_not_wait_for_a_download() {
    let one = OneFilm::with_payload_bytes(24 << 20);
    let mut connection = one.server.connect();
    connection.send(one.request("GET", "")).expect("it is taken");
    connection.read_exactly(1 << 20).expect("it begins");
    let asked_at = Instant::now();
    let finished = one.server.stop_at_once();
    assert!(asked_at.elapsed() < Duration::from_secs(5), "{:?}", asked_at.elapsed());
    assert!(finished.exited_with(1), "not as if all had ended well: {}", finished.status);
    assert!(finished.stderr.contains("stopped at once"), "{}", finished.stderr);
}

#[test]
fn connections_that_only_wait_hold_nobody_up() {
    let library = Library::new();
    library.film("Alien (1979)");
    let server = TestServer::with(&library).start();
    let waiting: Vec<_> = (0..20).map(|_| server.connect()).collect();
    let mut listening = server.connect();
    let events = format!("GET /api/v1/live HTTP/1.1\r\nHost: {}\r\n\r\n", server.address());
    listening.send(events).expect("it is taken");
    assert_eq!(listening.read_head().expect("an answer").status, 200);
    let asked_at = Instant::now();
    server.stop();
    assert!(asked_at.elapsed() < Duration::from_secs(5), "{:?}", asked_at.elapsed());
    drop(waiting);
}

#[test]
fn an_interrupt_from_the_keyboard_ends_it_as_well() {
    let library = Library::new();
    let server = TestServer::with(&library).start();
    server.stop_by(Signal::INT);
}
