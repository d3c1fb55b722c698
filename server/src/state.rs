//! What handlers hold.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use metrics_exporter_prometheus::PrometheusHandle;
use spillway_media::catalog::Catalog;
use spillway_media::scan::Scanner;
use spillway_media::storage::OpenFiles;
use spillway_media::thumbnail::{AheadState, Thumbnails};
use tokio::sync::Semaphore;

use crate::delivery::Entities;
use crate::limits::{SUBTITLES_AT_ONCE, entities_max};
use crate::live::Live;
use crate::placeholders::Placeholders;
use crate::transport::Activity;

/// What every handler may use; cloning shares it.
pub type App = Arc<AppState>;

/// The parts of a running server.
pub struct AppState {
    /// What is known of titles and files.
    pub catalog: Catalog,
    /// Finds what changed in the folders.
    pub scanner: Scanner,
    /// Files that viewers share.
    pub open_files: OpenFiles,
    /// What is said of the media files among them.
    pub entities: Entities,
    /// Makes pictures of films, where its folder can be used.
    pub thumbnails: Option<Thumbnails>,
    /// Notes what is seen until a picture is there.
    pub placeholders: Placeholders,
    /// How far it has come with those that nobody has asked for yet.
    pub ahead: AheadState,
    /// Turns to convert a subtitle.
    pub subtitle_turns: Arc<Semaphore>,
    /// What the connections are doing.
    pub activity: Activity,
    /// The samples of what the server is doing.
    pub live: Live,
    /// All counters.
    pub metrics: PrometheusHandle,
    /// What whoever runs the server should know, one sentence each.
    pub warnings: Vec<String>,
    /// When the server started, in milliseconds since 1970.
    pub started_at_ms: i64,
}

/// What a library's films are known, found and shown by.
pub struct Library {
    /// What is known of titles and files.
    pub catalog: Catalog,
    /// Finds what changed in the folders.
    pub scanner: Scanner,
    /// Makes pictures of films, where its folder can be used.
    pub thumbnails: Option<Thumbnails>,
    /// How far it has come with those that nobody has asked for yet.
    pub ahead: AheadState,
}

impl AppState {
    /// Puts the parts together; `open_files_max` files are kept open.
    pub fn new(
        library: Library,
        activity: Activity,
        open_files_max: u64,
        live: Live,
        metrics: PrometheusHandle,
        warnings: Vec<String>,
    ) -> App {
        let Library { catalog, scanner, thumbnails, ahead } = library;
        let open_files = OpenFiles::new(open_files_max);
        Arc::new(Self {
            placeholders: Placeholders::new(catalog.clone()),
            catalog,
            scanner,
            entities: Entities::new(open_files.clone(), entities_max(open_files_max)),
            open_files,
            thumbnails,
            ahead,
            subtitle_turns: Arc::new(Semaphore::new(SUBTITLES_AT_ONCE)),
            activity,
            live,
            metrics,
            warnings,
            started_at_ms: now_ms(),
        })
    }

    /// The first scan has ended, well or badly.
    pub fn is_ready(&self) -> bool {
        *self.scanner.first_scan_done().borrow()
    }
}

/// Now, in milliseconds since 1970.
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
