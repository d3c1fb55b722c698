//! More clients, streams, requests or bytes than there is room for: whoever is over a limit is
//! told so, and nobody else notices.

use std::fs;
use std::io::Read as _;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
use serde_json::Value;
use spillway_tests::encryption::Certificate;
use spillway_tests::wire::{Connection, Response};
use spillway_tests::{Film, Library, Setup, TestServer, eventually};

use crate::leftovers::Baseline;
use crate::one_film::OneFilm;

const MIB: usize = 1 << 20;

/// A server of one film whose limits hold for this machine too.
fn limited(payload_bytes: usize, limits: &str) -> OneFilm {
    OneFilm::limited(payload_bytes, &format!("loopback_is_exempt = false\n{limits}"))
}

fn one_film(payload_bytes: usize) -> (Library, Film) {
    let library = Library::new();
    let film = library.film("Alien (1979)").with_payload_bytes(payload_bytes);
    (library, film)
}

/// A download whose head has come and whose body nobody reads yet.
fn begun(one: &OneFilm) -> Connection {
    let mut connection = one.server.connect();
    connection.send(one.request("GET", "")).expect("it is taken");
    assert_eq!(connection.read_head().expect("an answer").status, 200);
    connection
}

fn metric(one: &OneFilm, series: &str) -> Option<f64> {
    let mut text = None;
    // A test that reaches a limit may meet it here.
    eventually("the metrics are told", Duration::from_secs(10), || {
        let response = one.server.get("/metrics");
        text = (response.status == 200).then(|| response.text().to_owned());
        text.is_some()
    });
    let text = text?;
    let value = text.lines().find_map(|line| line.strip_prefix(series))?;
    Some(value.trim().parse().expect("a metric is a number"))
}

fn assert_refused(response: &Response, status: u16) {
    assert_eq!(response.status, status, "{}", response.text());
    let wait_s: u32 =
        response.header("retry-after").and_then(|text| text.parse().ok()).unwrap_or(0);
    assert!((1..=60).contains(&wait_s), "{:?}", response.headers);
    let reason = response.json();
    assert_eq!(reason["status"], status);
    assert!(reason["detail"].as_str().is_some_and(|detail| detail.len() > 10), "{reason}");
}

#[test]
fn an_address_with_too_many_connections_is_told_to_come_back() {
    let one = limited(MIB, "connections_per_address_max = 8");
    let mut open = Vec::new();
    while open.len() < 8 {
        let mut connection = one.server.connect();
        // One of the connections of the start may not have been forgotten yet.
        connection.send(one.request("HEAD", "")).expect("it is taken");
        if connection.read_head().expect("an answer").status == 200 {
            open.push(connection);
        }
    }
    // Closed with its request unread, a connection is reset; it shows when more is sent. On a busy
    // machine that may be later than the server waits, but not each time.
    let is_never_reset = (0..5).any(|_| {
        let mut refused = one.server.connect();
        refused.send(one.request("GET", "")).expect("it is taken");
        assert_refused(&refused.read_response().expect("an answer although nobody read"), 503);
        thread::sleep(Duration::from_millis(50));
        let goes_on = refused.send(one.request("GET", ""));
        goes_on.is_ok() && refused.read_to_end().is_ok_and(|rest| rest.is_empty())
    });
    assert!(is_never_reset, "a refused connection must not be reset");
    let first = &mut open[0];
    first.send(one.request("GET", "")).expect("it is taken");
    assert!(first.read_response().expect("an answer").body == one.bytes, "the others go on");
    open.pop();
    eventually("there is room again", Duration::from_secs(10), || {
        one.server.request("HEAD", &one.url, "").status == 200
    });
    let refusals = r#"spillway_connections_refused_total{limit="connections_per_address_max"}"#;
    assert!(metric(&one, refusals).is_some_and(|count| count >= 1.0));
}

