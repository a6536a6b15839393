//! `yoy(x, as_of) OVER (PARTITION BY key ORDER BY as_of)`: the change against the same period a year earlier.

use datafusion::logical_expr::WindowUDF;

use super::along::Along;
use super::definition::window;
use crate::engine::functions::Documentation;
use crate::quant::months::changes;

pub static DOCUMENTATION: Documentation = Documentation {
    name: "yoy",
    syntax: "yoy(x, as_of) OVER (PARTITION BY key ORDER BY as_of)",
    summary: "x divided by the x of twelve calendar months before, less 1: 0.03 is three percent. The row of a year ago is the one whose as_of is \
              the same day of the same month (the last day of February for a leap day; where as_of ends its month and there is no such row, \
              that of the last day of the month).",
    nulls: "NULL where x is NULL, NaN or infinite, there is no row of a year ago among the rows before, or its x is NULL, NaN, infinite or 0.",
    causality: "Sees the current row and the rows before it. Over vintaged history both are as known at the clock; levels of one vintage are \
                comparable, of two vintages they may not be: the table function `yoy` computes inside one vintage.",
    example: "SELECT as_of, open_interest, yoy(open_interest, as_of) OVER (ORDER BY as_of) AS change FROM cot_tff \
              WHERE root = 'ES' AND category = 'dealer' ORDER BY as_of DESC LIMIT 3",
};

pub fn function() -> WindowUDF {
    window(&DOCUMENTATION, &[super::number(), super::day()], 2, |_| {
        Ok(Box::new(Along::DatedValues(Box::new(|values, days| changes(values, days, 12)))))
    })
}
