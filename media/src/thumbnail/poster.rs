//! Which picture of a film stands for it.

use std::borrow::Borrow;

use super::picture::{Picture, height_for};
use super::scale::scale_rgb;
use crate::Result;
use crate::limits::{POSTER_CANDIDATES_MAX, PROBE_DURATION_MS_MAX};

/// The width in which pictures are judged. Letters of credits are still strokes at this size, and
/// the grain of a film is gone.
const WIDTH: u32 = 160;

/// Two candidates of a film are no nearer to each other than this, in milliseconds: key frames are
/// mostly further apart.
const DISTANCE_MS_MIN: u64 = 2000;

/// What is wrong with a picture that should stand for a film.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nearly one colour: a fade, a flash, an empty sky.
    Uniform,
    /// Nearly all of it is black.
    Dark,
    /// Strokes on a plain ground: titles, credits.
    Text,
    /// Nothing in it is sharp.
    Blurred,
}

/// What a picture is worth as a poster.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judgement {
    /// Why it should not be taken, where there is a reason.
    pub fault: Option<Fault>,
    /// Contrast and detail, 0 to 1; only good for comparing.
    pub interest: f32,
}

/// Where to look for a poster in a film of that length, in milliseconds, in time order: evenly from
/// 5 % to 60 %, behind the opening credits and before the end gives anything away. At least one
/// position, at most [`POSTER_CANDIDATES_MAX`].
pub fn poster_positions_ms(duration_ms: u64) -> Vec<u64> {
    let part = duration_ms.min(PROBE_DURATION_MS_MAX) / 20;
    let (first, span) = (part, 11 * part);
    let steps = (span / DISTANCE_MS_MIN).min(u64::from(POSTER_CANDIDATES_MAX) - 1);
    if steps == 0 {
        return vec![first + span / 2];
    }
    (0..=steps).map(|step| first + span * step / steps).collect()
}

/// Which of the pictures is best, and which number it has: one without fault if there is any, and of
/// those the one of most interest; the first of equals. None only if there are none.
///
/// Takes one after the other, so that no more than two have to be there at once.
///
/// # Errors
/// None for pictures that exist; the scaler's are passed on.
pub fn choose_poster<P: Borrow<Picture>>(
    candidates: impl IntoIterator<Item = P>,
) -> Result<Option<(usize, P)>> {
    let mut best: Option<(usize, P, Judgement)> = None;
    for (index, candidate) in candidates.into_iter().enumerate() {
        let judged = judge(candidate.borrow())?;
        let rank = |judged: &Judgement| (judged.fault.is_none(), judged.interest);
        if best.as_ref().is_none_or(|(_, _, so_far)| rank(&judged) > rank(so_far)) {
            best = Some((index, candidate, judged));
        }
    }
    Ok(best.map(|(index, candidate, _)| (index, candidate)))
}

/// What a picture is worth. Computes for a fraction of a millisecond.
///
/// # Errors
/// None for a picture that exists; the scaler's are passed on.
pub fn judge(picture: &Picture) -> Result<Judgement> {
    let luma = Luma::of(picture)?;
    let shades = Shades::of(&luma.samples);
    let edges = Edges::of(&luma);
    let fault = if shades.deviation < 6.0 || shades.bright - shades.dark < 24 {
        // A black picture is uniform as well; which of the two is said only matters to who reads it.
        Some(if shades.bright < 48 { Fault::Dark } else { Fault::Uniform })
    } else if shades.bright < 48 {
        Some(Fault::Dark)
    } else if is_text(&luma) {
        Some(Fault::Text)
    } else if edges.sharpness < 0.3 {
        Some(Fault::Blurred)
    } else {
        None
    };
    let contrast = shades.deviation / (shades.deviation + 40.0);
    let detail = edges.slope / (edges.slope + 6.0);
    let exposure = 1.0 - ((shades.mean - 110.0) / 160.0).powi(2);
    let sharpness = (edges.sharpness / 0.6).min(1.0);
    Ok(Judgement { fault, interest: contrast * detail * exposure * sharpness })
}

/// Brightness of a picture made small.
struct Luma {
    width: usize,
    height: usize,
    samples: Vec<u8>,
}

