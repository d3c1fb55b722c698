//! HTTP in front of `spillway-media`.
//!
//! From the bottom up, each layer knowing only those before it:
//!
//! 1. [`config`], [`error`], [`limits`]: what the operator wants, what clients read when something
//!    goes wrong, where things end.
//! 2. [`transport`]: connections; payload goes from the page cache to the socket.
//! 3. [`delivery`]: the part of HTTP that is about representations: ranges, validators.
//! 4. [`placeholders`], [`state`], [`extract`], [`api_types`]: what handlers hold, take and give.
//! 5. [`middleware`], [`routes`]: one behaviour, one noun a file. Routes do not know each other.
//! 6. [`router`]: all routes and layers in one place.
//! 7. [`startup`]: from a configuration to a running server.
//! 8. [`command`]: what was typed.

pub mod api_types;
pub mod command;
pub mod config;
pub mod delivery;
pub mod error;
pub mod extract;
pub mod limits;
pub mod live;
pub mod middleware;
pub mod placeholders;
pub mod router;
pub mod routes;
pub mod startup;
pub mod state;
pub mod transport;
