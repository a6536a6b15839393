//! What to download for a request: the multi-year bundle for the years up to 2016, a yearly archive for each later year, and Socrata for the
//! last four weeks. Pure: the day is given.
//!
//! Names of the files follow no one rule: the bundle swaps words (`fin_fut` against `fut_fin`), the Disaggregated bundle adds `hist`, Legacy
//! has names of its own. TFF and Disaggregated files of single years begin in 2010, so what is older exists in the bundle alone. A yearly
//! archive and Socrata hold the same rows and stand in for each other.

use std::time::Duration;

use chrono::{Datelike, NaiveDate, Weekday};
use reqwest::Url;

use super::report::{Report, Scope};
use crate::config::{Config, closest};
use crate::error::{Error, Result};
use crate::sources::{Download, Request};
use crate::time::Shift;

/// Last year of the bundles.
const BUNDLED_UNTIL: i32 = 2016;
/// Weeks that are read again through Socrata on every run.
const CURRENT_DAYS: i64 = 28;
/// How long after its end a year's archive may still change: reports of December have come out in February.
const YEAR_SETTLES_IN_DAYS: i64 = 90;
const ARCHIVE_TIMEOUT: Duration = Duration::from_secs(120);
const SOCRATA_TIMEOUT: Duration = Duration::from_secs(60);
/// More rows than any report has in a year.
const SOCRATA_LIMIT: &str = "50000";

/// The downloads of a request made on `today`.
pub fn plan(request: &Request, today: NaiveDate, config: &Config) -> Result<Vec<Download>> {
    let (reports, scopes) = choices(request)?;
    let last_year = request.to.map_or(today.year(), |to| to.year()).min(today.year());
    let mut downloads = Vec::new();
    for &report in &reports {
        for &scope in &scopes {
            let files = Files { report, scope, config };
            let first_year = request.from.map_or(files.first_year(), |from| from.year()).max(files.first_year());
            if first_year > last_year {
                let hint = format!("its {scope} files go from {} to {}", files.first_year(), today.year());
                return Err(Error::usage(format!("the {report} report has no files of the years asked for")).in_source("cftc").hint(hint));
            }
            if first_year <= BUNDLED_UNTIL {
                downloads.push(files.bundle());
            }
            for year in first_year.max(BUNDLED_UNTIL + 1)..=last_year {
                if today >= first_release(year) {
                    downloads.push(files.year(year)?);
                }
            }
            if last_year == today.year() {
                downloads.push(files.current_weeks(today)?);
            }
        }
    }
    Ok(downloads)
}

/// The reports and scopes asked for: by default every report, futures only.
fn choices(request: &Request) -> Result<(Vec<Report>, Vec<Scope>)> {
    let (mut reports, mut scopes) = (Vec::new(), Vec::new());
    for (name, values) in &request.choices {
        for value in values {
            match name.as_str() {
                "report" => {
                    let found = Report::ALL.into_iter().find(|report| report.name() == value.as_str());
                    reports.push(found.ok_or_else(|| unknown("report", value, &["tff", "disaggregated", "legacy"]))?);
                }
                "scope" if value == "both" => scopes.extend(Scope::ALL),
                "scope" => {
                    scopes.push(Scope::from_name(value).ok_or_else(|| unknown("scope", value, &["futures_only", "combined", "both"]))?);
                }
                other => return Err(unknown("choice", other, &["report", "scope"])),
            }
        }
    }
    let reports = Report::ALL.into_iter().filter(|report| reports.is_empty() || reports.contains(report)).collect();
    if scopes.is_empty() {
        scopes.push(Scope::FuturesOnly);
    }
    let scopes = Scope::ALL.into_iter().filter(|scope| scopes.contains(scope)).collect();
    Ok((reports, scopes))
}

fn unknown(what: &str, value: &str, known: &[&'static str]) -> Error {
    let list = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let hint = match closest(value, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? there are {list}"),
        None => format!("there are {list}"),
    };
    Error::usage(format!("unknown {what} `{value}`")).in_source("cftc").hint(hint)
}

/// The Friday after a year's first Tuesday, before which its archive does not exist.
fn first_release(year: i32) -> NaiveDate {
    NaiveDate::from_weekday_of_month_opt(year, 1, Weekday::Tue, 1).expect("every January has a Tuesday").plus_days(3)
}

/// The files of one report and scope.
struct Files<'c> {
    report: Report,
    scope: Scope,
    config: &'c Config,
}

