//! Pictures as processes hand them over: YUV4MPEG2, a line that says what they are, and planes.
//!
//! The line comes from a process that an odd film may have taken over, so its numbers are believed
//! only as far as the bytes behind them reach.

use crate::error::{Error, Kind, Result};
use crate::limits;
use crate::thumbnail::frame::{Chroma, Colour, Frame, Plane, Samples};

/// Bytes of the header, or of the line before a picture; real ones have a hundred.
const LINE_BYTES_MAX: usize = 256;

/// The kinds of planes that are asked for and understood: the word after `C`, what it means, and how
/// many bits a sample has.
const KINDS: &[(&str, Chroma, u8)] = &[
    ("mono", Chroma::Monochrome, 8),
    ("mono10", Chroma::Monochrome, 10),
    ("mono12", Chroma::Monochrome, 12),
    ("420jpeg", Chroma::Yuv420, 8),
    ("420mpeg2", Chroma::Yuv420, 8),
    ("420paldv", Chroma::Yuv420, 8),
    ("420p10", Chroma::Yuv420, 10),
    ("420p12", Chroma::Yuv420, 12),
    ("422", Chroma::Yuv422, 8),
    ("422p10", Chroma::Yuv422, 10),
    ("422p12", Chroma::Yuv422, 12),
    ("444", Chroma::Yuv444, 8),
    ("444p10", Chroma::Yuv444, 10),
    ("444p12", Chroma::Yuv444, 12),
];

/// Reads a stream of one picture, or of none: empty, or a header alone. Of its colours it tells the
/// range alone.
///
/// # Errors
/// [`Kind::Invalid`] for anything else.
pub(super) fn read(bytes: &[u8]) -> Result<Option<Frame>> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let (header, rest) = line(bytes)?;
    let words = header.strip_prefix("YUV4MPEG2 ").ok_or_else(|| invalid("it has no header"))?;
    let (mut width, mut height, mut kind, mut colour) = (0, 0, None, Colour::default());
    for word in words.split(' ') {
        match word.split_at_checked(1) {
            Some(("W", number)) => width = side(number)?,
            Some(("H", number)) => height = side(number)?,
            Some(("C", name)) => kind = Some(name),
            Some(("X", "COLORRANGE=FULL")) => colour.is_full_range = Some(true),
            Some(("X", "COLORRANGE=LIMITED")) => colour.is_full_range = Some(false),
            _ => {}
        }
    }
    if width == 0 || height == 0 {
        return Err(invalid("it has no size"));
    }
    // The format's own default.
    let kind = kind.unwrap_or("420jpeg");
    let (_, chroma, bit_depth) = *KINDS
        .iter()
        .find(|(name, ..)| *name == kind)
        .ok_or_else(|| invalid("its planes are of another kind"))?;
    if rest.is_empty() {
        return Ok(None);
    }
    let (before, mut rest) = line(rest)?;
    if before != "FRAME" && !before.starts_with("FRAME ") {
        return Err(invalid("there is no picture"));
    }
    let half = |side: u32| side.div_ceil(2);
    let small = match chroma {
        Chroma::Monochrome => None,
        Chroma::Yuv420 => Some((half(width), half(height))),
        Chroma::Yuv422 => Some((half(width), height)),
        Chroma::Yuv440 => Some((width, half(height))),
        Chroma::Yuv444 => Some((width, height)),
    };
    let mut planes = Vec::with_capacity(3);
    for (width, height) in [Some((width, height)), small, small].into_iter().flatten() {
        let (plane, behind) = plane(rest, width, height, bit_depth)?;
        planes.push(plane);
        rest = behind;
    }
    if !rest.is_empty() {
        return Err(invalid("something stands behind its picture"));
    }
    Ok(Some(Frame { width, height, chroma, bit_depth, planes, colour }))
}

