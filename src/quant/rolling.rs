//! Mean and sample deviation of the last n rows, one row at a time, without drift.
//!
//! Sums of deviations from a value of the window are kept, and made anew from the window itself once in n rows, or when a value leaves beside
//! which the rest is small: an error cannot live longer than a window, nor grow with the series. What a row is given follows from the values
//! up to it alone, however they are handed over.

/// The rows that a window holds, and their moments.
#[derive(Debug, Clone)]
pub struct Rolling {
    /// Rows of a full window; `None` is all rows so far.
    size: Option<usize>,
    /// The rows of the window; the oldest one stands at `oldest`. Missing values are NaN here.
    rows: Vec<f64>,
    oldest: usize,
    /// What deviations are taken from.
    origin: f64,
    n: usize,
    sum: f64,
    squares: f64,
    /// How many of the newest values are the same.
    same: usize,
    last: f64,
    /// Rows until the sums are made anew.
    due: usize,
}

/// What is known of a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    /// Values that are there.
    pub n: usize,
    pub mean: f64,
    /// Sample deviation; not a number for fewer than two values.
    pub deviation: f64,
}

/// Beside a value that leaves, what stays has lost its digits.
const DWARFED: f64 = 1e-4;

impl Rolling {
    /// A window of so many rows, the current one included; `None` for all rows so far.
    pub fn new(size: Option<usize>) -> Self {
        let size = size.map(|size| size.max(1));
        Self { size, rows: Vec::new(), oldest: 0, origin: f64::NAN, n: 0, sum: 0.0, squares: 0.0, same: 0, last: f64::NAN, due: 0 }
    }

    /// Forgets every row.
    pub fn clear(&mut self) {
        self.rows.clear();
        (self.oldest, self.n, self.sum, self.squares, self.same, self.due) = (0, 0, 0.0, 0.0, 0, 0);
        (self.origin, self.last) = (f64::NAN, f64::NAN);
    }

    /// Takes the next row; a missing value takes a place and counts for nothing.
    #[inline]
    pub fn push(&mut self, value: Option<f64>) {
        // an infinite value has no moments: it is a hole, which every window that holds it tells
        let value = value.unwrap_or(f64::NAN);
        let Some(size) = self.size else {
            self.rows.push(value);
            self.grow(value);
            if self.due == 0 {
                self.renew();
            }
            return;
        };
        if self.rows.len() < size {
            self.rows.push(value);
        } else {
            let left = std::mem::replace(&mut self.rows[self.oldest], value);
            self.oldest = if self.oldest + 1 == size { 0 } else { self.oldest + 1 };
            self.shrink(left);
        }
        self.grow(value);
        if self.due == 0 {
            self.renew();
        }
    }

    #[inline]
    fn grow(&mut self, value: f64) {
        self.due = self.due.saturating_sub(1);
        if value.is_nan() {
            return;
        }
        if self.n == 0 {
            self.origin = value;
            (self.sum, self.squares) = (0.0, 0.0);
        }
        self.same = if self.n > 0 && value == self.last { self.same + 1 } else { 1 };
        self.last = value;
        self.n += 1;
        let deviation = value - self.origin;
        self.sum += deviation;
        self.squares += deviation * deviation;
    }

    #[inline]
    fn shrink(&mut self, left: f64) {
        if left.is_nan() {
            return;
        }
        self.n -= 1;
        let deviation = left - self.origin;
        let square = deviation * deviation;
        self.sum -= deviation;
        self.squares -= square;
        // not a number where an infinite value has left
        if self.squares.is_nan() || self.squares <= square * DWARFED {
            self.due = 0;
        }
    }

    /// Makes the sums anew, from the oldest row on.
    #[cold]
    fn renew(&mut self) {
        self.due = self.rows.len().max(1);
        let rows = || self.rows[self.oldest..].iter().chain(&self.rows[..self.oldest]).copied().filter(|x| !x.is_nan());
        let Some(origin) = rows().next() else { return };
        let (mut sum, mut squares) = (0.0, 0.0);
        for value in rows() {
            let deviation = value - origin;
            sum += deviation;
            squares += deviation * deviation;
        }
        (self.origin, self.sum, self.squares) = (origin, sum, squares);
    }

    /// The moments of the window. Whole multiples of what is deviated from cancel exactly, so where sums are exact (prices in eighths) the
    /// result does not depend on it.
    #[inline]
    pub fn moments(&self) -> Moments {
        let n = self.n as f64;
        Moments { n: self.n, mean: (n * self.origin + self.sum) / n, deviation: self.deviation() }
    }

