//! Rows that were computed here from other tables, into tables that no source feeds: vintages that say themselves when they were known.
//!
//! Nothing of them is archived, so `lake rebuild` leaves such tables alone; whoever computes them computes them again. The caller looks at the
//! log *before* it computes: where another commit came since, nothing is written, and it computes again from what is there now.
//!
//! Where what is stored of an observation is among what was computed, the rest is added as it was known. Where it is not (a definition of the
//! series was changed, figures came that change the past), what was shown stays: vintages after the newest stored one are added, and if there
//! is none, what is known now is a vintage from now on.

use chrono::Duration;
use datafusion::arrow::array::{AsArray, RecordBatch, TimestampMicrosecondArray, UInt32Array};
use datafusion::arrow::compute::take_record_batch;
use datafusion::arrow::datatypes::TimestampMicrosecondType;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::writer::StreamWriter;

use super::diff::{Incoming, Released, columns_of, compared_columns, converter, named, observation, order, rows_to_store};
use crate::error::{Error, Result};
use crate::lake::commit::{PayloadId, lost_task};
use crate::lake::rows::{self, Extent};
use crate::lake::{Lake, TableLog, compact, raw};
use crate::tables::{RELEASE_AT, Table};
use crate::time::IngestTime;

/// What came of the rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Derived {
    pub new: usize,
    pub repeated: usize,
    pub revised: usize,
}

/// Compares computed vintages (`Table::parsed_schema()`) with what `base` holds and commits what is news. Nothing is committed where nothing is
/// news. `None`: another commit came after `base`.
///
/// # Errors
/// The rows are not the table's, or the store fails.
pub async fn take(lake: &Lake, table: &'static Table, base: &TableLog, rows: RecordBatch) -> Result<Option<Derived>> {
    let columns = compared_columns(table);
    let stored = match Extent::of(table, std::slice::from_ref(&rows))? {
        Some(extent) => rows::read(lake, table, base.files().to_vec(), &columns, Some(&extent)).await?,
        None => return Ok(Some(Derived::default())),
    };
    // Later than all that the table has, whatever the system clock says: what is computed now comes last.
    let newest = base.payloads().values().max().map_or(i64::MIN, |newest| newest.saturating_add(1));
    let observed_at = IngestTime::from_micros(IngestTime::now().micros().max(newest));
    let payload = PayloadId { observed_at, sha256: name(table, observed_at, &rows)? };
    let id = payload.clone();
    let compared = tokio::task::spawn_blocking(move || {
        compare(table, &id, &rows, &stored).map_err(|e| Error::internal(format!("cannot compare rows of `{}`: {e}", table.name)))
    });
    let (news, derived) = compared.await.map_err(lost_task)??;
    if news.num_rows() > 0 && lake.append(table, base, &payload, &news).await?.is_none() {
        return Ok(None);
    }
    compact::compact_where_many(lake, &[table]).await?;
    Ok(Some(derived))
}

/// The rows to append, sorted.
fn compare(
    table: &'static Table,
    id: &PayloadId,
    computed: &RecordBatch,
    stored: &RecordBatch,
) -> Result<(RecordBatch, Derived), ArrowError> {
    let incoming = Incoming {
        payload: id.clone(),
        revises: false,
        release_window: Duration::zero(),
        stamped: table.stamped,
        continues: None,
        silent: Vec::new(),
        carries: false,
        of_states: false,
        corrected: Vec::new(),
    };
    let (keys, values) = (converter(observation(table))?, converter(table.values())?);
    let rows_of = |rows: &RecordBatch| {
        let (key, value) = (columns_of(rows, observation(table).collect())?, columns_of(rows, table.values().collect())?);
        Ok::<_, ArrowError>((keys.convert_columns(&key)?, values.convert_columns(&value)?))
    };
    let ((new_keys, new_values), (old_keys, old_values)) = (rows_of(computed)?, rows_of(stored)?);
    let missing = |e: Error| ArrowError::SchemaError(e.message().to_string());
    let known_at = named(computed, RELEASE_AT).map_err(missing)?.as_primitive::<TimestampMicrosecondType>();
    let stored_at = named(stored, "available_at").map_err(missing)?.as_primitive::<TimestampMicrosecondType>();
    let new_order = order(&new_keys, |row| known_at.value(row));
    let old_order = order(&old_keys, |row| stored_at.value(row));

    let (mut taken, mut available_at, mut released) = (Vec::new(), Vec::new(), Vec::new());
    let mut derived = Derived::default();
    let mut old = old_order.as_slice();
    for chain in new_order.chunk_by(|a, b| new_keys.row(*a) == new_keys.row(*b)) {
        let key = new_keys.row(chain[0]);
        old = &old[old.iter().take_while(|old| old_keys.row(**old) < key).count()..];
        let (held, after) = old.split_at(old.iter().take_while(|old| old_keys.row(**old) == key).count());
        old = after;
        let is_same = |new: usize, old: usize| known_at.value(new) == stored_at.value(old) && new_values.row(new) == old_values.row(old);
        let before = taken.len();
        let Some(&last) = held.last() else {
            derived.new += chain.len();
            for &row in chain {
                taken.push(row as u32);
                available_at.push(known_at.value(row));
                released.push(true);
            }
            continue;
        };
        let is_consistent = held.iter().all(|old| chain.iter().any(|new| is_same(*new, *old)));
        // what comes after the newest stored one, as far as it says something else
        let mut said = old_values.row(last);
        for &row in chain {
            let is_later = known_at.value(row) > stored_at.value(last) && new_values.row(row) != said;
            let is_missing = is_consistent && !held.iter().any(|old| is_same(row, *old));
            if is_later || is_missing {
                taken.push(row as u32);
                available_at.push(known_at.value(row));
                released.push(true);
            }
            if is_later {
                said = new_values.row(row);
            }
        }
        if let Some(&newest) = chain.last()
            && taken.len() == before
            && new_values.row(newest) != said
        {
            taken.push(newest as u32);
            available_at.push(id.observed_at.micros().max(stored_at.value(last) + 1));
            released.push(false);
        }
        let n = taken.len() - before;
        derived.revised += n;
        derived.repeated += chain.len().saturating_sub(n);
    }
    let rows = take_record_batch(computed, &UInt32Array::from(taken))?;
    let available_at = TimestampMicrosecondArray::from(available_at).with_timezone("UTC");
    Ok((rows_to_store(table, &incoming, &rows, available_at, &Released::Some(released))?, derived))
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
