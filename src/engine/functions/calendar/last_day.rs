//! `last_day(d)`: the last day of a day's month.

use std::sync::Arc;

use chrono::{Datelike, Months, NaiveDate};
use datafusion::arrow::array::Date32Array;
use datafusion::arrow::datatypes::DataType;
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

use super::{Given, date, number};
use crate::engine::context::StatementContext;
use crate::engine::functions::Documentation;

pub static DOCUMENTATION: Documentation = Documentation {
    name: "last_day",
    syntax: "last_day(day)",
    summary: "The last day of the month that a day or instant (of UTC) lies in: the end of the period that a monthly figure describes.",
    nulls: "NULL where the argument is NULL, and beyond the calendar's edge.",
    causality: "Sees its argument alone.",
    example: "SELECT last_day(DATE '2024-02-10') AS end_of_february",
};

pub fn function(_: &StatementContext) -> ScalarUDF {
    ScalarUDF::from(LastDay { signature: Signature::exact(vec![DataType::Date32], Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct LastDay {
    signature: Signature,
}

impl ScalarUDFImpl for LastDay {
    fn name(&self) -> &str {
        DOCUMENTATION.name
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Date32)
    }
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let given = Given::of(&args)?;
        let last: Date32Array = given.days(0)?.iter().map(|day| number(last_of_month(date(day?)?)?)).collect();
        given.answer(Arc::new(last))
    }
}

fn last_of_month(day: NaiveDate) -> Option<NaiveDate> {
    day.with_day(1)?.checked_add_months(Months::new(1))?.pred_opt()
}
