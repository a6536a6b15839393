//! What is asked of the server: a series that is not daily at once, a daily one in windows of at most ten years, which is all that the server
//! gives at a time. Pure: the day is given.

use chrono::{Datelike, Days, NaiveDate};
use reqwest::Url;

use super::observations::label;
use super::{Hint, Sgs, code};
use crate::config::{Config, Frequency, Series};
use crate::error::{Error, Result};
use crate::sources::grid::{self, Window};
use crate::sources::{Download, Request};

/// The server refuses longer windows of daily series.
const MOST_YEARS: i32 = 10;
/// Daily series are asked for from here on where nothing is known of their first figure.
const EARLIEST: NaiveDate = NaiveDate::from_ymd_opt(1980, 1, 1).expect("a day");
/// How long after its end a window may still change: revisions of a month come in the month after it, late figures within days.
const SETTLES_REVISED_IN: Days = Days::new(90);
const SETTLES_IN: Days = Days::new(15);

/// The downloads of a request made on `today`: of the series that it names, or of every one that is described.
pub(super) fn plan(source: &Sgs, request: &Request, today: NaiveDate, config: &Config) -> Result<Vec<Download>> {
    if let (Some(from), Some(to)) = (request.from, request.to)
        && from > to
    {
        return Err(Error::usage(format!("there are no days from {from} to {to}")).hint("`--from` is the earlier of the two"));
    }
    let mut downloads = Vec::new();
    for series in wanted(source, request, config)? {
        for window in windows(series, request, today) {
            downloads.push(download(source, series, window, config)?);
        }
    }
    Ok(downloads)
}

fn wanted<'c>(source: &Sgs, request: &Request, config: &'c Config) -> Result<Vec<&'c Series>> {
    if let Some((other, _)) = request.choices.iter().find(|(name, _)| name != "series") {
        return Err(Error::usage(format!("unknown choice `{other}`")).hint("there is `series`"));
    }
    let mut wanted: Vec<&Series> = Vec::new();
    for named in request.chosen("series") {
        let series = source.find(named, config)?;
        if !wanted.contains(&series) {
            wanted.push(series);
        }
    }
    Ok(if wanted.is_empty() { config.series_of(source.name).collect() } else { wanted })
}

/// `None` is the whole series.
fn windows(series: &Series, request: &Request, today: NaiveDate) -> Vec<Option<Window>> {
    if series.frequency == Frequency::Daily {
        let first = series.first_date.unwrap_or(EARLIEST);
        let from = request.from.map_or(first, |from| from.max(first));
        // One that has ended has nothing after its last day.
        let to = request.to.into_iter().chain(series.last_date).min();
        return grid::windows(from, to, today, MOST_YEARS).into_iter().map(Some).collect();
    }
    let to = request.to.filter(|to| *to < today);
    match (request.from, to) {
        (None, None) => vec![None],
        (from, to) => {
            let from = from.or(series.first_date).unwrap_or(EARLIEST);
            // The period that holds the day began before it.
            vec![Some(Window { first: from.with_day(1).and_then(|day| day.with_month(1)).unwrap_or(from), last: to })]
        }
    }
}

fn download(source: &Sgs, series: &Series, window: Option<Window>, config: &Config) -> Result<Download> {
    let base = &config.source(source.name)?.url;
    let written = |day: NaiveDate| day.format("%d/%m/%Y").to_string();
    let mut query = vec![("formato", "json".to_string())];
    query.extend(window.map(|window| ("dataInicial", written(window.first))));
    query.extend(window.and_then(|window| window.last).map(|last| ("dataFinal", written(last))));
    let url = Url::parse_with_params(&format!("{base}/bcdata.sgs.{}/dados", code(series)), query).map_err(|error| {
        Error::config(format!("`sources.{}.url` is no address: {error}", source.name)).hint("it starts with `https://`")
    })?;
    let settles_in = if series.revises { SETTLES_REVISED_IN } else { SETTLES_IN };
    // Figures of months come long after them, so that only a window of days is known to be over.
    let is_daily = series.frequency == Frequency::Daily;
    let settled_on = window.and_then(|window| window.last).filter(|_| is_daily).map(|last| last + settles_in);
    let days = window.map_or("whole".to_string(), |window| window.to_string());
    let mut download = Download::new(format!("{} {days}", label(series)), url);
    download.settled_on = settled_on;
    download.hint = Some(Hint { series: series.id.clone(), window }.to_string());
    Ok(download)
}
