//! HTTP/1.1 as bytes, encrypted or not: what goes out is exactly what the test wrote, what came back is all there.
//!
//! A client library would repair, follow and hide what these tests are about.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::encryption::{Encrypted, Trust};

/// No answer of a server on the same machine takes this long, whatever else the machine does.
const PATIENCE: Duration = Duration::from_secs(30);

/// More header than any answer here has; what is longer is a fault worth seeing.
const HEADER_BYTES_MAX: usize = 64 * 1024;

/// One connection, encrypted or not.
#[derive(Debug)]
pub struct Connection {
    stream: Stream,
    /// Read from the socket and not yet part of an answer.
    unread: Vec<u8>,
}

#[derive(Debug)]
enum Stream {
    Plain(TcpStream),
    Encrypted(Box<Encrypted>),
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Response {
    /// The three digits.
    pub status: u16,
    /// In the order they came, names as sent.
    pub headers: Vec<(String, String)>,
    /// After the framing is taken off: exactly what a viewer gets.
    pub body: Vec<u8>,
}

impl Connection {
    /// Opens a connection.
    ///
    /// # Panics
    /// If nobody listens.
    pub fn open(address: SocketAddr) -> Self {
        Self { stream: Stream::Plain(connect(address)), unread: Vec::new() }
    }

    /// Opens a connection and speaks TLS on it.
    ///
    /// # Panics
    /// If nobody listens, or it is not who it should be.
    pub fn open_encrypted(address: SocketAddr, trust: &Trust) -> Self {
        let encrypted = trust.shake_hands(connect(address), "http/1.1").expect("a handshake");
        Self { stream: Stream::Encrypted(Box::new(encrypted)), unread: Vec::new() }
    }

    /// Sends these bytes.
    ///
    /// # Errors
    /// What the socket says; a server that refuses early closes while we write.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.write_all(bytes.as_ref())
    }

    /// Reads one answer to a `GET`.
    ///
    /// # Errors
    /// If the connection ends before the answer does, or says what is not HTTP.
    pub fn read_response(&mut self) -> io::Result<Response> {
        let mut response = self.read_head()?;
        let no_body = response.status == 204 || response.status == 304 || response.status < 200;
        if no_body {
            return Ok(response);
        }
        let is_chunked =
            response.header("transfer-encoding").is_some_and(|coding| coding == "chunked");
        response.body = if is_chunked {
            self.read_chunks()?
        } else if let Some(length) = response.header("content-length") {
            let len_bytes = length.parse().map_err(|_| invalid("Content-Length is no number"))?;
            self.read_exactly(len_bytes)?
        } else {
            self.read_to_end()?
        };
        Ok(response)
    }

    /// Reads one answer without a body, whatever its `Content-Length`: to `HEAD`, or the start of
    /// an answer whose body the test reads itself.
    ///
    /// # Errors
    /// As [`Self::read_response`].
    pub fn read_head(&mut self) -> io::Result<Response> {
        let end = loop {
            if let Some(end) = self.unread.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break end;
            }
            if self.unread.len() > HEADER_BYTES_MAX {
                return Err(invalid("the header has no end"));
            }
            self.fill()?;
        };
        let head: Vec<u8> = self.unread.drain(..end + 4).collect();
        parse_head(&head[..end])
    }

    /// Reads exactly so many bytes of a body.
    ///
    /// # Errors
    /// If the connection ends before.
    pub fn read_exactly(&mut self, len_bytes: usize) -> io::Result<Vec<u8>> {
        let buffered = self.unread.len().min(len_bytes);
        let mut body: Vec<u8> = self.unread.drain(..buffered).collect();
        let missing = u64::try_from(len_bytes - buffered).expect("a length fits 64 bits");
        (&mut self.stream).take(missing).read_to_end(&mut body)?;
        if body.len() < len_bytes {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                format!("the body ended after {} of {len_bytes} bytes", body.len()),
            ));
        }
        Ok(body)
    }

    /// Reads what comes until the server closes.
    ///
    /// # Errors
    /// What the socket says, a time-out among it.
    pub fn read_to_end(&mut self) -> io::Result<Vec<u8>> {
        let mut body = std::mem::take(&mut self.unread);
        self.stream.read_to_end(&mut body)?;
        Ok(body)
    }

    /// The socket, for tests that slow down, half-close or vanish.
    pub fn stream(&self) -> &TcpStream {
        match &self.stream {
            Stream::Plain(stream) => stream,
            Stream::Encrypted(stream) => stream.get_ref(),
        }
    }

    /// Reads what is there, as [`Read`] does.
    ///
    /// # Errors
    /// What the socket says.
    pub fn read_some(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.unread.is_empty() {
            return self.stream.read(buffer);
        }
        let len_bytes = self.unread.len().min(buffer.len());
        buffer[..len_bytes].copy_from_slice(&self.unread[..len_bytes]);
        self.unread.drain(..len_bytes);
        Ok(len_bytes)
    }

    fn read_chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.read_line()?;
            let size = usize::from_str_radix(line.trim(), 16)
                .map_err(|_| invalid("a chunk's size is no hexadecimal number"))?;
            body.extend(self.read_exactly(size)?);
            self.read_line()?;
            if size == 0 {
                return Ok(body);
            }
        }
    }

    fn read_line(&mut self) -> io::Result<String> {
        loop {
            if let Some(end) = self.unread.windows(2).position(|bytes| bytes == b"\r\n") {
                let line: Vec<u8> = self.unread.drain(..end + 2).collect();
                return String::from_utf8(line).map_err(|_| invalid("a line is not text"));
            }
            self.fill()?;
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        let mut buffer = [0; 16 * 1024];
        let len_bytes = self.stream.read(&mut buffer)?;
        if len_bytes == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server closed"));
        }
        self.unread.extend_from_slice(&buffer[..len_bytes]);
        Ok(())
    }
}

/// Opens a connection that gives up after a while.
///
/// # Panics
/// If nobody listens.
pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect_timeout(&address, PATIENCE)
        .unwrap_or_else(|error| panic!("cannot connect to {address}: {error}"));
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket takes a timeout");
    stream.set_write_timeout(Some(PATIENCE)).expect("a socket takes a timeout");
    stream.set_nodelay(true).expect("a socket takes TCP_NODELAY");
    stream
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            Self::Encrypted(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(bytes),
            Self::Encrypted(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush(),
            Self::Encrypted(stream) => stream.flush(),
        }
    }
}

impl Response {
    /// The first header of this name, however it is capitalised.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The body as text.
    ///
    /// # Panics
    /// If it is not UTF-8.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is UTF-8")
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// If it is not JSON; the message has the body.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| {
            panic!("{error} in the body of a {}: {:?}", self.status, self.body.escape_ascii())
        })
    }
}

fn parse_head(head: &[u8]) -> io::Result<Response> {
    let head = std::str::from_utf8(head).map_err(|_| invalid("the header is not text"))?;
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.strip_prefix("HTTP/1."))
        .and_then(|line| line.split(' ').nth(1))
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| invalid("the answer does not begin with a status line"))?;
    let headers = lines
        .map(|line| line.split_once(':').ok_or_else(|| invalid("a header has no colon")))
        .map(|pair| pair.map(|(name, value)| (name.to_owned(), value.trim().to_owned())))
        .collect::<io::Result<_>>()?;
    Ok(Response { status, headers, body: Vec::new() })
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}
