//! Turns a query that is asked for each row into one over all of them: the rows get a number, are joined with what the query reads, and
//! everything the query does it does for each number.

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, JoinType, ScalarValue};
use datafusion::error::Result;
use datafusion::functions_window::row_number::row_number_udwf;
use datafusion::logical_expr::expr::{Sort, WindowFunction};
use datafusion::logical_expr::{
    Case, Expr, ExprFunctionExt, ExprSchemable, FetchType, LogicalPlan, LogicalPlanBuilder, SkipType, SortExpr, lit,
};

use super::latest;

/// The query over all rows.
pub struct Lifted {
    pub plan: LogicalPlan,
    /// The columns of the query.
    pub own: Vec<Column>,
    /// True where the query has a row.
    pub there: Column,
    n_outer: usize,
}

/// What the rows around a query are called under it, so that no name of the query is one of theirs.
fn outer_name(at: usize) -> String {
    format!("around {at}")
}
const NUMBER: &str = "number of the row around";
const THERE: &str = "is there";

/// Whether a query speaks of the rows around it.
pub fn has_outer(plan: &LogicalPlan) -> bool {
    plan.exists(|node| Ok(node.contains_outer_reference())).unwrap_or(true)
}

/// A value where the query has a row, else NULL.
pub fn where_there(value: Expr, there: &Column, plan: &LogicalPlan) -> Result<Expr> {
    let none = Expr::Literal(ScalarValue::try_from(&value.get_type(plan.schema())?)?, None);
    let is_there = Expr::Column(there.clone()).is_true();
    Ok(Expr::Case(Case::new(None, vec![(Box::new(is_there), Box::new(value))], Some(Box::new(none)))))
}

impl Lifted {
    /// `None` for a query that cannot be turned.
    pub fn of(query: &LogicalPlan, outer: LogicalPlan) -> Result<Option<Self>> {
        let columns = outer.schema().columns();
        let renamed = columns.iter().enumerate().map(|(at, column)| Expr::Column(column.clone()).alias(outer_name(at)));
        let renamed = LogicalPlanBuilder::from(outer).project(renamed.collect::<Vec<_>>())?.build()?;
        let number = Expr::from(WindowFunction::new(row_number_udwf(), vec![]));
        let names = renamed.schema().columns();
        let numbered = LogicalPlanBuilder::from(renamed).window([number.clone()])?;
        let number = Expr::Column(Column::from_name(number.schema_name().to_string())).alias(NUMBER);
        let numbered = numbered.project(names.into_iter().map(Expr::Column).chain([number]).collect::<Vec<_>>())?.build()?;
        Turn { columns, numbered }.turn(query)
    }

    /// The columns of the rows around, under their own names.
    pub fn outer_columns(&self, columns: &[Column]) -> Vec<Expr> {
        let named = |(at, column): (usize, &Column)| {
            Expr::Column(Column::from_name(outer_name(at))).alias_qualified(column.relation.clone(), column.name.clone())
        };
        columns.iter().enumerate().map(named).collect()
    }

    /// What is handed on beside the query's own columns.
    fn carried(&self) -> Vec<Expr> {
        let names = (0..self.n_outer).map(outer_name).chain([NUMBER.to_string()]).map(Column::from_name);
        names.chain([self.there.clone()]).map(Expr::Column).collect()
    }
}

pub struct Turn {
    /// The columns of the rows around, in the order of their numbers.
    columns: Vec<Column>,
    /// The rows around, renamed and numbered.
    pub numbered: LogicalPlan,
}