    #[inline]
    fn deviation(&self) -> f64 {
        let n = self.n as f64;
        match self.n {
            0 | 1 => f64::NAN,
            // equal values have no deviation, whatever their sums say
            count if self.same >= count => 0.0,
            _ => ((n * self.squares - self.sum * self.sum).max(0.0) / (n * (n - 1.0))).sqrt(),
        }
    }

    /// The z-score of the newest row; `None` where it is missing, alone, or all values are the same.
    #[inline]
    pub fn zscore(&self, value: Option<f64>) -> Option<f64> {
        let value = value.filter(|x| !x.is_nan())?;
        let n = self.n as f64;
        let deviation = self.deviation();
        let z = (n * (value - self.origin) - self.sum) / (n * deviation);
        (deviation > 0.0 && z.is_finite()).then_some(z)
    }

    /// The share of the window's values that are not above the newest row, itself included; `None` where that is missing.
    pub fn percentile_rank(&self, value: Option<f64>) -> Option<f64> {
        let value = value.filter(|x| !x.is_nan())?;
        let not_above = self.rows.iter().filter(|x| **x <= value).count();
        Some(not_above as f64 / self.n as f64)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// In two passes over the window.
    fn slow(window: &[Option<f64>]) -> (usize, f64, f64) {
        let values: Vec<f64> = window.iter().flatten().copied().collect();
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0);
        (values.len(), mean, variance.sqrt())
    }

    fn windows(values: &[Option<f64>], size: Option<usize>, mut look: impl FnMut(Moments, &[Option<f64>])) {
        let mut rolling = Rolling::new(size);
        for (n, value) in values.iter().enumerate() {
            rolling.push(*value);
            look(rolling.moments(), &values[(n + 1).saturating_sub(size.unwrap_or(usize::MAX))..=n]);
        }
    }

    proptest! {
        #[test]
        fn is_what_two_passes_say(
            values in prop::collection::vec(prop::option::weighted(0.9, -100.0f64..100.0), 1..80),
            size in prop::option::of(1usize..12),
        ) {
            windows(&values, size, |fast, window| {
                let (n, mean, deviation) = slow(window);
                assert_eq!(fast.n, n);
                assert!(n == 0 || (fast.mean - mean).abs() < 1e-10, "{fast:?} {mean}");
                assert!(n < 2 || (fast.deviation - deviation).abs() < 1e-9 * deviation.max(1.0), "{fast:?} {deviation}");
            });
        }
    }

    #[test]
    fn a_million_rows_far_from_zero_do_not_drift() {
        let noise = |n: u64| (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as f64 / 1e7;
        let values: Vec<Option<f64>> = (0..1_000_000).map(|n| Some(1e9 + noise(n) + n as f64 * 1e-3)).collect();
        let mut rows = 0;
        windows(&values, Some(252), |fast, window| {
            rows += 1;
            if rows % 9973 == 0 {
                let base = window[0].unwrap_or_default();
                let (_, _, deviation) = slow(&window.iter().map(|x| x.map(|x| x - base)).collect::<Vec<_>>());
                assert!((fast.deviation / deviation - 1.0).abs() < 1e-9, "row {rows}: {} {deviation}", fast.deviation);
            }
        });
    }

    #[test]
    fn a_spike_leaves_nothing_behind() {
        let values: Vec<Option<f64>> = (0..60).map(|n| Some(if n == 20 { 1e15 } else { f64::from(n % 5) })).collect();
        windows(&values, Some(10), |fast, window| {
            if !window.contains(&Some(1e15)) && window.len() > 1 {
                let (_, mean, deviation) = slow(window);
                assert!((fast.mean - mean).abs() < 1e-12 && (fast.deviation - deviation).abs() < 1e-12, "{fast:?} {mean} {deviation}");
            }
        });
    }

    #[test]
    fn equal_values_have_no_deviation_and_no_score() {
        let mut rolling = Rolling::new(Some(3));
        for value in [5.0, 0.1, 0.1, 0.1] {
            rolling.push(Some(value));
        }
        assert_eq!(rolling.moments().deviation, 0.0);
        assert_eq!(rolling.zscore(Some(0.1)), None);
        rolling.push(None);
        assert_eq!((rolling.moments().n, rolling.zscore(None)), (2, None));
    }

    #[test]
    fn a_window_with_an_infinite_value_has_no_score_and_the_next_one_does() {
        let mut rolling = Rolling::new(Some(3));
        let scores: Vec<bool> = [1.0, f64::INFINITY, 2.0, 3.0, 5.0]
            .into_iter()
            .map(|value| {
                rolling.push(Some(value));
                rolling.zscore(Some(value)).is_some()
            })
            .collect();
        assert_eq!(scores, [false, false, false, false, true]);
    }
}
