//! `zscore(table, series, …)`: the newest value against its window, at each instant as known then.

use datafusion::error::Result;
use datafusion::logical_expr::LogicalPlan;

use super::CAUSALITY;
use crate::engine::functions::{Arguments, Documentation, TableFunction};
use crate::engine::relations::Relations;
use crate::engine::replay::{self, Measure, Parameters};

pub struct ZScore;

static DOCUMENTATION: Documentation = Documentation {
    name: "zscore",
    syntax: "zscore('table', ['series' | ['a', 'b'] | 'PATTERN%'], window => n, [min_periods => 2], [transform => 'none'|'chg'|'pch'|'pc1'|'log'], [every => '1 month'], [from =>], [to =>], [source =>])",
    summary: "Replays knowledge: one row per publication of the series, or per step of `every`, with the newest observation known at that instant (as_of, value), the mean and sample standard deviation of the last `window` observations known then (that one included), how many they are (n), and zscore = (value - mean) / std. `transform` first makes changes ('chg'), changes in percent ('pch'), changes from a year ago in percent ('pc1') or logarithms ('log') of the values known then. `every` steps from `from` (default: the day of the series' first vintage) to `to` (default: the clock, or now). On a series that was never revised it agrees with the window function over the history.",
    nulls: "Missing values are left out of the window; a change from a missing value, one in percent of 0 and a logarithm of 0 or less are missing. zscore is NULL where fewer than min_periods values are in the window or their deviation is 0; std is NULL for one value. There is no row where nothing is known.",
    causality: CAUSALITY,
    example: "SELECT known_at, as_of, value, n, zscore FROM zscore('flow_data', 'CFTC_ES_LEVERAGED_NET', window => 52) ORDER BY known_at DESC LIMIT 3",
};

impl TableFunction for ZScore {
    fn documentation(&self) -> &'static Documentation {
        &DOCUMENTATION
    }
    fn parameters(&self) -> &'static [&'static str] {
        super::WINDOWED
    }
    fn words(&self, parameter: &str) -> &'static [&'static str] {
        super::words(parameter)
    }
    fn plan(&self, arguments: &Arguments, planner: &Relations) -> Result<LogicalPlan> {
        let parameters = Parameters { measure: Measure::ZScore, last: Some(("window", true)), min_periods: 2 };
        replay::plan(parameters.read(arguments, planner)?, planner)
    }
}
