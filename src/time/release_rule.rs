//! When a figure is out, counted from the period that it describes: "the 15th of the next month at 09:00 in Brasília", "the Wednesday after
//! the week". Pure; the rules themselves stand with the series in `config/series.toml`. A rule speaks where nobody attests a release (see
//! [`super::release_dates`]), and then takes the late end.

use std::fmt;

use chrono::{Datelike, Days, Months, NaiveDate, NaiveTime, Weekday};
use chrono_tz::Tz;

use super::business::{BusinessCalendar, is_ash_wednesday};
use super::{Availability, KnowledgeTime, Release};

/// The day of a release, counted from the last day of the period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleaseDay {
    /// So many calendar days after.
    Days(i32),
    /// So many business days after; 0 is the day itself, or the first business day after it, and a negative count is before it.
    BusinessDays(i32),
    /// A day of the month that is so many months after, or the first business day after it.
    DayOfMonth { months: u32, day: u32 },
    /// A business day of the month that is so many months after: the first is 1, the last -1.
    BusinessDayOfMonth { months: u32, n: i32 },
    /// The first such weekday after the week (Monday to Sunday) of the period's end, or the first business day after it.
    Weekday(Weekday),
}

/// When figures of a series are released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReleaseRule {
    pub day: ReleaseDay,
    /// By which business days are counted.
    pub calendar: BusinessCalendar,
    pub time: NaiveTime,
    pub zone: Tz,
    /// It is a cautious assumption, not a rule of the publisher.
    pub is_assumed: bool,
    /// What becomes of a release that falls on an Ash Wednesday, a business day of Brazil that begins after noon.
    pub ash_wednesday: AshWednesday,
}

/// A release that falls on an Ash Wednesday.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AshWednesday {
    /// Comes as on any other day.
    #[default]
    Usual,
    /// Comes that day, at this time at the latest.
    At(NaiveTime),
    /// Comes on the next business day.
    Next,
}

impl ReleaseRule {
    /// The day on which the figure of a period that ends on `period_end` is out.
    pub fn day(&self, period_end: NaiveDate) -> Option<NaiveDate> {
        self.day_as_known(period_end, NaiveDate::MAX)
    }

    /// As [`Self::day`], as it was expected by the holidays that were law on `known_on`.
    pub fn day_as_known(&self, period_end: NaiveDate, known_on: NaiveDate) -> Option<NaiveDate> {
        let day = self.counted(period_end, known_on)?;
        Some(match self.ash_wednesday {
            AshWednesday::Next if is_ash_wednesday(day) => self.calendar.offset_as_known(day, 1, known_on),
            _ => day,
        })
    }

    fn counted(&self, period_end: NaiveDate, known_on: NaiveDate) -> Option<NaiveDate> {
        match self.day {
            ReleaseDay::Days(n) => shift(period_end, n),
            ReleaseDay::BusinessDays(n) => Some(self.calendar.offset_as_known(period_end, n, known_on)),
            ReleaseDay::DayOfMonth { months, day } => {
                let month = period_end.with_day(1)?.checked_add_months(Months::new(months))?;
                let last = month.checked_add_months(Months::new(1))?.pred_opt()?;
                Some(self.calendar.next_as_known(month.with_day(day).unwrap_or(last), known_on))
            }
            ReleaseDay::BusinessDayOfMonth { months, n } => {
                let month = period_end.with_day(1)?.checked_add_months(Months::new(months))?;
                match n {
                    1.. => Some(self.calendar.offset_as_known(month.pred_opt()?, n, known_on)),
                    _ => Some(self.calendar.offset_as_known(month.checked_add_months(Months::new(1))?, n, known_on)),
                }
            }
            ReleaseDay::Weekday(weekday) => {
                let monday = period_end.checked_sub_days(Days::new(period_end.weekday().num_days_from_monday().into()))?;
                let released = monday.checked_add_days(Days::new(7 + u64::from(weekday.num_days_from_monday())))?;
                Some(self.calendar.next_as_known(released, known_on))
            }
        }
    }

    /// When the figure of a period that ends on `period_end` is out.
    pub fn release(&self, period_end: NaiveDate) -> Option<Release> {
        let day = self.day(period_end)?;
        let is_assumed = self.is_assumed || self.ash_wednesday != AshWednesday::Usual && is_ash_wednesday(day);
        Some(Release { at: self.instant(day), availability: if is_assumed { Availability::Lagged } else { Availability::Rule } })
    }

