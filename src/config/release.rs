//! When figures are released, as a configuration file writes it: `release = { month = 1, day = 15, time = "09:00", zone = "America/Sao_Paulo" }`.

use chrono::{NaiveTime, Weekday};
use chrono_tz::Tz;
use serde::Deserialize;

use super::file::{Day, TimeOfDay};
use super::releases::Releases;
use crate::error::Error;
use crate::time::business::BusinessCalendar;
use crate::time::release_dates::ReleaseDates;
use crate::time::release_rule::{AshWednesday, ReleaseDay, ReleaseRule};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReleaseEntry {
    days: Option<i32>,
    business_days: Option<i32>,
    month: Option<u32>,
    day: Option<u32>,
    business_day: Option<i32>,
    weekday: Option<String>,
    time: TimeOfDay,
    zone: String,
    /// By which business days are counted, where that is not the calendar of the series.
    calendar: Option<String>,
    #[serde(default)]
    lagged: bool,
    /// `next`, or the time of a release that falls on an Ash Wednesday.
    ash_wednesday: Option<String>,
    /// The first period end that it holds for, with the rule of those before.
    since: Option<Day>,
    before: Option<Box<Self>>,
}

impl ReleaseEntry {
    /// The rules of a series, with the rows of the releases that it is named to be of.
    ///
    /// # Errors
    /// As [`Self::into_rule`]; or it says from when on it holds and not what held before, or a release is not known.
    pub(super) fn into_dates(
        mut self,
        of_series: BusinessCalendar,
        names: &[String],
        releases: &Releases,
        wrong: &impl Fn(String) -> Error,
    ) -> Result<ReleaseDates, Error> {
        let (since, before) = (self.since.take().map(|day| day.0), self.before.take());
        if since.is_some() != before.is_some() {
            return Err(wrong("has a release with `since` or `before` alone".into())
                .hint("`since` is the first period, `before` the rule until then"));
        }
        let before = before.map(|rule| rule.into_rule(of_series, wrong)).transpose()?;
        Ok(ReleaseDates::new(self.into_rule(of_series, wrong)?, since, before, releases.of_names(names, wrong)?))
    }

    /// # Errors
    /// It names no day or several, or a day, zone or calendar that does not exist; `wrong` names the place.
    pub(super) fn into_rule(self, of_series: BusinessCalendar, wrong: &impl Fn(String) -> Error) -> Result<ReleaseRule, Error> {
        let Self { days, business_days, month, day, business_day, ref weekday, .. } = self;
        let day = match (days, business_days, month, day, business_day, weekday) {
            (Some(n), None, None, None, None, None) => ReleaseDay::Days(n),
            (None, Some(n), None, None, None, None) => ReleaseDay::BusinessDays(n),
            (None, None, Some(months), Some(day @ 1..=31), None, None) => ReleaseDay::DayOfMonth { months, day },
            (None, None, Some(months), None, Some(n), None) if n != 0 => ReleaseDay::BusinessDayOfMonth { months, n },
            (None, None, None, None, None, Some(name)) => {
                let named = name.parse::<Weekday>();
                ReleaseDay::Weekday(named.map_err(|_| wrong(format!("is released on `{name}`")).hint("a weekday, such as \"wed\""))?)
            }
            _ => {
                return Err(wrong("has a release without a day, or with several".into()).hint(
                    "one of `days = 35`, `business_days = 1`, `month = 1, day = 15`, `month = 1, business_day = -1`, `weekday = \"wed\"`",
                ));
            }
        };
        let zone = self.zone.parse::<Tz>().map_err(|_| {
            wrong(format!("has a release in the zone `{}`", self.zone)).hint("a name of the time-zone database, such as America/New_York")
        })?;
        let calendar = match &self.calendar {
            Some(name) => calendar(name, wrong)?,
            // Counted over every day of the week business days would be days.
            None => of_series,
        };
        let ash_wednesday = match self.ash_wednesday.as_deref() {
            None => AshWednesday::Usual,
            Some("next") => AshWednesday::Next,
            Some(text) => AshWednesday::At(NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| {
                wrong(format!("has the Ash Wednesday `{text}`")).hint("`next` for the next business day, or a time such as \"12:00\"")
            })?),
        };
        Ok(ReleaseRule { day, calendar, time: self.time.0, zone, is_assumed: self.lagged, ash_wednesday })
    }
}

/// The calendar of this name.
///
/// # Errors
/// There is none; `wrong` names the place.
pub(super) fn calendar(name: &str, wrong: &impl Fn(String) -> Error) -> Result<BusinessCalendar, Error> {
    let names = || BusinessCalendar::ALL.map(BusinessCalendar::name).join(", ");
    BusinessCalendar::from_name(name).ok_or_else(|| wrong(format!("has the calendar `{name}`")).hint(format!("one of {}", names())))
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn refused(release: &str) -> String {
        let text = format!(
            "[series.mine]\nX = {{ name = \"x\", unit = \"percent\", frequency = \"daily\", dated = \"end\", revises = false, release = {release} }}\n"
        );
        Config::with_overlay("mine.toml", &text).expect_err("it makes no sense").to_string()
    }

    #[test]
    fn a_release_names_one_day_that_exists() {
        let when = "time = \"08:30\", zone = \"America/Sao_Paulo\"";
        assert!(refused(&format!("{{ {when} }}")).contains("without a day"));
        assert!(refused(&format!("{{ days = 1, weekday = \"mon\", {when} }}")).contains("with several"));
        assert!(refused(&format!("{{ weekday = \"someday\", {when} }}")).contains("`someday`"));
        assert!(refused("{ days = 1, time = \"08:30\", zone = \"Brasilia\" }").contains("`Brasilia`"));
        assert!(refused(&format!("{{ days = 1, calendar = \"B9\", {when} }}")).contains("`B9`"));
    }
}
