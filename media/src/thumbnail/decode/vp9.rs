//! Key frames of VP9, decoded by `rusty_vp9`.

use rusty_vp9::{Error as Vp9Error, Vp9Decoder};

use super::planes::{self, Source};
use super::{check_size, invalid, unsupported};
use crate::error::{Error, Kind, Result};
use crate::probe::Colour;
use crate::probe::bytes::Bits;
use crate::thumbnail::frame::{Chroma, Frame};
use crate::thumbnail::sample::Sample;

/// Decodes a key frame: of a superframe its first picture, from which the others are made.
pub(super) fn decode(sample: &Sample) -> Result<Frame> {
    let first = first_of_superframe(&sample.bytes)?;
    let head = Head::read(first)?;
    check_size(head.width.into(), head.height.into(), sample.pixels_max)?;
    let mut decoder = Vp9Decoder::new();
    decoder.push(first, None).map_err(error)?;
    let picture = decoder.next_frame().map_err(error)?;
    let (width, height) = (picture.width, picture.height);
    if (width, height) != (head.width, head.height) || picture.bit_depth != head.bit_depth {
        return Err(invalid("the picture is another than its header told"));
    }
    let chroma = match (picture.subsampling_x, picture.subsampling_y) {
        (1, 1) => Chroma::Yuv420,
        (1, 0) => Chroma::Yuv422,
        (0, 1) => Chroma::Yuv440,
        _ => Chroma::Yuv444,
    };
    let half = planes::chroma_size(width, height, chroma);
    let is_wide = picture.bit_depth > 8;
    let mut planes = Vec::with_capacity(3);
    let sizes = [(width, height), half, half];
    for ((bytes, stride_bytes), size) in picture.planes.iter().zip(&picture.strides).zip(sizes) {
        let source = Source { bytes, stride_bytes: *stride_bytes, is_wide };
        planes.push(planes::plane(&source, size.0, size.1)?);
    }
    if planes.len() != sizes.len() {
        return Err(invalid("the decoder gave too few planes"));
    }
    let bit_depth = u8::try_from(picture.bit_depth).unwrap_or(u8::MAX);
    Ok(Frame { width, height, chroma, bit_depth, planes, colour: head.colour })
}

fn error(error: Vp9Error) -> Error {
    let kind = match error {
        Vp9Error::Unsupported(_) | Vp9Error::Unimplemented(_) => Kind::Unsupported,
        // A key frame that is decoded and not shown, which `Head::read` has ruled out.
        _ => Kind::Invalid,
    };
    Error::with_source(kind, "decoding VP9", error)
}

/// The first frame of a superframe (annex B), or the sample if it is none.
fn first_of_superframe(sample: &[u8]) -> Result<&[u8]> {
    let Some(&marker) = sample.last().filter(|last| **last & 0xe0 == 0xc0) else {
        return Ok(sample);
    };
    let frames = usize::from(marker & 7) + 1;
    let size_bytes = usize::from(marker >> 3 & 3) + 1;
    let index = sample.len().checked_sub(2 + frames * size_bytes);
    let Some(index) = index.filter(|at| sample[*at] == marker) else { return Ok(sample) };
    let sizes = sample[index + 1..sample.len() - 1].chunks_exact(size_bytes);
    let sizes = sizes.map(|size| size.iter().rev().fold(0, |n, b| n << 8 | usize::from(*b)));
    let total: usize = sizes.clone().sum();
    if total > index {
        return Err(invalid("a superframe has longer frames than there are bytes"));
    }
    let first = sizes.into_iter().next().unwrap_or(0);
    Ok(&sample[..first])
}

/// What the uncompressed header of a key frame tells (§6.2).
#[derive(Debug, PartialEq, Eq)]
struct Head {
    width: u32,
    height: u32,
    bit_depth: u32,
    colour: Colour,
}

