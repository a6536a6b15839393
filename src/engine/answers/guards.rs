//! What stands in front of an AND or an OR protects what stands behind it: `value <> 0 AND CAST(1 / value AS INT) > 0` fails on no row whose
//! value is 0. DataFusion computes both sides of all rows, and turns a CASE that says so back into AND and OR.
//!
//! The rule is the optimizer's last. In a WHERE, what can fail on a row comes after all that cannot; elsewhere the order is the one written.
//! Also what an aggregate with FILTER is given is computed for the rows that pass alone.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::error::Result;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::{conjunction, split_conjunction_owned};
use datafusion::logical_expr::{BinaryExpr, Case, Expr, ExprSchemable, Join, LogicalPlan, Operator, lit};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};

use super::{checked, zones};

#[derive(Debug)]
pub struct Guard;

impl OptimizerRule for Guard {
    fn name(&self) -> &str {
        "guard_what_can_fail"
    }
    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }
    fn rewrite(&self, plan: LogicalPlan, _: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let schema = super::inputs(&plan)?;
        let mut is_needed = false;
        plan.apply_expressions(|expr| {
            is_needed |= can_fail(expr, &schema);
            Ok(if is_needed { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
        })?;
        if !is_needed {
            return Ok(Transformed::no(plan));
        }
        let plan = match plan {
            LogicalPlan::Join(join) => LogicalPlan::Join(keys_guarded(join)?),
            plan => plan,
        };
        let names = NamePreserver::new(&plan);
        let is_condition = matches!(plan, LogicalPlan::Filter(_) | LogicalPlan::Join(_));
        plan.map_expressions(|expr| {
            let name = names.save(&expr);
            let guarded = expr.transform_up(|expr| guarded(expr, &schema))?;
            let is_boolean = is_condition && matches!(guarded.data.get_type(&schema), Ok(DataType::Boolean));
            let guarded = if is_boolean { guarded.transform_data(|expr| ordered(expr, &schema))? } else { guarded };
            Ok(guarded.update_data(|expr| name.restore(expr)))
        })
    }
}

/// A key that can fail is computed where the rest of the condition on its side holds: elsewhere nothing is joined.
fn keys_guarded(mut join: Join) -> Result<Join> {
    let filters = join.filter.clone().map(split_conjunction_owned).unwrap_or_default();
    let guarded = |key: Expr, side: &DFSchema| -> Result<Expr> {
        let is_none = |expr: &Expr| matches!(expr, Expr::Literal(value, _) if value.is_null());
        let is_guarded = matches!(&key, Expr::Case(case) if case.else_expr.as_ref().is_some_and(|none| is_none(none)));
        let of_side =
            |part: &&Expr| part.column_refs().iter().all(|column| side.has_column(column)) && is_plain(part) && !can_fail(part, side);
        match conjunction(filters.iter().filter(of_side).cloned()) {
            Some(guard) if !is_guarded && can_fail(&key, side) => {
                let none = Expr::Literal(ScalarValue::try_from(&key.get_type(side)?)?, None);
                Ok(when(guard, key, none))
            }
            _ => Ok(key),
        }
    };
    let (left, right) = (join.left.schema().clone(), join.right.schema().clone());
    let on = std::mem::take(&mut join.on);
    join.on = on.into_iter().map(|(l, r)| Ok((guarded(l, &left)?, guarded(r, &right)?))).collect::<Result<_>>()?;
    Ok(join)
}

/// A condition that rows must fulfil: first what fails on none.
fn ordered(condition: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let parts = split_conjunction_owned(condition.clone());
    let (late, early): (Vec<Expr>, Vec<Expr>) = parts.into_iter().partition(|part| can_fail(part, schema));
    let guards = early.iter().filter(|part| is_plain(part)).cloned().collect::<Vec<_>>();
    let Some(late) = late.into_iter().rev().reduce(|rest, first| when(first, rest, lit(false))) else {
        return Ok(Transformed::no(condition));
    };
    let late = match conjunction(guards) {
        Some(guard) => when(guard, late, lit(false)),
        None => late,
    };
    let ordered = conjunction(early.into_iter().chain([late])).unwrap_or(condition);
    Ok(Transformed::yes(ordered))
}

fn guarded(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op: op @ (Operator::And | Operator::Or), right })
            if can_fail(&right, schema) && is_plain(&left) =>
        {
            let decided = op == Operator::Or;
            let is_decided = if decided { left.clone().is_true() } else { left.clone().is_false() };
            let both = Expr::BinaryExpr(BinaryExpr::new(left, op, right));
            Ok(Transformed::yes(when(is_decided, lit(decided), both)))
        }
        Expr::AggregateFunction(mut aggregate) => {
            let filter = aggregate.params.filter.clone();
            let is_changed = filter.is_some_and(|filter| passed(&mut aggregate.params.args, &filter, schema));
            Ok(Transformed::new_transformed(Expr::AggregateFunction(aggregate), is_changed))
        }
        Expr::WindowFunction(mut window) => {
            let filter = window.params.filter.clone();
            let is_changed = filter.is_some_and(|filter| passed(&mut window.params.args, &filter, schema));
            Ok(Transformed::new_transformed(Expr::WindowFunction(window), is_changed))
        }
        other => Ok(Transformed::no(other)),
    }
}

