//! Operators as they are planned, with the types of what they stand between: a date keeps the hours that are added to it, `^` and the bits of
//! a fraction are refused.

use datafusion::arrow::datatypes::{DataType, IntervalUnit, TimeUnit};
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::error::Result;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{BinaryExpr, Cast, Expr, ExprSchemable, Operator};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use crate::error::Error;

/// A date to which hours are added is an instant from then on.
const INSTANT: DataType = DataType::Timestamp(TimeUnit::Microsecond, None);

#[derive(Debug)]
pub struct Operators;

impl ExprPlanner for Operators {
    fn plan_binary_op(&self, raw: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        let op = match raw.op {
            BinaryOperator::Plus => Operator::Plus,
            BinaryOperator::Minus => Operator::Minus,
            BinaryOperator::BitwiseXor | BinaryOperator::PGExp => return Err(caret(&raw).into()),
            BinaryOperator::BitwiseAnd
            | BinaryOperator::BitwiseOr
            | BinaryOperator::PGBitwiseXor
            | BinaryOperator::PGBitwiseShiftLeft
            | BinaryOperator::PGBitwiseShiftRight => {
                ensure_whole(&raw, schema)?;
                return Ok(PlannerResult::Original(raw));
            }
            _ => return Ok(PlannerResult::Original(raw)),
        };
        let (Ok(left), Ok(right)) = (raw.left.get_type(schema), raw.right.get_type(schema)) else {
            return Ok(PlannerResult::Original(raw));
        };
        let RawBinaryExpr { op: _, left: l, right: r } = &raw;
        let (l, r) = match (is_date(&left), is_date(&right)) {
            (true, false) if has_hours(r, &right) => (instant(l), r.clone()),
            (false, true) if has_hours(l, &left) => (l.clone(), instant(r)),
            _ => return Ok(PlannerResult::Original(raw)),
        };
        Ok(PlannerResult::Planned(Expr::BinaryExpr(BinaryExpr::new(Box::new(l), op, Box::new(r)))))
    }
}

fn is_date(kind: &DataType) -> bool {
    matches!(kind, DataType::Date32 | DataType::Date64)
}

fn instant(date: &Expr) -> Expr {
    Expr::Cast(Cast::new(Box::new(date.clone()), INSTANT))
}

/// Whether a span may have a part of a day: one that cannot be seen may.
fn has_hours(span: &Expr, kind: &DataType) -> bool {
    match kind {
        DataType::Duration(_) | DataType::Interval(IntervalUnit::DayTime | IntervalUnit::MonthDayNano) => !is_whole_days(span),
        _ => false,
    }
}

fn is_whole_days(span: &Expr) -> bool {
    match span {
        Expr::Literal(ScalarValue::IntervalMonthDayNano(Some(span)), _) => span.nanoseconds == 0,
        Expr::Literal(ScalarValue::IntervalDayTime(Some(span)), _) => span.milliseconds == 0,
        Expr::Literal(value, _) => value.is_null() || matches!(value, ScalarValue::IntervalYearMonth(_)),
        Expr::Negative(span) => is_whole_days(span),
        Expr::Alias(alias) => is_whole_days(&alias.expr),
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Plus | Operator::Minus, right }) => is_whole_days(left) && is_whole_days(right),
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Multiply, right }) => {
            (is_whole_days(left) && !is_interval(right)) || (is_whole_days(right) && !is_interval(left))
        }
        Expr::Case(case) => {
            let otherwise = case.else_expr.as_ref().is_none_or(|expr| is_whole_days(expr));
            otherwise && case.when_then_expr.iter().all(|(_, then)| is_whole_days(then))
        }
        _ => false,
    }
}

fn is_interval(expr: &Expr) -> bool {
    matches!(expr, Expr::Literal(value, _) if matches!(value.data_type(), DataType::Interval(_)))
}

fn caret(raw: &RawBinaryExpr) -> Error {
    let (left, right) = (&raw.left, &raw.right);
    Error::query("`^` is not supported: to some it is a power, to others an XOR of bits").hint(format!(
        "write power({}, {})",
        left.human_display(),
        right.human_display()
    ))
}

/// A fraction would be cut to a whole number before its bits are taken.
fn ensure_whole(raw: &RawBinaryExpr, schema: &DFSchema) -> Result<()> {
    for side in [&raw.left, &raw.right] {
        if side.get_type(schema).is_ok_and(|kind| kind.is_floating() || kind.is_decimal()) {
            return Err(Error::query(format!(
                "`{}` takes the bits of whole numbers, and `{}` is a fraction",
                raw.op,
                side.human_display()
            ))
            .hint("CAST(x AS BIGINT) is a whole number")
            .into());
        }
    }
    Ok(())
}
