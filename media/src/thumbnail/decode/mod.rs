//! From a key frame's bytes to planes of samples.

mod av1;
mod av1_process;
mod deblocking;
mod h264;
mod hevc;
mod native;
mod parameter_sets;
mod planes;
mod process;
mod units;
mod vp8;
mod vp9;
mod y4m;

#[cfg(test)]
mod tests;

pub use av1_process::Av1Process;
pub use native::{NativeDecoder, decode_sample};
pub use process::FfmpegProcess;

use super::film::Film;
use super::frame::Frame;
use crate::error::{Error, Kind, Result};
use crate::limits;

/// What a picture is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Where in the film.
    pub position_ms: u64,
    /// How wide it will be drawn, in pixels: what is not seen then may be left out.
    pub width: u32,
}

/// Decodes key frames of films.
pub trait KeyframeDecoder: Send + Sync {
    /// The key frame that is shown at a position or last before it, or the first of the film.
    /// Of the size that it was coded in, however small it will be drawn. Blocks on the disk and computes: some milliseconds to half a second. What takes longer asks
    /// meanwhile whether it `is_unwanted`.
    ///
    /// The colours are those of the stream, and where it tells none those of the container.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] if this decoder cannot decode it and another might;
    /// [`Kind::Invalid`] if it is damaged; [`Kind::Busy`] if it takes too long;
    /// [`Kind::Unavailable`] once it is unwanted; what reading failed with.
    fn decode(&self, film: &Film, wanted: Wanted, is_unwanted: &dyn Fn() -> bool) -> Result<Frame>;

    /// Bytes of memory that decoding one picture of a film may take, by which it is admitted.
    /// Never blocks.
    fn cost_bytes(&self, film: &Film) -> u64;
}

/// All that there is to decode with: our decoders, and an `ffmpeg` process for what they leave.
#[derive(Clone, Debug)]
pub struct Decoders {
    native: NativeDecoder,
    process: Option<FfmpegProcess>,
    is_process_first: bool,
}

impl Decoders {
    /// `process`, where a program may be run, decodes what our decoders do not; all of it if
    /// `is_process_first`.
    pub fn new(
        native: NativeDecoder,
        process: Option<FfmpegProcess>,
        is_process_first: bool,
    ) -> Self {
        Self { native, process, is_process_first }
    }
}

impl KeyframeDecoder for Decoders {
    fn decode(&self, film: &Film, wanted: Wanted, is_unwanted: &dyn Fn() -> bool) -> Result<Frame> {
        match &self.process {
            None => self.native.decode(film, wanted, is_unwanted),
            Some(process) if self.is_process_first => process.decode(film, wanted, is_unwanted),
            Some(process) => match self.native.decode(film, wanted, is_unwanted) {
                Err(error) if error.kind() == Kind::Unsupported => {
                    process.decode(film, wanted, is_unwanted)
                }
                decoded => decoded,
            },
        }
    }

    fn cost_bytes(&self, film: &Film) -> u64 {
        let of_process = self.process.as_ref().map_or(0, |process| process.cost_bytes(film));
        self.native.cost_bytes(film).max(of_process)
    }
}

/// It may be good, but not for us.
fn unsupported(text: impl Into<String>) -> Error {
    Error::new(Kind::Unsupported, text)
}

/// It is damaged.
fn invalid(text: impl Into<String>) -> Error {
    Error::new(Kind::Invalid, text)
}

/// Refuses a picture by the size that its header tells, before anything is decoded: some hundred
/// bytes may claim a picture of any size.
fn check_size(width: u64, height: u64, pixels_max: u64) -> Result<()> {
    let pixels = width.checked_mul(height).filter(|pixels| *pixels > 0);
    let Some(pixels) = pixels else {
        return Err(invalid(format!("its header says {width}x{height}")));
    };
    if width > limits::PICTURE_WIDTH_MAX
        || height > limits::PICTURE_HEIGHT_MAX
        || pixels > limits::PICTURE_PIXELS_MAX
    {
        return Err(invalid(format!("{width}x{height} is too large to be decoded")));
    }
    if width.next_multiple_of(64) * height.next_multiple_of(64) > pixels_max && pixels > pixels_max
    {
        return Err(unsupported(format!(
            "its header says {width}x{height}, more than its container told"
        )));
    }
    Ok(())
}
