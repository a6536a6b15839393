//! Business days of a country, for series that have a figure on each of them and for releases that move on to the next one. Pure.
//!
//! A day may be known to be a holiday only from some day on: a count that was made before a law cannot know it, which is why contracts on
//! Brazilian rates were settled over business days that later became holidays. Counting takes the day of knowledge where that matters.

use chrono::{Datelike, NaiveDate, Weekday};

use super::Shift;
use super::closures::{is_statutory_holiday, is_weekend};
use super::exchange::easter;
use super::united_states::{is_bond_holiday, is_federal_closure, is_reserve_holiday, is_stock_holiday};

/// Which days are business days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum BusinessCalendar {
    /// National bank holidays of Brazil, as ANBIMA publishes them and rates are counted by.
    Brazil,
    /// Trading days of the Brazilian exchange: also without those of its city and state, and the ends of December.
    BrazilExchange,
    /// Days on which nothing in the United States is closed by law or custom: federal holidays and Good Friday.
    UnitedStates,
    /// Working days of the federal government in Washington.
    UnitedStatesFederal,
    /// Days of the bond market, on which the Treasury publishes its curve.
    UnitedStatesBonds,
    /// Days of the Federal Reserve Banks.
    UnitedStatesReserve,
    /// Trading days of the stock exchanges of New York.
    UnitedStatesStocks,
    /// Every day of the week.
    #[default]
    EveryDay,
}

/// The law that made 20 November a national holiday of Brazil was published on this day.
const ZUMBI_LAW: NaiveDate = match NaiveDate::from_ymd_opt(2023, 12, 22) {
    Some(day) => day,
    None => panic!("a day of the calendar"),
};
/// The first year in which it was one.
const ZUMBI_FIRST_YEAR: i32 = 2024;

impl BusinessCalendar {
    pub const ALL: [Self; 8] = [
        Self::Brazil,
        Self::BrazilExchange,
        Self::UnitedStates,
        Self::UnitedStatesFederal,
        Self::UnitedStatesBonds,
        Self::UnitedStatesReserve,
        Self::UnitedStatesStocks,
        Self::EveryDay,
    ];

    /// As configuration and SQL call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Brazil => "BR",
            Self::BrazilExchange => "B3",
            Self::UnitedStates => "US",
            Self::UnitedStatesFederal => "US_FEDERAL",
            Self::UnitedStatesBonds => "US_BONDS",
            Self::UnitedStatesReserve => "US_FED",
            Self::UnitedStatesStocks => "US_STOCKS",
            Self::EveryDay => "all",
        }
    }
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|calendar| calendar.name().eq_ignore_ascii_case(name))
    }
    pub fn is_business_day(self, day: NaiveDate) -> bool {
        self.is_business_day_as_known(day, NaiveDate::MAX)
    }
    /// Whether `day` is a business day by what was law on `known_on`.
    pub fn is_business_day_as_known(self, day: NaiveDate, known_on: NaiveDate) -> bool {
        if self == Self::EveryDay {
            return true;
        }
        !is_weekend(day)
            && !match self {
                Self::EveryDay => false,
                Self::Brazil => is_brazilian_holiday(day, known_on),
                Self::BrazilExchange => is_brazilian_holiday(day, known_on) || is_holiday_of_the_exchange(day, known_on),
                Self::UnitedStates => is_statutory_holiday(day, known_on) || is_good_friday(day),
                Self::UnitedStatesFederal => is_statutory_holiday(day, known_on) || is_federal_closure(day, known_on),
                Self::UnitedStatesBonds => is_bond_holiday(day, known_on),
                Self::UnitedStatesReserve => is_reserve_holiday(day),
                Self::UnitedStatesStocks => is_stock_holiday(day, known_on),
            }
    }
    /// `day` where it is a business day, else the next one.
    pub fn next(self, day: NaiveDate) -> NaiveDate {
        self.next_as_known(day, NaiveDate::MAX)
    }
    /// As [`Self::next`], by what was law on `known_on`.
    pub fn next_as_known(self, day: NaiveDate, known_on: NaiveDate) -> NaiveDate {
        day.iter_days().find(|day| self.is_business_day_as_known(*day, known_on)).unwrap_or(day)
    }
    /// The `n`-th business day after `day`, before it where `n` is negative; `day` itself need not be one. 0 gives [`Self::next`].
    pub fn offset(self, day: NaiveDate, n: i32) -> NaiveDate {
        self.offset_as_known(day, n, NaiveDate::MAX)
    }
    /// As [`Self::offset`], by what was law on `known_on`.
    pub fn offset_as_known(self, day: NaiveDate, n: i32, known_on: NaiveDate) -> NaiveDate {
        let mut at = if n == 0 { self.next_as_known(day, known_on) } else { day };
        for _ in 0..n.unsigned_abs() {
            at = match n > 0 {
                true => self.next_as_known(at.succ_opt().unwrap_or(at), known_on),
                false => self.previous_as_known(at.pred_opt().unwrap_or(at), known_on),
            };
        }
        at
    }
    /// `day` where it is a business day, else the one before.
    fn previous_as_known(self, day: NaiveDate, known_on: NaiveDate) -> NaiveDate {
        let mut at = day;
        while !self.is_business_day_as_known(at, known_on) {
            let Some(before) = at.pred_opt() else { return at };
            at = before;
        }
        at
    }
    /// Business days from `from` (inclusive) to `to` (exclusive) by what was law on `known_on`: the count that rates over 252 days are
    /// quoted by. Negative where `to` is before `from`.
    pub fn count(self, from: NaiveDate, to: NaiveDate, known_on: NaiveDate) -> i64 {
        let (first, end, sign) = if from <= to { (from, to, 1) } else { (to, from, -1) };
        let days = first.iter_days().take_while(|day| *day < end);
        sign * days.filter(|day| self.is_business_day_as_known(*day, known_on)).count() as i64
    }
}

