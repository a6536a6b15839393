//! Filters above an as-of join that speak of its left side alone go below it, and one that holds a key to a literal also to the right side:
//! the optimizer cannot know that every left row comes out once, whatever it is matched with.

use std::sync::Arc;

use datafusion::common::Column;
use datafusion::common::tree_node::Transformed;
use datafusion::error::Result;
use datafusion::logical_expr::utils::{conjunction, split_conjunction_owned};
use datafusion::logical_expr::{BinaryExpr, Expr, Filter, LogicalPlan, Operator};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};

use super::node::AsOfJoin;

#[derive(Debug)]
pub struct PushLeftFilters;

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
            !columns.is_empty() && !part.is_volatile() && columns.iter().all(|column| join.left.schema().has_column(column))
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

/// `l.key = literal` as what it says of the right side.
fn on_the_right(part: &Expr, join: &AsOfJoin) -> Option<Expr> {
    let right = |column: &Column| join.equal_on_the_right(column).cloned().map(Expr::Column);
    match part {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right: value }) => match (left.as_ref(), value.as_ref()) {
            (Expr::Column(column), Expr::Literal(..)) => Some(right(column)?.eq(value.as_ref().clone())),
            _ => None,
        },
        Expr::InList(list) if !list.negated && list.list.iter().all(|item| matches!(item, Expr::Literal(..))) => match list.expr.as_ref() {
            Expr::Column(column) => Some(right(column)?.in_list(list.list.clone(), false)),
            _ => None,
        },
        _ => None,
    }
}

fn filtered(plan: LogicalPlan, parts: Vec<Expr>) -> Result<LogicalPlan> {
    Ok(match conjunction(parts) {
        Some(predicate) => LogicalPlan::Filter(Filter::try_new(predicate, Arc::new(plan))?),
        None => plan,
    })
}
