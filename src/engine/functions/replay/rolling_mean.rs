//! `rolling_mean(table, series, …)`: the mean of the newest observations, at each instant as known then.

use datafusion::error::Result;
use datafusion::logical_expr::LogicalPlan;

use super::CAUSALITY;
use crate::engine::functions::{Arguments, Documentation, TableFunction};
use crate::engine::relations::Relations;
use crate::engine::replay::{self, Measure, Parameters};

pub struct RollingMean;

static DOCUMENTATION: Documentation = Documentation {
    name: "rolling_mean",
    syntax: "rolling_mean('table', ['series' | ['a', 'b'] | 'PATTERN%'], window => n, [min_periods => 1], [transform => 'none'|'chg'|'pch'|'pc1'|'log'], [every => '1 month'], [from =>], [to =>], [source =>])",
    summary: "Replays knowledge: one row per publication of the series, or per step of `every`, with the newest observation known at that instant and the mean of the last `window` observations known then, that one included. Arguments are those of zscore.",
    nulls: "Missing values are left out of the window. rolling_mean is NULL where fewer than min_periods values are in it. There is no row where nothing is known.",
    causality: CAUSALITY,
    example: "SELECT known_at, as_of, value, rolling_mean FROM rolling_mean('flow_data', 'CFTC_ES_LEVERAGED_NET', window => 4) ORDER BY known_at DESC LIMIT 3",
};

impl TableFunction for RollingMean {
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
        let parameters = Parameters { measure: Measure::Mean, last: Some(("window", true)), min_periods: 1 };
        replay::plan(parameters.read(arguments, planner)?, planner)
    }
}
