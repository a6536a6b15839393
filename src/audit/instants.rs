//! When a row's decision was taken, and at which of those instants the clock is set. Pure.
//!
//! A TIMESTAMP is an instant. A DATE stands for a whole day, over at the first instant of the next one, UTC; counted in sessions it is a
//! trade date, over when its session ends.

use chrono::{Days, NaiveDate};
use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Date32Type, TimeUnit, TimestampMicrosecondType};

use crate::config::Config;
use crate::error::{Error, Result};
use crate::time::KnowledgeTime;
use crate::time::exchange::ExchangeCalendar;

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
const UNITS: [(&str, i64); 5] = [("second", SECOND), ("minute", 60 * SECOND), ("hour", 3_600 * SECOND), ("day", DAY), ("week", 7 * DAY)];
/// Whose sessions are counted where no root is named: all of the calendars have the same trade dates.
const USUAL_ROOT: &str = "ES";
const HINT: &str = "write '1 session', '1 session of CL', '1 day', '90 minutes'; '0 sessions' is the end of the row's own session";

/// How long after the time of a row its decision is taken.
#[derive(Debug, Clone)]
pub enum Lag {
    Micros(i64),
    /// The end of the n-th session after that of the row.
    Sessions(i32, Box<ExchangeCalendar>),
}

impl Default for Lag {
    fn default() -> Self {
        Self::Micros(0)
    }
}

impl Lag {
    /// Reads `1 session`, `2 sessions of CL`, `90 minutes`, `1 day`.
    ///
    /// # Errors
    /// The text is none of these, or names a root that configuration does not know.
    pub fn parse(text: &str, config: &Config) -> Result<Self> {
        let unreadable = || Error::usage(format!("`{text}` is no lag")).hint(HINT);
        let words: Vec<&str> = text.split_whitespace().collect();
        let (Some(n), Some(unit)) = (words.first().and_then(|n| n.parse::<u16>().ok()), words.get(1)) else { return Err(unreadable()) };
        let unit = unit.to_lowercase();
        let unit = unit.strip_suffix('s').unwrap_or(&unit);
        match (unit, &words[2..]) {
            ("session", []) => Ok(Self::Sessions(n.into(), Box::new(config.calendar_of(USUAL_ROOT).clone()))),
            ("session", ["of", root]) => match config.find_root(root) {
                Some(_) => Ok(Self::Sessions(n.into(), Box::new(config.calendar_of(root).clone()))),
                None => Err(Error::usage(format!("unknown root `{root}`")).hint("`SELECT root, name FROM meta.roots` lists them")),
            },
            (unit, []) => {
                let length = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, length)| length);
                length.map(|length| Self::Micros(i64::from(n) * length)).ok_or_else(unreadable)
            }
            _ => Err(unreadable()),
        }
    }

    /// When what stands at a day is decided.
    fn after_day(&self, day: NaiveDate) -> KnowledgeTime {
        match self {
            Self::Micros(micros) => {
                let next = day.checked_add_days(Days::new(1)).unwrap_or(day);
                KnowledgeTime::from_micros(next.signed_duration_since(NaiveDate::default()).num_days() * DAY + micros)
            }
            Self::Sessions(n, calendar) => calendar.session(calendar.offset(day, *n)).1,
        }
    }

    /// When what stands at an instant is decided.
    fn after(&self, instant: KnowledgeTime) -> KnowledgeTime {
        match self {
            Self::Micros(micros) => KnowledgeTime::from_micros(instant.micros() + micros),
            Self::Sessions(_, calendar) => self.after_day(calendar.trade_date_of(instant)),
        }
    }
}

/// The instant of each row's decision; `None` for a row without a time.
///
/// # Errors
/// The column holds neither days nor instants.
pub fn decisions(name: &str, times: &ArrayRef, lag: &Lag) -> Result<Vec<Option<KnowledgeTime>>> {
    let failed = |error: datafusion::arrow::error::ArrowError| Error::query(format!("column `{name}` cannot be read as a time: {error}"));
    match times.data_type() {
        DataType::Date32 | DataType::Date64 => {
            let days = cast(times, &DataType::Date32).map_err(failed)?;
            let day = |days: i32| NaiveDate::default().checked_add_signed(chrono::Duration::days(days.into())).unwrap_or_default();
            Ok(days.as_primitive::<Date32Type>().iter().map(|days| days.map(|days| lag.after_day(day(days)))).collect())
        }
        DataType::Timestamp(_, zone) => {
            let micros = cast(times, &DataType::Timestamp(TimeUnit::Microsecond, zone.clone())).map_err(failed)?;
            let micros = micros.as_primitive::<TimestampMicrosecondType>();
            Ok(micros.iter().map(|micros| micros.map(|micros| lag.after(KnowledgeTime::from_micros(micros)))).collect())
        }
        other => Err(Error::query(format!("column `{name}` holds no times but {other}"))
            .hint("the time column is a DATE or a TIMESTAMP: the day or instant that the row was decided for")),
    }
}

