//! What was made, kept on disk.
//!
//! A file for each picture, named by the hash of what it is a picture of, in one of 256 folders:
//!
//! ```text
//! <data>/pictures/3f/3f0c…   magic, checksum, length of the key, key, picture
//! <data>/pictures/new/17     being written
//! ```
//!
//! Everything here can be made again, so nothing is forced to the disk. A file gets its name when it
//! is whole, and a checksum tells what a power cut left of it; what does not match is removed and
//! made anew. The key stands in the file, because two keys may share a hash.
//!
//! Which picture was used last is known in memory. At a start it is read from the times of the files,
//! which reading sets anew at most once in [`limits::PICTURE_USE_NOTED_EVERY`]: the kernel's own
//! notes of reading are off on most servers.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use moka::sync::Cache;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use crate::error::{Error, Kind, Result};
use crate::ids::FileId;
use crate::limits;
use crate::storage::Version;

/// The first bytes of each file; another number means another layout.
const MAGIC: &[u8; 8] = b"spwpic\x00\x01";

/// Magic, checksum of all that follows it, and length of the key.
const HEAD_BYTES: usize = 8 + 8 + 4;

/// What most file systems give out room in.
const BLOCK_BYTES: u64 = 4_096;

/// Where files are until they are whole.
const NEW: &str = "new";

/// What a picture is of. Another version of the file is another key, so that a picture of what stood
/// there before is never shown.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PictureKey {
    file: FileId,
    version: Version,
    what: String,
}

impl PictureKey {
    /// `what` tells pictures of one file apart, sizes included: "poster-320", "sheet-3". It is a word
    /// of ours and never of a viewer or a file.
    pub fn new(file: FileId, version: Version, what: impl Into<String>) -> Self {
        Self { file, version, what: what.into() }
    }

    /// The file that it is a picture of.
    pub fn file(&self) -> FileId {
        self.file
    }

    /// The version of that file.
    pub fn version(&self) -> Version {
        self.version
    }

    /// A short name for it; two keys share one only by a chance of 1 to 2¹²⁸.
    pub fn tag(&self) -> String {
        format!("{:032x}", xxh3_128(&self.to_bytes()))
    }

    /// The same for the same key, on every machine and in every release.
    fn to_bytes(&self) -> Vec<u8> {
        let Version { len_bytes, modified_ns, changed_ns, inode } = self.version;
        let numbers = [
            self.file.get().to_le_bytes(),
            len_bytes.to_le_bytes(),
            modified_ns.to_le_bytes(),
            changed_ns.to_le_bytes(),
            inode.to_le_bytes(),
        ];
        [numbers.as_flattened(), self.what.as_bytes()].concat()
    }
}

/// Why a picture could not be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind of error it was.
    pub kind: Kind,
    /// The error and its causes, for the log.
    pub text: String,
}

/// The folder of pictures, within a number of bytes.
///
/// Methods block on the disk unless they say otherwise: they belong on the threads that make
/// pictures or on those for blocking work. They may be called from many threads at once; a lock is
/// held while files get or lose their names, never while one is read or written.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    bytes_max: u64,
    index: Mutex<Index>,
    next_new: AtomicU64,
    failures: Cache<PictureKey, Failure>,
}

impl Store {
    /// Opens or makes the folder, which must be nobody else's: what a predecessor was writing is
    /// removed. Reads the folder's names, lengths and times, no file. Where there is more than
    /// `bytes_max`, what was not used for longest is removed.
    ///
    /// # Errors
    /// What making, listing or tidying the folder failed with. The server can do without a store.
    pub fn open(folder: impl Into<PathBuf>, bytes_max: u64) -> Result<Self> {
        let folder = folder.into();
        let index = Index::read(&folder)
            .map_err(|error| Error::io(format!("opening {}", folder.display()), error))?;
        let failures = Cache::builder()
            .max_capacity(limits::PICTURE_FAILURES_MAX)
            .time_to_live(limits::PICTURE_FAILURE_KEPT)
            .build();
        let next_new = AtomicU64::new(0);
        let store = Self { folder, bytes_max, index: Mutex::new(index), next_new, failures };
        store.make_room(&mut store.index(), 0)?;
        Ok(store)
    }

