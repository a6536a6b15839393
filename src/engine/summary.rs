//! `SUMMARIZE`: a row for each column of a relation or query. It is planned as one aggregation over the whole input, out of the functions that
//! a person would have written, so the clock and all that is put right of them hold here too; its one row is then turned into as many as there
//! are columns.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema, ScalarValue, UnnestOptions};
use datafusion::error::Result;
use datafusion::functions_nested::expr_fn::make_array;
use datafusion::logical_expr::planner::RelationPlannerContext;
use datafusion::logical_expr::utils::find_aggregate_exprs;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, cast, lit};
use datafusion::sql::sqlparser::ast::{self, FunctionArg, FunctionArgExpr, ObjectName, TableFactor};
use datafusion::sql::sqlparser::parser::Parser;

use super::dialect::ContangoDialect;
use super::functions::Documentation;
use super::pivot::MAX_COLUMNS;
use super::types::sql_name;
use crate::error::Error;

/// What the statement is called where it has become a relation.
pub const NAME: &str = "summarize";

pub static DOCUMENTATION: Documentation = Documentation {
    name: "SUMMARIZE",
    syntax: "SUMMARIZE t | SUMMARIZE SELECT ... | FROM (SUMMARIZE t)",
    summary: "A row for each column: column_name, column_type, min, max, approx_unique, avg, std, q25, q50, q75, count, null_percentage. `min` and \
              `max` are texts, whatever the column's type; the mean, the sample deviation and the quartiles are of numbers alone, and exact; \
              `approx_unique` is an estimate of distinct values; `count` counts rows, those with NULL too.",
    nulls: "NULL values are left out of all but count and null_percentage, which is of 0 to 100 and NULL without rows.",
    causality: "Reads as the query itself would: under a clock, what was known.",
    example: "SUMMARIZE SELECT category, net FROM cot_tff WHERE root = 'ES'",
};

/// A result: its name, its type, the expression over `{x}` that gives it, and for which columns.
struct Figure {
    name: &'static str,
    kind: DataType,
    of: &'static str,
    for_type: fn(&DataType) -> bool,
}

const FIGURES: [Figure; 10] = [
    Figure { name: "min", kind: DataType::Utf8, of: "min({x})", for_type: has_order },
    Figure { name: "max", kind: DataType::Utf8, of: "max({x})", for_type: has_order },
    Figure { name: "approx_unique", kind: DataType::Int64, of: "approx_distinct(CAST({x} AS VARCHAR))", for_type: has_order },
    Figure { name: "avg", kind: DataType::Float64, of: "avg({x})", for_type: DataType::is_numeric },
    Figure { name: "std", kind: DataType::Float64, of: "stddev(CAST({x} AS DOUBLE))", for_type: DataType::is_numeric },
    Figure { name: "q25", kind: DataType::Float64, of: "quantile_cont(CAST({x} AS DOUBLE), 0.25)", for_type: DataType::is_numeric },
    Figure { name: "q50", kind: DataType::Float64, of: "quantile_cont(CAST({x} AS DOUBLE), 0.5)", for_type: DataType::is_numeric },
    Figure { name: "q75", kind: DataType::Float64, of: "quantile_cont(CAST({x} AS DOUBLE), 0.75)", for_type: DataType::is_numeric },
    Figure { name: "count", kind: DataType::Int64, of: "count(*)", for_type: |_| true },
    Figure {
        name: "null_percentage",
        kind: DataType::Float64,
        of: "round(100.0 * count(*) FILTER (WHERE {x} IS NULL) / nullif(count(*), 0), 2)",
        for_type: |_| true,
    },
];

fn has_order(kind: &DataType) -> bool {
    !kind.is_nested() && !matches!(kind, DataType::Null | DataType::Interval(_)) && !kind.is_binary()
}

/// Plans `"summarize"((query))`, as `spelling` makes it; `None` for any other call.
///
/// # Errors
/// The query does not plan, or has more columns than a table to look at.
pub fn plan_call(name: &ObjectName, args: &[FunctionArg], planner: &mut dyn RelationPlannerContext) -> Option<Result<LogicalPlan>> {
    (name.0.last()?.as_ident()?.value == NAME).then(|| plan(args, planner))
}

