//! `time_bucket(width, t)`: the beginning of the stretch of so many days, weeks or months that a day or instant lies in.

use std::sync::Arc;

use chrono::{DateTime, Datelike, NaiveDate};
use datafusion::arrow::array::{Array, AsArray, PrimitiveArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, IntervalMonthDayNanoType, IntervalUnit, TimeUnit, TimestampMicrosecondType};
use datafusion::common::plan_err;
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

use super::{Given, MICROS_A_DAY};
use crate::engine::context::StatementContext;
use crate::engine::functions::Documentation;
use crate::error::Error;

pub static DOCUMENTATION: Documentation = Documentation {
    name: "time_bucket",
    syntax: "time_bucket(width, t)",
    summary: "The beginning of the stretch of that width in which a day or instant lies, of UTC: time_bucket(INTERVAL '1 week', as_of) is the \
              Monday before, time_bucket(INTERVAL '3 months', as_of) the first day of the quarter. Stretches of days and less are counted from \
              Monday 3 January 2000, those of months and years from 1 January 2000; date_bin takes an origin of your own. A day gives a day.",
    nulls: "NULL where an argument is NULL.",
    causality: "Sees its arguments alone. A stretch that is not over has its beginning all the same.",
    example: "SELECT time_bucket(INTERVAL '1 month', as_of) AS month, count(*) AS rows FROM cot_tff WHERE root = 'ES' GROUP BY 1 ORDER BY 1 DESC LIMIT 3",
};

/// Monday 3 January 2000.
const ORIGIN: i64 = 10_959 * MICROS_A_DAY;
/// Months up to January 2000.
const ORIGIN_MONTHS: i64 = 2000 * 12;

pub fn function(_: &StatementContext) -> ScalarUDF {
    ScalarUDF::from(TimeBucket { signature: Signature::user_defined(Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct TimeBucket {
    signature: Signature,
}

impl ScalarUDFImpl for TimeBucket {
    fn name(&self) -> &str {
        DOCUMENTATION.name
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(types[1].clone())
    }
    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let [_, time] = types else {
            return plan_err!(
                "`time_bucket` takes a width and an instant: time_bucket(INTERVAL '1 week', as_of); date_bin takes an origin too"
            );
        };
        let time = match time {
            DataType::Date32 | DataType::Date64 => DataType::Date32,
            DataType::Timestamp(_, zone) => DataType::Timestamp(TimeUnit::Microsecond, zone.clone()),
            _ => DataType::Timestamp(TimeUnit::Microsecond, None),
        };
        Ok(vec![DataType::Interval(IntervalUnit::MonthDayNano), time])
    }
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let given = Given::of(&args)?;
        let widths = given.arrays[0].as_primitive::<IntervalMonthDayNanoType>();
        let times = cast(&given.arrays[1], &DataType::Timestamp(TimeUnit::Microsecond, None))?;
        let times = times.as_primitive::<TimestampMicrosecondType>();
        let mut begins = Vec::with_capacity(times.len());
        for row in 0..times.len() {
            begins.push(match widths.is_valid(row) && times.is_valid(row) {
                true => Some(begin(IntervalMonthDayNanoType::to_parts(widths.value(row)), times.value(row))?),
                false => None,
            });
        }
        let begins = PrimitiveArray::<TimestampMicrosecondType>::from(begins);
        given.answer(match args.return_type() {
            DataType::Timestamp(_, zone) => Arc::new(begins.with_timezone_opt(zone.clone())),
            other => cast(&begins, other)?,
        })
    }
}

fn begin((months, days, nanos): (i32, i32, i64), time: i64) -> Result<i64> {
    let out_of_range = || Error::query("`time_bucket`: an instant is too far away to be told");
    let micros = i64::from(days).checked_mul(MICROS_A_DAY).and_then(|micros| micros.checked_add(nanos / 1000));
    match (months, micros.ok_or_else(out_of_range)?) {
        (1.., 0) => {
            let day = DateTime::from_timestamp_micros(time).ok_or_else(out_of_range)?;
            let n = i64::from(day.year()) * 12 + i64::from(day.month0());
            let first = ORIGIN_MONTHS + (n - ORIGIN_MONTHS).div_euclid(months.into()) * i64::from(months);
            let year = i32::try_from(first.div_euclid(12)).map_err(|_| out_of_range())?;
            let first = NaiveDate::from_ymd_opt(year, first.rem_euclid(12) as u32 + 1, 1).and_then(|day| day.and_hms_opt(0, 0, 0));
            Ok(first.ok_or_else(out_of_range)?.and_utc().timestamp_micros())
        }
        (0, width @ 1..) => {
            let since = time.checked_sub(ORIGIN).ok_or_else(out_of_range)?;
            Ok(since.div_euclid(width).checked_mul(width).and_then(|since| since.checked_add(ORIGIN)).ok_or_else(out_of_range)?)
        }
        _ => Err(Error::query("`time_bucket` takes a width above nothing, of months or of days and less")
            .hint("write INTERVAL '1 month', INTERVAL '1 week' or INTERVAL '4 hours'")
            .into()),
    }
}
