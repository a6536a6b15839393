//! The engine as the saved series use it: without a clock, on our own SQL.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use futures::TryStreamExt;

use super::Place;
use crate::engine::{Answer, Options, Session};
use crate::error::{Error, Result};

/// A session without a clock.
///
/// # Errors
/// The data folder is no folder.
pub fn open(place: &Place<'_>) -> Result<Session> {
    Session::new(Options { data: place.data.to_path_buf(), config: place.config.clone(), now: None })
}

/// Every row of a query, with what the engine remarked.
///
/// # Errors
/// The query fails.
pub async fn rows(session: &mut Session, query: &str) -> Result<(RecordBatch, Vec<String>)> {
    let Answer::Rows { schema, stream, notes, .. } = session.run(query).await.map_err(without_place)? else {
        return Err(Error::internal("a query gave no rows"));
    };
    let batches: Vec<RecordBatch> = stream.try_collect().await.map_err(|e| without_place(e.into()))?;
    let all = concat_batches(&schema, &batches).map_err(|e| Error::internal(format!("cannot put rows together: {e}")))?;
    Ok((all, notes.take()))
}

/// Whether a query plans; it is not run.
///
/// # Errors
/// It does not.
pub async fn check(session: &mut Session, query: &str) -> Result<()> {
    session.run(&format!("CREATE OR REPLACE VIEW checked AS {query}")).await.map(drop).map_err(without_place)
}

/// A text as SQL writes it.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The place in a statement that nobody typed says nothing.
fn without_place(error: Error) -> Error {
    let plain = Error::new(error.kind(), error.message());
    match error.hint_text() {
        Some(hint) => plain.hint(hint),
        None => plain,
    }
}
