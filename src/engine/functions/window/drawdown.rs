//! `drawdown(x) OVER (…)`: how far a price is below the highest of its window.

use datafusion::logical_expr::WindowUDF;

use super::definition::window;
use super::framed::Framed;
use crate::engine::functions::Documentation;
use crate::quant::drawdown::Drawdown;

pub static DOCUMENTATION: Documentation = Documentation {
    name: "drawdown",
    syntax: "drawdown(x) OVER (PARTITION BY key ORDER BY as_of [ROWS n-1 PRECEDING])",
    summary: "x / the highest x of the window - 1: 0 at a new high, -0.2 a fifth below it, never above 0. Without a frame the window is all rows \
              so far, which makes it the drawdown from the running maximum; its min() is the maximum drawdown. The frame must end at the current \
              row. After Magdon-Ismail and Atiya, Maximum drawdown, Risk 17 (2004).",
    nulls: "NULLs in the window are left out, and so is NaN. NULL where x is NULL, NaN or infinite, and where the highest x is infinite, 0 or \
            below: of such a base no share can be said.",
    causality: "Sees the current row and the rows before it. Over vintaged history the rows are those known at the clock, revisions included.",
    example: "SELECT as_of, close, drawdown(close) OVER (ORDER BY as_of) AS below_high FROM continuous_series('CL') ORDER BY as_of DESC LIMIT 3",
};

pub fn function() -> WindowUDF {
    window(&DOCUMENTATION, &[super::number()], 1, |_| Ok(Box::new(Framed::new(Drawdown::default()))))
}
