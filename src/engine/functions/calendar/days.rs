//! `is_business_day`, `business_days_between`, `add_business_days`: the days on which a country works, as known at the clock.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use chrono::NaiveDate;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Date32Array, Int64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility};

use super::{Given, date, known_on};
use crate::engine::context::StatementContext;
use crate::engine::functions::Documentation;
use crate::error::Error;
use crate::time::business::BusinessCalendar;

/// Days of which business days are counted: 1900-01-01 to 2199-12-31.
const FIRST: i32 = -25_567;
const END: i32 = 84_006;

/// A step further than this leaves every calendar.
const MAX_STEP: i64 = 100_000;

pub static IS: Documentation = Documentation {
    name: "is_business_day",
    syntax: "is_business_day(calendar, day)",
    summary: "Whether a day is a business day. `calendar` is 'BR' (national bank holidays of Brazil, as ANBIMA publishes them), 'B3' (trading \
              days of the Brazilian exchange), 'US_FEDERAL' (the government in Washington), 'US_BONDS' (the bond market, and the Treasury's \
              curve), 'US_FED' (the Federal Reserve Banks), 'US_STOCKS' (the stock exchanges of New York), 'US' (neither a federal holiday nor \
              Good Friday) or 'all' (every day of the week is one).",
    nulls: "NULL where an argument is NULL, and outside 1900 to 2199.",
    causality: "A holiday is known from the day after its law: 20 November 2024 is a business day of Brazil with the clock in 2022. A day of \
                mourning or disaster is known from the day after it.",
    example: "SELECT is_business_day('BR', DATE '2024-02-13') AS carnival, is_business_day('US', DATE '2024-02-13') AS tuesday",
};

pub static BETWEEN: Documentation = Documentation {
    name: "business_days_between",
    syntax: "business_days_between(calendar, from, to)",
    summary: "Business days from `from` (inclusive) to `to` (exclusive): the count that rates over 252 days are quoted by. Negative where `to` \
              is before `from`. `calendar` as in is_business_day.",
    nulls: "NULL where an argument is NULL, and outside 1900 to 2199.",
    causality: "Counts by the holidays that were law at the clock, so that a count of the past is the one that was made then.",
    example: "SELECT business_days_between('BR', DATE '2018-01-02', DATE '2019-01-02') / 252.0 AS years",
};

pub static ADD: Documentation = Documentation {
    name: "add_business_days",
    syntax: "add_business_days(calendar, day, n)",
    summary: "The n-th business day after a day, before it where n is negative; the day itself need not be one. With 0, the day where it is a \
              business day, else the next one. `calendar` as in is_business_day.",
    nulls: "NULL where an argument is NULL, and where the result lies outside 1900 to 2199.",
    causality: "Steps over the holidays that were law at the clock.",
    example: "SELECT add_business_days('BR', DATE '2024-02-09', 1) AS after_carnival",
};

pub fn is_business_day(context: &StatementContext) -> ScalarUDF {
    function(context, Asked::Is)
}
pub fn between(context: &StatementContext) -> ScalarUDF {
    function(context, Asked::Between)
}
pub fn added(context: &StatementContext) -> ScalarUDF {
    function(context, Asked::Added)
}

fn function(context: &StatementContext, asked: Asked) -> ScalarUDF {
    let types = match asked {
        Asked::Is => vec![DataType::Utf8, DataType::Date32],
        Asked::Between => vec![DataType::Utf8, DataType::Date32, DataType::Date32],
        Asked::Added => vec![DataType::Utf8, DataType::Date32, DataType::Int64],
    };
    let signature = Signature::new(TypeSignature::Exact(types), Volatility::Stable);
    ScalarUDF::from(BusinessDays { asked, signature, counts: Arc::new(Counts::known_on(known_on(context))) })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Asked {
    Is,
    Between,
    Added,
}

#[derive(Debug)]
struct BusinessDays {
    asked: Asked,
    signature: Signature,
    counts: Arc<Counts>,
}

impl PartialEq for BusinessDays {
    fn eq(&self, other: &Self) -> bool {
        (self.asked, self.counts.known_on) == (other.asked, other.counts.known_on)
    }
}
impl Eq for BusinessDays {}
impl Hash for BusinessDays {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.asked, self.counts.known_on).hash(state);
    }
}

impl ScalarUDFImpl for BusinessDays {
    fn name(&self) -> &str {
        match self.asked {
            Asked::Is => IS.name,
            Asked::Between => BETWEEN.name,
            Asked::Added => ADD.name,
        }
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.asked {
            Asked::Is => DataType::Boolean,
            Asked::Between => DataType::Int64,
            Asked::Added => DataType::Date32,
        })
    }
    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let given = Given::of(&arguments)?;
        let (calendars, days) = (given.texts(0)?, given.days(1)?);
        let calendars = (0..given.rows()).map(|row| calendar(calendars.is_valid(row).then(|| calendars.value(row))));
        let counted = calendars.map(|found| Ok(found?.map(|calendar| self.counts.of(calendar)))).collect::<Result<Vec<_>>>()?;
        let rows = counted.iter().zip(&days).map(|(counted, day)| counted.zip(day));
        let result: ArrayRef = match self.asked {
            Asked::Is => Arc::new(rows.map(|row| row.and_then(|(counted, day)| counted.is(day))).collect::<BooleanArray>()),
            Asked::Between => {
                let ends = given.days(2)?;
                let between = rows.zip(&ends).map(|(row, end)| row.zip(end).and_then(|((counted, day), end)| counted.between(day, end)));
                Arc::new(between.collect::<Int64Array>())
            }
            Asked::Added => {
                let steps = cast(&given.arrays[2], &DataType::Int64)?;
                let steps = steps.as_primitive::<Int64Type>();
                let added = rows.zip(steps).map(|(row, n)| row.zip(n).and_then(|((counted, day), n)| counted.added(day, n)));
                Arc::new(added.collect::<Date32Array>())
            }
        };
        given.answer(result)
    }
}

