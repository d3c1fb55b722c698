//! One client's socket: bytes come in, memory and file ranges go out.
//!
//! hyper writes slices of memory; those that are placeholders stand for file ranges, which go from
//! the page cache to the socket by `sendfile`. What is returned to hyper is never more than the
//! slices it gave, so its bookkeeping stays right and the contract of `Write` holds.
//!
//! Where the kernel encrypts the connection all of this is the same; reading and closing differ.

use std::future::Future as _;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::time::Sleep;

use super::activity::ConnectionMark;
use super::client::Client;
use super::departure::{Departure, is_broken};
use super::kernel_records::KernelRecords;
use super::link::{Link, QueuedRange};
use super::placeholder::is_placeholder;
use super::read_ahead::ReadAhead;
use super::system_calls::{send, sendfile, set_pacing_rate, unacknowledged_bytes};
use crate::limits::SLOW_SEND;

/// A socket that knows placeholders.
#[derive(Debug)]
pub(super) struct Socket {
    stream: TokioIo<TcpStream>,
    /// Where the kernel encrypts; boxed, as plain connections would keep room for it.
    records: Option<Box<KernelRecords>>,
    link: Arc<Link>,
    read_ahead: ReadAhead,
    mark: ConnectionMark,
    stall: Stall,
    departure: Departure,
    pace: Pace,
}

/// How fast one connection may send, as the kernel was told last.
#[derive(Debug, Default)]
pub(super) struct Pace {
    bytes_per_second_max: Option<u64>,
}

/// Watches a client that takes nothing.
#[derive(Debug)]
pub(super) struct Stall {
    timeout: Duration,
    /// While the socket is full.
    blocked: Option<Blocked>,
    /// Rings no later than a stall is over. A socket fills up and empties thousands of times for each
    /// time that it rings, so it is set anew only then.
    alarm: Option<Pin<Box<Sleep>>>,
}

/// When, and with how much that the client has not acknowledged, it last took something.
#[derive(Debug)]
struct Blocked {
    since: tokio::time::Instant,
    unacknowledged_bytes: u64,
}

impl Socket {
    pub(super) fn new(
        stream: TcpStream,
        records: Option<KernelRecords>,
        link: Arc<Link>,
        read_ahead: ReadAhead,
        mark: ConnectionMark,
        stall_timeout: Duration,
    ) -> Self {
        let stall = Stall::new(stall_timeout);
        Self {
            stream: TokioIo::new(stream),
            records: records.map(Box::new),
            link,
            read_ahead,
            mark,
            stall,
            departure: Departure::default(),
            pace: Pace::default(),
        }
    }

