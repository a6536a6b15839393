//! From payloads to committed rows: archive, parse, compare with what is known, quarantine, commit, record.

use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::error::Result;
use crate::sources::{Request, Source};
use crate::time::IngestTime;

/// Everything that an ingest needs to stand on.
pub struct Workplace<'a> {
    pub data: &'a Path,
    pub config: &'a Config,
    /// Told of each step; the edge draws it (bar or lines).
    pub progress: &'a dyn Progress,
}

/// What an ingest reports while it runs.
pub trait Progress: Send + Sync {
    fn step(&self, label: &str);
    /// Bytes or items done out of a total that may be unknown.
    fn advance(&self, done: u64, total: Option<u64>);
    fn warn(&self, warning: &str);
}

/// What became of one payload.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PayloadSummary {
    pub name: String,
    pub kind: String,
    /// The payload was complete in the lake before: nothing was read again.
    pub already: bool,
    pub rows_read: usize,
    /// Rows of lake tables.
    pub new: usize,
    pub repeated: usize,
    pub revised: usize,
    /// Rows of the file.
    pub quarantined: usize,
    pub warnings: Vec<String>,
}

/// Takes local files, in order of `observed_at` (`None`: now).
///
/// # Errors
/// A file cannot be read or is no payload of this source; nothing of that file was committed.
pub async fn files(
    place: &Workplace<'_>,
    source: &dyn Source,
    files: &[PathBuf],
    observed_at: Option<IngestTime>,
) -> Result<Vec<PayloadSummary>> {
    let _ = (place, source, files, observed_at);
    Ok(Vec::new())
}

/// Downloads what is missing or may have changed, and takes it.
///
/// # Errors
/// A download failed after its retries and fallbacks; what came before it stays.
pub async fn download(place: &Workplace<'_>, source: &dyn Source, request: &Request) -> Result<Vec<PayloadSummary>> {
    let _ = (place, source, request);
    Ok(Vec::new())
}
