//! Which pictures a film's storyboard has, and how one of its sheets is made.

use serde::{Deserialize, Serialize};

use super::decode::{KeyframeDecoder, Wanted};
use super::film::Film;
use super::picture::{Picture, height_for};
use super::render::render;
use super::scale::scale_rgb;
use super::sheet::{Layout, Scene, compose_sheet};
use crate::error::{Error, Kind, Result};
use crate::limits::{self, STORYBOARD_SHEET_SIDE as SIDE};

/// Width of each picture in pixels.
const WIDTH: u32 = 320;

/// Time between two pictures of a film.
const INTERVAL_MS: u64 = 10_000;

/// Below this playing time pictures are closer together.
const SHORT_MS: u64 = 60 * INTERVAL_MS;

/// The number of the way in which storyboards are planned; another way needs another, so that sheets
/// that were kept are not taken for those of another plan.
const PLAN: u32 = 1;

/// The plan of a film's storyboard: made from its index alone, so it costs nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storyboard {
    scenes: Vec<Scene>,
    layout: Layout,
}

impl Storyboard {
    /// The pictures of a film: one about every ten seconds, closer in a short one and farther apart
    /// in one of more than [`limits::STORYBOARD_PICTURES_MAX`] × 10 s; never more than it has key
    /// frames. Where there is no index each picture costs a search of its own: no more than
    /// [`limits::STORYBOARD_SOUGHT_MAX`] then.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] if neither key frames nor the playing time are known.
    pub fn of(film: &Film) -> Result<Self> {
        let key_frames = film.key_frames();
        let last_ms = key_frames.last().map(|key_frame| key_frame.position_ms);
        let duration_ms = film.duration_ms().or(last_ms).filter(|duration_ms| *duration_ms > 0);
        let duration_ms = duration_ms.ok_or_else(|| {
            Error::new(Kind::Unsupported, "neither key frames nor the playing time are known")
        })?;
        let positions_ms = if key_frames.is_empty() {
            let step_ms = interval_ms(duration_ms, limits::STORYBOARD_SOUGHT_MAX);
            (0..duration_ms.div_ceil(step_ms)).map(|number| number * step_ms).collect()
        } else {
            let step_ms = interval_ms(duration_ms, limits::STORYBOARD_PICTURES_MAX);
            spaced(key_frames.iter().map(|key_frame| key_frame.position_ms), step_ms)
        };
        let video = film.video();
        let (of_width, of_height) = match (video.display_width, video.display_height) {
            (0, _) | (_, 0) => (16, 9),
            size => size,
        };
        let height = height_for(WIDTH, of_width, of_height).min(limits::PICTURE_SIDE_MAX / SIDE);
        let layout = Layout { columns: SIDE, rows: SIDE, width: WIDTH, height };
        Ok(Self { scenes: scenes(&positions_ms, duration_ms), layout })
    }

    /// A plan as [`Self::to_bytes`] gave it.
    ///
    /// # Errors
    /// [`Kind::Invalid`] for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let plan: Self = serde_json::from_slice(bytes)
            .map_err(|error| Error::with_source(Kind::Invalid, "reading a storyboard", error))?;
        if plan.scenes.is_empty() || plan.layout.pictures() == 0 {
            return Err(Error::new(Kind::Invalid, "a storyboard without pictures"));
        }
        Ok(plan)
    }

    /// For [`Self::from_bytes`]; JSON.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("numbers")
    }

    /// What a plan is called among the pictures of a film.
    pub(super) fn name() -> String {
        format!("storyboard-{PLAN}")
    }

    /// The same of a sheet, counted from 0.
    pub(super) fn sheet_name(index: usize) -> String {
        format!("sheet-{PLAN}-{index}")
    }

    /// What each picture stands for, in time order; they fill the sheets in this order.
    pub fn scenes(&self) -> &[Scene] {
        &self.scenes
    }

    /// How pictures lie on a sheet.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// How many sheets there are; at least one.
    pub fn sheet_count(&self) -> usize {
        self.scenes.len().div_ceil(self.layout.pictures())
    }

    /// Decodes the pictures of a sheet, counted from 0. Blocks and computes: a second for a film in
    /// full HD. Where one cannot be decoded its neighbour stands in its place.
    ///
    /// # Errors
    /// [`Kind::NotFound`] if there is no such sheet, [`Kind::Unavailable`] once it is unwanted; that of
    /// the first picture if none can be decoded.
    pub fn sheet(
        &self,
        film: &Film,
        index: usize,
        decoder: &dyn KeyframeDecoder,
        is_unwanted: &dyn Fn() -> bool,
    ) -> Result<Picture> {
        let scenes = self.scenes.chunks(self.layout.pictures()).nth(index);
        let scenes =
            scenes.ok_or_else(|| Error::new(Kind::NotFound, "the storyboard has no such sheet"))?;
        let mut pictures: Vec<Option<Picture>> = Vec::new();
        let mut first_error = None;
        for scene in scenes {
            if is_unwanted() {
                return Err(Error::new(Kind::Unavailable, "making a sheet that nobody waits for"));
            }
            match self.picture(film, scene.position_ms, decoder, is_unwanted) {
                Ok(picture) => pictures.push(Some(picture)),
                Err(error) => {
                    pictures.push(None);
                    first_error.get_or_insert(error);
                }
            }
        }
        let Some(mut shown) = pictures.iter().flatten().next().cloned() else {
            return Err(first_error.expect("a sheet has a picture, so there was an error"));
        };
        let filled = pictures.into_iter().map(|picture| {
            if let Some(picture) = picture {
                shown = picture;
            }
            shown.clone()
        });
        compose_sheet(&filled.collect::<Vec<_>>(), self.layout)
    }

    /// A picture of exactly the layout's size.
    fn picture(
        &self,
        film: &Film,
        position_ms: u64,
        decoder: &dyn KeyframeDecoder,
        is_unwanted: &dyn Fn() -> bool,
    ) -> Result<Picture> {
        let wanted = Wanted { position_ms, width: self.layout.width };
        let frame = decoder.decode(film, wanted, is_unwanted)?;
        let picture = render(&frame, film.video().into(), self.layout.width)?;
        let (from, to) =
            ((picture.width(), picture.height()), (self.layout.width, self.layout.height));
        if from == to {
            return Ok(picture);
        }
        Picture::new(to.0, to.1, scale_rgb(picture.rgb(), from, to)?)
    }
}

