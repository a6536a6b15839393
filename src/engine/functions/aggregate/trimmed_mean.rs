//! `trimmed_mean(x, weight, trim)`: the weighted mean of the components of a date without the extremes.

use std::collections::VecDeque;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Float64Type};
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility};

use crate::engine::functions::Documentation;
use crate::engine::functions::window::number;
use crate::quant::breadth::trimmed_mean;

pub static DOCUMENTATION: Documentation = Documentation {
    name: "trimmed_mean",
    syntax: "trimmed_mean(x, weight, trim)",
    summary: "Weighted mean of x after the share trim of all weight is cut from either end of the components in order of x; a component at a cut \
              keeps the part of its weight that is inside. trim is a share per tail: 0.08 is the 16 percent trimmed mean of the Federal Reserve \
              Bank of Cleveland, 0.2 the trimmed means (medias aparadas) of the Banco Central do Brasil without their smoothing; weight 1 \
              for all is the plain trimmed mean, trim 0 the weighted mean. After Bryan, Cecchetti and Wiggins, Efficient inflation estimation, \
              NBER Working Paper 6183 (1997). An aggregate over the components of a date: GROUP BY as_of.",
    nulls: "Components whose x or weight is NULL or NaN, or whose weight is not above 0, are left out. NULL where none is left, and where one \
            that is not cut off is infinite. trim is a constant from 0 to below 0.5.",
    causality: "Sees the rows of its group: over the components of one date as known at the clock.",
    example: "SELECT as_of, trimmed_mean(net, open_interest, 0.2) AS centre FROM cot_tff WHERE category = 'leveraged_funds' \
              GROUP BY as_of ORDER BY as_of DESC LIMIT 3",
};

pub fn function() -> AggregateUDF {
    AggregateUDF::from(TrimmedMean { signature: Signature::coercible(vec![number(), number(), number()], Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct TrimmedMean {
    signature: Signature,
}

impl AggregateUDFImpl for TrimmedMean {
    fn name(&self) -> &str {
        DOCUMENTATION.name
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }
    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let list = || DataType::List(Arc::new(Field::new_list_field(DataType::Float64, true)));
        let field = |column| Arc::new(Field::new(format!("{}[{column}]", args.name), list(), true));
        Ok(["x", "weight"].map(field).to_vec())
    }
    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let is_tail = |share: f64| (0.0..0.5).contains(&share);
        let trim = super::constant(&args, 2, "trim", "a share from 0 to below 0.5", is_tail, &DOCUMENTATION)?.unwrap_or(0.0);
        Ok(Box::new(Components { components: VecDeque::new(), trim }))
    }
}

/// Every component as it came; a missing number is NaN.
#[derive(Debug)]
struct Components {
    components: VecDeque<(f64, f64)>,
    trim: f64,
}

impl Components {
    fn take(&mut self, x: &dyn Array, weight: &dyn Array) {
        let number = |value: Option<f64>| value.unwrap_or(f64::NAN);
        let pairs = x.as_primitive::<Float64Type>().iter().zip(weight.as_primitive::<Float64Type>());
        self.components.extend(pairs.map(|(x, weight)| (number(x), number(weight))));
    }
}

impl Accumulator for Components {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.take(&values[0], &values[1]);
        Ok(())
    }
    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Float64(trimmed_mean(self.components.make_contiguous(), self.trim)))
    }
    fn size(&self) -> usize {
        size_of_val(self) + self.components.capacity() * size_of::<(f64, f64)>()
    }
    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let list = |of: fn(&(f64, f64)) -> f64| {
            let numbers: Vec<ScalarValue> = self.components.iter().map(|component| ScalarValue::Float64(Some(of(component)))).collect();
            ScalarValue::List(ScalarValue::new_list_nullable(&numbers, &DataType::Float64))
        };
        Ok(vec![list(|(x, _)| *x), list(|(_, weight)| *weight)])
    }
    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let (xs, weights) = (states[0].as_list::<i32>(), states[1].as_list::<i32>());
        for row in (0..xs.len()).filter(|row| xs.is_valid(*row) && weights.is_valid(*row)) {
            self.take(&xs.value(row), &weights.value(row));
        }
        Ok(())
    }
    /// The oldest rows leave a window first.
    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.components.drain(..values[0].len().min(self.components.len()));
        Ok(())
    }
    fn supports_retract_batch(&self) -> bool {
        true
    }
}
