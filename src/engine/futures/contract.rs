//! What an instrument is on a day, as known at an instant: its root, month and last days.
//!
//! Identity is of the instrument's own definition known then, else of its symbol. The expiration is that of the exchange's definition of this
//! instrument, else of the same contract in another dataset, else what the file of bars said, else the exchange's rule from configuration,
//! which is no fact and has no clock. A reused symbol or number is told apart by the day alone, never by which rows happen to be asked for,
//! so that a filter cannot change what a row is.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{Days, NaiveDate};

use super::definitions::{Definition, Instrument, Lives, Stated, lives};
use crate::config::Config;
use crate::contract::{ContractMonth, ContractName, contract_id, near, parse};
use crate::error::{Error, Result};
use crate::quant::known::NO_INSTANT;
use crate::time::Grade;

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
    /// The latest of the definitions that made it; [`NO_INSTANT`] where none did.
    pub known_at: i64,
    /// The worst of them.
    pub grade: Option<Grade>,
}

impl Contract {
    /// Whether rows about either say the same.
    fn is_told_as(&self, other: &Self) -> bool {
        let plain = |contract: &Self| Self { from: None, known_at: NO_INSTANT, grade: None, ..contract.clone() };
        plain(self) == plain(other)
    }

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

/// All that is known of instruments at an instant, and how it came to be known.
#[derive(Debug)]
pub struct Directory {
    config: Arc<Config>,
    stated: Stated,
    /// By the newest vintages.
    lives: Lives,
    /// The instruments that an exchange has ever given to a contract, by contract id.
    named: HashMap<String, Vec<Instrument>>,
    /// The expiration that an exchange gives, by contract id.
    expirations: HashMap<String, Stating>,
}

/// An exchange's word on an expiration. Of several datasets the newest statement holds, and of equally new ones the same at every run.
#[derive(Debug, Clone, Copy)]
struct Stating {
    available_at: i64,
    expiration: NaiveDate,
    grade: Grade,
}

/// What an instrument was on a run of its days, and while that was what was known.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    pub first_day: i32,
    pub last_day: i32,
    pub contract: Option<Contract>,
    /// [`NO_INSTANT`] where it follows from symbol and rules alone.
    pub since: i64,
    /// [`i64::MAX`] while nothing else is known.
    pub superseded_at: i64,
}

/// What is known of one instrument at an instant: its lives, and what exchanges say of expirations.
struct Looking<'a> {
    own: Cow<'a, [Definition]>,
    expiration: Expirations<'a>,
}

/// What exchanges say of the expiration of a contract.
type Expirations<'a> = Box<dyn Fn(&str) -> Option<Stating> + 'a>;

impl Directory {
    pub fn new(config: Arc<Config>, stated: Stated) -> Self {
        let lives = stated.iter().map(|(instrument, own)| (instrument.clone(), lives(own, i64::MAX))).collect();
        let mut directory = Self { config, stated, lives, named: HashMap::new(), expirations: HashMap::new() };
        let mut named: HashMap<String, Vec<Instrument>> = HashMap::new();
        for (instrument, own) in &directory.stated {
            for definition in own.iter().filter(|d| !d.is_of_file) {
                if let Some((contract, true)) = directory.named_by(instrument, definition) {
                    let instruments = named.entry(contract.contract_id).or_default();
                    if instruments.last() != Some(instrument) {
                        instruments.push(instrument.clone());
                    }
                }
            }
        }
        directory.named = named;
        let newest = directory.named.keys().filter_map(|id| Some((id.clone(), directory.stating(id, i64::MAX)?)));
        directory.expirations = newest.collect();
        directory
    }

    /// What exchanges said of a contract's expiration up to an instant.
    fn stating(&self, contract_id: &str, known_by: i64) -> Option<Stating> {
        let instruments = self.named.get(contract_id)?;
        let statings = instruments.iter().flat_map(|instrument| {
            let own = self.stated.get(instrument).map_or(&[][..], Vec::as_slice);
            lives(own, known_by).into_iter().filter(|d| !d.is_of_file).filter_map(move |definition| {
                let (contract, is_month_known) = self.named_by(instrument, &definition)?;
                let Definition { available_at, grade, .. } = definition;
                let stating = Stating { available_at, expiration: definition.expiration?, grade };
                (is_month_known && contract.contract_id == contract_id).then_some(stating)
            })
        });
        statings.max_by_key(|stating| (stating.available_at, stating.expiration))
    }

