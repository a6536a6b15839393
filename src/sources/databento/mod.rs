//! Databento: daily and hourly bars, definitions and statistics of futures, in DBN.
//!
//! ```text
//! bytes → open (header, records) → bars | statistics | definitions → batches and rejections
//! ```
//!
//! Values are integers in the file and stay what they are: prices are fixed-point numbers of 1e-9, kept as the nearest double. Instruments
//! have the symbol that the header maps their id to on the day; one that it does not map is set aside, and a definition carries its own.
//!
//! A bar is known from the end of what it covers; the provider counts bars from trades and may count them again after a repair, so that one
//! that differs later is a revision. Definitions and statistics are stamped.

mod bars;
mod definition;
mod definitions;
mod instruments;
mod judge;
mod key;
mod open;
#[cfg(test)]
mod oracle;
mod refusal;
/// What is asked of the provider's server.
pub mod remote;
mod spans;
mod statistics;
mod symbols;
mod value;
/// What of a window is missing.
pub mod windows;

use chrono::{Duration, NaiveDate};

use super::{Download, Parsed, Payload, Reach, Request, Source};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::tables::{FUTURES_DEFINITIONS, FUTURES_OHLCV, FUTURES_STATISTICS, Table};
pub use key::ApiKey;
pub use open::Kind;
use open::Opened;

pub struct Databento;

static TABLES: &[&Table] = &[&FUTURES_OHLCV, &FUTURES_STATISTICS, &FUTURES_DEFINITIONS];

/// The folder of payloads whose records are of several parents, or of none that the header names.
const MIXED: &str = "_mixed";

impl Source for Databento {
    fn name(&self) -> &'static str {
        "databento"
    }
    fn doc(&self) -> &'static str {
        "Databento: bars, definitions and statistics of futures"
    }
    fn tables(&self) -> &'static [&'static Table] {
        TABLES
    }
    fn revises(&self, config: &Config) -> bool {
        config.bars.revises
    }
    fn release_window(&self, config: &Config) -> Duration {
        Duration::days(i64::from(config.bars.release_window_days))
    }

    fn parse(&self, payload: &Payload, config: &Config) -> Result<Parsed> {
        let opened = Opened::new(&payload.bytes, payload.hint.as_deref())?;
        let header = &opened.header;
        let mut parsed = Parsed { rows_read: opened.n_records, ..Parsed::default() };
        let parent = header.parent.as_deref().unwrap_or(MIXED);
        parsed.shelf = Some(format!("{}/{}", header.schema.name(), folder(parent)));
        parsed.covers = windows::Cover::of(header, opened.n_records, payload).map(|cover| cover.to_string());
        parsed.kind = format!("{} {} {parent}", header.dataset, header.schema.name());
        match header.schema {
            Kind::Daily | Kind::Hourly => bars::parse(&opened, payload, config, &mut parsed)?,
            Kind::Definition => definitions::parse(&opened, &mut parsed)?,
            Kind::Statistics => {
                let others = statistics::parse(&opened, &mut parsed)?;
                let n: usize = others.values().sum();
                if n > 0 {
                    let kinds: Vec<String> = others.iter().map(|(name, n)| format!("{n} {name}")).collect();
                    parsed.kind = format!("{}, {n} other statistics not kept ({})", parsed.kind, kinds.join(", "));
                }
            }
        }
        Ok(parsed)
    }

    fn reach(&self) -> Reach {
        Reach::Paid
    }
    fn plan(&self, _request: &Request, _today: NaiveDate, _config: &Config) -> Result<Vec<Download>> {
        Err(Error::internal("what Databento is asked for depends on what the lake has"))
    }
}

/// A name without what a path could not hold.
fn folder(parent: &str) -> String {
    parent.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect()
}

/// The parent and the schema of a payload, from its header alone.
///
/// # Errors
/// It is no DBN, is cut off, or has a schema that is not taken.
pub fn describe(bytes: &[u8], dataset: Option<&str>) -> Result<(Option<String>, Kind)> {
    let opened = Opened::new(bytes, dataset)?;
    Ok((opened.header.parent, opened.header.schema))
}
