//! The picture that stands for a film: chosen once among its key frames, and kept.

use std::sync::Arc;
use std::time::Instant;

use super::decode::{KeyframeDecoder as _, Wanted};
use super::film::Film;
use super::hashed::{HashedPicture, Label};
use super::jpeg::encode_jpeg;
use super::picture::Picture;
use super::placeholder::thumb_hash;
use super::pool::{Cancel, Priority};
use super::poster::{choose_poster, poster_positions_ms};
use super::render::render;
use super::store::PictureKey;
use super::thumbnails::{Maker, Source, Thumbnails, picture_position_ms, thumbnail_width};
use crate::error::{Error, Result};
use crate::ids::FileId;
use crate::limits;
use crate::storage::Version;

/// What is kept of a film's still.
enum Known {
    /// The picture in the width that is asked for.
    Picture(HashedPicture),
    /// Another width, and so which key frame was chosen.
    Chosen(Label),
    Nothing,
}

impl Thumbnails {
    /// The picture that stands for a film, as a JPEG of [`thumbnail_width`] pixels: of at most
    /// [`limits::POSTER_CANDIDATES_MAX`] key frames the one that [`choose_poster`] takes. Which that
    /// is is kept with it; another width then costs one key frame.
    ///
    /// What is kept for the version in `source` is given without a look at the film, whose disk may
    /// sleep or be away. Never blocks the calling thread. Dropping the future gives up the place in
    /// the queue; what runs for nobody else is told so.
    ///
    /// # Errors
    /// Those of [`Self::thumbnail`]; where no key frame can be decoded, that of the first.
    pub async fn still(&self, source: &Source, width: u32) -> Result<HashedPicture, Arc<Error>> {
        self.still_for(source, width, Priority::Waiting).await
    }

    /// The picture that was kept, or a new one.
    pub(super) async fn still_for(
        &self,
        source: &Source,
        width: u32,
        priority: Priority,
    ) -> Result<HashedPicture, Arc<Error>> {
        let width = thumbnail_width(width);
        let mut known = self.known_still(source.file, source.version, width).await?;
        if let Known::Picture(still) = known {
            return Ok(still);
        }
        let film = self.film(source, priority).await?;
        if film.object().version() != source.version {
            known = self.known_still(source.file, film.object().version(), width).await?;
        }
        match known {
            Known::Picture(still) => Ok(still),
            Known::Chosen(label) => self.still_of(source, film, &label, width, priority).await,
            Known::Nothing => {
                let chosen = self.choose_still(source, Arc::clone(&film), width, priority).await?;
                // Somebody may have asked before for another width.
                if chosen.label().width == width {
                    return Ok(chosen);
                }
                self.still_of(source, film, chosen.label(), width, priority).await
            }
        }
    }

    /// Whether a still is kept of the version that is known of a file. Never blocks for long.
    pub(super) fn has_still(&self, source: &Source) -> bool {
        self.has(&chosen(source.file, source.version))
    }

    async fn known_still(&self, file: FileId, version: Version, width: u32) -> Result<Known> {
        if let Some(still) = self.kept_hashed(&in_width(file, version, width)).await? {
            return Ok(Known::Picture(still));
        }
        Ok(match self.kept_hashed(&chosen(file, version)).await? {
            Some(still) if still.label().width == width => Known::Picture(still),
            Some(still) => Known::Chosen(still.label().clone()),
            None => Known::Nothing,
        })
    }

    /// Chooses the picture, and makes it in this width unless somebody else is having it made in another.
    async fn choose_still(
        &self,
        source: &Source,
        film: Arc<Film>,
        width: u32,
        priority: Priority,
    ) -> Result<HashedPicture, Arc<Error>> {
        let key = chosen(source.file, film.object().version());
        let bytes = self.cost_bytes(&film);
        self.make_hashed(&key, priority, bytes, move |maker, cancel| {
            choose(maker, &film, width, cancel)
        })
        .await
    }

