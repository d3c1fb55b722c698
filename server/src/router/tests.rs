//! What lies over all routes, asked of the whole router.

use std::net::SocketAddr;
use std::path::Path;

use axum::body::Body;
use http::Request;
use http_body_util::BodyExt as _;
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::Value;
use spillway_media::catalog::{Catalog, LibrarySpec};
use spillway_media::scan::{ScanSettings, Scanner};
use spillway_media::thumbnail::{
    AheadState, Decoders, DiskDemand, NativeDecoder, Picture, PoolSettings, ThumbnailSettings,
    Thumbnails, encode_jpeg,
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::limits::{API_BURST, REQUEST_BODY_BYTES_MAX};
use crate::live::{Live, LiveJson};
use crate::state::{AppState, Library};
use crate::transport::Activity;

const FILM: &[u8] = b"RIFF\x24\0\0\0AVI LIST";

/// A router over one library with a film and a broken file in it, scanned.
struct Server {
    application: Application,
    app: App,
    shutdown: CancellationToken,
    _dir: tempfile::TempDir,
}

impl Server {
    async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// With further files beside the film.
    async fn start_with(beside: &[(&str, &[u8])]) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let films = dir.path().join("Films");
        std::fs::create_dir(&films).expect("a folder");
        // Without ffprobe an AVI is listed with what its name tells.
        std::fs::write(films.join("A film (1999).avi"), FILM).expect("written");
        std::fs::write(films.join("Broken (1999).mkv"), b"not Matroska").expect("written");
        for (name, bytes) in beside {
            std::fs::write(films.join(name), bytes).expect("written");
        }
        let shutdown = CancellationToken::new();
        let app = app_of(dir.path(), &films, shutdown.clone()).await;
        app.scanner.first_scan_done().wait_for(|done| *done).await.expect("the scan ends");
        let known_hosts = KnownHosts::new(SocketAddr::from(([127, 0, 0, 1], 0)), &[]);
        let request_rate = RequestRate::new(100, API_BURST, true);
        let limits = Limits::default();
        let application = Application::new(app.clone(), known_hosts, request_rate, &limits);
        Self { application, app, shutdown, _dir: dir }
    }

    async fn ask(&self, request: Request<Body>) -> Response {
        self.application.answer(request).await
    }

    async fn get(&self, path: &str) -> Response {
        self.ask(Request::get(path).body(Body::empty()).expect("a request")).await
    }

    async fn json(&self, path: &str) -> Value {
        let response = self.get(path).await;
        assert_eq!(response.status(), 200, "{path}");
        serde_json::from_slice(&bytes(response).await).expect("JSON")
    }
}

pub(super) async fn app_of(data_dir: &Path, films: &Path, shutdown: CancellationToken) -> App {
    let catalog = Catalog::open(data_dir).await.expect("opens");
    let library = LibrarySpec { name: "Films".to_owned(), roots: vec![films.to_owned()] };
    catalog.set_libraries(&[library]).await.expect("configured");
    let settings = ScanSettings { is_watching: false, ..ScanSettings::default() };
    let scanner = Scanner::start(catalog.clone(), settings, shutdown.clone());
    let (_, live) = watch::channel(LiveJson::default());
    let metrics = PrometheusBuilder::new().build_recorder().handle();
    let warnings = vec!["a warning".to_owned()];
    let live = Live::new(live, 2, shutdown);
    let thumbnails = Thumbnails::start(ThumbnailSettings {
        folder: data_dir.join("pictures"),
        bytes_max: 1 << 20,
        decoders: Decoders::new(NativeDecoder::default(), None, false),
        ffprobe: None,
        disk_demand: DiskDemand::none(),
        pool: PoolSettings::default(),
    });
    let thumbnails = Some(thumbnails.expect("a pool"));
    let library = Library { catalog, scanner, thumbnails, ahead: AheadState::default() };
    AppState::new(library, Activity::default(), 16, live, metrics, warnings)
}

