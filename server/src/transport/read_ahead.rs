//! Pages that are not in memory are brought there before `sendfile` asks for them.
//!
//! `sendfile` waits for a page that is not in the page cache, whatever the socket's flags say, and
//! with it waits every connection of the thread. So a connection asks first whether its next window
//! is resident; what is not is read by one of a fixed number of threads, which then wakes the
//! connection. The kernel's own read-ahead cannot replace this: its state belongs to the open file,
//! and viewers who share a descriptor look random to it.
//!
//! A window may be thrown out again between the answer and the `sendfile`; then the loop waits once,
//! and `spillway_slow_sends_total` says so.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use futures_util::task::AtomicWaker;
use rustix::fs::Advice;
use spillway_media::storage::{Object, ReadAt as _};

use super::activity::Activity;
use super::recently_resident::RecentlyResident;
use super::system_calls::{cached_pages, probe_byte, sendfile};
use crate::limits::{
    READ_AHEAD_WINDOW_BYTES, READ_AHEAD_WINDOWS, RESIDENCY_PROBE_STEP_BYTES, RESIDENCY_REMEMBERED,
};

/// The threads that wait for disks, and the windows that wait for them. Clones share both; the
/// threads end when the last clone is gone.
#[derive(Clone, Debug)]
pub(super) struct DiskReaders {
    handle: Arc<Handle>,
}

#[derive(Debug)]
struct Handle {
    queue: Arc<Queue>,
    recently_resident: RecentlyResident,
}

#[derive(Debug)]
struct Queue {
    waiting: Mutex<Waiting>,
    has_work: Condvar,
    len_max: usize,
    activity: Activity,
}

#[derive(Debug)]
struct Waiting {
    windows: VecDeque<Arc<Window>>,
    is_closed: bool,
}

/// A stretch of a file being read, from `start_bytes` in steps of one window to `end_bytes`.
#[derive(Debug)]
struct Window {
    object: Object,
    start_bytes: u64,
    end_bytes: u64,
    ready_until_bytes: AtomicU64,
    is_done: AtomicBool,
    error: Mutex<Option<io::Error>>,
    connection: AtomicWaker,
}

impl DiskReaders {
    /// Starts `threads` threads; at most `queue_max` windows wait for them.
    pub(super) fn start(threads: usize, queue_max: usize, activity: Activity) -> io::Result<Self> {
        activity.set_disk_pool(threads, queue_max);
        let queue = Arc::new(Queue {
            waiting: Mutex::new(Waiting { windows: VecDeque::new(), is_closed: false }),
            has_work: Condvar::new(),
            len_max: queue_max,
            activity,
        });
        let handle = Arc::new(Handle {
            queue: Arc::clone(&queue),
            recently_resident: RecentlyResident::new(RESIDENCY_REMEMBERED),
        });
        for index in 0..threads {
            let queue = Arc::clone(&queue);
            // Pages go from the disk to this, which takes no copy of them.
            let nowhere = File::options().write(true).open("/dev/null")?;
            std::thread::Builder::new()
                .name(format!("disk-{index}"))
                .spawn(move || queue.work(&nowhere))?;
        }
        Ok(Self { handle })
    }

    /// Hands over a window. `None` if too many wait.
    fn submit(&self, object: &Object, start_bytes: u64, end_bytes: u64) -> Option<Arc<Window>> {
        let queue = &self.handle.queue;
        let window = Arc::new(Window {
            object: object.clone(),
            start_bytes,
            end_bytes,
            ready_until_bytes: AtomicU64::new(start_bytes),
            is_done: AtomicBool::new(false),
            error: Mutex::new(None),
            connection: AtomicWaker::new(),
        });
        let mut waiting = queue.lock();
        if waiting.windows.len() >= queue.len_max {
            return None;
        }
        waiting.windows.push_back(Arc::clone(&window));
        queue.activity.set_disk_queued(waiting.windows.len());
        drop(waiting);
        queue.has_work.notify_one();
        Some(window)
    }

