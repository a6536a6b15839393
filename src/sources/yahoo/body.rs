//! From bytes to the provider's answer: the JSON of `/v8/finance/chart`, with its parallel arrays put together to bars. What the bars mean is
//! decided elsewhere; here is refused, as a whole, what is no answer, a refusal that was saved, or bars of another length than a day.
//!
//! The provider's prices are of single precision, printed with the digits of a double (`129.0399932861328` is 129.04). They are rounded to the
//! decimals of their instrument before anything else is done with them, so it does not matter that they are read as doubles here: what that
//! can lose is a billionth of what the rounding takes away.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Timelike};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The answer for one symbol.
#[derive(Debug)]
pub(super) struct Chart {
    /// As the provider spells it.
    pub symbol: String,
    pub currency: Option<String>,
    /// EQUITY, ETF, CURRENCY, …
    pub instrument_type: String,
    /// Zone of the exchange, in which a stamp is of a day.
    pub zone: Tz,
    /// Decimals that the provider shows.
    pub price_hint: u32,
    /// Time of the last trade known to the answer, in seconds: when it was made, as far as it says so.
    pub newest_trade: Option<i64>,
    /// Seconds of a regular session, where it is said.
    pub session: Option<i64>,
    pub bars: Vec<Bar>,
    /// In order of their stamps.
    pub events: Vec<Event>,
}

/// A day, with figures divided by the splits since.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Bar {
    /// Start of the session, in seconds since 1970.
    pub stamp: i64,
    pub open: Option<f64>,
    pub high: Option<f64>,
    pub low: Option<f64>,
    pub close: Option<f64>,
    pub volume: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum EventKind {
    Split,
    Dividend,
    CapitalGain,
}

impl EventKind {
    /// As `market_events.kind` has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Split => "split",
            Self::Dividend => "dividend",
            Self::CapitalGain => "capital_gain",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Event {
    pub stamp: i64,
    pub kind: EventKind,
    /// New shares per old one, or money per share of today.
    pub value: f64,
}

impl Chart {
    /// The day of a stamp.
    pub fn day(&self, stamp: i64) -> Option<NaiveDate> {
        Some(DateTime::from_timestamp(stamp, 0)?.with_timezone(&self.zone).date_naive())
    }
    /// The day of the bar or event that a stamp stands for. A bar is stamped at the start of its session, or at midnight; where the provider's
    /// summer time is not the exchange's, midnight is 22:00 or 23:00 of the evening before, and a session of futures begins in it.
    pub fn day_of_bar(&self, stamp: i64) -> Option<NaiveDate> {
        let local = DateTime::from_timestamp(stamp, 0)?.with_timezone(&self.zone);
        let is_sharp = local.minute() == 0 && local.second() == 0;
        let is_evening = is_sharp && local.hour() >= 22 || self.instrument_type == "FUTURE" && is_sharp && local.hour() >= 17;
        if is_evening { local.date_naive().succ_opt() } else { Some(local.date_naive()) }
    }
}

#[derive(Deserialize)]
struct Answer {
    chart: Option<Content>,
}

#[derive(Deserialize)]
struct Content {
    result: Option<Vec<Series>>,
    error: Option<Refusal>,
}

/// What the server says where it has nothing.
#[derive(Debug, Deserialize)]
pub(super) struct Refusal {
    pub code: String,
    pub description: String,
}

#[derive(Deserialize)]
struct Series {
    meta: Meta,
    #[serde(default)]
    timestamp: Vec<i64>,
    events: Option<Events>,
    indicators: Indicators,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    symbol: String,
    currency: Option<String>,
    #[serde(default)]
    instrument_type: String,
    exchange_timezone_name: String,
    regular_market_time: Option<i64>,
    #[serde(default)]
    price_hint: u32,
    data_granularity: Option<String>,
    current_trading_period: Option<Periods>,
}

#[derive(Deserialize)]
struct Periods {
    regular: Option<Period>,
}

#[derive(Deserialize)]
struct Period {
    start: i64,
    end: i64,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Events {
    dividends: HashMap<String, Payment>,
    capital_gains: HashMap<String, Payment>,
    splits: HashMap<String, Split>,
}

#[derive(Deserialize)]
struct Payment {
    amount: f64,
    date: i64,
}

#[derive(Deserialize)]
struct Split {
    numerator: f64,
    denominator: f64,
    date: i64,
}

#[derive(Deserialize)]
struct Indicators {
    quote: Vec<Quote>,
}

/// One array per figure; none at all where there are no bars.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Quote {
    open: Vec<Option<f64>>,
    high: Vec<Option<f64>>,
    low: Vec<Option<f64>>,
    close: Vec<Option<f64>>,
    volume: Vec<Option<f64>>,
}

const ASK: &str = "an answer of `/v8/finance/chart/SYMBOL?interval=1d&events=div,splits,capitalGains` is taken, as the server sent it";

/// # Errors
/// As the file says.
pub(super) fn read(bytes: &[u8]) -> Result<Chart> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    match text.first() {
        Some(b'{') => {}
        Some(b'<') => {
            return Err(Error::source("the body is a page: the provider was down, or turned the request away").hint("try again later"));
        }
        _ => return Err(Error::source("no answer of Yahoo: it is no JSON object").hint(ASK)),
    }
    let answer: Answer = crate::sources::json::read(text).map_err(|error| {
        let what = if error.is_data() { "is not of the shape that is known" } else { "is damaged or cut off" };
        Error::source(format!("the JSON {what}: {error}")).hint("download or copy the file again")
    })?;
    let Some(content) = answer.chart else { return Err(Error::source("no answer of Yahoo's chart: it has no `chart`").hint(ASK)) };
    if let Some(refusal) = content.error {
        return Err(Error::source(format!("the file holds a refusal: {}, {}", refusal.code, refusal.description)).hint(ASK));
    }
    let mut results = content.result.unwrap_or_default().into_iter();
    match (results.next(), results.next()) {
        (Some(series), None) => series.into_chart(),
        _ => Err(Error::source("the answer is not of one symbol").hint(ASK)),
    }
}

