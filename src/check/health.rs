//! Whether the lake is fresh: one row per provider, and a verdict.

use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{Int64Type, Schema};
use futures::TryStreamExt;

use crate::engine::{self, Answer, Session};
use crate::error::Result;

/// Asked without a clock, where the history of this installation may be told.
const WITH_RUNS: &str = include_str!("../../sql/health.sql");

/// Series that are told by name, the latest first.
const LATEST: &str = "SELECT source, series_id, newest_as_of, next_as_of, late_by FROM meta.freshness WHERE state = 'late'
ORDER BY late_by DESC, source, series_id LIMIT 5";

/// How the lake stands.
#[derive(Debug)]
pub struct Health {
    /// A row per provider.
    pub sources: RecordBatch,
    /// Series that are late.
    pub late: i64,
    /// Series that are told of: all that have a rule of release.
    pub known: i64,
    /// The latest ones, a line each.
    pub latest: Vec<String>,
}

/// Asks a session, at its clock.
///
/// # Errors
/// The lake or the metadata cannot be read.
pub async fn of(session: &Session) -> Result<Health> {
    // the history of this installation is refused under a clock, and there may be none
    let has_runs = session.clock().is_none() && session.has_metadata();
    let runs = "(SELECT dataset AS source, concat(left(max(ingested_at), 19), 'Z') AS last_run FROM meta.ingest_files GROUP BY dataset)";
    let none = "(SELECT NULL AS source, NULL AS last_run WHERE false)";
    let text = WITH_RUNS.replace("$runs", if has_runs { runs } else { none });
    let sources = rows(session, &text).await?;
    let sum = |name: &str| {
        let column = sources.column_by_name(name).and_then(|column| column.as_primitive_opt::<Int64Type>());
        column.map_or(0, |column| column.iter().flatten().sum::<i64>())
    };
    let (late, known) = (sum("late"), sum("series"));
    let latest = if late > 0 { lines(&rows(session, LATEST).await?) } else { Vec::new() };
    Ok(Health { sources, late, known, latest })
}

impl Health {
    /// The verdict, in one sentence.
    pub fn sentence(&self) -> String {
        match (self.sources.num_rows(), self.known, self.late) {
            (0, ..) => "the lake holds nothing".to_string(),
            (_, 0, _) => "nothing is held of which it is known when it is released".to_string(),
            (_, known, 0) => format!("fresh: {known} series, none late"),
            (_, known, late) => format!("late: {late} of {known} series"),
        }
    }
}

async fn rows(session: &Session, sql: &str) -> Result<RecordBatch> {
    match session.beside().run(sql).await? {
        Answer::Done { .. } => Ok(RecordBatch::new_empty(Arc::new(Schema::empty()))),
        Answer::Rows { schema, stream, .. } => {
            let batches: Vec<RecordBatch> = stream.try_collect().await.map_err(engine::explain)?;
            concat_batches(&schema, &batches).map_err(|error| crate::error::Error::internal(error.to_string()))
        }
    }
}

/// `fred PAYEMS: newest 2024-05-01, 2024-06-01 is 3.5 days late`.
fn lines(late: &RecordBatch) -> Vec<String> {
    use datafusion::arrow::util::display::array_value_to_string;
    let cell = |name: &str, row: usize| {
        let column = late.column_by_name(name).filter(|column| column.is_valid(row));
        column.and_then(|column| array_value_to_string(column, row).ok()).unwrap_or_default()
    };
    let line = |row| {
        let [source, series, newest, next, by] =
            ["source", "series_id", "newest_as_of", "next_as_of", "late_by"].map(|name| cell(name, row));
        format!("{source} {series}: newest is {newest}, {next} is {by} days late")
    };
    (0..late.num_rows()).map(line).collect()
}
