//! The inputs of everything about futures: which lake tables are scanned, with what filters, and which columns are kept.
//!
//! Definitions are read here, at physical planning, since only they know which opaque symbols belong to a root; bars and figures are read when
//! the operator runs, all partitions of both tables side by side.

use std::sync::Arc;

use datafusion::catalog::{Session, TableProvider};
use datafusion::common::runtime::SpawnedTask;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::logical_expr::{Expr, col, lit};
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, collect};
use futures::TryStreamExt;

use super::compose::{Bars, ContractBars, Figures, compose};
use super::contract::{Contract, Directory};
use super::definitions::{self, Stated};
use super::runs::{self, Columns, Run};
use crate::engine::face::Face;
use crate::engine::scan::{KnownTable, context_of};
use crate::tables;
use crate::time::KnowledgeTime;

/// So many roots are looked for by their symbols; of more everything is read.
const FEW_ROOTS: usize = 8;

/// What a reader needs of the contracts of some roots.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wanted {
    /// Exchange roots, resolved; `None` is all.
    pub roots: Option<Vec<String>>,
    pub contract_ids: Option<Vec<String>>,
    pub dataset: Option<String>,
    /// Predicates on `dataset`, `symbol` and `as_of` against literals. They narrow what is read and change no contract.
    pub narrowed_by: Vec<Expr>,
    pub open_high_low: bool,
    pub volume: bool,
    pub sessions: bool,
    pub settlement: bool,
    pub cleared_volume: bool,
    pub open_interest: bool,
    /// How each vintage is dated.
    pub grades: bool,
    /// Contracts also as they were known before.
    pub past_contracts: bool,
    /// The latest vintage of each bar and figure alone, where the past is not asked about.
    pub latest_only: bool,
}

/// What is known of the contracts of a reader, planned; the scans are in order of their tables.
#[derive(Debug, Clone)]
pub struct Inputs {
    wanted: Wanted,
    pub bars: Arc<dyn ExecutionPlan>,
    /// `None` where no figure is wanted.
    pub figures: Option<Arc<dyn ExecutionPlan>>,
    pub directory: Arc<Directory>,
}

/// Plans the scans at the clock, or at an earlier instant.
///
/// # Errors
/// The lake cannot be read.
pub async fn inputs(state: &dyn Session, instant: Option<KnowledgeTime>, wanted: &Wanted) -> Result<Inputs> {
    let directory = Arc::new(directory(state, instant).await?);
    // what is thrown away by the run need not be looked at by the row
    let mut skipped: Vec<Expr> = Vec::new();
    skipped.extend(wanted.dataset.iter().map(|dataset| col("dataset").eq(lit(dataset.clone()))));
    // many roots are most of the lake, and a predicate on each would be asked of every page
    let few = wanted.roots.as_ref().filter(|roots| roots.len() <= FEW_ROOTS);
    skipped.extend(few.map(|roots| symbols_of(&directory, roots, |contract| roots.contains(&contract.root))));
    skipped.extend(wanted.contract_ids.as_ref().map(|ids| {
        // ESH2024 → ES
        let roots: Vec<String> = ids.iter().filter_map(|id| Some(id.get(..id.len().checked_sub(5)?)?.to_string())).collect();
        let opaque = symbols_of(&directory, &roots, |contract| ids.contains(&contract.contract_id));
        opaque.or(col("symbol").in_list(ids.iter().map(|id| lit(id.clone())).collect(), false))
    }));
    let face = if wanted.latest_only { Face::Latest } else { Face::Vintages };

    let mut columns = vec!["as_of", "dataset", "basis", "symbol", "instrument_id", "close", "available_at"];
    columns.extend(wanted.open_high_low.then_some(["open", "high", "low"]).into_iter().flatten());
    columns.extend(wanted.volume.then_some("volume"));
    columns.extend(wanted.sessions.then_some(["session_start", "session_end"]).into_iter().flatten());
    let grades = wanted.grades.then_some(["availability", "backcast"]).into_iter().flatten();
    columns.extend(grades.clone());
    let bars = KnownTable::new(&tables::FUTURES_OHLCV, face).skipping(skipped.clone());
    let bars = scan(state, bars, instant, &columns, &wanted.narrowed_by).await?;

    let stats = [("settlement", wanted.settlement), ("cleared_volume", wanted.cleared_volume), ("open_interest", wanted.open_interest)];
    let stats: Vec<Expr> = stats.into_iter().filter(|(_, is_wanted)| *is_wanted).map(|(stat, _)| lit(stat)).collect();
    let figures = if stats.is_empty() {
        None
    } else {
        let mut columns = vec!["as_of", "dataset", "stat", "symbol", "instrument_id", "value", "available_at"];
        columns.extend(grades);
        // a partition column: whole files are left out
        skipped.push(col("stat").in_list(stats, false));
        let figures = KnownTable::new(&tables::FUTURES_STATISTICS, face).skipping(skipped).supplement();
        Some(scan(state, figures, instant, &columns, &wanted.narrowed_by).await?)
    };
    Ok(Inputs { wanted: wanted.clone(), bars, figures, directory })
}

