//! What the tests of delivery share: a server of one film whose every byte is known.

use spillway_tests::{Film, Library, TestServer};

/// A server of one film.
pub(crate) struct OneFilm {
    pub(crate) server: TestServer,
    pub(crate) film: Film,
    pub(crate) url: String,
    /// The file as it was when the server started.
    pub(crate) bytes: Vec<u8>,
    /// Last, so that the folder outlives the server.
    _library: Library,
}

impl OneFilm {
    /// A film of this many bytes after its headers.
    pub(crate) fn with_payload_bytes(payload_bytes: usize) -> Self {
        let library = Library::new();
        let film = library.film("Alien (1979)").with_payload_bytes(payload_bytes);
        let server = TestServer::with(&library).start();
        Self::of(library, film, server)
    }

    /// The same on a server with these lines below `[limits]`.
    pub(crate) fn limited(payload_bytes: usize, limits: &str) -> Self {
        let library = Library::new();
        let film = library.film("Alien (1979)").with_payload_bytes(payload_bytes);
        let limits = format!("[limits]\n{limits}");
        let server = TestServer::with(&library).configured(&limits).start();
        Self::of(library, film, server)
    }

    /// What is served by a server that was set up otherwise.
    pub(crate) fn of(library: Library, film: Film, server: TestServer) -> Self {
        let url = server.file_url("Alien (1979).mp4");
        let bytes = film.bytes();
        Self { server, film, url, bytes, _library: library }
    }

    /// The request for these header lines (each ending in CR LF) on a connection that stays open.
    pub(crate) fn request(&self, method: &str, more_headers: &str) -> String {
        format!(
            "{method} {} HTTP/1.1\r\nHost: {}\r\n{more_headers}\r\n",
            self.url,
            self.server.address()
        )
    }
}
