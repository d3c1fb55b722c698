//! A client that asks for ranges as fast as the server gives them and throws the payload away in
//! the kernel (`MSG_TRUNC`), so that it is never what limits; every so often it reads an answer
//! for real and compares it with the file.

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsFd;
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

/// What to ask for.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// How many connections ask at once.
    pub connections: usize,
    /// How long each range is.
    pub range_bytes: u64,
    /// When to stop asking.
    pub duration: Duration,
}

/// What came.
#[derive(Debug, Clone, Copy)]
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

struct Client<'a> {
    targets: &'a [Target],
    load: Load,
    random: u64,
    asked: u64,
    received: Received,
    scratch: Vec<u8>,
}

struct Connection {
    stream: TcpStream,
    state: State,
    is_checked: bool,
    target: usize,
    first: u64,
}

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

/// Puts this load on a server from this one thread.
///
/// # Errors
/// What a socket says, or an answer that is not the range asked for.
pub fn run(address: SocketAddr, targets: &[Target], load: Load) -> io::Result<Received> {
    let received = Received { bytes: 0, answers: 0, checked: 0, seconds: 0.0 };
    let scratch = vec![0; DISCARD_BYTES];
    let mut client =
        Client { targets, load, random: 0x2545_f491_4f6c_dd1d, asked: 0, received, scratch };
    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    let mut connections = Vec::with_capacity(load.connections);
    for index in 0..load.connections {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let data = epoll::EventData::new_u64(index as u64);
        epoll::add(&epoll, &stream, data, epoll::EventFlags::IN)?;
        connections.push(Connection {
            stream,
            state: State::Idle,
            is_checked: false,
            target: 0,
            first: 0,
        });
    }
    let start = Instant::now();
    for connection in &mut connections {
        client.ask(connection)?;
    }
    let mut events = Vec::with_capacity(load.connections);
    let mut busy = connections.len();
    while busy > 0 {
        epoll::wait(&epoll, spare_capacity(&mut events), None)?;
        for event in events.drain(..) {
            let index = usize::try_from(event.data.u64()).expect("we numbered them");
            let connection = &mut connections[index];
            client.take(connection)?;
            if matches!(connection.state, State::Idle) {
                if start.elapsed() < load.duration {
                    client.ask(connection)?;
                } else {
                    busy -= 1;
                }
            }
        }
    }
    client.received.seconds = start.elapsed().as_secs_f64();
    Ok(client.received)
}

impl Client<'_> {
    fn ask(&mut self, connection: &mut Connection) -> io::Result<()> {
        connection.target =
            usize::try_from(self.next_random()).expect("64 bits") % self.targets.len();
        let target = &self.targets[connection.target];
        let places = target.size_bytes / self.load.range_bytes;
        connection.first = self.next_random() % places * self.load.range_bytes;
        connection.is_checked = self.asked.is_multiple_of(CHECK_EVERY);
        self.asked += 1;
        let last = connection.first + self.load.range_bytes - 1;
        let target = &self.targets[connection.target];
        let request = format!(
            "GET {} HTTP/1.1\r\nHost: 127.0.0.1\r\nRange: bytes={}-{last}\r\n\r\n",
            target.url_path, connection.first
        );
        connection.stream.write_all(request.as_bytes())?;
        connection.state = State::Head(Vec::new());
        Ok(())
    }

    /// Takes what the socket has, up to the end of the answer.
    fn take(&mut self, connection: &mut Connection) -> io::Result<()> {
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
            let left = self.load.range_bytes - kept.len() as u64;
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
                let target = &self.targets[connection.target];
                let mut expected = vec![0; kept.len()];
                File::open(&target.file)?.read_exact_at(&mut expected, connection.first)?;
                if *kept != expected {
                    return Err(io::Error::other("the answer is not the file's bytes"));
                }
                self.received.checked += 1;
            }
            self.received.bytes += self.load.range_bytes;
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
