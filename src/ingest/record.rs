//! The audit of what was ingested: `ingest_files` in the metadata, written after a payload's last commit. It says nothing that the archive
//! and the logs do not say, so losing it loses nothing.

use std::path::Path;

use super::payload::Taken;
use crate::error::Result;
use crate::metadata::{IngestFile, Metadata};

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

    /// Notes a payload, once for each table that it has rows for.
    pub fn keep(&mut self, taken: &Taken) -> Result<()> {
        let observed_at = taken.sidecar.observed_at()?;
        for (table, days) in &taken.days {
            self.metadata()?.record_ingest(&IngestFile {
                path: taken.sidecar.path().to_string(),
                dataset: taken.sidecar.source.clone(),
                schema: table.name.to_string(),
                start_date: days.map(|(first, _)| first),
                end_date: days.map(|(_, last)| last),
                ingested_at: observed_at,
                sha256: taken.sidecar.sha256.clone(),
                observed_at,
            })?;
        }
        Ok(())
    }
}