    /// Makes the picture that was chosen in another width.
    async fn still_of(
        &self,
        source: &Source,
        film: Arc<Film>,
        chosen: &Label,
        width: u32,
        priority: Priority,
    ) -> Result<HashedPicture, Arc<Error>> {
        let key = in_width(source.file, film.object().version(), width);
        let label = Label { width, ..chosen.clone() };
        let bytes = self.cost_bytes(&film);
        self.make_hashed(&key, priority, bytes, move |maker, cancel| {
            let picture = draw(maker, &film, label.position_ms, width, cancel)?;
            Ok(label.before(&encode_jpeg(&picture)?))
        })
        .await
    }
}

/// The key of the picture in the width that was asked for first.
fn chosen(file: FileId, version: Version) -> PictureKey {
    PictureKey::new(file, version, "still")
}

/// The key of the picture in another width.
fn in_width(file: FileId, version: Version, width: u32) -> PictureKey {
    PictureKey::new(file, version, format!("still-{width}"))
}

/// Draws key frames until all were tried or time is up, and takes the best. One that cannot be decoded
/// is passed over.
fn choose(maker: &Maker, film: &Film, width: u32, cancel: &Cancel) -> Result<Vec<u8>> {
    let began = Instant::now();
    let mut drawn_ms = Vec::new();
    let mut first_error = None;
    let candidates = candidates_ms(film).into_iter().map_while(|at_ms| {
        let is_late = !drawn_ms.is_empty() && began.elapsed() > limits::STILL_CHOICE_TIME_MAX;
        if is_late || cancel.is_cancelled() {
            return None;
        }
        Some(match draw(maker, film, at_ms, width, cancel) {
            Ok(picture) => {
                drawn_ms.push(at_ms);
                Some(picture)
            }
            Err(error) => {
                first_error.get_or_insert(error);
                None
            }
        })
    });
    let best = choose_poster(candidates.flatten())?;
    cancel.check()?;
    let Some((index, picture)) = best else {
        return Err(first_error.expect("at least one was tried, so there was an error"));
    };
    let label = Label {
        thumb_hash: thumb_hash(&picture)?,
        is_png: false,
        width,
        position_ms: drawn_ms[index],
    };
    Ok(label.before(&encode_jpeg(&picture)?))
}

/// Which key frames are tried, in time order, each once.
fn candidates_ms(film: &Film) -> Vec<u64> {
    let last_ms = film.key_frames().last().map(|key_frame| key_frame.position_ms);
    let positions_ms = poster_positions_ms(film.duration_ms().or(last_ms).unwrap_or(0));
    let mut candidates: Vec<u64> = positions_ms
        .into_iter()
        .map(|position_ms| picture_position_ms(film, position_ms))
        .collect();
    candidates.dedup();
    candidates
}

fn draw(maker: &Maker, film: &Film, at_ms: u64, width: u32, cancel: &Cancel) -> Result<Picture> {
    let wanted = Wanted { position_ms: at_ms, width };
    let frame = maker.decoders.decode(film, wanted, &|| cancel.is_cancelled())?;
    cancel.check()?;
    render(&frame, film.video().into(), width)
}

#[cfg(test)]
mod tests {
    use std::io::{Seek as _, SeekFrom, Write as _};
    use std::time::Duration;

    use super::*;
    use crate::Kind;
    use crate::thumbnail::testing::{ffmpeg_to, source_in, thumbnails_in, until_kept};

    /// Ten seconds of nothing, then ten of a scene; a key frame each second.
    const LATE_SCENE: &str = "color=black:size=320x180:rate=10:duration=10[a];\
         testsrc2=size=320x180:rate=10:duration=10[b];[a][b]concat";

    /// Where the only candidate lies that is no nothing: 5 % and 55 % of the film.
    const SCENE_MS: u64 = 12_000;

