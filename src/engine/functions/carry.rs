//! `carry(root, ranks => [0, 1], …)`: the yearly carry between two contracts of a root, day by day.

use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::LogicalPlan;

use super::{Arguments, Documentation, TableFunction};
use crate::engine::futures::continuous::request;
use crate::engine::relations::Relations;
use crate::error::Error;

pub struct Carry;

static DOCUMENTATION: Documentation = Documentation {
    name: "carry",
    syntax: "carry(root, [ranks => [0, 1]], ...roll, roll_days, unit, rolls_on, months, price, latest, dataset, from, to, at of continuous_series)",
    summary: "One row per trade date on which both contracts have a price: the contracts `near` and `far` are those of the two ranks after the one \
              that the roll rule holds, as continuous_series gives them. `carry` = (near price / far price - 1) x 365 / calendar days between \
              their last trade days: what is earned in a year if the curve stays where it is, positive in backwardation. After Koijen, Moskowitz, \
              Pedersen and Vrugt, Carry, Journal of Financial Economics 127 (2018), with the far contract in place of the one nearer to the spot.",
    nulls: "`carry` is NULL where a price is not positive, where a last trade day is not known and where both contracts end on one day.",
    causality: "As continuous_series; `available_at` is when both prices and the roll were known.",
    example: "SELECT as_of, near, far, round(carry, 4) AS carry FROM carry('CL', roll => 'open_interest') ORDER BY as_of LIMIT 5",
};

impl TableFunction for Carry {
    fn documentation(&self) -> &'static Documentation {
        &DOCUMENTATION
    }
    fn parameters(&self) -> &'static [&'static str] {
        &["root", "ranks", "roll", "roll_days", "unit", "rolls_on", "months", "price", "latest", "dataset", "from", "to", "at"]
    }
    fn words(&self, parameter: &str) -> &'static [&'static str] {
        request::words(parameter)
    }

    fn plan(&self, arguments: &Arguments, planner: &Relations) -> Result<LogicalPlan> {
        let [near, far] = ranks(arguments)?;
        if arguments.get("root").is_none() {
            return Err(Error::query("`carry` needs a root").hint("write carry('CL')").into());
        }
        let given: Vec<String> = self
            .parameters()
            .iter()
            .filter(|name| !matches!(**name, "root" | "ranks"))
            .filter_map(|name| Some(format!(", {name} => {}", literal(arguments.get(name)?))))
            .collect();
        let root = arguments.get("root").map(literal).unwrap_or_default();
        let of_rank = |rank: u64| format!("continuous_series({root}, rank => {rank}, adjust => 'none'{})", given.concat());
        let text = format!(
            "SELECT n.root, n.as_of, n.contract_id AS near, f.contract_id AS far, n.price AS near_price, f.price AS far_price,
                    f.days_left - n.days_left AS days_between,
                    CASE WHEN n.price > 0 AND f.price > 0 AND f.days_left > n.days_left
                         THEN (n.price / f.price - 1) * 365 / (f.days_left - n.days_left) END AS carry,
                    greatest(n.available_at, f.available_at) AS available_at
             FROM   {} n JOIN {} f ON n.root = f.root AND n.as_of = f.as_of",
            of_rank(near),
            of_rank(far)
        );
        planner.plan_text(&text, None)
    }
}

fn ranks(arguments: &Arguments) -> Result<[u64; 2]> {
    let wrong = || Error::query("`ranks` of `carry` must be two ranks, the nearer contract's first").hint("such as ranks => [0, 1]");
    let Some(value) = arguments.get("ranks") else { return Ok([0, 1]) };
    let ScalarValue::List(list) = value else { return Err(wrong().into()) };
    let items = ScalarValue::convert_array_to_scalar_vec(list.as_ref())?;
    let ranks: Vec<u64> = items
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|item| match item {
            ScalarValue::Int64(Some(n)) => u64::try_from(n).ok(),
            _ => None,
        })
        .collect();
    match ranks.as_slice() {
        [near, far] if near < far => Ok([*near, *far]),
        _ => Err(wrong().into()),
    }
}

/// A value as SQL writes it.
fn literal(value: &ScalarValue) -> String {
    match value {
        ScalarValue::List(list) => {
            let items = ScalarValue::convert_array_to_scalar_vec(list.as_ref()).unwrap_or_default();
            let items: Vec<String> = items.into_iter().flatten().flatten().map(|item| literal(&item)).collect();
            format!("[{}]", items.join(", "))
        }
        ScalarValue::Int64(Some(n)) => n.to_string(),
        other => format!("'{}'", other.to_string().replace('\'', "''")),
    }
}
