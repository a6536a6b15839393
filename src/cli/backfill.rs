//! `contango backfill`: years of every source, gone on with where it was stopped.

use chrono::NaiveDate;
use clap::Args;

use super::global::Context;
use super::progress::Overall;
use super::round::{self, Round};
use super::{Exit, help};
use crate::error::{Error, Result};
use crate::ingest::backfill::{Errand, Job, Work};
use crate::ingest::{self, Lock, Workplace};
use crate::metadata::Metadata;
use crate::script::Stop;
use crate::sources::{Reach, Request, SOURCES, Source};
use crate::time::IngestTime;

/// Sources at once, if nobody says how many.
const JOBS: u8 = 4;

/// Download years of every source; goes on where it was stopped
#[derive(Args)]
#[command(after_help = help::BACKFILL)]
pub struct Backfill {
    /// Only these sources [default: all that have a server and cost nothing]
    #[arg(value_name = "SOURCE")]
    sources: Vec<String>,
    /// First day wanted, if not the first of all
    #[arg(long, value_name = "DATE")]
    since: Option<NaiveDate>,
    /// Sources at once
    #[arg(long, value_name = "N", default_value_t = JOBS, value_parser = clap::value_parser!(u8).range(1..))]
    jobs: u8,
    /// Show what would be asked for, and ask nothing
    #[arg(long)]
    dry_run: bool,
}

impl Backfill {
    pub async fn run(self, context: &Context) -> Result<Exit, Stop> {
        context.ensure_no_clock("backfill")?;
        let request = Request { choices: Vec::new(), from: self.since, to: None };
        let errands = sources(&self.sources)?.into_iter().map(|source| Errand { source, request: request.clone() });
        let today = IngestTime::now().date();
        let jobs: Vec<Job> = errands.map(|errand| Job::plan(&errand, today, &context.config)).collect();
        if self.dry_run {
            return show_plan(context, &jobs);
        }
        let _lock = Lock::take(&context.data, "backfill")?;
        let fred = round::fred(context);
        let watch = Overall::new(context.messages, context.is_quiet);
        let place = Workplace { data: &context.data, config: &context.config, progress: &watch };
        let manner = round::manner("backfill", self.jobs.into(), &fred, true);
        let outcomes = ingest::backfill::work(&place, jobs, &manner, &watch).await;
        drop(watch);
        let round = Round { outcomes: outcomes? };
        round.tell(context).await?;
        Ok(if round.has_failures() { Exit::Failed } else { Exit::Success })
    }
}

/// The sources of these names; without names all that can be asked.
pub(super) fn sources(names: &[String]) -> Result<Vec<&'static dyn Source>> {
    let is_asked = |source: &&'static dyn Source| matches!(source.reach(), Reach::Windows | Reach::Series);
    if names.is_empty() {
        return Ok(SOURCES.iter().copied().filter(is_asked).collect());
    }
    let mut found: Vec<&'static dyn Source> = Vec::new();
    for name in names {
        let source = crate::sources::find(name).ok_or_else(|| super::ingest::unknown(name))?;
        if !is_asked(&source) {
            let how = if source.reach() == Reach::Paid { "costs money: it is bought" } else { "has no server: its files are taken" };
            return Err(Error::usage(format!("`{name}` {how}, not asked for by itself")).hint(format!("`contango ingest {name} --help`")));
        }
        if found.iter().all(|other| other.name() != source.name()) {
            found.push(source);
        }
    }
    Ok(found)
}

fn show_plan(context: &Context, jobs: &[Job]) -> Result<Exit, Stop> {
    let metadata = Metadata::open_to_read(&context.data)?;
    let mut lines = Vec::new();
    for job in jobs {
        let done = metadata.as_ref().map(|metadata| metadata.windows(job.source.name())).transpose()?.unwrap_or_default();
        match &job.work {
            Work::Downloads(downloads) => lines.extend(downloads.iter().map(|download| {
                let state = if done.contains_key(&download.url) { "done before" } else { "to ask" };
                (job.source.name(), download.label.clone(), state)
            })),
            Work::Series(_) => lines.extend(job.labels().into_iter().map(|label| (job.source.name(), label, "to ask"))),
            Work::Impossible(error) => lines.push((job.source.name(), error.message().to_string(), "impossible")),
        }
    }
    round::show_lines(context, &lines)?;
    let n_asked = lines.iter().filter(|(.., state)| *state == "to ask").count();
    context.messages.note(&format!("{n_asked} windows of {} sources would be asked for", jobs.len()));
    Ok(Exit::Success)
}
