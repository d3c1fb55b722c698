//! Files, titles and their pictures: the part of Spillway that knows nothing of HTTP.
//!
//! From the bottom up, each layer knowing only those before it:
//!
//! 1. [`error`], [`limits`], [`ids`]: what went wrong, where things end, what things are called.
//! 2. [`storage`]: a file in a media folder, opened so that a name cannot lead out of the folder.
//! 3. `process`: another program that reads one file and can do nothing else.
//! 4. [`probe`]: what a file is made of, read from its headers by bounded walkers.
//! 5. [`catalog`]: what is known of titles, files, viewers and scans, kept in SQLite.
//! 6. [`scan`]: from folders to catalog in four phases.
//! 7. [`thumbnail`]: pictures from films, decoded from key frames; [`subtitle`]: subtitles as WebVTT.
//!
//! Whatever here reads files or the catalog says whether it blocks. Nothing here knows HTTP, JSON
//! bodies or headers; the server translates.

pub mod catalog;
pub mod error;
pub mod ids;
pub mod limits;
pub mod probe;
mod process;
pub mod scan;
pub mod storage;
pub mod subtitle;
pub mod thumbnail;

pub use error::{Error, Kind, Result};
