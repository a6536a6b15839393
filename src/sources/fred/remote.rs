//! FRED's server: the vintage dates of a series, and its observations page by page, as received.
//!
//! A request that fails for now (no connection, 429, 5xx, a body that was cut off) is made again after a pause; nothing is billed here. The
//! key travels in the address, so no address is ever part of an error, redirections are not followed, and what others say is masked.

use std::time::Duration;

use bytes::Bytes;
use chrono::NaiveDate;
use reqwest::{Response, Url, redirect};
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::body::BEGINNING;
use super::key::ApiKey;
use super::refusal::Refusal;
use super::windows::Window;
use super::{NAME, SeriesId};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::sources::http::Patience;
use crate::sources::pace::{Bucket, Pace};
use crate::sources::secret;
use crate::sources::stream::{self, Broken, Limits};

/// Most vintage dates, and most observations, that one answer holds.
const VINTAGES_PER_PAGE: u64 = 10_000;
pub const OBSERVATIONS_PER_PAGE: u64 = 100_000;

/// What a page may take: one of all its observations has about 12 MB.
const LIMITS: Limits = Limits { most: 64 << 20, time: Duration::from_secs(300), pace: Duration::from_secs(60) };

/// A page of the observations of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    pub series: SeriesId,
    /// The real-time period; `None` is what stands today.
    pub window: Option<Window>,
    pub offset: u64,
}

impl Ask {
    /// For a person: `GDP 1776-07-04..2024-12-19`.
    pub fn label(&self) -> String {
        let window = self.window.map_or("as of today".to_string(), |window| format!("{}..{}", window.start, window.end));
        let page = if self.offset > 0 { format!(" from row {}", self.offset) } else { String::new() };
        format!("{} {window}{page}", self.series)
    }
    /// The name of the payload.
    pub fn file_name(&self) -> String {
        let window = self.window.map_or("today".to_string(), |window| format!("{}_{}", window.start, window.end));
        format!("{}_{window}_{}.json", self.series, self.offset)
    }
    fn query(&self, per_page: u64) -> Vec<(&'static str, String)> {
        let mut query = vec![
            ("series_id", self.series.to_string()),
            ("file_type", "json".to_string()),
            ("output_type", "1".to_string()),
            ("units", "lin".to_string()),
            ("sort_order", "asc".to_string()),
            ("limit", per_page.to_string()),
            ("offset", self.offset.to_string()),
        ];
        if let Some(Window { start, end, .. }) = self.window {
            query.extend([("realtime_start", start.to_string()), ("realtime_end", end.to_string())]);
        }
        query
    }
}

/// What is known of the days on which a series was published.
#[derive(Debug)]
pub enum Vintages {
    /// In order.
    Dates(Vec<NaiveDate>),
    /// The server has none and says so: the series can be had as it stands today.
    None { said: String },
}

/// A page as received, and whether there is another.
#[derive(Debug)]
pub struct Page {
    pub bytes: Bytes,
    /// Rows on it.
    pub rows: u64,
    /// Rows of the whole answer.
    pub count: u64,
}

/// The server, with our key, our pace and our patience.
pub struct Remote {
    http: reqwest::Client,
    url: String,
    key: ApiKey,
    patience: Patience,
    pace: Pace,
    bucket: Mutex<Bucket>,
    started: Instant,
    per_page: u64,
    limits: Limits,
}

#[derive(Deserialize)]
struct VintageDates {
    vintage_dates: Vec<NaiveDate>,
    count: u64,
}

/// Of a page of observations, how many there are.
#[derive(Deserialize)]
struct Counted {
    observations: Vec<serde::de::IgnoredAny>,
    count: u64,
}

/// Why an answer was not had.
enum Failure {
    Refused(Refusal),
    Broken(Error),
    /// Asking again would end the same.
    Final(Error),
}

