//! `contango ingest databento`: futures from DBN files or from Databento.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::NaiveDate;
use clap::Args;
use datafusion::arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};

use super::{files as of_files, tell};
use crate::cli::global::Context;
use crate::cli::progress::progress;
use crate::cli::{Exit, help};
use crate::config::{Config, Root, closest};
use crate::error::{Error, Result, system_words};
use crate::ingest::{self, Line, Order, Workplace};
use crate::script::Stop;
use crate::sources::databento::remote::Remote;
use crate::sources::databento::{self, ApiKey, Databento as DatabentoSource, Kind, windows};
use crate::sources::http::Patience;
use crate::time::IngestTime;

/// Databento: bars, definitions and statistics of futures
#[derive(Args)]
#[command(after_help = help::INGEST_DATABENTO)]
pub struct Databento {
    /// Take this DBN file (.dbn, .dbn.zst); several, folders and patterns may be given
    #[arg(long = "file", num_args = 1.., value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Take every DBN file below this folder; with --parent only those of it
    #[arg(long, value_name = "DIR", conflicts_with = "files")]
    dir: Option<PathBuf>,
    /// When the files were downloaded, if not now
    #[arg(long, value_name = "INSTANT")]
    observed_at: Option<String>,
    /// Buy what is missing of this root (ES, an alias, or ES.FUT), or with --dir take only its files; may be given several times
    #[arg(long = "parent", value_name = "ROOT", conflicts_with = "files")]
    parents: Vec<String>,
    /// Buy these schemas: ohlcv-1d, ohlcv-1h, definition, statistics [default: definition and ohlcv-1d]
    #[arg(long = "schema", value_name = "SCHEMA", value_delimiter = ',', conflicts_with_all = ["files", "dir"])]
    schemas: Vec<String>,
    /// First trade date to buy, if not the first of the dataset
    #[arg(long, value_name = "DATE", conflicts_with_all = ["files", "dir"])]
    from: Option<NaiveDate>,
    /// Last trade date to buy, if not the last of the dataset
    #[arg(long, value_name = "DATE", conflicts_with_all = ["files", "dir"])]
    to: Option<NaiveDate>,
    /// The dataset, if not the root's own; with files, that of fragments without a header, where their records do not say it
    #[arg(long, value_name = "DATASET")]
    dataset: Option<String>,
    /// Buy nothing: print what is missing and what it costs
    #[arg(long, conflicts_with_all = ["files", "dir"])]
    cost: bool,
    /// Buy nothing where all that is missing costs more than this
    #[arg(long, value_name = "USD", conflicts_with_all = ["files", "dir"])]
    max_cost: Option<f64>,
}

impl Databento {
    pub async fn run(self, context: &Context) -> Result<Exit, Stop> {
        let parents = self.parents.iter().map(|name| parent(&context.config, name)).collect::<Result<Vec<&Root>>>()?;
        if self.files.is_empty() && self.dir.is_none() && !parents.is_empty() {
            let order = self.order(&parents)?;
            return buy(context, &order).await;
        }
        let observed_at = self.observed_at.as_deref().map(IngestTime::parse).transpose()?;
        let files = match &self.dir {
            Some(dir) => of_parents(dbn_files(dir)?, &parents, self.dataset.as_deref())?,
            None => self.files,
        };
        if files.is_empty() {
            return Err(Error::usage("there is nothing to take")
                .hint("name DBN files with `--file`, or a folder of them with `--dir`")
                .into());
        }
        of_files::of_source(context, &DatabentoSource, &files, observed_at, self.dataset.as_deref()).await
    }

    fn order(&self, parents: &[&Root]) -> Result<Order> {
        if self.observed_at.is_some() {
            return Err(Error::usage("`--observed-at` is of files: what is bought is seen now").hint("leave it out"));
        }
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from > to
        {
            return Err(
                Error::usage(format!("the window ends before it begins: {from} is after {to}")).hint("exchange `--from` and `--to`")
            );
        }
        let kinds = match self.schemas.as_slice() {
            [] => vec![Kind::Definition, Kind::Daily],
            named => named.iter().map(|name| kind(name)).collect::<Result<_>>()?,
        };
        Ok(Order {
            roots: parents.iter().map(|root| root.root.clone()).collect(),
            kinds,
            from: self.from,
            to: self.to,
            dataset: self.dataset.clone(),
            cost_only: self.cost,
            max_cost: self.max_cost,
        })
    }
}

