//! The shape of a configuration file, and its errors. Every section may stand in any file; what is laid over replaces by key (markets,
//! calendars, single settings), by report (floors, eras) or adds (closures, Monday reports, release dates). Nothing is checked across sections here.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveTime};
use serde::{Deserialize, Deserializer, de};

use super::bars::BarsEntry;
use super::instruments::InstrumentEntry;
use super::releases::Entry as AttestedEntry;
use super::series::SeriesEntry;
use super::sources::SourceEntry;
use super::suggest::closest;
use crate::error::{Error, Result};
use crate::time::cot::{Correction, Era, Floor, Lag, ReleaseException};
use crate::time::evidence::Evidence;
use crate::time::exchange::{Era as HoursEra, ExchangeCalendar, Hours};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    pub roots: BTreeMap<String, MarketEntry>,
    pub cftc: CftcEntry,
    pub databento: DatabentoEntry,
    pub fred: FredEntry,
    pub cot: CotSection,
    pub calendars: BTreeMap<String, CalendarEntry>,
    pub bars: BarsEntry,
    pub instruments: BTreeMap<String, InstrumentEntry>,
    pub sources: BTreeMap<String, SourceEntry>,
    /// By source, then by id.
    pub series: BTreeMap<String, BTreeMap<String, SeriesEntry>>,
    /// By publisher.
    pub releases: BTreeMap<String, Vec<AttestedEntry>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MarketEntry {
    pub name: String,
    pub exchange: String,
    #[serde(default)]
    pub aliases: Vec<String>,
    pub cot_report: String,
    #[serde(default)]
    pub cot_codes: Vec<String>,
    pub flow_name: Option<String>,
    pub dataset: Option<String>,
    pub parent: Option<String>,
    pub point_value: Option<f64>,
    pub tick_size: Option<f64>,
    pub currency: Option<String>,
    pub months: Option<String>,
    pub calendar: Option<String>,
    pub last_trade: Option<String>,
    pub first_notice: Option<String>,
    #[serde(default)]
    pub may_be_negative: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CalendarEntry {
    zone: String,
    open: TimeOfDay,
    close: TimeOfDay,
    figures: TimeOfDay,
    #[serde(default)]
    closed: Vec<Day>,
    #[serde(default)]
    eras: Vec<HoursEntry>,
}

/// Hours that held until a trade date.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HoursEntry {
    until: Day,
    open: Option<TimeOfDay>,
    close: TimeOfDay,
    #[serde(default)]
    lagged: bool,
    /// For the reader of the file.
    #[serde(rename = "evidence")]
    _evidence: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct CftcEntry {
    pub archive_url: Option<String>,
    pub socrata_url: Option<String>,
    pub revises: Option<bool>,
    pub release_window_days: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct DatabentoEntry {
    pub url: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct FredEntry {
    pub url: Option<String>,
    pub requests_per_minute: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct CotSection {
    pub closures: Vec<ClosureEntry>,
    pub monday_reports: Vec<Day>,
    pub floor: Vec<FloorEntry>,
    pub era: Vec<EraEntry>,
    pub release: Vec<ReleaseEntry>,
    pub correction: Vec<CorrectionEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CorrectionEntry {
    as_of: Day,
    date: Day,
    time: TimeOfDay,
    note: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClosureEntry {
    date: Day,
    announced_on: Option<Day>,
    /// For the reader of the file.
    #[serde(rename = "reason")]
    _reason: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FloorEntry {
    report: String,
    date: Day,
    time: TimeOfDay,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EraEntry {
    report: String,
    until: Day,
    day_of_next_month: Option<u32>,
    #[serde(default)]
    calendar_days: u32,
    #[serde(default)]
    business_days: u32,
    time: TimeOfDay,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReleaseEntry {
    as_of: Day,
    published_on: Day,
    /// The usual time where it is left out.
    #[serde(default = "usual_time")]
    time: TimeOfDay,
    evidence: EvidenceName,
    announced_on: Option<Day>,
    #[serde(default)]
    note: String,
}

/// A date, written in TOML without quotes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Day(pub NaiveDate);

/// `HH:MM` in New York.
#[derive(Debug, Clone, Copy)]
pub(super) struct TimeOfDay(pub NaiveTime);

#[derive(Debug, Clone, Copy)]
struct EvidenceName(Evidence);

impl File {
    /// Reads the text of the file called `name`.
    ///
    /// # Errors
    /// The text is no TOML, or has a key or a value that is not known; file and line are named.
    pub(super) fn parse(name: &str, text: &str) -> Result<Self> {
        toml::from_str(text).map_err(|error| explain(name, text, &error))
    }

    /// Lays `over` over this file.
    pub(super) fn overlay(&mut self, over: Self) {
        self.roots.extend(over.roots);
        self.calendars.extend(over.calendars);
        self.instruments.extend(over.instruments);
        for (source, series) in over.series {
            self.series.entry(source).or_default().extend(series);
        }
        for (name, source) in over.sources {
            self.sources.entry(name).or_default().overlay(source);
        }
        for (publisher, rows) in over.releases {
            self.releases.entry(publisher).or_default().extend(rows);
        }
        self.bars.overlay(over.bars);
        self.databento.url = over.databento.url.or(self.databento.url.take());
        self.fred.url = over.fred.url.or(self.fred.url.take());
        self.fred.requests_per_minute = over.fred.requests_per_minute.or(self.fred.requests_per_minute);
        let (mine, theirs) = (&mut self.cftc, over.cftc);
        mine.archive_url = theirs.archive_url.or(mine.archive_url.take());
        mine.socrata_url = theirs.socrata_url.or(mine.socrata_url.take());
        mine.revises = theirs.revises.or(mine.revises);
        mine.release_window_days = theirs.release_window_days.or(mine.release_window_days);
        let (mine, theirs) = (&mut self.cot, over.cot);
        mine.closures.extend(theirs.closures);
        mine.monday_reports.extend(theirs.monday_reports);
        mine.release.extend(theirs.release);
        mine.correction.extend(theirs.correction);
        mine.floor.retain(|floor| theirs.floor.iter().all(|other| other.report != floor.report));
        mine.floor.extend(theirs.floor);
        mine.era.retain(|era| theirs.era.iter().all(|other| other.report != era.report));
        mine.era.extend(theirs.era);
    }
}

impl CalendarEntry {
    /// # Errors
    /// The zone is not in the time-zone database, or the session ends after the next one begins.
    pub(super) fn into_calendar(self, name: &str) -> Result<ExchangeCalendar> {
        let zone = self.zone.parse().map_err(|_| {
            Error::config(format!("`calendars.{name}.zone` is `{}`", self.zone))
                .hint("a name of the time-zone database, such as America/Chicago")
        })?;
        let hours = Hours { zone, open: self.open.0, close: self.close.0, figures: self.figures.0 };
        if hours.open < hours.close {
            return Err(Error::config(format!(
                "`calendars.{name}` opens at {} on the evening before, ahead of the close at {}",
                hours.open, hours.close
            ))
            .hint("sessions of neighbouring trade dates must not overlap"));
        }
        let eras: Vec<HoursEra> = self.eras.iter().map(|era| era.hours(hours)).collect();
        if let Some(era) = eras.iter().find(|era| era.open < era.close) {
            return Err(Error::config(format!("`calendars.{name}` opened ahead of its close until {}", era.until))
                .hint("sessions of neighbouring trade dates must not overlap"));
        }
        Ok(ExchangeCalendar::new(name, hours, eras, self.closed.into_iter().map(|day| day.0)))
    }
}

impl HoursEntry {
    fn hours(&self, now: Hours) -> HoursEra {
        let open = self.open.map_or(now.open, |time| time.0);
        HoursEra { until: self.until.0, open, close: self.close.0, is_assumed: self.lagged }
    }
}

impl ClosureEntry {
    pub(super) fn day_and_announcement(&self) -> (NaiveDate, Option<NaiveDate>) {
        (self.date.0, self.announced_on.map(|day| day.0))
    }
}

impl From<FloorEntry> for Floor {
    fn from(entry: FloorEntry) -> Self {
        Self { report: entry.report, date: entry.date.0, time: entry.time.0 }
    }
}

impl EraEntry {
    /// # Errors
    /// The entry gives both kinds of lag, or none.
    pub(super) fn into_era(self) -> Result<Era> {
        let lag = match (self.day_of_next_month, self.calendar_days, self.business_days) {
            (Some(day), 0, 0) if (1..=28).contains(&day) => Lag::NextMonth { day },
            (None, calendar, business) if calendar + business > 0 => Lag::Days { calendar, business },
            _ => {
                return Err(Error::config(format!("the `cot.era` of {} until {} has no clear lag", self.report, self.until.0))
                    .hint("give `calendar_days` and `business_days`, or `day_of_next_month` from 1 to 28"));
            }
        };
        Ok(Era { report: self.report, until: self.until.0, lag, time: self.time.0 })
    }
}

impl From<ReleaseEntry> for ReleaseException {
    fn from(entry: ReleaseEntry) -> Self {
        Self {
            as_of: entry.as_of.0,
            published_on: entry.published_on.0,
            time: entry.time.0,
            evidence: entry.evidence.0,
            announced_on: entry.announced_on.map(|day| day.0),
            note: entry.note,
        }
    }
}

impl From<CorrectionEntry> for Correction {
    fn from(entry: CorrectionEntry) -> Self {
        Self { as_of: entry.as_of.0, date: entry.date.0, time: entry.time.0, note: entry.note }
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = toml::value::Datetime::deserialize(deserializer)?;
        let date = written.date.filter(|_| written.time.is_none());
        date.and_then(|date| NaiveDate::from_ymd_opt(date.year.into(), date.month.into(), date.day.into()))
            .map(Self)
            .ok_or_else(|| de::Error::custom(format!("`{written}` is no date; write it as 2025-12-23, without quotes")))
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        time_of_day(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for EvidenceName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        evidence(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

fn usual_time() -> TimeOfDay {
    TimeOfDay(crate::time::cot::RELEASE_TIME)
}

fn time_of_day(text: &str) -> Result<TimeOfDay, String> {
    let parsed = NaiveTime::parse_from_str(text, "%H:%M");
    parsed.map(TimeOfDay).map_err(|_| format!("`{text}` is no time of day; write it as \"15:30\""))
}

fn evidence(text: &str) -> Result<EvidenceName, String> {
    let names = || Evidence::ALL.map(Evidence::name).join(", ");
    Evidence::from_name(text).map(EvidenceName).ok_or_else(|| format!("unknown evidence `{text}`; it is one of {}", names()))
}

/// Our words for an error of the TOML reader: an unknown key gets a suggestion, all get their line.
fn explain(name: &str, text: &str, error: &toml::de::Error) -> Error {
    let message = error.message();
    let explained = match message.strip_prefix("unknown field `").and_then(|rest| rest.split_once('`')) {
        Some((key, known)) => {
            let known: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
            let hint = match closest(key, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known here: {}", known.join(", ")),
            };
            Error::config(format!("unknown key `{key}`")).hint(hint)
        }
        None => Error::config(message.trim_end_matches('.').to_string()),
    };
    let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() as u64 + 1);
    match line {
        Some(line) => explained.in_file(name).at_row(line),
        None => explained.in_file(name),
    }
}
