//! Downloading what a request names and taking it. What cannot have changed and is in the archive is not asked for; of the rest the server is
//! asked whether it has changed since it was read. A run that was killed after archiving is finished from the archive.

use chrono::{DateTime, NaiveDate};

use super::payload::{Intake, Taken};
use super::record::Records;
use super::{PayloadSummary, Workplace};
use crate::error::{Error, Result};
use crate::lake::raw::Sidecar;
use crate::lake::{Lake, compact, raw};
use crate::metadata::{self, Metadata};
use crate::sources::http::{Fetched, Fetcher, Patience, Validators};
use crate::sources::{Download, Request, Source};
use crate::time::IngestTime;

/// Downloads what is missing or may have changed, and takes it; `patience` is what servers are given.
///
/// # Errors
/// A download failed after its retries and fallbacks; what came before it stays.
pub async fn download(place: &Workplace<'_>, source: &dyn Source, request: &Request, patience: Patience) -> Result<Vec<PayloadSummary>> {
    let downloads = source.plan(request, day(IngestTime::now()), place.config)?;
    let fetcher = Fetcher::new(patience)?;
    let lake = Lake::new(place.data)?;
    let intake = Intake { lake: &lake, config: place.config, source };
    let mut records = Records::new(place.data);
    records.catch_up(&intake, place.progress).await?;
    let mut summaries = Vec::new();
    for download in &downloads {
        place.progress.step(&download.label);
        let taken = take_download(place, &intake, &fetcher, records.metadata()?, download).await?;
        records.keep(&taken)?;
        summaries.push(PayloadSummary { name: download.label.clone(), ..taken.summary });
    }
    compact::compact_where_many(&lake, source.tables()).await?;
    Ok(summaries)
}

async fn take_download(
    place: &Workplace<'_>,
    intake: &Intake<'_>,
    fetcher: &Fetcher,
    metadata: &Metadata,
    download: &Download,
) -> Result<Taken> {
    let known = find_known(intake, metadata, download).await?;
    // A year that was read while it still changed is read once more when it has settled.
    if let Some(Known { sidecar, checked_at, .. }) = &known
        && download.settled_on.is_some_and(|settled| day(*checked_at) >= settled)
    {
        return intake.take_archived(sidecar.clone()).await;
    }
    let progress = |done, total| place.progress.advance(done, total);
    let fetched = fetcher.fetch(download, known.as_ref().map(|known| &known.validators), &progress).await?;
    let (Fetched::Body { warning, .. } | Fetched::Unchanged { warning }) = &fetched;
    if let Some(warning) = warning {
        place.progress.warn(warning);
    }
    let (taken, validators, checked_at) = match (fetched, known) {
        (Fetched::Body { payload, validators, .. }, _) => {
            let checked_at = payload.observed_at;
            let name = payload.name.clone();
            // What a server sent is named by its address.
            let by_address =
                |e: Error| if e.place().file.as_ref().is_none_or(|file| *file == name) { e.in_file(&validators.url) } else { e };
            let taken = intake.take(*payload).await.map_err(by_address)?;
            (taken, validators, checked_at)
        }
        (Fetched::Unchanged { .. }, Some(known)) => (intake.take_archived(known.sidecar).await?, known.validators, IngestTime::now()),
        (Fetched::Unchanged { .. }, None) => {
            return Err(Error::source(format!("{}: the server says that it has not changed, but was not asked so", download.label)));
        }
    };
    let Validators { url, etag, last_modified } = validators;
    let sha256 = taken.sidecar.sha256.clone();
    metadata.set_validators(&url, &metadata::Validators { etag, last_modified, sha256, checked_at })?;
    Ok(taken)
}

/// A download that was made before and is still in the archive.
struct Known {
    validators: Validators,
    sidecar: Sidecar,
    /// When the server was last asked for it.
    checked_at: IngestTime,
}

/// What is known of a download, from its address or a fallback.
async fn find_known(intake: &Intake<'_>, metadata: &Metadata, download: &Download) -> Result<Option<Known>> {
    for url in std::iter::once(&download.url).chain(&download.fallback) {
        let Some(known) = metadata.validators(url)? else { continue };
        if let Some(sidecar) = raw::find(intake.lake, intake.source.name(), &known.sha256).await? {
            let validators = Validators { url: url.clone(), etag: known.etag, last_modified: known.last_modified };
            return Ok(Some(Known { validators, sidecar, checked_at: known.checked_at }));
        }
    }
    Ok(None)
}

fn day(at: IngestTime) -> NaiveDate {
    DateTime::from_timestamp_micros(at.micros()).unwrap_or_default().date_naive()
}
