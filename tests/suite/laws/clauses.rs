//! Queries with one clause fewer, for the shrinking of a question. Whether one of them plans is not asked here; that its answer is settled
//! is: an order is only left out where no LIMIT stands on it.

use std::any::TypeId;

use contango::time::KnowledgeTime;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, FunctionArg, LimitClause, Query, Select, SetExpr, Statement, TableFactor, TableWithJoins,
};
use datafusion::sql::sqlparser::dialect::{Dialect, GenericDialect};
use datafusion::sql::sqlparser::parser::Parser;

use super::about::About;
use super::dice::Dice;
use super::questions::Asker;

/// What the questions are written in: the generic dialect with system times.
#[derive(Debug)]
struct Questions;

impl Dialect for Questions {
    fn dialect(&self) -> TypeId {
        TypeId::of::<GenericDialect>()
    }
    fn is_identifier_start(&self, c: char) -> bool {
        GenericDialect.is_identifier_start(c)
    }
    fn is_identifier_part(&self, c: char) -> bool {
        GenericDialect.is_identifier_part(c)
    }
    fn supports_table_versioning(&self) -> bool {
        true
    }
    fn supports_filter_during_aggregation(&self) -> bool {
        true
    }
    fn supports_group_by_expr(&self) -> bool {
        true
    }
}

/// What makes a view, a table or a prepared statement, and the query that it is made of.
pub fn made_of(statement: &str) -> Option<(&str, &str)> {
    let makes = ["CREATE OR REPLACE VIEW ", "CREATE OR REPLACE TABLE ", "PREPARE "].iter().any(|word| statement.starts_with(word));
    let at = statement.find(" AS ").filter(|_| makes)? + " AS ".len();
    Some(statement.split_at(at))
}

/// The query with one clause left out, in every way; none where it is in words that this does not parse.
pub fn fewer(query: &str) -> Vec<String> {
    let Ok(statements) = Parser::parse_sql(&Questions, query) else { return Vec::new() };
    match statements.as_slice() {
        [Statement::Query(query)] => of_query(query).into_iter().map(|query| query.to_string()).collect(),
        _ => Vec::new(),
    }
}

/// A copy of `whole`, changed.
fn with<T: Clone>(whole: &T, change: impl FnOnce(&mut T)) -> T {
    let mut changed = whole.clone();
    change(&mut changed);
    changed
}

fn of_query(query: &Query) -> Vec<Query> {
    let mut found = Vec::new();
    // what stands in the place of a whole
    if let SetExpr::Select(select) = query.body.as_ref() {
        found.extend(select.from.iter().flat_map(inner_queries).cloned());
    }
    if let SetExpr::SetOperation { left, right, .. } = query.body.as_ref() {
        found.extend([left, right].map(|side| with(query, |query| query.body = side.clone())));
    }
    if let Some(ctes) = &query.with {
        for (n, cte) in ctes.cte_tables.iter().enumerate() {
            found.push(cte.query.as_ref().clone());
            found.extend(of_query(&cte.query).into_iter().map(|inner| {
                with(query, |query| {
                    if let Some(ctes) = &mut query.with {
                        *ctes.cte_tables[n].query = inner;
                    }
                })
            }));
        }
        found.push(with(query, |query| query.with = None));
    }
    match &query.limit_clause {
        Some(LimitClause::LimitOffset { limit, offset: Some(_), limit_by }) => {
            let (limit, limit_by) = (limit.clone(), limit_by.clone());
            found.push(with(query, |query| query.limit_clause = None));
            found.push(with(query, |query| query.limit_clause = Some(LimitClause::LimitOffset { limit, offset: None, limit_by })));
        }
        Some(_) => found.push(with(query, |query| query.limit_clause = None)),
        None if query.order_by.is_some() => found.push(with(query, |query| query.order_by = None)),
        None => {}
    }
    found.extend(of_body(&query.body).into_iter().map(|body| with(query, |query| *query.body = body)));
    found
}

fn of_body(body: &SetExpr) -> Vec<SetExpr> {
    match body {
        SetExpr::Select(select) => of_select(select).into_iter().map(|select| SetExpr::Select(Box::new(select))).collect(),
        SetExpr::SetOperation { op, set_quantifier, left, right } => {
            let put =
                |left: Box<SetExpr>, right: Box<SetExpr>| SetExpr::SetOperation { op: *op, set_quantifier: *set_quantifier, left, right };
            let lefts = of_body(left).into_iter().map(|left| put(Box::new(left), right.clone()));
            lefts.chain(of_body(right).into_iter().map(|right| put(left.clone(), Box::new(right)))).collect()
        }
        SetExpr::Query(query) => of_query(query).into_iter().map(|query| SetExpr::Query(Box::new(query))).collect(),
        _ => Vec::new(),
    }
}

