//! Pages that are not in memory are brought there before `sendfile` asks for them.
//!
//! `sendfile` waits for a page that is not in the page cache, whatever the socket's flags say, and
//! with it waits every connection of the thread. So a connection asks first whether its next window
//! is resident; what is not is read by a thread of its disk, which then wakes the connection. The
//! kernel's own read-ahead cannot replace this: its state belongs to the open file, and viewers who
//! share a descriptor look random to it.
//!
//! A window may be thrown out again between the answer and the `sendfile`; then the loop waits once,
//! and `spillway_slow_sends_total` says so.

use std::collections::VecDeque;
use std::future::Future as _;
use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _};
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use spillway_media::storage::{Object, Version};
use tokio::time::Sleep;

use super::disks::{Disk, Disks, Window, window_end};
use crate::limits::{READ_AHEAD_ALL_BYTES, READ_AHEAD_BYTES_MAX, READ_AHEAD_BYTES_MIN};

/// What one connection knows about the pages of the file it is sending.
#[derive(Debug)]
pub(super) struct ReadAhead {
    disks: Disks,
    timeout: Duration,
    /// The file being sent and its disk.
    file: Option<(Object, Arc<Disk>)>,
    /// Where the stretch lies that was sent or is known to be in memory, and in which file.
    version: Option<Version>,
    ready_from_bytes: u64,
    ready_until_bytes: u64,
    /// Where the stretches of what is ready and was not sent end, and whether each was in memory
    /// before it was asked for.
    stretches: VecDeque<(u64, bool)>,
    /// How far ahead of the client is read.
    ahead_bytes: u64,
    reading: Option<Arc<Window>>,
    /// What a reader met behind what is ready.
    failure: Option<io::Error>,
    /// Rings if the disk does not answer.
    alarm: Option<Pin<Box<Sleep>>>,
}

impl ReadAhead {
    /// A disk may take `timeout` for a window.
    pub(super) fn new(disks: Disks, timeout: Duration) -> Self {
        Self {
            disks,
            timeout,
            file: None,
            version: None,
            ready_from_bytes: 0,
            ready_until_bytes: 0,
            stretches: VecDeque::new(),
            ahead_bytes: READ_AHEAD_BYTES_MIN,
            reading: None,
            failure: None,
            alarm: None,
        }
    }

    /// How many bytes from `offset_bytes` on can be sent without waiting for a disk, at least one.
    ///
    /// `end_bytes` is where the answer's range ends; nothing beyond it is read. Pending until a
    /// disk reader has brought the first window in.
    ///
    /// # Errors
    /// What the disk reader met, those of [`Disk::read`], and [`io::ErrorKind::TimedOut`] if the
    /// disk does not answer in time.
    pub(super) fn poll_ready(
        &mut self,
        object: &Object,
        offset_bytes: u64,
        end_bytes: u64,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<u64>> {
        let disk = self.aim(object, offset_bytes);
        loop {
            self.take_progress();
            if self.failure.is_none() {
                self.look_ahead(&disk, object, offset_bytes, end_bytes)?;
            }
            if self.ready_until_bytes > offset_bytes {
                self.end_patience();
                return Poll::Ready(Ok(self.ready_until_bytes - offset_bytes));
            }
            // Only now: all that could be read before it has been sent.
            if let Some(failure) = self.failure.take() {
                return Poll::Ready(Err(failure));
            }
            let Some(window) = &self.reading else { continue };
            window.connection.register(cx.waker());
            // The reader may have finished between the look and the registration.
            let moved = window.ready_until_bytes.load(Ordering::Acquire) > offset_bytes;
            if !moved && !window.is_done.load(Ordering::Acquire) {
                return self.poll_patience(cx).map(Err);
            }
        }
    }

    /// Ready once the disk has had its time, counted from the first call since something was ready or
    /// patience ended.
    pub(super) fn poll_patience(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let timeout = self.timeout;
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(tokio::time::sleep(timeout)));
        alarm.as_mut().poll(cx).map(|()| {
            io::Error::new(io::ErrorKind::TimedOut, "the disk did not answer for too long")
        })
    }

    /// The disk has answered.
    pub(super) fn end_patience(&mut self) {
        self.alarm = None;
    }

