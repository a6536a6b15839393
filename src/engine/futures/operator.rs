//! `FuturesExec`: reads the inputs, puts contracts together, and shows rows made of them. A leaf: the scans below it are its own business, and
//! the optimizer has nothing to do there. It reports no statistics.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
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
use futures::{StreamExt, TryStreamExt};

use super::compose::ContractBars;
use super::read::Inputs;

/// The batches of a result, made one after the other.
pub type Batches = Box<dyn Iterator<Item = Result<RecordBatch>> + Send>;
/// Rows of some contracts, which are in order of root, then expiration.
pub type Rows = Arc<dyn Fn(Vec<ContractBars>) -> Result<Batches> + Send + Sync>;

pub struct FuturesExec {
    label: String,
    inputs: Inputs,
    rows: Rows,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl FuturesExec {
    /// `rows` must give batches of `schema`.
    pub fn new(label: impl Into<String>, inputs: Inputs, schema: SchemaRef, rows: Rows) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Final,
            Boundedness::Bounded,
        );
        Self { label: label.into(), inputs, rows, properties: Arc::new(properties), metrics: ExecutionPlanMetricsSet::new() }
    }
}

impl fmt::Debug for FuturesExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FuturesExec").field("label", &self.label).field("inputs", &self.inputs).finish_non_exhaustive()
    }
}

impl DisplayAs for FuturesExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FuturesExec: {}", self.label)
    }
}

impl ExecutionPlan for FuturesExec {
    fn name(&self) -> &'static str {
        "FuturesExec"
    }
    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }
    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }
    fn apply_expressions(&self, _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
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
        let (inputs, rows) = (self.inputs.clone(), self.rows.clone());
        let metrics = BaselineMetrics::new(&self.metrics, partition);
        let batches = async move { rows(inputs.compose(context).await?).map(futures::stream::iter) };
        let counted = futures::stream::once(batches).try_flatten().inspect(move |batch| {
            if let Ok(batch) = batch {
                metrics.record_output(batch.num_rows());
            }
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), counted)))
    }
}