    /// The instants at which something was stated of an instrument or of a contract.
    fn statements<'a>(&'a self, instruments: impl Iterator<Item = &'a Instrument>) -> BTreeSet<i64> {
        instruments.filter_map(|instrument| self.stated.get(instrument)).flatten().map(|definition| definition.available_at).collect()
    }

    fn newest(&self, instrument: &Instrument) -> Looking<'_> {
        Looking {
            own: self.lives.get(instrument).map_or(&[][..], Vec::as_slice).into(),
            expiration: Box::new(|id| self.expirations.get(id).copied()),
        }
    }

    fn at(&self, instrument: &Instrument, instant: i64) -> Looking<'_> {
        Looking {
            own: lives(self.stated.get(instrument).map_or(&[][..], Vec::as_slice), instant).into(),
            expiration: Box::new(move |id| self.stating(id, instant)),
        }
    }

    /// All that an instrument was known to be on some days, which must be in order: what is known now, and what was before.
    pub fn history(&self, instrument: &Instrument, days: &[i32]) -> Vec<Span> {
        let mut instants = self.statements(std::iter::once(instrument));
        instants.insert(NO_INSTANT);
        let known = |instant: &i64| self.contracts_by(instrument, &self.at(instrument, *instant), days);
        let ids: BTreeSet<String> =
            instants.iter().flat_map(&known).filter_map(|(_, contract)| contract).map(|contract| contract.contract_id).collect();
        instants.extend(self.statements(ids.iter().filter_map(|id| self.named.get(id)).flatten()));
        let mut spans: Vec<Span> = Vec::new();
        for instant in instants {
            let mut first_day = i32::MIN;
            let mut found = Vec::new();
            for (last_day, contract) in known(&instant) {
                found.push(Span { first_day, last_day, contract, since: instant, superseded_at: i64::MAX });
                first_day = last_day + 1;
            }
            for span in spans.iter_mut().filter(|span| span.superseded_at == i64::MAX) {
                match found.iter().position(|new| span.says_what(new)) {
                    // what was confirmed was known before, and is told by its newest words
                    Some(at) => span.contract = found.swap_remove(at).contract,
                    None => span.superseded_at = instant,
                }
            }
            spans.extend(found);
        }
        spans.retain(|span| span.contract.is_some());
        spans
    }

    /// Every definition of an outright contract with the contract that it makes.
    pub fn defined(&self) -> impl Iterator<Item = (Contract, &Definition)> {
        self.lives.iter().flat_map(move |(instrument, own)| {
            let looking = self.newest(instrument);
            own.iter().filter_map(move |definition| Some((self.of_definition(instrument, &looking, definition)?, definition)))
        })
    }

    /// Every outright contract that a definition makes or once made, without its dates.
    pub fn ever_named(&self) -> impl Iterator<Item = Contract> {
        let named = |(instrument, own): (&Instrument, &Vec<Definition>)| -> Vec<Contract> {
            own.iter().filter_map(|definition| Some(self.named_by(instrument, definition)?.0)).collect()
        };
        self.stated.iter().flat_map(named)
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
    fn contracts_by(&self, instrument: &Instrument, looking: &Looking<'_>, days: &[i32]) -> Vec<(i32, Option<Contract>)> {
        let (Some(&first), Some(&last)) = (days.first(), days.last()) else { return Vec::new() };
        let life = life(instrument, &looking.own, first);
        if life == self::life(instrument, &looking.own, last) {
            return vec![(last, self.contract(instrument, looking, life))];
        }
        let mut found: Vec<(i32, Life)> = Vec::new();
        for &day in days {
            let life = self::life(instrument, &looking.own, day);
            match found.last_mut().filter(|(_, before)| *before == life) {
                Some((until, _)) => *until = day,
                None => found.push((day, life)),
            }
        }
        found.into_iter().map(|(until, life)| (until, self.contract(instrument, looking, life))).collect()
    }

    fn contract(&self, instrument: &Instrument, looking: &Looking<'_>, life: Life) -> Option<Contract> {
        match life {
            Life::Defined(at) => self.of_definition(instrument, looking, looking.own.get(at)?),
            Life::Named(month) => {
                let name = parse(&instrument.symbol, month.first_day())?;
                let contract = self.identity(instrument, self.root_of(&name.root), Some(month));
                Some(self.with_dates(contract, looking, None))
            }
            Life::Unknown => None,
        }
    }

    fn of_definition(&self, instrument: &Instrument, looking: &Looking<'_>, definition: &Definition) -> Option<Contract> {
        let (contract, _) = self.named_by(instrument, definition)?;
        Some(self.with_dates(contract, looking, Some(definition)))
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
            known_at: NO_INSTANT,
            grade: None,
        }
    }

    fn with_dates(&self, contract: Contract, looking: &Looking<'_>, definition: Option<&Definition>) -> Contract {
        let rule = contract.month.and_then(|month| self.config.contract_dates(&contract.root, month));
        let own = definition.and_then(|d| Some((d.expiration?, if d.is_of_file { Origin::File } else { Origin::Definition })));
        let defined = definition.map(|d| (d.available_at, d.grade));
        let of_exchange = || {
            let stating = (looking.expiration)(&contract_id(&contract.root, contract.month?))?;
            Some((stating.expiration, Origin::Definition, Some((stating.available_at, stating.grade))))
        };
        let known = own
            .filter(|(_, from)| *from == Origin::Definition)
            .map(|(expiration, from)| (expiration, from, None))
            .or_else(of_exchange)
            .or(own.map(|(expiration, from)| (expiration, from, None)))
            .or_else(|| rule.map(|dates| (dates.last_trade, Origin::Rule, None)));
        let said = known.and_then(|(.., said)| said);
        let facts = defined.into_iter().chain(said);
        Contract {
            expiration: known.map(|(expiration, ..)| expiration),
            from: known.map(|(_, from, _)| from),
            first_notice: rule.and_then(|dates| dates.first_notice),
            known_at: facts.clone().map(|(at, _)| at).max().unwrap_or(NO_INSTANT),
            grade: facts.map(|(_, grade)| grade).reduce(Grade::worst),
            ..contract
        }
    }
}