    /// Turns to a file and a place in it. Whoever goes on where the last answer ended is the same
    /// viewer going on; whoever jumps may jump again, and little is read for him.
    fn aim(&mut self, object: &Object, offset_bytes: u64) -> Arc<Disk> {
        let is_known_place = self.version == Some(object.version())
            && (self.ready_from_bytes..=self.ready_until_bytes).contains(&offset_bytes);
        // Both descriptors are open, so the same number is the same open file.
        let is_same = |known: &Object| known.as_fd().as_raw_fd() == object.as_fd().as_raw_fd();
        match &self.file {
            Some((known, disk)) if is_known_place && is_same(known) => return Arc::clone(disk),
            _ => {}
        }
        if !is_known_place {
            self.ahead_bytes = READ_AHEAD_BYTES_MIN;
        }
        let disk = self.disks.of(object);
        self.file = Some((object.clone(), Arc::clone(&disk)));
        self.version = Some(object.version());
        self.ready_from_bytes = offset_bytes;
        self.ready_until_bytes = offset_bytes;
        self.stretches.clear();
        self.reading = None;
        self.failure = None;
        self.alarm = None;
        disk
    }

    /// Lets go of the file, so that a connection standing idle keeps no descriptor open.
    pub(super) fn forget(&mut self) {
        self.file = None;
        self.reading = None;
        self.alarm = None;
    }

    /// Counts bytes that were sent from `offset_bytes` on by whether they were in memory before this
    /// connection asked for them.
    pub(super) fn count_sent(&mut self, offset_bytes: u64, bytes: usize) {
        let mut from = offset_bytes;
        let sent_until = offset_bytes + bytes as u64;
        while let Some(&(end, was_in_memory)) = self.stretches.front() {
            let until = sent_until.min(end);
            self.disks.activity().count_window(until.saturating_sub(from), was_in_memory);
            from = from.max(until);
            if sent_until < end {
                break;
            }
            self.stretches.pop_front();
        }
    }

    fn extend_ready(&mut self, until_bytes: u64, was_in_memory: bool) {
        if until_bytes <= self.ready_until_bytes {
            return;
        }
        self.ready_until_bytes = until_bytes;
        match self.stretches.back_mut() {
            Some((end, was)) if *was == was_in_memory => *end = until_bytes,
            _ => self.stretches.push_back((until_bytes, was_in_memory)),
        }
    }

    /// Takes over what a disk reader has done so far.
    fn take_progress(&mut self) {
        let Some(window) = self.reading.clone() else { return };
        let is_done = window.is_done.load(Ordering::Acquire);
        let ready = window.ready_until_bytes.load(Ordering::Acquire);
        self.extend_ready(ready, false);
        if is_done {
            self.failure = window.error.lock().unwrap_or_else(PoisonError::into_inner).take();
            self.reading = None;
        }
    }

    /// Keeps what comes next in memory, as long as no reader is at work for this connection.
    ///
    /// What is on the disk is asked for in one piece once half of what was ahead is sent, and each
    /// piece is twice the last: a head that has to move between 200 viewers then moves rarely.
    fn look_ahead(
        &mut self,
        disk: &Disk,
        object: &Object,
        offset: u64,
        end: u64,
    ) -> io::Result<()> {
        while self.reading.is_none() && self.ready_until_bytes < end.min(offset + self.ahead_bytes)
        {
            let start = self.ready_until_bytes;
            let window_end = end.min(window_end(start));
            if disk.is_resident(object, start, window_end) {
                self.extend_ready(window_end, true);
                continue;
            }
            if start > offset + self.ahead_bytes / 2 {
                return Ok(());
            }
            if start > self.ready_from_bytes {
                let connections = self.disks.activity().connections();
                self.ahead_bytes = (2 * self.ahead_bytes).min(ahead_bytes_max(connections));
            }
            let read_end = end.min(offset + self.ahead_bytes).max(window_end);
            self.reading = Some(disk.read(object, start, read_end)?);
        }
        Ok(())
    }
}