    /// Reads a picture; `None` if there is none. One that is damaged is removed, and there is none.
    ///
    /// # Errors
    /// What reading failed with; the picture can be made anew then, too.
    pub fn get(&self, key: &PictureKey) -> Result<Option<Vec<u8>>> {
        let key = key.to_bytes();
        let name = xxh3_128(&key);
        if !self.index().contains(name) {
            return Ok(None);
        }
        let path = self.path(name);
        let reading = |error| Error::io(format!("reading {}", path.display()), error);
        let read = match File::open(&path) {
            Ok(file) => {
                let content = read_file(&file, &key).map_err(reading)?;
                let now = SystemTime::now();
                if self.index().note_use(name, now) {
                    // The order after the next start is a little worse if this fails.
                    let _ = file.set_modified(now);
                }
                content
            }
            // Evicted since, or removed by hand.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Content::Damaged,
            Err(error) => return Err(reading(error)),
        };
        match read {
            Content::Picture(picture) => return Ok(Some(picture)),
            Content::AnotherKey => {}
            Content::Damaged => self.remove_damaged(name, &path, &key),
        }
        Ok(None)
    }

    /// Whether a picture is kept, as far as is known without reading it. Never blocks for long.
    pub fn contains(&self, key: &PictureKey) -> bool {
        self.index().contains(xxh3_128(&key.to_bytes()))
    }

    /// Bytes that the pictures may take on the disk.
    pub fn bytes_max(&self) -> u64 {
        self.bytes_max
    }

    /// Keeps a picture, in the place of one with the same key; of several that are kept at once, one
    /// is. Makes room first, so that never more than the store's bytes are on the disk, files being
    /// written included. When it fails, or the process ends meanwhile, nothing half is there.
    ///
    /// # Errors
    /// [`Kind::DiskFull`] where the disk is; [`Kind::Busy`] if what others are writing takes all the
    /// room; [`Kind::Invalid`] for more than [`limits::PICTURE_BYTES_MAX`] or the whole room; what
    /// writing failed with. The picture can be used all the same.
    pub fn put(&self, key: &PictureKey, picture: &[u8]) -> Result<()> {
        self.failures.invalidate(key);
        let key = key.to_bytes();
        let name = xxh3_128(&key);
        let len_bytes = (HEAD_BYTES + key.len() + picture.len()) as u64;
        let taken = on_disk(len_bytes);
        if picture.len() as u64 > limits::PICTURE_BYTES_MAX || taken > self.bytes_max {
            let text = format!("a picture of {} bytes is too long to be kept", picture.len());
            return Err(Error::new(Kind::Invalid, text));
        }
        let reserved = Reserved::of(self, taken)?;
        let number = self.next_new.fetch_add(1, Ordering::Relaxed);
        let new = NewFile(self.folder.join(NEW).join(number.to_string()));
        let writing = |error| Error::io("keeping a picture", error);
        write_file(&new.0, &key, picture).map_err(writing)?;
        let path = self.path(name);
        let mut index = self.index();
        let renamed = fs::rename(&new.0, &path).or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                fs::create_dir_all(path.parent().expect("in a folder"))?;
                fs::rename(&new.0, &path)
            }
            _ => Err(error),
        });
        renamed.map_err(writing)?;
        reserved.becomes(&mut index, name);
        Ok(())
    }

    /// Remembers that a picture could not be made, so that it is not tried at every request; until
    /// the next start, for a day at most. A failure that may pass (something was busy, unreachable,
    /// refused or full) is not remembered. Never blocks.
    pub fn put_failure(&self, key: &PictureKey, error: &Error) {
        if matches!(error.kind(), Kind::Invalid | Kind::Unsupported | Kind::Internal) {
            let text = error.chain().chars().take(limits::MESSAGE_CHARS_MAX).collect();
            self.failures.insert(key.clone(), Failure { kind: error.kind(), text });
        }
    }

    /// Why the picture could not be made, if that is remembered. Never blocks.
    pub fn failure(&self, key: &PictureKey) -> Option<Failure> {
        self.failures.get(key)
    }

    /// Bytes that the pictures take on the disk, in whole blocks. Never blocks for long.
    pub fn len_bytes(&self) -> u64 {
        self.index().len_bytes
    }

    fn index(&self) -> MutexGuard<'_, Index> {
        // Every change of it is whole before anything can fail.
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, name: u128) -> PathBuf {
        let name = format!("{name:032x}");
        self.folder.join(&name[..2]).join(name)
    }

    /// Removes what was not used for longest until `len_bytes` more fit. Files are gone before others
    /// may be written in their place.
    fn make_room(&self, index: &mut Index, len_bytes: u64) -> Result<()> {
        while index.len_bytes + len_bytes > self.bytes_max {
            let Some(name) = index.least_used() else {
                return Err(Error::new(Kind::Busy, "making room for a picture"));
            };
            remove_if_there(&self.path(name))
                .map_err(|error| Error::io("making room for a picture", error))?;
            index.remove(name);
        }
        Ok(())
    }

    /// Another thread may have written the file anew since it was found damaged, so it is looked at
    /// once more while nothing can get a name.
    fn remove_damaged(&self, name: u128, path: &Path, key: &[u8]) {
        let mut index = self.index();
        let is_damaged = match File::open(path) {
            Ok(file) => matches!(read_file(&file, key), Ok(Content::Damaged)),
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        };
        if is_damaged && remove_if_there(path).is_ok() {
            index.remove(name);
        }
    }
}

