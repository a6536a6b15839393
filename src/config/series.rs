//! What is known of economic series beside their figures: the section `series` of a configuration file.

use chrono::{Datelike, Days, Months, NaiveDate, NaiveTime};
use chrono_tz::{America::New_York, Tz};
use serde::Deserialize;

use super::file::{Day, TimeOfDay};
use super::release::{self, ReleaseEntry};
use super::releases::Releases;
use crate::error::{Error, Result};
use crate::time::business::BusinessCalendar;
use crate::time::release_dates::ReleaseDates;
use crate::time::{Availability, KnowledgeTime, Release, Shift};

/// How often a series has a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Quarterly,
    Annual,
}

/// Which day of its period a figure is dated by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dated {
    Start,
    End,
}

/// One series of a source.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub source: String,
    pub id: String,
    pub name: String,
    pub unit: String,
    pub frequency: Frequency,
    pub seasonal_adjustment: Option<String>,
    pub dated: Dated,
    /// Whether published figures change.
    pub revises: bool,
    /// Time of day of a release that no row attests, where it is known.
    pub released: Option<ReleaseHour>,
    /// The source's number of the release that the series belongs to.
    pub release_id: Option<u32>,
    /// What to know before using it.
    pub note: Option<String>,
    /// What the provider calls it, where that is not the id.
    pub code: Option<String>,
    /// The days on which a daily series has a figure.
    pub calendar: BusinessCalendar,
    /// When a figure is out, attested or counted from its period. A source that stamps its vintages dates none by it: it says when the next is due.
    pub rule: Option<ReleaseDates>,
    /// The releases that it is of, `publisher/release`, its own first.
    pub releases: Vec<String>,
    /// First day that has a figure.
    pub first_date: Option<NaiveDate>,
    /// Last day that has a figure, of a series that its source ended.
    pub last_date: Option<NaiveDate>,
    /// A figure of zero or below cannot be true.
    pub positive: bool,
    /// Figures are decided, and known, before the day that they are of.
    pub decided_ahead: bool,
    /// Figures stand still for long, until someone moves them: a policy rate.
    pub administered: bool,
}

/// The time of day of releases that their source dates by day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReleaseHour {
    pub time: NaiveTime,
    pub zone: Tz,
    /// Some releases come earlier: this is the latest hour that is known of them.
    pub is_assumed: bool,
    /// Of days before this one no hour is known.
    pub since: Option<NaiveDate>,
}

impl Frequency {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
            Self::Quarterly => "quarterly",
            Self::Annual => "annual",
        }
    }
}

impl Dated {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::End => "end",
        }
    }
}

impl Series {
    /// The last day of the period of an observation.
    pub fn period_end(&self, as_of: NaiveDate) -> Option<NaiveDate> {
        if self.dated == Dated::End {
            return Some(as_of);
        }
        let n_months = match self.frequency {
            Frequency::Daily => return Some(as_of),
            Frequency::Weekly => return as_of.checked_add_days(Days::new(6)),
            Frequency::Monthly => 1,
            Frequency::Quarterly => 3,
            Frequency::Annual => 12,
        };
        as_of.with_day(1)?.checked_add_months(Months::new(n_months))?.pred_opt()
    }

    /// The day of the observation after that of `as_of`, as the source would date it, by the holidays that were law on `known_on`; `None`
    /// where the source ended the series.
    pub fn next_period(&self, as_of: NaiveDate, known_on: NaiveDate) -> Option<NaiveDate> {
        self.following(as_of, known_on).filter(|next| self.last_date.is_none_or(|last| *next <= last))
    }

    fn following(&self, as_of: NaiveDate, known_on: NaiveDate) -> Option<NaiveDate> {
        let months = match self.frequency {
            Frequency::Daily => return Some(self.calendar.offset_as_known(as_of, 1, known_on)),
            Frequency::Weekly => return as_of.checked_add_days(Days::new(7)),
            Frequency::Monthly => 1,
            Frequency::Quarterly => 3,
            Frequency::Annual => 12,
        };
        match self.dated {
            Dated::Start => as_of.checked_add_months(Months::new(months)),
            Dated::End => as_of.succ_opt()?.checked_add_months(Months::new(months))?.pred_opt(),
        }
    }

    /// When the figure of a period is out by the rule of the series; `None` where it has none.
    pub fn released_by_rule(&self, as_of: NaiveDate) -> Option<Release> {
        self.rule.as_ref()?.release(self.period_end(as_of)?)
    }

