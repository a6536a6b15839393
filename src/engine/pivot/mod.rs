//! `PIVOT` and `UNPIVOT`: long to wide and back, as relations in FROM and as statements.
//!
//! A statement form is rewritten to the clause ([`statement`]); values that the clause does not name are asked for before planning
//! ([`values`]); what is then planned here is an aggregation with one filter per value, out of DataFusion's own nodes. Nothing here reads rows.

mod statement;
mod unpivot;
mod values;

use std::collections::HashSet;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Column, DFSchema, ScalarValue};
use datafusion::error::Result;
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::planner::RelationPlannerContext;
use datafusion::logical_expr::{Aggregate, Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder, lit, when};
use datafusion::sql::sqlparser::ast::{self, ExprWithAlias, PivotValueSource, Query, SetExpr, TableFactor};

pub use statement::rewrite;
pub use unpivot::{Unpivot, plan as plan_unpivot};
pub use values::find;

use super::context::StatementContext;
use super::functions::Documentation;
use super::relations::constant;
use super::types::sql_name;
use crate::error::Error;

/// More columns than these are no table to look at.
pub const MAX_COLUMNS: usize = 1000;
/// What a relation is called whose columns were found at the statement's clock.
const FOUND: &str = "columns found by PIVOT";

pub static DOCUMENTATION: Documentation = Documentation {
    name: "PIVOT",
    syntax: "PIVOT t ON x [IN ('a', 'b' AS b)] [USING sum(y) [AS s], ...] [GROUP BY k, ...] | FROM t PIVOT (sum(y) [AS s], ... FOR x [IN ('a', 'b' \
             AS b | ANY [ORDER BY ...] | SELECT ...)] [DEFAULT ON NULL (0)]) | UNPIVOT t ON a, b [INTO NAME n VALUE v] | FROM t UNPIVOT \
             [INCLUDE NULLS] (v FOR n IN (a, b AS 'b'))",
    summary: "Long to wide: one column per value of `x`, in it the aggregate over the rows that have this value. One row per distinct combination of \
              the columns of GROUP BY; the clause, and the statement without GROUP BY, group by every column of `t` that is neither in `x` nor in \
              an aggregate, so choose the columns in a subquery or a CTE first. Rows come out in no promised order.\n\n\
              A column is called by its value, or as AS behind the value says; where an aggregate has an AS, or there are several, its name \
              follows behind `_`. Without IN, or with ANY, the values are found by reading `x` before the statement is planned, and \
              their columns stand in the order of the values or of ORDER BY; in a view they are found each time. There may be 1,000 columns. \
              Without USING rows are counted.\n\n\
              UNPIVOT is the way back: one row per row and column, with the column's name and its value.",
    nulls: "A cell without rows is NULL, and 0 for a count; DEFAULT ON NULL gives another value. Rows whose `x` is NULL have a column only if \
            NULL stands in IN. UNPIVOT leaves NULL cells out unless INCLUDE NULLS.",
    causality: "Values are found under the same clock, settings and table versions as the statement's rows: one that is not yet known is no column.",
    example: "PIVOT (SELECT as_of, category, net FROM cot_tff WHERE root = 'ES') ON category USING sum(net) GROUP BY as_of ORDER BY as_of DESC LIMIT 3",
};

/// The parts of a clause.
pub struct Pivot {
    pub table: TableFactor,
    pub aggregates: Vec<ExprWithAlias>,
    pub key: Vec<ast::Expr>,
    pub values: PivotValueSource,
    pub default: Option<ast::Expr>,
}

/// A value and the beginning of its columns' names.
struct Member {
    value: ScalarValue,
    name: String,
}

/// An expression as it is written in a message or as a column's name.
fn shown(expr: &ast::Expr) -> String {
    match expr {
        ast::Expr::Nested(inner) => shown(inner),
        ast::Expr::Identifier(name) => name.value.clone(),
        other => other.to_string(),
    }
}

