//! `contango ingest FILE…`: files of whatever source, found out by their content.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Parser;
use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};

use super::tell;
use crate::cli::Exit;
use crate::cli::global::Context;
use crate::cli::progress::progress;
use crate::error::{Error, Result, system_words};
use crate::ingest::any::{self, Found, Said};
use crate::ingest::{self, Workplace};
use crate::script::Stop;
use crate::sources::Source;
use crate::sources::day::Order;
use crate::time::IngestTime;

/// Take files of any source, found out by their content
#[derive(Parser)]
#[command(name = "contango ingest", no_binary_name = true)]
pub struct Files {
    /// Files, folders, patterns (`data/*.csv`) or `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    paths: Vec<String>,
    /// Say what would be taken as what, and take nothing
    #[arg(long)]
    dry_run: bool,
    /// When the files were downloaded, if not now
    #[arg(long, value_name = "INSTANT")]
    observed_at: Option<String>,
    /// Of bars: the contract of files that do not name it
    #[arg(long, value_name = "CONTRACT")]
    symbol: Option<String>,
    /// Of bars: whose they are
    #[arg(long, value_name = "NAME")]
    dataset: Option<String>,
    /// Which of day and month stands first, in files whose days can be read both ways
    #[arg(long, value_name = "ORDER", value_parser = ["day-first", "month-first"])]
    dates: Option<String>,
    /// Of vintages: whose they are
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// Of vintages: the month or day of a file that is one vintage and does not say which
    #[arg(long, value_name = "MONTH")]
    vintage: Option<String>,
    /// The series of a file that names none
    #[arg(long, value_name = "ID")]
    series: Option<String>,
    /// Of reports of traders: futures_only or combined, where the file does not say it
    #[arg(long, value_name = "SCOPE")]
    scope: Option<String>,
}

/// Whether the words are files, and not a source that does not exist.
pub fn is_one(words: &[String]) -> bool {
    let is_path = |word: &String| word == "-" || word.contains(['/', '\\', '.', '*', '?']) || Path::new(word).exists();
    words.iter().find(|word| *word == "-" || !word.starts_with('-')).is_some_and(is_path)
}

impl Files {
    /// # Errors
    /// The options are none.
    pub fn of(words: Vec<String>) -> Result<Self> {
        Self::try_parse_from(words).map_err(|error| {
            let text = error.to_string();
            let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_string();
            Error::usage(first).hint("`contango ingest --help` shows what files take")
        })
    }

    pub async fn run(self, context: &Context) -> Result<Exit, Stop> {
        let said = Said {
            observed_at: self.observed_at.as_deref().map(IngestTime::parse).transpose()?,
            symbol: self.symbol,
            dataset: self.dataset,
            order: self.dates.as_deref().and_then(Order::from_name),
            source: self.source,
            vintage: self.vintage,
            series: self.series,
            scope: self.scope,
        };
        let paths = expanded(&self.paths)?;
        let progress = progress(context.messages, context.is_quiet);
        let place = Workplace { data: &context.data, config: &context.config, progress: progress.as_ref() };
        let (mut looks, mut summaries, mut failed) = (Vec::new(), Vec::new(), Vec::new());
        for path in &paths {
            match any::look(&place, path, &said) {
                Err(error) => failed.push(error),
                Ok(found) if self.dry_run => looks.extend(found),
                Ok(found) => match any::take(&place, found, &said).await {
                    Ok(taken) => summaries.extend(taken),
                    Err(error) => failed.push(error),
                },
            }
        }
        drop(progress);
        let mut exit = Exit::Success;
        if self.dry_run {
            let mut output = context.output(None)?;
            output.batch(&listed(&looks))?;
            output.finish()?;
        } else if !summaries.is_empty() {
            exit = tell(context, &summaries)?;
        }
        for error in &failed {
            context.messages.error(error, None);
        }
        Ok(if failed.is_empty() { exit } else { Exit::Failed })
    }
}

/// Takes files of one source, which may be folders and patterns, and tells of each.
///
/// # Errors
/// There are none, or the data folder cannot be written.
pub async fn of_source(
    context: &Context,
    source: &dyn Source,
    given: &[PathBuf],
    observed_at: Option<IngestTime>,
    hint: Option<&str>,
) -> Result<Exit, Stop> {
    let given: Vec<String> = given.iter().map(|path| path.to_string_lossy().into_owned()).collect();
    let paths = expanded(&given)?;
    let progress = progress(context.messages, context.is_quiet);
    let place = Workplace { data: &context.data, config: &context.config, progress: progress.as_ref() };
    let done = ingest::each_file(&place, source, &paths, observed_at, hint).await;
    drop(progress);
    let (summaries, mut failed) = done?;
    if summaries.is_empty() && failed.len() == 1 {
        return Err(failed.remove(0).into());
    }
    let exit = if summaries.is_empty() { Exit::Failed } else { tell(context, &summaries)? };
    failed.iter().for_each(|error| context.messages.error(error, None));
    Ok(if failed.is_empty() { exit } else { Exit::Failed })
}

/// The files meant, folders and patterns in the order of their names.
fn expanded(given: &[String]) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for text in given {
        let path = PathBuf::from(text);
        if path.is_dir() {
            below(&path, &mut paths)?;
        } else if text.contains(['*', '?', '[']) && !path.exists() {
            let bad = |e: &dyn std::fmt::Display| Error::usage(format!("`{text}` is no pattern of files: {e}"));
            let mut found: Vec<PathBuf> = glob::glob(text).map_err(|e| bad(&e))?.filter_map(|path| path.ok()).collect();
            found.retain(|path| path.is_file());
            if found.is_empty() {
                return Err(Error::usage(format!("no file is called like `{text}`")));
            }
            paths.append(&mut found);
        } else {
            paths.push(path);
        }
    }
    Ok(paths)
}

/// The files below a folder but for hidden ones.
fn below(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    let unreadable =
        |e: std::io::Error| Error::usage(format!("cannot read the folder: {}", system_words(&e))).in_file(folder.display().to_string());
    let mut entries: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        entries.push(entry.map_err(unreadable)?.path());
    }
    entries.retain(|path| path.file_name().is_some_and(|name| !name.to_string_lossy().starts_with('.')));
    entries.sort();
    for path in entries {
        if path.is_dir() { below(&path, paths)? } else { paths.push(path) }
    }
    Ok(())
}

/// What would be taken as what.
fn listed(found: &[Found]) -> RecordBatch {
    let text = |of: &dyn Fn(&Found) -> String| Arc::new(found.iter().map(|f| Some(of(f))).collect::<StringArray>()) as ArrayRef;
    let count =
        |of: &dyn Fn(&Found) -> usize| Arc::new(found.iter().map(|f| i64::try_from(of(f)).ok()).collect::<Int64Array>()) as ArrayRef;
    RecordBatch::try_from_iter([
        ("payload", text(&|found| found.payload.origin.clone())),
        ("source", text(&|found| found.source.name().to_string())),
        ("kind", text(&|found| found.kind.clone())),
        ("rows_read", count(&|found| found.rows_read)),
        ("rows", count(&|found| found.rows)),
        ("quarantined", count(&|found| found.quarantined)),
    ])
    .expect("one value per payload in each column")
}
