//! The file systems that media come from, each with threads of its own that wait for it.
//!
//! A disk or a network mount that does not answer holds its own threads and nobody else's; what
//! comes from other disks goes on. Threads start when there is something to read: a server whose
//! files are all in memory has none.

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::fd::AsFd as _;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};

use futures_util::task::AtomicWaker;
use rustix::fs::Advice;
use spillway_media::storage::{Object, ReadAt as _};

use super::activity::Activity;
use super::recently_resident::RecentlyResident;
use super::system_calls::{cached_pages, probe_byte, sendfile};
use crate::limits::{
    DISKS_MAX, READ_AHEAD_WINDOW_BYTES, RESIDENCY_PROBE_STEP_BYTES, RESIDENCY_REMEMBERED,
};

/// All disks in use. Clones share them; the threads end when the last clone is gone.
#[derive(Clone, Debug)]
pub(super) struct Disks {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    threads_max: usize,
    queue_max: usize,
    activity: Activity,
    recently_resident: Arc<RecentlyResident>,
    /// Pages go from the disk to this, which takes no copy of them.
    nowhere: Arc<File>,
    /// By the number of their file system.
    known: Mutex<HashMap<u64, Arc<Disk>>>,
}

/// What the disks beyond [`DISKS_MAX`] share.
const ALL_OTHERS: u64 = u64::MAX;

/// One file system: how it tells what is in memory, and who waits for it.
#[derive(Debug)]
pub(super) struct Disk {
    queue: Arc<Queue>,
    recently_resident: Arc<RecentlyResident>,
    tells: AtomicU8,
}

/// How a file system tells whether pages are in memory. Each file could be asked anew, but what one
/// refuses the others refuse too; so what failed once is not tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
#[repr(u8)]
enum Tells {
    /// `cachestat` counts the pages.
    ByCount,
    /// It refuses (an old kernel, somebody else's files), and a page every
    /// [`RESIDENCY_PROBE_STEP_BYTES`] stands for the stretch.
    ByProbe,
    /// It cannot even probe. A stretch is then taken as absent: a reader passes over what is
    /// present in no time.
    Nothing,
}

#[derive(Debug)]
struct Queue {
    waiting: Mutex<Waiting>,
    has_work: Condvar,
    threads_max: usize,
    len_max: usize,
    nowhere: Arc<File>,
    activity: Activity,
}

#[derive(Debug, Default)]
struct Waiting {
    windows: VecDeque<Arc<Window>>,
    /// One for each thread at work: the file, and the stretch of it.
    being_read: Vec<Weak<Window>>,
    threads: usize,
    idle_threads: usize,
    is_closed: bool,
}

/// A stretch of a file being read, from `start_bytes` in steps of one window to `end_bytes`.
#[derive(Debug)]
pub(super) struct Window {
    object: Object,
    pub(super) start_bytes: u64,
    pub(super) end_bytes: u64,
    /// Where what has been read ends.
    pub(super) ready_until_bytes: AtomicU64,
    /// Nothing more comes.
    pub(super) is_done: AtomicBool,
    pub(super) error: Mutex<Option<io::Error>>,
    /// Who waits for it.
    pub(super) connection: AtomicWaker,
}

