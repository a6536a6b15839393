//! `now()` and its kin under a clock: the present of a session is its clock. Made anew for each statement with the instant in it, so no plan
//! can keep an old one.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef, TimeUnit};
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::execution::FunctionRegistry;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, lit,
};

use super::Documentation;
use crate::engine::context::StatementContext;

pub static DOCUMENTATION: Documentation = Documentation {
    name: "now",
    syntax: "now(), current_timestamp, current_date, today(), current_time",
    summary: "The present. Under a clock the present is the clock; without one it is when the statement started.",
    nulls: "Never NULL.",
    causality: "Never later than the clock.",
    example: "SELECT now(), current_date",
};

const DAY: i64 = 86_400_000_000;

/// Replaces the built-in functions where the present is not the wall clock's.
pub fn register(state: &mut SessionState, context: &Arc<StatementContext>) -> Result<()> {
    if context.clock.is_none() && !context.pinned_now {
        return Ok(());
    }
    let micros = context.now().micros();
    let instant = ScalarValue::TimestampNanosecond(Some(micros.saturating_mul(1000)), Some("+00:00".into()));
    let date = ScalarValue::Date32(Some(micros.div_euclid(DAY) as i32));
    let time = ScalarValue::Time64Nanosecond(Some(micros.rem_euclid(DAY) * 1000));
    for (name, aliases, value) in [
        ("now", vec!["current_timestamp".to_string()], instant),
        ("current_date", vec!["today".to_string()], date),
        ("current_time", vec![], time),
    ] {
        state.register_udf(Arc::new(ScalarUDF::from(Present {
            name,
            aliases,
            value,
            signature: Signature::nullary(Volatility::Stable),
        })))?;
    }
    Ok(())
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Present {
    name: &'static str,
    aliases: Vec<String>,
    value: ScalarValue,
    signature: Signature,
}

impl ScalarUDFImpl for Present {
    fn name(&self) -> &str {
        self.name
    }
    fn aliases(&self) -> &[String] {
        &self.aliases
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match &self.value {
            ScalarValue::Date32(_) => DataType::Date32,
            ScalarValue::Time64Nanosecond(_) => DataType::Time64(TimeUnit::Nanosecond),
            _ => DataType::Timestamp(TimeUnit::Nanosecond, Some("+00:00".into())),
        })
    }
    fn return_field_from_args(&self, _: ReturnFieldArgs) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(self.name, self.value.data_type(), false)))
    }
    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        Ok(ColumnarValue::Scalar(self.value.clone()))
    }
    fn simplify(&self, _: Vec<Expr>, _: &SimplifyContext) -> Result<ExprSimplifyResult> {
        Ok(ExprSimplifyResult::Simplified(lit(self.value.clone())))
    }
}
