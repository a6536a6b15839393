//! The ticks of a time axis: years, quarters, months, days, hours or less, as the span needs. Pure, in UTC.
//!
//! A tick says its own unit (`Q2`, `Mar`, `14:00`), and the larger one under it where that begins (`2022`, `2022-03-04`).

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime, Timelike};

use super::scale::{Scale, Step, Tick};

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// What lies between two ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Years(i32),
    Months(u32),
    /// Weeks begin on a Monday.
    Days(i64),
    Micros(i64),
}

const UNITS: [Unit; 34] = [
    Unit::Micros(1),
    Unit::Micros(10),
    Unit::Micros(100),
    Unit::Micros(1_000),
    Unit::Micros(10_000),
    Unit::Micros(100_000),
    Unit::Micros(SECOND),
    Unit::Micros(5 * SECOND),
    Unit::Micros(15 * SECOND),
    Unit::Micros(30 * SECOND),
    Unit::Micros(MINUTE),
    Unit::Micros(5 * MINUTE),
    Unit::Micros(15 * MINUTE),
    Unit::Micros(30 * MINUTE),
    Unit::Micros(HOUR),
    Unit::Micros(3 * HOUR),
    Unit::Micros(6 * HOUR),
    Unit::Micros(12 * HOUR),
    Unit::Days(1),
    Unit::Days(2),
    Unit::Days(7),
    Unit::Days(14),
    Unit::Months(1),
    Unit::Months(3),
    Unit::Months(6),
    Unit::Years(1),
    Unit::Years(2),
    Unit::Years(5),
    Unit::Years(10),
    Unit::Years(20),
    Unit::Years(50),
    Unit::Years(100),
    Unit::Years(1_000),
    Unit::Years(10_000),
];

impl Unit {
    fn micros(self) -> f64 {
        match self {
            Self::Years(n) => f64::from(n) * 365.25 * DAY as f64,
            Self::Months(n) => f64::from(n) * 30.44 * DAY as f64,
            Self::Days(n) => (n * DAY) as f64,
            Self::Micros(n) => n as f64,
        }
    }
    /// The last tick at or before an instant.
    fn before(self, at: NaiveDateTime) -> Option<NaiveDateTime> {
        let date = at.date();
        let midnight = |date: NaiveDate| date.and_hms_opt(0, 0, 0);
        match self {
            Self::Years(n) => midnight(NaiveDate::from_ymd_opt(date.year().div_euclid(n) * n, 1, 1)?),
            Self::Months(n) => midnight(NaiveDate::from_ymd_opt(date.year(), date.month0() / n * n + 1, 1)?),
            Self::Days(n) => {
                let monday_based = i64::from(date.num_days_from_ce()) - 1;
                midnight(date.checked_sub_days(Days::new(monday_based.rem_euclid(n).unsigned_abs()))?)
            }
            Self::Micros(n) => instant(at.and_utc().timestamp_micros().div_euclid(n).checked_mul(n)?),
        }
    }
    fn after(self, at: NaiveDateTime) -> Option<NaiveDateTime> {
        match self {
            Self::Years(n) => at.checked_add_months(Months::new(n.unsigned_abs() * 12)),
            Self::Months(n) => at.checked_add_months(Months::new(n)),
            Self::Days(n) => at.checked_add_days(Days::new(n.unsigned_abs())),
            Self::Micros(n) => at.checked_add_signed(chrono::Duration::microseconds(n)),
        }
    }
    /// Its own name and the name of what it is part of.
    fn label(self, at: NaiveDateTime) -> (String, Option<String>) {
        match self {
            Self::Years(_) => (at.year().to_string(), None),
            Self::Months(3) => (format!("Q{}", at.month0() / 3 + 1), Some(at.year().to_string())),
            Self::Months(_) => (at.format("%b").to_string(), Some(at.year().to_string())),
            Self::Days(_) => (at.day().to_string(), Some(at.format("%b %Y").to_string())),
            Self::Micros(n) => {
                let time = match n {
                    _ if n >= MINUTE => at.format("%H:%M"),
                    _ if n >= SECOND => at.format("%H:%M:%S"),
                    _ if n >= 1_000 => at.format("%H:%M:%S%.3f"),
                    _ => at.format("%H:%M:%S%.6f"),
                };
                (time.to_string(), Some(at.format("%Y-%m-%d").to_string()))
            }
        }
    }
}

/// Ticks on a scale of microseconds since 1970, at most about `most`; none where the calendar ends.
pub fn ticks(scale: Scale, most: usize) -> Vec<Tick> {
    calendar_ticks(scale, most.max(1)).unwrap_or_default()
}

