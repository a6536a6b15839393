//! `rolling_std(table, series, …)`: the sample deviation of the newest observations, at each instant as known then.

use datafusion::error::Result;
use datafusion::logical_expr::LogicalPlan;

use super::CAUSALITY;
use crate::engine::functions::{Arguments, Documentation, TableFunction};
use crate::engine::relations::Relations;
use crate::engine::replay::{self, Measure, Parameters};

pub struct RollingStd;

static DOCUMENTATION: Documentation = Documentation {
    name: "rolling_std",
    syntax: "rolling_std('table', ['series' | ['a', 'b'] | 'PATTERN%'], window => n, [min_periods => 2], [transform => 'none'|'chg'|'pch'|'pc1'|'log'], [every => '1 month'], [from =>], [to =>], [source =>])",
    summary: "Replays knowledge: one row per publication of the series, or per step of `every`, with the newest observation known at that instant and the sample standard deviation (n - 1) of the last `window` observations known then, that one included. Arguments are those of zscore.",
    nulls: "Missing values are left out of the window. rolling_std is NULL where fewer than min_periods values, or fewer than two, are in it. There is no row where nothing is known.",
    causality: CAUSALITY,
    example: "SELECT known_at, as_of, rolling_std FROM rolling_std('flow_data', 'CFTC_ES_LEVERAGED_NET', window => 26, transform => 'chg') ORDER BY known_at DESC LIMIT 3",
};

impl TableFunction for RollingStd {
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
        let parameters = Parameters { measure: Measure::Deviation, last: Some(("window", true)), min_periods: 2 };
        replay::plan(parameters.read(arguments, planner)?, planner)
    }
}
