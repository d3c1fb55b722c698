//! Which stretches of files were just found in memory, so that viewers of one film do not each ask
//! the kernel about the same pages.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use spillway_media::storage::Object;

use crate::limits::{READ_AHEAD_WINDOW_BYTES, RESIDENCY_WINDOWS_REMEMBERED_MAX};

/// A table of fixed size; a newer window takes the place of an older one. Forgetting costs a system
/// call, and so does the rare case that two windows have one place.
#[derive(Debug)]
pub(super) struct RecentlyResident {
    /// Each place holds 40 bits of what window it is and 24 of when it was seen.
    places: Box<[AtomicU64]>,
    hasher: RandomState,
    began: Instant,
    remembered: Duration,
}

const WHEN: u64 = (1 << 24) - 1;

impl RecentlyResident {
    /// Each window is remembered for so long.
    pub(super) fn new(remembered: Duration) -> Self {
        Self {
            places: (0..RESIDENCY_WINDOWS_REMEMBERED_MAX).map(|_| AtomicU64::new(0)).collect(),
            hasher: RandomState::new(),
            began: Instant::now(),
            remembered,
        }
    }

    /// Notes that the window from `start_bytes` on is wholly in memory.
    pub(super) fn note(&self, object: &Object, start_bytes: u64) {
        let hash = self.hash(object, start_bytes);
        self.place(hash).store((hash & !WHEN) | self.now_ms(), Relaxed);
    }

    /// Whether that was so a moment ago.
    pub(super) fn knows(&self, object: &Object, start_bytes: u64) -> bool {
        let hash = self.hash(object, start_bytes);
        let seen = self.place(hash).load(Relaxed);
        let age_ms = self.now_ms().wrapping_sub(seen) & WHEN;
        seen & !WHEN == hash & !WHEN && u128::from(age_ms) < self.remembered.as_millis()
    }

    /// Secretly seeded: nobody can make files whose windows have one place.
    fn hash(&self, object: &Object, start_bytes: u64) -> u64 {
        self.hasher.hash_one((object.version(), start_bytes / READ_AHEAD_WINDOW_BYTES))
    }

    fn place(&self, hash: u64) -> &AtomicU64 {
        let count = self.places.len() as u64;
        &self.places[usize::try_from(hash % count).expect("less than a usize")]
    }

    /// Milliseconds, going round after some hours.
    fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX) & WHEN
    }
}

#[cfg(test)]
mod tests {
    use spillway_media::storage::{Key, Root};

    use super::*;

    #[test]
    fn a_window_is_known_for_a_moment_and_no_other_is() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = Root::new(folder.path());
        let open = |name: &str| {
            std::fs::write(folder.path().join(name), name).expect("written");
            root.open(&Key::new(name).expect("a key")).expect("opens")
        };
        let (one, other) = (open("one"), open("other"));
        let recently = RecentlyResident::new(Duration::from_secs(100));
        recently.note(&one, READ_AHEAD_WINDOW_BYTES);
        assert!(recently.knows(&one, READ_AHEAD_WINDOW_BYTES));
        assert!(recently.knows(&one, 2 * READ_AHEAD_WINDOW_BYTES - 1), "the end of the same");
        assert!(!recently.knows(&one, 0) && !recently.knows(&one, 2 * READ_AHEAD_WINDOW_BYTES));
        assert!(!recently.knows(&other, READ_AHEAD_WINDOW_BYTES));
        assert!(!recently.knows(&open("one"), READ_AHEAD_WINDOW_BYTES), "it was rewritten");

        let forgetful = RecentlyResident::new(Duration::ZERO);
        forgetful.note(&one, 0);
        assert!(!forgetful.knows(&one, 0));
    }
}