/// What stands in a file.
enum Content {
    Picture(Vec<u8>),
    /// Whole, but with the same hash by chance.
    AnotherKey,
    Damaged,
}

fn read_file(file: &File, key: &[u8]) -> io::Result<Content> {
    let len_max = limits::PICTURE_BYTES_MAX + (HEAD_BYTES + key.len()) as u64;
    let mut bytes = Vec::new();
    file.take(len_max + 1).read_to_end(&mut bytes)?;
    let Some((head, body)) = bytes.split_first_chunk::<16>() else {
        return Ok(Content::Damaged);
    };
    if head[..8] != *MAGIC || head[8..] != xxh3_64(body).to_le_bytes() {
        return Ok(Content::Damaged);
    }
    let key_len = body.first_chunk::<4>().map_or(0, |len| u32::from_le_bytes(*len) as usize);
    if body.get(4..).is_none_or(|body| body.get(..key_len) != Some(key)) {
        return Ok(Content::AnotherKey);
    }
    bytes.drain(..HEAD_BYTES + key_len);
    Ok(Content::Picture(bytes))
}

fn write_file(path: &Path, key: &[u8], picture: &[u8]) -> io::Result<()> {
    let key_len = u32::try_from(key.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    let body = [&key_len.to_le_bytes(), key, picture].concat();
    let head = [*MAGIC, xxh3_64(&body).to_le_bytes()];
    let mut file = File::options().write(true).create_new(true).open(path)?;
    file.write_all(head.as_flattened())?;
    file.write_all(&body)
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// What a file takes: whole blocks, so that a bound on bytes bounds the number of files as well.
fn on_disk(len_bytes: u64) -> u64 {
    len_bytes.div_ceil(BLOCK_BYTES).max(1) * BLOCK_BYTES
}

/// A file that is gone with this value, unless it got another name.
struct NewFile(PathBuf);

impl Drop for NewFile {
    fn drop(&mut self) {
        let _ = remove_if_there(&self.0);
    }
}

/// Room for a file that is being written; given back with this value.
struct Reserved<'a> {
    store: &'a Store,
    len_bytes: u64,
}

impl<'a> Reserved<'a> {
    fn of(store: &'a Store, len_bytes: u64) -> Result<Self> {
        let mut index = store.index();
        store.make_room(&mut index, len_bytes)?;
        index.len_bytes += len_bytes;
        Ok(Self { store, len_bytes })
    }

    fn becomes(mut self, index: &mut Index, name: u128) {
        let len_bytes = std::mem::take(&mut self.len_bytes);
        index.len_bytes -= len_bytes;
        index.insert(name, len_bytes, SystemTime::now());
    }
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        // After it became a file the lock is held by who drops this.
        if self.len_bytes > 0 {
            self.store.index().len_bytes -= self.len_bytes;
        }
    }
}

/// Which files there are, and in which order they were used.
#[derive(Debug, Default)]
struct Index {
    files: HashMap<u128, Kept>,
    /// From the number of a use to the file; the least is the one not used for longest.
    by_use: BTreeMap<u64, u128>,
    uses: u64,
    /// Of all files, and of those being written.
    len_bytes: u64,
}