/// Buys what is missing, or prints what it costs.
async fn buy(context: &Context, order: &Order) -> Result<Exit, Stop> {
    let mut remote = Remote::new(&context.config.databento_url, ApiKey::load()?, Patience::default())?;
    let progress = progress(context.messages, context.is_quiet);
    let place = Workplace { data: &context.data, config: &context.config, progress: progress.as_ref() };
    let done = ingest::purchase(&place, order, &mut remote).await;
    drop(progress);
    let done = done?;
    if !order.cost_only {
        tell(context, &done.summaries)?;
        return Ok(Exit::Success);
    }
    let mut output = context.output(None)?;
    output.batch(&prices(&done.lines))?;
    output.finish()?;
    Ok(Exit::Success)
}

fn prices(lines: &[Line]) -> RecordBatch {
    let text = |of: fn(&Line) -> String| Arc::new(lines.iter().map(|line| Some(of(line))).collect::<StringArray>()) as ArrayRef;
    RecordBatch::try_from_iter([
        ("dataset", text(|line| line.ask.dataset.clone())),
        ("schema", text(|line| line.ask.kind.name().to_string())),
        ("parent", text(|line| line.ask.parent.clone())),
        ("missing", text(|line| windows::shown(line.ask.start, line.ask.end))),
        ("cost_usd", Arc::new(Float64Array::from_iter_values(lines.iter().map(|line| line.cost))) as ArrayRef),
    ])
    .expect("columns of one length")
}

fn kind(name: &str) -> Result<Kind> {
    Kind::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| {
        let names = || Kind::ALL.into_iter().map(Kind::name);
        Error::usage(format!("the schema `{name}` is not taken")).hint(match closest(name, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("one of {}", names().collect::<Vec<_>>().join(", ")),
        })
    })
}

/// The market of a root, an alias, or a parent as the provider spells it.
fn parent<'a>(config: &'a Config, name: &str) -> Result<&'a Root> {
    let upper = name.to_uppercase();
    config.root(upper.strip_suffix(".FUT").unwrap_or(&upper))
}

/// Every DBN file below a folder, in order of their paths.
fn dbn_files(dir: &Path) -> Result<Vec<PathBuf>> {
    let unreadable = |path: &Path, e: &std::io::Error| {
        Error::usage(format!("cannot read the folder: {}", system_words(e))).in_file(path.display().to_string())
    };
    let (mut files, mut folders) = (Vec::new(), vec![dir.to_path_buf()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(|e| unreadable(&folder, &e))? {
            let path = entry.map_err(|e| unreadable(&folder, &e))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(".dbn") || name.ends_with(".dbn.zst") {
                files.push(path);
            }
        }
    }
    if files.is_empty() {
        return Err(Error::usage("no DBN file (.dbn, .dbn.zst) lies below the folder").in_file(dir.display().to_string()));
    }
    files.sort();
    Ok(files)
}

/// The files of these markets, as their headers say; all of them where none is named.
fn of_parents(files: Vec<PathBuf>, parents: &[&Root], dataset: Option<&str>) -> Result<Vec<PathBuf>> {
    if parents.is_empty() {
        return Ok(files);
    }
    let n_files = files.len();
    let mut kept = Vec::new();
    for path in files {
        let in_file = |e: Error| e.in_file(path.display().to_string());
        let bytes = std::fs::read(&path).map_err(|e| in_file(Error::usage(format!("cannot read the file: {}", system_words(&e)))))?;
        let (parent, _) = databento::describe(&bytes, dataset).map_err(in_file)?;
        if parent.is_some_and(|parent| parents.iter().any(|root| is_of(&parent, root))) {
            kept.push(path);
        }
    }
    if kept.is_empty() {
        let names: Vec<&str> = parents.iter().map(|root| root.root.as_str()).collect();
        return Err(Error::usage(format!("none of the {n_files} files was asked for by the parent {}", names.join(", ")))
            .hint("leave `--parent` out to take them all"));
    }
    Ok(kept)
}

/// Whether a parent, `ES` of `ES.FUT`, is a market's.
fn is_of(parent: &str, root: &Root) -> bool {
    let own = root.parent.as_deref().and_then(|own| own.split_once('.')).map(|(own, _)| own);
    parent == own.unwrap_or(&root.root)
}
