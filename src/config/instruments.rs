//! Instruments of daily prices: the section `instruments` of a configuration file. Each has an id of ours, under which it stands in
//! `market_data`, and the spelling of the provider.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::release;
use crate::error::{Error, Result};
use crate::time::business::BusinessCalendar;

/// More decimals than any price has.
const MOST_DECIMALS: u32 = 8;

/// What an instrument is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstrumentKind {
    /// An exchange rate: units of `currency` for one of the other.
    Fx,
    Index,
    /// A yield that is quoted as an index.
    Rate,
    /// A front futures contract.
    Commodity,
    Etf,
    Equity,
    Crypto,
}

impl InstrumentKind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fx => "fx",
            Self::Index => "index",
            Self::Rate => "rate",
            Self::Commodity => "commodity",
            Self::Etf => "etf",
            Self::Equity => "equity",
            Self::Crypto => "crypto",
        }
    }
    /// Whether there are shares of it, which may be split and have dividends.
    pub const fn has_shares(self) -> bool {
        matches!(self, Self::Etf | Self::Equity)
    }
    /// Whether a volume of it is counted; where none is, providers write 0.
    pub const fn has_volume(self) -> bool {
        !matches!(self, Self::Fx | Self::Rate)
    }
}

/// One instrument.
#[derive(Debug, Clone, PartialEq)]
pub struct Instrument {
    /// Name in `market_data.symbol`.
    pub id: String,
    pub name: String,
    pub kind: InstrumentKind,
    /// As Yahoo spells it (`BRL=X`).
    pub yahoo: String,
    pub currency: String,
    /// Decimals of a printed price.
    pub decimals: u32,
    /// The days on which a price is to be expected.
    pub calendar: BusinessCalendar,
    /// Whether figures of zero and below can be true.
    pub may_be_negative: bool,
    /// What to know before using it.
    pub note: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InstrumentEntry {
    name: String,
    kind: InstrumentKind,
    yahoo: String,
    currency: String,
    decimals: u32,
    calendar: String,
    #[serde(default)]
    may_be_negative: bool,
    note: Option<String>,
}

/// The instruments, sorted by id.
///
/// # Errors
/// A setting makes no sense, or two instruments are one of the provider's.
pub(super) fn resolve(entries: BTreeMap<String, InstrumentEntry>) -> Result<Vec<Instrument>> {
    let mut instruments: Vec<Instrument> = Vec::with_capacity(entries.len());
    for (id, entry) in entries {
        let wrong = |what: String| Error::config(format!("`instruments.{id}` {what}"));
        let calendar = release::calendar(&entry.calendar, &wrong)?;
        if entry.decimals > MOST_DECIMALS {
            return Err(wrong(format!("has {} decimals", entry.decimals)).hint(format!("a price has {MOST_DECIMALS} at most")));
        }
        if let Some(other) = instruments.iter().find(|other| other.yahoo.eq_ignore_ascii_case(&entry.yahoo)) {
            return Err(wrong(format!("is `{}` at Yahoo, and so is `{}`", entry.yahoo, other.id))
                .hint("give one instrument several names in queries, not here"));
        }
        let InstrumentEntry { name, kind, yahoo, currency, decimals, may_be_negative, note, .. } = entry;
        instruments.push(Instrument { id, name, kind, yahoo, currency, decimals, calendar, may_be_negative, note });
    }
    Ok(instruments)
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    #[test]
    fn instruments_are_found_by_id_and_by_symbol() {
        let config = Config::built_in().expect("the built-in configuration");
        assert!(config.instruments.len() >= 25, "{}", config.instruments.len());
        let found = |name: &str| config.instrument(name).map(|instrument| instrument.id.as_str());
        assert_eq!(found("USDBRL"), Some("USDBRL"));
        assert_eq!(found("BRL=X"), Some("USDBRL"));
        assert_eq!(found("^gspc"), Some("SP500"));
        assert_eq!(found("XYZ"), None);
    }

    #[test]
    fn what_makes_no_sense_is_an_error() {
        let entry = |yahoo: &str, decimals: u32| {
            let text = format!(
                "[instruments.X]\nname = \"X\"\nkind = \"etf\"\nyahoo = \"{yahoo}\"\ncurrency = \"USD\"\ndecimals = {decimals}\ncalendar = \"US\"\n"
            );
            Config::with_overlay("mine.toml", &text).map_err(|error| error.to_string())
        };
        assert!(entry("XYZ", 2).is_ok());
        assert!(entry("XYZ", 9).is_err_and(|error| error.contains("9 decimals")));
        assert!(entry("spy", 2).is_err_and(|error| error.contains("SPY")));
    }
}
