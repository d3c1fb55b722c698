//! Little memory, and many who want some of it.

use std::fs;
use std::thread;
use std::time::Duration;

use spillway_tests::encryption::Certificate;
use spillway_tests::{Library, Setup, TestServer, eventually};

use crate::leftovers::Baseline;
use crate::one_film::OneFilm;

const MIB: usize = 1 << 20;

/// What the program may have of data, stacks and heaps together (`RLIMIT_DATA`).
const DATA_KIB_MAX: usize = 512 * 1024;

/// A server of one film with so little memory.
fn capped(adjust: impl FnOnce(Setup) -> Setup) -> OneFilm {
    let library = Library::new();
    let film = library.film("Alien (1979)").with_payload_bytes(24 * MIB);
    let limit = format!("ulimit -d {DATA_KIB_MAX} && exec \"$@\"");
    let setup = TestServer::with(&library).run_by(["sh", "-c", &limit, "sh"].map(Into::into));
    let one = OneFilm::of(library, film, adjust(setup).start());
    let limits = fs::read_to_string(format!("/proc/{}/limits", one.server.pid()));
    let limit = format!("Max data size             {}", DATA_KIB_MAX * 1024);
    assert!(limits.is_ok_and(|limits| limits.contains(&limit)), "the limit is not set");
    one
}

/// Asks for lists, pages and single bytes, as a household does.
fn ask_around(one: &OneFilm) {
    for path in ["/api/v1/titles", "/api/v1/home", "/metrics", "/readyz", "/api/v1/status"] {
        assert_eq!(one.server.get(path).status, 200, "{path}");
    }
    assert_eq!(one.server.request("GET", &one.url, "Range: bytes=0-0\r\n").status, 206);
}

#[test]
fn five_hundred_viewers_fit_into_half_a_gibibyte() {
    const VIEWERS: usize = 500;
    let one = capped(|setup| setup);
    let before = Baseline::of(&one.server);
    let mut viewers: Vec<_> = (0..VIEWERS)
        .map(|_| {
            let mut viewer = one.server.connect();
            viewer.send(one.request("GET", "")).expect("it is taken");
            assert_eq!(viewer.read_head().expect("an answer").status, 200);
            viewer
        })
        .collect();
    eventually("all watch", Duration::from_secs(20), || {
        one.server.metric("spillway_streams") >= VIEWERS as f64
    });
    ask_around(&one);
    // Some go on, the others stand still.
    for viewer in viewers.iter_mut().step_by(25) {
        assert!(viewer.read_exactly(one.bytes.len()).expect("it goes on") == one.bytes);
    }
    let resident_mib = one.server.resident_bytes() >> 20;
    assert!(resident_mib < 64, "{resident_mib} MiB for {VIEWERS} viewers");
    drop(viewers);
    before.assert_met_again(&one.server);
}

#[test]
fn encrypted_viewers_fit_into_half_a_gibibyte() {
    const CONNECTIONS: usize = 50;
    const STREAMS_PER_CONNECTION: usize = 8;
    let certificate = Certificate::make();
    let one = capped(|setup| setup.with_certificate(&certificate));
    let before = Baseline::of(&one.server);
    let by_http_1: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let mut viewer = one.server.connect();
            viewer.send(one.request("GET", "")).expect("it is taken");
            viewer
        })
        .collect();
    let by_http_2: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let mut viewer = one.server.connect_by_http_2();
            for _ in 0..STREAMS_PER_CONNECTION {
                viewer.ask(&one.url, None).expect("it is taken");
            }
            viewer
        })
        .collect();
    let streams = CONNECTIONS * (1 + STREAMS_PER_CONNECTION);
    eventually("all watch", Duration::from_secs(20), || {
        one.server.metric("spillway_streams") >= streams as f64
    });
    thread::sleep(Duration::from_secs(1));
    ask_around(&one);
    assert!(one.server.get(&one.url).body == one.bytes, "others are served");
    let resident_mib = one.server.resident_bytes() >> 20;
    assert!(resident_mib < 128, "{resident_mib} MiB for {streams} streams");
    drop((by_http_1, by_http_2));
    before.assert_met_again(&one.server);
}
