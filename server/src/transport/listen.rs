//! Accepting clients, up to a limit and until the server is asked to stop.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::Arc;
use std::time::Duration;

use rustix::io::Errno;
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use super::activity::{Activity, Refusal};
use super::answer::Answer;
use super::client::Clients;
use super::connection::{Shared, serve_connection};
use super::disks::Disks;
use super::encrypted::serve_encrypted;
use super::ending::Ending;
use super::event_loops::EventLoops;
use super::system_calls;
use super::tls::Tls;
use crate::limits;

/// What one server allows its clients. The defaults stand in [`crate::limits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// Connections open at once; more are answered 503 and closed.
    pub connections_max: usize,
    /// Connections open at once from one address; more are answered in the same way.
    pub connections_per_address_max: usize,
    /// Streams running at once to one address; more are answered 429.
    pub streams_per_address_max: usize,
    /// Whether clients on this machine, a reverse proxy among them, have no limits per address.
    pub loopback_is_exempt: bool,
    /// How fast one connection may send payload.
    pub bytes_per_second_per_connection_max: Option<u64>,
    /// How fast all connections of one address together may send payload.
    pub bytes_per_second_per_address_max: Option<u64>,
    /// Bytes that the kernel holds for all clients beyond what is on the way to them.
    pub unsent_bytes_max: u64,
    /// Bytes of a request head; a longer one is answered 431.
    pub request_head_bytes_max: usize,
    /// Header fields of a request; more are answered 431.
    pub request_headers_max: usize,
    /// Streams open at once on one HTTP/2 connection; further ones wait in the client.
    pub http_2_streams_max: u32,
    /// Streams of it that may be opened and reset before they were looked at.
    pub http_2_resets_max: usize,
    /// Streams of it that may be reset for the client's own faults.
    pub http_2_faults_max: usize,
    /// Time for a whole TLS handshake.
    pub handshake_timeout: Duration,
    /// Time for a whole request head.
    pub head_timeout: Duration,
    /// Time between two requests.
    pub idle_timeout: Duration,
    /// Time without the client taking a byte of its answer.
    pub write_stall_timeout: Duration,
    /// Time for running answers once the server was asked to stop.
    pub drain_timeout: Duration,
    /// Time for running answers once another process has taken over.
    pub hand_over_timeout: Duration,
    /// Time that a disk may take to bring in what is to be sent next.
    pub disk_timeout: Duration,
    /// Threads that wait for one disk.
    pub disk_threads: usize,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            connections_max: limits::CONNECTIONS_MAX,
            connections_per_address_max: limits::CONNECTIONS_PER_ADDRESS_MAX,
            streams_per_address_max: limits::STREAMS_PER_ADDRESS_MAX,
            loopback_is_exempt: true,
            bytes_per_second_per_connection_max: None,
            bytes_per_second_per_address_max: None,
            unsent_bytes_max: limits::UNSENT_BYTES_ALL_MAX,
            request_head_bytes_max: limits::REQUEST_HEAD_BYTES_MAX,
            request_headers_max: limits::REQUEST_HEADERS_MAX,
            http_2_streams_max: limits::HTTP_2_STREAMS_MAX,
            http_2_resets_max: limits::HTTP_2_RESETS_MAX,
            http_2_faults_max: limits::HTTP_2_FAULTS_MAX,
            handshake_timeout: limits::TLS_HANDSHAKE_TIMEOUT,
            head_timeout: limits::REQUEST_HEAD_TIMEOUT,
            idle_timeout: limits::IDLE_TIMEOUT,
            write_stall_timeout: limits::WRITE_STALL_TIMEOUT,
            drain_timeout: limits::DRAIN_TIMEOUT,
            hand_over_timeout: limits::HAND_OVER_TIMEOUT,
            disk_timeout: limits::DISK_TIMEOUT,
            disk_threads: limits::READ_AHEAD_THREADS,
        }
    }
}

