//! Checkpoints: a log's state at a version in one Parquet file, so that a first look need not replay every entry.
//!
//! `deltalake` writes them, for every Delta reader. We start from one only where a record of ours beside it vouches for it: of the file's
//! hash, and of the entry that it stands at. The record is written after the checkpoint was read back and agreed with what we know, and proves
//! itself as an entry does. Without one, or where anything of it does not hold, the entries are read from the first on: none is ever deleted.

use datafusion::arrow::json::LineDelimitedWriter;
use datafusion::object_store::{ObjectStore, ObjectStoreExt, path::Path as StorePath};
use datafusion::parquet::arrow::{ProjectionMask, arrow_reader::ParquetRecordBatchReaderBuilder};
use futures::{StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};

use super::log::{TableLog, entry_path, read_optional};
use super::proof::{self, Seal};
use super::{Lake, store_error, table_root};
use crate::error::{Error, Result};
use crate::tables::Table;

const HINT: &str = "_last_checkpoint";

/// What vouches for a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    version: u64,
    /// Hash of the checkpoint's bytes.
    checkpoint: String,
    /// Hash of the entry of this version.
    entry: String,
    /// Hash of the bytes of `_last_checkpoint` that name it.
    hint: String,
    /// Hash of this record without this line.
    #[serde(default)]
    proof: String,
}

impl Record {
    fn proven(self) -> Result<Self> {
        let bytes = Self { proof: String::new(), ..self.clone() }.bytes()?;
        Ok(Self { proof: proof::hash(&bytes), ..self })
    }
    fn bytes(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self).map_err(|e| Error::internal(format!("a checkpoint's record does not serialize: {e}")))
    }
    /// The record in these bytes, where they are what was written.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let record: Self = serde_json::from_slice(bytes).ok()?;
        let again = record.clone().proven().ok()?.bytes().ok()?;
        (again == bytes).then_some(record)
    }
}

/// The version that Delta's own pointer names.
#[derive(Deserialize)]
struct LastCheckpoint {
    version: u64,
}

fn folder(table: &Table) -> StorePath {
    table_root(table).join("_delta_log")
}

fn checkpoint_path(table: &Table, version: u64) -> StorePath {
    folder(table).join(format!("{version:020}.checkpoint.parquet"))
}

fn record_path(table: &Table, version: u64) -> StorePath {
    folder(table).join(format!("_contango.{version:020}.checkpoint"))
}

/// The state at the newest checkpoint that is vouched for.
pub(super) async fn read(store: &dyn ObjectStore, table: &'static Table) -> Option<TableLog> {
    let hint = read_optional(store, &folder(table).join(HINT)).await.ok()??;
    let LastCheckpoint { version } = serde_json::from_slice(&hint).ok()?;
    let record = Record::parse(&read_optional(store, &record_path(table, version)).await.ok()??)?;
    let bytes = read_optional(store, &checkpoint_path(table, version)).await.ok()??;
    let entry = proof::check(&read_optional(store, &entry_path(table, version)).await.ok()??).ok()?;
    if record.version != version || proof::hash(&bytes) != record.checkpoint || entry.hash() != record.entry {
        return None;
    }
    decode(table, version, bytes, Seal::Sealed { hash: record.entry, previous: None }).ok()
}

fn decode(table: &'static Table, version: u64, checkpoint: bytes::Bytes, seal: Seal) -> Result<TableLog> {
    let unreadable = |e: &dyn std::fmt::Display| Error::lake(format!("the checkpoint of version {version} does not read: {e}"));
    let builder = ParquetRecordBatchReaderBuilder::try_new(checkpoint).map_err(|e| unreadable(&e))?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), ["add", "remove", "txn", "protocol", "metaData"]);
    let reader = builder.with_projection(mask).build().map_err(|e| unreadable(&e))?;
    let mut lines = LineDelimitedWriter::new(Vec::new());
    for batch in reader {
        lines.write(&batch.map_err(|e| unreadable(&e))?).map_err(|e| unreadable(&e))?;
    }
    lines.finish().map_err(|e| unreadable(&e))?;
    TableLog::of_checkpoint(table, version, &lines.into_inner(), seal)
}

