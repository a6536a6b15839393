//! `KnownExec`: the one operator through which lake rows reach a query. It cuts sorted vintages at the instant, then shows a face of them.
//!
//! Texts are read as views, in which a key is compared and a row left out without touching its bytes, and are given out as plain texts.
//! Its inputs are key ranges in key order, each sorted by key, `as_of`, `available_at`, and no key stands in two of them; so it streams,
//! holds one batch, and its output is in order. It reports no statistics: a count that knew hidden rows would leak them.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatchOptions};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::compute::{cast, filter_record_batch, prep_null_mask_filter};
use datafusion::arrow::datatypes::{DataType, SchemaRef, TimestampMicrosecondType};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::cast::as_boolean_array;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties, ReplaceChildrenOptions,
};
use futures::StreamExt;

use super::face::{Chooser, Columns, Distinct, Face, Revisions};
use crate::time::KnowledgeTime;

/// What of the stored rows may pass, before a face is shown.
#[derive(Debug, Clone)]
pub struct Gate {
    /// The newest `available_at` that passes.
    pub instant: Option<KnowledgeTime>,
    /// Settings, keys and `as_of`: predicates that cannot fail on a hidden row.
    pub predicate: Option<Arc<dyn PhysicalExpr>>,
    /// The predicate may part the vintages of an observation, which keys and `as_of` cannot.
    pub parts_observations: bool,
}

/// What is made of the rows that pass.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The table and its face, for a plan's text.
    pub label: String,
    pub face: Face,
    pub columns: Columns,
    /// A column with the number of the revision is added at the end.
    pub revisions: bool,
    /// Of what is given out: the input's columns, texts as texts, and the number.
    pub schema: SchemaRef,
    /// What the output is ordered by.
    pub equivalences: EquivalenceProperties,
}

#[derive(Debug, Clone)]
pub struct KnownExec {
    ranges: Vec<Arc<dyn ExecutionPlan>>,
    gate: Gate,
    shown: Shown,
    n_partitions: usize,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl KnownExec {
    /// `ranges` must not be empty and must share one schema.
    pub fn new(ranges: Vec<Arc<dyn ExecutionPlan>>, gate: Gate, shown: Shown, n_partitions: usize) -> Self {
        let n_partitions = n_partitions.clamp(1, ranges.len());
        let properties = Arc::new(PlanProperties::new(
            shown.equivalences.clone(),
            Partitioning::UnknownPartitioning(n_partitions),
            EmissionType::Incremental,
            Boundedness::Bounded,
        ));
        Self { ranges, gate, shown, n_partitions, properties, metrics: ExecutionPlanMetricsSet::new() }
    }

    /// The first column of the key that is stored in files: no value of it stands in two ranges of one partition of the table.
    pub fn lead(&self) -> Option<usize> {
        self.shown.columns.key.first().copied()
    }

    /// The key ranges of one output partition: neighbours, so that the partition is in key order.
    fn ranges_of(&self, partition: usize) -> &[Arc<dyn ExecutionPlan>] {
        let n = self.ranges.len();
        let cut = |p: usize| p * n / self.n_partitions;
        &self.ranges[cut(partition)..cut(partition + 1)]
    }
}

impl DisplayAs for KnownExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KnownExec: {}, face={}, ranges={}", self.shown.label, self.shown.face.name(), self.ranges.len())?;
        if let Some(instant) = self.gate.instant {
            write!(f, ", known_by={instant}")?;
        }
        if let Some(predicate) = &self.gate.predicate {
            write!(f, ", predicate={predicate}")?;
        }
        Ok(())
    }
}

impl ExecutionPlan for KnownExec {
    fn name(&self) -> &'static str {
        "KnownExec"
    }
    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }
    /// None to the optimizer: it takes the predicate that only prunes files for one that was applied, calls its columns constant and drops
    /// them from the order of the merge.
    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }
    fn apply_expressions(&self, f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>) -> Result<TreeNodeRecursion> {
        match &self.gate.predicate {
            Some(predicate) => f(predicate),
            None => Ok(TreeNodeRecursion::Continue),
        }
    }
    fn replace_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>, _: ReplaceChildrenOptions) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }
    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }
    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let streams = self.ranges_of(partition).iter().map(|range| range.execute(0, context.clone())).collect::<Result<Vec<_>>>()?;
        let metrics = BaselineMetrics::new(&self.metrics, partition);
        let schema = self.schema();
        let run = Run { gate: self.gate.clone(), shown: self.shown.clone() };
        let batches = futures::stream::iter(streams).flat_map(move |stream| run.clone().over(stream));
        let counted = batches.inspect(move |batch| {
            if let Ok(batch) = batch {
                metrics.record_output(batch.num_rows());
            }
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, counted)))
    }
}

