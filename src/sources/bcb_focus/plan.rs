//! What to ask for: one entity set and indicator at a time, by calendar years, page by page. Pure: the day is given.
//!
//! The provider has no limit of its own and gives no address of a next page: a query without a filter never ends, so each has an indicator
//! and a window of days, an order without ties, and a page after a full one. A year that is over is asked for once; the running year always.

use std::time::Duration;

use chrono::{Datelike, Days, NaiveDate};

use super::survey::{self, Survey};
use super::{NAME, surveyed};
use crate::config::{Config, Series, closest};
use crate::error::{Error, Result};
use crate::sources::{Download, Request};

/// Rows of a page; the largest that the provider's own pages use.
pub(super) const PAGE: usize = 10_000;
/// The last survey of a year is out by then.
const YEAR_SETTLES_IN: Days = Days::new(14);
const TIMEOUT: Duration = Duration::from_secs(180);

/// The downloads of a request made on `today`.
pub(super) fn plan(request: &Request, today: NaiveDate, config: &Config) -> Result<Vec<Download>> {
    let base = &config.source(NAME)?.url;
    let last = request.to.map_or(today, |to| to.min(today));
    let mut downloads = Vec::new();
    for series in asked(request, config)? {
        let (survey, indicator) = surveyed(series)?;
        let first = request.from.max(series.first_date).unwrap_or(survey::BEGINNING);
        for year in first.year()..=last.year() {
            downloads.extend(window(base, survey, indicator, year, request.to));
        }
    }
    if downloads.is_empty() {
        return Err(Error::usage("no survey lies between the days asked for")
            .in_source(NAME)
            .hint("`--from` is after `--to`, or after today"));
    }
    Ok(downloads)
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
            let hint = near.map_or("`meta.series_metadata` lists those of bcb_focus".to_string(), |near| format!("did you mean `{near}`?"));
            Error::usage(format!("no survey of Focus is called `{name}`")).in_source(NAME).hint(hint)
        })
    };
    named.iter().map(find).collect()
}

/// The answers to one survey about one indicator in a year, up to a day of it.
fn window(base: &str, survey: &Survey, indicator: &str, year: i32, until: Option<NaiveDate>) -> Option<Download> {
    let first = NaiveDate::from_ymd_opt(year, 1, 1)?;
    let end = NaiveDate::from_ymd_opt(year, 12, 31)?;
    let last = until.map_or(end, |until| until.min(end));
    let filter = format!("{} eq '{indicator}' and Data ge '{first}' and Data le '{last}'", survey.indicator_field());
    let (set, order) = (survey.set, survey.order());
    Some(Download {
        label: format!("Focus {} {indicator} {first}..{last}", survey.name),
        url: format!("{base}/{set}?$filter={}&$orderby={order}&$top={PAGE}&$skip=0&$format=json", escaped(&filter)),
        fallback: Vec::new(),
        settled_on: last.checked_add_days(YEAR_SETTLES_IN),
        timeout: TIMEOUT,
        hint: Some(survey.name.to_string()),
        is_paged: true,
    })
}

/// The page after a full one.
pub(super) fn next_page(download: &Download, n_rows: usize) -> Option<Download> {
    const SKIP: &str = "&$skip=";
    if n_rows < PAGE {
        return None;
    }
    let (before, rest) = download.url.split_once(SKIP)?;
    let (skipped, after) = rest.split_once('&')?;
    let skip = skipped.parse::<usize>().ok()? + PAGE;
    let label = download.label.split(", rows").next().unwrap_or_default();
    Some(Download { label: format!("{label}, rows from {}", skip + 1), url: format!("{before}{SKIP}{skip}&{after}"), ..download.clone() })
}

/// A query's value as the provider reads it: spaces as `%20` (a plus sign is refused), accents as UTF-8, the `$` of names left as it is.
fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'\'' | b',');
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }
    fn planned(series: &str, from: &str, to: Option<&str>) -> Vec<Download> {
        let config = Config::built_in().expect("the built-in configuration");
        let request = Request { choices: vec![("series".to_string(), vec![series.to_string()])], from: Some(day(from)), to: to.map(day) };
        plan(&request, day("2026-10-02"), &config).expect("a plan")
    }

    #[test]
    fn a_window_is_a_year_of_one_indicator() {
        let downloads = planned("FOCUS_FX_ANNUAL", "2025-06-01", None);
        let labels: Vec<&str> = downloads.iter().map(|download| download.label.as_str()).collect();
        assert_eq!(labels, ["Focus annual Câmbio 2025-01-01..2025-12-31", "Focus annual Câmbio 2026-01-01..2026-12-31"]);
        let query = "ExpectativasMercadoAnuais?$filter=Indicador%20eq%20'C%C3%A2mbio'%20and%20Data%20ge%20'2025-01-01'%20and%20Data%20le%20'2025-12-31'&$orderby=Data,IndicadorDetalhe,DataReferencia,baseCalculo&$top=10000&$skip=0&$format=json";
        assert!(downloads[0].url.ends_with(query), "{}", downloads[0].url);
        assert!(downloads[0].settled_on < Some(day("2026-10-02")) && downloads[1].settled_on > Some(day("2026-10-02")));
        assert_eq!(downloads[0].hint.as_deref(), Some("annual"));
    }

    #[test]
    fn the_last_window_alone_is_clipped() {
        let labels: Vec<String> = planned("focus_selic_meetings", "2024-12-30", Some("2025-03-31")).into_iter().map(|d| d.label).collect();
        assert_eq!(labels, ["Focus selic Selic 2024-01-01..2024-12-31", "Focus selic Selic 2025-01-01..2025-03-31"]);
    }

    #[test]
    fn a_full_page_has_one_after_it() {
        let first = planned("FOCUS_IPCA_MONTHLY", "2026-01-01", None).remove(0);
        assert_eq!(next_page(&first, PAGE - 1), None);
        let second = next_page(&first, PAGE).expect("a page");
        let third = next_page(&second, PAGE).expect("a page");
        assert!(third.url.contains("&$skip=20000&$format=json") && third.label.ends_with("2026-12-31, rows from 20001"), "{}", third.label);
    }

    #[test]
    fn a_series_that_is_not_described_is_refused() {
        let config = Config::built_in().expect("the built-in configuration");
        let request = Request { choices: vec![("series".to_string(), vec!["FOCUS_IPCA_MONTLY".to_string()])], ..Request::default() };
        let error = plan(&request, day("2026-10-02"), &config).expect_err("unknown");
        assert!(error.to_string().contains("FOCUS_IPCA_MONTLY"), "{error}");
        let none = Request { from: Some(day("2027-01-01")), ..Request::default() };
        assert!(plan(&none, day("2026-10-02"), &config).is_err());
    }
}
