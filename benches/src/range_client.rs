//! A client that asks for ranges as fast as the server gives them and throws the payload away in
//! the kernel (`MSG_TRUNC`), so that it is never what limits; every so often it reads an answer
//! for real and compares it with the file.

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::epoll;
use rustix::net::RecvFlags;

/// One answer in so many is read and compared.
const CHECK_EVERY: u64 = 64;

/// What one `recv` throws away at most.
const DISCARD_BYTES: usize = 1 << 20;

/// A file as the server names it and as it is.
#[derive(Debug, Clone)]
pub struct Target {
    /// The path in the request.
    pub url_path: String,
    /// Where the same bytes are.
    pub file: PathBuf,
    /// How many.
    pub size_bytes: u64,
}

/// How to ask.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// How long each range is.
    pub range_bytes: u64,
    /// When to stop asking.
    pub duration: Duration,
}

/// What came.
#[derive(Debug, Clone, Copy, Default)]
pub struct Received {
    /// Payload, checked or not.
    pub bytes: u64,
    /// Whole answers.
    pub answers: u64,
    /// Answers that were compared with the file.
    pub checked: u64,
    /// From the first request to the last answer.
    pub seconds: f64,
}

/// Connections to one server, kept from one load to the next.
#[derive(Debug)]
pub struct Client {
    targets: Vec<Target>,
    connections: Vec<Connection>,
    epoll: OwnedFd,
    asking: Asking,
}

/// What the connections share.
#[derive(Debug)]
struct Asking {
    random: u64,
    asked: u64,
    received: Received,
    scratch: Vec<u8>,
}

#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    state: State,
    is_checked: bool,
    target: usize,
    first: u64,
}

#[derive(Debug)]
enum State {
    /// The header so far.
    Head(Vec<u8>),
    /// The payload still to come, and what was kept of it.
    Body {
        left: u64,
        kept: Vec<u8>,
    },
    Idle,
}

impl Client {
    /// Opens so many connections. They get the congestion control that the system has now.
    ///
    /// # Errors
    /// What a socket says.
    pub fn connect(
        address: SocketAddr,
        targets: Vec<Target>,
        connections: usize,
    ) -> io::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let connect = |index| {
            let stream = TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            let data = epoll::EventData::new_u64(index);
            epoll::add(&epoll, &stream, data, epoll::EventFlags::IN)?;
            Ok(Connection { stream, state: State::Idle, is_checked: false, target: 0, first: 0 })
        };
        let connections =
            (0..connections as u64).map(connect).collect::<io::Result<Vec<Connection>>>()?;
        let asking = Asking {
            random: 0x2545_f491_4f6c_dd1d,
            asked: 0,
            received: Received::default(),
            scratch: vec![0; DISCARD_BYTES],
        };
        Ok(Self { targets, connections, epoll, asking })
    }

    /// Puts this load on the server from this one thread, until the last answer has come.
    ///
    /// # Errors
    /// What a socket says, or an answer that is not the range asked for.
    pub fn run(&mut self, load: Load) -> io::Result<Received> {
        let Self { targets, connections, epoll, asking } = self;
        asking.received = Received::default();
        let start = Instant::now();
        for connection in &mut *connections {
            asking.ask(connection, targets, load)?;
        }
        let mut events = Vec::with_capacity(connections.len());
        let mut busy = connections.len();
        while busy > 0 {
            epoll::wait(&epoll, spare_capacity(&mut events), None)?;
            for event in events.drain(..) {
                let index = usize::try_from(event.data.u64()).expect("we numbered them");
                let connection = &mut connections[index];
                asking.take(connection, targets, load)?;
                if matches!(connection.state, State::Idle) {
                    if start.elapsed() < load.duration {
                        asking.ask(connection, targets, load)?;
                    } else {
                        busy -= 1;
                    }
                }
            }
        }
        asking.received.seconds = start.elapsed().as_secs_f64();
        Ok(asking.received)
    }
}

impl Asking {
    fn ask(
        &mut self,
        connection: &mut Connection,
        targets: &[Target],
        load: Load,
    ) -> io::Result<()> {
        let choice = usize::try_from(self.next_random()).expect("64 bits");
        connection.target = choice % targets.len();
        let target = &targets[connection.target];
        let places = target.size_bytes / load.range_bytes;
        connection.first = self.next_random() % places * load.range_bytes;
        connection.is_checked = self.asked.is_multiple_of(CHECK_EVERY);
        self.asked += 1;
        let last = connection.first + load.range_bytes - 1;
        let request = format!(
            "GET {} HTTP/1.1\r\nHost: 127.0.0.1\r\nRange: bytes={}-{last}\r\n\r\n",
            target.url_path, connection.first
        );
        connection.stream.write_all(request.as_bytes())?;
        connection.state = State::Head(Vec::new());
        Ok(())
    }

    /// Takes what the socket has, up to the end of the answer.
    fn take(
        &mut self,
        connection: &mut Connection,
        targets: &[Target],
        load: Load,
    ) -> io::Result<()> {
        if let State::Head(head) = &mut connection.state {
            let mut buffer = [0; 4096];
            let len_bytes = connection.stream.read(&mut buffer)?;
            if len_bytes == 0 {
                return Err(io::Error::other("the server closed instead of answering"));
            }
            head.extend(&buffer[..len_bytes]);
            let Some(end) = head.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
                return Ok(());
            };
            if !head.starts_with(b"HTTP/1.1 206 ") {
                let head = String::from_utf8_lossy(head).into_owned();
                return Err(io::Error::other(format!("not the range asked for: {head}")));
            }
            let kept = head.split_off(end + 4);
            let left = load.range_bytes - kept.len() as u64;
            connection.state = State::Body { left, kept };
        }
        let State::Body { left, kept } = &mut connection.state else { return Ok(()) };
        let wanted = usize::try_from(*left).expect("64 bits").min(DISCARD_BYTES);
        if wanted > 0 {
            let flags = if connection.is_checked { RecvFlags::empty() } else { RecvFlags::TRUNC };
            let buffer = &mut self.scratch[..wanted];
            let len_bytes = match rustix::net::recv(connection.stream.as_fd(), buffer, flags) {
                Ok((_, 0)) => return Err(io::Error::other("the server closed in an answer")),
                Ok((_, len_bytes)) => len_bytes,
                Err(rustix::io::Errno::AGAIN) => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            if connection.is_checked {
                kept.extend(&self.scratch[..len_bytes]);
            }
            *left -= len_bytes as u64;
        }
        if *left == 0 {
            if connection.is_checked {
                let target = &targets[connection.target];
                let mut expected = vec![0; kept.len()];
                File::open(&target.file)?.read_exact_at(&mut expected, connection.first)?;
                if *kept != expected {
                    return Err(io::Error::other("the answer is not the file's bytes"));
                }
                self.received.checked += 1;
            }
            self.received.bytes += load.range_bytes;
            self.received.answers += 1;
            connection.state = State::Idle;
        }
        Ok(())
    }

    /// xorshift64: the same requests in every run.
    fn next_random(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }
}
