//! `simple_return(x [, n]) OVER (PARTITION BY key ORDER BY as_of)`: a price over an earlier one, less 1.

use datafusion::logical_expr::WindowUDF;

use super::along::Along;
use super::definition::window;
use crate::engine::functions::Documentation;
use crate::quant::returns::simple_returns;

pub static DOCUMENTATION: Documentation = Documentation {
    name: "simple_return",
    syntax: "simple_return(x, [n]) OVER (PARTITION BY key ORDER BY as_of)",
    summary: "x / x of n rows before - 1, n being 1 unless given: the return of a holding, 0.01 being one percent. Returns of several holdings of \
              one row add up by weight, returns over time compound. Rows are counted, not days. Where the frame begins does not matter. After \
              Campbell, Lo and MacKinlay, The Econometrics of Financial Markets (1997), section 1.4.",
    nulls: "NULL where there is no row n before, where x or the earlier x is NULL, NaN or infinite, and where the earlier x is 0 or below; x \
            itself may be: a price that falls from 20 to -40 gives -3. n is a constant, a whole number from 1 on.",
    causality: "Sees the current row and the row n before it. Over vintaged history both are as known at the clock.",
    example: "SELECT as_of, close, simple_return(close, 5) OVER (ORDER BY as_of) AS r FROM continuous_series('CL') ORDER BY as_of DESC LIMIT 3",
};

pub fn function() -> WindowUDF {
    window(&DOCUMENTATION, &[super::number(), super::whole()], 1, |constants| {
        let n = constants.count(1, "n")?.unwrap_or(1);
        Ok(Box::new(Along::Values(Box::new(move |prices| simple_returns(prices, n)))))
    })
}