    fn film_of(folder: &tempfile::TempDir, name: &str, graph: &str) -> Source {
        let how = ["-f", "lavfi", "-i", graph, "-c:v", "libx264", "-preset", "ultrafast"];
        let keys = ["-g", "10", "-sc_threshold", "0", "-pix_fmt", "yuv420p"];
        ffmpeg_to(&folder.path().join(name), &[&how[..], &keys].concat());
        source_in(folder.path(), name)
    }

    #[tokio::test]
    async fn a_film_whose_first_half_is_black_is_shown_by_its_scene() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let thumbnails = thumbnails_in(folder.path());
        let source = film_of(&folder, "a.mp4", LATE_SCENE);
        let still = thumbnails.still(&source, 300).await.expect("is made");
        let scene = async |width| {
            let shown = thumbnails.thumbnail(&source, SCENE_MS, width).await.expect("is made");
            shown.jpeg().to_vec()
        };
        assert_eq!(still.bytes(), scene(320).await);
        assert_eq!((still.media_type(), still.version()), ("image/jpeg", source.version));
        let expected = image::load_from_memory(still.bytes()).expect("a JPEG").into_rgb8();
        let expected = Picture::new(320, 180, expected.into_raw()).expect("whole");
        // Of the picture before it became a JPEG, so not to the last bit.
        assert_eq!(still.thumb_hash()[..4], thumb_hash(&expected).expect("hashes")[..4]);

