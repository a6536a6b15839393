//! `contango update`: what has come out since the last run, by the release rules. The one line for cron. It asks from the first instant at which
//! a figure may be out; dating takes the last.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use chrono::{Days, NaiveDate};
use clap::Args;
use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::datatypes::Date32Type;

use super::global::Context;
use super::progress::Overall;
use super::round::{self, Round};
use super::{Exit, backfill, help};
use crate::error::{Result, system_words};
use crate::ingest::backfill::{Errand, Job};
use crate::ingest::{self, Lock, Workplace};
use crate::script::Stop;
use crate::sources::{Reach, Request};
use crate::time::IngestTime;

/// Sources at once.
const JOBS: usize = 4;
/// How far back a source is read again: figures of the last weeks are those that are revised.
const READ_AGAIN: Days = Days::new(75);

/// Take what has come out since the last run
#[derive(Args)]
#[command(after_help = help::UPDATE)]
pub struct Update {
    /// Only these sources [default: all that the lake holds]
    #[arg(value_name = "SOURCE")]
    sources: Vec<String>,
    /// Run this command (through sh) when something is new, late or failed; it gets a summary on stdin
    #[arg(long, value_name = "CMD")]
    notify: Option<String>,
}

/// Series that have a figure to come out by now.
#[derive(Default)]
struct Due {
    series: Vec<String>,
    oldest: Option<NaiveDate>,
}

impl Update {
    pub async fn run(self, context: &Context) -> Result<Exit, Stop> {
        context.ensure_no_clock("update")?;
        let asked = backfill::sources(&self.sources)?;
        let _lock = Lock::take(&context.data, "update")?;
        let due = due(context).await?;
        let errands =
            asked.iter().filter_map(|source| Some(Errand { source: *source, request: due.get(source.name())?.request(source.reach()) }));
        let today = IngestTime::now().date();
        let jobs: Vec<Job> = errands.map(|errand| Job::plan(&errand, today, &context.config)).collect();
        let fred = round::fred(context);
        let watch = Overall::new(context.messages, context.is_quiet);
        let place = Workplace { data: &context.data, config: &context.config, progress: &watch };
        let outcomes = ingest::backfill::work(&place, jobs, &round::manner("update", JOBS, &fred, false), &watch).await;
        drop(watch);
        let round = Round { outcomes: outcomes? };
        if round.outcomes.is_empty() {
            context.messages.note(nothing_due(context).await?);
        } else {
            round.tell(context).await?;
        }
        let late = late(context, &self.sources).await?;
        for line in &late {
            context.messages.warn(line);
        }
        if let Some(command) = &self.notify {
            notify(context, command, &round, &late);
        }
        Ok(match (round.has_failures(), late.is_empty()) {
            (true, _) => Exit::Failed,
            (false, false) => Exit::Violations,
            (false, true) => Exit::Success,
        })
    }
}

impl Due {
    fn request(&self, reach: Reach) -> Request {
        let choices = if self.series.is_empty() { Vec::new() } else { vec![("series".to_string(), self.series.clone())] };
        // What is had series by series goes on from what the archive has.
        let from = if reach == Reach::Series { None } else { self.oldest.and_then(|day| day.checked_sub_days(READ_AGAIN)) };
        Request { choices, from, to: None }
    }
}

/// What of each source has come out and is not held.
async fn due(context: &Context) -> Result<BTreeMap<String, Due>> {
    // Where rows are no series that the source is asked for by name, it is asked for all.
    let query = "SELECT source, CASE WHEN table_name IN ('macro_series', 'fx_flow', 'fiscal_data', 'market_data') THEN series_id END,
                        newest_as_of
                 FROM meta.freshness WHERE state <> 'fresh' OR now() >= release_earliest(source, series_id, next_as_of) ORDER BY source, series_id";
    let (rows, _) = context.session()?.rows(query).await?;
    let (sources, series) = (rows.column(0).as_string::<i32>(), rows.column(1).as_string::<i32>());
    let newest = rows.column(2).as_primitive::<Date32Type>();
    let mut due: BTreeMap<String, Due> = BTreeMap::new();
    for row in 0..rows.num_rows() {
        let of = due.entry(sources.value(row).to_string()).or_default();
        of.series.extend(series.is_valid(row).then(|| series.value(row).to_string()));
        let day = newest.is_valid(row).then(|| newest.value_as_date(row)).flatten();
        of.oldest = [of.oldest, day].into_iter().flatten().min();
    }
    Ok(due)
}

async fn nothing_due(context: &Context) -> Result<&'static str> {
    let (rows, _) = context.session()?.rows("SELECT count(*) FROM meta.freshness").await?;
    let n = rows.column(0).as_primitive::<datafusion::arrow::datatypes::Int64Type>().value(0);
    Ok(if n == 0 {
        "the lake holds nothing that could be late: begin with `contango backfill`"
    } else {
        "nothing has come out since the last run"
    })
}

/// What should have come out and is not there, in words.
async fn late(context: &Context, sources: &[String]) -> Result<Vec<String>> {
    let query = "SELECT source, coalesce(series_id, table_name), CAST(newest_as_of AS VARCHAR), CAST(due_at AS VARCHAR)
                 FROM meta.freshness WHERE state = 'late' ORDER BY source, series_id, table_name";
    let (rows, _) = context.session()?.rows(query).await?;
    let text = |column: usize, row: usize| {
        let texts = rows.column(column).as_string::<i32>();
        if texts.is_valid(row) { texts.value(row) } else { "nothing" }
    };
    let is_asked = |row: &usize| sources.is_empty() || sources.iter().any(|name| name == text(0, *row));
    let line =
        |row: usize| format!("late: {} {}: newest is {}, the next was due {}", text(0, row), text(1, row), text(2, row), text(3, row));
    Ok((0..rows.num_rows()).filter(is_asked).map(line).collect())
}

/// Runs the person's command where there is something to tell. That it fails is told, and changes nothing.
fn notify(context: &Context, command: &str, round: &Round, late: &[String]) {
    let (new, revised) = (round.total(|outcome| outcome.new), round.total(|outcome| outcome.revised));
    let failed = round.total(crate::ingest::backfill::Outcome::missing);
    if new + revised + failed + late.len() == 0 {
        return;
    }
    let mut summary = format!("contango update: {new} new, {revised} revised, {failed} windows failed, {} late\n", late.len());
    for outcome in round.outcomes.iter().filter(|outcome| outcome.new + outcome.revised + outcome.missing() > 0) {
        let said = outcome.failures.first().map(|(_, error)| format!(", failed: {}", error.message())).unwrap_or_default();
        summary.push_str(&format!("{}: {} new, {} revised{said}\n", outcome.source, outcome.new, outcome.revised));
    }
    late.iter().for_each(|line| summary.push_str(&format!("{line}\n")));
    let counts = [("NEW", new), ("REVISED", revised), ("FAILED", failed), ("LATE", late.len())];
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).stdin(Stdio::piped()).stdout(Stdio::null());
    shell.envs(counts.map(|(name, count)| (format!("CONTANGO_{name}"), count.to_string())));
    let ended = shell.spawn().and_then(|mut child| {
        if let Some(mut stdin) = child.stdin.take() {
            // A command that does not read its input is none the worse for it.
            let _ = stdin.write_all(summary.as_bytes());
        }
        child.wait()
    });
    match ended {
        Ok(status) if status.success() => {}
        Ok(status) => context.messages.warn(&format!("the command of --notify failed: {status}")),
        Err(error) => context.messages.warn(&format!("the command of --notify cannot be run: {}", system_words(&error))),
    }
}