impl Turn {
    fn turn(&self, query: &LogicalPlan) -> Result<Option<Lifted>> {
        let has_query = query.expressions().iter().any(|expr| {
            expr.exists(|part| Ok(matches!(part, Expr::ScalarSubquery(_) | Expr::Exists(_) | Expr::InSubquery(_) | Expr::SetComparison(_))))
                .unwrap_or(true)
        });
        if has_query {
            return Ok(None);
        }
        match query {
            LogicalPlan::Filter(filter) if !has_outer(&filter.input) => {
                let Some(condition) = self.inner(filter.predicate.clone())? else { return Ok(None) };
                Ok(Some(self.joined(filter.input.as_ref().clone(), vec![condition])?))
            }
            plan if !has_outer(plan) => Ok(Some(self.joined(plan.clone(), vec![lit(true)])?)),
            LogicalPlan::Projection(projection) => {
                let Some(lifted) = self.turn(&projection.input)? else { return Ok(None) };
                self.projected(lifted, projection.expr.clone())
            }
            LogicalPlan::SubqueryAlias(named) => {
                let Some(lifted) = self.turn(&named.input)? else { return Ok(None) };
                let own = lifted.own.iter();
                let named = own.map(|column| Expr::Column(column.clone()).alias_qualified(Some(named.alias.clone()), column.name.clone()));
                let named = named.collect();
                self.projected(lifted, named)
            }
            LogicalPlan::Sort(sort) if sort.fetch.is_none() => self.turn(&sort.input),
            LogicalPlan::Limit(limit) => {
                let (FetchType::Literal(Some(n)), SkipType::Literal(0)) = (limit.get_fetch_type()?, limit.get_skip_type()?) else {
                    return Ok(None);
                };
                match limit.input.as_ref() {
                    LogicalPlan::Projection(projection) => {
                        let Some(lifted) = self.first(n, &projection.input)? else { return Ok(None) };
                        self.projected(lifted, projection.expr.clone())
                    }
                    input => self.first(n, input),
                }
            }
            LogicalPlan::Aggregate(aggregate) => {
                let Some(lifted) = self.turn(&aggregate.input)? else { return Ok(None) };
                if aggregate.group_expr.iter().any(|expr| matches!(expr, Expr::GroupingSet(_))) {
                    return Ok(None);
                }
                let mut aggregates = Vec::new();
                for expr in &aggregate.aggr_expr {
                    let Some(expr) = self.inner(expr.clone())? else { return Ok(None) };
                    let (expr, name) = (expr.clone().unalias(), expr.qualified_name());
                    let Expr::AggregateFunction(mut function) = expr else { return Ok(None) };
                    let there = Expr::Column(lifted.there.clone()).is_true();
                    function.params.filter = Some(Box::new(match function.params.filter {
                        Some(filter) => there.and(*filter),
                        None => there,
                    }));
                    aggregates.push(Expr::AggregateFunction(function).alias_qualified(name.0, name.1));
                }
                let mut groups = lifted.carried();
                for expr in &aggregate.group_expr {
                    let Some(expr) = self.inner(expr.clone())? else { return Ok(None) };
                    groups.push(expr);
                }
                let is_one_row = aggregate.group_expr.is_empty();
                let plan = LogicalPlanBuilder::from(lifted.plan.clone()).aggregate(groups, aggregates)?.build()?;
                let n_carried = lifted.carried().len();
                let own: Vec<Column> = plan.schema().columns().into_iter().skip(n_carried).collect();
                if !is_one_row {
                    return Ok(Some(Lifted { plan, own, ..lifted }));
                }
                // without groups there is a row whatever was found
                let mut shown = lifted.carried();
                shown.pop();
                shown.push(lit(true).alias(THERE));
                shown.extend(own.iter().cloned().map(Expr::Column));
                let plan = LogicalPlanBuilder::from(plan).project(shown)?.build()?;
                Ok(Some(Lifted { plan, own, there: Column::from_name(THERE), n_outer: lifted.n_outer }))
            }
            _ => Ok(None),
        }
    }

