//! The fall from the highest value of a window that moves on, one row at a time, whatever its length.

use std::collections::VecDeque;

/// The values of a window that could be its highest while it moves on.
#[derive(Debug, Clone)]
pub struct Drawdown {
    /// Rows and their values, each higher than all that came after it.
    highs: VecDeque<(usize, f64)>,
    /// The oldest row of the window, and the one after its newest.
    first: usize,
    next: usize,
    newest: f64,
}

impl Default for Drawdown {
    fn default() -> Self {
        Self { highs: VecDeque::new(), first: 0, next: 0, newest: f64::NAN }
    }
}

impl Drawdown {
    /// Forgets every row.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Takes the next row; NaN is a missing value.
    pub fn push(&mut self, value: f64) {
        self.newest = value;
        if !value.is_nan() {
            while self.highs.back().is_some_and(|(_, high)| *high <= value) {
                self.highs.pop_back();
            }
            self.highs.push_back((self.next, value));
        }
        self.next += 1;
    }

    /// Drops the oldest row.
    pub fn forget(&mut self) {
        if self.first < self.next {
            self.first += 1;
        }
        while self.highs.front().is_some_and(|(row, _)| *row < self.first) {
            self.highs.pop_front();
        }
    }

    /// The newest value over the highest one, less 1: never above 0. `None` where the newest is missing or infinite, and where the highest is
    /// infinite, 0 or below.
    pub fn depth(&self) -> Option<f64> {
        let (_, high) = self.highs.front().filter(|(_, high)| high.is_finite() && *high > 0.0)?;
        (self.newest.is_finite() && self.first < self.next).then(|| self.newest / high - 1.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn slow(window: &[f64]) -> Option<f64> {
        let newest = *window.last()?;
        let high = window.iter().copied().filter(|value| !value.is_nan()).fold(f64::NEG_INFINITY, f64::max);
        (newest.is_finite() && high.is_finite() && high > 0.0).then(|| newest / high - 1.0)
    }

    proptest! {
        #[test]
        fn is_what_a_look_at_the_whole_window_says(
            values in prop::collection::vec(
                prop_oneof![8 => (-10i32..50).prop_map(f64::from), 1 => Just(f64::NAN), 1 => Just(f64::INFINITY), 1 => Just(f64::NEG_INFINITY)],
                0..80,
            ),
            size in 1usize..20,
        ) {
            let mut drawdown = Drawdown::default();
            for (n, value) in values.iter().enumerate() {
                if n >= size {
                    drawdown.forget();
                }
                drawdown.push(*value);
                let depth = drawdown.depth();
                prop_assert_eq!(depth, slow(&values[(n + 1).saturating_sub(size)..=n]));
                prop_assert!(depth.is_none_or(|depth| depth <= 0.0));
            }
        }
    }

    #[test]
    fn a_window_without_rows_has_none() {
        let mut drawdown = Drawdown::default();
        drawdown.forget();
        assert_eq!(drawdown.depth(), None);
        drawdown.push(8.0);
        drawdown.push(4.0);
        assert_eq!(drawdown.depth(), Some(-0.5));
        drawdown.forget();
        assert_eq!(drawdown.depth(), Some(0.0));
        drawdown.forget();
        assert_eq!(drawdown.depth(), None);
    }
}
