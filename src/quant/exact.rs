//! A sum of numbers without rounding, from which a number can be taken away again: the windows of SQL's `sum` and `avg`.
//!
//! The sum is kept as numbers that do not overlap (Shewchuk, Adaptive precision floating-point arithmetic, 1997), so what was taken away
//! leaves nothing behind, however much larger it was than the rest.

/// From here on numbers are kept in a sum of their own, made smaller, so that no partial sum overflows.
const LARGE: f64 = f64::from_bits((1023 + 900) << 52);
/// By how much: a power of two, so that nothing is lost.
const SCALE: f64 = f64::from_bits((1023 - 200) << 52);

#[derive(Debug, Clone, Default)]
pub struct ExactSum {
    n: usize,
    n_nan: usize,
    n_positive_infinite: usize,
    n_negative_infinite: usize,
    usual: Parts,
    large: Parts,
}

impl ExactSum {
    #[inline]
    pub fn add(&mut self, value: f64) {
        self.n += 1;
        if value.is_finite() {
            self.shift(value);
        } else {
            *self.strange(value) += 1;
        }
    }

    /// Takes a value out that was added.
    #[inline]
    pub fn remove(&mut self, value: f64) {
        self.n -= 1;
        if value.is_finite() {
            self.shift(-value);
        } else {
            *self.strange(value) -= 1;
        }
    }

    fn shift(&mut self, value: f64) {
        if value.abs() < LARGE {
            self.usual.add(value);
        } else {
            self.large.add(value * SCALE);
        }
    }

    fn strange(&mut self, value: f64) -> &mut usize {
        if value.is_nan() {
            &mut self.n_nan
        } else if value > 0.0 {
            &mut self.n_positive_infinite
        } else {
            &mut self.n_negative_infinite
        }
    }

    /// How many values are in it.
    pub fn count(&self) -> usize {
        self.n
    }

    /// The double that is nearest to the sum; `None` without a value.
    pub fn sum(&self) -> Option<f64> {
        (self.n > 0).then(|| self.of(1.0))
    }

    /// The mean; `None` without a value.
    pub fn mean(&self) -> Option<f64> {
        // divided before what was made smaller is made large again: the mean of large values is none too large
        (self.n > 0).then(|| self.of(self.n as f64))
    }

    fn of(&self, divisor: f64) -> f64 {
        if self.n_nan > 0 || (self.n_positive_infinite > 0 && self.n_negative_infinite > 0) {
            return f64::NAN;
        }
        if self.n_positive_infinite > 0 {
            return f64::INFINITY;
        }
        if self.n_negative_infinite > 0 {
            return f64::NEG_INFINITY;
        }
        if self.large.0.is_empty() {
            return self.usual.rounded() / divisor;
        }
        let mut all = self.large.clone();
        self.usual.0.iter().for_each(|part| all.add(part * SCALE));
        all.rounded() / divisor / SCALE
    }
}

/// Numbers that do not overlap, from the smallest on; none of them is 0.
#[derive(Debug, Clone, Default)]
struct Parts(Vec<f64>);

impl Parts {
    #[inline]
    fn add(&mut self, value: f64) {
        let (mut sum, mut kept) = (value, 0);
        for at in 0..self.0.len() {
            let part = self.0[at];
            let high = sum + part;
            // what rounding left out, whichever of the two is larger
            let other = high - sum;
            let low = (sum - (high - other)) + (part - other);
            if low != 0.0 {
                self.0[kept] = low;
                kept += 1;
            }
            sum = high;
        }
        self.0.truncate(kept);
        if sum != 0.0 {
            self.0.push(sum);
        }
    }

    fn rounded(&self) -> f64 {
        let mut parts = self.0.iter().rev().copied();
        let Some(mut high) = parts.next() else { return 0.0 };
        while let Some(part) = parts.next() {
            let sum = high + part;
            let low = part - (sum - high);
            high = sum;
            if low != 0.0 {
                // half way between two doubles the rest decides
                let is_more = parts.next().is_some_and(|rest| (rest > 0.0) == (low > 0.0));
                let further = high + 2.0 * low;
                if is_more && further - high == 2.0 * low {
                    high = further;
                }
                break;
            }
        }
        high
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sum(values: &[f64]) -> f64 {
        let mut sum = ExactSum::default();
        values.iter().for_each(|value| sum.add(*value));
        sum.sum().expect("values")
    }

    #[test]
    fn what_left_leaves_nothing_behind() {
        let mut window = ExactSum::default();
        for (n, value) in [1e16, 1.0, 2.0, 3.0, 4.0].into_iter().enumerate() {
            window.add(value);
            if n > 1 {
                window.remove([1e16, 1.0, 2.0][n - 2]);
            }
        }
        assert_eq!((window.count(), window.sum(), window.mean()), (2, Some(7.0), Some(3.5)));
        for strange in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, 5e-324] {
            window.add(strange);
            window.remove(strange);
            assert_eq!(window.sum(), Some(7.0), "{strange}");
        }
    }

    #[test]
    fn it_is_rounded_once() {
        assert_eq!(sum(&[1e16, 1.0, 1e-16]), 10_000_000_000_000_002.0);
        assert_eq!(sum(&[0.1; 10]), 1.0);
        assert_eq!(sum(&[1e300, 1.0, -1e300]), 1.0);
        assert_eq!(sum(&[f64::MAX, f64::MAX, -f64::MAX]), f64::MAX);
        assert_eq!(sum(&[f64::MAX, f64::MAX]), f64::INFINITY);
        assert!(sum(&[f64::INFINITY, f64::NEG_INFINITY]).is_nan());
        let mut large = ExactSum::default();
        [f64::MAX, f64::MAX].into_iter().for_each(|value| large.add(value));
        assert_eq!(large.mean(), Some(f64::MAX));
        assert_eq!((ExactSum::default().sum(), ExactSum::default().mean()), (None, None));
    }

    proptest! {
        /// Numbers of all sizes, of which those in front leave again.
        #[test]
        fn a_window_is_what_its_rows_are(exponents in prop::collection::vec((-300i32..300, -1.0f64..1.0), 1..60), size in 1usize..10) {
            let values: Vec<f64> = exponents.iter().map(|(exponent, digits)| digits * 10f64.powi(*exponent)).collect();
            let mut window = ExactSum::default();
            for (n, value) in values.iter().enumerate() {
                window.add(*value);
                if n >= size {
                    window.remove(values[n - size]);
                }
                let rows = &values[(n + 1).saturating_sub(size)..=n];
                prop_assert_eq!(window.sum(), Some(sum(rows)), "{:?}", rows);
            }
        }
    }
}
