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
        let this = self.get_mut();
        ready!(this.poll_turn(cx))?;
        let written = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.note_write(written, cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_turn(cx))?;
        let written = Pin::new(&mut this.stream).poll_write_vectored(cx, slices);
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
