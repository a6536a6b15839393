//! The clauses of an `ASOF JOIN` as a plan: what must be equal, what is compared, how stale a match may be.

use datafusion::common::{Column, DFSchema, JoinType};
use datafusion::error::Result;
use datafusion::logical_expr::builder::build_join_schema;
use datafusion::logical_expr::expr_rewriter::normalize_col_with_schemas_and_ambiguity_check;
use datafusion::logical_expr::planner::RelationPlannerContext;
use datafusion::logical_expr::utils::split_conjunction_owned;
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder, Operator};
use datafusion::sql::sqlparser::ast::{self, JoinConstraint, JoinOperator};

use super::node::{AsOfJoin, Pair};
use crate::error::Error;

const CONDITION: &str =
    "write MATCH_CONDITION (l.t >= r.t), with one of <, <=, > and >=; `AND l.t <= r.t + INTERVAL '7 days'` bounds how stale a match may be";

/// Whether what stands in parentheses is one as-of join, as `wrap` makes them.
pub fn find(from: &ast::TableWithJoins) -> bool {
    matches!(from.joins.as_slice(), [join] if matches!(join.join_operator, JoinOperator::AsOf { .. }))
}

/// Plans `left ASOF JOIN right …`.
///
/// # Errors
/// A clause is not of the form that an as-of join has.
pub fn plan(mut from: ast::TableWithJoins, planner: &mut dyn RelationPlannerContext) -> Result<LogicalPlan> {
    let Some(ast::Join { relation, join_operator: JoinOperator::AsOf { match_condition, constraint }, .. }) = from.joins.pop() else {
        return Err(Error::internal("this join is no ASOF JOIN").into());
    };
    let left = planner.plan(from.relation)?;
    let right = planner.plan(relation)?;
    let joined = build_join_schema(left.schema(), right.schema(), &JoinType::Left)?;
    let sides = Sides { left: left.schema(), right: right.schema() };

    let mut using = left.using_columns()?;
    using.extend(right.using_columns()?);
    let mut expression = |expr| {
        let expr = planner.sql_to_expr(expr, &joined)?;
        normalize_col_with_schemas_and_ambiguity_check(expr, &[&[left.schema(), right.schema()]], &using)
    };

    let condition = expression(match_condition)?;
    let (time, bound) = times(condition, &sides)?;
    let mut keys = Vec::new();
    let mut merged = Vec::new();
    match constraint {
        JoinConstraint::None => {}
        JoinConstraint::On(expr) => {
            for part in split_conjunction_owned(expression(expr)?) {
                keys.push(equality(part, &sides)?);
            }
        }
        JoinConstraint::Using(names) => {
            for name in names {
                let reference = planner.object_name_to_table_reference(name)?;
                let column = Column::from_name(reference.table());
                let of = |schema: &DFSchema| column.clone().normalize_with_schemas_and_ambiguity_check(&[&[schema]], &using);
                let (l, r) = (of(sides.left)?, of(sides.right)?);
                merged.push(r.clone());
                keys.push(Pair::new(Expr::Column(l), Operator::Eq, Expr::Column(r)));
            }
        }
        JoinConstraint::Natural => {
            return Err(Error::query("an ASOF JOIN has no NATURAL form").hint("name the columns: `USING (series_id)`").into());
        }
    }
    for key in &keys {
        ensure_keys_compare(key, &sides)?;
    }
    let node = AsOfJoin::new(left, right, keys, time, bound)?;
    let joined = node.into_plan();
    if merged.is_empty() {
        return Ok(joined);
    }
    // as USING does, the column is there once: the left side's, which every row has
    let kept = joined.schema().columns().into_iter().filter(|column| !merged.contains(column)).map(Expr::Column).collect::<Vec<_>>();
    LogicalPlanBuilder::from(joined).project(kept)?.build()
}

struct Sides<'a> {
    left: &'a DFSchema,
    right: &'a DFSchema,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

