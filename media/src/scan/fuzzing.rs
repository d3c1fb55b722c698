//! The readers of what strangers wrote, for `tests/fuzz` alone: to everyone else they are private.

use super::names::{self, Context};
use super::nfo::{self, Nfo};
use crate::catalog::{Facts, Identity};
use crate::error::Result;
use crate::storage::Key;

/// The facts of every title that an NFO file describes.
///
/// # Errors
/// As those of a scan.
pub fn read_nfo(bytes: &[u8]) -> Result<Vec<Facts>> {
    Ok(match nfo::read(bytes)? {
        None => Vec::new(),
        Some(Nfo::Film(facts) | Nfo::Series(facts)) => vec![facts],
        Some(Nfo::Episodes(episodes)) => episodes.into_iter().map(|one| one.facts).collect(),
    })
}

/// The title that a name stands for.
pub fn identify(key: &Key, is_audio: bool, is_series_folder: bool) -> Identity {
    names::identify(key, Context { is_audio, is_series_folder }).identity
}
