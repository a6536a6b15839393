//! Opening the database to read it where nothing can be written: a read-only folder or mount, a disk that is full.
//!
//! SQLite wants files of its own beside a database in write-ahead mode. Where it cannot make them, the file is read as one that nobody
//! changes; where changes still lie in the write-ahead log, of a writer that was killed, a copy of both is read.

use std::path::Path;

use rusqlite::{Connection, ErrorCode, OpenFlags};
use tempfile::TempDir;

use super::{BUSY, explain, migrations};
use crate::error::{Error, Result, system_words};

/// A connection that only reads, and the copy that it reads where it could not read the file itself.
pub(super) struct Reading {
    pub connection: Connection,
    pub copy: Option<TempDir>,
}

/// Opens the database; `None` where it must be brought to the newest version first.
///
/// # Errors
/// The file cannot be read, is no database of ours, or was written by a newer program.
pub(super) fn open(path: &Path) -> Result<Option<Reading>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    match connect(|| Connection::open_with_flags(path, flags)) {
        Err(error) if wants_to_write(&error) => {}
        outcome => return told(outcome, None),
    }
    let log = beside(path, "-wal");
    if log.metadata().map_or(0, |log| log.len()) == 0 {
        let unusable = || Error::metadata("its path cannot be written as an address");
        let absolute = std::path::absolute(path).map_err(|_| unusable())?;
        let mut address = url::Url::from_file_path(absolute).map_err(|()| unusable())?;
        address.set_query(Some("immutable=1"));
        let flags = flags | OpenFlags::SQLITE_OPEN_URI;
        return told(connect(|| Connection::open_with_flags(address.as_str(), flags)), None);
    }
    let failed = |error: std::io::Error| {
        Error::metadata(format!("it can neither be read where it is nor be copied: {}", system_words(&error)))
            .hint("what a writer that was killed has left must be taken in first: open it once where it can be written")
    };
    let folder = tempfile::tempdir().map_err(failed)?;
    let copy = folder.path().join("metadata.db");
    std::fs::copy(path, &copy).map_err(failed)?;
    std::fs::copy(&log, beside(&copy, "-wal")).map_err(failed)?;
    told(connect(|| Connection::open(&copy)), Some(folder))
}

fn beside(path: &Path, ending: &str) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// A connection that has read something: SQLite opens a file when it is first asked.
fn connect(open: impl FnOnce() -> rusqlite::Result<Connection>) -> rusqlite::Result<Connection> {
    let connection = open()?;
    connection.busy_timeout(BUSY)?;
    connection.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()))?;
    Ok(connection)
}

fn told(connected: rusqlite::Result<Connection>, copy: Option<TempDir>) -> Result<Option<Reading>> {
    let connection = connected.map_err(explain)?;
    Ok(migrations::is_newest(&connection)?.then_some(Reading { connection, copy }))
}

/// Whether a database could not be opened for want of the right or the room to write.
fn wants_to_write(error: &rusqlite::Error) -> bool {
    let writes = [ErrorCode::ReadOnly, ErrorCode::CannotOpen, ErrorCode::PermissionDenied, ErrorCode::DiskFull, ErrorCode::SystemIoFailure];
    error.sqlite_error_code().is_some_and(|code| writes.contains(&code))
}

#[cfg(test)]
mod tests {
    use crate::metadata::Metadata;

    #[test]
    fn a_reader_cannot_write() {
        let folder = tempfile::tempdir().expect("a folder");
        drop(Metadata::open(folder.path()).expect("a new database"));
        let reader = Metadata::open_to_read(folder.path()).expect("opens").expect("is there");
        assert_eq!(reader.ingested_payloads().expect("read").len(), 0);
        let error = reader.record_ingests([]).and_then(|()| reader.start_run("es").map(drop)).expect_err("it only reads");
        assert!(error.hint_text().is_some_and(|hint| hint.contains("writable")), "{error}");
    }

    #[test]
    fn a_folder_without_a_database_gets_none() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(Metadata::open_to_read(folder.path()).expect("looked").is_none());
        assert_eq!(folder.path().read_dir().expect("a folder").count(), 0);
    }
}