impl ConnectionLimits {
    /// These limits, with no more connections than a process that may hold `descriptors_max`
    /// descriptors can have beside the `kept` ones that it needs for everything else.
    #[must_use]
    pub fn within_descriptors(mut self, descriptors_max: usize, kept: usize) -> Self {
        let for_connections = descriptors_max.saturating_sub(kept).max(1);
        self.connections_max = self.connections_max.min(for_connections);
        // No address can lock the others out.
        let half = self.connections_max.div_ceil(2);
        self.connections_per_address_max = self.connections_per_address_max.min(half);
        self
    }

    /// What the kernel may hold for a client that comes when so many others are connected: as much as
    /// is good as long as the least is left for everybody who may still come.
    ///
    /// Of the connections that came when fewer than some number were there, no more than that number
    /// are ever open. So all together keep to the bound, though nobody is told anew when others
    /// come or go.
    fn unsent_bytes(&self, connections: usize) -> u32 {
        let (least, most) = (limits::UNSENT_BYTES_MIN, limits::UNSENT_BYTES_MAX);
        let least_of_all = self.connections_max as u64 * u64::from(least);
        let spare = self.unsent_bytes_max.saturating_sub(least_of_all);
        let with_most = spare / u64::from(most - least);
        if (connections as u64) < with_most { most } else { least }
    }

    /// Whether the limits per address hold for this address.
    pub(super) fn is_limited(&self, address: IpAddr) -> bool {
        !(self.loopback_is_exempt && address.to_canonical().is_loopback())
    }
}

/// A bound and listening socket, which is not served yet: clients wait in its backlog.
#[derive(Debug)]
pub struct Listener {
    socket: std::net::TcpListener,
    tls: Option<Tls>,
}

impl Listener {
    /// Listens on an address; port 0 takes a free one.
    ///
    /// # Errors
    /// The system's: the address is in use, is not of this machine, or needs more rights.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        // A restart must not wait for connections of the predecessor that linger in TIME_WAIT.
        socket.set_reuse_address(true)?;
        socket.bind(&address.into())?;
        socket.listen(limits::ACCEPT_BACKLOG)?;
        Self::prepare(socket)
    }

    /// Takes the socket that whoever started this process left at a descriptor.
    ///
    /// # Errors
    /// There is none, or it is not a listening TCP socket.
    pub fn inherit(descriptor: RawFd) -> io::Result<Self> {
        Self::take(system_calls::duplicate_inherited(descriptor)?)
    }

    /// Takes a socket that somebody else has opened.
    ///
    /// # Errors
    /// It is not a listening TCP socket.
    pub fn take(descriptor: OwnedFd) -> io::Result<Self> {
        let socket = Socket::from(descriptor);
        let is_tcp = [Domain::IPV4, Domain::IPV6].contains(&socket.domain()?)
            && socket.r#type()? == Type::STREAM
            && [Some(Protocol::TCP), Some(Protocol::MPTCP)].contains(&socket.protocol()?);
        if is_tcp && socket.is_listener()? {
            Self::prepare(socket)
        } else {
            Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a listening TCP socket"))
        }
    }

    /// The same socket once more; its clients go to whoever is quicker.
    pub fn try_clone(&self) -> io::Result<Self> {
        Ok(Self { socket: self.socket.try_clone()?, tls: self.tls.clone() })
    }

    fn prepare(socket: Socket) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        // Accepted sockets inherit this, which saves a call for each.
        socket.set_tcp_nodelay(true)?;
        // And this: a player that is paused holds no more than this of a film in the kernel, where
        // it would be up to 4 MiB (tcp_wmem).
        socket.set_tcp_notsent_lowat(limits::UNSENT_BYTES_MAX)?;
        Ok(Self { socket: socket.into(), tls: None })
    }

    /// Speaks HTTPS, and nothing else, to everyone who connects.
    #[must_use]
    pub fn with_tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// The address in use, with the real port.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// Serves `app` to everyone who connects, until the `ending` has come and running answers have ended
