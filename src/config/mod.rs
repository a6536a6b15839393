//! Configuration: the built-in files under `config/`, with a user's own file laid over them.
//!
//! [`Config::load`] runs once, at the start of the program; what it returns is passed down and never changes. Nothing here is stored in
//! the lake: what is derived from configuration (the root of a market, the day a report was due) is resolved when reading or parsing, so
//! one new line in a file also holds for rows that are there already.

/// The calendar of a publisher as it could be read at an instant.
pub mod agenda;
mod bars;
mod file;
mod instruments;
mod release;
mod releases;
mod series;
mod sources;
mod suggest;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

pub use bars::{Action, BarFinding, BarsConfig};
pub use instruments::{Instrument, InstrumentKind};
pub use releases::{PUBLISHERS, Publisher, Releases};
pub use series::{Dated, Frequency, ReleaseHour, Series, end_of_day};
pub use sources::SourceConfig;
pub use suggest::closest;

use crate::contract::{ContractDates, ContractMonth, Rule, month_of_letter};
use crate::error::{Error, Result, system_words};
use crate::time::closures::Closures;
use crate::time::cot::{CotCalendar, CotCalendarParts};
use crate::time::exchange::ExchangeCalendar;
use file::{File, MarketEntry};

const INSTRUMENTS: (&str, &str) = ("config/instruments.toml", include_str!("../../config/instruments.toml"));
const DATABENTO: (&str, &str) = ("config/databento.toml", include_str!("../../config/databento.toml"));
const FRED: (&str, &str) = ("config/fred.toml", include_str!("../../config/fred.toml"));
const BARS: (&str, &str) = ("config/bars.toml", include_str!("../../config/bars.toml"));
const CALENDARS: (&str, &str) = ("config/calendars.toml", include_str!("../../config/calendars.toml"));
const SERIES: (&str, &str) = ("config/series.toml", include_str!("../../config/series.toml"));
const SOURCES: (&str, &str) = ("config/sources.toml", include_str!("../../config/sources.toml"));
const COT: (&str, &str) = ("config/cot.toml", include_str!("../../config/cot.toml"));

/// Read from the working directory when no `--config` is given.
const DEFAULT_FILE: &str = "config/contango.toml";

/// One market: the exchange's root and how the providers call it.
#[derive(Debug, Clone, PartialEq)]
pub struct Root {
    pub root: String,
    pub name: String,
    /// Other symbols in use for the market; function arguments resolve them.
    pub aliases: Vec<String>,
    pub exchange: String,
    /// The CFTC report that carries the market's categories: tff or disaggregated.
    pub cot_report: String,
    /// CFTC contract market codes; no two roots share one.
    pub cot_codes: Vec<String>,
    /// Spelling in the keys of `flow_data` (`TY` in `CFTC_TY_DEALER_NET`), for the markets that have such series.
    pub flow_name: Option<String>,
    /// Databento dataset.
    pub dataset: Option<String>,
    /// Databento symbol of all contracts of the root (`ES.FUT`).
    pub parent: Option<String>,
    /// Value of a move by one point, in `currency`.
    pub point_value: Option<f64>,
    /// Smallest move, in points.
    pub tick_size: Option<f64>,
    pub currency: Option<String>,
    /// Delivery months of the main cycle (`HMUZ`).
    pub months: Option<String>,
    /// Name of the trading calendar.
    pub calendar: Option<String>,
    /// When a contract is last traded, and when notice of delivery is first given.
    pub last_trade: Option<Rule>,
    pub first_notice: Option<Rule>,
    /// Whether prices of zero and below can be true.
    pub may_be_negative: bool,
}

/// Where the CFTC's files are, and how far they are trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CftcConfig {
    /// Folder of the yearly archives, without a final slash.
    pub archive_url: String,
    /// Base of the Socrata datasets, without a final slash.
    pub socrata_url: String,
    /// Whether the CFTC may change what it has published.
    pub revises: bool,
    /// A value read within so many days of its release is the original print.
    pub release_window_days: u32,
}

