//! A query for each row of another: LATERAL, and a scalar subquery that speaks of the row around it. DataFusion answers those whose rows are
//! found by equality; the others, "the latest known at this instant" among them, become a join here.
//!
//! The rule stands behind the coercion of types. [`lift`] turns the query into one over all rows at once; what it cannot turn is left as it is,
//! and refused by DataFusion.

mod latest;
mod lift;

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, JoinType, ScalarValue};
use datafusion::error::Result;
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{
    Aggregate, BinaryExpr, Expr, Filter, Join, LogicalPlan, LogicalPlanBuilder, Operator, Projection, Subquery, lit,
};
use datafusion::optimizer::AnalyzerRule;

use lift::Lifted;

#[derive(Debug)]
pub struct JoinWhatIsCorrelated;

impl AnalyzerRule for JoinWhatIsCorrelated {
    fn name(&self) -> &str {
        "join_what_is_correlated"
    }
    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        let joined = plan.transform_up_with_subqueries(|node| match node {
            LogicalPlan::Join(join) => lateral(join),
            LogicalPlan::Filter(filter) => in_filter(filter),
            LogicalPlan::Projection(projection) => in_projection(projection),
            LogicalPlan::Aggregate(aggregate) => in_aggregate(aggregate),
            other => Ok(Transformed::no(other)),
        })?;
        Ok(joined.data)
    }
}

/// `p, LATERAL (…) r` and `p LEFT JOIN LATERAL (…) r ON true`.
fn lateral(join: Join) -> Result<Transformed<LogicalPlan>> {
    let found = match join.right.as_ref() {
        LogicalPlan::Subquery(subquery) => Some((subquery, None)),
        LogicalPlan::SubqueryAlias(named) => match named.input.as_ref() {
            LogicalPlan::Subquery(subquery) => Some((subquery, Some(named.alias.clone()))),
            _ => None,
        },
        _ => None,
    };
    let is_inner = join.join_type == JoinType::Inner;
    let is_true = |filter: &Expr| matches!(filter, Expr::Literal(ScalarValue::Boolean(Some(true)), _));
    let is_plain = join.on.is_empty() && join.filter.as_ref().is_none_or(is_true) && (is_inner || join.join_type == JoinType::Left);
    let Some((subquery, alias)) = found.filter(|(subquery, _)| is_plain && lift::has_outer(&subquery.subquery)) else {
        return Ok(Transformed::no(LogicalPlan::Join(join)));
    };
    let outer = join.left.as_ref().clone();
    let Some(lifted) = Lifted::of(&subquery.subquery, outer.clone())? else { return Ok(Transformed::no(LogicalPlan::Join(join))) };
    let columns = outer.schema().columns();
    let mut shown = lifted.outer_columns(&columns);
    for ((own, shown_as), there) in lifted.own.iter().zip(join.right.schema().columns()).zip(std::iter::repeat(&lifted.there)) {
        let value = lift::where_there(Expr::Column(own.clone()), there, &lifted.plan)?;
        shown.push(value.alias_qualified(alias.clone().or(shown_as.relation.clone()), shown_as.name.clone()));
    }
    let mut builder = LogicalPlanBuilder::from(lifted.plan.clone());
    if is_inner {
        builder = builder.filter(Expr::Column(lifted.there.clone()).is_true())?;
    }
    Ok(Transformed::yes(builder.project(shown)?.build()?))
}

fn in_projection(projection: Projection) -> Result<Transformed<LogicalPlan>> {
    let mut input = projection.input.clone();
    let mut any = false;
    let mut exprs = Vec::with_capacity(projection.expr.len());
    for expr in &projection.expr {
        let name = expr.qualified_name();
        let counted = counted(expr.clone())?;
        let is_counted = counted != *expr;
        let (rewritten, below) = without_queries(counted, input, false)?;
        input = below;
        let is_other = rewritten.transformed || is_counted;
        any |= is_other;
        exprs.push(match is_other {
            true => rewritten.data.unalias().alias_qualified(name.0, name.1),
            false => rewritten.data,
        });
    }
    if !any {
        return Ok(Transformed::no(LogicalPlan::Projection(projection)));
    }
    Ok(Transformed::yes(LogicalPlan::Projection(Projection::try_new(exprs, input)?)))
}

