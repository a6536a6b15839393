//! What an instrument is on a day, as known at an instant: its root, month and last days.
//!
//! Identity is of the instrument's own definition known then, else of its symbol. The expiration is that of the exchange's definition of this
//! instrument, else of the same contract in another dataset, else what the file of bars said, else the exchange's rule from configuration,
//! which is no fact and has no clock. A reused symbol or number is told apart by the day alone, never by which rows happen to be asked for,
//! so that a filter cannot change what a row is.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{Days, NaiveDate};

use super::definitions::{Definition, Instrument, Lives};
use crate::config::Config;
use crate::contract::{ContractMonth, ContractName, contract_id, near, parse};
use crate::error::{Error, Result};

/// Figures of a contract may come so many days after its last trade day; what comes later is of another life of the symbol.
const DAYS_AFTER_EXPIRATION: u64 = 31;

/// An outright futures contract.
#[derive(Debug, Clone, PartialEq)]
pub struct Contract {
    pub dataset: String,
    /// The exchange's root; of a market that configuration does not know, what the definition or the symbol says.
    pub root: String,
    /// The provider's symbol of all contracts of the root (`ES.FUT`), where configuration names one.
    pub parent: Option<String>,
    pub symbol: String,
    /// `None` where the provider has no number.
    pub instrument_id: Option<i64>,
    /// ESH2024; the symbol itself where no month is known.
    pub contract_id: String,
    pub month: Option<ContractMonth>,
    /// Last trade day; `None` where nothing says it.
    pub expiration: Option<NaiveDate>,
    /// Only of contracts that are delivered.
    pub first_notice: Option<NaiveDate>,
    /// Where `expiration` is from.
    pub from: Option<Origin>,
}

impl Contract {
    /// The last trade day, for readers that cannot do without one.
    ///
    /// # Errors
    /// Nothing that is known says when the contract expires.
    pub fn ensure_expiration(&self) -> Result<NaiveDate> {
        self.expiration.ok_or_else(|| {
            Error::query(format!("no expiration is known for the contract `{}` of `{}`", self.symbol, self.dataset)).hint(
                "ingest its definition, give `expiration` in the file of bars, or give the root an expiry rule in the file named with `--config`",
            )
        })
    }
}

/// Where a contract's expiration is from, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    Definition,
    File,
    Rule,
}

impl Origin {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Definition => "definition",
            Self::File => "file",
            Self::Rule => "rule",
        }
    }
}

/// What makes an instrument the same on two days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Life {
    /// The definition at this place among the instrument's own.
    Defined(usize),
    /// No definition; the symbol names this month.
    Named(ContractMonth),
    Unknown,
}

/// All that is known of instruments at an instant.
#[derive(Debug)]
pub struct Directory {
    config: Arc<Config>,
    lives: Lives,
    /// Expirations that an exchange gives, by contract id.
    expirations: HashMap<String, NaiveDate>,
}

impl Directory {
    pub fn new(config: Arc<Config>, lives: Lives) -> Self {
        let mut directory = Self { config, lives, expirations: HashMap::new() };
        // of several datasets the newest statement holds, and of equally new ones the same at every run
        let mut stated: Vec<(String, i64, NaiveDate)> = Vec::new();
        for (instrument, own) in &directory.lives {
            for definition in own.iter().filter(|d| !d.is_of_file) {
                if let (Some((contract, true)), Some(expiration)) = (directory.named_by(instrument, definition), definition.expiration) {
                    stated.push((contract.contract_id, definition.available_at, expiration));
                }
            }
        }
        stated.sort();
        directory.expirations = stated.into_iter().map(|(contract, _, expiration)| (contract, expiration)).collect();
        directory
    }

    /// Every definition of an outright contract with the contract that it makes.
    pub fn defined(&self) -> impl Iterator<Item = (Contract, &Definition)> {
        self.lives.iter().flat_map(move |(instrument, own)| {
            own.iter().filter_map(move |definition| Some((self.of_definition(instrument, definition)?, definition)))
        })
    }

    /// The exchange's root under any name of it: an alias, a provider's parent symbol, the root itself.
    pub fn root_of(&self, name: &str) -> String {
        let by_parent = || self.config.roots.iter().find(|root| root.parent.as_deref() == Some(name));
        let bare = name.strip_suffix(".FUT").unwrap_or(name);
        self.config.find_root(name).or_else(by_parent).or_else(|| self.config.find_root(bare)).map_or(bare, |root| &root.root).to_string()
    }

