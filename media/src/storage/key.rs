//! The name of a file below its root, which cannot lead out of it.

use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use crate::limits::KEY_BYTES_MAX;

/// A relative path of plain names: no root, no `.`, no `..`, no NUL, at most
/// [`KEY_BYTES_MAX`] bytes. Names may be in any encoding; Linux knows only bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(PathBuf);

/// The path is empty, absolute, too long, or has a part that is not a plain name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a file below a media folder")]
pub struct NotAKey;

impl Key {
    /// The key of a path relative to its root.
    pub fn new(path: impl AsRef<Path>) -> Result<Self, NotAKey> {
        let path = path.as_ref();
        let bytes = path.as_os_str().as_bytes();
        let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
        // `components` passes over `a//b`, `a/./b` and `a/`; a key has one spelling, so it is rebuilt.
        if bytes.is_empty() || bytes.len() > KEY_BYTES_MAX || bytes.contains(&0) || !plain {
            return Err(NotAKey);
        }
        Ok(Self(path.components().collect()))
    }

    /// The key of the bytes that [`Key::as_bytes`] gave, as the catalog stores them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotAKey> {
        Self::new(OsStr::from_bytes(bytes))
    }

    /// The bytes of the path, in whatever encoding its names have.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_os_str().as_bytes()
    }

    /// The path relative to the root.
    pub fn as_path(&self) -> &Path {
        &self.0
    }

    /// The last name, for people: bytes that are not UTF-8 are shown as U+FFFD.
    pub fn file_name(&self) -> String {
        self.0.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.to_string_lossy().fmt(f)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_cannot_leave_its_root() {
        for path in ["", "/", "/etc/passwd", "..", "a/../b", "../a", "a/..", ".", "./a", "a\0b"] {
            assert_eq!(Key::new(path), Err(NotAKey), "{path:?}");
        }
        assert_eq!(Key::new("x".repeat(KEY_BYTES_MAX + 1)), Err(NotAKey));
    }

    #[test]
    fn a_key_has_one_spelling_and_keeps_names_in_any_encoding() {
        for (path, key) in [("a/b.mkv", "a/b.mkv"), ("a//b", "a/b"), ("a/./b", "a/b"), ("a/", "a")]
        {
            assert_eq!(Key::new(path).map(|k| k.to_string()), Ok(key.to_owned()));
        }
        let latin1 = Key::from_bytes(b"caf\xe9.mkv").expect("any bytes are a name");
        assert_eq!(latin1.as_bytes(), b"caf\xe9.mkv");
        assert_eq!(latin1.file_name(), "caf\u{fffd}.mkv");
    }
}