    /// Calls `operation` as soon as the socket takes something. Pending only after the kernel
    /// really said `EAGAIN`: readiness is edge-triggered, and a short count alone brings no wake-up.
    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        mut operation: impl FnMut(&TcpStream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        let stream = self.stream.inner();
        loop {
            if stream.poll_write_ready(cx)?.is_pending() {
                self.mark.set_hungry(false);
                ready!(self.stall.poll_blocked(stream, cx))?;
                return Poll::Pending;
            }
            match stream.try_io(Interest::WRITABLE, || operation(stream)) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => {
                    self.stall.end();
                    if let (Some(records), Ok(sent)) = (&mut self.records, &result) {
                        records.count_sent(*sent);
                    }
                    return Poll::Ready(result);
                }
            }
        }
    }

    /// Sends the memory before the first placeholder. `MSG_MORE` if payload can follow at once;
    /// with payload still on the disk the head goes ahead alone, as it would wait 200 ms otherwise.
    fn poll_send_memory(
        &mut self,
        cx: &mut Context<'_>,
        memory: &[IoSlice<'_>],
        payload_follows: bool,
    ) -> Poll<io::Result<usize>> {
        let more = payload_follows
            && self.link.turn_left_bytes() > 0
            && match self.link.front() {
                Some(range) => self.poll_resident(cx, &range)?.is_ready(),
                None => false,
            };
        if let Err(error) = self.check_key(memory.iter().map(|slice| slice.len()).sum()) {
            let running = self.link.front();
            return Poll::Ready(Err(match running {
                Some(range) => self.break_stream(&range, error),
                None => error,
            }));
        }
        let sent = ready!(self.poll_send(cx, |stream| send(stream, memory, more)))?;
        self.link.written();
        self.mark.activity().count_written(sent);
        self.after_sending();
        Poll::Ready(Ok(sent))
    }

    /// Sends from the file range that the placeholder stands for.
    fn poll_send_file(
        &mut self,
        cx: &mut Context<'_>,
        placeholder_len: usize,
    ) -> Poll<io::Result<usize>> {
        // A mismatch would put bytes of one range in the place of another's. Something between the
        // handler and hyper has then shortened or doubled a body; no byte of it may leave.
        let range = self
            .link
            .front()
            .filter(|range| range.len_bytes == placeholder_len)
            .ok_or_else(|| io::Error::other("a placeholder without its file range"))?;
        let turn_left = self.link.turn_left_bytes();
        if turn_left == 0 {
            // hyper would go on for as long as the client takes; others wait. Runs again after them.
            self.mark.set_hungry(true);
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let resident = ready!(self.poll_resident(cx, &range))?;
        // Exactly what is to be sent now: asked for more, the kernel would take the last segment
        // for an unfinished one and hold it back up to 200 ms.
        let count =
            range.len_bytes.min(turn_left).min(usize::try_from(resident).unwrap_or(usize::MAX));
        if let Err(error) = self.check_key(count) {
            return Poll::Ready(Err(self.break_stream(&range, error)));
        }
        self.pace.follow(self.mark.client(), self.stream.inner())?;
        let mut waited = Duration::ZERO;
        let mut is_unreadable = false;
        let sent = ready!(self.poll_send(cx, |stream| {
            let begun = Instant::now();
            let sent = sendfile(stream, &range.object, range.offset_bytes, count);
            waited = begun.elapsed();
            is_unreadable = sent.as_ref().is_err_and(|error| {
                error.kind() != io::ErrorKind::WouldBlock && is_broken(stream).is_ok_and(|is| !is)
            });
            sent
        }));
        // Pages that could not be read count as present, so that the fault shows only here.
        let sent = match sent {
            Err(error) if is_unreadable => Err(self.break_stream(&range, error)),
            sent => sent,
        }?;
        if self.records.is_none() && waited > SLOW_SEND {
            self.mark.activity().count_slow_send();
        }
        if sent == 0 {
            let error = io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the file is shorter than when it was opened",
            );
            return Poll::Ready(Err(self.break_stream(&range, error)));
        }
        range.stream.count_sent(sent, range.offset_bytes + sent as u64);
        self.read_ahead.count_sent(range.offset_bytes, sent);
        self.link.advance(sent);
        self.after_sending();
        Poll::Ready(Ok(sent))
    }

    /// An error if the kernel encrypts and its key does not suffice for a call that sends `bytes`.
    fn check_key(&self, bytes: usize) -> io::Result<()> {
        self.records.as_ref().map_or(Ok(()), |records| records.check_left(bytes))
    }

    /// Lets go of what only a running stream needs, once its last byte is with the kernel.
    fn after_sending(&mut self) {
        if self.link.is_sending_payload() {
            return;
        }
        self.mark.set_hungry(false);
        self.read_ahead.forget();
    }

    fn poll_resident(
        &mut self,
        cx: &mut Context<'_>,
        range: &QueuedRange,
    ) -> Poll<io::Result<u64>> {
        let end = range.file_range_end_bytes;
        match self.read_ahead.poll_ready(&range.object, range.offset_bytes, end, cx) {
            Poll::Pending => self.departure.poll_gone(self.stream.inner(), cx).map(Err),
            Poll::Ready(resident) => {
                self.departure.end();
                Poll::Ready(resident.map_err(|error| self.break_stream(range, error)))
            }
        }
    }

    /// Tells the log, once, that an answer ends before its announced length. The connection is then
    /// closed, which is how the client learns that what it has is not all.
    fn break_stream(&self, range: &QueuedRange, error: io::Error) -> io::Error {
        self.mark.activity().count_broken_stream();
        let file_name = &*range.stream.label().file_name;
        let offset_bytes = range.offset_bytes;
        tracing::warn!(
            file_name,
            offset_bytes,
            %error,
            "sending {file_name} broke off at byte {offset_bytes}: {error}"
        );
        error
    }

    fn poll_send_slices(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let memory = slices.iter().take_while(|slice| !is_placeholder(slice)).count();
        match slices.get(memory) {
            Some(placeholder) if memory == 0 => self.poll_send_file(cx, placeholder.len()),
            placeholder => self.poll_send_memory(cx, &slices[..memory], placeholder.is_some()),
        }
    }
}

