//! `contango ingest bars`: contract bars of any vendor, from files.

use std::path::PathBuf;

use clap::Args;

use super::files;
use crate::cli::global::Context;
use crate::cli::{Exit, help};
use crate::error::Result;
use crate::script::Stop;
use crate::sources::bars::{Bars as BarsSource, Hint};
use crate::sources::day::Order;
use crate::time::IngestTime;

/// Contract bars of any vendor, CSV or Parquet
#[derive(Args)]
#[command(after_help = help::ingest_bars())]
pub struct Bars {
    /// Take this file; several, folders and patterns may be given
    #[arg(long = "file", num_args = 1.., value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Whose bars these are, where not `bars`: the column `dataset` of the tables
    #[arg(long, value_name = "NAME")]
    dataset: Option<String>,
    /// The contract of files that have no column for it and do not name it themselves
    #[arg(long, value_name = "CONTRACT")]
    symbol: Option<String>,
    /// Which of day and month stands first, in files whose days can be read both ways
    #[arg(long, value_name = "ORDER", value_parser = ["day-first", "month-first"])]
    dates: Option<String>,
    /// When the files were downloaded, if not now
    #[arg(long, value_name = "INSTANT")]
    observed_at: Option<String>,
}

impl Bars {
    pub async fn run(self, context: &Context) -> Result<Exit, Stop> {
        let observed_at = self.observed_at.as_deref().map(IngestTime::parse).transpose()?;
        let hint = Hint::new(self.dataset, self.symbol, self.dates.as_deref().and_then(Order::from_name))?.text();
        files::of_source(context, &BarsSource, &self.files, observed_at, hint.as_deref()).await
    }
}
