//! Scalar functions over days: business days of a country, when the figures of a series are due, and parts of the calendar. Made anew for
//! each statement, since a day may be known to be a holiday only from some day on.
//!
//! [`days`] counts business days, [`release`] asks configuration when a figure is out; [`date_diff`], [`last_day`] and [`time_bucket`] know
//! the calendar alone. What several have in common stands here.

pub mod date_diff;
mod days;
pub mod last_day;
mod release;
pub mod time_bucket;

use chrono::{Days, NaiveDate};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, Date32Array, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Date32Type};
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs};

pub use days::{ADD, BETWEEN, IS, added, between, is_business_day};
pub use release::{DUE, EARLIEST, NEXT, OVERDUE, next_period, release_due, release_earliest, release_overdue};

use crate::engine::context::StatementContext;

const MICROS_A_DAY: i64 = 86_400_000_000;

/// The last day of which a statement knows all: what became law on the day of its clock may not have been out yet.
fn known_on(context: &StatementContext) -> NaiveDate {
    let today = i32::try_from(context.now().micros().div_euclid(MICROS_A_DAY)).ok().and_then(date);
    today.and_then(|day| day.checked_sub_days(Days::new(1))).unwrap_or(NaiveDate::MAX)
}

/// A day of Arrow.
fn date(days: i32) -> Option<NaiveDate> {
    NaiveDate::default().checked_add_signed(chrono::Duration::days(days.into()))
}

/// A day for Arrow.
fn number(date: NaiveDate) -> Option<i32> {
    i32::try_from(date.signed_duration_since(NaiveDate::default()).num_days()).ok()
}

/// The arguments of a call as arrays of one length, and whether all of them were single values.
struct Given {
    arrays: Vec<ArrayRef>,
    are_scalars: bool,
}

impl Given {
    fn of(arguments: &ScalarFunctionArgs) -> Result<Self> {
        let are_scalars = arguments.args.iter().all(|value| matches!(value, ColumnarValue::Scalar(_)));
        Ok(Self { arrays: ColumnarValue::values_to_arrays(&arguments.args)?, are_scalars })
    }
    fn texts(&self, at: usize) -> Result<StringArray> {
        Ok(cast(&self.arrays[at], &DataType::Utf8)?.as_string::<i32>().clone())
    }
    fn days(&self, at: usize) -> Result<Date32Array> {
        Ok(cast(&self.arrays[at], &DataType::Date32)?.as_primitive::<Date32Type>().clone())
    }
    fn rows(&self) -> usize {
        self.arrays.first().map_or(1, |array| array.len())
    }
    /// The result, a single value where the arguments were.
    fn answer(&self, result: ArrayRef) -> Result<ColumnarValue> {
        match self.are_scalars {
            true => Ok(ColumnarValue::Scalar(datafusion::common::ScalarValue::try_from_array(&result, 0)?)),
            false => Ok(ColumnarValue::Array(result)),
        }
    }
}
