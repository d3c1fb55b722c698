//! What a hostile client or a broken disk must not leave behind.

use std::time::Duration;

use spillway_tests::{TestServer, eventually};

/// How long a server may take to notice that its clients are gone.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a server holds when nobody asks it for anything.
#[derive(Debug)]
pub(crate) struct Baseline {
    sockets: usize,
}

impl Baseline {
    /// Of a server that nobody talks to now.
    pub(crate) fn of(server: &TestServer) -> Self {
        assert_idle(server);
        Self { sockets: sockets(server) }
    }

    /// Sees that the server comes back to it: no connection, stream, disk read or socket is left,
    /// and no file is open twice.
    pub(crate) fn assert_met_again(&self, server: &TestServer) {
        assert_idle(server);
        eventually("as many sockets as before", PATIENCE, || sockets(server) <= self.sockets);
        let mut files: Vec<_> = server
            .descriptors()
            .into_iter()
            .filter(|target| target.contains("spillway-media-"))
            .collect();
        let open = files.len();
        files.sort_unstable();
        files.dedup();
        assert_eq!(files.len(), open, "a media file is open twice: {files:?}");
    }
}

fn assert_idle(server: &TestServer) {
    // The one connection asks.
    for (gauge, most) in [
        ("spillway_connections", 1.0),
        ("spillway_streams", 0.0),
        ("spillway_disk_threads_busy", 0.0),
        ("spillway_disk_windows_queued", 0.0),
    ] {
        eventually(gauge, PATIENCE, || server.metric(gauge) <= most);
    }
}

fn sockets(server: &TestServer) -> usize {
    server.descriptors().iter().filter(|target| target.starts_with("socket:")).count()
}
