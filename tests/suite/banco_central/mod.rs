//! The sources of the Banco Central do Brasil, from bytes and from a server on this machine to SQL. Answers are written here in the provider's
//! shapes, errors included, with made-up numbers.

mod clocks;
mod command;
mod network;
mod parse;
mod recorded;

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use chrono::NaiveDate;
use contango::config::Config;
use contango::error::Result;
use contango::ingest::{self, PayloadSummary, Workplace};
use contango::lake::Lake;
use contango::sources::http::Patience;
use contango::sources::{Answer, Download, Parsed, Payload, Request, Source, find};
use contango::tables::Table;
use contango::time::IngestTime;

use crate::support::day;

/// Later than every answer.
const OBSERVED: &str = "2026-11-20 12:00:00Z";

fn source(name: &str) -> &'static dyn Source {
    find(name).expect("the source is listed")
}

fn at(text: &str) -> IngestTime {
    IngestTime::parse(text).expect("an instant")
}

fn payload(hint: Option<&str>, text: &str, observed_at: &str) -> Payload {
    let (name, origin) = ("body.json".to_string(), "body.json".to_string());
    Payload { name, bytes: text.to_string().into(), observed_at: at(observed_at), origin, hint: hint.map(str::to_string) }
}

fn parse(name: &str, hint: Option<&str>, text: &str) -> Result<Parsed> {
    let config = Config::built_in().expect("the built-in configuration");
    source(name).parse(&payload(hint, text, OBSERVED), &config)
}

/// Takes a body into a lake as it would have been at an instant.
async fn take(lake: &Lake, name: &str, hint: &str, text: &str, observed_at: &str) -> PayloadSummary {
    let config = Config::built_in().expect("the built-in configuration");
    ingest::take(lake, &config, source(name), payload(Some(hint), text, observed_at)).await.expect("taken")
}

/// An answer of SGS: (day, figure), each as the provider writes it.
fn sgs(rows: &[(&str, &str)]) -> String {
    let rows: Vec<String> = rows.iter().map(|(day, figure)| format!(r#"{{"data":"{day}","valor":"{figure}"}}"#)).collect();
    format!("[{}]", rows.join(","))
}

/// An answer of PTAX: bid, ask, stamp.
fn dollar(rows: &[(&str, &str, &str)]) -> String {
    let row =
        |(bid, ask, stamp): &(&str, &str, &str)| format!(r#"{{"cotacaoCompra":{bid},"cotacaoVenda":{ask},"dataHoraCotacao":"{stamp}"}}"#);
    let rows: Vec<String> = rows.iter().map(row).collect();
    format!(r#"{{"@odata.context":"https://host/odata$metadata#_CotacaoDolarPeriodo","value":[{}]}}"#, rows.join(","))
}

/// A source on a day and with a timeout of our own.
struct On {
    source: &'static dyn Source,
    today: &'static str,
    timeout: Duration,
}

impl Source for On {
    fn name(&self) -> &'static str {
        self.source.name()
    }
    fn doc(&self) -> &'static str {
        self.source.doc()
    }
    fn tables(&self) -> &'static [&'static Table] {
        self.source.tables()
    }
    fn revises(&self, config: &Config) -> bool {
        self.source.revises(config)
    }
    fn release_window(&self, config: &Config) -> chrono::Duration {
        self.source.release_window(config)
    }
    fn stamps(&self, table: &'static Table) -> bool {
        self.source.stamps(table)
    }
    fn name_in_hint(&self, hint: Option<&str>) -> Option<String> {
        self.source.name_in_hint(hint)
    }
    fn judge(&self, status: u16, body: &[u8]) -> Option<Answer> {
        self.source.judge(status, body)
    }
    fn parse(&self, payload: &Payload, config: &Config) -> Result<Parsed> {
        self.source.parse(payload, config)
    }
    fn plan(&self, request: &Request, _: NaiveDate, config: &Config) -> Result<Vec<Download>> {
        let mut downloads = self.source.plan(request, day(self.today), config)?;
        for download in &mut downloads {
            download.timeout = self.timeout;
            // What is fetched is fetched now, when every window of our day has settled: one that changes on our day always does.
            download.settled_on = download.settled_on.filter(|settled| *settled <= day(self.today));
        }
        Ok(downloads)
    }
}

/// A data folder and the configuration that names the server.
struct Place {
    folder: tempfile::TempDir,
    config: Config,
    warnings: Mutex<Vec<String>>,
}

impl ingest::Progress for Place {
    fn step(&self, _: &str) {}
    fn advance(&self, _: u64, _: Option<u64>) {}
    fn warn(&self, warning: &str) {
        self.warnings.lock().expect("unpoisoned").push(warning.to_string());
    }
}

impl Place {
    fn new(uri: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("contango.toml");
        let setting = |name: &str| format!("[sources.{name}]\nurl = \"{uri}\"\nrequests_per_minute = 60000\n");
        let text: String = ["bcb_sgs", "bcb_fx_flow", "stn_fiscal", "bcb_ptax"].map(setting).concat();
        std::fs::write(&file, text).expect("written");
        let config = Config::load(Some(&file)).expect("a configuration");
        Self { folder, config, warnings: Mutex::default() }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn lake(&self) -> Lake {
        Lake::new(&self.data()).expect("a lake")
    }

    async fn download(&self, name: &str, series: &[&str], from: Option<&str>, today: &'static str) -> Result<Vec<PayloadSummary>> {
        self.download_within(name, series, from, today, Duration::from_secs(20)).await
    }

    async fn download_within(
        &self,
        name: &str,
        series: &[&str],
        from: Option<&str>,
        today: &'static str,
        timeout: Duration,
    ) -> Result<Vec<PayloadSummary>> {
        let choices = vec![("series".to_string(), series.iter().map(ToString::to_string).collect())];
        let request = Request { choices, from: from.map(day), to: None };
        let place = Workplace { data: &self.data(), config: &self.config, progress: self };
        let patience = Patience {
            attempts: 3,
            first_pause: Duration::from_millis(1),
            longest_pause: Duration::from_millis(4),
            longest_retry_after: Duration::from_secs(5),
        };
        ingest::download(&place, &On { source: source(name), today, timeout }, &request, patience).await
    }
}
