//! Which predicates may be evaluated below the choice of a face, and what they are over stored columns.
//!
//! Only comparisons of key columns and of `as_of` with literals: they cannot fail on a hidden row, and a whole series or observation passes or
//! not, so the latest vintage of what passes is what passes of the latest vintages.

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, ScalarValue};
use datafusion::error::Result;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, col, lit};

use super::context::StatementContext;
use super::face::Face;
use crate::tables::{Derivation, Role, Table};
use crate::time::{Availability, KnowledgeTime};

/// Whether a predicate may be evaluated before the face is chosen: comparisons of key columns, their derived root and `as_of` with literals.
/// A reading is judged by what was published before it, so there `as_of` must stay above.
pub fn may_go_below(filter: &Expr, table: &Table, face: Face) -> bool {
    let is_column = |expr: &Expr| match expr {
        Expr::Column(column) => match table.column(&column.name).map(|c| c.role) {
            Some(Role::Key) => true,
            Some(Role::AsOf) => face != Face::Readings,
            _ => false,
        },
        _ => false,
    };
    let is_root = |expr: &Expr| matches!(expr, Expr::Column(column) if is_derived_root(table, &column.name));
    let is_literal = |expr: &Expr| matches!(expr, Expr::Literal(..));
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And | Operator::Or, right }) => {
            may_go_below(left, table, face) && may_go_below(right, table, face)
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
            let comparison = matches!(op, Operator::Eq | Operator::NotEq | Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq);
            comparison && ((is_column(left) || (is_root(left) && *op == Operator::Eq)) && is_literal(right))
        }
        Expr::InList(InList { expr, list, negated }) => (is_column(expr) || (is_root(expr) && !negated)) && list.iter().all(is_literal),
        Expr::Between(between) => is_column(&between.expr) && is_literal(&between.low) && is_literal(&between.high),
        Expr::Like(like) => is_column(&like.expr) && is_literal(&like.pattern),
        _ => false,
    }
}

fn is_derived_root(table: &Table, column: &str) -> bool {
    table.column(column).is_some_and(|c| c.role == Role::Derived(Derivation::CotRoot))
}

/// The predicate over stored columns: names without their relation, a root as the contract codes that it stands for.
pub fn on_stored_columns(filter: &Expr, context: &StatementContext) -> Result<Expr> {
    let codes_of = |value: &ScalarValue| -> Vec<Expr> {
        let root = value.try_as_str().flatten().unwrap_or_default();
        context.config.cot_codes(root).into_iter().map(lit).collect()
    };
    let is_root = |expr: &Expr| matches!(expr, Expr::Column(c) if c.name == "root");
    let rewritten = filter.clone().transform_up(|expr| {
        Ok(match expr {
            Expr::Column(column) if column.relation.is_some() => Transformed::yes(Expr::Column(Column::from_name(column.name))),
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) if is_root(&left) => match right.as_ref() {
                Expr::Literal(value, _) => Transformed::yes(in_codes(codes_of(value))),
                _ => Transformed::no(Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right })),
            },
            Expr::InList(InList { expr, list, negated: false }) if is_root(&expr) => {
                let codes = list.iter().filter_map(|item| if let Expr::Literal(value, _) = item { Some(codes_of(value)) } else { None });
                Transformed::yes(in_codes(codes.flatten().collect()))
            }
            other => Transformed::no(other),
        })
    })?;
    Ok(rewritten.data)
}

fn in_codes(codes: Vec<Expr>) -> Expr {
    if codes.is_empty() { lit(false) } else { col("contract_code").in_list(codes, false) }
}

/// What the session's settings hide.
pub fn policy_predicates(context: &StatementContext) -> Vec<Expr> {
    let mut predicates = Vec::new();
    if !context.policy.backcast {
        predicates.push(col("backcast").eq(lit(false)));
    }
    if context.policy.min_availability != Availability::Observed {
        let grades = Availability::ALL.into_iter().filter(|grade| *grade <= context.policy.min_availability);
        predicates.push(col("availability").in_list(grades.map(|grade| lit(grade.name())).collect(), false));
    }
    predicates
}

/// What Parquet statistics may be asked: never more than the gate itself holds back, or than the reader throws away.
pub fn pruning_predicate<'a>(filters: impl Iterator<Item = &'a Expr>, instant: Option<KnowledgeTime>) -> Option<Expr> {
    let known = instant.map(|instant| {
        let limit = ScalarValue::TimestampMicrosecond(Some(instant.micros()), Some("UTC".into()));
        col("available_at").lt_eq(lit(limit))
    });
    conjunction(filters.cloned().chain(known))
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::datatypes::DataType;

    use super::*;
    use crate::tables;

    #[test]
    fn partition_columns_are_text() {
        for table in tables::TABLES {
            for name in table.partition {
                assert_eq!(table.column(name).map(|c| c.kind.arrow()), Some(DataType::Utf8), "{}.{name}", table.name);
            }
        }
    }

    #[test]
    fn values_and_knowledge_time_stay_above_the_face() {
        let cot = tables::get("cot");
        for face in Face::ALL {
            assert!(!may_go_below(&col("long").gt(lit(1i64)), cot, face));
            assert!(!may_go_below(&col("market").eq(lit("X")), cot, face));
            assert!(!may_go_below(&col("available_at").gt(lit(1i64)), cot, face));
            assert!(may_go_below(&col("contract_code").eq(lit("13874A")), cot, face));
            assert!(may_go_below(&col("root").eq(lit("ES")), cot, face));
            assert!(!may_go_below(&col("root").not_eq(lit("ES")), cot, face));
        }
        let day = col("as_of").gt(lit(ScalarValue::Date32(Some(1))));
        assert!(may_go_below(&day, cot, Face::Latest));
        assert!(!may_go_below(&day, cot, Face::Readings));
    }
}
