//! `zscore(x) OVER (… ROWS n-1 PRECEDING)`: the current row against its window, the current row included.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, Float64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::ScalarValue;
use datafusion::common::cast::as_float64_array;
use datafusion::error::Result;
use datafusion::logical_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::{PartitionEvaluator, Signature, Volatility, WindowUDF, WindowUDFImpl};

use super::Documentation;

pub static DOCUMENTATION: Documentation = Documentation {
    name: "zscore",
    syntax: "zscore(x) OVER (PARTITION BY key ORDER BY as_of ROWS n-1 PRECEDING)",
    summary: "(x - mean) / standard deviation over the window, the current row included; the deviation is the sample's (n - 1). The frame must \
              end at the current row.",
    nulls: "NULLs in the window are left out. NULL where x is NULL, fewer than two values are in the window, or the deviation is 0.",
    causality: "Sees the current row and the rows before it. Over vintaged history the rows are those known at the clock, revisions included.",
    example: "SELECT as_of, net, zscore(net) OVER (ORDER BY as_of ROWS 51 PRECEDING) AS z FROM cot_tff \
              WHERE root = 'ES' AND category = 'leveraged_funds' ORDER BY as_of DESC LIMIT 3",
};

pub fn window() -> WindowUDF {
    WindowUDF::from(ZScore { signature: Signature::coercible(vec![numeric()], Volatility::Immutable) })
}

fn numeric() -> datafusion::logical_expr::Coercion {
    use datafusion::common::types::{NativeType, logical_float64};
    use datafusion::logical_expr::{Coercion, TypeSignatureClass};
    Coercion::new_implicit(TypeSignatureClass::Native(logical_float64()), vec![TypeSignatureClass::Numeric], NativeType::Float64)
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct ZScore {
    signature: Signature,
}

impl WindowUDFImpl for ZScore {
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
    fn uses_window_frame(&self) -> bool {
        true
    }
    fn is_causal(&self) -> bool {
        true
    }
    fn evaluate(&mut self, values: &[ArrayRef], range: &Range<usize>) -> Result<ScalarValue> {
        let column = cast(&values[0].slice(range.start, range.len()), &DataType::Float64)?;
        Ok(ScalarValue::Float64(of_last(as_float64_array(&column)?)))
    }
}

/// The z-score of the last value among all of them. Two passes over the window: nothing accumulates, so nothing drifts.
fn of_last(window: &Float64Array) -> Option<f64> {
    let last = window.len().checked_sub(1).filter(|&i| window.is_valid(i)).map(|i| window.value(i))?;
    let n = (window.len() - window.null_count()) as f64;
    if n < 2.0 {
        return None;
    }
    let mean = window.iter().flatten().sum::<f64>() / n;
    let variance = window.iter().flatten().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0);
    (variance > 0.0).then(|| (last - mean) / variance.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sample_deviation_current_row_included() {
        let z = of_last(&Float64Array::from(vec![1.0, 2.0, 3.0])).unwrap();
        assert!((z - 1.0).abs() < 1e-15);
    }

    #[test]
    fn null_where_undefined() {
        assert_eq!(of_last(&Float64Array::from(vec![1.0])), None);
        assert_eq!(of_last(&Float64Array::from(vec![2.0, 2.0])), None);
        assert_eq!(of_last(&Float64Array::from(vec![Some(1.0), None])), None);
        assert_eq!(
            of_last(&Float64Array::from(vec![Some(1.0), None, Some(3.0)])).map(|z| (z * 1e12).round()),
            Some((0.5f64.sqrt() * 1e12).round())
        );
    }
}
