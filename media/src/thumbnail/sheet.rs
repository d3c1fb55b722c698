//! Many small pictures in one, and the text that tells which is where.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::picture::Picture;
use crate::limits::{PICTURE_SIDE_MAX, SHEET_PICTURES_MAX};
use crate::{Error, Kind, Result};

/// How pictures lie on a sheet: row after row from the upper left, each as large as the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// Pictures side by side.
    pub columns: u32,
    /// Rows of a full sheet.
    pub rows: u32,
    /// Width of each picture in pixels.
    pub width: u32,
    /// Height of each picture in pixels.
    pub height: u32,
}

/// A stretch of a film that one picture stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scene {
    /// Where it begins, in milliseconds from the beginning of the film.
    pub position_ms: u64,
    /// How long it is; nothing counts as a millisecond, for a cue must have an end after its
    /// beginning.
    pub duration_ms: u64,
}

impl Layout {
    /// Pictures of a full sheet.
    pub fn pictures(&self) -> usize {
        self.columns as usize * self.rows as usize
    }

    /// # Errors
    /// [`Kind::Invalid`] if a sheet would be empty, hold more than [`SHEET_PICTURES_MAX`] pictures
    /// or be longer on a side than [`PICTURE_SIDE_MAX`].
    fn check(self) -> Result<()> {
        let fits = |count: u32, side: u32| {
            let sides = u64::from(count) * u64::from(side);
            count > 0 && (1..=u64::from(PICTURE_SIDE_MAX)).contains(&sides)
        };
        let is_valid = fits(self.columns, self.width)
            && fits(self.rows, self.height)
            && self.pictures() <= SHEET_PICTURES_MAX;
        is_valid
            .then_some(())
            .ok_or_else(|| Error::new(Kind::Invalid, format!("laying out a sheet as {self:?}")))
    }

    /// Column and row in pixels where a picture of a sheet begins.
    fn corner(&self, index: usize) -> (usize, usize) {
        let columns = self.columns as usize;
        (index % columns * self.width as usize, index / columns * self.height as usize)
    }
}

/// Pictures on one sheet; it has as many rows as they need, and black where the last is not full.
///
/// # Errors
/// [`Kind::Invalid`] if there are none or more than the layout has room for, one is of another size
/// than the layout's, or the layout is larger than a sheet may be.
pub fn compose_sheet(pictures: &[Picture], layout: Layout) -> Result<Picture> {
    layout.check()?;
    let are_equal = pictures
        .iter()
        .all(|picture| (picture.width(), picture.height()) == (layout.width, layout.height));
    if !are_equal || !(1..=layout.pictures()).contains(&pictures.len()) {
        let doing = format!("composing {} pictures as {layout:?}", pictures.len());
        return Err(Error::new(Kind::Invalid, doing));
    }
    let rows = pictures.len().div_ceil(layout.columns as usize);
    let rows = u32::try_from(rows).expect("no more rows than the layout has");
    let (width, height) = (layout.columns * layout.width, rows * layout.height);
    let mut rgb = vec![0; 3 * width as usize * height as usize];
    for (index, picture) in pictures.iter().enumerate() {
        let (left, top) = layout.corner(index);
        for (offset, row) in (0..layout.height).enumerate() {
            let row = picture.row(row);
            let begin = 3 * ((top + offset) * width as usize + left);
            rgb[begin..begin + row.len()].copy_from_slice(row);
        }
    }
    Picture::new(width, height, rgb)
}

/// `WebVTT` (W3C, §4) with a cue for each scene, whose text is the address of its sheet and, as a
/// media fragment (W3C Media Fragments URI 1.0, §4.2.2), where on it the picture is:
/// `sheet-0.jpg#xywh=320,0,320,180`.
///
/// Scenes fill the sheets in their order; `sheet_urls` are addresses as they stand in a URL, without
/// a fragment of their own.
///
/// # Errors
/// [`Kind::Invalid`] if there are fewer addresses than sheets, one cannot stand in a line of a cue,
/// or the layout is larger than a sheet may be.
pub fn storyboard_vtt(scenes: &[Scene], layout: Layout, sheet_urls: &[String]) -> Result<String> {
    layout.check()?;
    let is_plain = |url: &String| {
        !url.is_empty()
            && !url.contains(['#', '<', '>', '&'])
            && !url.contains(|c: char| c.is_whitespace() || c.is_control())
    };
    let are_enough = scenes.len().div_ceil(layout.pictures()) <= sheet_urls.len();
    if !are_enough || !sheet_urls.iter().all(is_plain) {
        let doing = format!("telling {} scenes on {sheet_urls:?}", scenes.len());
        return Err(Error::new(Kind::Invalid, doing));
    }
    let mut text = "WEBVTT\n".to_owned();
    for (index, scene) in scenes.iter().enumerate() {
        let url = &sheet_urls[index / layout.pictures()];
        let (x, y) = layout.corner(index % layout.pictures());
        let Layout { width, height, .. } = layout;
        let begin = timestamp(scene.position_ms);
        let end = timestamp(scene.position_ms.saturating_add(scene.duration_ms.max(1)));
        write!(text, "\n{begin} --> {end}\n{url}#xywh={x},{y},{width},{height}\n")
            .expect("a string takes everything");
    }
    Ok(text)
}