/// Business days of a span of years, looked at once: for who counts many terms.
#[derive(Debug)]
pub struct BusinessDays {
    calendar: BusinessCalendar,
    first: NaiveDate,
    /// Business days before each day of the span and the day after it, by what is law now.
    before: Vec<i64>,
    /// Days that a law made a holiday, or no longer one.
    changed: Vec<NaiveDate>,
}

impl BusinessDays {
    /// The days from `first` (inclusive) to `end` (exclusive).
    pub fn new(calendar: BusinessCalendar, first: NaiveDate, end: NaiveDate) -> Self {
        let (mut before, mut changed, mut n) = (vec![0], Vec::new(), 0);
        for day in first.iter_days().take_while(|day| *day < end) {
            let is_one = calendar.is_business_day(day);
            if is_one != calendar.is_business_day_as_known(day, NaiveDate::MIN) {
                changed.push(day);
            }
            n += i64::from(is_one);
            before.push(n);
        }
        Self { calendar, first, before, changed }
    }

    /// As [`BusinessCalendar::count`].
    pub fn count(&self, from: NaiveDate, to: NaiveDate, known_on: NaiveDate) -> i64 {
        let before =
            |day: NaiveDate| usize::try_from(day.signed_duration_since(self.first).num_days()).ok().and_then(|at| self.before.get(at));
        let (Some(to_from), Some(to_end)) = (before(from), before(to)) else { return self.calendar.count(from, to, known_on) };
        let (first, end, sign) = if from <= to { (from, to, 1) } else { (to, from, -1) };
        let changed = self.changed.iter().filter(|day| (first..end).contains(day));
        let is_one = |day: NaiveDate, known_on| i64::from(self.calendar.is_business_day_as_known(day, known_on));
        to_end - to_from + sign * changed.map(|day| is_one(*day, known_on) - is_one(*day, NaiveDate::MAX)).sum::<i64>()
    }
}

fn is_brazilian_holiday(day: NaiveDate, known_on: NaiveDate) -> bool {
    let fixed = match (day.month(), day.day()) {
        (1, 1) | (4, 21) | (5, 1) | (9, 7) | (10, 12) | (11, 2 | 15) | (12, 25) => true,
        (11, 20) => day.year() >= ZUMBI_FIRST_YEAR && known_on >= ZUMBI_LAW,
        _ => false,
    };
    fixed || is_moveable_feast(day)
}

/// The days on which the exchange in São Paulo keeps shut and banks elsewhere do not: the founding of the city and the day of the state until
/// they were given up in 2022, 20 November while it was the city's (in 2020 both were moved to May, when the exchange worked), the opening of
/// the world cup, Christmas Eve, and the last weekday of the year.
fn is_holiday_of_the_exchange(day: NaiveDate, known_on: NaiveDate) -> bool {
    match (day.month(), day.day()) {
        (1, 25) => day.year() <= 2021,
        (6, 12) => day.year() == 2014 && known_on >= day,
        (7, 9) => (1998..=2021).contains(&day.year()) && day.year() != 2020,
        (11, 20) => (2006..=2019).contains(&day.year()),
        (12, 24 | 31) => true,
        (12, 29 | 30) => day.weekday() == Weekday::Fri && day.plus_days(2) >= last_of_december(day.year()),
        _ => false,
    }
}

