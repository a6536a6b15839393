//! Databento's server: what a window costs, how far a dataset goes, and the bytes of a window.
//!
//! The official client is not used: it reads answers of any length, decodes what it gets, ends quietly where a stream was cut off, and writes
//! what it decoded anew. The same requests are made here within limits, and the archive keeps what was received.
//!
//! A stream is billed when it is sent. So a request for data is repeated only where nothing was sent (no connection, 429, 5xx); a stream
//! that broke off is an error that says so.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT, RETRY_AFTER};
use reqwest::{RequestBuilder, Response, StatusCode, Url, redirect};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::key::ApiKey;
use super::open::Kind;
use super::refusal::{self, Refusal};
use super::windows;
use crate::error::{Error, Result};
use crate::sources::http::Patience;
use crate::sources::secret;
use crate::sources::stream::{self, Broken, Limits};

/// What the answer to a question about prices and ranges may take.
const OF_ANSWERS: Limits = Limits { most: 4 << 20, time: Duration::from_secs(120), pace: Duration::from_secs(60) };
/// What a window may take: years of statistics of one root have a few hundred MB.
const OF_WINDOWS: Limits = Limits { most: 4 << 30, time: Duration::from_secs(2 * 3_600), pace: Duration::from_secs(120) };

/// A window of one schema and parent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    pub dataset: String,
    pub kind: Kind,
    /// `ES.FUT`
    pub parent: String,
    /// Nanoseconds since 1970.
    pub start: u64,
    /// Exclusive.
    pub end: u64,
}

impl Ask {
    /// For a person: `ES.FUT ohlcv-1d 2024-01-07..2025-01-01`.
    pub fn label(&self) -> String {
        format!("{} {} {}", self.parent, self.kind.name(), windows::shown(self.start, self.end))
    }
    /// The name of the payload.
    pub fn file_name(&self) -> String {
        format!("{}.{}.{}-{}.dbn.zst", self.parent, self.kind.name(), self.start, self.end)
    }
}

/// What came of asking for data.
pub enum Fetched {
    Body(Bytes),
    /// The server has only this part of the window, from and to in nanoseconds since 1970; nothing was sent.
    Only {
        start: u64,
        end: u64,
        said: String,
    },
}

/// The server, with our key and our patience.
pub struct Remote {
    http: reqwest::Client,
    url: String,
    key: ApiKey,
    patience: Patience,
    answers: Limits,
    windows: Limits,
}

/// From when to when there is data, as the server says it.
#[derive(Deserialize)]
struct Span {
    start: String,
    end: String,
}

/// The range of a dataset, and of those of its schemas that have another.
#[derive(Deserialize)]
struct DatasetRange {
    #[serde(flatten)]
    whole: Span,
    #[serde(default)]
    schema: HashMap<String, Span>,
}

impl Span {
    fn nanos(&self) -> Option<(u64, u64)> {
        Some((refusal::nanos(&self.start)?, refusal::nanos(&self.end)?))
    }
}

