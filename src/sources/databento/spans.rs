//! Which trade date a bar of an hour or of a UTC day belongs to, and what else that trade date's bar is made of.
//!
//! - A UTC day that is a trade date is its own bar; another (a Sunday, a Monday holiday) is part of the next trade date's. Saturdays, on which
//!   nothing is traded, need not be in the file.
//! - An hour belongs to the session in which it begins; the session's bar needs every hour of it.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate, Weekday};

use super::open::Kind;
use super::value::{NANOS_PER_DAY, date};
use crate::time::exchange::ExchangeCalendar;
use crate::time::{Availability, KnowledgeTime};

const NANOS_PER_HOUR: u64 = NANOS_PER_DAY / 24;

/// What the bar of a trade date covers, in nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    /// Days since 1970.
    pub trade_date: i32,
    pub start: u64,
    /// Exclusive; the bar is known from here on.
    pub end: u64,
}

/// Spans of one calendar and one length of bars, each found once.
pub(super) struct Spans<'a> {
    pub calendar: &'a ExchangeCalendar,
    is_daily: bool,
    known: HashMap<u64, Span>,
}

impl<'a> Spans<'a> {
    pub fn new(calendar: &'a ExchangeCalendar, kind: Kind) -> Self {
        Self { calendar, is_daily: kind == Kind::Daily, known: HashMap::new() }
    }

    /// The span of a bar that begins at `ts`.
    pub fn of(&mut self, ts: u64) -> Span {
        let step = ts / if self.is_daily { NANOS_PER_DAY } else { NANOS_PER_HOUR };
        *self.known.entry(step).or_insert_with(|| if self.is_daily { daily(self.calendar, ts) } else { session(self.calendar, ts) })
    }

    /// How well the end of a span is known: that of a UTC day is a rule, that of a session where the exchange's hours are known.
    pub fn grade(&self) -> Availability {
        if self.is_daily || self.calendar.is_known() { Availability::Rule } else { Availability::Lagged }
    }
}

fn daily(calendar: &ExchangeCalendar, ts: u64) -> Span {
    let last = calendar.trade_date_from(date((ts / NANOS_PER_DAY) as i32));
    let mut first = last;
    while let Some(before) = first.pred_opt().filter(|day| !calendar.is_trade_date(*day)) {
        first = before;
    }
    if first != last && first.weekday() == Weekday::Sat {
        first = first.succ_opt().unwrap_or(first);
    }
    let nanos = |day: NaiveDate| u64::try_from(day.to_epoch_days()).unwrap_or_default() * NANOS_PER_DAY;
    Span { trade_date: last.to_epoch_days(), start: nanos(first), end: nanos(last) + NANOS_PER_DAY }
}

fn session(calendar: &ExchangeCalendar, ts: u64) -> Span {
    let trade_date = calendar.trade_date_of(KnowledgeTime::from_micros((ts / 1_000) as i64));
    let (start, end) = calendar.session(trade_date);
    let nanos = |at: KnowledgeTime| u64::try_from(at.micros()).unwrap_or_default() * 1_000;
    Span { trade_date: trade_date.to_epoch_days(), start: nanos(start), end: nanos(end) }
}

#[cfg(test)]
mod tests {
    use super::super::value::shown;
    use super::*;
    use crate::config::Config;

    fn span(kind: Kind, at: &str) -> [String; 3] {
        let config = Config::built_in().expect("the built-in files are valid");
        let at = KnowledgeTime::parse(at).expect("an instant").micros() as u64 * 1_000;
        let span = Spans::new(config.calendar_of("ES"), kind).of(at);
        [date(span.trade_date).to_string(), shown(span.start), shown(span.end)]
    }

    #[test]
    fn sunday_and_a_monday_holiday_are_part_of_the_next_trade_date() {
        let monday = ["2024-01-08", "2024-01-07 00:00:00Z", "2024-01-09 00:00:00Z"];
        assert_eq!(span(Kind::Daily, "2024-01-07"), monday);
        assert_eq!(span(Kind::Daily, "2024-01-08"), monday);
        assert_eq!(span(Kind::Daily, "2024-01-09"), ["2024-01-09", "2024-01-09 00:00:00Z", "2024-01-10 00:00:00Z"]);
        let after_king = ["2024-01-16", "2024-01-14 00:00:00Z", "2024-01-17 00:00:00Z"];
        for day in ["2024-01-14", "2024-01-15", "2024-01-16"] {
            assert_eq!(span(Kind::Daily, day), after_king);
        }
    }

    #[test]
    fn an_hour_belongs_to_the_session_in_which_it_begins() {
        let wednesday = ["2024-01-10", "2024-01-09 23:00:00Z", "2024-01-10 22:00:00Z"];
        for hour in ["2024-01-09 23:00:00Z", "2024-01-10 12:00:00Z", "2024-01-10 21:00:00Z"] {
            assert_eq!(span(Kind::Hourly, hour), wednesday);
        }
        assert_eq!(span(Kind::Hourly, "2024-01-09 21:00:00Z")[0], "2024-01-09");
        assert_eq!(span(Kind::Hourly, "2024-03-10 22:00:00Z"), ["2024-03-11", "2024-03-10 22:00:00Z", "2024-03-11 21:00:00Z"]);
        assert_eq!(span(Kind::Hourly, "2024-03-08 21:00:00Z")[0], "2024-03-08", "the Friday before is still on winter time");
    }
}