/// The work on one key range.
#[derive(Clone)]
struct Run {
    gate: Gate,
    shown: Shown,
}

/// What the work remembers from one batch to the next.
struct Memory {
    distinct: Option<Distinct>,
    revisions: Option<Revisions>,
    chooser: Chooser,
}

impl Run {
    fn over(self, stream: SendableRecordBatchStream) -> impl futures::Stream<Item = Result<RecordBatch>> {
        let Shown { face, columns, revisions, .. } = &self.shown;
        let memory = Memory {
            // readings leave repeats out by themselves, when few rows are left
            distinct: (columns.repeats && (*face != Face::Readings || *revisions)).then(|| Distinct::new(columns.clone())),
            revisions: revisions.then(|| Revisions::new(columns)),
            chooser: Chooser::new(*face, columns),
        };
        futures::stream::try_unfold((Some(stream), memory, self), |(mut stream, mut memory, run)| async move {
            while let Some(input) = stream.as_mut() {
                let settled = match input.next().await.transpose()? {
                    Some(batch) => run.take(&mut memory, batch)?,
                    None => {
                        stream = None;
                        memory.chooser.finish()?
                    }
                };
                if let Some(batch) = settled.filter(|batch| batch.num_rows() > 0) {
                    return Ok(Some((run.given_out(batch)?, (stream, memory, run))));
                }
            }
            Ok(None)
        })
    }

    /// What is settled by the next batch.
    fn take(&self, memory: &mut Memory, batch: RecordBatch) -> Result<Option<RecordBatch>> {
        let known = self.known(&batch)?;
        // whoever looks at neighbours must see neighbours: hidden rows are taken out first
        let looks_at_neighbours = memory.distinct.is_some() || memory.revisions.is_some() || self.shown.face == Face::Vintages;
        let parts_observations = self.shown.face == Face::Latest && self.gate.parts_observations;
        let (mut batch, known) = match known {
            Some(mask) if looks_at_neighbours || parts_observations => (filter_record_batch(&batch, &BooleanArray::new(mask, None))?, None),
            known => (batch, known),
        };
        if batch.num_rows() == 0 {
            return Ok(None);
        }
        if let Some(distinct) = &mut memory.distinct {
            batch = distinct.keep(batch)?;
            if batch.num_rows() == 0 {
                return Ok(None);
            }
        }
        if let Some(revisions) = &mut memory.revisions {
            batch = revisions.number(&batch)?;
        }
        Ok(memory.chooser.push(batch, known)?)
    }

    /// The rows of a batch that the gate lets through; `None` where it is all of them.
    fn known(&self, batch: &RecordBatch) -> Result<Option<BooleanBuffer>> {
        let n = batch.num_rows();
        let mut mask: Option<BooleanBuffer> = None;
        if let Some(instant) = self.gate.instant {
            let published = batch.column(self.shown.columns.available_at).as_primitive::<TimestampMicrosecondType>().values();
            let limit = instant.micros();
            mask = Some(BooleanBuffer::collect_bool(n, |i| published[i] <= limit));
        }
        if let Some(predicate) = &self.gate.predicate {
            let passed = predicate.evaluate(batch)?.into_array(n)?;
            let passed = as_boolean_array(&passed)?;
            let passed = if passed.null_count() > 0 { prep_null_mask_filter(passed).values().clone() } else { passed.values().clone() };
            mask = Some(match mask {
                Some(mask) => &mask & &passed,
                None => passed,
            });
        }
        Ok(mask.filter(|mask| mask.count_set_bits() < n))
    }

    /// A batch with its texts as texts.
    fn given_out(&self, batch: RecordBatch) -> Result<RecordBatch> {
        let plain = |column: &ArrayRef| match column.data_type() {
            DataType::Utf8View => cast(column, &DataType::Utf8),
            _ => Ok(column.clone()),
        };
        let columns = batch.columns().iter().map(plain).collect::<Result<Vec<_>, ArrowError>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        Ok(RecordBatch::try_new_with_options(self.shown.schema.clone(), columns, &options)?)
    }
}

#[cfg(test)]
mod laws;