/// How far ahead may be read for one of so many connections: what is thrown out again before it is
/// sent was read for nothing.
fn ahead_bytes_max(connections: usize) -> u64 {
    (READ_AHEAD_ALL_BYTES / connections.max(1) as u64)
        .clamp(READ_AHEAD_BYTES_MIN, READ_AHEAD_BYTES_MAX)
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use spillway_media::storage::{Key, Root};

    use super::*;
    use crate::transport::activity::Activity;

    const MIB: u64 = 1024 * 1024;
    const LEN: u64 = 200 * MIB;

    struct Viewer {
        read_ahead: ReadAhead,
        film: Object,
        _folder: tempfile::TempDir,
    }

    /// A viewer of a film on a disk that nobody reads from, so that the test says what was read.
    fn viewer(timeout: Duration) -> Viewer {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let hole = std::fs::File::create(folder.path().join("a")).expect("created");
        hole.set_len(LEN).expect("a hole takes no space");
        let film = Root::new(folder.path()).open(&Key::new("a").expect("a key")).expect("opens");
        let disks = Disks::new(0, 1000, Activity::default()).expect("/dev/null is there");
        disks.of(&film).tell_nothing();
        Viewer { read_ahead: ReadAhead::new(disks, timeout), film, _folder: folder }
    }

    impl Viewer {
        fn poll(&mut self, offset: u64) -> Poll<io::Result<u64>> {
            let mut context = Context::from_waker(Waker::noop());
            self.read_ahead.poll_ready(&self.film, offset, LEN, &mut context)
        }

        /// What is being read now, after it was all read.
        fn read(&mut self) -> std::ops::Range<u64> {
            let window = self.read_ahead.reading.as_ref().expect("something is being read");
            window.ready_until_bytes.store(window.end_bytes, Ordering::Release);
            window.is_done.store(true, Ordering::Release);
            window.start_bytes..window.end_bytes
        }

        /// Takes everything from `offset` on in steps of a MiB; gives the lengths of the reads.
        fn watch(&mut self, mut offset: u64, count: usize) -> (Vec<u64>, u64) {
            let mut lengths = Vec::new();
            while lengths.len() < count {
                let ready = self.poll(offset);
                if self.read_ahead.reading.is_some() {
                    let read = self.read();
                    lengths.push((read.end - read.start) / MIB);
                }
                if let Poll::Ready(ready) = ready {
                    offset += ready.expect("no error").min(MIB);
                }
            }
            (lengths, offset)
        }
    }

    #[test]
    fn what_was_sent_counts_by_whether_a_disk_was_asked_for_it() {
        let Viewer { mut read_ahead, film, _folder } = viewer(Duration::from_secs(1));
        read_ahead.aim(&film, 100);
        read_ahead.extend_ready(200, true);
        read_ahead.extend_ready(300, true);
        read_ahead.extend_ready(400, false);
        read_ahead.extend_ready(400, true);
        read_ahead.extend_ready(500, true);
        let mut sent_until = 100;
        for (bytes, in_memory, from_disk) in
            [(0, 0, 0), (50, 50, 0), (150, 200, 0), (1, 200, 1), (149, 250, 100), (50, 300, 100)]
        {
            read_ahead.count_sent(sent_until, bytes);
            sent_until += bytes as u64;
            let counted = read_ahead.disks.activity().window_bytes();
            assert_eq!((counted.in_memory, counted.from_disk), (in_memory, from_disk));
        }
        assert!(read_ahead.stretches.is_empty(), "nothing is kept of what was sent");
        // A jump leaves what was ready behind.
        read_ahead.extend_ready(600, true);
        read_ahead.aim(&film, 50_000);
        assert!(read_ahead.stretches.is_empty());
    }

    #[tokio::test]
    async fn who_goes_on_gets_longer_reads_and_who_jumps_short_ones() {
        let mut viewer = viewer(Duration::from_mins(1));
        let (lengths, end) = viewer.watch(0, 6);
        assert_eq!(lengths, [4, 6, 12, 8, 8, 8], "up to a bound");
        // The next request of the same player.
        viewer.read_ahead.forget();
        assert_eq!(viewer.watch(end, 2).0, [16, 8], "it goes on where it was");
        assert_eq!(viewer.watch(150 * MIB, 2).0, [4, 6], "a jump begins anew");
        assert_eq!(viewer.watch(0, 1).0, [4], "also backwards");
    }

    #[tokio::test]
    async fn nothing_is_read_beyond_the_end_of_the_range() {
        let mut viewer = viewer(Duration::from_mins(1));
        assert!(viewer.poll(LEN - 10).is_pending());
        assert_eq!(viewer.read(), LEN - 10..LEN);
        assert!(matches!(viewer.poll(LEN - 10), Poll::Ready(Ok(10))));
    }

    #[test]
    fn the_more_connections_there_are_the_less_is_read_for_each() {
        assert_eq!(ahead_bytes_max(0), READ_AHEAD_BYTES_MAX);
        assert_eq!(ahead_bytes_max(1), READ_AHEAD_BYTES_MAX);
        assert_eq!(ahead_bytes_max(128), 8 * MIB);
        assert_eq!(ahead_bytes_max(20_000), READ_AHEAD_BYTES_MIN);
    }

    #[tokio::test]
    async fn a_disk_that_does_not_answer_ends_the_wait() {
        let mut viewer = viewer(Duration::from_millis(50));
        assert!(viewer.poll(0).is_pending());
        tokio::time::sleep(Duration::from_millis(60)).await;
        let Poll::Ready(Err(error)) = viewer.poll(0) else { panic!("it waits for ever") };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn each_window_that_comes_gives_the_disk_its_whole_time_again() {
        let mut viewer = viewer(Duration::from_millis(50));
        for offset in [0, 40 * MIB, 80 * MIB] {
            assert!(viewer.poll(offset).is_pending());
            tokio::time::sleep(Duration::from_millis(30)).await;
            viewer.read();
            assert!(matches!(viewer.poll(offset), Poll::Ready(Ok(_))));
        }
    }
}
