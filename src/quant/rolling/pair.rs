//! The correlation of two variables over the last n rows, one row at a time, without drift: the sums of [`Rolling`](super::Rolling) for each
//! of them, and that of their products, made anew when either's would be.

use std::collections::VecDeque;

use super::MIN_ROWS;
use super::moments::Moments;

/// The rows that a window holds of two variables, and their moments.
#[derive(Debug, Clone)]
pub struct RollingPair {
    /// From the oldest on; a missing value is NaN.
    rows: VecDeque<(f64, f64)>,
    /// Of the rows that have both, and both finite.
    x: Moments,
    y: Moments,
    /// Of the deviations from both origins.
    products: f64,
    /// Rows that have both, of which one is infinite.
    n_infinite: usize,
    /// Rows until the sums are made anew.
    due: usize,
}

/// What a regression stands on, of the rows of a window.
#[derive(Debug, Clone, Copy)]
pub struct Deviations {
    pub xx: f64,
    pub yy: f64,
    pub xy: f64,
    pub mean_x: f64,
    pub mean_y: f64,
}

impl Default for RollingPair {
    fn default() -> Self {
        Self { rows: VecDeque::new(), x: Moments::new(), y: Moments::new(), products: 0.0, n_infinite: 0, due: MIN_ROWS }
    }
}

fn is_whole((x, y): (f64, f64)) -> bool {
    x.is_finite() && y.is_finite()
}

fn is_infinite((x, y): (f64, f64)) -> bool {
    !x.is_nan() && !y.is_nan() && !is_whole((x, y))
}

impl RollingPair {
    /// Forgets every row.
    pub fn clear(&mut self) {
        let mut rows = std::mem::take(&mut self.rows);
        rows.clear();
        *self = Self { rows, ..Self::default() };
    }

    /// Takes the next row; one in which either value is NaN takes a place and counts for nothing.
    pub fn push(&mut self, x: f64, y: f64) {
        self.rows.push_back((x, y));
        self.due -= usize::from(self.due > 0);
        if is_whole((x, y)) {
            if self.x.n == 0 {
                self.products = 0.0;
            }
            self.x.add(x);
            self.y.add(y);
            self.products += (x - self.x.origin) * (y - self.y.origin);
        } else if is_infinite((x, y)) {
            self.n_infinite += 1;
        }
        if self.due == 0 || self.x.is_worn() || self.y.is_worn() {
            self.renew();
        }
    }

    /// Drops the oldest row.
    pub fn forget(&mut self) {
        let Some((x, y)) = self.rows.pop_front() else { return };
        if is_whole((x, y)) {
            self.products -= (x - self.x.origin) * (y - self.y.origin);
            self.x.remove(x);
            self.y.remove(y);
            if self.x.is_overflown() || self.y.is_overflown() || !self.products.is_finite() {
                self.due = 0;
            }
        } else if is_infinite((x, y)) {
            self.n_infinite -= 1;
        }
    }

    /// Makes the sums anew where what left took their digits along: who forgets rows after the last one came looks here before it measures.
    pub fn settle(&mut self) {
        if self.due == 0 || self.x.is_worn() || self.y.is_worn() {
            self.renew();
        }
    }

    #[cold]
    fn renew(&mut self) {
        self.due = self.rows.len().max(MIN_ROWS);
        let whole = self.rows.iter().copied().filter(|row| is_whole(*row));
        self.x.renew(whole.clone().map(|(x, _)| x));
        self.y.renew(whole.clone().map(|(_, y)| y));
        self.products = whole.map(|(x, y)| (x - self.x.origin) * (y - self.y.origin)).sum();
    }

    /// Rows that have both values, and both finite.
    pub fn count(&self) -> usize {
        self.x.n
    }

    /// Sums of squares and products of the deviations from the means, and the means.
    pub fn deviations(&self) -> Deviations {
        let n = self.x.n as f64;
        let squares = |of: &Moments| if of.is_constant() { 0.0 } else { of.spread() / n };
        let is_flat = self.x.is_constant() || self.y.is_constant();
        let products = if is_flat { 0.0 } else { (n * self.products - self.x.sum * self.y.sum) / n };
        Deviations { xx: squares(&self.x), yy: squares(&self.y), xy: products, mean_x: self.x.mean(), mean_y: self.y.mean() }
    }

