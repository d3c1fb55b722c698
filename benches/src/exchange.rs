//! One connection and the answer that is coming on it, at the least cost: the payload is thrown away
//! in the kernel (`MSG_TRUNC`), or read for real and compared with the file.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, sockopt};

/// What one `recv` takes at most.
const TAKE_BYTES: usize = 1 << 20;

/// What a head takes at most; payload behind it comes along.
const HEAD_BYTES: usize = 4096;

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

/// A range of a file.
#[derive(Debug, Clone, Copy)]
pub struct Range {
    /// Where it begins.
    pub first: u64,
    /// How long it is; without this it is asked for with an open end.
    pub len_bytes: Option<u64>,
}

/// A connection, idle or with an answer.
#[derive(Debug)]
pub struct Exchange {
    stream: TcpStream,
    state: State,
    /// Where in the file the next byte of payload stands.
    place: u64,
    compared_with: Option<File>,
}

#[derive(Debug)]
enum State {
    Idle,
    /// The head so far, and the payload behind it.
    Head(Vec<u8>, u64),
    /// The payload still to come.
    Body(u64),
}

/// Memory that connections share.
#[derive(Debug)]
pub struct Scratch {
    received: Vec<u8>,
    expected: Vec<u8>,
}

impl Scratch {
    /// One for each thread is enough.
    #[allow(clippy::new_without_default, reason = "it is two megabytes")]
    pub fn new() -> Self {
        Self { received: vec![0; TAKE_BYTES], expected: vec![0; TAKE_BYTES] }
    }
}

impl Exchange {
    /// Opens a connection that blocks. It gets the congestion control that the system has now.
    pub fn connect(address: SocketAddr) -> io::Result<Self> {
        Self::over(TcpStream::connect(address)?)
    }

    /// The same with so small a receive buffer, for clients that are to hold a server back.
    pub fn connect_with_buffer(address: SocketAddr, len_bytes: usize) -> io::Result<Self> {
        let family = AddressFamily::INET;
        let flags = SocketFlags::CLOEXEC;
        let socket = rustix::net::socket_with(family, SocketType::STREAM, flags, None)?;
        // Before it connects: the window's scale is agreed on then.
        sockopt::set_socket_recv_buffer_size(&socket, len_bytes)?;
        rustix::net::connect(&socket, &address)?;
        Self::over(socket.into())
    }

    fn over(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self { stream, state: State::Idle, place: 0, compared_with: None })
    }

    /// Makes [`Self::take`] return at once where nothing has come.
    pub fn set_nonblocking(&self) -> io::Result<()> {
        self.stream.set_nonblocking(true)
    }

    /// Asks for a range; the answer is compared with the file if wanted.
    pub fn ask(&mut self, target: &Target, range: Range, is_compared: bool) -> io::Result<()> {
        let Range { first, len_bytes } = range;
        let last = len_bytes.map(|len_bytes| (first + len_bytes - 1).to_string());
        let request = format!(
            "GET {} HTTP/1.1\r\nHost: 127.0.0.1\r\nRange: bytes={first}-{}\r\n\r\n",
            target.url_path,
            last.unwrap_or_default(),
        );
        self.stream.write_all(request.as_bytes())?;
        self.place = first;
        self.compared_with = is_compared.then(|| File::open(&target.file)).transpose()?;
        self.state = State::Head(Vec::new(), len_bytes.unwrap_or(target.size_bytes - first));
        Ok(())
    }

    /// Takes what has come of the answer, not much beyond so many bytes of payload (a head brings
    /// along what comes with it), and says how many they were; none if nothing has come.
    ///
    /// # Errors
    /// What the socket says, or an answer that is not the range asked for.
    pub fn take(&mut self, at_most: u64, scratch: &mut Scratch) -> io::Result<u64> {
        let taken = self.take_head()?;
        let State::Body(left) = &mut self.state else { return Ok(taken) };
        let wanted = (*left).min(at_most.saturating_sub(taken));
        let wanted = usize::try_from(wanted).expect("64 bits").min(TAKE_BYTES);
        let mut len_bytes = 0;
        if wanted > 0 {
            let buffer = &mut scratch.received[..wanted];
            let discard = RecvFlags::TRUNC;
            let flags = if self.compared_with.is_some() { RecvFlags::empty() } else { discard };
            len_bytes = match rustix::net::recv(&self.stream, buffer, flags) {
                Ok((_, 0)) => return Err(io::Error::other("the server closed in an answer")),
                Ok((_, len_bytes)) => len_bytes,
                Err(rustix::io::Errno::AGAIN) => return Ok(taken),
                Err(error) => return Err(error.into()),
            };
            *left -= len_bytes as u64;
            let Scratch { received, expected } = scratch;
            self.compare(&received[..len_bytes], expected)?;
        }
        if matches!(self.state, State::Body(0)) {
            self.state = State::Idle;
        }
        Ok(taken + len_bytes as u64)
    }

    /// Whether no answer is to come.
    pub fn is_idle(&self) -> bool {
        matches!(self.state, State::Idle)
    }

    /// Whether the last answer was compared with the file.
    pub fn was_compared(&self) -> bool {
        self.compared_with.is_some()
    }

    /// Takes the head if it has come, and says how much payload came with it.
    fn take_head(&mut self) -> io::Result<u64> {
        let State::Head(head, payload_bytes) = &mut self.state else { return Ok(0) };
        let mut buffer = [0; HEAD_BYTES];
        let len_bytes = match self.stream.read(&mut buffer) {
            Ok(0) => return Err(io::Error::other("the server closed instead of answering")),
            Ok(len_bytes) => len_bytes,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(0),
            Err(error) => return Err(error),
        };
        head.extend(&buffer[..len_bytes]);
        let Some(end) = head.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
            return Ok(0);
        };
        if !head.starts_with(b"HTTP/1.1 206 ") {
            let head = String::from_utf8_lossy(head).into_owned();
            return Err(io::Error::other(format!("not the range asked for: {head}")));
        }
        let payload = head.split_off(end + 4);
        let left = payload_bytes
            .checked_sub(payload.len() as u64)
            .ok_or_else(|| io::Error::other("the answer is longer than the range"))?;
        self.state = State::Body(left);
        self.compare(&payload, &mut [0; HEAD_BYTES])?;
        Ok(payload.len() as u64)
    }

    fn compare(&mut self, received: &[u8], expected: &mut [u8]) -> io::Result<()> {
        if let Some(file) = &self.compared_with {
            let expected = &mut expected[..received.len()];
            file.read_exact_at(expected, self.place)?;
            if received != expected {
                return Err(io::Error::other("the answer is not the file's bytes"));
            }
        }
        self.place += received.len() as u64;
        Ok(())
    }
}

impl AsFd for Exchange {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}
