//! Rebuilding tables from the raw archive: every payload is parsed again and taken in order of `observed_at` into a scratch lake, and each
//! table is then exchanged in one commit. The way out when a payload came too late to be taken in its turn, and when `TABLES` has changed.

use std::collections::HashSet;
use std::sync::Arc;

use super::payload::{Intake, Manner, archived, by_table};
use super::{Progress, Workplace, archive, in_file, record};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::lake::commit::PayloadId;
use crate::lake::raw::Sidecar;
use crate::lake::{Lake, TableLog, compact};
use crate::metadata::{IngestFile, Metadata};
use crate::sources::{Source, edge};
use crate::tables::Table;

/// How often the replay is begun again for payloads that arrived meanwhile.
const ATTEMPTS: usize = 10;

/// What became of one table.
#[derive(Debug, Clone)]
pub struct Rebuilt {
    pub table: &'static Table,
    pub payloads: usize,
    pub rows_before: u64,
    pub rows_after: u64,
    /// What the metadata is to note of its payloads.
    pub files: Vec<IngestFile>,
}

/// Makes tables of a data folder anew, as [`rebuild`] does, and notes their payloads.
///
/// # Errors
/// As [`rebuild`], or the metadata cannot be written.
pub async fn rebuild_tables(place: &Workplace<'_>, sources: &[&dyn Source], tables: &[&'static Table]) -> Result<Vec<Rebuilt>> {
    let lake = Lake::new(place.data)?;
    lake.remove_abandoned_scratch().await?;
    let rebuilt = rebuild(&lake, place.config, sources, tables, place.progress).await?;
    if rebuilt.iter().any(|table| !table.files.is_empty()) {
        Metadata::open(place.data)?.record_ingests(rebuilt.iter().flat_map(|table| table.files.iter().cloned()))?;
    }
    Ok(rebuilt)
}

/// Makes these tables anew from the archived payloads of the sources that feed them. Tables that no source feeds were computed here and have
/// no payloads: they are left as they are.
///
/// # Errors
/// A payload in the archive cannot be read or parsed, the archive lacks one that a table has taken, or the store fails; a table that was
/// not yet exchanged is what it was.
pub async fn rebuild(
    lake: &Lake,
    config: &Config,
    sources: &[&dyn Source],
    tables: &[&'static Table],
    progress: &dyn Progress,
) -> Result<Vec<Rebuilt>> {
    let mut rebuilt: Vec<Rebuilt> = Vec::new();
    let tables: Vec<_> = tables.iter().copied().filter(|table| is_fed(sources, table)).collect();
    for _ in 0..ATTEMPTS {
        let left: Vec<_> = tables.iter().copied().filter(|table| rebuilt.iter().all(|done| done.table.name != table.name)).collect();
        if left.is_empty() {
            return Ok(rebuilt);
        }
        let (scratch, folder) = lake.scratch();
        let replay = Replay { lake, scratch: &scratch, config, sources, progress };
        let done = replay.run(&left, &folder).await;
        lake.remove_scratch(&folder).await;
        rebuilt.extend(done?);
    }
    Err(Error::lake(format!("new payloads kept arriving: gave up after {ATTEMPTS} replays")).hint("rebuild while nothing is ingested"))
}

struct Replay<'a> {
    lake: &'a Lake,
    scratch: &'a Lake,
    config: &'a Config,
    sources: &'a [&'a dyn Source],
    progress: &'a dyn Progress,
}

