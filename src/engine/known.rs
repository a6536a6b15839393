//! `KnownExec`: the one operator through which lake rows reach a query. It cuts sorted vintages at the instant, then shows a face of them.
//!
//! Its inputs are key ranges in key order, each sorted by key, `as_of`, `available_at`, and no key stands in two of them; so it streams,
//! holds one batch, and its output is in order. It reports no statistics: a count that knew hidden rows would leak them.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{BooleanArray, Scalar, TimestampMicrosecondArray};
use datafusion::arrow::compute::kernels::cmp::lt_eq;
use datafusion::arrow::compute::{and, filter_record_batch};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::cast::as_boolean_array;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, LexOrdering, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties, ReplaceChildrenOptions,
};
use futures::StreamExt;

use super::face::{Chooser, Columns, Distinct, Face};
use crate::time::KnowledgeTime;

/// What of the stored rows may pass, before a face is shown.
#[derive(Debug, Clone)]
pub struct Gate {
    /// The newest `available_at` that passes.
    pub instant: Option<KnowledgeTime>,
    /// Settings, keys and `as_of`: predicates that cannot fail on a hidden row.
    pub predicate: Option<Arc<dyn PhysicalExpr>>,
}

#[derive(Debug, Clone)]
pub struct KnownExec {
    ranges: Vec<Arc<dyn ExecutionPlan>>,
    gate: Gate,
    face: Face,
    columns: Columns,
    n_partitions: usize,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
    label: String,
}

impl KnownExec {
    /// `ranges` must not be empty and must share one schema; `ordering` is the order of the output.
    pub fn new(
        label: String,
        ranges: Vec<Arc<dyn ExecutionPlan>>,
        gate: Gate,
        face: Face,
        columns: Columns,
        ordering: Option<LexOrdering>,
        n_partitions: usize,
    ) -> Self {
        let schema = ranges[0].schema();
        let n_partitions = n_partitions.clamp(1, ranges.len());
        let equivalences = match &ordering {
            Some(ordering) => EquivalenceProperties::new_with_orderings(schema, [ordering.clone()]),
            None => EquivalenceProperties::new(schema),
        };
        let properties = Arc::new(PlanProperties::new(
            equivalences,
            Partitioning::UnknownPartitioning(n_partitions),
            EmissionType::Incremental,
            Boundedness::Bounded,
        ));
        Self { ranges, gate, face, columns, n_partitions, properties, metrics: ExecutionPlanMetricsSet::new(), label }
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
        write!(f, "KnownExec: {}, face={}, ranges={}", self.label, self.face.name(), self.ranges.len())?;
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
        let run = Run { gate: self.gate.clone(), face: self.face, columns: self.columns.clone() };
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
    face: Face,
    columns: Columns,
}

impl Run {
    fn over(self, stream: SendableRecordBatchStream) -> impl futures::Stream<Item = Result<RecordBatch>> {
        let distinct = Distinct::new(self.columns.clone());
        let chooser = Chooser::new(self.face, self.columns.clone(), stream.schema());
        futures::stream::try_unfold((Some(stream), distinct, chooser, self), |(mut stream, mut distinct, mut chooser, run)| async move {
            while let Some(input) = stream.as_mut() {
                let settled = match input.next().await.transpose()? {
                    Some(batch) => match run.pass(batch)?.map(|batch| distinct.keep(batch)).transpose()? {
                        Some(batch) if batch.num_rows() > 0 => chooser.push(batch)?,
                        _ => None,
                    },
                    None => {
                        stream = None;
                        chooser.finish()?
                    }
                };
                if let Some(batch) = settled.filter(|batch| batch.num_rows() > 0) {
                    return Ok(Some((batch, (stream, distinct, chooser, run))));
                }
            }
            Ok(None)
        })
    }

    /// The rows of a batch that the gate lets through; `None` where there are none.
    fn pass(&self, batch: RecordBatch) -> Result<Option<RecordBatch>> {
        let mut mask: Option<BooleanArray> = None;
        if let Some(instant) = self.gate.instant {
            let limit = TimestampMicrosecondArray::from(vec![instant.micros()]).with_timezone("UTC");
            mask = Some(lt_eq(batch.column(self.columns.available_at), &Scalar::new(limit))?);
        }
        if let Some(predicate) = &self.gate.predicate {
            let passed = predicate.evaluate(&batch)?.into_array(batch.num_rows())?;
            let passed = as_boolean_array(&passed)?;
            mask = Some(match mask {
                Some(mask) => and(&mask, passed)?,
                None => passed.clone(),
            });
        }
        let batch = match mask {
            Some(mask) if mask.true_count() < batch.num_rows() => filter_record_batch(&batch, &mask)?,
            _ => batch,
        };
        Ok((batch.num_rows() > 0).then_some(batch))
    }
}
