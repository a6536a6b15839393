//! How the database proves itself: SQLite's own examination sees a broken page, not a figure that changed in it. A row of `content_proof` has
//! a hash of every row of every table, as they were when a writer closed, and the count of writes at that moment; triggers count every write.
//! Where the counts agree the hash must too. Where a writer was killed before it closed they do not, and the next one that closes proves anew.

use std::hash::Hasher;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, TransactionBehavior};
use twox_hash::XxHash64;

use super::explain;
use crate::error::Result;

/// Every table whose rows are hashed, in order of its name.
fn tables(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
               AND name NOT IN ('content_proof', 'schema_version') ORDER BY name";
    connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
}

/// Lets every table count its writes; what migrations did counts as one.
///
/// # Errors
/// The database cannot be written.
pub(super) fn watch(connection: &Connection) -> Result<()> {
    for table in tables(connection).map_err(explain)? {
        for change in ["INSERT", "UPDATE", "DELETE"] {
            let sql = format!(
                "CREATE TRIGGER IF NOT EXISTS \"{table}_{}_counted\" AFTER {change} ON \"{table}\"
                 BEGIN UPDATE content_proof SET writes = writes + 1; END",
                change.to_lowercase()
            );
            connection.execute_batch(&sql).map_err(explain)?;
        }
    }
    connection.execute_batch("UPDATE content_proof SET writes = writes + 1").map_err(explain)
}

/// A hash of all rows, and of what the tables are.
fn hash(connection: &Connection) -> rusqlite::Result<String> {
    let mut hash = XxHash64::with_seed(0);
    let definitions = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name".to_string();
    let rows = tables(connection)?.into_iter().map(|table| format!("SELECT * FROM \"{table}\" ORDER BY rowid"));
    for query in std::iter::once(definitions).chain(rows) {
        hash.write(query.as_bytes());
        let mut all = connection.prepare(&query)?;
        let n_columns = all.column_count();
        let mut rows = all.query([])?;
        while let Some(row) = rows.next()? {
            for at in 0..n_columns {
                let (kind, bytes): (u8, &[u8]) = match row.get_ref(at)? {
                    ValueRef::Null => (0, &[]),
                    ValueRef::Integer(n) => (1, &n.to_le_bytes()),
                    ValueRef::Real(x) => (2, &x.to_bits().to_le_bytes()),
                    ValueRef::Text(text) => (3, text),
                    ValueRef::Blob(bytes) => (4, bytes),
                };
                hash.write(&[kind]);
                hash.write(&(bytes.len() as u64).to_le_bytes());
                hash.write(bytes);
            }
        }
    }
    Ok(format!("{:016x}", hash.finish()))
}

/// Notes what all rows are now, unless nothing was written since it was last noted.
///
/// # Errors
/// The database cannot be written.
pub(super) fn prove(connection: &mut Connection) -> Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(explain)?;
    let is_stale = |c: &Connection| c.query_row("SELECT proven IS NOT writes FROM content_proof", [], |row| row.get::<_, bool>(0));
    if is_stale(&transaction).map_err(explain)? {
        let hash = hash(&transaction).map_err(explain)?;
        transaction.execute("UPDATE content_proof SET proven = writes, hash = ?1", [hash]).map_err(explain)?;
    }
    transaction.commit().map_err(explain)
}

/// Whether the rows are those that were proven; true where a writer was killed since.
///
/// # Errors
/// The database cannot be read.
pub(super) fn holds(connection: &Connection) -> Result<bool> {
    let one_moment = connection.unchecked_transaction().map_err(explain)?;
    let proof = "SELECT writes, proven, hash FROM content_proof";
    let (writes, proven, noted): (i64, Option<i64>, Option<String>) =
        one_moment.query_row(proof, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).map_err(explain)?;
    Ok(proven != Some(writes) || noted == Some(hash(&one_moment).map_err(explain)?))
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use crate::metadata::{Metadata, SavedSeries};

    #[test]
    fn every_table_counts_its_writes() {
        let folder = tempfile::tempdir().expect("a folder");
        let metadata = Metadata::open(folder.path()).expect("a database");
        let connection = metadata.connection();
        for table in super::tables(&connection).expect("read") {
            let sql = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?1 AND sql LIKE '%content_proof%'";
            let n: i64 = connection.query_row(sql, [&table], |row| row.get(0)).expect("counted");
            assert!(n >= 3, "`{table}` has {n} triggers for INSERT, UPDATE and DELETE");
        }
    }

    #[test]
    fn a_setting_that_changed_without_a_write_is_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let series = SavedSeries {
            id: "es_back".into(),
            name: None,
            root: "ES".into(),
            arguments: Vec::new(),
            notes: Some("as it was typed".into()),
            lookback: None,
        };
        Metadata::open(folder.path()).expect("a database").save_series(&series).expect("written");
        assert!(Metadata::open(folder.path()).expect("opens").examine().expect("read").is_empty());
        let path = folder.path().join("metadata.db");
        let text = std::fs::read(&path).expect("read");
        let at = text.windows(8).rposition(|bytes| bytes == b"it was t").expect("the note");
        let mut changed = text.clone();
        changed[at] ^= 1;
        std::fs::write(&path, changed).expect("written");
        let found = Metadata::open_to_read(folder.path()).expect("opens").expect("is there").examine().expect("read");
        assert!(found.iter().any(|said| said.contains("not those that were written")), "{found:?}");
        // A write of another program is a write, and counted.
        std::fs::write(&path, text).expect("written");
        Connection::open(&path).expect("opens").execute("UPDATE continuous_series_definitions SET notes = 'x'", []).expect("written");
        assert!(Metadata::open(folder.path()).expect("opens").examine().expect("read").is_empty());
    }
}
