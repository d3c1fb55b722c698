//! What handlers hold.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use metrics_exporter_prometheus::PrometheusHandle;
use spillway_media::catalog::Catalog;
use spillway_media::scan::Scanner;
use spillway_media::storage::OpenFiles;
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

use crate::delivery::Entities;
use crate::limits::LIVE_CLIENTS_MAX;
use crate::live::LiveJson;
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
    /// What the connections are doing.
    pub activity: Activity,
    /// The sample of the past second.
    pub live: watch::Receiver<LiveJson>,
    /// Places for those who follow the samples.
    pub live_places: Arc<Semaphore>,
    /// All counters.
    pub metrics: PrometheusHandle,
    /// What whoever runs the server should know, one sentence each.
    pub warnings: Vec<String>,
    /// When the server started, in milliseconds since 1970.
    pub started_at_ms: i64,
    /// Cancelled when the server is asked to stop.
    pub shutdown: CancellationToken,
}

impl AppState {
    /// Puts the parts together.
    pub fn new(
        catalog: Catalog,
        scanner: Scanner,
        activity: Activity,
        live: watch::Receiver<LiveJson>,
        metrics: PrometheusHandle,
        warnings: Vec<String>,
        shutdown: CancellationToken,
    ) -> App {
        let open_files = OpenFiles::default();
        Arc::new(Self {
            catalog,
            scanner,
            entities: Entities::new(open_files.clone()),
            open_files,
            activity,
            live,
            live_places: Arc::new(Semaphore::new(LIVE_CLIENTS_MAX)),
            metrics,
            warnings,
            started_at_ms: now_ms(),
            shutdown,
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
