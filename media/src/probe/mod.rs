//! What a file is made of, as its headers tell it.
//!
//! [`MediaInfo`] is the answer for every container; who reads it knows no box or element. The scan
//! calls [`probe_object`]. MP4 and Matroska are read by our own walkers, which take memory and time
//! by what is there and never by what a length field claims (`docs/design/probe.md`); the other
//! containers are recognised by their first bytes and described by an `ffprobe` process where one
//! is installed.

pub(crate) mod bytes;
mod codec_string;
mod codecs;
mod colour;
mod ffprobe;
mod info;
mod language;
mod matroska;
mod mp4;
mod sniff;
pub(crate) mod stream_headers;
mod tag_words;
mod tail;
#[cfg(test)]
mod tests;
mod video_stream;

pub use colour::Colour;
pub use ffprobe::Ffprobe;
pub use info::{
    AudioDetails, Chapter, Container, Cover, Hdr, KeyFrame, MediaInfo, ProbedBy, SubtitleDetails,
    Tags, Track, TrackDetails, VideoDetails,
};
pub use sniff::Demuxer;

pub(crate) use video_stream::{VideoStream, read_key_frame, video_stream};

use std::panic::{AssertUnwindSafe, catch_unwind};

use self::bytes::{Faults, Reader, invalid};
use self::sniff::Sniffed;
use crate::error::{Error, Kind, Result};
use crate::limits;
use crate::storage::{Object, ReadAt};

/// Describes a media file, whatever its container. Blocks on the disk, and up to
/// [`limits::FFPROBE_WAIT_MS_MAX`] on a process; never panics.
///
/// A container that neither we nor `ffprobe` can describe still gives an answer that says which it
/// is, with [`ProbedBy::Nobody`].
///
/// # Errors
/// [`Kind::Invalid`] for what is no media file, or one that nothing can be played of;
/// [`Kind::Unsupported`] for a format that is not known; what reading failed with. The text begins
/// with `file_name`, and its [chain](Error::chain) is a sentence for people.
pub fn probe_object(
    object: &Object,
    file_name: &str,
    ffprobe: Option<&Ffprobe>,
) -> Result<MediaInfo> {
    guarded(file_name, || {
        let reader = &mut Reader::new(object);
        let sniffed = sniff::sniff(reader)?;
        let info = match (describe(reader, sniffed)?, ffprobe) {
            (info, Some(ffprobe)) if info.probed_by == ProbedBy::Nobody => {
                MediaInfo { faults: info.faults, ..ffprobe.probe(object, sniffed)? }
            }
            (info, _) => info,
        };
        with_something_to_play(info)
    })
}

/// Describes a media file by our own walkers alone. Blocks on the disk; never panics.
///
/// # Errors
/// As [`probe_object`].
pub fn probe(source: &dyn ReadAt, file_name: &str) -> Result<MediaInfo> {
    guarded(file_name, || {
        let reader = &mut Reader::new(source);
        let sniffed = sniff::sniff(reader)?;
        with_something_to_play(describe(reader, sniffed)?)
    })
}

/// Lists the key frames of a track, in the order in which the file has them. Blocks on the disk;
/// never panics. Reads the sample tables, or the headers of every fragment, or the Cues: up to
/// some megabytes of a film.
///
/// Empty where the file has no index (Matroska without Cues) or the container is not read by us.
///
/// # Errors
/// [`Kind::NotFound`] if there is no track of that number; else as [`probe_object`].
pub fn key_frames(source: &dyn ReadAt, track_number: u64) -> Result<Vec<KeyFrame>> {
    guarded("the file", || {
        let reader = &mut Reader::with_budget(
            source,
            limits::KEY_FRAME_READ_BYTES_MAX,
            limits::KEY_FRAME_ELEMENTS_MAX,
        );
        match sniff::sniff(reader)?.container {
            Container::Mp4 => mp4::key_frames(reader, track_number),
            Container::Matroska | Container::Webm => matroska::key_frames(reader, track_number),
            _ => Ok(Vec::new()),
        }
    })
}

/// What `ffmpeg` is to read a file as, by its first bytes. Blocks on the disk; never panics.
///
/// # Errors
/// As [`probe_object`]; a text that names other files is no media file.
pub fn demuxer(source: &dyn ReadAt) -> Result<Demuxer> {
    guarded("the file", || sniff::sniff(&mut Reader::new(source)).map(Sniffed::demuxer))
}

fn describe(reader: &mut Reader<'_>, sniffed: Sniffed) -> Result<MediaInfo> {
    match sniffed.container {
        Container::Mp4 => mp4::probe(reader),
        Container::Matroska | Container::Webm => matroska::probe(reader),
        container => {
            let mut faults = Faults::default();
            let checked = tail::check(reader, sniffed, &mut faults);
            faults.keep(checked);
            Ok(MediaInfo { container, faults: faults.0, ..MediaInfo::default() })
        }
    }
}

/// Refuses a file that has tracks, but none to see, hear or read.
fn with_something_to_play(info: MediaInfo) -> Result<MediaInfo> {
    let is_other = |track: &Track| track.details == TrackDetails::Other;
    if !info.tracks.is_empty() && info.tracks.iter().all(is_other) {
        let codecs: Vec<&str> = info.tracks.iter().map(|track| track.codec.as_str()).collect();
        return Err(invalid(format!(
            "it has neither pictures nor sound nor subtitles, only {}",
            codecs.join(", ")
        )));
    }
    Ok(info)
}

/// Names the file in errors, and turns a panic, which would be a fault of ours, into one of them:
/// a scan goes on with the next file.
fn guarded<T>(file_name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let doing = || format!("reading the headers of {file_name}");
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Error::with_source(error.kind(), doing(), error)),
        Err(_) => Err(Error::new(Kind::Internal, format!("{}: a fault of ours", doing()))),
    }
}

/// The media type of a picture by its first bytes; `None` for what browsers do not show.
fn picture_type(head: &[u8]) -> Option<&'static str> {
    match head {
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P'] => Some("image/webp"),
        _ => None,
    }
}