    /// The time of a release on a day.
    pub fn instant(&self, day: NaiveDate) -> KnowledgeTime {
        let time = match self.ash_wednesday {
            AshWednesday::At(time) if is_ash_wednesday(day) => time,
            _ => self.time,
        };
        KnowledgeTime::from_local(day.and_time(time), self.zone)
    }
}

fn shift(day: NaiveDate, n: i32) -> Option<NaiveDate> {
    let days = Days::new(n.unsigned_abs().into());
    if n < 0 { day.checked_sub_days(days) } else { day.checked_add_days(days) }
}

/// `day 15 of month +1 at 09:00 America/Sao_Paulo (assumed)`.
impl fmt::Display for ReleaseRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.day {
            ReleaseDay::Days(n) => write!(f, "{n:+} days")?,
            ReleaseDay::BusinessDays(n) => write!(f, "{n:+} business days ({})", self.calendar.name())?,
            ReleaseDay::DayOfMonth { months, day } => write!(f, "day {day} of month +{months}")?,
            ReleaseDay::BusinessDayOfMonth { months, n } => write!(f, "business day {n} of month +{months} ({})", self.calendar.name())?,
            ReleaseDay::Weekday(weekday) => write!(f, "{weekday} after the week")?,
        }
        write!(f, " at {} {}", self.time.format("%H:%M"), self.zone)?;
        if self.is_assumed { f.write_str(" (assumed)") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }
    fn released(day_rule: ReleaseDay, period_end: &str) -> String {
        let time = NaiveTime::from_hms_opt(8, 30, 0).expect("a time");
        let zone = Tz::America__Sao_Paulo;
        let calendar = BusinessCalendar::Brazil;
        let rule = ReleaseRule { day: day_rule, calendar, time, zone, is_assumed: false, ash_wednesday: AshWednesday::Usual };
        rule.day(day(period_end)).expect("a day").to_string()
    }

    #[test]
    fn days_are_counted_from_the_end_of_the_period() {
        assert_eq!(released(ReleaseDay::Days(35), "2024-01-31"), "2024-03-06");
        assert_eq!(released(ReleaseDay::Days(-1), "2024-03-01"), "2024-02-29");
        assert_eq!(released(ReleaseDay::BusinessDays(1), "2024-02-09"), "2024-02-14", "over carnival");
        assert_eq!(released(ReleaseDay::BusinessDays(-1), "2024-02-14"), "2024-02-09");
    }

    #[test]
    fn a_day_of_a_month_moves_on_to_a_business_day() {
        assert_eq!(released(ReleaseDay::DayOfMonth { months: 1, day: 15 }, "2024-05-31"), "2024-06-17", "from a Saturday");
        assert_eq!(released(ReleaseDay::DayOfMonth { months: 1, day: 31 }, "2024-01-31"), "2024-02-29", "no such day");
        assert_eq!(released(ReleaseDay::BusinessDayOfMonth { months: 1, n: -1 }, "2024-02-29"), "2024-03-28", "before Good Friday");
        assert_eq!(released(ReleaseDay::BusinessDayOfMonth { months: 0, n: 1 }, "2024-01-31"), "2024-01-02");
    }

    #[test]
    fn ash_wednesday_is_half_a_day() {
        let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).expect("a time");
        let released = |weekday, ash_wednesday, period_end: &str| {
            let (calendar, zone) = (BusinessCalendar::Brazil, Tz::America__Sao_Paulo);
            let rule = ReleaseRule { day: ReleaseDay::Weekday(weekday), calendar, time: time(9), zone, is_assumed: false, ash_wednesday };
            let release = rule.release(day(period_end)).expect("a release");
            (release.at.to_string(), release.availability)
        };
        let monday = |period_end| released(Weekday::Mon, AshWednesday::At(time(14)), period_end);
        assert_eq!(monday("2025-02-28"), ("2025-03-05 17:00:00Z".into(), Availability::Lagged));
        assert_eq!(monday("2025-03-07"), ("2025-03-10 12:00:00Z".into(), Availability::Rule));
        let wednesday = released(Weekday::Wed, AshWednesday::Next, "2025-02-28");
        assert_eq!(wednesday, ("2025-03-06 12:00:00Z".into(), Availability::Rule));
    }

    #[test]
    fn a_weekday_comes_after_the_week_of_the_period() {
        assert_eq!(released(ReleaseDay::Weekday(Weekday::Mon), "2024-02-02"), "2024-02-05");
        assert_eq!(released(ReleaseDay::Weekday(Weekday::Mon), "2024-02-09"), "2024-02-14", "after carnival");
        assert_eq!(released(ReleaseDay::Weekday(Weekday::Wed), "2024-05-20"), "2024-05-29");
    }
}
