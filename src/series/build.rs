//! Stored builds of a saved series, in full or only where an update must look.
//!
//! What is stored are vintages: each day as the series was known at every instant at which it changed, so that a build that is read at an
//! earlier instant says what a build of that instant said. The engine computes all of them; what an update spares is reading and
//! comparing all that is stored: it compares the last trade dates (the look-back) and proves of the rest that it is what the last run saw, by
//! a hash of the days and values before the window that the run has noted. Where that differs (older bars or figures arrived, a definition of
//! a contract, the configuration), where the definition of the series changed, or where a run did not end, everything is compared; the log
//! says which. An update therefore leaves exactly what a full build would.
//!
//! A day that the series no longer has ends with a vintage whose values are NULL (`contract_id IS NULL`): what was stored once is never gone.
//! Several processes may build at once: the logs of the tables are looked at first, and whoever finds another's commit computes again.

use chrono::NaiveDate;
use datafusion::arrow::array::RecordBatch;
use serde::{Deserialize, Serialize};

use super::session::{open, quoted};
use super::{LOOKBACK, Place, batches, ensure_defined};
use crate::error::{Error, Result};
use crate::ingest::derived::{self, Derived};
use crate::lake::{Lake, raw};
use crate::metadata::{Metadata, SavedSeries, SeriesRun};
use crate::tables::{CONTINUOUS_BAR_ROLLS, CONTINUOUS_BARS, Table};
use crate::time::IngestTime;

/// How often a series is computed again because another process committed meanwhile.
const ATTEMPTS: usize = 20;
/// The stored tables, and what of a series each holds: what was known of it at every instant.
static TABLES: [(&Table, &str); 2] =
    [(&CONTINUOUS_BARS, "continuous_series_vintages"), (&CONTINUOUS_BAR_ROLLS, "continuous_rolls_vintages")];

/// What a run compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    Full,
    /// From a day on.
    Window(NaiveDate),
}

/// What became of a run.
#[derive(Debug, Clone)]
pub struct Built {
    pub run: SeriesRun,
    pub extent: Extent,
    /// What was compared, and why, in words.
    pub compared: String,
    /// Rows of both tables.
    pub new: usize,
    pub revised: usize,
    pub ended: usize,
    /// What the engine remarked.
    pub notes: Vec<String>,
}

/// What a run notes for the next one, and for a reader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Info {
    compared: String,
    new: usize,
    revised: usize,
    /// Days that the series no longer has.
    ended: usize,
    /// Hash of the definition and the roll table.
    definition: String,
    /// First day that the next update compares; `None` where the series is empty.
    window: Option<NaiveDate>,
    /// Hash of the days and values before it.
    before_window: String,
    /// Versions of the stored tables.
    versions: [Option<u64>; 2],
}

/// Compares all of a series with what is stored.
///
/// # Errors
/// The series is not defined, or cannot be computed or stored.
pub async fn build(place: &Place<'_>, id: &str) -> Result<Built> {
    run(place, id, false).await
}

/// Compares the end of a series with what is stored, and all of it where that is not enough.
///
/// # Errors
/// As [`build`].
pub async fn update(place: &Place<'_>, id: &str) -> Result<Built> {
    run(place, id, true).await
}

async fn run(place: &Place<'_>, id: &str, incremental: bool) -> Result<Built> {
    let metadata = Metadata::open(place.data)?;
    let series = ensure_defined(&metadata, id)?;
    let before = metadata.last_run(id)?;
    let mut run = metadata.start_run(id)?;
    let lake = Lake::new(place.data)?;
    let work = Work { place, metadata: &metadata, lake: &lake, series: &series };
    for _ in 0..ATTEMPTS {
        let Some((info, extent, span, n_rows, notes)) = work.attempt(before.as_ref().filter(|_| incremental), incremental).await? else {
            continue;
        };
        (run.start_date, run.end_date) = span.unzip();
        run.rows = n_rows as u64;
        let text = serde_json::to_string(&info).map_err(|e| Error::internal(format!("cannot note a run: {e}")))?;
        run.source_info = Some(text);
        metadata.finish_run(&run)?;
        let Info { compared, new, revised, ended, .. } = info;
        return Ok(Built { run, extent, compared, new, revised, ended, notes });
    }
    Err(Error::lake(format!("other builds kept committing: gave up after {ATTEMPTS} attempts")).hint("run the same command again"))
}

type Attempt = (Info, Extent, Option<(NaiveDate, NaiveDate)>, usize, Vec<String>);

struct Work<'a> {
    place: &'a Place<'a>,
    metadata: &'a Metadata,
    lake: &'a Lake,
    series: &'a SavedSeries,
}

