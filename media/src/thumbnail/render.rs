//! From a frame to a picture.

use super::colour::{self, ToRgb};
use super::frame::{Chroma, Frame, Plane, Samples};
use super::picture::{Picture, height_for};
use super::scale::{Stretch, scale_plane};
use crate::limits::PICTURE_SIDE_MAX;
use crate::probe::VideoDetails;
use crate::{Error, Kind, Result};

/// How the pictures of a film are to be shown, which the film's headers tell and no frame knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Presentation {
    /// Width as shown, after sample aspect ratio and rotation; only its ratio to the height counts.
    /// If either is zero, samples are taken to be square.
    pub display_width: u32,
    /// Height as shown, after sample aspect ratio and rotation.
    pub display_height: u32,
    /// Clockwise turn to show it upright: 90, 180 or 270 degrees; any other number is none.
    pub rotation_degrees: u16,
}

impl From<&VideoDetails> for Presentation {
    fn from(video: &VideoDetails) -> Self {
        Self {
            display_width: video.display_width,
            display_height: video.display_height,
            rotation_degrees: video.rotation_degrees,
        }
    }
}

/// A frame as a picture: upright, of the aspect it is shown in, `width` pixels wide, or narrower
/// where that would need more columns or rows than the frame has.
///
/// Planes are made small first and become RGB then, which is all the quicker the smaller the picture.
/// Chroma is taken to stand at the left of each pair of columns and between two rows, as H.264,
/// HEVC and AV1 do where they do not say otherwise; at the right edge it is off by a quarter of its
/// samples, for nothing stands outside. Where it stands at the top instead, as on discs in UHD,
/// colours are half a row of the film too low.
///
/// Computes for some milliseconds; belongs on a thread that may.
///
/// # Errors
/// [`Kind::Invalid`] if the frame contradicts itself: planes of other sizes than it says, no
/// pixels or too many, a depth of other than 8 to 12 bits.
pub fn render(frame: &Frame, presentation: Presentation, width: u32) -> Result<Picture> {
    check(frame)?;
    let turn = Turn::of(presentation.rotation_degrees);
    let (width, height) = upright_size(frame, presentation, turn, width);
    let (columns, rows) = turn.swapped(width, height);

    let scaled = |plane: &Plane, stretch| scale_plane(plane, stretch, columns, rows);
    let (luma, chroma) = frame.planes.split_first().expect("a checked frame has a plane");
    let stretch = chroma_stretch(frame);
    let luma = scaled(luma, stretch_of(frame.width.into(), frame.height.into()))?;
    let rgb = if let [second, third] = chroma {
        let (second, third) = (scaled(second, stretch)?, scaled(third, stretch)?);
        ToRgb::of(frame).apply([&luma, &second, &third])
    } else {
        let grey = vec![colour::grey(frame.bit_depth); luma.len()];
        ToRgb::of(frame).apply([&luma, &grey, &grey])
    };
    Picture::new(width, height, turn.apply(rgb, columns as usize, rows as usize))
}

/// Whether a frame is what it says. Decoders are given bytes of strangers.
fn check(frame: &Frame) -> Result<()> {
    let sides = 1..=PICTURE_SIDE_MAX;
    let (across, down) = steps(frame.chroma);
    let chroma_size = (frame.width.div_ceil(across), frame.height.div_ceil(down));
    let is_whole = |plane: &Plane, size: (u32, u32)| {
        let count = u64::from(size.0) * u64::from(size.1);
        let len = match &plane.samples {
            Samples::Eight(samples) => samples.len(),
            Samples::Sixteen(samples) => samples.len(),
        };
        (plane.width, plane.height) == size && len as u64 == count
    };
    let is_valid = sides.contains(&frame.width)
        && sides.contains(&frame.height)
        && (8..=12).contains(&frame.bit_depth)
        && match frame.planes.as_slice() {
            [luma] => {
                frame.chroma == Chroma::Monochrome && is_whole(luma, (frame.width, frame.height))
            }
            [luma, chroma @ ..] => {
                frame.chroma != Chroma::Monochrome
                    && is_whole(luma, (frame.width, frame.height))
                    && chroma.len() == 2
                    && chroma.iter().all(|plane| is_whole(plane, chroma_size))
            }
            [] => false,
        };
    is_valid.then_some(()).ok_or_else(|| {
        let Frame { width, height, chroma, bit_depth, .. } = frame;
        let doing = format!("rendering a frame of {width} × {height}, {chroma:?}, {bit_depth} bit");
        Error::new(Kind::Invalid, doing)
    })
}