fn of_select(select: &Select) -> Vec<Select> {
    let mut found = Vec::new();
    if let Some(condition) = &select.selection {
        found.push(with(select, |select| select.selection = None));
        found.extend(of_condition(condition).into_iter().map(|condition| with(select, |select| select.selection = Some(condition))));
    }
    if select.having.is_some() {
        found.push(with(select, |select| select.having = None));
    }
    if select.qualify.is_some() {
        found.push(with(select, |select| select.qualify = None));
    }
    if select.distinct.is_some() {
        found.push(with(select, |select| select.distinct = None));
    }
    for n in (0..select.projection.len()).filter(|_| select.projection.len() > 1) {
        found.push(with(select, |select| drop(select.projection.remove(n))));
    }
    for (n, from) in select.from.iter().enumerate() {
        for join in 0..from.joins.len() {
            found.push(with(select, |select| drop(select.from[n].joins.remove(join))));
            for factor in of_factor(&from.joins[join].relation) {
                found.push(with(select, |select| select.from[n].joins[join].relation = factor));
            }
        }
        found.extend(of_factor(&from.relation).into_iter().map(|factor| with(select, |select| select.from[n].relation = factor)));
    }
    found
}

fn inner_queries(from: &TableWithJoins) -> impl Iterator<Item = &Query> {
    let relations = std::iter::once(&from.relation).chain(from.joins.iter().map(|join| &join.relation));
    relations.filter_map(|relation| match relation {
        TableFactor::Derived { subquery, .. } => Some(subquery.as_ref()),
        _ => None,
    })
}

fn of_factor(factor: &TableFactor) -> Vec<TableFactor> {
    match factor {
        TableFactor::Derived { subquery, .. } => {
            let put = |query: Query| {
                with(factor, |factor| {
                    if let TableFactor::Derived { subquery, .. } = factor {
                        **subquery = query;
                    }
                })
            };
            of_query(subquery).into_iter().map(put).collect()
        }
        TableFactor::Table { version, args, .. } => {
            let mut found = Vec::new();
            if version.is_some() {
                found.push(with(factor, |factor| {
                    if let TableFactor::Table { version, .. } = factor {
                        *version = None;
                    }
                }));
            }
            let named = |arg: &FunctionArg| matches!(arg, FunctionArg::Named { .. });
            let arguments = args.iter().flat_map(|args| args.args.iter().enumerate());
            for (n, _) in arguments.filter(|(_, argument)| named(argument)) {
                found.push(with(factor, |factor| {
                    if let TableFactor::Table { args: Some(args), .. } = factor {
                        args.args.remove(n);
                    }
                }));
            }
            found
        }
        _ => Vec::new(),
    }
}

fn of_condition(condition: &Expr) -> Vec<Expr> {
    match condition {
        Expr::BinaryOp { left, op: op @ (BinaryOperator::And | BinaryOperator::Or), right } => {
            let put =
                |left: &Expr, right: &Expr| Expr::BinaryOp { left: Box::new(left.clone()), op: op.clone(), right: Box::new(right.clone()) };
            let mut found = vec![left.as_ref().clone(), right.as_ref().clone()];
            found.extend(of_condition(left).iter().map(|left| put(left, right)));
            found.extend(of_condition(right).iter().map(|right| put(left, right)));
            found
        }
        Expr::Nested(inner) => of_condition(inner),
        Expr::Exists { subquery, negated } => {
            let put = |query: Query| Expr::Exists { subquery: Box::new(query), negated: *negated };
            of_query(subquery).into_iter().map(put).collect()
        }
        Expr::InSubquery { expr, subquery, negated } => {
            let put = |query: Query| Expr::InSubquery { expr: expr.clone(), subquery: Box::new(query), negated: *negated };
            of_query(subquery).into_iter().map(put).collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn every_question_can_be_made_smaller() {
    let instants = [KnowledgeTime::from_micros(1_673_000_000_000_000), KnowledgeTime::from_micros(1_675_000_000_000_000)];
    let about = About::default().between(instants[0], instants[1]);
    let mut dice = Dice::new(0, 0);
    for _ in 0..400 {
        let query = Asker::new(&mut dice, instants[1], &about).about_anything();
        assert!(Parser::parse_sql(&Questions, &query).is_ok(), "{query}");
    }
}
