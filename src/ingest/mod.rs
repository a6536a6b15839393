//! From payloads to committed rows: archive, parse, compare with what is known, quarantine, commit, record.

/// Files of whatever source.
pub mod any;
mod archive;
/// Many sources at once, window by window.
pub mod backfill;
/// Rows that were computed here, into tables that no source feeds.
pub mod derived;
/// What is new, what repeats, what revises.
pub mod diff;
mod download;
mod evidence;
mod fred;
mod lock;
mod observed;
mod payload;
mod pieces;
mod purchase;
mod rebuild;
mod record;
mod replay;
mod states;
mod untouched;
mod verify;
mod vintage;
mod window;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod laws_store;
#[cfg(test)]
mod stamped_laws;

use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::error::{Error, Result, system_words};
use crate::lake::{Lake, compact};
use crate::sources::{Payload, Source};
use crate::time::IngestTime;
pub use download::download;
pub use fred::{Wanted, fred};
pub use lock::Lock;
pub use observed::correct_observed;
use payload::Intake;
pub use purchase::{Line, Order, Purchase, purchase};
pub use rebuild::{Rebuilt, is_fed, rebuild, rebuild_tables};
use record::Records;
pub use verify::verify_all;

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

/// Takes local files as [`each_file`] does; the first that cannot be taken is the error.
///
/// # Errors
/// A file cannot be read or is no payload of this source; nothing of that file was committed.
pub async fn files(
    place: &Workplace<'_>,
    source: &dyn Source,
    files: &[PathBuf],
    observed_at: Option<IngestTime>,
    hint: Option<&str>,
) -> Result<Vec<PayloadSummary>> {
    let (summaries, failed) = each_file(place, source, files, observed_at, hint).await?;
    failed.into_iter().next().map_or(Ok(summaries), Err)
}

/// Takes local files, in order of `observed_at` (`None`: now). The hint says of all of them what their content does not. One that cannot be
/// taken stops no other: what was taken, and why others were not.
///
/// # Errors
/// The data folder cannot be written.
pub async fn each_file(
    place: &Workplace<'_>,
    source: &dyn Source,
    files: &[PathBuf],
    observed_at: Option<IngestTime>,
    hint: Option<&str>,
) -> Result<(Vec<PayloadSummary>, Vec<Error>)> {
    if let Some(at) = observed_at {
        ensure_not_in_future(at)?;
    }
    let lake = Lake::new(place.data)?;
    let intake = Intake { lake: &lake, archive: &lake, config: place.config, source };
    let mut files = files.to_vec();
    if observed_at.is_some() {
        // Seen at one moment: a replay goes by content then.
        files.sort_by_cached_key(|path| std::fs::read(path).map(|bytes| intake.id_of(&bytes, hint)).unwrap_or_default());
    }
    let mut records = Records::new(place.data);
    records.catch_up(&intake, place.progress).await?;
    let (mut summaries, mut failed) = (Vec::new(), Vec::new());
    let mut last = IngestTime::from_micros(i64::MIN);
    for path in &files {
        let name = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
        place.progress.step(&name);
        let origin = path.display().to_string();
        let bytes = match tokio::fs::read(path).await {
            Ok(bytes) => bytes.into(),
            Err(e) => {
                failed.push(Error::usage(format!("cannot read the file: {}", system_words(&e))).in_file(origin));
                continue;
            }
        };
        // Without a word on it they were seen one after the other.
        last = IngestTime::from_micros(IngestTime::now().micros().max(last.micros().saturating_add(1)));
        let payload = Payload { name, bytes, observed_at: observed_at.unwrap_or(last), origin, hint: hint.map(str::to_string) };
        match one(&intake, &mut records, payload, observed_at.is_some()).await {
            Ok(summary) => summaries.push(summary),
            Err(error) => failed.push(error),
        }
    }
    compact::compact_where_many(&lake, source.tables()).await?;
    Ok((summaries, failed))
}

/// Takes payloads of one source; `is_given`: when they were seen was said and is not now.
///
/// # Errors
/// As [`files`].
async fn payloads(place: &Workplace<'_>, source: &dyn Source, payloads: Vec<Payload>, is_given: bool) -> Result<Vec<PayloadSummary>> {
    for payload in payloads.iter().filter(|_| is_given) {
        ensure_not_in_future(payload.observed_at)?;
    }
    let lake = Lake::new(place.data)?;
    let intake = Intake { lake: &lake, archive: &lake, config: place.config, source };
    let mut records = Records::new(place.data);
    records.catch_up(&intake, place.progress).await?;
    let mut summaries = Vec::new();
    for payload in payloads {
        place.progress.step(&payload.name);
        summaries.push(one(&intake, &mut records, payload, is_given).await?);
    }
    compact::compact_where_many(&lake, source.tables()).await?;
    Ok(summaries)
}

/// # Errors
/// The instant has not come yet.
fn ensure_not_in_future(observed_at: IngestTime) -> Result<()> {
    match observed_at > IngestTime::now() {
        true => Err(Error::usage(format!("no payload can have been seen at {observed_at}, which has not come yet"))
            .hint("say when it was downloaded, or leave it out: without a word on it that is now")),
        false => Ok(()),
    }
}

async fn one(intake: &Intake<'_>, records: &mut Records<'_>, payload: Payload, is_given: bool) -> Result<PayloadSummary> {
    let (given, origin) = (payload.observed_at, payload.origin.clone());
    let taken = if is_given { intake.take(payload).await } else { intake.take_now(payload).await };
    let mut taken = taken.map_err(|e| in_file(e, &origin))?;
    let kept = taken.sidecar.observed_at()?;
    if is_given && given != kept {
        taken.summary.warnings.push(format!("this content was first seen at {kept}, which stays"));
    }
    records.keep(&taken)?;
    Ok(taken.summary)
}

/// Takes one payload into a lake, wherever it is stored, and leaves the metadata alone.
///
/// # Errors
/// It is no payload of this source, it is out of order, or the store fails; taking it again goes on where this stopped.
pub async fn take(lake: &Lake, config: &Config, source: &dyn Source, payload: Payload) -> Result<PayloadSummary> {
    Ok(Intake { lake, archive: lake, config, source }.take(payload).await?.summary)
}

/// Names the file that an error is about, where the error does not name one.
fn in_file(error: Error, name: &str) -> Error {
    if error.place().file.is_some() { error } else { error.in_file(name) }
}