    /// When a vintage of this series that its source dates by day was known: as that day's release is attested, else by the hour of all.
    pub fn release(&self, day: NaiveDate) -> Release {
        if let Some(attested) = self.rule.as_ref().and_then(|dates| dates.rows().of_day(day)) {
            return attested;
        }
        match self.released.filter(|hour| hour.since.is_none_or(|since| day >= since)) {
            Some(hour) => Release {
                at: KnowledgeTime::from_local(day.and_time(hour.time), hour.zone),
                availability: if hour.is_assumed { Availability::Lagged } else { Availability::Rule },
            },
            None => end_of_day(day),
        }
    }
}

/// The assumption for a vintage of which only the day is known: the end of that day in New York.
pub fn end_of_day(day: NaiveDate) -> Release {
    let midnight = KnowledgeTime::from_local(day.plus_days(1).and_time(NaiveTime::MIN), New_York);
    Release { at: midnight, availability: Availability::Lagged }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeriesEntry {
    name: String,
    unit: String,
    frequency: Frequency,
    seasonal_adjustment: Option<String>,
    dated: Dated,
    revises: bool,
    released: Option<TimeOfDay>,
    zone: Option<String>,
    #[serde(default)]
    released_lagged: bool,
    released_since: Option<Day>,
    #[serde(default)]
    releases: Vec<String>,
    release_id: Option<u32>,
    note: Option<String>,
    code: Option<String>,
    calendar: Option<String>,
    release: Option<ReleaseEntry>,
    first_date: Option<Day>,
    last_date: Option<Day>,
    #[serde(default)]
    positive: bool,
    #[serde(default)]
    decided_ahead: bool,
    #[serde(default)]
    administered: bool,
}

impl SeriesEntry {
    /// # Errors
    /// The zone is not in the time-zone database, a time of release has none, or the calendar or the rule of release makes no sense.
    pub(super) fn into_series(self, source: String, id: String, attested: &Releases) -> Result<Series> {
        let wrong = |what: String| Error::config(format!("`series.{source}.{id}` {what}"));
        let zone =
            match &self.zone {
                Some(name) => Some(name.parse::<Tz>().map_err(|_| {
                    wrong(format!("has the zone `{name}`")).hint("a name of the time-zone database, such as America/New_York")
                })?),
                None => None,
            };
        let released = match (self.released, zone) {
            (Some(time), Some(zone)) => {
                let since = self.released_since.map(|day| day.0);
                Some(ReleaseHour { time: time.0, zone, is_assumed: self.released_lagged, since })
            }
            (None, None) => None,
            _ => {
                return Err(
                    wrong("has a time of release or a zone without the other".into()).hint("give both `released` and `zone`, or neither")
                );
            }
        };
        let calendar = self.calendar.as_deref().map(|name| release::calendar(name, &wrong)).transpose()?.unwrap_or_default();
        if self.release.is_none() && !self.releases.is_empty() {
            return Err(
                wrong("names releases and has no `release`".into()).hint("the rule speaks of the periods that no row of them is of")
            );
        }
        let rule = self.release.map(|entry| entry.into_dates(calendar, &self.releases, attested, &wrong)).transpose()?;
        let Self { name, unit, frequency, seasonal_adjustment, dated, revises, release_id, note, code, .. } = self;
        let Self { positive, decided_ahead, administered, releases, .. } = self;
        let [first_date, last_date] = [self.first_date, self.last_date].map(|day| day.map(|day| day.0));
        Ok(Series {
            source,
            id,
            name,
            unit,
            frequency,
            seasonal_adjustment,
            dated,
            revises,
            released,
            release_id,
            note,
            code,
            calendar,
            rule,
            releases,
            first_date,
            last_date,
            positive,
            decided_ahead,
            administered,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn a_period_ends_by_the_frequency_of_its_series() {
        let config = Config::built_in().expect("the built-in configuration");
        let end = |id, as_of| config.series("fred", id).and_then(|series| series.period_end(day(as_of)));
        assert_eq!(end("PAYEMS", "2024-02-01"), Some(day("2024-02-29")));
        assert_eq!(end("GDPC1", "2024-10-01"), Some(day("2024-12-31")));
    }

    #[test]
    fn a_release_is_at_its_time_of_day_or_at_the_end_of_the_day() {
        let config = Config::built_in().expect("the built-in configuration");
        let release = config.series("fred", "PAYEMS").map(|series| series.release(day("2024-07-05")));
        let at = KnowledgeTime::parse("2024-07-05 12:30:00Z").expect("an instant");
        assert_eq!(release, Some(Release { at, availability: Availability::Scheduled }));
        assert_eq!(end_of_day(day("2024-07-05")).at, KnowledgeTime::parse("2024-07-06 04:00:00Z").expect("an instant"));
    }
}
