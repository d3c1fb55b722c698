//! What is needed to decode single pictures of a track: how it is coded, where its key frames are,
//! and how their bytes are wrapped.

use super::bytes::{Reader, invalid};
use super::colour::Colour;
use super::info::{Container, KeyFrame};
use super::{guarded, matroska, mp4, sniff};
use crate::error::{Error, Kind, Result};
use crate::limits;
use crate::storage::ReadAt;

/// A video track, as far as decoding a key frame of it takes.
#[derive(Clone, Debug, Default)]
pub(crate) struct VideoStream {
    /// As [`super::Track::codec`].
    pub(crate) codec: String,
    /// Samples are encrypted: they are never decoded.
    pub(crate) is_encrypted: bool,
    /// The configuration record: `avcC`, `hvcC`, `av1C` or `vpcC` without version and flags, or
    /// Matroska's `CodecPrivate`; empty where there is none.
    pub(crate) configuration: Vec<u8>,
    /// What the container says of its colours.
    pub(crate) colour: Colour,
    /// The numbers mean colours that only Dolby Vision's own metadata tell (profile 5): a picture
    /// made without them is purple and green.
    pub(crate) has_colours_of_its_own: bool,
    /// The track has several sample entries, so that one configuration does not fit all samples.
    pub(crate) has_several_configurations: bool,
    /// In the order of the file.
    pub(crate) key_frames: Vec<KeyFrame>,
    /// How samples stand in the file.
    pub(crate) wrapping: Wrapping,
}

/// How samples stand in the file.
#[derive(Clone, Debug, Default)]
pub(crate) enum Wrapping {
    /// As they are, at a place and of a length that the index tells.
    #[default]
    Plain,
    /// In blocks of a cluster.
    Blocks(matroska::Blocks),
}

/// Whether a `dvcC`, `dvvC` or `dvwC` record says that the colours are understood by Dolby Vision
/// alone: profile 5 of HEVC, and a profile that is compatible with nothing else ("Dolby Vision
/// Streams Within the ISO Base Media File Format", §3.2).
pub(super) fn is_dolby_vision_alone(record: &[u8]) -> bool {
    let [_, _, profile, _, compatibility, ..] = *record else { return false };
    profile >> 1 == 5 || (profile >> 1 == 10 && compatibility >> 4 == 0)
}

/// Reads what decoding a key frame of a track takes, its index too. Blocks on the disk; never
/// panics.
///
/// The key frames are those of the index; a Matroska file without Cues is walked from cluster to
/// cluster. None for a container that is not read by us.
///
/// # Errors
/// [`Kind::NotFound`] if there is no track of that number; else as [`super::probe`].
pub(crate) fn video_stream(source: &dyn ReadAt, track_number: u64) -> Result<VideoStream> {
    guarded("the file", || {
        let reader = &mut Reader::with_budget(
            source,
            limits::KEY_FRAME_READ_BYTES_MAX,
            limits::KEY_FRAME_ELEMENTS_MAX,
        );
        match sniff::sniff(reader)?.container {
            Container::Mp4 => mp4::video_stream(reader, track_number),
            Container::Matroska | Container::Webm => matroska::video_stream(reader, track_number),
            _ => Ok(VideoStream::default()),
        }
    })
}

/// Reads the bytes of one key frame, whole. Blocks on the disk; never panics.
///
/// # Errors
/// [`Kind::Invalid`] if they are not all there or more than [`limits::SAMPLE_BYTES_MAX`],
/// [`Kind::Unsupported`] for a way of packing that is not known, and what reading failed with.
pub(crate) fn read_key_frame(
    source: &dyn ReadAt,
    stream: &VideoStream,
    frame: &KeyFrame,
) -> Result<Vec<u8>> {
    match (&stream.wrapping, frame.len_bytes) {
        (Wrapping::Plain, Some(len_bytes)) => read_whole(source, frame.offset_bytes, len_bytes),
        (Wrapping::Plain, None) => {
            Err(Error::new(Kind::Unsupported, "the index does not tell how long the picture is"))
        }
        (Wrapping::Blocks(blocks), _) => guarded("the file", || {
            let reader = &mut Reader::with_budget(
                source,
                limits::CLUSTER_READ_BYTES_MAX,
                limits::CLUSTER_ELEMENTS_MAX,
            );
            blocks.read(reader, source, frame)
        }),
    }
}

/// The bytes at a place, all of them.
pub(super) fn read_whole(source: &dyn ReadAt, at: u64, len_bytes: u64) -> Result<Vec<u8>> {
    if len_bytes == 0 || len_bytes > limits::SAMPLE_BYTES_MAX {
        return Err(invalid(format!("the picture at byte {at} has {len_bytes} bytes")));
    }
    if at.checked_add(len_bytes).is_none_or(|end| end > source.len_bytes()) {
        return Err(invalid(format!("the file ends within the picture at byte {at}")));
    }
    let len = usize::try_from(len_bytes).expect("a sample is small");
    let mut bytes = vec![0; len];
    source
        .read_exact_at(&mut bytes, at)
        .map_err(|error| Error::io(format!("reading the picture at byte {at}"), error))?;
    Ok(bytes)
}