fn calendar(name: Option<&str>) -> Result<Option<BusinessCalendar>> {
    let Some(name) = name else { return Ok(None) };
    match BusinessCalendar::from_name(name) {
        Some(calendar) => Ok(Some(calendar)),
        None => {
            let names = BusinessCalendar::ALL.map(|calendar| format!("'{}'", calendar.name())).join(", ");
            Err(Error::query(format!("there is no calendar of business days `{name}`")).hint(format!("it is one of {names}")).into())
        }
    }
}

/// Business days counted from the first day on, a calendar at a time when it is first asked for.
#[derive(Debug)]
struct Counts {
    known_on: NaiveDate,
    calendars: [OnceLock<Counted>; BusinessCalendar::ALL.len()],
}

impl Counts {
    fn known_on(known_on: NaiveDate) -> Self {
        Self { known_on, calendars: std::array::from_fn(|_| OnceLock::new()) }
    }
    fn of(&self, calendar: BusinessCalendar) -> &Counted {
        let at = BusinessCalendar::ALL.iter().position(|known| *known == calendar).unwrap_or_default();
        self.calendars[at].get_or_init(|| Counted::new(calendar, self.known_on))
    }
}

/// One calendar: business days before each day, and the days themselves.
#[derive(Debug)]
struct Counted {
    before: Vec<u32>,
    days: Vec<i32>,
}

impl Counted {
    fn new(calendar: BusinessCalendar, known_on: NaiveDate) -> Self {
        let is_one = |day: &i32| date(*day).is_some_and(|day| calendar.is_business_day_as_known(day, known_on));
        let days: Vec<i32> = (FIRST..END).filter(is_one).collect();
        let mut before = Vec::with_capacity((END - FIRST) as usize + 1);
        let mut counted = 0;
        for day in FIRST..=END {
            before.push(counted as u32);
            counted += usize::from(days.get(counted) == Some(&day));
        }
        Self { before, days }
    }

    /// Business days before a day.
    fn before(&self, day: i32) -> Option<i64> {
        let at = usize::try_from(day.checked_sub(FIRST)?).ok()?;
        self.before.get(at).map(|count| i64::from(*count))
    }
    fn is(&self, day: i32) -> Option<bool> {
        Some(self.before(day.checked_add(1)?)? > self.before(day)?)
    }
    fn between(&self, from: i32, to: i32) -> Option<i64> {
        Some(self.before(to)? - self.before(from)?)
    }
    fn added(&self, day: i32, n: i64) -> Option<i32> {
        if n.abs() > MAX_STEP {
            return None;
        }
        let at = match n {
            // the first that is not before the day
            0 => self.before(day)?,
            1.. => self.before(day.checked_add(1)?)? + n - 1,
            _ => self.before(day)? + n,
        };
        self.days.get(usize::try_from(at).ok()?).copied()
    }
}

#[cfg(test)]
mod tests {
    use chrono::Days;

    use super::super::number;
    use super::*;

    #[test]
    fn counts_and_steps_are_those_of_the_calendar() {
        let first = number(NaiveDate::from_ymd_opt(2023, 11, 1).expect("a day")).expect("a number");
        let knowledge = ["2023-12-21", "2024-06-01"].map(|day| day.parse::<NaiveDate>().expect("a day"));
        for (calendar, known_on) in BusinessCalendar::ALL.into_iter().flat_map(|calendar| knowledge.map(|known| (calendar, known))) {
            let counted = Counted::new(calendar, known_on);
            for day in first..first + 400 {
                let at = date(day).expect("a day");
                assert_eq!(counted.is(day), Some(calendar.is_business_day_as_known(at, known_on)), "{at}");
                let end = at + Days::new(40);
                let between = counted.between(day, day + 40);
                assert_eq!(between, Some(calendar.count(at, end, known_on)), "{at}");
                assert_eq!(counted.between(day + 40, day), between.map(|n| -n), "{at}");
            }
        }
    }

    #[test]
    fn steps_are_those_of_the_calendar_in_hindsight() {
        let first = number(NaiveDate::from_ymd_opt(2023, 12, 20).expect("a day")).expect("a number");
        for calendar in BusinessCalendar::ALL {
            let counted = Counted::new(calendar, NaiveDate::MAX);
            for (day, n) in (first..first + 100).flat_map(|day| [-7, -1, 0, 1, 7].map(|n| (day, n))) {
                let at = date(day).expect("a day");
                assert_eq!(counted.added(day, i64::from(n)).and_then(date), Some(calendar.offset(at, n)), "{at} {n:+}");
            }
        }
    }

    #[test]
    fn days_outside_the_calendar_have_no_count() {
        let counted = Counted::new(BusinessCalendar::EveryDay, NaiveDate::MAX);
        assert_eq!((counted.is(FIRST - 1), counted.is(FIRST), counted.is(END - 1), counted.is(END)), (None, Some(true), Some(true), None));
        assert_eq!((counted.added(END - 1, 1), counted.added(FIRST, -1), counted.added(0, i64::MAX)), (None, None, None));
        assert_eq!(date(FIRST).map(|day| day.to_string()).as_deref(), Some("1900-01-01"));
        assert_eq!(date(END).map(|day| day.to_string()).as_deref(), Some("2200-01-01"));
    }
}
