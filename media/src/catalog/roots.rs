//! Libraries and the folders they are made of.

use std::collections::HashMap;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Catalog;
use super::engine::{Engine, failed, path_of};
use crate::error::Result;
use crate::ids::{LibraryId, RootId};

/// A library as the operator configured it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LibrarySpec {
    /// Its name, which tells it from others.
    pub name: String,
    /// Absolute paths of its folders. A folder belongs to the last library that names it.
    pub roots: Vec<PathBuf>,
}

/// A library as the catalog knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Library {
    /// Its identifier.
    pub id: LibraryId,
    /// Its name.
    pub name: String,
    /// Its folders.
    pub roots: Vec<LibraryRoot>,
}

/// A folder of a library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LibraryRoot {
    /// Its identifier.
    pub id: RootId,
    /// Where it is, or would be.
    pub path: Arc<Path>,
    /// The last scan could reach it.
    pub is_available: bool,
}

/// Every root ever configured, in memory.
#[derive(Debug, Default)]
pub(super) struct Roots {
    by_id: HashMap<RootId, KnownRoot>,
}

#[derive(Debug)]
pub(super) struct KnownRoot {
    pub(super) path: Arc<Path>,
    pub(super) library: LibraryId,
    pub(super) library_name: Arc<str>,
    pub(super) is_configured: bool,
    pub(super) is_available: bool,
}

impl Roots {
    pub(super) async fn load(engine: &Engine) -> Result<Self> {
        type Row = (i64, i64, String, Vec<u8>, bool, bool);
        let rows: Vec<Row> = sqlx::query_as(
            "select r.id, l.id, l.name, r.path, r.is_configured, r.is_available
             from roots r join libraries l on l.id = r.library_id",
        )
        .fetch_all(&engine.writer)
        .await
        .map_err(failed("reading the media folders from the catalog"))?;
        let mut by_id = HashMap::new();
        for (id, library, library_name, path, is_configured, is_available) in rows {
            let root = KnownRoot {
                path: path_of(&path).into(),
                library: super::library_id(library)?,
                library_name: library_name.into(),
                is_configured,
                is_available,
            };
            by_id.insert(super::root_id(id)?, root);
        }
        Ok(Self { by_id })
    }

    /// The root, unless the operator no longer names it.
    pub(super) fn configured(&self, id: RootId) -> Option<&KnownRoot> {
        self.by_id.get(&id).filter(|root| root.is_configured)
    }

    pub(super) fn get(&self, id: RootId) -> Option<&KnownRoot> {
        self.by_id.get(&id)
    }

    pub(super) fn is_available(&self, id: RootId) -> bool {
        self.configured(id).is_some_and(|root| root.is_available)
    }

    /// JSON array of the roots whose files can be played now.
    pub(super) fn available_json(&self) -> String {
        let ids: Vec<i64> =
            self.by_id.keys().filter(|id| self.is_available(**id)).map(|id| id.get()).collect();
        serde_json::json!(ids).to_string()
    }

    fn libraries(&self) -> Vec<Library> {
        let mut libraries: Vec<Library> = Vec::new();
        let mut roots: Vec<_> = self.by_id.iter().filter(|(_, root)| root.is_configured).collect();
        roots.sort_by_key(|(id, root)| (root.library, **id));
        for (id, root) in roots {
            if libraries.last().is_none_or(|library| library.id != root.library) {
                libraries.push(Library {
                    id: root.library,
                    name: root.library_name.to_string(),
                    roots: Vec::new(),
                });
            }
            if let Some(library) = libraries.last_mut() {
                library.roots.push(LibraryRoot {
                    id: *id,
                    path: root.path.clone(),
                    is_available: root.is_available,
                });
            }
        }
        libraries
    }
}

impl Catalog {
    /// Makes `specs` the configured libraries and answers with their identifiers, in the order in
    /// which they were first configured. Roots that are no longer named keep what is known of them;
    /// their titles are unavailable.
    pub async fn set_libraries(&self, specs: &[LibrarySpec]) -> Result<Vec<Library>> {
        let failed = failed("configuring the libraries");
        let mut tx = self.engine().write().await?;
        sqlx::query("update libraries set is_configured = 0")
            .execute(&mut *tx)
            .await
            .map_err(&failed)?;
        sqlx::query("update roots set is_configured = 0")
            .execute(&mut *tx)
            .await
            .map_err(&failed)?;
        let mut moved_roots = Vec::new();
        for spec in specs {
            let library: i64 = sqlx::query_scalar(
                "insert into libraries (name, is_configured) values (?, 1)
                 on conflict (name) do update set is_configured = 1 returning id",
            )
            .bind(&spec.name)
            .fetch_one(&mut *tx)
            .await
            .map_err(&failed)?;
            for path in &spec.roots {
                let path = path.as_os_str().as_bytes();
                // Titles belong to a library: a folder that changes library is looked at anew.
                let moved: Option<i64> =
                    sqlx::query_scalar("select id from roots where path = ?1 and library_id <> ?2")
                        .bind(path)
                        .bind(library)
                        .fetch_optional(&mut *tx)
                        .await
                        .map_err(&failed)?;
                if let Some(root) = moved {
                    sqlx::query("update files set surroundings = 0 where root_id = ?")
                        .bind(root)
                        .execute(&mut *tx)
                        .await
                        .map_err(&failed)?;
                    moved_roots.push(super::root_id(root)?);
                }
                sqlx::query(
                    "insert into roots (library_id, path, is_configured, is_available)
                     values (?1, ?2, 1, 1)
                     on conflict (path) do update set library_id = ?1, is_configured = 1",
                )
                .bind(library)
                .bind(path)
                .execute(&mut *tx)
                .await
                .map_err(&failed)?;
            }
        }
        tx.commit().await.map_err(&failed)?;
        self.reload_roots().await?;
        if !moved_roots.is_empty() {
            self.memory().load(self.engine()).await?;
            self.memory().look_again_at(&moved_roots);
        }
        Ok(self.libraries())
    }

    /// The configured libraries, from memory.
    pub fn libraries(&self) -> Vec<Library> {
        self.roots().libraries()
    }

    /// Notes whether a root can be reached. Titles below one that cannot are listed as unavailable;
    /// nothing is forgotten.
    pub async fn set_root_available(&self, root: RootId, is_available: bool) -> Result<()> {
        if self.roots().get(root).is_some_and(|root| root.is_available == is_available) {
            return Ok(());
        }
        sqlx::query("update roots set is_available = ?2 where id = ?1")
            .bind(root.get())
            .bind(is_available)
            .execute(&self.engine().writer)
            .await
            .map_err(failed("noting whether a media folder can be reached"))?;
        self.reload_roots().await
    }
}
