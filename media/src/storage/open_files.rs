//! Open files, shared by everybody who reads the same one.
//!
//! A process may hold some 20,000 descriptors on many machines, and nearly as many viewers must
//! fit: they share one descriptor for each file. It also spares each request the way through the
//! folders, which may lead over a network.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use moka::sync::Cache;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::{Key, Object, Root};
use crate::error::{Error, Kind, Result};
use crate::limits::{OPEN_FILES_IDLE_MAX, OPEN_FILES_MAX, OPENING_WAIT_MAX, OPENINGS_PER_ROOT_MAX};

/// A bounded cache of open files. Cheap to clone; clones share it.
#[derive(Clone, Debug)]
pub struct OpenFiles {
    files: Cache<(PathBuf, Key), Object>,
    // One entry for each folder that the operator gave, so it does not grow.
    openings: Arc<Mutex<HashMap<PathBuf, Arc<Semaphore>>>>,
    opening_wait_max: Duration,
}

impl Default for OpenFiles {
    fn default() -> Self {
        Self::new(OPEN_FILES_MAX)
    }
}

impl OpenFiles {
    /// A cache that holds so many files open.
    pub fn new(files_max: u64) -> Self {
        let files = Cache::builder()
            .max_capacity(files_max)
            // A file that is gone, or a disk to be unmounted, is let go of soon.
            .time_to_idle(OPEN_FILES_IDLE_MAX)
            .build();
        Self { files, openings: Arc::default(), opening_wait_max: OPENING_WAIT_MAX }
    }

    /// Opens a file, or shares it where it is open and what it was.
    ///
    /// Never blocks the calling thread: a file that must be opened is opened by Tokio's blocking
    /// threads, a few at a time for each root, so that a dead network mount holds up nobody else.
    /// Dropping the future leaves at most an opening under way, which ends by itself.
    ///
    /// # Errors
    /// Those of [`Root::open`]; [`Kind::Unavailable`] if the root does not answer in time.
    pub async fn open(&self, root: &Root, key: &Key) -> Result<Object> {
        let name = (root.path().to_owned(), key.clone());
        if let Some(object) = self.shared(&name) {
            return Ok(object);
        }
        let places = self.openings_of(root);
        let opening = async {
            let place = places.acquire_owned().await.map_err(|_| unanswered(root))?;
            // Whoever waited for a place may find that somebody before opened the same file.
            if let Some(object) = self.shared(&name) {
                return Ok(object);
            }
            let (root, key) = (root.clone(), key.clone());
            let object = tokio::task::spawn_blocking(move || {
                let _place = place;
                root.open(&key).map(Object::read_only_as_asked)
            })
            .await
            .map_err(|error| Error::with_source(Kind::Internal, "opening a file", error))??;
            // Several may have opened it at once; those who were later let go of theirs.
            if let Some(object) = self.shared(&name) {
                return Ok(object);
            }
            self.files.insert(name, object.clone());
            // The bound would be kept some time after the next files otherwise.
            self.files.run_pending_tasks();
            Ok(object)
        };
        timeout(self.opening_wait_max, opening).await.unwrap_or_else(|_| Err(unanswered(root)))
    }

    /// An open file that nobody has changed, replaced or deleted since.
    fn shared(&self, name: &(PathBuf, Key)) -> Option<Object> {
        let object = self.files.get(name)?;
        if object.is_current() {
            return Some(object);
        }
        self.files.invalidate(name);
        None
    }

    fn openings_of(&self, root: &Root) -> Arc<Semaphore> {
        let mut openings = self.openings.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Semaphore::new(OPENINGS_PER_ROOT_MAX));
        Arc::clone(openings.entry(root.path().to_owned()).or_insert_with(new))
    }
}

fn unanswered(root: &Root) -> Error {
    Error::new(
        Kind::Unavailable,
        format!("waiting for the media folder {}, which does not answer", root.path().display()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder {
        _dir: tempfile::TempDir,
        root: Root,
    }

    impl Folder {
        fn new() -> Self {
            let dir = tempfile::tempdir().expect("a temporary folder");
            Self { root: Root::new(dir.path()), _dir: dir }
        }

        fn write(&self, name: &str, bytes: &[u8]) -> Key {
            std::fs::write(self.root.path().join(name), bytes).expect("written");
            Key::new(name).expect("a key")
        }
    }

    fn is_same(a: &Object, b: &Object) -> bool {
        use std::os::fd::{AsFd as _, AsRawFd as _};
        a.as_fd().as_raw_fd() == b.as_fd().as_raw_fd()
    }

    #[tokio::test]
    async fn two_readers_share_a_descriptor() {
        let (folder, files) = (Folder::new(), OpenFiles::default());
        let key = folder.write("a", b"one");
        let first = files.open(&folder.root, &key).await.expect("opens");
        let second = files.open(&folder.root, &key).await.expect("opens");
        assert!(is_same(&first, &second));
    }

    #[tokio::test]
    async fn a_file_that_was_rewritten_replaced_or_deleted_is_not_shared() {
        let (folder, files) = (Folder::new(), OpenFiles::default());
        let key = folder.write("a", b"one");
        let first = files.open(&folder.root, &key).await.expect("opens");
        folder.write("a", b"three");
        let rewritten = files.open(&folder.root, &key).await.expect("opens");
        assert_ne!(first.version(), rewritten.version());

        folder.write("b", b"three");
        std::fs::rename(folder.root.path().join("b"), folder.root.path().join("a"))
            .expect("renamed");
        let replaced = files.open(&folder.root, &key).await.expect("opens");
        assert_ne!(rewritten.version().inode, replaced.version().inode);

        folder.write("another", b"so that the folder is not empty");
        std::fs::remove_file(folder.root.path().join("a")).expect("removed");
        let gone = files.open(&folder.root, &key).await.expect_err("is gone");
        assert_eq!(gone.kind(), Kind::NotFound);
    }

    #[tokio::test]
    async fn no_more_than_so_many_files_stay_open() {
        let (folder, files) = (Folder::new(), OpenFiles::default());
        for number in 0..OPEN_FILES_MAX + 50 {
            let key = folder.write(&number.to_string(), b"x");
            files.open(&folder.root, &key).await.expect("opens");
        }
        files.files.run_pending_tasks();
        assert!(files.files.entry_count() <= OPEN_FILES_MAX);
    }

    #[tokio::test]
    async fn a_root_that_does_not_answer_is_unavailable_and_holds_up_no_other() {
        let (dead, alive) = (Folder::new(), Folder::new());
        let wait = Duration::from_millis(50);
        let files = OpenFiles { opening_wait_max: wait, ..OpenFiles::default() };
        let key = dead.write("a", b"x");
        alive.write("a", b"x");
        let places = files.openings_of(&dead.root);
        let _all = places.acquire_many(u32::try_from(OPENINGS_PER_ROOT_MAX).expect("few")).await;
        let error = files.open(&dead.root, &key).await.expect_err("nobody gets a place");
        assert_eq!(error.kind(), Kind::Unavailable);
        files.open(&alive.root, &key).await.expect("the other root answers");
    }
}
