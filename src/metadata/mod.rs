//! `data/metadata.db`, a SQLite database: working copies of facts, settings that a person typed, and the audit of what was ingested.
//!
//! It is an index beside the lake, never the truth about it: what it says of payloads can be rebuilt from the raw archive. Several processes
//! may hold it open at once (write-ahead log, one writer at a time, waits instead of failures). A transaction is synced before it is
//! answered; whoever only reads opens it to read, which needs no right to write. It never opens a lake file.

mod backfill;
mod migrations;
mod parents;
mod proof;
mod read;
mod reading;
mod runs;
mod series;
mod tables;

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::NaiveDate;
use rusqlite::{Connection, ErrorCode, OptionalExtension, Row, named_params};
use tempfile::TempDir;

pub use backfill::IngestRun;
pub use parents::{PARENT_SETTINGS, ParentSetting};
pub use runs::SeriesRun;
pub use series::{SERIES_ARGUMENTS, SavedSeries, ScheduledRoll};
pub use tables::{META_TABLES, MetaTable, Standing};

use crate::error::{Error, Result};
use crate::time::IngestTime;
use reading::Reading;

const FILE: &str = "metadata.db";
/// How long a write waits for another process.
const BUSY: Duration = Duration::from_secs(20);
/// How long the last write of a process waits.
const BUSY_TO_PROVE: Duration = Duration::from_secs(2);

/// An open metadata database.
#[derive(Debug)]
pub struct Metadata {
    connection: Mutex<Connection>,
    /// What is read where the file itself cannot be.
    _copy: Option<TempDir>,
}

/// A payload that is complete in one lake table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IngestFile {
    /// Path of the raw file under the data folder.
    pub path: String,
    /// The provider, or its dataset.
    pub dataset: String,
    /// The lake table, or the provider's schema.
    pub schema: String,
    /// First day that the payload describes.
    pub start_date: Option<NaiveDate>,
    pub end_date: Option<NaiveDate>,
    pub ingested_at: IngestTime,
    pub sha256: String,
    pub observed_at: IngestTime,
}

/// What a server said when a URL was last read, and what was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validators {
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    pub sha256: String,
    pub checked_at: IngestTime,
}

impl Metadata {
    /// Opens the database of a data folder, creates it where there is none and brings it to the newest version; `data` must exist or be
    /// creatable.
    ///
    /// # Errors
    /// The file cannot be opened, is no database of ours, or was written by a newer program; it is left as it was.
    pub fn open(data: &Path) -> Result<Self> {
        let path = data.join(FILE);
        let place = path.display().to_string();
        std::fs::create_dir_all(data).map_err(|error| {
            Error::metadata(format!("cannot create the folder: {}", crate::error::system_words(&error))).in_file(&place)
        })?;
        Self::open_file(&path).map_err(|error| error.in_file(place))
    }

    /// The database of a data folder that has one, to be read and never written: where the folder cannot be written or the disk is full too.
    ///
    /// # Errors
    /// The file cannot be read, is no database of ours, or was written by a newer program.
    pub fn open_to_read(data: &Path) -> Result<Option<Self>> {
        if !Self::is_there(data) {
            return Ok(None);
        }
        let path = data.join(FILE);
        match reading::open(&path).map_err(|error| error.in_file(path.display().to_string()))? {
            Some(Reading { connection, copy }) => Ok(Some(Self { connection: Mutex::new(connection), _copy: copy })),
            // Of an older version: brought to the newest one, which writes.
            None => Self::open(data).map(Some),
        }
    }

    /// A database of no folder, without rows: what a data folder without one says.
    ///
    /// # Errors
    /// A migration fails.
    pub fn empty() -> Result<Self> {
        let mut connection = Connection::open_in_memory().map_err(explain)?;
        migrations::apply(&mut connection)?;
        Ok(Self { connection: Mutex::new(connection), _copy: None })
    }

    /// Whether a data folder has a database.
    pub fn is_there(data: &Path) -> bool {
        data.join(FILE).exists()
    }

    fn open_file(path: &Path) -> Result<Self> {
        let mut connection = Connection::open(path).map_err(explain)?;
        connection.busy_timeout(BUSY).map_err(explain)?;
        migrations::refuse_newer(&connection)?;
        use_write_ahead_log(&connection)?;
        connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;").map_err(explain)?;
        migrations::apply(&mut connection)?;
        Ok(Self { connection: Mutex::new(connection), _copy: None })
    }

