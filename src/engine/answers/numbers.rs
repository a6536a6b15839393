//! One NaN and one zero. What a processor makes of 0.0 / 0.0 has a sign, and DataFusion orders and compares by it: such a NaN would come before
//! every number and be less than each, and -0.0 before 0.0.
//!
//! Results of arithmetic on doubles and of functions that may give either lose the sign where they are computed.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{Array, AsArray, Float64Array};
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::common::{DFSchema, ScalarValue, internal_err};
use datafusion::error::Result;
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Expr, ExprSchemable, Operator, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// Functions of DataFusion that give a NaN of numbers, or a zero with a sign.
const FUNCTIONS: [&str; 16] =
    ["acos", "acosh", "asin", "atanh", "ceil", "ln", "log", "log10", "log2", "power", "round", "signum", "sqrt", "tan", "trunc", "nanvl"];

/// Whether an expression may give a NaN or a zero with a sign.
pub fn may_be_signed(expr: &Expr, schema: &DFSchema) -> bool {
    let is_literal = |expr: &Expr| matches!(expr, Expr::Literal(..));
    let may_be = match expr {
        Expr::BinaryExpr(BinaryExpr { op: Operator::Divide | Operator::Modulo, .. }) => true,
        // with a literal that is neither 0 nor infinite only what had a sign has one
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Plus | Operator::Minus, right }) => !is_literal(left) && !is_literal(right),
        Expr::BinaryExpr(BinaryExpr { op: Operator::Multiply, .. }) | Expr::Negative(_) => true,
        Expr::ScalarFunction(call) => FUNCTIONS.contains(&call.func.name()),
        _ => false,
    };
    may_be && matches!(expr.get_type(schema), Ok(DataType::Float64))
}

/// The expression without such a sign.
pub fn unsigned(expr: Expr) -> Expr {
    UNSIGNED.call(vec![expr])
}

static UNSIGNED: LazyLock<ScalarUDF> =
    LazyLock::new(|| ScalarUDF::from(Unsigned { signature: Signature::exact(vec![DataType::Float64], Volatility::Immutable) }));

#[derive(Debug, PartialEq, Eq, Hash)]
struct Unsigned {
    signature: Signature,
}

#[inline]
fn without_sign(value: f64) -> f64 {
    if value.is_nan() { f64::NAN } else { value + 0.0 }
}

impl ScalarUDFImpl for Unsigned {
    fn name(&self) -> &str {
        "unsigned"
    }
    /// As what it is of is called: what was planned by that name finds it.
    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        let [of] = args else { return internal_err!("one number has one sign") };
        Ok(of.schema_name().to_string())
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }
    fn is_strict(&self) -> bool {
        true
    }
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        match args.args.as_slice() {
            [ColumnarValue::Scalar(ScalarValue::Float64(value))] => {
                Ok(ColumnarValue::Scalar(ScalarValue::Float64(value.map(without_sign))))
            }
            [ColumnarValue::Array(values)] if values.data_type() == &DataType::Float64 => {
                let values: Float64Array = values.as_primitive::<Float64Type>().unary(without_sign);
                Ok(ColumnarValue::Array(Arc::new(values)))
            }
            _ => internal_err!("a sign is taken from doubles"),
        }
    }
}
