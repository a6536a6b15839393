//! Yahoo's chart of an instrument: daily prices of currencies, indices, commodities and funds, with splits and distributions.
//!
//! - **Where**: `query1.finance.yahoo.com/v8/finance/chart/SYMBOL`, and `query2` for the same. No key, no contract, no promise: for personal use,
//!   at most a request a second, by a client that looks like a browser.
//! - **What a payload looks like**: JSON with parallel arrays, `timestamp` (start of the session, in seconds) and `indicators.quote[0].open`, …,
//!   with `null` on days without a price; `events.splits`, `.dividends` and `.capitalGains`; `quote: [{}]` and no `timestamp` where there is nothing.
//! - **What the figures are**: closes divided by every split since, volumes multiplied, payments divided. What was printed is found again by
//!   the splits of the same answer, so an answer has to reach to the day on which it was made. `adjclose`, which takes dividends out, is
//!   not taken: it changes with each dividend, and `market_prices` computes it from what was known.
//! - **When it becomes known**: an hour after the UTC midnight that follows the session, `lagged`; an event with the bar of its ex date. Of a
//!   session that is not over nothing is taken.
//! - **Revisions**: silent, so what is read late is `backcast`.
//!
//! The way of a payload: `body` (JSON to bars and events) → `judge` (which are taken, and when they were known) → `printed` (splits undone) →
//! `market_data`, `market_events`.

mod body;
mod judge;
mod plan;
mod printed;

use chrono::NaiveDate;
use datafusion::arrow::record_batch::RecordBatch;

use self::judge::{Judge, Judged};
use self::printed::Splits;
use super::frame::Rows;
use super::{Answer, Download, Parsed, Payload, Request, Source};
use crate::config::{Config, Instrument};
use crate::error::{Error, Result};
use crate::tables::{self, Table};

const NAME: &str = "yahoo";

/// Yahoo.
pub struct Yahoo;

impl Source for Yahoo {
    fn name(&self) -> &'static str {
        NAME
    }
    fn doc(&self) -> &'static str {
        "Yahoo's daily prices: currencies, indices, commodities, funds, with splits and dividends"
    }
    fn tables(&self) -> &'static [&'static Table] {
        static TABLES: [&Table; 2] = [&tables::MARKET_DATA, &tables::MARKET_EVENTS];
        &TABLES
    }
    fn parse(&self, payload: &Payload, config: &Config) -> Result<Parsed> {
        parse(payload, config).map_err(|error| error.in_source(NAME).in_file(payload.name.as_str()))
    }
    fn plan(&self, request: &Request, today: NaiveDate, config: &Config) -> Result<Vec<Download>> {
        plan::plan(request, today, config)
    }
    fn judge(&self, status: u16, body: &[u8]) -> Option<Answer> {
        answer(status, body)
    }
}

/// What an answer of the server is. It says that it is asked too often in plain text, that it is down with a page and status 200, and what it
/// does not have as JSON with status 404 or 422.
fn answer(status: u16, body: &[u8]) -> Option<Answer> {
    let start = body.trim_ascii_start();
    if status == 429 || start.to_ascii_lowercase().starts_with(b"too many requests") || start.starts_with(b"Edge: Too Many Requests") {
        return Some(Answer::Busy("says that it is asked too often".to_string()));
    }
    if start.first() == Some(&b'<') && (status == 200 || status >= 500) {
        return Some(Answer::Busy("sends a page instead of prices: it is down for now".to_string()));
    }
    match (status, body::refusal(body)) {
        (400 | 404 | 422, Some(said)) => Some(Answer::Nothing(format!("{}: {}", said.code, said.description))),
        (200, None) if start.first() == Some(&b'{') => Some(Answer::Body),
        (200, None) => Some(Answer::Busy("sends something else than JSON".to_string())),
        (_, Some(said)) => Some(Answer::Refused(format!("refuses: {}, {}", said.code, said.description))),
        (_, None) => None,
    }
}

