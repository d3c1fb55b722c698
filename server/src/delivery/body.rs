//! The body of an answer made of pieces.
//!
//! Beside the body stands the same payload in the response's extensions: a connection that can hand
//! file ranges to the kernel takes that and drops the body unread. This body is for everyone else:
//! encrypted connections, and tests that call the router without a connection.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderValue, header};
use http_body::{Frame, SizeHint};
use spillway_media::storage::{Object, ReadAt as _};
use tokio::task::JoinHandle;

use crate::limits::READING_BODY_CHUNK_BYTES;
use crate::transport::{Payload, Piece, read_now};

/// Gives a response the payload as its content, with the exact `Content-Length`.
pub(super) fn set_payload(response: &mut Response, payload: Payload) {
    let len = HeaderValue::from(payload.len_bytes());
    response.headers_mut().insert(header::CONTENT_LENGTH, len);
    *response.body_mut() = Body::new(ReadingBody::new(payload.clone()));
    response.extensions_mut().insert(payload);
}

/// Reads a payload piece by piece, a small chunk at a time.
#[derive(Debug)]
struct ReadingBody {
    payload: Payload,
    piece_index: usize,
    piece_done_bytes: u64,
    left_bytes: u64,
    /// A chunk that a thread waits for, because it was not in memory.
    reading: Option<JoinHandle<io::Result<Bytes>>>,
}

impl ReadingBody {
    fn new(payload: Payload) -> Self {
        let left_bytes = payload.len_bytes();
        Self { payload, piece_index: 0, piece_done_bytes: 0, left_bytes, reading: None }
    }

    fn poll_chunk(
        &mut self,
        object: &Object,
        offset_bytes: u64,
        len: usize,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<Bytes>> {
        if self.reading.is_none() {
            let mut chunk = vec![0; len];
            match read_now(object, &mut chunk, offset_bytes) {
                Ok(0) => return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
                Ok(read) => {
                    chunk.truncate(read);
                    return Poll::Ready(Ok(chunk.into()));
                }
                // Not in memory, or a file system that cannot tell; a real failure shows again.
                Err(_) => {}
            }
            let object = object.clone();
            self.reading = Some(tokio::task::spawn_blocking(move || {
                object.read_exact_at(&mut chunk, offset_bytes).map(|()| chunk.into())
            }));
        }
        let Some(reading) = &mut self.reading else { return Poll::Pending };
        let chunk = ready!(Pin::new(reading).poll(cx)).unwrap_or_else(|e| Err(io::Error::other(e)));
        self.reading = None;
        Poll::Ready(chunk)
    }
}

impl http_body::Body for ReadingBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let this = self.get_mut();
        let Some(piece) = this.payload.pieces().get(this.piece_index).cloned() else {
            return Poll::Ready(None);
        };
        let data = match &piece {
            Piece::Memory(bytes) => bytes.clone(),
            Piece::File(range) => {
                let left = range.len_bytes - this.piece_done_bytes;
                let len = usize::try_from(left).unwrap_or(usize::MAX).min(READING_BODY_CHUNK_BYTES);
                let offset = range.offset_bytes + this.piece_done_bytes;
                match ready!(this.poll_chunk(&range.object, offset, len, cx)) {
                    Ok(bytes) => bytes,
                    Err(error) => return Poll::Ready(Some(Err(error))),
                }
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

    fn is_end_stream(&self) -> bool {
        self.left_bytes == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left_bytes)
    }
}
