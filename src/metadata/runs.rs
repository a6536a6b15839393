//! The log of builds of stored continuous series: what was compared, and what came of it.
//!
//! A run is noted before it changes anything and again when it is done, so that one that was killed can be told from one that ended.

use chrono::NaiveDate;
use rusqlite::{OptionalExtension, Row, params};

use super::{Metadata, explain};
use crate::error::{Error, Result};
use crate::time::IngestTime;

/// One build or update of one series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesRun {
    pub run_id: String,
    pub series_id: String,
    /// First and last day of the series as it was computed.
    pub start_date: Option<NaiveDate>,
    pub end_date: Option<NaiveDate>,
    pub built_at: IngestTime,
    /// Bars of the series as it was computed.
    pub rows: u64,
    /// What was compared and what changed, as JSON; `None` where the run did not end.
    pub source_info: Option<String>,
}

impl Metadata {
    /// Notes that a run begins.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn start_run(&self, series_id: &str) -> Result<SeriesRun> {
        let connection = self.connection();
        let built_at = IngestTime::now();
        let number: i64 = connection
            .query_row("SELECT count(*) + 1 FROM continuous_series_runs WHERE series_id = ?1", [series_id], |row| row.get(0))
            .map_err(explain)?;
        // the process tells two apart that begin at once
        let run_id = format!("{series_id}-{number:06}-{}", std::process::id());
        let text = "INSERT INTO continuous_series_runs (run_id, series_id, built_at, rows) VALUES (?1, ?2, ?3, 0)";
        connection.execute(text, params![run_id, series_id, built_at.to_string()]).map_err(explain)?;
        Ok(SeriesRun { run_id, series_id: series_id.to_string(), start_date: None, end_date: None, built_at, rows: 0, source_info: None })
    }

    /// Notes how a run ended.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn finish_run(&self, run: &SeriesRun) -> Result<()> {
        let text = "UPDATE continuous_series_runs SET start_date = ?2, end_date = ?3, rows = ?4, source_info = ?5 WHERE run_id = ?1";
        let day = |day: Option<NaiveDate>| day.map(|day| day.to_string());
        let rows = i64::try_from(run.rows).unwrap_or(i64::MAX);
        let row = params![run.run_id, day(run.start_date), day(run.end_date), rows, run.source_info];
        self.connection().execute(text, row).map_err(explain)?;
        Ok(())
    }

    /// The runs of a series, in order.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn runs(&self, series_id: &str) -> Result<Vec<SeriesRun>> {
        let connection = self.connection();
        let mut found = connection.prepare(&format!("{SELECT} ORDER BY rowid")).map_err(explain)?;
        let rows = found.query_map([series_id], texts).map_err(explain)?;
        rows.map(|row| run(row.map_err(explain)?)).collect()
    }

    /// The newest run of a series.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn last_run(&self, series_id: &str) -> Result<Option<SeriesRun>> {
        let text = format!("{SELECT} ORDER BY rowid DESC LIMIT 1");
        self.connection().query_row(&text, [series_id], texts).optional().map_err(explain)?.map(run).transpose()
    }
}

const SELECT: &str =
    "SELECT run_id, series_id, start_date, end_date, built_at, rows, source_info FROM continuous_series_runs WHERE series_id = ?1";

type Texts = (String, String, Option<String>, Option<String>, String, i64, Option<String>);

fn texts(row: &Row<'_>) -> rusqlite::Result<Texts> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?))
}

fn run((run_id, series_id, start, end, built_at, rows, source_info): Texts) -> Result<SeriesRun> {
    let day = |text: Option<String>| {
        let parsed = text.as_deref().map(str::parse::<NaiveDate>).transpose();
        parsed.map_err(|_| Error::metadata(format!("the run `{run_id}` has the day `{}`", text.unwrap_or_default())))
    };
    let (start_date, end_date) = (day(start)?, day(end)?);
    let rows = u64::try_from(rows).unwrap_or_default();
    Ok(SeriesRun { start_date, end_date, built_at: IngestTime::parse(&built_at)?, rows, source_info, run_id, series_id })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_did_not_end_is_told_from_one_that_did() {
        let folder = tempfile::tempdir().expect("a folder");
        let metadata = Metadata::open(folder.path()).expect("a database");
        let mut first = metadata.start_run("es").expect("written");
        first.end_date = NaiveDate::from_ymd_opt(2024, 3, 8);
        first.rows = 5;
        first.source_info = Some("{}".into());
        metadata.finish_run(&first).expect("written");
        let second = metadata.start_run("es").expect("written");
        assert_eq!(metadata.runs("es").expect("read"), [first, second.clone()]);
        assert_eq!(metadata.last_run("es").expect("read"), Some(second));
        assert_eq!(metadata.last_run("cl").expect("read"), None);
    }
}
