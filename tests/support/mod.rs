//! A small lake of made-up rows for the SQL tests and the laws: rows are built here and written through the lake's own append, so that the
//! same vintages can also be written cut at an instant, or with another future.

#![allow(dead_code, reason = "each test binary uses its own part")]

mod cot;
pub mod futures;
pub mod lines;
pub mod macro_series;
pub mod plain;
mod rows;
pub mod shell;
pub mod terminal;

use std::path::Path;
use std::sync::{Arc, LazyLock};

use ::futures::TryStreamExt;
use chrono::NaiveDate;
use contango::config::Config;
use contango::engine::{Answer, Options, Session};
use contango::lake::Lake;
use contango::lake::commit::PayloadId;
use contango::tables::Table;
use contango::time::{IngestTime, KnowledgeTime};
use datafusion::arrow::array::{ArrayRef, new_null_array};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

pub use cot::Vintage;
pub use rows::{Rows, compacted};

pub fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

pub fn instant(text: &str) -> KnowledgeTime {
    KnowledgeTime::parse(text).expect("an instant")
}

/// Appends one payload's rows to a table, by the name of each stored column; one that is not given is NULL.
pub async fn append(lake: &Lake, table: &'static Table, part: usize, n_rows: usize, column: impl Fn(&str) -> Option<ArrayRef>) {
    if n_rows == 0 {
        return;
    }
    let schema = table.stored_schema();
    let columns = schema.fields().iter().map(|field| column(field.name()).unwrap_or_else(|| new_null_array(field.data_type(), n_rows)));
    let batch = RecordBatch::try_new(schema.clone(), columns.collect()).expect("a batch in the stored schema");
    let payload = PayloadId { observed_at: IngestTime::from_micros(part as i64), sha256: format!("{part:064x}") };
    loop {
        let log = lake.log(table).await.expect("the log");
        if lake.append(table, &log, &payload, &batch).await.expect("a commit").is_some() {
            return;
        }
    }
}

pub fn session(data: &Path, clock: Option<KnowledgeTime>, now: Option<KnowledgeTime>) -> Session {
    session_on(Lake::new(data).expect("a lake"), data, clock, now)
}

/// A session over a lake on any store.
pub fn session_on(lake: Lake, data: &Path, clock: Option<KnowledgeTime>, now: Option<KnowledgeTime>) -> Session {
    static BUILT_IN: LazyLock<Arc<Config>> = LazyLock::new(|| Arc::new(Config::load(None).expect("the built-in configuration")));
    let options = Options { data: data.to_path_buf(), config: BUILT_IN.clone(), now };
    let mut session = Session::on(Arc::new(lake), options).expect("a session");
    session.set_clock(clock);
    session
}

/// The rows of a statement as text, NULL spelt out.
pub async fn rows(session: &mut Session, statement: &str) -> Result<Vec<Vec<String>>, contango::error::Error> {
    match session.run(statement).await? {
        Answer::Done { .. } => Ok(Vec::new()),
        Answer::Rows { stream, .. } => {
            let batches: Vec<RecordBatch> = stream.try_collect().await?;
            Ok(batches.iter().flat_map(text_rows).collect())
        }
    }
}

fn text_rows(batch: &RecordBatch) -> Vec<Vec<String>> {
    let options = FormatOptions::default().with_null("NULL").with_timestamp_tz_format(Some("%Y-%m-%dT%H:%M:%S%.fZ"));
    let columns: Vec<ArrayFormatter> =
        batch.columns().iter().map(|c| ArrayFormatter::try_new(c.as_ref(), &options).expect("a printable column")).collect();
    (0..batch.num_rows()).map(|i| columns.iter().map(|c| c.value(i).to_string()).collect()).collect()
}
