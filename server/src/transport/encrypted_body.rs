//! The body of an answer on an encrypted connection: it is read here, so it is counted here.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use bytes::Bytes;
use http_body::{Frame, SizeHint};

use super::activity::{Activity, StreamMark};
use super::link::OpenAnswer;
use super::payload::{FileRange, Payload, Piece};
use super::read_ahead::ReadAhead;

/// A handler's own body, watched.
#[derive(Debug)]
pub(super) struct EncryptedBody {
    body: Body,
    payload: Option<PayloadProgress>,
    open: OpenAnswer,
}

/// Where in its payload a body is.
#[derive(Debug)]
pub(super) struct PayloadProgress {
    payload: Payload,
    piece_index: usize,
    piece_done_bytes: u64,
    stream: Arc<StreamMark>,
    read_ahead: ReadAhead,
    activity: Activity,
}

impl EncryptedBody {
    pub(super) fn new(body: Body, payload: Option<PayloadProgress>, open: OpenAnswer) -> Self {
        Self { body, payload, open }
    }
}

impl PayloadProgress {
    pub(super) fn new(
        payload: Payload,
        stream: Arc<StreamMark>,
        read_ahead: ReadAhead,
        activity: Activity,
    ) -> Self {
        Self { payload, piece_index: 0, piece_done_bytes: 0, stream, read_ahead, activity }
    }

    /// The stretch of a file that the body reads next, if the next piece is of a file.
    fn next_in_file(&self) -> Option<(FileRange, u64)> {
        match self.payload.pieces().get(self.piece_index)? {
            Piece::Memory(_) => None,
            Piece::File(range) => Some((range.clone(), range.offset_bytes + self.piece_done_bytes)),
        }
    }

    /// Ready once the body can read its next chunk without waiting for a disk.
    fn poll_resident(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some((range, offset_bytes)) = self.next_in_file() else { return Poll::Ready(Ok(())) };
        let end_bytes = range.offset_bytes + range.len_bytes;
        self.read_ahead.poll_ready(&range.object, offset_bytes, end_bytes, cx).map_ok(|_| ())
    }

    /// Takes note of a chunk, which never reaches beyond its piece.
    fn advance(&mut self, bytes: usize) {
        self.piece_done_bytes += bytes as u64;
        let Some(piece) = self.payload.pieces().get(self.piece_index) else { return };
        if let Piece::File(range) = piece {
            self.stream.count_encrypted(bytes, range.offset_bytes + self.piece_done_bytes);
        }
        if self.piece_done_bytes >= piece.len_bytes() {
            self.piece_index += 1;
            self.piece_done_bytes = 0;
        }
    }

    /// Tells the log, once, that an answer ends before its announced length.
    fn break_off(&self, error: &dyn std::error::Error) {
        self.activity.count_broken_stream();
        let file_name = &*self.stream.label().file_name;
        tracing::warn!(file_name, %error, "sending {file_name} broke off: {error}");
    }
}

impl http_body::Body for EncryptedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        let Some(progress) = &mut this.payload else {
            return Pin::new(&mut this.body).poll_frame(cx);
        };
        let resident = progress.poll_resident(cx);
        this.open.set_waits_for_disk(resident.is_pending());
        let frame = match ready!(resident) {
            Ok(()) => ready!(Pin::new(&mut this.body).poll_frame(cx)),
            Err(error) => Some(Err(axum::Error::new(error))),
        };
        match &frame {
            Some(Ok(frame)) => progress.advance(frame.data_ref().map_or(0, Bytes::len)),
            Some(Err(error)) => progress.break_off(error),
            None => {}
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
