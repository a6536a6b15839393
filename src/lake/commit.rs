//! Appending to a table's log. A commit is one put-if-absent of the next log entry, so it happens whole or not at all.
//!
//! Parquet files are written first, and all that was written is synced before the entry is, and the entry before anybody is told; a process
//! that dies before the entry leaves files that no log names, which are harmless. Each entry carries the payload's transaction and the
//! successor of the fence, so no other Delta writer can slip a commit of ours between two others, and is sealed (proof.rs).
//! Whoever finds the version taken reads the log again and decides again: nothing here retries. A store that says "exists already", or fails,
//! may have taken our own entry all the same: it is read back before anything is given up.

use std::collections::HashMap;

use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::compute::partition;
use datafusion::object_store::{Error as StoreError, ObjectStore, ObjectStoreExt, PutMode, PutOptions, path::Path as StorePath};
use deltalake::kernel::{Add, Remove, Transaction};
use deltalake::{DeltaTableBuilder, DeltaTableError};
use futures::{FutureExt, StreamExt, TryStreamExt};
use serde_json::json;

use super::log::{FENCE_ID, PAYLOAD_ID, entry_path, read_optional};
use super::parquet::{Encoded, encode, file_cuts};
use super::{Lake, LakeFile, TableLog, checkpoint, proof, store_error, table_root};
use crate::error::{Error, Result};
use crate::tables::{ColumnType, Table};
use crate::time::IngestTime;

/// Log entries between two checkpoints, so that a first look never replays more.
const CHECKPOINT_EVERY: u64 = 64;
/// Files encoded and written at once.
const WRITERS: usize = 4;

/// Partition columns and their values.
type Partition = Vec<(&'static str, String)>;

/// A payload as the log knows it. Payloads are ordered by when they were seen, then by content.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PayloadId {
    pub observed_at: IngestTime,
    /// SHA-256 of the bytes as received, in hex.
    pub sha256: String,
}

/// What one log entry says.
#[derive(Default)]
pub(crate) struct Change {
    pub operation: &'static str,
    pub payloads: Vec<PayloadId>,
    pub add: Vec<Add>,
    pub remove: Vec<LakeFile>,
    /// False where the rows stay what they were (compaction).
    pub data_change: bool,
    /// The table's definition is written anew, as after a change of `TABLES`.
    pub redefine: bool,
}

impl Lake {
    /// Appends the rows that a payload brought (`Table::stored_schema()`, sorted), or only the fact that it brought none.
    /// `None`: another commit came first; look at the log again and decide again.
    ///
    /// # Errors
    /// The store fails; whether the entry was written is then decided by the next look.
    pub async fn append(&self, table: &'static Table, base: &TableLog, payload: &PayloadId, rows: &RecordBatch) -> Result<Option<u64>> {
        let add = self.write_files(table, rows, true).await?;
        let change = Change { operation: "WRITE", payloads: vec![payload.clone()], add, data_change: true, ..Change::default() };
        let version = self.commit(table, base, &change).await?;
        if version.is_none() {
            self.discard(table, &change.add).await;
        }
        Ok(version)
    }

    /// Removes files that no log will ever name. One that stays behind does no harm; compaction removes it later.
    pub(crate) async fn discard(&self, table: &'static Table, files: &[Add]) {
        for add in files {
            if let Ok(path) = StorePath::parse(format!("{}/{}", table_root(table), add.path)) {
                let _ = self.store.delete(&path).await;
            }
        }
    }

    /// Writes Parquet files that no log names yet.
    pub(crate) async fn write_files(&self, table: &'static Table, rows: &RecordBatch, data_change: bool) -> Result<Vec<Add>> {
        let mut writes = Vec::new();
        for (values, rows) in split_by_partition(table, rows)? {
            for range in file_cuts(table, &rows)? {
                writes.push(self.write_file(table, values.clone(), rows.slice(range.start, range.len()), data_change).boxed());
            }
        }
        futures::stream::iter(writes).buffered(WRITERS).try_collect().await
    }

    async fn write_file(&self, table: &'static Table, values: Partition, rows: RecordBatch, data_change: bool) -> Result<Add> {
        let Encoded { bytes, stats } = tokio::task::spawn_blocking(move || encode(table, &rows)).await.map_err(lost_task)??;
        let mut path = String::new();
        for (name, value) in &values {
            // The log holds the value; the folder's name only has to be a plain one.
            let plain: String = value.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect();
            path += &format!("{name}={plain}/");
        }
        path += &proof::file_name(&bytes);
        let size = bytes.len() as i64;
        let blocks = proof::blocks(&bytes);
        let location = StorePath::parse(format!("{}/{path}", table_root(table)))
            .map_err(|e| Error::internal(format!("`{path}` is no path in the lake: {e}")))?;
        self.store.put(&location, bytes.into()).await.map_err(|e| store_error(&format!("write `{location}`"), &e))?;
        Ok(Add {
            path,
            partition_values: values.into_iter().map(|(name, value)| (name.to_string(), Some(value))).collect(),
            size,
            modification_time: now_millis(),
            data_change,
            stats: Some(stats),
            tags: Some(tags(&blocks)),
            ..Add::default()
        })
    }