/// All definitions known at the clock, or at an earlier instant, with what they said before.
///
/// # Errors
/// The lake cannot be read.
pub async fn directory(state: &dyn Session, instant: Option<KnowledgeTime>) -> Result<Directory> {
    let known = KnownTable::new(&tables::FUTURES_DEFINITIONS, Face::Vintages).supplement();
    let plan = scan(state, known, instant, &definitions::COLUMNS, &[]).await?;
    let mut stated = Stated::new();
    for batch in collect(plan, state.task_ctx()).await? {
        definitions::add(&mut stated, &batch)?;
    }
    Ok(Directory::new(context_of(state)?.config.clone(), stated))
}

async fn scan(
    state: &dyn Session,
    table: KnownTable,
    instant: Option<KnowledgeTime>,
    columns: &[&str],
    filters: &[Expr],
) -> Result<Arc<dyn ExecutionPlan>> {
    let known = instant.map_or_else(|| table.clone(), |instant| table.at(instant));
    let schema = known.schema();
    let projection = columns.iter().map(|name| schema.index_of(name)).collect::<Result<Vec<_>, _>>()?;
    known.scan(state, Some(&projection), filters, None).await
}

/// The symbols that instruments of some roots can have: those that begin like the root, and those that definitions give to a contract that is
/// wanted. More may pass: contracts are looked at once more when they are put together.
fn symbols_of(directory: &Directory, roots: &[String], is_wanted: impl Fn(&Contract) -> bool) -> Expr {
    let spellings: Vec<String> = roots.iter().flat_map(|root| directory.spellings(root)).collect();
    let begins = spellings.iter().flat_map(|spelling| begins_like(spelling));
    // what is read as a symbol in spite of its first character: small letters, a slash, a space
    let odd = col("symbol").lt(lit("0")).or(col("symbol").gt_eq(lit("[")));
    let mut opaque: Vec<String> = directory
        .ever_named()
        .filter(|contract| is_wanted(contract) && !spellings.iter().any(|spelling| contract.symbol.starts_with(spelling)))
        .map(|contract| contract.symbol)
        .collect();
    opaque.sort_unstable();
    opaque.dedup();
    let listed = (!opaque.is_empty()).then(|| col("symbol").in_list(opaque.into_iter().map(lit).collect(), false));
    begins.chain(listed).fold(odd, Expr::or)
}

/// Symbols that begin with this text, in capitals or with a small letter from some place on.
fn begins_like(text: &str) -> impl Iterator<Item = Expr> {
    let within = |low: String, end: Option<String>| {
        let low = col("symbol").gt_eq(lit(low));
        end.into_iter().fold(low, |range, end| range.and(col("symbol").lt(lit(end))))
    };
    let cuts = text.char_indices().map(|(at, _)| &text[..at]).filter(|head| !head.is_empty());
    let small = cuts.map(move |head| within(format!("{head}a"), Some(format!("{head}{{"))));
    std::iter::once(within(text.to_string(), after(text))).chain(small)
}

/// The first text after all that begin with this one.
fn after(prefix: &str) -> Option<String> {
    let mut chars: Vec<char> = prefix.chars().collect();
    let last = chars.pop()?;
    chars.push(char::from_u32(u32::from(last) + 1)?);
    Some(chars.into_iter().collect())
}

impl Inputs {
    /// Reads and puts together, in order of root, then expiration.
    ///
    /// # Errors
    /// The lake cannot be read.
    pub async fn compose(&self, context: Arc<TaskContext>) -> Result<Vec<ContractBars>> {
        let bars = start::<Bars>(&self.bars, &context)?;
        let figures = self.figures.as_ref().map(|plan| start::<Figures>(plan, &context)).transpose()?;
        let (bars, figures) = (finish(bars).await?, finish(figures.unwrap_or_default()).await?);
        Ok(compose(bars, figures, &self.directory, self.wanted.past_contracts, |contract| self.wanted.has(contract)))
    }
}

impl Wanted {
    /// Whether a contract is among those that are asked about.
    pub fn has(&self, contract: &Contract) -> bool {
        self.roots.as_ref().is_none_or(|roots| roots.contains(&contract.root))
            && self.contract_ids.as_ref().is_none_or(|ids| ids.contains(&contract.contract_id))
            && self.dataset.as_ref().is_none_or(|dataset| *dataset == contract.dataset)
    }
}

type Reading<T> = SpawnedTask<Result<Vec<Run<T>>>>;

/// Starts to read every partition of a scan; dropping the tasks stops them.
fn start<T: Columns + Send + 'static>(plan: &Arc<dyn ExecutionPlan>, context: &Arc<TaskContext>) -> Result<Vec<Reading<T>>> {
    let partitions = 0..plan.output_partitioning().partition_count();
    partitions
        .map(|partition| {
            let mut stream = plan.execute(partition, context.clone())?;
            Ok(SpawnedTask::spawn(async move {
                let mut runs = Vec::new();
                while let Some(batch) = stream.try_next().await? {
                    runs::add(&mut runs, &batch)?;
                }
                Ok(runs)
            }))
        })
        .collect()
}

/// The runs of all partitions. No key stands in two of them.
async fn finish<T: Columns + Send + 'static>(tasks: Vec<Reading<T>>) -> Result<Vec<Run<T>>> {
    let mut all = Vec::new();
    for task in tasks {
        let runs = task.join_unwind().await.map_err(|error| DataFusionError::ExecutionJoin(Box::new(error)))??;
        all.extend(runs);
    }
    Ok(all)
}
