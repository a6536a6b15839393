//! Reading a table's Delta log: the last checkpoint, then every later entry in order.
//!
//! A prompt asks for the newest version often, so a look that finds nothing new costs one failed `get` and a first look replays small
//! JSON entries without listing a folder. Only what our tables use is understood; a log that uses more (deletion vectors, column mapping)
//! is refused, never misread. A test holds this reader against the one of `deltalake`.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use datafusion::arrow::json::LineDelimitedWriter;
use datafusion::common::ScalarValue;
use datafusion::object_store::{Error as StoreError, ObjectStore, ObjectStoreExt, path::Path as StorePath};
use datafusion::parquet::arrow::{ProjectionMask, arrow_reader::ParquetRecordBatchReaderBuilder};
use deltalake::kernel::{Add, Remove, Transaction};
use futures::{StreamExt, TryStreamExt};
use serde::Deserialize;

use super::{LakeFile, store_error, table_root};
use crate::error::{Error, Result};
use crate::tables::{ColumnType, Table};

/// Application id of a payload's transaction, before its SHA-256. Its version is the payload's `observed_at` in microseconds.
pub(super) const PAYLOAD_ID: &str = "contango/payload/";
/// Application id of the fence: every commit of ours carries its successor, so that two of them conflict for any Delta writer.
pub(super) const FENCE_ID: &str = "contango/ingest";

/// Entries fetched at once when a look finds something new.
const READ_AHEAD: usize = 16;

/// One version of a table's log, replayed.
#[derive(Debug, Clone, Default)]
pub struct TableLog {
    /// The version after this one.
    next: u64,
    /// By path in the table's folder, with Delta's statistics as written.
    live: BTreeMap<String, (LakeFile, Arc<str>)>,
    /// Files that a later version no longer has, and when they were removed, in milliseconds.
    removed: BTreeMap<String, i64>,
    files: Arc<Vec<LakeFile>>,
    payloads: Arc<HashMap<String, i64>>,
    fence: i64,
    schema: Option<Arc<str>>,
}

impl TableLog {
    /// None where nothing has ever been committed.
    pub fn version(&self) -> Option<u64> {
        self.next.checked_sub(1)
    }
    pub fn files(&self) -> Arc<Vec<LakeFile>> {
        self.files.clone()
    }
    /// Payloads that this table has taken, by SHA-256, with their `observed_at` in microseconds.
    pub fn payloads(&self) -> &HashMap<String, i64> {
        &self.payloads
    }
    /// Live files with Delta's statistics, as JSON.
    pub(super) fn live_files(&self) -> impl Iterator<Item = (&LakeFile, &str)> {
        self.live.values().map(|(file, stats)| (file, stats.as_ref()))
    }
    /// Delta's statistics of a live file, as JSON.
    pub(super) fn stats(&self, file: &LakeFile) -> Option<&str> {
        self.live.values().find(|(live, _)| live.path == file.path).map(|(_, stats)| stats.as_ref())
    }
    /// Whether a path in the table's folder is live, or when it was removed, or neither.
    pub(super) fn standing(&self, path: &str) -> Standing {
        match self.removed.get(path) {
            _ if self.live.contains_key(path) => Standing::Live,
            Some(at) => Standing::Removed { at_millis: *at },
            None => Standing::Unknown,
        }
    }
    pub(super) fn next_version(&self) -> u64 {
        self.next
    }
    pub(super) fn fence(&self) -> i64 {
        self.fence
    }
    /// The schema in the table's metadata, as Delta's JSON.
    pub(super) fn schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    fn apply(&mut self, table: &'static Table, entry: &[u8]) -> Result<()> {
        for line in entry.split(|b| *b == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
            let line: Line = serde_json::from_slice(line).map_err(|e| Error::lake(format!("a log entry does not parse: {e}")))?;
            if line.protocol.is_some_and(|p| p.min_reader_version > 1) {
                return Err(Error::lake("the table was changed to a Delta protocol that contango does not read")
                    .hint(format!("`contango lake rebuild --table {}` makes it anew from the raw files", table.name)));
            }
            if let Some(metadata) = line.metadata {
                self.schema = Some(metadata.schema_string.into());
            }
            if let Some(add) = line.add {
                let file = lake_file(table, &add)?;
                self.removed.remove(&add.path);
                self.live.insert(add.path, (file, add.stats.unwrap_or_default().into()));
            }
            if let Some(remove) = line.remove {
                self.live.remove(&remove.path);
                self.removed.insert(remove.path, remove.deletion_timestamp.unwrap_or_default());
            }
            if let Some(txn) = line.txn {
                if txn.app_id == FENCE_ID {
                    self.fence = txn.version;
                } else if let Some(sha256) = txn.app_id.strip_prefix(PAYLOAD_ID) {
                    Arc::make_mut(&mut self.payloads).insert(sha256.to_string(), txn.version);
                }
            }
        }
        Ok(())
    }
}

