//! Arguments of every source that is asked by series and days: `contango ingest bcb_sgs --series 432 --from 2010-01-01`, or its files.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::Args;

use super::{files, tell};
use crate::cli::Exit;
use crate::cli::global::Context;
use crate::cli::progress::progress;
use crate::error::{Error, Result};
use crate::ingest::{self, Workplace};
use crate::script::Stop;
use crate::sources::http::Patience;
use crate::sources::{Request, Source};
use crate::time::IngestTime;

#[derive(Args)]
pub struct Window {
    /// Download these (by the names of `meta.series_metadata`; indicators, symbols), not all that are known; with --file, what the file is of
    /// where it does not say so
    #[arg(long = "series", value_name = "ID", value_delimiter = ',')]
    series: Vec<String>,
    /// First day to download, if not the first of all
    #[arg(long, value_name = "DATE", conflicts_with = "files")]
    from: Option<NaiveDate>,
    /// Last day to download, if not today
    #[arg(long, value_name = "DATE", conflicts_with = "files")]
    to: Option<NaiveDate>,
    /// Take this file as the provider sent it; several, folders and patterns may be given
    #[arg(long = "file", num_args = 1.., value_name = "FILE")]
    files: Vec<PathBuf>,
    /// When the files were downloaded, if not now
    #[arg(long, value_name = "INSTANT", requires = "files")]
    observed_at: Option<String>,
}

impl Window {
    pub async fn run(self, context: &Context, source: &'static dyn Source) -> Result<Exit, Stop> {
        let observed_at = self.observed_at.as_deref().map(IngestTime::parse).transpose()?;
        if !self.files.is_empty() {
            return files::of_source(context, source, &self.files, observed_at, self.file_hint()?).await;
        }
        let progress = progress(context.messages, context.is_quiet);
        let place = Workplace { data: &context.data, config: &context.config, progress: progress.as_ref() };
        let summaries = ingest::download(&place, source, &self.request()?, Patience::default()).await;
        drop(progress);
        tell(context, &summaries?)
    }

    fn request(&self) -> Result<Request> {
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from > to
        {
            return Err(Error::usage(format!("the days end before they begin: {from} is after {to}")).hint("exchange `--from` and `--to`"));
        }
        let choices = if self.series.is_empty() { Vec::new() } else { vec![("series".to_string(), self.series.clone())] };
        Ok(Request { choices, from: self.from, to: self.to })
    }

    /// What the files are given as.
    fn file_hint(&self) -> Result<Option<&str>> {
        match self.series.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            _ => Err(Error::usage("a file is of one series, and `--series` names several").hint("ingest the others by themselves")),
        }
    }
}