/// Columns and rows of luma for one of chroma.
fn steps(chroma: Chroma) -> (u32, u32) {
    match chroma {
        Chroma::Yuv420 => (2, 2),
        Chroma::Yuv422 => (2, 1),
        Chroma::Yuv440 => (1, 2),
        Chroma::Yuv444 | Chroma::Monochrome => (1, 1),
    }
}

fn stretch_of(width: f64, height: f64) -> Stretch {
    Stretch { left: 0.0, top: 0.0, width, height }
}

/// The part of a plane of chroma that lies under the whole of luma.
fn chroma_stretch(frame: &Frame) -> Stretch {
    let (across, down) = steps(frame.chroma);
    let (width, height) = (f64::from(frame.width), f64::from(frame.height) / f64::from(down));
    if across == 1 {
        return stretch_of(width, height);
    }
    // The centre of a sample is where a column of luma has its own, a quarter of the sample's width
    // further left than in the middle of the two.
    let left = 0.25;
    let there_are = f64::from(frame.width.div_ceil(across)) - left;
    Stretch { left, top: 0.0, width: (width / f64::from(across)).min(there_are), height }
}

/// Width and height of the picture: never more columns or rows than the frame has once upright.
fn upright_size(frame: &Frame, shown: Presentation, turn: Turn, width: u32) -> (u32, u32) {
    let (columns, rows) = turn.swapped(frame.width, frame.height);
    let (of_width, of_height) = match (shown.display_width, shown.display_height) {
        (0, _) | (_, 0) => (columns, rows),
        display => display,
    };
    // The widest that has no more rows than there are.
    let widest = u64::from(rows) * u64::from(of_width) / u64::from(of_height);
    let widest = u32::try_from(widest).unwrap_or(u32::MAX).min(columns);
    let width = width.min(widest).max(1);
    (width, height_for(width, of_width, of_height).min(rows))
}

/// Clockwise turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    None,
    Quarter,
    Half,
    ThreeQuarters,
}

impl Turn {
    fn of(degrees: u16) -> Self {
        match degrees {
            90 => Self::Quarter,
            180 => Self::Half,
            270 => Self::ThreeQuarters,
            _ => Self::None,
        }
    }

    /// Width and height before the turn, from those after it or the other way round.
    fn swapped(self, width: u32, height: u32) -> (u32, u32) {
        match self {
            Self::None | Self::Half => (width, height),
            Self::Quarter | Self::ThreeQuarters => (height, width),
        }
    }

