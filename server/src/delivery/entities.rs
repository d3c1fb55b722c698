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
    /// Files are opened and shared by `open_files`; of `entities_max` the headers are kept.
    pub fn new(open_files: OpenFiles, entities_max: u64) -> Self {
        let known = Cache::builder()
            .max_capacity(entities_max)
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
            && known.entity.is_dated()
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
            // Each holds a descriptor, and the bound would be kept some time later otherwise.
            self.known.run_pending_tasks();
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

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::{Duration, SystemTime};

    use spillway_media::ids::{RootId, TitleId};
    use spillway_media::storage::{Key, Version};

    use super::*;

    const LONG_AGO: SystemTime = SystemTime::UNIX_EPOCH;

    const ENTITIES_MAX: u64 = 128;

    struct Folder {
        dir: tempfile::TempDir,
        entities: Entities,
    }

    impl Folder {
        fn new() -> Self {
            let dir = tempfile::tempdir().expect("a temporary folder");
            Self { dir, entities: Entities::new(OpenFiles::default(), ENTITIES_MAX) }
        }

        fn write(&self, name: &str, content: &str, modified: SystemTime) {
            let path = self.dir.path().join(name);
            std::fs::write(&path, content).expect("written");
            let file = std::fs::File::options().write(true).open(path).expect("it is there");
            file.set_modified(modified).expect("dated");
        }

        async fn ask(&self, id: i64, title: i64, name: &str) -> Arc<Entity> {
            let version = Version { len_bytes: 0, modified_ns: 0, changed_ns: 0, inode: 0 };
            let location = FileLocation {
                id: FileId::new(id).expect("positive"),
                title: TitleId::new(title).expect("positive"),
                root: RootId::new(1).expect("positive"),
                root_path: Arc::from(Path::new(self.dir.path())),
                key: Key::new(name).expect("a key"),
                version,
            };
            self.entities.of(Arc::new(location)).await.expect("it is there")
        }
    }

    #[tokio::test]
    async fn what_was_said_of_a_file_is_said_again_until_it_changes() {
        let folder = Folder::new();
        folder.write("a", "one", LONG_AGO + Duration::from_secs(1));
        let first = folder.ask(1, 1, "a").await;
        assert!(Arc::ptr_eq(&first, &folder.ask(1, 1, "a").await));
        assert!(!Arc::ptr_eq(&first, &folder.ask(1, 2, "a").await), "it belongs to another title");
        folder.write("a", "two", LONG_AGO + Duration::from_secs(1));
        let second = folder.ask(1, 2, "a").await;
        assert_ne!(first.etag, second.etag, "of the same length and date, and yet another");
        std::fs::rename(folder.dir.path().join("a"), folder.dir.path().join("b")).expect("moved");
        assert!(!Arc::ptr_eq(&second, &folder.ask(1, 2, "b").await), "it has another name");
    }

    #[tokio::test]
    async fn a_file_that_was_just_written_is_described_anew_until_it_has_a_date() {
        let folder = Folder::new();
        folder.write("a", "one", SystemTime::now());
        let first = folder.ask(1, 1, "a").await;
        assert!(
            first.last_modified.is_none() && !Arc::ptr_eq(&first, &folder.ask(1, 1, "a").await)
        );
    }

    #[tokio::test]
    async fn files_beyond_the_bound_are_forgotten() {
        let folder = Folder::new();
        folder.write("a", "one", LONG_AGO);
        for id in 1..=i64::try_from(ENTITIES_MAX).expect("few") + 50 {
            folder.ask(id, 1, "a").await;
        }
        folder.entities.known.run_pending_tasks();
        assert!(folder.entities.known.entry_count() <= ENTITIES_MAX);
    }
}
