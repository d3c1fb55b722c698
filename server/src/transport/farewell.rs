//! The moment between the last byte that is sent and the close.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::time::Sleep;

use crate::limits::{FAREWELL_BYTES_MAX, FAREWELL_TIMEOUT};

/// Waits for a client that was told that nothing more comes to close too, a moment and some bytes
/// at most: closed with bytes unread, the connection would be reset, and with it what the client has
/// not read yet.
#[derive(Debug)]
pub(super) struct Farewell {
    until: Pin<Box<Sleep>>,
    left_bytes: usize,
}

impl Farewell {
    /// Begins now.
    pub(super) fn new() -> Self {
        Self {
            until: Box::pin(tokio::time::sleep(FAREWELL_TIMEOUT)),
            left_bytes: FAREWELL_BYTES_MAX,
        }
    }

    /// Ready once the client has closed or had its time. `poll_read` returns how many bytes it has
    /// put into the buffer it is given; after 0, or an error, nothing more can come.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        mut poll_read: impl FnMut(&mut Context<'_>, &mut [u8]) -> Poll<io::Result<usize>>,
    ) -> Poll<()> {
        while self.left_bytes > 0 && self.until.as_mut().poll(cx).is_pending() {
            let mut space = [0; 4096];
            match ready!(poll_read(cx, &mut space)) {
                Ok(0) | Err(_) => break,
                Ok(len) => self.left_bytes = self.left_bytes.saturating_sub(len),
            }
        }
        Poll::Ready(())
    }
}