impl Replay<'_> {
    /// Replays the archive and exchanges each table to which nothing was committed meanwhile.
    async fn run(&self, tables: &[&'static Table], folder: &datafusion::object_store::path::Path) -> Result<Vec<Rebuilt>> {
        // The logs are read before the archive is listed: what a log names is then in the list.
        let mut logs = Vec::new();
        for table in tables {
            logs.push(self.lake.log(table).await);
        }
        let payloads = self.payloads(tables).await?;
        for (table, log) in tables.iter().zip(&logs).filter_map(|(table, log)| Some((table, log.as_ref().ok()?))) {
            ensure_archived(table, log, &payloads)?;
        }
        let mut files = Vec::new();
        for (n, (_, source, sidecar)) in payloads.iter().enumerate() {
            self.progress.advance(n as u64, Some(payloads.len() as u64));
            files.extend(self.replay(*source, sidecar, tables).await.map_err(|e| in_file(e, sidecar.path().as_ref()))?);
            compact::compact_where_many(self.scratch, tables).await?;
        }
        let mut rebuilt = Vec::new();
        for (table, log) in tables.iter().zip(logs) {
            compact::compact(self.scratch, table, 1).await?;
            // A log that cannot be believed is moved away as late as can be: what takes its place is ready.
            let log = match log {
                Ok(log) => log,
                Err(e) => {
                    let now = self.lake.move_table_aside(table).await?;
                    self.progress.warn(&format!("{e}\nthe table's files lie in `{now}` now"));
                    Arc::default()
                }
            };
            if self.lake.replace_with(table, &log, self.scratch, folder).await?.is_some() {
                let new = self.scratch.log(table).await?;
                let rows = |log: &TableLog| log.files().iter().map(|file| file.rows).sum();
                rebuilt.push(Rebuilt {
                    table,
                    payloads: new.payloads().len(),
                    rows_before: rows(&log),
                    rows_after: rows(&new),
                    files: files.iter().filter(|file| file.schema == table.name).cloned().collect(),
                });
            }
        }
        Ok(rebuilt)
    }

    /// Every archived payload of the sources that feed one of the tables, in order.
    async fn payloads(&self, tables: &[&'static Table]) -> Result<Vec<(PayloadId, &dyn Source, Sidecar)>> {
        let mut all = Vec::new();
        for source in self.sources.iter().filter(|source| feeds(**source, tables).next().is_some()) {
            for sidecar in archive::sound(self.lake, *source, self.progress).await? {
                all.push((sidecar.payload_id()?, *source, sidecar));
            }
        }
        all.sort_by(|(a, ..), (b, ..)| a.cmp(b));
        Ok(all)
    }

    /// Takes a payload into the scratch lake, and says what is to be noted of it.
    async fn replay(&self, source: &dyn Source, sidecar: &Sidecar, tables: &[&'static Table]) -> Result<Vec<IngestFile>> {
        let parsed = edge::parse(source, &archived(self.lake, sidecar).await?, self.config)?;
        let batches = by_table(&parsed.batches);
        let intake = Intake { lake: self.scratch, archive: self.lake, config: self.config, source };
        let id = sidecar.payload_id()?;
        let none = Arc::default();
        for table in feeds(source, tables) {
            intake.take_table(table, &id, batches.get(table.name).unwrap_or(&none), &Manner::of(&parsed)).await?;
        }
        record::lines(sidecar, &record::days(source, &batches)?)
    }
}

/// Whether a table is made from payloads, and can be made again from them.
pub fn is_fed(sources: &[&dyn Source], table: &Table) -> bool {
    sources.iter().any(|source| source.tables().iter().any(|fed| fed.name == table.name))
}

/// The tables among these that a source feeds.
fn feeds(source: &dyn Source, tables: &[&'static Table]) -> impl Iterator<Item = &'static Table> {
    let fed = source.tables();
    tables.iter().copied().filter(move |table| fed.iter().any(|fed| fed.name == table.name)).collect::<Vec<_>>().into_iter()
}

/// A rebuild must not lose what cannot be made again.
fn ensure_archived(table: &'static Table, log: &TableLog, payloads: &[(PayloadId, &dyn Source, Sidecar)]) -> Result<()> {
    let archived: HashSet<&str> = payloads.iter().map(|(id, ..)| id.sha256.as_str()).collect();
    let mut lost = log.payloads().keys().filter(|sha256| !archived.contains(sha256.as_str()));
    match lost.next() {
        None => Ok(()),
        Some(sha256) => Err(Error::lake(format!(
            "`{}` has taken {} payloads that are no longer in the raw archive, `{sha256}` among them",
            table.name,
            lost.count() + 1
        ))
        .hint("restore `raw/` from a backup: a rebuild without them would lose their rows")),
    }
}
