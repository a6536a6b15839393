//! Maturities as the Treasury writes them: `1.5 Month`, `10 Yr`, `10 YR` over a column, `BC_1_5MONTH`, `TC_10YEAR` around a figure.

use std::fmt;

/// Half months of the longest maturity that is believed.
const LONGEST: u32 = 100 * 24;

/// A maturity, in half months: the shortest that is published is one and a half.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tenor {
    half_months: u32,
}

impl Tenor {
    /// The maturity over a column of a CSV file, whatever its case: a number and `Mo`, `Month` or `Yr`.
    pub fn of_heading(heading: &str) -> Option<Self> {
        let (number, unit) = heading.trim().split_once(' ')?;
        Self::of(number, &unit.trim().to_ascii_uppercase())
    }

    /// The maturity in the name of an element of the feed, after `BC_` or `TC_`. Names with more behind them (`30YEARDISPLAY`) are none.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let end = tag.find(|c: char| c.is_ascii_alphabetic())?;
        Self::of(&tag[..end].replace('_', "."), &tag[end..])
    }

    fn of(number: &str, unit: &str) -> Option<Self> {
        let half_months = match unit {
            "MO" | "MONTH" => 2,
            "YR" | "YEAR" => 24,
            _ => return None,
        };
        let (whole, half) = match number.split_once('.') {
            None => (number, 0),
            Some((whole, "5")) => (whole, half_months / 2),
            Some(_) => return None,
        };
        let whole: u32 = whole.parse().ok().filter(|n| *n <= LONGEST)?;
        let half_months = whole * half_months + half;
        (1..=LONGEST).contains(&half_months).then_some(Self { half_months })
    }

    pub fn years(self) -> f64 {
        f64::from(self.half_months) / 24.0
    }
}

/// `1.5M`, `6M`, `10Y`.
impl fmt::Display for Tenor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.half_months {
            n if n % 24 == 0 => write!(f, "{}Y", n / 24),
            n if n % 2 == 0 => write!(f, "{}M", n / 2),
            n => write!(f, "{}.5M", n / 2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_and_tags_name_the_same_maturities() {
        let heading = |text: &str| Tenor::of_heading(text).map(|tenor| tenor.to_string());
        for (text, tenor) in [("1 Mo", "1M"), ("1.5 Month", "1.5M"), ("1.5 Mo", "1.5M"), ("6 Mo", "6M"), ("1 Yr", "1Y"), ("30 YR", "30Y")] {
            assert_eq!(heading(text).as_deref(), Some(tenor), "{text}");
        }
        let tag = |text: &str| Tenor::of_tag(text).map(|tenor| tenor.to_string());
        for (text, tenor) in [("1MONTH", "1M"), ("1_5MONTH", "1.5M"), ("30YEAR", "30Y")] {
            assert_eq!(tag(text).as_deref(), Some(tenor), "{text}");
        }
        for other in ["Date", "4 WEEKS BANK DISCOUNT", "LT COMPOSITE (>10 Yrs)", "0 Mo", "1.25 Mo", "99999999999 Yr", "-1 Yr", ""] {
            assert_eq!(heading(other), None, "{other}");
        }
        for other in ["30YEARDISPLAY", "YEAR", "_5MONTH", ""] {
            assert_eq!(tag(other), None, "{other}");
        }
    }

    #[test]
    fn a_maturity_is_a_fraction_of_a_year() {
        assert_eq!(Tenor::of_heading("1.5 Mo").map(Tenor::years), Some(0.125));
        assert_eq!(Tenor::of_heading("20 Yr").map(Tenor::years), Some(20.0));
    }
}
