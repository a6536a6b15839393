//! `contango ingest vintages`: economic series with their vintages, from files.

use std::path::PathBuf;

use clap::Args;

use super::files;
use crate::cli::global::Context;
use crate::cli::{Exit, help};
use crate::error::{Error, Result};
use crate::script::Stop;
use crate::sources::day::Order;
use crate::sources::vintages::{Hint, Vintages as VintagesSource};
use crate::time::IngestTime;

/// Economic series with their vintages: your own tables, the Philadelphia Fed's, FRED-MD
#[derive(Args)]
#[command(after_help = help::ingest_vintages())]
pub struct Vintages {
    /// Take this file: Parquet, CSV or xlsx, under gzip or not; several, folders and patterns may be given
    #[arg(long = "file", num_args = 1.., value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Whose vintages these are: the column `source` of the table [default: by what the file is]
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// The series of a file that names none
    #[arg(long, value_name = "ID")]
    series: Option<String>,
    /// The month or day of a file that is one vintage and does not say which
    #[arg(long, value_name = "MONTH")]
    vintage: Option<String>,
    /// Which of day and month stands first, in files whose days can be read both ways
    #[arg(long, value_name = "ORDER", value_parser = ["day-first", "month-first"])]
    dates: Option<String>,
    /// When the files were downloaded, if not now
    #[arg(long, value_name = "INSTANT")]
    observed_at: Option<String>,
}

impl Vintages {
    pub async fn run(self, context: &Context) -> Result<Exit, Stop> {
        let observed_at = self.observed_at.as_deref().map(IngestTime::parse).transpose()?;
        if self.vintage.is_some() && self.files.len() > 1 {
            return Err(Error::usage("--vintage says of which month one file is").hint("give the files one by one").into());
        }
        let hint = Hint::new(self.source, self.series, self.vintage, self.dates.as_deref().and_then(Order::from_name))?.text();
        files::of_source(context, &VintagesSource, &self.files, observed_at, hint.as_deref()).await
    }
}
