//! HTTP/2 as frames: what goes out is exactly what the test wrote.

use std::collections::VecDeque;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use crate::encryption::{Encrypted, Trust};
use crate::wire::connect;

/// Kinds of frames (RFC 9113 §6).
pub const DATA: u8 = 0;
/// See [`DATA`].
pub const HEADERS: u8 = 1;
/// See [`DATA`].
pub const RST_STREAM: u8 = 3;
/// See [`DATA`].
pub const SETTINGS: u8 = 4;
/// See [`DATA`].
pub const PING: u8 = 6;
/// See [`DATA`].
pub const GOAWAY: u8 = 7;
/// See [`DATA`].
pub const WINDOW_UPDATE: u8 = 8;
/// See [`DATA`].
pub const CONTINUATION: u8 = 9;

/// Flags: the last frame of a stream, and of a head (RFC 9113 §6.1, §6.2).
pub const END_STREAM: u8 = 1;
/// See [`END_STREAM`].
pub const END_HEADERS: u8 = 4;
/// Of settings and pings: it is an answer.
const ACK: u8 = 1;

/// What a client that does mean harm is told (RFC 9113 §7).
pub const ENHANCE_YOUR_CALM: u32 = 0xb;

/// The most that a window can be (RFC 9113 §6.9.1): nothing but the socket holds the server back.
const WINDOW_BYTES: u32 = u32::MAX >> 1;

/// One connection.
#[derive(Debug)]
pub struct Http2 {
    stream: Encrypted,
    next_stream: u32,
    goaway: Option<GoAway>,
}

/// What the server last said of the connection's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GoAway {
    /// Streams after this one were not looked at.
    pub last_stream: u32,
    /// Why (RFC 9113 §7); 0 if nothing is wrong.
    pub code: u32,
}

/// A piece of what is said on a connection.
#[derive(Clone, Debug)]
pub struct Frame {
    /// [`DATA`] and the others.
    pub kind: u8,
    /// [`END_STREAM`] and others.
    pub flags: u8,
    /// Which stream it is of; 0 for the connection itself.
    pub stream: u32,
    /// The rest.
    pub payload: Vec<u8>,
}

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status, if it is one that HPACK has a number for (RFC 7541, appendix A).
    pub status: Option<u16>,
    /// What came.
    pub body: Vec<u8>,
}

impl Http2 {
    /// Opens a connection whose windows are as large as can be.
    ///
    /// # Panics
    /// If nobody listens, or it does not speak HTTP/2.
    pub fn open(address: SocketAddr, trust: &Trust) -> Self {
        let stream = trust.shake_hands(connect(address), "h2").expect("a handshake");
        let mut connection = Self { stream, next_stream: 1, goaway: None };
        let window = [&[0, 4][..], &WINDOW_BYTES.to_be_bytes()].concat();
        let preface = [
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
            frame(SETTINGS, 0, 0, &window),
            frame(WINDOW_UPDATE, 0, 0, &(WINDOW_BYTES - 65_535).to_be_bytes()),
        ];
        connection.send(preface.concat()).expect("a preface is taken");
        connection
    }

