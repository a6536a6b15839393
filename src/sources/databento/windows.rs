//! What of a window is missing, cut so that each part begins and ends between bars. Pure.
//!
//! What a payload covers is kept beside it in the archive, so an empty holiday window is not asked for again, and a file that the user had
//! already is not bought. Parts are cut by the year, so that a failure loses little.

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate};

use super::open::{Header, Kind};
use super::spans::{Span, Spans};
use super::value::NANOS_PER_DAY;
use crate::sources::Payload;
use crate::time::exchange::ExchangeCalendar;

/// A window of one schema and parent that a payload has whole. Written `GLBX.MDP3 ohlcv-1d ES 1704067200000000000 1735689600000000000`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cover {
    pub dataset: String,
    pub schema: String,
    pub parent: String,
    /// Nanoseconds since 1970.
    pub start: u64,
    /// Exclusive.
    pub end: u64,
}

impl Cover {
    /// That of a payload: what came by its limit or was read before its window was over is not whole.
    pub(super) fn of(header: &Header, n_records: usize, payload: &Payload) -> Option<Self> {
        if header.limit.is_some_and(|limit| limit <= n_records as u64) {
            return None;
        }
        let read_at = u64::try_from(payload.observed_at.micros()).ok()?.saturating_mul(1_000);
        let (dataset, schema) = (header.dataset.clone(), header.schema.name().to_string());
        Some(Self { dataset, schema, parent: header.parent.clone()?, start: header.start, end: header.end?.min(read_at) })
    }

    pub fn parse(text: &str) -> Option<Self> {
        let [dataset, schema, parent, start, end] = text.split(' ').collect::<Vec<_>>().try_into().ok()?;
        let (dataset, schema, parent) = (dataset.to_string(), schema.to_string(), parent.to_string());
        Some(Self { dataset, schema, parent, start: start.parse().ok()?, end: end.parse().ok()? })
    }
}

impl fmt::Display for Cover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { dataset, schema, parent, start, end } = self;
        write!(f, "{dataset} {schema} {parent} {start} {end}")
    }
}

/// The parts of `wanted` (nanoseconds since 1970, the end exclusive) that are not covered. A bar that begins before or ends after what is
/// wanted is left out.
pub fn missing(calendar: &ExchangeCalendar, kind: Kind, wanted: (u64, u64), covered: &[(u64, u64)]) -> Vec<(u64, u64)> {
    let mut covered = covered.to_vec();
    covered.sort_unstable();
    let mut joined: Vec<(u64, u64)> = Vec::new();
    for (start, end) in covered {
        match joined.last_mut().filter(|last| start <= last.1) {
            Some(last) => last.1 = last.1.max(end),
            None => joined.push((start, end)),
        }
    }
    let is_covered = |span: &Span| joined.iter().any(|(start, end)| *start <= span.start && span.end <= *end);
    let mut parts: Vec<(i32, u64, u64)> = Vec::new();
    let mut was_missing = false;
    for span in spans(calendar, kind, wanted) {
        let is_missing = !is_covered(&span);
        let year = NaiveDate::from_epoch_days(span.trade_date).unwrap_or_default().year();
        if is_missing {
            match parts.last_mut().filter(|(of, ..)| was_missing && *of == year) {
                Some(last) => last.2 = span.end,
                None => parts.push((year, span.start, span.end)),
            }
        }
        was_missing = is_missing;
    }
    parts.into_iter().map(|(_, start, end)| (start, end)).collect()
}

/// Every span that lies in a window, in order. Definitions and figures go by the UTC day.
fn spans(calendar: &ExchangeCalendar, kind: Kind, (start, end): (u64, u64)) -> Vec<Span> {
    let every_day = ExchangeCalendar::every_day();
    let calendar = if matches!(kind, Kind::Daily | Kind::Hourly) { calendar } else { &every_day };
    let mut spans = Spans::new(calendar, if kind == Kind::Hourly { Kind::Hourly } else { Kind::Daily });
    let mut all: Vec<Span> = Vec::new();
    let mut at = start;
    while at < end {
        let span = spans.of(at);
        if span.start >= start && span.end <= end {
            all.push(span);
        }
        at = span.end.max(at + NANOS_PER_DAY / 24);
    }
    all
}

