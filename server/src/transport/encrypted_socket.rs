//! One client's encrypted socket: as [`super::socket`], with TLS between and no file ranges.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead as _, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::activity::ConnectionMark;
use super::departure::Departure;
use super::farewell::Farewell;
use super::link::Link;
use super::socket::{Pace, Stall};
use crate::limits::{ENCRYPTED_AT_ONCE_BYTES, ENCRYPTED_PIECE_BYTES};

/// Encrypts what hyper writes, a turn at a time, and watches a client that takes nothing.
#[derive(Debug)]
pub(super) struct EncryptedSocket {
    stream: TokioIo<TlsStream<TcpStream>>,
    link: Arc<Link>,
    mark: ConnectionMark,
    stall: Stall,
    departure: Departure,
    pace: Pace,
    /// Bytes that come between answers begin a head, bytes that go belong to one. In HTTP/2 they
    /// may be about the connection itself, and must not prolong its idleness.
    is_http_1: bool,
    farewell: Option<Farewell>,
}

impl EncryptedSocket {
    pub(super) fn new(
        stream: TlsStream<TcpStream>,
        link: Arc<Link>,
        mark: ConnectionMark,
        stall_timeout: Duration,
        is_http_1: bool,
    ) -> Self {
        Self {
            stream: TokioIo::new(stream),
            link,
            mark,
            stall: Stall::new(stall_timeout),
            departure: Departure::default(),
            pace: Pace::default(),
            is_http_1,
            farewell: None,
        }
    }

    /// Begins nothing new once the turn is over; runs again after the others.
    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.link.turn_left_bytes() > 0 {
            let (stream, _) = self.stream.inner().get_ref();
            return Poll::Ready(self.pace.follow(self.mark.client(), stream));
        }
        self.mark.set_hungry(true);
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn note_write(
        &mut self,
        written: Poll<io::Result<usize>>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        let written = ready!(self.watch_stall(written, cx))?;
        self.link.spend(written);
        if self.is_http_1 {
            self.link.written();
        }
        self.mark.activity().count_encrypted(written);
        Poll::Ready(Ok(written))
    }

    /// Waits for the client to close too.
    fn poll_farewell(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let (stream, _) = self.stream.inner_mut().get_mut();
        self.farewell.get_or_insert_with(Farewell::new).poll(cx, |cx, space| {
            let mut buffer = ReadBuf::new(space);
            ready!(Pin::new(&mut *stream).poll_read(cx, &mut buffer))?;
            Poll::Ready(Ok(buffer.filled().len()))
        })
    }

    /// Ready with an error once the client has left a stream that waits for a disk. hyper comes here
    /// after each look at the body; over HTTP/2 it reads all the time and finds out by itself.
    fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        if !self.is_http_1 || !self.link.waits_for_disk() {
            self.departure.end();
            return Poll::Pending;
        }
        let (stream, _) = self.stream.inner().get_ref();
        self.departure.poll_gone(stream, cx)
    }

    fn watch_stall<T>(
        &mut self,
        done: Poll<io::Result<T>>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        self.mark.set_hungry(false);
        if done.is_pending() {
            let (stream, _) = self.stream.inner().get_ref();
            ready!(self.stall.poll_blocked(stream, cx))?;
        } else {
            self.stall.end();
        }
        done
    }
}

/// How many pieces rustls is given at a time: as many bytes as it takes.
const PIECES: usize = ENCRYPTED_AT_ONCE_BYTES.div_ceil(ENCRYPTED_PIECE_BYTES);

/// Cuts what is to be encrypted into short pieces, as many as there is room for, and says how many.
/// Together they make full records all the same.
fn cut<'a>(slices: &'a [IoSlice<'_>], pieces: &mut [IoSlice<'a>; PIECES]) -> usize {
    let cut = slices.iter().flat_map(|slice| slice.chunks(ENCRYPTED_PIECE_BYTES));
    let mut count = 0;
    for (place, piece) in pieces.iter_mut().zip(cut) {
        *place = IoSlice::new(piece);
        count += 1;
    }
    count
}

impl Read for EncryptedSocket {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(Pin::new(&mut this.stream).poll_read(cx, buffer))?;
        if this.is_http_1 {
            this.link.received();
        }
        Poll::Ready(Ok(()))
    }
}

impl Write for EncryptedSocket {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_turn(cx))?;
        let mut pieces = [IoSlice::new(&[]); PIECES];
        let count = cut(slices, &mut pieces);
        let written = Pin::new(&mut this.stream).poll_write_vectored(cx, &pieces[..count]);
        this.note_write(written, cx)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let flushed = Pin::new(&mut this.stream).poll_flush(cx);
        ready!(this.watch_stall(flushed, cx))?;
        match this.poll_gone(cx) {
            Poll::Ready(error) => Poll::Ready(Err(error)),
            Poll::Pending => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let closed = Pin::new(&mut this.stream).poll_shutdown(cx);
        ready!(this.watch_stall(closed, cx))?;
        this.poll_farewell(cx).map(Ok)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pieces_are_short_and_the_bytes_are_the_same(
            slices in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..5000), 0..30)
        ) {
            let bytes = slices.concat();
            let slices: Vec<_> = slices.iter().map(|slice| IoSlice::new(slice)).collect();
            let mut pieces = [IoSlice::new(&[]); PIECES];
            let count = cut(&slices, &mut pieces);
            let pieces = &pieces[..count];
            prop_assert!(pieces.iter().all(|piece| (1..=ENCRYPTED_PIECE_BYTES).contains(&piece.len())));
            let cut: Vec<u8> = pieces.iter().flat_map(|piece| piece.iter().copied()).collect();
            prop_assert!(bytes.starts_with(&cut));
            prop_assert!(cut.len() == bytes.len() || count == PIECES);
        }
    }
}
