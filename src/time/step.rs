//! Steps along the calendar: `+1w`, `-3 months`. What a person types to move a clock. Pure.

use chrono::{DateTime, Duration, Months, Utc};

use super::KnowledgeTime;
use crate::error::{Error, Result};

/// A way forward (or back) in time; months and years keep the day of the month where there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    is_back: bool,
    length: Length,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Length {
    Exact(Duration),
    Months(Months),
}

const HINT: &str = "write a sign, a number and a unit: `+1w`, `-3d`, `+12h`, `+1month`, `-1y`";

impl Step {
    /// Whether a text is meant as a step: it begins with a sign.
    pub fn is_one(text: &str) -> bool {
        text.starts_with(['+', '-'])
    }

    /// Reads `+1w`: minutes, hours, days, weeks, months, quarters, years, by their names or first letters (`m` is no unit: it could be two).
    ///
    /// # Errors
    /// The text has no sign, number or unit, or is longer than time.
    pub fn parse(text: &str) -> Result<Self> {
        let unreadable = || Error::usage(format!("`{text}` is no step in time")).hint(HINT);
        let rest = text.strip_prefix(['+', '-']).ok_or_else(unreadable)?.trim();
        let end = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(unreadable)?;
        let count: u32 = rest[..end].parse().map_err(|_| unreadable())?;
        let unit = rest[end..].trim().to_lowercase();
        let months = |each: u32| count.checked_mul(each).map(|n| Length::Months(Months::new(n)));
        let length = match unit.as_str() {
            "min" | "minute" | "minutes" => Some(Length::Exact(Duration::minutes(i64::from(count)))),
            "h" | "hour" | "hours" => Some(Length::Exact(Duration::hours(i64::from(count)))),
            "d" | "day" | "days" => Some(Length::Exact(Duration::days(i64::from(count)))),
            "w" | "week" | "weeks" => Some(Length::Exact(Duration::weeks(i64::from(count)))),
            "mo" | "month" | "months" => months(1),
            "q" | "quarter" | "quarters" => months(3),
            "y" | "year" | "years" => months(12),
            "m" => return Err(Error::usage("`m` may be minutes or months").hint("write `min` or `mo`")),
            _ => None,
        };
        Ok(Self { is_back: text.starts_with('-'), length: length.ok_or_else(unreadable)? })
    }

    /// The instant that is this far from another.
    ///
    /// # Errors
    /// It is beyond the calendar.
    pub fn from(self, instant: KnowledgeTime) -> Result<KnowledgeTime> {
        let start = DateTime::<Utc>::from_timestamp_micros(instant.micros());
        let end = start.and_then(|start| match (self.length, self.is_back) {
            (Length::Exact(length), false) => start.checked_add_signed(length),
            (Length::Exact(length), true) => start.checked_sub_signed(length),
            (Length::Months(months), false) => start.checked_add_months(months),
            (Length::Months(months), true) => start.checked_sub_months(months),
        });
        let end = end.ok_or_else(|| Error::usage("the step leads beyond the calendar"))?;
        Ok(KnowledgeTime::from_micros(end.timestamp_micros()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(instant: &str, step: &str) -> String {
        let instant = KnowledgeTime::parse(instant).expect("an instant");
        Step::parse(step).expect("a step").from(instant).expect("in the calendar").to_string()
    }

    #[test]
    fn steps_go_both_ways_and_months_end_where_the_month_does() {
        assert_eq!(moved("2019-02-04 20:30:00Z", "+1w"), "2019-02-11 20:30:00Z");
        assert_eq!(moved("2019-02-04", "-1 day"), "2019-02-03 00:00:00Z");
        assert_eq!(moved("2019-02-04", "+90min"), "2019-02-04 01:30:00Z");
        assert_eq!(moved("2020-01-31", "+1mo"), "2020-02-29 00:00:00Z");
        assert_eq!(moved("2020-02-29", "-1y"), "2019-02-28 00:00:00Z");
        assert_eq!(moved("2019-02-04", "+1Q"), "2019-05-04 00:00:00Z");
    }

    #[test]
    fn what_is_no_step_says_how_to_write_one() {
        for text in ["+w", "+1", "+1 fortnight", "1w", "+99999999999d"] {
            assert_eq!(Step::parse(text).expect_err(text).hint_text(), Some(HINT), "{text}");
        }
        assert_eq!(Step::parse("+5m").expect_err("two units").hint_text(), Some("write `min` or `mo`"));
        let far = KnowledgeTime::parse("2019-02-04").expect("an instant");
        assert!(Step::parse("+4294967295y").is_err());
        assert!(Step::parse("+300000000d").and_then(|step| step.from(far)).is_err());
    }
}
