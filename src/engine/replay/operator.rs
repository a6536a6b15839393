//! `ReplayExec`: holds the vintages of one series, replays them, and goes on to the next. Its input is sorted by series, so it streams; it
//! looks at every vintage once. Partitions of the scan that hold whole series are replayed side by side.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use datafusion::arrow::compute::SortOptions;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::{Column, col};
use datafusion::physical_expr::{
    EquivalenceProperties, LexOrdering, LexRequirement, OrderingRequirements, PhysicalExpr, PhysicalSortExpr, PhysicalSortRequirement,
};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, Distribution, ExecutionPlan, ExecutionPlanProperties,
    InputDistributionRequirements, Partitioning, PlanProperties, ReplaceChildrenOptions,
};

use super::call::{Call, Measure};
use super::first;
use super::rows::Rows;
use super::seen::Seen;
use super::series::{Series, SeriesReader};
use crate::engine::consecutive::{is_consecutive, leads_scan};
use crate::engine::context::StatementContext;
use crate::error::Error;
use crate::quant::replay::{Instants, Replay, Window};

/// Rows of a batch.
const BATCH: usize = 8192;
/// Instants that one series is shown at: each hour of a century are fewer.
const MOST_STEPS: u64 = 1_000_000;

#[derive(Debug)]
pub struct ReplayExec {
    input: Arc<dyn ExecutionPlan>,
    call: Arc<Call>,
    schema: SchemaRef,
    context: Arc<StatementContext>,
    seen: Arc<Mutex<Seen>>,
    /// No series stands in two partitions of the input.
    has_whole_series: bool,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl ReplayExec {
    /// `schema` is the output's.
    pub fn new(input: Arc<dyn ExecutionPlan>, call: Arc<Call>, schema: SchemaRef, context: Arc<StatementContext>) -> Result<Self> {
        let by_series = PhysicalSortExpr::new_default(col("series_id", &input.schema())?);
        // where several sources come one after the other, series are in order only within each
        let is_in_order = input.equivalence_properties().ordering_satisfy([by_series])?;
        let equivalences = match order_of_output(&call, &schema)? {
            Some(ordering) if is_in_order => EquivalenceProperties::new_with_orderings(schema.clone(), [ordering]),
            _ => EquivalenceProperties::new(schema.clone()),
        };
        let n_partitions = input.output_partitioning().partition_count();
        // a merge below would be taken for needless if its one partition were as good as those of the scan
        let has_whole_series = is_consecutive(input.as_ref()) && leads_scan(input.as_ref(), &key(&input));
        let properties = PlanProperties::new(
            equivalences,
            Partitioning::UnknownPartitioning(if has_whole_series { n_partitions } else { 1 }),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        let seen = Arc::new(Mutex::new(Seen::of_partitions(n_partitions)));
        let (properties, metrics) = (Arc::new(properties), ExecutionPlanMetricsSet::new());
        Ok(Self { input, call, schema, context, seen, has_whole_series, properties, metrics })
    }
}

/// The columns that tell series apart.
fn key(input: &Arc<dyn ExecutionPlan>) -> Vec<usize> {
    ["source", "series_id"].into_iter().filter_map(|name| input.schema().index_of(name).ok()).collect()
}

/// Series come in order, and the rows of each in the order of its instants.
fn order_of_output(call: &Call, schema: &SchemaRef) -> Result<Option<LexOrdering>> {
    let names: &[&str] = match call.measure {
        Measure::FirstRelease => &["series_id", "as_of"],
        Measure::Panel => &["series_id", "known_at", "as_of"],
        _ => &["series_id", "known_at"],
    };
    let order = names.iter().map(|name| Ok(PhysicalSortExpr::new_default(col(name, schema)?))).collect::<Result<Vec<_>>>()?;
    Ok(LexOrdering::new(order))
}

impl DisplayAs for ReplayExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReplayExec: {} of {}", self.call.function, self.call.relation)?;
        match self.call.last {
            Some(last) => write!(f, ", last={last}"),
            None => Ok(()),
        }
    }
}

