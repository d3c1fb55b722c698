//! What every integration test starts from: a folder of films and a whole server in front of it.
//!
//! ```no_run
//! use spillway_tests::{Library, TestServer};
//!
//! let library = Library::new();
//! library.film("Alien (1979)").lasting_ms(7_020_000);
//! let server = TestServer::with(&library).start();
//! assert_eq!(server.get("/readyz").status, 200);
//! ```
//!
//! The server is the real program in a process of its own, so what is tested is what is shipped:
//! its command line, its one line on standard output, its signals and its system calls.
//! Everything here blocks, waits a bounded time and panics with a sentence when something is wrong.

mod clock;
pub mod encryption;
pub mod faulty_disk;
pub mod http_2;
mod library;
pub mod sample_video;
mod server_process;
mod test_server;
pub mod tools;
pub mod wire;

pub use clock::WallClock;
pub use library::{Film, Library};
pub use server_process::{Finished, ServerProcess, spillway_binary};
pub use test_server::{Setup, TestServer, eventually};
