//! The exchanges' rules for the last days of a contract, in the words that configuration uses:
//!
//! ```text
//! 3rd friday                                              a weekday of the contract month, or the last one (`last friday`)
//! last business day                                       also `10th business day`, `3rd last business day`
//! 7 business days before the last business day
//! 1 business day before the 15th                          a day of the month, business day or not
//! 3 business days before the business day by the 25th of the month before
//! 30 days before the business day by the 3rd friday of the month after        calendar days
//! 1 business day before the 3rd wednesday of the 3rd month after
//! ```
//!
//! A business day is a trade date of the root's calendar. What falls on another day is moved to the trade date before it; `the business day by`
//! moves the day that is counted from.

use chrono::{Datelike, Days, NaiveDate, Weekday};

use super::ContractMonth;
use crate::error::{Error, Result};
use crate::time::exchange::ExchangeCalendar;

/// When something happens to a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    before: Option<Lead>,
    point: Point,
    /// Whether the point is moved to a trade date before anything is counted from it.
    by_business_day: bool,
    /// Months after the contract month.
    month: i32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lead {
    BusinessDays(u32),
    Days(u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Point {
    /// Counted from the first, 1 on.
    Weekday(Weekday, u32),
    LastWeekday(Weekday),
    BusinessDay(u32),
    /// Counted from the last, 1 on.
    LastBusinessDay(u32),
    DayOfMonth(u32),
}

impl Rule {
    /// Reads a rule.
    ///
    /// # Errors
    /// The text is no such rule.
    pub fn parse(text: &str) -> Result<Self> {
        Self::read(text).ok_or_else(|| {
            Error::config(format!("`{text}` is no rule for a day of a contract")).hint(
                "such as `3rd friday`, `last business day`, `3rd last business day`, `1 business day before the 15th`, \
                 `3 business days before the business day by the 25th of the month before`",
            )
        })
    }

    fn read(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        let (text, month) = match text.rsplit_once(" of the ") {
            Some((rest, "month before")) => (rest.to_string(), -1),
            Some((rest, "month after")) => (rest.to_string(), 1),
            Some((rest, later)) => (rest.to_string(), i32::try_from(ordinal(later.strip_suffix(" month after")?)?).ok()?),
            None => (text, 0),
        };
        let (before, point) = match text.split_once(" before the ") {
            Some((lead, point)) => (Some(Lead::read(lead)?), point.to_string()),
            None => (None, text),
        };
        let point = point.strip_prefix("the ").unwrap_or(&point);
        let (point, by_business_day) = match point.strip_prefix("business day by the ") {
            Some(point) => (point, true),
            None => (point, false),
        };
        Some(Self { before, point: Point::read(point)?, by_business_day, month })
    }

    /// The day of a contract.
    pub fn day(self, contract: ContractMonth, calendar: &ExchangeCalendar) -> Option<NaiveDate> {
        let point = self.point.day(contract.plus(self.month), calendar)?;
        let point = if self.by_business_day { business_day_by(point, calendar) } else { point };
        let day = match self.before {
            None => point,
            Some(Lead::Days(n)) => point.checked_sub_days(Days::new(n.into()))?,
            Some(Lead::BusinessDays(n)) => calendar.offset(point, -i32::try_from(n).ok()?),
        };
        Some(business_day_by(day, calendar))
    }
}

impl Lead {
    fn read(text: &str) -> Option<Self> {
        let (n, unit) = text.split_once(' ')?;
        let n = n.parse().ok().filter(|n| (1..=90).contains(n))?;
        match unit {
            "business day" | "business days" => Some(Self::BusinessDays(n)),
            "day" | "days" => Some(Self::Days(n)),
            _ => None,
        }
    }
}

impl Point {
    fn read(text: &str) -> Option<Self> {
        if text == "last business day" {
            return Some(Self::LastBusinessDay(1));
        }
        let Some((n, rest)) = text.split_once(' ') else { return ordinal(text).filter(|day| *day <= 31).map(Self::DayOfMonth) };
        match (n, ordinal(n), rest) {
            ("last", None, weekday) => weekday.parse().ok().map(Self::LastWeekday),
            (_, Some(n @ 1..=20), "business day") => Some(Self::BusinessDay(n)),
            (_, Some(n @ 1..=20), "last business day") => Some(Self::LastBusinessDay(n)),
            (_, Some(n @ 1..=5), weekday) => weekday.parse().ok().map(|weekday| Self::Weekday(weekday, n)),
            _ => None,
        }
    }

    fn day(self, month: ContractMonth, calendar: &ExchangeCalendar) -> Option<NaiveDate> {
        let first = month.first_day();
        let last = month.plus(1).first_day().pred_opt()?;
        match self {
            Self::Weekday(weekday, n) => NaiveDate::from_weekday_of_month_opt(month.year, month.month, weekday, n.try_into().ok()?),
            Self::LastWeekday(weekday) => last.checked_sub_days(Days::new(u64::from(last.weekday().days_since(weekday)))),
            Self::BusinessDay(n) => Some(calendar.offset(first.pred_opt()?, n.try_into().ok()?)),
            Self::LastBusinessDay(n) => Some(calendar.offset(last.succ_opt()?, -i32::try_from(n).ok()?)),
            Self::DayOfMonth(day) => NaiveDate::from_ymd_opt(month.year, month.month, day),
        }
    }
}

fn business_day_by(day: NaiveDate, calendar: &ExchangeCalendar) -> NaiveDate {
    if calendar.is_trade_date(day) { day } else { calendar.offset(day, -1) }
}

/// `3rd` → 3.
fn ordinal(text: &str) -> Option<u32> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let n: u32 = digits.parse().ok().filter(|n| *n > 0)?;
    let ending = match (n % 10, n % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    (text.len() > digits.len() && &text[digits.len()..] == ending).then_some(n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_rule_is_refused_with_examples() {
        for text in [
            "",
            "friday",
            "3th friday",
            "3rd funday",
            "0 business days before the 15th",
            "last",
            "32nd",
            "3rd friday of the year",
            "2 weeks before the 15th",
            "business day by the 3rd funday",
        ] {
            let error = Rule::parse(text).expect_err(text);
            assert!(error.hint_text().is_some_and(|hint| hint.contains("3rd friday")), "{text}");
        }
    }
}