impl Pace {
    /// Tells the kernel how fast this connection may send, where that is limited and has changed:
    /// when streams to the same address begin or end. Each socket learns of it before its next
    /// bytes; what it holds already ([`crate::limits::UNSENT_BYTES_MAX`]) goes at the new rate too.
    pub(super) fn follow(&mut self, client: &Client, stream: &TcpStream) -> io::Result<()> {
        let rate = client.bytes_per_second_max();
        if let Some(bytes_per_second) = rate
            && rate != self.bytes_per_second_max
        {
            set_pacing_rate(stream, bytes_per_second)?;
            self.bytes_per_second_max = rate;
        }
        Ok(())
    }
}

impl Stall {
    pub(super) fn new(timeout: Duration) -> Self {
        Self { timeout, blocked: None, alarm: None }
    }

    /// The socket took something.
    pub(super) fn end(&mut self) {
        self.blocked = None;
    }

    /// Ready with an error once the client has taken nothing for the whole time limit.
    ///
    /// The kernel reports a socket as writable only when a third of its buffer is free, which a slow
    /// client may need minutes for, so the measure is what it acknowledged.
    pub(super) fn poll_blocked(
        &mut self,
        stream: &TcpStream,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        let blocked = match &mut self.blocked {
            Some(blocked) => blocked,
            None => self.blocked.insert(Blocked::now(stream)?),
        };
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(tokio::time::sleep(self.timeout)));
        loop {
            ready!(alarm.as_mut().poll(cx));
            if blocked.since.elapsed() >= self.timeout {
                let now = Blocked::now(stream)?;
                if now.unacknowledged_bytes >= blocked.unacknowledged_bytes {
                    let text = "the client took nothing for too long";
                    return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, text)));
                }
                *blocked = now;
            }
            alarm.as_mut().reset(blocked.since + self.timeout);
        }
    }
}

impl Blocked {
    fn now(stream: &TcpStream) -> io::Result<Self> {
        let since = tokio::time::Instant::now();
        Ok(Self { since, unacknowledged_bytes: unacknowledged_bytes(stream)? })
    }
}

impl Read for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(match &mut this.records {
            None => Pin::new(&mut this.stream).poll_read(cx, buffer),
            Some(records) => records.poll_read(this.stream.inner(), cx, buffer),
        })?;
        this.link.received();
        Poll::Ready(Ok(()))
    }
}