#[test]
fn over_the_limit_of_all_connections_who_comes_is_refused_and_who_is_there_goes_on() {
    const CONNECTIONS_MAX: usize = 20;
    let (library, film) = one_film(24 * MIB);
    let config = format!("[limits]\nconnections_max = {CONNECTIONS_MAX}\n");
    let server = TestServer::with(&library).configured(&config).start();
    let one = OneFilm::of(library, film, server);
    let before = Baseline::of(&one.server);
    let mut viewer = begun(&one);
    let mut open = Vec::new();
    // One for the viewer; that of the metrics above may not have been forgotten yet.
    while open.len() < CONNECTIONS_MAX - 1 {
        let mut connection = one.server.connect();
        connection.send(one.request("HEAD", "")).expect("it is taken");
        if connection.read_head().expect("an answer").status == 200 {
            open.push(connection);
        }
    }
    for _ in 0..50 {
        let asked_at = Instant::now();
        let mut refused = one.server.connect();
        assert_refused(&refused.read_response().expect("an answer although nobody asked"), 503);
        assert!(asked_at.elapsed() < Duration::from_secs(2), "{:?}", asked_at.elapsed());
    }
    assert!(viewer.read_exactly(one.bytes.len()).expect("it goes on") == one.bytes);
    drop((open, viewer));
    eventually("there is room again", Duration::from_secs(10), || {
        one.server.request("HEAD", &one.url, "").status == 200
    });
    let refusals = r#"spillway_connections_refused_total{limit="connections_max"}"#;
    assert!(metric(&one, refusals).is_some_and(|count| count >= 50.0));
    before.assert_met_again(&one.server);
}

#[test]
fn who_takes_nothing_is_closed_and_who_takes_little_is_kept() {
    let certificate = Certificate::make();
    let encrypted = |setup: Setup| setup.with_certificate(&certificate);
    thread::scope(|scope| {
        scope.spawn(|| assert_stalled_clients_are_closed(|setup| setup));
        scope.spawn(|| assert_stalled_clients_are_closed(encrypted));
    });
}

fn assert_stalled_clients_are_closed(adjust: impl FnOnce(Setup) -> Setup) {
    let (library, film) = one_film(24 * MIB);
    let setup = TestServer::with(&library).configured("[limits]\nwrite_stall_timeout_s = 2");
    let one = OneFilm::of(library, film, adjust(setup).start());
    let before = Baseline::of(&one.server);
    let mut slow = begun(&one);
    let mut taken = slow.read_exactly(MIB).expect("it begins");
    let stalled = begun(&one);
    let begun_at = Instant::now();
    while begun_at.elapsed() < Duration::from_secs(6) {
        taken.extend(slow.read_exactly(256 << 10).expect("it is kept"));
        thread::sleep(Duration::from_millis(200));
    }
    let streams = metric(&one, "spillway_streams ");
    assert_eq!(streams, Some(1.0), "the one that takes little");
    let left = one.bytes.len() - taken.len();
    taken.extend(slow.read_exactly(left).expect("it goes on"));
    assert!(taken == one.bytes, "not the file's bytes");
    drop((slow, stalled));
    before.assert_met_again(&one.server);
}

#[test]
fn an_address_with_too_many_streams_is_refused_one_more_and_nothing_else() {
    let one = limited(24 * MIB, "streams_per_address_max = 2");
    let first = begun(&one);
    let mut second = begun(&one);
    let third = one.server.get(&one.url);
    assert_refused(&third, 429);
    assert_eq!(third.header("content-type"), Some("application/problem+json"));
    assert!(third.header("x-request-id").is_some());
    assert!(third.json()["detail"].as_str().is_some_and(|detail| detail.contains("streams")));
    assert_eq!(one.server.request("HEAD", &one.url, "").status, 200);
    assert_eq!(one.server.get("/api/v1/titles").status, 200);
    let refusals = r#"spillway_http_requests_limited_total{limit="streams_per_address_max"}"#;
    assert_eq!(metric(&one, refusals), Some(1.0));
    // One that was left and one that has ended both make room.
    drop(first);
    let mut again = None;
    eventually("there is room again", Duration::from_secs(10), || {
        let response = one.server.get(&one.url);
        let is_sent = response.status == 200;
        again = Some(response.body);
        is_sent
    });
    assert!(again.is_some_and(|body| body == one.bytes), "not the file's bytes");
    assert!(second.read_exactly(one.bytes.len()).expect("it goes on") == one.bytes);
}

