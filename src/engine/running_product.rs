//! `running_product(x) OVER (PARTITION BY … ORDER BY …)`: the product of x over the rows up to the current one, for the views that adjust
//! prices. Multiplied factor by factor, so that whole numbers of shares stay exact, which a sum of logarithms would not do.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::cast::as_float64_array;
use datafusion::error::Result;
use datafusion::logical_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::{PartitionEvaluator, Signature, Volatility, WindowUDF, WindowUDFImpl};

/// The window function; a row whose x is NULL multiplies nothing, and before the first factor the product is 1.
pub fn window() -> WindowUDF {
    WindowUDF::from(RunningProduct { signature: Signature::exact(vec![DataType::Float64], Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct RunningProduct {
    signature: Signature,
}

impl WindowUDFImpl for RunningProduct {
    fn name(&self) -> &str {
        "running_product"
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
        let factors = cast(&values[0], &DataType::Float64)?;
        Ok(Arc::new(products(as_float64_array(&factors)?)))
    }
}

fn products(factors: &Float64Array) -> Float64Array {
    let product = |so_far: &mut f64, factor: Option<f64>| {
        *so_far *= factor.unwrap_or(1.0);
        Some(*so_far)
    };
    Float64Array::from_iter_values(factors.iter().scan(1.0, product))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_factors_multiply_nothing() {
        let factors = Float64Array::from(vec![None, Some(4.0), None, Some(7.0), Some(0.125)]);
        assert_eq!(products(&factors), Float64Array::from(vec![1.0, 4.0, 4.0, 28.0, 3.5]));
    }
}
