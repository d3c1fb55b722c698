//! A server of one file over real sockets, for the tests of what comes over the wire.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::routing::get;
use http::{HeaderMap, HeaderValue, Method, Response, header};
use spillway_media::storage::{Key, Root};
use tokio::task::JoinHandle;

use super::{Entity, deliver};
use crate::transport::{
    Activity, ConnectionLimits, Ending, EventLoops, Listener, Payload, Peer, serve,
};

pub(super) const MIB: usize = 1024 * 1024;

/// A server of one file of random bytes.
pub(super) struct Server {
    pub(super) folder: tempfile::TempDir,
    pub(super) content: Vec<u8>,
    pub(super) address: SocketAddr,
    pub(super) activity: Activity,
    pub(super) ending: Ending,
    running: JoinHandle<std::io::Result<()>>,
}

async fn send_file(State(root): State<Root>, method: Method, headers: HeaderMap) -> Response<Body> {
    let object = root.open(&Key::new("film.mkv").expect("a key")).expect("opens");
    deliver(&Entity::new(object, "film.mkv").title("A film"), &method, &headers)
}

/// Takes what a file answers and gives it other content, as a compressing layer would.
async fn send_shouted(root: State<Root>, method: Method, headers: HeaderMap) -> Response<Body> {
    let mut response = send_file(root, method, headers).await;
    assert!(response.extensions().get::<Payload>().is_some());
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(5));
    *response.body_mut() = Body::from("OTHER");
    response
}

/// An answer that never ends by itself.
async fn send_events() -> Body {
    let events = futures_util::stream::unfold((), async |()| {
        tokio::time::sleep(Duration::from_millis(5)).await;
        Some((Ok::<_, Infallible>("an event\n"), ()))
    });
    Body::from_stream(events)
}

impl Server {
    pub(super) fn of(len_bytes: usize) -> Self {
        Self::with(len_bytes, ConnectionLimits::default())
    }

    pub(super) fn with(len_bytes: usize, limits: ConnectionLimits) -> Self {
        let listener = Listener::bind("127.0.0.1:0".parse().expect("an address"));
        Self::behind(listener.expect("a free port"), len_bytes, limits)
    }

    pub(super) fn behind(listener: Listener, len_bytes: usize, limits: ConnectionLimits) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let content = random_bytes(len_bytes);
        std::fs::write(folder.path().join("film.mkv"), &content).expect("written");
        let app = Router::new()
            .route("/file", get(send_file))
            .route("/other", get(send_shouted))
            .route("/peer", get(async |peer: axum::Extension<Peer>| peer.0.address.to_string()))
            .route("/events", get(send_events))
            .with_state(Root::new(folder.path()));
        let address = listener.local_addr().expect("bound");
        let (activity, ending) = (Activity::default(), Ending::default());
        let loops = EventLoops::here();
        let (of_server, end) = (activity.clone(), ending.clone());
        let running = tokio::spawn(serve(listener, app, loops, limits, of_server, end));
        Self { folder, content, address, activity, ending, running }
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join("film.mkv")
    }

    /// Stops the server and checks that nothing is left over.
    pub(super) async fn stop(self) {
        self.ending.stop();
        self.running.await.expect("no panic").expect("no failure");
        assert_eq!(self.activity.connections(), 0);
        assert_eq!(self.activity.stream_count(), 0);
        assert_eq!(self.activity.disk_pool().busy, 0);
    }

    /// Waits until the server has noticed that all clients are gone.
    pub(super) async fn wait_until_alone(&self) {
        while self.activity.connections() > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// Reproducible bytes without a run of zeros (xorshift).
fn random_bytes(len: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}

/// Compares without printing megabytes.
pub(super) fn assert_same(actual: &[u8], expected: &[u8], what: &str) {
    assert_eq!(actual.len(), expected.len(), "{what}: length");
    let differing = actual.iter().zip(expected).position(|(a, b)| a != b);
    assert_eq!(differing, None, "{what}: first differing byte");
}
