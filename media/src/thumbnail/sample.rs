//! The bytes of one key frame, whole and not encrypted, or an error.

use std::sync::Arc;

use super::film::Film;
use crate::error::{Error, Kind, Result};
use crate::limits;
use crate::probe::{self, KeyFrame};

/// What a decoder is given: one key frame and how the track is coded.
#[derive(Clone, Debug)]
pub struct Sample {
    /// How it is coded.
    pub codec: Codec,
    /// The configuration record of the track; empty where it has none.
    pub configuration: Arc<[u8]>,
    /// The key frame.
    pub bytes: Vec<u8>,
    /// Samples of luma that were counted on; a larger picture is not decoded.
    pub pixels_max: u64,
    /// It will be drawn in at most half of its columns and rows: the edges of its blocks need not
    /// be smoothed.
    pub is_made_small: bool,
}

/// The codecs of which we decode key frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// ITU-T H.264.
    H264,
    /// ITU-T H.265.
    Hevc,
    /// RFC 6386.
    Vp8,
    /// VP9 Bitstream and Decoding Process Specification.
    Vp9,
    /// AV1 Bitstream and Decoding Process Specification.
    Av1,
}

impl Codec {
    /// By its short name, as [`probe::Track::codec`]; `None` for those that only a process decodes.
    pub fn of(name: &str) -> Option<Self> {
        match name {
            "h264" => Some(Self::H264),
            "hevc" => Some(Self::Hevc),
            "vp8" => Some(Self::Vp8),
            "vp9" => Some(Self::Vp9),
            "av1" => Some(Self::Av1),
            _ => None,
        }
    }
}

impl Sample {
    /// Reads a key frame of a film. Blocks on the disk.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] for a codec or a way of packing that is not read here,
    /// [`Kind::Invalid`] if the bytes are not all there or more than
    /// [`limits::SAMPLE_BYTES_MAX`]; what reading failed with.
    pub fn read(film: &Film, frame: &KeyFrame) -> Result<Self> {
        let stream = &film.stream;
        let unsupported = |text: &str| Err(Error::new(Kind::Unsupported, text));
        let Some(codec) = Codec::of(&stream.codec) else {
            return unsupported("no decoder for this codec");
        };
        if stream.has_several_configurations {
            return unsupported("the track is coded in several ways");
        }
        if stream.has_colours_of_its_own {
            return unsupported("its colours are Dolby Vision's alone");
        }
        let bytes = probe::read_key_frame(film.object(), stream, frame)?;
        let configuration = stream.configuration.as_slice().into();
        Ok(Self { codec, configuration, bytes, pixels_max: film.pixels(), is_made_small: false })
    }

    /// A key frame that came from elsewhere.
    pub fn new(codec: Codec, configuration: &[u8], bytes: Vec<u8>) -> Self {
        let pixels_max = limits::PICTURE_PIXELS_MAX;
        Self { codec, configuration: configuration.into(), bytes, pixels_max, is_made_small: false }
    }
}
