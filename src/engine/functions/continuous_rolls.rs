//! `continuous_rolls(…)`: the rolls of a continuous series.

use std::sync::Arc;

use datafusion::error::Result;
use datafusion::logical_expr::LogicalPlan;

use super::{Arguments, Documentation, TableFunction};
use crate::engine::futures::continuous::request::{self, PARAMETERS, Request};
use crate::engine::futures::continuous::rolls;
use crate::engine::relations::Relations;

pub struct ContinuousRolls;

static DOCUMENTATION: Documentation = Documentation {
    name: "continuous_rolls",
    syntax: "continuous_rolls(root | [roots] | 'saved series', ...the arguments of continuous_series)",
    summary: "One row per roll of the series that continuous_series gives for the same arguments. `rolled_on` is the first day of the incoming \
              contract, `gap_on` the day whose prices (`price_from`, `price_to`, of the kind `price_source`) make the `gap` (incoming minus outgoing) \
              and the `ratio` (incoming over outgoing). `decided_at` is when the roll could be decided: the latest of the figures compared, or, where \
              the calendar or a table decides, the start of the session whose prices are taken, and never before it was known when the contracts end.",
    nulls: "The gap's columns are NULL where no day has prices of both; ratio also where a price is not positive.",
    causality: "As continuous_series; `available_at` is when the gap's prices and the decision were known.",
    example: "SELECT rolled_on, from_contract, to_contract, gap, decided_at FROM continuous_rolls('ES', roll => 'open_interest') ORDER BY rolled_on",
};

impl TableFunction for ContinuousRolls {
    fn documentation(&self) -> &'static Documentation {
        &DOCUMENTATION
    }
    fn parameters(&self) -> &'static [&'static str] {
        &PARAMETERS
    }
    fn words(&self, parameter: &str) -> &'static [&'static str] {
        request::words(parameter)
    }
    fn plan(&self, arguments: &Arguments, planner: &Relations) -> Result<LogicalPlan> {
        let table = rolls::table(Request::of(arguments, planner)?);
        arguments.scan(Arc::new(table))
    }
}
