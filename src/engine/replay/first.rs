//! First releases of one series as rows: its own rows of the input, with the values that the transform makes of them.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array, UInt64Array};
use datafusion::arrow::compute::{concat_batches, take};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::error::Result;

use super::series::Series;
use crate::quant::replay::{Transform, first_releases};

pub fn rows(series: &Series, transform: Transform, schema: &SchemaRef) -> Result<RecordBatch> {
    let releases = first_releases(&series.vintages, transform);
    let Some(first) = series.rows.first().filter(|_| !releases.is_empty()) else {
        return Ok(RecordBatch::new_empty(schema.clone()));
    };
    let all = concat_batches(&first.schema(), &series.rows)?;
    let places = UInt64Array::from_iter_values(releases.iter().map(|release| release.vintage as u64));
    let value: ArrayRef = Arc::new(releases.iter().map(|release| release.value).collect::<Float64Array>());
    let column = |name: &String| match name.as_str() {
        "value" => Ok(value.clone()),
        name => Ok(take(all.column(all.schema().index_of(name)?), &places, None)?),
    };
    let columns = schema.fields().iter().map(|field| column(field.name())).collect::<Result<_>>()?;
    Ok(RecordBatch::try_new(schema.clone(), columns)?)
}
