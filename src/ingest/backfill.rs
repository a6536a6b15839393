//! Many sources at once: each one's windows one after another at its own pace, the sources side by side. A window that is done is noted at
//! once, so that a run that was killed is gone on with; a window or a source that fails stops no other.
//!
//! It is what `backfill` does for years and `update` for what has come out: both say what they want of each source as an [`Errand`].

use std::time::Instant;

use futures::StreamExt;
use futures::stream;

use super::fred::{Taking, Wanted};
use super::window::Windows;
use super::{PayloadSummary, Progress, Workplace};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::lake::{Lake, compact};
use crate::metadata::{IngestRun, Metadata};
use crate::sources::fred::SeriesId;
use crate::sources::fred::remote::Remote;
use crate::sources::http::Patience;
use crate::sources::{Download, Reach, Request, Source};
use crate::time::IngestTime;

/// So many windows that fail one after another end the work on a source: its server is down.
const FAILURES_IN_A_ROW: usize = 3;
/// How long a window that may still change counts as done.
const DONE_FOR_MICROS: i64 = 24 * 3600 * 1_000_000;

/// What is wanted of a source.
#[derive(Clone)]
pub struct Errand {
    pub source: &'static dyn Source,
    pub request: Request,
}

/// The work of an errand.
pub struct Job {
    pub source: &'static dyn Source,
    pub work: Work,
}

/// The windows, or why there are none.
pub enum Work {
    Downloads(Vec<Download>),
    Series(Wanted),
    Impossible(Error),
}

impl Job {
    /// What an errand comes to on this day. Pure.
    pub fn plan(errand: &Errand, today: chrono::NaiveDate, config: &Config) -> Self {
        let Errand { source, request } = errand;
        let work = match source.reach() {
            Reach::Windows => source.plan(request, today, config).map(Work::Downloads),
            Reach::Series => series(request, config).map(Work::Series),
            Reach::Paid => Err(Error::usage(format!("`{}` costs money", source.name()))
                .hint(format!("buy what you want with `contango ingest {}`, which tells the price first", source.name()))),
            Reach::Files => Err(Error::usage(format!("`{}` has no server", source.name()))
                .hint(format!("take files with `contango ingest {} --file`", source.name()))),
        };
        Self { source: *source, work: work.unwrap_or_else(Work::Impossible) }
    }

    /// What is asked for, window by window.
    pub fn labels(&self) -> Vec<String> {
        match &self.work {
            Work::Downloads(downloads) => downloads.iter().map(|download| download.label.clone()).collect(),
            Work::Series(wanted) => wanted.series.iter().map(|id| format!("{id} every vintage that is missing")).collect(),
            Work::Impossible(_) => Vec::new(),
        }
    }
}

fn series(request: &Request, config: &Config) -> Result<Wanted> {
    let chosen = request.chosen("series");
    let series = match chosen.is_empty() {
        true => config.series_of(crate::sources::fred::NAME).map(|series| SeriesId::new(&series.id)).collect::<Result<_>>()?,
        false => chosen.iter().map(|id| SeriesId::new(id)).collect::<Result<_>>()?,
    };
    Ok(Wanted { series, from: request.from, to: request.to })
}

/// What became of a source.
#[derive(Debug)]
pub struct Outcome {
    pub source: &'static str,
    pub windows: usize,
    /// Windows that were done by a run before, which this one goes on with.
    pub skipped: usize,
    pub failures: Vec<(String, Error)>,
    /// Windows that were not tried, since the source was given up.
    pub untried: usize,
    pub rows: usize,
    pub new: usize,
    pub revised: usize,
    pub rejected: usize,
    pub warnings: Vec<String>,
    pub seconds: f64,
}

impl Outcome {
    fn new(source: &'static str, windows: usize) -> Self {
        let (failures, warnings) = (Vec::new(), Vec::new());
        Self { source, windows, skipped: 0, failures, untried: 0, rows: 0, new: 0, revised: 0, rejected: 0, warnings, seconds: 0.0 }
    }
    /// Windows that could not be had.
    pub fn missing(&self) -> usize {
        self.untried + self.failures.len()
    }
    fn count(&mut self, summaries: Vec<PayloadSummary>) {
        for summary in summaries {
            self.rows += summary.rows_read;
            self.new += summary.new;
            self.revised += summary.revised;
            self.rejected += summary.quarantined;
            self.warnings.extend(summary.warnings.into_iter().map(|warning| format!("{}: {warning}", summary.name)));
        }
    }
    fn run(&self) -> IngestRun {
        IngestRun {
            windows: self.windows,
            failed: self.missing(),
            rows: self.rows,
            new: self.new,
            revised: self.revised,
            rejected: self.rejected,
            error: self.failures.first().map(|(label, error)| format!("{label}: {}", error.message())),
        }
    }
}

/// Told how far the work is.
pub trait Watch: Send + Sync {
    /// So many windows in all.
    fn begin(&self, windows: usize);
    /// A window of a source is being asked for.
    fn asking(&self, source: &str, label: &str);
    /// So many windows more are over.
    fn over(&self, windows: usize);
    fn warn(&self, warning: &str);
}

/// How the work is done.
pub struct Manner<'a> {
    /// What the run is noted as: backfill or update.
    pub command: &'static str,
    /// Sources at once.
    pub jobs: usize,
    pub patience: Patience,
    /// FRED's server, or why it cannot be asked.
    pub fred: &'a Result<Remote>,
    /// Goes on where a run of the same command was killed.
    pub resumes: bool,
}

