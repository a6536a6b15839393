//! Verification: every promise of the logs, checked against the files. Each live file exists, opens, has the table's columns, as many rows as
//! the log says, in the table's order, and true statistics; no two rows of a table name the same vintage.
//!
//! It reads everything and changes nothing.

use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::row::{OwnedRow, RowConverter, SortField};
use datafusion::object_store::ObjectStoreExt;
use futures::TryStreamExt;

use super::compact::data_files;
use super::log::Standing;
use super::merge::{by_partition, merge};
use super::parquet::{file_order, statistics_of};
use super::{Lake, LakeFile, TableLog, rows};
use crate::error::{Error, Result};
use crate::tables::{TABLES, Table};

/// What a verification found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verification {
    pub files: usize,
    pub rows: u64,
    /// Promises that do not hold, with the table and file.
    pub violations: Vec<String>,
    /// Files that no version names, and scratch folders: left by a writer that died, harmless.
    pub unreferenced: Vec<String>,
}

/// Checks every table.
///
/// # Errors
/// The store fails in a way that says nothing of a single file.
pub async fn verify(lake: &Lake) -> Result<Verification> {
    let mut found = Verification::default();
    for table in TABLES {
        let log = match lake.log(table).await {
            Ok(log) => log,
            Err(e) => {
                found.violations.push(format!("{}: {e}", table.name));
                continue;
            }
        };
        let mut sound = Vec::new();
        for file in log.files().iter() {
            found.files += 1;
            found.rows += file.rows;
            match verify_file(lake, table, &log, file).await {
                Ok(()) => sound.push(file.clone()),
                Err(e) => found.violations.push(format!("{}: {}: {}", table.name, file.path, e.message())),
            }
        }
        for partition in by_partition(&sound) {
            if let Some(vintage) = first_out_of_order(lake, table, &partition).await? {
                found.violations.push(format!("{}: the vintage {vintage} is there twice", table.name));
            }
        }
        for (path, _) in data_files(lake, table).await? {
            if log.standing(&path) == Standing::Unknown {
                found.unreferenced.push(format!("lake/{}/{path}", table.name));
            }
        }
    }
    found.unreferenced.extend(lake.scratch_folders().await?.into_keys().map(String::from));
    Ok(found)
}

async fn verify_file(lake: &Lake, table: &'static Table, log: &TableLog, file: &LakeFile) -> Result<()> {
    let size = lake.store().head(&file.path).await.map_err(|e| Error::lake(format!("it is not there: {e}")))?.size;
    if size != file.bytes {
        return Err(Error::lake(format!("it has {size} bytes where the log says {}", file.bytes)));
    }
    let schema = table.stored_schema();
    let batches: Vec<RecordBatch> = rows::stream(lake, table, file, schema.clone(), None).await?.try_collect().await?;
    let rows = concat_batches(&schema, &batches).map_err(|e| Error::lake(format!("its rows do not fit together: {e}")))?;
    if rows.num_rows() as u64 != file.rows {
        return Err(Error::lake(format!("it has {} rows where the log says {}", rows.num_rows(), file.rows)));
    }
    // Both through text, since a float may lose its last bit when it is parsed.
    let parse = |stats: &str| serde_json::from_str::<serde_json::Value>(stats).ok();
    if log.stats(file).and_then(parse) != parse(&statistics_of(table, &rows)?.to_string()) {
        return Err(Error::lake("its statistics in the log are not those of its rows"));
    }
    if let Some(vintage) = first_out_of_order(lake, table, std::slice::from_ref(file)).await? {
        return Err(Error::lake(format!("its rows are out of order at {vintage}")));
    }
    Ok(())
}

/// The first vintage that does not come after the one before it, in the merged order of the files.
async fn first_out_of_order(lake: &Lake, table: &'static Table, files: &[LakeFile]) -> Result<Option<String>> {
    let internal = |e: datafusion::arrow::error::ArrowError| Error::internal(format!("cannot compare rows of `{}`: {e}", table.name));
    let names: Vec<_> = file_order(table).collect();
    let schema = rows::schema(table, &names);
    let fields = names.iter().filter_map(|name| table.column(name)).map(|c| SortField::new(c.kind.arrow()));
    let converter = RowConverter::new(fields.collect()).map_err(internal)?;
    let mut last: Option<OwnedRow> = None;
    let mut stream = merge(lake, table, files, schema).await?;
    while let Some(batch) = stream.try_next().await? {
        let columns: Vec<ArrayRef> = names.iter().filter_map(|name| batch.column_by_name(name).cloned()).collect();
        for (n, row) in converter.convert_columns(&columns).map_err(internal)?.iter().enumerate() {
            if last.as_ref().is_some_and(|last| last.row() >= row) {
                let text = |column: &ArrayRef| datafusion::arrow::util::display::array_value_to_string(column, n).unwrap_or_default();
                let partition = files[0].partition.iter().map(|(_, value)| value.clone());
                return Ok(Some(partition.chain(columns.iter().map(text)).collect::<Vec<_>>().join(" ")));
            }
            last = Some(row.owned());
        }
    }
    Ok(None)
}
