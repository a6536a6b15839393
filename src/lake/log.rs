//! Reading a table's Delta log: the last checkpoint, then every later entry in order.
//!
//! A prompt asks for the newest version often, so a look that finds nothing new costs one failed `get`; a first look replays small JSON
//! entries and lists the folder once, so that one that is missing between others is found. Every entry must prove itself (proof.rs), follow
//! the one before it by its hash and carry the next number of the fence: one that is empty, cut off, changed, missing or of another program
//! is an error that says what to do, never passed over. Only what our tables use is understood; a log that uses more (deletion vectors,
//! column mapping) is refused, never misread. A test holds this reader against the one of `deltalake`.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use datafusion::common::ScalarValue;
use datafusion::object_store::{Error as StoreError, ObjectStore, ObjectStoreExt, path::Path as StorePath};
use deltalake::kernel::{Add, Remove, Transaction};
use futures::{StreamExt, TryStreamExt};
use serde::Deserialize;

use super::proof::{self, Seal};
use super::{LakeFile, checkpoint, store_error, table_root};
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
    /// How the newest entry proves itself.
    seal: Option<Seal>,
    /// Entries at the beginning that are of a version that did not seal them.
    unsealed: u64,
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

    /// Hash of the newest entry.
    pub(super) fn seal(&self) -> Option<&str> {
        self.seal.as_ref().map(Seal::hash)
    }
    /// Entries that only those after them can prove.
    pub(super) fn unsealed(&self) -> u64 {
        self.unsealed
    }
    /// Whether two logs at one version say the same of what is live and what was taken.
    pub(super) fn agrees_with(&self, other: &Self) -> bool {
        self.live == other.live && self.payloads == other.payloads && self.fence == other.fence && self.schema == other.schema
    }

    /// Takes the next entry, which must prove itself and follow.
    ///
    /// # Errors
    /// It does not.
    pub(super) fn enter(&mut self, table: &'static Table, entry: &[u8]) -> Result<()> {
        let version = self.next;
        let broken = |e: Error| {
            let said = Error::lake(format!("version {version} of the log of `{}` cannot be believed: {}", table.name, e.message()));
            said.in_file(entry_path(table, version).to_string()).hint(e.hint_text().map_or_else(|| remedy(table), str::to_string))
        };
        let seal = proof::check(entry).map_err(broken)?;
        match (&seal, &self.seal) {
            (Seal::Sealed { previous, .. }, before) if previous.as_deref() != before.as_ref().map(Seal::hash) => {
                return Err(broken(Error::lake("the version before it is not the one that it was written after")));
            }
            (Seal::Unsealed { .. }, Some(Seal::Sealed { .. })) => {
                return Err(broken(Error::lake("it carries no hash and those before it do")));
            }
            (Seal::Unsealed { .. }, _) => self.unsealed += 1,
            (Seal::Sealed { .. }, _) => {}
        }
        self.apply(table, entry).map_err(broken)?;
        if u64::try_from(self.fence).ok() != Some(version + 1) {
            return Err(broken(Error::lake("it does not carry the next number of the fence: another program wrote it")));
        }
        self.seal = Some(seal);
        self.next = version + 1;
        Ok(())
    }

    /// The state of a version from the lines of its checkpoint, which were proven.
    pub(super) fn of_checkpoint(table: &'static Table, version: u64, lines: &[u8], seal: Seal) -> Result<Self> {
        let mut log = Self { seal: Some(seal), next: version + 1, ..Self::default() };
        log.apply(table, lines)?;
        Ok(log)
    }

    fn list_files(&mut self) {
        self.files = Arc::new(self.live.values().map(|(file, _)| file.clone()).collect());
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

/// The newest state, starting from one that is known.
pub(super) async fn read(store: &dyn ObjectStore, table: &'static Table, known: Option<Arc<TableLog>>) -> Result<Arc<TableLog>> {
    match known {
        Some(known) => follow(store, table, known).await,
        None => {
            let from = checkpoint::read(store, table).await.unwrap_or_default();
            let mut log = follow(store, table, Arc::new(from)).await?;
            // An entry that others follow cannot be missing: it is written before them, and none is ever deleted.
            while newest_entry(store, table).await?.is_some_and(|newest| newest >= log.next) {
                let before = log.next;
                log = follow(store, table, log).await?;
                if log.next == before {
                    return Err(hole(table, before));
                }
            }
            Arc::make_mut(&mut log).list_files();
            Ok(log)
        }
    }
}

/// The whole log, entry by entry, as if there were no checkpoint.
pub(super) async fn replay(store: &dyn ObjectStore, table: &'static Table) -> Result<Arc<TableLog>> {
    follow(store, table, Arc::default()).await
}

/// The state after all entries that follow a known one.
async fn follow(store: &dyn ObjectStore, table: &'static Table, known: Arc<TableLog>) -> Result<Arc<TableLog>> {
    let mut log = known;
    let mut found = false;
    let mut window = 1;
    'log: loop {
        let next = log.next;
        let mut entries = futures::stream::iter(next..next + window as u64)
            .map(|version| async move { read_optional(store, &entry_path(table, version)).await })
            .buffered(window);
        while let Some(entry) = entries.next().await {
            let Some(entry) = entry.map_err(|e| e.in_file(table_root(table).join("_delta_log").to_string()))? else { break 'log };
            Arc::make_mut(&mut log).enter(table, &entry)?;
            found = true;
        }
        window = READ_AHEAD;
    }
    if found {
        Arc::make_mut(&mut log).list_files();
    }
    Ok(log)
}

/// What is done about a log that cannot be believed.
fn remedy(table: &Table) -> String {
    format!(
        "restore the folder from a backup, or make the table anew from the raw files: `contango lake rebuild --table {}` moves the log aside",
        table.name
    )
}

fn hole(table: &'static Table, version: u64) -> Error {
    let said = match version {
        0 => "the log has lost its first entries and its checkpoint".to_string(),
        _ => format!("version {version} of the log of `{}` is missing, and later ones are there", table.name),
    };
    Error::lake(said).in_file(entry_path(table, version).to_string()).hint(remedy(table))
}

/// The version of the last entry in the folder.
async fn newest_entry(store: &dyn ObjectStore, table: &'static Table) -> Result<Option<u64>> {
    let folder = table_root(table).join("_delta_log");
    let version = |path: &StorePath| path.filename()?.strip_suffix(".json").filter(|name| name.len() == 20)?.parse::<u64>().ok();
    let versions = store.list(Some(&folder)).try_filter_map(|entry| std::future::ready(Ok(version(&entry.location))));
    versions
        .try_fold(None, |newest, version| std::future::ready(Ok(newest.max(Some(version)))))
        .await
        .map_err(|e| store_error("list the log", &e).in_file(folder.to_string()))
}

/// Where the entry of a version lies.
pub(super) fn entry_path(table: &Table, version: u64) -> StorePath {
    table_root(table).join("_delta_log").join(format!("{version:020}.json"))
}

pub(super) async fn read_optional(store: &dyn ObjectStore, path: &StorePath) -> Result<Option<bytes::Bytes>> {
    match store.get(path).await {
        Ok(found) => found.bytes().await.map(Some).map_err(|e| store_error("read the log", &e)),
        Err(StoreError::NotFound { .. }) => Ok(None),
        Err(e) => Err(store_error("read the log", &e)),
    }
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
        blocks: add
            .tags
            .as_ref()
            .and_then(|tags| tags.get(proof::BLOCKS_TAG)?.as_deref())
            .and_then(|text| proof::parse_blocks(text, add.size.max(0) as u64).map(Arc::from)),
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