impl Remote {
    /// # Errors
    /// The address makes no sense.
    pub fn new(url: &str, key: ApiKey, patience: Patience, pace: Pace) -> Result<Self> {
        let address = Url::parse(url)
            .map_err(|e| Error::config(format!("`fred.url` is `{url}`: {e}")).hint("an address as https://api.stlouisfed.org/fred"))?;
        secret::ensure_private(&address, "fred.url")?;
        let http = reqwest::Client::builder()
            .user_agent(concat!("contango/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(30))
            .read_timeout(Duration::from_secs(120))
            .redirect(redirect::Policy::none())
            .referer(false);
        // a proxy would read what is sent without TLS
        let http = if address.scheme() == "http" { http.no_proxy() } else { http };
        let http = http.build().map_err(|_| Error::source("no HTTP client can be set up"))?;
        let (url, bucket) = (url.trim_end_matches('/').to_string(), Mutex::new(Bucket::new(pace)));
        Ok(Self { http, url, key, patience, pace, bucket, started: Instant::now(), per_page: OBSERVATIONS_PER_PAGE, limits: LIMITS })
    }

    /// The same with other pages, at most so many observations each.
    #[must_use]
    pub fn with_pages_of(self, per_page: u64) -> Self {
        Self { per_page, ..self }
    }

    /// The same with other limits of a page.
    #[must_use]
    pub fn limited(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// An error of someone who may have been sent the key, without it.
    pub fn masked(&self, error: Error) -> Error {
        self.key.masked_error(error)
    }

    /// Where a page is asked for, without the key.
    pub fn origin(&self, ask: &Ask) -> String {
        let query: Vec<String> = ask.query(self.per_page).into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{}/series/observations?{}", self.url, query.join("&"))
    }

    /// The days from `from` on at which the series was published. A series without any is told from one that has no new ones by asking for
    /// it from the interface's beginning.
    ///
    /// # Errors
    /// The server refuses, or cannot be reached.
    pub async fn vintages(&self, id: &SeriesId, from: NaiveDate, config: &Config) -> Result<Vintages> {
        let mut dates: Vec<NaiveDate> = Vec::new();
        loop {
            let query = vec![
                ("series_id", id.to_string()),
                ("file_type", "json".to_string()),
                ("sort_order", "asc".to_string()),
                ("realtime_start", from.to_string()),
                ("realtime_end", "9999-12-31".to_string()),
                ("limit", VINTAGES_PER_PAGE.to_string()),
                ("offset", dates.len().to_string()),
            ];
            let read = |bytes: &Bytes| serde_json::from_slice::<VintageDates>(bytes);
            match self.answer("series/vintagedates", &query, read).await {
                Ok((_, page)) => {
                    let is_last = page.vintage_dates.is_empty();
                    dates.extend(page.vintage_dates);
                    if is_last || dates.len() as u64 >= page.count {
                        break;
                    }
                }
                Err(Failure::Refused(refusal)) if refusal.is_about_the_series() && from <= BEGINNING && dates.is_empty() => {
                    return Ok(Vintages::None { said: refusal.message });
                }
                Err(Failure::Refused(refusal)) if refusal.has_no_vintages() => break,
                Err(failure) => return Err(told(failure, id, config)),
            }
        }
        dates.sort_unstable();
        dates.dedup();
        Ok(Vintages::Dates(dates))
    }

    /// A page of observations.
    ///
    /// # Errors
    /// The server refuses or cannot be reached, or what it sends is no answer.
    pub async fn page(&self, ask: &Ask, config: &Config) -> Result<Page> {
        let read = |bytes: &Bytes| serde_json::from_slice::<Counted>(bytes);
        let (bytes, page) = self
            .answer("series/observations", &ask.query(self.per_page), read)
            .await
            .map_err(|failure| told(failure, &ask.series, config))?;
        Ok(Page { bytes, rows: page.observations.len() as u64, count: page.count })
    }

    /// Asks, patiently, until there is an answer that can be read.
    async fn answer<T>(
        &self,
        endpoint: &str,
        query: &[(&'static str, String)],
        read: impl Fn(&Bytes) -> serde_json::Result<T>,
    ) -> Result<(Bytes, T), Failure> {
        let mut failed = 0;
        loop {
            let wait = self.bucket.lock().await.take(self.started.elapsed());
            tokio::time::sleep(wait).await;
            let failure = match self.attempt(endpoint, query).await {
                Ok(bytes) => match read(&bytes) {
                    Ok(answer) => return Ok((bytes, answer)),
                    Err(e) => Failure::Broken(broken(&format!(
                        "the answer to `{endpoint}` cannot be read: {}",
                        self.key.masked_in(&e.to_string())
                    ))),
                },
                Err(failure) => failure,
            };
            failed += 1;
            let (is_passing, pause) = match &failure {
                Failure::Refused(refusal) if refusal.is_too_often() => (true, self.pace.pause),
                Failure::Refused(refusal) => (refusal.is_passing(), self.patience.pause(failed)),
                Failure::Broken(_) => (true, self.patience.pause(failed)),
                Failure::Final(_) => (false, Duration::ZERO),
            };
            if !is_passing || failed >= self.patience.attempts {
                return Err(failure);
            }
            tokio::time::sleep(pause).await;
        }
    }

    async fn attempt(&self, endpoint: &str, query: &[(&'static str, String)]) -> Result<Bytes, Failure> {
        let unreachable =
            |e: reqwest::Error| Failure::Broken(broken(&self.key.masked_in(&format!("the server cannot be reached: {}", innermost(&e)))));
        let key = [("api_key", self.key.reveal())];
        let query = query.iter().map(|(name, value)| (*name, value.as_str())).chain(key);
        let url = Url::parse_with_params(&format!("{}/{endpoint}", self.url), query)
            .map_err(|e| Failure::Broken(Error::config(format!("`fred.url` makes no address: {e}"))))?;
        let asked = tokio::time::timeout(self.limits.time, self.http.get(url).send()).await;
        let late = |_| Failure::Broken(broken("the server does not answer"));
        let mut response: Response = asked.map_err(late)?.map_err(unreachable)?;
        let status = response.status();
        if status.is_success() {
            return stream::body(&mut response, self.limits, &|_| {}).await.map_err(|failed| match failed {
                Broken::Cut(error) => unreachable(error),
                Broken::TooLarge(said) | Broken::TooSlow(said) => Failure::Final(
                    Error::source(format!("the server's answer is given up: {said}")).in_source(NAME).hint("is `fred.url` the provider's?"),
                ),
            });
        }
        let bytes = stream::opening(&mut response, self.limits.pace).await;
        let refusal = Refusal::of(status.as_u16(), &bytes);
        Err(Failure::Refused(Refusal { message: self.key.masked_in(&refusal.message), ..refusal }))
    }
}

fn told(failure: Failure, id: &SeriesId, config: &Config) -> Error {
    match failure {
        Failure::Refused(refusal) => refusal.into_error(id, config),
        Failure::Broken(error) | Failure::Final(error) => error,
    }
}

fn broken(what: &str) -> Error {
    Error::source(what).in_source(NAME).hint("run the same command again: it goes on where this one stopped")
}

/// The innermost cause, which names no address.
fn innermost(mut error: &(dyn std::error::Error + 'static)) -> String {
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
