//! `yoy_from_mom(m, as_of) OVER (PARTITION BY key ORDER BY as_of)`: twelve monthly changes compounded.

use datafusion::logical_expr::WindowUDF;

use super::along::Along;
use super::definition::window;
use crate::engine::functions::Documentation;
use crate::quant::months::year_of_months;

pub static DOCUMENTATION: Documentation = Documentation {
    name: "yoy_from_mom",
    syntax: "yoy_from_mom(m, as_of) OVER (PARTITION BY key ORDER BY as_of)",
    summary: "The change over twelve months, in percent, of monthly changes m in percent: 100 x (product of 1 + m / 100 over the twelve calendar \
              months that end with that of as_of - 1). Percent in, percent out, as Brazil's price series are published (IPCA: 0.38 is 0.38 \
              percent). The months must be published as changes; of an index take yoy. Changes that were rounded to two decimals compound to \
              within a few hundredths of the published rate, which is computed from the index. Of two rows of one month the later counts. Where \
              the frame begins does not matter.",
    nulls: "NULL unless all twelve months have a row up to the current one and none of them is NULL, NaN, infinite or below -100.",
    causality: "Sees the current row and the rows before it. Over vintaged history the months are those known at the clock.",
    example: "SELECT as_of, m, round(yoy_from_mom(m, as_of) OVER (ORDER BY as_of), 2) AS year FROM (SELECT as_of, 100 * mom(value, as_of) OVER \
              (ORDER BY as_of) AS m FROM macro_series WHERE series_id = 'PAYEMS') ORDER BY as_of DESC LIMIT 3",
};

pub fn function() -> WindowUDF {
    window(&DOCUMENTATION, &[super::number(), super::day()], 2, |_| Ok(Box::new(Along::DatedValues(Box::new(year_of_months)))))
}