#[derive(Debug)]
struct Kept {
    len_bytes: u64,
    last_use: u64,
    /// The time that the file shows.
    noted: SystemTime,
}

impl Index {
    /// Reads what is there, and removes what never got its name. Names that are none of ours are
    /// passed over.
    fn read(folder: &Path) -> io::Result<Self> {
        let new = folder.join(NEW);
        match fs::remove_dir_all(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => fs::create_dir_all(&new)?,
        }
        let mut found = Vec::new();
        for inner in fs::read_dir(folder)? {
            let inner = inner?;
            if inner.file_name().len() != 2 || !inner.file_type()?.is_dir() {
                continue;
            }
            for entry in fs::read_dir(inner.path())? {
                let entry = entry?;
                let Some(name) = name_of(&inner.file_name(), &entry.file_name()) else { continue };
                match entry.metadata() {
                    Ok(metadata) if metadata.is_file() => {
                        let noted = metadata.modified()?;
                        found.push((noted, name, on_disk(metadata.len())));
                    }
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
            }
        }
        found.sort_unstable();
        let mut index = Self::default();
        for (noted, name, len_bytes) in found {
            index.insert(name, len_bytes, noted);
        }
        Ok(index)
    }

    fn contains(&self, name: u128) -> bool {
        self.files.contains_key(&name)
    }

    fn least_used(&self) -> Option<u128> {
        self.by_use.first_key_value().map(|(_, name)| *name)
    }

    fn insert(&mut self, name: u128, len_bytes: u64, noted: SystemTime) {
        self.remove(name);
        self.uses += 1;
        self.by_use.insert(self.uses, name);
        self.files.insert(name, Kept { len_bytes, last_use: self.uses, noted });
        self.len_bytes += len_bytes;
    }

    fn remove(&mut self, name: u128) {
        if let Some(kept) = self.files.remove(&name) {
            self.by_use.remove(&kept.last_use);
            self.len_bytes -= kept.len_bytes;
        }
    }

    /// Returns whether the file's time is to be set to `now`.
    fn note_use(&mut self, name: u128, now: SystemTime) -> bool {
        let Some(kept) = self.files.get_mut(&name) else { return false };
        self.uses += 1;
        self.by_use.remove(&kept.last_use);
        self.by_use.insert(self.uses, name);
        kept.last_use = self.uses;
        // A time that lies ahead, from a clock that was wrong, is set right at once.
        let age = now.duration_since(kept.noted);
        let is_due = age.map_or(true, |age| age >= limits::PICTURE_USE_NOTED_EVERY);
        if is_due {
            kept.noted = now;
        }
        is_due
    }
}

fn name_of(folder: &OsStr, file: &OsStr) -> Option<u128> {
    let (folder, file) = (folder.to_str()?, file.to_str()?);
    let is_ours = file.len() == 32
        && file.starts_with(folder)
        && file.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    is_ours.then(|| u128::from_str_radix(file, 16).ok())?
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::thread;
    use std::time::{Duration, Instant};

    use super::*;

    const ROOM: u64 = 64 << 20;

    fn key(number: i64, what: &str) -> PictureKey {
        let version = Version { len_bytes: 1, modified_ns: -2, changed_ns: 3, inode: 4 };
        PictureKey::new(FileId::new(number).expect("positive"), version, what)
    }

    /// A picture that differs for each number and fills `blocks` blocks, its head included.
    fn picture(number: i64, blocks: usize) -> Vec<u8> {
        let len = blocks * 4096 - 200;
        number.to_le_bytes().iter().copied().cycle().take(len).collect()
    }

    fn files(folder: &Path) -> Vec<PathBuf> {
        let mut files = Vec::new();
        for entry in fs::read_dir(folder).expect("listed") {
            let path = entry.expect("listed").path();
            if path.is_dir() {
                files.extend(self::files(&path));
            } else {
                files.push(path);
            }
        }
        files
    }

    /// What all files take in whole blocks, those being written included.
    fn taken(folder: &Path) -> u64 {
        // One may get its name meanwhile.
        let lens = files(folder).into_iter().filter_map(|path| fs::metadata(path).ok());
        lens.map(|metadata| on_disk(metadata.len())).sum()
    }

    fn kept(store: &Store, numbers: std::ops::Range<i64>) -> Vec<i64> {
        let mut index_only = numbers.collect::<Vec<_>>();
        index_only.retain(|n| store.index().contains(xxh3_128(&key(*n, "poster").to_bytes())));
        index_only
    }

    #[test]
    fn what_is_put_is_got_also_after_a_start() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path().join("pictures"), ROOM).expect("opened");
        let poster = key(1, "poster");
        assert_eq!(store.get(&poster).expect("read"), None);
        store.put(&poster, b"one").expect("kept");
        store.put(&key(1, "sheet-0"), b"").expect("kept");
        let newer = Version { changed_ns: 9, ..poster.version };
        let newer = PictureKey { version: newer, ..poster.clone() };
        assert_eq!(store.get(&newer).expect("read"), None, "another version");
        store.put(&poster, b"two").expect("kept");
        assert_eq!(store.len_bytes(), 2 * 4096);
        drop(store);
        let store = Store::open(folder.path().join("pictures"), ROOM).expect("opened");
        assert_eq!(store.get(&poster).expect("read").as_deref(), Some(&b"two"[..]));
        assert_eq!(store.get(&key(1, "sheet-0")).expect("read").as_deref(), Some(&b""[..]));
        assert_eq!((store.len_bytes(), files(folder.path()).len()), (2 * 4096, 2));
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path(), 4 * 4096).expect("opened");
        for n in 1..=4 {
            store.put(&key(n, "poster"), &picture(n, 1)).expect("kept");
        }
        assert!(store.get(&key(1, "poster")).expect("read").is_some());
        store.put(&key(5, "poster"), &picture(5, 1)).expect("kept");
        assert_eq!(kept(&store, 1..6), [1, 3, 4, 5]);
        store.put(&key(6, "poster"), &picture(6, 3)).expect("kept");
        assert_eq!(kept(&store, 1..7), [5, 6]);
        assert_eq!(files(folder.path()).len(), 2);
        let error = store.put(&key(7, "poster"), &picture(7, 5)).expect_err("more than there is");
        assert_eq!(error.kind(), Kind::Invalid);
        assert_eq!(kept(&store, 1..8), [5, 6]);
    }

    #[test]
    fn a_start_knows_what_was_used_and_keeps_to_its_room() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path(), ROOM).expect("opened");
        for n in 1..=4 {
            store.put(&key(n, "poster"), &picture(n, 1)).expect("kept");
            let path = store.path(xxh3_128(&key(n, "poster").to_bytes()));
            let hours = u64::try_from(n).expect("positive") * 3600;
            let past = SystemTime::now() - Duration::from_secs(1_000_000 - hours);
            File::open(path).and_then(|file| file.set_modified(past)).expect("set");
        }
        drop(store);
        let store = Store::open(folder.path(), ROOM).expect("opened");
        assert!(store.get(&key(1, "poster")).expect("read").is_some());
        drop(store);
        let store = Store::open(folder.path(), 2 * 4096).expect("opened");
        assert_eq!(kept(&store, 1..5), [1, 4]);
        assert_eq!(taken(folder.path()), 2 * 4096);
    }

    #[test]
    fn damage_is_never_served_and_is_made_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path(), ROOM).expect("opened");
        let poster = key(1, "poster");
        store.put(&poster, b"a picture").expect("kept");
        let [path] = &files(folder.path())[..] else { panic!("one file") };
        let whole = fs::read(path).expect("read");
        let mut damaged: Vec<Vec<u8>> = (0..whole.len()).map(|len| whole[..len].to_vec()).collect();
        damaged.extend((0..whole.len()).map(|at| {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            bytes
        }));
        damaged.push([&whole[..], b"\0"].concat());
        damaged.push(vec![0; whole.len()]);
        for bytes in damaged {
            store.put(&poster, b"a picture").expect("kept");
            fs::write(path, &bytes).expect("written");
            assert_eq!(store.get(&poster).expect("read"), None, "{bytes:?}");
            assert_eq!((files(folder.path()).len(), store.len_bytes()), (0, 0));
        }
        store.put(&poster, b"a picture").expect("kept");
        assert_eq!(store.get(&poster).expect("read").as_deref(), Some(&b"a picture"[..]));
        fs::remove_file(path).expect("removed");
        assert_eq!(store.get(&poster).expect("read"), None, "removed by hand");
        assert_eq!(store.len_bytes(), 0);
        // Two keys of one hash: the file of the one in the other's place.
        store.put(&key(2, "poster"), b"another").expect("kept");
        let other = store.path(xxh3_128(&key(2, "poster").to_bytes()));
        store.put(&poster, b"a picture").expect("kept");
        fs::copy(other, path).expect("copied");
        assert_eq!(store.get(&poster).expect("read"), None);
        assert!(path.exists(), "it is whole");
    }

    #[test]
    fn what_never_got_its_name_is_gone_at_the_next_start() {
        let folder = tempfile::tempdir().expect("a folder");
        drop(Store::open(folder.path(), ROOM).expect("opened"));
        fs::write(folder.path().join("new/17"), b"half").expect("written");
        fs::create_dir(folder.path().join("ab")).expect("made");
        fs::write(folder.path().join("ab/notes.txt"), b"by hand").expect("written");
        fs::write(folder.path().join("README"), b"by hand").expect("written");
        let store = Store::open(folder.path(), ROOM).expect("opened");
        assert_eq!((files(folder.path()).len(), store.len_bytes()), (2, 0));
    }

    #[test]
    fn many_writers_stay_within_the_room_and_one_of_each_wins() {
        let folder = tempfile::tempdir().expect("a folder");
        let room = 40 * 4096;
        let store = Store::open(folder.path(), room).expect("opened");
        let is_done = std::sync::atomic::AtomicBool::new(false);
        thread::scope(|scope| {
            let watcher = scope.spawn(|| {
                while !is_done.load(Ordering::Relaxed) {
                    // While it is held nothing gets or loses a name, and what is being written
                    // has its room.
                    let index = store.index();
                    assert!(index.len_bytes <= room);
                    assert!(taken(folder.path()) <= index.len_bytes);
                    drop(index);
                    thread::yield_now();
                }
            });
            let writers: Vec<_> = (0..4)
                .map(|writer: i64| {
                    let store = &store;
                    scope.spawn(move || {
                        for n in 0..200 {
                            let number = n % 17 + 1;
                            let blocks = usize::try_from((n + writer) % 5 + 1).expect("small");
                            let poster = key(number, "poster");
                            store.put(&poster, &picture(number, blocks)).expect("kept");
                            if let Some(got) = store.get(&poster).expect("read") {
                                let expected = number.to_le_bytes();
                                assert!(got.chunks(8).all(|part| expected.starts_with(part)));
                            }
                        }
                    })
                })
                .collect();
            for writer in writers {
                writer.join().expect("no panic");
            }
            is_done.store(true, Ordering::Relaxed);
            watcher.join().expect("within the room");
        });
        assert_eq!(taken(folder.path()), store.len_bytes());
        assert!(store.len_bytes() <= room);
        assert!(files(&folder.path().join(NEW)).is_empty());
    }

    /// What a test of this name does when it was started by [`again`], and where.
    fn started_in() -> Option<PathBuf> {
        std::env::var_os("SPILLWAY_STORE_FOLDER").map(PathBuf::from)
    }

    /// Runs one test of this program in a process of its own.
    fn again(runner: &[&str], test: &str, folder: &Path) -> Command {
        let program = std::env::current_exe().expect("this program");
        let mut words = runner.iter().map(Into::into).collect::<Vec<std::ffi::OsString>>();
        words.push(program.into());
        let mut command = Command::new(&words[0]);
        command
            .args(&words[1..])
            .args(["--exact", &format!("thumbnail::store::tests::{test}")])
            .env("SPILLWAY_STORE_FOLDER", folder);
        command
    }

    #[test]
    fn a_writer_killed_at_any_moment_leaves_whole_pictures() {
        if let Some(folder) = started_in() {
            let store = Store::open(folder, ROOM).expect("opened");
            for n in 1.. {
                store.put(&key(n % 50 + 1, "poster"), &picture(n % 50 + 1, 40)).expect("kept");
            }
        }
        let folder = tempfile::tempdir().expect("a folder");
        for _ in 0..8 {
            let name = "a_writer_killed_at_any_moment_leaves_whole_pictures";
            let mut writer = again(&[], name, folder.path())
                .stdout(std::process::Stdio::null())
                .spawn()
                .expect("started");
            let began = Instant::now();
            while !folder.path().join(NEW).join("20").exists() {
                assert!(began.elapsed() < Duration::from_mins(1), "nothing is written");
                if !folder.path().join(NEW).exists() || files(folder.path()).len() < 40 {
                    thread::sleep(Duration::from_millis(1));
                } else {
                    break;
                }
            }
            writer.kill().expect("killed");
            writer.wait().expect("ended");
            let store = Store::open(folder.path(), ROOM).expect("opened");
            assert!(files(&folder.path().join(NEW)).is_empty());
            assert_eq!(taken(folder.path()), store.len_bytes());
            for n in kept(&store, 1..51) {
                let got = store.get(&key(n, "poster")).expect("read");
                assert!(got == Some(picture(n, 40)), "picture {n}");
            }
        }
    }

    #[test]
    fn a_full_disk_is_told_and_what_is_kept_stays() {
        if let Some(folder) = started_in() {
            let pictures = folder.join("pictures");
            let store = Store::open(&pictures, ROOM).expect("opened");
            store.put(&key(1, "poster"), &picture(1, 50)).expect("kept");
            let error = store.put(&key(2, "poster"), &picture(2, 400)).expect_err("full");
            assert_eq!(error.kind(), Kind::DiskFull, "{}", error.chain());
            assert_eq!(store.get(&key(1, "poster")).expect("read"), Some(picture(1, 50)));
            assert_eq!(store.get(&key(2, "poster")).expect("read"), None);
            assert_eq!((store.len_bytes(), taken(&pictures)), (50 * 4096, 50 * 4096));
            store.put(&key(2, "poster"), &picture(2, 50)).expect("there is room for a smaller one");
            return;
        }
        if std::env::var_os("SPILLWAY_NO_MOUNTS").is_some() {
            return;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let mount =
            format!("mount -t tmpfs -o size=1m none '{}' && exec \"$@\"", folder.path().display());
        let alone = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", &mount, "sh"];
        let name = "a_full_disk_is_told_and_what_is_kept_stays";
        let output = again(&alone, name, folder.path()).output().expect("unshare is installed");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && said.contains("1 passed"),
            "{said}{} (where no disk can be mounted, set SPILLWAY_NO_MOUNTS=1)",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    #[test]
    fn ten_thousand_pictures_are_found_quickly() {
        // In memory: making them would take a busy disk minutes.
        let folder = tempfile::tempdir_in("/dev/shm").expect("a folder");
        let store = Store::open(folder.path(), ROOM).expect("opened");
        for n in 1..=10_000 {
            store.put(&key(n, "poster"), b"small").expect("kept");
        }
        drop(store);
        let began = Instant::now();
        let store = Store::open(folder.path(), ROOM).expect("opened");
        let took = began.elapsed();
        assert_eq!(store.len_bytes(), 10_000 * 4096);
        // About 50 ms; other tests and a debug build share the processors.
        assert!(took < Duration::from_secs(5), "{took:?}");
    }

    #[test]
    fn failures_that_stay_are_remembered_for_their_version() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path(), ROOM).expect("opened");
        let poster = key(1, "poster");
        for kind in [Kind::Busy, Kind::Unavailable, Kind::DiskFull, Kind::NotFound, Kind::Io] {
            store.put_failure(&poster, &Error::new(kind, "not now"));
            assert_eq!(store.failure(&poster), None, "{kind:?}");
        }
        store.put_failure(&poster, &Error::new(Kind::Invalid, "damaged ".repeat(1_000)));
        let failure = store.failure(&poster).expect("remembered");
        assert_eq!((failure.kind, failure.text.len()), (Kind::Invalid, 1_000));
        let newer = Version { changed_ns: 9, ..poster.version };
        let newer = PictureKey { version: newer, ..poster.clone() };
        assert_eq!(store.failure(&newer), None);
        store.put(&poster, b"after all").expect("kept");
        assert_eq!(store.failure(&poster), None);
        for n in 1..=20_000 {
            store.put_failure(&key(n, "poster"), &Error::new(Kind::Invalid, "damaged"));
        }
        store.failures.run_pending_tasks();
        assert!(store.failures.entry_count() <= limits::PICTURE_FAILURES_MAX);
    }
}
