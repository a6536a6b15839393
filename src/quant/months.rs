//! Changes between months of the calendar: against the observation of some months before, and monthly changes compounded over a year.
//!
//! Observations come in order, one a period, dated by a day (days since 1970; `None` where there is none). A missing value is NaN; so is a
//! result that there is none of. A row is set against rows before it alone.

use std::collections::HashMap;

use chrono::{Datelike, Days, Months, NaiveDate};

/// x / x of `n` calendar months before - 1, for each row.
///
/// The earlier row is that of the same day of the month. Where the row's day is the last of its month and there is none of the same day, it is
/// the row of the last day of the earlier month, so that periods dated by their ends meet: 31 January and 28 February. There is none where
/// either value is missing or infinite, or the earlier one is 0.
pub fn changes(values: &[f64], days: &[Option<i32>], n: u32) -> Vec<f64> {
    let mut seen: HashMap<i32, f64> = HashMap::with_capacity(values.len());
    let change = |(value, day): (&f64, &Option<i32>)| {
        let Some(day) = *day else { return f64::NAN };
        let earlier = || {
            let (same, last) = months_before(day, n)?;
            seen.get(&same).or_else(|| seen.get(&last?)).copied()
        };
        let before = earlier().filter(|before| *before != 0.0 && before.is_finite()).unwrap_or(f64::NAN);
        seen.insert(day, *value);
        Some(value / before - 1.0).filter(|change| change.is_finite()).unwrap_or(f64::NAN)
    };
    values.iter().zip(days).map(change).collect()
}

/// The same day `n` months before (the last one of a shorter month), and the last day of that month where the day itself is the last of its own.
fn months_before(day: i32, n: u32) -> Option<(i32, Option<i32>)> {
    let day = date(day)?;
    let same = day.checked_sub_months(Months::new(n))?;
    let last = is_last_of_month(day).then(|| last_of_month(same)).flatten();
    Some((days_of(same), last.map(days_of)))
}

fn is_last_of_month(day: NaiveDate) -> bool {
    day.succ_opt().is_some_and(|next| next.month() != day.month())
}

fn last_of_month(day: NaiveDate) -> Option<NaiveDate> {
    day.with_day(1)?.checked_add_months(Months::new(1))?.checked_sub_days(Days::new(1))
}

/// 1970-01-01 in days of the common era.
const EPOCH: i32 = 719_163;

fn date(day: i32) -> Option<NaiveDate> {
    NaiveDate::from_num_days_from_ce_opt(day.checked_add(EPOCH)?)
}

fn days_of(day: NaiveDate) -> i32 {
    day.num_days_from_ce() - EPOCH
}

