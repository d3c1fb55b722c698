//! Where files are, answered from memory.
//!
//! A stream never touches the database: every file that is there has an entry in memory, made when
//! the catalog is opened and changed right after each commit. Opening does not wait for it; until
//! all entries are there, a file that is missing among them is looked up in the database.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use tokio::sync::OnceCell;

use super::Catalog;
use super::codes::{key_of, version_of};
use super::engine::{Engine, failed};
use crate::error::{Error, Kind, Result};
use crate::ids::{FileId, RootId, TitleId};
use crate::limits::{CATALOG_BATCH_MAX, CATALOG_ROWS_AT_ONCE};
use crate::storage::{Key, Version};

/// Where a file is and what it was when it was scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileLocation {
    /// Its identifier.
    pub id: FileId,
    /// The title it holds.
    pub title: TitleId,
    /// The root it lies below.
    pub root: RootId,
    /// The path of that root.
    pub root_path: Arc<Path>,
    /// Its name below the root.
    pub key: Key,
    /// The state that was probed; the file may have changed since.
    pub version: Version,
}

/// What a scan compares a folder with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownFile {
    /// Its identifier.
    pub id: FileId,
    /// Its name below the root.
    pub key: Key,
    /// The state that was probed.
    pub version: Version,
    /// Hash over length and a few stretches of the content.
    pub fingerprint: u64,
    /// Hash over names and versions of the files beside it; 0 where it must be looked at again.
    pub surroundings: u64,
    /// It was not there in the last scan.
    pub is_gone: bool,
}

/// A row of `files`, as far as it is kept in memory.
#[derive(Clone, Debug)]
pub(super) struct FileRow {
    pub(super) id: FileId,
    pub(super) title: TitleId,
    pub(super) root: RootId,
    pub(super) key: Key,
    pub(super) version: Version,
    pub(super) fingerprint: u64,
    pub(super) surroundings: u64,
    pub(super) is_gone: bool,
}

impl FileRow {
    fn of(row: &SqliteRow) -> Result<Self> {
        let number = |at: usize| -> Result<i64> {
            row.try_get(at).map_err(failed("reading a file from the catalog"))
        };
        let key: &[u8] = row.try_get(3).map_err(failed("reading a file from the catalog"))?;
        let gone_at_ms: Option<i64> =
            row.try_get(10).map_err(failed("reading a file from the catalog"))?;
        Ok(Self {
            id: super::file_id(number(0)?)?,
            title: super::title_id(number(1)?)?,
            root: super::root_id(number(2)?)?,
            key: key_of(key)?,
            version: version_of((number(4)?, number(5)?, number(6)?, number(7)?)),
            fingerprint: number(8)?.cast_unsigned(),
            surroundings: number(9)?.cast_unsigned(),
            is_gone: gone_at_ms.is_some(),
        })
    }
}

/// Every file the catalog knows, also those that are gone.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// Held for the time of a look or of a batch, never across a wait.
    files: RwLock<HashMap<FileId, FileRow>>,
    loaded: OnceCell<()>,
}

impl Memory {
    /// Returns once every file is in memory; the first caller does the work. Whoever changes files
    /// waits for this first, so that loading never brings back an older state.
    pub(super) async fn load(&self, engine: &Engine) -> Result<()> {
        let load = async || {
            let mut files = HashMap::new();
            let mut after = 0;
            loop {
                let rows = sqlx::query(
                    "select id, title_id, root_id, key, len_bytes, modified_ns, changed_ns, inode,
                     fingerprint, surroundings, gone_at_ms
                     from files where id > ?1 order by id limit ?2",
                )
                .bind(after)
                .bind(i64::try_from(CATALOG_ROWS_AT_ONCE).unwrap_or(i64::MAX))
                .fetch_all(&engine.readers)
                .await
                .map_err(failed("loading the files from the catalog"))?;
                for row in &rows {
                    let file = FileRow::of(row)?;
                    after = file.id.get();
                    files.insert(file.id, file);
                }
                if rows.len() < CATALOG_ROWS_AT_ONCE {
                    break;
                }
            }
            *self.files.write().unwrap_or_else(PoisonError::into_inner) = files;
            Ok(())
        };
        self.loaded.get_or_try_init(load).await.copied()
    }