async fn bytes(response: Response) -> bytes::Bytes {
    response.into_body().collect().await.expect("a body").to_bytes()
}

/// The problem in an answer, checked for its shape.
async fn problem(response: Response) -> Value {
    let status = response.status();
    assert_eq!(response.headers()["content-type"], "application/problem+json", "{status}");
    let problem: Value = serde_json::from_slice(&bytes(response).await).expect("JSON");
    assert_eq!(problem["status"], status.as_u16());
    assert_eq!(problem["type"], "about:blank");
    assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()), "{problem}");
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.len() > 10), "{problem}");
    problem
}

#[tokio::test]
async fn every_refusal_is_a_problem() {
    let server = Server::start().await;
    for (method, path, status) in [
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api", 404),
        ("GET", "/nothing.js", 404),
        ("POST", "/", 405),
        ("DELETE", "/api/v1/titles", 405),
        ("POST", "/files/1/a", 405),
        ("PUT", "/healthz", 405),
        ("GET", "/api/v1/titles?limit=201", 400),
        ("GET", "/api/v1/titles?limit=-1", 400),
        ("GET", "/api/v1/titles?cursor=x", 400),
        ("GET", "/api/v1/titles?sort=size", 400),
        ("GET", "/api/v1/titles/0", 404),
        ("GET", "/api/v1/titles/x", 404),
        ("GET", "/api/v1/titles/99999999999999999999", 404),
        ("GET", "/api/v1/titles/%2e%2e", 404),
        ("GET", "/api/v1/titles/%00", 404),
        ("GET", "/api/v1/titles/%FF", 404),
        ("GET", "/api/v1/titles/1/artwork/poster", 404),
        ("GET", "/api/v1/titles/1/artwork/%FF", 400),
        ("GET", "/api/v1/titles/1/artwork/cover", 404),
        ("GET", "/api/v1/titles/1/artwork/poster?width=160", 404),
        ("GET", "/api/v1/titles/1/artwork/poster?width=-1", 400),
        ("GET", "/api/v1/titles/1/artwork/poster?width=4294967296", 400),
        ("GET", "/api/v1/titles/1/artwork/poster?width=", 400),
        ("GET", "/api/v1/files/999/still", 404),
        ("GET", "/api/v1/files/x/still", 404),
        ("GET", "/api/v1/files/1/still?v=1f3c", 404),
        ("GET", "/api/v1/files/1/still?width=wide", 400),
        ("POST", "/api/v1/files/1/still", 405),
        ("GET", "/files/x/a", 404),
        ("GET", "/files/1", 404),
        ("GET", "/files/1/", 404),
        ("GET", "/files/1/../../etc/passwd", 404),
        ("GET", "/files/1/subtitles/0", 404),
        ("GET", "/files/1/subtitles/x", 404),
        ("GET", "/files/999/a", 404),
        ("PUT", "/api/v1/titles/1/progress", 415),
    ] {
        let request = Request::builder().method(method).uri(path).body(Body::empty());
        let response = server.ask(request.expect("a request")).await;
        assert_eq!(response.status(), status, "{method} {path}");
        assert_eq!(response.headers().contains_key("allow"), status == 405, "{method} {path}");
        problem(response).await;
    }
}

#[tokio::test]
async fn a_file_is_answered_under_any_name() {
    let server = Server::start().await;
    let titles = server.json("/api/v1/titles").await;
    let file = &titles["items"][0]["files"][0];
    assert_eq!(file["file_name"], "A film (1999).avi");
    let url = file["url"].as_str().expect("text");
    let id = file["id"].as_str().expect("text");
    for path in [
        url.to_owned(),
        format!("/files/{id}/x"),
        format!("/files/{id}/%00"),
        format!("/files/{id}/%FF%FE"),
        format!("/files/{id}/..%2F..%2Fetc%2Fpasswd"),
        format!("/files/{id}/%2e%2e"),
        format!("/files/{id}/{}", "n".repeat(5000)),
    ] {
        let response = server.get(&path).await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(bytes(response).await, FILM, "{path}");
    }
}

