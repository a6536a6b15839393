//! Instants as text: what a user types after `SET clock =` or `--observed-at`, and how it is echoed. Pure: no clock, no files.
//!
//! A date, or a date and a time; then nothing (UTC), `Z`, an offset, or the name of a zone after a space:
//!
//! ```text
//! 2019-02-05                             2019-02-05 00:00:00Z, the first instant of the day
//! 2019-02-01T21:00:00.5Z                 2019-02-01 21:00:00.500Z
//! 2019-02-01 16:00 America/New_York      2019-02-01 21:00:00Z
//! ```
//!
//! Where a text could mean two instants (the hour that comes twice when summer time ends) the earlier one is taken, and digits beyond the
//! microsecond are cut: a clock that stands earlier shows less, never more. A local time that never was is an error.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Duration, FixedOffset, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};

use super::{IngestTime, KnowledgeTime};
use crate::error::{Error, Result};

const HINT: &str = "write `2019-02-05`, `2019-02-05 20:30:00Z` or `2019-02-05 15:30 America/New_York`";

impl KnowledgeTime {
    /// Reads an instant as a user types it; see the head of this file for the forms.
    ///
    /// # Errors
    /// The text is no date or time, names an unknown zone, or a local time that does not exist.
    pub fn parse(text: &str) -> Result<Self> {
        parse(text).map(Self)
    }
    /// The instant at which a clock on the wall of `zone` shows `local`. Of two such instants the later one: for a release the safe side is
    /// to be known late. A time that the zone skipped is taken an hour later, for the same reason.
    pub fn from_local(local: NaiveDateTime, zone: Tz) -> Self {
        let instant = match zone.from_local_datetime(&local) {
            LocalResult::Single(one) => one,
            LocalResult::Ambiguous(_, later) => later,
            LocalResult::None => {
                // beyond the calendar's edge there is no later time either
                return match local.checked_add_signed(Duration::hours(1)) {
                    Some(later) => Self::from_local(later, zone),
                    None => Self(local.and_utc().timestamp_micros()),
                };
            }
        };
        Self(instant.timestamp_micros())
    }
}

impl IngestTime {
    /// Reads an instant as [`KnowledgeTime::parse`] does, and also the compact form of file names, `20250113T230002Z`.
    ///
    /// # Errors
    /// As [`KnowledgeTime::parse`].
    pub fn parse(text: &str) -> Result<Self> {
        match NaiveDateTime::parse_from_str(text.trim(), "%Y%m%dT%H%M%SZ") {
            Ok(compact) => Ok(Self(compact.and_utc().timestamp_micros())),
            Err(_) => parse(text).map(Self),
        }
    }
}

impl fmt::Display for KnowledgeTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        display(self.0, f)
    }
}

impl fmt::Display for IngestTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        display(self.0, f)
    }
}

