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
//! ```

/// Appending to a table's log: files, payload transactions, the fence.
pub mod commit;
/// Merging small files into sorted larger ones.
pub mod compact;
mod file;
/// What each table holds, in figures.
pub mod info;
mod log;
mod merge;
mod parquet;
/// Rows that could not be taken, with their reasons.
pub mod quarantine;
/// Payloads as received.
pub mod raw;
/// Reading whole rows, for those who compare, merge and verify.
pub mod rows;
mod scratch;
/// Every promise of the log, checked against the files.
pub mod verify;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use datafusion::common::ScalarValue;
use datafusion::object_store::local::LocalFileSystem;
use datafusion::object_store::prefix::PrefixStore;
use datafusion::object_store::{ObjectStore, path::Path as StorePath};

use crate::error::{Error, Result};
use crate::tables::Table;

pub use log::TableLog;

/// A data folder: `lake/`, `raw/`, `quarantine/` under one object store rooted there.
#[derive(Debug, Clone)]
pub struct Lake {
    store: Arc<dyn ObjectStore>,
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
        let prefix = StorePath::from_absolute_path(&root).map_err(|e| bad(format!("is no usable path: {e}")))?;
        Ok(Self { folder: Some(root), ..Self::on(Arc::new(PrefixStore::new(LocalFileSystem::new(), prefix))) })
    }
    /// A lake on any store, rooted where `lake/` and `raw/` lie. The store must support put-if-absent, and list in order of names.
    pub fn on(store: Arc<dyn ObjectStore>) -> Self {
        Self { store, folder: None, logs: Arc::default() }
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
        if known.is_none_or(|known| known.version() != newest.version()) {
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

/// An error of the store, with what was being done.
fn store_error(doing: &str, error: &datafusion::object_store::Error) -> Error {
    Error::lake(format!("cannot {doing}: {error}"))
}
