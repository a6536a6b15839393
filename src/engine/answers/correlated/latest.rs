//! "The latest known at this instant", `WHERE r.t <= p.t AND r.k = p.k ORDER BY r.t DESC LIMIT 1`, is an as-of join, which reads either side once.

use datafusion::common::Column;
use datafusion::error::Result;
use datafusion::logical_expr::utils::{conjunction, split_conjunction};
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable, Filter, LogicalPlan, Operator, SortExpr};

use super::lift::{Lifted, Turn, has_outer, marked};
use crate::engine::asof::{AsOfJoin, Pair, instant_type, key_type};

/// `None` where the query is no such one.
pub fn turn(turn: &Turn, key: &SortExpr, input: &LogicalPlan) -> Result<Option<Lifted>> {
    let mut projections = Vec::new();
    let (mut below, mut sorted) = (input, key.expr.clone());
    let filter = loop {
        match below {
            LogicalPlan::Filter(filter) if !has_outer(&filter.input) => break filter,
            LogicalPlan::Projection(projection) => {
                let Expr::Column(column) = &sorted else { return Ok(None) };
                let Some(at) = projection.schema.maybe_index_of_column(column) else { return Ok(None) };
                sorted = projection.expr[at].clone().unalias();
                projections.push(projection);
                below = &projection.input;
            }
            _ => return Ok(None),
        }
    };
    let Expr::Column(time) = sorted else { return Ok(None) };
    let Some(Found { keys, time, own }) = found(turn, filter, &time, key.asc)? else { return Ok(None) };
    let rows = match conjunction(own) {
        Some(own) => LogicalPlan::Filter(Filter::try_new(own, filter.input.clone())?),
        None => filter.input.as_ref().clone(),
    };
    let columns = rows.schema().columns();
    let join = AsOfJoin::new(turn.numbered.clone(), marked(rows)?, keys, time, None)?;
    let mut lifted = turn.lifted(join.into_plan(), columns);
    for projection in projections.into_iter().rev() {
        let Some(next) = turn.projected(lifted, projection.expr.clone())? else { return Ok(None) };
        lifted = next;
    }
    Ok(Some(lifted))
}

struct Found {
    keys: Vec<Pair>,
    time: Pair,
    /// What is asked of the rows alone.
    own: Vec<Expr>,
}

/// One comparison with the column that is sorted by, from the side that is sorted from, and equalities beside it.
fn found(turn: &Turn, filter: &Filter, time: &Column, is_ascending: bool) -> Result<Option<Found>> {
    let (numbered, rows) = (turn.numbered.schema(), filter.input.schema());
    let (mut keys, mut times, mut own) = (Vec::new(), Vec::new(), Vec::new());
    for part in split_conjunction(&filter.predicate) {
        if !part.contains_outer() {
            own.push(part.clone());
            continue;
        }
        let Expr::BinaryExpr(BinaryExpr { left, op, right }) = part else { return Ok(None) };
        let (around, op, of_row) = match (is_around(left), is_around(right)) {
            (true, false) if !right.contains_outer() => (left, Some(*op), right),
            (false, true) if !left.contains_outer() => (right, op.swap(), left),
            _ => return Ok(None),
        };
        let (Some(around), Some(op)) = (turn.inner(around.as_ref().clone())?, op) else { return Ok(None) };
        let (around_type, row_type) = (around.get_type(numbered)?, of_row.get_type(rows)?);
        let pair = Pair::new(around, op, of_row.as_ref().clone());
        match op {
            Operator::Eq if key_type(&around_type, &row_type).is_some() => keys.push(pair),
            Operator::GtEq | Operator::Gt if !is_ascending && instant_type(&around_type, &row_type).is_some() => times.push(pair),
            Operator::LtEq | Operator::Lt if is_ascending && instant_type(&around_type, &row_type).is_some() => times.push(pair),
            _ => return Ok(None),
        }
    }
    let Some(pair) = times.pop().filter(|pair| times.is_empty() && compares(&pair.right, time)) else { return Ok(None) };
    Ok(Some(Found { keys, time: pair, own }))
}

/// Whether an expression speaks of the rows around, and of nothing else.
fn is_around(expr: &Expr) -> bool {
    expr.contains_outer() && expr.column_refs().is_empty()
}

fn compares(expr: &Expr, column: &Column) -> bool {
    match expr {
        Expr::Column(of) => of == column,
        Expr::Cast(cast) => compares(&cast.expr, column),
        _ => false,
    }
}
