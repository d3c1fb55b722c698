//! What is seen until a picture is there: its ThumbHash, some twenty bytes that a browser makes a
//! blurred picture of.
//!
//! The algorithm is that of <https://evanw.github.io/thumbhash/>, its sums in the same order, so that
//! the bytes are those of its reference. It is its own page of code because the one crate that was
//! looked at reads and writes unchecked for a quickness that 64 pixels do not need.

use std::f64::consts::PI;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::picture::{Picture, height_for};
use super::scale::{scale_rgb, scale_rgba};
use crate::Result;

/// The longer side of what is looked at. The finest wave in a hash is a seventh of the picture, and
/// the reference takes no more than 100.
const SIDE: u32 = 64;

/// The ThumbHash of a picture in base64 (RFC 4648 §4): 24 to 32 characters.
///
/// Computes for less than a millisecond.
///
/// # Errors
/// None for a picture that exists; the scaler's are passed on.
pub fn thumb_hash(picture: &Picture) -> Result<String> {
    let from = (picture.width(), picture.height());
    let to = small(from);
    let rgb = scale_rgb(picture.rgb(), from, to)?;
    let rgba: Vec<u8> = rgb.chunks_exact(3).flat_map(|p| [p[0], p[1], p[2], u8::MAX]).collect();
    Ok(BASE64_STANDARD.encode(hash(&rgba, to.0 as usize, to.1 as usize)))
}

/// The ThumbHash, in base64, of a picture of `width` × `height` pixels with transparency.
///
/// # Errors
/// [`crate::Kind::Invalid`] if there are fewer bytes than that needs.
pub(super) fn thumb_hash_rgba(rgba: &[u8], width: u32, height: u32) -> Result<String> {
    let to = small((width, height));
    let rgba = scale_rgba(rgba, (width, height), to)?;
    Ok(BASE64_STANDARD.encode(hash(&rgba, to.0 as usize, to.1 as usize)))
}

fn small((width, height): (u32, u32)) -> (u32, u32) {
    if width >= height {
        let small = width.min(SIDE);
        (small, height_for(small, width, height))
    } else {
        let small = height.min(SIDE);
        (height_for(small, height, width), small)
    }
}

/// The hash's bytes of at most 100 × 100 pixels.
#[allow(clippy::many_single_char_names)] // The reference's names for its channels.
#[allow(clippy::cast_possible_truncation)] // Each number is cut to the bits it has.
fn hash(rgba: &[u8], width: usize, height: usize) -> Vec<u8> {
    let pixels = || {
        rgba.chunks_exact(4).map(|pixel| {
            let alpha = f64::from(pixel[3]) / 255.0;
            (alpha, [0, 1, 2].map(|i| alpha / 255.0 * f64::from(pixel[i])))
        })
    };
    let mut average = [0.0; 3];
    let mut seen = 0.0;
    for (alpha, rgb) in pixels() {
        for (sum, value) in average.iter_mut().zip(rgb) {
            *sum += value;
        }
        seen += alpha;
    }
    if seen > 0.0 {
        average = average.map(|sum| sum / seen);
    }

    // Luminance, yellow against blue, red against green, opacity; over the average colour.
    let (mut l, mut p, mut q, mut a) = (vec![], vec![], vec![], vec![]);
    for (alpha, rgb) in pixels() {
        let [r, g, b] = [0, 1, 2].map(|i| average[i] * (1.0 - alpha) + rgb[i]);
        l.push((r + g + b) / 3.0);
        p.push(f64::midpoint(r, g) - b);
        q.push(r - g);
        a.push(alpha);
    }

    let has_alpha = seen < (width * height) as f64;
    let waves_max = if has_alpha { 5.0 } else { 7.0 };
    let longer = width.max(height) as f64;
    let waves = |side: usize| bits(waves_max * side as f64 / longer).max(1);
    let (lx, ly) = (waves(width), waves(height));
    let l = Waves::of(&l, width, height, lx.max(3) as usize, ly.max(3) as usize);
    let p = Waves::of(&p, width, height, 3, 3);
    let q = Waves::of(&q, width, height, 3, 3);

    let is_landscape = width > height;
    let first = bits(63.0 * l.mean)
        | bits(31.5 + 31.5 * p.mean) << 6
        | bits(31.5 + 31.5 * q.mean) << 12
        | bits(31.0 * l.scale) << 18
        | u32::from(has_alpha) << 23;
    let second = if is_landscape { ly } else { lx }
        | bits(63.0 * p.scale) << 3
        | bits(63.0 * q.scale) << 9
        | u32::from(is_landscape) << 15;
    let mut hash = first.to_le_bytes()[..3].to_vec();
    hash.extend_from_slice(&second.to_le_bytes()[..2]);
    let mut parts = [l.parts, p.parts, q.parts].concat();
    if has_alpha {
        let a = Waves::of(&a, width, height, 5, 5);
        hash.push((bits(15.0 * a.mean) | bits(15.0 * a.scale) << 4) as u8);
        parts.extend(a.parts);
    }
    for pair in parts.chunks(2) {
        let nibble = |at: usize| pair.get(at).map_or(0, |part| bits(15.0 * part) as u8);
        hash.push(nibble(0) | nibble(1) << 4);
    }
    hash
}

