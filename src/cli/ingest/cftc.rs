//! `contango ingest cftc`: Commitments of Traders from files or from the CFTC.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::Args;

use super::{files, tell};
use crate::cli::global::Context;
use crate::cli::progress::progress;
use crate::cli::{Exit, help};
use crate::error::{Error, Result};
use crate::ingest::{self, Workplace};
use crate::script::Stop;
use crate::sources::Request;
use crate::sources::cftc::Cftc as CftcSource;
use crate::sources::http::Patience;
use crate::time::IngestTime;

/// CFTC Commitments of Traders: TFF, Disaggregated and Legacy, futures only and combined
#[derive(Args)]
#[command(after_help = help::INGEST_CFTC)]
pub struct Cftc {
    /// Take this file as the provider publishes it (zip, gzip, text, csv, json); several, folders and patterns may be given
    #[arg(long = "file", num_args = 1.., value_name = "FILE")]
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

impl Cftc {
    pub async fn run(self, context: &Context) -> Result<Exit, Stop> {
        let source = &CftcSource;
        let observed_at = self.observed_at.as_deref().map(IngestTime::parse).transpose()?;
        if !self.files.is_empty() {
            return files::of_source(context, source, &self.files, observed_at, self.file_scope()?).await;
        }
        let progress = progress(context.messages, context.is_quiet);
        let place = Workplace { data: &context.data, config: &context.config, progress: progress.as_ref() };
        let summaries = ingest::download(&place, source, &self.request(), Patience::default()).await;
        drop(progress);
        tell(context, &summaries?)
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