/// Writes the checkpoint of a state that was just committed, and vouches for it where it reads back as that state.
///
/// # Errors
/// It cannot be written or does not agree; readers then go by the entries.
pub(super) async fn write(lake: &Lake, table: &'static Table, state: &TableLog) -> Result<()> {
    let (Some(version), Some(entry)) = (state.version(), state.seal()) else { return Ok(()) };
    let failed = |e: deltalake::DeltaTableError| Error::lake(format!("cannot write the checkpoint of version {version}: {e}"));
    let delta = lake.delta_table(table).map_err(failed)?.with_version(version).load().await.map_err(failed)?;
    deltalake::checkpoints::create_checkpoint(&delta, None).await.map_err(failed)?;
    let store = lake.bare.as_ref();
    let lost = || Error::lake(format!("the checkpoint of version {version} is not there"));
    let bytes = read_optional(store, &checkpoint_path(table, version)).await?.ok_or_else(lost)?;
    let hint = read_optional(store, &folder(table).join(HINT)).await?.ok_or_else(lost)?;
    let seal = Seal::Sealed { hash: entry.to_string(), previous: None };
    if !decode(table, version, bytes.clone(), seal)?.agrees_with(state) {
        return Err(Error::lake(format!("the checkpoint of version {version} says something else than the entries")));
    }
    let record =
        Record { version, checkpoint: proof::hash(&bytes), entry: entry.to_string(), hint: proof::hash(&hint), proof: String::new() };
    // Written again by ourselves, so that they are synced before what vouches for them.
    for (path, content) in [(checkpoint_path(table, version), bytes), (folder(table).join(HINT), hint)] {
        store.put(&path, content.into()).await.map_err(|e| store_error(&format!("write `{path}`"), &e))?;
    }
    lake.sync().await?;
    let path = record_path(table, version);
    store.put(&path, record.proven()?.bytes()?.into()).await.map_err(|e| store_error(&format!("write `{path}`"), &e))?;
    lake.sync().await
}

/// What does not hold among a table's checkpoints.
///
/// # Errors
/// The folder cannot be listed.
pub(super) async fn violations(lake: &Lake, table: &'static Table) -> Result<Vec<String>> {
    let (store, folder) = (lake.bare.as_ref(), folder(table));
    let listed = store.list(Some(&folder)).map_ok(|object| object.location);
    let paths: Vec<StorePath> = listed.try_collect().await.map_err(|e| store_error(&format!("list `{folder}`"), &e))?;
    let mut found = Vec::new();
    let mut hints = Vec::new();
    let records = paths.iter().filter(|path| path.filename().is_some_and(|name| name.starts_with("_contango.")));
    let mut records = futures::stream::iter(records).map(|path| async move { (path, read_optional(store, path).await) }).buffered(4);
    while let Some((path, bytes)) = records.next().await {
        let Some(bytes) = bytes? else { continue };
        let Some(record) = Record::parse(&bytes).filter(|record| *path == record_path(table, record.version)) else {
            found.push(format!("{path}: its bytes changed: it vouches for a checkpoint, which is passed over now"));
            continue;
        };
        hints.push(record.hint);
        let path = checkpoint_path(table, record.version);
        match read_optional(store, &path).await? {
            Some(bytes) if proof::hash(&bytes) == record.checkpoint => {}
            Some(_) => found.push(format!("{path}: its bytes changed: the checkpoint is passed over, and other readers must not use it")),
            None => found.push(format!("{path}: the checkpoint is not there, and its record is")),
        }
    }
    let path = folder.join(HINT);
    if !hints.is_empty() {
        match read_optional(store, &path).await? {
            Some(bytes) if hints.contains(&proof::hash(&bytes)) => {}
            Some(_) => found.push(format!("{path}: its bytes changed: other readers may miss the newest checkpoint")),
            None => found.push(format!("{path}: it is not there, and checkpoints are")),
        }
    }
    Ok(found)
}
