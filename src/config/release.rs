//! When figures are released, as a configuration file writes it: `release = { month = 1, day = 15, time = "09:00", zone = "America/Sao_Paulo" }`.

use chrono::Weekday;
use chrono_tz::Tz;
use serde::Deserialize;

use super::file::TimeOfDay;
use crate::error::Error;
use crate::time::business::BusinessCalendar;
use crate::time::release_rule::{ReleaseDay, ReleaseRule};

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
}

impl ReleaseEntry {
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
        Ok(ReleaseRule { day, calendar, time: self.time.0, zone, is_assumed: self.lagged })
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
        assert!(refused(&format!("{{ days = 1, calendar = \"B3\", {when} }}")).contains("`B3`"));
    }
}