impl Luma {
    fn of(picture: &Picture) -> Result<Self> {
        let from = (picture.width(), picture.height());
        let width = from.0.min(WIDTH);
        let to = (width, height_for(width, from.0, from.1).min(from.1));
        let rgb = scale_rgb(picture.rgb(), from, to)?;
        // BT.709's parts of 256, which are 54, 183 and 19.
        let luma = |p: &[u8]| 54 * u16::from(p[0]) + 183 * u16::from(p[1]) + 19 * u16::from(p[2]);
        let samples = rgb.chunks_exact(3).map(|pixel| luma(pixel).to_be_bytes()[0]).collect();
        Ok(Self { width: to.0 as usize, height: to.1 as usize, samples })
    }

    fn at(&self, x: usize, y: usize) -> f32 {
        f32::from(self.samples[y * self.width + x])
    }
}

/// How bright a picture is, and how much that differs.
struct Shades {
    mean: f32,
    deviation: f32,
    /// Two of a hundred samples are at most as bright.
    dark: u8,
    /// Two of a hundred samples are at least as bright.
    bright: u8,
}

impl Shades {
    fn of(samples: &[u8]) -> Self {
        let mut sorted = samples.to_vec();
        sorted.sort_unstable();
        let (last, edge) = (sorted.len() - 1, sorted.len() / 50);
        let count = samples.len() as f32;
        let mean = samples.iter().map(|s| f32::from(*s)).sum::<f32>() / count;
        let squares: f32 = samples.iter().map(|s| (f32::from(*s) - mean).powi(2)).sum();
        let deviation = (squares / count).sqrt();
        Self { mean, deviation, dark: sorted[edge], bright: sorted[last - edge] }
    }
}

/// How brightness changes from sample to sample.
struct Edges {
    /// Mean change to the next sample.
    slope: f32,
    /// How suddenly: the mean change of the change for that change. 2 at an edge of one sample; where
    /// a lens or a filter has spread edges over n samples, about 2 ÷ n.
    sharpness: f32,
}

impl Edges {
    fn of(luma: &Luma) -> Self {
        let (mut slopes, mut bends, mut count) = (0.0, 0.0, 0.0_f32);
        for y in 1..luma.height.saturating_sub(1) {
            for x in 1..luma.width.saturating_sub(1) {
                let (left, right) = (luma.at(x - 1, y), luma.at(x + 1, y));
                let (above, below) = (luma.at(x, y - 1), luma.at(x, y + 1));
                slopes += f32::midpoint((right - left).abs(), (below - above).abs());
                bends += (left + right + above + below - 4.0 * luma.at(x, y)).abs();
                count += 1.0;
            }
        }
        Self { slope: slopes / count.max(1.0), sharpness: bends / slopes.max(1.0) }
    }
}

