//! Everything that serves and holds a catalog open: what one hand-over ends and, if nobody took over,
//! the server begins once more.

use std::io;

use metrics_exporter_prometheus::PrometheusHandle;
use spillway_media::catalog::Catalog;
use spillway_media::scan::Scanner;
use spillway_media::thumbnail::{AheadState, Background, Thumbnails};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::{StartError, library_specs, scan_settings, start_thumbnails};
use crate::config::Config;
use crate::limits::{
    HAND_OVER_ANSWERS_WAIT, HAND_OVER_HEADS_WAIT, HAND_OVER_NOTICE, SCAN_STOP_WAIT,
    THUMBNAIL_STOP_WAIT,
};
use crate::live::{self, Live, LiveJson};
use crate::middleware::known_host::KnownHosts;
use crate::middleware::request_rate::RequestRate;
use crate::router::Application;
use crate::state::{AppState, Library};
use crate::transport::{self, Activity, ConnectionLimits, Ending, EventLoops, Listener};

/// What outlives the catalog.
pub(super) struct Parts<'a> {
    pub(super) config: &'a Config,
    pub(super) limits: ConnectionLimits,
    pub(super) known_hosts: KnownHosts,
    pub(super) request_rate: RequestRate,
    pub(super) metrics: PrometheusHandle,
    pub(super) warnings: Vec<String>,
    pub(super) activity: Activity,
    pub(super) event_loops: EventLoops,
}

/// A serving server.
pub(super) struct Running {
    catalog: Catalog,
    scanner: Scanner,
    thumbnails: Option<Thumbnails>,
    stop_scans: CancellationToken,
    sampler: AbortHandle,
    ending: Ending,
}

/// Opens the catalog, with the libraries that are configured now.
pub(super) async fn open_catalog(config: &Config) -> Result<Catalog, StartError> {
    let catalog = Catalog::open(&config.data_dir).await?;
    catalog.set_libraries(&library_specs(config)).await?;
    Ok(catalog)
}

impl Running {
    /// Serves whoever comes to `listener`. `servings` has a task that ends after the last answer.
    pub(super) fn start(
        parts: &Parts<'_>,
        catalog: Catalog,
        listener: Listener,
        servings: &mut JoinSet<io::Result<()>>,
    ) -> Self {
        let limits = &parts.config.limits;
        let ending = Ending::default();
        let stop_scans = ending.begun().child_token();
        let settings = scan_settings(parts.config);
        let scanner = Scanner::start(catalog.clone(), settings, stop_scans.clone());
        let activity = parts.activity.clone();
        let thumbnails = start_thumbnails(parts.config, &activity);
        let ahead = AheadState::default();
        if let (Some(thumbnails), Some(budget)) = (&thumbnails, parts.config.thumbnails.ahead) {
            let background = Background {
                thumbnails: thumbnails.clone(),
                catalog: catalog.clone(),
                scans: scanner.progress(),
                budget,
                state: ahead.clone(),
            };
            tokio::spawn(background.run(stop_scans.clone()));
        }
        let (events, live) = watch::channel(LiveJson::default());
        let of = live::Sampled {
            activity: activity.clone(),
            event_loops: parts.event_loops.clone(),
            scanner: scanner.clone(),
            catalog: catalog.clone(),
        };
        let sampler = tokio::spawn(live::sample(of, events));
        let library = Library {
            catalog: catalog.clone(),
            scanner: scanner.clone(),
            thumbnails: thumbnails.clone(),
            ahead,
        };
        let app = AppState::new(
            library,
            activity.clone(),
            limits.open_files_max,
            Live::new(live, limits.live_clients_max, ending.begun().clone()),
            parts.metrics.clone(),
            parts.warnings.clone(),
        );
        let app =
            Application::new(app, parts.known_hosts.clone(), parts.request_rate.clone(), limits);
        let event_loops = parts.event_loops.clone();
        let of_server = ending.clone();
        servings.spawn(transport::serve(
            listener,
            app,
            event_loops,
            parts.limits,
            activity,
            of_server,
        ));
        let sampler = sampler.abort_handle();
        Self { catalog, scanner, thumbnails, stop_scans, sampler, ending }
    }

    /// Lets go of everything that another process needs, in an order in which no request fails:
    /// answers tell clients to come by a new connection, then new clients wait in the backlog, then
    /// the catalog is closed. Running answers go on.
    pub(super) async fn retire(&self) {
        self.ending.announce();
        self.stop_scans.cancel();
        sleep(HAND_OVER_NOTICE).await;
        self.ending.settle(HAND_OVER_HEADS_WAIT, HAND_OVER_ANSWERS_WAIT).await;
        self.ending.hand_over();
        self.sampler.abort();
        // One that does not stop finds the catalog closed.
        let _ = timeout(SCAN_STOP_WAIT, self.scanner.stopped()).await;
        self.stop_thumbnails().await;
        self.catalog.close().await;
    }

    async fn stop_thumbnails(&self) {
        if let Some(thumbnails) = &self.thumbnails {
            thumbnails.drain(THUMBNAIL_STOP_WAIT).await;
        }
    }

    /// The catalog is closed, and nobody is accepted any more.
    pub(super) fn is_retired(&self) -> bool {
        self.ending.begun().is_cancelled()
    }

    /// No new clients; running answers get a moment.
    pub(super) fn stop(&self) {
        self.ending.stop();
    }

    /// Ends what is left once the last answer is sent.
    pub(super) async fn close(&self) {
        self.sampler.abort();
        // One that waits for a dead disk must not keep the process; what it has not written it finds
        // again.
        let _ = timeout(SCAN_STOP_WAIT, self.scanner.stopped()).await;
        self.stop_thumbnails().await;
        self.catalog.close().await;
    }
}
