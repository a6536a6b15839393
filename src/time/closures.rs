//! When the federal government of the United States is closed, and business days counted around it. Pure.
//!
//! Statutory holidays follow from the calendar and the laws of their time; closures by executive order and days of mourning come from
//! `config/cot.toml`. Each closure has a day from which it could be known, so that a calendar shown at some instant expects only what was
//! expected then.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, Weekday};

use super::Shift;

/// Juneteenth became law on this day, one day before it was first observed.
const JUNETEENTH_LAW: NaiveDate = day(2021, 6, 17);
/// First year in which the holiday for Martin Luther King was observed.
const KING_FIRST_YEAR: i32 = 1986;

/// The statutory holidays and the closures by order.
#[derive(Debug, Clone, Default)]
pub struct Closures {
    /// Day closed → the day from which that was known.
    ordered: BTreeMap<NaiveDate, NaiveDate>,
}

impl Closures {
    /// `ordered`: each day closed by order, and the day of the announcement; without one the closure counts as known from the day itself.
    pub fn new(ordered: impl IntoIterator<Item = (NaiveDate, Option<NaiveDate>)>) -> Self {
        Self { ordered: ordered.into_iter().map(|(closed, announced)| (closed, announced.unwrap_or(closed))).collect() }
    }
    /// Whether the government was closed on `date`, as known on `known_on` (`NaiveDate::MAX`: as it happened).
    pub fn is_closed(&self, date: NaiveDate, known_on: NaiveDate) -> bool {
        is_statutory_holiday(date, known_on) || self.ordered.get(&date).is_some_and(|announced| *announced <= known_on)
    }
    /// Whether `date` is a working day of the federal government.
    pub fn is_business_day(&self, date: NaiveDate, known_on: NaiveDate) -> bool {
        !is_weekend(date) && !self.is_closed(date, known_on)
    }
    /// The `count`-th business day after `date`; `date` itself for a count of 0.
    pub fn business_days_after(&self, date: NaiveDate, count: u32, known_on: NaiveDate) -> NaiveDate {
        let mut at = date;
        for _ in 0..count {
            at = at.plus_days(1);
            at = self.business_day_from(at, known_on);
        }
        at
    }
    /// `date`, or the first business day after it.
    pub fn business_day_from(&self, date: NaiveDate, known_on: NaiveDate) -> NaiveDate {
        date.iter_days().find(|at| self.is_business_day(*at, known_on)).unwrap_or(date)
    }
}

/// Whether a law makes `date` a federal holiday, on its own day or as the day on which it is observed.
pub fn is_statutory_holiday(date: NaiveDate, known_on: NaiveDate) -> bool {
    if is_weekend(date) {
        return false;
    }
    let (year, month) = (date.year(), date.month());
    let nth = |weekday, n| is_nth(date, weekday, n);
    let floating = match month {
        1 => (nth(Weekday::Mon, 3) && year >= KING_FIRST_YEAR) || is_inauguration(date),
        2 => nth(Weekday::Mon, 3),
        5 => is_last_monday(date),
        9 => nth(Weekday::Mon, 1),
        10 => nth(Weekday::Mon, 2),
        11 => nth(Weekday::Thu, 4),
        _ => false,
    };
    floating || observes_fixed_holiday(date, known_on)
}

/// The day on which a president takes office is a holiday of the government in Washington alone, where the CFTC sits; a Sunday's is observed
/// on the Monday, a Saturday's not at all.
fn is_inauguration(date: NaiveDate) -> bool {
    date.year() % 4 == 1 && (date.day() == 20 || (date.day() == 21 && date.weekday() == Weekday::Mon))
}

/// A holiday on a fixed day is observed on the Friday before where it falls on a Saturday, and on the Monday after where on a Sunday.
fn observes_fixed_holiday(date: NaiveDate, known_on: NaiveDate) -> bool {
    let is_holiday = |at: NaiveDate| match (at.month(), at.day()) {
        (1, 1) | (7, 4) | (11, 11) | (12, 25) => true,
        (6, 19) => at.year() >= 2021 && known_on >= JUNETEENTH_LAW,
        _ => false,
    };
    is_holiday(date)
        || (date.weekday() == Weekday::Fri && is_holiday(date.plus_days(1)))
        || (date.weekday() == Weekday::Mon && is_holiday(date.plus_days(-1)))
}

/// Whether `date` is the `n`-th such weekday of its month.
pub(super) fn is_nth(date: NaiveDate, weekday: Weekday, n: u32) -> bool {
    date.weekday() == weekday && (date.day() - 1) / 7 + 1 == n
}

/// Whether `date` is the last Monday of May, a month of 31 days.
pub(super) fn is_last_monday(date: NaiveDate) -> bool {
    date.weekday() == Weekday::Mon && date.day() > 24
}

pub(super) fn is_weekend(date: NaiveDate) -> bool {
    matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}

const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(date) => date,
        None => panic!("a day of the calendar"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HINDSIGHT: NaiveDate = NaiveDate::MAX;

    fn holidays(year: i32) -> Vec<String> {
        let first = day(year, 1, 1);
        first
            .iter_days()
            .take_while(|at| at.year() == year)
            .filter(|at| is_statutory_holiday(*at, HINDSIGHT))
            .map(|at| at.to_string())
            .collect()
    }

    #[test]
    fn the_holidays_of_two_years() {
        assert_eq!(
            holidays(2021),
            [
                "2021-01-01",
                "2021-01-18",
                "2021-01-20",
                "2021-02-15",
                "2021-05-31",
                "2021-06-18",
                "2021-07-05",
                "2021-09-06",
                "2021-10-11",
                "2021-11-11",
                "2021-11-25",
                "2021-12-24",
                "2021-12-31",
            ]
        );
        assert_eq!(
            holidays(2010),
            [
                "2010-01-01",
                "2010-01-18",
                "2010-02-15",
                "2010-05-31",
                "2010-07-05",
                "2010-09-06",
                "2010-10-11",
                "2010-11-11",
                "2010-11-25",
                "2010-12-24",
                "2010-12-31",
            ]
        );
    }

    #[test]
    fn juneteenth_is_unknown_before_its_law() {
        assert!(!is_statutory_holiday(day(2021, 6, 18), day(2021, 6, 16)));
        assert!(is_statutory_holiday(day(2021, 6, 18), day(2021, 6, 17)));
        assert!(!is_statutory_holiday(day(2020, 6, 19), HINDSIGHT));
    }

    #[test]
    fn closures_by_order_count_from_their_announcement() {
        let closures = Closures::new([(day(2018, 12, 5), Some(day(2018, 12, 1))), (day(2025, 1, 9), None)]);
        assert!(!closures.is_closed(day(2018, 12, 5), day(2018, 11, 30)));
        assert!(closures.is_closed(day(2018, 12, 5), day(2018, 12, 1)));
        assert!(!closures.is_closed(day(2025, 1, 9), day(2025, 1, 8)));
        assert!(closures.is_closed(day(2025, 1, 9), day(2025, 1, 9)));
    }

    #[test]
    fn business_days_step_over_weekends_and_holidays() {
        let closures = Closures::default();
        assert_eq!(closures.business_days_after(day(2024, 7, 3), 1, HINDSIGHT), day(2024, 7, 5));
        assert_eq!(closures.business_days_after(day(2024, 7, 3), 2, HINDSIGHT), day(2024, 7, 8));
        assert_eq!(closures.business_days_after(day(2024, 7, 3), 0, HINDSIGHT), day(2024, 7, 3));
        assert_eq!(closures.business_day_from(day(2024, 8, 31), HINDSIGHT), day(2024, 9, 3));
    }
}
