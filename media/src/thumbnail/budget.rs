//! How much may be spent on pictures that nobody has asked for yet.

use std::time::{Duration, Instant};

use super::spent::Spent;
use crate::limits::BUDGET_SAVED_MAX;

/// What may be spent in an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Time on processors in an hour, of all threads together.
    pub processor_time_per_hour: Duration,
    /// Bytes of films read in an hour.
    pub read_bytes_per_hour: u64,
}

/// What is left of a budget. It grows evenly and is saved up for [`BUDGET_SAVED_MAX`] at most; a
/// piece of work may overdraw it, and the next waits until that is made up for.
#[derive(Debug)]
pub(super) struct Purse {
    per_second: Amounts,
    left: Amounts,
    filled_at: Instant,
    /// All that was spent until then.
    spent: Spent,
}

/// Seconds on processors, and bytes.
#[derive(Clone, Copy, Debug)]
struct Amounts {
    processor_s: f64,
    read_bytes: f64,
}

impl Purse {
    /// A full one; from now on what is beyond `spent` counts.
    pub(super) fn new(budget: Budget, spent: Spent, now: Instant) -> Self {
        let an_hour_s = Duration::from_hours(1).as_secs_f64();
        let per_second = Amounts {
            processor_s: budget.processor_time_per_hour.as_secs_f64() / an_hour_s,
            read_bytes: budget.read_bytes_per_hour as f64 / an_hour_s,
        };
        Self { per_second, left: per_second.times(BUDGET_SAVED_MAX), filled_at: now, spent }
    }

    /// How long to wait before anything more may be begun, if `spent` is all that was spent so far;
    /// zero to go on.
    pub(super) fn wait(&mut self, spent: Spent, now: Instant) -> Duration {
        let newly = spent.since(self.spent);
        let earned = self.per_second.times(now.saturating_duration_since(self.filled_at));
        let full = self.per_second.times(BUDGET_SAVED_MAX);
        let left =
            |left: f64, earned: f64, full: f64, spent: f64| (left + earned).min(full) - spent;
        let processor_s = newly.processor_time.as_secs_f64();
        self.left = Amounts {
            processor_s: left(
                self.left.processor_s,
                earned.processor_s,
                full.processor_s,
                processor_s,
            ),
            read_bytes: left(
                self.left.read_bytes,
                earned.read_bytes,
                full.read_bytes,
                newly.read_bytes as f64,
            ),
        };
        (self.filled_at, self.spent) = (now, spent);
        let seconds = |left: f64, per_second: f64| (-left / per_second).max(0.0);
        let longest = seconds(self.left.processor_s, self.per_second.processor_s)
            .max(seconds(self.left.read_bytes, self.per_second.read_bytes));
        // Nothing is earned where nothing may be spent.
        Duration::try_from_secs_f64(longest).unwrap_or(Duration::MAX)
    }
}

impl Amounts {
    fn times(self, time: Duration) -> Self {
        let seconds = time.as_secs_f64();
        Self { processor_s: self.processor_s * seconds, read_bytes: self.read_bytes * seconds }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spent(processor_ms: u64, read_bytes: u64) -> Spent {
        Spent { processor_time: Duration::from_millis(processor_ms), read_bytes }
    }

    #[test]
    fn who_has_overdrawn_waits_until_it_is_made_up_for() {
        let budget = Budget {
            processor_time_per_hour: Duration::from_mins(6),
            read_bytes_per_hour: 3_600_000_000,
        };
        let start = Instant::now();
        let mut purse = Purse::new(budget, spent(500, 500), start);
        // Saved up: a tenth of it on processors.
        let full_ms = u64::try_from(BUDGET_SAVED_MAX.as_millis()).expect("short") / 10;
        assert_eq!(purse.wait(spent(500 + full_ms, 500), start), Duration::ZERO);
        // A tenth of a processor: two seconds' work take twenty.
        let wait = purse.wait(spent(2_500 + full_ms, 500), start);
        assert_eq!(wait.as_millis(), 20_000);
        let later = start + Duration::from_secs(15);
        let wait = purse.wait(spent(2_500 + full_ms, 500), later);
        assert_eq!(wait.as_millis(), 5_000);
        let later = start + Duration::from_secs(21);
        assert_eq!(purse.wait(spent(2_500 + full_ms, 500), later), Duration::ZERO);
        // A megabyte a second.
        let much = BUDGET_SAVED_MAX.as_secs() * 1_000_000 + 30_000_000;
        let wait = purse.wait(spent(2_500 + full_ms, 500 + much), later);
        assert!((8.0..=30.0).contains(&wait.as_secs_f64()), "{wait:?}");
    }

    proptest! {
        #[test]
        fn no_more_is_spent_than_was_earned_and_one_piece(
            pieces in prop::collection::vec((0_u64..5_000, 0_u64..50_000_000, 0_u64..60_000), 1..300),
            minutes in 1_u64..60,
            megabytes in 1_u64..100_000,
        ) {
            let budget = Budget {
                processor_time_per_hour: Duration::from_mins(minutes),
                read_bytes_per_hour: megabytes * 1_000_000,
            };
            let start = Instant::now();
            let (mut now, mut so_far) = (start, Spent::default());
            let mut purse = Purse::new(budget, so_far, start);
            for (processor_ms, read_bytes, idle_ms) in pieces {
                now += Duration::from_millis(idle_ms);
                let wait = purse.wait(so_far, now);
                now += wait + Duration::from_millis(1);
                prop_assert_eq!(purse.wait(so_far, now), Duration::ZERO);
                let hours = (now - start + BUDGET_SAVED_MAX).as_secs_f64() / 3_600.0;
                let processor_max_s = hours * budget.processor_time_per_hour.as_secs_f64();
                let read_max = hours * budget.read_bytes_per_hour as f64;
                prop_assert!(so_far.processor_time.as_secs_f64() <= processor_max_s * 1.0001);
                prop_assert!(so_far.read_bytes as f64 <= read_max * 1.0001);
                so_far.processor_time += Duration::from_millis(processor_ms);
                so_far.read_bytes += read_bytes;
            }
        }
    }
}