/// All settings of the program, resolved.
#[derive(Debug, Clone)]
pub struct Config {
    /// Sorted by root.
    pub roots: Vec<Root>,
    pub cftc: CftcConfig,
    pub bars: BarsConfig,
    /// Where Databento is, without a final slash.
    pub databento_url: String,
    /// Where FRED is, without a final slash.
    pub fred_url: String,
    /// Most requests that FRED is sent.
    pub fred_requests_per_minute: u32,
    /// Providers that are asked by address alone, by name.
    pub sources: Vec<SourceConfig>,
    /// Economic series, by source and then by id.
    pub series: Vec<Series>,
    /// Instruments of daily prices, by id.
    pub instruments: Vec<Instrument>,
    releases: Releases,
    cot_calendar: CotCalendar,
    calendars: BTreeMap<String, ExchangeCalendar>,
    every_day: ExchangeCalendar,
    /// Upper-case root or alias → position in `roots`.
    by_name: HashMap<String, usize>,
    by_cot_code: HashMap<String, usize>,
}

impl Config {
    /// The built-in configuration with `file` laid over it; without one, with `config/contango.toml` where that exists.
    ///
    /// # Errors
    /// The file cannot be read, says something that no key knows, or gives two roots the same name or COT code.
    pub fn load(file: Option<&Path>) -> Result<Self> {
        let fallback = Path::new(DEFAULT_FILE);
        let Some(path) = file.or_else(|| fallback.exists().then_some(fallback)) else {
            return Self::built_in();
        };
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| {
            Error::config(format!("cannot be read: {}", system_words(&error)))
                .in_file(&name)
                .hint("`--config` names a TOML file; see config/ for its sections")
        })?;
        Self::with_overlay(&name, &text)
    }

    /// The configuration as it is built into the program.
    ///
    /// # Errors
    /// Never in a released program: the files of `config/` are tested.
    pub fn built_in() -> Result<Self> {
        resolve(built_in_files()?)
    }

    /// The built-in configuration with `text`, the contents of the file `name`, laid over it.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn with_overlay(name: &str, text: &str) -> Result<Self> {
        let mut files = built_in_files()?;
        files.overlay(File::parse(name, text)?);
        resolve(files).map_err(|error| error.in_file(name))
    }

    /// The root of this name or alias, whatever its case.
    ///
    /// # Errors
    /// No market is called so; the hint names the nearest.
    pub fn root(&self, name: &str) -> Result<&Root> {
        if let Some(found) = self.find_root(name) {
            return Ok(found);
        }
        let list = "`SELECT * FROM meta.roots` lists all";
        let hint = match closest(&name.to_uppercase(), self.names()) {
            Some(near) => format!("did you mean `{near}`? {list}"),
            None => format!("{list}; one line in the file given with `--config` adds a market"),
        };
        Err(Error::query(format!("unknown root `{name}`")).hint(hint))
    }

    /// As [`Config::root`], where an unknown name is no error.
    pub fn find_root(&self, name: &str) -> Option<&Root> {
        self.by_name.get(&name.to_uppercase()).map(|at| &self.roots[*at])
    }

    /// The root of a CFTC contract market code.
    pub fn root_of_cot_code(&self, code: &str) -> Option<&str> {
        self.by_cot_code.get(code).map(|at| self.roots[*at].root.as_str())
    }

    /// The CFTC contract market codes of a root or alias; none for a market that the CFTC does not list or that is unknown.
    pub fn cot_codes(&self, root: &str) -> Vec<&str> {
        self.find_root(root).map(|found| found.cot_codes.iter().map(String::as_str).collect()).unwrap_or_default()
    }

    /// The trading calendar of a root; [`ExchangeCalendar::every_day`] for a market that is unknown or has none.
    pub fn calendar_of(&self, root: &str) -> &ExchangeCalendar {
        let name = self.find_root(root).and_then(|root| root.calendar.as_ref());
        name.and_then(|name| self.calendars.get(name)).unwrap_or(&self.every_day)
    }

    /// The last days of a contract by the exchange's rules; `None` where no rule is known for the root.
    pub fn contract_dates(&self, root: &str, month: ContractMonth) -> Option<ContractDates> {
        let known = self.find_root(root)?;
        let calendar = self.calendar_of(root);
        let last_trade = known.last_trade?.day(month, calendar)?;
        Some(ContractDates { last_trade, first_notice: known.first_notice.and_then(|rule| rule.day(month, calendar)) })
    }

    /// The instrument of this id, or of this symbol of its provider, whatever the case.
    pub fn instrument(&self, name: &str) -> Option<&Instrument> {
        let by_id = self.instruments.iter().find(|instrument| instrument.id.eq_ignore_ascii_case(name));
        by_id.or_else(|| self.instruments.iter().find(|instrument| instrument.yahoo.eq_ignore_ascii_case(name)))
    }

    /// What is known of a series of a source.
    pub fn series(&self, source: &str, id: &str) -> Option<&Series> {
        let place = self.series.binary_search_by(|series| (series.source.as_str(), series.id.as_str()).cmp(&(source, id)));
        place.ok().map(|at| &self.series[at])
    }

    /// The series of a source that are described, in the order of their ids.
    pub fn series_of<'a>(&'a self, source: &str) -> impl Iterator<Item = &'a Series> + Clone {
        let first = self.series.partition_point(|series| series.source.as_str() < source);
        let n = self.series[first..].partition_point(|series| series.source.as_str() <= source);
        self.series[first..first + n].iter()
    }

    /// What is set for a provider that is asked by address alone.
    ///
    /// # Errors
    /// Nothing is, which no released program allows.
    pub fn source(&self, name: &str) -> Result<&SourceConfig> {
        let found = self.sources.iter().find(|source| source.name == name);
        found.ok_or_else(|| Error::internal(format!("config/sources.toml has no `sources.{name}`")))
    }

    /// The releases that somebody attests.
    pub fn releases(&self) -> &Releases {
        &self.releases
    }

    pub fn cot_calendar(&self) -> &CotCalendar {
        &self.cot_calendar
    }

    /// Every name that [`Config::root`] takes, roots before aliases.
    fn names(&self) -> impl Iterator<Item = &str> {
        let roots = self.roots.iter().map(|root| root.root.as_str());
        roots.chain(self.roots.iter().flat_map(|root| root.aliases.iter().map(String::as_str)))
    }
}

