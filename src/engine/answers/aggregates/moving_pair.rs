//! Covariance, correlation and regression of a window that moves. A row counts where both of its values are there; the rows that leave are
//! those that came first.

use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::datatypes::Float64Type;
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::Accumulator;

use crate::quant::exact::ExactSum;
use crate::quant::rolling::RollingPair;

/// Of `f(y, x)`, as SQL has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PairMeasure {
    Covariance { is_sample: bool },
    Correlation,
    Slope,
    Intercept,
    Count,
    R2,
    MeanX,
    MeanY,
    SquaresX,
    SquaresY,
    Products,
}

#[derive(Debug)]
pub struct MovingPair {
    measure: PairMeasure,
    /// Of the rows whose values are both finite.
    pair: RollingPair,
    /// Of the one variable whose mean is asked for.
    mean: ExactSum,
    n: usize,
    /// Rows of which a value is NaN or infinite.
    n_strange: usize,
    n_rows_held: usize,
}

impl MovingPair {
    pub fn new(measure: PairMeasure) -> Self {
        Self { measure, pair: RollingPair::default(), mean: ExactSum::default(), n: 0, n_strange: 0, n_rows_held: 0 }
    }

    fn each(&mut self, values: &[ArrayRef], mut take: impl FnMut(&mut Self, f64, f64)) {
        let (ys, xs) = (values[0].as_primitive::<Float64Type>(), values[1].as_primitive::<Float64Type>());
        for pair in ys.iter().zip(xs) {
            if let (Some(y), Some(x)) = pair {
                take(self, x, y);
            }
        }
    }

    fn add(&mut self, x: f64, y: f64) {
        self.n += 1;
        match self.measure {
            PairMeasure::Count => {}
            PairMeasure::MeanX => self.mean.add(x),
            PairMeasure::MeanY => self.mean.add(y),
            _ if x.is_finite() && y.is_finite() => {
                self.pair.push(x, y);
                self.n_rows_held += 1;
            }
            _ => self.n_strange += 1,
        }
    }

    fn remove(&mut self, x: f64, y: f64) {
        self.n -= 1;
        match self.measure {
            PairMeasure::Count => {}
            PairMeasure::MeanX => self.mean.remove(x),
            PairMeasure::MeanY => self.mean.remove(y),
            _ if x.is_finite() && y.is_finite() => {
                self.pair.forget();
                self.n_rows_held -= 1;
            }
            _ => self.n_strange -= 1,
        }
    }

    fn value(&self) -> Option<f64> {
        let of = self.pair.deviations();
        let n = self.n as f64;
        let n_needed = match self.measure {
            PairMeasure::Covariance { is_sample: true }
            | PairMeasure::Correlation
            | PairMeasure::Slope
            | PairMeasure::Intercept
            | PairMeasure::R2 => 2,
            _ => 1,
        };
        if self.n < n_needed {
            return None;
        }
        if self.n_strange > 0 {
            return Some(f64::NAN);
        }
        match self.measure {
            PairMeasure::Covariance { is_sample } => Some(of.xy / if is_sample { n - 1.0 } else { n }),
            PairMeasure::Correlation => self.pair.correlation(),
            PairMeasure::Slope => (of.xx != 0.0).then(|| of.xy / of.xx),
            PairMeasure::Intercept => (of.xx != 0.0).then(|| of.mean_y - of.xy / of.xx * of.mean_x),
            PairMeasure::R2 => self.pair.correlation().map(|correlation| correlation * correlation),
            PairMeasure::MeanX | PairMeasure::MeanY => self.mean.mean(),
            PairMeasure::SquaresX => Some(of.xx),
            PairMeasure::SquaresY => Some(of.yy),
            PairMeasure::Products => Some(of.xy),
            PairMeasure::Count => None,
        }
    }
}

impl Accumulator for MovingPair {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.each(values, Self::add);
        Ok(())
    }
    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.each(values, Self::remove);
        Ok(())
    }
    fn supports_retract_batch(&self) -> bool {
        true
    }
    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.pair.settle();
        Ok(match self.measure {
            PairMeasure::Count => ScalarValue::UInt64(Some(self.n as u64)),
            _ => ScalarValue::Float64(self.value()),
        })
    }
    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Err(crate::error::Error::internal("the regression of a window was asked for a part of itself").into())
    }
    fn merge_batch(&mut self, _: &[ArrayRef]) -> Result<()> {
        Err(crate::error::Error::internal("the regression of a window was given parts").into())
    }
    fn size(&self) -> usize {
        size_of_val(self) + self.n_rows_held * size_of::<(f64, f64)>()
    }
}
