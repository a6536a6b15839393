//! Which predicates on rows of futures narrow what is read for them: those on the root, the dataset, the symbol, the contract and the day,
//! against literals.

use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};

use super::read::Wanted;
use crate::engine::face::Face;
use crate::engine::predicates::may_go_below;
use crate::tables;

/// Columns that stand in the lake tables under the same name.
const STORED: [&str; 3] = ["dataset", "symbol", "as_of"];

/// Whether a predicate narrows the inputs of a face.
pub fn takes(filter: &Expr, face: Face) -> bool {
    is_stored(filter, face) || listed(filter, "root").is_some() || listed(filter, "contract_id").is_some()
}

/// What is wanted when the predicates hold.
pub fn narrowed(mut wanted: Wanted, filters: &[Expr], face: Face) -> Wanted {
    for filter in filters {
        if is_stored(filter, face) {
            wanted.narrowed_by.push(filter.clone());
        } else if let Some(roots) = listed(filter, "root") {
            wanted.roots = Some(both(wanted.roots, roots));
        } else if let Some(ids) = listed(filter, "contract_id") {
            wanted.contract_ids = Some(both(wanted.contract_ids, ids));
        }
    }
    wanted
}

fn both(before: Option<Vec<String>>, found: Vec<String>) -> Vec<String> {
    match before {
        Some(before) => before.into_iter().filter(|name| found.contains(name)).collect(),
        None => found,
    }
}

fn is_stored(filter: &Expr, face: Face) -> bool {
    filter.column_refs().iter().all(|column| STORED.contains(&column.name.as_str())) && may_go_below(filter, &tables::FUTURES_OHLCV, face)
}

/// The literals that a column must be one of.
fn listed(filter: &Expr, name: &str) -> Option<Vec<String>> {
    let is_column = |expr: &Expr| matches!(expr, Expr::Column(column) if column.name == name);
    let text = |expr: &Expr| match expr {
        Expr::Literal(value, _) => value.try_as_str().flatten().map(str::to_string),
        _ => None,
    };
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) if is_column(left) => Some(vec![text(right)?]),
        Expr::InList(InList { expr, list, negated: false }) if is_column(expr) => list.iter().map(text).collect(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use datafusion::common::ScalarValue;
    use datafusion::logical_expr::{col, lit};

    use super::*;

    #[test]
    fn a_day_narrows_no_reading_and_a_figure_nothing() {
        let day = col("as_of").gt(lit(ScalarValue::Date32(Some(1))));
        assert!(takes(&day, Face::Latest) && !takes(&day, Face::Readings));
        for filter in [col("close").gt(lit(1.0)), col("basis").eq(lit("session")), col("root").not_eq(lit("ES"))] {
            assert!(!takes(&filter, Face::Latest), "{filter}");
        }
        assert!(!takes(&col("root").eq(lit("ES")).or(col("symbol").eq(lit("ESH4"))), Face::Latest));
    }

    #[test]
    fn predicates_on_one_column_meet() {
        let filters = [col("root").in_list(vec![lit("ES"), lit("CL")], false), col("root").eq(lit("CL"))];
        assert_eq!(narrowed(Wanted::default(), &filters, Face::Latest).roots, Some(vec!["CL".to_string()]));
    }
}