fn built_in_files() -> Result<File> {
    let mut all = File::parse(INSTRUMENTS.0, INSTRUMENTS.1)?;
    all.overlay(File::parse(BARS.0, BARS.1)?);
    all.overlay(File::parse(DATABENTO.0, DATABENTO.1)?);
    all.overlay(File::parse(FRED.0, FRED.1)?);
    all.overlay(File::parse(CALENDARS.0, CALENDARS.1)?);
    all.overlay(File::parse(SERIES.0, SERIES.1)?);
    all.overlay(File::parse(SOURCES.0, SOURCES.1)?);
    all.overlay(File::parse(COT.0, COT.1)?);
    Ok(all)
}

fn resolve(file: File) -> Result<Config> {
    let roots = file.roots.into_iter().map(|(root, entry)| market(root, entry)).collect::<Result<Vec<Root>>>()?;
    let (by_name, by_cot_code) = (index_names(&roots)?, index_cot_codes(&roots)?);
    let cot = file.cot;
    let releases = releases::resolve(file.releases)?;
    let cot_calendar = CotCalendar::new(CotCalendarParts {
        closures: Closures::new(cot.closures.iter().map(file::ClosureEntry::day_and_announcement)),
        exceptions: releases.cot().into_iter().chain(cot.release.into_iter().map(Into::into)).collect(),
        monday_reports: cot.monday_reports.into_iter().map(|day| day.0).collect(),
        floors: cot.floor.into_iter().map(Into::into).collect(),
        eras: cot.era.into_iter().map(file::EraEntry::into_era).collect::<Result<_>>()?,
        corrections: cot.correction.into_iter().map(Into::into).collect(),
    });
    let calendars: BTreeMap<String, ExchangeCalendar> =
        file.calendars.into_iter().map(|(name, entry)| Ok((name.clone(), entry.into_calendar(&name)?))).collect::<Result<_>>()?;
    for root in &roots {
        if let Some(name) = root.calendar.as_ref().filter(|name| !calendars.contains_key(*name)) {
            let error = Error::config(format!("`roots.{}.calendar` is `{name}`, which is no calendar", root.root));
            return Err(error.hint(match closest(name, calendars.keys().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "give it under [calendars]; see config/calendars.toml".to_string(),
            }));
        }
    }
    let mut series = Vec::new();
    for (source, entries) in file.series {
        for (id, entry) in entries {
            series.push(entry.into_series(source.clone(), id, &releases)?);
        }
    }
    let sources = file.sources.into_iter().map(|(name, entry)| entry.into_source(name, &releases)).collect::<Result<_>>()?;
    let every_day = ExchangeCalendar::every_day();
    let databento_url = file.databento.url.ok_or_else(|| Error::internal("config/databento.toml has no `url`"))?;
    let databento_url = databento_url.trim_end_matches('/').to_string();
    let fred_url = file.fred.url.ok_or_else(|| Error::internal("config/fred.toml has no `url`"))?;
    let fred_url = fred_url.trim_end_matches('/').to_string();
    let fred_requests_per_minute = file.fred.requests_per_minute.filter(|n| *n > 0);
    let fred_requests_per_minute =
        fred_requests_per_minute.ok_or_else(|| Error::config("`fred.requests_per_minute` is not a number above 0"))?;
    Ok(Config {
        roots,
        cftc: cftc(file.cftc)?,
        bars: file.bars.into_config()?,
        databento_url,
        fred_url,
        fred_requests_per_minute,
        sources,
        series,
        instruments: instruments::resolve(file.instruments)?,
        releases,
        cot_calendar,
        calendars,
        every_day,
        by_name,
        by_cot_code,
    })
}

