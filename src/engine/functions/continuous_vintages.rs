//! `continuous_series_vintages(…)` and `continuous_rolls_vintages(…)`: what a continuous series was known to be at each instant at which it
//! changed. Stored builds are made of them; they are no part of the surface.

use std::sync::Arc;

use datafusion::error::Result;
use datafusion::logical_expr::LogicalPlan;

use super::{Arguments, Documentation, TableFunction};
use crate::engine::composed::ComposedTable;
use crate::engine::futures::continuous::request::{self, PARAMETERS, Request};
use crate::engine::futures::continuous::{rolls, series};
use crate::engine::relations::Relations;

pub struct ContinuousVintages {
    documentation: Documentation,
    table: fn(Request) -> ComposedTable,
}

pub static OF_SERIES: ContinuousVintages = ContinuousVintages {
    documentation: Documentation {
        name: "continuous_series_vintages",
        syntax: "continuous_series_vintages(...arguments of continuous_series)",
        summary: "One row per day and instant at which what continuous_series says of the day changed, as it then said it.",
        nulls: "A day that the series no longer has is a row without values.",
        causality: "Each row is what a query said whose clock stood at its `available_at`.",
        example: "SELECT * FROM continuous_bars LIMIT 3",
    },
    table: series::vintages,
};

pub static OF_ROLLS: ContinuousVintages = ContinuousVintages {
    documentation: Documentation {
        name: "continuous_rolls_vintages",
        syntax: "continuous_rolls_vintages(...arguments of continuous_series)",
        summary: "One row per roll and instant at which what continuous_rolls says of it changed, as it then said it.",
        nulls: "A day on which the series no longer rolls is a row without values.",
        causality: "Each row is what a query said whose clock stood at its `available_at`.",
        example: "SELECT * FROM continuous_bar_rolls LIMIT 3",
    },
    table: rolls::vintages,
};

impl TableFunction for ContinuousVintages {
    fn documentation(&self) -> &'static Documentation {
        // a static is named by its own functions alone
        if self.documentation.name == OF_SERIES.documentation.name { &OF_SERIES.documentation } else { &OF_ROLLS.documentation }
    }
    fn parameters(&self) -> &'static [&'static str] {
        &PARAMETERS
    }
    fn words(&self, parameter: &str) -> &'static [&'static str] {
        request::words(parameter)
    }
    fn plan(&self, arguments: &Arguments, planner: &Relations) -> Result<LogicalPlan> {
        arguments.scan(Arc::new((self.table)(Request::of(arguments, planner)?)))
    }
}
