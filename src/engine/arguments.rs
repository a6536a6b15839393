//! Numbers in a statement by which DataFusion would take more memory than there is, or count past the end of its numbers. Refused with a
//! sentence before anything runs.

use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::{Expr, WindowFrameBound};

use crate::error::Error;

/// Aggregates that keep as many centroids as they are told to.
const OF_CENTROIDS: [(&str, usize); 2] = [("approx_percentile_cont", 2), ("approx_percentile_cont_with_weight", 3)];
const MOST_CENTROIDS: f64 = 100_000.0;
/// Rows or groups of a frame: what is added to the place of a row stays a number.
const LONGEST_FRAME: f64 = 9e15;

/// Refuses a number that is too large for what it stands at.
pub fn ensure_sensible(expr: &Expr) -> Result<()> {
    match expr {
        Expr::AggregateFunction(AggregateFunction { func, params }) => {
            let Some((name, at)) = OF_CENTROIDS.iter().find(|(name, _)| *name == func.name()) else { return Ok(()) };
            match params.args.get(*at).map(number) {
                Some(n) if n.is_none_or(|n| n > MOST_CENTROIDS) => {
                    Err(Error::query(format!("`{name}` takes at most {MOST_CENTROIDS} centroids"))
                        .hint("leave the number out: 100 of them find a percentile to within a fraction of a percent")
                        .into())
                }
                _ => Ok(()),
            }
        }
        Expr::WindowFunction(window) => {
            let frame = &window.params.window_frame;
            [&frame.start_bound, &frame.end_bound].into_iter().try_for_each(|bound| match bound {
                WindowFrameBound::Preceding(value) | WindowFrameBound::Following(value) if value_of(value) > LONGEST_FRAME => {
                    Err(Error::query(format!("a frame of {value} rows is longer than any table"))
                        .hint("UNBOUNDED PRECEDING and UNBOUNDED FOLLOWING reach to the ends")
                        .into())
                }
                _ => Ok(()),
            })
        }
        _ => Ok(()),
    }
}

fn number(expr: &Expr) -> Option<f64> {
    match expr {
        Expr::Literal(value, _) => Some(value_of(value)),
        _ => None,
    }
}

fn value_of(value: &ScalarValue) -> f64 {
    if !value.data_type().is_numeric() {
        return 0.0;
    }
    value.to_string().parse().unwrap_or(0.0)
}