    /// Every spelling that symbols of a root may begin with.
    pub fn spellings(&self, root: &str) -> Vec<String> {
        let own = self.config.find_root(root).into_iter().flat_map(|known| std::iter::once(&known.root).chain(&known.aliases));
        std::iter::once(root.to_string()).chain(own.cloned()).collect()
    }

    /// The outright contracts that an instrument was on some days, which must be in order: each with the last of its days. `None` stands for
    /// days on which it was no outright contract.
    pub fn contracts(&self, instrument: &Instrument, days: &[i32]) -> Vec<(i32, Option<Contract>)> {
        let (Some(&first), Some(&last)) = (days.first(), days.last()) else { return Vec::new() };
        let life = self.life(instrument, first);
        if life == self.life(instrument, last) {
            return vec![(last, self.contract(instrument, life))];
        }
        let mut found: Vec<(i32, Life)> = Vec::new();
        for &day in days {
            let life = self.life(instrument, day);
            match found.last_mut().filter(|(_, before)| *before == life) {
                Some((until, _)) => *until = day,
                None => found.push((day, life)),
            }
        }
        found.into_iter().map(|(until, life)| (until, self.contract(instrument, life))).collect()
    }

    /// The newest definition from that day or before, unless it had long expired; else the next one, unless the symbol names another month
    /// then; else what the symbol names. As days go on no life comes back: what is one life on two days is the same on all between.
    fn life(&self, instrument: &Instrument, day: i32) -> Life {
        let on = date(day);
        let own = self.lives.get(instrument).map_or(&[][..], Vec::as_slice);
        let n_begun = own.partition_point(|definition| definition.first_day <= day);
        let is_over = |d: &Definition| {
            let end = d.expiration.map(|expiration| expiration.max(date(d.first_day)));
            end.and_then(|end| end.checked_add_days(Days::new(DAYS_AFTER_EXPIRATION))).is_some_and(|end| end < on)
        };
        if let Some(at) = n_begun.checked_sub(1).filter(|&at| !is_over(&own[at])) {
            return Life::Defined(at);
        }
        let named = parse(&instrument.symbol, near(on)).map(|name| name.month);
        let next = own.get(n_begun).filter(|next| named.is_none_or(|month| month_of(instrument, next).is_none_or(|own| own == month)));
        match (next, named) {
            (Some(_), _) => Life::Defined(n_begun),
            (None, Some(month)) => Life::Named(month),
            (None, None) => Life::Unknown,
        }
    }

    fn contract(&self, instrument: &Instrument, life: Life) -> Option<Contract> {
        match life {
            Life::Defined(at) => self.of_definition(instrument, self.lives.get(instrument)?.get(at)?),
            Life::Named(month) => {
                let name = parse(&instrument.symbol, month.first_day())?;
                let contract = self.identity(instrument, self.root_of(&name.root), Some(month));
                Some(self.with_dates(contract, None))
            }
            Life::Unknown => None,
        }
    }

    fn of_definition(&self, instrument: &Instrument, definition: &Definition) -> Option<Contract> {
        let (contract, _) = self.named_by(instrument, definition)?;
        Some(self.with_dates(contract, Some(definition)))
    }

    /// The contract that a definition names, still without dates, and whether its month is known.
    fn named_by(&self, instrument: &Instrument, definition: &Definition) -> Option<(Contract, bool)> {
        let name = name_of(instrument, definition);
        match definition.is_outright {
            Some(false) => return None,
            // a file gives a root and an expiration to single contracts only
            None if !definition.is_of_file && name.is_none() => return None,
            _ => {}
        }
        let said = definition.asset.as_deref().or(name.as_ref().map(|name| name.root.as_str()))?;
        let month = definition.maturity.or(name.as_ref().map(|name| name.month));
        Some((self.identity(instrument, self.root_of(said), month), month.is_some()))
    }

