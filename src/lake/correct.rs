//! Correcting what a table holds, where a payload came after others that were seen later: rows that a replay in order would not have made go,
//! those that it would have made come, in one commit. Raw files are what they were, and the log keeps what stood before.

use std::collections::HashMap;

use datafusion::arrow::array::{RecordBatch, UInt32Array};
use datafusion::arrow::compute::{SortColumn, concat_batches, lexsort_to_indices, take_record_batch};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::row::{OwnedRow, RowConverter, SortField};

use super::commit::{Change, PayloadId};
use super::rows::{self, Extent};
use super::{Lake, TableLog};
use crate::error::{Error, Result};
use crate::tables::Table;

/// Rows by their content, however often each is there.
type Counted = HashMap<OwnedRow, usize>;

impl Lake {
    /// Takes rows out of the table and puts others in (`Table::stored_schema()`), for a payload. `None`: another commit came first; look at the
    /// log again and decide again.
    ///
    /// # Errors
    /// A row to take out is not there, or the store fails.
    pub async fn correct(
        &self,
        table: &'static Table,
        base: &TableLog,
        payload: &PayloadId,
        removed: &RecordBatch,
        added: &RecordBatch,
    ) -> Result<Option<u64>> {
        let internal = |e: ArrowError| Error::internal(format!("cannot correct rows of `{}`: {e}", table.name));
        let names: Vec<&'static str> = table.stored().map(|column| column.name).collect();
        let mut left = counted(table, removed).map_err(internal)?;
        let (mut files, mut kept) = (Vec::new(), vec![added.clone()]);
        let extent = Extent::of(table, std::slice::from_ref(removed))?;
        for file in base.files().iter().filter(|file| extent.as_ref().is_some_and(|extent| extent.meets(file))) {
            let rows = rows::read(self, table, vec![file.clone()], &names, None).await?;
            let rest = without(table, &rows, &mut left).map_err(internal)?;
            if rest.num_rows() < rows.num_rows() {
                files.push(file.clone());
                kept.push(rest);
            }
        }
        if left.values().any(|n| *n > 0) {
            return Err(Error::internal(format!("rows of `{}` that are to be corrected are not there", table.name)));
        }
        let rows = in_order(table, &concat_batches(&table.stored_schema(), &kept).map_err(internal)?)?;
        let add = self.write_files(table, &rows, true).await?;
        let change =
            Change { operation: "CORRECT", payloads: vec![payload.clone()], add, remove: files, data_change: true, ..Change::default() };
        let version = self.commit(table, base, &change).await?;
        if version.is_none() {
            self.discard(table, &change.add).await;
        }
        Ok(version)
    }
}

/// The rows of one batch that are not in the other, and those of the other that are not in it: what goes and what comes.
///
/// # Errors
/// The rows are not the table's.
pub fn changes(table: &'static Table, before: &RecordBatch, after: &RecordBatch) -> Result<(RecordBatch, RecordBatch)> {
    let both = || -> Result<_, ArrowError> {
        let gone = without(table, before, &mut counted(table, after)?)?;
        let come = without(table, after, &mut counted(table, before)?)?;
        Ok((gone, come))
    };
    both().map_err(|e| Error::internal(format!("cannot compare rows of `{}`: {e}", table.name)))
}

fn converter(table: &'static Table) -> Result<RowConverter, ArrowError> {
    RowConverter::new(table.stored().map(|column| SortField::new(column.kind.arrow())).collect())
}

fn counted(table: &'static Table, rows: &RecordBatch) -> Result<Counted, ArrowError> {
    let mut counted = Counted::new();
    for row in converter(table)?.convert_columns(rows.columns())?.iter() {
        *counted.entry(row.owned()).or_default() += 1;
    }
    Ok(counted)
}

/// The rows without those that are counted, each of which is counted down.
fn without(table: &'static Table, rows: &RecordBatch, counted: &mut Counted) -> Result<RecordBatch, ArrowError> {
    let bytes = converter(table)?.convert_columns(rows.columns())?;
    let mut kept: Vec<u32> = Vec::new();
    for row in 0..rows.num_rows() {
        match counted.get_mut(&bytes.row(row).owned()).filter(|n| **n > 0) {
            Some(n) => *n -= 1,
            None => kept.push(row as u32),
        }
    }
    take_record_batch(rows, &UInt32Array::from(kept))
}

/// Rows in the order of the table's files.
///
/// # Errors
/// The rows are not the table's.
pub fn in_order(table: &'static Table, rows: &RecordBatch) -> Result<RecordBatch> {
    let sort = || -> Result<RecordBatch, ArrowError> {
        let column = |name: &str| rows.column_by_name(name).cloned().ok_or_else(|| ArrowError::SchemaError(format!("no column `{name}`")));
        let by = table.sort_columns().into_iter().map(|name| Ok::<_, ArrowError>(SortColumn { values: column(name)?, options: None }));
        take_record_batch(rows, &lexsort_to_indices(&by.collect::<Result<Vec<_>, _>>()?, None)?)
    };
    if rows.num_rows() == 0 {
        return Ok(rows.clone());
    }
    sort().map_err(|e| Error::internal(format!("cannot sort rows of `{}`: {e}", table.name)))
}
