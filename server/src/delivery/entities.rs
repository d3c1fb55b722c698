//! What was said of files a moment ago: made once for many requests.

use std::sync::Arc;

use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use spillway_media::catalog::FileLocation;
use spillway_media::error::Result;
use spillway_media::ids::FileId;
use spillway_media::limits::OPEN_FILES_IDLE_MAX;
use spillway_media::storage::{OpenFiles, Root};

use super::Entity;
use crate::limits::ENTITIES_MAX;

/// The entities of media files. Clones share them.
#[derive(Clone)]
pub struct Entities {
    open_files: OpenFiles,
    known: Cache<FileId, Arc<Known>>,
}

struct Known {
    location: Arc<FileLocation>,
    entity: Arc<Entity>,
}

impl Entities {
    /// Files are opened and shared by `open_files`.
    pub fn new(open_files: OpenFiles) -> Self {
        let known = Cache::builder()
            .max_capacity(ENTITIES_MAX)
            .time_to_idle(OPEN_FILES_IDLE_MAX)
            .eviction_policy(EvictionPolicy::lru())
            .build();
        Self { open_files, known }
    }

    /// The entity of the file that the catalog has at this place, as it is now.
    ///
    /// # Errors
    /// Those of [`OpenFiles::open`].
    pub async fn of(&self, location: Arc<FileLocation>) -> Result<Arc<Entity>> {
        if let Some(known) = self.known.get(&location.id)
            && known.is_of(&location)
            && known.entity.object().is_current()
        {
            return Ok(Arc::clone(&known.entity));
        }
        // Boxed, as most requests never come here and would carry the room for it.
        Box::pin(self.make(location)).await
    }

    async fn make(&self, location: Arc<FileLocation>) -> Result<Arc<Entity>> {
        let FileLocation { id, title, root_path, key, .. } = &*location;
        let object = self.open_files.open(&Root::new(&**root_path), key).await?;
        // The title's identifier; `live` looks its name up for those who follow.
        let entity = Entity::new(object, &key.file_name()).title(title.to_string());
        let entity = Arc::new(entity);
        // One that was just written gets its date when it is some seconds old.
        if entity.is_dated() {
            let entity = Arc::clone(&entity);
            self.known.insert(*id, Arc::new(Known { location, entity }));
        }
        Ok(entity)
    }
}

impl Known {
    /// Whether the catalog still says the same of the file.
    fn is_of(&self, location: &FileLocation) -> bool {
        self.location.root == location.root
            && self.location.title == location.title
            && self.location.key.as_bytes() == location.key.as_bytes()
    }
}
