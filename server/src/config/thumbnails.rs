//! `[thumbnails]`: pictures made from films.

use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::time::Duration;

use serde::Deserialize;
use spillway_media::limits::{
    AHEAD_PROCESSOR_TIME_PER_HOUR, AHEAD_READ_BYTES_PER_HOUR, PICTURES_BYTES_MAX,
};
use spillway_media::thumbnail::Budget;

use super::{ConfigError, within};

/// Threads that may be asked for.
const THREADS: RangeInclusive<usize> = 1..=64;

/// Bytes that pictures may be given on the disk: no fewer than some films' need, and 16 TiB.
const BYTES: RangeInclusive<u64> = 64 << 20..=1 << 44;

/// Seconds of an hour that 64 processors have.
const PROCESSOR_S: RangeInclusive<u64> = 0..=64 * 3600;

/// Bytes that may be read in an hour: as fast as an array of disks does.
const READ_BYTES: RangeInclusive<u64> = 0..=1 << 44;

/// `[thumbnails]` as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
pub struct ThumbnailsFile {
    /// Threads that make pictures.
    pub threads: Option<usize>,
    /// Bytes that pictures may take on the disk.
    pub bytes_max: Option<u64>,
    /// Whether `ffmpeg` decodes everything.
    pub ffmpeg_only: Option<bool>,
    /// Seconds on processors in an hour for what nobody has asked for yet.
    pub ahead_processor_s_per_hour: Option<u64>,
    /// Bytes read in an hour for the same.
    pub ahead_read_bytes_per_hour: Option<u64>,
}

/// `[thumbnails]` as meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thumbnails {
    /// Threads that make pictures, where the machine's processors do not say how many.
    pub threads: Option<NonZeroUsize>,
    /// Bytes that pictures may take on the disk.
    pub bytes_max: u64,
    /// Whether `ffmpeg` decodes everything.
    pub ffmpeg_only: bool,
    /// What may be spent on what nobody has asked for yet; none to make nothing ahead.
    pub ahead: Option<Budget>,
}

impl ThumbnailsFile {
    pub(super) fn resolve(self) -> Result<Thumbnails, ConfigError> {
        let threads = self.threads.map(|threads| within("thumbnails.threads", threads, &THREADS));
        let processor_s = within(
            "thumbnails.ahead_processor_s_per_hour",
            self.ahead_processor_s_per_hour.unwrap_or(AHEAD_PROCESSOR_TIME_PER_HOUR.as_secs()),
            &PROCESSOR_S,
        )?;
        let read_bytes_per_hour = within(
            "thumbnails.ahead_read_bytes_per_hour",
            self.ahead_read_bytes_per_hour.unwrap_or(AHEAD_READ_BYTES_PER_HOUR),
            &READ_BYTES,
        )?;
        let bytes_max = self.bytes_max.unwrap_or(PICTURES_BYTES_MAX);
        let is_ahead = processor_s > 0 && read_bytes_per_hour > 0;
        Ok(Thumbnails {
            threads: threads.transpose()?.and_then(NonZeroUsize::new),
            bytes_max: within("thumbnails.bytes_max", bytes_max, &BYTES)?,
            ffmpeg_only: self.ffmpeg_only.unwrap_or(false),
            ahead: is_ahead.then_some(Budget {
                processor_time_per_hour: Duration::from_secs(processor_s),
                read_bytes_per_hour,
            }),
        })
    }
}