fn calendar_ticks(scale: Scale, most: usize) -> Option<Vec<Tick>> {
    let unit = UNITS.into_iter().find(|unit| (scale.hi - scale.lo) / unit.micros() <= most as f64);
    let unit = unit.unwrap_or_else(|| {
        let years = Scale { lo: scale.lo / Unit::Years(1).micros(), hi: scale.hi / Unit::Years(1).micros() };
        Unit::Years(Step::over(years, most, true).size().min(1e6) as i32)
    });
    let (first, last) = (instant(scale.lo.ceil() as i64)?, instant(scale.hi.floor() as i64)?);
    let mut at = unit.before(first)?;
    let (mut ticks, mut larger) = (Vec::new(), None);
    while at <= last {
        if at >= first {
            let (label, part_of) = unit.label(at);
            let under = part_of.clone().filter(|_| part_of != larger);
            larger = part_of;
            ticks.push(Tick { at: scale.place(at.and_utc().timestamp_micros() as f64), label, under });
        }
        at = unit.after(at)?;
    }
    Some(ticks)
}

/// An instant as a reader writes it: a day without its midnight.
pub fn text(micros: f64, is_date: bool) -> String {
    match instant(micros as i64) {
        Some(at) if is_date => at.format("%Y-%m-%d").to_string(),
        Some(at) if at.second() == 0 && at.nanosecond() == 0 => at.format("%Y-%m-%d %H:%M").to_string(),
        Some(at) => at.format("%Y-%m-%d %H:%M:%S%.f").to_string(),
        None => format!("{micros:e} µs"),
    }
}

fn instant(micros: i64) -> Option<NaiveDateTime> {
    DateTime::from_timestamp_micros(micros).map(|at| at.naive_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn micros(text: &str) -> f64 {
        let at = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").expect("an instant");
        at.and_utc().timestamp_micros() as f64
    }

    /// The labels, each with what is under it.
    fn shown(from: &str, to: &str, most: usize) -> String {
        let ticks = ticks(Scale { lo: micros(from), hi: micros(to) }, most);
        let texts: Vec<String> =
            ticks.into_iter().map(|tick| tick.under.map_or(tick.label.clone(), |under| format!("{}/{under}", tick.label))).collect();
        texts.join(" ")
    }

    #[test]
    fn span_decides_the_unit() {
        assert_eq!(shown("1999-06-01 00:00:00", "2024-02-01 00:00:00", 6), "2000 2005 2010 2015 2020");
        assert_eq!(shown("2019-06-01 00:00:00", "2024-02-01 00:00:00", 6), "2020 2021 2022 2023 2024");
        assert_eq!(shown("2022-01-04 00:00:00", "2023-03-31 00:00:00", 6), "Q2/2022 Q3 Q4 Q1/2023");
        assert_eq!(shown("2022-11-04 00:00:00", "2023-02-20 00:00:00", 6), "Dec/2022 Jan/2023 Feb");
        assert_eq!(shown("2022-01-20 00:00:00", "2022-02-16 00:00:00", 6), "24/Jan 2022 31 7/Feb 2022 14");
        assert_eq!(shown("2022-01-20 20:00:00", "2022-01-21 09:00:00", 6), "21:00/2022-01-20 00:00/2022-01-21 03:00 06:00 09:00");
        assert_eq!(shown("2022-01-20 20:00:00", "2022-01-20 20:01:00", 4), "20:00:00/2022-01-20 20:00:15 20:00:30 20:00:45 20:01:00");
    }

    #[test]
    fn leap_day_is_a_day() {
        assert_eq!(shown("2024-02-27 12:00:00", "2024-03-02 12:00:00", 5), "28/Feb 2024 29 1/Mar 2024 2");
        assert_eq!(shown("2023-02-27 12:00:00", "2023-03-02 12:00:00", 5), "28/Feb 2023 1/Mar 2023 2");
    }

    #[test]
    fn hours_are_even_where_clocks_on_walls_are_moved() {
        let across = ticks(Scale { lo: micros("2023-03-12 00:00:00"), hi: micros("2023-03-12 18:00:00") }, 6);
        let gaps: Vec<i64> = across.windows(2).map(|pair| ((pair[1].at - pair[0].at) * 1e6).round() as i64).collect();
        assert!(gaps.windows(2).all(|pair| pair[0] == pair[1]), "{gaps:?}");
    }

    #[test]
    fn years_before_1970_and_thousands_of_them() {
        assert_eq!(shown("1900-01-01 00:00:00", "1969-12-31 00:00:00", 8), "1900 1910 1920 1930 1940 1950 1960");
        let long = ticks(Scale { lo: -6e16, hi: 6e16 }, 6);
        assert!((2..=7).contains(&long.len()), "{long:?}");
        assert!(ticks(Scale { lo: -9e18, hi: 9e18 }, 6).is_empty());
        assert_eq!(ticks(Scale { lo: 0.0, hi: 3.0 }, 6).len(), 4);
    }

    #[test]
    fn day_is_written_without_its_midnight() {
        assert_eq!(text(0.0, true), "1970-01-01");
        assert_eq!(text(90_000_000.0, false), "1970-01-01 00:01:30");
    }
}
