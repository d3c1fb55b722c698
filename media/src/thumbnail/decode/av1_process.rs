//! Key frames of AV1 from a process that has nothing but their bytes.
//!
//! The decoder calls parts of itself as if they were written in C. A panic in there ends the process,
//! and each picture that it hands out leaves 48 bytes behind. So this program starts itself anew for
//! each key frame, confined by `process.rs` of this crate: what goes wrong costs one picture.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::time::Duration;

use super::{av1, invalid, unsupported, y4m};
use crate::error::{Error, Kind, Result};
use crate::limits;
use crate::process::{self, Allowance, Input};
use crate::thumbnail::frame::Frame;
use crate::thumbnail::sample::{Codec, Sample};

/// How a process tells that another decoder may decode what it does not.
const UNSUPPORTED: &str = "unsupported: ";

/// A program that does what [`Self::answer`] does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Av1Process {
    program: PathBuf,
    argument: &'static str,
}

impl Av1Process {
    /// The program at this path, which is to be run with this argument.
    pub fn new(program: impl Into<PathBuf>, argument: &'static str) -> Self {
        Self { program: program.into(), argument }
    }

    /// What the process does: decodes the open bitstream units of a key frame, all there is to read,
    /// and writes the picture as YUV4MPEG2. Blocks, and computes up to half a second; a panic in the
    /// decoder ends the process.
    ///
    /// # Errors
    /// The units are damaged or not decoded, as [`super::decode_sample`] tells it; it cannot be read
    /// or written. The text begins with what [`Self::decode`] goes by.
    pub fn answer(input: impl Read, mut output: impl Write) -> std::result::Result<(), String> {
        let mut units = Vec::new();
        let read = input.take(limits::SAMPLE_BYTES_MAX * 2).read_to_end(&mut units);
        read.map_err(|error| error.to_string())?;
        let decoded = super::decode_sample(&Sample::new(Codec::Av1, &[], units));
        let frame = decoded.map_err(|error| match error.kind() {
            Kind::Unsupported => format!("{UNSUPPORTED}{}", error.chain()),
            _ => error.chain(),
        })?;
        output.write_all(&y4m::write(&frame)).map_err(|error| error.to_string())
    }

    /// Decodes a key frame. Its headers are looked at before a process is started. Blocks up to
    /// [`limits::FFMPEG_WAIT_MS_MAX`], until then asking every 50 ms whether it `is_unwanted`. When it
    /// returns, no process is left.
    ///
    /// # Errors
    /// As [`super::KeyframeDecoder::decode`].
    pub(super) fn decode(&self, sample: &Sample, is_unwanted: &dyn Fn() -> bool) -> Result<Frame> {
        let units = av1::units(sample);
        let told = av1::check(&units, sample.pixels_max)?;
        let allowance = Allowance {
            wait: Duration::from_millis(limits::FFMPEG_WAIT_MS_MAX),
            memory_bytes_max: limits::FFMPEG_MEMORY_BYTES_MAX,
            // Three planes of two bytes, and two lines before them.
            output_bytes_max: sample.pixels_max * 6 + 512,
            complaint_bytes_max: limits::MESSAGE_CHARS_MAX as u64,
        };
        let input = Input::Bytes(&units);
        let answer =
            process::run(&self.program, &[self.argument], input, allowance, is_unwanted)
                .map_err(|error| Error::with_source(error.kind(), "decoding AV1 aside", error))?;
        if let Some(frame) = y4m::read(&answer.output)? {
            return Ok(Frame { colour: told.colour, ..frame });
        }
        let said = String::from_utf8_lossy(&answer.complaints);
        let said = said.lines().next().unwrap_or_default();
        match said.strip_prefix(UNSUPPORTED) {
            Some(said) => Err(unsupported(said)),
            None => Err(invalid(format!("the decoder gave up on it: {said}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// A key frame of the fuzzer's seeds: the length of its track's configuration, that, and itself.
    fn sample() -> Sample {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fuzz/seeds/decode_av1");
        let first =
            fs::read_dir(folder).expect("the seeds").next().expect("a seed").expect("listed");
        let seed = fs::read(first.path()).expect("a seed");
        let (len, rest) = seed.split_first_chunk().expect("a length");
        let (configuration, bytes) = rest.split_at(u16::from_be_bytes(*len).into());
        Sample::new(Codec::Av1, configuration, bytes.to_vec())
    }

    fn answer_to(units: &[u8]) -> std::result::Result<Frame, String> {
        let mut output = Vec::new();
        Av1Process::answer(units, &mut output)?;
        Ok(y4m::read(&output).expect("a picture").expect("whole"))
    }

    /// A program that runs these lines instead of a decoder.
    fn decoded_by(script: &str, is_unwanted: &dyn Fn() -> bool) -> Result<Frame> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let program = folder.path().join("program");
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).expect("written");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("executable");
        Av1Process::new(program, "decode").decode(&sample(), is_unwanted)
    }

    #[test]
    fn the_answer_is_what_is_decoded_here() {
        let sample = sample();
        let here = super::super::decode_sample(&sample).expect("decoded");
        let there = answer_to(&av1::units(&sample)).expect("decoded");
        assert_eq!(here.planes, there.planes);
        assert_eq!((here.chroma, here.bit_depth), (there.chroma, there.bit_depth));
    }

    #[test]
    fn damage_and_what_others_may_decode_are_told_apart() {
        let units = av1::units(&sample());
        let damaged = answer_to(&units[..units.len() / 2]).expect_err("cut");
        assert!(!damaged.starts_with(UNSUPPORTED), "{damaged}");
        // A frame that refers to others, behind the sequence header.
        let sequence_bytes = usize::from(units[1]) + 2;
        let unsupported = [&units[..sequence_bytes], &[0x32, 1, 0x30]].concat();
        let told = answer_to(&unsupported).expect_err("no key frame");
        assert!(told.starts_with(UNSUPPORTED), "{told}");
    }

    #[test]
    fn whatever_becomes_of_the_process_is_an_error_of_one_picture() {
        let still_wanted = || false;
        for (script, kind, said) in [
            ("kill -ABRT $$", Kind::Invalid, "gave up"),
            ("echo 'unsupported: so it is' >&2", Kind::Unsupported, "so it is"),
            ("echo broken >&2; exit 1", Kind::Invalid, "broken"),
            ("echo nonsense", Kind::Invalid, "no header"),
            ("echo 'YUV4MPEG2 W64 H64'; echo FRAME; echo a", Kind::Invalid, "cut off"),
            ("cat /dev/urandom", Kind::Invalid, "longer than"),
        ] {
            let error = decoded_by(script, &still_wanted).expect_err(script);
            assert_eq!(error.kind(), kind, "{script}: {}", error.chain());
            assert!(error.chain().contains(said), "{script}: {}", error.chain());
        }
        let error = decoded_by("sleep 60", &|| true).expect_err("nobody waits");
        assert_eq!(error.kind(), Kind::Unavailable);
    }

    #[test]
    fn the_process_is_given_the_whole_key_frame() {
        let units = av1::units(&sample());
        let error = decoded_by("wc -c >&2", &|| false).expect_err("no picture");
        assert!(error.chain().contains(&units.len().to_string()), "{}", error.chain());
    }
}
