//! Memory that stands for bytes of a file on their way through hyper.
//!
//! hyper queues a body's `Bytes` untouched and hands their pointers to the socket. A placeholder is
//! a slice of one block of zeros that nothing else hands out; the socket knows it by its address
//! and sends the file's bytes instead. Each placeholder has its range in the connection's
//! [`Link`], pushed at the moment the placeholder is yielded: an answer to HEAD, a 304 or a body
//! dropped half-way leaves nothing behind that a later answer could be confused with.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::activity::StreamMark;
use super::link::{Link, QueuedRange};
use super::payload::{Payload, Piece};
use crate::limits::PLACEHOLDER_BYTES;

/// Zeroed memory that is never touched costs no memory: the kernel gives pages at the first write
/// or read only. Never freed, so that slices of it are `'static`.
static BLOCK: LazyLock<&'static [u8]> =
    LazyLock::new(|| Box::leak(vec![0; PLACEHOLDER_BYTES].into_boxed_slice()));

/// A placeholder of `len` bytes, at most [`PLACEHOLDER_BYTES`].
pub(super) fn placeholder(len: usize) -> Bytes {
    Bytes::from_static(&BLOCK[..len])
}

/// Whether these bytes are a placeholder, or the rest of one.
pub(super) fn is_placeholder(bytes: &[u8]) -> bool {
    !bytes.is_empty() && BLOCK.as_ptr_range().contains(&bytes.as_ptr())
}

/// A body that yields a payload's memory as it is and placeholders for its file ranges.
#[derive(Debug)]
pub(super) struct PlaceholderBody {
    payload: Payload,
    link: Arc<Link>,
    stream: Arc<StreamMark>,
    piece_index: usize,
    piece_done_bytes: u64,
    left_bytes: u64,
}

impl PlaceholderBody {
    pub(super) fn new(payload: Payload, link: Arc<Link>, stream: Arc<StreamMark>) -> Self {
        let left_bytes = payload.len_bytes();
        Self { payload, link, stream, piece_index: 0, piece_done_bytes: 0, left_bytes }
    }
}

impl Body for PlaceholderBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = self.get_mut();
        let Some(piece) = this.payload.pieces().get(this.piece_index) else {
            return Poll::Ready(None);
        };
        let data = match piece {
            Piece::Memory(bytes) => bytes.clone(),
            Piece::File(range) => {
                let left = range.len_bytes - this.piece_done_bytes;
                let len = usize::try_from(left).unwrap_or(usize::MAX).min(PLACEHOLDER_BYTES);
                this.link.push(QueuedRange {
                    object: range.object.clone(),
                    offset_bytes: range.offset_bytes + this.piece_done_bytes,
                    len_bytes: len,
                    file_range_end_bytes: range.offset_bytes + range.len_bytes,
                    stream: Arc::clone(&this.stream),
                });
                placeholder(len)
            }
        };
        this.left_bytes -= data.len() as u64;
        this.piece_done_bytes += data.len() as u64;
        if this.piece_done_bytes == piece.len_bytes() {
            this.piece_index += 1;
            this.piece_done_bytes = 0;
        }
        Poll::Ready(Some(Ok(Frame::data(data))))
    }

    /// True with the last frame, so that hyper ends the message with it and not a turn later.
    fn is_end_stream(&self) -> bool {
        self.left_bytes == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left_bytes)
    }
}
