//! A panic ends its own request and nothing else, in the whole application behind a real socket.
//!
//! The program itself has no request that panics, so these bring handlers that do.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::tests::app_of;
use super::*;
use crate::limits::API_BURST;
use crate::transport::{Activity, ConnectionLimits, Ending, EventLoops, Listener, serve};

/// Numbers of four bytes in the film: more than sockets and buffers hold.
const FILM_NUMBERS: u32 = 4 * 1024 * 1024;

/// Longer than anything here takes, on a machine that compiles beside it.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where handlers panic: under axum's router, beside it as files are answered, and in the middle of an
/// answer.
const BELOW_THE_ROUTER: &str = "/panic";
const PAST_THE_ROUTER: &str = "/files/1/panic";
const IN_THE_BODY: &str = "/panic-in-the-body";

/// The application with files that panic by their name.
struct Panicking(Application);

impl Answer for Panicking {
    async fn answer(&self, request: Request) -> Response {
        if request.uri().path() == PAST_THE_ROUTER {
            self.0.answer_file(request, |_| panic_in_a_handler()).await
        } else {
            self.0.answer(request).await
        }
    }
}

async fn panic_in_a_handler() -> Response {
    // Not at once, but when it is woken again.
    tokio::task::yield_now().await;
    panic!("asked for by the test");
}

async fn panic_in_the_body() -> Body {
    let begun = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"it begins"))]);
    Body::from_stream(begun.chain(stream::once(async { panic!("asked for by the test") })))
}

struct Server {
    address: SocketAddr,
    film: Vec<u8>,
    activity: Activity,
    ending: Ending,
    running: JoinHandle<std::io::Result<()>>,
    _dir: tempfile::TempDir,
}

impl Server {
    async fn start() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let films = dir.path().join("Films");
        std::fs::create_dir(&films).expect("a folder");
        // Without ffprobe an AVI is listed with what its name tells.
        let mut film = b"RIFF\x24\0\0\0AVI LIST".to_vec();
        film.extend((0..FILM_NUMBERS).flat_map(u32::to_le_bytes));
        std::fs::write(films.join("A film (1999).avi"), &film).expect("written");
        let app = app_of(dir.path(), &films, CancellationToken::new()).await;
        app.scanner.first_scan_done().wait_for(|done| *done).await.expect("the scan ends");
        let api = api().split_for_parts().0;
        let api = api
            .route(BELOW_THE_ROUTER, get(panic_in_a_handler))
            .route(IN_THE_BODY, get(panic_in_the_body));
        let known_hosts = KnownHosts::new(SocketAddr::from(([127, 0, 0, 1], 0)), &[]);
        let rate = RequestRate::new(100, API_BURST, true);
        let app = Panicking(Application::with_api(api, app, known_hosts, rate, &Limits::default()));
        let listener = Listener::bind("127.0.0.1:0".parse().expect("an address"));
        let listener = listener.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let (activity, ending) = (Activity::default(), Ending::default());
        let limits = ConnectionLimits::default();
        let loops = EventLoops::here();
        let (of_server, end) = (activity.clone(), ending.clone());
        let running = tokio::spawn(serve(listener, app, loops, limits, of_server, end));
        Self { address, film, activity, ending, running, _dir: dir }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("somebody listens")
    }

    async fn until_connections(&self, count: usize) {
        let deadline = Instant::now() + PATIENCE;
        while self.activity.connections() != count {
            assert!(Instant::now() < deadline, "{} connections", self.activity.connections());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

async fn ask(client: &mut TcpStream, path: &str) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    client.write_all(request.as_bytes()).await.expect("it is taken");
}

/// The head and the body of an answer that says how long it is.
async fn read_answer(client: &mut TcpStream) -> (String, Vec<u8>) {
    let mut received = Vec::new();
    let head_len = loop {
        if let Some(at) = received.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break at + 4;
        }
        let read = timeout(PATIENCE, client.read_buf(&mut received)).await.expect("in time");
        assert!(read.expect("it is open") > 0, "closed: {}", received.escape_ascii());
    };
    let head = String::from_utf8(received[..head_len].to_vec()).expect("text");
    let len =
        head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
    let mut body = received.split_off(head_len);
    let missing = len.parse::<usize>().expect("a number") - body.len();
    let mut rest = vec![0; missing];
    timeout(PATIENCE, client.read_exact(&mut rest)).await.expect("in time").expect("whole");
    body.extend(rest);
    (head, body)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_ends_its_request_and_nothing_else() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    ask(&mut client, "/api/v1/titles").await;
    let (_, titles) = read_answer(&mut client).await;
    let titles: serde_json::Value = serde_json::from_slice(&titles).expect("JSON");
    let url = titles["items"][0]["files"][0]["url"].as_str().expect("a file").to_owned();
    drop(client);
    server.until_connections(0).await;
    let tasks_before = Handle::current().metrics().num_alive_tasks();

    // Somebody watches from before the first panic until after the last.
    let mut viewer = server.connect().await;
    ask(&mut viewer, &url).await;
    viewer.readable().await.expect("it begins");
    let mut client = server.connect().await;
    for path in [BELOW_THE_ROUTER, PAST_THE_ROUTER].repeat(20) {
        ask(&mut client, path).await;
        let (head, body) = read_answer(&mut client).await;
        assert!(head.starts_with("HTTP/1.1 500 "), "{path}: {head}");
        assert!(head.contains("content-type: application/problem+json\r\n"), "{path}: {head}");
        assert!(head.contains("x-request-id: "), "{path}: {head}");
        let problem: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!(problem["status"], 500, "{path}");
        assert!(!problem.to_string().contains("asked for"), "the log is told, not the client");
        ask(&mut client, "/healthz").await;
        assert!(read_answer(&mut client).await.0.starts_with("HTTP/1.1 200 "), "{path}");
    }
    // Too late for a status: the answer is cut off where it cannot be taken for whole.
    for _ in 0..20 {
        let mut cut = server.connect().await;
        ask(&mut cut, IN_THE_BODY).await;
        let mut received = Vec::new();
        let _ = timeout(PATIENCE, cut.read_to_end(&mut received)).await.expect("closed");
        assert!(!received.ends_with(b"\r\n0\r\n\r\n"), "it looks whole");
    }
    assert_eq!(server.activity.stream_count(), 1, "the viewer is still there");
    let (head, film) = read_answer(&mut viewer).await;
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    assert!(film == server.film, "not the file's bytes");

    drop((client, viewer));
    server.until_connections(0).await;
    assert_eq!(server.activity.stream_count(), 0);
    let deadline = Instant::now() + PATIENCE;
    while Handle::current().metrics().num_alive_tasks() > tasks_before {
        assert!(Instant::now() < deadline, "a task is left");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    while open_sockets(server.address.port()) > 0 {
        assert!(Instant::now() < deadline, "a socket is left");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    server.ending.stop();
    timeout(PATIENCE, server.running).await.expect("it ends").expect("no panic").expect("no error");
}

/// Sockets of the server's clients that it has not closed (states 1 and 8 of tcp(7)).
fn open_sockets(port: u16) -> usize {
    let table = std::fs::read_to_string("/proc/net/tcp").expect("Linux lists its sockets");
    let local_end = format!(":{port:04X}");
    let is_open = |line: &&str| {
        let fields: Vec<_> = line.split_whitespace().collect();
        fields[1].ends_with(&local_end) && ["01", "08"].contains(&fields[3])
    };
    table.lines().filter(is_open).count()
}
