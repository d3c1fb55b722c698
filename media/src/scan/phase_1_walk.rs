//! Phase 1: which files are there, and which of them changed.
//!
//! Each folder is read once and each file of interest asked for its state once; both relative to an
//! open folder that the kernel resolved beneath its root, so that neither a link nor a rename under
//! way leads out of it. Links are not followed, also those that stay inside: what they lead to is
//! listed under its own name already. What did not change goes no further than this phase.
//!
//! The walker of the `ignore` crate hands out files one by one and in no order; which subtitles and
//! pictures belong to a film shows only when its folder has been read whole, so the folders are
//! walked here and the crate decides what `.ignore` files mean.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::ops::ControlFlow;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;

use super::folder::{Contents, Folder, MediaFile, SideFile};
use super::kinds::FileKind;
use super::known::KnownRoot;
use super::names;
use crate::catalog::{Finding, Severity};
use crate::ids::FileId;
use crate::limits::{
    FOLDER_DEPTH_MAX, FOLDER_ENTRIES_MAX, IGNORE_FILE_BYTES_MAX, SCAN_ENTRIES_MAX,
};
use crate::storage::{Key, ReadAt as _, Version};

/// A file that is new, changed, or has other files beside it than before.
#[derive(Clone, Debug)]
pub(crate) struct Walked {
    /// The place of its root among the known ones.
    pub(crate) root_at: usize,
    pub(crate) key: Key,
    pub(crate) kind: FileKind,
    pub(crate) version: Version,
    pub(crate) folder: Arc<Folder>,
    pub(crate) surroundings: u64,
    /// The identifier that the catalog knows it by.
    pub(crate) known: Option<FileId>,
}

/// What the walk tells while it goes on.
pub(crate) trait Listener {
    /// A media file was seen.
    fn found(&mut self);
    /// It needs to be looked at. `Break` ends the walk.
    fn changed(&mut self, walked: Walked) -> ControlFlow<()>;
    /// Something cannot be read.
    fn finding(&mut self, finding: Finding);
    /// Something is wrong with a whole root; a sentence for people.
    fn trouble(&mut self, message: String);
    /// Asked before each folder.
    fn is_cancelled(&self) -> bool;
}

/// What a walk of one root came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The root cannot be reached, or is empty where files were known: a disk is not mounted.
    Unavailable,
    /// It was walked; these known files are not in their places any more.
    Walked {
        /// Files to be marked gone.
        gone: Vec<FileId>,
        /// Keys with findings that this walk did not confirm: neither are they of an unchanged file
        /// nor in a folder that could not be read.
        doubtful: HashSet<Vec<u8>>,
    },
    /// The walk was ended early: nothing can be said of what it did not see.
    Cancelled,
}

/// Walks one root. Blocks on the disk.
///
/// `entries_left` counts down over all roots of a scan.
pub(crate) fn walk(
    root_at: usize,
    known: &KnownRoot,
    has_ffprobe: bool,
    entries_left: &mut u64,
    listener: &mut dyn Listener,
) -> Outcome {
    let opened = rustix::fs::open(
        known.root.path(),
        OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC,
        Mode::empty(),
    );
    let descriptor = match opened {
        Ok(descriptor) => descriptor,
        Err(errno) => {
            let path = known.root.path().display();
            let reason = reason(errno);
            listener.trouble(format!("the media folder {path} cannot be reached: {reason}"));
            return Outcome::Unavailable;
        }
    };
    let walk = Walk {
        root_at,
        known,
        descriptor,
        has_ffprobe,
        entries_left,
        listener,
        is_seen: vec![false; known.files().len()],
        doubtful: known.findings().clone(),
        unread: Vec::new(),
        files: 0,
    };
    walk.run()
}

struct Walk<'a> {
    root_at: usize,
    known: &'a KnownRoot,
    descriptor: OwnedFd,
    has_ffprobe: bool,
    entries_left: &'a mut u64,
    listener: &'a mut dyn Listener,
    /// By the place of the known file.
    is_seen: Vec<bool>,
    doubtful: HashSet<Vec<u8>>,
    /// Folders of which nothing can be said.
    unread: Vec<PathBuf>,
    files: u64,
}

/// A folder that is still to be read.
struct Pending {
    path: PathBuf,
    above: Option<Arc<Folder>>,
    depth: usize,
    ignores: Option<Arc<Ignores>>,
}

