//! Where a number lies on an axis, and which round numbers are written beside it. Pure.
//!
//! Nothing here knows of a terminal or of pixels: an axis runs from 0 to 1, and what draws it decides how long that is.

/// Steps between ticks, within a power of ten.
const ROUND: [f64; 4] = [1.0, 2.0, 2.5, 5.0];

/// Room beside the outermost values, as a part of the span.
const MARGIN: f64 = 0.03;

/// A mark on an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// From 0 to 1 along the axis.
    pub at: f64,
    pub label: String,
    /// The larger unit that begins here: the year under a month.
    pub under: Option<String>,
}

/// A stretch of numbers that fills an axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    pub lo: f64,
    pub hi: f64,
}

impl Scale {
    /// Over finite values, however few or equal; nothing gives 0 to 1.
    pub fn over(values: impl Iterator<Item = f64>) -> Self {
        let (lo, hi) = values.filter(|v| v.is_finite()).fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| (lo.min(v), hi.max(v)));
        if lo > hi {
            return Self { lo: 0.0, hi: 1.0 };
        }
        let size = lo.abs().max(hi.abs());
        // Values that differ by less than a float can tell ticks apart are drawn as one.
        if hi - lo > size * 1e-11 && hi - lo > 1e-290 {
            return Self { lo, hi };
        }
        let beside = if size < 1e-280 { 1.0 } else { size * 0.05 };
        Self { lo: (lo - beside).max(f64::MIN), hi: (hi + beside).min(f64::MAX) }
    }
    /// With a little room at both ends.
    pub fn with_margin(self) -> Self {
        let margin = (self.hi * MARGIN) - (self.lo * MARGIN);
        Self { lo: (self.lo - margin).max(f64::MIN), hi: (self.hi + margin).min(f64::MAX) }
    }
    /// From or to zero, with room where the values end: what bars stand on.
    pub fn with_zero(self) -> Self {
        let margin = (self.hi.max(0.0) * MARGIN) - (self.lo.min(0.0) * MARGIN);
        let lo = if self.lo < 0.0 { (self.lo - margin).max(f64::MIN) } else { 0.0 };
        let hi = if self.hi > 0.0 { (self.hi + margin).min(f64::MAX) } else { 0.0 };
        if hi - lo > 1e-290 { Self { lo, hi } } else { Self { lo: 0.0, hi: 1.0 } }
    }
    /// Widened so that zero lies between two of `cells` equal parts: a bar then begins where a character does.
    pub fn with_zero_between(self, cells: usize) -> Self {
        if self.lo >= 0.0 || self.hi <= 0.0 || cells < 2 {
            return self;
        }
        let below = (self.place(0.0) * cells as f64).round().clamp(1.0, cells as f64 - 1.0);
        let above = cells as f64 - below;
        let cell = (-self.lo / below).max(self.hi / above);
        Self { lo: (-cell * below).max(f64::MIN), hi: (cell * above).min(f64::MAX) }
    }
    /// From 0 at the low end to 1 at the high end.
    pub fn place(self, value: f64) -> f64 {
        // Halves: the span of the largest floats is none.
        (value / 2.0 - self.lo / 2.0) / (self.hi / 2.0 - self.lo / 2.0)
    }
    /// Whether zero lies strictly inside.
    pub fn crosses_zero(self) -> bool {
        self.lo < 0.0 && self.hi > 0.0
    }
    /// Ticks at round numbers, about `most` of them; at whole numbers only where the values are counts.
    pub fn ticks(self, most: usize, is_count: bool) -> Vec<Tick> {
        let step = Step::over(self, most.max(1), is_count);
        let values = step.within(self);
        let labels = labels(&values, step);
        let tick = |(value, label): (&f64, String)| Tick { at: self.place(*value), label, under: None };
        values.iter().zip(labels).map(tick).collect()
    }
}

/// `mantissa` times ten to the `exponent`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    mantissa: f64,
    exponent: i32,
}

impl Step {
    /// The smallest round step that makes at most `most` parts of a scale.
    pub fn over(scale: Scale, most: usize, is_count: bool) -> Self {
        let most = most.max(1) as f64;
        let rough = (scale.hi / most - scale.lo / most).clamp(1e-300, 1e308);
        let exponent = rough.log10().floor() as i32;
        let steps = (exponent - 1..=exponent + 1).flat_map(|exponent| ROUND.map(|mantissa| Self { mantissa, exponent }));
        let wide = |step: &Self| step.size() >= rough * (1.0 - 1e-9) && !(is_count && step.size().fract() != 0.0);
        steps.into_iter().find(wide).unwrap_or(Self { mantissa: 1.0, exponent: exponent.max(0) })
    }
    pub fn size(self) -> f64 {
        self.times(1.0)
    }
    /// `n` steps, rounded once: 3 times 0.1 is 0.3.
    fn times(self, n: f64) -> f64 {
        if self.exponent < 0 && self.exponent > -300 {
            n * self.mantissa / 10f64.powi(-self.exponent)
        } else {
            n * self.mantissa * 10f64.powi(self.exponent)
        }
    }
    /// The multiples that lie on a scale.
    fn within(self, scale: Scale) -> Vec<f64> {
        let (first, last) = ((scale.lo / self.size() - 1e-9).ceil(), (scale.hi / self.size() + 1e-9).floor());
        if !(last - first).is_finite() || last - first > 1_000.0 {
            return Vec::new();
        }
        (0..=(last - first) as i64).map(|n| self.times(first + n as f64)).filter(|v| v.is_finite()).collect()
    }
    /// Decimals that tell two neighbours apart, in units of `unit`.
    fn decimals(self, unit: f64) -> usize {
        let step = self.size() / unit;
        (0..=15)
            .find(|&n| {
                let shifted = step * 10f64.powi(n);
                (shifted - shifted.round()).abs() < 1e-6 * shifted
            })
            .unwrap_or(15) as usize
    }
}

