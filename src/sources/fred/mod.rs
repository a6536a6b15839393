//! FRED and ALFRED, of the Federal Reserve Bank of St. Louis: economic series with every value that was ever published.
//!
//! - **Where**: `api.stlouisfed.org/fred`, JSON, with a key that everyone is given; bodies that were saved are taken as files.
//! - **What a payload looks like**: the answer to `series/observations`; an object whose rows are
//!   `{"realtime_start":"2026-06-05","realtime_end":"2026-07-01","date":"2026-05-01","value":"159001"}`: the value of the period `date`
//!   that stood from one day to another. Values are texts, and `.` is one that is missing.
//! - **Which series it is** does not stand in the body: the payload's hint says it (`--series`, or the request).
//! - **When it becomes known**: on the day `realtime_start`, at the time of day of the series' release where configuration knows it
//!   (`scheduled`), else by the end of that day in New York (`lagged`).
//! - **Revisions**: vintages of their own, each under its day, so payloads may come in any order and none is read too late.
//!
//! The way of a payload: `body` (which of the provider's answers it is) → `observations` (rows, judged) → a batch. Asking the server:
//! `windows` (what the archive lacks) → `remote` (at the [`pace`] allowed, with the `key`, by the words of `refusal`).

mod body;
mod key;
mod observations;
mod refusal;
/// What is asked of the provider's server.
pub mod remote;
/// Made-up series for the demo and for tests.
pub mod sample;
/// What of a series' vintages is missing.
pub mod windows;

use std::fmt;

use chrono::{Duration, NaiveDate};

use self::body::Body;
pub use super::pace::Pace;
use super::{Download, Parsed, Payload, Reach, Request, Source};
use crate::config::{Config, closest};
use crate::error::{Error, Result};
use crate::tables::{MACRO_SERIES, Table};
pub use key::ApiKey;

/// The name on the command line, in the archive and in the column `source`.
pub const NAME: &str = "fred";

/// How often the server is asked: a few requests at once, then evenly.
pub fn pace(config: &Config) -> Pace {
    Pace { burst: 5, ..Pace::per_minute(config.fred_requests_per_minute) }
}

/// The Federal Reserve Bank of St. Louis.
pub struct Fred;

static TABLES: &[&Table] = &[&MACRO_SERIES];

impl Source for Fred {
    fn name(&self) -> &'static str {
        NAME
    }
    fn doc(&self) -> &'static str {
        "FRED and ALFRED: economic series with every vintage"
    }
    fn tables(&self) -> &'static [&'static Table] {
        TABLES
    }
    /// A value that changed is a vintage of another day, so none is ever read too late.
    fn revises(&self, _: &Config) -> bool {
        false
    }
    fn release_window(&self, _: &Config) -> Duration {
        Duration::zero()
    }
    /// The series; that a page continues another is told from its windows.
    fn name_in_hint(&self, hint: Option<&str>) -> Option<String> {
        hint.map(|hint| Hint::parse(hint).map_or_else(|_| hint.to_string(), |hint| hint.series.to_string()))
    }
    fn parse(&self, payload: &Payload, config: &Config) -> Result<Parsed> {
        parse(payload, config).map_err(|error| error.in_source(NAME).in_file(payload.name.as_str()))
    }
    fn reach(&self) -> Reach {
        Reach::Series
    }
    fn plan(&self, _: &Request, _: NaiveDate, _: &Config) -> Result<Vec<Download>> {
        Err(Error::internal("what FRED is asked for depends on what the lake has"))
    }
}

fn parse(payload: &Payload, config: &Config) -> Result<Parsed> {
    let body = Body::read(&payload.bytes)?;
    let hint = payload.hint.as_deref().ok_or_else(|| {
        Error::source("the body does not say which series it is of").hint("name it with `--series`, as in `--series GDP --file body.json`")
    })?;
    observations::parse(&Hint::parse(hint)?, body, payload, config)
}

/// What is said of a payload where its content does not: the series, and whether what stood on its first day is known from payloads before
/// it. Written `GDP` or `GDP continued`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    pub series: SeriesId,
    pub continues: bool,
}

impl Hint {
    const CONTINUED: &str = " continued";

    fn parse(text: &str) -> Result<Self> {
        let (series, continues) = text.strip_suffix(Self::CONTINUED).map_or((text, false), |series| (series, true));
        Ok(Self { series: SeriesId::new(series)?, continues })
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.series, if self.continues { Self::CONTINUED } else { "" })
    }
}

/// A series as the provider names it: upper-case letters, digits and `_`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesId(String);

impl SeriesId {
    const MAX_LENGTH: usize = 64;

    /// From what a person typed, whatever its case.
    ///
    /// # Errors
    /// No series can be called so.
    pub fn new(text: &str) -> Result<Self> {
        let id = text.trim().to_uppercase();
        let is_part = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
        if (1..=Self::MAX_LENGTH).contains(&id.len()) && id.bytes().all(is_part) {
            return Ok(Self(id));
        }
        Err(Error::usage(format!("`{text}` is no name of a series")).hint("names are letters, digits and `_`, as PAYEMS or CES0500000003"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The described series that was probably meant, if this one is not described itself.
    pub fn nearest<'c>(&self, config: &'c Config) -> Option<&'c str> {
        if config.series(NAME, &self.0).is_some() {
            return None;
        }
        closest(&self.0, config.series_of(NAME).map(|series| series.id.as_str()))
    }
}

impl fmt::Display for SeriesId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::sources::pace::Bucket;

    /// What the provider allows a key.
    const ALLOWED_PER_MINUTE: u32 = 120;

    #[test]
    fn no_minute_has_more_requests_than_the_provider_allows() {
        let minute = Duration::from_secs(60);
        let mut bucket = Bucket::new(pace(&Config::built_in().expect("the built-in configuration")));
        let mut sent = Vec::new();
        let mut now = Duration::ZERO;
        for _ in 0..1_000 {
            now += bucket.take(now);
            sent.push(now);
        }
        for (first, start) in sent.iter().enumerate() {
            let n = sent[first..].iter().take_while(|at| **at < *start + minute).count();
            assert!(n <= ALLOWED_PER_MINUTE as usize, "{n} from {start:?} on");
        }
    }
}