    /// Notes the tables in which a payload is complete, all or none of them. Noting them again changes nothing.
    ///
    /// # Errors
    /// The database cannot be written; it is left as it was.
    pub fn record_ingests(&self, files: impl IntoIterator<Item = IngestFile>) -> Result<()> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(explain)?;
        for file in files {
            insert_ingest(&transaction, &file).map_err(explain)?;
        }
        transaction.commit().map_err(explain)
    }

    /// What of the file is not as SQLite wrote it, by its own examination.
    ///
    /// # Errors
    /// The database cannot be read at all.
    pub fn examine(&self) -> Result<Vec<String>> {
        let connection = self.connection();
        let mut found = Vec::new();
        for examination in ["PRAGMA integrity_check", "SELECT \"table\" || ' has a row that refers to none' FROM pragma_foreign_key_check"]
        {
            let mut examined = connection.prepare(examination).map_err(explain)?;
            let rows = examined.query_map([], |row| row.get::<_, String>(0)).map_err(explain)?;
            for row in rows {
                found.extend(Some(row.map_err(explain)?).filter(|said| said != "ok"));
            }
        }
        if !proof::holds(&connection)? {
            found.push("rows are not those that were written: a figure, a setting or a note changed on the disk".to_string());
        }
        Ok(found)
    }

    /// Every payload that is noted, with the table in which it is complete.
    ///
    /// # Errors
    /// The database cannot be read, or a line of it is not as it was written.
    pub fn ingests(&self) -> Result<Vec<IngestFile>> {
        let sql = "SELECT path, dataset, schema, start_date, end_date, ingested_at, sha256, observed_at FROM ingest_files ORDER BY rowid";
        let connection = self.connection();
        let mut all = connection.prepare(sql).map_err(explain)?;
        let rows = all.query_map([], |row| {
            let texts: (String, String, String, Option<String>, Option<String>, String, String, String) = row.try_into()?;
            Ok(texts)
        });
        let rows = rows.map_err(explain)?;
        rows.map(|row| {
            let (path, dataset, schema, start, end, ingested_at, sha256, observed_at) = row.map_err(explain)?;
            let day = |text: Option<String>| match text {
                None => Ok(None),
                Some(text) => text.parse::<NaiveDate>().map(Some).map_err(|_| Error::metadata(format!("`{text}` of `{path}` is no day"))),
            };
            let (start_date, end_date) = (day(start)?, day(end)?);
            let (ingested_at, observed_at) = (IngestTime::parse(&ingested_at)?, IngestTime::parse(&observed_at)?);
            Ok(IngestFile { path, dataset, schema, start_date, end_date, ingested_at, sha256, observed_at })
        })
        .collect()
    }

    /// SHA-256 of every payload that is noted for a table.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn ingested_payloads(&self) -> Result<HashSet<String>> {
        let connection = self.connection();
        let mut distinct = connection.prepare("SELECT DISTINCT sha256 FROM ingest_files").map_err(explain)?;
        let rows = distinct.query_map([], |row| row.get(0));
        rows.and_then(Iterator::collect).map_err(explain)
    }

    /// What the server said when `url` was last read.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn validators(&self, url: &str) -> Result<Option<Validators>> {
        let sql = "SELECT etag, last_modified, sha256, checked_at FROM http_validators WHERE url = ?1";
        let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get::<_, String>(3)?));
        let Some((etag, last_modified, sha256, checked_at)) = self.connection().query_row(sql, [url], row).optional().map_err(explain)?
        else {
            return Ok(None);
        };
        Ok(Some(Validators { etag, last_modified, sha256, checked_at: IngestTime::parse(&checked_at)? }))
    }

    /// Remembers what the server said when `url` was read.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn set_validators(&self, url: &str, validators: &Validators) -> Result<()> {
        let sql = "INSERT INTO http_validators (url, etag, last_modified, sha256, checked_at)
                   VALUES (:url, :etag, :last_modified, :sha256, :checked_at)
                   ON CONFLICT (url) DO UPDATE SET etag = excluded.etag, last_modified = excluded.last_modified,
                                                   sha256 = excluded.sha256, checked_at = excluded.checked_at";
        let row = named_params! {
            ":url": url,
            ":etag": validators.etag,
            ":last_modified": validators.last_modified,
            ":sha256": validators.sha256,
            ":checked_at": validators.checked_at.to_string(),
        };
        self.connection().execute(sql, row).map(drop).map_err(explain)
    }

    /// A panic while the lock was held cannot leave a connection half changed: SQLite rolls back what was not committed.
    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Metadata {
    /// Whoever has written proves what is there. Where that fails, as when another writer is at it for long, the next one does.
    fn drop(&mut self) {
        let connection = self.connection.get_mut().unwrap_or_else(PoisonError::into_inner);
        if connection.total_changes() > 0 && connection.busy_timeout(BUSY_TO_PROVE).is_ok() {
            let _ = proof::prove(connection);
        }
    }
}

fn insert_ingest(connection: &Connection, file: &IngestFile) -> rusqlite::Result<()> {
    let sql = "INSERT INTO ingest_files (path, dataset, schema, start_date, end_date, ingested_at, sha256, observed_at)
               VALUES (:path, :dataset, :schema, :start_date, :end_date, :ingested_at, :sha256, :observed_at)
               ON CONFLICT DO UPDATE SET path = excluded.path, start_date = excluded.start_date, end_date = excluded.end_date,
                                         ingested_at = excluded.ingested_at, observed_at = excluded.observed_at";
    let day = |date: Option<NaiveDate>| date.map(|date| date.to_string());
    let row = named_params! {
        ":path": file.path,
        ":dataset": file.dataset,
        ":schema": file.schema,
        ":start_date": day(file.start_date),
        ":end_date": day(file.end_date),
        ":ingested_at": file.ingested_at.to_string(),
        ":sha256": file.sha256,
        ":observed_at": file.observed_at.to_string(),
    };
    connection.execute(sql, row).map(drop)
}

