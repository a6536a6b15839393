//! What becomes of contract bars that cannot be right: the section `bars` of a configuration file.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::{Error, Result};

/// What can be wrong with a bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BarFinding {
    HighBelowLow,
    OutsideRange,
    NotPositive,
    NegativeVolume,
    DuplicateDay,
    Expired,
    NoTradeDate,
}

impl BarFinding {
    pub const ALL: [Self; 7] = [
        Self::HighBelowLow,
        Self::OutsideRange,
        Self::NotPositive,
        Self::NegativeVolume,
        Self::DuplicateDay,
        Self::Expired,
        Self::NoTradeDate,
    ];

    /// In words.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::HighBelowLow => "the high is below the low",
            Self::OutsideRange => "open or close is not between low and high",
            Self::NotPositive => "a price is not positive",
            Self::NegativeVolume => "the volume is negative",
            Self::DuplicateDay => "the contract has another bar of this day",
            Self::Expired => "the bar is after the last trade day",
            Self::NoTradeDate => "the bar is of a day without a trade date, and known with the session that the day is traded in",
        }
    }
}

/// What becomes of a bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is taken, and said.
    Warn,
    /// It is set aside.
    Quarantine,
}

/// How contract bars are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BarsConfig {
    /// Whether a vendor may change a bar that it has given before.
    pub revises: bool,
    pub release_window_days: u32,
    findings: BTreeMap<BarFinding, Action>,
}

impl BarsConfig {
    pub fn action(&self, finding: BarFinding) -> Action {
        self.findings.get(&finding).copied().unwrap_or(Action::Quarantine)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct BarsEntry {
    revises: Option<bool>,
    release_window_days: Option<u32>,
    findings: BTreeMap<BarFinding, Action>,
}

impl BarsEntry {
    pub(super) fn overlay(&mut self, over: Self) {
        self.revises = over.revises.or(self.revises);
        self.release_window_days = over.release_window_days.or(self.release_window_days);
        self.findings.extend(over.findings);
    }
    /// # Errors
    /// A setting is missing, which the built-in file has.
    pub(super) fn into_config(self) -> Result<BarsConfig> {
        let missing = |key: &str| Error::internal(format!("config/bars.toml has no `{key}`"));
        if let Some(finding) = BarFinding::ALL.into_iter().find(|finding| !self.findings.contains_key(finding)) {
            return Err(missing(&format!("findings.{finding:?}")));
        }
        Ok(BarsConfig {
            revises: self.revises.ok_or_else(|| missing("revises"))?,
            release_window_days: self.release_window_days.ok_or_else(|| missing("release_window_days"))?,
            findings: self.findings,
        })
    }
}
