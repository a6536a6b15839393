//! `contango ingest fred`: economic series with their vintages, from saved answers or from FRED.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::Args;

use super::{files, tell};
use crate::cli::global::Context;
use crate::cli::progress::progress;
use crate::cli::{Exit, help};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::ingest::{self, Wanted, Workplace};
use crate::script::Stop;
use crate::sources::fred::remote::Remote;
use crate::sources::fred::{self, ApiKey, Fred as FredSource, SeriesId};
use crate::sources::http::Patience;
use crate::time::IngestTime;

/// FRED and ALFRED: economic series with every vintage
#[derive(Args)]
#[command(after_help = help::INGEST_FRED)]
pub struct Fred {
    /// Download these series (GDP,PAYEMS); with --file, the one that the body is of
    #[arg(long = "series", value_name = "ID", value_delimiter = ',')]
    series: Vec<String>,
    /// Download every series of config/series.toml
    #[arg(long, conflicts_with_all = ["series", "files"])]
    all: bool,
    /// First day of the vintages to download, if not the first of all
    #[arg(long, value_name = "DATE", conflicts_with = "files")]
    from: Option<NaiveDate>,
    /// Last day of the vintages to download, if not the last of all
    #[arg(long, value_name = "DATE", conflicts_with = "files")]
    to: Option<NaiveDate>,
    /// Take this body as the provider sent it (JSON); several, folders and patterns may be given
    #[arg(long = "file", num_args = 1.., value_name = "FILE")]
    files: Vec<PathBuf>,
    /// When the files were downloaded, if not now
    #[arg(long, value_name = "INSTANT", requires = "files")]
    observed_at: Option<String>,
}

impl Fred {
    pub async fn run(self, context: &Context) -> Result<Exit, Stop> {
        let mut series: Vec<SeriesId> = self.series.iter().map(|text| SeriesId::new(text)).collect::<Result<_>>()?;
        if self.files.is_empty() {
            if self.all {
                series = context.config.series_of(fred::NAME).map(|series| SeriesId::new(&series.id)).collect::<Result<_>>()?;
            }
            let wanted = wanted(series, self.from, self.to, &context.config)?;
            return download(context, &wanted).await;
        }
        let hint = match series.as_slice() {
            [] => None,
            [one] => Some(one.as_str()),
            _ => {
                return Err(Error::usage("a body is of one series, and `--series` names several")
                    .hint("ingest the others by themselves")
                    .into());
            }
        };
        let observed_at = self.observed_at.as_deref().map(IngestTime::parse).transpose()?;
        files::of_source(context, &FredSource, &self.files, observed_at, hint).await
    }
}

fn wanted(mut series: Vec<SeriesId>, from: Option<NaiveDate>, to: Option<NaiveDate>, config: &Config) -> Result<Wanted> {
    if series.is_empty() {
        let known: Vec<&str> = config.series_of(fred::NAME).map(|series| series.id.as_str()).collect();
        return Err(Error::usage("no series is named")
            .hint(format!("`--series GDP,PAYEMS` takes any of the provider's, `--all` those described here: {}", known.join(", "))));
    }
    if let (Some(from), Some(to)) = (from, to)
        && from > to
    {
        return Err(Error::usage(format!("the vintages end before they begin: {from} is after {to}")).hint("exchange `--from` and `--to`"));
    }
    let mut seen = std::collections::HashSet::new();
    series.retain(|id| seen.insert(id.clone()));
    Ok(Wanted { series, from, to })
}

async fn download(context: &Context, wanted: &Wanted) -> Result<Exit, Stop> {
    let remote = Remote::new(&context.config.fred_url, ApiKey::load()?, Patience::default(), fred::pace(&context.config))?;
    let progress = progress(context.messages, context.is_quiet);
    let place = Workplace { data: &context.data, config: &context.config, progress: progress.as_ref() };
    let summaries = ingest::fred(&place, wanted, &remote).await;
    drop(progress);
    tell(context, &summaries?)
}