/// A stream of one picture, of its colours none. Planes of a kind that the format has no word for are
/// never written: no decoder that uses it makes them.
///
/// # Panics
/// The picture is 4:4:0, or has samples of another depth than 8, 10 or 12 bits.
pub(super) fn write(frame: &Frame) -> Vec<u8> {
    let is_its = |kind: &&(_, Chroma, u8)| (kind.1, kind.2) == (frame.chroma, frame.bit_depth);
    let (name, ..) = KINDS.iter().find(is_its).expect("planes of a kind that has a name");
    let (width, height) = (frame.width, frame.height);
    let mut bytes = format!("YUV4MPEG2 W{width} H{height} C{name}\nFRAME\n").into_bytes();
    for plane in &frame.planes {
        match &plane.samples {
            Samples::Eight(samples) => bytes.extend_from_slice(samples),
            Samples::Sixteen(samples) => {
                bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
            }
        }
    }
    bytes
}

fn invalid(what: &str) -> Error {
    Error::new(Kind::Invalid, format!("reading the picture of a process: {what}"))
}

fn line(bytes: &[u8]) -> Result<(&str, &[u8])> {
    let head = bytes.get(..LINE_BYTES_MAX).unwrap_or(bytes);
    let end = head.iter().position(|byte| *byte == b'\n');
    let end = end.ok_or_else(|| invalid("a line has no end"))?;
    let text = std::str::from_utf8(&bytes[..end]).map_err(|_| invalid("a line is no text"))?;
    Ok((text, &bytes[end + 1..]))
}

fn side(number: &str) -> Result<u32> {
    let side = number.parse().ok();
    side.filter(|side| (1..=limits::PICTURE_SIDE_MAX).contains(side))
        .ok_or_else(|| invalid("its size cannot be"))
}

