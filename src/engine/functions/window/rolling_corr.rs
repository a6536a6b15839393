//! `rolling_corr(x, y [, min_periods]) OVER (… ROWS n-1 PRECEDING)`: the correlation of two columns over a window.

use datafusion::logical_expr::WindowUDF;

use super::definition::window;
use super::framed::{Correlation, Framed};
use crate::engine::functions::Documentation;
use crate::quant::rolling::RollingPair;

pub static DOCUMENTATION: Documentation = Documentation {
    name: "rolling_corr",
    syntax: "rolling_corr(x, y, [min_periods]) OVER (PARTITION BY key ORDER BY as_of ROWS n-1 PRECEDING)",
    summary: "Pearson's correlation of x and y over the rows of the window that have both, in [-1, 1]. Correlate changes or returns: levels that \
              both trend correlate whatever they are. The sums are taken from values of the window and made anew as it moves, so that neither \
              the level of the values nor the length of the series costs digits. The frame must end at the current row.",
    nulls: "Rows in which x or y is NULL or NaN take a place in the window and are left out. NULL where the window has fewer pairs than \
            min_periods (2 unless given), where x or y is the same in all of them, and where one is infinite. min_periods is a constant.",
    causality: "Sees the current row and the rows before it. Over vintaged history the rows are those known at the clock, revisions included.",
    example: "SELECT as_of, rolling_corr(e, c, 21) OVER (ORDER BY as_of ROWS 20 PRECEDING) AS correlation FROM \
              (SELECT as_of, log_return(es.close) OVER (ORDER BY as_of) AS e, log_return(cl.close) OVER (ORDER BY as_of) AS c \
              FROM continuous_series('ES') es JOIN continuous_series('CL') cl USING (as_of)) ORDER BY as_of DESC LIMIT 3",
};

pub fn function() -> WindowUDF {
    window(&DOCUMENTATION, &[super::number(), super::number(), super::whole()], 2, |constants| {
        let min_periods = constants.count(2, "min_periods")?.unwrap_or(2);
        Ok(Box::new(Framed::new(Correlation { min_periods, window: RollingPair::default() })))
    })
}
