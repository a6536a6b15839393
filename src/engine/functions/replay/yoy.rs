//! `yoy(table, series, …)`: growth over a year, at each instant as known then.

use datafusion::error::Result;
use datafusion::logical_expr::LogicalPlan;

use super::CAUSALITY;
use crate::engine::functions::{Arguments, Documentation, TableFunction};
use crate::engine::relations::Relations;
use crate::engine::replay::{self, Measure, Parameters};

pub struct Yoy;

static DOCUMENTATION: Documentation = Documentation {
    name: "yoy",
    syntax: "yoy('table', ['series' | ['a', 'b'] | 'PATTERN%'], [every => '1 month'], [from =>], [to =>], [source =>])",
    summary: "Replays knowledge: one row per publication of the series, or per step of `every`, with the newest observation known at that instant, the value known then of the observation dated exactly twelve months of the calendar earlier (value_year_ago), and yoy = value / value_year_ago - 1.",
    nulls: "yoy is NULL where no observation of that date was known, or its value is missing or 0. There is no row where nothing is known.",
    causality: CAUSALITY,
    example: "SELECT known_at, as_of, value, value_year_ago, yoy FROM yoy('flow_data', 'CFTC_ES_LEVERAGED_NET') ORDER BY known_at DESC LIMIT 3",
};

impl TableFunction for Yoy {
    fn documentation(&self) -> &'static Documentation {
        &DOCUMENTATION
    }
    fn parameters(&self) -> &'static [&'static str] {
        &["table", "series", "every", "from", "to", "source"]
    }
    fn words(&self, parameter: &str) -> &'static [&'static str] {
        super::words(parameter)
    }
    fn plan(&self, arguments: &Arguments, planner: &Relations) -> Result<LogicalPlan> {
        let parameters = Parameters { measure: Measure::GrowthOfYear, last: None, min_periods: 1 };
        replay::plan(parameters.read(arguments, planner)?, planner)
    }
}