#[test]
fn an_address_that_asks_too_often_waits_and_films_go_on() {
    let one = limited(MIB, "api_requests_per_second_per_address_max = 10\napi_burst_s = 60");
    let mut connection = one.server.connect();
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {}\r\n\r\n", one.server.address());
    // What 60 seconds allow may come at once; the start has taken some of it.
    let mut passed = 0;
    let refused = loop {
        connection.send(&request).expect("it is taken");
        let response = connection.read_response().expect("an answer");
        if response.status == 429 {
            break response;
        }
        assert_eq!(response.status, 200);
        passed += 1;
        assert!(passed < 5_000, "nothing was refused");
    };
    assert!(passed > 500, "{passed} passed at once");
    assert_refused(&refused, 429);
    assert!(refused.json()["detail"].as_str().is_some_and(|detail| detail.contains("address")));
    assert!(one.server.get(&one.url).body == one.bytes, "the film goes on");
    let wait_s = refused.header("retry-after").and_then(|text| text.parse().ok()).unwrap_or(0);
    thread::sleep(Duration::from_secs(wait_s));
    connection.send(&request).expect("it is taken");
    assert_eq!(connection.read_response().expect("an answer").status, 200);
}

#[test]
fn time_and_size_of_a_request_head_are_what_is_configured() {
    let one = limited(
        MIB,
        "head_timeout_s = 1\nidle_timeout_s = 1\nrequest_head_bytes_max = 8192\n\
         request_headers_max = 32",
    );
    let mut half = one.server.connect();
    half.send("GET / HTTP/1.1\r\n").expect("it is taken");
    assert_eq!(half.read_to_end().expect("closed"), b"");
    let mut idle = one.server.connect();
    idle.send(one.request("HEAD", "")).expect("it is taken");
    assert_eq!(idle.read_head().expect("an answer").status, 200);
    assert_eq!(idle.read_to_end().expect("closed"), b"");
    let long = |bytes: usize| format!("X-Long: {}\r\n", "a".repeat(bytes));
    let many = |fields: usize| "X-Many: a\r\n".repeat(fields);
    for (headers, status) in
        [(long(7_000), 200), (long(9_000), 431), (many(28), 200), (many(40), 431)]
    {
        let mut connection = one.server.connect();
        connection.send(one.request("HEAD", &headers)).expect("it is taken");
        let response = connection.read_head().expect("an answer");
        assert_eq!(response.status, status, "{} bytes of headers", headers.len());
    }
}

