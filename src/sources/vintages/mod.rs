//! Vintages of one's own: economic series with what was known of them when, from files that a researcher has.
//!
//! ```text
//! bytes → received columns → which of four shapes, told by the content → rows → in order, each once → macro_series
//! ```
//!
//! A table has a row per vintage ([`table`]); a spreadsheet of the Philadelphia Fed's real-time data set has a column per vintage
//! ([`philadelphia`]), and so have ALFRED's own files, while FRED's graphs are one ([`alfred`]); a file of FRED-MD is one vintage of many series
//! ([`fred_md`]). Where only the day of a vintage is known, it counts as
//! known at the end of that day in New York, which is `lagged` and never early.

mod alfred;
mod columns;
mod fred_md;
mod hint;
mod philadelphia;
mod rows;
mod table;

pub use columns::COLUMNS;
pub use hint::Hint;

use chrono::{Duration, NaiveDate};
use datafusion::arrow::array::RecordBatch;

use super::day::Days;
use super::{Download, Parsed, Payload, Reach, Rejection, Request, Source, received};
use crate::config::{Config, end_of_day};
use crate::error::{Error, Result};
use crate::tables::{MACRO_SERIES, Table};
use rows::{Ordered, Rows};

const COMMAND: &str = "contango ingest vintages";
/// Days and periods that figures are of: the oldest series that anyone keeps reach back to the Middle Ages, and projections go ahead.
const PERIODS: Days = Days::any(1000, 2200);
/// Days on which vintages came out.
const VINTAGES: Days = Days::any(1800, 2200);
/// The source of a table of vintages, where the user names no other.
pub const SOURCE: &str = "vintages";
/// Rows of one file: as many as can be held, compared and written within 4 GiB.
const MAX_ROWS: usize = 30_000_000;

/// Files of vintages.
pub struct Vintages;

impl Source for Vintages {
    fn name(&self) -> &'static str {
        "vintages"
    }
    fn doc(&self) -> &'static str {
        "economic series with their vintages: your own tables, the Philadelphia Fed's, FRED-MD"
    }
    fn tables(&self) -> &'static [&'static Table] {
        static TABLES: [&Table; 1] = [&MACRO_SERIES];
        &TABLES
    }
    /// What was published under a vintage stays: a revision is a vintage of its own.
    fn revises(&self, _: &Config) -> bool {
        false
    }
    fn release_window(&self, _: &Config) -> Duration {
        Duration::zero()
    }
    fn parse(&self, payload: &Payload, _: &Config) -> Result<Parsed> {
        parse(payload).map_err(|error| error.in_source(self.name()).in_file(payload.name.as_str()))
    }
    fn reach(&self) -> Reach {
        Reach::Files
    }
    fn plan(&self, _: &Request, _: NaiveDate, _: &Config) -> Result<Vec<Download>> {
        Err(Error::usage("vintages are taken from files").hint("contango ingest vintages --file my_vintages.parquet"))
    }
}

fn parse(payload: &Payload) -> Result<Parsed> {
    let hint = Hint::parse(payload.hint.as_deref())?;
    let mut received = received::read(&payload.bytes, "vintages are rows with series_id, as_of, available_at and value")?;
    if received.n_rows > MAX_ROWS {
        return Err(Error::source(format!("the file has {} rows", received.n_rows))
            .hint(format!("cut it into files of at most {MAX_ROWS}, each with its own series, and give them all in one command")));
    }
    let (rows, source) = match () {
        () if fred_md::is_file(&received) => {
            ensure_unsaid("--series", hint.series.as_ref())?;
            fred_md::read(&mut received, &payload.name, &hint, payload.observed_at)?
        }
        () if philadelphia::is_file(&received) => {
            ensure_unsaid("--series", hint.series.as_ref())?;
            ensure_unsaid("--vintage", hint.vintage.as_ref())?;
            (philadelphia::read(&received, payload.observed_at)?, philadelphia::SOURCE)
        }
        () if alfred::is_file(&received) => {
            ensure_unsaid("--series", hint.series.as_ref())?;
            (alfred::read(&received, &hint, payload.observed_at)?, alfred::SOURCE)
        }
        () => (table::read(&received, &hint, payload.observed_at)?, SOURCE),
    };
    let source = hint.source.as_deref().unwrap_or(source);
    let Ordered { batch, repeats, contradictions, n_series } = rows.ordered(source)?;
    let Rows { mut rejections, warnings, .. } = rows;
    rejections.extend(contradictions.into_iter().map(|(row, first)| contradiction(&received, row, first)));
    rejections.sort_by_key(|rejection| rejection.line);
    let batch = RecordBatch::try_new(MACRO_SERIES.parsed_schema(), batch.columns().to_vec());
    let batch = batch.map_err(|e| Error::internal(format!("a row of vintages lacks a cell: {e}")))?;
    let n = batch.num_rows();
    Ok(Parsed {
        shelf: None,
        revises: None,
        covers: None,
        continues: None,
        silent: Vec::new(),
        corrected: Vec::new(),
        kind: format!("{source}: {n_series} series, {n} vintage{}", if n == 1 { "" } else { "s" }),
        rows_read: received.n_rows,
        batches: if n == 0 { Vec::new() } else { vec![(&MACRO_SERIES as &'static Table, batch)] },
        rejections,
        repeats_within: repeats,
        warnings,
    })
}

fn contradiction(received: &received::Received, row: usize, first: usize) -> Rejection {
    received.rejection(row, Some("value"), format!("line {} gives another value for this vintage, which stays", received.line(first)))
}

/// What a file says itself must not be said once more.
fn ensure_unsaid(option: &str, said: Option<&String>) -> Result<()> {
    match said {
        None => Ok(()),
        Some(_) => Err(Error::usage(format!("the file says itself what {option} says")).hint(format!("leave {option} out"))),
    }
}

/// When a vintage of a day since 1970 counts as known, in microseconds since 1970.
fn known_at_end_of(day: i32) -> i64 {
    end_of_day(crate::time::day(day)).at.micros()
}
