//! `contango lake …`: what the lake holds, and its upkeep.

use std::sync::Arc;

use clap::{Args, Subcommand};
use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray, UInt64Array};
use datafusion::common::ScalarValue;

use super::global::Context;
use super::progress::progress;
use super::{Exit, help};
use crate::config::closest;
use crate::error::{Error, Result};
use crate::ingest::{self, Rebuilt, Workplace};
use crate::lake::info::{TableInfo, info};
use crate::lake::{Lake as Store, compact::compact};
use crate::script::Stop;
use crate::sources::SOURCES;
use crate::tables::{self, TABLES, Table};
use crate::time::IngestTime;

/// Show, check, compact or rebuild the lake
#[derive(Args)]
#[command(after_help = help::LAKE)]
pub struct Lake {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Each table in figures: rows, files, bytes, versions, oldest and newest
    Info,
    /// Merge the files of each partition; answers stay the same
    Compact(OneTable),
    /// Make tables anew from the raw files, in order of when they were downloaded
    Rebuild(OneTable),
    /// Say when a raw file was downloaded, where that is wrong, and make anew the tables that it feeds
    Observed(Observed),
    /// Check everything below the data folder: hashes, logs, rows and their order, payloads, the metadata
    Verify,
}

#[derive(Args)]
struct Observed {
    /// The file by its SHA-256, or the first characters of it
    #[arg(value_name = "FILE_SHA")]
    sha256: String,
    /// When it was downloaded
    #[arg(value_name = "INSTANT")]
    at: String,
}

#[derive(Args)]
struct OneTable {
    /// Only this table
    #[arg(long, value_name = "TABLE")]
    table: Option<String>,
}

impl OneTable {
    fn tables(&self) -> Result<Vec<&'static Table>> {
        let Some(name) = &self.table else { return Ok(TABLES.to_vec()) };
        let table = tables::find(name).ok_or_else(|| {
            let names: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
            Error::usage(format!("no lake table `{name}`")).hint(match closest(name, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("one of {}", names.join(", ")),
            })
        })?;
        Ok(vec![table])
    }
}

impl Lake {
    pub async fn run(self, context: &Context) -> Result<Exit, Stop> {
        context.ensure_no_clock("lake")?;
        let lake = Store::new(&context.data)?;
        match self.action {
            Action::Info => print(context, &info_batch(&info(&lake).await?)),
            Action::Compact(one) => {
                let mut rows = Vec::new();
                for table in one.tables()? {
                    rows.push((table.name, compact(&lake, table, 1).await?));
                }
                clear(context, &lake).await?;
                let count = |of: fn(&crate::lake::compact::Compaction) -> usize| counts(rows.iter().map(|(_, done)| of(done) as u64));
                let columns = [
                    ("table", texts(rows.iter().map(|(name, _)| Some((*name).to_string())))),
                    ("files_before", count(|done| done.files_before)),
                    ("files_after", count(|done| done.files_after)),
                    ("deleted", count(|done| done.deleted)),
                ];
                print(context, &batch(columns))
            }
            Action::Rebuild(one) => {
                let tables = one.tables()?;
                if let (Some(name), [table]) = (&one.table, tables.as_slice())
                    && !ingest::is_fed(SOURCES, table)
                {
                    if let Err(e) = lake.log(table).await {
                        let now = lake.move_table_aside(table).await?;
                        context.messages.warn(&format!("{e}\nthe table's files lie in `{now}` now"));
                    }
                    return Err(Error::usage(format!("`{name}` is computed from other tables and has no raw files"))
                        .hint("`contango series build ID` compares a series with its bars and stores what changed")
                        .into());
                }
                let progress = progress(context.messages, context.is_quiet);
                let place = Workplace { data: &context.data, config: &context.config, progress: progress.as_ref() };
                let rebuilt = ingest::rebuild_tables(&place, SOURCES, &tables).await;
                drop(progress);
                let rebuilt = rebuilt?;
                clear(context, &lake).await?;
                print(context, &rebuilt_batch(&rebuilt))
            }
            Action::Observed(Observed { sha256, at }) => {
                let at = IngestTime::parse(&at)?;
                let progress = progress(context.messages, context.is_quiet);
                let place = Workplace { data: &context.data, config: &context.config, progress: progress.as_ref() };
                let corrected = ingest::correct_observed(&place, &sha256, at).await;
                drop(progress);
                let (sidecar, rebuilt) = corrected?;
                context.messages.note(&format!("`{}` was seen at {at}; its sidecar keeps what it said before", sidecar.path()));
                print(context, &rebuilt_batch(&rebuilt))
            }
            Action::Verify => {
                let found = ingest::verify_all(&context.data).await?;
                for file in &found.unreferenced {
                    context.messages.note(&format!("`{file}` belongs to no version: a writer died there, which harms nothing"));
                }
                if !found.unreferenced.is_empty() {
                    let n = found.unreferenced.len();
                    context
                        .messages
                        .note(&format!("{n} such files or folders: `contango lake compact` deletes them when they are a day old"));
                }
                if found.unproven > 0 {
                    context.messages.note(&format!(
                        "{} files and log entries are of a version that wrote no hashes: `contango lake rebuild` writes them anew, with hashes",
                        found.unproven
                    ));
                }
                if found.aside > 0 {
                    context.messages.note(&format!("{} files lie in `aside/`: they were found broken and are not used", found.aside));
                }
                context.messages.note(&format!("{} files, {} rows and {} payloads were checked", found.files, found.rows, found.payloads));
                print(context, &batch([("violation", texts(found.violations.iter().cloned().map(Some)))]))?;
                Ok(if found.violations.is_empty() { Exit::Success } else { Exit::Violations })
            }
        }
    }
}