/// The refusal in an answer, where there is one.
pub(super) fn refusal(bytes: &[u8]) -> Option<Refusal> {
    #[derive(Deserialize)]
    struct Outcome {
        error: Option<Refusal>,
    }
    // quotes and searches say it under `finance`
    #[derive(Deserialize)]
    struct Said {
        chart: Option<Outcome>,
        finance: Option<Outcome>,
    }
    let said: Said = crate::sources::json::read(bytes).ok()?;
    said.chart.and_then(|outcome| outcome.error).or_else(|| said.finance?.error)
}

impl Series {
    fn into_chart(self) -> Result<Chart> {
        let meta = self.meta;
        if let Some(length) = meta.data_granularity.as_deref().filter(|length| *length != "1d") {
            return Err(Error::source(format!("the bars are of {length}, not of a day")).hint("ask with `interval=1d`"));
        }
        let zone = meta.exchange_timezone_name.parse::<Tz>();
        let zone = zone
            .map_err(|_| Error::source(format!("`{}` is no time zone", meta.exchange_timezone_name)).in_column("exchangeTimezoneName"))?;
        let session = meta.current_trading_period.and_then(|periods| periods.regular).map(|period| period.end - period.start);
        let mut quotes = self.indicators.quote.into_iter();
        let (quote, None) = (quotes.next().unwrap_or_default(), quotes.next()) else {
            return Err(Error::source("the answer has several sets of quotes").hint(ASK));
        };
        Ok(Chart {
            bars: quote.into_bars(&self.timestamp)?,
            events: self.events.unwrap_or_default().into_list(),
            symbol: meta.symbol,
            currency: meta.currency,
            instrument_type: meta.instrument_type,
            zone,
            price_hint: meta.price_hint,
            newest_trade: meta.regular_market_time,
            session: session.filter(|seconds| (1..=86_400).contains(seconds)),
        })
    }
}

impl Quote {
    fn into_bars(self, stamps: &[i64]) -> Result<Vec<Bar>> {
        let figures = [("open", &self.open), ("high", &self.high), ("low", &self.low), ("close", &self.close), ("volume", &self.volume)];
        // a figure may be left out as a whole, never in part
        if let Some((name, cells)) = figures.iter().find(|(_, cells)| !cells.is_empty() && cells.len() != stamps.len()) {
            return Err(Error::source(format!("{} figures for {} stamps: the answer is damaged", cells.len(), stamps.len()))
                .in_column(*name)
                .hint("download it again"));
        }
        let at = |cells: &[Option<f64>], row: usize| cells.get(row).copied().flatten();
        let bar = |(row, stamp): (usize, &i64)| Bar {
            stamp: *stamp,
            open: at(&self.open, row),
            high: at(&self.high, row),
            low: at(&self.low, row),
            close: at(&self.close, row),
            volume: at(&self.volume, row),
        };
        Ok(stamps.iter().enumerate().map(bar).collect())
    }
}

impl Events {
    fn into_list(self) -> Vec<Event> {
        let payment = |kind| move |paid: Payment| Event { stamp: paid.date, kind, value: paid.amount };
        let split = |split: Split| Event { stamp: split.date, kind: EventKind::Split, value: split.numerator / split.denominator };
        let mut events: Vec<Event> = self.dividends.into_values().map(payment(EventKind::Dividend)).collect();
        events.extend(self.capital_gains.into_values().map(payment(EventKind::CapitalGain)));
        events.extend(self.splits.into_values().map(split));
        events.sort_by(|a, b| (a.stamp, a.kind).cmp(&(b.stamp, b.kind)).then(a.value.total_cmp(&b.value)));
        events
    }
}