impl FromStr for KnowledgeTime {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

impl FromStr for IngestTime {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

fn display(micros: i64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match DateTime::<Utc>::from_timestamp_micros(micros) {
        Some(instant) => write!(f, "{}", instant.format("%Y-%m-%d %H:%M:%S%.fZ")),
        None => write!(f, "{micros} µs"),
    }
}

/// What stands behind the date and the time.
enum Zone<'a> {
    Utc,
    Offset(&'a str),
    Named(&'a str),
}

fn parse(text: &str) -> Result<i64> {
    let text = text.trim();
    let unreadable = || Error::usage(format!("`{text}` is no instant")).hint(HINT);
    let (date, rest) = text.split_at_checked(10).ok_or_else(unreadable)?;
    let date = parse_date(date).ok_or_else(unreadable)?;
    let (time, zone) = split_time(rest).ok_or_else(unreadable)?;
    let time_of_day = time.map(|time| parse_time(time).ok_or_else(unreadable)).transpose()?;
    let local = date.and_time(time_of_day.unwrap_or(NaiveTime::MIN));
    match zone {
        Zone::Utc => Ok(local.and_utc().timestamp_micros()),
        Zone::Offset(offset) => {
            let offset = parse_offset(offset).ok_or_else(unreadable)?;
            offset.from_local_datetime(&local).single().map(|at| at.timestamp_micros()).ok_or_else(unreadable)
        }
        Zone::Named(name) => resolve_in_zone(local, time.is_none(), zone_named(name)?),
    }
}

fn resolve_in_zone(local: NaiveDateTime, whole_day: bool, zone: Tz) -> Result<i64> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(one) => Ok(one.timestamp_micros()),
        LocalResult::Ambiguous(earlier, _) => Ok(earlier.timestamp_micros()),
        LocalResult::None if whole_day => match local.checked_add_signed(Duration::hours(1)) {
            Some(later) => resolve_in_zone(later, false, zone),
            None => Ok(local.and_utc().timestamp_micros()),
        },
        LocalResult::None => Err(Error::usage(format!("`{}` does not exist in {zone}", local.format("%Y-%m-%d %H:%M")))
            .hint("summer time skipped this hour; name the instant in UTC")),
    }
}

/// `2019-02-05` with exactly these digits: chrono alone would take `2019-2-05` and a sign too.
fn parse_date(text: &str) -> Option<NaiveDate> {
    let shaped = text.bytes().enumerate().all(|(i, byte)| if i == 4 || i == 7 { byte == b'-' } else { byte.is_ascii_digit() });
    if shaped { NaiveDate::parse_from_str(text, "%Y-%m-%d").ok() } else { None }
}

/// `HH:MM`, `HH:MM:SS` or `HH:MM:SS.ffffff`.
fn parse_time(text: &str) -> Option<NaiveTime> {
    let (clock, fraction) = match text.split_once('.') {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (text, None),
    };
    let mut parts = clock.split(':').map(|part| (part.len() == 2).then(|| two_digits(part)).flatten());
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next();
    if parts.next().is_some() || (fraction.is_some() && second.is_none()) {
        return None;
    }
    let micros = match fraction {
        None => 0,
        Some(digits) if !digits.is_empty() && digits.len() <= 9 && digits.bytes().all(|b| b.is_ascii_digit()) => {
            format!("{digits:0<6}")[..6].parse().ok()?
        }
        Some(_) => return None,
    };
    NaiveTime::from_hms_micro_opt(hour, minute, second.unwrap_or(Some(0))?, micros)
}

fn two_digits(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// `Z`, `+02`, `+0200` or `+02:00`, the sign included.
fn parse_offset(text: &str) -> Option<FixedOffset> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits.len() {
        2 => (digits, "00"),
        4 => digits.split_at(2),
        5 => digits.split_once(':')?,
        _ => return None,
    };
    let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
    let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
    if minutes < 60 && hours <= 14 { FixedOffset::east_opt(sign * seconds) } else { None }
}

/// Splits what follows the date into the time, if there is one, and the zone.
fn split_time(rest: &str) -> Option<(Option<&str>, Zone<'_>)> {
    if rest.is_empty() {
        return Some((None, Zone::Utc));
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Some((None, zone_of(rest)));
    }
    let end = rest.find(|c: char| !(c.is_ascii_digit() || c == ':' || c == '.')).unwrap_or(rest.len());
    let (time, zone) = rest.split_at(end);
    let zone = zone.trim_start();
    Some((Some(time), if zone.is_empty() { Zone::Utc } else { zone_of(zone) }))
}

fn zone_of(text: &str) -> Zone<'_> {
    if text.eq_ignore_ascii_case("z") || text.eq_ignore_ascii_case("utc") {
        Zone::Utc
    } else if text.starts_with(['+', '-']) {
        Zone::Offset(text)
    } else {
        Zone::Named(text)
    }
}

