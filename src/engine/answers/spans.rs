//! Spans of time compare by their length: a day is 24 hours and a month 30 days, as in PostgreSQL. DataFusion compares the months first, then
//! the days, then the rest, and the span between two instants has a rest alone.
//!
//! The rule runs before types are coerced. What it cannot make right, rows grouped by an interval among it, it refuses.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{ArrayRef, AsArray, Decimal128Array, IntervalMonthDayNanoArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    DECIMAL128_MAX_PRECISION, DataType, Int64Type, IntervalMonthDayNano, IntervalMonthDayNanoType, IntervalUnit, TimeUnit,
};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::error::Result;
use datafusion::logical_expr::expr::{Between, InList, Sort, WindowFunctionDefinition};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{
    BinaryExpr, Cast, ColumnarValue, Distinct, Expr, ExprSchemable, LogicalPlan, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};
use datafusion::optimizer::AnalyzerRule;

use crate::error::Error;

const NANOS_A_DAY: i64 = 86_400_000_000_000;
const DAYS_A_MONTH: i128 = 30;
const INTERVAL: DataType = DataType::Interval(IntervalUnit::MonthDayNano);

#[derive(Debug)]
pub struct CompareSpans;

impl AnalyzerRule for CompareSpans {
    fn name(&self) -> &str {
        "compare_spans_by_length"
    }
    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        let compared = plan.transform_up_with_subqueries(|node| {
            ensure_not_grouped(&node)?;
            let schema = super::inputs(&node)?;
            let names = NamePreserver::new(&node);
            // what rows are sorted or joined by
            let is_compared = matches!(node, LogicalPlan::Sort(_) | LogicalPlan::Join(_));
            let rewritten = node.map_expressions(|expr| {
                let name = names.save(&expr);
                let expr = expr.transform_up(|expr| compared(expr, &schema))?;
                let is_span = is_compared && is_interval(&expr.data, &schema);
                Ok(match is_span {
                    true => Transformed::yes(length(expr.data, &schema)),
                    false => expr.update_data(|expr| name.restore(expr)),
                })
            })?;
            if rewritten.transformed { rewritten.map_data(LogicalPlan::recompute_schema) } else { Ok(rewritten) }
        })?;
        Ok(compared.data)
    }
}

fn is_interval(expr: &Expr, schema: &DFSchema) -> bool {
    matches!(expr.get_type(schema), Ok(DataType::Interval(_)))
}

fn compared(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let of = |expr: Expr| length(expr, schema);
    let boxed = |expr: Box<Expr>| Box::new(of(*expr));
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op, right })
            if op.supports_propagation() && (is_interval(&left, schema) || is_interval(&right, schema)) =>
        {
            Ok(Transformed::yes(Expr::BinaryExpr(BinaryExpr::new(boxed(left), op, boxed(right)))))
        }
        Expr::Between(Between { expr, negated, low, high }) if [&expr, &low, &high].iter().any(|expr| is_interval(expr, schema)) => {
            Ok(Transformed::yes(Expr::Between(Between::new(boxed(expr), negated, boxed(low), boxed(high)))))
        }
        Expr::InList(InList { expr, list, negated }) if list.iter().chain([expr.as_ref()]).any(|expr| is_interval(expr, schema)) => {
            Ok(Transformed::yes(Expr::InList(InList::new(boxed(expr), list.into_iter().map(of).collect(), negated))))
        }
        Expr::InSubquery(ref within) if is_interval(&within.expr, schema) => Err(not_grouped("looked for in a query").into()),
        Expr::WindowFunction(mut window) => {
            if window.params.partition_by.iter().any(|expr| is_interval(expr, schema)) {
                return Err(not_grouped("partitioned by it").into());
            }
            if let WindowFunctionDefinition::AggregateUDF(function) = &window.fun {
                ensure_no_extreme(function.name(), &window.params.args, schema)?;
            }
            let is_sorted = sorted(&mut window.params.order_by, schema);
            Ok(Transformed::new_transformed(Expr::WindowFunction(window), is_sorted))
        }
        Expr::AggregateFunction(mut aggregate) => {
            ensure_no_extreme(aggregate.func.name(), &aggregate.params.args, schema)?;
            let is_sorted = sorted(&mut aggregate.params.order_by, schema);
            Ok(Transformed::new_transformed(Expr::AggregateFunction(aggregate), is_sorted))
        }
        Expr::ScalarFunction(mut call) if call.func.name() == "date_part" => {
            let is_span = call.args.get(1).is_some_and(|span| matches!(span.get_type(schema), Ok(DataType::Duration(_))));
            if is_span {
                let span = call.args.remove(1);
                call.args.insert(1, PARTS.call(vec![span]));
            }
            Ok(Transformed::new_transformed(Expr::ScalarFunction(call), is_span))
        }
        other => Ok(Transformed::no(other)),
    }
}

/// Puts lengths in the place of intervals that rows are ordered by.
fn sorted(order: &mut [Sort], schema: &DFSchema) -> bool {
    let mut any = false;
    for sort in order {
        if is_interval(&sort.expr, schema) {
            sort.expr = length(std::mem::take(&mut sort.expr), schema);
            any = true;
        }
    }
    any
}