/// Rounded as JavaScript does; nothing here is below zero.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Some tens at most.
fn bits(value: f64) -> u32 {
    (value + 0.5).floor() as u32
}

/// A channel as a sum of cosine waves.
struct Waves {
    mean: f64,
    /// All but the mean, as parts of `scale`: 0 for −1, 1 for +1.
    parts: Vec<f64>,
    scale: f64,
}

impl Waves {
    fn of(channel: &[f64], width: usize, height: usize, across: usize, down: usize) -> Self {
        let (mut mean, mut parts, mut scale) = (0.0, vec![], 0.0_f64);
        for cy in 0..down {
            for cx in (0..across).take_while(|cx| cx * down < across * (down - cy)) {
                let wave = |side: usize, count: usize, at: usize| {
                    (PI / side as f64 * count as f64 * (at as f64 + 0.5)).cos()
                };
                let columns: Vec<f64> = (0..width).map(|x| wave(width, cx, x)).collect();
                let mut sum = 0.0;
                for (y, row) in channel.chunks_exact(width).enumerate() {
                    let of_row = wave(height, cy, y);
                    for (value, of_column) in row.iter().zip(&columns) {
                        sum += value * of_column * of_row;
                    }
                }
                sum /= (width * height) as f64;
                if cx == 0 && cy == 0 {
                    mean = sum;
                } else {
                    parts.push(sum);
                    scale = scale.max(sum.abs());
                }
            }
        }
        if scale > 0.0 {
            for part in &mut parts {
                *part = 0.5 + 0.5 / scale * *part;
            }
        }
        Self { mean, parts, scale }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture that anybody can compute, without symmetries, whose sums of zero would be rounded
    /// by chance.
    fn computed(width: usize, height: usize, has_alpha: bool) -> Vec<u8> {
        let pixel = |x: usize, y: usize| {
            let alpha = if has_alpha { x * 9 + y * 4 + 40 } else { 255 };
            [x * x * 3 + y * 7, x * 5 + y * y * 2 + x * y, x * 11 + y * 13, alpha]
                .map(|value| u8::try_from(value % 256).expect("below 256"))
        };
        (0..height).flat_map(|y| (0..width).flat_map(move |x| pixel(x, y))).collect()
    }

    #[test]
    fn the_bytes_are_those_of_the_reference() {
        // What `rgbaToThumbHash` of the npm package thumbhash 0.1.1 gives for these pictures.
        for (width, height, has_alpha, expected) in [
            (100, 56, false, "3/cBBIBmRFRmRYRSVA5VWpC3CQ=="),
            (56, 100, false, "3/cBBABWZFVnZlc0d7AmBdXPWA=="),
            (64, 64, false, "3wcCBwBGUlNGZUZkNWcgtyN3lwIh/F0E"),
            (100, 42, false, "3wcCA4JUQiZydaQgZDGPSPo="),
            (90, 3, false, "3hcKEYRDYGV3Z3l4BWiHb5s="),
            (2, 71, false, "3CcKCQp2gyiHgHQYgcClCLY="),
            (61, 43, true, "H/iBBIAYaGeHh2X0KGf4i/jJ+FtZinWHCA=="),
            (33, 77, true, "3/eBAgAXY5h2WQEEZVrG71iHqFmmcIQ="),
        ] {
            let bytes = hash(&computed(width, height, has_alpha), width, height);
            assert_eq!(BASE64_STANDARD.encode(bytes), expected, "{width} × {height}");
        }
    }

    #[test]
    fn a_picture_is_looked_at_small_and_its_hash_is_short() {
        for (width, height) in [(320, 180), (180, 320), (1, 1), (1280, 3), (64, 64), (320, 134)] {
            let rgba = computed(width, height, false);
            let rgb: Vec<u8> = rgba.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
            let side = |side: usize| u32::try_from(side).expect("small");
            let picture = Picture::new(side(width), side(height), rgb).expect("whole");
            let hash = thumb_hash(&picture).expect("hashes");
            assert!((20..=36).contains(&hash.len()), "{width} × {height}: {hash}");
            let same = thumb_hash_rgba(&rgba, side(width), side(height)).expect("hashes");
            assert_eq!(hash, same, "{width} × {height}");
        }
    }

    #[test]
    fn one_colour_has_waves_of_no_height() {
        let grey = Picture::new(10, 10, vec![77; 300]).expect("whole");
        let hash = BASE64_STANDARD.decode(thumb_hash(&grey).expect("hashes")).expect("base64");
        let first = u32::from_le_bytes([hash[0], hash[1], hash[2], 0]);
        assert_eq!((first & 63, first >> 18), (19, 0), "63 × 77 / 255, and nothing around it");
    }
}
