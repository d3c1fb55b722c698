//! Notes what is seen until a picture is there, after the picture was sent.

use std::sync::Arc;

use spillway_media::catalog::{ArtworkPlace, Catalog};
use spillway_media::error::Result;
use spillway_media::ids::FileId;
use spillway_media::thumbnail::HashedPicture;
use tokio::sync::Semaphore;

use crate::limits::PLACEHOLDERS_NOTED_MAX;

/// Writes the hashes of pictures that were made on request to the catalog. Nobody waits for it;
/// what is not written is written when the picture is asked for again.
pub struct Placeholders {
    catalog: Catalog,
    places: Arc<Semaphore>,
}

impl Placeholders {
    /// Notes them in `catalog`.
    pub fn new(catalog: Catalog) -> Self {
        Self { catalog, places: Arc::new(Semaphore::new(PLACEHOLDERS_NOTED_MAX)) }
    }

    /// Notes the one of the picture that stands for a file. Does not block.
    pub fn note_still(&self, file: FileId, still: &HashedPicture) {
        let (version, hash) = (still.version(), still.thumb_hash().to_owned());
        self.note(async move |catalog| catalog.put_still_hash(file, version, &hash).await);
    }

    /// Notes the one of a title's picture. Does not block.
    pub fn note_artwork(&self, place: ArtworkPlace, artwork: &HashedPicture) {
        let (version, hash) = (artwork.version(), artwork.thumb_hash().to_owned());
        self.note(async move |catalog| catalog.put_artwork_hash(place, version, &hash).await);
    }

    fn note<F: Future<Output = Result<()>> + Send>(
        &self,
        write: impl FnOnce(Catalog) -> F + Send + 'static,
    ) {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else { return };
        let catalog = self.catalog.clone();
        tokio::spawn(async move {
            let _place = place;
            if let Err(error) = write(catalog).await {
                tracing::debug!(error = error.chain(), "a picture's placeholder is not noted");
            }
        });
    }
}
