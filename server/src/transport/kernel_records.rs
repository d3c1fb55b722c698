//! A connection that the kernel encrypts: what differs from a plain one.
//!
//! Payload is written and read as ever. Beside it come records about the connection itself: alerts,
//! and in TLS 1.3 handshake messages such as a change of keys (RFC 8446 §4.6, §6).

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::rt::ReadBufCursor;
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::time::Sleep;

use super::departure::is_broken;
use super::farewell::Farewell;
use super::system_calls::{receive_records, send_record, unacknowledged_bytes};
use crate::limits::{CLOSING_LOOKED_AT_AFTER, CLOSING_LOOKED_AT_EVERY_MAX, TLS_RECORD_BYTES_MAX};

/// Types of records (RFC 8446 §5.1).
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const APPLICATION_DATA: u8 = 23;

/// Levels and descriptions of alerts (RFC 8446 §6).
const WARNING: u8 = 1;
const CLOSE_NOTIFY: u8 = 0;
const USER_CANCELED: u8 = 90;

/// The records of one connection.
#[derive(Debug)]
pub(super) struct KernelRecords {
    /// Records that may still be sent with this key.
    left: u64,
    /// Nothing more can be read.
    is_read_to_end: bool,
    closing: Closing,
}

/// How far the close of a connection is.
#[derive(Debug)]
enum Closing {
    /// The client acknowledges what was sent.
    Draining(Draining),
    /// It was told that nothing more comes.
    Farewell(Farewell),
}

/// Waits until the client has acknowledged everything.
#[derive(Debug)]
struct Draining {
    next_look: Option<Pin<Box<Sleep>>>,
    /// Time between the look before and the next.
    wait: Duration,
}

impl KernelRecords {
    /// A connection of which `left` records may be sent.
    pub(super) fn new(left: u64) -> Self {
        Self { left, is_read_to_end: false, closing: Closing::Draining(Draining::new()) }
    }

    /// Asked before each call that sends up to `bytes`.
    ///
    /// # Errors
    /// The key is used up. Each record makes it easier to forge one; rustls would change keys, which
    /// the kernel cannot before Linux 6.14. The client comes back with a range.
    pub(super) fn check_left(&self, bytes: usize) -> io::Result<()> {
        if records_of(bytes) > self.left {
            return Err(io::Error::other("as much was sent as may be encrypted with one key"));
        }
        Ok(())
    }

    /// Counts what one call has sent.
    pub(super) fn count_sent(&mut self, bytes: usize) {
        self.left = self.left.saturating_sub(records_of(bytes));
    }

    /// Reads payload; nothing comes at the end.
    pub(super) fn poll_read(
        &mut self,
        stream: &TcpStream,
        cx: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let mut space = [0; 4096];
        let room = buffer.remaining().min(space.len());
        let len = ready!(self.poll_payload(stream, cx, &mut space[..room]))?;
        buffer.put_slice(&space[..len]);
        Poll::Ready(Ok(()))
    }

    /// Says that nothing more comes, once the client has everything.
    ///
    /// The kernel keeps records that did not fit into a full socket apart and throws them away when
    /// the socket is closed. So what the socket holds goes first; sending the alert into an empty one
    /// then takes them along. A client that takes nothing is the caller's to watch.
    pub(super) fn poll_close(
        &mut self,
        stream: &TcpStream,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        if let Closing::Draining(draining) = &mut self.closing {
            ready!(draining.poll(stream, cx))?;
            ready!(poll_send_close_notify(stream, cx))?;
            rustix::net::shutdown(stream, rustix::net::Shutdown::Write)?;
            self.closing = Closing::Farewell(Farewell::new());
        }
        Poll::Ready(Ok(()))
    }

    /// Waits for the client to close too, after [`Self::poll_close`].
    pub(super) fn poll_farewell(&mut self, stream: &TcpStream, cx: &mut Context<'_>) -> Poll<()> {
        let Closing::Farewell(farewell) = &mut self.closing else { return Poll::Ready(()) };
        let is_read_to_end = &mut self.is_read_to_end;
        farewell.poll(cx, |cx, space| poll_payload(is_read_to_end, stream, cx, space))
    }

    fn poll_payload(
        &mut self,
        stream: &TcpStream,
        cx: &mut Context<'_>,
        space: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        poll_payload(&mut self.is_read_to_end, stream, cx, space)
    }
}

impl Draining {
    fn new() -> Self {
        Self { next_look: None, wait: CLOSING_LOOKED_AT_AFTER }
    }

