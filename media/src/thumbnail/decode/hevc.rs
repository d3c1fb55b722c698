//! Key frames of HEVC, decoded by `rust_h265`.

use rust_h265::{DecodeError, DecodeLimits, Decoder, PixelData};

use super::parameter_sets::ParameterSets;
use super::units::{self, Framing};
use super::{invalid, planes, unsupported};
use crate::error::{Error, Kind, Result};
use crate::limits;
use crate::probe::bytes::{Bits, Fields};
use crate::probe::stream_headers::{self, InStream};
use crate::thumbnail::frame::{Chroma, Frame, Plane, Samples};
use crate::thumbnail::sample::Sample;

/// Decodes a key frame: of several layers (another eye, Dolby Vision's enhancement) the base.
pub(super) fn decode(sample: &Sample) -> Result<Frame> {
    let (framing, mut all) = configuration(&sample.configuration)?;
    all.extend(units::split(&sample.bytes, framing)?);
    let mut sets = ParameterSets::default();
    let mut told = None;
    let mut decoder = Decoder::with_limits(DecodeLimits {
        max_picture_pixels: limits::PICTURE_PIXELS_MAX,
        max_picture_memory_bytes: limits::PICTURE_PIXELS_MAX * limits::PICTURE_BYTES_PER_PIXEL,
    });
    let mut picture = None;
    for unit in all {
        let Some(&[first, second]) = unit.get(..2) else { continue };
        // Layers above the base need what no decoder of ours has (ITU-T H.265 §7.4.2.2).
        if (first & 1, second >> 3) != (0, 0) {
            continue;
        }
        match first >> 1 & 0x3f {
            VIDEO_SET => {}
            SEQUENCE_SET => {
                let set = stream_headers::hevc_parameter_set_unit(unit);
                sets.note_sequence(set, sample.pixels_max)?;
            }
            PICTURE_SET => {
                let content = stream_headers::without_emulation_prevention(&unit[2..]);
                sets.note_picture(&content)?;
            }
            // Pictures that others can be decoded from, all of whose slices are intra (§7.4.2.2).
            16..=21 => {
                let set = check_slice(&unit[2..], &sets)?;
                told = told.or(Some(set));
            }
            0..=31 => return Err(unsupported("the key frame refers to other pictures")),
            // Messages and delimiters.
            _ => continue,
        }
        let parsed = rust_h265::parse_nal(unit);
        let parsed = parsed.ok_or_else(|| invalid("a NAL unit has an impossible header"))?;
        let next = decoder.decode_nal(&parsed).map_err(error)?;
        picture = picture.or(next);
    }
    let told = told.ok_or_else(|| invalid("the sample has no slice"))?;
    let picture = picture.or_else(|| decoder.flush());
    if let Some(late) = decoder.next_error() {
        return Err(error(late));
    }
    frame(picture.ok_or_else(|| invalid("the sample makes no picture"))?, &told)
}

/// NAL unit types of parameter sets (ITU-T H.265 table 7-1).
const VIDEO_SET: u8 = 32;
const SEQUENCE_SET: u8 = 33;
const PICTURE_SET: u8 = 34;

/// The framing of samples and the parameter sets of an `hvcC` record
/// (ISO/IEC 14496-15 §8.3.2.1), or of a byte stream that stands in its place.
fn configuration(record: &[u8]) -> Result<(Framing, Vec<&[u8]>)> {
    if units::has_start_code(record) {
        return Ok((Framing::StartCodes, units::split(record, Framing::StartCodes)?));
    }
    if record.is_empty() {
        return Err(unsupported("the track has no codec configuration"));
    }
    let mut fields = Fields(record);
    let cut = || invalid("the codec configuration is cut");
    fields.skip(21).ok_or_else(cut)?;
    let size = usize::from(fields.u8().ok_or_else(cut)? & 3) + 1;
    let mut sets = Vec::new();
    for _ in 0..fields.u8().ok_or_else(cut)? {
        fields.skip(1).ok_or_else(cut)?;
        let count = fields.u16().ok_or_else(cut)?;
        units::listed(&mut fields, count, &mut sets)?;
    }
    Ok((Framing::Lengths(size), sets))
}

/// Refuses streams that the decoder does not decode. Returns what the slice's sequence is like.
fn check_slice(slice: &[u8], sets: &ParameterSets) -> Result<InStream> {
    // The head is short, but emulation prevention bytes may stand in it.
    let head = &slice[..slice.len().min(16)];
    let content = stream_headers::without_emulation_prevention(head);
    let mut bits = Bits::new(&content);
    // first_slice_segment_in_pic_flag and no_output_of_prior_pics_flag (§7.3.6.1).
    let picture = bits.skip(2).and_then(|()| bits.exp_golomb());
    let told = *sets.of(picture.ok_or_else(|| invalid("a slice is cut"))?)?;
    match (told.chroma_format, told.bit_depths) {
        (Some(1 | 3), Some((8, 8) | (10, 10) | (12, 12))) => Ok(told),
        (chroma, depths) => {
            Err(unsupported(format!("HEVC of chroma format {chroma:?} and bit depths {depths:?}")))
        }
    }
}

fn error(error: DecodeError) -> Error {
    let kind = match error {
        DecodeError::Unsupported(_) => Kind::Unsupported,
        _ => Kind::Invalid,
    };
    Error::with_source(kind, "decoding HEVC", error)
}

fn frame(picture: rust_h265::Frame, told: &InStream) -> Result<Frame> {
    let chroma = match picture.chroma_format_idc {
        1 => Chroma::Yuv420,
        3 => Chroma::Yuv444,
        _ => return Err(unsupported("the decoder gave a chroma format of its own")),
    };
    let (width, height) = (picture.width, picture.height);
    let size = planes::chroma_size(width, height, chroma);
    let planes =
        vec![plane(picture.y, (width, height))?, plane(picture.u, size)?, plane(picture.v, size)?];
    Ok(Frame { width, height, chroma, bit_depth: picture.bit_depth, planes, colour: told.colour })
}

fn plane(data: PixelData, (width, height): (u32, u32)) -> Result<Plane> {
    let expected = width as usize * height as usize;
    if expected == 0 || data.len() != expected {
        return Err(invalid("the decoder gave another size of picture than it said"));
    }
    let samples = match data {
        PixelData::U8(samples) => Samples::Eight(samples),
        PixelData::U16(samples) => Samples::Sixteen(samples),
    };
    Ok(Plane { width, height, samples })
}