/// The rules of one folder's `.ignore` file, and those above it.
struct Ignores {
    rules: Gitignore,
    above: Option<Arc<Ignores>>,
}

impl Walk<'_> {
    fn run(mut self) -> Outcome {
        let root = Pending { path: PathBuf::new(), above: None, depth: 0, ignores: None };
        let mut pending = vec![root];
        while let Some(next) = pending.pop() {
            if self.listener.is_cancelled() || self.folder(next, &mut pending).is_break() {
                return Outcome::Cancelled;
            }
        }
        if self.files == 0 && self.unread.is_empty() && self.is_unmounted() {
            let path = self.known.root.path().display();
            self.listener.trouble(format!(
                "the media folder {path} is empty but held files before: is it mounted?"
            ));
            return Outcome::Unavailable;
        }
        let gone = self.gone();
        self.doubtful.retain(|key| {
            let key = Path::new(OsStr::from_bytes(key));
            !self.unread.iter().any(|folder| key.starts_with(folder))
        });
        Outcome::Walked { gone, doubtful: self.doubtful }
    }

    fn is_unmounted(&self) -> bool {
        self.known.has_present_files() && self.known.root.is_empty()
    }

    fn gone(&self) -> Vec<FileId> {
        let is_unread =
            |key: &Key| self.unread.iter().any(|folder| key.as_path().starts_with(folder));
        self.known
            .files()
            .iter()
            .zip(&self.is_seen)
            .filter(|(file, is_seen)| !**is_seen && !file.is_gone && !is_unread(&file.key))
            .map(|(file, _)| file.id)
            .collect()
    }

    fn folder(&mut self, next: Pending, pending: &mut Vec<Pending>) -> ControlFlow<()> {
        let mut contents = Contents::default();
        let mut folders = Vec::new();
        let mut ignores = next.ignores;
        let read = self.read(&next.path, &mut ignores, |kind, entry| match kind {
            Entry::Folder => folders.push(entry),
            Entry::File(kind, version) if kind.is_media() => {
                contents.media.push(MediaFile { name: entry, kind, version });
            }
            Entry::File(kind, version) => {
                contents.side.push(SideFile { name: entry, kind, version });
            }
        });
        if let Err(why) = read {
            self.cannot_read(&next.path, &why);
        }
        folders.sort_unstable_by(|one, other| other.cmp(one));
        contents.media.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        folders.retain(|name| {
            !is_folder_of_subtitles(name)
                || self.read_subtitles(&next.path, name, ignores.as_ref(), &mut contents)
        });
        contents.holds_seasons = folders
            .iter()
            .any(|name| names::season_folder(&String::from_utf8_lossy(name)).is_some());
        let media = std::mem::take(&mut contents.media);
        let mut described = Contents { media, ..contents };
        let folder = Arc::new(Folder::new(next.path, next.above, &mut described));
        for file in &described.media {
            self.file(&folder, file)?;
        }
        for name in folders {
            let path = folder.path().join(OsStr::from_bytes(&name));
            if next.depth >= FOLDER_DEPTH_MAX {
                self.cannot_read(&path, &format!("it lies deeper than {FOLDER_DEPTH_MAX} folders"));
                continue;
            }
            pending.push(Pending {
                path,
                above: Some(folder.clone()),
                depth: next.depth + 1,
                ignores: ignores.clone(),
            });
        }
        ControlFlow::Continue(())
    }

    /// `Subs/film.en.srt` and `Subs/film/2_English.srt` belong to the folder above. Tells whether there
    /// are media files too, so that it is also a folder like any other.
    fn read_subtitles(
        &mut self,
        above: &Path,
        name: &[u8],
        ignores: Option<&Arc<Ignores>>,
        contents: &mut Contents,
    ) -> bool {
        let mut holds_media = false;
        let mut names = vec![name.to_vec()];
        while let Some(name) = names.pop() {
            let is_nested = name.contains(&b'/');
            let path = above.join(OsStr::from_bytes(&name));
            let read = self.read(&path, &mut ignores.cloned(), |kind, entry| {
                let entry = [&name, b"/".as_slice(), &entry].concat();
                match kind {
                    Entry::Folder if !is_nested => names.push(entry),
                    Entry::File(FileKind::Subtitle, version) => {
                        contents.side.push(SideFile {
                            name: entry,
                            kind: FileKind::Subtitle,
                            version,
                        });
                    }
                    Entry::File(kind, _) => holds_media |= kind.is_media(),
                    Entry::Folder => {}
                }
            });
            if let Err(why) = read {
                self.cannot_read(&path, &why);
            }
        }
        holds_media
    }

    fn file(&mut self, folder: &Arc<Folder>, file: &MediaFile) -> ControlFlow<()> {
        self.files += 1;
        self.listener.found();
        let Some(key) = folder.key(&file.name) else {
            let message = "a path below this folder is too long to be opened".to_owned();
            self.finding(folder.path(), Severity::Error, message);
            return ControlFlow::Continue(());
        };
        let surroundings = folder.surroundings_of(&file.name, self.has_ffprobe);
        let found = self.known.find(key.as_bytes());
        if let Some(at) = found {
            self.is_seen[at] = true;
            let known = &self.known.files()[at];
            if !known.is_gone && known.version == file.version && known.surroundings == surroundings
            {
                self.doubtful.remove(key.as_bytes());
                return ControlFlow::Continue(());
            }
        }
        self.listener.changed(Walked {
            root_at: self.root_at,
            key,
            kind: file.kind,
            version: file.version,
            folder: folder.clone(),
            surroundings,
            known: found.map(|at| self.known.files()[at].id),
        })
    }

    /// Reads the names of one folder and asks for the state of what matters.
    fn read(
        &mut self,
        path: &Path,
        ignores: &mut Option<Arc<Ignores>>,
        mut take: impl FnMut(Entry, Vec<u8>),
    ) -> Result<(), String> {
        let descriptor = self.open(path).map_err(reason)?;
        let mut names: Vec<(Vec<u8>, FileType)> = Vec::new();
        let mut has_rules = false;
        let mut cut = Ok(());
        for entry in Dir::read_from(&descriptor).map_err(reason)? {
            let entry = entry.map_err(reason)?;
            let name = entry.file_name().to_bytes();
            if name == b"." || name == b".." {
                continue;
            }
            if names.len() >= FOLDER_ENTRIES_MAX {
                cut = Err(format!("it has more than {FOLDER_ENTRIES_MAX} entries"));
                break;
            }
            let Some(left) = self.entries_left.checked_sub(1) else {
                cut = Err(format!("the library has more than {SCAN_ENTRIES_MAX} entries"));
                break;
            };
            *self.entries_left = left;
            has_rules |= name == b".ignore";
            let may_be_folder = !entry.file_type().is_file();
            if !is_passed_over(name) && (may_be_folder || FileKind::of(name).is_some()) {
                names.push((name.to_vec(), entry.file_type()));
            }
        }
        if has_rules && let Some(rules) = self.rules(path) {
            *ignores = Some(Arc::new(Ignores { rules, above: ignores.take() }));
        }
        for (name, file_type) in names {
            if let Some(entry) =
                self.entry(path, descriptor.as_fd(), &name, file_type, ignores.as_ref())
            {
                take(entry, name);
            }
        }
        cut
    }

    fn entry(
        &mut self,
        folder: &Path,
        descriptor: impl AsFd,
        name: &[u8],
        told: FileType,
        ignores: Option<&Arc<Ignores>>,
    ) -> Option<Entry> {
        let kind = FileKind::of(name);
        if told.is_dir() {
            return (!self.is_ignored(folder, name, true, ignores)).then_some(Entry::Folder);
        }
        // Not every file system tells the type together with the name.
        let is_unknown = told == FileType::Unknown;
        if told.is_symlink() && kind.is_none_or(FileKind::is_media) {
            self.link(folder, name, kind, ignores);
            return None;
        }
        if !told.is_file() && !is_unknown {
            return None;
        }
        let stat =
            rustix::fs::statat(descriptor, OsStr::from_bytes(name), AtFlags::SYMLINK_NOFOLLOW);
        // A name that is gone by now was a file on its way elsewhere.
        let stat = stat.ok()?;
        let told = FileType::from_raw_mode(stat.st_mode);
        let is_ignored = self.is_ignored(folder, name, told.is_dir(), ignores);
        match kind {
            _ if is_ignored => None,
            _ if told.is_dir() => Some(Entry::Folder),
            Some(kind) if told.is_file() => Some(Entry::File(kind, Version::of(&stat))),
            _ => None,
        }
    }

    /// Says of a link that would be listed why it is not.
    fn link(
        &mut self,
        folder: &Path,
        name: &[u8],
        kind: Option<FileKind>,
        ignores: Option<&Arc<Ignores>>,
    ) {
        let path = folder.join(OsStr::from_bytes(name));
        let target = self.known.root.path().join(&path);
        let leads_to_folder = kind.is_none() && std::fs::metadata(target).is_ok_and(|m| m.is_dir());
        let matters = kind.is_some() || leads_to_folder;
        if !matters || self.is_ignored(folder, name, leads_to_folder, ignores) {
            return;
        }
        let message = "symbolic links are not followed; add what it leads to as a media folder";
        self.finding(&path, Severity::Warning, message.to_owned());
    }

    fn is_ignored(
        &self,
        folder: &Path,
        name: &[u8],
        is_folder: bool,
        ignores: Option<&Arc<Ignores>>,
    ) -> bool {
        let mut level = ignores.map(Arc::as_ref);
        if level.is_none() {
            return false;
        }
        let path = self.known.root.path().join(folder).join(OsStr::from_bytes(name));
        while let Some(ignores) = level {
            match ignores.rules.matched(&path, is_folder) {
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
                Match::None => level = ignores.above.as_deref(),
            }
        }
        false
    }

    /// The rules of the `.ignore` file of a folder, with the meaning that `git` gives to such lines.
    fn rules(&mut self, folder: &Path) -> Option<Gitignore> {
        let key = Key::new(folder.join(".ignore")).ok()?;
        let object = self.known.root.open(&key).ok()?;
        if object.len_bytes() > IGNORE_FILE_BYTES_MAX as u64 {
            let message = format!("it is longer than {IGNORE_FILE_BYTES_MAX} bytes and not read");
            self.finding(key.as_path(), Severity::Warning, message);
            return None;
        }
        let mut bytes = vec![0; usize::try_from(object.len_bytes()).ok()?];
        object.read_exact_at(&mut bytes, 0).ok()?;
        let mut builder = GitignoreBuilder::new(self.known.root.path().join(folder));
        let mut wrong = None;
        for line in String::from_utf8_lossy(&bytes).lines() {
            if let Err(error) = builder.add_line(None, line) {
                wrong = Some(format!("a line of it cannot be read: {error}"));
            }
        }
        if let Some(message) = wrong {
            self.finding(key.as_path(), Severity::Warning, message);
        }
        builder.build().ok()
    }

    fn open(&self, path: &Path) -> rustix::io::Result<OwnedFd> {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        rustix::fs::openat2(
            &self.descriptor,
            path,
            OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
            ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS,
        )
    }

    fn cannot_read(&mut self, path: &Path, why: &str) {
        self.finding(path, Severity::Error, format!("the folder cannot be read: {why}"));
        self.unread.push(path.to_owned());
    }

    fn finding(&mut self, path: &Path, severity: Severity, message: String) {
        if let Ok(key) = Key::new(path) {
            self.listener.finding(Finding { root: self.known.id, key, severity, message });
        } else {
            // The root itself has no name below itself, nor has a path that is too long.
            let root = self.known.root.path().display();
            self.listener.trouble(format!("in the media folder {root}: {message}"));
        }
    }
}

/// What a name in a folder stands for.
enum Entry {
    Folder,
    File(FileKind, Version),
}

/// Hidden names, and what systems keep beside people's files.
fn is_passed_over(name: &[u8]) -> bool {
    const KEPT_BY_SYSTEMS: [&[u8]; 5] =
        [b"lost+found", b"@eaDir", b"#recycle", b"$RECYCLE.BIN", b"System Volume Information"];
    // `..mkv` is a file that somebody gave an odd name.
    let is_hidden = name.starts_with(b".") && !name.starts_with(b"..");
    is_hidden || KEPT_BY_SYSTEMS.contains(&name)
}

fn is_folder_of_subtitles(name: &[u8]) -> bool {
    ["subs", "subtitles", "subtitle", "sub"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
}

fn reason(errno: Errno) -> String {
    std::io::Error::from(errno).to_string()
}
