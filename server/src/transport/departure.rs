//! A client that leaves while there is nothing to send to it, because the disk has nothing yet.
//!
//! One that is gone otherwise shows when it is written to, or by asking nothing more.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::net::TcpStream;
use tokio::time::Sleep;

use crate::limits::DEPARTURE_LOOKED_FOR_EVERY;

/// Looks from time to time whether the client of a waiting stream is still there.
#[derive(Debug, Default)]
pub(super) struct Departure {
    next_look: Option<Pin<Box<Sleep>>>,
}

impl Departure {
    /// There is something to send again.
    pub(super) fn end(&mut self) {
        self.next_look = None;
    }

    /// Ready with an error once the client is gone; called in every turn in which the disk has
    /// nothing.
    pub(super) fn poll_gone(
        &mut self,
        stream: &TcpStream,
        cx: &mut Context<'_>,
    ) -> Poll<io::Error> {
        loop {
            let next_look = self
                .next_look
                .get_or_insert_with(|| Box::pin(tokio::time::sleep(DEPARTURE_LOOKED_FOR_EVERY)));
            ready!(next_look.as_mut().poll(cx));
            self.next_look = None;
            if let Err(error) = look(stream) {
                return Poll::Ready(error);
            }
        }
    }
}

/// An error if the connection is broken, or if the client has ended its side of it: one that has
/// closed its socket looks the same as one that only says that it asks nothing more, until it is
/// written to. Whoever does the latter, and no known player does, loses a stream that the disk
/// holds up.
fn look(stream: &TcpStream) -> io::Result<()> {
    if has_any(stream, PollFlags::RDHUP | PollFlags::HUP | PollFlags::ERR)? {
        let text = "the client left while the disk was waited for";
        return Err(io::Error::new(io::ErrorKind::ConnectionAborted, text));
    }
    Ok(())
}

/// Whether the connection is broken, by a reset for instance. A client that has only ended its side
/// of it may take what is left.
pub(super) fn is_broken(stream: &TcpStream) -> io::Result<bool> {
    has_any(stream, PollFlags::HUP | PollFlags::ERR)
}

fn has_any(stream: &TcpStream, flags: PollFlags) -> io::Result<bool> {
    let mut socket = [PollFd::new(stream, flags)];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut socket, Some(&at_once))?;
    Ok(socket[0].revents().intersects(flags))
}