    fn identity(&self, instrument: &Instrument, root: String, month: Option<ContractMonth>) -> Contract {
        Contract {
            dataset: instrument.dataset.clone(),
            parent: self.config.find_root(&root).and_then(|known| known.parent.clone()),
            symbol: instrument.symbol.clone(),
            instrument_id: Some(instrument.id).filter(|id| *id != 0),
            contract_id: month.map_or_else(|| instrument.symbol.clone(), |month| contract_id(&root, month)),
            root,
            month,
            expiration: None,
            first_notice: None,
            from: None,
        }
    }

    fn with_dates(&self, contract: Contract, definition: Option<&Definition>) -> Contract {
        let rule = contract.month.and_then(|month| self.config.contract_dates(&contract.root, month));
        let own = definition.and_then(|d| Some((d.expiration?, if d.is_of_file { Origin::File } else { Origin::Definition })));
        let of_exchange = || {
            let month = contract.month?;
            Some((*self.expirations.get(&contract_id(&contract.root, month))?, Origin::Definition))
        };
        let known = own
            .filter(|(_, from)| *from == Origin::Definition)
            .or_else(of_exchange)
            .or(own)
            .or_else(|| rule.map(|dates| (dates.last_trade, Origin::Rule)));
        let (expiration, from) = known.unzip();
        Contract { expiration, from, first_notice: rule.and_then(|dates| dates.first_notice), ..contract }
    }
}

/// The month of a definition, by its symbol where it does not say one.
fn month_of(instrument: &Instrument, definition: &Definition) -> Option<ContractMonth> {
    definition.maturity.or_else(|| name_of(instrument, definition).map(|name| name.month))
}

/// What the symbol of a definition names near the day that the definition is about.
fn name_of(instrument: &Instrument, definition: &Definition) -> Option<ContractName> {
    let day = definition.expiration.unwrap_or_else(|| date(definition.first_day));
    parse(&instrument.symbol, near(day))
}