fn in_aggregate(aggregate: Aggregate) -> Result<Transformed<LogicalPlan>> {
    let mut input = aggregate.input.clone();
    let mut any = false;
    let mut each = |exprs: &[Expr]| -> Result<Vec<Expr>> {
        let mut rewritten = Vec::with_capacity(exprs.len());
        for expr in exprs {
            let name = expr.qualified_name();
            let counted = counted(expr.clone())?;
            let is_counted = counted != *expr;
            let (expr, below) = without_queries(counted, input.clone(), true)?;
            input = below;
            let is_other = expr.transformed || is_counted;
            any |= is_other;
            rewritten.push(if is_other { expr.data.unalias().alias_qualified(name.0, name.1) } else { expr.data });
        }
        Ok(rewritten)
    };
    let (groups, aggregates) = (each(&aggregate.group_expr)?, each(&aggregate.aggr_expr)?);
    if !any {
        return Ok(Transformed::no(LogicalPlan::Aggregate(aggregate)));
    }
    Ok(Transformed::yes(LogicalPlan::Aggregate(Aggregate::try_new(input, groups, aggregates)?)))
}

/// EXISTS where it is no condition, as a count.
fn counted(expr: Expr) -> Result<Expr> {
    let counted = expr.transform_up(|part| {
        let Expr::Exists(exists) = part else { return Ok(Transformed::no(part)) };
        let Subquery { subquery, outer_ref_columns, spans } = exists.subquery;
        let rows = LogicalPlanBuilder::from(Arc::unwrap_or_clone(subquery));
        let count = rows.aggregate(Vec::<Expr>::new(), vec![count(lit(1i64))])?.build()?;
        let count = Expr::ScalarSubquery(Subquery { subquery: Arc::new(count), outer_ref_columns, spans });
        let is_there = if exists.negated { count.eq(lit(0i64)) } else { count.gt(lit(0i64)) };
        Ok(Transformed::yes(is_there))
    })?;
    Ok(counted.data)
}

fn in_filter(filter: Filter) -> Result<Transformed<LogicalPlan>> {
    let (predicate, input) = without_queries(filter.predicate.clone(), filter.input.clone(), false)?;
    if !predicate.transformed {
        return Ok(Transformed::no(LogicalPlan::Filter(filter)));
    }
    let columns = filter.input.schema().columns().into_iter().map(Expr::Column).collect::<Vec<_>>();
    let plan = LogicalPlanBuilder::from(Arc::unwrap_or_clone(input)).filter(predicate.data)?.project(columns)?.build()?;
    Ok(Transformed::yes(plan))
}

/// The expression with a column in the place of each query that is turned, and the rows with that column. All are where DataFusion turns none.
fn without_queries(expr: Expr, mut input: Arc<LogicalPlan>, all: bool) -> Result<(Transformed<Expr>, Arc<LogicalPlan>)> {
    let rewritten = expr.transform_up(|part| {
        let Expr::ScalarSubquery(subquery) = &part else { return Ok(Transformed::no(part)) };
        if !(is_hard(subquery)? || (all && lift::has_outer(&subquery.subquery))) {
            return Ok(Transformed::no(part));
        }
        let outer = input.as_ref().clone();
        let columns = outer.schema().columns();
        let n = columns.len();
        let Some(lifted) = Lifted::of(&subquery.subquery, outer)? else { return Ok(Transformed::no(part)) };
        let [own] = lifted.own.as_slice() else { return Ok(Transformed::no(part)) };
        let name = format!("query {n}");
        let mut shown = lifted.outer_columns(&columns);
        shown.push(lift::where_there(Expr::Column(own.clone()), &lifted.there, &lifted.plan)?.alias(name.clone()));
        input = Arc::new(LogicalPlanBuilder::from(lifted.plan).project(shown)?.build()?);
        Ok(Transformed::yes(Expr::Column(Column::from_name(name))))
    })?;
    Ok((rewritten, input))
}

/// Whether DataFusion does not answer it: its rows are not found by equality, or are cut off.
fn is_hard(subquery: &Subquery) -> Result<bool> {
    if !lift::has_outer(&subquery.subquery) {
        return Ok(false);
    }
    let mut is_hard = false;
    subquery.subquery.apply(|node| {
        let is_equality = |part: &Expr| match part {
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) => left.contains_outer() != right.contains_outer(),
            part => !part.contains_outer(),
        };
        is_hard |= match node {
            LogicalPlan::Filter(filter) => !split_conjunction(&filter.predicate).into_iter().all(is_equality),
            LogicalPlan::Limit(_) => true,
            node => node.contains_outer_reference(),
        };
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(is_hard)
}