    /// Puts a table's rows in the place of what this lake has of it, in one commit; the other lake is in the same store and loses its files.
    /// `None`: another commit came first.
    ///
    /// # Errors
    /// The store fails; the table is then what it was, unless the commit was the last thing done.
    pub async fn replace_with(&self, table: &'static Table, base: &TableLog, other: &Lake, prefix: &StorePath) -> Result<Option<u64>> {
        let theirs = other.log(table).await?;
        let mut add = Vec::new();
        for (file, stats) in theirs.live_files() {
            let from: StorePath = prefix.parts().chain(file.path.parts()).collect();
            self.bare.copy(&from, &file.path).await.map_err(|e| store_error(&format!("copy `{from}`"), &e))?;
            add.push(Add {
                path: relative(table, file),
                partition_values: file.partition.iter().map(|(name, value)| (name.to_string(), Some(value.clone()))).collect(),
                size: file.bytes as i64,
                modification_time: now_millis(),
                data_change: true,
                stats: Some(stats.to_string()),
                tags: file.blocks.as_ref().map(|blocks| tags(blocks)),
                ..Add::default()
            });
        }
        // Nobody may have deleted what is named now: a rebuild can take long.
        for (file, _) in theirs.live_files() {
            self.bare.head(&file.path).await.map_err(|e| store_error(&format!("find `{}`, which was just made", file.path), &e))?;
        }
        let payloads = theirs.payloads().iter();
        let change = Change {
            operation: "REBUILD",
            payloads: payloads
                .map(|(sha256, at)| PayloadId { observed_at: IngestTime::from_micros(*at), sha256: sha256.clone() })
                .collect(),
            add,
            remove: base.files().to_vec(),
            data_change: true,
            redefine: true,
        };
        let version = self.commit(table, base, &change).await?;
        if version.is_none() {
            self.discard(table, &change.add).await;
        }
        Ok(version)
    }

    /// Writes the entry after `base`, or says `None` where another one is there.
    pub(crate) async fn commit(&self, table: &'static Table, base: &TableLog, change: &Change) -> Result<Option<u64>> {
        if base.schema().is_some_and(|schema| schema != schema_string(table)) && !change.redefine {
            return Err(Error::lake(format!("the lake's `{}` has other columns than this version of contango", table.name))
                .hint(format!("`contango lake rebuild --table {}` makes it anew from the raw files", table.name)));
        }
        let version = base.next_version();
        let (path, entry) = (entry_path(table, version), log_entry(table, base, change));
        self.sync().await?;
        let create = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        if let Err(e) = self.bare.put_opts(&path, entry.clone().into(), create).await {
            let there = read_optional(self.bare.as_ref(), &path).await;
            match (e, there) {
                // Taken, and only the answer was lost: an entry is like no other, by its id.
                (_, Ok(Some(there))) if there == entry.as_bytes() => {}
                (StoreError::AlreadyExists { .. }, Ok(_)) => return Ok(None),
                (StoreError::AlreadyExists { .. }, Err(e)) => return Err(e),
                (e, _) => return Err(store_error(&format!("commit version {version} of `{}`", table.name), &e)),
            }
        }
        self.sync().await?;
        if version > 0 && version.is_multiple_of(CHECKPOINT_EVERY) {
            let mut state = base.clone();
            // A checkpoint only spares later readers some work: the entries stay, and the next multiple makes another.
            if state.enter(table, entry.as_bytes()).is_ok() {
                let _ = checkpoint::write(self, table, &state).await;
            }
        }
        Ok(Some(version))
    }

    /// The table as `deltalake` opens it: by its folder, whose listing it then sorts, or in the store, which lists in order.
    ///
    /// # Errors
    /// The folder's path cannot be written as a URL.
    pub fn delta_table(&self, table: &'static Table) -> Result<DeltaTableBuilder, DeltaTableError> {
        let no_url = |what: String| DeltaTableError::InvalidTableLocation(what);
        let root = table_root(table);
        if let Some(folder) = &self.folder {
            let folder = folder.join(root.as_ref());
            let url = url::Url::from_directory_path(&folder).map_err(|()| no_url(folder.display().to_string()))?;
            return DeltaTableBuilder::from_url(url);
        }
        let url = url::Url::parse(&format!("memory:///{root}/")).map_err(|e| no_url(e.to_string()))?;
        Ok(DeltaTableBuilder::from_url(url.clone())?.with_storage_backend(self.store(), url))
    }
}