fn zone_named(name: &str) -> Result<Tz> {
    TZ_VARIANTS.iter().copied().find(|zone| zone.name().eq_ignore_ascii_case(name)).ok_or_else(|| {
        Error::usage(format!("unknown time zone `{name}`"))
            .hint("zones are named as in the IANA database: `America/New_York`, `Europe/London`, `America/Sao_Paulo`, `UTC`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        KnowledgeTime::parse(text).map_or_else(|error| error.message().to_string(), |at| at.to_string())
    }

    #[test]
    fn the_forms_that_users_type() {
        for (text, expected) in [
            ("2019-02-05", "2019-02-05 00:00:00Z"),
            (" 2019-02-05 20:30 ", "2019-02-05 20:30:00Z"),
            ("2019-02-05T20:30:00Z", "2019-02-05 20:30:00Z"),
            ("2019-02-05 20:30:00.25", "2019-02-05 20:30:00.250Z"),
            ("2019-02-05T20:30:00.123456789Z", "2019-02-05 20:30:00.123456Z"),
            ("2019-02-05 20:30:00+00:00", "2019-02-05 20:30:00Z"),
            ("2019-02-05 20:30:00 -03", "2019-02-05 23:30:00Z"),
            ("2019-02-05 20:30:00+0530", "2019-02-05 15:00:00Z"),
            ("2019-02-01 16:00 America/New_York", "2019-02-01 21:00:00Z"),
            ("2019-07-01 16:00 america/new_york", "2019-07-01 20:00:00Z"),
            ("2019-07-01 America/New_York", "2019-07-01 04:00:00Z"),
            ("2019-07-01 12:00 UTC", "2019-07-01 12:00:00Z"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn the_hour_that_comes_twice_is_the_earlier_one_for_a_clock_and_the_later_one_for_a_release() {
        assert_eq!(shown("2023-11-05 01:30 America/New_York"), "2023-11-05 05:30:00Z");
        let local = NaiveDate::from_ymd_opt(2023, 11, 5).and_then(|day| day.and_hms_opt(1, 30, 0)).expect("a valid time");
        assert_eq!(KnowledgeTime::from_local(local, chrono_tz::America::New_York).to_string(), "2023-11-05 06:30:00Z");
    }

    #[test]
    fn the_hour_that_never_was_is_an_error() {
        assert_eq!(shown("2023-03-12 02:30 America/New_York"), "`2023-03-12 02:30` does not exist in America/New_York");
        let midnight_skipped = "2018-11-04 America/Sao_Paulo";
        assert_eq!(shown(midnight_skipped), "2018-11-04 03:00:00Z", "the day begins at one");
    }

    #[test]
    fn what_is_no_instant_says_what_is() {
        for text in [
            "",
            "yesterday",
            "2019-2-05",
            "2019-02-30",
            "2019-02-05 25:00",
            "2019-02-05 20",
            "2019-02-05 20:30:60",
            "2019-02-05 20:30:00.",
            "2019-02-05x",
            "2019-02-05 20:30 +5",
            "2019-02-05 20:30 +99:00",
            "+019-02-05",
            "2019-02-0é",
        ] {
            let error = KnowledgeTime::parse(text).expect_err(text);
            assert_eq!(error.message(), format!("`{text}` is no instant"));
            assert!(error.hint_text().is_some_and(|hint| hint.contains("2019-02-05 20:30:00Z")));
        }
        assert_eq!(shown("2019-02-05 20:30 Amerika/New_York"), "unknown time zone `Amerika/New_York`");
    }

    #[test]
    fn ingest_time_reads_the_stamps_of_file_names() {
        assert_eq!(IngestTime::parse("20250113T230002Z").map(|at| at.to_string()).ok().as_deref(), Some("2025-01-13 23:00:02Z"));
        assert_eq!(IngestTime::parse("2025-01-13T23:00:02Z").ok(), IngestTime::parse("20250113T230002Z").ok());
        assert!(KnowledgeTime::parse("20250113T230002Z").is_err());
    }

    #[test]
    fn what_is_shown_reads_back() {
        for micros in [0, 1, -1, 1_550_000_000_123_000, 1_700_000_000_000_001] {
            let at = KnowledgeTime::from_micros(micros);
            assert_eq!(KnowledgeTime::parse(&at.to_string()).ok(), Some(at));
        }
    }
}
