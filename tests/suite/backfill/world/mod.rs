//! Every provider in one made-up world: the same address always gets the same answer, in the provider's true shape. One file per provider.

mod cftc;
mod focus;
mod fred;
mod ptax;
mod sgs;
mod sidra;
mod tesouro;
mod treasury;
mod yahoo;

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::{Days, NaiveDate};
use contango::config::Config;
use contango::time::IngestTime;
use contango::time::business::BusinessCalendar;

/// What the servers know: the days up to yesterday.
pub struct World {
    pub config: Config,
    pub today: NaiveDate,
}

/// A request, taken apart.
pub struct Asked {
    /// Below the folder of the provider.
    pub path: String,
    pub query: HashMap<String, String>,
}

impl World {
    pub fn new() -> Self {
        Self { config: Config::built_in().expect("the built-in configuration"), today: IngestTime::now().date() }
    }

    /// Where each provider is, for `--config`.
    pub fn overlay(base: &str) -> String {
        let sources = [
            ("bcb_sgs", "sgs"),
            ("bcb_fx_flow", "sgs"),
            ("stn_fiscal", "sgs"),
            ("bcb_ptax", "ptax"),
            ("bcb_focus", "focus"),
            ("ibge_sidra", "sidra"),
            ("b3_tesouro", "tesouro"),
            ("us_treasury", "treasury"),
            ("yahoo", "yahoo"),
        ];
        let mut text = format!(
            "[cftc]\narchive_url = \"{base}/cftc\"\nsocrata_url = \"{base}/socrata\"\n[fred]\nurl = \"{base}/fred\"\nrequests_per_minute = 60000\n"
        );
        // Yahoo's comes last: its second server belongs to its section.
        for (source, folder) in sources {
            text.push_str(&format!("[sources.{source}]\nurl = \"{base}/{folder}\"\nrequests_per_minute = 60000\n"));
        }
        text.push_str(&format!("fallback_url = \"{base}/yahoo2\"\n"));
        text
    }

    /// The answer of the provider in whose folder the address is.
    pub fn answer(&self, url: &reqwest::Url) -> Reply {
        let path = percent_decoded(url.path());
        let (provider, path) = path.trim_start_matches('/').split_once('/').expect("a folder");
        let asked = Asked { path: path.to_string(), query: url.query_pairs().into_owned().collect() };
        match provider {
            "sgs" => sgs::answer(self, &asked),
            "ptax" => ptax::answer(self, &asked),
            "focus" => focus::answer(self, &asked),
            "sidra" => sidra::answer(self, &asked),
            "tesouro" => tesouro::answer(self, &asked),
            "treasury" => treasury::answer(self, &asked),
            "yahoo" | "yahoo2" => yahoo::answer(self, &asked),
            "cftc" | "socrata" => cftc::answer(&asked),
            "fred" => fred::answer(self, &asked),
            _ => Reply::new(404).of("text/html", "<!DOCTYPE html><html>nobody lives here</html>"),
        }
    }

    /// The business days `first..=last` that are over.
    pub fn days(&self, calendar: BusinessCalendar, first: NaiveDate, last: NaiveDate) -> impl Iterator<Item = NaiveDate> {
        let last = last.min(self.today - Days::new(1));
        first.iter_days().take_while(move |day| *day <= last).filter(move |day| calendar.is_business_day(*day))
    }

    /// The months `first..=last` that are over, by their first days.
    pub fn months(&self, first: NaiveDate, last: NaiveDate) -> impl Iterator<Item = NaiveDate> {
        use chrono::{Datelike, Months};
        let end = self.today.with_day(1).expect("a day");
        let first = first.with_day(1).expect("a day");
        std::iter::successors(Some(first), |month| month.checked_add_months(Months::new(1)))
            .take_while(move |month| *month < end && *month <= last)
    }
}

/// A figure between 0 and 100 with two decimals, the same for the same things.
pub fn figure(of: impl Hash) -> f64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    (hasher.finish() % 10_000) as f64 / 100.0
}

/// An answer, before it is sent.
pub struct Reply {
    pub status: u16,
    pub kind: &'static str,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn new(status: u16) -> Self {
        Self { status, kind: "text/html", body: Vec::new() }
    }
    pub fn of(self, kind: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self { kind, body: body.into(), ..self }
    }
}

pub fn json(body: String) -> Reply {
    Reply::new(200).of("application/json", body)
}

/// A day as the Americans write it, `01-31-2026`.
pub fn american(text: &str) -> NaiveDate {
    NaiveDate::parse_from_str(text.trim_matches('\''), "%m-%d-%Y").expect("MM-DD-YYYY in quotes")
}

fn percent_decoded(text: &str) -> String {
    reqwest::Url::parse(&format!("http://h/?x={}", text.replace('&', "%26").replace('+', "%2B")))
        .ok()
        .and_then(|url| url.query_pairs().next().map(|(_, value)| value.into_owned()))
        .expect("an address")
}
