//! The glossary as types. "As of" has three meanings in this field; here each has its own type, and no function takes a bare integer.
//!
//! - [`ReferenceDate`]: the day that a value describes (column `as_of`).
//! - [`KnowledgeTime`]: the first instant at which the public could know a value (column `available_at`), and the session's clock.
//! - [`IngestTime`]: when a payload was downloaded (`observed_at` beside the raw file, column `ingested_at`).
//! - [`Availability`]: how a knowledge time is known, best first.
//!
//! This module is the only reader of the system clock. It knows nothing of files, tables or SQL.

/// Releases that somebody attests.
pub mod attested;
/// Business days of a country.
pub mod business;
/// Closures of the federal government, and business days around them.
pub mod closures;
/// The release calendar of the Commitments of Traders.
pub mod cot;
/// How the instant of a release is known.
pub mod evidence;
/// Trading calendars of exchanges.
pub mod exchange;
mod instant;
/// When the figures of one series are out: what is attested, else a rule.
pub mod release_dates;
/// When a figure is out, counted from the period that it describes.
pub mod release_rule;
mod shift;
mod step;
mod united_states;

pub use shift::{Shift, day};
pub use step::Step;

use chrono::NaiveDate;

/// Microseconds since 1970-01-01T00:00:00Z at which something could be known. Ordered; half-open ranges start at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KnowledgeTime(i64);

/// Microseconds since 1970-01-01T00:00:00Z at which we saw a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IngestTime(i64);

/// A day that a value describes.
pub type ReferenceDate = NaiveDate;

impl KnowledgeTime {
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }
    pub const fn micros(self) -> i64 {
        self.0
    }
}

impl IngestTime {
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }
    pub const fn micros(self) -> i64 {
        self.0
    }
    /// The system clock, read here and nowhere else.
    pub fn now() -> Self {
        Self(chrono::Utc::now().timestamp_micros())
    }
    /// The day of it, in UTC.
    pub fn date(self) -> NaiveDate {
        chrono::DateTime::from_timestamp_micros(self.0).unwrap_or_default().date_naive()
    }
    /// What was seen at this instant was known at this instant.
    pub const fn as_knowledge(self) -> KnowledgeTime {
        KnowledgeTime(self.0)
    }
}

/// How `available_at` is known, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Availability {
    /// The source says it.
    Stamped,
    /// An official announcement or calendar says it.
    Scheduled,
    /// A calendar rule.
    Rule,
    /// A conservative assumed lag.
    Lagged,
    /// First seen by us.
    Observed,
}

impl Availability {
    pub const ALL: [Self; 5] = [Self::Stamped, Self::Scheduled, Self::Rule, Self::Lagged, Self::Observed];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Stamped => "stamped",
            Self::Scheduled => "scheduled",
            Self::Rule => "rule",
            Self::Lagged => "lagged",
            Self::Observed => "observed",
        }
    }
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grade| grade.name() == name)
    }
}

/// How far the date of a vintage is to be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grade {
    pub availability: Availability,
    /// Read so long after its release that the source may have revised it silently.
    pub backcast: bool,
}

impl Default for Grade {
    /// What claims nothing.
    fn default() -> Self {
        Self { availability: Availability::Observed, backcast: false }
    }
}

impl Grade {
    /// The grade of what is made of two parts.
    pub fn worst(self, other: Self) -> Self {
        Self { availability: self.availability.max(other.availability), backcast: self.backcast || other.backcast }
    }
}

/// When something was or will be released, and how we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Release {
    pub at: KnowledgeTime,
    pub availability: Availability,
}