    /// Takes over what was committed: files put, and files forgotten.
    pub(super) fn apply(&self, put: Vec<FileRow>, forgotten: &[FileId]) {
        let mut files = self.files.write().unwrap_or_else(PoisonError::into_inner);
        for file in put {
            files.insert(file.id, file);
        }
        for id in forgotten {
            files.remove(id);
        }
    }

    pub(super) fn get<T>(&self, id: FileId, look: impl FnOnce(&FileRow) -> T) -> Option<T> {
        self.files.read().unwrap_or_else(PoisonError::into_inner).get(&id).map(look)
    }

    /// How many files are there now.
    pub(super) fn present(&self) -> usize {
        let files = self.files.read().unwrap_or_else(PoisonError::into_inner);
        files.values().filter(|file| !file.is_gone).count()
    }

    fn known(&self, root: RootId) -> Vec<KnownFile> {
        let files = self.files.read().unwrap_or_else(PoisonError::into_inner);
        let of_root = files.values().filter(|file| file.root == root);
        of_root
            .map(|file| KnownFile {
                id: file.id,
                key: file.key.clone(),
                version: file.version,
                fingerprint: file.fingerprint,
                surroundings: file.surroundings,
                is_gone: file.is_gone,
            })
            .collect()
    }

    /// Makes the next scan look at every file of these roots again.
    pub(super) fn look_again_at(&self, roots: &[RootId]) {
        let mut files = self.files.write().unwrap_or_else(PoisonError::into_inner);
        for file in files.values_mut().filter(|file| roots.contains(&file.root)) {
            file.surroundings = 0;
        }
    }
}

impl Catalog {
    /// Where a file is; `None` if there is no such file, it is gone, or its folder is no longer
    /// configured. Whether the folder can be reached shows when the file is opened.
    ///
    /// Answered from memory, also when the database is locked or broken. Only in the first moments
    /// after opening a large catalog it may read one row.
    pub async fn locate(&self, id: FileId) -> Result<Option<Arc<FileLocation>>> {
        let memory = self.memory();
        if let Some(found) = memory.get(id, |file| self.location(file)) {
            return Ok(found);
        }
        if memory.loaded.initialized() {
            return Ok(None);
        }
        Box::pin(self.look_up(id)).await
    }

    async fn look_up(&self, id: FileId) -> Result<Option<Arc<FileLocation>>> {
        let row = sqlx::query(
            "select id, title_id, root_id, key, len_bytes, modified_ns, changed_ns, inode,
             fingerprint, surroundings, gone_at_ms from files where id = ?",
        )
        .bind(id.get())
        .fetch_optional(&self.engine().readers)
        .await
        .map_err(failed("looking up a file"))?;
        Ok(match row {
            Some(row) => self.location(&FileRow::of(&row)?),
            None => None,
        })
    }

    fn location(&self, file: &FileRow) -> Option<Arc<FileLocation>> {
        let roots = self.roots();
        let root = roots.configured(file.root).filter(|_| !file.is_gone)?;
        Some(Arc::new(FileLocation {
            id: file.id,
            title: file.title,
            root: file.root,
            root_path: root.path.clone(),
            key: file.key.clone(),
            version: file.version,
        }))
    }

    /// Every file known below `root`, also those that are gone, in no order; from memory. Waits
    /// until the files are loaded.
    pub async fn known_files(&self, root: RootId) -> Result<Vec<KnownFile>> {
        self.memory().load(self.engine()).await?;
        let catalog = self.clone();
        // Copying 100,000 names takes some milliseconds, too long for the event loop.
        tokio::task::spawn_blocking(move || catalog.memory().known(root))
            .await
            .map_err(|error| Error::with_source(Kind::Internal, "listing known files", error))
    }

    /// Notes that files are no longer in their folder. Their titles are no longer listed when no
    /// other file holds them; identifiers and progress are kept in case they return.
    pub async fn mark_gone(&self, root: RootId, files: &[FileId]) -> Result<()> {
        self.memory().load(self.engine()).await?;
        for batch in files.chunks(CATALOG_BATCH_MAX) {
            let (catalog, batch) = (self.clone(), batch.to_vec());
            super::detached(async move { catalog.mark_batch_gone(root, &batch).await }).await?;
        }
        Ok(())
    }
}
