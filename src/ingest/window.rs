//! One download after another, for one source: fetched, taken and noted. What cannot have changed and is in the archive is not asked for; of the
//! rest the server is asked whether it has changed since it was read. A run that was killed after archiving is finished from the archive.

use super::payload::{Intake, Taken, archived};
use super::record::Records;
use super::{PayloadSummary, Workplace};
use crate::error::{Error, Result};
use crate::lake::raw::Sidecar;
use crate::lake::{Lake, raw};
use crate::metadata;
use crate::sources::http::{Fetched, Fetcher, Patience, Validators};
use crate::sources::{Download, Source, edge};
use crate::time::IngestTime;

/// Answers that a paged download is followed for: a server that goes on for ever is given up.
const MOST_PAGES: usize = 10_000;

/// What taking the downloads of a source needs.
pub(super) struct Windows<'a> {
    place: &'a Workplace<'a>,
    intake: Intake<'a>,
    fetcher: Fetcher<'a>,
    records: Records<'a>,
}

/// A download that was made before and is still in the archive.
struct Known {
    validators: Validators,
    sidecar: Sidecar,
    /// When the server was last asked for it.
    checked_at: IngestTime,
}

impl<'a> Windows<'a> {
    /// Notes first what a run that was killed did not come to note.
    ///
    /// # Errors
    /// The lake or the metadata cannot be read.
    pub async fn open(place: &'a Workplace<'a>, lake: &'a Lake, source: &'a dyn Source, patience: Patience) -> Result<Self> {
        let fetcher = Fetcher::new(source, place.config, patience)?;
        let intake = Intake { lake, archive: lake, config: place.config, source };
        let mut records = Records::new(place.data);
        records.catch_up(&intake, place.progress).await?;
        Ok(Self { place, intake, fetcher, records })
    }

    /// Takes a download, with all of its pages.
    ///
    /// # Errors
    /// It cannot be had, or is no payload of the source; pages before it stay.
    pub async fn take(&mut self, download: &Download) -> Result<Vec<PayloadSummary>> {
        let mut summaries = Vec::new();
        let mut asked = download.clone();
        for _ in 0..MOST_PAGES {
            self.place.progress.step(&asked.label);
            let Some(taken) = self.take_one(&asked, &mut summaries).await? else { return Ok(summaries) };
            self.records.keep(&taken)?;
            summaries.push(PayloadSummary { name: asked.label.clone(), ..taken.summary });
            if !asked.is_paged {
                return Ok(summaries);
            }
            let payload = archived(self.intake.lake, &taken.sidecar).await?;
            match edge::next(self.intake.source, &asked, &payload)? {
                Some(next) if next.url == asked.url => break,
                Some(next) => asked = next,
                None => return Ok(summaries),
            }
        }
        Err(Error::source(format!("{}: the server's pages do not come to an end", download.label)).in_source(self.intake.source.name()))
    }

    /// `None` where the server has nothing, which is told among the summaries.
    async fn take_one(&mut self, download: &Download, summaries: &mut Vec<PayloadSummary>) -> Result<Option<Taken>> {
        let known = self.find_known(download).await?;
        // A year that was read while it still changed is read once more when it has settled.
        if let Some(Known { sidecar, checked_at, .. }) = &known
            && download.settled_on.is_some_and(|settled| checked_at.date() >= settled)
        {
            return self.intake.take_archived(sidecar.clone()).await.map(Some);
        }
        let progress = |done, total| self.place.progress.advance(done, total);
        let fetched = self.fetcher.fetch(download, known.as_ref().map(|known| &known.validators), &progress).await?;
        let (Fetched::Body { warning, .. } | Fetched::Unchanged { warning } | Fetched::Nothing { warning, .. }) = &fetched;
        if let Some(warning) = warning {
            self.place.progress.warn(warning);
        }
        let (taken, validators, checked_at) = match (fetched, known) {
            (Fetched::Nothing { said, .. }, _) => {
                let kind = format!("nothing there: {said}");
                summaries.push(PayloadSummary { name: download.label.clone(), kind, ..PayloadSummary::default() });
                return Ok(None);
            }
            (Fetched::Body { payload, validators, .. }, _) => {
                let checked_at = payload.observed_at;
                let name = payload.name.clone();
                // What a server sent is named by its address.
                let by_address =
                    |e: Error| if e.place().file.as_ref().is_none_or(|file| *file == name) { e.in_file(&validators.url) } else { e };
                let taken = self.intake.take_now(*payload).await.map_err(by_address)?;
                (taken, validators, checked_at)
            }
            (Fetched::Unchanged { .. }, Some(known)) => {
                (self.intake.take_archived(known.sidecar).await?, known.validators, IngestTime::now())
            }
            (Fetched::Unchanged { .. }, None) => {
                return Err(Error::source(format!("{}: the server says that it has not changed, but was not asked so", download.label)));
            }
        };
        let Validators { url, etag, last_modified } = validators;
        let sha256 = taken.sidecar.sha256.clone();
        self.records.metadata()?.set_validators(&url, &metadata::Validators { etag, last_modified, sha256, checked_at })?;
        Ok(Some(taken))
    }

    /// What is known of a download, from its address or a fallback.
    async fn find_known(&mut self, download: &Download) -> Result<Option<Known>> {
        for url in std::iter::once(&download.url).chain(&download.fallback) {
            let Some(known) = self.records.metadata()?.validators(url)? else { continue };
            // One that is broken is asked for again, and puts the archive right.
            if let Some(sidecar) = raw::find_whole(self.intake.lake, self.intake.source.name(), &known.sha256).await? {
                let validators = Validators { url: url.clone(), etag: known.etag, last_modified: known.last_modified };
                return Ok(Some(Known { validators, sidecar, checked_at: known.checked_at }));
            }
        }
        Ok(None)
    }
}
