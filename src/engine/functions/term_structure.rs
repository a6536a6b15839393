//! `term_structure(root [, at])`: the contracts of a root side by side on the newest day that is known.

use datafusion::error::Result;
use datafusion::logical_expr::LogicalPlan;

use super::{Arguments, Documentation, TableFunction};
use crate::engine::relations::{Relations, instant_of};
use crate::error::Error;

pub struct TermStructure;

static DOCUMENTATION: Documentation = Documentation {
    name: "term_structure",
    syntax: "term_structure(root, [at], [dataset => 'GLBX.MDP3'])",
    summary: "The curve of a root: one row per contract that has a price on the newest trade date known, in order of expiration. `rank` 0 is the \
              contract that expires first; `price` is the settlement where it is known, else the close (`price_source`); `days_to_expiry` counts \
              calendar days. `slope` is the yearly slope from the first contract, (price / first price - 1) x 365 / days between their last trade \
              days: below 0 in backwardation. `available_at` is when this contract's price and those of all before it, by which it is ranked, were known. Under a clock the newest day is the newest known, for some contracts by their close alone.",
    nulls: "`slope` is NULL for the first contract, where an expiration is not known and where the first price is not positive. A contract \
            without a price on that day has no row.",
    causality: "Reads bars and settlements known at `at`, which defaults to the clock; an instant later than the clock is an error.",
    example: "SELECT contract_id, days_to_expiry, price, round(slope, 4) AS slope FROM term_structure('CL', '2023-03-01 23:00:00Z') ORDER BY rank",
};

impl TableFunction for TermStructure {
    fn documentation(&self) -> &'static Documentation {
        &DOCUMENTATION
    }
    fn parameters(&self) -> &'static [&'static str] {
        &["root", "at", "dataset"]
    }

    fn plan(&self, arguments: &Arguments, planner: &Relations) -> Result<LogicalPlan> {
        let Some(root) = arguments.text("root")? else {
            return Err(Error::query("`term_structure` needs a root").hint("write term_structure('CL')").into());
        };
        let root = planner.context.config.root(root)?;
        let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
        let dataset = arguments.text("dataset")?.map_or(String::new(), |dataset| format!(" AND dataset = {}", quoted(dataset)));
        // of several datasets the root's own, else the first by name
        let own = root.dataset.as_deref().map_or("NULL".to_string(), quoted);
        let text = format!(
            "WITH priced AS (
               SELECT *, coalesce(settlement, close) AS price FROM futures_bars
               WHERE root = {}{dataset} AND coalesce(settlement, close) IS NOT NULL
             ), chosen AS (
               SELECT * FROM priced QUALIFY dense_rank() OVER (ORDER BY CASE WHEN dataset = {own} THEN 0 ELSE 1 END, dataset) = 1
             ), newest AS (
               SELECT *, row_number() OVER (ORDER BY expiration, contract_id) - 1 AS rank FROM chosen
               WHERE as_of = (SELECT max(as_of) FROM chosen)
             ), curve AS (
               SELECT *, first_value(price) OVER (ORDER BY rank) AS first_price, first_value(expiration) OVER (ORDER BY rank) AS first_expiration,
                      max(available_at) OVER (ORDER BY rank) AS known_at
               FROM newest
             )
             SELECT root, as_of, rank, contract_id, symbol, expiration,
                    CAST(expiration AS INT) - CAST(as_of AS INT) AS days_to_expiry, price,
                    CASE WHEN settlement IS NULL THEN 'close' ELSE 'settlement' END AS price_source,
                    CASE WHEN rank > 0 AND first_price > 0 AND expiration > first_expiration
                         THEN (price / first_price - 1) * 365 / (CAST(expiration AS INT) - CAST(first_expiration AS INT)) END AS slope,
                    dataset, known_at AS available_at
             FROM   curve",
            quoted(&root.root)
        );
        let at = arguments.get("at").cloned().map(instant_of).transpose()?;
        at.map_or(Ok(()), |at| planner.ensure_not_later(at, "`term_structure` at"))?;
        planner.plan_text(&text, at)
    }
}
