//! Key frames of AV1, decoded by `re_rav1d`.

use re_rav1d::dav1d::{
    DecodeFrameType, Decoder, Error as Av1Error, Picture, PixelLayout, PlanarImageComponent,
    Settings,
};

use super::planes::{self, Source};
use super::{check_size, invalid, unsupported};
use crate::error::{Error, Kind, Result};
use crate::limits;
use crate::probe::bytes::{Bits, Fields};
use crate::probe::stream_headers::{self, InStream};
use crate::thumbnail::frame::{Chroma, Frame};
use crate::thumbnail::sample::Sample;

/// The open bitstream units of a key frame, with those of its track before them.
pub(super) fn units(sample: &Sample) -> Vec<u8> {
    // Version, profile and flags, then what precedes the first sample (AV1 in ISOBMFF §2.3.3).
    let of_track = sample.configuration.get(4..).unwrap_or_default();
    [of_track, &sample.bytes].concat()
}

/// Decodes a key frame, film grain included: of several layers the base.
pub(super) fn decode(sample: &Sample) -> Result<Frame> {
    let bytes = units(sample);
    let told = check(&bytes, sample.pixels_max)?;
    let mut settings = Settings::new();
    settings.set_n_threads(1);
    settings.set_max_frame_delay(1);
    settings.set_all_layers(false);
    settings.set_decode_frame_type(DecodeFrameType::Key);
    // What the header of a frame says may differ from that of the sequence.
    settings.set_frame_size_limit(
        u32::try_from(limits::PICTURE_PIXELS_MAX).expect("some million pixels"),
    );
    let mut decoder = Decoder::with_settings(&settings).map_err(error)?;
    match decoder.send_data(bytes, None, None, None) {
        // The first picture may be there before the rest was taken.
        Ok(()) | Err(Av1Error::Again) => {}
        Err(failed) => return Err(error(failed)),
    }
    let picture = decoder.get_picture().map_err(error)?;
    frame(&picture, &told)
}

fn error(error: Av1Error) -> Error {
    let kind = match error {
        Av1Error::UnsupportedBitstream | Av1Error::NotEnoughMemory => Kind::Unsupported,
        _ => Kind::Invalid,
    };
    Error::with_source(kind, "decoding AV1", error)
}

/// Types of OBUs (§6.2.2).
const SEQUENCE_HEADER: u8 = 1;
const FRAME_HEADER: u8 = 3;
const FRAME: u8 = 6;

/// Walks over the OBUs to the first frame: it must be a key frame that is shown, of a size that is
/// decoded. Returns what its sequence is like.
pub(super) fn check(bytes: &[u8], pixels_max: u64) -> Result<InStream> {
    let cut = || invalid("an OBU is longer than the sample that holds it");
    let mut told = None;
    let mut is_still = false;
    let mut fields = Fields(bytes);
    let mut count = 0;
    while !fields.0.is_empty() {
        let unit = next_unit(&mut fields).ok_or_else(cut)?;
        count += 1;
        if count > limits::SAMPLE_UNITS_MAX {
            return Err(invalid("the picture has more OBUs than any should have"));
        }
        match unit.kind {
            SEQUENCE_HEADER => {
                let set = stream_headers::av1_sequence_header(unit.payload);
                let set = set.ok_or_else(|| invalid("a sequence header cannot be read"))?;
                let (width, height) = set.size.unwrap_or((0, 0));
                check_size(width, height, pixels_max)?;
                // Profile, still_picture, then reduced_still_picture_header (§5.5.1).
                is_still = unit.payload.first().is_some_and(|byte| byte & 0x08 != 0);
                told = Some(set);
            }
            FRAME_HEADER | FRAME => {
                let told = told.ok_or_else(|| invalid("a frame comes before its sequence"))?;
                if !is_still {
                    check_frame(unit.payload)?;
                }
                return Ok(told);
            }
            _ => {}
        }
    }
    Err(invalid("the sample has no frame"))
}

/// `uncompressed_header` (§5.9.2) must begin a key frame that is shown.
fn check_frame(payload: &[u8]) -> Result<()> {
    let mut bits = Bits::new(payload);
    let head = (|| Some((bits.flag()?, bits.take(2)?, bits.flag()?)))();
    match head.ok_or_else(|| invalid("a frame is cut"))? {
        (false, 0, true) => Ok(()),
        (false, 0, false) => Err(unsupported("the key frame is not shown")),
        _ => Err(unsupported("the key frame refers to other pictures")),
    }
}