#[test]
fn what_the_interface_bears_is_what_is_configured() {
    let one = limited(
        MIB,
        "api_requests_max = 1\napi_timeout_s = 2\nlive_clients_max = 1\nuri_bytes_max = 4096\n\
         request_body_bytes_max = 1024",
    );
    for (bytes, status) in [(4000, 200), (4100, 414)] {
        assert_eq!(one.server.get(&format!("/healthz?{}", "a".repeat(bytes))).status, status);
    }
    let progress = |body_bytes: usize| {
        format!(
            "PUT /api/v1/titles/1/progress HTTP/1.1\r\nHost: {}\r\n\
             Content-Type: application/json\r\nContent-Length: {body_bytes}\r\n\r\n",
            one.server.address()
        )
    };
    let mut long = one.server.connect();
    long.send(progress(1025)).expect("it is taken");
    assert_eq!(long.read_response().expect("an answer").status, 413);

    let events = format!("GET /api/v1/live HTTP/1.1\r\nHost: {}\r\n\r\n", one.server.address());
    let mut following = one.server.connect();
    following.send(&events).expect("it is taken");
    assert_eq!(following.read_head().expect("an answer").status, 200);
    let mut refused = one.server.connect();
    refused.send(&events).expect("it is taken");
    assert_refused(&refused.read_response().expect("an answer"), 503);

    // Its body does not come, so it is worked on until the time is over.
    let asked_at = Instant::now();
    let mut slow = one.server.connect();
    slow.send(progress(1024)).expect("it is taken");
    eventually("the only place is taken", Duration::from_secs(1), || {
        let response = one.server.get("/healthz");
        response.status == 503 && response.header("retry-after").is_some()
    });
    assert_eq!(slow.read_head().expect("an answer").status, 503);
    let waited = asked_at.elapsed();
    assert!((2..20).contains(&waited.as_secs()), "{waited:?}");
    assert_eq!(one.server.get("/healthz").status, 200);
}

#[test]
fn as_many_files_are_kept_open_as_is_configured() {
    let library = Library::new();
    for number in 0..60 {
        library.film(&format!("Film {number:02} (1979)"));
    }
    let server = TestServer::with(&library).configured("[limits]\nopen_files_max = 16").start();
    for title in server.titles() {
        let url = title["files"][0]["url"].as_str().expect("a file").to_owned();
        assert_eq!(server.get(&url).status, 200);
    }
    let kept = || server.descriptors().iter().filter(|path| path.contains("(1979)")).count();
    // 16, and 8 whose headers are kept; one that was let go may stay until the memory is looked through.
    assert!((8..=32).contains(&kept()), "{} are open", kept());
}

