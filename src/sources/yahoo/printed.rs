//! What was printed: the provider divides every price and payment by the splits since, and multiplies volumes; here that is undone, and the
//! figures get the decimals that they had.

use chrono::NaiveDate;

/// Decimals of a payment per share in the provider's answers.
const PAYMENT_DECIMALS: u32 = 6;

/// The splits of a symbol: day and new shares per old one.
#[derive(Debug, Default)]
pub(super) struct Splits(Vec<(NaiveDate, f64)>);

impl Splits {
    pub fn new(splits: impl IntoIterator<Item = (NaiveDate, f64)>) -> Self {
        Self(splits.into_iter().collect())
    }
    /// Shares of now for one of a day: the product of the splits after it. A split holds from the start of its day on, so a price of that day
    /// is one of new shares.
    pub fn since(&self, day: NaiveDate) -> f64 {
        self.0.iter().filter(|(split, _)| *split > day).map(|(_, ratio)| ratio).product()
    }
}

/// The price that was printed, to the decimals that it had.
pub(super) fn price(divided: f64, shares: f64, decimals: u32) -> f64 {
    rounded(divided * shares, decimals)
}

/// The volume that was printed: whole shares.
pub(super) fn volume(multiplied: f64, shares: f64) -> f64 {
    (multiplied / shares).round()
}

/// The payment per share of that day. It was rounded after it had been divided: of 3.05 paid before splits of seven and four, 0.108929 is
/// left, and no more decimals come back than that has.
pub(super) fn payment(divided: f64, shares: f64) -> f64 {
    let lost = shares.max(1.0).log10().ceil() as u32;
    rounded(divided * shares, PAYMENT_DECIMALS.saturating_sub(lost))
}

/// The double nearest to the decimal number: a whole number that is exact, divided once.
fn rounded(value: f64, decimals: u32) -> f64 {
    let unit = 10_f64.powi(decimals.min(15) as i32);
    let whole = (value * unit).round();
    if whole.abs() < 9e15 { whole / unit } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn later_splits_are_undone_and_those_of_the_day_are_not() {
        let splits = Splits::new([(day("2020-08-31"), 4.0), (day("2014-06-09"), 7.0)]);
        assert_eq!(splits.since(day("2014-06-06")), 28.0);
        assert_eq!(splits.since(day("2014-06-09")), 4.0);
        assert_eq!(splits.since(day("2020-08-30")), 4.0);
        assert_eq!(splits.since(day("2020-08-31")), 1.0);
        assert_eq!(Splits::default().since(day("2020-08-31")), 1.0);
        assert_eq!(Splits::new([(day("2020-04-29"), 0.125)]).since(day("2020-04-28")), 0.125, "eight shares became one");
    }

    #[test]
    fn figures_get_the_decimals_that_they_had() {
        assert_eq!(price(129.039_993_286_132_8, 1.0, 2), 129.04);
        assert_eq!(price(75.087_501_525_878_9, 4.0, 2), 300.35);
        assert_eq!(price(-37.630_001_068_115_234, 1.0, 2), -37.63);
        assert_eq!(price(1.122_082_591_056_823_7, 1.0, 6), 1.122_083);
        assert_eq!(volume(135_480_400.0, 4.0), 33_870_100.0);
        assert_eq!(payment(0.205, 4.0), 0.82);
        assert_eq!(payment(0.108_929, 28.0), 3.05);
        assert_eq!(payment(0.205, 1.0), 0.205);
    }
}