impl Files<'_> {
    fn first_year(&self) -> i32 {
        match (self.report, self.scope) {
            (Report::Legacy, Scope::FuturesOnly) => 1986,
            (Report::Legacy, Scope::Combined) => 1995,
            (Report::Tff | Report::Disaggregated, _) => 2006,
        }
    }
    fn bundle_name(&self) -> &'static str {
        match (self.report, self.scope) {
            (Report::Tff, Scope::FuturesOnly) => "fin_fut_txt_2006_2016.zip",
            (Report::Tff, Scope::Combined) => "fin_com_txt_2006_2016.zip",
            (Report::Disaggregated, Scope::FuturesOnly) => "fut_disagg_txt_hist_2006_2016.zip",
            (Report::Disaggregated, Scope::Combined) => "com_disagg_txt_hist_2006_2016.zip",
            (Report::Legacy, Scope::FuturesOnly) => "deacot1986_2016.zip",
            (Report::Legacy, Scope::Combined) => "deahistfo_1995_2016.zip",
        }
    }
    fn year_name(&self, year: i32) -> String {
        match (self.report, self.scope) {
            (Report::Tff, Scope::FuturesOnly) => format!("fut_fin_txt_{year}.zip"),
            (Report::Tff, Scope::Combined) => format!("com_fin_txt_{year}.zip"),
            (Report::Disaggregated, Scope::FuturesOnly) => format!("fut_disagg_txt_{year}.zip"),
            (Report::Disaggregated, Scope::Combined) => format!("com_disagg_txt_{year}.zip"),
            (Report::Legacy, Scope::FuturesOnly) => format!("deacot{year}.zip"),
            (Report::Legacy, Scope::Combined) => format!("deahistfo{year}.zip"),
        }
    }
    fn dataset(&self) -> &'static str {
        match (self.report, self.scope) {
            (Report::Tff, Scope::FuturesOnly) => "gpe5-46if",
            (Report::Tff, Scope::Combined) => "yw9f-hn96",
            (Report::Disaggregated, Scope::FuturesOnly) => "72hh-3qpy",
            (Report::Disaggregated, Scope::Combined) => "kh3c-gbw2",
            (Report::Legacy, Scope::FuturesOnly) => "6dca-aqww",
            (Report::Legacy, Scope::Combined) => "jun7-fc8e",
        }
    }
    fn archive_url(&self, name: &str) -> String {
        format!("{}/{name}", self.config.cftc.archive_url.trim_end_matches('/'))
    }
    /// The query for every row from a day on, and before another.
    fn socrata_url(&self, from: NaiveDate, before: Option<NaiveDate>) -> Result<String> {
        let base = format!("{}/{}.json", self.config.cftc.socrata_url.trim_end_matches('/'), self.dataset());
        let mut filter = format!("report_date_as_yyyy_mm_dd >= '{from}T00:00:00.000'");
        if let Some(before) = before {
            filter.push_str(&format!(" AND report_date_as_yyyy_mm_dd < '{before}T00:00:00.000'"));
        }
        let query = [("$where", filter.as_str()), ("$order", "report_date_as_yyyy_mm_dd,:id"), ("$limit", SOCRATA_LIMIT)];
        let url = Url::parse_with_params(&base, query)
            .map_err(|error| Error::config(format!("`cftc.socrata_url` is no address: {error}")).hint("it starts with `https://`"))?;
        Ok(url.into())
    }
    fn hint(&self) -> Option<String> {
        (self.report == Report::Legacy).then(|| self.scope.name().to_string())
    }
    fn bundle(&self) -> Download {
        Download {
            label: format!("{} {} to {BUNDLED_UNTIL}", self.report, self.scope),
            url: self.archive_url(self.bundle_name()),
            fallback: Vec::new(),
            settled_on: Some(first_release(BUNDLED_UNTIL + 1).plus_days(YEAR_SETTLES_IN_DAYS)),
            timeout: ARCHIVE_TIMEOUT,
            is_paged: false,
            hint: self.hint(),
        }
    }
    fn year(&self, year: i32) -> Result<Download> {
        let start = |year| NaiveDate::from_ymd_opt(year, 1, 1).expect("a year that the plan counts");
        Ok(Download {
            label: format!("{} {} {year}", self.report, self.scope),
            url: self.archive_url(&self.year_name(year)),
            fallback: vec![self.socrata_url(start(year), Some(start(year + 1)))?],
            settled_on: Some(start(year + 1).plus_days(YEAR_SETTLES_IN_DAYS)),
            timeout: ARCHIVE_TIMEOUT,
            is_paged: false,
            hint: self.hint(),
        })
    }
    fn current_weeks(&self, today: NaiveDate) -> Result<Download> {
        let newest = if today >= first_release(today.year()) { today.year() } else { today.year() - 1 };
        Ok(Download {
            label: format!("{} {} last four weeks", self.report, self.scope),
            url: self.socrata_url(today.plus_days(-CURRENT_DAYS), None)?,
            fallback: vec![self.archive_url(&self.year_name(newest))],
            settled_on: None,
            timeout: SOCRATA_TIMEOUT,
            is_paged: false,
            hint: self.hint(),
        })
    }
}
