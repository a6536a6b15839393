//! Mean, sample deviation, z-score and percentile rank of the last n rows, one row at a time, without drift.
//!
//! Sums of deviations from a value of the window are kept. They are made anew from the window itself once in as many rows as it has, and at
//! once when so much has cancelled that digits are gone: an error cannot outlive a window, nor grow with the series. What a row is given
//! follows from the rows up to it alone, however they are handed over; where sums are exact (prices in eighths) it is what a direct
//! computation gives.

use std::collections::VecDeque;

/// Of the largest sum of squares since the sums were made, the share that must be left: less has lost three digits.
const ENOUGH: f64 = 1e-3;
/// Sums of short windows are kept for more rows than they have.
const MIN_ROWS: usize = 64;

/// The rows that a window holds, and their moments.
#[derive(Debug, Clone)]
pub struct Rolling {
    /// Rows of a full window; `None` is all rows so far.
    size: Option<usize>,
    /// From the oldest on; a missing value is NaN.
    rows: VecDeque<f64>,
    /// Values that are there and finite. Only these are in the sums.
    n: usize,
    n_infinite: usize,
    /// What deviations are taken from.
    origin: f64,
    sum: f64,
    squares: f64,
    /// The largest `squares` since they were made: their rounding error is in proportion to it.
    peak: f64,
    /// How many of the newest finite values are the same.
    same: usize,
    last: f64,
    /// Rows until the sums are made anew.
    due: usize,
}

impl Rolling {
    /// A window of so many rows, the current one included; `None` for all rows so far.
    pub fn new(size: Option<usize>) -> Self {
        let size = size.map(|size| size.max(1));
        Self {
            size,
            rows: VecDeque::new(),
            n: 0,
            n_infinite: 0,
            origin: 0.0,
            sum: 0.0,
            squares: 0.0,
            peak: 0.0,
            same: 0,
            last: f64::NAN,
            due: MIN_ROWS,
        }
    }

    /// Forgets every row.
    pub fn clear(&mut self) {
        let mut rows = std::mem::take(&mut self.rows);
        rows.clear();
        *self = Self { rows, ..Self::new(self.size) };
    }

    /// Takes the next row; NaN is a missing value, which takes a place and counts for nothing.
    #[inline]
    pub fn push(&mut self, value: f64) {
        if self.size.is_some_and(|size| self.rows.len() >= size) {
            self.forget();
        }
        self.rows.push_back(value);
        self.due -= usize::from(self.due > 0);
        if value.is_finite() {
            self.add(value);
        } else if !value.is_nan() {
            self.n_infinite += 1;
        }
        if self.due == 0 || self.is_worn() {
            self.renew();
        }
    }

    /// Drops the oldest row.
    #[inline]
    pub fn forget(&mut self) {
        let Some(value) = self.rows.pop_front() else { return };
        if value.is_finite() {
            self.n -= 1;
            let deviation = value - self.origin;
            self.sum -= deviation;
            self.squares -= deviation * deviation;
            // an overflow leaves nothing that could be subtracted from
            if !self.squares.is_finite() {
                self.due = 0;
            }
        } else if !value.is_nan() {
            self.n_infinite -= 1;
        }
    }

    /// The rows, from the oldest on; a missing value is NaN.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = f64> + '_ {
        self.rows.iter().copied()
    }

    #[inline]
    fn add(&mut self, value: f64) {
        if self.n == 0 {
            self.start_from(value);
        }
        self.same = if self.n > 0 && value == self.last { self.same + 1 } else { 1 };
        self.last = value;
        self.n += 1;
        let deviation = value - self.origin;
        self.sum += deviation;
        self.squares += deviation * deviation;
        self.peak = self.peak.max(self.squares);
    }

    fn start_from(&mut self, origin: f64) {
        self.origin = origin;
        (self.sum, self.squares, self.peak) = (0.0, 0.0, 0.0);
    }

    /// All values are the same, so there is no deviation, whatever the sums say.
    #[inline]
    fn is_constant(&self) -> bool {
        self.same >= self.n
    }

    /// n times the sum of squared deviations from the mean.
    #[inline]
    fn spread(&self) -> f64 {
        self.n as f64 * self.squares - self.sum * self.sum
    }

    #[inline]
    fn is_worn(&self) -> bool {
        self.spread() < self.n as f64 * self.peak * ENOUGH && !self.is_constant()
    }

    /// Makes the sums anew, from the value that is nearest to the mean: so far from it that digits cancel no origin of the window is.
    #[cold]
    fn renew(&mut self) {
        self.due = self.rows.len().max(MIN_ROWS);
        let values = || self.rows.iter().copied().filter(|value| value.is_finite());
        let Some(first) = values().next() else { return self.start_from(0.0) };
        let mean = first + values().map(|value| value - first).sum::<f64>() / self.n as f64;
        let nearer = |a: f64, b: f64| if (b - mean).abs() < (a - mean).abs() { b } else { a };
        let origin = values().fold(first, nearer);
        let (mut sum, mut squares) = (0.0, 0.0);
        for value in values() {
            let deviation = value - origin;
            sum += deviation;
            squares += deviation * deviation;
        }
        (self.origin, self.sum, self.squares, self.peak) = (origin, sum, squares, squares);
    }

    /// The mean; `None` where no value is there or one is infinite.
    #[inline]
    pub fn mean(&self) -> Option<f64> {
        let n = self.n as f64;
        // whole multiples of the origin cancel exactly, so where sums are exact the mean does not depend on it
        let mean = if self.is_constant() { self.last } else { (n * self.origin + self.sum) / n };
        (self.n > 0 && self.n_infinite == 0 && mean.is_finite()).then_some(mean)
    }

    /// The sample deviation; `None` for fewer than two values, or where one is infinite.
    #[inline]
    pub fn deviation(&self) -> Option<f64> {
        let deviation = self.plain_deviation();
        (self.n > 1 && self.n_infinite == 0 && deviation.is_finite()).then_some(deviation)
    }

    #[inline]
    fn plain_deviation(&self) -> f64 {
        let n = self.n as f64;
        if self.is_constant() { 0.0 } else { (self.spread() / (n * (n - 1.0))).sqrt() }
    }

    /// The z-score of the newest row; `None` where it is missing or alone, all values are the same, or one is infinite.
    #[inline]
    pub fn zscore(&self) -> Option<f64> {
        // of a missing or infinite row the score is not finite
        let newest = self.rows.back().copied().unwrap_or(f64::NAN);
        let n = self.n as f64;
        let deviation = self.plain_deviation();
        let score = (n * (newest - self.origin) - self.sum) / (n * deviation);
        (deviation > 0.0 && self.n_infinite == 0 && score.is_finite()).then_some(score)
    }

    /// The share of the window's values that are not above the newest row, itself included; `None` where that is missing.
    pub fn percentile_rank(&self) -> Option<f64> {
        let newest = self.rows.back().copied().filter(|newest| !newest.is_nan())?;
        let (front, back) = self.rows.as_slices();
        let not_above = |rows: &[f64]| rows.iter().map(|row| usize::from(*row <= newest)).sum::<usize>();
        Some((not_above(front) + not_above(back)) as f64 / (self.n + self.n_infinite) as f64)
    }
}

#[cfg(test)]
mod tests;
