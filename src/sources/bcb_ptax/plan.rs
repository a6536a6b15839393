//! What is asked of the server: years of one currency. Pure: the day is given.

use chrono::NaiveDate;

use super::{NAME, currency, currency_of};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::sources::grid::{self, Window};
use crate::sources::{Download, Request};
use crate::time::Shift;

/// Five bulletins a day make some 6,500 rows of five years, below the most that are asked for.
const YEARS: i32 = 5;
const MOST_ROWS: u32 = 10_000;
/// The first day of the dollar; other currencies begin later.
const FIRST: NaiveDate = NaiveDate::from_ymd_opt(1984, 11, 28).expect("a day");
/// A closing quote of a year that is over comes no more, and is not changed.
const SETTLES_IN_DAYS: i64 = 15;

/// The downloads of a request made on `today`: of the currencies that it names, or of every one that is described.
pub(super) fn plan(request: &Request, today: NaiveDate, config: &Config) -> Result<Vec<Download>> {
    if let Some((other, _)) = request.choices.iter().find(|(name, _)| name != "series") {
        return Err(Error::usage(format!("unknown choice `{other}`")).hint("there is `series`"));
    }
    let mut currencies: Vec<&str> = Vec::new();
    let named = request.chosen("series");
    let chosen = named.iter().map(|named| currency(named, config)).collect::<Result<Vec<_>>>()?;
    let all = config.series_of(NAME).filter_map(currency_of).filter(|_| named.is_empty());
    for code in chosen.into_iter().chain(all) {
        if !currencies.contains(&code) {
            currencies.push(code);
        }
    }
    let mut downloads = Vec::new();
    for code in currencies {
        let first =
            config.series_of(NAME).filter(|series| currency_of(series) == Some(code)).find_map(|series| series.first_date).unwrap_or(FIRST);
        let from = request.from.map_or(first, |from| from.max(first));
        for window in grid::windows(from, request.to, today, YEARS) {
            downloads.push(download(code, window, today, config)?);
        }
    }
    Ok(downloads)
}

fn download(currency: &str, window: Window, today: NaiveDate, config: &Config) -> Result<Download> {
    let url = address(&config.source(NAME)?.url, currency, window.first, window.last.unwrap_or(today));
    let mut download = Download::new(format!("PTAX {currency} {window}"), url);
    download.settled_on = window.last.map(|last| last.plus_days(SETTLES_IN_DAYS));
    download.hint = Some(format!("{currency} {window}"));
    Ok(download)
}

/// The address of a currency's quotes. Days are written MM-DD-YYYY in quotes, and nothing else: to another form the server answers an empty
/// list, as if there had been no quotes.
fn address(base: &str, currency: &str, first: NaiveDate, last: NaiveDate) -> String {
    let day = |day: NaiveDate| format!("%27{}%27", day.format("%m-%d-%Y"));
    let (endpoint, of_currency) = match currency {
        "USD" => ("CotacaoDolarPeriodo(dataInicial=@dataInicial,dataFinalCotacao=@dataFinalCotacao)", String::new()),
        _ => (
            "CotacaoMoedaPeriodo(moeda=@moeda,dataInicial=@dataInicial,dataFinalCotacao=@dataFinalCotacao)",
            format!("@moeda=%27{currency}%27&"),
        ),
    };
    let (first, last) = (day(first), day(last));
    format!("{base}/{endpoint}?{of_currency}@dataInicial={first}&@dataFinalCotacao={last}&%24top={MOST_ROWS}&%24format=json")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(series: &[&str], from: &str, today: &str) -> Vec<Download> {
        let config = Config::built_in().expect("the built-in configuration");
        let choices = vec![("series".to_string(), series.iter().map(ToString::to_string).collect())];
        let request = Request { choices, from: Some(from.parse().expect("a day")), to: None };
        plan(&request, today.parse().expect("a day"), &config).expect("a plan")
    }

    #[test]
    fn no_address_has_a_day_that_the_server_cannot_read() {
        let downloads = planned(&["USD", "PTAX_EUR_ASK", "eur"], "2019-05-06", "2026-11-21");
        let has_iso =
            |text: &str| text.replace("%27", "'").as_bytes().windows(8).any(|at| at[..4].iter().all(u8::is_ascii_digit) && at[4] == b'-');
        for download in &downloads {
            assert!(!has_iso(&download.url) && !download.url.contains([' ', '\'', '$']), "{}", download.url);
        }
        let labels: Vec<&str> = downloads.iter().map(|download| download.label.as_str()).collect();
        let windows = ["2015-01-01..2019-12-31", "2020-01-01..2024-12-31", "2025-01-01..2025-12-31", "2026-01-01.."];
        let expected: Vec<String> = ["USD", "EUR"].iter().flat_map(|code| windows.map(|window| format!("PTAX {code} {window}"))).collect();
        assert_eq!(labels, expected);
        assert!(downloads[3].url.ends_with(
            "/CotacaoDolarPeriodo(dataInicial=@dataInicial,dataFinalCotacao=@dataFinalCotacao)\
             ?@dataInicial=%2701-01-2026%27&@dataFinalCotacao=%2711-21-2026%27&%24top=10000&%24format=json"
        ));
        assert!(downloads[4].url.contains("CotacaoMoedaPeriodo(moeda=@moeda,") && downloads[4].url.contains("?@moeda=%27EUR%27&"));
    }
}
