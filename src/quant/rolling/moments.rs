//! Sums of deviations from a value of the window, for one variable. Who holds the rows decides when they are made anew.

/// Of the largest sum of squares since the sums were made, the share that must be left: less has lost three digits.
const ENOUGH: f64 = 1e-3;

/// The moments of the finite values of a window.
#[derive(Debug, Clone)]
pub(super) struct Moments {
    /// Values that are in the sums.
    pub n: usize,
    /// What deviations are taken from.
    pub origin: f64,
    pub sum: f64,
    squares: f64,
    /// The largest `squares` since they were made: their rounding error is in proportion to it.
    peak: f64,
    /// How many of the newest values are the same.
    same: usize,
    pub last: f64,
}

impl Moments {
    pub fn new() -> Self {
        Self { n: 0, origin: 0.0, sum: 0.0, squares: 0.0, peak: 0.0, same: 0, last: f64::NAN }
    }

    #[inline]
    pub fn add(&mut self, value: f64) {
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

    /// Takes a value out that was added.
    #[inline]
    pub fn remove(&mut self, value: f64) {
        self.n -= 1;
        let deviation = value - self.origin;
        self.sum -= deviation;
        self.squares -= deviation * deviation;
    }

    fn start_from(&mut self, origin: f64) {
        self.origin = origin;
        (self.sum, self.squares, self.peak) = (0.0, 0.0, 0.0);
    }

    /// An overflow leaves nothing that could be subtracted from.
    #[inline]
    pub fn is_overflown(&self) -> bool {
        !self.squares.is_finite()
    }

    /// All values are the same, so there is no deviation, whatever the sums say.
    #[inline]
    pub fn is_constant(&self) -> bool {
        self.same >= self.n
    }

    /// n times the sum of squared deviations from the mean.
    #[inline]
    pub fn spread(&self) -> f64 {
        self.n as f64 * self.squares - self.sum * self.sum
    }

    #[inline]
    pub fn is_worn(&self) -> bool {
        self.spread() < self.n as f64 * self.peak * ENOUGH && !self.is_constant()
    }

    /// Makes the sums anew of the values that are in them, from the value that is nearest to the mean: so far from it that digits cancel no
    /// origin of the window is.
    #[cold]
    pub fn renew(&mut self, values: impl Iterator<Item = f64> + Clone) {
        let Some(first) = values.clone().next() else { return self.start_from(0.0) };
        let mean = first + values.clone().map(|value| value - first).sum::<f64>() / self.n as f64;
        let nearer = |a: f64, b: f64| if (b - mean).abs() < (a - mean).abs() { b } else { a };
        let origin = values.clone().fold(first, nearer);
        let (mut sum, mut squares) = (0.0, 0.0);
        for value in values {
            let deviation = value - origin;
            sum += deviation;
            squares += deviation * deviation;
        }
        (self.origin, self.sum, self.squares, self.peak) = (origin, sum, squares, squares);
    }

    #[inline]
    pub fn mean(&self) -> f64 {
        let n = self.n as f64;
        // whole multiples of the origin cancel exactly, so where sums are exact the mean does not depend on it
        if self.is_constant() { self.last } else { (n * self.origin + self.sum) / n }
    }

    /// The sample deviation.
    #[inline]
    pub fn deviation(&self) -> f64 {
        let n = self.n as f64;
        if self.is_constant() { 0.0 } else { (self.spread() / (n * (n - 1.0))).sqrt() }
    }
}