/// A day since 1970 as a date.
pub fn date(day: i32) -> NaiveDate {
    crate::time::day(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> i32 {
        let date: NaiveDate = text.parse().expect("a date");
        date.signed_duration_since(NaiveDate::default()).num_days() as i32
    }

    fn definition(first_day: &str, maturity: Option<(i32, u32)>, expiration: Option<&str>) -> Definition {
        Definition {
            first_day: day(first_day),
            is_of_file: false,
            is_outright: Some(true),
            asset: Some("ES".into()),
            maturity: maturity.and_then(|(year, month)| ContractMonth::new(year, month)),
            activation: None,
            expiration: expiration.map(|text| text.parse().expect("a date")),
            min_price_increment: None,
            min_price_increment_amount: None,
            display_factor: None,
            unit_of_measure_qty: None,
            currency: None,
            available_at: 0,
        }
    }

    fn instrument(dataset: &str, symbol: &str) -> Instrument {
        Instrument { dataset: dataset.into(), symbol: symbol.into(), id: 0 }
    }

    fn directory(all: Vec<(Instrument, Vec<Definition>)>) -> Directory {
        Directory::new(Arc::new(Config::built_in().expect("the built-in files are valid")), all.into_iter().collect())
    }

    /// The contract ids, and sources of the expiration, that an instrument has on some days.
    fn ids(directory: &Directory, instrument: &Instrument, days: &[&str]) -> Vec<(String, Option<Origin>)> {
        let days: Vec<i32> = days.iter().map(|text| day(text)).collect();
        let found = directory.contracts(instrument, &days);
        found.into_iter().filter_map(|(_, contract)| contract).map(|contract| (contract.contract_id, contract.from)).collect()
    }

    fn said(ids: &[(&str, Origin)]) -> Vec<(String, Option<Origin>)> {
        ids.iter().map(|(id, from)| ((*id).to_string(), Some(*from))).collect()
    }

    #[test]
    fn a_reused_symbol_is_told_apart_by_the_day() {
        let es = instrument("X", "ESH6");
        let rule = directory(Vec::new());
        let days = ["2016-03-01", "2016-03-18", "2026-01-02", "2026-03-20"];
        assert_eq!(ids(&rule, &es, &days), said(&[("ESH2016", Origin::Rule), ("ESH2026", Origin::Rule)]));
        // the definition of the second life is held alone: it does not reach back to the first
        let second = directory(vec![(es.clone(), vec![definition("2025-03-21", Some((2026, 3)), Some("2026-03-20"))])]);
        assert_eq!(ids(&second, &es, &days), said(&[("ESH2016", Origin::Rule), ("ESH2026", Origin::Definition)]));
        // the first alone: it had expired
        let first = directory(vec![(es.clone(), vec![definition("2015-03-20", Some((2016, 3)), Some("2016-03-18"))])]);
        assert_eq!(ids(&first, &es, &days), said(&[("ESH2016", Origin::Definition), ("ESH2026", Origin::Rule)]));
    }

    #[test]
    fn a_contract_may_trade_after_its_month_and_its_figures_come_after_its_end() {
        let rule = directory(Vec::new());
        let days = ["2026-03-02", "2026-06-16"];
        let sofr = rule.contracts(&instrument("X", "SR3H6"), &days.map(day));
        assert_eq!(sofr.iter().filter_map(|(_, c)| c.as_ref()).map(|c| c.contract_id.as_str()).collect::<Vec<_>>(), ["SR3H2026"]);
        let es = instrument("X", "ESH6");
        let defined = directory(vec![(es.clone(), vec![definition("2025-03-21", Some((2026, 3)), Some("2026-03-20"))])]);
        assert_eq!(ids(&defined, &es, &["2026-03-20", "2026-03-23"]), said(&[("ESH2026", Origin::Definition)]));
    }

    #[test]
    fn a_definition_received_late_is_about_the_days_before_it() {
        let opaque = instrument("X", "FRONT");
        let late = directory(vec![(opaque.clone(), vec![definition("2026-02-01", Some((2026, 3)), Some("2026-03-20"))])]);
        assert_eq!(ids(&late, &opaque, &["2026-01-02", "2026-03-20"]), said(&[("ESH2026", Origin::Definition)]));
    }

    #[test]
    fn the_exchange_knows_better_than_a_file_and_a_file_than_the_rule() {
        let (own, other) = (instrument("acme", "ESH6"), instrument("GLBX.MDP3", "ESH6"));
        let of_file = Definition { is_of_file: true, ..definition("2025-03-21", Some((2026, 3)), Some("2026-03-19")) };
        let of_exchange = definition("2025-03-21", Some((2026, 3)), Some("2026-03-20"));
        let alone = directory(vec![(own.clone(), vec![of_file.clone()])]);
        assert_eq!(ids(&alone, &own, &["2026-01-02"]), said(&[("ESH2026", Origin::File)]));
        let both = directory(vec![(own.clone(), vec![of_file]), (other, vec![of_exchange])]);
        assert_eq!(ids(&both, &own, &["2026-01-02"]), said(&[("ESH2026", Origin::Definition)]));
        assert_eq!(both.contracts(&own, &[day("2026-01-02")])[0].1.as_ref().map(|c| c.expiration), Some("2026-03-20".parse().ok()));
    }

    #[test]
    fn a_root_has_many_names_and_an_unknown_one_its_own() {
        let none = directory(Vec::new());
        let names = ["ES", "SP500", "ES.FUT", "TY.FUT", "QQQ.FUT", "QQQ"].map(|name| none.root_of(name));
        assert_eq!(names, ["ES", "ES", "ES", "ZN", "QQQ", "QQQ"]);
    }

    #[test]
    fn spreads_and_what_participants_defined_are_no_contracts() {
        let spread = instrument("X", "ESH6-ESM6");
        assert!(ids(&directory(Vec::new()), &spread, &["2026-01-02"]).is_empty());
        let listed = instrument("X", "ESH6");
        let other = Definition { is_outright: Some(false), ..definition("2025-03-21", Some((2026, 3)), None) };
        assert!(ids(&directory(vec![(listed.clone(), vec![other])]), &listed, &["2026-01-02"]).is_empty());
    }

    #[test]
    fn a_contract_without_an_end_says_what_to_do() {
        let unknown = directory(Vec::new()).contracts(&instrument("acme", "QQQM6"), &[day("2026-01-02")]);
        let contract = unknown.into_iter().find_map(|(_, contract)| contract).expect("the symbol names a contract");
        let error = contract.ensure_expiration().expect_err("nothing says it");
        assert_eq!(error.message(), "no expiration is known for the contract `QQQM6` of `acme`");
        assert!(error.hint_text().is_some_and(|hint| hint.contains("--config")));
    }
}
