//! The lake on disk: Delta tables, the raw archive, the quarantine, compaction. All paths go through one `object_store`.
//!
//! A [`Lake`] opens nothing until a table is named. Reading for queries goes through `engine`'s one scan, which lists the files of a
//! [`Snapshot`]; this module itself reads whole rows only to compare, to merge and to verify them.
//!
//! ```text
//! <data>/lake/<table>/_delta_log/…       log.rs reads it, commit.rs appends to it
//! <data>/lake/<table>/<partition>/…      parquet.rs encodes a file, rows.rs decodes it
//! <data>/raw/<source>/<sha256>.<ext>     raw.rs, with a sidecar
//! <data>/quarantine/<source>/<sha256>…   quarantine.rs
//! <data>/scratch/<uuid>/…               scratch.rs, while a table is made anew
//! <data>/aside/<uuid>/…                 aside.rs, what was found broken and moved out of the way
//! ```
//!
//! What is written lasts in order (disk.rs) and proves itself when it is read (proof.rs, proven.rs).

mod aside;
mod checkpoint;
/// Appending to a table's log: files, payload transactions, the fence.
pub mod commit;
/// Merging small files into sorted larger ones.
pub mod compact;
/// Rows that a payload which came late changes.
pub mod correct;
mod disk;
mod file;
/// What each table holds, in figures.
pub mod info;
mod left;
mod log;
mod merge;
mod parquet;
mod proof;
mod proven;
/// Rows that could not be taken, with their reasons.
pub mod quarantine;
/// Payloads as received.
pub mod raw;
/// Reading whole rows, for those who compare, merge and verify.
pub mod rows;
mod scratch;
/// Every promise of the logs and the archive, checked against the files.
pub mod verify;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use datafusion::common::ScalarValue;
use datafusion::object_store::{ObjectStore, path::Path as StorePath};

use crate::error::{Error, Result};
use crate::tables::Table;

use disk::Disk;
pub use disk::Durable;
pub use log::TableLog;
use proven::ProvenStore;

/// A data folder: `lake/`, `raw/`, `quarantine/` under one object store rooted there.
#[derive(Debug, Clone)]
pub struct Lake {
    /// Through which files are read: they prove themselves first.
    store: Arc<ProvenStore>,
    /// The same, as it lies there.
    bare: Arc<dyn ObjectStore>,
    /// None where a write lasts once it is answered.
    durable: Option<Arc<dyn Durable>>,
    /// The folder, where the store is one on this machine.
    folder: Option<PathBuf>,
    /// The newest state that was read of each table; a later look reads only what the log has gained.
    logs: Arc<Mutex<HashMap<&'static str, Arc<TableLog>>>>,
}

/// One version of one table, fixed: what a statement reads from its start to its end.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// None where nothing has ever been committed to the table.
    pub version: Option<u64>,
    pub files: Arc<Vec<LakeFile>>,
}

