//! Window functions: `f(x) OVER (PARTITION BY key ORDER BY as_of ROWS n-1 PRECEDING)`.
//!
//! Over the scan of a lake table they run on an operator of our own ([`rolling`](crate::engine::rolling)); here is the general way, which
//! holds everywhere else: each window by itself.

pub mod percentile_rank;
pub mod rolling_mean;
pub mod rolling_std;
pub mod yoy;
pub mod zscore;

use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef};
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

    const fn name(self) -> &'static str {
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
    #[inline]
    pub fn of_window(self, window: &Rolling, newest: Option<f64>) -> Option<f64> {
        match self {
            Self::ZScore => zscore::of(window, newest),
            Self::Mean => rolling_mean::of(window),
            Self::Deviation => rolling_std::of(window),
            Self::PercentileRank => percentile_rank::of(window, newest),
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
        Ok(Box::new(Evaluator(self.measure)))
    }
    fn field(&self, args: WindowUDFFieldArgs) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(args.name(), DataType::Float64, true)))
    }
}

#[derive(Debug)]
struct Evaluator(Measure);

impl PartitionEvaluator for Evaluator {
    fn uses_window_frame(&self) -> bool {
        true
    }
    fn is_causal(&self) -> bool {
        true
    }
    fn evaluate(&mut self, values: &[ArrayRef], range: &Range<usize>) -> Result<ScalarValue> {
        let column = cast(&values[0].slice(range.start, range.len()), &DataType::Float64)?;
        let mut window = Rolling::new(None);
        let mut newest = None;
        for value in as_float64_array(&column)? {
            newest = value;
            window.push(value);
        }
        Ok(ScalarValue::Float64(self.0.of_window(&window, newest)))
    }
}