/// A poster as people put it beside their films.
fn poster() -> Vec<u8> {
    let shade = |at: usize| u8::try_from(at * at % 251).expect("a byte");
    let picture = Picture::new(600, 900, (0..3 * 600 * 900).map(shade).collect()).expect("whole");
    encode_jpeg(&picture).expect("encodes")
}

#[tokio::test]
async fn artwork_comes_in_the_width_asked_for_and_its_hash_with_the_next_list() {
    let poster = poster();
    let server = Server::start_with(&[("A film (1999)-poster.jpg", &poster)]).await;
    let first = async || server.json("/api/v1/titles").await["items"][0].clone();
    let film = first().await;
    let url = film["poster_url"].as_str().expect("a poster");
    assert!(film["poster_hash"].is_null(), "nothing was made");

    let whole = server.get(url).await;
    assert_eq!(bytes(whole).await, poster, "as it was found");
    let mut seen = Vec::new();
    for (width, made) in [(0, 160), (160, 160), (300, 320), (u32::MAX, 600)] {
        let response = server.get(&format!("{url}&width={width}")).await;
        assert_eq!(response.status(), 200, "{width}");
        assert_eq!(response.headers()["content-type"], "image/jpeg");
        assert_eq!(response.headers()["cache-control"], "public, max-age=31536000, immutable");
        let etag = response.headers()["etag"].clone();
        let small = bytes(response).await;
        assert_eq!(jpeg_width(&small), made, "{width}");
        let again = Request::get(format!("{url}&width={width}")).header("if-none-match", &etag);
        let again = server.ask(again.body(Body::empty()).expect("a request")).await;
        assert_eq!((again.status().as_u16(), bytes(again).await.len()), (304, 0));
        seen.push((etag, small));
    }
    assert_eq!(seen[0], seen[1]);
    assert!(seen[1..].is_sorted_by(|a, b| a.0 != b.0 && a.1.len() < b.1.len()));

    let unversioned = url.split('?').next().expect("a path");
    let response = server.get(&format!("{unversioned}?width=160")).await;
    assert_eq!(response.headers()["cache-control"], "no-cache");

    let asked = std::time::Instant::now();
    while first().await["poster_hash"].is_null() {
        assert!(asked.elapsed() < std::time::Duration::from_secs(10), "it is never noted");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let film = first().await;
    assert!(film["poster_hash"].as_str().is_some_and(|hash| hash.len() >= 20), "{film}");
    assert_eq!(film["poster_url"], url, "the picture is the same");
    let id = film["id"].as_str().expect("text");
    let detail = server.json(&format!("/api/v1/titles/{id}")).await;
    assert_eq!(detail["poster_hash"], film["poster_hash"]);
}

/// Pixels of a row, from the frame header (ITU-T T.81 §B.2.2).
fn jpeg_width(bytes: &[u8]) -> u16 {
    let header = bytes.windows(4).position(|found| found == [0xff, 0xc0, 0, 17]);
    let at = header.expect("a baseline frame") + 7;
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

#[tokio::test]
async fn artwork_that_cannot_be_made_smaller_comes_as_it_is() {
    // A scan takes each of them for a picture, by its first bytes.
    for poster in [b"\xff\xd8\xff no picture", &poster()[..300], b"\x89PNG\r\n\x1a\n"] {
        let server = Server::start_with(&[("A film (1999)-poster.jpg", poster)]).await;
        let film = server.json("/api/v1/titles").await["items"][0].clone();
        let url = film["poster_url"].as_str().expect("a poster");
        for _ in 0..2 {
            let response = server.get(&format!("{url}&width=160")).await;
            assert_eq!(response.status(), 200);
            assert_eq!(bytes(response).await, poster);
        }
        let film = server.json("/api/v1/titles").await["items"][0].clone();
        assert!(film["poster_hash"].is_null());
    }
}

#[tokio::test]
async fn an_address_longer_than_any_is_refused() {
    let server = Server::start().await;
    let with_length = |len: usize| format!("/api/v1/titles?q={}", "a".repeat(len));
    assert_eq!(server.get(&with_length(4000)).await.status(), 400);
    let response = server.get(&with_length(crate::limits::URI_BYTES_MAX)).await;
    assert_eq!(response.status(), 414);
    problem(response).await;
}

#[tokio::test]
async fn a_body_has_an_end() {
    let server = Server::start().await;
    for (len, status) in [(REQUEST_BODY_BYTES_MAX, 400), (REQUEST_BODY_BYTES_MAX + 1, 413)] {
        let request = Request::put("/api/v1/titles/1/progress")
            .header("content-type", "application/json")
            .header("content-length", len)
            .body(Body::from(vec![b' '; len]));
        let response = server.ask(request.expect("a request")).await;
        assert_eq!(response.status(), status, "{len}");
        problem(response).await;
    }
}

#[tokio::test]
async fn only_our_own_page_may_change_anything() {
    let server = Server::start().await;
    for (name, value, status) in [
        ("sec-fetch-site", "same-origin", 202),
        ("sec-fetch-site", "none", 202),
        ("sec-fetch-site", "cross-site", 403),
        ("sec-fetch-site", "same-site", 403),
        ("origin", "http://localhost:8080", 202),
        ("origin", "http://evil.example", 403),
        ("origin", "null", 403),
        ("user-agent", "curl/8", 202),
    ] {
        let request = Request::post("/api/v1/scans")
            .header("host", "localhost:8080")
            .header(name, value)
            .body(Body::empty());
        let response = server.ask(request.expect("a request")).await;
        assert_eq!(response.status(), status, "{name}: {value}");
    }
}

#[tokio::test]
async fn every_answer_tells_browsers_what_not_to_do() {
    let server = Server::start().await;
    for path in ["/", "/api/v1/titles", "/api/v1/nothing", "/api/v1/docs", "/healthz"] {
        let response = server.get(path).await;
        let headers = response.headers();
        let policy = headers["content-security-policy"].to_str().expect("text");
        assert!(policy.contains("default-src 'self'") && policy.contains("object-src 'none'"));
        assert!(!policy.contains("-inline") && !policy.contains("-eval"), "{policy}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert!(headers.contains_key("referrer-policy"), "{path}");
        assert!(headers.contains_key("x-request-id"), "{path}");
        assert!(!headers.contains_key("x-powered-by") && !headers.contains_key("server"));
    }
}

#[tokio::test]
async fn text_is_compressed_and_files_are_not() {
    let server = Server::start().await;
    let encoding = async |path: &str| {
        let request = Request::get(path).header("accept-encoding", "gzip").body(Body::empty());
        let response = server.ask(request.expect("a request")).await;
        response.headers().get("content-encoding").cloned()
    };
    assert_eq!(encoding("/api/v1/openapi.json").await.expect("compressed"), "gzip");
    assert_eq!(encoding("/api/v1/titles").await.expect("compressed"), "gzip");
    assert_eq!(encoding("/files/1/a").await, None);
    assert_eq!(encoding("/api/v1/live").await, None);
}

#[tokio::test]
async fn what_is_compressed_is_whole_before_it_is_sent() {
    let server = Server::start().await;
    let ask = async |method: Method| {
        let request = Request::builder().method(method).uri("/api/v1/openapi.json");
        let request = request.header("accept-encoding", "gzip").body(Body::empty());
        server.ask(request.expect("a request")).await
    };
    let response = ask(Method::GET).await;
    let len = response.body().size_hint().exact().expect("nothing is left to be compressed");
    let bytes = response.into_body().collect().await.expect("it is there").to_bytes();
    assert_eq!(bytes.len() as u64, len);
    assert!(bytes.starts_with(&[0x1f, 0x8b]), "gzip (RFC 1952 §2.3.1)");
    let head = ask(Method::HEAD).await;
    assert_eq!(head.headers()[header::CONTENT_LENGTH], len.to_string());
    assert!(head.body().is_end_stream());
}

#[tokio::test]
async fn too_many_requests_are_refused_at_once_and_files_are_still_sent() {
    // A route that never answers stands for a slow one.
    let slow: Router = Router::new()
        .route("/slow", get(std::future::pending::<()>))
        .layer(from_fn_with_state(Arc::new(Semaphore::new(1)), load_shed::shed_load));
    let ask = |router: Router| async move {
        router.answer(Request::get("/slow").body(Body::empty()).expect("asked")).await
    };
    let first = tokio::spawn(ask(slow.clone()));
    tokio::task::yield_now().await;
    let second = ask(slow).await;
    assert_eq!(second.status(), 503);
    assert!(second.headers().contains_key("retry-after"));
    problem(second).await;
    first.abort();
}

#[tokio::test]
#[expect(clippy::panic, reason = "what is tested")]
async fn a_panic_ends_one_request() {
    let known_hosts = KnownHosts::new(SocketAddr::from(([0, 0, 0, 0], 80)), &[]);
    let anybody = Acceptable { known_hosts, uri_bytes_max: 100 };
    let request = Request::get("/").body(Body::empty()).expect("a request");
    let fail = async |_| -> Response { panic!("words for the log") };
    let response = every_request::watch_over(&anybody, None, request, fail).await;
    assert_eq!(response.status(), 500);
    let problem = problem(response).await;
    assert!(
        !problem.to_string().contains("words for the log"),
        "the cause stays in the log: {problem}"
    );
}

#[tokio::test]
async fn live_clients_have_a_bound_and_end_with_the_server() {
    let server = Server::start().await;
    let all =
        [server.app.live.follow(), server.app.live.follow()].map(|place| place.expect("free"));
    assert_eq!(server.get("/api/v1/live").await.status(), 503);
    drop(all);
    let response = server.get("/api/v1/live").await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    server.shutdown.cancel();
    assert!(bytes(response).await.is_empty());
}

#[tokio::test]
async fn progress_comes_back_with_the_title() {
    let server = Server::start().await;
    let titles = server.json("/api/v1/titles").await;
    let id = titles["items"][0]["id"].as_str().expect("text");
    let path = format!("/api/v1/titles/{id}/progress");
    let request = Request::put(&path)
        .header("content-type", "application/json")
        .body(Body::from(r#"{"position_ms":95,"duration_ms":100}"#));
    assert_eq!(server.ask(request.expect("a request")).await.status(), 200);
    let title = server.json(&format!("/api/v1/titles/{id}")).await;
    assert_eq!(title["progress"]["position_ms"], 95);
    assert_eq!(title["progress"]["watched"], true);
    let request = Request::delete(&path).body(Body::empty());
    assert_eq!(server.ask(request.expect("a request")).await.status(), 204);
    assert!(server.json(&format!("/api/v1/titles/{id}")).await["progress"].is_null());
}

#[tokio::test]
async fn status_and_findings_tell_what_is_wrong() {
    let server = Server::start().await;
    let status = server.json("/api/v1/status").await;
    assert_eq!(status["ready"], true);
    assert_eq!(status["watch"], "off");
    assert_eq!(status["warnings"][0], "a warning");
    assert_eq!(status["libraries"][0]["roots"][0]["available"], true);
    let findings = server.json("/api/v1/findings").await;
    let findings = findings["items"].as_array().expect("a list");
    assert!(findings.iter().any(|finding| finding["path"] == "Broken (1999).mkv"), "{findings:#?}");
    assert_eq!(server.get("/readyz").await.status(), 200);
}

#[test]
fn the_committed_description_is_that_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    let json = openapi_json(&openapi());
    if option_env!("SPILLWAY_UPDATE").is_some() {
        std::fs::write(&path, &json).expect("written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == json,
        "docs/openapi.json is not what the code says; SPILLWAY_UPDATE=1 cargo nextest run -p \
         spillway description writes it"
    );
}
