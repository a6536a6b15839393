//! Mean, sample deviation, z-score and percentile rank of the last n rows, one row at a time, without drift.
//!
//! Sums of deviations from a value of the window are kept. They are made anew from the window itself once in as many rows as it has, and at
//! once when so much has cancelled that digits are gone: an error cannot outlive a window, nor grow with the series. What a row is given
//! follows from the rows up to it alone, however they are handed over; where sums are exact (prices in eighths) it is what a direct
//! computation gives.

mod moments;
mod pair;

use std::collections::VecDeque;

use moments::Moments;
pub use pair::{Deviations, RollingPair};

/// Sums of short windows are kept for more rows than they have.
const MIN_ROWS: usize = 64;

/// The rows that a window holds, and their moments.
#[derive(Debug, Clone)]
pub struct Rolling {
    /// Rows of a full window; `None` is all rows so far.
    size: Option<usize>,
    /// From the oldest on; a missing value is NaN.
    rows: VecDeque<f64>,
    /// Of the values that are there and finite.
    moments: Moments,
    n_infinite: usize,
    /// Rows until the sums are made anew.
    due: usize,
}

impl Rolling {
    /// A window of so many rows, the current one included; `None` for all rows so far.
    pub fn new(size: Option<usize>) -> Self {
        let size = size.map(|size| size.max(1));
        Self { size, rows: VecDeque::new(), moments: Moments::new(), n_infinite: 0, due: MIN_ROWS }
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
            self.moments.add(value);
        } else if !value.is_nan() {
            self.n_infinite += 1;
        }
        if self.due == 0 || self.moments.is_worn() {
            self.renew();
        }
    }

    /// Drops the oldest row.
    #[inline]
    pub fn forget(&mut self) {
        let Some(value) = self.rows.pop_front() else { return };
        if value.is_finite() {
            self.moments.remove(value);
            if self.moments.is_overflown() {
                self.due = 0;
            }
        } else if !value.is_nan() {
            self.n_infinite -= 1;
        }
    }

    /// Makes the sums anew where what left took their digits along: who forgets rows after the last one came looks here before it measures.
    pub fn settle(&mut self) {
        if self.due == 0 || self.moments.is_worn() {
            self.renew();
        }
    }

    /// The rows, from the oldest on; a missing value is NaN.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = f64> + '_ {
        self.rows.iter().copied()
    }

    /// Values that are there and finite.
    pub fn count(&self) -> usize {
        self.moments.n
    }

    #[cold]
    fn renew(&mut self) {
        self.due = self.rows.len().max(MIN_ROWS);
        self.moments.renew(self.rows.iter().copied().filter(|value| value.is_finite()));
    }

    /// The mean; `None` where no value is there or one is infinite.
    #[inline]
    pub fn mean(&self) -> Option<f64> {
        let mean = self.moments.mean();
        (self.moments.n > 0 && self.n_infinite == 0 && mean.is_finite()).then_some(mean)
    }

    /// The sample deviation; `None` for fewer than two values, or where one is infinite.
    #[inline]
    pub fn deviation(&self) -> Option<f64> {
        let deviation = self.moments.deviation();
        (self.moments.n > 1 && self.n_infinite == 0 && deviation.is_finite()).then_some(deviation)
    }

    /// The variance, of the sample or of the whole population; `None` for fewer values than it needs. Not finite where squares overflow.
    pub fn variance(&self, is_sample: bool) -> Option<f64> {
        let n = self.moments.n as f64;
        let divisor = if is_sample { n * (n - 1.0) } else { n * n };
        let spread = if self.moments.is_constant() { 0.0 } else { self.moments.spread() };
        (divisor > 0.0).then(|| spread / divisor)
    }

    /// The z-score of the newest row; `None` where it is missing or alone, all values are the same, or one is infinite.
    #[inline]
    pub fn zscore(&self) -> Option<f64> {
        // of a missing or infinite row the score is not finite
        let newest = self.rows.back().copied().unwrap_or(f64::NAN);
        let n = self.moments.n as f64;
        let deviation = self.moments.deviation();
        let score = (n * (newest - self.moments.origin) - self.moments.sum) / (n * deviation);
        (deviation > 0.0 && self.n_infinite == 0 && score.is_finite()).then_some(score)
    }

    /// The share of the window's values that are not above the newest row, itself included; `None` where that is missing.
    pub fn percentile_rank(&self) -> Option<f64> {
        let newest = self.rows.back().copied().filter(|newest| !newest.is_nan())?;
        let (front, back) = self.rows.as_slices();
        let not_above = |rows: &[f64]| rows.iter().map(|row| usize::from(*row <= newest)).sum::<usize>();
        Some((not_above(front) + not_above(back)) as f64 / (self.moments.n + self.n_infinite) as f64)
    }
}

#[cfg(test)]
mod tests;
