//! Window functions: `f(x) OVER (PARTITION BY key ORDER BY as_of ROWS n-1 PRECEDING)`.
//!
//! Over the scan of a lake table they run on an operator of our own ([`rolling`](crate::engine::rolling)); here is the general way, which
//! holds everywhere else. Both keep the same [`Rolling`], so a copy of a table is answered to the last bit as the table is.

pub mod percentile_rank;
pub mod rolling_mean;
pub mod rolling_std;
pub mod yoy;
pub mod zscore;

use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, Float64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::ScalarValue;
use datafusion::common::cast::as_float64_array;
use datafusion::common::types::{NativeType, logical_float64};
use datafusion::error::Result;
use datafusion::logical_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::{Coercion, PartitionEvaluator, Signature, TypeSignatureClass, Volatility, WindowUDF, WindowUDFImpl};

use crate::quant::rolling::Rolling;

/// What is measured of a window of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Measure {
    ZScore,
    Mean,
    Deviation,
    PercentileRank,
}

impl Measure {
    const ALL: [Self; 4] = [Self::ZScore, Self::Mean, Self::Deviation, Self::PercentileRank];

    pub const fn name(self) -> &'static str {
        match self {
            Self::ZScore => zscore::DOCUMENTATION.name,
            Self::Mean => rolling_mean::DOCUMENTATION.name,
            Self::Deviation => rolling_std::DOCUMENTATION.name,
            Self::PercentileRank => percentile_rank::DOCUMENTATION.name,
        }
    }
    /// The measure that a window function of ours is.
    pub fn of(function: &WindowUDF) -> Option<Self> {
        Self::ALL.into_iter().find(|measure| *function == measured(*measure))
    }
    /// The measure of a window whose newest row is the current one.
    pub fn of_window(self, window: &Rolling) -> Option<f64> {
        match self {
            Self::ZScore => window.zscore(),
            Self::Mean => window.mean(),
            Self::Deviation => window.deviation(),
            Self::PercentileRank => window.percentile_rank(),
        }
    }
}

fn number() -> Coercion {
    Coercion::new_implicit(TypeSignatureClass::Native(logical_float64()), vec![TypeSignatureClass::Numeric], NativeType::Float64)
}

/// The window function of a measure.
pub fn measured(measure: Measure) -> WindowUDF {
    WindowUDF::from(Measured { measure, signature: Signature::coercible(vec![number()], Volatility::Immutable) })
}

#[derive(Debug)]
struct Measured {
    measure: Measure,
    signature: Signature,
}

impl PartialEq for Measured {
    fn eq(&self, other: &Self) -> bool {
        self.measure == other.measure
    }
}
impl Eq for Measured {}
impl Hash for Measured {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.measure.hash(state);
    }
}

impl WindowUDFImpl for Measured {
    fn name(&self) -> &str {
        self.measure.name()
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn partition_evaluator(&self, _: PartitionEvaluatorArgs) -> Result<Box<dyn PartitionEvaluator>> {
        Ok(Box::new(Evaluator { measure: self.measure, window: Rolling::new(None) }))
    }
    fn field(&self, args: WindowUDFFieldArgs) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(args.name(), DataType::Float64, true)))
    }
}

/// One partition, a row at a time.
#[derive(Debug)]
struct Evaluator {
    measure: Measure,
    window: Rolling,
}

impl Evaluator {
    /// Moves the window on to these rows.
    fn move_to(&mut self, rows: &Float64Array) {
        let value = |row: usize| if rows.is_valid(row) { rows.value(row) } else { f64::NAN };
        // a frame of so many rows takes one in at its end and lets one go when it is full
        if !rows.is_empty() {
            while self.window.rows().len() >= rows.len() {
                self.window.forget();
            }
            self.window.push(value(rows.len() - 1));
        }
        // the rows are held against those that are meant: frames of other kinds move otherwise
        let is_missing_or_same = |(held, meant): (f64, f64)| held == meant || (held.is_nan() && meant.is_nan());
        let is_moved = self.window.rows().len() == rows.len() && self.window.rows().zip((0..rows.len()).map(value)).all(is_missing_or_same);
        if !is_moved {
            self.window.clear();
            (0..rows.len()).for_each(|row| self.window.push(value(row)));
        }
    }
}

impl PartitionEvaluator for Evaluator {
    fn uses_window_frame(&self) -> bool {
        true
    }
    fn is_causal(&self) -> bool {
        true
    }
    fn evaluate(&mut self, values: &[ArrayRef], range: &Range<usize>) -> Result<ScalarValue> {
        let column = cast(&values[0].slice(range.start, range.len()), &DataType::Float64)?;
        self.move_to(as_float64_array(&column)?);
        Ok(ScalarValue::Float64(self.measure.of_window(&self.window)))
    }
}
