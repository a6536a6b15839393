//! What is said of a window. Two passes over it: nothing accumulates from one instant to the next, so nothing drifts.

use super::transform::year_ago;
use super::{Term, Vintage};

/// Mean and sample deviation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    pub mean: f64,
    /// `None` for fewer than two values.
    pub std: Option<f64>,
}

/// Of a window that is not empty. Deviations are taken from the newest value, so equal values have a deviation of exactly 0.
pub fn spread(window: &[Term]) -> Spread {
    let (Some(newest), n) = (window.last(), window.len() as f64) else { return Spread { mean: f64::NAN, std: None } };
    let mean = newest.value + window.iter().map(|term| term.value - newest.value).sum::<f64>() / n;
    let squares = window.iter().map(|term| (term.value - mean) * (term.value - mean)).sum::<f64>();
    Spread { mean, std: (window.len() > 1).then(|| (squares / (n - 1.0)).sqrt()) }
}

/// The newest value in deviations from the mean; `None` where there is no deviation.
pub fn zscore(window: &[Term], spread: Spread) -> Option<f64> {
    let std = spread.std.filter(|std| *std > 0.0)?;
    window.last().map(|newest| (newest.value - spread.mean) / std)
}

/// The share of the window's values that are at most the newest, which is one of them.
pub fn percentile_rank(window: &[Term]) -> Option<f64> {
    let newest = window.last()?;
    Some(window.iter().filter(|term| term.value <= newest.value).count() as f64 / window.len() as f64)
}

/// The observation of a date against the one a year before it, both as known: that one's value, and the growth since.
pub fn growth_of_a_year(observations: &[Vintage], as_of: i64) -> (Option<f64>, Option<f64>) {
    let place = observations.binary_search_by_key(&as_of, |known| known.as_of).ok();
    let earlier = place.and_then(|place| year_ago(observations, place)).and_then(|known| known.value);
    let now = place.and_then(|place| observations[place].value);
    let growth = now.zip(earlier).map(|(now, earlier)| now / earlier - 1.0);
    (earlier, growth.filter(|growth| growth.is_finite()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(values: &[f64]) -> Vec<Term> {
        values.iter().enumerate().map(|(i, value)| Term { as_of: i as i64, value: *value, known_at: 0 }).collect()
    }

    #[test]
    fn sample_deviation_newest_value_included() {
        let window = window(&[1.0, 2.0, 3.0]);
        let spread = spread(&window);
        assert_eq!(spread, Spread { mean: 2.0, std: Some(1.0) });
        assert_eq!(zscore(&window, spread), Some(1.0));
    }

    #[test]
    fn equal_values_have_no_deviation_whatever_they_are() {
        let window = window(&[0.1; 7]);
        assert_eq!(spread(&window), Spread { mean: 0.1, std: Some(0.0) });
        assert_eq!(zscore(&window, spread(&window)), None);
    }

    #[test]
    fn rank_counts_the_newest_value_and_its_equals() {
        assert_eq!(percentile_rank(&window(&[3.0, 1.0, 2.0, 2.0])), Some(0.75));
        assert_eq!(percentile_rank(&window(&[5.0])), Some(1.0));
        assert_eq!(percentile_rank(&[]), None);
    }
}
