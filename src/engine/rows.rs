//! A query of our own and all of its rows: for commands that ask the lake before they act. What a person asks goes through `script`, which
//! streams and says where a statement is wrong.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::compute::{cast, concat_batches};
use datafusion::arrow::datatypes::{DataType, Schema};
use datafusion::arrow::error::ArrowError;
use futures::TryStreamExt;

use super::{Answer, Session};
use crate::error::{Error, Result};

impl Session {
    /// Every row of a query, texts as plain strings, with what the engine remarked.
    ///
    /// # Errors
    /// The query fails.
    pub async fn rows(&mut self, query: &str) -> Result<(RecordBatch, Vec<String>)> {
        let Answer::Rows { schema, stream, notes, .. } = self.run(query).await.map_err(without_place)? else {
            return Err(Error::internal("a query gave no rows"));
        };
        let batches: Vec<RecordBatch> = stream.try_collect().await.map_err(|e| without_place(e.into()))?;
        let all = concat_batches(&schema, &batches).map_err(|e| Error::internal(format!("cannot put rows together: {e}")))?;
        Ok((plain(&all).map_err(|e| Error::internal(format!("cannot read texts of rows: {e}")))?, notes.take()))
    }
}

/// The engine keeps texts as views where it made them itself: readers of rows need not know.
fn plain(rows: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let text = |column: &ArrayRef| match column.data_type() {
        DataType::Utf8View => cast(column, &DataType::Utf8),
        _ => Ok(column.clone()),
    };
    let columns = rows.columns().iter().map(text).collect::<Result<Vec<_>, _>>()?;
    let fields = rows
        .schema()
        .fields()
        .iter()
        .zip(&columns)
        .map(|(field, column)| field.as_ref().clone().with_data_type(column.data_type().clone()))
        .collect::<Vec<_>>();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

/// The place in a statement that nobody typed says nothing.
pub(crate) fn without_place(error: Error) -> Error {
    let plain = Error::new(error.kind(), error.message());
    match error.hint_text() {
        Some(hint) => plain.hint(hint),
        None => plain,
    }
}