/// An open bitstream unit.
struct Unit<'a> {
    kind: u8,
    payload: &'a [u8],
}

/// The next OBU (§5.3); `None` if it is cut.
fn next_unit<'a>(fields: &mut Fields<'a>) -> Option<Unit<'a>> {
    let head = fields.u8()?;
    if head & 0x80 != 0 {
        return None;
    }
    if head & 4 != 0 {
        fields.skip(1)?;
    }
    // The last one of a sample may leave out its size.
    let mut len = fields.0.len();
    if head & 2 != 0 {
        len = 0;
        // leb128 (§4.10.5), of which more than five bytes would be no size of ours.
        for shift in (0..35).step_by(7) {
            let byte = fields.u8()?;
            len |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
    }
    let payload = fields.take(len)?;
    Some(Unit { kind: head >> 3 & 15, payload })
}

fn frame(picture: &Picture, told: &InStream) -> Result<Frame> {
    let (width, height) = (picture.width(), picture.height());
    let chroma = match picture.pixel_layout() {
        PixelLayout::I400 => Chroma::Monochrome,
        PixelLayout::I420 => Chroma::Yuv420,
        PixelLayout::I422 => Chroma::Yuv422,
        PixelLayout::I444 => Chroma::Yuv444,
    };
    let depth = picture.bits_per_component().map_or(0, |bits| bits.0);
    let bit_depth = u8::try_from(depth).ok().filter(|depth| matches!(depth, 8 | 10 | 12));
    let bit_depth = bit_depth.ok_or_else(|| invalid("the decoder gave an unknown bit depth"))?;
    let plane = |component, (width, height)| {
        let data = picture.plane(component);
        let stride_bytes = picture.stride(component) as usize;
        let source = Source { bytes: data.as_ref(), stride_bytes, is_wide: bit_depth > 8 };
        planes::plane(&source, width, height)
    };
    let mut planes = vec![plane(PlanarImageComponent::Y, (width, height))?];
    if chroma != Chroma::Monochrome {
        let half = planes::chroma_size(width, height, chroma);
        planes.push(plane(PlanarImageComponent::U, half)?);
        planes.push(plane(PlanarImageComponent::V, half)?);
    }
    Ok(Frame { width, height, chroma, bit_depth, planes, colour: told.colour })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sequence() -> Vec<u8> {
        vec![0x0a, 0x0e, 0, 0, 0, 0x4a, 0xab, 0xbf, 0xc3, 0x77, 0x6f, 0xe3, 0x42, 0x44, 0x02, 0x41]
    }

    #[test]
    fn only_key_frames_that_are_shown_are_decoded() {
        let kind = |units: &[u8]| {
            let bytes = [sequence(), units.to_vec()].concat();
            check(&bytes, limits::PICTURE_PIXELS_MAX).map(|told| told.size).map_err(|e| e.kind())
        };
        let size = Some((1920, 1080));
        assert_eq!(kind(&[0x12, 0, 0x32, 2, 0x10, 0]), Ok(size));
        assert_eq!(kind(&[0x30, 0x10]), Ok(size));
        assert_eq!(kind(&[0x32, 1, 0x00]), Err(Kind::Unsupported));
        assert_eq!(kind(&[0x32, 1, 0x30]), Err(Kind::Unsupported));
        assert_eq!(kind(&[0x32, 1, 0x90]), Err(Kind::Unsupported));
        assert_eq!(kind(&[0x32, 2, 0x10]), Err(Kind::Invalid));
        assert_eq!(kind(&[]), Err(Kind::Invalid));
        assert_eq!(check(&sequence(), 1000).map_err(|e| e.kind()).err(), Some(Kind::Unsupported));
    }

    proptest! {
        #[test]
        fn no_bytes_lead_astray(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = check(&bytes, limits::PICTURE_PIXELS_MAX);
            let _ = check(&[sequence(), bytes].concat(), limits::PICTURE_PIXELS_MAX);
        }
    }
}