    /// Pearson's correlation, in [-1, 1]; `None` for fewer than two pairs, where a pair is infinite, and where either variable is constant.
    pub fn correlation(&self) -> Option<f64> {
        let covariance = self.x.n as f64 * self.products - self.x.sum * self.y.sum;
        let scale = self.x.spread().sqrt() * self.y.spread().sqrt();
        let is_there = self.x.n > 1 && self.n_infinite == 0 && !self.x.is_constant() && !self.y.is_constant();
        Some(covariance / scale).filter(|correlation| is_there && correlation.is_finite()).map(|correlation| correlation.clamp(-1.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// In two passes, deviations taken from a value of the window first.
    fn slow(window: &[(f64, f64)]) -> Option<f64> {
        let pairs: Vec<(f64, f64)> = window.iter().copied().filter(|(x, y)| !x.is_nan() && !y.is_nan()).collect();
        let (x0, y0) = *pairs.first()?;
        let n = pairs.len() as f64;
        let mean = |of: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / n;
        let (mx, my) = (mean(&|p| p.0 - x0), mean(&|p| p.1 - y0));
        let sum = |of: &dyn Fn(f64, f64) -> f64| pairs.iter().map(|(x, y)| of(x - x0 - mx, y - y0 - my)).sum::<f64>();
        let is_flat = pairs.iter().all(|(x, _)| *x == x0) || pairs.iter().all(|(_, y)| *y == y0);
        (!is_flat).then(|| sum(&|x, y| x * y) / (sum(&|x, _| x * x).sqrt() * sum(&|_, y| y * y).sqrt()))
    }

    /// The window of each row.
    fn windows(rows: &[(f64, f64)], size: usize, mut look: impl FnMut(usize, &RollingPair, &[(f64, f64)])) {
        let mut pair = RollingPair::default();
        for (n, (x, y)) in rows.iter().enumerate() {
            if n >= size {
                pair.forget();
            }
            pair.push(*x, *y);
            look(n, &pair, &rows[(n + 1).saturating_sub(size)..=n]);
        }
    }

    fn assert_close(row: usize, pair: &RollingPair, window: &[(f64, f64)]) {
        let (given, expected) = (pair.correlation(), slow(window));
        let is_close = match (given, expected) {
            (Some(given), Some(expected)) => (given - expected).abs() < 1e-7,
            (given, expected) => given.is_none() && expected.is_none(),
        };
        assert!(is_close, "row {row}: {given:?}, not {expected:?}, of {window:?}");
    }

    type Holed = (Option<f64>, Option<f64>);

    /// Levels that stay for a while or jump, in which the second variable follows the first by and by, and holes.
    fn jumpy() -> impl Strategy<Value = Vec<(f64, f64)>> {
        let level = || prop_oneof![Just(0.0), Just(1e6), Just(-1e3), -100.0f64..100.0];
        let row = (prop::option::weighted(0.9, -1.0f64..1.0), prop::option::weighted(0.9, -1.0f64..1.0));
        let stretch = (level(), level(), -1.0f64..1.0, prop::collection::vec(row, 1..25));
        let rows = |(above_x, above_y, slope, rows): (f64, f64, f64, Vec<Holed>)| -> Vec<(f64, f64)> {
            let of = |(x, e): Holed| {
                let (x, e) = (x.unwrap_or(f64::NAN), e.unwrap_or(f64::NAN));
                (above_x + x, above_y + slope * x + (1.0 - slope.abs()) * e)
            };
            rows.into_iter().map(of).collect()
        };
        prop::collection::vec(stretch.prop_map(rows), 1..8).prop_map(|stretches| stretches.concat())
    }

    proptest! {
        #[test]
        fn is_what_two_passes_say(rows in jumpy(), size in 1usize..30) {
            windows(&rows, size, assert_close);
        }
    }

    #[test]
    fn a_line_is_one_and_its_mirror_minus_one() {
        let mut pair = RollingPair::default();
        for n in 0..10 {
            pair.push(f64::from(n) / 8.0, 5.0 - f64::from(n));
        }
        assert_eq!((pair.count(), pair.correlation()), (10, Some(-1.0)));
    }

    #[test]
    fn neither_alone_nor_flat_nor_infinite_correlates() {
        let mut pair = RollingPair::default();
        pair.push(1.0, 2.0);
        assert_eq!(pair.correlation(), None);
        pair.push(1.0, 3.0);
        assert_eq!(pair.correlation(), None, "x does not move");
        pair.push(2.0, f64::NAN);
        assert_eq!(pair.correlation(), None, "a pair that lacks one is none");
        pair.push(2.0, 4.0);
        assert!(pair.correlation().is_some());
        pair.push(f64::INFINITY, 4.0);
        assert_eq!(pair.correlation(), None);
        (0..5).for_each(|_| pair.forget());
        pair.push(1e200, 1.0);
        pair.push(-1e200, 2.0);
        assert_eq!(pair.correlation(), None, "squares overflow");
        (0..2).for_each(|_| pair.forget());
        pair.push(1.0, 1.0);
        pair.push(2.0, 2.0);
        assert_eq!(pair.correlation(), Some(1.0));
    }

    #[test]
    fn a_hundred_thousand_rows_far_from_zero_do_not_drift() {
        let noise = |n: u64| (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as f64 / (1u64 << 24) as f64;
        let rows: Vec<(f64, f64)> = (0..100_000).map(|n| (1e7 + noise(n), 1e5 + noise(n) + noise(n + 31))).collect();
        windows(&rows, 252, |row, pair, window| {
            if row % 997 == 0 {
                assert_close(row, pair, window);
            }
        });
    }
}