/// or their time has passed.
///
/// Connections are served on `event_loops`; answers whose extensions hold a [`super::Payload`] are sent
/// by `sendfile`.
///
/// # Errors
/// `/dev/null` cannot be opened, to which pages are read.
pub async fn serve<A: Answer>(
    listener: Listener,
    app: A,
    event_loops: EventLoops,
    limits: ConnectionLimits,
    activity: Activity,
    ending: Ending,
) -> io::Result<()> {
    let Listener { socket, tls } = listener;
    let listener = TcpListener::from_std(socket)?;
    // A connection of HTTP/1.1 waits for one window at a time and never finds this queue full.
    let disks = Disks::new(limits.disk_threads, limits.connections_max, activity.clone())?;
    let shared = Arc::new(Shared { app, limits, activity, disks, ending: ending.clone() });
    let connections = TaskTracker::new();
    if let Some(tls) = &tls {
        let follow_files = tls.clone().follow_files();
        connections.spawn(ending.begun().clone().run_until_cancelled_owned(follow_files));
    }
    let accepting = accept_all(&listener, tls.as_ref(), &shared, &event_loops, &connections);
    ending.no_new_clients().run_until_cancelled(accepting).await;
    // New clients are refused by the kernel, unless another holds the socket too, while the old ones
    // finish.
    drop(listener);
    ending.begun().cancelled().await;
    connections.close();
    connections.wait().await;
    Ok(())
}

async fn accept_all<A: Answer>(
    listener: &TcpListener,
    tls: Option<&Tls>,
    shared: &Arc<Shared<A>>,
    event_loops: &EventLoops,
    connections: &TaskTracker,
) {
    let clients = Clients::new(shared.limits);
    let refusals = Arc::new(Semaphore::new(limits::REFUSALS_LINGERING_MAX));
    let mut is_short_of_resources = false;
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                is_short_of_resources = false;
                let client = if shared.activity.connections() >= shared.limits.connections_max {
                    Err(Refusal::ConnectionsMax)
                } else {
                    clients.admit(peer.ip()).ok_or(Refusal::ConnectionsPerAddressMax)
                };
                match client {
                    Ok(client) => {
                        let others = shared.activity.connections();
                        let unsent_bytes = shared.limits.unsent_bytes(others);
                        if unsent_bytes < limits::UNSENT_BYTES_MAX {
                            // One that is gone already shows when it is served.
                            let _ = SockRef::from(&stream).set_tcp_notsent_lowat(unsent_bytes);
                        }
                        let mark = shared.activity.open_connection(client);
                        let shared = Arc::clone(shared);
                        let begun = match tls {
                            None => event_loops.spawn(connections, stream, move |stream| {
                                serve_connection(stream, peer, mark, shared)
                            }),
                            Some(tls) => {
                                let handshake = tls.handshake();
                                event_loops.spawn(connections, stream, move |stream| {
                                    serve_encrypted(stream, peer, mark, shared, handshake)
                                })
                            }
                        };
                        if let Err(error) = begun {
                            tracing::error!(%error, "a connection cannot be served: {error}");
                        }
                    }
                    Err(refusal) => {
                        shared.activity.refuse_connection(refusal);
                        // Without a handshake nothing can be said over TLS; it is a clean end.
                        let answer =
                            if tls.is_some() { String::new() } else { refusal_answer(refusal) };
                        // Without a place to linger the answer may be lost, and so be it.
                        if let Ok(place) = Arc::clone(&refusals).try_acquire_owned() {
                            connections.spawn(async move {
                                let _ =
                                    timeout(limits::REFUSAL_LINGER, refuse(stream, &answer)).await;
                                drop(place);
                            });
                        }
                    }
                }
            }
            Err(error) if is_of_the_client(&error) => {
                tracing::debug!(%error, "a client left before it was accepted");
            }
            Err(error) => {
                // Once per shortage: it may last, and the log is on the same machine.
                if !is_short_of_resources {
                    tracing::error!(%error, "no connection can be accepted now: {error}");
                }
                is_short_of_resources = true;
                tokio::time::sleep(limits::ACCEPT_RETRY_DELAY).await;
            }
        }
    }
}

/// What a client that came over a limit is told (RFC 9457).
fn refusal_answer(refusal: Refusal) -> String {
    let detail = match refusal {
        Refusal::ConnectionsMax => "The server has as many connections as it takes.",
        Refusal::ConnectionsPerAddressMax => {
            "Your address has as many connections as one may have: close some."
        }
    };
    let problem = format!(
        r#"{{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"{detail} Try again shortly."}}"#
    );
    format!(
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n\
         Retry-After: 5\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{problem}",
        problem.len()
    )
}