fn plan(args: &[FunctionArg], planner: &mut dyn RelationPlannerContext) -> Result<LogicalPlan> {
    let [FunctionArg::Unnamed(FunctionArgExpr::Expr(ast::Expr::Subquery(subquery)))] = args else {
        return Err(Error::query("`SUMMARIZE` takes a table or a query").hint("write SUMMARIZE t or SUMMARIZE SELECT ...").into());
    };
    let input = planner.plan(TableFactor::Derived { lateral: false, subquery: subquery.clone(), alias: None, sample: None })?;
    let columns: Vec<(String, DataType)> =
        input.schema().fields().iter().map(|field| (field.name().clone(), field.data_type().clone())).collect();
    if columns.len() > MAX_COLUMNS {
        return Err(Error::query(format!("{} columns are too many to sum up; there may be {MAX_COLUMNS}", columns.len()))
            .hint("choose some: SUMMARIZE SELECT a, b FROM ...")
            .into());
    }
    // two columns of a query may have one name
    let numbered = input.schema().columns().into_iter().enumerate();
    let numbered: Vec<Expr> = numbered.map(|(at, column)| Expr::Column(column).alias(format!("column {at}"))).collect();
    let input = LogicalPlanBuilder::from(input).project(numbered)?.build()?;
    let schema = input.schema().clone();
    let mut figures = vec![texts(columns.iter().map(|(name, _)| name.as_str())), texts(columns.iter().map(|(_, kind)| sql_name(kind)))];
    let mut names = vec!["column_name", "column_type"];
    let mut aggregates = Vec::new();
    for figure in &FIGURES {
        let mut row = Vec::new();
        for (at, (_, kind)) in columns.iter().enumerate() {
            row.push(match (figure.for_type)(kind) {
                true => cast(planned(figure, at, kind, &schema, planner)?, figure.kind.clone()),
                false => cast(lit(ScalarValue::Null), figure.kind.clone()),
            });
        }
        aggregates.extend(row.iter().cloned());
        figures.push(row);
        names.push(figure.name);
    }
    let whole = LogicalPlanBuilder::from(input).aggregate(Vec::<Expr>::new(), find_aggregate_exprs(&aggregates))?.build()?;
    let lists = figures.into_iter().zip(&names).map(|(row, name)| {
        let row = row.into_iter().map(over_aggregates).collect::<Result<Vec<_>>>()?;
        Ok(make_array(row).alias(*name))
    });
    let lists = lists.collect::<Result<Vec<_>>>()?;
    let rows = LogicalPlanBuilder::from(whole).project(lists)?;
    let columns = names.iter().map(|name| Column::from_name(*name)).collect();
    rows.unnest_columns_with_options(columns, UnnestOptions::default())?.build()
}

fn texts(texts: impl Iterator<Item = impl Into<String>>) -> Vec<Expr> {
    texts.map(|text| lit(text.into())).collect()
}

/// The expression with the columns of the aggregation in the place of its functions.
fn over_aggregates(expr: Expr) -> Result<Expr> {
    let column = |expr: &Expr| Expr::Column(Column::from_name(expr.schema_name().to_string()));
    let replaced = expr.transform_down(|part| match part {
        Expr::AggregateFunction(_) => Ok(Transformed::yes(column(&part))),
        other => Ok(Transformed::no(other)),
    });
    Ok(replaced?.data)
}

/// A figure's expression over a column of the input.
fn planned(figure: &Figure, at: usize, kind: &DataType, schema: &DFSchema, planner: &mut dyn RelationPlannerContext) -> Result<Expr> {
    let text = figure.of.replace("{x}", &format!("\"column {at}\""));
    // an instant as text stands as the screen shows it
    let text = match (kind, &figure.kind) {
        (DataType::Timestamp(..), DataType::Utf8) => format!("replace(CAST({text} AS VARCHAR), 'T', ' ')"),
        _ => text,
    };
    let expr = Parser::new(&ContangoDialect).try_with_sql(&text).and_then(|mut parser| parser.parse_expr());
    planner.sql_to_expr(expr.map_err(|error| Error::internal(format!("`{text}`: {error}")))?, schema)
}