fn last_of_december(year: i32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, 12, 31).unwrap_or_default()
}

/// Monday and Tuesday of carnival, Good Friday and Corpus Christi, all counted from Easter.
fn is_moveable_feast(day: NaiveDate) -> bool {
    (2..=6).contains(&day.month()) && matches!(day.signed_duration_since(easter(day.year())).num_days(), -48 | -47 | -2 | 60)
}

/// The day after carnival, on which banks open at noon.
pub(super) fn is_ash_wednesday(day: NaiveDate) -> bool {
    day.weekday() == Weekday::Wed && day.plus_days(46) == easter(day.year())
}

pub(super) fn is_good_friday(day: NaiveDate) -> bool {
    day.weekday() == Weekday::Fri && day.plus_days(2) == easter(day.year())
}

#[cfg(test)]
mod tests {
    use super::BusinessCalendar::{Brazil, EveryDay, UnitedStates};
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }
    fn holidays(calendar: BusinessCalendar, year: i32) -> Vec<String> {
        let days = day(&format!("{year}-01-01")).iter_days().take_while(|day| day.year() == year);
        days.filter(|day| !is_weekend(*day) && !calendar.is_business_day(*day)).map(|day| day.format("%m-%d").to_string()).collect()
    }

    #[test]
    fn the_bank_holidays_of_brazil() {
        let of_2018 = ["01-01", "02-12", "02-13", "03-30", "05-01", "05-31", "09-07", "10-12", "11-02", "11-15", "12-25"];
        assert_eq!(holidays(Brazil, 2018), of_2018);
        let of_2024 = ["01-01", "02-12", "02-13", "03-29", "05-01", "05-30", "11-15", "11-20", "12-25"];
        assert_eq!(holidays(Brazil, 2024), of_2024);
        assert_eq!(holidays(Brazil, 2011)[..2], ["03-07", "03-08"], "carnival may be in March");
    }

    #[test]
    fn the_days_without_bond_trading_in_the_united_states() {
        let of_2024 = ["01-01", "01-15", "02-19", "03-29", "05-27", "06-19", "07-04", "09-02", "10-14", "11-11", "11-28", "12-25"];
        assert_eq!(holidays(UnitedStates, 2024), of_2024);
    }

    #[test]
    fn a_holiday_is_not_known_before_its_law() {
        let (eve, law) = (day("2023-12-21"), day("2023-12-22"));
        assert!(Brazil.is_business_day_as_known(day("2024-11-20"), eve));
        assert!(!Brazil.is_business_day_as_known(day("2024-11-20"), law));
        assert!(Brazil.is_business_day(day("2023-11-20")));
    }

    #[test]
    fn business_days_are_counted_with_the_first_and_without_the_last() {
        assert_eq!(Brazil.count(day("2018-01-02"), day("2019-01-02"), day("2018-01-02")), 250);
        assert_eq!(Brazil.count(day("2018-01-02"), day("2027-01-04"), day("2018-01-02")), 2262);
        assert_eq!(EveryDay.count(day("2024-01-01"), day("2024-01-03"), NaiveDate::MAX), 2);
        assert_eq!(EveryDay.count(day("2024-01-03"), day("2024-01-01"), NaiveDate::MAX), -2);
    }

    #[test]
    fn steps_go_over_weekends_and_holidays() {
        assert_eq!(Brazil.offset(day("2024-02-09"), 1), day("2024-02-14"));
        assert_eq!(Brazil.offset(day("2024-02-14"), -1), day("2024-02-09"));
        assert_eq!(Brazil.offset(day("2024-02-10"), 0), day("2024-02-14"));
        assert_eq!(Brazil.offset(day("2024-02-11"), 1), day("2024-02-14"));
        assert_eq!(UnitedStates.offset(day("2024-03-28"), 1), day("2024-04-01"));
    }

    #[test]
    fn days_that_were_looked_at_once_are_counted_as_one_by_one() {
        let days = BusinessDays::new(Brazil, day("2010-01-01"), day("2040-01-01"));
        for from in ["2009-06-01", "2010-01-01", "2018-01-02", "2023-12-21", "2023-12-22", "2024-11-20", "2030-05-01"] {
            for to in ["2010-03-25", "2024-11-20", "2024-11-21", "2035-05-15", "2040-01-01", "2041-01-01"] {
                for known_on in ["2018-01-02", "2023-12-22", "2030-01-01"] {
                    let (from, to, known_on) = (day(from), day(to), day(known_on));
                    assert_eq!(days.count(from, to, known_on), Brazil.count(from, to, known_on), "{from} {to} {known_on}");
                }
            }
        }
    }
}