impl Span {
    /// Whether both are about the same days and say the same of them.
    fn says_what(&self, other: &Self) -> bool {
        let days = |span: &Self| (span.first_day, span.last_day);
        let same = match (&self.contract, &other.contract) {
            (Some(one), Some(other)) => one.is_told_as(other),
            (one, other) => one.is_none() && other.is_none(),
        };
        days(self) == days(other) && same
    }
}

/// The newest definition from that day or before, unless it had long expired; else the next one, unless the symbol names another month
/// then; else what the symbol names. As days go on no life comes back: what is one life on two days is the same on all between.
fn life(instrument: &Instrument, own: &[Definition], day: i32) -> Life {
    let on = date(day);
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
    use crate::time::Availability;

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
            grade: Grade { availability: Availability::Stamped, backcast: false },
        }
    }

    fn instrument(dataset: &str, symbol: &str) -> Instrument {
        Instrument { dataset: dataset.into(), symbol: symbol.into(), id: 0 }
    }

    fn directory(all: Vec<(Instrument, Vec<Definition>)>) -> Directory {
        Directory::new(Arc::new(Config::built_in().expect("the built-in files are valid")), all.into_iter().collect())
    }

    fn contracts(directory: &Directory, instrument: &Instrument, days: &[i32]) -> Vec<(i32, Option<Contract>)> {
        directory.contracts_by(instrument, &directory.newest(instrument), days)
    }

    /// The contract ids, and sources of the expiration, that an instrument has on some days.
    fn ids(directory: &Directory, instrument: &Instrument, days: &[&str]) -> Vec<(String, Option<Origin>)> {
        let days: Vec<i32> = days.iter().map(|text| day(text)).collect();
        let found = contracts(directory, instrument, &days);
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
        let sofr = contracts(&rule, &instrument("X", "SR3H6"), &days.map(day));
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
        assert_eq!(contracts(&both, &own, &[day("2026-01-02")])[0].1.as_ref().map(|c| c.expiration), Some("2026-03-20".parse().ok()));
    }

    #[test]
    fn what_was_known_before_is_told_with_its_instants() {
        let es = instrument("X", "ESH6");
        let stated = |at, expiration| Definition { available_at: at, ..definition("2025-03-21", Some((2026, 3)), Some(expiration)) };
        // confirmed at 10, moved at 20, said again at 30
        let all = vec![
            stated(10, "2026-03-20"),
            stated(20, "2026-03-13"),
            Definition { currency: Some("USD".into()), ..stated(30, "2026-03-13") },
        ];
        let known = directory(vec![(es.clone(), all)]);
        let told: Vec<_> = known
            .history(&es, &[day("2026-01-02")])
            .into_iter()
            .map(|span| (span.since, span.superseded_at, span.contract.and_then(|c| Some((c.expiration?.to_string(), c.from?)))))
            .collect();
        let said = |expiration: &str| Some((expiration.to_string(), Origin::Definition));
        assert_eq!(told, [(NO_INSTANT, 20, said("2026-03-20")), (20, i64::MAX, said("2026-03-13"))]);
        // another dataset's bars are dated by the exchange's word on the contract
        let (own, other) = (instrument("acme", "ESH6"), instrument("GLBX.MDP3", "ESH6"));
        let both = directory(vec![(other, vec![stated(20, "2026-03-13")])]);
        let since: Vec<_> = both.history(&own, &[day("2026-01-02")]).into_iter().map(|span| (span.since, span.superseded_at)).collect();
        assert_eq!(since, [(NO_INSTANT, 20), (20, i64::MAX)]);
        // before a definition an opaque name is no contract
        let opaque = instrument("X", "FRONT");
        let known = directory(vec![(opaque.clone(), vec![stated(10, "2026-03-20")])]);
        let since: Vec<_> = known.history(&opaque, &[day("2026-01-02")]).into_iter().map(|span| span.since).collect();
        assert_eq!(since, [10]);
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
        let unknown = contracts(&directory(Vec::new()), &instrument("acme", "QQQM6"), &[day("2026-01-02")]);
        let contract = unknown.into_iter().find_map(|(_, contract)| contract).expect("the symbol names a contract");
        let error = contract.ensure_expiration().expect_err("nothing says it");
        assert_eq!(error.message(), "no expiration is known for the contract `QQQM6` of `acme`");
        assert!(error.hint_text().is_some_and(|hint| hint.contains("--config")));
    }
}
