//! `+`, `-` (of two and of one) and `*` of whole numbers fail where the result does not fit, as in PostgreSQL; DataFusion's own go round. Results of doubles lose the
//! sign of a NaN or a zero on the way ([`numbers`]).
//!
//! The rule runs behind the coercion of types, when both sides are of one type, and puts a function in the operator's place: it is evaluated by
//! Arrow's checked kernel, wherever the expression stands, also where constants are folded.

use std::sync::Arc;

use datafusion::arrow::compute::kernels::numeric::{add, mul, sub};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, ScalarValue, internal_err};
use datafusion::error::Result;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Expr, ExprSchemable, LogicalPlan, Operator, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};
use datafusion::optimizer::AnalyzerRule;
use datafusion::physical_expr_common::datum::apply;

use super::numbers;

#[derive(Debug)]
pub struct CheckWholeNumbers;

impl AnalyzerRule for CheckWholeNumbers {
    fn name(&self) -> &str {
        "check_whole_numbers"
    }
    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        let checked = plan.transform_up_with_subqueries(|node| {
            let schema = super::inputs(&node)?;
            let names = NamePreserver::new(&node);
            node.map_expressions(|expr| {
                let name = names.save(&expr);
                Ok(self::checked(expr, &schema)?.update_data(|expr| name.restore(expr)))
            })?
            .map_data(LogicalPlan::recompute_schema)
        })?;
        Ok(checked.data)
    }
}

/// An expression whose types are coerced, with its operators checked.
pub fn checked(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    expr.transform_up(|expr| {
        if numbers::may_be_signed(&expr, schema) {
            return Ok(Transformed::yes(numbers::unsigned(expr)));
        }
        if let Expr::Negative(of) = &expr
            && let Ok(kind) = of.get_type(schema)
            && kind.is_signed_integer()
        {
            let function = Checked { op: Operator::Minus, negates: true, signature: Signature::any(2, Volatility::Immutable) };
            let args = vec![Expr::Literal(ScalarValue::new_zero(&kind)?, None), of.as_ref().clone()];
            return Ok(Transformed::yes(Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(function.into()), args))));
        }
        let Expr::BinaryExpr(BinaryExpr { left, op: op @ (Operator::Plus | Operator::Minus | Operator::Multiply), right }) = &expr else {
            return Ok(Transformed::no(expr));
        };
        let (Ok(l), Ok(r)) = (left.get_type(schema), right.get_type(schema)) else { return Ok(Transformed::no(expr)) };
        if !l.is_integer() || l != r {
            return Ok(Transformed::no(expr));
        }
        let function = Arc::new(ScalarUDF::from(Checked { op: *op, negates: false, signature: Signature::any(2, Volatility::Immutable) }));
        let args = vec![left.as_ref().clone(), right.as_ref().clone()];
        Ok(Transformed::yes(Expr::ScalarFunction(ScalarFunction::new_udf(function, args))))
    })
}

/// Whether a function is one of these, which fail on some numbers.
pub fn is_checked(function: &ScalarUDF) -> bool {
    function.inner().is::<Checked>()
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Checked {
    op: Operator,
    /// It is written with one side, the other being 0.
    negates: bool,
    signature: Signature,
}

impl ScalarUDFImpl for Checked {
    fn name(&self) -> &str {
        match self.op {
            Operator::Plus => "add",
            Operator::Minus => "subtract",
            _ => "multiply",
        }
    }
    /// As the operator is called: what was planned by that name finds it.
    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        let [left, right] = args else { return internal_err!("an operator has two sides") };
        Ok(match self.negates {
            true => format!("(- {})", right.schema_name()),
            false => format!("{} {} {}", left.schema_name(), self.op, right.schema_name()),
        })
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(types[0].clone())
    }
    fn is_strict(&self) -> bool {
        true
    }
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [left, right] = args.args.as_slice() else { return internal_err!("an operator has two sides") };
        match self.op {
            Operator::Plus => apply(left, right, add),
            Operator::Minus => apply(left, right, sub),
            _ => apply(left, right, mul),
        }
    }
}
