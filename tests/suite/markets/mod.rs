//! The Treasury's curves and Yahoo's prices: what becomes of the providers' answers, from bytes to SQL. The answers are written here, in the
//! providers' shapes and with made-up numbers.

pub mod chart;
mod network;
mod recorded;
mod treasury;
mod yahoo;

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use contango::config::Config;
use contango::error::Result;
use contango::ingest::{self, PayloadSummary, Progress, Workplace};
use contango::lake::Lake;
use contango::sources::http::Patience;
use contango::sources::{Parsed, Payload, Request, find};
use contango::time::IngestTime;

use crate::support::{day, instant, rows, session};

fn config() -> Config {
    Config::built_in().expect("the built-in configuration")
}

fn payload(name: &str, bytes: &[u8], observed_at: &str, hint: Option<&str>) -> Payload {
    Payload {
        name: name.to_string(),
        bytes: bytes.to_vec().into(),
        observed_at: IngestTime::from_micros(instant(observed_at).micros()),
        origin: name.to_string(),
        hint: hint.map(str::to_string),
    }
}

/// What the source makes of a file that was seen late in 2026.
fn parse(source: &str, text: &str, hint: Option<&str>) -> Result<Parsed> {
    find(source).expect("the source is listed").parse(&payload("file", text.as_bytes(), "2026-11-21 00:00:00Z", hint), &config())
}

/// Message and hint of what must fail.
fn refused(parsed: Result<Parsed>) -> String {
    parsed.err().map_or_else(|| panic!("it was taken"), |error| format!("{error} | {}", error.hint_text().unwrap_or_default()))
}

/// A data folder, and what was warned of.
struct Place {
    folder: tempfile::TempDir,
    config: Config,
    warnings: Mutex<Vec<String>>,
}

impl Progress for Place {
    fn step(&self, _: &str) {}
    fn advance(&self, _: u64, _: Option<u64>) {}
    fn warn(&self, warning: &str) {
        self.warnings.lock().expect("unpoisoned").push(warning.to_string());
    }
}

impl Place {
    fn new(overlay: &str) -> Self {
        let config = Config::with_overlay("mine.toml", overlay).expect("a configuration");
        Self { folder: tempfile::tempdir().expect("a folder"), config, warnings: Mutex::default() }
    }

    /// Where a source's servers are, asked without pauses.
    fn asking(source: &str, url: &str, fallback: Option<&str>) -> Self {
        let fallback = fallback.map_or(String::new(), |url| format!("fallback_url = \"{url}\"\n"));
        Self::new(&format!("[sources.{source}]\nurl = \"{url}\"\nrequests_per_minute = 60000\n{fallback}"))
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    async fn take(&self, source: &str, bytes: &[u8], observed_at: &str) -> Result<PayloadSummary> {
        let lake = Lake::new(&self.data()).expect("a lake");
        ingest::take(&lake, &self.config, find(source).expect("listed"), payload("file", bytes, observed_at, None)).await
    }

    async fn download(&self, source: &str, series: &[&str], from: &str) -> Result<Vec<PayloadSummary>> {
        let choices = vec![("series".to_string(), series.iter().map(|id| (*id).to_string()).collect())];
        let request = Request { choices, from: Some(day(from)), to: None };
        let ms = Duration::from_millis;
        let patience = Patience { attempts: 2, first_pause: ms(1), longest_pause: ms(4), longest_retry_after: Duration::from_secs(5) };
        let place = Workplace { data: &self.data(), config: &self.config, progress: self };
        ingest::download(&place, find(source).expect("listed"), &request, patience).await
    }

    /// The rows of a query, with the clock at an instant or without one.
    async fn rows(&self, clock: Option<&str>, sql: &str) -> Vec<Vec<String>> {
        rows(&mut session(&self.data(), clock.map(instant), None), sql).await.expect("rows")
    }

    fn warnings(&self) -> String {
        std::mem::take(&mut *self.warnings.lock().expect("unpoisoned")).join("\n")
    }
}