/// Instants at which decisions were taken, evenly among the distinct ones, the first and the last included; in order.
pub fn chosen(mut decisions: Vec<KnowledgeTime>, n: usize) -> Vec<KnowledgeTime> {
    decisions.sort_unstable();
    decisions.dedup();
    let last = decisions.len().saturating_sub(1);
    if n > last {
        return decisions;
    }
    // a single one is the last: it stands on the longest history
    let places = (0..n).map(|i| if n == 1 { last } else { (i * last + (n - 1) / 2) / (n - 1) });
    places.map(|place| decisions[place]).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{Date32Array, StringArray, TimestampSecondArray};

    use super::*;

    fn shown(lag: &str, times: ArrayRef) -> Vec<String> {
        let config = Config::built_in().expect("the built-in configuration");
        let lag = Lag::parse(lag, &config).expect(lag);
        let all = decisions("t", &times, &lag).expect("times");
        all.into_iter().map(|at| at.map_or("none".into(), |at| at.to_string())).collect()
    }
    fn day(text: &str) -> ArrayRef {
        let day: NaiveDate = text.parse().expect("a date");
        Arc::new(Date32Array::from(vec![day.signed_duration_since(NaiveDate::default()).num_days() as i32]))
    }

    #[test]
    fn a_day_is_decided_when_it_is_over_and_a_trade_date_when_its_session_ends() {
        // a Friday, in winter
        assert_eq!(shown("0 days", day("2023-01-27")), ["2023-01-28 00:00:00Z"]);
        assert_eq!(shown("90 minutes", day("2023-01-27")), ["2023-01-28 01:30:00Z"]);
        assert_eq!(shown("0 sessions", day("2023-01-27")), ["2023-01-27 22:00:00Z"]);
        assert_eq!(shown("1 session", day("2023-01-27")), ["2023-01-30 22:00:00Z"]);
        assert_eq!(shown("1 session of CL", day("2023-01-27")), ["2023-01-30 22:00:00Z"]);
    }

    #[test]
    fn an_instant_is_decided_then_and_a_row_without_one_never() {
        let times = || Arc::new(TimestampSecondArray::from(vec![Some(1_674_853_200), None])) as ArrayRef;
        assert_eq!(shown("0 minutes", times()), ["2023-01-27 21:00:00Z", "none"]);
        assert_eq!(shown("1 Week", times()), ["2023-02-03 21:00:00Z", "none"]);
        assert_eq!(shown("2 Sessions", times()), ["2023-01-31 22:00:00Z", "none"]);
    }

    #[test]
    fn what_is_no_lag_or_no_time_is_refused() {
        let config = Config::built_in().expect("the built-in configuration");
        for text in ["", "1", "session", "-1 day", "1 month", "1 session CL", "1 day of CL", "1 session of QQQ"] {
            assert!(Lag::parse(text, &config).is_err(), "{text}");
        }
        let text: ArrayRef = Arc::new(StringArray::from(vec!["2023-01-27"]));
        assert!(decisions("t", &text, &Lag::default()).is_err());
    }

    #[test]
    fn instants_are_spread_evenly_and_reach_the_last() {
        let all = |n: i64| (0..n).chain(0..n).map(KnowledgeTime::from_micros).collect::<Vec<_>>();
        let places = |n: i64, of: usize| chosen(all(n), of).iter().map(|at| at.micros()).collect::<Vec<_>>();
        assert_eq!(places(101, 5), [0, 25, 50, 75, 100]);
        assert_eq!(places(4, 3), [0, 2, 3]);
        assert_eq!(places(3, 12), [0, 1, 2]);
        assert_eq!(places(7, 1), [6]);
        assert!(places(0, 3).is_empty() && places(3, 0).is_empty());
    }
}