/// The change to write-ahead logging needs the file for itself for a moment, and SQLite does not wait for that: processes that open a new
/// database at once would see each other's lock.
fn use_write_ahead_log(connection: &Connection) -> Result<()> {
    let pause = Duration::from_millis(20);
    let mut attempts = BUSY.as_millis() / pause.as_millis();
    loop {
        match connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(())) {
            Err(error) if is_busy(&error) && attempts > 0 => std::thread::sleep(pause),
            outcome => return outcome.map_err(explain),
        }
        attempts -= 1;
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// SQLite's error in our words.
fn explain(error: rusqlite::Error) -> Error {
    let code = error.sqlite_error_code();
    let explained = Error::metadata(error.to_string());
    match code {
        Some(ErrorCode::NotADatabase) => explained.hint("move the file away; the next ingest makes a new one from the raw archive"),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            explained.hint("another process has been writing for long; try again once it has ended")
        }
        Some(ErrorCode::DiskFull) => explained.hint(
            "free space on the disk of the data folder and run the same command again: nothing that was reported as done is lost",
        ),
        // SQLite says so too where it finds no room for the files that it keeps beside the database.
        Some(ErrorCode::SystemIoFailure) => explained.hint(
            "where the disk of the data folder is full, free space on it and run the same command again: nothing that was reported as done \
             is lost; else the disk fails: `contango lake verify` says what can be read",
        ),
        Some(ErrorCode::DatabaseCorrupt) => explained.hint(
            "`contango lake verify` says what is broken; restore the file from a backup, or move it away: the next ingest notes the payloads \
             again, and what was typed (series, parents) must be typed again",
        ),
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            explained.hint("the data folder must be writable")
        }
        _ => explained,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(sha256: &str) -> IngestFile {
        IngestFile {
            path: format!("raw/cftc/{sha256}.zip"),
            dataset: "cftc".into(),
            schema: "cot".into(),
            start_date: NaiveDate::from_ymd_opt(2023, 1, 3),
            end_date: None,
            ingested_at: IngestTime::from_micros(1_700_000_000_000_001),
            sha256: sha256.into(),
            observed_at: IngestTime::from_micros(1_700_000_000_000_000),
        }
    }

    fn rows(metadata: &Metadata, table: &str) -> usize {
        metadata.read(table).expect("a table of ours").1.num_rows()
    }

    #[test]
    fn noting_a_payload_twice_is_noting_it_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let metadata = Metadata::open(folder.path()).expect("a new database");
        for sha256 in ["aa", "aa", "bb"] {
            metadata.record_ingests([file(sha256)]).expect("written");
        }
        assert_eq!(rows(&metadata, "ingest_files"), 2);
        assert_eq!(metadata.ingested_payloads().expect("read"), HashSet::from(["aa".to_string(), "bb".to_string()]));
    }

    #[test]
    fn validators_are_kept_per_url_and_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let metadata = Metadata::open(folder.path()).expect("a new database");
        assert_eq!(metadata.validators("http://x/a.zip").expect("read"), None);
        let mut said = Validators {
            etag: Some("\"1\"".into()),
            last_modified: None,
            sha256: "aa".into(),
            checked_at: IngestTime::from_micros(1_700_000_000_000_001),
        };
        metadata.set_validators("http://x/a.zip", &said).expect("written");
        said.etag = None;
        metadata.set_validators("http://x/a.zip", &said).expect("written");
        let again = Metadata::open(folder.path()).expect("the same database");
        assert_eq!(again.validators("http://x/a.zip").expect("read"), Some(said));
    }

    #[test]
    fn many_open_a_new_database_at_once() {
        let folder = tempfile::tempdir().expect("a folder");
        std::thread::scope(|scope| {
            for number in 0..8 {
                let folder = folder.path();
                scope.spawn(move || {
                    let metadata = Metadata::open(folder).expect("opens beside the others");
                    metadata.record_ingests([file(&format!("{number}"))]).expect("written");
                });
            }
        });
        assert_eq!(rows(&Metadata::open(folder.path()).expect("opens"), "ingest_files"), 8);
    }

    #[test]
    fn a_file_that_is_no_database_is_named_and_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(FILE);
        std::fs::write(&path, "not a database, but long enough to be taken for one by its size").expect("written");
        let error = Metadata::open(folder.path()).expect_err("no database");
        assert!(error.to_string().contains("metadata.db: ") && error.hint_text().is_some(), "{error}");
        assert!(std::fs::read_to_string(&path).expect("still there").starts_with("not a database"));
    }
}
