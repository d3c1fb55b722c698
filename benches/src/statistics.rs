//! Medians with intervals that assume nothing about how the measurements are spread.

use std::fmt;

/// A median and the interval that holds the true one with at least 95 % confidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Median {
    /// The middle of the sample.
    pub value: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end of the interval.
    pub high: f64,
}

/// The median of a sample with its interval, from order statistics (the binomial distribution
/// of how many measurements fall below the true median).
///
/// # Panics
/// If there are fewer than six measurements: no interval of so few has 95 %.
pub fn median(sample: &[f64]) -> Median {
    assert!(sample.len() >= 6, "six measurements at least, not {}", sample.len());
    let mut sorted = sample.to_vec();
    sorted.sort_by(f64::total_cmp);
    let count = sorted.len();
    let middle = f64::midpoint(sorted[(count - 1) / 2], sorted[count / 2]);
    let mut tail = 0.0;
    let mut rank = 0;
    // The largest rank below which the true median lies with a probability of at most 2.5 %.
    loop {
        tail += binomial_half(count, rank);
        if tail > 0.025 {
            break;
        }
        rank += 1;
    }
    let rank = rank.max(1) - 1;
    Median { value: middle, low: sorted[rank], high: sorted[count - 1 - rank] }
}

/// The value below which this share (0 to 1) of the sample lies, by nearest rank.
///
/// # Panics
/// If the sample is empty.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rank is between 1 and the sample's count"
)]
pub fn percentile(sample: &[f64], share: f64) -> f64 {
    assert!(!sample.is_empty(), "an empty sample has no percentile");
    let mut sorted = sample.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (share * sorted.len() as f64).ceil().max(1.0) as usize;
    sorted[rank.min(sorted.len()) - 1]
}

/// Jain's index of fairness: 1 if all have the same, 1/n if one has everything.
pub fn jain_index(sample: &[f64]) -> f64 {
    let sum: f64 = sample.iter().sum();
    let squares: f64 = sample.iter().map(|value| value * value).sum();
    sum * sum / (sample.len() as f64 * squares)
}

/// The probability that exactly `hits` of `count` fair coins fall heads.
fn binomial_half(count: usize, hits: usize) -> f64 {
    let ways: f64 = (0..hits).map(|i| (count - i) as f64 / (i + 1) as f64).product();
    ways * 0.5_f64.powf(count as f64)
}

impl fmt::Display for Median {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.4} [{:.4}, {:.4}]", self.value, self.low, self.high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_measurements_span_from_the_second_to_the_ninth() {
        let sample: Vec<f64> = (1..=10).map(f64::from).collect();
        // 1 - 2 × (1 + 10) / 1024 = 97.9 %; one rank further would be 89 %.
        assert_eq!(median(&sample), Median { value: 5.5, low: 2.0, high: 9.0 });
    }

    #[test]
    fn six_measurements_span_from_the_first_to_the_last() {
        let sample: Vec<f64> = (1..=6).map(f64::from).collect();
        assert_eq!(median(&sample), Median { value: 3.5, low: 1.0, high: 6.0 });
    }

    #[test]
    fn half_with_everything_is_half_as_fair_as_all_alike() {
        assert!((jain_index(&[3.0; 4]) - 1.0).abs() < f64::EPSILON);
        assert!((jain_index(&[3.0, 0.0, 3.0, 0.0]) - 0.5).abs() < f64::EPSILON);
    }

    #[test]
    fn the_95th_percentile_of_a_hundred_is_the_95th() {
        let sample: Vec<f64> = (1..=100).map(f64::from).collect();
        assert!((percentile(&sample, 0.95) - 95.0).abs() < f64::EPSILON);
    }
}
