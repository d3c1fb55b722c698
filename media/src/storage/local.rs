//! Files on a local file system, opened below their root and nowhere else.

use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{AtFlags, Mode, OFlags, ResolveFlags, StatxFlags};
use rustix::io::Errno;

use super::{Key, ReadAt};
use crate::error::{Error, Kind, Result, kind_of_io};

/// Tells one state of a file from any other that stood or will stand under the same name.
///
/// The change time is part of it: it moves even when a rewrite of the same length puts the
/// modification time back, and nobody can set it. Nanoseconds, because seconds are the same for
/// two rewrites in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Version {
    /// Length of the file.
    pub len_bytes: u64,
    /// Last change of the content, in nanoseconds since 1970; may be negative.
    pub modified_ns: i64,
    /// Last change of content or inode, in nanoseconds since 1970.
    pub changed_ns: i64,
    /// The inode number; another one means another file moved into place.
    pub inode: u64,
}

impl Version {
    /// The version that a `stat` shows.
    pub fn of(stat: &rustix::fs::Stat) -> Self {
        Self {
            len_bytes: u64::try_from(stat.st_size).unwrap_or(0),
            modified_ns: nanoseconds(stat.st_mtime, stat.st_mtime_nsec),
            changed_ns: nanoseconds(stat.st_ctime, stat.st_ctime_nsec),
            inode: stat.st_ino,
        }
    }

    /// A number that is another one for another version, for addresses that are cached for good.
    pub fn tag(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }

    /// The version that a `statx` of at least the basic fields shows.
    fn of_statx(stat: &rustix::fs::Statx) -> Self {
        Self {
            len_bytes: stat.stx_size,
            modified_ns: nanoseconds(stat.stx_mtime.tv_sec, stat.stx_mtime.tv_nsec),
            changed_ns: nanoseconds(stat.stx_ctime.tv_sec, stat.stx_ctime.tv_nsec),
            inode: stat.stx_ino,
        }
    }
}

/// Saturates: a time that does not fit in 64 bits of nanoseconds (year 2262) is only a mark here.
fn nanoseconds(seconds: i64, nanos: impl TryInto<i64>) -> i64 {
    seconds.saturating_mul(1_000_000_000).saturating_add(nanos.try_into().unwrap_or(0))
}

/// An open regular file and what it was at the moment of opening. Clones share the descriptor.
#[derive(Clone, Debug)]
pub struct Object {
    file: Arc<File>,
    version: Version,
    device: u64,
}

impl Object {
    /// What the file was when it was opened; every header of an answer is made from this alone.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Whether the descriptor still shows the version that was opened. A write moves the change
    /// time, and so does the loss of the name to a rename or a deletion, because the number of links
    /// changes. Never waits: a network file system answers from memory instead of asking its
    /// server (`AT_STATX_DONT_SYNC`).
    pub fn is_current(&self) -> bool {
        let flags = AtFlags::EMPTY_PATH | AtFlags::STATX_DONT_SYNC;
        rustix::fs::statx(self.as_fd(), c"", flags, StatxFlags::BASIC_STATS)
            .is_ok_and(|stat| Version::of_statx(&stat) == self.version)
    }

    /// The number of the file system that holds it (`st_dev`).
    pub fn device(&self) -> u64 {
        self.device
    }

    /// Says that it is read here and there: the kernel then reads nothing of it but what it is asked
    /// for. Whoever must not wait for a disk has to know what is in memory, and pages that the
    /// kernel reads ahead by itself look as if they were, long before they are. Never blocks.
    #[must_use]
    pub fn read_only_as_asked(self) -> Self {
        let _ = rustix::fs::fadvise(&self.file, 0, None, rustix::fs::Advice::Random);
        self
    }

    /// Says that what is read of it is read once: its pages are then not kept longer than those
    /// that viewers read (Linux 6.3 and later; elsewhere it changes nothing). Never blocks.
    #[must_use]
    pub fn read_in_passing(self) -> Self {
        let _ = rustix::fs::fadvise(&self.file, 0, None, rustix::fs::Advice::NoReuse);
        self
    }
}

impl AsFd for Object {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl ReadAt for Object {
    fn len_bytes(&self) -> u64 {
        self.version.len_bytes
    }

    fn read_at(&self, buffer: &mut [u8], offset_bytes: u64) -> io::Result<usize> {
        self.file.read_at(buffer, offset_bytes)
    }
}

/// A media folder.
#[derive(Clone, Debug)]
pub struct Root {
    path: PathBuf,
}

impl Root {
    /// The folder at `path`, which need not exist now: it may be mounted later.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where the folder is, or would be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it can be read and nothing is in it: what a mount point looks like without its disk.
    /// Blocks on the disk.
    pub(crate) fn is_empty(&self) -> bool {
        std::fs::read_dir(&self.path).is_ok_and(|mut names| names.next().is_none())
    }