fn cftc(entry: file::CftcEntry) -> Result<CftcConfig> {
    let missing = |key: &str| Error::internal(format!("config/cot.toml has no `{key}`"));
    let url = |text: String| text.trim_end_matches('/').to_string();
    Ok(CftcConfig {
        archive_url: entry.archive_url.map(url).ok_or_else(|| missing("archive_url"))?,
        socrata_url: entry.socrata_url.map(url).ok_or_else(|| missing("socrata_url"))?,
        revises: entry.revises.ok_or_else(|| missing("revises"))?,
        release_window_days: entry.release_window_days.ok_or_else(|| missing("release_window_days"))?,
    })
}

fn market(root: String, entry: MarketEntry) -> Result<Root> {
    let reports = ["tff", "disaggregated"];
    if !reports.contains(&entry.cot_report.as_str()) {
        let error = Error::config(format!("`roots.{root}.cot_report` is `{}`", entry.cot_report));
        return Err(error.hint("the report is `tff` (financial futures) or `disaggregated` (commodities)"));
    }
    let rule = |key: &str, text: Option<String>| {
        text.map(|text| Rule::parse(&text)).transpose().map_err(|error| {
            let wrong = Error::config(format!("`roots.{root}.{key}`: {}", error.message()));
            match error.hint_text() {
                Some(hint) => wrong.hint(hint),
                None => wrong,
            }
        })
    };
    let (last_trade, first_notice) = (rule("last_trade", entry.last_trade)?, rule("first_notice", entry.first_notice)?);
    if let Some(letter) = entry.months.iter().flat_map(|months| months.chars()).find(|letter| month_of_letter(*letter).is_none()) {
        return Err(Error::config(format!("`roots.{root}.months` has the letter `{letter}`, which is no month"))
            .hint("months are F G H J K M N Q U V X Z, January to December"));
    }
    Ok(Root {
        root,
        name: entry.name,
        aliases: entry.aliases,
        exchange: entry.exchange,
        cot_report: entry.cot_report,
        cot_codes: entry.cot_codes,
        flow_name: entry.flow_name,
        dataset: entry.dataset,
        parent: entry.parent,
        point_value: entry.point_value,
        tick_size: entry.tick_size,
        currency: entry.currency,
        months: entry.months,
        calendar: entry.calendar,
        last_trade,
        first_notice,
        may_be_negative: entry.may_be_negative,
    })
}

fn index_names(roots: &[Root]) -> Result<HashMap<String, usize>> {
    let mut index = BTreeMap::new();
    for (at, root) in roots.iter().enumerate() {
        for name in std::iter::once(&root.root).chain(&root.aliases) {
            if let Some(other) = index.insert(name.to_uppercase(), at).filter(|other| *other != at) {
                return Err(shared("name", name, &roots[other], root));
            }
        }
    }
    Ok(index.into_iter().collect())
}

fn index_cot_codes(roots: &[Root]) -> Result<HashMap<String, usize>> {
    let mut index = HashMap::new();
    for (at, root) in roots.iter().enumerate() {
        for code in &root.cot_codes {
            if let Some(other) = index.insert(code.clone(), at).filter(|other| *other != at) {
                return Err(shared("COT code", code, &roots[other], root));
            }
        }
    }
    Ok(index)
}

