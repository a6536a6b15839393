//! CFTC Commitments of Traders: the Traders in Financial Futures (TFF), Disaggregated and Legacy reports.
//!
//! - **Where**: yearly ZIPs and multi-year bundles of `cftc.gov/files/dea/history` (one text file each), Socrata datasets of
//!   `publicreporting.cftc.gov` as JSON or CSV. Public domain.
//! - **What a payload looks like**: one row per market and week; 87 (TFF), 191 (Disaggregated) or 129 (Legacy) columns:
//!   `"GOLD - COMMODITY EXCHANGE INC.",250107,2025-01-07,088691,CMX ,00 ,088 ,  471935, …`
//! - **When it becomes known**: by the release calendar (Fridays 15:30 New York, with its exceptions), never by the file.
//! - **Revisions**: rare, silent and inside the yearly files; the current year is read again on every run.
//! - **The report** is recognised by the header and never by the file's name; so is the scope, except for Legacy text files, whose
//!   futures-only and combined editions have one and the same header. There the payload's hint decides (`scope`), and without one the file is
//!   taken as futures only, which the kind then says.
//!
//! The way of a payload: `unpack` → `delimited` or `json` (cells by `header` and `report` into `rows`, each judged by `validate`) → `batches`.

mod batches;
mod day;
mod delimited;
mod header;
mod json;
mod plan;
mod report;
mod rows;
/// A made-up sample in the provider's exact shape.
pub mod sample;
mod unpack;
mod validate;

use chrono::{Duration, NaiveDate};

use self::header::Header;
use self::report::Scope;
use self::rows::Rows;
use self::validate::Findings;
use super::{Answer, Download, Parsed, Payload, Request, Source};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::tables::{self, Table};

/// The CFTC.
pub struct Cftc;

impl Source for Cftc {
    fn name(&self) -> &'static str {
        "cftc"
    }
    fn doc(&self) -> &'static str {
        "CFTC Commitments of Traders: TFF, Disaggregated and Legacy, futures only and combined"
    }
    fn tables(&self) -> &'static [&'static Table] {
        static TABLES: std::sync::LazyLock<[&Table; 3]> =
            std::sync::LazyLock::new(|| [tables::get("cot"), tables::get("cot_markets"), tables::get("cot_crop_years")]);
        &*TABLES
    }
    fn revises(&self, config: &Config) -> bool {
        config.cftc.revises
    }
    fn release_window(&self, config: &Config) -> Duration {
        Duration::days(i64::from(config.cftc.release_window_days))
    }
    fn parse(&self, payload: &Payload, config: &Config) -> Result<Parsed> {
        parse(payload, config).map_err(|error| error.in_source(self.name()).in_file(payload.name.as_str()))
    }
    /// Weeks in which nothing came out are an empty list.
    fn judge(&self, status: u16, body: &[u8]) -> Option<Answer> {
        (status == 200 && body.trim_ascii() == b"[]").then(|| Answer::Nothing("no report of these weeks".to_string()))
    }
    fn plan(&self, request: &Request, today: NaiveDate, config: &Config) -> Result<Vec<Download>> {
        plan::plan(request, today, config)
    }
}

fn parse(payload: &Payload, config: &Config) -> Result<Parsed> {
    let text = unpack::unpack(&payload.bytes)?;
    let hinted = hinted_scope(payload.hint.as_deref())?;
    let mut findings = Findings::new(hinted);
    let read = if text.json { json::read(&text.bytes, &mut findings)? } else { Some(delimited::read(&text.bytes, &mut findings)?) };
    let Some((header, rows)) = read else {
        let warnings = vec!["the answer holds no records".to_string()];
        return Ok(Parsed { kind: "nothing".to_string(), warnings, ..Parsed::default() });
    };
    finish(&header, &rows, findings, text.replaced, payload, config)
}

fn finish(header: &Header, rows: &Rows, mut findings: Findings, replaced: bool, payload: &Payload, config: &Config) -> Result<Parsed> {
    let report = header.layout.report;
    let assumed = findings.scope.is_none();
    if assumed && findings.looks_combined() {
        return Err(Error::source("the file does not say its scope, and its figures are rounded as only those of a combined report are")
            .hint("give the scope with `--scope combined`"));
    }
    let scope = findings.scope.unwrap_or(Scope::FuturesOnly);
    let span = Findings::span(rows);
    if let Some((_, last)) = span
        && last.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_micros() > payload.observed_at.micros()
    {
        return Err(Error::source(format!("the file describes {last}, a day after the instant at which it is said to have been observed"))
            .hint("give the time of the download with `--observed-at`"));
    }
    let kept = findings.settle(rows);
    let batches = batches::build(rows, &kept, scope, config.cot_calendar())?;
    let days = span.map_or("without rows".to_string(), |(first, last)| format!("{first}..{last}"));
    let assumed = if assumed { " (assumed)" } else { "" };
    let mut warnings = findings.warnings();
    if replaced {
        warnings.push("some bytes of the file are no UTF-8 and were replaced".to_string());
    }
    warnings.extend(listed("unknown column", "left in the raw file", &header.unknown));
    warnings.extend(listed("column", "not in the payload, taken as NULL", &header.absent));
    Ok(Parsed {
        shelf: None,
        revises: None,
        covers: None,
        continues: None,
        silent: Vec::new(),
        corrected: batches::corrected(rows, config.cot_calendar()),
        kind: format!("{report} {scope}{assumed} {days}"),
        rows_read: findings.rows_read,
        batches,
        rejections: findings.rejections,
        repeats_within: findings.repeats,
        warnings,
    })
}

/// The scope that the payload was given as.
fn hinted_scope(hint: Option<&str>) -> Result<Option<Scope>> {
    let find = |name| {
        Scope::from_name(name)
            .ok_or_else(|| Error::usage(format!("a file cannot be given as scope `{name}`")).hint("a file is `futures_only` or `combined`"))
    };
    hint.map(find).transpose()
}

/// Columns in one warning, the first few by name.
fn listed(what: &str, fate: &str, names: &[String]) -> Option<String> {
    const SHOWN: usize = 5;
    if names.is_empty() {
        return None;
    }
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(SHOWN);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    let plural = if names.len() == 1 { "" } else { "s" };
    Some(format!("{what}{plural} {}{rest}: {fate}", shown.join(", ")))
}
