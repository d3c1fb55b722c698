//! Artwork by request: made smaller, and kept.

use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64;

use super::artwork::{artwork_width, make_artwork};
use super::hashed::{HashedPicture, Label};
use super::pool::Priority;
use super::store::PictureKey;
use super::thumbnails::Thumbnails;
use crate::catalog::{ArtworkLocation, ArtworkSource};
use crate::error::{Error, Kind, Result};
use crate::ids::FileId;
use crate::limits::{ARTWORK_BYTES_MAX, ARTWORK_MAKING_BYTES_MAX};
use crate::probe::Cover;
use crate::storage::{Key, ReadAt as _, Root, Version};

/// Artwork as it was found.
#[derive(Clone, Debug)]
pub struct Original {
    /// The media file that it belongs to.
    pub file: FileId,
    /// The folder that it lies below.
    pub root: Root,
    /// The name of the file that holds it.
    pub key: Key,
    /// The version of that file that is known.
    pub version: Version,
    /// Which stretch of that file it is; all of it without.
    pub cover: Option<Cover>,
}

impl Thumbnails {
    /// Artwork in [`artwork_width`] pixels, or as wide as it is if that is less: a JPEG, or a PNG where
    /// something shows through.
    ///
    /// What is kept is given without a look at the original, whose disk may sleep or be away. Never
    /// blocks the calling thread. Dropping the future gives up the place in the queue; what runs for
    /// nobody else is told so.
    ///
    /// # Errors
    /// Those of [`make_artwork`], and [`Kind::Invalid`] if the file is not of that version any more: the
    /// original may be shown then. [`Kind::Busy`] if the queue is full or it takes too long; those of
    /// [`Root::open`].
    pub async fn artwork(
        &self,
        original: &Original,
        width: u32,
    ) -> Result<HashedPicture, Arc<Error>> {
        self.artwork_for(original, width, Priority::Waiting).await
    }

    /// The picture that was kept, or a new one.
    pub(super) async fn artwork_for(
        &self,
        original: &Original,
        width: u32,
        priority: Priority,
    ) -> Result<HashedPicture, Arc<Error>> {
        let width = artwork_width(width);
        let key = original.key_in(width);
        if let Some(kept) = self.kept_hashed(&key).await? {
            return Ok(kept);
        }
        let original = original.clone();
        self.make_hashed(&key, priority, ARTWORK_MAKING_BYTES_MAX, move |_, cancel| {
            let bytes = original.read()?;
            cancel.check()?;
            let artwork = make_artwork(&bytes, width)?;
            let is_png = artwork.media_type == "image/png";
            let label = Label { thumb_hash: artwork.thumb_hash, is_png, width, position_ms: 0 };
            Ok(label.before(&artwork.bytes))
        })
        .await
    }
}

impl From<&ArtworkLocation> for Original {
    fn from(location: &ArtworkLocation) -> Self {
        Self {
            file: location.file,
            root: Root::new(&*location.root_path),
            key: location.key.clone(),
            version: location.version,
            cover: match &location.source {
                ArtworkSource::File => None,
                ArtworkSource::Embedded(cover) => Some(cover.clone()),
            },
        }
    }
}

impl Original {
    /// One media file comes with several pictures, in files of their own or in one.
    fn key_in(&self, width: u32) -> PictureKey {
        let name = xxh3_64(self.key.as_bytes());
        let offset_bytes = self.cover.as_ref().map_or(0, |cover| cover.offset_bytes);
        let what = format!("artwork-{name:x}-{offset_bytes}-{width}");
        PictureKey::new(self.file, self.version, what)
    }

    /// Its bytes. Blocks on the disk.
    fn read(&self) -> Result<Vec<u8>> {
        let object = self.root.open(&self.key)?.read_in_passing();
        if object.version() != self.version {
            let doing = format!("reading the artwork {}, which is another one by now", self.key);
            return Err(Error::new(Kind::Invalid, doing));
        }
        let (offset_bytes, len_bytes) = match &self.cover {
            Some(cover) => (cover.offset_bytes, cover.len_bytes),
            None => (0, object.len_bytes()),
        };
        let len = usize::try_from(len_bytes).ok().filter(|len| *len <= ARTWORK_BYTES_MAX);
        let len = len.ok_or_else(|| {
            Error::new(Kind::Unsupported, format!("reading artwork of {len_bytes} bytes"))
        })?;
        let mut bytes = vec![0; len];
        object
            .read_exact_at(&mut bytes, offset_bytes)
            .map_err(|error| Error::io(format!("reading the artwork {}", self.key), error))?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};

    use super::*;
    use crate::limits::ARTWORK_WIDTHS;
    use crate::thumbnail::testing::{detailed, source_in, thumbnails_in, until_kept};

    struct Shelf {
        folder: tempfile::TempDir,
        thumbnails: Thumbnails,
    }

    impl Shelf {
        fn new() -> Self {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let thumbnails = thumbnails_in(folder.path());
            Self { folder, thumbnails }
        }

        fn write(&self, name: &str, bytes: &[u8]) -> Original {
            std::fs::write(self.folder.path().join(name), bytes).expect("written");
            let source = source_in(self.folder.path(), name);
            let (file, root, key, version) = (source.file, source.root, source.key, source.version);
            Original { file, root, key, version, cover: None }
        }
    }

    fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).expect("encodes");
        bytes.into_inner()
    }

    fn poster() -> DynamicImage {
        let rgb = detailed(600, 900).rgb().to_vec();
        image::RgbImage::from_raw(600, 900, rgb).expect("whole").into()
    }

    fn logo() -> DynamicImage {
        RgbaImage::from_fn(800, 200, |x, _| Rgba([250, 20, 20, if x < 400 { 255 } else { 0 }]))
            .into()
    }

    fn size(picture: &HashedPicture) -> (u32, u32) {
        let shown = image::load_from_memory(picture.bytes()).expect("a picture");
        (shown.width(), shown.height())
    }

    #[tokio::test]
    async fn artwork_is_made_in_few_widths_and_kept() {
        let shelf = Shelf::new();
        let original = shelf.write("poster.jpg", &encoded(&poster(), ImageFormat::Jpeg));
        for (asked, expected) in [(320, (320, 480)), (161, (320, 480)), (1_000_000, (600, 900))] {
            let resized = shelf.thumbnails.artwork(&original, asked).await.expect("is made");
            assert_eq!(size(&resized), expected, "{asked}");
            assert_eq!((resized.media_type(), resized.version()), ("image/jpeg", original.version));
            assert!((20..=36).contains(&resized.thumb_hash().len()), "{}", resized.thumb_hash());
            until_kept(&shelf.thumbnails, &original.key_in(artwork_width(asked))).await;
        }
        assert_eq!(shelf.thumbnails.state().done_total, 2);
        for width in 0..=1_400 {
            assert!(ARTWORK_WIDTHS.contains(&artwork_width(width)));
        }
        // Also when the disk with the original is away.
        std::fs::remove_file(shelf.folder.path().join("poster.jpg")).expect("removed");
        let kept = thumbnails_in(shelf.folder.path()).artwork(&original, 300).await;
        assert_eq!(size(&kept.expect("is kept")), (320, 480));
    }

    #[tokio::test]
    async fn what_shows_through_is_a_png() {
        let shelf = Shelf::new();
        let original = shelf.write("logo.png", &encoded(&logo(), ImageFormat::Png));
        let resized = shelf.thumbnails.artwork(&original, 320).await.expect("is made");
        assert_eq!((resized.media_type(), size(&resized)), ("image/png", (320, 80)));
    }

    #[tokio::test]
    async fn a_replaced_file_is_another_picture() {
        let shelf = Shelf::new();
        let poster = encoded(&poster(), ImageFormat::Png);
        let before = shelf.write("a.png", &poster);
        let first = shelf.thumbnails.artwork(&before, 160).await.expect("is made");
        let after = shelf.write("a.png", &encoded(&logo(), ImageFormat::Png));
        let second = shelf.thumbnails.artwork(&after, 160).await.expect("is made");
        assert_ne!((first.tag(), first.thumb_hash()), (second.tag(), second.thumb_hash()));
        // Nothing is made of what stands there now for who asks for what stood there before.
        let error = shelf.thumbnails.artwork(&before, 320).await.expect_err("is gone");
        assert_eq!(error.kind(), Kind::Invalid, "{}", error.chain());
    }

    #[tokio::test]
    async fn pictures_of_one_film_are_told_apart() {
        let shelf = Shelf::new();
        let (poster, logo) =
            (encoded(&poster(), ImageFormat::Jpeg), encoded(&logo(), ImageFormat::Png));
        // Both in one file, as covers are.
        let film = shelf.write("a.mkv", &[&b"film"[..], &poster, &logo].concat());
        let cover = |offset: usize, len: usize| Original {
            cover: Some(Cover {
                media_type: "image/x".to_owned(),
                offset_bytes: offset as u64,
                len_bytes: len as u64,
            }),
            ..film.clone()
        };
        let first = shelf.thumbnails.artwork(&cover(4, poster.len()), 160).await.expect("is made");
        let place = cover(4 + poster.len(), logo.len());
        let second = shelf.thumbnails.artwork(&place, 160).await.expect("is made");
        assert_eq!((size(&first), size(&second)), ((160, 240), (160, 40)));
        let behind = cover(4 + poster.len(), logo.len() + 1);
        let error = Original { version: film.version, ..behind }.read().expect_err("ends before");
        assert_eq!(error.kind(), Kind::Invalid);
    }

    #[tokio::test]
    async fn what_is_no_picture_is_tried_once() {
        let shelf = Shelf::new();
        let half = encoded(&poster(), ImageFormat::Png);
        let huge = shelf.write("huge.jpg", b"");
        let file = std::fs::File::options().write(true).open(shelf.folder.path().join("huge.jpg"));
        file.expect("opens").set_len(ARTWORK_BYTES_MAX as u64 + 1).expect("made long");
        let huge = Original { version: source_in(shelf.folder.path(), "huge.jpg").version, ..huge };
        for (original, kind) in [
            (shelf.write("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"), Kind::Unsupported),
            (shelf.write("b.png", &half[..half.len() / 2]), Kind::Invalid),
            (shelf.write("c.jpg", b""), Kind::Unsupported),
            (huge, Kind::Unsupported),
        ] {
            for _ in 0..2 {
                let error = shelf.thumbnails.artwork(&original, 320).await.expect_err("is none");
                assert_eq!(error.kind(), kind, "{}: {}", original.key, error.chain());
            }
        }
        assert_eq!(shelf.thumbnails.state().failed_total, 4);
        let gone = Original { key: Key::new("gone.jpg").expect("a key"), ..shelf.write("d", b"") };
        let error = shelf.thumbnails.artwork(&gone, 320).await.expect_err("is gone");
        assert_eq!(error.kind(), Kind::NotFound);
    }
}