/// Sends a client away and waits until it has closed.
///
/// Closed with its request unread, the connection would be reset, and a reset may overtake the
/// answer in the client.
async fn refuse(mut stream: TcpStream, answer: &str) -> io::Result<()> {
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await?;
    let mut unwanted = [0; 1024];
    while stream.read(&mut unwanted).await? > 0 {}
    Ok(())
}

/// `accept` also reports what happened to the connection it would have returned (accept(2)).
fn is_of_the_client(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error().map(Errno::from_raw_os_error),
        Some(
            Errno::CONNABORTED
                | Errno::CONNRESET
                | Errno::PERM
                | Errno::PROTO
                | Errno::NOPROTOOPT
                | Errno::NETDOWN
                | Errno::NETUNREACH
                | Errno::HOSTDOWN
                | Errno::HOSTUNREACH
                | Errno::NONET
                | Errno::OPNOTSUPP
        )
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_room_for_other_descriptors() {
        let kept = limits::descriptors_kept(limits::OPEN_FILES_MAX, 4);
        for (descriptors_max, connections_max) in
            [(1024, 524), (20_000, 19_500), (1 << 20, limits::CONNECTIONS_MAX), (10, 1)]
        {
            let limits = ConnectionLimits::default().within_descriptors(descriptors_max, kept);
            assert_eq!(limits.connections_max, connections_max, "{descriptors_max}");
        }
    }

    #[test]
    fn no_address_gets_more_than_half_of_all_connections() {
        let limits = ConnectionLimits::default();
        for (descriptors, per_address) in [(10, 1), (1024, 262), (1 << 20, 1000)] {
            let limits = limits.within_descriptors(descriptors, 500);
            assert_eq!(limits.connections_per_address_max, per_address, "{descriptors}");
        }
    }

    #[test]
    fn what_the_kernel_holds_for_all_has_a_bound() {
        const MIB: u64 = 1024 * 1024;
        for (connections_max, unsent_bytes_max, with_most) in [
            (19_500, 1856 * MIB, 10_196),
            (10_240, 1280 * MIB, 10_240),
            (10_241, 1280 * MIB, 10_239),
            (100, 100 * 64 * 1024, 0),
            (1, 64 * 1024, 0),
        ] {
            let limits =
                ConnectionLimits { connections_max, unsent_bytes_max, ..Default::default() };
            let held: Vec<_> = (0..connections_max).map(|n| limits.unsent_bytes(n)).collect();
            let sum: u64 = held.iter().copied().map(u64::from).sum();
            assert!(sum <= unsent_bytes_max, "{sum} for {connections_max}");
            let most = held.iter().filter(|bytes| **bytes == limits::UNSENT_BYTES_MAX).count();
            assert_eq!(most, with_most, "{connections_max} in {unsent_bytes_max}");
        }
    }

    #[test]
    fn only_a_listening_tcp_socket_is_taken() {
        let listening = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listening.local_addr().expect("bound");
        let connected = std::net::TcpStream::connect(address).expect("somebody listens");
        let datagrams = std::net::UdpSocket::bind("127.0.0.1:0").expect("a free port");
        let file = tempfile::tempfile().expect("a temporary file");
        for (what, descriptor) in [
            ("a connection", OwnedFd::from(connected)),
            ("datagrams", OwnedFd::from(datagrams)),
            ("a file", OwnedFd::from(file)),
        ] {
            assert!(Listener::take(descriptor).is_err(), "{what} was taken");
        }
        let taken = Listener::take(listening.into()).expect("it is one");
        assert_eq!(taken.local_addr().expect("bound"), address);
    }

    #[test]
    fn a_descriptor_that_nobody_left_is_an_error() {
        assert!(Listener::inherit(i32::MAX).is_err());
    }

    #[test]
    fn a_lack_of_descriptors_or_memory_is_not_the_client_s_fault() {
        for errno in [Errno::MFILE, Errno::NFILE, Errno::NOMEM, Errno::NOBUFS] {
            assert!(!is_of_the_client(&errno.into()), "{errno}");
        }
        assert!(is_of_the_client(&Errno::CONNABORTED.into()));
    }
}
