//! What is known of titles, files, viewers and scans, kept in SQLite.
//!
//! SQL stands in this folder and nowhere else, so that another engine can stand behind the same
//! methods. A [`Catalog`] is cheap to clone and shared by everyone. Whatever writes is either done or
//! not done at all, also when the process is killed; whatever reads sees one state and never waits
//! for a writer. `docs/design/catalog.md` tells why it is made like this.

mod codes;
mod collections;
mod commit;
mod engine;
mod favourites;
mod files;
mod films;
mod filter;
mod filters;
mod find;
mod home;
mod identity;
mod items;
mod list;
mod model;
mod outline;
mod page;
mod placeholders;
mod refresh;
mod roots;
mod scans;
mod search;
#[cfg(test)]
mod tests;
mod titles;
mod watched;
mod watching;

use std::path::Path;
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;

pub use collections::{Collection, CollectionRef, collection_name};
pub use commit::Committed;
pub use files::{FileLocation, KnownFile};
pub use filter::{Filter, Resolution, WatchState};
pub use filters::{Filters, ValueCount, WatchCounts};
pub use find::Found;
pub use home::{Genre, Home, HomeRow, HomeRowKind};
pub use items::{ArtworkRef, EpisodeCounts, FileSummary, SeriesRef, StillRef, TitleItem};
pub use list::{Sort, SortBy, TitleQuery};
pub use model::{
    ArtworkKind, ArtworkSource, Facts, FoundArtwork, FoundFile, FoundSubtitle, Identity, Person,
    PersonRole, TitleKind,
};
pub use outline::Outline;
pub use page::{Page, PageRequest};
pub use placeholders::ArtworkPlace;
pub use roots::{Library, LibraryRoot, LibrarySpec};
pub use scans::{
    Counts, Finding, KnownFinding, Scan, ScanCounts, ScanState, ScanTrigger, Severity,
};
pub use titles::{ArtworkLocation, FileDetail, Season, SubtitleLocation, TitleDetail};
pub use watching::{Progress, ReportPlace};

use crate::error::{Error, Kind, Result};
use crate::ids::{CollectionId, FileId, LibraryId, RootId, TitleId, ViewerId};
use engine::{Engine, failed};
use files::Memory;
use roots::Roots;

/// The catalog of one data folder.
#[derive(Clone, Debug)]
pub struct Catalog {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    engine: Engine,
    memory: Memory,
    roots: ArcSwap<Roots>,
    damage: OnceLock<String>,
}

impl Catalog {
    /// Opens the catalog in `data_dir`, making folder and file where they are missing, and brings an
    /// older one up to date. Takes some milliseconds whatever the catalog holds: files are loaded
    /// into memory in the background.
    ///
    /// Nothing is ever deleted to make a catalog usable.
    ///
    /// # Errors
    /// Each says what to do. [`Kind::BadCatalog`] for a damaged file and for one of a newer version,
    /// [`Kind::Denied`], [`Kind::DiskFull`], and [`Kind::Unavailable`] while another process uses
    /// the folder.
    pub async fn open(data_dir: &Path) -> Result<Self> {
        let engine = Engine::open(data_dir).await?;
        sqlx::query(
            "update scans set state = 'interrupted', finished_at_ms = ? where state = 'running'",
        )
        .bind(codes::now_ms())
        .execute(&engine.writer)
        .await
        .map_err(failed("closing scans of an earlier run"))?;
        let roots = Roots::load(&engine).await?;
        let catalog = Self {
            shared: Arc::new(Shared {
                engine,
                memory: Memory::default(),
                roots: ArcSwap::from_pointee(roots),
                damage: OnceLock::new(),
            }),
        };
        let background = catalog.clone();
        tokio::spawn(async move {
            if let Err(error) = background.memory().load(background.engine()).await {
                // Whoever needs the files loads them again, and tells the error to the caller.
                tracing::warn!(error = error.chain(), "could not load the files from the catalog");
            }
            if background.engine().was_unclean
                && let Some(damage) = engine::damage(background.engine()).await
            {
                tracing::error!("{damage}");
                let _ = background.shared.damage.set(damage);
            }
        });
        Ok(catalog)
    }

    /// What is wrong with the file on disk and what to do about it. Looked for in the background
    /// after a start that follows a crash.
    pub fn damage(&self) -> Option<&str> {
        self.shared.damage.get().map(String::as_str)
    }

    /// Closes the catalog, and others may open it; later calls fail with [`Kind::Unavailable`], [`Catalog::locate`] still
    /// answers. What was acknowledged is safe also without this.
    pub async fn close(&self) {
        self.engine().close().await;
    }

    /// The one viewer there is until there are accounts.
    pub fn viewer(&self) -> ViewerId {
        ViewerId::new(1).expect("one is positive")
    }

    fn engine(&self) -> &Engine {
        &self.shared.engine
    }

    fn memory(&self) -> &Memory {
        &self.shared.memory
    }

    fn roots(&self) -> Arc<Roots> {
        self.shared.roots.load_full()
    }

    async fn reload_roots(&self) -> Result<()> {
        self.shared.roots.store(Arc::new(Roots::load(self.engine()).await?));
        Ok(())
    }
}

/// Runs `work` to its end also when the caller is dropped, so that memory never misses what the
/// database took.
async fn detached<T: Send + 'static>(
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    tokio::spawn(work)
        .await
        .map_err(|error| Error::with_source(Kind::Internal, "writing to the catalog", error))?
}

fn title_id(number: i64) -> Result<TitleId> {
    TitleId::new(number).map_err(|_| codes::unknown())
}

fn collection_id(number: i64) -> Result<CollectionId> {
    CollectionId::new(number).map_err(|_| codes::unknown())
}

fn file_id(number: i64) -> Result<FileId> {
    FileId::new(number).map_err(|_| codes::unknown())
}

fn root_id(number: i64) -> Result<RootId> {
    RootId::new(number).map_err(|_| codes::unknown())
}

fn library_id(number: i64) -> Result<LibraryId> {
    LibraryId::new(number).map_err(|_| codes::unknown())
}