fn plane(bytes: &[u8], width: u32, height: u32, bit_depth: u8) -> Result<(Plane, &[u8])> {
    // Both sides are bounded, so this is far from the end of 64 bits.
    let samples = u64::from(width) * u64::from(height);
    let len_bytes = if bit_depth > 8 { samples * 2 } else { samples };
    let len_bytes = usize::try_from(len_bytes).map_err(|_| invalid("its size cannot be"))?;
    let (bytes, behind) =
        bytes.split_at_checked(len_bytes).ok_or_else(|| invalid("its picture is cut off"))?;
    let samples = if bit_depth > 8 {
        // A larger number than the bits can say would lead tables astray.
        let largest = (1 << bit_depth) - 1;
        let pairs = bytes.as_chunks::<2>().0.iter();
        Samples::Sixteen(pairs.map(|pair| u16::from_le_bytes(*pair).min(largest)).collect())
    } else {
        Samples::Eight(bytes.to_vec())
    };
    Ok((Plane { width, height, samples }, behind))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn len(samples: &Samples) -> usize {
        match samples {
            Samples::Eight(samples) => samples.len(),
            Samples::Sixteen(samples) => samples.len(),
        }
    }

    #[test]
    fn a_picture_is_read() {
        let bytes =
            b"YUV4MPEG2 W3 H1 F25:1 Ip A1:1 C420mpeg2 XYSCSS=420MPEG2 XCOLORRANGE=LIMITED\n\
            FRAME\nabcdefg";
        let frame = read(bytes).expect("read").expect("a picture");
        let plane = |width, height, samples: &[u8]| Plane {
            width,
            height,
            samples: Samples::Eight(samples.to_vec()),
        };
        let colour = Colour { is_full_range: Some(false), ..Colour::default() };
        assert_eq!((frame.width, frame.height, frame.bit_depth), (3, 1, 8));
        assert_eq!((frame.chroma, frame.colour), (Chroma::Yuv420, colour));
        assert_eq!(frame.planes, [plane(3, 1, b"abc"), plane(2, 1, b"de"), plane(2, 1, b"fg")]);
        let deep = read(b"YUV4MPEG2 W2 H1 Cmono10 XCOLORRANGE=FULL\nFRAME Ip\n\x01\x02\xff\xff");
        let deep = deep.expect("read").expect("a picture");
        assert_eq!((deep.chroma, deep.bit_depth), (Chroma::Monochrome, 10));
        assert_eq!(deep.planes[0].samples, Samples::Sixteen(vec![0x201, 0x3ff]));
        assert_eq!(deep.colour.is_full_range, Some(true));
        assert_eq!(read(b"").expect("read"), None);
        assert_eq!(read(b"YUV4MPEG2 W1 H1\n").expect("read"), None);
    }

    #[test]
    fn what_is_no_picture_is_told() {
        let long = [b"YUV4MPEG2 W1 H1 X", &[b'a'; 300][..], b"\nFRAME\nabc"].concat();
        let cases: &[(&[u8], &str)] = &[
            (b"\n", "no header"),
            (b"\xff\n", "no text"),
            (b"YUV4MPEG2 W1 H1", "a line has no end"),
            (&long, "a line has no end"),
            (b"YUV4MPEG2 W1\nFRAME\nabc", "no size"),
            (b"YUV4MPEG2 W0 H1\nFRAME\nabc", "size cannot be"),
            (b"YUV4MPEG2 W-1 H1\nFRAME\nabc", "size cannot be"),
            (b"YUV4MPEG2 W99999 H1\nFRAME\nabc", "size cannot be"),
            (b"YUV4MPEG2 W4294967297 H1\nFRAME\nabc", "size cannot be"),
            (b"YUV4MPEG2 W1 H1 C411\nFRAME\nabc", "another kind"),
            (b"YUV4MPEG2 W1 H1 C444p16\nFRAME\nabc", "another kind"),
            (b"YUV4MPEG2 W1 H1\nFRAMES\nabc", "no picture"),
            (b"YUV4MPEG2 W1 H1\nFRAME", "a line has no end"),
            (b"YUV4MPEG2 W1 H1\nFRAME\nab", "cut off"),
            (b"YUV4MPEG2 W1 H1\nFRAME\nabcd", "behind its picture"),
        ];
        for (bytes, expected) in cases {
            let error = read(bytes).expect_err("no picture").to_string();
            assert!(error.contains(expected), "{error}, not {expected}");
        }
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(
            width in 1_u32..70,
            height in 1_u32..70,
            (name, chroma, bit_depth) in prop::sample::select(KINDS),
            seed in any::<u16>(),
        ) {
            let (w, h) = (width as usize, height as usize);
            let chroma_len = match chroma {
                Chroma::Monochrome => 0,
                Chroma::Yuv420 => w.div_ceil(2) * h.div_ceil(2),
                Chroma::Yuv422 => w.div_ceil(2) * h,
                Chroma::Yuv440 => w * h.div_ceil(2),
                Chroma::Yuv444 => w * h,
            };
            let count = w * h + 2 * chroma_len;
            let sample = |at: usize| (at * 7 + usize::from(seed)) % (1 << bit_depth);
            let mut bytes = format!("YUV4MPEG2 W{width} H{height} C{name}\nFRAME\n").into_bytes();
            for at in 0..count {
                let pair = u16::try_from(sample(at)).expect("small").to_le_bytes();
                bytes.extend(&pair[..if bit_depth > 8 { 2 } else { 1 }]);
            }
            let frame = read(&bytes).expect("written as it should be").expect("there");
            prop_assert_eq!((frame.width, frame.height), (width, height));
            prop_assert_eq!((frame.chroma, frame.bit_depth), (chroma, bit_depth));
            let all = frame.planes.iter().flat_map(|plane| match &plane.samples {
                Samples::Eight(samples) => samples.iter().map(|s| usize::from(*s)).collect(),
                Samples::Sixteen(samples) => {
                    samples.iter().map(|s| usize::from(*s)).collect::<Vec<_>>()
                }
            });
            prop_assert!(all.eq((0..count).map(sample)));
            let again = read(&write(&frame)).expect("written");
            prop_assert_eq!(again.as_ref(), Some(&frame));
            bytes.pop();
            prop_assert!(read(&bytes).is_err());
        }

        #[test]
        fn no_bytes_bring_it_down(
            head in prop::sample::select(vec![
                "", "YUV4MPEG2 ", "YUV4MPEG2 W2 H2 ", "YUV4MPEG2 W2 H2 C444\nFRAME\n",
                "YUV4MPEG2 W2560 H2560 C444p12\nFRAME\n", "YUV4MPEG2 W7 H3\nFRAME ",
            ]),
            tail in prop::collection::vec(
                prop_oneof![any::<u8>(), prop::sample::select(b"WHCX \nFRAME012".to_vec())],
                0..400,
            ),
        ) {
            if let Ok(Some(frame)) = read(&[head.as_bytes(), &tail].concat()) {
                for plane in &frame.planes {
                    let expected = plane.width as usize * plane.height as usize;
                    prop_assert_eq!(len(&plane.samples), expected);
                }
            }
        }
    }
}
