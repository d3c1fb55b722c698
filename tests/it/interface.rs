//! What scripts rely on (docs/api.md): the ready line, health, metrics, problems, the document.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;
use spillway_tests::{Library, TestServer, eventually, sample_video};

#[test]
fn standard_output_is_exactly_the_ready_line() {
    let library = Library::new();
    library.film("Alien (1979)");
    let server = TestServer::with(&library).start();
    let expected = format!("listening on http://{}\n", server.address());
    assert_eq!(server.stop().stdout, expected);
}

#[test]
fn it_is_healthy_at_once_and_ready_after_the_first_scan() {
    let library = Library::new();
    let bytes = sample_video::mp4(60_000, 100);
    for number in 0..3000 {
        library.file(&format!("Film {number} (2001).mp4"), &bytes);
    }
    let server = TestServer::with(&library).start_unready();
    let not_yet = server.get("/readyz");
    assert_problem(&not_yet, 503);
    assert_eq!(server.get("/healthz").status, 200);
    eventually("the first scan ends", Duration::from_mins(2), || {
        server.get("/readyz").status == 200
    });
    assert_eq!(server.titles().len(), 3000);
}

#[test]
fn metrics_are_prometheus_text_with_units_in_their_names() {
    let library = Library::new();
    library.film("Alien (1979)");
    let server = TestServer::with(&library).start();
    server.get(&server.file_url("Alien (1979).mp4"));
    let answer = server.get("/metrics");
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").is_some_and(|kind| kind.starts_with("text/plain")));
    let mut names = BTreeSet::new();
    for line in answer.text().lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line}"));
        assert!(value.parse::<f64>().is_ok(), "{line}");
        names.insert(series.split('{').next().unwrap_or_default().to_owned());
    }
    assert!(names.contains("process_cpu_seconds_total"), "{names:?}");
    assert!(names.iter().any(|name| name.ends_with("_bytes_total")), "{names:?}");
}

#[test]
fn errors_are_problems() {
    let library = Library::new();
    let server = TestServer::with(&library).start();
    for (method, path, status) in [
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/v1/titles/999999999", 404),
        ("GET", "/api/v1/titles/not-an-identifier", 404),
        ("GET", "/api/v1/titles?limit=0", 400),
        ("GET", "/api/v1/titles?limit=201", 400),
        ("GET", "/api/v1/titles?sort=size", 400),
        ("GET", "/api/v1/titles?kind=song", 400),
        ("GET", "/api/v1/titles?cursor=nonsense", 400),
        ("GET", "/files/999999999/x.mp4", 404),
        ("POST", "/healthz", 405),
        ("DELETE", "/api/v1/titles", 405),
    ] {
        let answer = server.request(method, path, "");
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text());
        assert_problem(&answer, status);
    }
}

#[test]
fn the_openapi_document_has_every_path_of_the_contract() {
    let library = Library::new();
    let server = TestServer::with(&library).start();
    let document = server.get("/api/v1/openapi.json").json();
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.")));
    let paths: BTreeSet<String> = document["paths"]
        .as_object()
        .expect("a document has paths")
        .keys()
        .map(|path| without_names(path))
        .collect();
    let contract = include_str!("../../docs/api.md");
    let mut checked = 0;
    for (start, _) in contract.match_indices("`GET").chain(contract.match_indices("`PUT")) {
        let promised = contract[start + 1..].split('`').next().unwrap_or_default();
        let path = promised.split(' ').nth(1).unwrap_or_default();
        let path = path.split(['?', '→']).next().unwrap_or_default();
        assert!(paths.contains(&without_names(path)), "{path} is not among {paths:?}");
        checked += 1;
    }
    assert!(checked >= 12, "only {checked} paths were found in docs/api.md");
}

#[test]
fn the_page_about_the_interface_works_offline() {
    let library = Library::new();
    let server = TestServer::with(&library).start();
    let answer = server.get("/api/v1/docs");
    assert_eq!(answer.status, 200);
    for loader in ["src=\"http", "href=\"http", "src=\"//", "import(\"http", "url(http"] {
        assert!(!answer.text().contains(loader), "the page loads from elsewhere: {loader}");
    }
}

#[test]
fn text_is_compressed_and_films_never_are() {
    let library = Library::new();
    for number in 0..50 {
        library.film(&format!("Film {number} (2001)"));
    }
    let server = TestServer::with(&library).start();
    let accepts = "Accept-Encoding: gzip, br\r\n";
    let list = server.request("GET", "/api/v1/titles?limit=200", accepts);
    assert!(list.header("content-encoding").is_some(), "a long list is worth compressing");
    let film = server.request("GET", &server.file_url("Film 7 (2001).mp4"), accepts);
    assert_eq!(film.header("content-encoding"), None);
    assert!(film.header("content-length").is_some());
}

#[test]
fn live_events_are_one_object_each() {
    let library = Library::new();
    let server = TestServer::with(&library).start();
    let mut connection = server.connect();
    let request = format!("GET /api/v1/live HTTP/1.1\r\nHost: {}\r\n\r\n", server.address());
    connection.send(request).expect("it is taken");
    let head = connection.read_head().expect("an answer");
    assert_eq!(head.header("content-type"), Some("text/event-stream"));
    let mut text = String::new();
    while text.matches("\n\n").count() < 2 {
        text += &String::from_utf8_lossy(&connection.read_exactly(1).expect("it goes on"));
    }
    for event in text.lines().filter_map(|line| line.strip_prefix("data:")) {
        let event: Value = serde_json::from_str(event).expect("an event is JSON");
        for field in ["at_ms", "connections", "streams", "bytes_per_second", "pools", "scan"] {
            assert!(event.get(field).is_some(), "{field} is missing: {event}");
        }
    }
}

#[test]
fn progress_is_kept_until_it_is_forgotten() {
    let library = Library::new();
    library.film("Alien (1979)").lasting_ms(100_000);
    let server = TestServer::with(&library).start();
    let titles = server.titles();
    let path = format!("/api/v1/titles/{}", titles[0]["id"].as_str().expect("a string"));
    let at =
        |position_ms: u64| serde_json::json!({"position_ms": position_ms, "duration_ms": 100_000});
    let put = |position_ms| server.send_json("PUT", &format!("{path}/progress"), &at(position_ms));
    assert_eq!(put(42_000).json()["position_ms"], 42_000);
    assert_eq!(server.get(&path).json()["progress"]["watched"], false);
    assert_eq!(put(90_000).json()["watched"], true, "from 90 % on");
    assert_problem(&put(u64::MAX), 422);

    let again = server.kill_and_set_up(&library).start();
    assert_eq!(again.get(&path).json()["progress"]["position_ms"], 90_000);
    let forgotten = again.request("DELETE", &format!("{path}/progress"), "");
    assert_eq!(forgotten.status, 204);
    assert_eq!(again.get(&path).json()["progress"], Value::Null);
}

fn assert_problem(answer: &spillway_tests::wire::Response, status: u16) {
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    let problem = answer.json();
    assert_eq!(problem["status"], status);
    for field in ["type", "title", "detail"] {
        assert!(problem[field].as_str().is_some_and(|text| !text.is_empty()), "{problem}");
    }
}

/// `/titles/{title_id}` and `/titles/{id}` are the same path.
fn without_names(path: &str) -> String {
    path.split('/')
        .map(|part| if part.starts_with('{') { "{}" } else { part })
        .collect::<Vec<_>>()
        .join("/")
}
