//! The numbered migrations of `sql/metadata/`. Each is applied once, in order, in a transaction of its own; none is ever undone. A database
//! of a newer program is refused before anything is written to it.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use super::{explain, proof};
use crate::error::{Error, Result};
use crate::time::IngestTime;

/// Every migration; the first has version 1.
const MIGRATIONS: &[(&str, &str)] = &[
    ("0001_init", include_str!("../../sql/metadata/0001_init.sql")),
    ("0002_series", include_str!("../../sql/metadata/0002_series.sql")),
    ("0003_parents", include_str!("../../sql/metadata/0003_parents.sql")),
    ("0004_lookback", include_str!("../../sql/metadata/0004_lookback.sql")),
    ("0005_backfill", include_str!("../../sql/metadata/0005_backfill.sql")),
    ("0006_proof", include_str!("../../sql/metadata/0006_proof.sql")),
];

/// # Errors
/// The database has a version that this program does not know.
pub(super) fn refuse_newer(connection: &Connection) -> Result<()> {
    let (version, known) = (version(connection)?, MIGRATIONS.len());
    if version > known {
        return Err(Error::metadata(format!("the database has version {version}, and this program knows versions up to {known}"))
            .hint("a newer contango wrote it: use that one; nothing was changed"));
    }
    Ok(())
}

/// Whether the database has the newest version.
///
/// # Errors
/// It has one that this program does not know.
pub(super) fn is_newest(connection: &Connection) -> Result<bool> {
    refuse_newer(connection)?;
    Ok(version(connection)? == MIGRATIONS.len())
}

/// Brings the database to the newest version. Another process may be doing the same: whoever comes second finds the work done.
///
/// # Errors
/// A migration fails; those before it stay.
pub(super) fn apply(connection: &mut Connection) -> Result<()> {
    if version(connection)? == MIGRATIONS.len() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(explain)?;
    refuse_newer(&transaction)?;
    transaction
        .execute_batch(
            "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL) STRICT",
        )
        .map_err(explain)?;
    let applied = version(&transaction)?;
    for (at, (name, sql)) in MIGRATIONS.iter().enumerate().skip(applied) {
        transaction.execute_batch(sql).map_err(|error| explain(error).in_file(format!("sql/metadata/{name}.sql")))?;
        let row = (at + 1, name, IngestTime::now().to_string());
        transaction.execute("INSERT INTO schema_version (version, name, applied_at) VALUES (?1, ?2, ?3)", row).map_err(explain)?;
    }
    proof::watch(&transaction)?;
    transaction.commit().map_err(explain)
}

/// The newest applied version; 0 for an empty database.
fn version(connection: &Connection) -> Result<usize> {
    let exists = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'";
    if connection.query_row(exists, [], |_| Ok(())).optional().map_err(explain)?.is_none() {
        return Ok(0);
    }
    connection.query_row("SELECT coalesce(max(version), 0) FROM schema_version", [], |row| row.get(0)).map_err(explain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::Metadata;

    #[test]
    fn every_file_of_the_folder_is_in_the_list_in_order() {
        let mut files: Vec<String> = std::fs::read_dir("sql/metadata")
            .expect("the folder is there")
            .map(|entry| entry.expect("readable").file_name().to_string_lossy().trim_end_matches(".sql").to_string())
            .collect();
        files.sort();
        assert_eq!(files, MIGRATIONS.iter().map(|(name, _)| *name).collect::<Vec<_>>());
        for (at, name) in files.iter().enumerate() {
            assert!(name.starts_with(&format!("{:04}_", at + 1)), "{name} is out of order");
        }
    }

    #[test]
    fn a_newer_database_is_refused_and_left_as_it_was() {
        let folder = tempfile::tempdir().expect("a folder");
        drop(Metadata::open(folder.path()).expect("a new database"));
        let path = folder.path().join("metadata.db");
        let connection = Connection::open(&path).expect("opens");
        connection.execute_batch("INSERT INTO schema_version VALUES (99, '0099_later', ''); CREATE TABLE later (x TEXT)").expect("written");
        drop(connection);
        let error = Metadata::open(folder.path()).expect_err("too new");
        assert_eq!(error.message(), "the database has version 99, and this program knows versions up to 6");
        let connection = Connection::open(&path).expect("opens");
        assert_eq!(version(&connection).expect("read"), 99);
    }
}