fn shared(what: &str, value: &str, one: &Root, other: &Root) -> Error {
    Error::config(format!("the {what} `{value}` belongs to both `{}` and `{}`", one.root, other.root))
        .hint(format!("to replace `{}` give the market that key; to take only the {what} from it, give `{0}` again without", one.root))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_files_resolve() {
        let config = Config::built_in().expect("the built-in files are valid");
        assert_eq!(config.root("ty").map(|root| root.root.as_str()).ok(), Some("ZN"));
        assert_eq!(config.root_of_cot_code("13874A"), Some("ES"));
        assert_eq!(config.root_of_cot_code("13874+"), Some("ES+"));
        assert_eq!(config.root_of_cot_code("999999"), None);
        assert_eq!(config.cot_codes("TU"), ["042601"]);
        assert_eq!(config.cftc.archive_url, "https://www.cftc.gov/files/dea/history");
        assert_eq!((config.cftc.revises, config.cftc.release_window_days), (true, 7));
        let mut flow: Vec<_> = config.roots.iter().filter_map(|root| root.flow_name.as_deref()).collect();
        flow.sort_unstable();
        assert_eq!(flow, ["CL", "DX", "ED", "ES", "FV", "GC", "NQ", "SI", "TU", "TY", "US", "YM"]);
        for root in &config.roots {
            assert!(root.cot_codes.iter().all(|code| code.len() == 6), "{} has a malformed code", root.root);
        }
    }

    #[test]
    fn the_last_days_of_contracts_as_the_exchanges_published_them() {
        let config = Config::built_in().expect("the built-in files are valid");
        let known = [
            ("ES", "2008-03", "2008-03-20", None),
            ("ES", "2024-03", "2024-03-15", None),
            ("ES", "2023-12", "2023-12-15", None),
            ("ZN", "2024-03", "2024-03-19", Some("2024-02-29")),
            ("ZN", "2023-06", "2023-06-21", Some("2023-05-31")),
            ("ZB", "2024-03", "2024-03-19", Some("2024-02-29")),
            ("ZT", "2024-03", "2024-03-28", Some("2024-02-29")),
            ("ZT", "2023-06", "2023-06-30", Some("2023-05-31")),
            ("GC", "2024-04", "2024-04-26", Some("2024-03-28")),
            ("GC", "2023-12", "2023-12-27", Some("2023-11-30")),
            ("CL", "2020-05", "2020-04-21", None),
            ("CL", "2024-03", "2024-02-20", None),
            ("CL", "2024-05", "2024-04-22", None),
            ("ZC", "2024-03", "2024-03-14", Some("2024-02-29")),
            ("ZC", "2023-07", "2023-07-14", Some("2023-06-30")),
            ("LE", "2024-04", "2024-04-30", None),
            ("HE", "2024-04", "2024-04-12", None),
            ("NG", "2024-04", "2024-03-26", None),
            ("6E", "2024-03", "2024-03-18", None),
            ("6L", "2024-03", "2024-02-29", None),
            ("DX", "2024-03", "2024-03-18", None),
            ("GE", "2022-12", "2022-12-19", None),
            ("SR3", "2024-03", "2024-06-18", None),
            ("VX", "2014-03", "2014-03-18", None),
            ("VX", "2024-03", "2024-03-20", None),
            ("VX", "2024-06", "2024-06-18", None),
            ("BTC", "2024-03", "2024-03-28", None),
        ];
        for (root, month, last_trade, first_notice) in known {
            let (year, number) = month.split_once('-').expect("a month");
            let month = ContractMonth::new(year.parse().expect("a year"), number.parse().expect("a month")).expect("a month");
            let dates = config.contract_dates(root, month).expect("a rule");
            let found = (dates.last_trade.to_string(), dates.first_notice.map(|day| day.to_string()));
            assert_eq!(found, (last_trade.to_string(), first_notice.map(str::to_string)), "{root} {month}");
        }
        assert_eq!(config.contract_dates("R00", ContractMonth { year: 2024, month: 3 }), None);
    }

    #[test]
    fn rules_and_calendars_that_make_no_sense_are_named() {
        let root = |line: &str| format!("[roots]\nQQ = {{ name = \"x\", exchange = \"XCME\", cot_report = \"tff\", {line} }}\n");
        for (line, said) in [
            ("last_trade = \"3rd funday\"", "`roots.QQ.last_trade`: `3rd funday` is no rule"),
            ("months = \"HMUA\"", "the letter `A`"),
            ("calendar = \"CME equity indices\"", "did you mean `CME equity index`?"),
        ] {
            let error = Config::with_overlay("my.toml", &root(line)).expect_err(line);
            assert!(error.to_string().contains(said), "{error}");
        }
        let overlapping = "[calendars.X]\nzone = \"America/Chicago\"\nopen = \"08:00\"\nclose = \"16:00\"\nfigures = \"07:00\"\n";
        assert!(Config::with_overlay("my.toml", overlapping).is_err_and(|error| error.to_string().contains("overlap")));
    }

    #[test]
    fn an_unknown_root_suggests_the_nearest() {
        let config = Config::built_in().expect("the built-in files are valid");
        let error = config.root("ESX").expect_err("there is no such root");
        assert_eq!(error.message(), "unknown root `ESX`");
        assert!(error.hint_text().is_some_and(|hint| hint.starts_with("did you mean `ES`?")), "{error}");
        let far = config.root("something else").expect_err("there is no such root");
        assert!(far.hint_text().is_some_and(|hint| hint.contains("meta.roots") && !hint.contains("did you mean")), "{far}");
    }

    #[test]
    fn one_line_adds_a_market() {
        let text = "[roots]\nKC = { name = \"Coffee C\", exchange = \"ICUS\", cot_report = \"disaggregated\", cot_codes = [\"083731\"], aliases = [] }\n";
        let config = Config::with_overlay("my.toml", text).expect("a valid file");
        assert_eq!(config.root_of_cot_code("083731"), Some("KC"));
        assert_eq!(config.root_of_cot_code("13874A"), Some("ES"), "the built-in markets stay");
    }

    #[test]
    fn a_market_can_be_replaced_and_no_two_share_a_code() {
        let line = |root: &str| {
            format!("[roots]\n{root} = {{ name = \"x\", exchange = \"XCME\", cot_report = \"tff\", cot_codes = [\"13874A\"] }}\n")
        };
        let replaced = Config::with_overlay("my.toml", &line("ES")).expect("a valid file");
        assert_eq!(replaced.root("ES").map(|root| root.name.as_str()).ok(), Some("x"));
        let error = Config::with_overlay("my.toml", &line("EX")).expect_err("the code is taken");
        assert!(error.to_string().starts_with("my.toml: the COT code `13874A` belongs to both `ES` and `EX`"), "{error}");
    }

    #[test]
    fn a_users_release_date_wins_over_the_rule_and_the_built_in() {
        let text = "[[cot.release]]\nas_of = 2025-12-23\npublished_on = 2025-12-29\nevidence = \"official\"\n";
        let config = Config::with_overlay("my.toml", text).expect("a valid file");
        let as_of = "2025-12-23".parse().expect("a date");
        assert_eq!(config.cot_calendar().release("tff", as_of).at.to_string(), "2025-12-29 20:30:00Z");
    }

    #[test]
    fn urls_are_laid_over_one_by_one() {
        let config = Config::with_overlay("my.toml", "[cftc]\narchive_url = \"http://127.0.0.1:1/dea/\"\n").expect("a valid file");
        assert_eq!(config.cftc.archive_url, "http://127.0.0.1:1/dea");
        assert_eq!(config.cftc.socrata_url, "https://publicreporting.cftc.gov/resource");
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line_and_a_suggestion() {
        let error = Config::with_overlay("my.toml", "[cftc]\n\narchiv_url = \"x\"\n").expect_err("no such key");
        assert_eq!(error.to_string(), "my.toml: line 3: unknown key `archiv_url`\nhint: did you mean `archive_url`?");
        let error = Config::with_overlay("my.toml", "[root]\n").expect_err("no such section");
        assert_eq!(error.to_string(), "my.toml: line 1: unknown key `root`\nhint: did you mean `roots`?");
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_named_with_its_line() {
        let error = Config::with_overlay("my.toml", "[cftc]\nrevises = \"no\"\n").expect_err("no boolean");
        assert!(error.to_string().starts_with("my.toml: line 2: "), "{error}");
        let error =
            Config::with_overlay("my.toml", "[[cot.release]]\nas_of = 2025-12-23\npublished_on = 2025-12-29\nevidence = \"hearsay\"\n")
                .expect_err("no such evidence");
        assert!(error.to_string().contains("line 4") && error.to_string().contains("third_party"), "{error}");
    }

    #[test]
    fn a_file_that_is_not_there_is_an_error() {
        let error = Config::load(Some(Path::new("no/such/file.toml"))).expect_err("no file");
        assert!(error.to_string().starts_with("no/such/file.toml: cannot be read: "), "{error}");
    }
}
