//! Sum, mean, variance and deviation of a window that moves. The rows that leave it are those that came first.

use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::datatypes::Float64Type;
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::Accumulator;

use crate::quant::exact::ExactSum;
use crate::quant::rolling::Rolling;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Measure {
    Sum,
    Mean,
    Variance { is_sample: bool },
    Deviation { is_sample: bool },
}

#[derive(Debug)]
pub struct Moving {
    measure: Measure,
    sum: ExactSum,
    /// Of the finite values; made only where squares are asked for.
    squares: Option<Rolling>,
    /// Values that are NaN or infinite.
    n_strange: usize,
}

impl Moving {
    pub fn new(measure: Measure) -> Self {
        let squares = matches!(measure, Measure::Variance { .. } | Measure::Deviation { .. }).then(|| Rolling::new(None));
        Self { measure, sum: ExactSum::default(), squares, n_strange: 0 }
    }

    fn variance(&self, is_sample: bool) -> Option<f64> {
        let squares = self.squares.as_ref()?;
        let is_enough = squares.count() + self.n_strange > usize::from(is_sample);
        match self.n_strange {
            0 => squares.variance(is_sample),
            _ => is_enough.then_some(f64::NAN),
        }
    }
}

impl Accumulator for Moving {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        for value in values[0].as_primitive::<Float64Type>().iter().flatten() {
            match &mut self.squares {
                None => self.sum.add(value),
                Some(squares) if value.is_finite() => squares.push(value),
                Some(_) => self.n_strange += 1,
            }
        }
        Ok(())
    }
    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        for value in values[0].as_primitive::<Float64Type>().iter().flatten() {
            match &mut self.squares {
                None => self.sum.remove(value),
                Some(squares) if value.is_finite() => squares.forget(),
                Some(_) => self.n_strange -= 1,
            }
        }
        Ok(())
    }
    fn supports_retract_batch(&self) -> bool {
        true
    }
    fn evaluate(&mut self) -> Result<ScalarValue> {
        if let Some(squares) = &mut self.squares {
            squares.settle();
        }
        Ok(ScalarValue::Float64(match self.measure {
            Measure::Sum => self.sum.sum(),
            Measure::Mean => self.sum.mean(),
            Measure::Variance { is_sample } => self.variance(is_sample),
            Measure::Deviation { is_sample } => self.variance(is_sample).map(f64::sqrt),
        }))
    }
    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Err(crate::error::Error::internal("the sum of a window was asked for a part of itself").into())
    }
    fn merge_batch(&mut self, _: &[ArrayRef]) -> Result<()> {
        Err(crate::error::Error::internal("the sum of a window was given parts").into())
    }
    fn size(&self) -> usize {
        size_of_val(self) + self.squares.as_ref().map_or(0, |squares| squares.rows().len() * size_of::<f64>())
    }
}