impl Work<'_> {
    /// Computes, compares and commits; `None` where another process committed meanwhile.
    async fn attempt(&self, before: Option<&SeriesRun>, incremental: bool) -> Result<Option<Attempt>> {
        let id = self.series.id.as_str();
        let mut logs = Vec::new();
        for (table, _) in &TABLES {
            logs.push(self.lake.log(table).await?);
        }
        let definition = self.definition()?;
        let (computed, notes) = self.compute().await?;
        let versions = [logs[0].version(), logs[1].version()];
        let (extent, compared) = match incremental {
            true => extent(before, &definition, versions, &computed)?,
            false => (Extent::Full, "all".to_string()),
        };
        let mut session = open(self.place)?;
        let mut info = Info {
            compared,
            new: 0,
            revised: 0,
            ended: 0,
            definition,
            window: batches::window(&computed[0], self.series.lookback.unwrap_or(LOOKBACK) as usize)?,
            before_window: String::new(),
            versions,
        };
        info.before_window = hash_before(&computed, info.window)?;
        for ((table, _), (rows_of, log)) in TABLES.iter().zip(computed.iter().zip(&logs)) {
            let (mine, from) = match extent {
                Extent::Full => (rows_of.clone(), String::new()),
                Extent::Window(day) => (batches::split(table, rows_of, day)?.1, format!(" AND as_of >= DATE '{day}'")),
            };
            // NULL on a day that has ended, and only there
            let held = if table.name == CONTINUOUS_BARS.name { "contract_id" } else { "from_contract" };
            let stored = format!("SELECT as_of FROM {} WHERE series_id = {} AND {held} IS NOT NULL{from}", table.name, quoted(id));
            let (stored, _) = session.rows(&stored).await?;
            let (mine, ended) = batches::with_ended(table, id, &mine, &stored, IngestTime::now())?;
            let Some(Derived { new, revised, .. }) = derived::take(self.lake, table, log, mine).await? else { return Ok(None) };
            info.new += new;
            info.revised += revised - ended;
            info.ended += ended;
        }
        for (version, (table, _)) in info.versions.iter_mut().zip(&TABLES) {
            *version = self.lake.log(table).await?.version();
        }
        Ok(Some((info, extent, batches::span(&computed[0])?, batches::n_days(&computed[0])?, notes)))
    }

    /// The bars and the rolls of the series as the engine computes them now.
    async fn compute(&self) -> Result<(Vec<RecordBatch>, Vec<String>)> {
        let mut session = open(self.place)?;
        let (mut computed, mut all_notes) = (Vec::new(), Vec::new());
        for (table, function) in &TABLES {
            let call = format!("SELECT {} FROM {function}({}, adjust => 'none')", batches::selected(table), quoted(&self.series.id));
            let (found, notes) = session.rows(&call).await?;
            computed.push(batches::parsed(table, &self.series.id, &found)?);
            all_notes.extend(notes);
        }
        all_notes.dedup();
        Ok((computed, all_notes))
    }

    /// A hash of all that was typed of the series.
    fn definition(&self) -> Result<String> {
        let SavedSeries { root, arguments, .. } = self.series;
        let rolls = self.metadata.schedule(&self.series.id)?;
        let roll_days = self.metadata.roll_days(root)?;
        Ok(raw::sha256_hex(format!("{root} {arguments:?} {rolls:?} {roll_days:?}").as_bytes()))
    }
}

/// What an update must compare, and why.
fn extent(before: Option<&SeriesRun>, definition: &str, versions: [Option<u64>; 2], computed: &[RecordBatch]) -> Result<(Extent, String)> {
    let all = |why: String| Ok((Extent::Full, format!("all: {why}")));
    let Some(run) = before else { return all("there is no earlier run".to_string()) };
    let Some(info) = &run.source_info else { return all(format!("the run {} did not end", run.run_id)) };
    let Ok(info) = serde_json::from_str::<Info>(info) else { return all(format!("the run {} noted something else", run.run_id)) };
    let Some(window) = info.window else { return all("the series was empty".to_string()) };
    if info.definition != definition {
        return all(format!("the definition changed since {}", run.built_at));
    }
    if info.versions.iter().zip(&versions).any(|(then, now)| now < then) {
        return all("the stored tables were made anew".to_string());
    }
    if hash_before(computed, Some(window))? != info.before_window {
        return all(format!("days before {window} changed since {}", run.built_at));
    }
    Ok((Extent::Window(window), format!("from {window} on")))
}

/// A hash of the days and values before a day, of both tables.
fn hash_before(computed: &[RecordBatch], window: Option<NaiveDate>) -> Result<String> {
    let mut bytes = Vec::new();
    if let Some(window) = window {
        for ((table, _), rows_of) in TABLES.iter().zip(computed) {
            let content = batches::content(table, &batches::split(table, rows_of, window)?.0)?;
            bytes.extend((content.len() as u64).to_le_bytes());
            bytes.extend(content);
        }
    }
    Ok(raw::sha256_hex(&bytes))
}
