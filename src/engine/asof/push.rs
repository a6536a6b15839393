//! Filters above an as-of join that speak of its left side alone go below it, and one that holds a key to a literal also to the right side:
//! the optimizer cannot know that every left row comes out once, whatever it is matched with. A filter on the right side stays above: below,
//! it would let an older row be matched.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, ExprSchema, ScalarValue};
use datafusion::error::Result;
use datafusion::logical_expr::utils::{conjunction, split_conjunction_owned};
use datafusion::logical_expr::{BinaryExpr, Expr, Filter, LogicalPlan, Operator};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};

use super::node::AsOfJoin;

/// The optimizer's rules with the one of this file right behind the one that brings filters down to a join: a later one moves them up again.
pub fn with_left_filters(mut rules: Vec<Arc<dyn OptimizerRule + Send + Sync>>) -> Vec<Arc<dyn OptimizerRule + Send + Sync>> {
    let behind = rules.iter().position(|rule| rule.name() == "push_down_filter").map_or(rules.len(), |at| at + 1);
    rules.insert(behind, Arc::new(PushLeftFilters));
    rules
}

#[derive(Debug)]
struct PushLeftFilters;

impl OptimizerRule for PushLeftFilters {
    fn name(&self) -> &str {
        "push_left_filters_below_asof_join"
    }
    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::TopDown)
    }
    fn rewrite(&self, plan: LogicalPlan, _: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let LogicalPlan::Filter(filter) = &plan else { return Ok(Transformed::no(plan)) };
        let LogicalPlan::Extension(extension) = filter.input.as_ref() else { return Ok(Transformed::no(plan)) };
        let Some(join) = extension.node.as_any().downcast_ref::<AsOfJoin>() else { return Ok(Transformed::no(plan)) };
        let of_left = |part: &Expr| {
            let columns = part.column_refs();
            let is_plain = !part.is_volatile() && !part.exists(|expr| Ok(is_subquery(expr))).unwrap_or(true);
            is_plain && !columns.is_empty() && columns.iter().all(|column| join.left.schema().has_column(column))
        };
        let (below, above): (Vec<Expr>, Vec<Expr>) = split_conjunction_owned(filter.predicate.clone()).into_iter().partition(of_left);
        if below.is_empty() {
            return Ok(Transformed::no(plan));
        }
        let on_right = below.iter().filter_map(|part| on_the_right(part, join)).collect::<Vec<_>>();
        let left = filtered(join.left.clone(), below)?;
        let right = filtered(join.right.clone(), on_right)?;
        Ok(Transformed::yes(filtered(join.with_inputs(left, right)?.into_plan(), above)?))
    }
}

/// What a subquery asks of the rows around it is not among the columns of the expression.
fn is_subquery(expr: &Expr) -> bool {
    matches!(expr, Expr::ScalarSubquery(_) | Expr::Exists(_) | Expr::InSubquery(_) | Expr::SetComparison(_))
}

/// `l.key = literal` as what it says of the right side.
fn on_the_right(part: &Expr, join: &AsOfJoin) -> Option<Expr> {
    match part {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) => {
            let (column, kind) = right_key(left, join)?;
            Some(column.eq(literal(right, &kind)?))
        }
        Expr::InList(list) if !list.negated => {
            let (column, kind) = right_key(&list.expr, join)?;
            Some(column.in_list(list.list.iter().map(|item| literal(item, &kind)).collect::<Option<_>>()?, false))
        }
        _ => None,
    }
}

/// The right side's column that a left column is held equal to, and its type.
fn right_key(left: &Expr, join: &AsOfJoin) -> Option<(Expr, DataType)> {
    let Expr::Column(left) = left else { return None };
    let right: &Column = join.equal_on_the_right(left)?;
    let kind = join.right.schema().data_type(right).ok()?.clone();
    Some((Expr::Column(right.clone()), kind))
}

/// A literal in the type of the right side's column: the same one, or a text as another kind of text.
fn literal(expr: &Expr, kind: &DataType) -> Option<Expr> {
    let Expr::Literal(value, _) = expr else { return None };
    let is_text = |kind: &DataType| matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
    let value: ScalarValue = match &value.data_type() {
        own if own == kind => value.clone(),
        own if is_text(own) && is_text(kind) => value.cast_to(kind).ok()?,
        _ => return None,
    };
    Some(Expr::Literal(value, None))
}

fn filtered(plan: LogicalPlan, parts: Vec<Expr>) -> Result<LogicalPlan> {
    Ok(match conjunction(parts) {
        Some(predicate) => LogicalPlan::Filter(Filter::try_new(predicate, Arc::new(plan))?),
        None => plan,
    })
}