/// Deletes what writers that died have left, when it is a day old.
async fn clear(context: &Context, lake: &Store) -> Result<()> {
    let (folders, files) = (lake.remove_abandoned_scratch().await?, lake.remove_left_behind().await?);
    if folders > 0 {
        context.messages.note(&format!("{folders} scratch folders of writers that died were removed"));
    }
    if files > 0 {
        context.messages.note(&format!("{files} unfinished files of writers that died were removed"));
    }
    Ok(())
}

fn print(context: &Context, batch: &RecordBatch) -> Result<Exit, Stop> {
    let mut output = context.output(None)?;
    output.batch(batch)?;
    output.finish()?;
    Ok(Exit::Success)
}

fn rebuilt_batch(rebuilt: &[Rebuilt]) -> RecordBatch {
    batch([
        ("table", texts(rebuilt.iter().map(|done| Some(done.table.name.to_string())))),
        ("payloads", counts(rebuilt.iter().map(|done| done.payloads as u64))),
        ("rows_before", counts(rebuilt.iter().map(|done| done.rows_before))),
        ("rows_after", counts(rebuilt.iter().map(|done| done.rows_after))),
    ])
}

fn info_batch(all: &[TableInfo]) -> RecordBatch {
    let bound = |of: fn(&TableInfo) -> Option<&ScalarValue>| bounds(all.iter().map(of));
    batch([
        ("table", texts(all.iter().map(|info| Some(info.table.name.to_string())))),
        ("rows", counts(all.iter().map(|info| info.rows))),
        ("files", counts(all.iter().map(|info| info.files as u64))),
        ("bytes", counts(all.iter().map(|info| info.bytes))),
        ("versions", counts(all.iter().map(|info| info.versions))),
        ("payloads", counts(all.iter().map(|info| info.payloads as u64))),
        ("oldest_as_of", bound(|info| info.as_of.as_ref().map(|(low, _)| low))),
        ("newest_as_of", bound(|info| info.as_of.as_ref().map(|(_, high)| high))),
        ("oldest_available_at", bound(|info| info.available_at.as_ref().map(|(low, _)| low))),
        ("newest_available_at", bound(|info| info.available_at.as_ref().map(|(_, high)| high))),
    ])
}

/// Bounds with the type that the tables' columns have; all text where tables differ in it or nothing is there.
fn bounds<'a>(values: impl Iterator<Item = Option<&'a ScalarValue>>) -> ArrayRef {
    let values: Vec<Option<&ScalarValue>> = values.collect();
    let kind = values.iter().flatten().next().map(|value| value.data_type());
    let same = kind.filter(|kind| values.iter().flatten().all(|value| value.data_type() == *kind));
    let typed = same.and_then(|kind| {
        let null = ScalarValue::try_from(&kind).ok()?;
        ScalarValue::iter_to_array(values.iter().map(|value| value.cloned().unwrap_or_else(|| null.clone()))).ok()
    });
    typed.unwrap_or_else(|| texts(values.iter().map(|value| value.map(ToString::to_string))))
}

fn texts(values: impl Iterator<Item = Option<String>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

fn counts(values: impl Iterator<Item = u64>) -> ArrayRef {
    Arc::new(values.map(Some).collect::<UInt64Array>())
}

fn batch<const N: usize>(columns: [(&str, ArrayRef); N]) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
        .expect("one value per row in each column")
}
