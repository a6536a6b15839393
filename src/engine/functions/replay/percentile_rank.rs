//! `percentile_rank(table, series, …)`: where the newest value stands in its window, at each instant as known then.

use datafusion::error::Result;
use datafusion::logical_expr::LogicalPlan;

use super::CAUSALITY;
use crate::engine::functions::{Arguments, Documentation, TableFunction};
use crate::engine::relations::Relations;
use crate::engine::replay::{self, Measure, Parameters};

pub struct PercentileRank;

static DOCUMENTATION: Documentation = Documentation {
    name: "percentile_rank",
    syntax: "percentile_rank('table', ['series' | ['a', 'b'] | 'PATTERN%'], window => n, [min_periods => 1], [transform => 'none'|'chg'|'pch'|'pc1'|'log'], [every => '1 month'], [from =>], [to =>], [source =>])",
    summary: "Replays knowledge: one row per publication of the series, or per step of `every`, with the newest observation known at that instant and its percentile_rank: the share of the last `window` observations known then (that one included) whose value is at most its own, from 1/n to 1. Arguments are those of zscore.",
    nulls: "Missing values are left out of the window. percentile_rank is NULL where fewer than min_periods values are in it. There is no row where nothing is known.",
    causality: CAUSALITY,
    example: "SELECT known_at, as_of, percentile_rank FROM percentile_rank('flow_data', 'CFTC_ES_LEVERAGED_NET', window => 52, every => '1 month') ORDER BY known_at DESC LIMIT 3",
};

impl TableFunction for PercentileRank {
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
        let parameters = Parameters { measure: Measure::PercentileRank, last: Some(("window", true)), min_periods: 1 };
        replay::plan(parameters.read(arguments, planner)?, planner)
    }
}
