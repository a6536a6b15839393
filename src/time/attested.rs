//! Releases that somebody attests: which periods, when, and who says so. Pure; the rows stand in `config/releases/`, a file per publisher.
//!
//! A row speaks before any rule. Of several that fit a period the latest does: a series that began to be published later than the figure that
//! it continues has a row of its own for all periods before, and a figure is never known before the last of what it waits for.

use std::sync::Arc;

use chrono::{Months, NaiveDate};

use super::evidence::Evidence;
use super::{Availability, KnowledgeTime, Release, Shift};

/// How exactly a release is attested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    Minute,
    /// The day alone; its end is meant.
    Day,
    /// The figure was never published.
    Never,
}

impl Precision {
    pub const ALL: [Self; 3] = [Self::Minute, Self::Day, Self::Never];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Day => "day",
            Self::Never => "never",
        }
    }
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|precision| precision.name() == name)
    }
}

/// The periods of a row: those that end within two days, inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Periods {
    /// `NaiveDate::MIN` where all periods before are meant.
    pub first: NaiveDate,
    pub last: NaiveDate,
}

impl Periods {
    /// Reads `2022-04`, `2022-Q4`, `2022-04-01`, two of them with `..` between, or one after `..` for all before and it.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once("..") {
            Some(("", last)) => Some(Self { first: NaiveDate::MIN, last: Self::one(last)?.last }),
            Some((first, last)) => {
                let periods = Self { first: Self::one(first)?.first, last: Self::one(last)?.last };
                (periods.first <= periods.last).then_some(periods)
            }
            None => Self::one(text),
        }
    }

    fn one(text: &str) -> Option<Self> {
        if let Ok(day) = text.parse::<NaiveDate>() {
            return Some(Self { first: day, last: day });
        }
        let (year, part) = text.split_once('-')?;
        let year: i32 = year.parse().ok()?;
        let (month, length) = match part.strip_prefix('Q') {
            Some(quarter) => (quarter.parse::<u32>().ok().filter(|quarter| (1..=4).contains(quarter))? * 3 - 2, 3),
            None => (part.parse().ok()?, 1),
        };
        let first = NaiveDate::from_ymd_opt(year, month, 1)?;
        let last = first.checked_add_months(Months::new(length))?.pred_opt()?;
        Some(Self { first, last })
    }

    pub fn contains(self, period_end: NaiveDate) -> bool {
        self.first <= period_end && period_end <= self.last
    }
    /// Whether it is one period and no stretch of them.
    pub fn is_open(self) -> bool {
        self.first == NaiveDate::MIN
    }
}

/// A release that is attested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attested {
    pub publisher: &'static str,
    /// What was released, by our name: `credit`, `cpi`.
    pub release: String,
    /// The periods as the file writes them.
    pub period: String,
    pub periods: Periods,
    /// `None`: the figure was never published.
    pub at: Option<KnowledgeTime>,
    /// The day of it where the publisher is.
    pub day: Option<NaiveDate>,
    pub precision: Precision,
    pub evidence: Evidence,
    /// The day from which the date could be known; `None`: not before the release itself.
    pub announced_on: Option<NaiveDate>,
    /// Who says so.
    pub source: String,
}

impl Attested {
    pub fn availability(&self) -> Availability {
        match self.precision {
            Precision::Minute => self.evidence.availability(),
            Precision::Day | Precision::Never => Availability::Lagged,
        }
    }
    /// Whether the row could be read on a day: after the release, or after its announcement.
    pub fn is_known_on(&self, day: NaiveDate) -> bool {
        let is_past = self.day.is_some_and(|released| released <= day);
        is_past || self.announced_on.is_some_and(|announced| announced <= day)
    }
    fn release(&self) -> Option<Release> {
        Some(Release { at: self.at?, availability: self.availability() })
    }
}

/// The rows that speak of one series.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows(Vec<Arc<Attested>>);