/// The numbers of an axis, all in one unit.
fn labels(values: &[f64], step: Step) -> Vec<String> {
    let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    if largest >= 1e15 || (largest < 1e-4 && largest > 0.0) {
        let digits = (largest.log10().floor() - step.size().log10().floor()) as usize + usize::from(step.mantissa == 2.5);
        let label = |value: &f64| if *value == 0.0 { "0".to_string() } else { format!("{value:.*e}", digits.min(12)) };
        return values.iter().map(label).collect();
    }
    let (unit, name) = unit_of(largest);
    let decimals = step.decimals(unit);
    let label = |value: &f64| if *value == 0.0 { "0".to_string() } else { format!("{}{name}", grouped(value / unit, decimals)) };
    values.iter().map(label).collect()
}

fn unit_of(largest: f64) -> (f64, &'static str) {
    match largest {
        v if v >= 1e12 => (1e12, "T"),
        v if v >= 1e9 => (1e9, "B"),
        v if v >= 1e6 => (1e6, "M"),
        v if v >= 1e5 => (1e3, "k"),
        _ => (1.0, ""),
    }
}

/// A number with so many decimals, in groups of three from five digits on: a year has none.
pub fn grouped(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut out = String::new();
    if value < 0.0 && text.bytes().any(|b| b.is_ascii_digit() && b != b'0') {
        out.push('-');
    }
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && whole.len() > 4 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// A single value for a reader: six significant figures.
pub fn figure(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        return "NULL".to_string();
    }
    if size != 0.0 && !(1e-4..1e15).contains(&size) {
        return format!("{value:e}");
    }
    let whole = if size < 1.0 { 1 } else { size.log10().floor() as usize + 1 };
    let text = grouped(value, 6usize.saturating_sub(whole).max(usize::from(size < 1.0) * 5));
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(lo: f64, hi: f64, most: usize) -> String {
        let labels: Vec<String> = Scale { lo, hi }.ticks(most, false).into_iter().map(|tick| tick.label).collect();
        labels.join(" ")
    }

    #[test]
    fn ticks_are_round_numbers_in_one_unit() {
        assert_eq!(shown(-219_899.0, 310_000.0, 6), "-200k -100k 0 100k 200k 300k");
        assert_eq!(shown(3_521.0, 4_612.0, 5), "3750 4000 4250 4500");
        assert_eq!(shown(31_000.0, 38_000.0, 4), "32,000 34,000 36,000 38,000");
        assert_eq!(shown(0.0, 1.0, 5), "0 0.2 0.4 0.6 0.8 1.0");
        assert_eq!(shown(-0.15, 0.15, 4), "-0.1 0 0.1");
        assert_eq!(shown(1_200_000.0, 2_600_000.0, 4), "1.5M 2.0M 2.5M");
        assert_eq!(shown(4.26, 4.31, 5), "4.26 4.27 4.28 4.29 4.30 4.31");
    }

    #[test]
    fn tiny_and_huge_ranges_have_ticks() {
        assert_eq!(shown(1e-9, 3e-9, 2), "1e-9 2e-9 3e-9");
        assert_eq!(shown(-1e18, 1e18, 4), "-1.0e18 -5.0e17 0 5.0e17 1.0e18");
        let whole = Scale::over([f64::MIN, f64::MAX].into_iter()).with_margin();
        assert!(whole.ticks(5, false).len() >= 3);
        assert_eq!(whole.place(0.0), 0.5);
        assert!(!Scale::over([5e-324, 0.0].into_iter()).ticks(5, false).is_empty());
        assert!(!Scale::over([1e15, 1e15 + 1.0].into_iter()).ticks(5, false).is_empty());
    }

    #[test]
    fn constant_and_missing_values_have_an_axis() {
        assert_eq!(Scale::over([7.0, 7.0].into_iter()), Scale { lo: 6.65, hi: 7.35 });
        assert_eq!(Scale::over([0.0].into_iter()), Scale { lo: -1.0, hi: 1.0 });
        assert_eq!(Scale::over([f64::NAN, f64::INFINITY].into_iter()), Scale { lo: 0.0, hi: 1.0 });
    }

    #[test]
    fn counts_have_no_halves() {
        let ticks = Scale { lo: 0.0, hi: 2.0 }.ticks(8, true);
        assert_eq!(ticks.iter().map(|tick| tick.label.as_str()).collect::<Vec<_>>(), ["0", "1", "2"]);
    }

    #[test]
    fn bars_begin_where_a_character_does() {
        let scale = Scale { lo: -3.0, hi: 8.0 }.with_zero_between(10);
        assert_eq!(scale.place(0.0) * 10.0, 3.0);
        assert!(scale.lo <= -3.0 && scale.hi >= 8.0);
    }

    #[test]
    fn figures_are_short_and_true() {
        let texts = [0.0, 3937.75, -159_490.0, 0.000_123_4, 4.25, 1e20].map(figure);
        assert_eq!(texts, ["0", "3937.75", "-159,490", "0.00012", "4.25", "1e20"]);
    }
}
