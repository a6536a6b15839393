//! Answers of Yahoo's chart, made up in its exact shape: parallel arrays, prices of single precision, events under their stamps.

use chrono::{NaiveDate, NaiveTime, TimeZone};
use chrono_tz::Tz;
use serde_json::{Value, json};

use crate::support::day;

/// One answer in the making.
#[derive(Clone)]
pub struct Chart {
    pub symbol: &'static str,
    pub kind: &'static str,
    pub currency: &'static str,
    pub zone: Tz,
    /// Time of day at which a session starts, and its minutes.
    pub opens: (u32, u32),
    pub minutes: i64,
    pub price_hint: u32,
    /// The day on which it is made; the session of it is open.
    pub made_on: &'static str,
    /// Closes as printed on the day, none on a day without a price.
    pub closes: Vec<(&'static str, Option<f64>)>,
    /// Ex date, new shares, old shares.
    pub splits: Vec<(&'static str, f64, f64)>,
    /// Ex date, payment as of that day.
    pub dividends: Vec<(&'static str, f64)>,
}

impl Chart {
    pub fn of(symbol: &'static str, made_on: &'static str) -> Self {
        Self {
            symbol,
            kind: "ETF",
            currency: "USD",
            zone: Tz::America__New_York,
            opens: (9, 30),
            minutes: 390,
            price_hint: 2,
            made_on,
            closes: Vec::new(),
            splits: Vec::new(),
            dividends: Vec::new(),
        }
    }

    /// A currency pair, whose day is that of London.
    pub fn of_currency(symbol: &'static str, currency: &'static str, made_on: &'static str) -> Self {
        let zone = Tz::Europe__London;
        Self { kind: "CURRENCY", currency, zone, opens: (0, 0), minutes: 1439, price_hint: 4, ..Self::of(symbol, made_on) }
    }

    pub fn closing(mut self, closes: &[(&'static str, f64)]) -> Self {
        self.closes.extend(closes.iter().map(|(day, close)| (*day, Some(*close).filter(|close| close.is_finite()))));
        self
    }

    pub fn stamp(&self, date: &str) -> i64 {
        let time = NaiveTime::from_hms_opt(self.opens.0, self.opens.1, 0).expect("a time");
        self.zone.from_local_datetime(&day(date).and_time(time)).earliest().expect("an instant").timestamp()
    }

    /// Shares of the day on which the answer is made for one of another.
    fn shares(&self, date: NaiveDate) -> f64 {
        let since = self.splits.iter().filter(|(ex, ..)| day(ex) > date && day(ex) <= day(self.made_on));
        since.map(|(_, new, old)| new / old).product()
    }

    pub fn value(&self) -> Value {
        let divided = |(date, close): &(&str, Option<f64>)| close.map(|close| f64::from((close / self.shares(day(date))) as f32));
        let closes: Vec<Option<f64>> = self.closes.iter().map(divided).collect();
        let volumes: Vec<Option<f64>> = self.closes.iter().map(|(date, close)| close.map(|_| 1000.0 * self.shares(day(date)))).collect();
        let stamps: Vec<i64> = self.closes.iter().map(|(date, _)| self.stamp(date)).collect();
        let at = |date: &str| self.stamp(date).to_string();
        let dividends: serde_json::Map<String, Value> = self
            .dividends
            .iter()
            .map(|(ex, paid)| (at(ex), json!({ "amount": paid / self.shares(day(ex)), "date": self.stamp(ex) })))
            .collect();
        let splits: serde_json::Map<String, Value> = self
            .splits
            .iter()
            .map(|(ex, new, old)| {
                let split = json!({ "date": self.stamp(ex), "numerator": new, "denominator": old, "splitRatio": format!("{new}:{old}") });
                (at(ex), split)
            })
            .collect();
        let mut events = serde_json::Map::new();
        if !dividends.is_empty() {
            events.insert("dividends".into(), Value::Object(dividends));
        }
        if !splits.is_empty() {
            events.insert("splits".into(), Value::Object(splits));
        }
        let opened = self.stamp(self.made_on);
        let mut result = json!({
            "meta": {
                "currency": self.currency, "symbol": self.symbol, "instrumentType": self.kind, "exchangeTimezoneName": self.zone.name(),
                "regularMarketTime": opened + 600, "priceHint": self.price_hint, "dataGranularity": "1d", "range": "",
                "currentTradingPeriod": { "regular": { "start": opened, "end": opened + 60 * self.minutes, "gmtoffset": 0, "timezone": "X" } },
            },
            "timestamp": stamps,
            "indicators": {
                "quote": [{ "open": closes, "high": closes, "low": closes, "close": closes, "volume": volumes }],
                "adjclose": [{ "adjclose": closes }],
            },
        });
        if !events.is_empty() {
            result["events"] = Value::Object(events);
        }
        json!({ "chart": { "result": [result], "error": null } })
    }

    pub fn body(&self) -> String {
        self.value().to_string()
    }
}
