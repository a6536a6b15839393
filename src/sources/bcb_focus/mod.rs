//! Focus: what financial institutions in Brazil expect, as the central bank (BCB) surveys them.
//!
//! - **Where**: OData of `olinda.bcb.gov.br`, one entity set per kind of horizon, without a key. Open Database Licence.
//! - **What a payload looks like**: `{"@odata.context": "…#ExpectativasMercadoSelic", "value": [{"Indicador": "Selic", "Data": "2026-08-28",
//!   "Reuniao": "R5/2028", "Media": 11.0265, "Mediana": 11.0000, …, "baseCalculo": 0}, …]}`; as CSV the same with decimal commas. Dumps of
//!   either by other programs are taken too.
//! - **When it becomes known**: statistics of each business day are computed then, and published together on the first business day of the
//!   next week at 08:30 in Brasília. What a Friday's survey says is not known before Monday.
//! - **Revisions**: rare and silent. An answer that was wrong is taken out after publication: the survey of the trade balance of 29 July 2022
//!   showed another mean and another minimum three days after it came out. So what is read long after its release is `backcast`.
//!
//! The way of a payload: `body` (records, and which survey) → `rows` (typed) → `samples` where the file does not say the sample → a row of
//! `expectations` per statistic.

mod body;
mod plan;
mod rows;
pub mod sample;
mod samples;
/// The surveys, and how their rows are keyed.
pub mod survey;

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate};
use chrono_tz::America::Sao_Paulo;
use datafusion::arrow::record_batch::RecordBatch;

use self::rows::Row;
use self::survey::Survey;
use super::frame::Rows;
use super::records::Records;
use super::{Answer, Download, Parsed, Payload, Rejection, Request, Source};
use crate::config::{Config, Series, SourceConfig};
use crate::error::{Error, Result};
use crate::tables::{self, Table};

const NAME: &str = "bcb_focus";

/// The Focus surveys.
pub struct BcbFocus;

impl Source for BcbFocus {
    fn name(&self) -> &'static str {
        NAME
    }
    fn doc(&self) -> &'static str {
        "BCB Focus: what institutions expect of inflation, rates, growth and the currency in Brazil"
    }
    fn tables(&self) -> &'static [&'static Table] {
        static TABLES: std::sync::LazyLock<[&Table; 1]> = std::sync::LazyLock::new(|| [tables::get("expectations")]);
        &*TABLES
    }
    fn parse(&self, payload: &Payload, config: &Config) -> Result<Parsed> {
        parse(payload, config).map_err(|error| error.in_source(NAME).in_file(payload.name.as_str()))
    }
    fn plan(&self, request: &Request, today: NaiveDate, config: &Config) -> Result<Vec<Download>> {
        plan::plan(request, today, config)
    }
    fn judge(&self, status: u16, body: &[u8]) -> Option<Answer> {
        let is_empty = status == 200 && body::read(body).is_ok_and(|records| records.rows.is_empty());
        is_empty.then(|| Answer::Nothing("no survey in these days".to_string()))
    }
    fn next(&self, download: &Download, payload: &Payload) -> Result<Option<Download>> {
        Ok(plan::next_page(download, body::read(&payload.bytes)?.rows.len()))
    }
}

/// The survey and the indicator that a described series is of: its code is `annual/IPCA`.
fn surveyed(series: &Series) -> Result<(&'static Survey, &str)> {
    let parts = series.code.as_deref().and_then(|code| code.split_once('/'));
    let found = parts.and_then(|(name, indicator)| Some((survey::named(name)?, indicator)));
    found.ok_or_else(|| {
        Error::config(format!("`series.{NAME}.{}` has no code of a survey and an indicator", series.id)).hint("such as \"annual/IPCA\"")
    })
}

fn parse(payload: &Payload, config: &Config) -> Result<Parsed> {
    let records = body::read(&payload.bytes)?;
    let survey = body::survey_of(&records, payload.hint.as_deref(), config)?;
    let observed = DateTime::from_timestamp_micros(payload.observed_at.micros()).unwrap_or_default();
    let last = observed.with_timezone(&Sao_Paulo).date_naive();
    let (rows, mut rejections) = rows::read(&records, survey, last)?;
    let (kept, repeats_within) = settle(rows, &records, &mut rejections);
    let days = kept.iter().map(|(row, _)| row.day);
    let span = days.clone().min().zip(days.max()).map_or("without rows".to_string(), |(first, last)| format!("{first}..{last}"));
    Ok(Parsed {
        kind: format!("Focus {} {span}", survey.name),
        rows_read: records.rows.len(),
        batches: vec![(tables::get("expectations"), batch(&kept, survey, config.source(NAME)?)?)],
        rejections,
        repeats_within,
        shelf: Some(survey.name.to_string()),
        ..Parsed::default()
    })
}

/// Gives each row its sample, and leaves one row per forecast and sample.
fn settle(rows: Vec<Row>, records: &Records, rejections: &mut Vec<Rejection>) -> (Vec<(Row, &'static str)>, usize) {
    let is_said = rows.iter().all(|row| row.sample.is_some());
    let samples = if is_said { rows.iter().map(|row| Ok(row.sample.unwrap_or_default())).collect() } else { samples::told_apart(&rows) };
    let mut kept: Vec<(Row, &'static str)> = Vec::with_capacity(rows.len());
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut repeats = 0;
    for (row, sample) in rows.into_iter().zip(samples) {
        let record = &records.rows[row.at];
        let sample = match sample {
            Ok(sample) => sample,
            Err(reason) => {
                rejections.push(record.rejection(None, reason.to_string()));
                continue;
            }
        };
        let (day, indicator, detail, horizon, variant) = row.forecast();
        let key = [&day.to_string(), indicator, detail, horizon, variant, sample].join("\u{1f}");
        match places.get(&key).map(|place| &kept[*place].0) {
            None => {
                places.insert(key, kept.len());
                kept.push((row, sample));
            }
            Some(first) if first.statistics == row.statistics && first.respondents == row.respondents => repeats += 1,
            Some(_) => {
                rejections.push(record.rejection(None, "another row of the file has other figures of the same forecast".to_string()))
            }
        }
    }
    rejections.sort_by_key(|rejection| rejection.line);
    (kept, repeats)
}

/// A row of the table per statistic.
fn batch(kept: &[(Row, &'static str)], survey: &Survey, source: &SourceConfig) -> Result<RecordBatch> {
    let rule = source.rule.as_ref().ok_or_else(|| Error::internal(format!("config/sources.toml has no release of `{NAME}`")))?;
    let mut batch = Rows::new(tables::get("expectations"));
    let mut released = None;
    for (row, sample) in kept {
        let release = match released {
            Some((day, release)) if day == row.day => release,
            _ => rule.release(row.day).ok_or_else(|| Error::internal(format!("no release follows {}", row.day)))?,
        };
        released = Some((row.day, release));
        for (statistic, value) in &row.statistics {
            batch.text("survey", survey.name).text("indicator", row.indicator.as_str()).text("detail", row.detail.as_str());
            batch.text("horizon", row.horizon.as_str()).text("sample", *sample).text("variant", row.variant.as_str());
            batch.text("statistic", *statistic).day("as_of", row.day).float("value", *value).int("respondents", row.respondents);
            batch.text("unit", survey::unit_of(&row.indicator)).end(release);
        }
    }
    batch.finish()
}
