//! Downloading what a request names and taking it. What cannot have changed and is in the archive is not asked for; of the rest the server is
//! asked whether it has changed since it was read. A run that was killed after archiving is finished from the archive.

use super::payload::{Intake, Taken};
use super::record::Records;
use super::{PayloadSummary, Workplace};
use crate::error::Result;
use crate::lake::raw::Sidecar;
use crate::lake::{Lake, compact, raw};
use crate::metadata::{self, Metadata};
use crate::sources::http::{Fetched, Fetcher, Patience, Validators};
use crate::sources::{Download, Request, Source};
use crate::time::IngestTime;

/// Downloads what is missing or may have changed, and takes it.
///
/// # Errors
/// A download failed after its retries and fallbacks; what came before it stays.
pub async fn download(place: &Workplace<'_>, source: &dyn Source, request: &Request) -> Result<Vec<PayloadSummary>> {
    let today = chrono::DateTime::from_timestamp_micros(IngestTime::now().micros()).unwrap_or_default().date_naive();
    let downloads = source.plan(request, today, place.config)?;
    let fetcher = Fetcher::new(Patience::default())?;
    let lake = Lake::new(place.data)?;
    let intake = Intake { lake: &lake, config: place.config, source };
    let mut records = Records::new(place.data);
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
    let (validators, sidecar) = known.unzip();
    if let (false, Some(sidecar)) = (download.mutable, &sidecar) {
        return intake.take_archived(sidecar.clone()).await;
    }
    let progress = |done, total| place.progress.advance(done, total);
    match (fetcher.fetch(download, validators.as_ref(), &progress).await?, sidecar) {
        (Fetched::Body { payload, validators, warning }, _) => {
            if let Some(warning) = warning {
                place.progress.warn(&warning);
            }
            let checked_at = payload.observed_at;
            let taken = intake.take(*payload).await.map_err(|e| super::in_file(e, &validators.url))?;
            let sha256 = taken.sidecar.sha256.clone();
            let Validators { url, etag, last_modified } = validators;
            metadata.set_validators(&url, &metadata::Validators { etag, last_modified, sha256, checked_at })?;
            Ok(taken)
        }
        (Fetched::Unchanged, Some(sidecar)) => intake.take_archived(sidecar).await,
        (Fetched::Unchanged, None) => {
            Err(crate::error::Error::source(format!("{}: the server says that it has not changed, but was not asked so", download.label)))
        }
    }
}

/// What is known of a download that was made before, from its address or a fallback, and is still in the archive.
async fn find_known(intake: &Intake<'_>, metadata: &Metadata, download: &Download) -> Result<Option<(Validators, Sidecar)>> {
    for url in std::iter::once(&download.url).chain(&download.fallback) {
        let Some(known) = metadata.validators(url)? else { continue };
        if let Some(sidecar) = raw::find(intake.lake, intake.source.name(), &known.sha256).await? {
            return Ok(Some((Validators { url: url.clone(), etag: known.etag, last_modified: known.last_modified }, sidecar)));
        }
    }
    Ok(None)
}
