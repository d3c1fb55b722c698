//! The body of an answer on an encrypted connection: it is read here, so it is counted here.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};

use super::activity::{Activity, StreamMark};
use super::link::OpenAnswer;
use super::payload::{FileRange, Payload, Piece};
use super::read_ahead::ReadAhead;
use super::stream_tasks::note_own_wait;

type PolledFrame = Poll<Option<Result<Frame<Bytes>, axum::Error>>>;

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
    /// The body waits for a disk itself: what was in memory a moment ago is not any more.
    is_body_reading: bool,
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
        Self {
            payload,
            piece_index: 0,
            piece_done_bytes: 0,
            stream,
            read_ahead,
            is_body_reading: false,
            activity,
        }
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

    /// The next chunk of the body, or an error once a disk had its time.
    fn poll_chunk(&mut self, body: &mut Body, cx: &mut Context<'_>) -> PolledFrame {
        if !self.is_body_reading
            && let Err(error) = ready!(self.poll_resident(cx))
        {
            return Poll::Ready(Some(Err(axum::Error::new(error))));
        }
        let frame = Pin::new(body).poll_frame(cx);
        self.is_body_reading = frame.is_pending();
        if frame.is_pending() {
            return self.read_ahead.poll_patience(cx).map(|e| Some(Err(axum::Error::new(e))));
        }
        self.read_ahead.end_patience();
        frame
    }

    /// Takes note of a chunk, which never reaches beyond its piece.
    fn advance(&mut self, bytes: usize) {
        self.piece_done_bytes += bytes as u64;
        let Some(piece) = self.payload.pieces().get(self.piece_index) else { return };
        if let Piece::File(range) = piece {
            let end_bytes = range.offset_bytes + self.piece_done_bytes;
            self.stream.count_encrypted(bytes, end_bytes);
            self.read_ahead.count_sent(end_bytes - bytes as u64, bytes);
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

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> PolledFrame {
        let this = self.get_mut();
        let frame = match &mut this.payload {
            None => Pin::new(&mut this.body).poll_frame(cx),
            Some(progress) => {
                let frame = progress.poll_chunk(&mut this.body, cx);
                this.open.set_waits_for_disk(frame.is_pending());
                match &frame {
                    Poll::Ready(Some(Ok(frame))) => {
                        progress.advance(frame.data_ref().map_or(0, Bytes::len));
                    }
                    Poll::Ready(Some(Err(error))) => progress.break_off(error),
                    Poll::Ready(None) | Poll::Pending => {}
                }
                frame
            }
        };
        if frame.is_pending() {
            note_own_wait();
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::time::{Duration, Instant};

    use futures_util::stream::{self, Stream, StreamExt as _};
    use spillway_media::storage::{Key, Root};
    use tokio::time::timeout;

    use super::*;
    use crate::transport::disks::Disks;
    use crate::transport::link::Link;
    use crate::transport::payload::StreamLabel;

    const DISK_TIMEOUT: Duration = Duration::from_millis(400);

    /// The bytes `ab`, in these pieces; `stream` gives them as the body that reads would.
    fn body(
        pieces: Vec<Piece>,
        stream: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
    ) -> (EncryptedBody, Arc<Link>) {
        let label = StreamLabel { title: None, file_name: "a".into(), size_bytes: 2 };
        let mut payload = Payload::new(pieces, label);
        let activity = Activity::default();
        let mark = activity.open_stream(&mut payload, ([127, 0, 0, 1], 1).into());
        let disks = Disks::new(1, 1, activity.clone()).expect("/dev/null is there");
        let read_ahead = ReadAhead::new(disks, DISK_TIMEOUT);
        let progress = PayloadProgress::new(payload, mark, read_ahead, activity);
        let link = Arc::new(Link::new());
        let body =
            EncryptedBody::new(Body::from_stream(stream), Some(progress), link.begin_answer());
        (body, link)
    }

    async fn frame(body: &mut EncryptedBody) -> Option<Result<Frame<Bytes>, axum::Error>> {
        poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await
    }

    #[tokio::test]
    async fn a_body_that_waits_for_a_disk_itself_has_no_longer_than_a_disk() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("a"), b"ab").expect("written");
        let object = Root::new(folder.path()).open(&Key::new("a").expect("a key")).expect("opens");
        let range = FileRange { object, offset_bytes: 0, len_bytes: 2 };
        let (mut body, link) = body(vec![Piece::File(range)], stream::pending());

        let begun = Instant::now();
        // Others' wake-ups do not give it more time.
        let last = loop {
            match timeout(DISK_TIMEOUT / 8, frame(&mut body)).await {
                Ok(frame) => break frame,
                Err(_) => assert!(link.waits_for_disk(), "who leaves meanwhile is found out"),
            }
            assert!(begun.elapsed() < 20 * DISK_TIMEOUT, "it waits on and on");
        };
        let error = last.expect("a last frame").expect_err("that breaks the answer off");
        assert!(error.to_string().contains("disk"), "{error}");
        assert!(begun.elapsed() >= DISK_TIMEOUT, "{:?}", begun.elapsed());
        assert!(!link.waits_for_disk());
    }

    #[tokio::test]
    async fn a_disk_has_the_whole_time_for_each_wait() {
        let pieces = [b"a", b"b"].map(|bytes| Piece::Memory(Bytes::from_static(bytes)));
        let late = async {
            tokio::time::sleep(DISK_TIMEOUT / 2).await;
            Ok(Bytes::from_static(b"a"))
        };
        let (mut body, _link) = body(pieces.into(), stream::once(late).chain(stream::pending()));
        frame(&mut body).await.expect("the first").expect("in time");
        let begun = Instant::now();
        frame(&mut body).await.expect("a last frame").expect_err("too late");
        assert!(begun.elapsed() >= DISK_TIMEOUT, "{:?}", begun.elapsed());
    }
}