fn tags(blocks: &[u32]) -> HashMap<String, Option<String>> {
    HashMap::from([(proof::BLOCKS_TAG.to_string(), Some(proof::blocks_text(blocks)))])
}

/// A task of ours that did not come back.
pub(crate) fn lost_task(error: tokio::task::JoinError) -> Error {
    if error.is_cancelled() { Error::cancelled() } else { Error::internal(format!("a task failed: {error}")) }
}

/// Sorted rows by partition: its columns lead the sort order, so each partition is one run.
fn split_by_partition(table: &'static Table, rows: &RecordBatch) -> Result<Vec<(Partition, RecordBatch)>> {
    if rows.num_rows() == 0 {
        return Ok(Vec::new());
    }
    let internal = |what: String| Error::internal(format!("cannot split rows of `{}`: {what}", table.name));
    if table.partition.is_empty() {
        return Ok(vec![(Vec::new(), rows.clone())]);
    }
    let columns: Vec<ArrayRef> = table
        .partition
        .iter()
        .map(|name| rows.column_by_name(name).cloned().ok_or_else(|| internal(format!("no column `{name}`"))))
        .collect::<Result<_>>()?;
    let runs = partition(&columns).map_err(|e| internal(e.to_string()))?.ranges();
    let values = |row: usize| {
        table.partition.iter().zip(&columns).map(|(name, column)| (*name, column.as_string::<i32>().value(row).to_string())).collect()
    };
    Ok(runs.into_iter().map(|run| (values(run.start), rows.slice(run.start, run.len()))).collect())
}

fn log_entry(table: &'static Table, base: &TableLog, change: &Change) -> String {
    let now = now_millis();
    let mut entry = proof::opening(base.seal());
    entry += &format!(
        r#","contangoCommit":"{}","timestamp":{now},"operation":"{}","operationParameters":{{"mode":"Append"}},"isBlindAppend":false,"engineInfo":"{}"}}}}"#,
        uuid::Uuid::new_v4(),
        change.operation,
        concat!("contango/", env!("CARGO_PKG_VERSION")),
    );
    entry.push('\n');
    let mut lines = Vec::new();
    if base.version().is_none() || change.redefine {
        lines.push(json!({ "protocol": { "minReaderVersion": 1, "minWriterVersion": 2 } }));
        lines.push(json!({ "metaData": {
            "id": uuid::Uuid::new_v4().to_string(),
            "name": table.name,
            "description": table.doc,
            "format": { "provider": "parquet", "options": {} },
            "schemaString": schema_string(table),
            "partitionColumns": table.partition,
            // The log is the record of which payloads were taken: no writer may clean it up.
            "configuration": { "delta.enableExpiredLogCleanup": "false" },
            "createdTime": now,
        }}));
    }
    let fence = Transaction::new_with_last_update(FENCE_ID, base.fence() + 1, Some(now));
    let payloads = change.payloads.iter().map(|payload| {
        Transaction::new_with_last_update(format!("{PAYLOAD_ID}{}", payload.sha256), payload.observed_at.micros(), Some(now))
    });
    lines.extend(std::iter::once(fence).chain(payloads).map(|txn| json!({ "txn": txn })));
    lines.extend(change.remove.iter().map(|file| json!({ "remove": remove(table, file, change.data_change, now) })));
    lines.extend(change.add.iter().map(|add| json!({ "add": add })));
    for line in lines {
        entry += &line.to_string();
        entry.push('\n');
    }
    proof::seal(entry)
}

fn remove(table: &'static Table, file: &LakeFile, data_change: bool, now: i64) -> Remove {
    let values: HashMap<_, _> = file.partition.iter().map(|(name, value)| (name.to_string(), Some(value.clone()))).collect();
    Remove {
        path: relative(table, file),
        data_change,
        deletion_timestamp: Some(now),
        extended_file_metadata: Some(true),
        partition_values: Some(values),
        size: Some(file.bytes as i64),
        ..Remove::default()
    }
}

/// A file's path as the table's log writes it.
fn relative(table: &'static Table, file: &LakeFile) -> String {
    let path = file.path.as_ref();
    path.strip_prefix(table_root(table).as_ref()).unwrap_or(path).trim_start_matches('/').to_string()
}

/// The stored columns as Delta writes a schema.
pub(crate) fn schema_string(table: &'static Table) -> String {
    let fields: Vec<_> = table
        .stored()
        .map(|column| {
            let kind = match column.kind {
                ColumnType::Text => "string",
                ColumnType::Date => "date",
                ColumnType::Instant => "timestamp",
                ColumnType::Int => "long",
                ColumnType::Float => "double",
                ColumnType::Bool => "boolean",
            };
            json!({ "name": column.name, "type": kind, "nullable": column.nullable, "metadata": {} })
        })
        .collect();
    json!({ "type": "struct", "fields": fields }).to_string()
}

pub(super) fn now_millis() -> i64 {
    IngestTime::now().micros() / 1000
}