/// The time between two pictures of so long a film, so that there are no more than `pictures_max`.
fn interval_ms(duration_ms: u64, pictures_max: u64) -> u64 {
    let wanted_ms = if duration_ms < SHORT_MS { duration_ms / 60 } else { INTERVAL_MS };
    wanted_ms.max(duration_ms.div_ceil(pictures_max)).max(1_000)
}

/// Of ascending positions the first, and then each that is at least `step_ms` behind the last taken.
fn spaced(positions_ms: impl Iterator<Item = u64>, step_ms: u64) -> Vec<u64> {
    let mut taken: Vec<u64> = Vec::new();
    for position_ms in positions_ms {
        if taken.last().is_none_or(|last_ms| position_ms >= last_ms + step_ms) {
            taken.push(position_ms);
        }
    }
    taken
}

/// Each picture stands for the time until the next, the first also for what lies before it.
fn scenes(positions_ms: &[u64], duration_ms: u64) -> Vec<Scene> {
    let nexts_ms = positions_ms.iter().skip(1).copied().chain([duration_ms]);
    let mut begin_ms = 0;
    let scene = |next_ms: u64| {
        let end_ms = next_ms.max(begin_ms);
        let scene = Scene { position_ms: begin_ms, duration_ms: end_ms - begin_ms };
        begin_ms = end_ms;
        scene
    };
    nexts_ms.map(scene).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_plan_is_read_as_it_was_written_and_nothing_else_is() {
        let layout = Layout { columns: SIDE, rows: SIDE, width: WIDTH, height: 180 };
        let plan = Storyboard { scenes: scenes(&[0, 9_000, 21_000], 30_000), layout };
        assert_eq!(Storyboard::from_bytes(&plan.to_bytes()).expect("a plan"), plan);
        let none = Storyboard { scenes: Vec::new(), ..plan };
        for bytes in [&none.to_bytes()[..], b"", b"{}", b"\xff"] {
            assert!(Storyboard::from_bytes(bytes).is_err());
        }
    }

    #[test]
    fn a_film_has_a_picture_every_ten_seconds_and_others_as_suits_them() {
        for (duration_s, expected_ms) in [
            (1, 1_000),
            (60, 1_000),
            (300, 5_000),
            (600, 10_000),
            (7_200, 10_000),
            (14_400, 20_000),
            (86_400, 120_000),
        ] {
            assert_eq!(interval_ms(duration_s * 1000, 720), expected_ms, "{duration_s} s");
        }
    }

    proptest! {
        #[test]
        fn scenes_cover_the_film_without_gaps_and_are_no_more_than_key_frames(
            mut positions_ms in prop::collection::vec(0..20_000_000_u64, 1..300),
            duration_ms in 1..20_000_000_u64,
        ) {
            positions_ms.sort_unstable();
            let step_ms = interval_ms(duration_ms, limits::STORYBOARD_PICTURES_MAX);
            let taken = spaced(positions_ms.iter().copied(), step_ms);
            prop_assert!(taken.len() <= positions_ms.len());
            prop_assert!(taken.windows(2).all(|pair| pair[1] - pair[0] >= step_ms));
            let scenes = scenes(&taken, duration_ms);
            prop_assert_eq!(scenes.len(), taken.len());
            prop_assert_eq!(scenes[0].position_ms, 0);
            for (scene, next) in scenes.iter().zip(&scenes[1..]) {
                prop_assert_eq!(scene.position_ms + scene.duration_ms, next.position_ms);
            }
            for (scene, position_ms) in scenes.iter().zip(&taken).skip(1) {
                prop_assert_eq!(scene.position_ms, *position_ms);
            }
            let end_ms = scenes.last().map(|scene| scene.position_ms + scene.duration_ms);
            prop_assert_eq!(end_ms, taken.last().map(|last_ms| duration_ms.max(*last_ms)).map(|end| {
                if taken.len() == 1 { duration_ms } else { end }
            }));
        }
    }
}
