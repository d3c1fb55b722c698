//! From samples to sRGB: matrix, range, and light that a common screen cannot show.
//!
//! A picture of standard range is shown as players show it: its numbers become those of sRGB without
//! another thought, whatever its primaries. One of high dynamic range (PQ, HLG) becomes light in
//! nits, is mapped to a screen whose white is at the 203 nits of graphics white, and is cut to the
//! colours of BT.709.
//!
//! Everything computed here depends on the arguments alone.

use std::sync::LazyLock;

use super::frame::{Chroma, Colour, Frame};

/// Light of diffuse white (ITU-R BT.2408-7 §2.1): what is as bright becomes nearly white.
const WHITE_NITS: f32 = 203.0;

/// Light that the brightest parts are taken to have. What streams tell of it is wrong so often that
/// every film is treated as the usual one; the little above becomes white.
const PEAK_NITS: f32 = 1000.0;

/// BT.2020 to BT.709, both with D65 and in linear light (ITU-R BT.2087-0 §2.2, inverted).
const BT2020_TO_BT709: [[f32; 3]; 3] = [
    [1.660_491, -0.587_641, -0.072_85],
    [-0.124_55, 1.132_9, -0.008_349],
    [-0.018_151, -0.100_579, 1.118_73],
];

/// The numbers of H.273 that are told apart here.
mod code {
    pub(super) const UNSPECIFIED: u8 = 2;
    pub(super) const PRIMARIES_BT2020: u8 = 9;
    pub(super) const TRANSFER_PQ: u8 = 16;
    pub(super) const TRANSFER_HLG: u8 = 18;
}

/// How samples become red, green and blue of 0 to 255.
pub(super) struct ToRgb {
    matrix: Affine,
    light: Light,
    is_wide: bool,
}

/// Three numbers from three others: `rows` times them plus `offsets`.
struct Affine {
    rows: [[f32; 3]; 3],
    offsets: [f32; 3],
}

/// What a number of the stream says of light (H.273 §8.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Light {
    /// As sRGB, or so near that nobody sees it.
    Standard,
    /// ITU-R BT.2100, perceptual quantiser.
    Pq,
    /// ITU-R BT.2100, hybrid log-gamma.
    Hlg,
}

impl ToRgb {
    /// What a frame needs, with what players assume where it does not tell: video range; BT.2020
    /// for high dynamic range, BT.709 for high definition, BT.601 below.
    pub(super) fn of(frame: &Frame) -> Self {
        let told = |code: Option<u8>| code.filter(|code| *code != code::UNSPECIFIED);
        let Colour { primaries, transfer, matrix, is_full_range } = frame.colour;
        let light = match transfer {
            Some(code::TRANSFER_PQ) => Light::Pq,
            Some(code::TRANSFER_HLG) => Light::Hlg,
            _ => Light::Standard,
        };
        let kind = told(matrix).and_then(|code| Matrix::by_code(code, frame.chroma));
        let kind = kind.unwrap_or_else(|| {
            let is_wide = told(primaries) == Some(code::PRIMARIES_BT2020);
            Matrix::assumed(is_wide || light != Light::Standard, frame.width, frame.height)
        });
        Self {
            matrix: kind.affine(frame.bit_depth, is_full_range.unwrap_or(false)),
            light,
            is_wide: told(primaries).is_none_or(|code| code == code::PRIMARIES_BT2020),
        }
    }

    /// Red, green and blue of every pixel, from planes of as many samples.
    pub(super) fn apply(&self, [first, second, third]: [&[f32]; 3]) -> Vec<u8> {
        let samples = first.iter().zip(second).zip(third).map(|((a, b), c)| [*a, *b, *c]);
        let coded = samples.map(|samples| self.matrix.apply(samples).map(|v| v.clamp(0.0, 1.0)));
        match self.light {
            Light::Standard => coded.flat_map(|rgb| rgb.map(|v| byte(v * 255.0))).collect(),
            Light::Pq => coded.flat_map(|rgb| self.shown(rgb.map(pq_nits))).collect(),
            Light::Hlg => coded.flat_map(|rgb| self.shown(hlg_nits(rgb))).collect(),
        }
    }

