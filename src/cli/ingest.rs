//! `contango ingest SOURCE`: take a provider's files into the lake, or download them first.

use std::path::PathBuf;
use std::sync::Arc;

use chrono::NaiveDate;
use clap::Args;
use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};

use super::global::Context;
use super::progress::progress;
use super::{Exit, help};
use crate::config::closest;
use crate::error::{Error, Result};
use crate::ingest::{self, PayloadSummary, Workplace};
use crate::script::Stop;
use crate::sources::http::Patience;
use crate::sources::{Request, SOURCES, Source};
use crate::time::IngestTime;

/// Take a provider's files into the lake, or download them first
#[derive(Args)]
#[command(after_help = help::ingest())]
pub struct Ingest {
    /// The provider
    #[arg(value_name = "SOURCE")]
    source: String,
    /// Take this file as the provider publishes it (zip, gzip, text, csv, json); may be given several times
    #[arg(long = "file", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// When the files were downloaded, if not now
    #[arg(long, value_name = "INSTANT", requires = "files")]
    observed_at: Option<String>,
    /// Download only this report; may be given several times
    #[arg(long = "report", value_name = "REPORT", conflicts_with = "files")]
    reports: Vec<String>,
    /// Download only this scope (futures_only or combined); with --file, what the files are where they do not say it
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// Download these years: `2023`, `2017..2020` (both included) or `2017..`
    #[arg(long, value_name = "YEARS", conflicts_with = "files", value_parser = parse_years)]
    years: Option<Years>,
}

impl Ingest {
    pub async fn run(self, context: &Context) -> Result<Exit, Stop> {
        context.ensure_no_clock("ingest")?;
        let source = find(&self.source)?;
        let observed_at = self.observed_at.as_deref().map(IngestTime::parse).transpose()?;
        let progress = progress(context.messages, context.is_quiet);
        let place = Workplace { data: &context.data, config: &context.config, progress: progress.as_ref() };
        let summaries = if self.files.is_empty() {
            ingest::download(&place, source, &self.request(), Patience::default()).await
        } else {
            ingest::files(&place, source, &self.files, observed_at, self.file_scope()?).await
        };
        drop(progress);
        tell(context, &summaries?)?;
        Ok(Exit::Success)
    }

    /// The scope that the files are given as.
    fn file_scope(&self) -> Result<Option<&str>> {
        match self.scopes.as_slice() {
            [] => Ok(None),
            [scope] => Ok(Some(scope)),
            _ => Err(Error::usage("files are of one scope, and `--scope` is given several times").hint("ingest the others by themselves")),
        }
    }

    fn request(&self) -> Request {
        let choices = [("report", &self.reports), ("scope", &self.scopes)];
        let choices = choices.into_iter().filter(|(_, values)| !values.is_empty()).map(|(name, values)| (name.to_string(), values.clone()));
        Request {
            choices: choices.collect(),
            from: self.years.and_then(|years| years.from).and_then(|year| NaiveDate::from_ymd_opt(year, 1, 1)),
            to: self.years.and_then(|years| years.to).and_then(|year| NaiveDate::from_ymd_opt(year, 12, 31)),
        }
    }
}

/// The source of this name.
pub fn find(name: &str) -> Result<&'static dyn Source> {
    SOURCES.iter().copied().find(|source| source.name() == name).ok_or_else(|| {
        let names: Vec<&str> = SOURCES.iter().map(|source| source.name()).collect();
        Error::usage(format!("unknown source `{name}`")).hint(match closest(name, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("one of {}", names.join(", ")),
        })
    })
}

/// Prints what became of each payload, and warns of what was set aside.
pub fn tell(context: &Context, summaries: &[PayloadSummary]) -> Result<(), Stop> {
    for summary in summaries {
        for warning in &summary.warnings {
            context.messages.warn(&format!("{}: {warning}", summary.name));
        }
    }
    let quarantined: usize = summaries.iter().map(|summary| summary.quarantined).sum();
    if quarantined > 0 {
        let folder = context.data.join("quarantine");
        context.messages.warn(&format!("{quarantined} rows were set aside, with the reasons, under `{}`", folder.display()));
    }
    let mut output = context.output(None)?;
    output.batch(&batch(summaries))?;
    output.finish()?;
    Ok(())
}

fn batch(summaries: &[PayloadSummary]) -> RecordBatch {
    let text = |of: fn(&PayloadSummary) -> &str| Arc::new(summaries.iter().map(|s| Some(of(s))).collect::<StringArray>()) as ArrayRef;
    let count = |of: fn(&PayloadSummary) -> usize| {
        Arc::new(summaries.iter().map(|s| i64::try_from(of(s)).ok()).collect::<Int64Array>()) as ArrayRef
    };
    RecordBatch::try_from_iter([
        ("payload", text(|s| &s.name)),
        ("kind", text(|s| &s.kind)),
        ("state", text(|s| if s.already { "in the lake before" } else { "taken" })),
        ("rows_read", count(|s| s.rows_read)),
        ("new", count(|s| s.new)),
        ("repeated", count(|s| s.repeated)),
        ("revised", count(|s| s.revised)),
        ("quarantined", count(|s| s.quarantined)),
    ])
    .expect("one value per payload in each column")
}

/// First and last year, inclusive; `None` is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Years {
    from: Option<i32>,
    to: Option<i32>,
}

fn parse_years(text: &str) -> Result<Years, String> {
    let year = |text: &str| match text.parse::<i32>() {
        Ok(year) if text.len() == 4 => Ok(year),
        _ => Err(format!("`{text}` is no year of four digits")),
    };
    let Some((from, to)) = text.split_once("..") else {
        let year = year(text)?;
        return Ok(Years { from: Some(year), to: Some(year) });
    };
    let open = |text: &str| if text.is_empty() { Ok(None) } else { year(text).map(Some) };
    let years = Years { from: open(from)?, to: open(to)? };
    match years {
        Years { from: None, to: None } => Err("`..` names no year".to_string()),
        Years { from: Some(from), to: Some(to) } if from > to => Err(format!("{from} is after {to}")),
        years => Ok(years),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_are_one_a_range_or_open() {
        let years = |from, to| Ok(Years { from, to });
        assert_eq!(parse_years("2023"), years(Some(2023), Some(2023)));
        assert_eq!(parse_years("2017..2020"), years(Some(2017), Some(2020)));
        assert_eq!(parse_years("2017.."), years(Some(2017), None));
        assert_eq!(parse_years("..2020"), years(None, Some(2020)));
        for wrong in ["", "..", "23", "2020..2017", "2017..x", "2017...2020"] {
            assert!(parse_years(wrong).is_err(), "{wrong}");
        }
    }
}
