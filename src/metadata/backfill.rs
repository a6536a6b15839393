//! What backfill and update note of themselves: which windows are done, so that a run that was killed is gone on with, and what each run did.

use std::collections::HashMap;

use rusqlite::params;

use super::{Metadata, explain};
use crate::error::Result;
use crate::time::IngestTime;

/// What a run did for a source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IngestRun {
    pub windows: usize,
    pub failed: usize,
    pub rows: usize,
    pub new: usize,
    pub revised: usize,
    pub rejected: usize,
    pub error: Option<String>,
}

impl Metadata {
    /// Notes that a window of a backfill is done.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn keep_window(&self, source: &str, url: &str, label: &str) -> Result<()> {
        let text = "INSERT INTO backfill_windows (source, url, label, done_at) VALUES (?1, ?2, ?3, ?4)
                    ON CONFLICT (source, url) DO UPDATE SET done_at = excluded.done_at";
        self.connection().execute(text, params![source, url, label, IngestTime::now().to_string()]).map_err(explain)?;
        Ok(())
    }

    /// The windows of a source that an unfinished backfill has done, by address, and when.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn windows(&self, source: &str) -> Result<HashMap<String, IngestTime>> {
        let connection = self.connection();
        let mut found = connection.prepare("SELECT url, done_at FROM backfill_windows WHERE source = ?1").map_err(explain)?;
        let rows = found.query_map([source], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))).map_err(explain)?;
        rows.map(|row| row.map_err(explain).and_then(|(url, done_at)| Ok((url, IngestTime::parse(&done_at)?)))).collect()
    }

    /// Forgets the windows of a source whose backfill has ended.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn forget_windows(&self, source: &str) -> Result<()> {
        self.connection().execute("DELETE FROM backfill_windows WHERE source = ?1", [source]).map_err(explain)?;
        Ok(())
    }

    /// Notes that a command begins with a source, and says under which number.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn start_ingest(&self, command: &str, source: &str) -> Result<i64> {
        let connection = self.connection();
        let text = "INSERT INTO ingest_runs (command, source, started_at) VALUES (?1, ?2, ?3)";
        connection.execute(text, params![command, source, IngestTime::now().to_string()]).map_err(explain)?;
        Ok(connection.last_insert_rowid())
    }

    /// Notes how it ended.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn finish_ingest(&self, number: i64, run: &IngestRun) -> Result<()> {
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let text =
            "UPDATE ingest_runs SET ended_at = ?2, windows = ?3, failed = ?4, rows = ?5, new = ?6, revised = ?7, rejected = ?8, error = ?9
                    WHERE run_id = ?1";
        let row = params![
            number,
            IngestTime::now().to_string(),
            count(run.windows),
            count(run.failed),
            count(run.rows),
            count(run.new),
            count(run.revised),
            count(run.rejected),
            run.error
        ];
        self.connection().execute(text, row).map_err(explain)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_kept_until_the_backfill_ends() {
        let folder = tempfile::tempdir().expect("a folder");
        let metadata = Metadata::open(folder.path()).expect("a database");
        metadata.keep_window("bcb_sgs", "http://a", "a").expect("noted");
        metadata.keep_window("bcb_sgs", "http://a", "a").expect("noted again");
        metadata.keep_window("yahoo", "http://b", "b").expect("noted");
        assert_eq!(metadata.windows("bcb_sgs").expect("read").len(), 1);
        metadata.forget_windows("bcb_sgs").expect("deleted");
        assert!(metadata.windows("bcb_sgs").expect("read").is_empty());
        assert_eq!(metadata.windows("yahoo").expect("read").len(), 1);
    }

    #[test]
    fn a_run_has_an_end_once_it_has_ended() {
        let folder = tempfile::tempdir().expect("a folder");
        let metadata = Metadata::open(folder.path()).expect("a database");
        let (first, second) =
            (metadata.start_ingest("update", "cftc").expect("noted"), metadata.start_ingest("update", "fred").expect("noted"));
        assert_ne!(first, second);
        metadata.finish_ingest(first, &IngestRun { windows: 2, new: 5, ..IngestRun::default() }).expect("noted");
        let ended = "SELECT count(*) FROM ingest_runs WHERE ended_at IS NOT NULL AND new = 5";
        assert_eq!(metadata.connection().query_row(ended, [], |row| row.get::<_, i64>(0)).expect("read"), 1);
    }
}
