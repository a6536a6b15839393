//! Rows that were computed here from other tables, into tables that no source feeds: compared and dated like a payload's, without one.
//!
//! Nothing of them is archived, so `lake rebuild` leaves such tables alone; whoever computes them computes them again. The caller looks at the
//! log *before* it computes: where another commit came since, nothing is written, and it computes again from what is there now.

use chrono::Duration;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::ipc::writer::StreamWriter;

use super::diff::{Incoming, Later, Outcome, compared_columns, diff};
use crate::error::{Error, Result};
use crate::lake::commit::{PayloadId, lost_task};
use crate::lake::rows::{self, Extent};
use crate::lake::{Lake, TableLog, compact, raw};
use crate::tables::Table;
use crate::time::IngestTime;

/// What came of the rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Derived {
    pub new: usize,
    pub repeated: usize,
    pub revised: usize,
}

/// Compares computed rows (`Table::parsed_schema()`) with what `base` holds and commits what is news; a row that is new is known since its
/// release, one that changed since now. Nothing is committed where nothing is news. `None`: another commit came after `base`.
///
/// # Errors
/// The rows are not the table's, or the store fails.
pub async fn take(lake: &Lake, table: &'static Table, base: &TableLog, rows: RecordBatch) -> Result<Option<Derived>> {
    let columns = compared_columns(table);
    let rows = vec![rows];
    let stored = match Extent::of(table, &rows)? {
        Some(extent) => rows::read(lake, table, base.files().to_vec(), &columns, Some(&extent)).await?,
        None => return Ok(Some(Derived::default())),
    };
    // Later than all that the table has, whatever the system clock says: what is computed now comes last.
    let newest = base.payloads().values().max().map_or(i64::MIN, |newest| newest.saturating_add(1));
    let observed_at = IngestTime::from_micros(IngestTime::now().micros().max(newest));
    let payload = PayloadId { observed_at, sha256: name(table, observed_at, &rows[0])? };
    let incoming = Incoming {
        payload: payload.clone(),
        revises: false,
        release_window: Duration::zero(),
        stamped: table.stamped,
        continues: None,
        silent: Vec::new(),
        in_order_alone: false,
        corrected: Vec::new(),
    };
    let compared = tokio::task::spawn_blocking(move || diff(table, &incoming, &rows, &stored, &Later::default()));
    let Outcome::News(news) = compared.await.map_err(lost_task)?? else {
        return Err(Error::internal(format!("rows of `{}` that were computed last do not come last", table.name)));
    };
    if news.rows.num_rows() > 0 && lake.append(table, base, &payload, &news.rows).await?.is_none() {
        return Ok(None);
    }
    compact::compact_where_many(lake, &[table]).await?;
    Ok(Some(Derived { new: news.new, repeated: news.repeated, revised: news.revised }))
}

/// The hash under which the log and the rows name a computation: of its moment and its rows, since the same rows may come back.
fn name(table: &Table, observed_at: IngestTime, rows: &RecordBatch) -> Result<String> {
    let mut bytes = format!("{} {observed_at}\n", table.name).into_bytes();
    let written = StreamWriter::try_new(&mut bytes, &rows.schema()).and_then(|mut writer| {
        writer.write(rows)?;
        writer.finish()
    });
    written.map_err(|e| Error::internal(format!("cannot name rows of `{}`: {e}", table.name)))?;
    Ok(raw::sha256_hex(&bytes))
}
