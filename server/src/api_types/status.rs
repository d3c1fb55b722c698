//! The server's state.

use serde::Serialize;
use spillway_media::catalog::{Library, LibraryRoot};
use utoipa::ToSchema;

/// The server's state in a few words.
#[derive(Debug, Serialize, ToSchema)]
pub struct Status {
    /// The program's version.
    #[schema(example = "0.1.0")]
    pub version: &'static str,
    /// When it started, in milliseconds since 1970.
    pub started_at_ms: i64,
    /// The first scan is done.
    pub ready: bool,
    /// How changes are noticed: `starting`, `watching`, `polling` or `off`.
    #[schema(example = "watching")]
    pub watch: &'static str,
    /// Why it is not watching, for people.
    pub watch_detail: Option<String>,
    /// Titles in the catalog.
    pub titles: u64,
    /// Files in the catalog.
    pub files: u64,
    /// What scans could not read.
    pub findings: u64,
    /// What whoever runs the server should know, one sentence each.
    pub warnings: Vec<String>,
    /// The libraries.
    pub libraries: Vec<LibraryItem>,
}

/// A library.
#[derive(Debug, Serialize, ToSchema)]
pub struct LibraryItem {
    /// Opaque identifier.
    pub id: String,
    /// What people call it.
    #[schema(example = "Films")]
    pub name: String,
    /// Its folders.
    pub roots: Vec<RootItem>,
}

/// A folder of a library.
#[derive(Debug, Serialize, ToSchema)]
pub struct RootItem {
    /// Where it is.
    #[schema(example = "/srv/films")]
    pub path: String,
    /// It can be reached now.
    pub available: bool,
}

impl From<Library> for LibraryItem {
    fn from(library: Library) -> Self {
        Self {
            id: library.id.to_string(),
            name: library.name,
            roots: library.roots.into_iter().map(RootItem::from).collect(),
        }
    }
}

impl From<LibraryRoot> for RootItem {
    fn from(root: LibraryRoot) -> Self {
        Self { path: root.path.to_string_lossy().into_owned(), available: root.is_available }
    }
}
