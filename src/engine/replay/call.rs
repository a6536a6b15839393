//! What a call asks for, read from its arguments. Pure: reads no rows and no clock, but refuses an instant that is later than the clock.

use datafusion::arrow::compute::kernels::cast_utils::parse_interval_month_day_nano;
use datafusion::arrow::datatypes::{IntervalDayTimeType, IntervalMonthDayNanoType};
use datafusion::common::ScalarValue;
use datafusion::error::Result;

use crate::engine::functions::Arguments;
use crate::engine::relations::{Relations, instant_of};
use crate::error::Error;
use crate::quant::replay::{Instants, Step, Transform};

const DAY: i64 = 86_400_000_000;

/// What is said of each window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Measure {
    ZScore,
    Mean,
    Deviation,
    PercentileRank,
    GrowthOfYear,
    /// The window itself.
    Panel,
    FirstRelease,
}

/// One call of a function of this family.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Call {
    pub function: &'static str,
    /// The table or family, without its face.
    pub relation: String,
    /// Series asked for by their whole id.
    pub ids: Vec<String>,
    /// LIKE patterns of series.
    pub patterns: Vec<String>,
    pub source: Option<String>,
    pub measure: Measure,
    /// How many observations a window has; `None` for all.
    pub last: Option<usize>,
    /// Fewer values than these give no figure.
    pub min_periods: usize,
    pub transform: Transform,
    pub instants: Instants,
}

/// The arguments that the functions share.
pub struct Parameters {
    pub measure: Measure,
    /// The argument that says how long a window is, and whether it must be there.
    pub last: Option<(&'static str, bool)>,
    pub min_periods: usize,
}

impl Parameters {
    /// Reads a call.
    ///
    /// # Errors
    /// An argument is missing or makes no sense, or names an instant after the clock.
    pub fn read(&self, arguments: &Arguments, planner: &Relations) -> Result<Call> {
        let function = arguments.name();
        let Some(relation) = arguments.text("table")? else {
            return Err(missing(arguments, "the table or view family that holds the series").into());
        };
        let relation = relation.trim().to_lowercase();
        let relation = relation.strip_suffix("_vintages").unwrap_or(&relation).to_string();
        let given = arguments.texts("series")?;
        if given.is_empty() && arguments.get("series").is_some() {
            return Err(Error::query(format!("`{function}` was given a list without a series"))
                .hint("leave `series` away for all of them")
                .into());
        }
        let (patterns, ids) = given.into_iter().partition(|id| id.contains('%'));
        let last = match self.last {
            None => None,
            Some((parameter, is_needed)) => match arguments.count(parameter)? {
                None if is_needed => return Err(missing(arguments, &format!("`{parameter}`, a number of observations")).into()),
                given => given,
            },
        };
        let transform = arguments.choice("transform")?.and_then(Transform::of_name).unwrap_or(Transform::Level);
        let instant = |parameter: &str| -> Result<Option<i64>> {
            let Some(at) = arguments.get(parameter).cloned().map(instant_of).transpose()? else { return Ok(None) };
            planner.ensure_not_later(at, &format!("`{function}` {parameter}"))?;
            Ok(Some(at.micros()))
        };
        let (from, to) = (instant("from")?, instant("to")?);
        if from.zip(to).is_some_and(|(from, to)| from > to) {
            return Err(Error::query(format!("`{function}`: `from` is later than `to`")).into());
        }
        Ok(Call {
            function,
            relation,
            ids,
            patterns,
            source: arguments.text("source")?.map(str::to_string),
            measure: self.measure,
            last: if self.measure == Measure::GrowthOfYear { Some(1) } else { last },
            min_periods: arguments.count("min_periods")?.unwrap_or(self.min_periods),
            transform,
            instants: Instants { every: every(arguments)?, from, to },
        })
    }
}

fn missing(arguments: &Arguments, what: &str) -> Error {
    Error::query(format!("`{}` needs {what}", arguments.name())).hint(format!("its syntax is {}", arguments.syntax()))
}

/// The step of the schedule: an interval, or the text of one.
fn every(arguments: &Arguments) -> Result<Option<Step>> {
    let Some(given) = arguments.get("every") else { return Ok(None) };
    let unusable = || {
        Error::query(format!("`{}` cannot step by `{given}`", arguments.name()))
            .hint("`every` is an interval that goes forward: '1 day', '2 weeks', '1 month'")
    };
    let months_days_nanos = match given {
        ScalarValue::IntervalMonthDayNano(Some(interval)) => IntervalMonthDayNanoType::to_parts(*interval),
        ScalarValue::IntervalYearMonth(Some(months)) => (*months, 0, 0),
        ScalarValue::IntervalDayTime(Some(interval)) => {
            let (days, millis) = IntervalDayTimeType::to_parts(*interval);
            (0, days, i64::from(millis) * 1_000_000)
        }
        other => {
            let text = other.try_as_str().flatten().ok_or_else(unusable)?;
            IntervalMonthDayNanoType::to_parts(parse_interval_month_day_nano(text).map_err(|_| unusable())?)
        }
    };
    let (months, days, nanos) = months_days_nanos;
    let step = Step::new(months, i64::from(days) * DAY + nanos / 1_000).ok_or_else(unusable)?;
    Ok(Some(step))
}