fn parse(payload: &Payload, config: &Config) -> Result<Parsed> {
    let chart = body::read(&payload.bytes)?;
    let instrument = instrument(&chart.symbol, payload.hint.as_deref(), config)?;
    let rule = config.source(NAME)?.rule.as_ref().ok_or_else(|| {
        Error::config("`sources.yahoo` has no `release`, so it is not known when a price is out").hint("see config/sources.toml")
    })?;
    let judge = Judge { chart: &chart, instrument, rule, observed_at: payload.observed_at, until: until(&payload.origin) };
    judge.ensure_reaches_to_the_present()?;
    let mut warnings = Vec::new();
    if let Some(currency) = chart.currency.as_deref().filter(|currency| *currency != instrument.currency) {
        warnings.push(format!("the prices are in `{currency}`, and configuration says `{}`", instrument.currency));
    }
    let mut judged = judge.judge();
    if let Some(day) = judge.unsettled_split() {
        warnings.push(format!(
            "a split takes effect on {day}, so some prices may be divided by it and others not: nothing is taken, ask again on the day after"
        ));
        judged = Judged { rejections: judged.rejections, ..Judged::default() };
    }
    let decimals = instrument.decimals.max(chart.price_hint);
    let splits = judge.splits();
    let currency = chart.currency.as_deref().unwrap_or(&instrument.currency);
    Ok(Parsed {
        kind: describe(instrument, &judged),
        rows_read: chart.bars.len() + chart.events.len(),
        batches: batches(instrument, currency, &judged, &splits, decimals)?,
        repeats_within: judged.repeats,
        rejections: judged.rejections,
        warnings,
        shelf: Some(instrument.id.clone()),
        ..Parsed::default()
    })
}

/// The instrument that an answer is of.
fn instrument<'c>(symbol: &str, hint: Option<&str>, config: &'c Config) -> Result<&'c Instrument> {
    let found = config.instruments.iter().find(|instrument| instrument.yahoo.eq_ignore_ascii_case(symbol));
    let given = hint.map(|name| config.instrument(name).ok_or_else(|| plan::unknown(name, config))).transpose()?;
    match (found, given) {
        (Some(found), Some(given)) if found.id != given.id => {
            Err(Error::usage(format!("the file was given as `{}`, and is of `{symbol}`, which is `{}`", given.id, found.id))
                .hint("leave `--series` out: the file says what it is of"))
        }
        (Some(found), _) => Ok(found),
        (None, _) => Err(plan::unknown(symbol, config)),
    }
}

/// The end of the time that was asked for, in seconds, where the address says it.
fn until(origin: &str) -> Option<i64> {
    let url = reqwest::Url::parse(origin).ok()?;
    url.query_pairs().find(|(name, _)| name == "period2")?.1.parse().ok()
}

fn batches(
    instrument: &Instrument,
    currency: &str,
    judged: &Judged,
    splits: &Splits,
    decimals: u32,
) -> Result<Vec<(&'static Table, RecordBatch)>> {
    let mut bars = Rows::new(&tables::MARKET_DATA);
    for bar in &judged.bars {
        let shares = splits.since(bar.day);
        let price = |price: Option<f64>| price.map(|price| printed::price(price, shares, decimals));
        let of = &bar.what;
        bars.day("as_of", bar.day).text("source", NAME).text("symbol", instrument.id.as_str()).text("currency", currency);
        bars.float("open", price(of.open)).float("high", price(of.high)).float("low", price(of.low)).float("close", price(of.close));
        bars.float("volume", of.volume.map(|volume| printed::volume(volume, shares))).end(bar.release);
    }
    let mut events = Rows::new(&tables::MARKET_EVENTS);
    for event in &judged.events {
        let value = match event.what.kind {
            body::EventKind::Split => event.what.value,
            _ => printed::payment(event.what.value, splits.since(event.day)),
        };
        events.day("as_of", event.day).text("source", NAME).text("symbol", instrument.id.as_str());
        events.text("kind", event.what.kind.name()).float("value", value).end(event.release);
    }
    let mut batches: Vec<(&'static Table, RecordBatch)> = Vec::new();
    if !bars.is_empty() {
        batches.push((&tables::MARKET_DATA, bars.finish()?));
    }
    if !events.is_empty() {
        batches.push((&tables::MARKET_EVENTS, events.finish()?));
    }
    Ok(batches)
}

/// What the payload is, for the summary: `USDBRL 2010-01-04..2024-12-30, 2 days without a price, 1 session not over`.
fn describe(instrument: &Instrument, judged: &Judged) -> String {
    let days = judged.bars.iter().map(|bar| bar.day);
    let mut text = match (days.clone().min(), days.max()) {
        (Some(first), Some(last)) => format!("{} {first}..{last}", instrument.id),
        _ => format!("{} without days", instrument.id),
    };
    let parts = [
        (judged.events.len(), "event", "events"),
        (judged.n_blank, "day without a price", "days without a price"),
        (judged.n_unfinished, "session not over", "sessions not over"),
        (judged.n_future, "event to come", "events to come"),
    ];
    for (n, one, several) in parts.into_iter().filter(|(n, ..)| *n > 0) {
        text.push_str(&format!(", {n} {}", if n == 1 { one } else { several }));
    }
    text
}
