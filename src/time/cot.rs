//! When a COT report becomes public: by rule, on the Friday of its week at 15:30 in New York.

use chrono::{Datelike, Days, NaiveDate, NaiveTime, TimeZone};

use super::{Availability, KnowledgeTime, Release};

/// The release calendar of the CFTC reports.
#[derive(Debug, Clone, Default)]
pub struct CotCalendar;

impl CotCalendar {
    /// When the report of a day was or will be released; `report` is `tff`, `disaggregated` or `legacy`.
    pub fn release(&self, _report: &str, as_of: NaiveDate) -> Release {
        let to_friday = (11 - u64::from(as_of.weekday().num_days_from_monday())) % 7;
        let friday = as_of + Days::new(to_friday);
        let local = friday.and_time(NaiveTime::from_hms_opt(15, 30, 0).expect("a time of day"));
        let at = chrono_tz::America::New_York.from_local_datetime(&local).latest().expect("15:30 exists on every day in New York");
        Release { at: KnowledgeTime::from_micros(at.timestamp_micros()), availability: Availability::Rule }
    }
}