        until_kept(&thumbnails, &chosen(source.file, source.version)).await;
        let done = thumbnails.state().done_total;
        let small = thumbnails.still(&source, 160).await.expect("is made");
        assert_eq!(thumbnails.state().done_total, done + 1, "one key frame");
        assert_eq!(small.bytes(), scene(160).await);
        assert_eq!(small.thumb_hash(), still.thumb_hash());
        assert_ne!(small.tag(), still.tag());
    }

    #[tokio::test]
    async fn what_was_chosen_is_known_after_a_start_without_a_look_at_the_film() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let source = film_of(&folder, "a.mp4", LATE_SCENE);
        let thumbnails = thumbnails_in(folder.path());
        let still = thumbnails.still(&source, 320).await.expect("is made");
        until_kept(&thumbnails, &chosen(source.file, source.version)).await;
        thumbnails.drain(Duration::from_secs(10)).await;

        let next = thumbnails_in(folder.path());
        let small = next.still(&source, 160).await.expect("is made");
        assert_eq!((small.label().position_ms, small.label().width), (SCENE_MS, 160));
        assert_eq!(next.state().done_total, 2, "the film and one key frame");
        until_kept(&next, &in_width(source.file, source.version, 160)).await;
        std::fs::remove_file(folder.path().join("a.mp4")).expect("removed");
        for (width, expected) in [(1, small.tag()), (320, still.tag())] {
            assert_eq!(next.still(&source, width).await.expect("is kept").tag(), expected);
        }
        assert_eq!(next.state().done_total, 2);
        assert!(next.still(&source, 640).await.is_err(), "that one was never made");
    }

    #[tokio::test]
    async fn a_replaced_film_has_another_still() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let thumbnails = thumbnails_in(folder.path());
        let source = film_of(&folder, "a.mp4", LATE_SCENE);
        let before = thumbnails.still(&source, 160).await.expect("is made");
        let path = |name: &str| folder.path().join(name);
        film_of(&folder, "b.mp4", "testsrc=size=320x180:rate=10:duration=20");
        std::fs::rename(path("b.mp4"), path("a.mp4")).expect("replaced");
        // A scan has not seen it yet, and what was kept of the film before may be there or not.
        let kept = until_kept(&thumbnails, &chosen(source.file, source.version)).await;
        assert_eq!(kept.tag(), before.tag());
        let seen = source_in(folder.path(), "a.mp4");
        let after = thumbnails.still(&seen, 160).await.expect("is made");
        assert_ne!((after.tag(), after.version()), (before.tag(), before.version()));
        assert_ne!(after.thumb_hash(), before.thumb_hash());
        // Of a version that is not kept, it is what the file is now.
        until_kept(&thumbnails, &chosen(seen.file, seen.version)).await;
        let mut unknown = source;
        unknown.version.changed_ns += 1;
        let now = thumbnails.still(&unknown, 160).await.expect("is kept");
        assert_eq!((now.tag(), now.version()), (after.tag(), seen.version));
    }

    #[tokio::test]
    async fn those_who_ask_at_once_for_several_widths_have_it_chosen_once() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let thumbnails = thumbnails_in(folder.path());
        let source = film_of(&folder, "a.mp4", LATE_SCENE);
        thumbnails.thumbnail(&source, 0, 160).await.expect("the film is open");
        let done = thumbnails.state().done_total;
        let (small, large, again) = tokio::join!(
            thumbnails.still_for(&source, 160, Priority::Background),
            thumbnails.still(&source, 640),
            thumbnails.still(&source, 640)
        );
        let widths = [small, large, again].map(|still| still.expect("is made").label().width);
        assert_eq!(widths, [160, 640, 640]);
        let state = thumbnails.state();
        assert_eq!(state.done_total, done + 2, "one choice, and one key frame");
    }

    #[tokio::test]
    async fn key_frames_that_cannot_be_decoded_are_passed_over() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let thumbnails = thumbnails_in(folder.path());
        let graph = "testsrc2=size=320x180:rate=10:duration=20";
        let source = film_of(&folder, "a.mp4", graph);
        let opened = thumbnails.film(&source, Priority::Waiting).await.expect("opens");
        let candidates = candidates_ms(&opened);
        assert_eq!(candidates, [1_000, 3_000, 5_000, 7_000, 9_000, 12_000]);
        let still_of_those_left = async |left: usize| {
            let damaged = &candidates[..candidates.len() - left];
            let path = folder.path().join("a.mp4");
            let mut written = std::fs::File::options().write(true).open(path).expect("opens");
            for at_ms in damaged {
                let frame = opened.key_frame_at(*at_ms).expect("has an index");
                written.seek(SeekFrom::Start(frame.offset_bytes)).expect("is there");
                written.write_all(&[0xff; 64]).expect("damaged");
            }
            thumbnails.still(&source_in(folder.path(), "a.mp4"), 160).await
        };
        for left in [2, 1] {
            let position_ms = still_of_those_left(left).await.expect("is made").label().position_ms;
            assert!(candidates[6 - left..].contains(&position_ms), "{position_ms}");
        }
        let failed = thumbnails.state().failed_total;
        let error = still_of_those_left(0).await.expect_err("nothing is left");
        assert_eq!(error.kind(), Kind::Invalid, "{}", error.chain());
        let source = source_in(folder.path(), "a.mp4");
        thumbnails.still(&source, 160).await.expect_err("is remembered");
        assert_eq!(thumbnails.state().failed_total, failed + 1, "it was tried once");
    }

    #[tokio::test]
    async fn sound_has_no_still() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let thumbnails = thumbnails_in(folder.path());
        ffmpeg_to(&folder.path().join("a.mp3"), &["-f", "lavfi", "-i", "sine=duration=1"]);
        let source = source_in(folder.path(), "a.mp3");
        let error = thumbnails.still(&source, 160).await.expect_err("nothing moves");
        assert_eq!(error.kind(), Kind::NotFound, "{}", error.chain());
    }

    #[tokio::test]
    async fn one_picture_is_better_than_none() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let thumbnails = thumbnails_in(folder.path());
        for (name, graph) in [
            ("moment.mp4", "testsrc2=size=320x180:rate=10:duration=0.1"),
            ("black.mkv", "color=black:size=320x180:rate=10:duration=20"),
        ] {
            let source = film_of(&folder, name, graph);
            let still = thumbnails.still(&source, 160).await.expect(name);
            image::load_from_memory(still.bytes()).expect("a JPEG");
        }
    }
}
