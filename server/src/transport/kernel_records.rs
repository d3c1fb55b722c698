//! A connection that the kernel encrypts: what differs from a plain one.
//!
//! Payload is written and read as ever. Beside it come records about the connection itself: alerts,
//! and in TLS 1.3 handshake messages such as a change of keys (RFC 8446 §4.6, §6).

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyper::rt::ReadBufCursor;
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::time::Sleep;

use super::farewell::Farewell;
use super::system_calls::{receive_records, send_record, unacknowledged_bytes};
use crate::limits::{CLOSING_LOOKED_AT_EVERY, TLS_RECORD_BYTES_MAX};

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
    /// The client acknowledges what was sent; if not all, it is looked at again.
    Draining(Option<Pin<Box<Sleep>>>),
    /// It was told that nothing more comes.
    Farewell(Farewell),
}

impl KernelRecords {
    /// A connection of which `left` records may be sent.
    pub(super) fn new(left: u64) -> Self {
        Self { left, is_read_to_end: false, closing: Closing::Draining(None) }
    }

    /// Counts what one call has sent.
    ///
    /// # Errors
    /// The key is used up. Each record makes it easier to forge one; rustls would change keys, which
    /// the kernel cannot before Linux 6.14. The client comes back with a range.
    pub(super) fn count_sent(&mut self, bytes: usize) -> io::Result<()> {
        // A call may end the record before it and leave one that is not full.
        let records = (bytes / TLS_RECORD_BYTES_MAX) as u64 + 2;
        self.left = self
            .left
            .checked_sub(records)
            .ok_or_else(|| io::Error::other("as much was sent as may be encrypted with one key"))?;
        Ok(())
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

    /// Says that nothing more comes, once the client has everything, and waits for its close.
    ///
    /// The kernel keeps records that did not fit into a full socket apart and throws them away when
    /// the socket is closed. So what the socket holds goes first; sending the alert into an empty one
    /// then takes them along. The connection's time limits end the wait for a client that takes
    /// nothing.
    pub(super) fn poll_close(
        &mut self,
        stream: &TcpStream,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            match &mut self.closing {
                Closing::Draining(sleep) => {
                    if let Some(sleep) = sleep {
                        ready!(sleep.as_mut().poll(cx));
                    }
                    if unacknowledged_bytes(stream)? > 0 {
                        *sleep = Some(Box::pin(tokio::time::sleep(CLOSING_LOOKED_AT_EVERY)));
                        continue;
                    }
                    ready!(poll_send_close_notify(stream, cx))?;
                    rustix::net::shutdown(stream, rustix::net::Shutdown::Write)?;
                    self.closing = Closing::Farewell(Farewell::new());
                }
                Closing::Farewell(farewell) => {
                    let is_read_to_end = &mut self.is_read_to_end;
                    return farewell
                        .poll(cx, |cx, space| poll_payload(is_read_to_end, stream, cx, space))
                        .map(Ok);
                }
            }
        }
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
        let mut records = KernelRecords::new(7);
        records.count_sent(100).expect("2 of 7");
        records.count_sent(3 * TLS_RECORD_BYTES_MAX).expect("5 more");
        assert!(records.count_sent(1).is_err());
    }
}
