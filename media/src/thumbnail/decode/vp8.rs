//! Key frames of VP8 (RFC 6386), decoded by `image_webp`: a WebP picture is one.

use image_webp::vp8::Vp8Decoder;

use super::planes::{self, Source};
use super::{check_size, invalid, unsupported};
use crate::error::{Error, Kind, Result};
use crate::probe::Colour;
use crate::thumbnail::frame::{Chroma, Frame};
use crate::thumbnail::sample::Sample;

/// Decodes a key frame.
pub(super) fn decode(sample: &Sample) -> Result<Frame> {
    let (width, height) = size(&sample.bytes)?;
    check_size(width.into(), height.into(), sample.pixels_max)?;
    let decoded = Vp8Decoder::decode_frame(sample.bytes.as_slice())
        .map_err(|error| Error::with_source(Kind::Invalid, "decoding VP8", error))?;
    // The decoder's planes go on to whole blocks of 16.
    let stride_bytes = usize::from(width).next_multiple_of(16);
    let chroma = Chroma::Yuv420;
    let (width, height) = (width.into(), height.into());
    let half = planes::chroma_size(width, height, chroma);
    let plane = |bytes, stride_bytes, (width, height)| {
        planes::plane(&Source { bytes, stride_bytes, is_wide: false }, width, height)
    };
    Ok(Frame {
        width,
        height,
        chroma,
        bit_depth: 8,
        planes: vec![
            plane(&decoded.ybuf, stride_bytes, (width, height))?,
            plane(&decoded.ubuf, stride_bytes / 2, half)?,
            plane(&decoded.vbuf, stride_bytes / 2, half)?,
        ],
        // BT.601 is the only one that the standard has (§9.2).
        colour: Colour { matrix: Some(6), is_full_range: Some(false), ..Colour::default() },
    })
}

/// Width and height of a key frame that is shown (§9.1).
fn size(bytes: &[u8]) -> Result<(u16, u16)> {
    let Some((tag, rest)) = bytes.split_first_chunk::<3>() else {
        return Err(invalid("the frame is cut"));
    };
    if tag[0] & 1 != 0 {
        return Err(unsupported("the key frame refers to other pictures"));
    }
    if tag[0] & 0x10 == 0 {
        return Err(unsupported("the key frame is not shown"));
    }
    match *rest {
        [0x9d, 1, 0x2a, w0, w1, h0, h1, ..] => {
            // The upper two bits say how to scale it up, which nothing does.
            Ok((u16::from_le_bytes([w0, w1]) & 0x3fff, u16::from_le_bytes([h0, h1]) & 0x3fff))
        }
        _ => Err(invalid("the frame has no start code")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_of_a_frame_tells_its_size() {
        let head = [0x10, 2, 0, 0x9d, 1, 0x2a, 0x40, 0x01, 0xf0, 0x40];
        assert_eq!(size(&head).expect("a key frame"), (320, 240));
        let kind = |at: usize, byte: u8| {
            let mut head = head;
            head[at] = byte;
            size(&head).expect_err("refused").kind()
        };
        assert_eq!(kind(0, 0x11), Kind::Unsupported);
        assert_eq!(kind(0, 0), Kind::Unsupported);
        assert_eq!(kind(3, 0), Kind::Invalid);
        for len in 0..head.len() {
            assert!(size(&head[..len]).is_err(), "{len}");
        }
    }
}
