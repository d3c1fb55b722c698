//! Key frames of H.264, decoded by `rust_h264`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rust_h264::decoder::{ChromaFormat, Decoder};
use rust_h264::error::DecodeError;
use rust_h264::nal::{NalUnit, NalUnitType};

use super::deblocking::SliceFields;
use super::parameter_sets::ParameterSets;
use super::planes::{self, Source};
use super::units::{self, Framing};
use super::{invalid, unsupported};
use crate::error::{Error, Kind, Result};
use crate::probe::bytes::{Bits, Fields};
use crate::probe::stream_headers::{self, InStream};
use crate::thumbnail::frame::{Chroma, Frame};
use crate::thumbnail::sample::Sample;

/// Decodes a key frame. A single field becomes a frame with each row twice.
pub(super) fn decode(sample: &Sample) -> Result<Frame> {
    let (framing, mut all) = configuration(&sample.configuration)?;
    all.extend(units::split(&sample.bytes, framing)?);
    let mut sets = ParameterSets::default();
    let mut fields_of = BTreeMap::new();
    let mut told = None;
    let mut fed = Vec::new();
    for unit in all {
        let head = unit[0];
        if head & 0x80 != 0 {
            return Err(invalid("a NAL unit has its forbidden bit set"));
        }
        let kind = NalUnitType::from(head & 31);
        // Emulation prevention bytes are no part of the content (ITU-T H.264 §7.3.1).
        let mut content = stream_headers::without_emulation_prevention(&unit[1..]);
        match kind {
            NalUnitType::Sps => {
                let set = stream_headers::avc_parameter_set(unit);
                sets.note_sequence(set, sample.pixels_max)?;
            }
            NalUnitType::Pps => {
                fields_of.insert(sets.note_picture(&content)?, SliceFields::of(&content));
            }
            NalUnitType::Slice | NalUnitType::SliceIdr => {
                let (picture, set) = check_slice(&content, &sets)?;
                told = told.or(Some(set));
                if sample.is_made_small
                    && let Some(Some(fields)) = fields_of.get(&picture)
                    && let Some(unfiltered) = fields.without_filter(head, &content, &set)
                {
                    content = unfiltered;
                }
            }
            NalUnitType::SliceDataA | NalUnitType::SliceDataB | NalUnitType::SliceDataC => {
                return Err(unsupported("data partitioning"));
            }
            // Messages, delimiters, and slices of further views or layers.
            _ => continue,
        }
        let rbsp = Cow::<[u8]>::Owned(content);
        fed.push(NalUnit { nal_ref_idc: head >> 5 & 3, nal_unit_type: kind, rbsp });
    }
    let told = told.ok_or_else(|| invalid("the sample has no slice"))?;
    let mut decoder = Decoder::new();
    let mut picture = None;
    for unit in fed {
        picture = decoder.decode_nal(&unit).map_err(error)?;
        // The first picture of the sample is whole when another begins.
        if picture.is_some() {
            break;
        }
    }
    let picture = picture.or_else(|| decoder.flush());
    frame(picture.ok_or_else(|| invalid("the sample makes no picture"))?, &told)
}

/// The framing of samples and the parameter sets of an `avcC` record
/// (ISO/IEC 14496-15 §5.3.3.1), or of a byte stream that stands in its place.
fn configuration(record: &[u8]) -> Result<(Framing, Vec<&[u8]>)> {
    if units::has_start_code(record) {
        return Ok((Framing::StartCodes, units::split(record, Framing::StartCodes)?));
    }
    let mut fields = Fields(record);
    let cut = || invalid("the codec configuration is cut");
    match fields.u8() {
        Some(1) => {}
        Some(_) => return Err(unsupported("the codec configuration is of an unknown version")),
        None => return Err(unsupported("the track has no codec configuration")),
    }
    fields.skip(3).ok_or_else(cut)?;
    let size = usize::from(fields.u8().ok_or_else(cut)? & 3) + 1;
    let mut sets = Vec::new();
    // The numbers of sequence parameter sets and of picture parameter sets.
    for mask in [0x1f, 0xff] {
        let count = fields.u8().ok_or_else(cut)? & mask;
        units::listed(&mut fields, count.into(), &mut sets)?;
    }
    Ok((Framing::Lengths(size), sets))
}

/// Refuses slices that refer to other pictures, and streams that the decoder decodes to something
/// else or not at all. Returns the number of the slice's picture parameter set, and what its sequence
/// is like.
fn check_slice(content: &[u8], sets: &ParameterSets) -> Result<(u32, InStream)> {
    /// `slice_type` of slices without references (ITU-T H.264 table 7-6).
    const INTRA: [u32; 2] = [2, 7];
    let mut bits = Bits::new(content);
    let head = (|| Some((bits.exp_golomb()?, bits.exp_golomb()?, bits.exp_golomb()?)))();
    let (_, kind, picture) = head.ok_or_else(|| invalid("a slice is cut"))?;
    if !INTRA.contains(&kind) {
        return Err(unsupported("the key frame refers to other pictures"));
    }
    let told = *sets.of(picture)?;
    match (told.chroma_format, told.bit_depths) {
        // Of monochrome the depth of chroma means nothing.
        (Some(0..=2), Some((8, 8) | (10, 10))) | (Some(0), Some((8 | 10, _))) => {
            Ok((picture, told))
        }
        (chroma, depths) => {
            Err(unsupported(format!("H.264 of chroma format {chroma:?} and bit depths {depths:?}")))
        }
    }
}

fn error(error: DecodeError) -> Error {
    let kind = match error {
        DecodeError::Unsupported(_) => Kind::Unsupported,
        _ => Kind::Invalid,
    };
    Error::with_source(kind, "decoding H.264", error)
}

fn frame(picture: rust_h264::decoder::Frame, told: &InStream) -> Result<Frame> {
    let chroma = match picture.chroma_format {
        // The decoder fills up the planes that there are not.
        _ if told.chroma_format == Some(0) => Chroma::Monochrome,
        ChromaFormat::Yuv420 => Chroma::Yuv420,
        ChromaFormat::Yuv422 => Chroma::Yuv422,
    };
    let (width, height) = (picture.width, picture.height);
    let coded = told.size.unwrap_or_default();
    if u64::from(width) > coded.0 || u64::from(height) > coded.1 {
        return Err(invalid("the picture is larger than its header told"));
    }
    let is_wide = picture.bit_depth > 8;
    let plane = |bytes: Vec<u8>, (width, height): (u32, u32)| {
        if !is_wide {
            return planes::whole(bytes, width, height);
        }
        let stride_bytes = width as usize * 2;
        planes::plane(&Source { bytes: &bytes, stride_bytes, is_wide }, width, height)
    };
    let small = (picture.chroma_width(), picture.chroma_height());
    let mut planes = vec![plane(picture.y, (width, height))?];
    if chroma != Chroma::Monochrome {
        planes.push(plane(picture.u, small)?);
        planes.push(plane(picture.v, small)?);
    }
    let is_field = told.may_have_fields && u64::from(height) * 2 <= coded.1;
    if is_field {
        planes = planes.into_iter().map(planes::with_rows_doubled).collect();
    }
    Ok(Frame {
        width,
        height: if is_field { height * 2 } else { height },
        chroma,
        bit_depth: picture.bit_depth,
        planes,
        colour: told.colour,
    })
}
