//! The general way of a window function whose frame matters: what is kept of the frame's rows moves along the partition with it.
//!
//! The planner hands over a whole partition, and frames that never move back: each row comes in once and goes out once, however long the
//! frame is.

use std::fmt::Debug;
use std::ops::Range;

use datafusion::arrow::array::{Array, ArrayRef, Float64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::common::cast::as_float64_array;
use datafusion::error::Result;
use datafusion::logical_expr::PartitionEvaluator;

use super::Measure;
use crate::quant::drawdown::Drawdown;
use crate::quant::rolling::{Rolling, RollingPair};

/// What is kept of a frame's rows. A missing value is NaN.
pub trait Moving<const N: usize>: Debug + Send {
    /// Takes the next row.
    fn push(&mut self, row: [f64; N]);
    /// Drops the oldest row.
    fn forget(&mut self);
    /// Forgets every row.
    fn clear(&mut self);
    /// What is said of the frame whose newest row is the current one.
    fn value(&self) -> Option<f64>;
}

/// One partition, a row at a time; the first `N` arguments are the columns of a row.
#[derive(Debug)]
pub struct Framed<const N: usize, M> {
    moving: M,
    /// The rows that are held.
    held: Range<usize>,
    /// The columns of the partition, once they have been seen.
    columns: Option<[Float64Array; N]>,
}

impl<const N: usize, M: Moving<N>> Framed<N, M> {
    pub fn new(moving: M) -> Self {
        Self { moving, held: 0..0, columns: None }
    }

    fn move_to(&mut self, columns: &[Float64Array; N], frame: &Range<usize>) {
        if frame.start < self.held.start || frame.end < self.held.end || frame.start > self.held.end {
            self.moving.clear();
            self.held = frame.start..frame.start;
        }
        for _ in self.held.start..frame.start {
            self.moving.forget();
        }
        for row in self.held.end..frame.end {
            let value = |column: &Float64Array| if column.is_valid(row) { column.value(row) } else { f64::NAN };
            self.moving.push(columns.each_ref().map(value));
        }
        self.held = frame.clone();
    }
}

/// The first `N` arguments as numbers.
fn numbers<const N: usize>(values: &[ArrayRef]) -> Result<[Float64Array; N]> {
    let column = |place: usize| Ok(as_float64_array(&cast(&values[place], &DataType::Float64)?)?.clone());
    let columns = (0..N).map(column).collect::<Result<Vec<_>>>()?;
    columns.try_into().map_err(|_| crate::error::Error::internal("a window function lost an argument").into())
}

impl<const N: usize, M: Moving<N> + 'static> PartitionEvaluator for Framed<N, M> {
    fn uses_window_frame(&self) -> bool {
        true
    }
    fn is_causal(&self) -> bool {
        true
    }
    fn evaluate(&mut self, values: &[ArrayRef], range: &Range<usize>) -> Result<ScalarValue> {
        let columns = match self.columns.take() {
            Some(columns) => columns,
            None => numbers(values)?,
        };
        self.move_to(&columns, range);
        self.columns = Some(columns);
        Ok(ScalarValue::Float64(self.moving.value()))
    }
}

/// A measure of one variable.
#[derive(Debug)]
pub struct Measured {
    pub measure: Measure,
    pub window: Rolling,
}

impl Moving<1> for Measured {
    fn push(&mut self, [value]: [f64; 1]) {
        self.window.push(value);
    }
    fn forget(&mut self) {
        self.window.forget();
    }
    fn clear(&mut self) {
        self.window.clear();
    }
    fn value(&self) -> Option<f64> {
        self.measure.of_window(&self.window)
    }
}

/// A deviation in another unit, where there are enough values.
#[derive(Debug)]
pub struct ScaledDeviation {
    pub factor: f64,
    pub min_periods: usize,
    pub window: Rolling,
}

impl Moving<1> for ScaledDeviation {
    fn push(&mut self, [value]: [f64; 1]) {
        self.window.push(value);
    }
    fn forget(&mut self) {
        self.window.forget();
    }
    fn clear(&mut self) {
        self.window.clear();
    }
    fn value(&self) -> Option<f64> {
        let is_enough = self.window.count() >= self.min_periods;
        self.window.deviation().map(|deviation| deviation * self.factor).filter(|scaled| is_enough && scaled.is_finite())
    }
}

impl Moving<1> for Drawdown {
    fn push(&mut self, [value]: [f64; 1]) {
        Self::push(self, value);
    }
    fn forget(&mut self) {
        Self::forget(self);
    }
    fn clear(&mut self) {
        Self::clear(self);
    }
    fn value(&self) -> Option<f64> {
        self.depth()
    }
}

/// A correlation, where there are enough pairs.
#[derive(Debug)]
pub struct Correlation {
    pub min_periods: usize,
    pub window: RollingPair,
}

impl Moving<2> for Correlation {
    fn push(&mut self, [x, y]: [f64; 2]) {
        self.window.push(x, y);
    }
    fn forget(&mut self) {
        self.window.forget();
    }
    fn clear(&mut self) {
        self.window.clear();
    }
    fn value(&self) -> Option<f64> {
        self.window.correlation().filter(|_| self.window.count() >= self.min_periods)
    }
}