/// A live Parquet file, sorted by `Table::sort_columns()`, with what the log says about it.
#[derive(Debug, Clone, PartialEq)]
pub struct LakeFile {
    /// Path in the lake's store (`lake/cot/report=tff/.../part-….parquet`).
    pub path: StorePath,
    pub bytes: u64,
    pub rows: u64,
    /// Partition columns and their values.
    pub partition: Vec<(&'static str, String)>,
    /// Smallest and largest value of each sort column that is in the file (key columns without the partition's, `as_of`, `available_at`), where the log has them.
    pub bounds: Vec<(&'static str, ScalarValue, ScalarValue)>,
    /// Hashes of its blocks, where the log has them.
    pub blocks: Option<Arc<[u32]>>,
}

impl LakeFile {
    /// Smallest and largest value of a sort column, where the log has them.
    pub fn bound(&self, column: &str) -> Option<(&ScalarValue, &ScalarValue)> {
        self.bounds.iter().find(|(name, ..)| *name == column).map(|(_, low, high)| (low, high))
    }
}

impl Lake {
    /// Opens nothing.
    ///
    /// # Errors
    /// The folder exists and is no folder.
    pub fn new(data: &Path) -> Result<Self> {
        let bad = |why: String| Error::lake(format!("`{}` {why}", data.display())).hint("name a folder with `--data`");
        if data.exists() && !data.is_dir() {
            return Err(bad("is not a folder".into()));
        }
        let root = resolved(data).map_err(|e| bad(format!("is no usable path: {e}")))?;
        let disk = Disk::new(&root, true).map_err(|e| bad(format!("is no usable path: {e}")))?;
        Ok(Self::in_folder(root, disk))
    }
    fn in_folder(root: PathBuf, disk: Disk) -> Self {
        let (store, durable) = disk::of(disk);
        Self { folder: Some(root), ..Self::over(store, durable) }
    }
    /// A lake on any store, rooted where `lake/` and `raw/` lie. The store must support put-if-absent, and list in order of names.
    pub fn on(store: Arc<dyn ObjectStore>) -> Self {
        Self { store: Arc::new(ProvenStore::over(store.clone())), bare: store, durable: None, folder: None, logs: Arc::default() }
    }
    /// A lake on a store whose writes must be synced to last.
    pub fn over(store: Arc<dyn ObjectStore>, durable: Arc<dyn Durable>) -> Self {
        Self { durable: Some(durable), ..Self::on(store) }
    }
    /// Comes back when all that was written lasts.
    ///
    /// # Errors
    /// The store fails: what was written since the last sync may be gone after a loss of power.
    pub async fn sync(&self) -> Result<()> {
        match &self.durable {
            Some(durable) => durable.sync().await.map_err(|e| store_error("sync what was written", &e)),
            None => Ok(()),
        }
    }
    /// The folder, where the lake is in one on this machine.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }
    /// That there is something to read: a folder that is not there was hardly meant.
    ///
    /// # Errors
    /// There is no such folder.
    pub fn ensure_there(&self) -> Result<()> {
        match &self.folder {
            Some(folder) if !folder.is_dir() => Err(Error::lake(format!("there is no data folder `{}`", folder.display()))
                .hint("`--data` or CONTANGO_DATA names it; `contango demo` fills one with made-up data, `contango ingest` with yours")),
            _ => Ok(()),
        }
    }
    /// The store in which [`LakeFile::path`] is a path.
    pub fn store(&self) -> Arc<dyn ObjectStore> {
        self.store.clone()
    }
    /// The newest version of a table. A second call costs a look for newer log entries.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn snapshot(&self, table: &'static Table) -> Result<Snapshot> {
        let log = self.log(table).await?;
        Ok(Snapshot { version: log.version(), files: log.files() })
    }
    /// The newest state of a table's log: its snapshot, and which payloads it has taken.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn log(&self, table: &'static Table) -> Result<Arc<TableLog>> {
        let known = self.logs.lock().expect("no panic while caching").get(table.name).cloned();
        let newest = log::read(self.store.as_ref(), table, known.clone()).await?;
        if known.as_ref().is_none_or(|known| known.version() != newest.version()) {
            self.store.expect(&newest.files());
            let mut logs = self.logs.lock().expect("no panic while caching");
            let cached = logs.entry(table.name).or_insert_with(|| newest.clone());
            if cached.version() < newest.version() {
                *cached = newest.clone();
            }
        }
        Ok(newest)
    }
}

/// An absolute path without `.`, `..` and, as far as it is there, without links.
fn resolved(path: &Path) -> std::io::Result<PathBuf> {
    let path = std::path::absolute(path)?;
    let mut whole = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => {
                whole.pop();
            }
            part => whole.push(part),
        }
        // `..` behind a link leads to where the link leads
        if let Ok(real) = whole.canonicalize() {
            whole = real;
        }
    }
    Ok(whole)
}

/// Where a table's folder lies in the store.
pub(crate) fn table_root(table: &Table) -> StorePath {
    StorePath::from_iter(["lake", table.name])
}

/// An error of the store, with what was being done; our own words where they are in it.
fn store_error(doing: &str, error: &datafusion::object_store::Error) -> Error {
    if let Some(own) = Error::own_among(error) {
        return own;
    }
    if is_full(error) {
        return Error::lake(format!("cannot {doing}: the disk is full")).hint(
            "free space on the disk of the data folder (`contango lake compact` deletes what no version needs any more) and run the same \
             command again: nothing that was reported as taken is lost, and it goes on where this one stopped",
        );
    }
    Error::lake(format!("cannot {doing}: {error}"))
}

/// Whether a store fails because there is no room.
fn is_full(error: &datafusion::object_store::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(system) = error.downcast_ref::<std::io::Error>() {
            return matches!(system.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded);
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use datafusion::object_store::Error as StoreError;

    use super::*;

    #[test]
    fn a_full_disk_is_told_with_what_to_do() {
        let full = StoreError::Generic { store: "disk", source: Box::new(std::io::Error::from(std::io::ErrorKind::StorageFull)) };
        let said = store_error("write `lake/cot/x`", &full);
        assert_eq!(said.message(), "cannot write `lake/cot/x`: the disk is full");
        let hint = said.hint_text().unwrap_or_default();
        assert!(hint.contains("free space") && hint.contains("nothing that was reported as taken is lost"), "{hint}");
        let other = StoreError::Generic { store: "disk", source: Box::new(std::io::Error::from(std::io::ErrorKind::BrokenPipe)) };
        assert!(store_error("write", &other).hint_text().is_none());
    }
}