impl Disks {
    /// Each disk has up to `threads_max` threads, and `queue_max` windows wait for them.
    pub(super) fn new(
        threads_max: usize,
        queue_max: usize,
        activity: Activity,
    ) -> io::Result<Self> {
        activity.set_disk_queue_max(queue_max);
        let shared = Shared {
            threads_max,
            queue_max,
            activity,
            recently_resident: Arc::new(RecentlyResident::new(RESIDENCY_REMEMBERED)),
            nowhere: Arc::new(File::options().write(true).open("/dev/null")?),
            known: Mutex::default(),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The disk that holds a file.
    pub(super) fn of(&self, object: &Object) -> Arc<Disk> {
        let mut known = self.shared.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(disk) = known.get(&object.device()) {
            return Arc::clone(disk);
        }
        if known.len() >= DISKS_MAX {
            known.retain(|_, disk| Arc::strong_count(disk) > 1);
        }
        let name = if known.len() < DISKS_MAX { object.device() } else { ALL_OTHERS };
        Arc::clone(known.entry(name).or_insert_with(|| Arc::new(Disk::new(&self.shared))))
    }

    /// What all connections do.
    pub(super) fn activity(&self) -> &Activity {
        &self.shared.activity
    }
}

impl Disk {
    fn new(shared: &Shared) -> Self {
        let queue = Queue {
            waiting: Mutex::default(),
            has_work: Condvar::new(),
            threads_max: shared.threads_max,
            len_max: shared.queue_max,
            nowhere: Arc::clone(&shared.nowhere),
            activity: shared.activity.clone(),
        };
        Self {
            queue: Arc::new(queue),
            recently_resident: Arc::clone(&shared.recently_resident),
            tells: AtomicU8::new(Tells::ByCount as u8),
        }
    }

    /// Has a stretch read by a thread of this disk.
    ///
    /// # Errors
    /// [`io::ErrorKind::ResourceBusy`] if too many wait; the system's if no thread can be started.
    pub(super) fn read(
        &self,
        object: &Object,
        start_bytes: u64,
        end_bytes: u64,
    ) -> io::Result<Arc<Window>> {
        let window = Arc::new(Window::new(object, start_bytes..end_bytes));
        let mut waiting = self.queue.lock();
        if waiting.windows.len() >= self.queue.len_max {
            let text = "too many reads wait for the disk";
            return Err(io::Error::new(io::ErrorKind::ResourceBusy, text));
        }
        let is_short_of_threads = waiting.windows.len() >= waiting.idle_threads;
        if is_short_of_threads && waiting.threads < self.queue.threads_max {
            match Queue::start_thread(&self.queue, waiting.threads) {
                Ok(()) => waiting.threads += 1,
                Err(error) if waiting.threads == 0 => return Err(error),
                // Those that there are will come to it.
                Err(_) => {}
            }
        }
        waiting.windows.push_back(Arc::clone(&window));
        self.queue.activity.begin_disk_wait();
        drop(waiting);
        self.queue.has_work.notify_one();
        Ok(window)
    }

    /// Whether a stretch within one window can be sent without waiting for the disk, as far as one
    /// can know.
    pub(super) fn is_resident(&self, object: &Object, start_bytes: u64, end_bytes: u64) -> bool {
        if self.recently_resident.knows(object, start_bytes) {
            return true;
        }
        // The whole window, so that the next to ask, perhaps for another part, need not.
        let window = window_around(object, start_bytes);
        if self.judge(object, window.start, window.end) {
            self.recently_resident.note(object, start_bytes);
            return true;
        }
        window != (start_bytes..end_bytes) && self.judge(object, start_bytes, end_bytes)
    }

    /// `cachestat` counts pages that are still being read as present. What our own threads read is
    /// known; for what others read, and the kernel ahead of them, the last page is probed, where
    /// that is possible.
    fn judge(&self, object: &Object, start: u64, end: u64) -> bool {
        let last = end - 1;
        if self.tells() == Tells::ByCount {
            if let Ok(pages) = cached_pages(object.as_fd(), start, end - start) {
                let page = rustix::param::page_size() as u64;
                let is_all = pages > last / page - start / page;
                let is_settled = || match probe_byte(object, last) {
                    Ok(_) => true,
                    Err(error) => error.kind() == io::ErrorKind::Unsupported,
                };
                return is_all && !self.queue.is_reading(object, start..end) && is_settled();
            }
            self.learn(Tells::ByProbe);
        }
        if self.tells() == Tells::ByProbe {
            let mut places = (start..end).step_by(RESIDENCY_PROBE_STEP_BYTES).chain([last]);
            let absent = places.find_map(|at| probe_byte(object, at).err());
            if absent.as_ref().is_some_and(|error| error.kind() == io::ErrorKind::Unsupported) {
                self.learn(Tells::Nothing);
            }
            return absent.is_none();
        }
        false
    }

    fn tells(&self) -> Tells {
        match self.tells.load(Ordering::Relaxed) {
            0 => Tells::ByCount,
            1 => Tells::ByProbe,
            _ => Tells::Nothing,
        }
    }

    fn learn(&self, tells: Tells) {
        self.tells.fetch_max(tells as u8, Ordering::Relaxed);
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.queue.lock().is_closed = true;
        self.queue.has_work.notify_all();
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a thread reads this stretch now, or what lies right before it: where the kernel takes
    /// no advice, it reads on.
    fn is_reading(&self, object: &Object, stretch: Range<u64>) -> bool {
        self.lock().being_read.iter().filter_map(Weak::upgrade).any(|other| {
            other.object.version() == object.version()
                && other.ready_until_bytes.load(Ordering::Acquire) < stretch.end
                && stretch.start < other.end_bytes + READ_AHEAD_WINDOW_BYTES
        })
    }

    fn start_thread(queue: &Arc<Self>, number: usize) -> io::Result<()> {
        let queue = Arc::clone(queue);
        let thread = std::thread::Builder::new().name(format!("disk-{number}"));
        thread.spawn(move || queue.work())?;
        Ok(())
    }

    fn work(&self) {
        self.activity.begin_disk_thread();
        while let Some(window) = self.next() {
            // Nobody waits for it any more: the client left.
            if Arc::strong_count(&window) == 1 {
                continue;
            }
            self.activity.begin_disk_read();
            self.lock().being_read.push(Arc::downgrade(&window));
            window.read(&self.nowhere, &self.activity);
            self.lock().being_read.retain(|other| other.as_ptr() != Arc::as_ptr(&window));
            self.activity.end_disk_read();
        }
        self.activity.end_disk_thread();
    }

    fn next(&self) -> Option<Arc<Window>> {
        let mut waiting = self.lock();
        loop {
            if waiting.is_closed {
                for _ in waiting.windows.drain(..) {
                    self.activity.end_disk_wait();
                }
                return None;
            }
            if let Some(window) = waiting.windows.pop_front() {
                self.activity.end_disk_wait();
                return Some(window);
            }
            waiting.idle_threads += 1;
            waiting = self.has_work.wait(waiting).unwrap_or_else(PoisonError::into_inner);
            waiting.idle_threads -= 1;
        }
    }
}

impl Window {
    fn new(object: &Object, stretch: Range<u64>) -> Self {
        Self {
            object: object.clone(),
            start_bytes: stretch.start,
            end_bytes: stretch.end,
            ready_until_bytes: AtomicU64::new(stretch.start),
            is_done: AtomicBool::new(false),
            error: Mutex::new(None),
            connection: AtomicWaker::new(),
        }
    }

    /// Brings the stretch into the page cache, one window after the other. Waits for the disk.
    fn read(self: &Arc<Self>, nowhere: &File, activity: &Activity) {
        let mut start = self.start_bytes;
        while start < self.end_bytes && Arc::strong_count(self) > 1 {
            let end = self.end_bytes.min(window_end(start));
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

/// The window that holds this byte, as far as the file goes.
fn window_around(object: &Object, at_bytes: u64) -> Range<u64> {
    let end = window_end(at_bytes);
    end - READ_AHEAD_WINDOW_BYTES..end.min(object.len_bytes())
}

/// Where the window that holds this byte ends. Windows begin at multiples of their length, so that
/// all viewers of a file have the same.
pub(super) fn window_end(at_bytes: u64) -> u64 {
    (at_bytes / READ_AHEAD_WINDOW_BYTES + 1) * READ_AHEAD_WINDOW_BYTES
}

#[cfg(test)]
impl Disk {
    /// Takes everything as absent, so that tests know what is read.
    pub(super) fn tell_nothing(&self) {
        self.learn(Tells::Nothing);
    }
}

#[cfg(test)]
mod tests {
    use spillway_media::storage::{Key, OpenFiles, Root};

    use super::*;

    fn object(folder: &tempfile::TempDir, len: usize) -> Object {
        std::fs::write(folder.path().join("a"), vec![1; len]).expect("written");
        Root::new(folder.path()).open(&Key::new("a").expect("a key")).expect("opens")
    }

    #[test]
    fn one_file_system_is_one_disk_and_others_are_others() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = object(&folder, 10);
        let disks = Disks::new(1, 1, Activity::default()).expect("/dev/null is there");
        assert!(Arc::ptr_eq(&disks.of(&file), &disks.of(&file)));
        let kernel = Root::new("/proc").open(&Key::new("version").expect("a key")).expect("opens");
        assert!(!Arc::ptr_eq(&disks.of(&file), &disks.of(&kernel)));
    }

    #[test]
    fn how_a_disk_tells_what_is_in_memory_is_found_out_once() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = object(&folder, 100_000);
        let disks = Disks::new(1, 1, Activity::default()).expect("/dev/null is there");
        let disk = disks.of(&file);
        assert!(disk.is_resident(&file, 0, 100_000), "it was just written");
        disk.learn(Tells::ByProbe);
        disk.learn(Tells::ByCount);
        assert_ne!(disk.tells(), Tells::ByCount, "what failed once is left alone");
        disk.tell_nothing();
        assert!(!disk.judge(&file, 0, 100_000), "who cannot tell has nothing");
    }

    #[tokio::test]
    async fn the_kernel_reads_nothing_ahead_of_a_file_that_is_served() {
        const LEN: u64 = 16 * READ_AHEAD_WINDOW_BYTES;
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("a"), vec![1; usize::try_from(LEN).expect("64 bits")])
            .expect("written");
        let key = Key::new("a").expect("a key");
        let file = OpenFiles::default().open(&Root::new(folder.path()), &key).await.expect("opens");
        rustix::fs::fsync(&file).expect("the disk takes it");
        rustix::fs::fadvise(&file, 0, None, Advice::DontNeed).expect("a file takes advice");
        if cached_pages(file.as_fd(), 0, LEN).ok() != Some(0) {
            // A file system in memory, or a kernel that does not say.
            return;
        }
        let mut page = [0; 4096];
        for number in 0..64 {
            file.read_exact_at(&mut page, number * 4096).expect("it is there");
        }
        assert_eq!(cached_pages(file.as_fd(), 0, LEN).expect("as before"), 64);
    }

    #[test]
    fn what_is_being_read_is_not_taken_for_present() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = object(&folder, 100);
        let disks = Disks::new(0, 1, Activity::default()).expect("/dev/null is there");
        let queue = &disks.of(&file).queue;
        let window = READ_AHEAD_WINDOW_BYTES;
        let being_read = Arc::new(Window::new(&file, 8 * window..12 * window));
        being_read.ready_until_bytes.store(10 * window, Ordering::Release);
        queue.lock().being_read.push(Arc::downgrade(&being_read));
        for (is_being_read, stretch) in [
            (false, 8 * window..10 * window),
            (true, 9 * window..10 * window + 1),
            (true, 11 * window..12 * window),
            (true, 12 * window..13 * window),
            (false, 13 * window..14 * window),
        ] {
            assert_eq!(queue.is_reading(&file, stretch.clone()), is_being_read, "{stretch:?}");
        }
        assert!(!queue.is_reading(&object(&folder, 200), 10 * window..11 * window), "another file");
    }

    #[test]
    fn threads_start_with_the_work_and_end_with_the_disks() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = object(&folder, 100_000);
        let activity = Activity::default();
        let disks = Disks::new(2, 10, activity.clone()).expect("/dev/null is there");
        let disk = disks.of(&file);
        assert_eq!(activity.disk_pool().threads, 0);
        for _ in 0..20 {
            let window = disk.read(&file, 0, 100_000).expect("taken on");
            while !window.is_done.load(Ordering::Acquire) {
                std::thread::yield_now();
            }
            assert_eq!(window.ready_until_bytes.load(Ordering::Acquire), 100_000);
        }
        assert!((1..=2).contains(&activity.disk_pool().threads));
        drop((disk, disks));
        while activity.disk_pool().threads > 0 {
            std::thread::yield_now();
        }
    }

    #[test]
    fn more_reads_than_may_wait_are_refused() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = object(&folder, 10);
        let disks = Disks::new(0, 2, Activity::default()).expect("/dev/null is there");
        let disk = disks.of(&file);
        let _waiting = [disk.read(&file, 0, 10), disk.read(&file, 0, 10)].map(Result::unwrap);
        let refused = disk.read(&file, 0, 10).expect_err("two wait already");
        assert_eq!(refused.kind(), io::ErrorKind::ResourceBusy);
    }
}