/// Arguments that are computed for rows that pass alone.
fn passed(args: &mut [Expr], filter: &Expr, schema: &DFSchema) -> bool {
    let mut any = false;
    for arg in args {
        let is_guarded = matches!(arg, Expr::Case(case) if case.when_then_expr.first().is_some_and(|(when, _)| when.as_ref() == filter));
        if can_fail(arg, schema) && is_plain(filter) && !is_guarded {
            let none = arg.get_type(schema).and_then(|kind| ScalarValue::try_from(&kind)).unwrap_or(ScalarValue::Null);
            *arg = when(filter.clone(), std::mem::take(arg), Expr::Literal(none, None));
            any = true;
        }
    }
    any
}

fn when(condition: Expr, then: Expr, otherwise: Expr) -> Expr {
    Expr::Case(Case::new(None, vec![(Box::new(condition), Box::new(then))], Some(Box::new(otherwise))))
}

/// Whether it may be computed twice.
fn is_plain(expr: &Expr) -> bool {
    let is_query = |expr: &Expr| matches!(expr, Expr::ScalarSubquery(_) | Expr::Exists(_) | Expr::InSubquery(_) | Expr::SetComparison(_));
    !expr.is_volatile() && !expr.exists(|expr| Ok(is_query(expr))).unwrap_or(true)
}

/// Functions of DataFusion that fail on some values of the types that they take.
const CAN_FAIL: [&str; 12] = [
    "arrow_cast",
    "factorial",
    "power",
    "lcm",
    "make_date",
    "repeat",
    "to_date",
    "to_timestamp",
    "to_timestamp_seconds",
    "to_timestamp_millis",
    "to_timestamp_micros",
    "to_timestamp_nanos",
];

/// Whether there are rows on which it fails.
fn can_fail(expr: &Expr, schema: &DFSchema) -> bool {
    expr.exists(|part| {
        Ok(match part {
            Expr::ScalarFunction(call) => {
                let name = call.func.name();
                checked::is_checked(&call.func) || name == zones::NAME || CAN_FAIL.contains(&name)
            }
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::Divide | Operator::Modulo, right }) => {
                let kind = left.get_type(schema);
                let is_whole = kind.is_ok_and(|kind| kind.is_integer() || kind.is_decimal());
                is_whole && !is_nonzero(right)
            }
            Expr::Cast(cast) => match cast.expr.get_type(schema) {
                Ok(from) => cast_can_fail(&from, cast.field.data_type()),
                Err(_) => true,
            },
            _ => false,
        })
    })
    .unwrap_or(true)
}

fn is_nonzero(expr: &Expr) -> bool {
    match expr {
        Expr::Literal(value, _) => !value.is_null() && ScalarValue::new_zero(&value.data_type()).is_ok_and(|zero| zero != *value),
        _ => false,
    }
}

fn cast_can_fail(from: &DataType, to: &DataType) -> bool {
    let is_text = |kind: &DataType| matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Dictionary(..));
    let is_time = |kind: &DataType| matches!(kind, DataType::Date32 | DataType::Timestamp(..));
    if from == to || from.is_null() || is_text(to) {
        return false;
    }
    if from.is_integer() && to.is_integer() {
        let narrower = from.primitive_width() > to.primitive_width();
        return narrower || from.is_signed_integer() != to.is_signed_integer();
    }
    let widens = (from.is_integer() || from.is_floating() || from.is_decimal() || from == &DataType::Boolean) && to.is_floating();
    let is_same_time = is_time(from) && is_time(to);
    !(widens || is_same_time)
}
