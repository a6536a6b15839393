//! What to ask for: every series of a table and classification in one request, by decades. Pure: the day is given.
//!
//! A request may give no more than 50,000 values; where ten years of what a table is asked for would be more, its variables are asked for in parts. A decade that is over
//! is asked for once, since what is published is not revised.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{Datelike, Days, NaiveDate};

use super::NAME;
use super::code::{Code, codes};
use crate::config::{Config, Series, closest};
use crate::error::{Error, Result};
use crate::sources::{Download, Request};

/// Values that a request may give.
const MOST_VALUES: usize = 50_000;
/// Months of a decade.
const MONTHS: usize = 120;
/// The last month of a decade is out by then.
const DECADE_SETTLES_IN: Days = Days::new(60);
const TIMEOUT: Duration = Duration::from_secs(120);
/// The provider's oldest month, for a series of which nothing better is known.
const BEGINNING: NaiveDate = NaiveDate::from_ymd_opt(1979, 12, 1).expect("a day");

/// What is asked of a table under one classification.
#[derive(Default)]
struct Asked<'c> {
    variables: Vec<&'c str>,
    categories: Vec<&'c str>,
    first: Option<NaiveDate>,
}

/// The downloads of a request made on `today`.
pub(super) fn plan(request: &Request, today: NaiveDate, config: &Config) -> Result<Vec<Download>> {
    let base = &config.source(NAME)?.url;
    let last = request.to.map_or(today, |to| to.min(today));
    let mut tables: BTreeMap<(&str, Option<&str>), Asked> = BTreeMap::new();
    for series in asked(request, config)? {
        let Some(Code { table, variable, category }) = codes(series)?.into_iter().next() else { continue };
        let of = tables.entry((table, category.map(|(classification, _)| classification))).or_default();
        let from = series.first_date.unwrap_or(BEGINNING);
        of.first = Some(of.first.map_or(from, |first| first.min(from)));
        add(&mut of.variables, Some(variable));
        add(&mut of.categories, category.map(|(_, category)| category));
    }
    let mut downloads = Vec::new();
    for ((table, classification), of) in tables {
        let first = request.from.max(of.first).unwrap_or(BEGINNING);
        let months_of_variable = MONTHS * of.categories.len().max(1);
        for variables in of.variables.chunks((MOST_VALUES / months_of_variable).max(1)) {
            for decade in (first.year().div_euclid(10)..=last.year().div_euclid(10)).map(|n| n * 10) {
                downloads.extend(window(base, (table, classification), variables, &of, decade, last));
            }
        }
    }
    if downloads.is_empty() {
        return Err(Error::usage("no month lies between the days asked for")
            .in_source(NAME)
            .hint("`--from` is after `--to`, or after today"));
    }
    Ok(downloads)
}

fn add<'c>(list: &mut Vec<&'c str>, item: Option<&'c str>) {
    if let Some(item) = item.filter(|item| !list.contains(item)) {
        list.push(item);
    }
}

/// The described series that a request names; all where it names none.
fn asked<'c>(request: &Request, config: &'c Config) -> Result<Vec<&'c Series>> {
    let all: Vec<&Series> = config.series_of(NAME).collect();
    let named = request.chosen("series");
    if named.is_empty() {
        return Ok(all);
    }
    let find = |name: &String| {
        all.iter().copied().find(|series| series.id.eq_ignore_ascii_case(name)).ok_or_else(|| {
            let near = closest(name, all.iter().map(|series| series.id.as_str()));
            let hint =
                near.map_or("`meta.series_metadata` lists those of ibge_sidra".to_string(), |near| format!("did you mean `{near}`?"));
            Error::usage(format!("no series of SIDRA is called `{name}`")).in_source(NAME).hint(hint)
        })
    };
    named.iter().map(find).collect()
}

/// The months of a decade up to a day of it, from the table's first on.
fn window(
    base: &str,
    (table, classification): (&str, Option<&str>),
    variables: &[&str],
    of: &Asked,
    decade: i32,
    until: NaiveDate,
) -> Option<Download> {
    let first = NaiveDate::from_ymd_opt(decade, 1, 1).max(of.first)?;
    let end = NaiveDate::from_ymd_opt(decade + 9, 12, 31)?;
    let last = until.min(end);
    let month = |day: NaiveDate| day.format("%Y%m").to_string();
    let categories = classification.map(|of_table| format!("/c{of_table}/{}", of.categories.join(","))).unwrap_or_default();
    let months = if month(first) == month(last) { month(first) } else { format!("{}-{}", month(first), month(last)) };
    Some(Download {
        settled_on: end.checked_add_days(DECADE_SETTLES_IN).filter(|_| last == end),
        timeout: TIMEOUT,
        hint: Some(table.to_string()),
        ..Download::new(
            format!("SIDRA table {table} {}..{}", first.format("%Y-%m"), last.format("%Y-%m")),
            format!("{base}/t/{table}/n1/all/v/{}/p/{months}{categories}?formato=json", variables.join(",")),
        )
    })
    .filter(|_| first <= last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(series: &[&str], from: Option<&str>) -> Vec<Download> {
        let config = Config::built_in().expect("the built-in configuration");
        let names = series.iter().map(ToString::to_string).collect();
        let from = from.map(|from| from.parse().expect("a date"));
        let request = Request { choices: vec![("series".to_string(), names)], from, to: None };
        plan(&request, NaiveDate::from_ymd_opt(2026, 10, 2).expect("a day"), &config).expect("a plan")
    }

    #[test]
    fn the_series_of_a_table_are_asked_for_together() {
        let downloads = planned(&["SIDRA_IPCA_FOOD_MOM", "SIDRA_IPCA_HOUSING_MOM", "SIDRA_IPCA_FOOD_YOY"], None);
        let urls: Vec<&str> = downloads.iter().map(|download| download.url.as_str()).collect();
        assert_eq!(urls, ["https://apisidra.ibge.gov.br/values/t/7060/n1/all/v/63,2265/p/202001-202610/c315/7170,7445?formato=json"]);
        assert_eq!((downloads[0].hint.as_deref(), downloads[0].settled_on), (Some("7060"), None));
    }

    #[test]
    fn windows_are_decades_from_the_first_month_on() {
        let downloads = planned(&["SIDRA_IPCA_INDEX"], Some("2009-05-01"));
        let labels: Vec<&str> = downloads.iter().map(|download| download.label.as_str()).collect();
        assert_eq!(labels, ["SIDRA table 1737 2000-01..2009-12", "SIDRA table 1737 2010-01..2019-12", "SIDRA table 1737 2020-01..2026-10"]);
        assert!(downloads[1].settled_on.is_some());
        assert!(downloads[0].url.ends_with("/t/1737/n1/all/v/2266/p/200001-200912?formato=json"), "{}", downloads[0].url);
    }

    #[test]
    fn everything_that_is_described_is_within_the_limit() {
        let config = Config::built_in().expect("the built-in configuration");
        let downloads = plan(&Request::default(), NaiveDate::from_ymd_opt(2026, 10, 2).expect("a day"), &config).expect("a plan");
        assert!(downloads.len() > 5, "{}", downloads.len());
        let wrong = Request { choices: vec![("series".to_string(), vec!["SIDRA_IPCA_MON".to_string()])], ..Request::default() };
        let error = plan(&wrong, NaiveDate::MAX, &config).expect_err("unknown");
        assert!(error.to_string().contains("SIDRA_IPCA_MON"), "{error}");
    }
}
