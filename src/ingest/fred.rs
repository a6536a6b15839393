//! Asking FRED for the vintages that the archive does not have, and taking them. What the archive covers is not asked for again, so a second
//! run asks from the last vintage of the first on; a run that was killed after archiving is finished from the archive. A series that the
//! provider keeps no vintages of is taken as it stands today.

use chrono::NaiveDate;

use super::archive;
use super::payload::Intake;
use super::record::Records;
use super::{PayloadSummary, Workplace, in_file};
use crate::error::Result;
use crate::lake::{Lake, compact, raw};
use crate::sources::fred::remote::{Ask, Remote, Vintages};
use crate::sources::fred::windows::{Cover, Covered, MOST_VINTAGES, Window};
use crate::sources::fred::{Fred, Hint, SeriesId};
use crate::sources::{Payload, Source};
use crate::time::IngestTime;

/// What a user wants to have.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub series: Vec<SeriesId>,
    /// First and last day of the vintages, inclusive; `None` is as far as they go.
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
}

/// Downloads the vintages that are missing, and takes them.
///
/// # Errors
/// The server refuses or cannot be reached; what was taken before stays.
pub async fn fred(place: &Workplace<'_>, wanted: &Wanted, remote: &Remote) -> Result<Vec<PayloadSummary>> {
    let lake = Lake::new(place.data)?;
    let mut taking = Taking::open(place, &lake, remote).await?;
    for id in &wanted.series {
        taking.series(id, wanted).await?;
    }
    let summaries = taking.told();
    compact::compact_where_many(&lake, Fred.tables()).await?;
    Ok(summaries)
}

/// A run that takes answers, and what became of them.
pub(super) struct Taking<'a> {
    place: &'a Workplace<'a>,
    intake: Intake<'a>,
    records: Records<'a>,
    remote: &'a Remote,
    covers: Vec<Cover>,
    summaries: Vec<PayloadSummary>,
}

impl<'a> Taking<'a> {
    /// Looks at what the archive covers, and finishes what an earlier run left.
    ///
    /// # Errors
    /// The lake or the metadata cannot be read.
    pub async fn open(place: &'a Workplace<'a>, lake: &'a Lake, remote: &'a Remote) -> Result<Self> {
        let intake = Intake { lake, archive: lake, config: place.config, source: &Fred };
        let archived = archive::sound(lake, &Fred, place.progress).await?;
        let covers = archived.iter().filter_map(|sidecar| Cover::parse(sidecar.covers.as_deref()?)).collect();
        let mut taking = Self { place, intake, records: Records::new(place.data), remote, covers, summaries: Vec::new() };
        taking.finish(&archived).await?;
        Ok(taking)
    }

    /// What became of the payloads since it was last told.
    pub fn told(&mut self) -> Vec<PayloadSummary> {
        std::mem::take(&mut self.summaries)
    }

    /// Takes the vintages of a series that are missing.
    ///
    /// # Errors
    /// The server refuses or cannot be reached; what was taken before stays.
    pub async fn series(&mut self, id: &SeriesId, wanted: &Wanted) -> Result<()> {
        self.place.progress.step(id.as_str());
        let covered = Covered::of(id, &self.covers);
        match self.remote.vintages(id, covered.until(), self.place.config).await? {
            Vintages::Dates(vintages) => {
                let windows = covered.missing(&vintages, wanted.from, wanted.to, MOST_VINTAGES);
                if windows.is_empty() {
                    self.summaries.push(PayloadSummary {
                        name: id.to_string(),
                        kind: "no vintage is missing".to_string(),
                        already: true,
                        ..PayloadSummary::default()
                    });
                }
                for window in windows {
                    self.answer(id, Some(window)).await?;
                }
            }
            Vintages::None { said } => {
                self.place
                    .progress
                    .warn(&format!("{id}: the provider has no vintages of it ({said}): taken as it stands today, and as known today"));
                self.answer(id, None).await?;
            }
        }
        Ok(())
    }

    /// Takes what an earlier run archived and did not come to commit.
    async fn finish(&mut self, archived: &[raw::Sidecar]) -> Result<()> {
        self.records.catch_up(&self.intake, self.place.progress).await?;
        let logs = self.intake.logs().await?;
        for sidecar in archived.iter().filter(|sidecar| logs.iter().any(|(_, log)| !log.payloads().contains_key(&sidecar.sha256))) {
            let taken = self.intake.take_archived(sidecar.clone()).await?;
            self.records.keep(&taken)?;
            self.summaries.push(taken.summary);
        }
        Ok(())
    }

    /// Takes every page of an answer.
    async fn answer(&mut self, series: &SeriesId, window: Option<Window>) -> Result<()> {
        let mut offset = 0;
        loop {
            let ask = Ask { series: series.clone(), window, offset };
            self.place.progress.step(&ask.label());
            let page = self.remote.page(&ask, self.place.config).await?;
            offset += page.rows;
            self.place.progress.advance(offset, Some(page.count));
            let payload = Payload {
                name: ask.file_name(),
                bytes: page.bytes,
                observed_at: IngestTime::now(),
                origin: self.remote.origin(&ask),
                hint: Some(Hint { series: series.clone(), continues: window.is_some_and(|window| window.continues) }.to_string()),
            };
            let taken = self.intake.take_now(payload).await.map_err(|e| self.remote.masked(in_file(e, &ask.label())))?;
            self.records.keep(&taken)?;
            self.summaries.push(PayloadSummary { name: ask.label(), ..taken.summary });
            if page.rows == 0 || offset >= page.count {
                return Ok(());
            }
        }
    }
}
