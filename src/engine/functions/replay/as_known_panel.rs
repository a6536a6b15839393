//! `as_known_panel(table, series, …)`: the last observations of series, at each instant as known then.

use datafusion::error::Result;
use datafusion::logical_expr::LogicalPlan;

use super::CAUSALITY;
use crate::engine::functions::{Arguments, Documentation, TableFunction};
use crate::engine::relations::Relations;
use crate::engine::replay::{self, Measure, Parameters};

pub struct AsKnownPanel;

static DOCUMENTATION: Documentation = Documentation {
    name: "as_known_panel",
    syntax: "as_known_panel('table', ['series' | ['a', 'b'] | 'PATTERN%'], [last => n], [every => '1 month'], [from =>], [to =>], [transform => 'none'|'chg'|'pch'|'pc1'|'log'], [source =>])",
    summary: "Replays knowledge: for each publication of a series, or each step of `every`, the last n observations as they were known at that instant (known_at), all of them without `last`: one row each with as_of, value and available_at, the latest vintage that the value stands on. What zscore measures is this panel. Steps and transforms are those of zscore.",
    nulls: "Missing values are left out, and so are changes from a missing value or in percent of 0, and logarithms of 0 or less.",
    causality: CAUSALITY,
    example: "SELECT known_at, as_of, value, available_at FROM as_known_panel('flow_data', 'CFTC_ES_LEVERAGED_NET', last => 3, every => '1 month') ORDER BY known_at DESC, as_of LIMIT 6",
};

impl TableFunction for AsKnownPanel {
    fn documentation(&self) -> &'static Documentation {
        &DOCUMENTATION
    }
    fn parameters(&self) -> &'static [&'static str] {
        &["table", "series", "last", "every", "from", "to", "transform", "source"]
    }
    fn words(&self, parameter: &str) -> &'static [&'static str] {
        super::words(parameter)
    }
    fn plan(&self, arguments: &Arguments, planner: &Relations) -> Result<LogicalPlan> {
        let parameters = Parameters { measure: Measure::Panel, last: Some(("last", false)), min_periods: 1 };
        replay::plan(parameters.read(arguments, planner)?, planner)
    }
}
