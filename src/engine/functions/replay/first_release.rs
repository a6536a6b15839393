//! `first_release(table, series, …)`: each observation as it was first published.

use datafusion::error::Result;
use datafusion::logical_expr::LogicalPlan;

use super::CAUSALITY;
use crate::engine::functions::{Arguments, Documentation, TableFunction};
use crate::engine::relations::Relations;
use crate::engine::replay::{self, Measure, Parameters};

pub struct FirstRelease;

static DOCUMENTATION: Documentation = Documentation {
    name: "first_release",
    syntax: "first_release('table', ['series' | ['a', 'b'] | 'PATTERN%'], [transform => 'none'|'chg'|'pch'|'pc1'|'log'], [source =>])",
    summary: "The first release of each observation: its first vintage that was a reading, news about the newest observation of the series when it came. Observations that came with the series' first vintage are left out: they were published before, nobody knows when. `transform` is computed among the values known at the release, so a first release of growth is the growth that was announced.",
    nulls: "A missing value is no release. value is NULL where the transform has nothing to set it against.",
    causality: CAUSALITY,
    example: "SELECT as_of, value, available_at FROM first_release('flow_data', 'CFTC_ES_LEVERAGED_NET', transform => 'chg') ORDER BY as_of DESC LIMIT 3",
};

impl TableFunction for FirstRelease {
    fn documentation(&self) -> &'static Documentation {
        &DOCUMENTATION
    }
    fn parameters(&self) -> &'static [&'static str] {
        &["table", "series", "transform", "source"]
    }
    fn words(&self, parameter: &str) -> &'static [&'static str] {
        super::words(parameter)
    }
    fn plan(&self, arguments: &Arguments, planner: &Relations) -> Result<LogicalPlan> {
        let parameters = Parameters { measure: Measure::FirstRelease, last: None, min_periods: 1 };
        replay::plan(parameters.read(arguments, planner)?, planner)
    }
}
