//! What DESCRIBE tells of a table or a query: names and types, as SQL writes them.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::arrow::record_batch::RecordBatch;

use super::types::sql_name;
use crate::error::{Error, Result};

/// A row for each column.
///
/// # Errors
/// Never, as long as each column has every row.
pub fn rows(schema: &Schema) -> Result<RecordBatch> {
    let column =
        |of: fn(&Field) -> String| Arc::new(schema.fields().iter().map(|field| Some(of(field))).collect::<StringArray>()) as ArrayRef;
    let names = ["column_name", "data_type", "is_nullable"].map(|name| Field::new(name, DataType::Utf8, false));
    let columns = vec![
        column(|field| field.name().clone()),
        column(|field| sql_name(field.data_type())),
        column(|field| if field.is_nullable() { "YES" } else { "NO" }.to_string()),
    ];
    RecordBatch::try_new(Arc::new(Schema::new(names.to_vec())), columns).map_err(|error| Error::internal(error.to_string()))
}