/// 100 x (the product of 1 + m / 100 over the twelve months that end with the row's - 1), m being monthly changes in percent.
///
/// A month is that of the row's day; of two rows of one month the later one counts. There is none unless all twelve months are there, none
/// missing, infinite or a fall of more than everything.
pub fn year_of_months(changes: &[f64], days: &[Option<i32>]) -> Vec<f64> {
    let mut factors: HashMap<i32, f64> = HashMap::with_capacity(changes.len());
    let year = |(change, day): (&f64, &Option<i32>)| {
        let Some(day) = day.and_then(date) else { return f64::NAN };
        let month = day.year() * 12 + day.month0() as i32;
        factors.insert(month, 1.0 + change / 100.0);
        let factor = |month: i32| factors.get(&month).copied().filter(|factor| *factor >= 0.0);
        let product = (month - 11..=month).map(factor).product::<Option<f64>>();
        product.map(|product| (product - 1.0) * 100.0).filter(|year| year.is_finite()).unwrap_or(f64::NAN)
    };
    changes.iter().zip(days).map(year).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> Option<i32> {
        Some(days_of(text.parse().expect("a date")))
    }

    /// NaN compared as any other value.
    fn given(values: Vec<f64>) -> Vec<Option<f64>> {
        values.into_iter().map(|value| (!value.is_nan()).then_some(value)).collect()
    }

    const NONE: f64 = f64::NAN;

    #[test]
    fn the_same_month_a_year_ago() {
        let days = ["2023-01-01", "2023-02-01", "2023-03-01", "2024-01-01", "2024-02-01", "2024-04-01"].map(day);
        assert_eq!(given(changes(&[100.0, NONE, 0.0, 125.0, 1.0, 1.0], &days, 12)), [None, None, None, Some(0.25), None, None]);
    }

    #[test]
    fn months_that_are_dated_by_their_ends_meet() {
        let days = ["2023-01-31", "2023-02-28", "2023-03-31", "2023-04-30"].map(day);
        assert_eq!(given(changes(&[8.0, 12.0, 6.0, 6.0], &days, 1)), [None, Some(0.5), Some(-0.5), Some(0.0)]);
        let leap = ["2024-02-29", "2025-02-28"].map(day);
        assert_eq!(given(changes(&[8.0, 12.0], &leap, 12)), [None, Some(0.5)]);
    }

    #[test]
    fn the_same_day_goes_before_the_last_one() {
        let days = ["2023-01-28", "2023-01-31", "2023-02-28"].map(day);
        assert_eq!(given(changes(&[8.0, 4.0, 12.0], &days, 1)), [None, None, Some(0.5)]);
    }

    #[test]
    fn a_month_that_is_not_there_is_no_other_month() {
        let days = ["2023-01-01", "2023-03-01", "2023-04-01"].map(day);
        assert_eq!(given(changes(&[8.0, 12.0, 24.0], &days, 1)), [None, None, Some(1.0)]);
        assert_eq!(given(changes(&[8.0, 16.0], &[None, day("2023-02-01")], 1)), [None, None]);
        assert_eq!(given(changes(&[f64::INFINITY, 16.0], &[day("2023-01-01"), day("2023-02-01")], 1)), [None, None]);
    }

    fn months(n: usize) -> Vec<Option<i32>> {
        let first = NaiveDate::from_ymd_opt(2020, 3, 1).expect("a day");
        (0..n).map(|n| Some(days_of(first + Months::new(n as u32)))).collect()
    }

    #[test]
    fn a_year_needs_its_twelve_months() {
        let year = given(year_of_months(&[1.0; 13], &months(13)));
        assert!(year[..11].iter().all(Option::is_none));
        let percent = year[12].expect("a thirteenth month has a year");
        assert!((percent - 12.682_503_013_196_972).abs() < 1e-12, "{percent}");
        let mut holed = [1.0; 24];
        holed[5] = NONE;
        let years = given(year_of_months(&holed, &months(24)));
        assert_eq!(years.iter().position(Option::is_some), Some(17));
        let mut days = months(13);
        days.remove(4);
        assert!(given(year_of_months(&[1.0; 12], &days)).iter().all(Option::is_none), "a month without a row is missing");
    }

    #[test]
    fn nothing_can_fall_by_more_than_everything() {
        let mut changes = [0.0; 24];
        changes[3] = -100.0;
        assert_eq!(
            given(year_of_months(&changes, &months(24)))[11..16],
            [Some(-100.0), Some(-100.0), Some(-100.0), Some(-100.0), Some(0.0)]
        );
        changes[3] = -100.1;
        assert_eq!(given(year_of_months(&changes, &months(24)))[13..16], [None, None, Some(0.0)]);
    }

    proptest! {
        #[test]
        fn monthly_changes_compound_to_the_change_of_a_year(levels in prop::collection::vec(50.0f64..200.0, 13..40)) {
            let days = months(levels.len());
            let monthly: Vec<f64> = changes(&levels, &days, 1).iter().map(|change| change * 100.0).collect();
            let (compounded, yearly) = (year_of_months(&monthly, &days), changes(&levels, &days, 12));
            for row in 0..levels.len() {
                prop_assert_eq!(compounded[row].is_nan(), row < 12);
                prop_assert!(row < 12 || (compounded[row] / 100.0 - yearly[row]).abs() < 1e-10);
            }
        }

        #[test]
        fn later_rows_change_no_earlier_one(levels in prop::collection::vec(prop::option::of(-5i32..50), 1..40), n in 1u32..13, cut in 1usize..40) {
            let levels: Vec<f64> = levels.into_iter().map(|level| level.map_or(NONE, f64::from)).collect();
            let (days, cut) = (months(levels.len()), cut.min(levels.len()));
            prop_assert_eq!(given(changes(&levels, &days, n))[..cut].to_vec(), given(changes(&levels[..cut], &days[..cut], n)));
            prop_assert_eq!(given(year_of_months(&levels, &days))[..cut].to_vec(), given(year_of_months(&levels[..cut], &days[..cut])));
        }
    }
}