    /// Ready once the socket holds nothing more, or with an error once the client is gone. No event
    /// tells the former, so it is looked for; less often as time passes.
    fn poll(&mut self, stream: &TcpStream, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            if let Some(next_look) = &mut self.next_look {
                ready!(next_look.as_mut().poll(cx));
            }
            // The bytes of a broken connection count as unacknowledged for ever.
            if is_broken(stream)? {
                return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
            }
            if unacknowledged_bytes(stream)? == 0 {
                return Poll::Ready(Ok(()));
            }
            self.next_look = Some(Box::pin(tokio::time::sleep(self.wait)));
            self.wait = (self.wait * 2).min(CLOSING_LOOKED_AT_EVERY_MAX);
        }
    }
}

/// How many records one call that sends so much begins, at most. What it adds to a record that the
/// call before has left open makes it one less or as many.
fn records_of(bytes: usize) -> u64 {
    bytes.div_ceil(TLS_RECORD_BYTES_MAX) as u64
}

/// Reads payload into `space`; 0 at the end. Only `EAGAIN` counts as nothing being there: a read also
/// comes back short where the next record is of another type.
fn poll_payload(
    is_read_to_end: &mut bool,
    stream: &TcpStream,
    cx: &mut Context<'_>,
    space: &mut [u8],
) -> Poll<io::Result<usize>> {
    while !*is_read_to_end {
        ready!(stream.poll_read_ready(cx))?;
        match stream.try_io(Interest::READABLE, || receive_records(stream, space)) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Poll::Ready(Err(error)),
            // A record may be empty.
            Ok((0, Some(APPLICATION_DATA))) => {}
            Ok((len, Some(APPLICATION_DATA))) => return Poll::Ready(Ok(len)),
            Ok((len, record_type)) => {
                check_end(record_type, &space[..len])?;
                *is_read_to_end = true;
            }
        }
    }
    Poll::Ready(Ok(0))
}

/// Whether what came in payload's place is an end of it.
///
/// A handshake message is one, for it changes the keys (or asks for a new handshake, which is not
/// done): what follows cannot be read. The answer that is being sent goes on to its end.
fn check_end(record_type: Option<u8>, content: &[u8]) -> io::Result<()> {
    match (record_type, content) {
        (None | Some(HANDSHAKE), _) | (Some(ALERT), [_, CLOSE_NOTIFY | USER_CANCELED]) => Ok(()),
        (Some(ALERT), [_, description]) => {
            let text = format!("the client gave up with alert {description} (RFC 8446 §6)");
            Err(io::Error::new(io::ErrorKind::ConnectionAborted, text))
        }
        (Some(record_type), _) => {
            let text = format!("the client sent a record of type {record_type} out of place");
            Err(io::Error::new(io::ErrorKind::InvalidData, text))
        }
    }
}

fn poll_send_close_notify(stream: &TcpStream, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
    loop {
        ready!(stream.poll_write_ready(cx))?;
        let send = || send_record(stream, ALERT, &[WARNING, CLOSE_NOTIFY]);
        match stream.try_io(Interest::WRITABLE, send) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return Poll::Ready(result.map(|_| ())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_payload_ends_the_reading_or_the_connection() {
        for (record_type, content, is_end) in [
            (None, &[][..], true),
            (Some(ALERT), &[1, 0], true),
            (Some(ALERT), &[2, 0], true),
            (Some(ALERT), &[1, 90], true),
            // bad_record_mac, and alerts of the wrong length.
            (Some(ALERT), &[2, 20], false),
            (Some(ALERT), &[2], false),
            (Some(ALERT), &[], false),
            // KeyUpdate.
            (Some(HANDSHAKE), &[24, 0, 0, 1, 0], true),
            // ChangeCipherSpec, and a type that nobody knows.
            (Some(20), &[1], false),
            (Some(99), &[], false),
        ] {
            let checked = check_end(record_type, content);
            assert_eq!(checked.is_ok(), is_end, "{record_type:?} {content:?}");
        }
    }

    #[test]
    fn a_key_is_used_for_its_records_and_not_one_more() {
        let mut records = KernelRecords::new(5);
        records.count_sent(100);
        assert!(records.check_left(4 * TLS_RECORD_BYTES_MAX + 1).is_err(), "1 and 5");
        records.check_left(4 * TLS_RECORD_BYTES_MAX).expect("1 and 4");
        // The socket took less than it was given.
        records.count_sent(2 * TLS_RECORD_BYTES_MAX + 1);
        records.check_left(1).expect("1 and 3 and 1");
        records.count_sent(TLS_RECORD_BYTES_MAX);
        assert!(records.check_left(1).is_err());
        records.check_left(0).expect("nothing needs no record");
    }
}
