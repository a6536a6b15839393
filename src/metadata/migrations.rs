//! The numbered migrations of `sql/metadata/`. Each is applied once, in order, in a transaction of its own; none is ever undone. A database
//! of a newer program is refused before anything is written to it.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use super::{explain, proof};
use crate::error::{Error, Result};
use crate::time::IngestTime;

/// What a migration is.
enum Step {
    /// Statements that are run as they stand.
    Sql(&'static str),
    /// Columns that are added where they are missing.
    AddMissing(&'static str),
}

use Step::{AddMissing, Sql};

/// Every migration; the first has version 1.
const MIGRATIONS: &[(&str, Step)] = &[
    ("0001_init", Sql(include_str!("../../sql/metadata/0001_init.sql"))),
    ("0002_series", Sql(include_str!("../../sql/metadata/0002_series.sql"))),
    ("0003_parents", Sql(include_str!("../../sql/metadata/0003_parents.sql"))),
    ("0004_lookback", Sql(include_str!("../../sql/metadata/0004_lookback.sql"))),
    ("0005_backfill", Sql(include_str!("../../sql/metadata/0005_backfill.sql"))),
    ("0006_proof", Sql(include_str!("../../sql/metadata/0006_proof.sql"))),
    ("0007_typed", AddMissing(include_str!("../../sql/metadata/0007_typed.sql"))),
];

impl Step {
    fn run(&self, connection: &Connection) -> rusqlite::Result<()> {
        match self {
            Sql(text) => connection.execute_batch(text),
            AddMissing(text) => text.split_inclusive(";\n").try_for_each(|statement| match connection.execute_batch(statement) {
                Err(error) if error.to_string().contains("duplicate column name") => Ok(()),
                done => done,
            }),
        }
    }
}

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
    for (at, (name, step)) in MIGRATIONS.iter().enumerate().skip(applied) {
        step.run(&transaction).map_err(|error| explain(error).in_file(format!("sql/metadata/{name}.sql")))?;
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

    /// The rows of every table of a person's or the program's making, by table and column.
    fn content(connection: &Connection) -> Vec<(String, String, String)> {
        let names = |sql: &str| -> Vec<String> {
            let mut found = connection.prepare(sql).expect("a query");
            found.query_map([], |row| row.get(0)).expect("runs").collect::<rusqlite::Result<_>>().expect("names")
        };
        let mut all = Vec::new();
        for table in
            names("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('schema_version', 'content_proof') ORDER BY name")
        {
            for column in names(&format!("SELECT name FROM pragma_table_info('{table}')")) {
                let value = connection.query_row(&format!("SELECT quote({column}) FROM {table}"), [], |row| row.get::<_, String>(0));
                all.push((table.clone(), column, value.unwrap_or_default()));
            }
        }
        all
    }

    /// A row with a value of its own in every column.
    fn fill(connection: &Connection, table: &str) {
        let mut columns = connection.prepare(&format!("SELECT name, type FROM pragma_table_info('{table}')")).expect("a query");
        let columns: Vec<(String, String)> =
            columns.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("runs").collect::<rusqlite::Result<_>>().expect("columns");
        let value = |(at, (name, kind)): (usize, &(String, String))| match kind.as_str() {
            "TEXT" => format!("'{table} {name}'"),
            "REAL" => format!("{at}.5"),
            _ => (at + 1).to_string(),
        };
        let values: Vec<String> = columns.iter().enumerate().map(value).collect();
        connection.execute(&format!("INSERT INTO {table} VALUES ({})", values.join(", ")), []).expect("a row");
    }

    #[test]
    fn no_migration_loses_what_stands_in_a_column() {
        for begun in 1..MIGRATIONS.len() {
            let mut connection = Connection::open_in_memory().expect("opens");
            connection
                .execute_batch(
                    "CREATE TABLE schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL) STRICT",
                )
                .expect("the table");
            for (at, (name, step)) in MIGRATIONS.iter().enumerate().take(begun) {
                step.run(&connection).expect("runs");
                connection.execute("INSERT INTO schema_version VALUES (?1, ?2, '')", (at + 1, name)).expect("noted");
            }
            let tables: std::collections::BTreeSet<String> = content(&connection).into_iter().map(|(table, ..)| table).collect();
            tables.iter().for_each(|table| fill(&connection, table));
            let before = content(&connection);
            apply(&mut connection).expect("migrates");
            let after = content(&connection);
            for (table, column, value) in before {
                let table = if table == "parent_metadata" { "parent_settings" } else { &table };
                let kept = after.iter().find(|(in_table, name, _)| in_table == table && *name == column);
                assert_eq!(kept.map(|(.., kept)| kept), Some(&value), "from version {begun}: {table}.{column}");
            }
        }
    }

    #[test]
    fn columns_that_an_earlier_program_dropped_are_there_again() {
        let mut connection = Connection::open_in_memory().expect("opens");
        apply(&mut connection).expect("migrates");
        connection
            .execute_batch("ALTER TABLE parent_settings DROP COLUMN timezone; DELETE FROM schema_version WHERE version = 7")
            .expect("as it was");
        apply(&mut connection).expect("migrates");
        connection.execute("UPDATE parent_settings SET timezone = 'x'", []).expect("the column is there");
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
        assert_eq!(error.message(), "the database has version 99, and this program knows versions up to 7");
        let connection = Connection::open(&path).expect("opens");
        assert_eq!(version(&connection).expect("read"), 99);
    }
}
