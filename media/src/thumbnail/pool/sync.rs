//! What the pool takes from the standard library to run in parallel. The tests put a checker of all
//! orders of events in its place (`tests/model.rs`).

pub(super) use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
pub(super) use std::thread::{Builder, Thread, current, park, park_timeout};

/// The time, which never goes back.
pub(super) fn now() -> std::time::Instant {
    std::time::Instant::now()
}