impl Write for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().poll_send_slices(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().poll_send_slices(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Nothing is held back here.
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let Some(records) = &mut this.records else {
            return Pin::new(&mut this.stream).poll_shutdown(cx);
        };
        let stream = this.stream.inner();
        let closed = records.poll_close(stream, cx);
        if closed.is_pending() {
            ready!(this.stall.poll_blocked(stream, cx))?;
        }
        ready!(closed)?;
        this.stall.end();
        records.poll_farewell(stream, cx).map(Ok)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use spillway_media::storage::{Key, Object, Root};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;
    use tokio::time::timeout;

    use super::*;
    use crate::limits::TLS_RECORD_BYTES_MAX;
    use crate::transport::activity::Activity;
    use crate::transport::client::Clients;
    use crate::transport::disks::Disks;
    use crate::transport::listen::ConnectionLimits;
    use crate::transport::payload::{Payload, StreamLabel};
    use crate::transport::placeholder::placeholder;

    const LEN: usize = 256 * 1024;

    /// Counts wake-ups.
    #[derive(Default)]
    struct Wakes(AtomicUsize);

    impl Wake for Wakes {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    struct Setup {
        socket: Socket,
        link: Arc<Link>,
        wakes: Arc<Wakes>,
        client: TcpStream,
        _folder: tempfile::TempDir,
    }

    /// A writable socket with one file range of [`LEN`] bytes queued.
    async fn setup() -> Setup {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("a"), vec![1; LEN]).expect("written");
        let object: Object =
            Root::new(folder.path()).open(&Key::new("a").expect("a key")).expect("opens");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let client = TcpStream::connect(listener.local_addr().expect("bound")).await;
        let (stream, peer) = listener.accept().await.expect("accepted");
        stream.writable().await.expect("an empty buffer");
        let activity = Activity::default();
        let disks = Disks::new(1, 1, activity.clone()).expect("/dev/null is there");
        let clients = Clients::new(ConnectionLimits::default());
        let client_mark = clients.admit(peer.ip()).expect("the first");
        let link = Arc::new(Link::new());
        let label = StreamLabel { title: None, file_name: "a".into(), size_bytes: LEN as u64 };
        link.push(QueuedRange {
            object,
            offset_bytes: 0,
            len_bytes: LEN,
            file_range_end_bytes: LEN as u64,
            stream: activity.open_stream(&mut Payload::new(Vec::new(), label), peer),
        });
        Setup {
            socket: Socket::new(
                stream,
                None,
                Arc::clone(&link),
                ReadAhead::new(disks, Duration::from_secs(1)),
                activity.open_connection(client_mark),
                Duration::from_secs(1),
            ),
            link,
            wakes: Arc::default(),
            client: client.expect("connected"),
            _folder: folder,
        }
    }

    impl Setup {
        fn write(&mut self, slices: &[&[u8]]) -> Poll<io::Result<usize>> {
            let waker = Arc::clone(&self.wakes).into();
            let slices: Vec<_> = slices.iter().map(|bytes| IoSlice::new(bytes)).collect();
            let mut context = Context::from_waker(&waker);
            Pin::new(&mut self.socket).poll_write_vectored(&mut context, &slices)
        }

        /// Fills the socket and says how much the client has to take before the connection is
        /// closed, as one that the kernel encrypts; as it does not, the alert goes as it is.
        async fn fill_for_close(&mut self, stall_timeout: Duration) -> usize {
            self.socket.records = Some(Box::new(KernelRecords::new(1)));
            self.socket.stall = Stall::new(stall_timeout);
            let (stream, mut sent) = (self.socket.stream.inner(), 0);
            // What is on the way can make room again.
            while timeout(Duration::from_millis(100), stream.writable()).await.is_ok() {
                sent += stream.try_write(&[1; 4096]).unwrap_or(0);
            }
            sent
        }

        fn wakes(&self) -> usize {
            self.wakes.0.load(Ordering::Relaxed)
        }
    }

    async fn close(socket: &mut Socket) -> io::Result<()> {
        let closed = poll_fn(|cx| Pin::new(&mut *socket).poll_shutdown(cx));
        timeout(Duration::from_secs(20), closed).await.expect("it ends in good time")
    }

    #[tokio::test]
    async fn a_turn_ends_after_its_quantum_and_asks_for_another() {
        let mut setup = setup().await;
        setup.link.begin_turn(5000);
        assert!(matches!(setup.write(&[&placeholder(LEN)]), Poll::Ready(Ok(5000))));
        let before = setup.wakes();
        assert!(setup.write(&[&placeholder(LEN - 5000)]).is_pending());
        assert_eq!(setup.wakes(), before + 1, "whoever is not woken never sends again");
        assert_eq!(setup.socket.mark.activity().hungry_connections(), 1);
        setup.link.begin_turn(1);
        assert!(matches!(setup.write(&[&placeholder(LEN - 5000)]), Poll::Ready(Ok(1))));
    }

    #[tokio::test]
    async fn a_close_waits_for_who_takes_what_is_left_and_then_says_so() {
        let mut setup = setup().await;
        let sent = setup.fill_for_close(Duration::from_mins(1)).await;
        // Who asks nothing more may still be reading.
        setup.client.shutdown().await.expect("connected");
        let mut taken = Vec::new();
        let Setup { socket, client, .. } = &mut setup;
        let (closed, read) = tokio::join!(close(socket), client.read_to_end(&mut taken));
        closed.expect("the client takes everything");
        read.expect("no reset");
        // close_notify.
        assert_eq!((taken.len(), &taken[sent..]), (sent + 2, &[1, 0][..]));
    }

    #[tokio::test]
    async fn a_stall_counts_from_when_the_socket_was_full_again() {
        const STALL_TIMEOUT: Duration = Duration::from_millis(400);
        let setup = setup().await;
        let stream = setup.socket.stream.inner();
        let mut stall = Stall::new(STALL_TIMEOUT);
        poll_fn(|cx| Poll::Ready(stall.poll_blocked(stream, cx).is_pending())).await;
        tokio::time::sleep(STALL_TIMEOUT / 2).await;
        stall.end();
        let begun = Instant::now();
        let error = poll_fn(|cx| stall.poll_blocked(stream, cx)).await.expect_err("nobody reads");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(begun.elapsed() >= STALL_TIMEOUT, "{:?}", begun.elapsed());
    }

    #[tokio::test]
    async fn a_close_waits_for_who_takes_nothing_as_long_as_an_answer_would() {
        let mut setup = setup().await;
        let stall_timeout = Duration::from_millis(700);
        setup.fill_for_close(stall_timeout).await;
        let begun = Instant::now();
        let error = close(&mut setup.socket).await.expect_err("nobody reads");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(begun.elapsed() >= stall_timeout);
    }

    #[tokio::test]
    async fn a_close_does_not_wait_for_who_has_broken_the_connection() {
        let mut setup = setup().await;
        setup.fill_for_close(Duration::from_mins(1)).await;
        // With bytes unread it is reset.
        drop(setup.client);
        let error = close(&mut setup.socket).await.expect_err("nobody is there");
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    }

    #[tokio::test]
    async fn a_stream_breaks_before_more_is_sent_than_its_key_may_encrypt() {
        let mut setup = setup().await;
        setup.socket.records = Some(Box::new(KernelRecords::new(2)));
        setup.link.begin_turn(TLS_RECORD_BYTES_MAX);
        let full = TLS_RECORD_BYTES_MAX;
        assert!(matches!(setup.write(&[&placeholder(LEN)]), Poll::Ready(Ok(sent)) if sent == full));
        setup.link.begin_turn(full + 1);
        let left = LEN - full;
        assert!(matches!(setup.write(&[&placeholder(left)]), Poll::Ready(Err(_))));
        assert_eq!(setup.socket.mark.activity().sent_bytes(), full as u64);
    }

    #[tokio::test]
    async fn never_more_is_sent_than_the_slice_stands_for() {
        let mut setup = setup().await;
        setup.link.begin_turn(usize::MAX);
        let mut left = LEN;
        while left > 0 {
            match setup.write(&[&placeholder(left), b"after"]) {
                Poll::Ready(sent) => left -= sent.expect("sent"),
                Poll::Pending => break,
            }
        }
        assert_eq!(setup.socket.mark.activity().sent_by_sendfile_bytes(), (LEN - left) as u64);
        assert_eq!(setup.socket.mark.activity().sent_by_write_bytes(), 0);
    }

    #[tokio::test]
    async fn a_placeholder_that_does_not_fit_its_range_sends_nothing() {
        let mut setup = setup().await;
        setup.link.begin_turn(usize::MAX);
        assert!(matches!(setup.write(&[&placeholder(LEN - 1)]), Poll::Ready(Err(_))));
        setup.link.advance(LEN);
        assert!(matches!(setup.write(&[&placeholder(1)]), Poll::Ready(Err(_))));
        assert_eq!(setup.socket.mark.activity().sent_bytes(), 0);
    }
}
