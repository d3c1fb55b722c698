//! A file system whose faults a test chooses: files in memory behind the kernel's FUSE.
//!
//! The program under test sees a disk as any other, with a page cache in front of it. (A library
//! preloaded into the program would see nothing: it makes its system calls itself.)

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, SystemTime};

use fuser::{
    BackgroundSession, FileAttr, FileType, Filesystem, KernelConfig, MountOption, ReplyAttr,
    ReplyData, ReplyDirectory, ReplyEntry, ReplyOpen, Request,
};
use rustix::io::Errno;
use tempfile::TempDir;

/// The kernel asks again only after so long.
const ATTRIBUTES_HOLD: Duration = Duration::from_mins(1);

const ROOT: u64 = fuser::FUSE_ROOT_ID;

/// What is wrong with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Bytes from here on cannot be read (EIO).
    ErrorFrom(u64),
    /// Whoever reads bytes from here on waits until the disk is healed.
    StallFrom(u64),
    /// A read that passes this place gives the bytes before it and no more.
    ShortAt(u64),
    /// Whoever opens it waits until the disk is healed.
    StallAtOpen,
}

/// A mounted disk, gone when dropped. Servers that use it must be gone before.
#[derive(Debug)]
pub struct FaultyDisk {
    faults: Arc<Faults>,
    // Before its mount point.
    session: Option<BackgroundSession>,
    folder: TempDir,
}

#[derive(Debug, Default)]
struct Faults {
    by_name: Mutex<HashMap<String, Fault>>,
    changed: Condvar,
}

/// What the kernel speaks to.
struct Files {
    by_inode: Vec<(String, Arc<Vec<u8>>)>,
    faults: Arc<Faults>,
    born: SystemTime,
}

impl FaultyDisk {
    /// Mounts a disk with these files in its only folder.
    ///
    /// # Panics
    /// If nothing can be mounted here; `SPILLWAY_NO_MOUNTS` leaves such tests out.
    pub fn with(files: &[(&str, Vec<u8>)]) -> Self {
        let folder = tempfile::Builder::new().prefix("spillway-media-").tempdir();
        let folder = folder.expect("temporary folders can be made");
        let faults = Arc::<Faults>::default();
        let files = Files {
            by_inode: files
                .iter()
                .map(|(name, bytes)| ((*name).into(), Arc::new(bytes.clone())))
                .collect(),
            faults: Arc::clone(&faults),
            // What was written a moment ago may still be growing.
            born: SystemTime::now() - Duration::from_hours(24),
        };
        let options = [MountOption::RO, MountOption::FSName("faulty".into())];
        let session = fuser::spawn_mount2(files, folder.path(), &options).unwrap_or_else(|error| {
            panic!("no disk can be mounted here ({error}): set SPILLWAY_NO_MOUNTS=1 to leave this test out")
        });
        Self { faults, session: Some(session), folder }
    }

    /// Where it is mounted.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Gives a file a fault. What is in the kernel's page cache stays good.
    pub fn set_fault(&self, name: &str, fault: Fault) {
        self.faults.lock().insert(name.to_owned(), fault);
    }

    /// Takes all faults away; what waits goes on.
    pub fn heal(&self) {
        self.faults.lock().clear();
        self.faults.changed.notify_all();
    }
}

impl Drop for FaultyDisk {
    fn drop(&mut self) {
        self.heal();
        if let Some(session) = self.session.take() {
            session.join();
        }
    }
}

impl Faults {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Fault>> {
        self.by_name.lock().expect("nobody panics while holding it")
    }

    fn of(&self, name: &str) -> Option<Fault> {
        self.lock().get(name).copied()
    }

    /// Waits until a file has another fault or none, aside from the thread that the kernel asks.
    fn wait_aside(
        self: &Arc<Self>,
        name: &str,
        fault: Fault,
        then: impl FnOnce() + Send + 'static,
    ) {
        let (faults, name) = (Arc::clone(self), name.to_owned());
        thread::spawn(move || {
            let is_so = |faults: &mut HashMap<String, Fault>| faults.get(&name) == Some(&fault);
            drop(faults.changed.wait_while(faults.lock(), is_so));
            then();
        });
    }
}

impl Files {
    fn file(&self, inode: u64) -> Option<&(String, Arc<Vec<u8>>)> {
        self.by_inode.get(usize::try_from(inode.checked_sub(ROOT + 1)?).ok()?)
    }