/// What a log knows of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Live,
    Removed {
        at_millis: i64,
    },
    /// Never committed, or removed so long ago that the log has forgotten it.
    Unknown,
}

/// The actions of a log line that matter here.
#[derive(Deserialize)]
struct Line {
    add: Option<Add>,
    remove: Option<Remove>,
    txn: Option<Transaction>,
    protocol: Option<Protocol>,
    #[serde(rename = "metaData")]
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Protocol {
    min_reader_version: i32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    schema_string: String,
}

#[derive(Deserialize)]
struct LastCheckpoint {
    version: u64,
    parts: Option<u64>,
}

/// The newest state, starting from one that is known.
pub(super) async fn read(store: &dyn ObjectStore, table: &'static Table, known: Option<Arc<TableLog>>) -> Result<Arc<TableLog>> {
    let reading = |e: Error| e.in_file(table_root(table).join("_delta_log").to_string());
    let (mut log, first_look) = match known {
        Some(known) => (known, false),
        None => (Arc::new(read_checkpoint(store, table).await.map_err(reading)?), true),
    };
    let mut found = false;
    let mut window = 1;
    'log: loop {
        let next = log.next;
        let mut entries = futures::stream::iter(next..next + window as u64)
            .map(|version| async move { (version, read_optional(store, &entry_path(table, version)).await) })
            .buffered(window);
        while let Some((version, entry)) = entries.next().await {
            let Some(entry) = entry.map_err(reading)? else { break 'log };
            let state = Arc::make_mut(&mut log);
            state.apply(table, &entry).map_err(|e| reading(e).at_row(1).in_column(format!("version {version}")))?;
            state.next = version + 1;
            found = true;
        }
        window = READ_AHEAD;
    }
    if first_look && log.next == 0 {
        ensure_no_log(store, table).await.map_err(reading)?;
    }
    if found || first_look {
        let state = Arc::make_mut(&mut log);
        state.files = Arc::new(state.live.values().map(|(file, _)| file.clone()).collect());
    }
    Ok(log)
}

/// Where the entry of a version lies.
pub(super) fn entry_path(table: &Table, version: u64) -> StorePath {
    table_root(table).join("_delta_log").join(format!("{version:020}.json"))
}

async fn read_optional(store: &dyn ObjectStore, path: &StorePath) -> Result<Option<bytes::Bytes>> {
    match store.get(path).await {
        Ok(found) => found.bytes().await.map(Some).map_err(|e| store_error("read the log", &e)),
        Err(StoreError::NotFound { .. }) => Ok(None),
        Err(e) => Err(store_error("read the log", &e)),
    }
}

/// A log whose first entry is gone must not be taken for a table that was never made: the next commit would start it again.
async fn ensure_no_log(store: &dyn ObjectStore, table: &'static Table) -> Result<()> {
    let folder = table_root(table).join("_delta_log");
    let entry = store.list(Some(&folder)).try_filter(|e| futures::future::ready(e.location.extension() == Some("json"))).next().await;
    match entry {
        None => Ok(()),
        // Another process may have made the table a moment ago: its first entry is then there by now.
        Some(Ok(_)) if store.head(&entry_path(table, 0)).await.is_ok() => Ok(()),
        Some(Ok(_)) => Err(Error::lake("the log has lost its first entries and its checkpoint")
            .hint("restore the folder from a backup, or move it away and run `contango lake rebuild`")),
        Some(Err(e)) => Err(store_error("list the log", &e)),
    }
}

/// The state in the last checkpoint, or an empty one: our entries are never cleaned up, so version 0 always does instead.
async fn read_checkpoint(store: &dyn ObjectStore, table: &'static Table) -> Result<TableLog> {
    let folder = table_root(table).join("_delta_log");
    let mut log = TableLog::default();
    let Some(hint) = read_optional(store, &folder.clone().join("_last_checkpoint")).await? else { return Ok(log) };
    let Ok(LastCheckpoint { version, parts: None }) = serde_json::from_slice(&hint) else { return Ok(log) };
    let Some(checkpoint) = read_optional(store, &folder.join(format!("{version:020}.checkpoint.parquet"))).await? else {
        return Ok(log);
    };
    let unreadable = |e: &dyn std::fmt::Display| Error::lake(format!("the checkpoint of version {version} does not read: {e}"));
    let builder = ParquetRecordBatchReaderBuilder::try_new(checkpoint).map_err(|e| unreadable(&e))?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), ["add", "remove", "txn", "protocol", "metaData"]);
    let reader = builder.with_projection(mask).build().map_err(|e| unreadable(&e))?;
    let mut lines = LineDelimitedWriter::new(Vec::new());
    for batch in reader {
        lines.write(&batch.map_err(|e| unreadable(&e))?).map_err(|e| unreadable(&e))?;
    }
    lines.finish().map_err(|e| unreadable(&e))?;
    log.apply(table, &lines.into_inner())?;
    log.next = version + 1;
    Ok(log)
}

