//! `log_return(x [, n]) OVER (PARTITION BY key ORDER BY as_of)`: the logarithm of a price over an earlier one.

use datafusion::logical_expr::WindowUDF;

use super::along::Along;
use super::definition::window;
use crate::engine::functions::Documentation;
use crate::quant::returns::log_returns;

pub static DOCUMENTATION: Documentation = Documentation {
    name: "log_return",
    syntax: "log_return(x, [n]) OVER (PARTITION BY key ORDER BY as_of)",
    summary: "ln(x / x of n rows before), n being 1 unless given: the continuously compounded return, which adds up over time. 0.01 is about one \
              percent; exp(r) - 1 is the simple return. Rows are counted, not days: the row before is the last trade date that has a row. Where \
              the frame begins does not matter. After Campbell, Lo and MacKinlay, The Econometrics of Financial Markets (1997), section 1.4.",
    nulls: "NULL where there is no row n before, and where x or the earlier x is NULL, NaN, infinite, 0 or below: a NULL in between is not \
            stepped over. n is a constant, a whole number from 1 on.",
    causality: "Sees the current row and the row n before it. Over vintaged history both are as known at the clock.",
    example: "SELECT as_of, close, log_return(close) OVER (ORDER BY as_of) AS r FROM continuous_series('ES') ORDER BY as_of LIMIT 3",
};

pub fn function() -> WindowUDF {
    window(&DOCUMENTATION, &[super::number(), super::whole()], 1, |constants| {
        let n = constants.count(1, "n")?.unwrap_or(1);
        Ok(Box::new(Along::Values(Box::new(move |prices| log_returns(prices, n)))))
    })
}
