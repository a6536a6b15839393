//! A query of our own and all of its rows: for commands that ask the lake before they act. What a person asks goes through `script`, which
//! streams and says where a statement is wrong.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use futures::TryStreamExt;

use super::{Answer, Session};
use crate::error::{Error, Result};

impl Session {
    /// Every row of a query, with what the engine remarked.
    ///
    /// # Errors
    /// The query fails.
    pub async fn rows(&mut self, query: &str) -> Result<(RecordBatch, Vec<String>)> {
        let Answer::Rows { schema, stream, notes, .. } = self.run(query).await.map_err(without_place)? else {
            return Err(Error::internal("a query gave no rows"));
        };
        let batches: Vec<RecordBatch> = stream.try_collect().await.map_err(|e| without_place(e.into()))?;
        let all = concat_batches(&schema, &batches).map_err(|e| Error::internal(format!("cannot put rows together: {e}")))?;
        Ok((all, notes.take()))
    }
}

/// The place in a statement that nobody typed says nothing.
pub(crate) fn without_place(error: Error) -> Error {
    let plain = Error::new(error.kind(), error.message());
    match error.hint_text() {
        Some(hint) => plain.hint(hint),
        None => plain,
    }
}
