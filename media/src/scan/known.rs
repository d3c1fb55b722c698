//! What the catalog knew when the scan began.

use std::collections::HashSet;
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::catalog::KnownFile;
use crate::error::Kind;
use crate::ids::{FileId, RootId};
use crate::limits::SCAN_TWINS_MAX;
use crate::storage::{Key, Root};

/// A root, how to open files below it, and what the catalog knew of it.
#[derive(Debug)]
pub(crate) struct KnownRoot {
    pub(crate) id: RootId,
    pub(crate) root: Root,
    /// In the order of their keys, so that one is found without a table beside it.
    files: Vec<KnownFile>,
    /// Keys below this root that have a finding.
    findings: HashSet<Vec<u8>>,
}

impl KnownRoot {
    pub(crate) fn new(
        id: RootId,
        root: Root,
        mut files: Vec<KnownFile>,
        findings: HashSet<Vec<u8>>,
    ) -> Self {
        files.sort_unstable_by(|one, other| one.key.as_bytes().cmp(other.key.as_bytes()));
        Self { id, root, files, findings }
    }

    /// The place among [`KnownRoot::files`] of the file with these bytes as its key.
    pub(crate) fn find(&self, key: &[u8]) -> Option<usize> {
        self.files.binary_search_by(|file| file.key.as_bytes().cmp(key)).ok()
    }

    pub(crate) fn files(&self) -> &[KnownFile] {
        &self.files
    }

    pub(crate) fn findings(&self) -> &HashSet<Vec<u8>> {
        &self.findings
    }

    pub(crate) fn has_present_files(&self) -> bool {
        self.files.iter().any(|file| !file.is_gone)
    }
}

/// All roots.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) roots: Vec<KnownRoot>,
    /// Fingerprint, length, place of root and file; sorted. Made when the first new file asks.
    by_content: OnceLock<Vec<(u64, u64, usize, usize)>>,
    /// Files that were found in another place; each is moved to one place only.
    moved: Mutex<HashSet<FileId>>,
}

impl Known {
    pub(crate) fn new(roots: Vec<KnownRoot>) -> Self {
        Self { roots, by_content: OnceLock::new(), moved: Mutex::default() }
    }

    /// The one known file that had this content and is not in its place any more: what is new under
    /// another name is that file, moved. `None` where no or several files may be meant, since a
    /// wrong guess would give one film the history of another. A file is given out once.
    ///
    /// Asks the disk about each known file with this content, so it blocks. Of content that stands in
    /// more than [`SCAN_TWINS_MAX`] places no file is taken for moved, and the disk is not asked: each
    /// new copy among thousands would ask about all the others.
    pub(crate) fn take_moved(&self, fingerprint: u64, len_bytes: u64) -> Option<FileId> {
        let by_content = self.by_content.get_or_init(|| self.index());
        let wanted = (fingerprint, len_bytes);
        let from = by_content.partition_point(|entry| (entry.0, entry.1) < wanted);
        let has_wanted = |entry: &&(u64, u64, usize, usize)| (entry.0, entry.1) == wanted;
        let twins = by_content[from..].iter().take_while(has_wanted);
        if twins.clone().take(SCAN_TWINS_MAX + 1).count() > SCAN_TWINS_MAX {
            return None;
        }
        let mut missing = twins
            .map(|entry| (&self.roots[entry.2], &self.roots[entry.2].files[entry.3]))
            .filter(|(root, file)| is_missing(&root.root, &file.key));
        let ((_, file), None) = (missing.next()?, missing.next()) else { return None };
        self.moved.lock().unwrap_or_else(PoisonError::into_inner).insert(file.id).then_some(file.id)
    }

    /// Whether a file was found in another place.
    pub(crate) fn is_moved(&self, file: FileId) -> bool {
        self.moved.lock().unwrap_or_else(PoisonError::into_inner).contains(&file)
    }

    fn index(&self) -> Vec<(u64, u64, usize, usize)> {
        let mut entries: Vec<_> =
            self.roots
                .iter()
                .enumerate()
                .flat_map(|(root_at, root)| {
                    root.files.iter().enumerate().map(move |(at, file)| {
                        (file.fingerprint, file.version.len_bytes, root_at, at)
                    })
                })
                .collect();
        entries.sort_unstable();
        entries
    }
}

/// Whether a file is not in its place although its root is there: that of an unmounted disk is only
/// out of reach.
fn is_missing(root: &Root, key: &Key) -> bool {
    let is_mounted = std::fs::read_dir(root.path()).is_ok_and(|mut names| names.next().is_some());
    is_mounted && matches!(root.open(key), Err(error) if error.kind() == Kind::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::Version;

    /// A root with one other file in it, whose catalog knows `twins` absent files of equal content.
    fn known_absent(folder: &tempfile::TempDir, twins: i64) -> Known {
        std::fs::write(folder.path().join("another"), b"x").expect("written");
        let file = |number| KnownFile {
            id: FileId::new(number).expect("positive"),
            key: Key::new(format!("Film {number}.mkv")).expect("a key"),
            version: Version { len_bytes: 9, modified_ns: 0, changed_ns: 0, inode: 1 },
            fingerprint: 7,
            surroundings: 0,
            is_gone: false,
        };
        let id = RootId::new(1).expect("positive");
        let root = Root::new(folder.path());
        Known::new(vec![KnownRoot::new(id, root, (1..=twins).map(file).collect(), HashSet::new())])
    }

    #[test]
    fn the_one_absent_file_with_this_content_was_moved_and_only_once() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let known = known_absent(&folder, 1);
        assert_eq!(known.take_moved(7, 8), None, "another length");
        assert_eq!(known.take_moved(7, 9), FileId::new(1).ok());
        assert_eq!(known.take_moved(7, 9), None, "given out already");
    }

    #[test]
    fn among_twins_none_is_taken_for_moved_and_of_many_the_disk_is_not_asked() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let known = known_absent(&folder, 2);
        assert_eq!(known.take_moved(7, 9), None, "either may be meant");
        // All but one are in their places: one too many to ask about.
        for number in 2..=SCAN_TWINS_MAX + 1 {
            std::fs::write(folder.path().join(format!("Film {number}.mkv")), b"x")
                .expect("written");
        }
        let twins = i64::try_from(SCAN_TWINS_MAX).expect("a small number");
        assert_eq!(known_absent(&folder, twins).take_moved(7, 9), FileId::new(1).ok());
        assert_eq!(known_absent(&folder, twins + 1).take_moved(7, 9), None);
    }
}
