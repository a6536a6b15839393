//! `mom(x, as_of) OVER (PARTITION BY key ORDER BY as_of)`: the change against the month before.

use datafusion::logical_expr::WindowUDF;

use super::along::Along;
use super::definition::window;
use crate::engine::functions::Documentation;
use crate::quant::months::changes;

pub static DOCUMENTATION: Documentation = Documentation {
    name: "mom",
    syntax: "mom(x, as_of) OVER (PARTITION BY key ORDER BY as_of)",
    summary: "x divided by the x of one calendar month before, less 1: 0.01 is one percent. The row of a month ago is the one whose as_of is the \
              same day of the month before (its last day where it is shorter); where as_of ends its month and there is no such row, that of \
              the last day of the month before. For an index or a level; monthly changes compound with yoy_from_mom. Where the frame begins \
              does not matter.",
    nulls: "NULL where x is NULL, NaN or infinite, there is no row of a month ago among the rows before (a month without a row is not stepped \
            over), or its x is NULL, NaN, infinite or 0.",
    causality: "Sees the current row and the rows before it. Over vintaged history both are as known at the clock; levels of one vintage are \
                comparable, of two vintages they may not be: `first_release` with transform => 'pch' computes inside one vintage.",
    example: "SELECT as_of, value, mom(value, as_of) OVER (ORDER BY as_of) AS change FROM macro_series WHERE series_id = 'PAYEMS' \
              ORDER BY as_of DESC LIMIT 3",
};

pub fn function() -> WindowUDF {
    window(&DOCUMENTATION, &[super::number(), super::day()], 2, |_| {
        Ok(Box::new(Along::DatedValues(Box::new(|values, days| changes(values, days, 1)))))
    })
}