impl ExecutionPlan for ReplayExec {
    fn name(&self) -> &'static str {
        "ReplayExec"
    }
    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }
    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }
    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        let needed = if self.has_whole_series { Distribution::UnspecifiedDistribution } else { Distribution::SinglePartition };
        InputDistributionRequirements::new(vec![needed])
    }
    /// A repartition would tear series apart.
    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }
    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        let schema = self.input.schema();
        let ascending = |place: usize| {
            let expr = Arc::new(Column::new(schema.field(place).name(), place)) as Arc<dyn PhysicalExpr>;
            PhysicalSortRequirement::new(expr, Some(SortOptions::default()))
        };
        let key = key(&self.input).into_iter().map(ascending);
        vec![LexRequirement::new(key).map(OrderingRequirements::new)]
    }
    fn apply_expressions(&self, _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }
    fn replace_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(Self::new(children.swap_remove(0), self.call.clone(), self.schema.clone(), self.context.clone())?))
    }
    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }
    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        if !self.has_whole_series && self.input.output_partitioning().partition_count() > 1 {
            return Err(Error::internal("series of a replay stand in several partitions").into());
        }
        let work = Work {
            reader: SeriesReader::new(self.input.execute(partition, context)?)?,
            seen: self.seen.clone(),
            running: None,
            rows: Rows::new(self.call.clone(), self.schema.clone()),
            call: self.call.clone(),
            schema: self.schema.clone(),
            context: self.context.clone(),
        };
        let metrics = BaselineMetrics::new(&self.metrics, partition);
        let batches = futures::stream::try_unfold(work, move |mut work| {
            let metrics = metrics.clone();
            async move {
                let batch = work.next().await?;
                Ok(batch.map(|batch| {
                    metrics.record_output(batch.num_rows());
                    (batch, work)
                }))
            }
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), batches)))
    }
}

/// The work on the input, between two batches.
struct Work {
    reader: SeriesReader,
    seen: Arc<Mutex<Seen>>,
    /// The series that is being replayed.
    running: Option<(String, Replay)>,
    rows: Rows,
    call: Arc<Call>,
    schema: SchemaRef,
    context: Arc<StatementContext>,
}

impl Work {
    /// That the schedule does not look at a series more often than anybody could.
    fn ensure_steps(&self, series: &Series) -> Result<()> {
        let first = series.vintages.iter().map(|vintage| vintage.known_at).min();
        let end = Some(self.call.instants.to.unwrap_or_else(|| self.context.now().micros()));
        let instants = Instants { to: end, ..self.call.instants };
        match first.and_then(|first| instants.n_steps(first)).filter(|n| *n > MOST_STEPS) {
            None => Ok(()),
            Some(n) => {
                Err(Error::query(format!("`{}` would look {n} times at `{}`, and {MOST_STEPS} is the most", self.call.function, series.id))
                    .hint("give a longer step as `every`, or a later `from`")
                    .into())
            }
        }
    }

    /// The next rows, never none; `None` at the end.
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            if let Some((id, replay)) = &mut self.running {
                while self.rows.len() < BATCH
                    && let Some(instant) = replay.advance()
                {
                    self.rows.push(id, instant, replay);
                }
                if self.rows.len() >= BATCH {
                    return self.rows.take().map(Some);
                }
                self.running = None;
            }
            let Some(mut series) = self.reader.next().await? else {
                seen(&self.seen).end(&self.call, &self.context);
                return if self.rows.len() > 0 { self.rows.take().map(Some) } else { Ok(None) };
            };
            seen(&self.seen).add(&series, &self.call)?;
            if self.call.measure == Measure::FirstRelease {
                let rows = first::rows(&series, self.call.transform, &self.schema)?;
                if rows.num_rows() > 0 {
                    return Ok(Some(rows));
                }
                continue;
            }
            self.ensure_steps(&series)?;
            let window = Window::new(self.call.last, self.call.transform);
            let replay = Replay::new(std::mem::take(&mut series.vintages), window, self.call.instants);
            self.running = Some((series.id, replay));
        }
    }
}

fn seen(shared: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
