//! `realized_vol(r, periods_per_year [, min_periods]) OVER (… ROWS n-1 PRECEDING)`: the deviation of returns, in a year.

use datafusion::logical_expr::WindowUDF;

use super::definition::window;
use super::framed::{Framed, ScaledDeviation};
use crate::engine::functions::Documentation;
use crate::quant::rolling::Rolling;

pub static DOCUMENTATION: Documentation = Documentation {
    name: "realized_vol",
    syntax: "realized_vol(r, periods_per_year, [min_periods]) OVER (PARTITION BY key ORDER BY as_of ROWS n-1 PRECEDING)",
    summary: "Standard deviation of the returns r over the window, the current row included, x sqrt(periods_per_year): 0.2 is 20 percent a year. \
              The deviation is the sample's (n - 1), from the window's own mean. It takes returns, not prices, so that a window of n rows holds \
              n returns, and logarithms or shares are the user's choice: log_return in a subquery, then this. periods_per_year is how many r a \
              year has: 252 for trade dates, 52 for weeks, 12 for months. The frame must end at the current row. After Hull, Options, Futures \
              and Other Derivatives, 'Estimating volatility from historical data'.",
    nulls: "NULLs in the window are left out, and so is NaN. NULL where the window has fewer returns than min_periods (2 unless given), or an \
            infinite one; 0 where all are the same. periods_per_year (a number above 0) and min_periods are constants.",
    causality: "Sees the current row and the rows before it. Over vintaged history the rows are those known at the clock, revisions included.",
    example: "SELECT as_of, realized_vol(r, 252, 21) OVER (ORDER BY as_of ROWS 20 PRECEDING) AS vol FROM \
              (SELECT as_of, log_return(close) OVER (ORDER BY as_of) AS r FROM continuous_series('ES')) ORDER BY as_of DESC LIMIT 3",
};

pub fn function() -> WindowUDF {
    window(&DOCUMENTATION, &[super::number(), super::number(), super::whole()], 2, |constants| {
        let periods = constants.positive(1, "periods_per_year")?.unwrap_or(1.0);
        let min_periods = constants.count(2, "min_periods")?.unwrap_or(2);
        Ok(Box::new(Framed::new(ScaledDeviation { factor: periods.sqrt(), min_periods, window: Rolling::new(None) })))
    })
}
