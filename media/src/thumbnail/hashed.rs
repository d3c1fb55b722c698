//! Pictures that are kept together with their ThumbHash.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use super::pool::{Cancel, Priority};
use super::store::PictureKey;
use super::thumbnails::{Made, Maker, Thumbnails, mixed_up};
use crate::error::{Error, Result};
use crate::storage::Version;

/// A picture with what is seen until it is there, ready to be sent.
#[derive(Clone, Debug)]
pub struct HashedPicture {
    /// The label, and the picture from `start` on.
    kept: Arc<[u8]>,
    start: usize,
    label: Label,
    version: Version,
}

/// What stands before a picture where it is kept: a line of JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Label {
    /// In base64.
    pub(super) thumb_hash: String,
    /// Something shows through; a JPEG otherwise.
    pub(super) is_png: bool,
    /// The width that it was made for, in pixels.
    pub(super) width: u32,
    /// Where in the film it lies; 0 for artwork.
    pub(super) position_ms: u64,
}

impl HashedPicture {
    /// A JPEG or a PNG.
    pub fn bytes(&self) -> &[u8] {
        &self.kept[self.start..]
    }

    /// `image/jpeg` or `image/png`.
    pub fn media_type(&self) -> &'static str {
        if self.label.is_png { "image/png" } else { "image/jpeg" }
    }

    /// Its ThumbHash in base64; the same in every width of a still.
    pub fn thumb_hash(&self) -> &str {
        &self.label.thumb_hash
    }

    /// The version of the file that it was made of.
    pub fn version(&self) -> Version {
        self.version
    }

    /// A name for these bytes; others have another.
    pub fn tag(&self) -> String {
        format!("{:032x}", xxh3_128(&self.kept))
    }

    pub(super) fn label(&self) -> &Label {
        &self.label
    }

    /// What [`Label::before`] put together; `None` for anything else.
    fn of(kept: Arc<[u8]>, version: Version) -> Option<Self> {
        let end = kept.iter().position(|byte| *byte == b'\n')?;
        let label = serde_json::from_slice(&kept[..end]).ok()?;
        Some(Self { kept, start: end + 1, label, version })
    }
}

impl Label {
    /// This label and the picture that it describes, as they are kept.
    pub(super) fn before(&self, picture: &[u8]) -> Vec<u8> {
        let mut kept = serde_json::to_vec(self).expect("a label is plain strings and numbers");
        kept.push(b'\n');
        kept.extend_from_slice(picture);
        kept
    }
}

impl Thumbnails {
    /// One that was made before.
    pub(super) async fn kept_hashed(&self, key: &PictureKey) -> Result<Option<HashedPicture>> {
        let kept = self.kept(key.clone()).await?;
        Ok(kept.and_then(|kept| HashedPicture::of(kept.into(), key.version())))
    }

    /// One that the pool makes now, using `bytes` of memory; `draw` gives what [`Label::before`] does.
    pub(super) async fn make_hashed(
        &self,
        key: &PictureKey,
        priority: Priority,
        bytes: u64,
        draw: impl FnOnce(&Maker, &Cancel) -> Result<Vec<u8>> + Send + 'static,
    ) -> Result<HashedPicture, Arc<Error>> {
        let made = self.ask(key, priority, bytes, |maker, cancel| {
            let bytes = draw(maker, cancel)?;
            Ok(Made::Jpeg { bytes: bytes.into(), is_kept: AtomicBool::new(false) })
        });
        let hashed = match &*made.await? {
            Made::Jpeg { bytes, .. } => HashedPicture::of(Arc::clone(bytes), key.version()),
            Made::Film(_) => None,
        };
        hashed.ok_or_else(|| Arc::new(mixed_up()))
    }
}