    /// What stands for that much light of each colour on a screen of standard range.
    fn shown(&self, nits: [f32; 3]) -> [u8; 3] {
        // All three by the same factor, by the largest: colours keep their hue.
        let gain = gain(nits[0].max(nits[1]).max(nits[2])) / WHITE_NITS;
        let light = nits.map(|nits| nits * gain);
        let light = if self.is_wide { times(&BT2020_TO_BT709, light) } else { light };
        light.map(srgb)
    }
}

/// The ways in which luma and chroma come from red, green and blue (H.273 §8.3).
#[derive(Clone, Copy, Debug, PartialEq)]
enum Matrix {
    /// The planes are green, blue and red.
    Identity,
    /// Luma has that part of red and of blue.
    Weighted { red: f32, blue: f32 },
    /// Luma, green and orange.
    YCgCo,
}

impl Matrix {
    const BT601: Self = Self::Weighted { red: 0.299, blue: 0.114 };
    const BT709: Self = Self::Weighted { red: 0.2126, blue: 0.0722 };
    const BT2020: Self = Self::Weighted { red: 0.2627, blue: 0.0593 };

    fn by_code(code: u8, chroma: Chroma) -> Option<Self> {
        match code {
            // Only where each pixel has all three does it mean what it says.
            0 => (chroma == Chroma::Yuv444).then_some(Self::Identity),
            1 => Some(Self::BT709),
            4 => Some(Self::Weighted { red: 0.30, blue: 0.11 }),
            5 | 6 => Some(Self::BT601),
            7 => Some(Self::Weighted { red: 0.212, blue: 0.087 }),
            8 => Some(Self::YCgCo),
            // Constant luminance (10) is rare and looks nearly alike.
            9 | 10 => Some(Self::BT2020),
            _ => None,
        }
    }

    /// Where a stream does not tell, it is what its size and range suggest.
    fn assumed(is_wide: bool, width: u32, height: u32) -> Self {
        if is_wide {
            Self::BT2020
        } else if width >= 1280 || height > 576 {
            Self::BT709
        } else {
            Self::BT601
        }
    }

    /// From samples as they are in the stream to red, green and blue of 0 to 1 (H.273 §8.3,
    /// equations 20 to 31 and 41 to 58).
    #[allow(clippy::many_single_char_names)] // The formulas' own names.
    fn affine(self, bit_depth: u8, is_full_range: bool) -> Affine {
        let one = f32::from(1_u16 << (bit_depth - 8));
        let largest = 256.0 * one - 1.0;
        let (black, luma_scale, chroma_scale) = if is_full_range {
            (0.0, 1.0 / largest, 1.0 / largest)
        } else {
            (16.0 * one, 1.0 / (219.0 * one), 1.0 / (224.0 * one))
        };
        let grey = 128.0 * one;
        let (rows, zeros, scales) = match self {
            Self::Identity => {
                let rows = [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];
                (rows, [black; 3], [luma_scale; 3])
            }
            Self::Weighted { red, blue } => {
                let (r, b) = (2.0 * (1.0 - red), 2.0 * (1.0 - blue));
                let green = 1.0 - red - blue;
                let rows =
                    [[1.0, 0.0, r], [1.0, -b * blue / green, -r * red / green], [1.0, b, 0.0]];
                (rows, [black, grey, grey], [luma_scale, chroma_scale, chroma_scale])
            }
            Self::YCgCo => {
                let rows = [[1.0, -1.0, 1.0], [1.0, 1.0, 0.0], [1.0, -1.0, -1.0]];
                (rows, [black, grey, grey], [luma_scale, chroma_scale, chroma_scale])
            }
        };
        let rows: [[f32; 3]; 3] = rows.map(|row| [0, 1, 2].map(|i| row[i] * scales[i]));
        let offsets = times(&rows, zeros).map(|v| -v);
        Affine { rows, offsets }
    }
}

impl Affine {
    fn apply(&self, from: [f32; 3]) -> [f32; 3] {
        let product = times(&self.rows, from);
        [0, 1, 2].map(|i| product[i] + self.offsets[i])
    }
}

