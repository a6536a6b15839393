//! The window functions that set a row against earlier rows of its partition, wherever their frame begins: a partition at a time.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Float64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Date32Type};
use datafusion::common::cast::as_float64_array;
use datafusion::error::Result;
use datafusion::logical_expr::PartitionEvaluator;

/// Missing numbers are NaN, given and taken.
type OfValues = Box<dyn Fn(&[f64]) -> Vec<f64> + Send>;
type OfDatedValues = Box<dyn Fn(&[f64], &[Option<i32>]) -> Vec<f64> + Send>;

/// What a partition's rows come to.
pub enum Along {
    Values(OfValues),
    /// Values and the days that they are of.
    DatedValues(OfDatedValues),
}

impl fmt::Debug for Along {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Along")
    }
}

impl PartitionEvaluator for Along {
    fn evaluate_all(&mut self, arguments: &[ArrayRef], _: usize) -> Result<ArrayRef> {
        let column = cast(&arguments[0], &DataType::Float64)?;
        let values: Vec<f64> = as_float64_array(&column)?.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
        let results = match self {
            Self::Values(of) => of(&values),
            Self::DatedValues(of) => {
                let column = cast(&arguments[1], &DataType::Date32)?;
                let days: Vec<Option<i32>> = column.as_primitive::<Date32Type>().iter().collect();
                of(&values, &days)
            }
        };
        Ok(Arc::new(results.into_iter().map(|result| (!result.is_nan()).then_some(result)).collect::<Float64Array>()))
    }
}