/// The length of a span, in nanoseconds.
fn length(span: Expr, schema: &DFSchema) -> Expr {
    let span = match span.get_type(schema) {
        Ok(DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 | DataType::Null) => Expr::Cast(Cast::new(Box::new(span), INTERVAL)),
        _ => span,
    };
    LENGTH.call(vec![span])
}

fn not_grouped(how: &str) -> Error {
    Error::query(format!("an INTERVAL is not {how}: '1 day' and '24 hours' are one span, and would be two"))
        .hint("count the span in seconds, as `date_part('epoch', x)` does, and take that")
}

fn ensure_not_grouped(node: &LogicalPlan) -> Result<()> {
    let is_span = |kind: &DataType| matches!(kind, DataType::Interval(_));
    match node {
        LogicalPlan::Aggregate(aggregate) => {
            let n_groups = aggregate.group_expr_len()?;
            let groups = aggregate.schema.fields().iter().take(n_groups);
            if groups.into_iter().any(|field| is_span(field.data_type())) {
                return Err(not_grouped("grouped by").into());
            }
        }
        LogicalPlan::Distinct(distinct) => {
            let input = match distinct {
                Distinct::All(input) => input.schema(),
                Distinct::On(on) => on.input.schema(),
            };
            if input.fields().iter().any(|field| is_span(field.data_type())) {
                return Err(not_grouped("told apart by DISTINCT or UNION").into());
            }
        }
        _ => {}
    }
    Ok(())
}

fn ensure_no_extreme(function: &str, args: &[Expr], schema: &DFSchema) -> Result<()> {
    if matches!(function, "min" | "max") && args.iter().any(|arg| is_interval(arg, schema)) {
        return Err(not_grouped(&format!("the argument of `{function}`")).into());
    }
    Ok(())
}

static LENGTH: LazyLock<ScalarUDF> = LazyLock::new(|| ScalarUDF::from(Span::new(Of::Length)));
static PARTS: LazyLock<ScalarUDF> = LazyLock::new(|| ScalarUDF::from(Span::new(Of::Parts)));

#[derive(Debug, PartialEq, Eq, Hash)]
enum Of {
    Length,
    /// A span between instants as days and what is left of one, whose hours are those of a clock.
    Parts,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Span {
    of: Of,
    signature: Signature,
}

impl Span {
    fn new(of: Of) -> Self {
        Self { of, signature: Signature::any(1, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Span {
    fn name(&self) -> &str {
        match self.of {
            Of::Length => "length_of_span",
            Of::Parts => "parts_of_span",
        }
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.of {
            Of::Length => DataType::Decimal128(DECIMAL128_MAX_PRECISION, 0),
            Of::Parts => INTERVAL,
        })
    }
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let is_scalar = matches!(args.args[0], ColumnarValue::Scalar(_));
        let n = if is_scalar { 1 } else { args.number_rows };
        let spans = args.args[0].to_array(n)?;
        let result = match self.of {
            Of::Length => lengths(&spans)?,
            Of::Parts => parts(&spans)?,
        };
        match is_scalar {
            true => Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&result, 0)?)),
            false => Ok(ColumnarValue::Array(result)),
        }
    }
}

/// In nanoseconds; a span of seconds may have more of them than 64 bits hold.
fn nanoseconds(spans: &ArrayRef) -> Result<Vec<Option<i128>>> {
    Ok(match spans.data_type() {
        DataType::Duration(unit) => {
            let scale = match unit {
                TimeUnit::Second => 1_000_000_000,
                TimeUnit::Millisecond => 1_000_000,
                TimeUnit::Microsecond => 1_000,
                TimeUnit::Nanosecond => 1,
            };
            let numbers = cast(spans, &DataType::Int64)?;
            let numbers = numbers.as_primitive::<Int64Type>();
            numbers.iter().map(|number| number.map(|number| i128::from(number) * scale)).collect()
        }
        _ => {
            let spans = cast(spans, &INTERVAL)?;
            let of = |span: IntervalMonthDayNano| {
                let days = i128::from(span.months) * DAYS_A_MONTH + i128::from(span.days);
                days * i128::from(NANOS_A_DAY) + i128::from(span.nanoseconds)
            };
            spans.as_primitive::<IntervalMonthDayNanoType>().iter().map(|span| span.map(of)).collect()
        }
    })
}

fn lengths(spans: &ArrayRef) -> Result<ArrayRef> {
    Ok(Arc::new(Decimal128Array::from(nanoseconds(spans)?).with_precision_and_scale(DECIMAL128_MAX_PRECISION, 0)?))
}

fn parts(spans: &ArrayRef) -> Result<ArrayRef> {
    let day = i128::from(NANOS_A_DAY);
    let of = |nanos: i128| -> Result<IntervalMonthDayNano> {
        let days = i32::try_from(nanos / day).map_err(|_| Error::query("a span has more days than can be counted"))?;
        Ok(IntervalMonthDayNano::new(0, days, (nanos % day) as i64))
    };
    let parts = nanoseconds(spans)?.into_iter().map(|nanos| nanos.map(of).transpose()).collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(IntervalMonthDayNanoArray::from(parts)))
}
