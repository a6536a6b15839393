//! A provider on this machine and a lake of its own: what a source asks for, what it takes, and what a clock shows of it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use contango::config::Config;
use contango::error::Result;
use contango::ingest::{self, PayloadSummary, Progress, Workplace};
use contango::sources::http::Patience;
use contango::sources::{Parsed, Payload, Request, Source, find};
use contango::time::IngestTime;
use wiremock::{MockServer, Respond};

use crate::support;

/// What was warned of is not looked at.
struct Silent;

impl Progress for Silent {
    fn step(&self, _: &str) {}
    fn advance(&self, _: u64, _: Option<u64>) {}
    fn warn(&self, _: &str) {}
}

pub fn at(text: &str) -> IngestTime {
    IngestTime::from_micros(support::instant(text).micros())
}

/// What the parser of a source makes of bytes that were seen at an instant.
pub fn parse(source: &str, bytes: impl Into<Vec<u8>>, hint: Option<&str>, observed_at: &str) -> Result<Parsed> {
    let payload = Payload {
        name: "payload".to_string(),
        bytes: bytes.into().into(),
        observed_at: at(observed_at),
        origin: "payload".to_string(),
        hint: hint.map(str::to_string),
    };
    find(source).expect("the source is listed").parse(&payload, &Config::built_in().expect("the built-in configuration"))
}

/// A data folder, and the configuration that names the server.
pub struct Provider {
    folder: tempfile::TempDir,
    pub config: Config,
    source: &'static dyn Source,
    pub server: MockServer,
}

impl Provider {
    pub async fn new(source: &str, answers: impl Respond + 'static) -> Self {
        let server = MockServer::start().await;
        wiremock::Mock::given(wiremock::matchers::method("GET")).respond_with(answers).mount(&server).await;
        let text = format!("[sources.{source}]\nurl = \"{}\"\nrequests_per_minute = 60000\n", server.uri());
        let config = Config::with_overlay("own.toml", &text).expect("a configuration");
        Self { folder: tempfile::tempdir().expect("a folder"), config, source: find(source).expect("the source is listed"), server }
    }

    /// Without a server that would answer.
    pub async fn of_files(source: &str) -> Self {
        Self::new(source, wiremock::ResponseTemplate::new(404)).await
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Downloads series of these days.
    pub async fn download(&self, series: &[&str], from: Option<&str>, to: Option<&str>) -> Result<Vec<PayloadSummary>> {
        let names: Vec<String> = series.iter().map(ToString::to_string).collect();
        let choices = if names.is_empty() { Vec::new() } else { vec![("series".to_string(), names)] };
        let request = Request { choices, from: from.map(support::day), to: to.map(support::day) };
        let patience = Patience {
            attempts: 2,
            first_pause: Duration::from_millis(1),
            longest_pause: Duration::from_millis(2),
            longest_retry_after: Duration::from_secs(1),
        };
        let data = self.data();
        ingest::download(&Workplace { data: &data, config: &self.config, progress: &Silent }, self.source, &request, patience).await
    }

    /// Takes a file.
    pub async fn take(&self, path: &Path, hint: Option<&str>, observed_at: &str) -> Result<PayloadSummary> {
        let data = self.data();
        let place = Workplace { data: &data, config: &self.config, progress: &Silent };
        ingest::files(&place, self.source, &[path.to_path_buf()], Some(at(observed_at)), hint).await.map(|mut taken| taken.remove(0))
    }

    /// Takes bytes as a file.
    pub async fn take_bytes(&self, bytes: impl AsRef<[u8]>, hint: Option<&str>, observed_at: &str) -> Result<PayloadSummary> {
        let path = self.folder.path().join("payload");
        std::fs::write(&path, bytes).expect("writable");
        self.take(&path, hint, observed_at).await
    }

    /// The rows of a statement as text, with the clock at an instant.
    pub async fn rows(&self, sql: &str, clock: Option<&str>) -> Vec<Vec<String>> {
        let mut session = support::session(&self.data(), clock.map(support::instant), None);
        support::rows(&mut session, sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Every address that was asked for, decoded.
    pub async fn asked(&self) -> Vec<String> {
        let requests = self.server.received_requests().await.expect("requests are kept");
        let decoded = |url: &url::Url| {
            let query: Vec<String> = url.query_pairs().map(|(name, value)| format!("{name}={value}")).collect();
            format!("{}?{}", url.path(), query.join("&"))
        };
        requests.iter().map(|request| decoded(&request.url)).collect()
    }
}

/// A folder of real files; a word that the test is skipped where there is none.
pub fn real(folder: &str) -> Option<PathBuf> {
    let path = std::env::var_os("CONTANGO_REAL_DATA").map(|root| Path::new(&root).join(folder)).filter(|path| path.exists());
    if path.is_none() {
        println!("skipped: CONTANGO_REAL_DATA is not set, or has no {folder}");
    }
    path
}