    /// The first rows for each row around, in the order of a sort.
    fn first(&self, n: usize, input: &LogicalPlan) -> Result<Option<Lifted>> {
        let (keys, input): (&[SortExpr], &LogicalPlan) = match input {
            LogicalPlan::Sort(sort) if sort.fetch.is_none() => (&sort.expr, &sort.input),
            other => (&[], other),
        };
        if n == 1
            && let [key] = keys
            && let Some(lifted) = latest::turn(self, key, input)?
        {
            return Ok(Some(lifted));
        }
        let Some(lifted) = self.turn(input)? else { return Ok(None) };
        let mut order = Vec::new();
        for key in keys {
            let Some(expr) = self.inner(key.expr.clone())? else { return Ok(None) };
            order.push(Sort::new(expr, key.asc, key.nulls_first));
        }
        let number = Expr::from(WindowFunction::new(row_number_udwf(), vec![]))
            .partition_by(vec![Expr::Column(Column::from_name(NUMBER))])
            .order_by(order)
            .build()?;
        let place = Expr::Column(Column::from_name(number.schema_name().to_string()));
        let n = i64::try_from(n).unwrap_or(i64::MAX).max(0);
        let plan = LogicalPlanBuilder::from(lifted.plan.clone()).window([number])?.build()?;
        let place_type = place.get_type(plan.schema())?;
        let n = Expr::Literal(ScalarValue::Int64(Some(n)).cast_to(&place_type)?, None);
        let plan = LogicalPlanBuilder::from(plan).filter(place.lt_eq(n))?;
        let shown = lifted.carried().into_iter().chain(lifted.own.iter().cloned().map(Expr::Column)).collect::<Vec<_>>();
        Ok(Some(Lifted { plan: plan.project(shown)?.build()?, ..lifted }))
    }

    /// Every numbered row with the rows of the query that belong to it, or alone.
    fn joined(&self, rows: LogicalPlan, conditions: Vec<Expr>) -> Result<Lifted> {
        let own = rows.schema().columns();
        let rows = marked(rows)?;
        let plan = LogicalPlanBuilder::from(self.numbered.clone()).join_on(rows, JoinType::Left, conditions)?.build()?;
        Ok(self.lifted(plan, own))
    }

    pub fn lifted(&self, plan: LogicalPlan, own: Vec<Column>) -> Lifted {
        Lifted { plan, own, there: Column::from_name(THERE), n_outer: self.columns.len() }
    }

    pub fn projected(&self, lifted: Lifted, exprs: Vec<Expr>) -> Result<Option<Lifted>> {
        let mut shown = lifted.carried();
        let n_carried = shown.len();
        for expr in exprs {
            let name = expr.qualified_name();
            let Some(expr) = self.inner(expr)? else { return Ok(None) };
            shown.push(expr.unalias().alias_qualified(name.0, name.1));
        }
        let plan = LogicalPlanBuilder::from(lifted.plan.clone()).project(shown)?.build()?;
        let own = plan.schema().columns().into_iter().skip(n_carried).collect();
        Ok(Some(Lifted { plan, own, ..lifted }))
    }

    /// An expression that speaks of the renamed rows around; `None` where it speaks of others that are further out.
    pub fn inner(&self, expr: Expr) -> Result<Option<Expr>> {
        let mut is_further_out = false;
        let inner = expr.transform_up(|part| {
            let Expr::OuterReferenceColumn(_, column) = &part else { return Ok(Transformed::no(part)) };
            match self.columns.iter().position(|known| known == column) {
                Some(at) => Ok(Transformed::yes(Expr::Column(Column::from_name(outer_name(at))))),
                None => {
                    is_further_out = true;
                    Ok(Transformed::no(part))
                }
            }
        })?;
        Ok((!is_further_out).then_some(inner.data))
    }
}

/// Rows with a column that is true in each of them.
pub fn marked(rows: LogicalPlan) -> Result<LogicalPlan> {
    let columns = rows.schema().columns().into_iter().map(Expr::Column).chain([lit(true).alias(THERE)]).collect::<Vec<_>>();
    LogicalPlanBuilder::from(rows).project(columns)?.build()
}
