//! Buying what is missing from Databento and taking it. What a window costs is asked first, always; what the archive covers is not bought
//! again; a run that was killed after archiving is finished from the archive.

use super::archive;
use super::payload::Intake;
use super::record::Records;
use super::{PayloadSummary, Workplace};
use crate::error::{Error, Result};
use crate::lake::{Lake, compact, quarantine};
use crate::sources::databento::remote::{Ask, Fetched, Remote};
use crate::sources::databento::windows::{self, Cover};
use crate::sources::databento::{Databento, Kind};
use crate::sources::{Payload, Source};
use crate::time::IngestTime;

/// What a user wants to have.
#[derive(Debug, Clone, Default)]
pub struct Order {
    /// Roots of `config/instruments.toml`.
    pub roots: Vec<String>,
    pub kinds: Vec<Kind>,
    /// First and last trade date, inclusive; `None` is as far as the dataset goes.
    pub from: Option<chrono::NaiveDate>,
    pub to: Option<chrono::NaiveDate>,
    /// In the place of the roots' own.
    pub dataset: Option<String>,
    /// Buy nothing, only ask what it costs.
    pub cost_only: bool,
    /// Buy nothing where all of it costs more, in USD.
    pub max_cost: Option<f64>,
}

/// A window and what it costs.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub ask: Ask,
    /// USD.
    pub cost: f64,
}

/// What became of an order.
#[derive(Debug, Default)]
pub struct Purchase {
    /// What was missing.
    pub lines: Vec<Line>,
    pub summaries: Vec<PayloadSummary>,
}

/// Asks what the missing windows cost, and buys them.
///
/// # Errors
/// A root has no dataset or parent, it costs more than it may, or the server refuses; what was taken before stays.
pub async fn purchase(place: &Workplace<'_>, order: &Order, remote: &mut Remote) -> Result<Purchase> {
    let lake = Lake::new(place.data)?;
    let intake = Intake { lake: &lake, archive: &lake, config: place.config, source: &Databento };
    let mut records = Records::new(place.data);
    let mut done = Purchase::default();
    let archived = archive::sound(&lake, &Databento, place.progress).await?;
    let logs = intake.logs().await?;
    for sidecar in archived.iter().filter(|sidecar| logs.iter().any(|(_, log)| !log.payloads().contains_key(&sidecar.sha256))) {
        let taken = intake.take_archived(sidecar.clone()).await?;
        records.keep(&taken)?;
        done.summaries.push(taken.summary);
    }
    let covers: Vec<Cover> = archived.iter().filter_map(|sidecar| Cover::parse(sidecar.covers.as_deref()?)).collect();
    done.lines = lines(place, order, remote, &covers).await?;
    let total: f64 = done.lines.iter().map(|line| line.cost).sum();
    place.progress.step(&format!("{} windows are missing, which cost {total:.2} USD", done.lines.len()));
    if order.cost_only {
        return Ok(done);
    }
    if let Some(max) = order.max_cost.filter(|max| total > *max) {
        return Err(Error::source(format!("the missing windows cost {total:.2} USD, and {max:.2} may be spent"))
            .hint("raise `--max-cost`, or ask for less: `--cost` lists what each window costs"));
    }
    for line in done.lines.clone() {
        done.summaries.extend(take(place, &intake, &mut records, remote, &line.ask).await?);
    }
    compact::compact_where_many(&lake, Databento.tables()).await?;
    Ok(done)
}

async fn lines(place: &Workplace<'_>, order: &Order, remote: &mut Remote, covers: &[Cover]) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    let now = u64::try_from(IngestTime::now().micros()).unwrap_or_default() * 1_000;
    for name in &order.roots {
        let root = place.config.root(name)?;
        let lacks =
            |what: &str| Error::config(format!("`roots.{}` has no `{what}`", root.root)).hint("give it in the file named with `--config`");
        let dataset = order.dataset.as_ref().or(root.dataset.as_ref()).ok_or_else(|| lacks("dataset"))?;
        let parent = root.parent.as_ref().ok_or_else(|| lacks("parent"))?;
        let short = parent.split('.').next().unwrap_or(parent);
        let calendar = place.config.calendar_of(&root.root);
        for kind in &order.kinds {
            let (first, last) = remote.range(dataset, *kind).await?;
            let (from, to) = (order.from.unwrap_or(chrono::NaiveDate::MIN), order.to);
            let start = if order.from.is_some() { windows::of_days(calendar, *kind, from, from).0.max(first) } else { first };
            let end = to.map_or(last, |to| windows::of_days(calendar, *kind, to, to).1.min(last)).min(now);
            let mine = |cover: &&Cover| cover.dataset == *dataset && cover.schema == kind.name() && cover.parent == short;
            let covered: Vec<(u64, u64)> = covers.iter().filter(mine).map(|cover| (cover.start, cover.end)).collect();
            for (start, end) in windows::missing(calendar, *kind, (start, end), &covered) {
                let ask = Ask { dataset: dataset.clone(), kind: *kind, parent: parent.clone(), start, end };
                let cost = remote.cost(&ask).await?;
                lines.push(Line { ask, cost });
            }
        }
    }
    Ok(lines)
}

/// Buys a window, or where the server has only a part of it that part, and takes it.
async fn take(
    place: &Workplace<'_>,
    intake: &Intake<'_>,
    records: &mut Records<'_>,
    remote: &Remote,
    ask: &Ask,
) -> Result<Vec<PayloadSummary>> {
    place.progress.step(&ask.label());
    let told = |done| place.progress.advance(done, None);
    let (asks, bytes) = match remote.fetch(ask, &told).await? {
        Fetched::Body(bytes) => (vec![ask.clone()], Some(bytes)),
        Fetched::Only { start, end, said } => {
            let calendar = place.config.calendar_of(ask.parent.split('.').next().unwrap_or_default());
            let parts = windows::missing(calendar, ask.kind, (start, end), &[]);
            place.progress.warn(&format!("{}: only {} can be had: {said}", ask.label(), windows::shown(start, end)));
            (parts.into_iter().map(|(start, end)| Ask { start, end, ..ask.clone() }).collect(), None)
        }
    };
    let mut summaries = Vec::new();
    for ask in asks {
        let bytes = match &bytes {
            Some(bytes) => bytes.clone(),
            None => match remote.fetch(&ask, &told).await? {
                Fetched::Body(bytes) => bytes,
                Fetched::Only { said, .. } => {
                    return Err(Error::source(format!("{}: cannot be had: {said}", ask.label())).hint("ask for an earlier `--to`"));
                }
            },
        };
        let (name, origin) = (ask.file_name(), remote.origin(&ask));
        let payload = Payload { name, bytes, observed_at: IngestTime::now(), origin, hint: None };
        let paid = payload.bytes.clone();
        let taken = match intake.take_now(payload).await {
            Ok(taken) => taken,
            Err(e) => {
                // it was paid for, and asking again is paid again
                let kept = quarantine::keep(intake.lake, Databento.name(), &paid).await?;
                let error = remote.masked(super::in_file(e, &ask.label()));
                return Err(error.hint(format!("what was received is kept as `{kept}` below the data folder: `contango ingest databento --file` takes it once it can be read")));
            }
        };
        records.keep(&taken)?;
        summaries.push(PayloadSummary { name: ask.label(), ..taken.summary });
    }
    Ok(summaries)
}
