//! Aggregates over the components of one date or of one row, a file each: `SELECT as_of, f(x, …) … GROUP BY as_of`. They hold no order, so a
//! table, a copy of it and a lake cut at the clock give the same bits.

pub mod diffusion_index;
pub mod extreme_by;
pub mod least_available;
pub mod mode;
pub mod trimmed_mean;

use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::function::AccumulatorArgs;
use datafusion::physical_expr::expressions::Literal;

use super::Documentation;
use crate::error::Error;

/// A number that is the same for every row and that fits; `None` where the call has no such argument.
fn constant(
    args: &AccumulatorArgs,
    place: usize,
    name: &str,
    expected: &str,
    fits: impl Fn(f64) -> bool,
    documentation: &Documentation,
) -> Result<Option<f64>> {
    let Some(expr) = args.exprs.get(place) else { return Ok(None) };
    let literal = (expr.as_ref() as &dyn std::any::Any).downcast_ref::<Literal>().map(Literal::value);
    match literal {
        Some(ScalarValue::Float64(Some(number))) if fits(*number) => Ok(Some(*number)),
        literal => {
            let found = literal.map_or_else(|| "the same for every row".to_string(), |found| format!("not `{found}`"));
            Err(Error::query(format!("`{}`: `{name}` must be {expected}, {found}", documentation.name))
                .hint(format!("its syntax is {}", documentation.syntax))
                .into())
        }
    }
}

/// A value with one zero and one NaN: those that were computed may differ in bits that nobody sees.
fn ranked(value: ScalarValue) -> ScalarValue {
    match value {
        ScalarValue::Float64(Some(x)) if x == 0.0 || x.is_nan() => ScalarValue::Float64(Some(if x.is_nan() { f64::NAN } else { 0.0 })),
        ScalarValue::Float32(Some(x)) if x == 0.0 || x.is_nan() => ScalarValue::Float32(Some(if x.is_nan() { f32::NAN } else { 0.0 })),
        other => other,
    }
}