/// The texts of values that were found; `None` for a query that was written.
fn found(query: &Query) -> Option<Vec<&str>> {
    let SetExpr::Values(values) = query.body.as_ref() else { return None };
    values
        .rows
        .iter()
        .map(|row| match row.content.as_slice() {
            [ast::Expr::Value(ast::ValueWithSpan { value: ast::Value::SingleQuotedString(text), .. })] => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

/// Plans a clause.
///
/// # Errors
/// A part of it makes no sense over the columns of its relation.
pub fn plan(pivot: Pivot, context: &StatementContext, planner: &mut dyn RelationPlannerContext) -> Result<LogicalPlan> {
    let Pivot { table, mut aggregates, key, values, default } = pivot;
    let [key] = key.as_slice() else {
        return Err(Error::query("`PIVOT` makes columns of one expression").hint("join the two into one, FOR (a || '_' || b)").into());
    };
    let by = aggregates.pop_if(|last| called(&last.expr).is_some_and(|name| name == statement::GROUP_BY));
    let input = planner.plan(table)?;
    let schema = input.schema().clone();
    let what = shown(key);
    let key = planner.sql_to_expr(key.clone(), &schema)?;
    let is_found = matches!(values, PivotValueSource::Subquery(_));
    let members = members(values, &key, &what, &schema, (context, planner))?;
    if members.len() * aggregates.len() > MAX_COLUMNS {
        return Err(values::too_many(&what).into());
    }
    let is_named = aggregates.len() > 1;
    let mut functions = Vec::new();
    for ExprWithAlias { expr, alias } in aggregates {
        let name = match alias {
            Some(alias) => Some(planner.normalize_ident(alias)),
            None => is_named.then(|| expr.to_string()),
        };
        functions.push((aggregate(expr, &schema, planner)?, name));
    }
    let group = match by {
        Some(by) => columns_of(by.expr, &schema, planner)?,
        None => others(&schema, functions.iter().map(|(function, _)| function.clone()).map(Expr::AggregateFunction).chain([key.clone()])),
    };
    let default = default.map(|default| constant(planner.sql_to_expr(default, &DFSchema::empty())?, context)).transpose()?;
    let mut cells = Vec::new();
    let mut names: Vec<String> = group.iter().map(name_of).collect();
    for member in &members {
        let is_this = match member.value.is_null() {
            true => key.clone().is_null(),
            false => key.clone().eq(lit(member.value.clone())),
        };
        for (function, name) in &functions {
            let mut function = function.clone();
            let filter = match function.params.filter.take() {
                Some(own) => own.and(is_this.clone()),
                None => is_this.clone(),
            };
            function.params.filter = Some(Box::new(filter));
            cells.push(Expr::AggregateFunction(function));
            names.push(match name {
                Some(name) => format!("{}_{name}", member.name),
                None => member.name.clone(),
            });
        }
    }
    ensure_distinct(&names)?;
    if names.is_empty() {
        return Err(Error::query("`PIVOT` gives no columns: nothing is left to group by, and there are no values").into());
    }
    let n_group = group.len();
    let rows = LogicalPlan::Aggregate(Aggregate::try_new(input.into(), group, cells)?);
    let cell = |at: usize| Expr::Column(Column::from(rows.schema().qualified_field(at)));
    let mut columns = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let value = match &default {
            Some(default) if at >= n_group => when(cell(at).is_null(), lit(default.clone())).otherwise(cell(at))?,
            _ => cell(at),
        };
        columns.push(value.alias(name.as_str()));
    }
    let wide = LogicalPlanBuilder::from(rows).project(columns)?;
    if !is_found {
        return wide.build();
    }
    let again: Vec<Expr> = names.iter().map(|name| Expr::Column(Column::new(Some(FOUND), name)).alias(name.as_str())).collect();
    wide.alias(FOUND)?.project(again)?.build()
}

fn called(expr: &ast::Expr) -> Option<String> {
    match expr {
        ast::Expr::Function(function) => function.name.0.last()?.as_ident().map(|name| name.value.clone()),
        _ => None,
    }
}

fn aggregate(expr: ast::Expr, schema: &DFSchema, planner: &mut dyn RelationPlannerContext) -> Result<AggregateFunction> {
    let text = expr.to_string();
    match planner.sql_to_expr(expr, schema)?.unalias() {
        Expr::AggregateFunction(function) => Ok(function),
        _ => Err(Error::query(format!("`{text}` is no aggregate function"))
            .hint("`PIVOT` takes one such as sum(x), avg(x) or first_value(x)")
            .into()),
    }
}

/// The columns that a GROUP BY names.
fn columns_of(call: ast::Expr, schema: &DFSchema, planner: &mut dyn RelationPlannerContext) -> Result<Vec<Expr>> {
    let ast::Expr::Function(ast::Function { args: ast::FunctionArguments::List(list), .. }) = call else { return Ok(Vec::new()) };
    let mut columns = Vec::new();
    for argument in list.args {
        let ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(expr)) = argument else {
            return Err(Error::query(format!("`GROUP BY` of `PIVOT` takes columns, not `{argument}`")).into());
        };
        if let ast::Expr::Value(value) = &expr {
            return Err(Error::query(format!("`GROUP BY` of `PIVOT` takes columns, not `{value}`")).hint("write the column's name").into());
        }
        columns.push(planner.sql_to_expr(expr, schema)?);
    }
    Ok(columns)
}

/// Every column of a relation that none of the expressions reads.
fn others(schema: &DFSchema, expressions: impl Iterator<Item = Expr>) -> Vec<Expr> {
    let mut read: HashSet<Column> = HashSet::new();
    for expression in expressions {
        read.extend(expression.column_refs().into_iter().cloned());
    }
    let columns = schema.iter().map(|(qualifier, field)| Column::new(qualifier.cloned(), field.name()));
    columns.filter(|column| !read.contains(column)).map(Expr::Column).collect()
}

fn name_of(expr: &Expr) -> String {
    match expr {
        Expr::Column(column) => column.name.clone(),
        other => other.schema_name().to_string(),
    }
}

fn members(
    source: PivotValueSource,
    key: &Expr,
    what: &str,
    schema: &DFSchema,
    (context, planner): (&StatementContext, &mut dyn RelationPlannerContext),
) -> Result<Vec<Member>> {
    let kind = match key.get_type(schema)? {
        DataType::Dictionary(_, value) => *value,
        other => other,
    };
    match source {
        PivotValueSource::Subquery(query) => {
            let texts = found(&query).ok_or_else(|| Error::internal("the values of `PIVOT` were not asked for"))?;
            texts
                .into_iter()
                .map(|text| Ok(Member { value: of_kind(ScalarValue::from(text), &kind, what)?, name: text.to_string() }))
                .collect()
        }
        PivotValueSource::Any(_) => Err(Error::query("the values of `PIVOT` cannot be found here").hint("name them: IN ('a', 'b')").into()),
        PivotValueSource::List(list) => {
            let mut members = Vec::new();
            for ExprWithAlias { expr, alias } in list {
                let written = match &expr {
                    ast::Expr::Value(value) => value.value.clone().into_string().unwrap_or_else(|| value.to_string()),
                    other => other.to_string(),
                };
                if let ast::Expr::Identifier(name) = &expr {
                    let error = Error::query(format!("`{}` in the list of `PIVOT` is no value", name.value))
                        .hint(format!("a text stands in single quotes: '{}'", name.value));
                    let at = name.span.start;
                    return Err(if at.line > 0 { error.at_character(at.line, at.column) } else { error }.into());
                }
                let value = constant(planner.sql_to_expr(expr, &DFSchema::empty())?, context)?;
                let name = alias.map_or(written, |alias| planner.normalize_ident(alias));
                members.push(Member { value: of_kind(value, &kind, what)?, name });
            }
            Ok(members)
        }
    }
}

/// A text as a value of the column's type; other values are compared as in WHERE.
fn of_kind(value: ScalarValue, kind: &DataType, what: &str) -> Result<ScalarValue> {
    if kind.is_string() || value.is_null() {
        return Ok(value);
    }
    match value.try_as_str() {
        Some(Some(text)) => value.cast_to(kind).map_err(|_| {
            Error::query(format!("`{what}` is a {}, not `{text}`", sql_name(kind)))
                .hint("the values of `PIVOT` are of its column's type")
                .into()
        }),
        _ => Ok(value),
    }
}

fn ensure_distinct(names: &[String]) -> Result<()> {
    let mut seen = HashSet::new();
    match names.iter().find(|name| !seen.insert(name.as_str())) {
        Some(name) => Err(Error::query(format!("`PIVOT` would give two columns `{name}`"))
            .hint("give the value or the aggregate another name with AS")
            .into()),
        None => Ok(()),
    }
}
