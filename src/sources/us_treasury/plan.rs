//! What to download for a request: one archive for the days before 2023, which the Treasury took off its yearly pages, and a file per year
//! since. Pure: the day is given.

use std::time::Duration;

use chrono::{Datelike, NaiveDate};

use super::NAME;
use super::sheet::{Curve, unknown_curve};
use crate::config::{Config, SourceConfig};
use crate::error::{Error, Result};
use crate::sources::{Download, Request};
use crate::time::business::BusinessCalendar;

/// The first year with a page of its own. The archive goes on to the end of it.
const FIRST_YEAR: i32 = 2023;
/// The server often stalls.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Days of a new year after which the file of the year before is taken as settled.
const SETTLES_ON: (u32, u32) = (1, 31);

impl Curve {
    /// The first day of the curve.
    const fn first_day(self) -> (i32, u32, u32) {
        match self {
            Self::Nominal => (1990, 1, 2),
            Self::Real => (2003, 1, 2),
        }
    }
    const fn archive(self) -> &'static str {
        match self {
            Self::Nominal => "par-yield-curve-rates-1990-2023.csv",
            Self::Real => "par-real-yield-curve-rates-2003-2023.csv",
        }
    }
}

/// The downloads of a request made on `today`, newest years last.
///
/// # Errors
/// A curve that is not published, or a time in which it was not.
pub(super) fn plan(request: &Request, today: NaiveDate, config: &Config) -> Result<Vec<Download>> {
    let source = config.source(NAME)?;
    let mut downloads = Vec::new();
    for curve in curves(request)? {
        let (year, month, day) = curve.first_day();
        let first = day_of(year, month, day);
        let (from, to) = (request.from.unwrap_or(first).max(first), request.to.unwrap_or(today).min(today));
        if from > to {
            let error = Error::usage(format!("`{}` has no days in the time asked for", curve.id())).in_source(NAME);
            return Err(error.hint(format!("it goes from {first} to {today}")));
        }
        if from.year() < FIRST_YEAR {
            downloads.push(archive(curve, source));
        }
        let years = from.year().max(FIRST_YEAR)..=to.year();
        // in the first days of January the new year has no page yet
        let has_begun = |year: &i32| today > BusinessCalendar::UnitedStates.offset(day_of(*year, 1, 1), 1);
        downloads.extend(years.filter(has_begun).map(|year| of_year(curve, year, source)));
    }
    Ok(downloads)
}

/// The curves asked for; none named are all.
fn curves(request: &Request) -> Result<Vec<Curve>> {
    let mut named = Vec::new();
    for (choice, values) in &request.choices {
        if choice != "series" {
            return Err(Error::usage(format!("unknown choice `{choice}`")).in_source(NAME).hint("curves are chosen with `series`"));
        }
        for value in values {
            named.push(Curve::from_id(value).ok_or_else(|| unknown_curve(value))?);
        }
    }
    Ok(Curve::ALL.into_iter().filter(|curve| named.is_empty() || named.contains(curve)).collect())
}

fn archive(curve: Curve, source: &SourceConfig) -> Download {
    let address = format!("{}/daily-treasury-rate-archives/{}", source.url, curve.archive());
    Download {
        settled_on: Some(settled(FIRST_YEAR)),
        timeout: TIMEOUT,
        hint: Some(curve.id().to_string()),
        ..Download::new(format!("{} to {FIRST_YEAR}", curve.id()), address)
    }
}

/// A year as CSV, at either address that is in use for it, or as the feed.
fn of_year(curve: Curve, year: i32, source: &SourceConfig) -> Download {
    let (base, kind) = (&source.url, curve.data_type());
    let query = format!("type={kind}&field_tdr_date_value={year}&page&_format=csv");
    Download {
        fallback: vec![
            format!("{base}/daily-treasury-rates.csv/all/{year}?{query}"),
            format!("{base}/pages/xml?data={kind}&field_tdr_date_value={year}"),
        ],
        settled_on: Some(settled(year)),
        timeout: TIMEOUT,
        hint: Some(curve.id().to_string()),
        ..Download::new(format!("{} {year}", curve.id()), format!("{base}/daily-treasury-rates.csv/{year}/all?{query}"))
    }
}

fn settled(year: i32) -> NaiveDate {
    day_of(year + 1, SETTLES_ON.0, SETTLES_ON.1)
}

fn day_of(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a day that the plan counts")
}
