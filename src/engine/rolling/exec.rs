//! `RollingExec`: measures of trailing windows as columns beside the input's, a partition at a time and a row at a time.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, Float64Array, RecordBatchOptions};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::cast::as_float64_array;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, OrderingRequirements, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties, ReplaceChildrenOptions,
};
use futures::StreamExt;

use crate::engine::changes::{changes, is_same};
use crate::engine::functions::window::Measure;
use crate::quant::rolling::Rolling;

/// One column to be added.
#[derive(Debug, Clone)]
pub struct Column {
    pub measure: Measure,
    pub of: Arc<dyn PhysicalExpr>,
    /// Rows of the window, the current one included; `None` is all rows of the key so far.
    pub size: Option<usize>,
}

#[derive(Debug)]
pub struct RollingExec {
    input: Arc<dyn ExecutionPlan>,
    /// Columns whose change begins another key.
    key: Vec<usize>,
    columns: Vec<Column>,
    order: Option<OrderingRequirements>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl RollingExec {
    /// `order` is the order of the input that the windows stand on; `schema` is the input's with the columns added.
    pub fn new(
        input: Arc<dyn ExecutionPlan>,
        key: Vec<usize>,
        columns: Vec<Column>,
        order: Option<OrderingRequirements>,
        schema: SchemaRef,
    ) -> Self {
        let orderings = input.output_ordering().cloned();
        let properties = PlanProperties::new(
            EquivalenceProperties::new_with_orderings(schema, orderings),
            input.output_partitioning().clone(),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self { input, key, columns, order, properties: Arc::new(properties), metrics: ExecutionPlanMetricsSet::new() }
    }
}

impl DisplayAs for RollingExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |column: &Column| match column.size {
            Some(size) => format!("{:?}({}) over {size} rows", column.measure, column.of),
            None => format!("{:?}({}) over all rows so far", column.measure, column.of),
        };
        write!(f, "RollingExec: {}", self.columns.iter().map(shown).collect::<Vec<_>>().join(", "))
    }
}

impl ExecutionPlan for RollingExec {
    fn name(&self) -> &'static str {
        "RollingExec"
    }
    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }
    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }
    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        vec![self.order.clone()]
    }
    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }
    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }
    fn apply_expressions(&self, f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>) -> Result<TreeNodeRecursion> {
        for column in &self.columns {
            if f(&column.of)? == TreeNodeRecursion::Stop {
                return Ok(TreeNodeRecursion::Stop);
            }
        }
        Ok(TreeNodeRecursion::Continue)
    }
    fn replace_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = children.swap_remove(0);
        Ok(Arc::new(Self::new(input, self.key.clone(), self.columns.clone(), self.order.clone(), self.schema())))
    }
    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }
    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let metrics = BaselineMetrics::new(&self.metrics, partition);
        let mut work = Work {
            key: self.key.clone(),
            windows: self.columns.iter().map(|column| Rolling::new(column.size)).collect(),
            columns: self.columns.clone(),
            before: None,
            schema: self.schema(),
        };
        let batches = self.input.execute(partition, context)?.map(move |batch| {
            let measured = work.measured(&batch?)?;
            metrics.record_output(measured.num_rows());
            Ok(measured)
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), batches)))
    }
}

/// One pass over a partition.
struct Work {
    key: Vec<usize>,
    columns: Vec<Column>,
    windows: Vec<Rolling>,
    /// The last row of the batch before.
    before: Option<RecordBatch>,
    schema: SchemaRef,
}

impl Work {
    fn measured(&mut self, batch: &RecordBatch) -> Result<RecordBatch> {
        let n = batch.num_rows();
        let mut columns = batch.columns().to_vec();
        if n > 0 {
            let is_another = match self.before.replace(batch.slice(n - 1, 1)) {
                Some(before) => !is_same(&self.key, &before, batch)?,
                None => true,
            };
            let starts: Vec<usize> = changes(batch, &self.key)?.set_indices().map(|i| i + 1).collect();
            for (column, window) in self.columns.iter().zip(&mut self.windows) {
                let values = cast(&column.of.evaluate(batch)?.into_array(n)?, &DataType::Float64)?;
                columns.push(measure(column.measure, as_float64_array(&values)?, is_another, &starts, window));
            }
        } else {
            columns.extend(self.columns.iter().map(|_| Arc::new(Float64Array::from(Vec::<f64>::new())) as ArrayRef));
        }
        let options = RecordBatchOptions::new().with_row_count(Some(n));
        Ok(RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)?)
    }
}

fn measure(measure: Measure, values: &Float64Array, is_another: bool, starts: &[usize], window: &mut Rolling) -> ArrayRef {
    let mut measured = Float64Array::builder(values.len());
    let ends = starts.iter().copied().chain([values.len()]);
    let mut row = 0;
    for (n, end) in ends.enumerate() {
        if n > 0 || is_another {
            window.clear();
        }
        for at in row..end {
            let value = values.is_valid(at).then(|| values.value(at));
            window.push(value);
            measured.append_option(measure.of_window(window, value));
        }
        row = end;
    }
    Arc::new(measured.finish())
}