impl Rows {
    pub fn new(rows: Vec<Arc<Attested>>) -> Self {
        Self(rows)
    }
    pub fn iter(&self) -> impl Iterator<Item = &Attested> {
        self.0.iter().map(AsRef::as_ref)
    }
    /// When the figure of a period was out; `None` where no row says.
    pub fn of_period(&self, period_end: NaiveDate) -> Option<Release> {
        latest(self.iter().filter(|row| row.periods.contains(period_end)))
    }
    /// As [`Self::of_period`], by the rows that could be read on `known_on`.
    pub fn of_period_as_known(&self, period_end: NaiveDate, known_on: NaiveDate) -> Option<Release> {
        latest(self.iter().filter(|row| row.periods.contains(period_end) && row.is_known_on(known_on)))
    }
    /// When what came out on a day was out, for sources that stamp their vintages by day.
    pub fn of_day(&self, day: NaiveDate) -> Option<Release> {
        latest(self.iter().filter(|row| row.day == Some(day)))
    }
    /// The fewest days between a period's end and its release that any row has.
    pub fn shortest_lag(&self) -> Option<i64> {
        let closed = self.iter().filter(|row| !row.periods.is_open());
        closed.filter_map(|row| Some(row.day?.signed_duration_since(row.periods.last).num_days())).min()
    }
}

fn latest<'a>(rows: impl Iterator<Item = &'a Attested>) -> Option<Release> {
    // of two at one instant the one that is known better: what it waits for does not make it less certain
    rows.filter_map(Attested::release).max_by_key(|release| (release.at, std::cmp::Reverse(release.availability)))
}

/// The end of a day: its last minute, which is what `day` means in the files.
pub fn end_of(day: NaiveDate, zone: chrono_tz::Tz) -> KnowledgeTime {
    let midnight = KnowledgeTime::from_local((day.plus_days(1)).and_time(chrono::NaiveTime::MIN), zone);
    KnowledgeTime::from_micros(midnight.micros() - 60_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }
    fn row(period: &str, at: &str, precision: Precision, announced_on: Option<&str>) -> Arc<Attested> {
        let at = KnowledgeTime::parse(at).expect("an instant");
        let released = chrono::DateTime::from_timestamp_micros(at.micros()).expect("an instant").date_naive();
        Arc::new(Attested {
            publisher: "bcb",
            release: "x".into(),
            period: period.into(),
            periods: Periods::parse(period).expect("periods"),
            at: Some(at),
            day: Some(released),
            precision,
            evidence: Evidence::Press,
            announced_on: announced_on.map(day),
            source: "somebody".into(),
        })
    }

    #[test]
    fn periods_are_days_months_quarters_and_stretches_of_them() {
        let of = |text| Periods::parse(text).map(|p| (p.first.to_string(), p.last.to_string()));
        assert_eq!(of("2024-02"), Some(("2024-02-01".into(), "2024-02-29".into())));
        assert_eq!(of("2018-Q4"), Some(("2018-10-01".into(), "2018-12-31".into())));
        assert_eq!(of("2022-04-04..2022-04-10"), Some(("2022-04-04".into(), "2022-04-10".into())));
        assert_eq!(of("2025-10..2025-11"), Some(("2025-10-01".into(), "2025-11-30".into())));
        assert!(
            Periods::parse("..2015-02").is_some_and(|p| p.is_open() && p.contains(day("1995-01-31")) && !p.contains(day("2015-03-31")))
        );
        for wrong in ["", "..", "2024", "2024-13", "2024-Q5", "2024-02..2024-01", "2024-02-30"] {
            assert_eq!(Periods::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn of_several_rows_the_latest_speaks() {
        let old = row("2014-12", "2015-01-23 12:30:00Z", Precision::Minute, None);
        let rows = Rows::new(vec![row("..2015-02", "2015-04-22 23:59:00Z", Precision::Day, None), old]);
        let release = rows.of_period(day("2014-12-31")).expect("a row");
        assert_eq!((release.at.to_string().as_str(), release.availability), ("2015-04-22 23:59:00Z", Availability::Lagged));
        assert_eq!(rows.of_period(day("2015-03-31")), None);
        assert_eq!(rows.shortest_lag(), Some(23), "an open row has no lag");
    }

    #[test]
    fn a_row_is_read_from_its_announcement_on() {
        let rows = Rows::new(vec![row("2022-05-02..2022-05-08", "2022-07-08 11:30:00Z", Precision::Minute, Some("2022-07-06"))]);
        let known = |on| rows.of_period_as_known(day("2022-05-06"), day(on)).is_some();
        assert!(!known("2022-07-05") && known("2022-07-06"));
    }
}
