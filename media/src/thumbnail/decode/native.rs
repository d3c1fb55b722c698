//! Our own decoders.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Av1Process, KeyframeDecoder, Wanted, av1, h264, hevc, invalid, unsupported, vp8, vp9};
use crate::error::Result;
use crate::limits;
use crate::thumbnail::film::Film;
use crate::thumbnail::frame::Frame;
use crate::thumbnail::sample::{Codec, Sample};

/// A picture is made small if so many of them, side by side, are no wider than the film's shorter side:
/// so it is, whichever way the film is turned.
const SMALL: u32 = 2;

/// Decodes the key frames that the index of a film names, by decoders written in Rust.
///
/// They were measured: what is decoded at all equals what `ffmpeg` makes of it, byte by byte.
/// Whatever else a stream may hold is [`crate::Kind::Unsupported`] before it is decoded.
#[derive(Clone, Debug, Default)]
pub struct NativeDecoder {
    av1: Option<Av1Process>,
}

impl NativeDecoder {
    /// AV1 is decoded by that process, or in this one, where a panic of its decoder ends all.
    pub fn new(av1: Option<Av1Process>) -> Self {
        Self { av1 }
    }
}

impl KeyframeDecoder for NativeDecoder {
    fn decode(&self, film: &Film, wanted: Wanted, is_unwanted: &dyn Fn() -> bool) -> Result<Frame> {
        let key_frame = film
            .key_frame_at(wanted.position_ms)
            .ok_or_else(|| unsupported("the film has no index of key frames"))?;
        let mut sample = Sample::read(film, key_frame)?;
        let side = film.video().width.min(film.video().height);
        sample.is_made_small = wanted.width.saturating_mul(SMALL) <= side;
        let mut frame = match &self.av1 {
            Some(process) if sample.codec == Codec::Av1 => process.decode(&sample, is_unwanted)?,
            _ => decode_sample(&sample)?,
        };
        // The stream comes first: who encoded it knew, and containers are often wrapped later by
        // tools that write their defaults. Players and ffmpeg read it in this order too.
        frame.colour = frame.colour.or(film.colour());
        Ok(frame)
    }

    fn cost_bytes(&self, film: &Film) -> u64 {
        film.pixels() * limits::PICTURE_BYTES_PER_PIXEL
    }
}

/// Decodes a key frame. Computes for some milliseconds up to half a second; never panics.
/// A panic inside the decoder of AV1 would end the process, though: see [`Av1Process`].
///
/// A stack of 2 MiB is enough: all decoders were seen to run in 512 KiB.
///
/// # Errors
/// [`crate::Kind::Unsupported`] for what another decoder may decode, [`crate::Kind::Invalid`] for
/// damage, also where a decoder would make a picture of what is left.
pub fn decode_sample(sample: &Sample) -> Result<Frame> {
    let decode = || match sample.codec {
        Codec::H264 => h264::decode(sample),
        Codec::Hevc => hevc::decode(sample),
        Codec::Vp8 => vp8::decode(sample),
        Codec::Vp9 => vp9::decode(sample),
        Codec::Av1 => av1::decode(sample),
    };
    // The decoder is made within, so nothing of it is seen again.
    catch_unwind(AssertUnwindSafe(decode))
        .unwrap_or_else(|_| Err(invalid("the decoder gave up on it")))
}
