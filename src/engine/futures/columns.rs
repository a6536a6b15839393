//! Columns of rows about contracts, as Arrow arrays.

use std::sync::Arc;

use chrono::NaiveDate;
use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, RecordBatchOptions, StringArray, TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::error::Result;

use super::contract::Contract;
use crate::error::Error;
use crate::quant::known::NO_INSTANT;

/// Some columns of a table of our own, in the order of a projection.
pub fn projected(schema: &SchemaRef, projection: Option<&Vec<usize>>) -> Result<SchemaRef> {
    match projection {
        Some(indices) => Ok(Arc::new(schema.project(indices)?)),
        None => Ok(schema.clone()),
    }
}

/// A batch of `n_rows` in which each column is made by its name.
pub fn batch(schema: &SchemaRef, n_rows: usize, column: impl Fn(&str) -> Option<ArrayRef>) -> Result<RecordBatch> {
    let named = |name: &str| column(name).ok_or_else(|| Error::internal(format!("nothing makes the column `{name}`")));
    let columns = schema.fields().iter().map(|field| named(field.name())).collect::<Result<Vec<_>, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(n_rows));
    Ok(RecordBatch::try_new_with_options(schema.clone(), columns, &options)?)
}

/// A column that says which contract a row is about.
pub fn of_contract<'a>(name: &str, contracts: impl Iterator<Item = &'a Contract>) -> Option<ArrayRef> {
    Some(match name {
        "dataset" => text(contracts.map(|c| Some(c.dataset.as_str()))),
        "root" => text(contracts.map(|c| Some(c.root.as_str()))),
        "parent" => text(contracts.map(|c| c.parent.as_deref())),
        "symbol" => text(contracts.map(|c| Some(c.symbol.as_str()))),
        "contract_id" => text(contracts.map(|c| Some(c.contract_id.as_str()))),
        "instrument_id" => Arc::new(contracts.map(|c| c.instrument_id).collect::<Int64Array>()),
        "expiration" => dates(contracts.map(|c| c.expiration)),
        "first_notice" => dates(contracts.map(|c| c.first_notice)),
        _ => return None,
    })
}

pub fn text<'a>(values: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

pub fn dates(values: impl Iterator<Item = Option<NaiveDate>>) -> ArrayRef {
    let days = |date: NaiveDate| i32::try_from(date.signed_duration_since(NaiveDate::default()).num_days()).ok();
    Arc::new(values.map(|date| date.and_then(days)).collect::<Date32Array>())
}

/// NULL for NaN.
pub fn floats(values: impl Iterator<Item = f64>) -> ArrayRef {
    Arc::new(values.map(|value| Some(value).filter(|v| !v.is_nan())).collect::<Float64Array>())
}

/// Whole numbers that were carried as floats; NULL for NaN.
pub fn counts(values: impl Iterator<Item = f64>) -> ArrayRef {
    Arc::new(values.map(|value| Some(value).filter(|v| !v.is_nan()).map(|v| v as i64)).collect::<Int64Array>())
}

/// NULL for [`NO_INSTANT`].
pub fn instants(values: impl Iterator<Item = i64>) -> ArrayRef {
    let known = values.map(|value| Some(value).filter(|v| *v != NO_INSTANT));
    Arc::new(known.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
}

pub fn flags(values: impl Iterator<Item = bool>) -> ArrayRef {
    Arc::new(values.map(Some).collect::<BooleanArray>())
}
