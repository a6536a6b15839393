//! Databento's server: what a window costs, how far a dataset goes, and the bytes of a window.
//!
//! Costs and ranges are asked through the official client. The bytes are not: it decodes what it gets, ends quietly where a stream was cut
//! off, and writes what it decoded anew. They are asked for by the same request of our own, so that the archive keeps what was received.
//!
//! A stream is billed when it is sent. So a request for data is repeated only where nothing was sent (no connection, 429, 5xx); a stream
//! that broke off is an error that says so.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use chrono::DateTime;
use databento::HistoricalClient;
use databento::historical::metadata::GetCostParams;
use dbn::SType;
use reqwest::StatusCode;
use reqwest::header::{ACCEPT, RETRY_AFTER};

use super::key::ApiKey;
use super::open::Kind;
use super::refusal::Refusal;
use super::windows;
use crate::error::{Error, Result};
use crate::sources::http::Patience;

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
    client: HistoricalClient,
    http: reqwest::Client,
    url: String,
    key: ApiKey,
    patience: Patience,
}

impl Remote {
    /// # Errors
    /// The address makes no sense.
    pub fn new(url: &str, key: ApiKey, patience: Patience) -> Result<Self> {
        let bad = |e: &dyn std::fmt::Display| {
            Error::config(format!("`databento.url` is `{url}`: {e}")).hint("an address without a path, as https://hist.databento.com")
        };
        let base = url.parse().map_err(|e: url::ParseError| bad(&e))?;
        let client =
            HistoricalClient::builder().key(key.reveal()).and_then(|builder| builder.base_url(base).build()).map_err(|e| bad(&e))?;
        let http = reqwest::Client::builder()
            .user_agent(concat!("contango/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(30))
            .read_timeout(Duration::from_secs(300))
            .build()
            .map_err(|_| Error::source("no HTTP client can be set up"))?;
        Ok(Self { client, http, url: url.to_string(), key, patience })
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
        let mut failed = 0;
        let range = loop {
            match self.client.metadata().get_dataset_range(dataset).await {
                Ok(range) => break range,
                Err(e) => failed = self.after(e, failed).await?,
            }
        };
        let (start, end) = match range.range_by_schema.get(&kind.schema()) {
            Some(of_schema) => (of_schema.start, of_schema.end),
            None => (range.start, range.end),
        };
        let nanos = |nanos: i128| u64::try_from(nanos).unwrap_or_default();
        Ok((nanos(start.unix_timestamp_nanos()), nanos(end.unix_timestamp_nanos())))
    }

    /// What a window costs, in USD.
    ///
    /// # Errors
    /// The server refuses, or cannot be reached.
    pub async fn cost(&mut self, ask: &Ask) -> Result<f64> {
        let at = |nanos: u64| DateTime::from_timestamp_nanos(i64::try_from(nanos).unwrap_or(i64::MAX));
        let params = GetCostParams::builder()
            .dataset(&ask.dataset)
            .symbols(vec![ask.parent.clone()])
            .schema(ask.kind.schema())
            .stype_in(SType::Parent)
            .date_time_range((at(ask.start), at(ask.end)))
            .build();
        let mut failed = 0;
        loop {
            match self.client.metadata().get_cost(&params).await {
                Ok(cost) => return Ok(cost),
                Err(e) => failed = self.after(e, failed).await?,
            }
        }
    }

    /// Waits where another attempt may succeed, and counts the failures; these requests are free.
    async fn after(&self, error: databento::Error, failed: u32) -> Result<u32> {
        let (error, is_passing) = match error {
            databento::Error::Api(error) => {
                let refusal =
                    Refusal { status: error.status_code.as_u16(), case: error.case, message: error.message, ..Refusal::default() };
                let is_passing = refusal.is_passing();
                (refusal.into_error(), is_passing)
            }
            databento::Error::Http(error) => (unreachable(&error), true),
            other => (Error::source(format!("the server's answer is not understood: {other}")).in_source("databento"), false),
        };
        if !is_passing || failed + 1 >= self.patience.attempts {
            return Err(error);
        }
        tokio::time::sleep(self.patience.pause(failed + 1)).await;
        Ok(failed + 1)
    }

    /// The bytes of a window, as received. `told` is called with the bytes so far.
    ///
    /// # Errors
    /// The server refuses or cannot be reached, or the stream broke off.
    pub async fn fetch(&self, ask: &Ask, told: &(dyn Fn(u64) + Send + Sync)) -> Result<Fetched> {
        let mut failed = 0;
        loop {
            failed += 1;
            let request = self.http.post(self.address()).basic_auth(self.key.reveal(), Some(""));
            let sent = request.header(ACCEPT, "application/octet-stream").form(&form(ask)).send().await;
            let response = match sent {
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
            let refusal = Refusal::of(status, &response.bytes().await.unwrap_or_default());
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

    async fn body(&self, ask: &Ask, mut response: reqwest::Response, told: &(dyn Fn(u64) + Send + Sync)) -> Result<Bytes> {
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|e| broke_off(ask, &e))? {
            body.extend_from_slice(&chunk);
            told(body.len() as u64);
        }
        Ok(body.freeze())
    }
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
    Error::source(format!("the server cannot be reached: {}", innermost(error)))
        .in_source("databento")
        .hint("check the network, then run the same command again: it goes on where this one stopped")
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