/// Does the work of all sources; the outcomes are in the order of the jobs.
///
/// # Errors
/// The lake cannot be reached at all; what goes wrong with one source stands in its outcome.
pub async fn work(place: &Workplace<'_>, jobs: Vec<Job>, manner: &Manner<'_>, watch: &dyn Watch) -> Result<Vec<Outcome>> {
    let lake = Lake::new(place.data)?;
    watch.begin(jobs.iter().map(|job| job.labels().len()).sum());
    let sources = jobs.iter().map(|job| job.source).collect::<Vec<_>>();
    let each = jobs.into_iter().enumerate().map(|(at, job)| {
        let lake = &lake;
        async move {
            let progress = Told { source: job.source.name(), watch };
            let place = Workplace { data: place.data, config: place.config, progress: &progress };
            (at, errand(&place, lake, &job, manner, watch).await)
        }
    });
    let mut outcomes: Vec<(usize, Outcome)> = stream::iter(each).buffer_unordered(manner.jobs.max(1)).collect().await;
    outcomes.sort_by_key(|(at, _)| *at);
    for source in sources {
        compact::compact_where_many(&lake, source.tables()).await?;
    }
    Ok(outcomes.into_iter().map(|(_, outcome)| outcome).collect())
}

async fn errand(place: &Workplace<'_>, lake: &Lake, job: &Job, manner: &Manner<'_>, watch: &dyn Watch) -> Outcome {
    let started = Instant::now();
    let mut outcome = Outcome::new(job.source.name(), job.labels().len());
    let whole = match &job.work {
        Work::Impossible(error) => {
            outcome.failures.push((job.source.name().to_string(), error.clone()));
            Ok(())
        }
        Work::Downloads(downloads) => windows(place, lake, job.source, downloads, manner, watch, &mut outcome).await,
        Work::Series(wanted) => every_series(place, lake, wanted, manner, watch, &mut outcome).await,
    };
    if let Err(error) = whole {
        outcome.failures.push((job.source.name().to_string(), error));
    }
    outcome.seconds = started.elapsed().as_secs_f64();
    outcome
}

async fn windows(
    place: &Workplace<'_>,
    lake: &Lake,
    source: &'static dyn Source,
    downloads: &[Download],
    manner: &Manner<'_>,
    watch: &dyn Watch,
    outcome: &mut Outcome,
) -> Result<()> {
    let metadata = Metadata::open(place.data)?;
    let number = metadata.start_ingest(manner.command, source.name())?;
    let done = if manner.resumes { metadata.windows(source.name())? } else { Default::default() };
    let now = IngestTime::now();
    let holds = |download: &Download| {
        done.get(&download.url).is_some_and(|at| {
            let is_settled = download.settled_on.is_some_and(|settled| at.date() >= settled);
            is_settled || now.micros() - at.micros() < DONE_FOR_MICROS
        })
    };
    let mut windows = Windows::open(place, lake, source, manner.patience).await?;
    let mut in_a_row = 0;
    for (at, download) in downloads.iter().enumerate() {
        if holds(download) {
            outcome.skipped += 1;
            watch.over(1);
            continue;
        }
        match windows.take(download).await {
            Ok(summaries) => {
                in_a_row = 0;
                outcome.count(summaries);
                if manner.resumes {
                    metadata.keep_window(source.name(), &download.url, &download.label)?;
                }
            }
            Err(error) => {
                in_a_row += 1;
                watch.warn(&format!("{}: {}: {}", source.name(), download.label, error.message()));
                outcome.failures.push((download.label.clone(), error));
            }
        }
        watch.over(1);
        if in_a_row == FAILURES_IN_A_ROW {
            outcome.untried = downloads.len() - at - 1;
            watch.over(outcome.untried);
            break;
        }
    }
    if manner.resumes && outcome.missing() == 0 {
        metadata.forget_windows(source.name())?;
    }
    metadata.finish_ingest(number, &outcome.run())
}

async fn every_series(
    place: &Workplace<'_>,
    lake: &Lake,
    wanted: &Wanted,
    manner: &Manner<'_>,
    watch: &dyn Watch,
    outcome: &mut Outcome,
) -> Result<()> {
    let remote = match manner.fred {
        Ok(remote) => remote,
        Err(error) => {
            watch.over(wanted.series.len());
            outcome.untried = wanted.series.len() - 1;
            outcome.failures.push(("the key".to_string(), error.clone()));
            return Ok(());
        }
    };
    let metadata = Metadata::open(place.data)?;
    let number = metadata.start_ingest(manner.command, crate::sources::fred::NAME)?;
    let mut taking = Taking::open(place, lake, remote).await?;
    let mut in_a_row = 0;
    for (at, id) in wanted.series.iter().enumerate() {
        match taking.series(id, wanted).await {
            Ok(()) => in_a_row = 0,
            Err(error) => {
                in_a_row += 1;
                watch.warn(&format!("{}: {id}: {}", crate::sources::fred::NAME, error.message()));
                outcome.failures.push((id.to_string(), error));
            }
        }
        outcome.count(taking.told());
        watch.over(1);
        if in_a_row == FAILURES_IN_A_ROW {
            outcome.untried = wanted.series.len() - at - 1;
            watch.over(outcome.untried);
            break;
        }
    }
    metadata.finish_ingest(number, &outcome.run())
}

/// What one source reports, said of it among the others.
struct Told<'a> {
    source: &'static str,
    watch: &'a dyn Watch,
}

impl Progress for Told<'_> {
    fn step(&self, label: &str) {
        self.watch.asking(self.source, label);
    }
    fn advance(&self, _: u64, _: Option<u64>) {}
    fn warn(&self, warning: &str) {
        self.watch.warn(&format!("{}: {warning}", self.source));
    }
}
