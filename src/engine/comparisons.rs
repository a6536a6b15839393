//! Comparisons that compare nothing: a day or an instant against a number. `as_of > 2023-01-01`, its quotes forgotten, is `as_of > 2021`,
//! which every day is.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::DFSchema;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::expr::{Between, InList, InSubquery};
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable, LogicalPlan, Operator};

use crate::error::Error;

/// The columns that the expressions of a node may name.
pub fn inputs(node: &LogicalPlan) -> DFSchema {
    let mut schema = DFSchema::empty();
    node.inputs().iter().for_each(|input| schema.merge(input.schema()));
    schema
}

/// Refuses an expression that compares a day or an instant with a number.
pub fn ensure_alike(expr: &Expr, schema: &DFSchema) -> Result<()> {
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if op.supports_propagation() || is_equality(*op) => {
            ensure_pair(left, right, schema)?;
            ensure_pair(right, left, schema)
        }
        Expr::Between(Between { expr, low, high, .. }) => {
            ensure_pair(expr, low, schema)?;
            ensure_pair(expr, high, schema)
        }
        Expr::InList(InList { expr, list, .. }) => list.iter().try_for_each(|value| ensure_pair(expr, value, schema)),
        Expr::InSubquery(InSubquery { expr, subquery, .. }) => {
            let found = subquery.subquery.schema();
            let Ok(kind) = expr.get_type(schema) else { return Ok(()) };
            match is_time(&kind) && found.fields().iter().any(|field| field.data_type().is_numeric()) {
                true => Err(refusal(expr, &kind, None)),
                false => Ok(()),
            }
        }
        Expr::Case(case) => {
            let whens = case.when_then_expr.iter().map(|(when, _)| when.as_ref());
            let compared: Vec<&Expr> = case.expr.iter().map(AsRef::as_ref).chain(whens.filter(|_| case.expr.is_some())).collect();
            let given: Vec<&Expr> = case.when_then_expr.iter().map(|(_, then)| then.as_ref()).chain(case.else_expr.as_deref()).collect();
            ensure_one_kind(&compared, schema)?;
            ensure_one_kind(&given, schema)
        }
        Expr::ScalarFunction(call) if OF_ONE_KIND.contains(&call.func.name()) => {
            ensure_one_kind(&call.args.iter().collect::<Vec<_>>(), schema)
        }
        _ => Ok(()),
    }
}

/// Functions whose arguments are brought to one type: a number would become a day.
const OF_ONE_KIND: [&str; 6] = ["greatest", "least", "nullif", "coalesce", "nvl", "ifnull"];

fn ensure_one_kind(all: &[&Expr], schema: &DFSchema) -> Result<()> {
    let Some(time) = all.iter().find(|expr| expr.get_type(schema).is_ok_and(|kind| is_time(&kind))) else { return Ok(()) };
    all.iter().try_for_each(|other| ensure_pair(time, other, schema))
}

fn is_time(kind: &DataType) -> bool {
    matches!(kind, DataType::Date32 | DataType::Date64 | DataType::Timestamp(..))
}

fn is_equality(op: Operator) -> bool {
    matches!(op, Operator::Eq | Operator::NotEq | Operator::IsDistinctFrom | Operator::IsNotDistinctFrom)
}

fn ensure_pair(time: &Expr, number: &Expr, schema: &DFSchema) -> Result<()> {
    let kind = |expr: &Expr| expr.get_type(schema).ok();
    match (kind(time), kind(number)) {
        (Some(of_time), Some(of_number)) if is_time(&of_time) && of_number.is_numeric() => Err(refusal(time, &of_time, Some(number))),
        _ => Ok(()),
    }
}

fn refusal(time: &Expr, kind: &DataType, number: Option<&Expr>) -> DataFusionError {
    let (what, literal) = if matches!(kind, DataType::Timestamp(..)) { ("an instant", "TIMESTAMP") } else { ("a day", "DATE") };
    let (name, span) = match time {
        Expr::Column(column) => (column.name.clone(), column.spans.first()),
        other => (other.schema_name().to_string(), None),
    };
    let error = Error::query(format!("`{name}` is {what} and is compared with a number"));
    let error = match number.map(day_of) {
        Some(Some(day)) => error.hint(format!("write {literal} '{day}': without quotes 2023-01-01 is 2023 less 1 less 1, the number 2021")),
        _ => error.hint(format!("{what} is written {literal} '2023-01-01'")),
    };
    match span {
        Some(span) => error.at_character(span.start.line, span.start.column),
        None => error,
    }
    .into()
}

/// The day that a number was meant to be: `2023-01-01` without quotes, or 20230101.
fn day_of(number: &Expr) -> Option<String> {
    let whole = |expr: &Expr| match expr {
        Expr::Literal(value, _) => value.to_string().parse::<i64>().ok(),
        _ => None,
    };
    let (year, month, day) = match number {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Minus, right }) => match left.as_ref() {
            Expr::BinaryExpr(BinaryExpr { left: year, op: Operator::Minus, right: month }) => (whole(year)?, whole(month)?, whole(right)?),
            _ => return None,
        },
        other => {
            let digits = whole(other)?;
            (digits / 10_000, digits / 100 % 100, digits % 100)
        }
    };
    let day = chrono::NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, u32::try_from(month).ok()?, u32::try_from(day).ok()?)?;
    (1..=9999).contains(&year).then(|| day.to_string())
}

#[cfg(test)]
mod tests {
    use datafusion::logical_expr::lit;

    use super::*;

    #[test]
    fn day_is_read_from_what_was_typed() {
        assert_eq!(day_of(&(lit(2023_i64) - lit(1_i64) - lit(31_i64))).as_deref(), Some("2023-01-31"));
        assert_eq!(day_of(&lit(20_230_103_i64)).as_deref(), Some("2023-01-03"));
        assert_eq!(day_of(&lit(7_i64)), None);
        assert_eq!(day_of(&(lit(2023_i64) - lit(13_i64) - lit(1_i64))), None);
    }
}