impl Sides<'_> {
    /// The one side whose columns an expression speaks of.
    fn of(&self, expr: &Expr) -> Option<Side> {
        let columns = expr.column_refs();
        let all = |schema: &DFSchema| !columns.is_empty() && columns.iter().all(|column| schema.has_column(column));
        match (all(self.left), all(self.right)) {
            (true, false) => Some(Side::Left),
            (false, true) => Some(Side::Right),
            _ => None,
        }
    }
    /// A comparison of the two sides, the left one on the left.
    fn comparison(&self, expr: Expr) -> Option<Pair> {
        let Expr::BinaryExpr(BinaryExpr { left, op, right }) = expr else { return None };
        match (self.of(&left)?, self.of(&right)?) {
            (Side::Left, Side::Right) => Some(Pair::new(*left, op, *right)),
            (Side::Right, Side::Left) => Some(Pair::new(*right, op.swap()?, *left)),
            _ => None,
        }
    }
}

fn is_later(op: Operator) -> bool {
    matches!(op, Operator::Gt | Operator::GtEq)
}

/// The comparison that matches, and the one that bounds it.
fn times(condition: Expr, sides: &Sides<'_>) -> Result<(Pair, Option<Pair>)> {
    let wrong = |what: String| -> datafusion::error::DataFusionError { Error::query(what).hint(CONDITION).into() };
    let mut found = Vec::new();
    for part in split_conjunction_owned(condition) {
        let shown = part.to_string();
        let Some(pair) = sides.comparison(part) else {
            return Err(wrong(format!("`{shown}` does not compare a column of the left side with one of the right side")));
        };
        if !matches!(pair.op, Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq) {
            return Err(wrong(format!("`{shown}` is none of the comparisons <, <=, > and >=")));
        }
        ensure_instants(&pair, sides)?;
        found.push(pair);
    }
    let is_plain = |pair: &Pair| matches!((&pair.left, &pair.right), (Expr::Column(_), Expr::Column(_)));
    let (main, bound) = match <[Pair; 2]>::try_from(found) {
        Err(mut found) => match (found.pop(), found.is_empty()) {
            (Some(main), true) => (main, None),
            _ => return Err(wrong("a MATCH_CONDITION has one comparison, and at most one more that bounds it".into())),
        },
        // the one that adds an interval is the bound
        Ok([a, b]) if is_plain(&a) && !is_plain(&b) => (a, Some(b)),
        Ok([a, b]) if is_plain(&b) && !is_plain(&a) => (b, Some(a)),
        Ok([a, b]) => (a, Some(b)),
    };
    if let Some(bound) = &bound {
        let same_columns = |a: &Expr, b: &Expr| a.column_refs() == b.column_refs();
        let is_bound =
            is_later(bound.op) != is_later(main.op) && same_columns(&bound.left, &main.left) && same_columns(&bound.right, &main.right);
        if !is_bound {
            return Err(wrong(format!("`{bound}` does not bound `{main}` from the other side")));
        }
    }
    Ok((main, bound))
}

fn equality(part: Expr, sides: &Sides<'_>) -> Result<Pair> {
    let shown = part.to_string();
    sides.comparison(part).filter(|pair| pair.op == Operator::Eq).ok_or_else(|| {
        Error::query(format!("`{shown}` is no equality of the two sides"))
            .hint("ON holds equalities joined by AND, `ON l.series_id = r.series_id`; filter a side in a subquery, `ASOF JOIN (SELECT ... WHERE ...) r`")
            .into()
    })
}

fn ensure_instants(pair: &Pair, sides: &Sides<'_>) -> Result<()> {
    let types = (pair.left.get_type(sides.left)?, pair.right.get_type(sides.right)?);
    match super::node::instant_type(&types.0, &types.1) {
        Some(_) => Ok(()),
        None => {
            Err(Error::query(format!("`{pair}` compares {} with {}", crate::engine::sql_name(&types.0), crate::engine::sql_name(&types.1)))
                .hint("both are dates or instants, or both are whole numbers; cast one of them")
                .into())
        }
    }
}

fn ensure_keys_compare(pair: &Pair, sides: &Sides<'_>) -> Result<()> {
    let types = (pair.left.get_type(sides.left)?, pair.right.get_type(sides.right)?);
    match super::node::key_type(&types.0, &types.1) {
        Some(_) => Ok(()),
        None => {
            Err(Error::query(format!("`{pair}` compares {} with {}", crate::engine::sql_name(&types.0), crate::engine::sql_name(&types.1)))
                .hint("keys are texts, whole numbers, dates or instants of one kind on both sides; cast one of them")
                .into())
        }
    }
}
