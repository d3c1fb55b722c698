//! How words and numbers are written in the database.

use serde::de::DeserializeOwned;

use super::model::{ArtworkKind, TitleKind};
use crate::error::{Error, Kind, Result};
use crate::storage::{Key, Version};

impl TitleKind {
    /// Every kind, in the order in which equally good matches of a search are shown.
    pub const ALL: [Self; 5] = [Self::Film, Self::Series, Self::Audio, Self::Episode, Self::Extra];

    pub(super) fn code(self) -> i64 {
        match self {
            Self::Film => 1,
            Self::Series => 2,
            Self::Audio => 3,
            Self::Episode => 4,
            Self::Extra => 5,
        }
    }

    pub(super) fn of_code(code: i64) -> Result<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code).ok_or_else(unknown)
    }
}

impl ArtworkKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Poster, Self::Backdrop, Self::Logo, Self::Thumb];

    pub(super) fn code(self) -> i64 {
        match self {
            Self::Poster => 1,
            Self::Backdrop => 2,
            Self::Logo => 3,
            Self::Thumb => 4,
        }
    }

    pub(super) fn of_code(code: i64) -> Result<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code).ok_or_else(unknown)
    }
}

/// A value in a row that this version never writes.
pub(super) fn unknown() -> Error {
    Error::new(Kind::BadCatalog, "reading the catalog: a value that no Spillway writes")
}

/// A JSON value that this catalog wrote.
pub(super) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|_| unknown())
}

/// Four columns: length, modified, changed, inode.
pub(super) type VersionRow = (i64, i64, i64, i64);

pub(super) fn version_of((len_bytes, modified_ns, changed_ns, inode): VersionRow) -> Version {
    Version {
        len_bytes: len_bytes.cast_unsigned(),
        modified_ns,
        changed_ns,
        inode: inode.cast_unsigned(),
    }
}

pub(super) fn key_of(bytes: &[u8]) -> Result<Key> {
    Key::from_bytes(bytes).map_err(|_| unknown())
}

/// A length or duration as SQL stores it; what does not fit in 63 bits is told as the largest.
pub(super) fn to_sql(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A number that the schema keeps at 0 or above.
pub(super) fn from_sql(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

/// A number that the schema keeps small.
pub(super) fn small<T: TryFrom<i64>>(value: i64) -> Result<T> {
    T::try_from(value).map_err(|_| unknown())
}

/// The season of a picture; -1 stands for a title's own.
pub(super) fn season_of(value: i64) -> Result<Option<u32>> {
    if value < 0 { Ok(None) } else { small(value).map(Some) }
}

/// What [`season_of`] reads.
pub(super) fn season_code(season: Option<u32>) -> i64 {
    season.map_or(-1, i64::from)
}

/// Milliseconds since 1970, by this machine's clock.
pub(super) fn now_ms() -> i64 {
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since_1970.map_or(0, |time| i64::try_from(time.as_millis()).unwrap_or(i64::MAX))
}

/// Bytes in lower-case hexadecimal digits.
pub(super) fn to_hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value & 15)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

/// What [`to_hex`] wrote; `None` for any other text.
pub(super) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let pairs = text.as_bytes().chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    pairs.map(|pair| Some((value(pair[0])? << 4) | value(pair[1])?)).collect()
}