/// Whether a picture is text on a plain ground: most of it has one brightness, and all that differs
/// much is thin, so that the ground is never more than two samples away.
fn is_text(luma: &Luma) -> bool {
    let mut counts = [0_usize; 256];
    for sample in &luma.samples {
        counts[usize::from(*sample)] += 1;
    }
    let ground = (0..=u8::MAX).max_by_key(|shade| counts[usize::from(*shade)]).unwrap_or(0);
    let is_ground = |sample: u8| sample.abs_diff(ground) <= 12;
    let is_stroke = |sample: u8| sample.abs_diff(ground) >= 48;
    let of_ground = luma.samples.iter().filter(|sample| is_ground(**sample)).count();
    if of_ground * 10 < luma.samples.len() * 6 {
        return false;
    }
    let (mut strokes, mut thin) = (0_usize, 0_usize);
    for (y, row) in luma.samples.chunks_exact(luma.width).enumerate() {
        for (x, _) in row.iter().enumerate().filter(|(_, sample)| is_stroke(**sample)) {
            let columns = x.saturating_sub(2)..=(x + 2).min(luma.width - 1);
            let rows = y.saturating_sub(2)..=(y + 2).min(luma.height - 1);
            let touches_ground = columns.clone().any(|x| is_ground(row[x]))
                || rows.clone().any(|y| is_ground(luma.samples[y * luma.width + x]));
            strokes += 1;
            thin += usize::from(touches_ground);
        }
    }
    strokes > 0 && thin * 10 >= strokes * 9
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::thumbnail::testing::{byte, detailed, ffmpeg};

    fn shaded(width: u32, height: u32, of: impl Fn(u32, u32) -> u8) -> Picture {
        let rgb = (0..height)
            .flat_map(|y| (0..width).map(move |x| (x, y)))
            .flat_map(|(x, y)| [of(x, y); 3])
            .collect();
        Picture::new(width, height, rgb).expect("whole")
    }

    /// Mixed with black, as in a fade: 1 is the picture, 0 is black.
    fn faded(picture: &Picture, part: f64) -> Picture {
        let rgb = picture.rgb().iter().map(|sample| byte(f64::from(*sample) * part)).collect();
        Picture::new(picture.width(), picture.height(), rgb).expect("whole")
    }

    /// Each pixel as the mean of a square of `2 * reach + 1` around it, three times over: nearly the
    /// bell of a lens out of focus.
    fn blurred(picture: &Picture, reach: usize) -> Picture {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let mut rgb = picture.rgb().to_vec();
        for _ in 0..3 {
            rgb = averaged(&rgb, 3, width, reach);
            rgb = averaged(&rgb, 3 * width, height, reach);
        }
        Picture::new(picture.width(), picture.height(), rgb).expect("whole")
    }

    /// Means along lines of `len` bytes that are `step` apart.
    fn averaged(bytes: &[u8], step: usize, len: usize, reach: usize) -> Vec<u8> {
        let mean = |at: usize| {
            let place = at / step % len;
            let first = at - place * step;
            let around = place.saturating_sub(reach)..=(place + reach).min(len - 1);
            let count = around.end() + 1 - around.start();
            let sum: usize = around.map(|place| usize::from(bytes[first + place * step])).sum();
            u8::try_from(sum / count).expect("a mean of bytes")
        };
        (0..bytes.len()).map(mean).collect()
    }

    /// Lines of white words on black, of strokes two pixels wide.
    fn credits() -> Picture {
        shaded(320, 180, |x, y| {
            let is_line = (30..150).contains(&y) && y % 24 < 12;
            let is_word = (70..250).contains(&x) && x % 40 < 32;
            let is_stroke = x % 8 < 2 || (y % 24 < 2 && x % 8 < 6);
            if is_line && is_word && is_stroke { 235 } else { 0 }
        })
    }

    #[test]
    fn pictures_that_stand_for_nothing_are_known() {
        let (film, text) = (detailed(160, 90), credits());
        for (what, picture, fault) in [
            ("a scene", film.clone(), None),
            ("black", shaded(320, 180, |_, _| 0), Some(Fault::Dark)),
            (
                "video black with noise",
                shaded(320, 180, |x, y| byte(f64::from((x * 7 + y * 13) % 5))),
                Some(Fault::Dark),
            ),
            ("white", shaded(320, 180, |_, _| 255), Some(Fault::Uniform)),
            (
                "a grey with a gradient too weak to see",
                shaded(320, 180, |x, _| 120 + byte(f64::from(x / 32))),
                Some(Fault::Uniform),
            ),
            ("the end of a fade", faded(&film, 0.1), Some(Fault::Dark)),
            ("credits", credits(), Some(Fault::Text)),
            (
                "black words on white",
                shaded(320, 180, |x, y| 255 - text.row(y)[3 * x as usize]),
                Some(Fault::Text),
            ),
            ("out of focus", blurred(&film, 4), Some(Fault::Blurred)),
            ("one pixel", shaded(1, 1, |_, _| 90), Some(Fault::Uniform)),
        ] {
            let judged = judge(&picture).expect("is judged");
            assert_eq!(judged.fault, fault, "{what}: {judged:?}");
        }
    }

    #[test]
    fn a_night_scene_is_no_text() {
        // A lit window and a lamp in the dark: mostly of one shade, but not of strokes.
        let night = shaded(320, 180, |x, y| {
            let is_window = (60..140).contains(&x) && (40..120).contains(&y);
            let texture = byte(f64::from(((x * 5) ^ (y * 3)) % 64));
            if is_window { 120 + texture } else { 8 + texture / 16 }
        });
        assert_eq!(judge(&night).expect("is judged").fault, None);
    }

    #[test]
    fn the_best_of_several_is_the_scene_wherever_it_stands() {
        let film = detailed(320, 180);
        let others = [shaded(320, 180, |_, _| 16), faded(&film, 0.5), blurred(&film, 4), credits()];
        for place in 0..=others.len() {
            let mut candidates = others.to_vec();
            candidates.insert(place, film.clone());
            let chosen = choose_poster(&candidates).expect("chooses");
            assert_eq!(chosen, Some((place, &film)));
        }
    }

    #[test]
    fn something_is_chosen_even_if_nothing_is_good() {
        let dark = [shaded(32, 18, |_, _| 0), faded(&detailed(320, 180), 0.1), credits()];
        let chosen = choose_poster(dark).expect("chooses").map(|(index, _)| index);
        assert!(chosen.is_some_and(|index| index > 0), "not the black one: {chosen:?}");
        assert_eq!(choose_poster::<Picture>([]).expect("chooses"), None);
    }

    #[test]
    fn positions_leave_out_the_beginning_and_the_end() {
        const HOUR_MS: u64 = 3_600_000;
        for (duration_ms, count) in [
            (0, 1),
            (1, 1),
            (3_000, 1),
            (8_000, 3),
            (60_000, 10),
            (2 * HOUR_MS, 10),
            (u64::MAX, 10),
        ] {
            let positions = poster_positions_ms(duration_ms);
            assert_eq!(positions.len(), count, "{duration_ms} ms: {positions:?}");
            assert!(positions.is_sorted_by(|a, b| a + DISTANCE_MS_MIN <= *b), "{positions:?}");
            let known_ms = duration_ms.min(PROBE_DURATION_MS_MAX);
            let inside = known_ms / 20..=known_ms / 5 * 3 + 3;
            assert!(positions.iter().all(|position| inside.contains(position)), "{positions:?}");
        }
        let film = poster_positions_ms(2 * HOUR_MS);
        assert_eq!((film[0], film[9]), (360_000, 4_320_000));
    }

    #[test]
    fn every_film_of_the_demo_library_has_a_poster_that_no_bad_picture_beats() {
        let clips = demo_clips();
        assert!(clips.len() >= 12, "{clips:?}");
        for clip in clips {
            let mut pictures = scenes(&clip);
            assert!(!pictures.is_empty(), "{}", clip.display());
            let (best, _) = choose_poster(&pictures).expect("chooses").expect("there are scenes");
            pictures.push(shaded(160, 90, |_, _| 0));
            pictures.push(faded(&pictures[best], 0.3));
            pictures.push(blurred(&pictures[best], 4));
            pictures.push(credits());
            let (chosen, _) = choose_poster(&pictures).expect("chooses").expect("there are scenes");
            let judged: Vec<_> = pictures.iter().map(|p| judge(p).expect("is judged")).collect();
            assert_eq!(chosen, best, "{}: {judged:?}", clip.display());
        }
    }

    /// Six pictures a second apart, 160 × 90, as ffmpeg shows them.
    fn scenes(clip: &Path) -> Vec<Picture> {
        let clip = clip.to_str().expect("its name is ours");
        let filters = "select=not(mod(n\\,25)),scale=160:90";
        let rgb = ffmpeg(&[
            "-i",
            clip,
            "-vsync",
            "passthrough",
            "-vf",
            filters,
            "-frames:v",
            "6",
            "-f",
            "rawvideo",
            "-pix_fmt",
            "rgb24",
        ]);
        let frames = rgb.chunks_exact(3 * 160 * 90);
        frames.map(|frame| Picture::new(160, 90, frame.to_vec()).expect("whole")).collect()
    }

    fn demo_clips() -> Vec<PathBuf> {
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("demo")];
        let mut clips = vec![];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("the demo library is there") {
                let path = entry.expect("can be read").path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|e| e == "mp4" || e == "mkv" || e == "webm")
                {
                    clips.push(path);
                }
            }
        }
        clips.sort();
        clips
    }
}