/// The statistics of a Delta `add`, as far as they are used.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Stats {
    num_records: u64,
    min_values: HashMap<String, serde_json::Value>,
    max_values: HashMap<String, serde_json::Value>,
}

fn lake_file(table: &'static Table, add: &Add) -> Result<LakeFile> {
    if add.deletion_vector.is_some() {
        return Err(Error::lake(format!("`{}` has a deletion vector, which contango does not read", add.path)));
    }
    let stats: Stats = match &add.stats {
        Some(stats) => serde_json::from_str(stats).map_err(|e| Error::lake(format!("statistics of `{}`: {e}", add.path)))?,
        None => return Err(Error::lake(format!("`{}` has no statistics in the log, so contango did not write it", add.path))),
    };
    let partition = table.partition.iter().map(|name| match add.partition_values.get(*name) {
        Some(Some(value)) => Ok((*name, value.clone())),
        _ => Err(Error::lake(format!("`{}` lacks a value of the partition column `{name}`", add.path))),
    });
    let bounds = table.sort_columns().into_iter().filter_map(|name| {
        let kind = table.column(name)?.kind;
        Some((name, scalar(kind, stats.min_values.get(name)?)?, scalar(kind, stats.max_values.get(name)?)?))
    });
    Ok(LakeFile {
        path: StorePath::parse(format!("{}/{}", table_root(table), add.path))
            .map_err(|e| Error::lake(format!("`{}` is no path in the lake: {e}", add.path)))?,
        bytes: add.size.max(0) as u64,
        rows: stats.num_records,
        partition: partition.collect::<Result<_>>()?,
        bounds: bounds.collect(),
    })
}

/// A value of the log's statistics; `parquet.rs` writes them.
fn scalar(kind: ColumnType, json: &serde_json::Value) -> Option<ScalarValue> {
    Some(match kind {
        ColumnType::Text => ScalarValue::Utf8(Some(json.as_str()?.to_string())),
        ColumnType::Int => ScalarValue::Int64(Some(json.as_i64()?)),
        ColumnType::Float => ScalarValue::Float64(Some(json.as_f64()?)),
        ColumnType::Bool => ScalarValue::Boolean(Some(json.as_bool()?)),
        ColumnType::Date => {
            let date: chrono::NaiveDate = json.as_str()?.parse().ok()?;
            ScalarValue::Date32(Some(datafusion::arrow::datatypes::Date32Type::from_naive_date(date)))
        }
        ColumnType::Instant => {
            let instant = chrono::DateTime::parse_from_rfc3339(json.as_str()?).ok()?;
            ScalarValue::TimestampMicrosecond(Some(instant.timestamp_micros()), Some("UTC".into()))
        }
    })
}