    /// Whether a stretch within one window can be sent without waiting for the disk.
    fn is_resident(&self, object: &Object, start_bytes: u64, end_bytes: u64) -> bool {
        let recently = &self.handle.recently_resident;
        if recently.knows(object, start_bytes) {
            return true;
        }
        let is_reading = self.handle.queue.activity.disk_pool().busy > 0;
        if !is_resident(object, start_bytes, end_bytes, is_reading) {
            return false;
        }
        let is_window = start_bytes.is_multiple_of(READ_AHEAD_WINDOW_BYTES)
            && (end_bytes == window_end(start_bytes) || end_bytes == object.len_bytes());
        if is_window {
            recently.note(object, start_bytes);
        }
        true
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.queue.lock().is_closed = true;
        self.queue.has_work.notify_all();
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self, nowhere: &File) {
        while let Some(window) = self.next() {
            // Nobody waits for it any more: the client left.
            if Arc::strong_count(&window) == 1 {
                continue;
            }
            self.activity.begin_disk_read();
            window.read(nowhere, &self.activity);
            self.activity.end_disk_read();
        }
    }

    fn next(&self) -> Option<Arc<Window>> {
        let mut waiting = self.lock();
        loop {
            if waiting.is_closed {
                return None;
            }
            if let Some(window) = waiting.windows.pop_front() {
                self.activity.set_disk_queued(waiting.windows.len());
                return Some(window);
            }
            waiting = self.has_work.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Window {
    /// Brings the stretch into the page cache, one window after the other. Waits for the disk.
    fn read(self: &Arc<Self>, nowhere: &File, activity: &Activity) {
        let mut start = self.start_bytes;
        while start < self.end_bytes && Arc::strong_count(self) > 1 {
            let end = self.end_bytes.min(start + READ_AHEAD_WINDOW_BYTES);
            if let Err(error) = bring_in(&self.object, start, end, nowhere) {
                *self.error.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                break;
            }
            activity.count_disk_window();
            start = end;
            self.ready_until_bytes.store(end, Ordering::Release);
            self.connection.wake();
        }
        self.is_done.store(true, Ordering::Release);
        self.connection.wake();
    }
}

/// Reads a stretch of a file into the page cache and nowhere else.
fn bring_in(object: &Object, start: u64, end: u64, nowhere: &File) -> io::Result<()> {
    // One request for the whole stretch first: it reaches the disk in large pieces. A file system
    // that takes no advice is read all the same.
    let len = std::num::NonZeroU64::new(end - start);
    let _ = rustix::fs::fadvise(object, start, len, Advice::WillNeed);
    let mut at = start;
    while at < end {
        let count = usize::try_from(end - at).unwrap_or(usize::MAX);
        match sendfile(nowhere, object, at, count)? {
            // The file was cut short; whoever sends will find the same and break the connection.
            0 => return Ok(()),
            n => at += n as u64,
        }
    }
    Ok(())
}

/// What one connection knows about the pages of the file it is sending.
#[derive(Debug)]
pub(super) struct ReadAhead {
    readers: DiskReaders,
    /// The file and stretch known to be in memory.
    object: Option<Object>,
    ready_from_bytes: u64,
    ready_until_bytes: u64,
    reading: Option<Arc<Window>>,
}

impl ReadAhead {
    pub(super) fn new(readers: DiskReaders) -> Self {
        Self { readers, object: None, ready_from_bytes: 0, ready_until_bytes: 0, reading: None }
    }

    /// How many bytes from `offset_bytes` on can be sent without waiting for a disk, at least one.
    ///
    /// `end_bytes` is where the answer's range ends; nothing beyond it is read. Pending until a
    /// disk reader has brought the first window in.
    ///
    /// # Errors
    /// What the disk reader met, or `WouldBlock` turned into an error if too many windows wait.
    pub(super) fn poll_ready(
        &mut self,
        object: &Object,
        offset_bytes: u64,
        end_bytes: u64,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<u64>> {
        self.aim(object, offset_bytes);
        loop {
            self.take_progress()?;
            self.look_ahead(object, offset_bytes, end_bytes)?;
            if self.ready_until_bytes > offset_bytes {
                return Poll::Ready(Ok(self.ready_until_bytes - offset_bytes));
            }
            let Some(window) = &self.reading else { continue };
            window.connection.register(cx.waker());
            // The reader may have finished between the look and the registration.
            let moved = window.ready_until_bytes.load(Ordering::Acquire) > offset_bytes;
            if !moved && !window.is_done.load(Ordering::Acquire) {
                return Poll::Pending;
            }
        }
    }

    /// Forgets what is known if another file or another place is to be sent.
    fn aim(&mut self, object: &Object, offset_bytes: u64) {
        // Both descriptors are open, so the same number is the same open file.
        let is_same_file = self
            .object
            .as_ref()
            .is_some_and(|known| known.as_fd().as_raw_fd() == object.as_fd().as_raw_fd());
        let is_known_place =
            (self.ready_from_bytes..=self.ready_until_bytes).contains(&offset_bytes);
        if !(is_same_file && is_known_place) {
            self.object = Some(object.clone());
            self.ready_from_bytes = offset_bytes;
            self.ready_until_bytes = offset_bytes;
            self.reading = None;
        }
    }

    /// Lets go of the file, so that a connection standing idle keeps no descriptor open.
    pub(super) fn forget(&mut self) {
        self.object = None;
        self.reading = None;
    }

    /// Takes over what a disk reader has done so far.
    fn take_progress(&mut self) -> io::Result<()> {
        let Some(window) = &self.reading else { return Ok(()) };
        let is_done = window.is_done.load(Ordering::Acquire);
        let ready = window.ready_until_bytes.load(Ordering::Acquire);
        self.ready_until_bytes = self.ready_until_bytes.max(ready);
        if is_done {
            let error = window.error.lock().unwrap_or_else(PoisonError::into_inner).take();
            self.reading = None;
            if let Some(error) = error {
                return Err(error);
            }
        }
        Ok(())
    }

    /// Keeps [`READ_AHEAD_WINDOWS`] windows in memory ahead, as long as no reader is at work.
    fn look_ahead(&mut self, object: &Object, offset: u64, end: u64) -> io::Result<()> {
        while self.reading.is_none()
            && self.ready_until_bytes < end
            && self.ready_until_bytes < offset + READ_AHEAD_WINDOWS * READ_AHEAD_WINDOW_BYTES
        {
            let start = self.ready_until_bytes;
            let window_end = end.min(window_end(start));
            if self.readers.is_resident(object, start, window_end) {
                self.ready_until_bytes = window_end;
                continue;
            }
            // The reader goes on with what follows while its first window is being sent.
            let windows = READ_AHEAD_WINDOWS - (start - offset) / READ_AHEAD_WINDOW_BYTES;
            let read_end = end.min(start + windows * READ_AHEAD_WINDOW_BYTES);
            let window = self.readers.submit(object, start, read_end).ok_or_else(|| {
                io::Error::new(io::ErrorKind::ResourceBusy, "too many reads wait for the disk")
            })?;
            self.reading = Some(window);
        }
        Ok(())
    }
}

/// Where the window that holds this byte ends. Windows begin at multiples of their length, so that
/// all viewers of a file have the same.
fn window_end(at_bytes: u64) -> u64 {
    (at_bytes / READ_AHEAD_WINDOW_BYTES + 1) * READ_AHEAD_WINDOW_BYTES
}

/// Whether a stretch of a file can be sent without waiting for the disk, as far as one can know.
///
/// `cachestat` counts pages that are still being read as present, so while readers are at work the
/// last page is probed too. Where the kernel refuses to count (an old kernel, somebody else's
/// file), a page every [`RESIDENCY_PROBE_STEP_BYTES`] stands for the stretch. Where it cannot even probe, the stretch is
/// taken as absent: a reader passes over what is present in no time.
fn is_resident(object: &Object, start: u64, end: u64, others_are_reading: bool) -> bool {
    let can_read = |at: u64| probe_byte(object, at).is_ok();
    if let Ok(pages) = cached_pages(object.as_fd(), start, end - start) {
        let page = rustix::param::page_size() as u64;
        let wanted = (end - 1) / page - start / page + 1;
        pages >= wanted && (!others_are_reading || can_read(end - 1))
    } else {
        let mut places = (start..end).step_by(RESIDENCY_PROBE_STEP_BYTES);
        places.all(can_read) && can_read(end - 1)
    }
}
