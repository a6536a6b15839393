//! `cot_as_of([at], root =>, report =>, scope =>, include_ended =>)`: the positioning that was known at an instant.

use datafusion::error::Result;
use datafusion::logical_expr::LogicalPlan;

use super::{Arguments, Documentation, TableFunction};
use crate::engine::relations::{Relations, instant_of};

/// A market that is in none of this many newest reports has ended. Reports that the lake holds are counted, not weeks: a lake with a gap
/// would otherwise lose its markets.
const ENDED_AFTER_REPORTS: u32 = 8;

pub struct CotAsOf;

static DOCUMENTATION: Documentation = Documentation {
    name: "cot_as_of",
    syntax: "cot_as_of([at], [root => 'ES'], [report => 'tff'], [scope => 'futures_only'], [include_ended => false])",
    summary: "The newest Commitments of Traders report known at an instant: one row per report, scope, market and trader category, with the \
              columns of `cot`; `available_at` is the release instant. `at` defaults to the clock. `report` defaults to the market's own (TFF or \
              Disaggregated), `scope` to futures_only ('combined' and 'all' exist). A market that is in none of the 8 newest reports known \
              is left out unless include_ended => true.",
    nulls: "A NULL argument is an absent one. Columns are NULL where the report has no such figure.",
    causality: "Reads vintages known at `at`; an instant later than the clock is an error.",
    example: "SELECT category, as_of, available_at, net FROM cot_as_of('2024-03-01 12:00:00Z', root => 'ES') ORDER BY category",
};

impl TableFunction for CotAsOf {
    fn documentation(&self) -> &'static Documentation {
        &DOCUMENTATION
    }
    fn parameters(&self) -> &'static [&'static str] {
        &["at", "root", "report", "scope", "include_ended"]
    }
    fn words(&self, parameter: &str) -> &'static [&'static str] {
        match parameter {
            "report" => &["tff", "disaggregated", "legacy", "all"],
            "scope" => &["futures_only", "combined", "all"],
            _ => &[],
        }
    }

    fn plan(&self, arguments: &Arguments, planner: &Relations) -> Result<LogicalPlan> {
        let at = arguments.get("at").cloned().map(instant_of).transpose()?;
        if let Some(at) = at {
            planner.ensure_not_later(at, "`cot_as_of` at")?;
        }
        let mut of_report = vec![];
        match arguments.choice("report")? {
            Some("all") => {}
            Some(report) => of_report.push(format!("report = '{report}'")),
            None => of_report.push("report <> 'legacy'".to_string()),
        }
        match arguments.choice("scope")? {
            Some("all") => {}
            scope => of_report.push(format!("scope = '{}'", scope.unwrap_or("futures_only"))),
        }
        let mut of_market = of_report.clone();
        if let Some(root) = arguments.text("root")? {
            // an unknown root fails here, with a suggestion
            let root = planner.context.config.root(root)?;
            of_market.push(format!("root = '{}'", root.root.replace('\'', "''")));
        }
        let ended = match arguments.boolean("include_ended")? {
            Some(true) => String::new(),
            _ => format!(
                "JOIN (SELECT r, s, min(as_of) AS since FROM (
                         SELECT report AS r, scope AS s, as_of, row_number() OVER (PARTITION BY report, scope ORDER BY as_of DESC) AS n
                         FROM (SELECT DISTINCT report, scope, as_of FROM cot_vintages{})
                       ) WHERE n <= {ENDED_AFTER_REPORTS} GROUP BY r, s) reports
                   ON c.report = reports.r AND c.scope = reports.s AND c.as_of >= reports.since",
                filter(&of_report)
            ),
        };
        let text = format!(
            "SELECT c.* FROM (
               SELECT * FROM cot{} QUALIFY as_of = max(as_of) OVER (PARTITION BY report, scope, contract_code)
             ) c {ended}",
            filter(&of_market)
        );
        planner.plan_text(&text, at)
    }
}

fn filter(conditions: &[String]) -> String {
    if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) }
}
