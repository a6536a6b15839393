//! `yoy(x, as_of) OVER (PARTITION BY key ORDER BY as_of)`: the change against the same period a year earlier.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::Months;
use datafusion::arrow::array::{ArrayRef, AsArray, Float64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Date32Type, Field, FieldRef};
use datafusion::common::cast::as_float64_array;
use datafusion::common::types::logical_date;
use datafusion::error::Result;
use datafusion::logical_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::{Coercion, PartitionEvaluator, Signature, TypeSignatureClass, Volatility, WindowUDF, WindowUDFImpl};

use crate::engine::functions::Documentation;

pub static DOCUMENTATION: Documentation = Documentation {
    name: "yoy",
    syntax: "yoy(x, as_of) OVER (PARTITION BY key ORDER BY as_of)",
    summary: "x divided by the x of twelve calendar months before, less 1: 0.03 is three percent. The row of a year ago is the one whose as_of is \
              the same day of the same month (the last day of February for a leap day).",
    nulls: "NULL where x is NULL, there is no row of a year ago among the rows before, or it is NULL or 0.",
    causality: "Sees the current row and the rows before it. Over vintaged history both are as known at the clock; levels of one vintage are \
                comparable, of two vintages they may not be: the table function `yoy` computes inside one vintage.",
    example: "SELECT as_of, open_interest, yoy(open_interest, as_of) OVER (ORDER BY as_of) AS change FROM cot_tff \
              WHERE root = 'ES' AND category = 'dealer' ORDER BY as_of DESC LIMIT 3",
};

pub fn window() -> WindowUDF {
    let day = Coercion::new_exact(TypeSignatureClass::Native(logical_date()));
    WindowUDF::from(Yoy { signature: Signature::coercible(vec![super::number(), day], Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Yoy {
    signature: Signature,
}

impl WindowUDFImpl for Yoy {
    fn name(&self) -> &str {
        DOCUMENTATION.name
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn partition_evaluator(&self, _: PartitionEvaluatorArgs) -> Result<Box<dyn PartitionEvaluator>> {
        Ok(Box::new(Evaluator))
    }
    fn field(&self, args: WindowUDFFieldArgs) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(args.name(), DataType::Float64, true)))
    }
}

#[derive(Debug)]
struct Evaluator;

impl PartitionEvaluator for Evaluator {
    fn evaluate_all(&mut self, values: &[ArrayRef], _: usize) -> Result<ArrayRef> {
        let values_of = cast(&values[0], &DataType::Float64)?;
        let days = cast(&values[1], &DataType::Date32)?;
        Ok(Arc::new(changes(as_float64_array(&values_of)?, days.as_primitive::<Date32Type>())))
    }
}

fn changes(values: &Float64Array, days: &datafusion::arrow::array::Date32Array) -> Float64Array {
    let mut seen: HashMap<i32, Option<f64>> = HashMap::with_capacity(values.len());
    let change = |(value, day): (Option<f64>, Option<i32>)| {
        let day = day?;
        let year_ago =
            Date32Type::to_naive_date_opt(day).and_then(|day| day.checked_sub_months(Months::new(12))).map(Date32Type::from_naive_date);
        let before = year_ago.and_then(|day| seen.get(&day).copied().flatten()).filter(|before| *before != 0.0);
        seen.insert(day, value);
        Some(value? / before? - 1.0)
    };
    values.iter().zip(days).map(change).collect()
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::Date32Array;

    use super::*;

    #[test]
    fn the_same_month_a_year_ago() {
        let day = |text: &str| Date32Type::from_naive_date(text.parse().expect("a date"));
        let days =
            Date32Array::from_iter_values(["2023-01-01", "2023-02-01", "2023-03-01", "2024-01-01", "2024-02-01", "2024-04-01"].map(day));
        let values = Float64Array::from(vec![Some(100.0), None, Some(0.0), Some(125.0), Some(1.0), Some(1.0)]);
        assert_eq!(changes(&values, &days), Float64Array::from(vec![None, None, None, Some(0.25), None, None]));
    }
}
