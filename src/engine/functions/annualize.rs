//! `annualize(r, periods)`: what a return per period comes to in a year.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::common::cast::as_float64_array;
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

use super::Documentation;
use super::window::number;
use crate::engine::context::StatementContext;
use crate::quant::returns::annualized;

pub static DOCUMENTATION: Documentation = Documentation {
    name: "annualize",
    syntax: "annualize(r, periods)",
    summary: "(1 + r)^periods - 1: a return or rate per period, as a share, compounded over a year of so many periods. 0.01 a month is \
              annualize(0.01, 12) = 0.1268; a daily rate of the Selic in percent is 100 * annualize(rate / 100, 252). Computed as exp(periods x \
              ln(1 + r)) - 1 with functions that keep the digits of a small r.",
    nulls: "NULL where an argument is NULL or NaN, r is below -1, periods are not above 0, or the result is no finite number.",
    causality: "Sees its arguments alone.",
    example: "SELECT round(annualize(0.01, 12), 6) AS of_a_month, round(100 * annualize(0.050788 / 100, 252), 2) AS selic",
};

pub fn function(_: &StatementContext) -> ScalarUDF {
    ScalarUDF::from(Annualize { signature: Signature::coercible(vec![number(), number()], Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Annualize {
    signature: Signature,
}

impl ScalarUDFImpl for Annualize {
    fn name(&self) -> &str {
        DOCUMENTATION.name
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let (rates, periods) = (as_float64_array(&arrays[0])?, as_float64_array(&arrays[1])?);
        let yearly: Float64Array = rates.iter().zip(periods).map(|(r, periods)| annualized(r?, periods?)).collect();
        if args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_))) && yearly.len() == 1 {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&yearly, 0)?));
        }
        Ok(ColumnarValue::Array(Arc::new(yearly) as ArrayRef))
    }
}
