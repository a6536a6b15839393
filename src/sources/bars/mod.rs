//! Contract bars of any vendor, as CSV or Parquet, with columns under the names that people use ([`columns`]).
//!
//! ```text
//! bytes → sheet of typed columns → checks → rows of bars, figures and definitions
//! ```
//!
//! A bar and its settlement are known at the end of the session, open interest on the next trade date's morning, by the calendar of the root;
//! a row's own `available_at` comes before both. Dates of a market that configuration does not know are assumed: a day is its UTC day.
//! What the file says of a contract (its root, its last trade day) is a definition, known from the contract's first bar in the file.

mod batches;
mod columns;
/// Made-up bars for the demo and for tests.
pub mod sample;
mod sheet;

pub use columns::{COLUMNS, N_REQUIRED};

use std::collections::BTreeMap;

use chrono::{Duration, NaiveDate};

use super::days::Range;
use super::{Download, Parsed, Payload, Reach, Request, Source};
use crate::config::{BarFinding, Config};
use crate::error::{Error, Result};
use crate::tables::{FUTURES_DEFINITIONS, FUTURES_OHLCV, FUTURES_STATISTICS, Table};

/// The dataset of bars that were given no other.
pub const DATASET: &str = "bars";

/// Files of contract bars.
pub struct Bars;

impl Source for Bars {
    fn name(&self) -> &'static str {
        "bars"
    }
    fn doc(&self) -> &'static str {
        "contract bars of any vendor, CSV or Parquet"
    }
    fn tables(&self) -> &'static [&'static Table] {
        static TABLES: [&Table; 3] = [&FUTURES_OHLCV, &FUTURES_STATISTICS, &FUTURES_DEFINITIONS];
        &TABLES
    }
    fn revises(&self, config: &Config) -> bool {
        config.bars.revises
    }
    fn release_window(&self, config: &Config) -> Duration {
        Duration::days(i64::from(config.bars.release_window_days))
    }
    fn parse(&self, payload: &Payload, config: &Config) -> Result<Parsed> {
        parse(payload, config).map_err(|error| error.in_source(self.name()).in_file(payload.name.as_str()))
    }
    fn reach(&self) -> Reach {
        Reach::Files
    }
    fn plan(&self, _: &Request, _: NaiveDate, _: &Config) -> Result<Vec<Download>> {
        Err(Error::usage("bars are taken from files").hint("contango ingest bars --file my_contracts.parquet"))
    }
}

fn parse(payload: &Payload, config: &Config) -> Result<Parsed> {
    let mut sheet = sheet::read(&payload.bytes, Range::of(Bars.name(), payload.observed_at))?;
    let dataset = payload.hint.as_deref().unwrap_or(DATASET);
    let built = batches::build(&sheet, dataset, config)?;
    let mut warnings = std::mem::take(&mut sheet.warnings);
    warnings.extend(built.warned.iter().map(|(finding, (n, first))| warning(*finding, *n, first)));
    let days = built.span.map_or("without rows".to_string(), |(first, last)| format!("{first}..{last}"));
    let mut rejections = std::mem::take(&mut sheet.rejections);
    rejections.extend(built.rejections);
    rejections.sort_by_key(|rejection| rejection.line);
    let n = built.n_contracts;
    Ok(Parsed {
        shelf: None,
        revises: None,
        covers: None,
        continues: None,
        corrected: Vec::new(),
        kind: format!("{dataset}: {n} contract{} {days}", if n == 1 { "" } else { "s" }),
        rows_read: sheet.n_rows,
        batches: built.batches,
        rejections,
        repeats_within: built.repeats,
        warnings,
    })
}

fn warning(finding: BarFinding, n: usize, first: &str) -> String {
    let others = if n > 1 { format!(", and of {} more", n - 1) } else { String::new() };
    format!("{} of {first}{others}: taken all the same", finding.reason())
}

/// Findings that stop nothing: how many, and the first.
type Warned = BTreeMap<BarFinding, (usize, String)>;
