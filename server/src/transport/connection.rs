//! One client, from accept to close: its time limits, its turns, and how answers get their bodies.

use std::convert::Infallible;
use std::future::{Future, pending, poll_fn};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{HeaderValue, Method, Request, Response, StatusCode, Version, header};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::server::graceful::GracefulConnection;
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

use super::activity::{Activity, ConnectionMark};
use super::answer::{Answer, Peer};
use super::date::date;
use super::disks::Disks;
use super::ending::Ending;
use super::kernel_records::KernelRecords;
use super::link::{Link, OpenAnswer, Phase};
use super::listen::ConnectionLimits;
use super::payload::Payload;
use super::placeholder::PlaceholderBody;
use super::read_ahead::ReadAhead;
use super::request_head::check_head;
use super::socket::Socket;
use crate::limits::{
    CONNECTION_BUFFER_BYTES, FAREWELL_TIMEOUT, QUANTUM_BYTES_MAX, QUANTUM_BYTES_MIN, ROUND_BYTES,
};

/// What all connections of a server have in common.
#[derive(Debug)]
pub(super) struct Shared<A> {
    pub(super) app: A,
    pub(super) limits: ConnectionLimits,
    pub(super) activity: Activity,
    pub(super) disks: Disks,
    pub(super) ending: Ending,
}

/// Serves one client until it leaves, breaks a limit, or the server has drained.
///
/// Dropping the future closes the connection at once.
pub(super) fn serve_connection<A: Answer>(
    stream: TcpStream,
    address: SocketAddr,
    mark: ConnectionMark,
    shared: Arc<Shared<A>>,
) -> impl Future<Output = ()> + Send {
    // Not awaited in a future of its own, which would have room for the arguments once more.
    serve_socket(stream, None, address, mark, shared)
}

/// As [`serve_connection`]; with `records` the kernel encrypts what goes through the socket.
pub(super) async fn serve_socket<A: Answer>(
    stream: TcpStream,
    records: Option<KernelRecords>,
    address: SocketAddr,
    mark: ConnectionMark,
    shared: Arc<Shared<A>>,
) {
    let link = Arc::new(Link::new());
    let read_ahead = ReadAhead::new(shared.disks.clone(), shared.limits.disk_timeout);
    let peer = Peer { address, client: mark.client().clone() };
    let stall_timeout = shared.limits.write_stall_timeout;
    let socket = Socket::new(stream, records, Arc::clone(&link), read_ahead, mark, stall_timeout);
    let service = hyper::service::service_fn(|request| {
        answer(Arc::clone(&shared), Arc::clone(&link), peer.clone(), request)
    });
    let connection = pin!(http1_builder(&shared.limits).serve_connection(socket, service));
    run(connection, address, &link, &shared, pending(), |_| {}).await;
}

/// HTTP/1.1 as it is spoken here.
pub(super) fn http1_builder(limits: &ConnectionLimits) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        // Time limits are ours: hyper's own covers idle connections too, with the same time.
        .header_read_timeout(None)
        // A client that ends its sending side still takes its answer. One that is gone shows when
        // it is written to.
        .half_close(true)
        .max_buf_size(CONNECTION_BUFFER_BYTES)
        .max_header_size(limits.request_head_bytes_max)
        .max_headers(limits.request_headers_max);
    builder
}

/// Runs a connection in turns until it ends, breaks a time limit, or the server has drained.
/// Its client is asked to come by another connection once `notice` is ready. `after_turn` is called at
/// the end of every turn that is not the last. By reference: an argument and what is pinned of it would
/// each have room in the future.
pub(super) async fn run<C, A>(
    mut connection: Pin<&mut C>,
    peer: SocketAddr,
    link: &Link,
    shared: &Shared<A>,
    notice: impl Future<Output = ()>,
    mut after_turn: impl FnMut(&mut Context<'_>),
) where
    C: GracefulConnection,
    C::Error: std::error::Error + 'static,
{
    let mut stopping = pin!(shared.ending.begun().cancelled());
    let mut notice = pin!(notice.fuse());
    let mut clock = Clock { limits: &shared.limits, drain_until: None, alarm: None };
    poll_fn(|cx| {
        link.begin_turn(quantum_bytes(&shared.activity));
        if clock.drain_until.is_none() && stopping.as_mut().poll(cx).is_ready() {
            clock.drain_until = Some(Instant::now() + drain_timeout(shared));
            connection.as_mut().graceful_shutdown();
        }
        if clock.drain_until.is_none() && notice.as_mut().poll(cx).is_ready() {
            connection.as_mut().graceful_shutdown();
        }
        if let Poll::Ready(result) = connection.as_mut().poll(cx) {
            if let Err(error) = result {
                tracing::debug!(%peer, error = %chain(&error), "connection of {peer} ended");
            }
            return Poll::Ready(());
        }
        after_turn(cx);
        ready!(clock.poll_expired(link, cx));
        if clock.drain_until.is_none() && matches!(link.phase(), Phase::Idle { .. }) {
            // It is told, so that a request that is just coming is not lost with it.
            clock.drain_until = Some(Instant::now() + FAREWELL_TIMEOUT);
            connection.as_mut().graceful_shutdown();
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    })
    .await;
}

fn drain_timeout<A>(Shared { limits, ending, .. }: &Shared<A>) -> Duration {
    if ending.is_hand_over() { limits.hand_over_timeout } else { limits.drain_timeout }
}

/// How much one connection may send before the others get their turn.
fn quantum_bytes(activity: &Activity) -> usize {
    let hungry = activity.hungry_connections().max(1);
    (ROUND_BYTES / hungry).clamp(QUANTUM_BYTES_MIN, QUANTUM_BYTES_MAX)
}

/// When the connection has to be closed, by what it is doing.
#[derive(Debug)]
struct Clock<'a> {
    limits: &'a ConnectionLimits,
    drain_until: Option<Instant>,
    alarm: Option<Pin<Box<Sleep>>>,
}

impl Clock<'_> {
    /// Ready once a time limit has passed.
    ///
    /// The alarm is moved only when it would ring too late, not at every request: one that rings
    /// too early looks at the link again and is set anew.
    fn poll_expired(&mut self, link: &Link, cx: &mut Context<'_>) -> Poll<()> {
        while let Some(deadline) = self.deadline(link.phase()) {
            if deadline <= Instant::now() {
                return Poll::Ready(());
            }
            match &mut self.alarm {
                Some(alarm) if alarm.deadline() > deadline || alarm.is_elapsed() => {
                    alarm.as_mut().reset(deadline);
                }
                Some(_) => {}
                none => *none = Some(Box::pin(tokio::time::sleep_until(deadline))),
            }
            if let Some(alarm) = &mut self.alarm
                && alarm.as_mut().poll(cx).is_pending()
            {
                return Poll::Pending;
            }
        }
        Poll::Pending
    }

    fn deadline(&self, phase: Phase) -> Option<Instant> {
        let of_phase = match phase {
            Phase::Idle { .. } if self.drain_until.is_some() => None,
            Phase::Idle { since } => Some(since + self.limits.idle_timeout),
            Phase::Head { since } => Some(since + self.limits.head_timeout),
            // The handler has its own limits, the socket watches a client that takes nothing.
            Phase::Answering => None,
        };
        of_phase.into_iter().chain(self.drain_until).min()
    }
}