    /// Opens a regular file below this root for reading. Blocks on the disk.
    ///
    /// The kernel resolves the name beneath the root (`openat2`), so that a symbolic link or a
    /// rename under way cannot lead out of it. `O_NONBLOCK`: a FIFO must not hold the caller.
    ///
    /// # Errors
    /// [`Kind::NotFound`], [`Kind::Denied`] also for names that lead out of the root,
    /// [`Kind::Invalid`] for what is not a regular file, [`Kind::Unavailable`] if the root is gone
    /// or empty, [`Kind::Busy`] without descriptors.
    pub fn open(&self, key: &Key) -> Result<Object> {
        let doing = || format!("opening {key}");
        let root = rustix::fs::open(
            &self.path,
            OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
        )
        .map_err(|errno| {
            let doing = format!("reaching the media folder {}", self.path.display());
            let source = io::Error::from(errno);
            let kind = match kind_of_io(&source) {
                Kind::Busy => Kind::Busy,
                _ => Kind::Unavailable,
            };
            Error::with_source(kind, doing, source)
        })?;
        let descriptor = rustix::fs::openat2(
            &root,
            key.as_path(),
            OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC,
            Mode::empty(),
            ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS,
        )
        .map_err(|errno| match errno {
            // BENEATH answers EXDEV for a link that leads out, ELOOP for a circle of links.
            Errno::XDEV | Errno::LOOP => {
                Error::with_source(Kind::Denied, doing(), io::Error::from(errno))
            }
            Errno::NOENT if self.is_empty() => {
                let doing = format!(
                    "opening {key} in the media folder {}, which is empty as if it were not mounted",
                    self.path.display()
                );
                Error::with_source(Kind::Unavailable, doing, io::Error::from(errno))
            }
            // A socket or a device without a driver.
            Errno::NXIO => Error::with_source(Kind::Invalid, doing(), io::Error::from(errno)),
            _ => Error::io(doing(), errno.into()),
        })?;
        let stat =
            rustix::fs::fstat(&descriptor).map_err(|errno| Error::io(doing(), errno.into()))?;
        if !rustix::fs::FileType::from_raw_mode(stat.st_mode).is_file() {
            return Err(Error::new(Kind::Invalid, format!("{key} is not a regular file")));
        }
        Ok(Object {
            file: Arc::new(File::from(descriptor)),
            version: Version::of(&stat),
            device: stat.st_dev,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> (tempfile::TempDir, Root) {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let root = Root::new(dir.path().join("media"));
        std::fs::create_dir(root.path()).expect("a new folder");
        (dir, root)
    }

    fn kind(root: &Root, key: &str) -> Kind {
        root.open(&Key::new(key).expect("a key")).expect_err("must not open").kind()
    }

    #[test]
    fn a_file_opens_with_its_length_and_bytes() {
        let (_dir, root) = root();
        std::fs::write(root.path().join("a.mkv"), b"spillway").expect("written");
        let object = root.open(&Key::new("a.mkv").expect("a key")).expect("opens");
        let mut bytes = [0; 4];
        object.read_exact_at(&mut bytes, 4).expect("read");
        assert_eq!((object.len_bytes(), &bytes), (8, b"lway"));
    }

    #[test]
    fn what_is_not_a_file_below_the_root_does_not_open() {
        use std::os::unix::fs::symlink;
        let (dir, root) = root();
        std::fs::write(dir.path().join("secret"), b"x").expect("written");
        symlink("../secret", root.path().join("out")).expect("linked");
        symlink(dir.path().join("secret"), root.path().join("absolute")).expect("linked");
        symlink("circle", root.path().join("circle")).expect("linked");
        std::fs::create_dir(root.path().join("folder")).expect("a new folder");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            root.path().join("fifo"),
            rustix::fs::FileType::Fifo,
            Mode::RUSR,
            0,
        )
        .expect("a FIFO");
        assert_eq!(kind(&root, "absent"), Kind::NotFound);
        assert_eq!(kind(&root, "out"), Kind::Denied);
        assert_eq!(kind(&root, "absolute"), Kind::Denied);
        assert_eq!(kind(&root, "circle"), Kind::Denied);
        assert_eq!(kind(&root, "folder"), Kind::Invalid);
        assert_eq!(kind(&root, "fifo"), Kind::Invalid);
        assert_eq!(kind(&Root::new("/absent/media"), "a"), Kind::Unavailable);
        let mount_point = tempfile::tempdir().expect("a temporary folder");
        assert_eq!(kind(&Root::new(mount_point.path()), "a"), Kind::Unavailable);
    }

    #[test]
    fn a_rewrite_of_the_same_length_is_another_version() {
        let (_dir, root) = root();
        let (path, key) = (root.path().join("a"), Key::new("a").expect("a key"));
        std::fs::write(&path, b"one").expect("written");
        let before = root.open(&key).expect("opens").version();
        assert_eq!(root.open(&key).expect("opens").version(), before);
        std::fs::write(&path, b"two").expect("written");
        assert_ne!(root.open(&key).expect("opens").version(), before);
    }
}
