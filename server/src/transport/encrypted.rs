//! One client over TLS, from its handshake to the close: HTTP/1.1 or HTTP/2, as the two agree.
//!
//! The same application answers. Where the kernel encrypts, the connection goes on as a plain one;
//! everywhere else answers have the body that reads, and placeholders never come here.

use std::convert::Infallible;
use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, Request, Response, StatusCode, Version};
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::TokioTimer;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::activity::{ConnectionMark, Encryptor};
use super::answer::{Answer, Peer};
use super::connection::{Shared, ask, http1_builder, is_untouched, problem, run, serve_socket};
use super::encrypted_body::{EncryptedBody, PayloadProgress};
use super::encrypted_socket::EncryptedSocket;
use super::handshake::{Encrypted, Handshake};
use super::host::adopt_authority;
use super::link::Link;
use super::payload::Payload;
use super::read_ahead::ReadAhead;
use super::stream_tasks::{StreamTasks, waited_for};
use super::tls::ALPN_HTTP_2;
use crate::limits::{FAREWELL_TIMEOUT, HTTP_2_SEND_BUFFER_BYTES, HTTP_2_WINDOW_BYTES};

/// Shakes hands with one client and serves it until it leaves, breaks a limit, or the server has
/// drained.
///
/// Dropping the future closes the connection at once.
pub(super) async fn serve_encrypted<A: Answer>(
    stream: TcpStream,
    address: SocketAddr,
    mark: ConnectionMark,
    shared: Arc<Shared<A>>,
    handshake: Handshake,
) {
    let stopping = async {
        shared.ending.begun().cancelled().await;
        tokio::time::sleep(FAREWELL_TIMEOUT).await;
    };
    let done = tokio::select! {
        done = timeout(shared.limits.handshake_timeout, handshake.perform(stream)) => done,
        () = stopping => return,
    };
    let stream = match done.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
        Ok(Encrypted::ByProcess(stream)) => stream,
        Ok(Encrypted::ByKernel(stream, records)) => {
            shared.activity.count_encrypted_connection(Encryptor::Kernel);
            // Boxed, as those that this process encrypts would keep room for it.
            return Box::pin(serve_socket(stream, Some(records), address, mark, shared)).await;
        }
        Err(error) => {
            shared.activity.count_failed_handshake();
            tracing::debug!(peer = %address, %error, "no TLS with {address}: {error}");
            return;
        }
    };
    shared.activity.count_encrypted_connection(Encryptor::Process);
    let is_http_2 = stream.get_ref().1.alpn_protocol() == Some(ALPN_HTTP_2);
    let link = Arc::new(Link::new());
    let peer = Peer { address, client: mark.client().clone() };
    let stall_timeout = shared.limits.write_stall_timeout;
    let socket = EncryptedSocket::new(stream, Arc::clone(&link), mark, stall_timeout, !is_http_2);
    let visit = Arc::new(Visit { shared, link, peer });
    if is_http_2 {
        serve_http_2(socket, visit, stall_timeout).await;
    } else {
        serve_http_1(socket, visit).await;
    }
}

async fn serve_http_1<A: Answer>(socket: EncryptedSocket, visit: Arc<Visit<A>>) {
    let service = service_fn(|request| Arc::clone(&visit).answer(request));
    let connection = pin!(http1_builder(&visit.shared.limits).serve_connection(socket, service));
    run(connection, visit.peer.address, &visit.link, &visit.shared, pending(), |_| {}).await;
}

async fn serve_http_2<A: Answer>(
    socket: EncryptedSocket,
    visit: Arc<Visit<A>>,
    stall_timeout: Duration,
) {
    let service = service_fn(|request| Arc::clone(&visit).answer(request));
    let tasks = StreamTasks::new(stall_timeout);
    // Counted with 32 bytes more a field (RFC 9113 §6.5.2).
    let limits = &visit.shared.limits;
    let header_list_bytes_max = u32::try_from(limits.request_head_bytes_max).unwrap_or(u32::MAX);
    let mut builder = http2::Builder::new(tasks.clone());
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.http_2_streams_max)
        .max_pending_accept_reset_streams(limits.http_2_resets_max)
        .max_local_error_reset_streams(limits.http_2_faults_max)
        .max_header_list_size(header_list_bytes_max)
        .max_send_buf_size(HTTP_2_SEND_BUFFER_BYTES)
        .initial_stream_window_size(HTTP_2_WINDOW_BYTES)
        .initial_connection_window_size(HTTP_2_WINDOW_BYTES);
    let connection = pin!(builder.serve_connection(socket, service));
    // The word for `Connection: close`; what is asked until the client has heard it is answered.
    let Visit { shared, link, peer } = &*visit;
    let notice = shared.ending.announced().cancelled();
    run(connection, peer.address, link, shared, notice, |cx| tasks.poll_ended(cx)).await;
}

/// What the answers on one connection have in common.
#[derive(Debug)]
struct Visit<A> {
    shared: Arc<Shared<A>>,
    link: Arc<Link>,
    peer: Peer,
}

impl<A: Answer> Visit<A> {
    async fn answer(
        self: Arc<Self>,
        mut request: Request<Incoming>,
    ) -> Result<Response<EncryptedBody>, Infallible> {
        let Self { shared, link, peer } = &*self;
        let open = link.begin_answer();
        let is_head = request.method() == Method::HEAD;
        let response = match acceptable(&mut request, shared.limits.request_headers_max) {
            Ok(()) => waited_for(ask(shared, peer.clone(), request)).await,
            Err((status, detail)) => problem(status, detail),
        };
        let (mut parts, body) = response.into_parts();
        let payload = parts
            .extensions
            .remove::<Payload>()
            .filter(|payload| !is_head && is_untouched(&parts.headers, &body, payload));
        let progress = payload.map(|mut payload| {
            let stream = shared.activity.open_stream(&mut payload, peer.address);
            let read_ahead = ReadAhead::new(shared.disks.clone(), shared.limits.disk_timeout);
            PayloadProgress::new(payload, stream, read_ahead, shared.activity.clone())
        });
        Ok(Response::from_parts(parts, EncryptedBody::new(body, progress, open)))
    }
}

/// What HTTP/1.1 heads are checked for by hyper, for those of HTTP/2.
fn acceptable(
    request: &mut Request<Incoming>,
    headers_max: usize,
) -> Result<(), (StatusCode, &'static str)> {
    if request.version() < Version::HTTP_2 {
        return Ok(());
    }
    if request.headers().len() > headers_max {
        let detail = "The request has too many header fields.";
        return Err((StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, detail));
    }
    adopt_authority(request).map_err(|detail| (StatusCode::BAD_REQUEST, detail))
}