/// Passes a request to the application and gives its answer the body that this connection can
/// send best. The one place where that is decided: handlers do not know.
async fn answer<A: Answer>(
    shared: Arc<Shared<A>>,
    link: Arc<Link>,
    peer: Peer,
    request: Request<Incoming>,
) -> Result<Response<AnswerBody>, Infallible> {
    let open = link.begin_answer();
    let is_head = request.method() == Method::HEAD;
    let address = peer.address;
    // Boxed, as hyper keeps room for this future as long as the connection is open.
    let response = Box::pin(ask(&shared, peer, request)).await;
    let (mut parts, body) = response.into_parts();
    let payload = parts.extensions.remove::<Payload>();
    let kind = match payload {
        Some(mut payload) if !is_head && is_untouched(&parts.headers, &body, &payload) => {
            link.begin_payload();
            let stream = shared.activity.open_stream(&mut payload, address);
            Kind::Payload(PlaceholderBody::new(payload, Arc::clone(&link), stream))
        }
        _ => Kind::Plain(body),
    };
    Ok(Response::from_parts(parts, AnswerBody { kind, _open: open }))
}

/// Passes a request to the application, if it names its host as it must.
pub(super) async fn ask<A: Answer>(
    Shared { app, ending, .. }: &Shared<A>,
    peer: Peer,
    request: Request<Incoming>,
) -> Response<Body> {
    let _at_work = ending.request();
    let version = request.version();
    let mut response = match check_head(&request) {
        Ok(()) => {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(peer);
            app.answer(request).await
        }
        Err(detail) => problem(StatusCode::BAD_REQUEST, detail),
    };
    response.headers_mut().insert(header::DATE, date());
    // HTTP/2 knows no such header (RFC 9113 §8.2.2); a GOAWAY says it there.
    if ending.is_announced() && version < Version::HTTP_2 {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Whether the body still is the payload's bytes: something in between may have compressed,
/// shortened or emptied it, and then its own bytes are the right ones.
pub(super) fn is_untouched(headers: &http::HeaderMap, body: &Body, payload: &Payload) -> bool {
    let len = payload.len_bytes();
    headers.get(header::CONTENT_LENGTH) == Some(&HeaderValue::from(len))
        && !headers.contains_key(header::CONTENT_ENCODING)
        && !headers.contains_key(header::TRANSFER_ENCODING)
        && http_body::Body::size_hint(body).exact() == Some(len)
}

/// Refuses a request that never reached the application.
pub(super) fn problem(status: StatusCode, detail: &str) -> Response<Body> {
    let (code, title) = (status.as_u16(), status.canonical_reason().unwrap_or_default());
    let problem = format!(
        r#"{{"type":"about:blank","title":"{title}","status":{code},"detail":"{detail}"}}"#
    );
    let mut response = Response::new(Body::from(problem));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    // Whoever sent this may mean something else by the bytes that follow.
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// The body of an answer; tells the connection when the answer is at its end.
#[derive(Debug)]
struct AnswerBody {
    kind: Kind,
    _open: OpenAnswer,
}

#[derive(Debug)]
enum Kind {
    Plain(Body),
    Payload(PlaceholderBody),
}

impl http_body::Body for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match &mut self.get_mut().kind {
            Kind::Plain(body) => Pin::new(body).poll_frame(cx),
            Kind::Payload(body) => Pin::new(body)
                .poll_frame(cx)
                .map(|frame| frame.map(|result| result.map_err(|never| match never {}))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Plain(body) => body.is_end_stream(),
            Kind::Payload(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Plain(body) => body.size_hint(),
            Kind::Payload(body) => body.size_hint(),
        }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
