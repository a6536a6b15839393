//! Days so many days or months away. The calendar of `chrono` has an edge (the year 262142), and its operators end the process there: these
//! stay on the last day instead. `tests/suite/tidy.rs` holds that the operators are not used.

use chrono::{Days, Months, NaiveDate};

/// A day that can be moved.
pub trait Shift {
    /// So many days later, or earlier where it is negative.
    #[must_use]
    fn plus_days(self, days: i64) -> Self;
    /// The same day so many months later, or earlier; the last day of a month that is shorter.
    #[must_use]
    fn plus_months(self, months: i32) -> Self;
}

impl Shift for NaiveDate {
    fn plus_days(self, days: i64) -> Self {
        let by = Days::new(days.unsigned_abs());
        match days {
            0.. => self.checked_add_days(by).unwrap_or(Self::MAX),
            _ => self.checked_sub_days(by).unwrap_or(Self::MIN),
        }
    }
    fn plus_months(self, months: i32) -> Self {
        let by = Months::new(months.unsigned_abs());
        match months {
            0.. => self.checked_add_months(by).unwrap_or(Self::MAX),
            _ => self.checked_sub_months(by).unwrap_or(Self::MIN),
        }
    }
}

/// The day of so many days since 1970-01-01.
pub fn day(days: i32) -> NaiveDate {
    NaiveDate::default().plus_days(days.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_stay_on_the_calendar() {
        assert_eq!(day(0), NaiveDate::default());
        assert_eq!((day(i32::MAX), day(i32::MIN)), (NaiveDate::MAX, NaiveDate::MIN));
        assert_eq!((NaiveDate::MAX.plus_days(1), NaiveDate::MIN.plus_days(-1)), (NaiveDate::MAX, NaiveDate::MIN));
        assert_eq!((NaiveDate::MAX.plus_months(1), NaiveDate::MIN.plus_months(-1)), (NaiveDate::MAX, NaiveDate::MIN));
        assert_eq!(NaiveDate::default().plus_days(i64::MIN), NaiveDate::MIN);
        assert_eq!(NaiveDate::default().plus_months(-11).to_string(), "1969-02-01");
        assert_eq!(NaiveDate::default().plus_days(30).plus_months(1).to_string(), "1970-02-28");
    }
}