    fn attributes(&self, inode: u64) -> Option<FileAttr> {
        let len_bytes = match inode {
            ROOT => None,
            _ => Some(self.file(inode)?.1.len() as u64),
        };
        Some(FileAttr {
            ino: inode,
            size: len_bytes.unwrap_or(0),
            blocks: len_bytes.unwrap_or(0).div_ceil(512),
            atime: self.born,
            mtime: self.born,
            ctime: self.born,
            crtime: self.born,
            kind: if len_bytes.is_some() { FileType::RegularFile } else { FileType::Directory },
            perm: if len_bytes.is_some() { 0o444 } else { 0o555 },
            nlink: 1,
            uid: 0,
            gid: 0,
            rdev: 0,
            blksize: 4096,
            flags: 0,
        })
    }
}

impl Filesystem for Files {
    fn init(&mut self, _: &Request<'_>, config: &mut KernelConfig) -> Result<(), i32> {
        // A stalled file must not take the places of the others' reads, as on a disk.
        config.set_max_background(1000).map(drop).map_err(|_| Errno::INVAL.raw_os_error())
    }

    fn lookup(&mut self, _: &Request<'_>, parent: u64, name: &OsStr, reply: ReplyEntry) {
        let place =
            self.by_inode.iter().position(|(known, _)| parent == ROOT && name == known.as_str());
        match place.and_then(|place| self.attributes(place as u64 + ROOT + 1)) {
            Some(attributes) => reply.entry(&ATTRIBUTES_HOLD, &attributes, 0),
            None => reply.error(Errno::NOENT.raw_os_error()),
        }
    }

    fn getattr(&mut self, _: &Request<'_>, inode: u64, _: Option<u64>, reply: ReplyAttr) {
        match self.attributes(inode) {
            Some(attributes) => reply.attr(&ATTRIBUTES_HOLD, &attributes),
            None => reply.error(Errno::NOENT.raw_os_error()),
        }
    }

    fn open(&mut self, _: &Request<'_>, inode: u64, _: i32, reply: ReplyOpen) {
        let Some((name, _)) = self.file(inode) else {
            return reply.error(Errno::NOENT.raw_os_error());
        };
        match self.faults.of(name) {
            Some(fault @ Fault::StallAtOpen) => {
                self.faults.wait_aside(name, fault, move || reply.opened(0, 0));
            }
            _ => reply.opened(0, fuser::consts::FOPEN_KEEP_CACHE),
        }
    }

    fn read(
        &mut self,
        _: &Request<'_>,
        inode: u64,
        _handle: u64,
        offset: i64,
        size: u32,
        _flags: i32,
        _lock_owner: Option<u64>,
        reply: ReplyData,
    ) {
        let Some((name, bytes)) = self.file(inode) else {
            return reply.error(Errno::NOENT.raw_os_error());
        };
        let len = bytes.len() as u64;
        let start = u64::try_from(offset).unwrap_or(0).min(len);
        let end = (start + u64::from(size)).min(len);
        let part = |end: u64| {
            let place = |at: u64| usize::try_from(at).expect("it is in memory");
            place(start)..place(end)
        };
        match self.faults.of(name) {
            Some(Fault::ErrorFrom(from)) if end > from => reply.error(Errno::IO.raw_os_error()),
            Some(Fault::ShortAt(at)) if end > at => reply.data(&bytes[part(at.max(start))]),
            Some(fault @ Fault::StallFrom(from)) if end > from => {
                let (bytes, part) = (Arc::clone(bytes), part(end));
                self.faults.wait_aside(name, fault, move || reply.data(&bytes[part]));
            }
            _ => reply.data(&bytes[part(end)]),
        }
    }

    fn readdir(
        &mut self,
        _: &Request<'_>,
        _inode: u64,
        _handle: u64,
        offset: i64,
        mut reply: ReplyDirectory,
    ) {
        let skipped = usize::try_from(offset).unwrap_or(0);
        for (place, (name, _)) in self.by_inode.iter().enumerate().skip(skipped) {
            let next = i64::try_from(place + 1).expect("a few files");
            if reply.add(place as u64 + ROOT + 1, next, FileType::RegularFile, name) {
                break;
            }
        }
        reply.ok();
    }
}