    /// Pixels of three bytes, turned.
    fn apply(self, rgb: Vec<u8>, columns: usize, rows: usize) -> Vec<u8> {
        let pixel = |column: usize, row: usize| {
            let at = 3 * (row * columns + column);
            [rgb[at], rgb[at + 1], rgb[at + 2]]
        };
        match self {
            Self::None => rgb,
            Self::Half => rgb.chunks_exact(3).rev().flatten().copied().collect(),
            Self::Quarter => (0..columns)
                .flat_map(|column| (0..rows).rev().flat_map(move |row| pixel(column, row)))
                .collect(),
            Self::ThreeQuarters => (0..columns)
                .rev()
                .flat_map(|column| (0..rows).flat_map(move |row| pixel(column, row)))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::thumbnail::frame::Colour;

    /// A frame whose luma is `of` column and row, without colour.
    fn grey(width: u32, height: u32, of: impl Fn(u32, u32) -> u8) -> Frame {
        let samples = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let samples = Samples::Eight(samples.map(|(x, y)| of(x, y)).collect());
        Frame {
            width,
            height,
            chroma: Chroma::Monochrome,
            bit_depth: 8,
            planes: vec![Plane { width, height, samples }],
            colour: Colour { is_full_range: Some(true), ..Colour::default() },
        }
    }

    fn shown(display_width: u32, display_height: u32, rotation_degrees: u16) -> Presentation {
        Presentation { display_width, display_height, rotation_degrees }
    }

    #[test]
    fn a_picture_has_the_aspect_it_is_shown_in_and_is_never_enlarged() {
        for (width, height, presentation, asked, expected) in [
            (1920, 1080, shown(1920, 1080, 0), 320, (320, 180)),
            (1920, 800, shown(1920, 800, 0), 320, (320, 133)),
            (720, 576, shown(1024, 576, 0), 320, (320, 180)),
            // Wider than its samples: no more columns than there are.
            (720, 576, shown(1024, 576, 0), 1280, (720, 405)),
            // Higher than its samples: no more rows than there are.
            (720, 480, shown(720, 960, 0), 720, (360, 480)),
            (320, 180, shown(320, 180, 0), 640, (320, 180)),
            (1920, 1080, shown(1080, 1920, 90), 320, (320, 569)),
            (1920, 1080, shown(1080, 1920, 270), 4000, (1080, 1920)),
            (1920, 1080, shown(1920, 1080, 180), 320, (320, 180)),
            // Headers that tell nothing, or nonsense.
            (640, 360, shown(0, 0, 0), 320, (320, 180)),
            (640, 360, shown(0, 360, 90), 180, (180, 320)),
            (640, 360, shown(1, u32::MAX, 0), 320, (1, 360)),
            (640, 360, shown(u32::MAX, 1, 0), 320, (320, 1)),
            (640, 360, shown(640, 360, 7), 0, (1, 1)),
        ] {
            let picture = render(&grey(width, height, |_, _| 9), presentation, asked).expect("ok");
            let size = (picture.width(), picture.height());
            assert_eq!(size, expected, "{width} × {height} as {presentation:?}, {asked} wide");
        }
    }

    #[test]
    fn a_picture_stands_upright() {
        // Clockwise from the upper left: 10, 20, 30, 40.
        let frame = grey(2, 2, |x, y| [[10, 20], [40, 30]][y as usize][x as usize]);
        for (degrees, expected) in [
            (0, [10, 20, 40, 30]),
            (90, [40, 10, 30, 20]),
            (180, [30, 40, 20, 10]),
            (270, [20, 30, 10, 40]),
        ] {
            let picture = render(&frame, shown(2, 2, degrees), 2).expect("renders");
            let shades: Vec<u8> = picture.rgb().chunks_exact(3).map(|pixel| pixel[0]).collect();
            assert_eq!(shades, expected, "{degrees}°");
        }
        let frame = grey(3, 2, |x, y| [[1, 2, 3], [4, 5, 6]][y as usize][x as usize]);
        for (degrees, expected) in [(90, [4, 1, 5, 2, 6, 3]), (270, [3, 6, 2, 5, 1, 4])] {
            let picture = render(&frame, shown(2, 3, degrees), 2).expect("renders");
            let shades: Vec<u8> = picture.rgb().chunks_exact(3).map(|pixel| pixel[0]).collect();
            assert_eq!(shades, expected, "{degrees}°");
        }
    }

    #[test]
    fn colours_lie_under_the_shapes_they_belong_to() {
        // Chroma at the left of each pair of columns: a step between two samples of chroma is as far
        // from the left as the one between the columns of luma that have them.
        let (width, height) = (64, 8);
        for chroma in [Chroma::Yuv420, Chroma::Yuv422, Chroma::Yuv440, Chroma::Yuv444] {
            let (across, down) = steps(chroma);
            let plane = |across: u32, down: u32, left: u8, right: u8| {
                let (width, height) = (width / across, height / down);
                let row = (0..width).map(|x| if x * across < 32 { left } else { right });
                let samples = (0..height).flat_map(|_| row.clone()).collect();
                Plane { width, height, samples: Samples::Eight(samples) }
            };
            let planes = vec![
                plane(1, 1, 81, 145),
                plane(across, down, 90, 54),
                plane(across, down, 240, 34),
            ];
            let colour = Colour { matrix: Some(6), ..Colour::default() };
            let frame = Frame { width, height, chroma, bit_depth: 8, planes, colour };
            let picture = render(&frame, shown(64, 8, 0), 64).expect("renders");
            // Red at the left, green at the right; the step of each is at the same column.
            let row: Vec<&[u8]> = picture.row(4).chunks_exact(3).collect();
            assert!(row[..30].iter().all(|p| p[0] > 245 && p[1] < 10), "{chroma:?}: {row:?}");
            assert!(row[34..].iter().all(|p| p[0] < 10 && p[1] > 245), "{chroma:?}: {row:?}");
        }
    }

    #[test]
    fn a_frame_that_contradicts_itself_is_refused() {
        let good = grey(4, 4, |_, _| 0);
        let plane = good.planes[0].clone();
        let half = Plane { width: 2, height: 2, samples: Samples::Eight(vec![0; 4]) };
        let yuv = Frame {
            chroma: Chroma::Yuv420,
            planes: vec![plane.clone(), half.clone(), half.clone()],
            ..good.clone()
        };
        render(&yuv, Presentation::default(), 4).expect("this one is whole");
        let short = Plane { samples: Samples::Eight(vec![0; 15]), ..plane.clone() };
        for (why, frame) in [
            ("no planes", Frame { planes: vec![], ..good.clone() }),
            ("no width", Frame { width: 0, ..good.clone() }),
            ("too wide", Frame { width: PICTURE_SIDE_MAX + 1, ..good.clone() }),
            ("too few samples", Frame { planes: vec![short], ..good.clone() }),
            ("7 bits", Frame { bit_depth: 7, ..good.clone() }),
            ("13 bits", Frame { bit_depth: 13, ..good.clone() }),
            ("monochrome with chroma", Frame { chroma: Chroma::Monochrome, ..yuv.clone() }),
            ("chroma of another size", Frame { chroma: Chroma::Yuv444, ..yuv.clone() }),
            ("two planes", Frame { planes: vec![plane.clone(), half.clone()], ..yuv.clone() }),
            ("four planes", Frame { planes: vec![plane, half.clone(), half.clone(), half], ..yuv }),
        ] {
            let error = render(&frame, Presentation::default(), 4).expect_err(why);
            assert_eq!(error.kind(), Kind::Invalid, "{why}");
        }
    }

    fn any_frame() -> impl Strategy<Value = Frame> {
        let chroma = prop_oneof![
            Just(Chroma::Monochrome),
            Just(Chroma::Yuv420),
            Just(Chroma::Yuv422),
            Just(Chroma::Yuv440),
            Just(Chroma::Yuv444),
        ];
        let side = || prop_oneof![4 => 1_u32..40, 1 => 40_u32..400];
        let code = || proptest::option::of(0_u8..20);
        let colour = (code(), code(), code(), any::<Option<bool>>()).prop_map(
            |(primaries, transfer, matrix, is_full_range)| Colour {
                primaries,
                transfer,
                matrix,
                is_full_range,
            },
        );
        (side(), side(), chroma, 8_u8..=12, any::<bool>(), colour, any::<u64>()).prop_map(
            |(width, height, chroma, bit_depth, is_eight, colour, seed)| {
                let (across, down) = steps(chroma);
                let mut state = seed | 1;
                // Any number that fits, also such as no stream of that depth has.
                let mut plane = |width: u32, height: u32| {
                    let mut next = || {
                        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                        let [high, low, ..] = state.to_be_bytes();
                        u16::from_be_bytes([high, low])
                    };
                    let count = width * height;
                    let samples = if is_eight && bit_depth == 8 {
                        Samples::Eight((0..count).map(|_| next().to_be_bytes()[0]).collect())
                    } else {
                        Samples::Sixteen((0..count).map(|_| next()).collect())
                    };
                    Plane { width, height, samples }
                };
                let mut planes = vec![plane(width, height)];
                if chroma != Chroma::Monochrome {
                    for _ in 0..2 {
                        planes.push(plane(width.div_ceil(across), height.div_ceil(down)));
                    }
                }
                Frame { width, height, chroma, bit_depth, planes, colour }
            },
        )
    }

    proptest! {
        #[test]
        fn any_frame_becomes_a_picture_no_larger_than_itself(
            frame in any_frame(),
            display in (0_u32..500, 0_u32..500),
            degrees in prop_oneof![Just(0_u16), Just(90), Just(180), Just(270), any::<u16>()],
            asked in 0_u32..500,
        ) {
            let presentation = shown(display.0, display.1, degrees);
            let picture = render(&frame, presentation, asked).expect("a whole frame renders");
            let (columns, rows) = Turn::of(degrees).swapped(frame.width, frame.height);
            prop_assert!(picture.width() <= columns && picture.width() <= asked.max(1));
            prop_assert!(picture.height() <= rows);
        }
    }
}
