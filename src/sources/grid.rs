//! Windows of days that are asked of a server, on a grid that does not move with the day: a stretch of years that has ended is one address,
//! which need not be asked again; the running year is asked alone. Pure.

use std::fmt;

use chrono::{Datelike, NaiveDate};

/// Days that are asked for, both included. Without an end it is the server's newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub first: NaiveDate,
    pub last: Option<NaiveDate>,
}

impl Window {
    pub fn contains(&self, day: NaiveDate) -> bool {
        day >= self.first && self.last.is_none_or(|last| day <= last)
    }

    /// As [`fmt::Display`] writes it.
    pub fn parse(text: &str) -> Option<Self> {
        let (first, last) = text.split_once("..")?;
        let last = if last.is_empty() { None } else { Some(last.parse().ok()?) };
        Some(Self { first: first.parse().ok()?, last })
    }
}

/// `2010-01-01..2019-12-31`, or `2026-01-01..`.
impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..", self.first)?;
        self.last.map_or(Ok(()), |last| write!(f, "{last}"))
    }
}

/// The windows of at most so many years that hold the days `from..=to`. They begin with a year of the grid (2010, 2020 for tens of years) and
/// so may begin before `from`; the years before the running one are a window, and the running one is open.
pub(super) fn windows(from: NaiveDate, to: Option<NaiveDate>, today: NaiveDate, years: i32) -> Vec<Window> {
    let mut windows = Vec::new();
    let to = to.filter(|to| to.year() < today.year() || *to < today);
    let mut year = from.year().div_euclid(years) * years;
    while year <= today.year() {
        // The last of the stretch, or the last that has ended; the running year alone where none has.
        let closed = (year + years - 1).min(today.year() - 1);
        let end = if closed >= year { last_day(closed) } else { None };
        let window = Window { first: first_day(year), last: end };
        let is_wanted = end.is_none_or(|end| end >= from) && to.is_none_or(|to| window.first <= to);
        if is_wanted {
            let last = match (end, to) {
                (Some(end), Some(to)) => Some(end.min(to)),
                (end, to) => end.or(to),
            };
            windows.push(Window { last, ..window });
        }
        year = closed.max(year) + 1;
    }
    windows
}

fn first_day(year: i32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or(NaiveDate::MAX)
}

fn last_day(year: i32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, 12, 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn of(from: &str, to: Option<&str>, today: &str) -> Vec<String> {
        windows(day(from), to.map(day), day(today), 10).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn stretches_that_have_ended_do_not_move() {
        let all = ["2000-01-01..2009-12-31", "2010-01-01..2019-12-31", "2020-01-01..2025-12-31", "2026-01-01.."];
        assert_eq!(of("2004-05-06", None, "2026-11-21"), all);
        assert_eq!(of("2010-01-01", None, "2026-01-01"), all[1..]);
        assert_eq!(of("2026-03-01", None, "2026-11-21"), all[3..]);
        assert_eq!(of("2015-01-01", None, "2020-02-01"), ["2010-01-01..2019-12-31", "2020-01-01.."]);
    }

    #[test]
    fn an_end_in_the_past_cuts_the_last_window() {
        assert_eq!(of("2010-01-01", Some("2021-06-30"), "2026-11-21"), ["2010-01-01..2019-12-31", "2020-01-01..2021-06-30"]);
        assert_eq!(of("2026-01-01", Some("2026-06-30"), "2026-11-21"), ["2026-01-01..2026-06-30"]);
        assert_eq!(of("2026-01-01", Some("2026-12-31"), "2026-11-21"), ["2026-01-01.."], "what is not yet over has no end");
    }

    proptest! {
        /// No window is longer than allowed, they follow one another, and every day that is asked for lies in one.
        #[test]
        fn every_day_is_asked_for_once(from in 0_i64..20_000, length in 0_i64..9_000, now in 9_000_i64..20_000, years in 1_i32..11) {
            let at = |n: i64| day("1985-01-01") + chrono::Duration::days(n);
            let (from, to, today) = (at(from.min(now)), at(from.min(now) + length), at(now));
            let windows = windows(from, Some(to), today, years);
            for pair in windows.windows(2) {
                prop_assert_eq!(pair[0].last.and_then(|last| last.succ_opt()), Some(pair[1].first));
            }
            for window in &windows {
                let last = window.last.unwrap_or(today);
                prop_assert!(last.year() - window.first.year() < years && last >= window.first, "{window}");
            }
            for asked in [from, to.min(today)] {
                prop_assert_eq!(windows.iter().filter(|window| window.contains(asked)).count(), 1, "{} in {:?}", asked, windows);
            }
        }
    }
}