    /// Sends these bytes.
    ///
    /// # Errors
    /// What the socket says.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.write_all(bytes.as_ref())?;
        self.stream.flush()
    }

    /// Asks for a path, or for a range of it; returns the number of the stream.
    ///
    /// # Errors
    /// What the socket says.
    pub fn ask(&mut self, path: &str, range: Option<&str>) -> io::Result<u32> {
        let stream = self.next_stream;
        self.next_stream += 2;
        self.send(frame(HEADERS, END_STREAM | END_HEADERS, stream, &head_block(path, range)))?;
        Ok(stream)
    }

    /// The next frame. Settings and pings are answered here, and the end of the connection is noted.
    ///
    /// # Errors
    /// If the connection ends.
    pub fn read_frame(&mut self) -> io::Result<Frame> {
        let mut head = [0; 9];
        self.stream.read_exact(&mut head)?;
        let number = |bytes: &[u8]| bytes.iter().fold(0, |sum, &byte| sum << 8 | u32::from(byte));
        let mut payload = vec![0; number(&head[..3]) as usize];
        self.stream.read_exact(&mut payload)?;
        let (kind, flags, stream) = (head[3], head[4], number(&head[5..]));
        match kind {
            SETTINGS if flags & ACK == 0 => self.send(frame(SETTINGS, ACK, 0, &[]))?,
            PING if flags & ACK == 0 => self.send(frame(PING, ACK, 0, &payload))?,
            GOAWAY => {
                let (last_stream, code) = (number(&payload[..4]), number(&payload[4..8]));
                self.goaway = Some(GoAway { last_stream, code });
            }
            _ => {}
        }
        Ok(Frame { kind, flags, stream, payload })
    }

    /// The next frame of a stream.
    ///
    /// # Errors
    /// If the connection or the stream ends otherwise than it should.
    pub fn read_frame_of(&mut self, stream: u32) -> io::Result<Frame> {
        loop {
            let frame = self.read_frame()?;
            let is_unseen = self.goaway.is_some_and(|goaway| goaway.last_stream < stream);
            if is_unseen || (frame.kind == RST_STREAM && frame.stream == stream) {
                let text = format!("stream {stream} was ended: {frame:?}");
                return Err(io::Error::new(io::ErrorKind::ConnectionReset, text));
            }
            if frame.stream == stream && matches!(frame.kind, DATA | HEADERS | CONTINUATION) {
                return Ok(frame);
            }
        }
    }

    /// Reads an answer to its end.
    ///
    /// # Errors
    /// As [`Self::read_frame_of`].
    pub fn read_answer(&mut self, stream: u32) -> io::Result<Answer> {
        let mut answer = Answer { status: None, body: Vec::new() };
        loop {
            let frame = self.read_frame_of(stream)?;
            match frame.kind {
                HEADERS => answer.status = frame.status(),
                DATA => answer.body.extend(&frame.payload),
                _ => {}
            }
            if frame.kind != CONTINUATION && frame.flags & END_STREAM != 0 {
                return Ok(answer);
            }
        }
    }

    /// Asks and reads the answer.
    ///
    /// # Panics
    /// If no whole answer comes.
    pub fn get(&mut self, path: &str, range: Option<&str>) -> Answer {
        let answer = self.ask(path, range).and_then(|stream| self.read_answer(stream));
        answer.unwrap_or_else(|error| panic!("no answer to {path}: {error}"))
    }

    /// What the server said of the connection's end, if it did.
    pub fn goaway(&self) -> Option<GoAway> {
        self.goaway
    }

    /// Reads until the server closes, and gives what it said before.
    ///
    /// # Errors
    /// If it does not close in time.
    pub fn read_to_end(&mut self) -> io::Result<VecDeque<Frame>> {
        let mut frames = VecDeque::new();
        loop {
            match self.read_frame() {
                Ok(frame) => frames.push_back(frame),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(error),
                Err(_) => return Ok(frames),
            }
        }
    }

    /// The socket, for tests that slow down or vanish.
    pub fn stream(&self) -> &TcpStream {
        self.stream.get_ref()
    }
}

impl Frame {
    /// The status in the head of an answer, where one byte stands for it (RFC 7541 §6.1).
    pub fn status(&self) -> Option<u16> {
        match self.payload.first()? {
            0x88 => Some(200),
            0x89 => Some(204),
            0x8a => Some(206),
            0x8b => Some(304),
            0x8c => Some(400),
            0x8d => Some(404),
            0x8e => Some(500),
            _ => None,
        }
    }
}

/// A frame (RFC 9113 §4.1).
///
/// # Panics
/// If the payload is longer than a frame can be.
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let len_bytes = u32::try_from(payload.len()).expect("short").to_be_bytes();
    [&len_bytes[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// `GET` of a path at localhost, without a table or Huffman's code (RFC 7541 §6).
///
/// # Panics
/// If the path is longer than a byte can say.
pub fn head_block(path: &str, range: Option<&str>) -> Vec<u8> {
    let text = |text: &str| {
        let len_bytes = u8::try_from(text.len()).ok().filter(|len| *len < 127).expect("short");
        [&[len_bytes], text.as_bytes()].concat()
    };
    // By number: GET, https; then with the names 4 (:path), 1 (:authority) and 50 (range).
    let mut block = [&[0x82, 0x87, 0x04], &*text(path), &[0x01], &text("localhost")].concat();
    if let Some(range) = range {
        block.extend([0x0f, 50 - 15]);
        block.extend(text(range));
    }
    block
}
