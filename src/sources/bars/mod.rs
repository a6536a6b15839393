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
mod hint;
mod named;
/// Made-up bars for the demo and for tests.
pub mod sample;
mod sheet;

pub use columns::{COLUMNS, N_REQUIRED};
pub use hint::Hint;

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
    fn says_states(&self, table: &'static Table) -> bool {
        table.name == FUTURES_DEFINITIONS.name
    }
    fn may_be_silent(&self) -> bool {
        true
    }
    fn reach(&self) -> Reach {
        Reach::Files
    }
    fn plan(&self, _: &Request, _: NaiveDate, _: &Config) -> Result<Vec<Download>> {
        Err(Error::usage("bars are taken from files").hint("contango ingest bars --file my_contracts.parquet"))
    }
}

fn parse(payload: &Payload, config: &Config) -> Result<Parsed> {
    let hint = Hint::parse(payload.hint.as_deref())?;
    let mut sheet = sheet::read(&payload.bytes, &payload.name, &hint, Range::of(Bars.name(), payload.observed_at))?;
    let dataset = hint.dataset.as_deref().unwrap_or(DATASET);
    let built = batches::build(&sheet, dataset, config)?;
    let mut warnings = std::mem::take(&mut sheet.warnings);
    warnings.extend(built.warned.iter().map(|(finding, (n, first))| warning(*finding, *n, first)));
    if built.n_without_volume > 0 {
        warnings.push(format!("volume -1 says that there is none: {} bars are taken without one", built.n_without_volume));
    }
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
        silent: silent(&sheet),
        corrected: Vec::new(),
        kind: format!("{dataset}: {n} contract{} {days}", if n == 1 { "" } else { "s" }),
        rows_read: sheet.n_rows,
        batches: built.batches,
        rejections,
        repeats_within: built.repeats,
        warnings,
    })
}

/// The figures of which the file has no column.
fn silent(sheet: &sheet::Sheet) -> Vec<(&'static Table, &'static str)> {
    const OF_BARS: [&str; 5] = ["open", "high", "low", "close", "volume"];
    const OF_DEFINITIONS: [(&str, &str); 2] = [("expiration", "expiration"), ("parent", "asset")];
    let bars = OF_BARS.into_iter().filter(|name| !sheet.has(name)).map(|name| (&FUTURES_OHLCV, name));
    let definitions = OF_DEFINITIONS.into_iter().filter(|(name, _)| !sheet.has(name)).map(|(_, column)| (&FUTURES_DEFINITIONS, column));
    bars.chain(definitions).collect()
}

fn warning(finding: BarFinding, n: usize, first: &str) -> String {
    let others = if n > 1 { format!(", and of {} more", n - 1) } else { String::new() };
    format!("{} of {first}{others}: taken all the same", finding.reason())
}

/// Findings that stop nothing: how many, and the first.
type Warned = BTreeMap<BarFinding, (usize, String)>;