/// The window of these days, both included; bars of a day may begin on the days before it.
pub fn of_days(calendar: &ExchangeCalendar, kind: Kind, from: NaiveDate, to: NaiveDate) -> (u64, u64) {
    let midnight = |day: NaiveDate| u64::try_from(day.to_epoch_days()).unwrap_or_default() * NANOS_PER_DAY;
    let (start, end) = (midnight(from), midnight(to) + NANOS_PER_DAY);
    if kind != Kind::Daily && kind != Kind::Hourly {
        return (start, end);
    }
    let mut spans = Spans::new(calendar, kind);
    let noon = |day: NaiveDate| midnight(calendar.trade_date_from(day)) + NANOS_PER_DAY / 2;
    (spans.of(noon(from)).start, end)
}

/// A window for a person: `2024-01-07..2024-12-31 22:00Z`.
pub fn shown(start: u64, end: u64) -> String {
    let at = |nanos: u64| {
        let at = DateTime::from_timestamp_nanos(i64::try_from(nanos).unwrap_or(i64::MAX));
        at.format(if nanos.is_multiple_of(NANOS_PER_DAY) { "%Y-%m-%d" } else { "%Y-%m-%d %H:%MZ" }).to_string()
    };
    format!("{}..{}", at(start), at(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn parts(kind: Kind, from: &str, to: &str, covered: &[(u64, u64)]) -> Vec<String> {
        let config = Config::built_in().expect("the built-in files are valid");
        let calendar = config.calendar_of("ES");
        let wanted = of_days(calendar, kind, day(from), day(to));
        missing(calendar, kind, wanted, covered).into_iter().map(|(start, end)| shown(start, end)).collect()
    }

    fn nanos(text: &str) -> u64 {
        u64::try_from(day(text).to_epoch_days()).expect("after 1970") * NANOS_PER_DAY
    }

    #[test]
    fn parts_begin_and_end_between_bars_and_at_years() {
        assert_eq!(parts(Kind::Daily, "2024-01-08", "2024-01-12", &[]), ["2024-01-07..2024-01-13"]);
        assert_eq!(parts(Kind::Daily, "2023-12-28", "2024-01-03", &[]), ["2023-12-28..2023-12-30", "2023-12-31..2024-01-04"]);
        assert_eq!(parts(Kind::Hourly, "2024-01-10", "2024-01-11", &[]), ["2024-01-09 23:00Z..2024-01-11 22:00Z"]);
        assert_eq!(parts(Kind::Statistics, "2023-12-30", "2024-01-02", &[]), ["2023-12-30..2024-01-01", "2024-01-01..2024-01-03"]);
    }

    #[test]
    fn what_is_covered_is_not_asked_for_again() {
        let week = (nanos("2024-01-07"), nanos("2024-01-13"));
        assert_eq!(parts(Kind::Daily, "2024-01-08", "2024-01-12", &[week]), Vec::<String>::new());
        assert_eq!(parts(Kind::Daily, "2024-01-04", "2024-01-17", &[week]), ["2024-01-04..2024-01-06", "2024-01-14..2024-01-18"]);
        let halves = [(nanos("2024-01-07"), nanos("2024-01-10")), (nanos("2024-01-10"), nanos("2024-01-13"))];
        assert_eq!(parts(Kind::Daily, "2024-01-08", "2024-01-12", &halves), Vec::<String>::new());
        assert_eq!(parts(Kind::Daily, "2024-01-08", "2024-01-12", &halves[..1]), ["2024-01-10..2024-01-13"]);
    }

    #[test]
    fn a_cover_is_read_as_it_is_written() {
        let text = "GLBX.MDP3 ohlcv-1d ES 1704067200000000000 1735689600000000000";
        assert_eq!(Cover::parse(text).map(|cover| cover.to_string()).as_deref(), Some(text));
        assert_eq!(Cover::parse("GLBX.MDP3 ohlcv-1d ES"), None);
    }
}