/// `hh:mm:ss.ttt`, with more digits of hours where they are needed (`WebVTT` §3.3).
fn timestamp(position_ms: u64) -> String {
    let (seconds, ms) = (position_ms / 1000, position_ms % 1000);
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    format!("{hours:02}:{:02}:{:02}.{ms:03}", minutes % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYOUT: Layout = Layout { columns: 3, rows: 2, width: 4, height: 2 };

    fn plain(shade: u8) -> Picture {
        Picture::new(4, 2, vec![shade; 24]).expect("whole")
    }

    #[test]
    fn pictures_lie_row_after_row() {
        let pictures: Vec<_> = (1..=5).map(plain).collect();
        let sheet = compose_sheet(&pictures, LAYOUT).expect("composes");
        assert_eq!((sheet.width(), sheet.height()), (12, 4));
        for y in 0..4 {
            let shades: Vec<u8> = sheet.row(y).chunks_exact(12).map(|cell| cell[0]).collect();
            let expected = if y < 2 { [1, 2, 3] } else { [4, 5, 0] };
            assert_eq!(shades, expected, "row {y}");
            for cell in sheet.row(y).chunks_exact(12) {
                assert!(cell.iter().all(|byte| *byte == cell[0]), "row {y} has whole pictures");
            }
        }
    }

    #[test]
    fn a_sheet_has_no_more_rows_than_its_pictures_need() {
        for (count, height) in [(1, 2), (3, 2), (4, 4), (6, 4)] {
            let pictures: Vec<_> = (0..count).map(plain).collect();
            let sheet = compose_sheet(&pictures, LAYOUT).expect("composes");
            assert_eq!((sheet.width(), sheet.height()), (12, height), "{count} pictures");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let pictures: Vec<_> = (0..7).map(plain).collect();
        for (count, layout, why) in [
            (0, LAYOUT, "none"),
            (7, LAYOUT, "more than six"),
            (2, Layout { width: 5, ..LAYOUT }, "of another width"),
            (2, Layout { columns: 0, ..LAYOUT }, "no columns"),
            (2, Layout { rows: 0, ..LAYOUT }, "no rows"),
            (2, Layout { columns: 51, ..LAYOUT }, "102 pictures"),
            (2, Layout { columns: u32::MAX, rows: u32::MAX, ..LAYOUT }, "more than there are"),
            (2, Layout { width: PICTURE_SIDE_MAX / 3 + 1, ..LAYOUT }, "too wide"),
        ] {
            let refused = compose_sheet(&pictures[..count], layout).expect_err(why);
            assert_eq!(refused.kind(), Kind::Invalid, "{why}");
        }
        let mixed = [plain(1), Picture::new(2, 4, vec![0; 24]).expect("whole")];
        compose_sheet(&mixed, LAYOUT).expect_err("of two sizes");
    }

    #[test]
    fn a_storyboard_names_the_sheet_and_the_place_of_every_scene() {
        let scenes: Vec<_> =
            (0..8).map(|i| Scene { position_ms: i * 10_000, duration_ms: 10_000 }).collect();
        let urls = ["a.jpg?v=1".to_owned(), "b.jpg?v=1".to_owned()];
        let text = storyboard_vtt(&scenes, LAYOUT, &urls).expect("is told");
        let cues: Vec<&str> = text.split("\n\n").collect();
        assert_eq!(cues[0], "WEBVTT");
        assert_eq!(cues[1], "00:00:00.000 --> 00:00:10.000\na.jpg?v=1#xywh=0,0,4,2");
        assert_eq!(cues[2], "00:00:10.000 --> 00:00:20.000\na.jpg?v=1#xywh=4,0,4,2");
        assert_eq!(cues[4], "00:00:30.000 --> 00:00:40.000\na.jpg?v=1#xywh=0,2,4,2");
        assert_eq!(cues[7], "00:01:00.000 --> 00:01:10.000\nb.jpg?v=1#xywh=0,0,4,2");
        assert_eq!(cues[8], "00:01:10.000 --> 00:01:20.000\nb.jpg?v=1#xywh=4,0,4,2\n");
        assert_eq!(cues.len(), 9);
    }

    #[test]
    fn a_storyboard_of_nothing_is_an_empty_file_of_its_kind() {
        assert_eq!(storyboard_vtt(&[], LAYOUT, &[]).expect("is told"), "WEBVTT\n");
    }

    #[test]
    fn a_cue_ends_after_it_begins() {
        let scenes = [
            Scene { position_ms: 5, duration_ms: 0 },
            Scene { position_ms: u64::MAX - 1, duration_ms: u64::MAX },
        ];
        let text = storyboard_vtt(&scenes, LAYOUT, &["a".to_owned()]).expect("is told");
        assert!(text.contains("00:00:00.005 --> 00:00:00.006"), "{text}");
    }

    #[test]
    fn addresses_that_would_break_a_cue_are_refused() {
        let scene = [Scene { position_ms: 0, duration_ms: 1 }];
        for url in ["", "a b", "a\nb", "a-->b", "a#b", "a<b", "a\u{0}b", "a&amp;b"] {
            storyboard_vtt(&scene, LAYOUT, &[url.to_owned()]).expect_err(url);
        }
        storyboard_vtt(&scene, LAYOUT, &[]).expect_err("no sheet for the scene");
    }

    #[test]
    fn a_timestamp_has_hours_minutes_seconds_and_milliseconds() {
        for (position_ms, expected) in [
            (0, "00:00:00.000"),
            (999, "00:00:00.999"),
            (59_999, "00:00:59.999"),
            (60_000, "00:01:00.000"),
            (3_599_999, "00:59:59.999"),
            (3_600_000, "01:00:00.000"),
            (360_000_001, "100:00:00.001"),
        ] {
            assert_eq!(timestamp(position_ms), expected);
        }
    }
}