#[test]
fn more_connections_than_descriptors_are_told_at_the_start() {
    let library = Library::new();
    let server = TestServer::with(&library)
        .configured("[limits]\nconnections_max = 1000")
        .run_by(["sh", "-c", r#"ulimit -n 800; exec "$@""#, "sh"].map(Into::into))
        .start();
    let log = server.stop().stderr;
    // Open media files and those of them with headers, everything else, and an event loop for each
    // processor.
    let kept = 256 + 128 + 100 + 4 * thread::available_parallelism().map_or(1, usize::from);
    for part in [
        "limits.connections_max = 1000",
        &format!("{} open files", 1000 + kept),
        &format!("{} connections", 800 - kept),
        "LimitNOFILE",
    ] {
        assert!(log.contains(part), "{part} is not in {log}");
    }
}

/// Reads for some time from all connections; how many bytes came in which time.
fn read_for(duration: Duration, connections: &mut [Connection]) -> (usize, Duration) {
    let begin = Instant::now();
    let mut received = 0;
    let mut buffer = vec![0; MIB];
    for connection in &*connections {
        connection.stream().set_nonblocking(true).expect("a socket takes it");
    }
    while begin.elapsed() < duration {
        for connection in &mut *connections {
            received += connection.stream().read(&mut buffer).unwrap_or(0);
        }
        thread::sleep(Duration::from_millis(1));
    }
    (received, begin.elapsed())
}

/// Only upwards: a busy machine makes everything slower and nothing faster.
fn assert_no_faster_than(rate: usize, (received, elapsed): (usize, Duration)) {
    let allowed = rate as f64 * elapsed.as_secs_f64() * 1.25 + MIB as f64;
    assert!((received as f64) < allowed, "{received} bytes in {elapsed:?} at {rate} a second");
    assert!(received > 0);
}

#[test]
fn a_connection_is_no_faster_than_its_rate() {
    let one = limited(64 * MIB, "bytes_per_second_per_connection_max = 2097152");
    let received = read_for(Duration::from_secs(3), &mut [begun(&one)]);
    assert_no_faster_than(2 * MIB, received);
}

#[test]
fn all_connections_of_an_address_share_its_rate() {
    let one = limited(64 * MIB, "bytes_per_second_per_address_max = 2097152");
    let mut connections = vec![begun(&one)];
    // The first learns of the others while it runs.
    read_for(Duration::from_millis(300), &mut connections);
    connections.extend([begun(&one), begun(&one)]);
    let received = read_for(Duration::from_secs(3), &mut connections);
    assert_no_faster_than(2 * MIB, received);
}

#[test]
fn every_byte_of_every_stream_is_accounted_for() {
    let (library, film) = one_film(24 * MIB);
    let server = TestServer::with(&library)
        .argument("--log")
        .argument("warn,spillway=debug")
        .argument("--log-format")
        .argument("json")
        .start();
    let one = OneFilm::of(library, film, server);
    let len = one.bytes.len();
    let mut complete = vec![one.server.get(&one.url).body.len()];
    for range in ["bytes=0-0", "bytes=5-999999", "bytes=-3000000"] {
        let response = one.server.request("GET", &one.url, &format!("Range: {range}\r\n"));
        assert_eq!(response.status, 206);
        complete.push(response.body.len());
    }
    assert_eq!(one.server.request("HEAD", &one.url, "").status, 200);
    let aborted = [0, 1, 70_000, 3 * MIB];
    for taken in aborted {
        let mut connection = begun(&one);
        connection.read_exactly(taken).expect("so much comes");
    }
    eventually("the streams have ended", Duration::from_secs(20), || {
        metric(&one, "spillway_streams ") == Some(0.0)
    });
    let counted = metric(&one, r#"spillway_sent_bytes_total{path="sendfile"}"#);
    let log = one.server.stop().stderr;
    let ended: Vec<Value> = log
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .filter(|line: &Value| line["message"] == "stream ended")
        .collect();
    let bytes_of = |line: &Value| line["bytes"].as_u64().expect("a number");
    let sum: u64 = ended.iter().map(bytes_of).sum();
    assert_eq!(counted, Some(sum as f64), "the log and the metric");
    assert_eq!(ended.len(), complete.len() + aborted.len(), "{ended:#?}");
    for (line, received) in ended.iter().zip(complete) {
        assert_eq!(bytes_of(line), received as u64, "{line}");
        assert_eq!(line["announced_bytes"], received, "{line}");
        assert_eq!(
            (&line["file_name"], &line["client"]),
            (&"Alien (1979).mp4".into(), &"127.0.0.1".into())
        );
        assert!(line["duration_ms"].is_u64(), "{line}");
    }
    // Clients that leave may end in another order. What they did not read was sent all the same,
    // and no more than both ends' buffers hold.
    let least: usize = aborted.iter().sum();
    let sent: u64 = ended[4..].iter().map(bytes_of).sum();
    assert!(sent >= least as u64 && sent < (aborted.len() * len) as u64, "{sent} of {least}");
    for line in &ended[4..] {
        assert!(bytes_of(line) < len as u64, "{line}: nobody took the whole film");
    }
}

#[test]
fn a_paused_player_costs_kilobytes() {
    let one = OneFilm::with_payload_bytes(24 * MIB);
    let paused: Vec<_> = (0..10).map(|_| begun(&one)).collect();
    let mut held = Vec::new();
    // Until nothing moves any more.
    eventually("the kernel holds what it will", Duration::from_secs(20), || {
        let before = std::mem::replace(&mut held, send_queues(one.server.address().port()));
        thread::sleep(Duration::from_millis(300));
        !held.is_empty() && held == before
    });
    let most = held.iter().max().expect("ten are paused");
    assert!(held.len() >= paused.len(), "{held:?}");
    // 128 KiB, and what one call puts on top. Without the limit it is 4 MiB.
    assert!(*most <= 384 << 10, "{most} bytes wait in the kernel for a client that reads nothing");
}

#[test]
fn who_comes_when_many_are_there_may_hold_less() {
    let library = Library::new();
    // 64 KiB for each of 100, and 64 KiB more for the first.
    let limits = "[limits]\nconnections_max = 100\nunsent_bytes_max = 6619136";
    let calls = library.path().join("calls");
    let server = TestServer::with(&library).configured(limits).traced("setsockopt", &calls).start();
    let lowered = || {
        let calls = fs::read_to_string(&calls).expect("strace writes it");
        calls.matches("TCP_NOTSENT_LOWAT, [65536]").count()
    };
    let before = lowered();
    let first: Vec<_> = (0..5).map(|_| server.connect()).collect();
    // One of the connections of the start may not have been forgotten yet.
    eventually("the later ones have less", Duration::from_secs(10), || lowered() >= before + 4);
    assert!(lowered() <= before + 5, "all of {} have less", first.len());
}

/// Bytes that the kernel holds on the server's side of each connection.
fn send_queues(port: u16) -> Vec<u64> {
    let local_end = format!(":{port:04X}");
    let sockets = fs::read_to_string("/proc/net/tcp").expect("Linux lists its sockets");
    let established = sockets.lines().filter_map(|line| {
        let fields: Vec<_> = line.split_whitespace().collect();
        let is_ours = fields.get(1)?.ends_with(&local_end) && *fields.get(3)? == "01";
        let (sent, _) = fields.get(4)?.split_once(':')?;
        is_ours.then(|| u64::from_str_radix(sent, 16).expect("a hexadecimal number"))
    });
    established.collect()
}

#[test]
fn without_descriptors_those_who_are_served_go_on_and_the_others_wait() {
    let one = OneFilm::with_payload_bytes(24 * MIB);
    let pid = Pid::from_raw(one.server.pid().try_into().expect("a process")).expect("a process");
    let mut download = begun(&one);
    let (half, rest) = one.bytes.split_at(one.bytes.len() / 2);
    assert!(download.read_exactly(half.len()).expect("it goes on") == half);

    let open = fs::read_dir(format!("/proc/{pid}/fd")).expect("our own child").count() as u64;
    let maximum = getrlimit(Resource::Nofile).maximum;
    let few = Rlimit { current: Some(open + 20), maximum };
    let before = prlimit(Some(pid), Resource::Nofile, few).expect("our own child");
    let mut clients: Vec<_> = (0..300).map(|_| one.server.connect()).collect();
    let cpu_before = cpu_seconds(pid);
    clients[0].send(one.request("HEAD", "")).expect("it is taken");
    assert_eq!(clients[0].read_head().expect("the first is served").status, 200);
    thread::sleep(Duration::from_secs(2));
    assert!(download.read_exactly(rest.len()).expect("it goes on") == rest);
    let cpu_used = cpu_seconds(pid) - cpu_before;
    assert!(cpu_used < 1.0, "{cpu_used} s of a processor for waiting");

    // Those who leave make room.
    drop(clients);
    assert_eq!(one.server.get("/healthz").status, 200);
    prlimit(Some(pid), Resource::Nofile, before).expect("our own child");
    assert!(one.server.get(&one.url).body == one.bytes, "not the file's bytes");
    let log = one.server.stop().stderr;
    let said = log.matches("no connection can be accepted now").count();
    assert!((1..=20).contains(&said), "said {said} times: {log}");
}

/// Processor time that a process has used (`proc_pid_stat(5)`: fields 14 and 15, in ticks).
fn cpu_seconds(pid: Pid) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("our own child");
    let (_, after_name) = stat.rsplit_once(") ").expect("the name is in brackets");
    let ticks: u64 = after_name
        .split(' ')
        .skip(11)
        .take(2)
        .map(|ticks| ticks.parse::<u64>().expect("a number"))
        .sum();
    ticks as f64 / rustix::param::clock_ticks_per_second() as f64
}
