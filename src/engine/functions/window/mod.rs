//! Window functions: `f(x) OVER (PARTITION BY key ORDER BY as_of ROWS n-1 PRECEDING)`.
//!
//! Over the scan of a lake table they run on an operator of our own ([`rolling`](crate::engine::rolling)); here is the general way, which
//! holds everywhere else. Both keep the same [`Rolling`], so a copy of a table is answered to the last bit as the table is.

mod along;
mod definition;
pub mod drawdown;
mod framed;
pub mod log_return;
pub mod mom;
pub mod percentile_rank;
pub mod realized_vol;
pub mod rolling_corr;
pub mod rolling_mean;
pub mod rolling_std;
pub mod simple_return;
pub mod yoy;
pub mod yoy_from_mom;
pub mod zscore;

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::types::{NativeType, logical_date, logical_float64, logical_int64};
use datafusion::error::Result;
use datafusion::logical_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::{Coercion, PartitionEvaluator, Signature, TypeSignatureClass, Volatility, WindowUDF, WindowUDFImpl};

use framed::Framed;

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

/// A column or constant of numbers.
pub fn number() -> Coercion {
    Coercion::new_implicit(TypeSignatureClass::Native(logical_float64()), vec![TypeSignatureClass::Numeric], NativeType::Float64)
}

/// A constant that counts.
fn whole() -> Coercion {
    Coercion::new_implicit(TypeSignatureClass::Native(logical_int64()), vec![TypeSignatureClass::Integer], NativeType::Int64)
}

fn day() -> Coercion {
    Coercion::new_exact(TypeSignatureClass::Native(logical_date()))
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
        Ok(Box::new(Framed::new(framed::Measured { measure: self.measure, window: Rolling::new(None) })))
    }
    fn field(&self, args: WindowUDFFieldArgs) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(args.name(), DataType::Float64, true)))
    }
}