impl Head {
    fn read(frame: &[u8]) -> Result<Self> {
        const MARKER: u32 = 2;
        let mut bits = Bits::new(frame);
        let cut = || invalid("the frame is cut");
        if bits.take(2).ok_or_else(cut)? != MARKER {
            return Err(invalid("the frame has no marker"));
        }
        let profile = Self::profile(&mut bits).ok_or_else(cut)?;
        let (shows_existing, is_inter) = bits.flag().zip(bits.flag()).ok_or_else(cut)?;
        if shows_existing || is_inter {
            return Err(unsupported("the key frame refers to other pictures"));
        }
        if !bits.flag().ok_or_else(cut)? {
            return Err(unsupported("the key frame is not shown"));
        }
        let sync = bits.skip(1).and_then(|()| bits.take(24)).ok_or_else(cut)?;
        if sync != 0x49_8342 {
            return Err(invalid("the frame has no sync code"));
        }
        Self::sizes(&mut bits, profile).ok_or_else(cut)
    }

    fn profile(bits: &mut Bits<'_>) -> Option<u32> {
        let profile = bits.take(1)? | bits.take(1)? << 1;
        if profile == 3 {
            bits.skip(1)?;
        }
        Some(profile)
    }

    /// `color_config` (§6.2.2) and `frame_size` (§6.2.3).
    fn sizes(bits: &mut Bits<'_>, profile: u32) -> Option<Self> {
        const RGB: u32 = 7;
        let bit_depth = match profile {
            2 | 3 if bits.flag()? => 12,
            2 | 3 => 10,
            _ => 8,
        };
        let space = bits.take(3)?;
        let is_full_range = space == RGB || bits.flag()?;
        if matches!(profile, 1 | 3) {
            // Subsampling, which RGB has not, and a reserved bit.
            bits.skip(if space == RGB { 1 } else { 3 })?;
        }
        // BT.601, BT.709, SMPTE 170M and 240M, BT.2020, RGB (§7.2.2) in numbers of H.273.
        let matrix = [None, Some(6), Some(1), Some(6), Some(7), Some(9), None, Some(0)];
        let matrix = matrix[space as usize & 7];
        let (width, height) = (bits.take(16)? + 1, bits.take(16)? + 1);
        let is_full_range = Some(is_full_range);
        let colour = Colour { matrix, is_full_range, ..Colour::default() };
        Some(Self { width, height, bit_depth, colour })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_head_of_a_frame_tells_its_size_depth_and_colours() {
        // Profile 0, shown, BT.709, 320x240.
        let head = [0x82, 0x49, 0x83, 0x42, 0x40, 0x13, 0xf0, 0x0e, 0xf0];
        let told = Head::read(&head).expect("a key frame");
        assert_eq!((told.width, told.height, told.bit_depth), (320, 240, 8));
        assert_eq!((told.colour.matrix, told.colour.is_full_range), (Some(1), Some(false)));
        let kind = |byte: u8| {
            let mut head = head;
            head[0] = byte;
            Head::read(&head).expect_err("refused").kind()
        };
        assert_eq!(kind(0x86), Kind::Unsupported);
        assert_eq!(kind(0x8a), Kind::Unsupported);
        assert_eq!(kind(0x80), Kind::Unsupported);
        assert_eq!(kind(0x02), Kind::Invalid);
        for len in 0..8 {
            assert!(Head::read(&head[..len]).is_err(), "{len}");
        }
    }

    #[test]
    fn the_first_frame_of_a_superframe_is_taken() {
        assert_eq!(first_of_superframe(&[1, 2, 3, 0xc1, 1, 2, 0xc1]).expect("two"), [1]);
        assert_eq!(first_of_superframe(&[1, 2, 0xc9, 1, 0, 1, 0, 0xc9]).expect("two"), [1]);
        assert_eq!(first_of_superframe(&[1, 2, 3]).expect("one"), [1, 2, 3]);
        assert_eq!(first_of_superframe(&[1, 0xc1]).expect("one"), [1, 0xc1]);
        assert!(first_of_superframe(&[1, 0xc1, 9, 2, 0xc1]).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_lead_astray(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = Head::read(&bytes);
            let _ = Head::read(&[&[0x82, 0x49, 0x83, 0x42][..], &bytes].concat());
            if let Ok(first) = first_of_superframe(&bytes) {
                prop_assert!(first.len() <= bytes.len());
            }
        }
    }
}