fn times(rows: &[[f32; 3]; 3], by: [f32; 3]) -> [f32; 3] {
    rows.map(|row| row[0] * by[0] + row[1] * by[1] + row[2] * by[2])
}

/// The middle of the numbers, where chroma has no colour.
pub(super) fn grey(bit_depth: u8) -> f32 {
    f32::from(128_u16 << (bit_depth - 8))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Cut to the range it has room for.
fn byte(value: f32) -> u8 {
    // Adding a half and cutting is what `round` does for what is positive, and much quicker.
    (value + 0.5).clamp(0.0, 255.0) as u8
}

/// One of `len` places for a number of 0 to 1; others are taken to the nearer end.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Cut to the length before.
fn place(value: f32, len: usize) -> usize {
    let last = len - 1;
    ((value.clamp(0.0, 1.0) * last as f32 + 0.5) as usize).min(last)
}

/// `len` values of a function between 0 and 1, both included.
fn table<T>(len: usize, of: impl Fn(f64) -> T) -> Box<[T]> {
    (0..len).map(|index| of(index as f64 / (len - 1) as f64)).collect()
}

/// Numbers of 12 bits, the most that a stream has: what is between two of them is not to be seen.
const PQ_PLACES: usize = 4096;

/// Enough that the darkest steps of sRGB, 3294 of 1, have places of their own.
const SRGB_PLACES: usize = 16_384;

/// The factor changes by less than a thousandth from one to the next.
const GAIN_PLACES: usize = 4096;

#[allow(clippy::cast_possible_truncation)] // Tables are computed exactly and kept small.
static PQ_NITS: LazyLock<Box<[f32]>> =
    LazyLock::new(|| table(PQ_PLACES, |coded| pq_eotf(coded) as f32));

#[allow(clippy::cast_possible_truncation)] // As above.
static GAINS: LazyLock<Box<[f32]>> =
    LazyLock::new(|| table(GAIN_PLACES, |part| gain_exactly(part * f64::from(PEAK_NITS)) as f32));

#[allow(clippy::cast_possible_truncation)] // As above.
static SRGB: LazyLock<Box<[u8]>> =
    LazyLock::new(|| table(SRGB_PLACES, |linear| byte(srgb_oetf(linear) as f32 * 255.0)));

fn pq_nits(coded: f32) -> f32 {
    PQ_NITS[place(coded, PQ_PLACES)]
}

fn gain(nits: f32) -> f32 {
    if nits <= PEAK_NITS { GAINS[place(nits / PEAK_NITS, GAIN_PLACES)] } else { WHITE_NITS / nits }
}

fn srgb(linear: f32) -> u8 {
    SRGB[place(linear, SRGB_PLACES)]
}

/// The perceptual quantiser's light in nits (ITU-R BT.2100-2 table 4, EOTF).
fn pq_eotf(coded: f64) -> f64 {
    let power = coded.powf(1.0 / pq::M2);
    10_000.0 * ((power - pq::C1).max(0.0) / (pq::C2 - pq::C3 * power)).powf(1.0 / pq::M1)
}

/// The number of 0 to 1 for light in nits (the same table, inverse).
fn pq_inverse(nits: f64) -> f64 {
    let power = (nits / 10_000.0).powf(pq::M1);
    ((pq::C1 + pq::C2 * power) / (1.0 + pq::C3 * power)).powf(pq::M2)
}

/// The constants of that table.
mod pq {
    pub(super) const M1: f64 = 2610.0 / 16_384.0;
    pub(super) const M2: f64 = 2523.0 / 4096.0 * 128.0;
    pub(super) const C1: f64 = 3424.0 / 4096.0;
    pub(super) const C2: f64 = 2413.0 / 4096.0 * 32.0;
    pub(super) const C3: f64 = 2392.0 / 4096.0 * 32.0;
}

/// Hybrid log-gamma on a screen of 1000 nits, whose system gamma is 1.2 (ITU-R BT.2100-2 table 5).
fn hlg_nits(coded: [f32; 3]) -> [f32; 3] {
    const A: f32 = 0.178_832_77;
    const B: f32 = 1.0 - 4.0 * A;
    const C: f32 = 0.559_910_7;
    let scene = coded.map(|coded| {
        if coded <= 0.5 { coded * coded / 3.0 } else { (((coded - C) / A).exp() + B) / 12.0 }
    });
    let luminance = 0.2627 * scene[0] + 0.678 * scene[1] + 0.0593 * scene[2];
    let factor = PEAK_NITS * luminance.powf(0.2);
    scene.map(|light| light * factor)
}

/// By what light of a colour is multiplied so that [`PEAK_NITS`] fit below [`WHITE_NITS`]: one in
/// the darker half, then ever less (ITU-R BT.2390-10 §5.4.1, with black at zero).
fn gain_exactly(nits: f64) -> f64 {
    let (peak, white) = (pq_inverse(f64::from(PEAK_NITS)), pq_inverse(f64::from(WHITE_NITS)));
    let largest = white / peak;
    let knee = 1.5 * largest - 0.5;
    let coded = pq_inverse(nits) / peak;
    if coded <= knee {
        return 1.0;
    }
    let t = (coded - knee) / (1.0 - knee);
    let (t2, t3) = (t * t, t * t * t);
    let mapped = (2.0 * t3 - 3.0 * t2 + 1.0) * knee
        + (t3 - 2.0 * t2 + t) * (1.0 - knee)
        + (-2.0 * t3 + 3.0 * t2) * largest;
    pq_eotf(mapped * peak) / nits
}

/// The number of 0 to 1 for linear light (IEC 61966-2-1 §5.2).
fn srgb_oetf(linear: f64) -> f64 {
    if linear <= 0.003_130_8 { 12.92 * linear } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::thumbnail::frame::{Plane, Samples};

    /// A pixel of a frame of 10 bits, video range, 4:4:4.
    fn pixel(colour: Colour, samples: [u16; 3]) -> [u8; 3] {
        let plane = |sample| Plane { width: 1, height: 1, samples: Samples::Sixteen(vec![sample]) };
        let planes = samples.map(plane).to_vec();
        let frame =
            Frame { width: 1, height: 1, chroma: Chroma::Yuv444, bit_depth: 10, planes, colour };
        let [a, b, c] = samples.map(f32::from);
        ToRgb::of(&frame).apply([&[a], &[b], &[c]]).try_into().expect("a pixel")
    }

    fn colour(primaries: u8, transfer: u8, matrix: u8) -> Colour {
        Colour {
            primaries: Some(primaries),
            transfer: Some(transfer),
            matrix: Some(matrix),
            is_full_range: Some(false),
        }
    }

    fn assert_near(got: [u8; 3], expected: [u8; 3], tolerance: u8, what: &str) {
        let is_near = got.iter().zip(expected).all(|(got, is)| got.abs_diff(is) <= tolerance);
        assert!(is_near, "{what}: {got:?}, not {expected:?}");
    }

    #[test]
    fn greys_of_known_light_become_the_numbers_of_srgb() {
        // Computed by hand from ITU-R BT.2100, BT.2390 and IEC 61966-2-1: nits, the sample of 10
        // bits, sRGB. Up to 87.8 nits the mapping does nothing.
        for (nits, sample, expected) in [
            ("0", 64, 0),
            ("0.1", 119, 2),
            ("1", 195, 15),
            ("5", 281, 43),
            ("10", 327, 63),
            ("26", 397, 100),
            ("50", 450, 136),
            ("100", 509, 186),
            ("203, diffuse white", 573, 229),
            ("400", 636, 250),
            ("600", 674, 254),
            ("1000", 723, 255),
            ("4000", 855, 255),
            ("10000", 940, 255),
            ("blacker than black", 40, 0),
            ("whiter than white", 1019, 255),
        ] {
            let got = pixel(colour(9, 16, 9), [sample, 512, 512]);
            assert_near(got, [expected; 3], 1, &format!("PQ, {nits} nits"));
        }
        for (nits, sample, expected) in [
            ("0", 64, 0),
            ("3.06", 200, 33),
            ("26.8", 400, 102),
            ("50.7", 502, 137),
            ("203, diffuse white", 721, 229),
            ("356", 800, 248),
            ("1000", 940, 255),
        ] {
            let got = pixel(colour(9, 18, 9), [sample, 512, 512]);
            assert_near(got, [expected; 3], 1, &format!("HLG, {nits} nits"));
        }
    }

    #[test]
    fn colours_of_bt_709_in_bt_2020_come_back() {
        // BT.709's red, green, blue and a skin, of the light given, as nits of BT.2020's primaries;
        // and what they are in sRGB, all by hand.
        for (what, nits, expected) in [
            ("red, 50 nits", [31.4, 3.5, 0.8], [136, 0, 0]),
            ("red, 300 nits", [188.2, 20.7, 4.9], [255, 0, 0]),
            ("green, 50 nits", [16.5, 46.0, 4.4], [0, 136, 0]),
            ("blue, 50 nits", [2.2, 0.6, 44.8], [0, 0, 136]),
            ("blue, 300 nits", [13.0, 3.4, 268.7], [0, 0, 252]),
            ("skin, 50 nits", [34.2, 26.0, 20.8], [123, 98, 88]),
            ("skin, 300 nits", [205.2, 155.9, 124.6], [246, 200, 181]),
        ] {
            let coded: [f64; 3] = nits.map(pq_inverse);
            let luma = 0.2627 * coded[0] + 0.678 * coded[1] + 0.0593 * coded[2];
            let samples = [
                64.0 + 876.0 * luma,
                512.0 + 896.0 * (coded[2] - luma) / 1.8814,
                512.0 + 896.0 * (coded[0] - luma) / 1.4746,
            ];
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // 10 bits.
            let samples = samples.map(|sample| sample.round() as u16);
            let got = pixel(colour(9, 16, 9), samples);
            // Where a number is zero, one step of chroma of 10 bits already is some of light.
            let tolerance = if expected.contains(&0) { 14 } else { 3 };
            assert_near(got, expected, tolerance, what);
        }
    }

    #[test]
    fn light_never_gets_less_where_it_was_more() {
        for transfer in [16, 18, 1] {
            let shades = (64..=940).map(|s| pixel(colour(9, transfer, 9), [s, 512, 512])[0]);
            assert!(shades.is_sorted(), "transfer {transfer}");
        }
    }

    #[test]
    fn every_matrix_and_range_shows_black_white_and_grey_as_they_are() {
        for matrix in [None, Some(1), Some(2), Some(4), Some(5), Some(6), Some(7), Some(8), Some(9)]
            .into_iter()
            .chain([Some(10), Some(14), Some(255)])
        {
            for (is_full_range, black, white) in [(false, 64, 940), (true, 0, 1023)] {
                let colour =
                    Colour { matrix, is_full_range: Some(is_full_range), ..Colour::default() };
                assert_eq!(pixel(colour, [black, 512, 512]), [0; 3], "{matrix:?}");
                assert_eq!(pixel(colour, [white, 512, 512]), [255; 3], "{matrix:?}");
                let grey = u16::midpoint(black, white);
                assert_near(pixel(colour, [grey, 512, 512]), [127; 3], 1, "grey");
            }
        }
    }

    #[test]
    fn planes_of_green_blue_and_red_are_taken_as_they_are() {
        let rgb = |is_full_range| Colour {
            matrix: Some(0),
            is_full_range: Some(is_full_range),
            ..Colour::default()
        };
        assert_eq!(pixel(rgb(true), [1023, 0, 512]), [128, 255, 0]);
        assert_eq!(pixel(rgb(false), [940, 64, 503]), [128, 255, 0]);
    }

    #[test]
    fn what_is_not_told_is_taken_as_players_do() {
        for (is_wide, width, height, expected) in [
            (false, 720, 576, Matrix::BT601),
            (false, 1279, 576, Matrix::BT601),
            (false, 1280, 536, Matrix::BT709),
            (false, 960, 720, Matrix::BT709),
            (true, 720, 576, Matrix::BT2020),
        ] {
            assert_eq!(Matrix::assumed(is_wide, width, height), expected, "{width} × {height}");
        }
        // Grey of video range in the middle: without a word of the range, it is not the full one.
        assert_eq!(pixel(Colour::default(), [64, 512, 512]), [0; 3]);
        // RGB that says it has half the chroma contradicts itself.
        assert_eq!(Matrix::by_code(0, Chroma::Yuv420), None);
    }
}
