//! `contango ingest databento`: futures from DBN files or from Databento.

use std::path::{Path, PathBuf};

use clap::Args;

use super::tell;
use crate::cli::global::Context;
use crate::cli::progress::progress;
use crate::cli::{Exit, help};
use crate::config::{Config, Root};
use crate::error::{Error, Result, system_words};
use crate::ingest::{self, Workplace};
use crate::script::Stop;
use crate::sources::databento::{self, Databento as DatabentoSource};
use crate::time::IngestTime;

/// Databento: bars, definitions and statistics of futures
#[derive(Args)]
#[command(after_help = help::INGEST_DATABENTO)]
pub struct Databento {
    /// Take this DBN file (.dbn, .dbn.zst); may be given several times
    #[arg(long = "file", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Take every DBN file below this folder; with --parent only those of it
    #[arg(long, value_name = "DIR", conflicts_with = "files")]
    dir: Option<PathBuf>,
    /// When the files were downloaded, if not now
    #[arg(long, value_name = "INSTANT")]
    observed_at: Option<String>,
    /// With --dir, only files of this root (ES, an alias, or ES.FUT); may be given several times
    #[arg(long = "parent", value_name = "ROOT", conflicts_with = "files")]
    parents: Vec<String>,
    /// The dataset of fragments without a header, where their records do not say it
    #[arg(long, value_name = "DATASET")]
    dataset: Option<String>,
}

impl Databento {
    pub async fn run(self, context: &Context) -> Result<Exit, Stop> {
        let parents = self.parents.iter().map(|name| parent(&context.config, name)).collect::<Result<Vec<&Root>>>()?;
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
        let progress = progress(context.messages, context.is_quiet);
        let place = Workplace { data: &context.data, config: &context.config, progress: progress.as_ref() };
        let summaries = ingest::files(&place, &DatabentoSource, &files, observed_at, self.dataset.as_deref()).await;
        drop(progress);
        tell(context, &summaries?)?;
        Ok(Exit::Success)
    }
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
