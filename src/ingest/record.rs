//! The audit of what was ingested: `ingest_files` in the metadata, written after a payload's last commit. It says nothing that the archive
//! and the logs do not say, so losing it loses nothing: what a killed run did not note, the next one does.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use chrono::NaiveDate;
use datafusion::arrow::array::RecordBatch;

use super::Progress;
use super::payload::{Intake, Taken, archived, by_table};
use crate::error::Result;
use crate::lake::raw::{self, Sidecar};
use crate::lake::rows::Extent;
use crate::metadata::{IngestFile, Metadata};
use crate::sources::{Source, edge};
use crate::tables::Table;

/// A table, with the first and last day of a payload's rows in it.
pub(super) type Days = Vec<(&'static Table, Option<(NaiveDate, NaiveDate)>)>;

/// The tables that a payload has rows for; every table of its source, without days, where it has none at all.
pub(super) fn days(source: &dyn Source, batches: &HashMap<&'static str, Arc<Vec<RecordBatch>>>) -> Result<Days> {
    let fed = source.tables().iter().copied();
    if batches.is_empty() {
        return Ok(fed.map(|table| (table, None)).collect());
    }
    let with_rows = fed.filter_map(|table| Some((table, batches.get(table.name)?)));
    with_rows.map(|(table, rows)| Ok((table, Extent::of(table, rows)?.and_then(|extent| extent.days(table))))).collect()
}

/// The lines of `ingest_files` for a payload.
pub(super) fn lines(sidecar: &Sidecar, days: &Days) -> Result<Vec<IngestFile>> {
    let observed_at = sidecar.observed_at()?;
    let line = |(table, days): &(&'static Table, Option<(NaiveDate, NaiveDate)>)| IngestFile {
        path: sidecar.path().to_string(),
        dataset: sidecar.source.clone(),
        schema: table.name.to_string(),
        start_date: days.map(|(first, _)| first),
        end_date: days.map(|(_, last)| last),
        ingested_at: observed_at,
        sha256: sidecar.sha256.clone(),
        observed_at,
    };
    Ok(days.iter().map(line).collect())
}

/// The metadata of a data folder, opened when there is something to note.
pub(super) struct Records<'a> {
    data: &'a Path,
    metadata: Option<Metadata>,
}

impl<'a> Records<'a> {
    pub fn new(data: &'a Path) -> Self {
        Self { data, metadata: None }
    }

    pub fn metadata(&mut self) -> Result<&Metadata> {
        Ok(match &mut self.metadata {
            Some(open) => open,
            closed => closed.insert(Metadata::open(self.data)?),
        })
    }

    /// Notes a payload that was taken.
    pub fn keep(&mut self, taken: &Taken) -> Result<()> {
        if taken.days.is_empty() {
            return Ok(());
        }
        self.metadata()?.record_ingests(lines(&taken.sidecar, &taken.days)?)
    }

    /// Notes what every table's log has taken and no run has noted, reading those payloads again.
    pub async fn catch_up(&mut self, intake: &Intake<'_>, progress: &dyn Progress) -> Result<()> {
        let logs = intake.logs().await?;
        let Some((_, first)) = logs.first().filter(|(_, log)| !log.payloads().is_empty()) else { return Ok(()) };
        let noted = self.metadata()?.ingested_payloads()?;
        let in_all = |sha256: &str| logs.iter().all(|(_, log)| log.payloads().contains_key(sha256));
        for sha256 in first.payloads().keys().filter(|sha256| !noted.contains(*sha256) && in_all(sha256)) {
            // One of another source is noted by that one.
            let Some(sidecar) = raw::find(intake.lake, intake.source.name(), sha256).await? else { continue };
            let days = match archived(intake.lake, &sidecar).await.and_then(|payload| edge::parse(intake.source, &payload, intake.config)) {
                Ok(parsed) => days(intake.source, &by_table(&parsed.batches))?,
                Err(e) => {
                    progress.warn(&format!("`{}` cannot be noted in `meta.ingest_files`: {}", sidecar.path(), e.message()));
                    continue;
                }
            };
            self.metadata()?.record_ingests(lines(&sidecar, &days)?)?;
        }
        Ok(())
    }
}
