//! A folder as the walk saw it: which files stand beside which media file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use xxhash_rust::xxh3::Xxh3;

use super::artwork;
use super::kinds::{FileKind, stem};
use super::names;
use crate::limits::SIDE_FILES_MAX;
use crate::storage::{Key, Version};

/// Changes when a newer release reads names, NFO files or headers better, so that every file is
/// looked at once more.
const READING: u64 = 1;

/// A file that is to be listed.
#[derive(Clone, Debug)]
pub(crate) struct MediaFile {
    pub(crate) name: Vec<u8>,
    pub(crate) kind: FileKind,
    pub(crate) version: Version,
}

/// An NFO file, a picture or a subtitle.
#[derive(Clone, Debug)]
pub(crate) struct SideFile {
    /// Below the folder; with a `/` in it for one in a folder of subtitles.
    pub(crate) name: Vec<u8>,
    pub(crate) kind: FileKind,
    pub(crate) version: Version,
}

/// A folder, without the media files in it: those go their own way.
#[derive(Debug)]
pub(crate) struct Folder {
    /// Below the root; empty for the root itself.
    path: PathBuf,
    above: Option<Arc<Folder>>,
    /// Side files that belong to the title of the folder.
    shared: Vec<SideFile>,
    /// Side files that begin with the name of a media file, by that name in lower case.
    own: HashMap<Vec<u8>, Vec<SideFile>>,
    /// Holds `tvshow.nfo` or folders of seasons.
    is_series: bool,
    /// Hash of everything shared, of the folders above too as far as they count.
    surroundings: u64,
}

/// What is gathered of a folder while it is read.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    pub(crate) media: Vec<MediaFile>,
    pub(crate) side: Vec<SideFile>,
    pub(crate) holds_seasons: bool,
}

impl Folder {
    /// Sorts out which side file belongs to what.
    pub(crate) fn new(path: PathBuf, above: Option<Arc<Folder>>, contents: &mut Contents) -> Self {
        let mut own: HashMap<Vec<u8>, Vec<SideFile>> =
            contents.media.iter().map(|file| (key_of_stem(&file.name), Vec::new())).collect();
        let only_stem = match own.keys().next() {
            Some(stem) if own.len() == 1 => Some(stem.clone()),
            _ => None,
        };
        let mut shared = Vec::new();
        let mut is_series = contents.holds_seasons;
        // A stable order makes the same surroundings of the same folder.
        contents.side.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        for side in contents.side.drain(..) {
            let owner = owner(&side.name, &own).or_else(|| {
                // `English.srt` beside the only film.
                only_stem.clone().filter(|_| side.kind == FileKind::Subtitle)
            });
            if let Some(files) = owner.and_then(|stem| own.get_mut(&stem)) {
                if files.len() < SIDE_FILES_MAX {
                    files.push(side);
                }
                continue;
            }
            is_series |= side.name.eq_ignore_ascii_case(b"tvshow.nfo");
            if is_shared(&side) && shared.len() < SIDE_FILES_MAX {
                shared.push(side);
            }
        }
        let mut folder = Self { path, above, shared, own, is_series, surroundings: 0 };
        folder.surroundings = folder.hash_shared();
        folder
    }

    /// The path below the root.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// This folder, and those above it up to the one that the title has to itself: a season's and an
    /// extras folder count for what holds them.
    pub(crate) fn up_to_title(&self) -> impl Iterator<Item = &Folder> {
        std::iter::successors(Some(self), |folder| {
            folder.above.as_deref().filter(|_| folder.is_within_title())
        })
    }

    /// The side files whose names begin with that of the media file `name`.
    pub(crate) fn own(&self, name: &[u8]) -> &[SideFile] {
        self.own.get(&key_of_stem(name)).map_or(&[], Vec::as_slice)
    }

    /// The side files that belong to the folder's title.
    pub(crate) fn shared(&self) -> &[SideFile] {
        &self.shared
    }

    /// Whether the title's folder is a series'.
    pub(crate) fn is_series(&self) -> bool {
        self.up_to_title().any(|folder| folder.is_series)
    }

    /// Whether the title's folder holds this film and no other, so that its pictures and its
    /// `movie.nfo` are the film's. A root, or a folder of many films, says nothing about any of them.
    pub(crate) fn is_of_film(&self, film: &str) -> bool {
        let Some(title) = self.up_to_title().last() else { return false };
        let is_root = title.path.as_os_str().is_empty();
        !is_root && (title.own.len() == 1 || names::is_same_film(&title.name(), film))
    }

    /// The season that this folder is for.
    pub(crate) fn season(&self) -> Option<u32> {
        names::season_folder(&self.name())
    }

    /// The key of a file in this folder.
    pub(crate) fn key(&self, name: &[u8]) -> Option<Key> {
        use std::os::unix::ffi::OsStrExt;
        Key::new(self.path.join(std::ffi::OsStr::from_bytes(name))).ok()
    }

    /// Hash over what the media file `name` is described with besides itself; never 0, which the
    /// catalog takes for "look again".
    pub(crate) fn surroundings_of(&self, name: &[u8], has_ffprobe: bool) -> u64 {
        let mut hash = Xxh3::new();
        hash.update(&READING.to_le_bytes());
        hash.update(&[u8::from(has_ffprobe)]);
        hash.update(&self.surroundings.to_le_bytes());
        for side in self.own(name) {
            add(&mut hash, side);
        }
        hash.digest().max(1)
    }

    fn hash_shared(&self) -> u64 {
        let mut hash = Xxh3::new();
        for folder in self.up_to_title() {
            hash.update(&[u8::from(folder.is_series)]);
            for side in &folder.shared {
                add(&mut hash, side);
            }
        }
        hash.digest()
    }

    fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    fn is_within_title(&self) -> bool {
        names::is_within_title(&self.name())
    }
}

fn add(hash: &mut Xxh3, side: &SideFile) {
    hash.update(&side.name);
    hash.update(&[0]);
    let version = side.version;
    for number in [version.len_bytes, version.inode] {
        hash.update(&number.to_le_bytes());
    }
    for number in [version.modified_ns, version.changed_ns] {
        hash.update(&number.to_le_bytes());
    }
}

fn key_of_stem(name: &[u8]) -> Vec<u8> {
    stem(name).to_ascii_lowercase()
}

/// The longest media name that a side file's begins with: `film.en.forced.srt`, `film-poster.jpg`,
/// `Subs/film/2_English.srt`.
fn owner(name: &[u8], own: &HashMap<Vec<u8>, Vec<SideFile>>) -> Option<Vec<u8>> {
    let begins = |name: &[u8]| {
        let name = name.to_ascii_lowercase();
        let is_edge = |byte: &u8| matches!(byte, b'.' | b'-' | b'_' | b' ');
        let edges = (0..name.len()).rev().filter(|at| is_edge(&name[*at]));
        std::iter::once(name.len())
            .chain(edges)
            .map(|end| &name[..end])
            .find(|start| own.contains_key(*start))
            .map(<[u8]>::to_vec)
    };
    let mut parts = name.rsplit(|byte| *byte == b'/');
    let last = parts.next().unwrap_or_default();
    begins(stem(last)).or_else(|| parts.find_map(begins))
}

/// Whether a file without an owner says something about the folder's title.
fn is_shared(side: &SideFile) -> bool {
    match side.kind {
        FileKind::Picture => artwork::of_folder(stem(&side.name)).is_some(),
        FileKind::Nfo => {
            let name = side.name.to_ascii_lowercase();
            name == b"movie.nfo" || name == b"tvshow.nfo"
        }
        _ => false,
    }
}