impl Remote {
    /// # Errors
    /// The address makes no sense, or would send the key in the open.
    pub fn new(url: &str, key: ApiKey, patience: Patience) -> Result<Self> {
        let address = Url::parse(url).map_err(|e| {
            Error::config(format!("`databento.url` is `{url}`: {e}")).hint("an address without a path, as https://hist.databento.com")
        })?;
        secret::ensure_private(&address, "databento.url")?;
        let http = reqwest::Client::builder()
            .user_agent(concat!("contango/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(30))
            .read_timeout(Duration::from_secs(300))
            .redirect(redirect::Policy::none());
        // a proxy would read what is sent without TLS
        let http = if address.scheme() == "http" { http.no_proxy() } else { http };
        let http = http.build().map_err(|_| Error::source("no HTTP client can be set up"))?;
        let url = url.trim_end_matches('/').to_string();
        Ok(Self { http, url, key, patience, answers: OF_ANSWERS, windows: OF_WINDOWS })
    }

    /// The same with other limits of an answer.
    #[must_use]
    pub fn limited(self, limits: Limits) -> Self {
        Self { answers: limits, windows: limits, ..self }
    }

    /// An error of someone who may have been sent the key, without it.
    pub fn masked(&self, error: Error) -> Error {
        self.key.masked_error(error)
    }

    /// Where a window is asked for, without the key.
    pub fn origin(&self, ask: &Ask) -> String {
        let form: Vec<String> = form(ask).into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{}?{}", self.address(), form.join("&"))
    }

    fn address(&self) -> String {
        format!("{}/v0/timeseries.get_range", self.url)
    }

    /// From when to when a dataset has a schema, in nanoseconds since 1970.
    ///
    /// # Errors
    /// The server refuses, or cannot be reached.
    pub async fn range(&mut self, dataset: &str, kind: Kind) -> Result<(u64, u64)> {
        let mut address = Url::parse(&format!("{}/v0/metadata.get_dataset_range", self.url))
            .map_err(|e| Error::config(format!("`databento.url` makes no address: {e}")))?;
        address.query_pairs_mut().append_pair("dataset", dataset);
        let range: DatasetRange = self.answer(|| self.http.get(address.clone())).await?;
        let span = range.schema.get(kind.name()).unwrap_or(&range.whole);
        span.nanos().ok_or_else(|| not_understood("the range of the dataset has no instants"))
    }

    /// What a window costs, in USD.
    ///
    /// # Errors
    /// The server refuses, or cannot be reached.
    pub async fn cost(&mut self, ask: &Ask) -> Result<f64> {
        let form: Vec<_> = form(ask).into_iter().filter(|(name, _)| OF_COST.contains(name)).collect();
        let address = format!("{}/v0/metadata.get_cost", self.url);
        self.answer(|| self.http.post(&address).form(&form)).await
    }

    /// Asks until there is an answer that can be read; these requests are free.
    async fn answer<T: DeserializeOwned>(&self, request: impl Fn() -> RequestBuilder) -> Result<T> {
        let mut failed = 0;
        loop {
            let (error, is_passing) = match self.attempt(request()).await {
                Ok(Ok(bytes)) => {
                    let read = serde_json::from_slice(&bytes);
                    return read.map_err(|e| self.masked(not_understood(&e.to_string())));
                }
                Ok(Err(refusal)) => {
                    let is_passing = refusal.is_passing();
                    (refusal.into_error(), is_passing)
                }
                Err((error, is_passing)) => (error, is_passing),
            };
            failed += 1;
            if !is_passing || failed >= self.patience.attempts {
                return Err(self.masked(error));
            }
            tokio::time::sleep(self.patience.pause(failed)).await;
        }
    }

    async fn attempt(&self, request: RequestBuilder) -> Result<Result<Bytes, Refusal>, (Error, bool)> {
        let sent = tokio::time::timeout(self.answers.time, request.basic_auth(self.key.reveal(), Some("")).send()).await;
        let late = |_| (Error::source("the server does not answer").in_source("databento").hint(AGAIN), true);
        let mut response: Response = sent.map_err(late)?.map_err(|e| (unreachable(&e), true))?;
        let status = response.status();
        if !status.is_success() {
            return Ok(Err(Refusal::of(status.as_u16(), &stream::opening(&mut response, self.answers.pace).await)));
        }
        stream::body(&mut response, self.answers, &|_| {}).await.map(Ok).map_err(|broken| match broken {
            Broken::Cut(error) => (unreachable(&error), true),
            Broken::TooLarge(said) | Broken::TooSlow(said) => (given_up(&said), false),
        })
    }

    /// The bytes of a window, as received. `told` is called with the bytes so far.
    ///
    /// # Errors
    /// The server refuses or cannot be reached, or the stream broke off.
    pub async fn fetch(&self, ask: &Ask, told: &(dyn Fn(u64) + Send + Sync)) -> Result<Fetched> {
        match self.fetched(ask, told).await {
            Ok(Fetched::Only { start, end, said }) => Ok(Fetched::Only { start, end, said: self.key.masked_in(&said) }),
            Ok(body) => Ok(body),
            Err(error) => Err(self.masked(error)),
        }
    }

    async fn fetched(&self, ask: &Ask, told: &(dyn Fn(u64) + Send + Sync)) -> Result<Fetched> {
        let mut failed = 0;
        loop {
            failed += 1;
            let request = self.http.post(self.address()).basic_auth(self.key.reveal(), Some(""));
            let sent = request.header(ACCEPT, "application/octet-stream").form(&form(ask)).send().await;
            let mut response = match sent {
                Ok(response) => response,
                Err(e) if e.is_connect() && failed < self.patience.attempts => {
                    tokio::time::sleep(self.patience.pause(failed)).await;
                    continue;
                }
                Err(e) if e.is_connect() => return Err(unreachable(&e)),
                Err(e) => return Err(broke_off(ask, &e)),
            };
            if response.status() == StatusCode::OK {
                return self.body(ask, response, told).await.map(Fetched::Body);
            }
            let asked_pause =
                response.headers().get(RETRY_AFTER).and_then(|pause| pause.to_str().ok()?.parse().ok()).map(Duration::from_secs);
            let status = response.status().as_u16();
            let refusal = Refusal::of(status, &stream::opening(&mut response, self.windows.pace).await);
            if let Some((start, end)) = refusal.narrowed(ask.start, ask.end) {
                return Ok(Fetched::Only { start, end, said: refusal.message });
            }
            let pause = asked_pause.unwrap_or_else(|| self.patience.pause(failed));
            if !refusal.is_passing() || failed >= self.patience.attempts || pause > self.patience.longest_retry_after {
                return Err(refusal.into_error());
            }
            tokio::time::sleep(pause).await;
        }
    }

    async fn body(&self, ask: &Ask, mut response: Response, told: &(dyn Fn(u64) + Send + Sync)) -> Result<Bytes> {
        stream::body(&mut response, self.windows, told).await.map_err(|broken| match broken {
            Broken::Cut(error) => broke_off(ask, &error),
            Broken::TooLarge(said) | Broken::TooSlow(said) => given_up(&said).said_of(&ask.label()),
        })
    }
}

/// The fields of a question for the price.
const OF_COST: [&str; 6] = ["dataset", "schema", "stype_in", "symbols", "start", "end"];

const AGAIN: &str = "check the network, then run the same command again: it goes on where this one stopped";

fn not_understood(what: &str) -> Error {
    Error::source(format!("the server's answer is not understood: {what}"))
        .in_source("databento")
        .hint("is `databento.url` the provider's?")
}

fn given_up(said: &str) -> Error {
    Error::source(format!("the server's answer is given up: {said}"))
        .in_source("databento")
        .hint("a window that was asked for may have been billed: ask for shorter ones, and is `databento.url` the provider's?")
}

fn form(ask: &Ask) -> [(&'static str, String); 9] {
    [
        ("dataset", ask.dataset.clone()),
        ("schema", ask.kind.name().to_string()),
        ("encoding", "dbn".to_string()),
        ("compression", "zstd".to_string()),
        ("stype_in", "parent".to_string()),
        ("stype_out", "instrument_id".to_string()),
        ("symbols", ask.parent.clone()),
        ("start", ask.start.to_string()),
        ("end", ask.end.to_string()),
    ]
}

fn unreachable(error: &(dyn std::error::Error + 'static)) -> Error {
    Error::source(format!("the server cannot be reached: {}", innermost(error))).in_source("databento").hint(AGAIN)
}

fn broke_off(ask: &Ask, error: &(dyn std::error::Error + 'static)) -> Error {
    Error::source(format!("{}: the stream broke off: {}", ask.label(), innermost(error)))
        .in_source("databento")
        .hint("it may have been billed, so it is not asked for again by itself; run the same command again to do so")
}

/// The innermost cause, which names neither the address nor the key.
fn innermost(mut error: &(dyn std::error::Error + 'static)) -> String {
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
