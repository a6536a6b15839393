//! `RollingExec`: measures of trailing windows as columns beside the input's, one pass over each partition of the scan.
//!
//! The input is no child to the optimizer. It stands on a scan whose partitions hold whole keys in order; a repartition put beneath a filter or
//! a projection would scatter them, and nobody could tell from the plan.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{Array, Float64Array, RecordBatchOptions};
use datafusion::arrow::buffer::{BooleanBuffer, NullBuffer};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::cast::as_float64_array;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties, ReplaceChildrenOptions,
    displayable,
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
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl RollingExec {
    /// Each partition of `input` holds whole keys, one after the other, in the order of the windows; `schema` is the input's with the columns
    /// added.
    pub fn new(input: Arc<dyn ExecutionPlan>, key: Vec<usize>, columns: Vec<Column>, schema: SchemaRef) -> Result<Self> {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema).extend(input.equivalence_properties().clone())?,
            input.output_partitioning().clone(),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Ok(Self { input, key, columns, properties: Arc::new(properties), metrics: ExecutionPlanMetricsSet::new() })
    }

    pub fn input(&self) -> &Arc<dyn ExecutionPlan> {
        &self.input
    }
}

impl DisplayAs for RollingExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |column: &Column| match column.size {
            Some(size) => format!("{}({}) over {size} rows", column.measure.name(), column.of),
            None => format!("{}({}) over all rows so far", column.measure.name(), column.of),
        };
        write!(f, "RollingExec: {}", self.columns.iter().map(shown).collect::<Vec<_>>().join(", "))?;
        // the input is shown here, since it is no child
        let mut input = Some(&self.input);
        while let Some(plan) = input {
            write!(f, "; of {}", displayable(plan.as_ref()).one_line().to_string().trim_end())?;
            input = plan.children().first().copied();
        }
        Ok(())
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
        Vec::new()
    }
    fn apply_expressions(&self, f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>) -> Result<TreeNodeRecursion> {
        for column in &self.columns {
            if f(&column.of)? == TreeNodeRecursion::Stop {
                return Ok(TreeNodeRecursion::Stop);
            }
        }
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
        // the batch before goes on in this one where both are of one key
        let is_another = match self.before.as_ref().filter(|_| n > 0) {
            Some(before) => !is_same(&self.key, before, batch)?,
            None => true,
        };
        let changes = changes(batch, &self.key)?;
        let starts: Vec<usize> = is_another.then_some(0).into_iter().chain(changes.set_indices().map(|i| i + 1)).collect();
        for (column, window) in self.columns.iter().zip(&mut self.windows) {
            let values = cast(&column.of.evaluate(batch)?.into_array(n)?, &DataType::Float64)?;
            columns.push(Arc::new(column.measure.along(window, as_float64_array(&values)?, &starts)));
        }
        if n > 0 {
            self.before = Some(batch.slice(n - 1, 1));
        }
        let options = RecordBatchOptions::new().with_row_count(Some(n));
        Ok(RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)?)
    }
}

impl Measure {
    /// The measure at each row of a window that moves along the values. It begins anew at each of `starts`.
    fn along(self, window: &mut Rolling, values: &Float64Array, starts: &[usize]) -> Float64Array {
        // each in a loop of its own
        match self {
            Self::ZScore => along(window, values, starts, Rolling::zscore),
            Self::Mean => along(window, values, starts, Rolling::mean),
            Self::Deviation => along(window, values, starts, Rolling::deviation),
            Self::PercentileRank => along(window, values, starts, Rolling::percentile_rank),
        }
    }
}

fn along(window: &mut Rolling, values: &Float64Array, starts: &[usize], measure: impl Fn(&Rolling) -> Option<f64>) -> Float64Array {
    let n = values.len();
    let present: Vec<f64>;
    let rows: &[f64] = if values.null_count() == 0 {
        values.values()
    } else {
        present = values.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
        &present
    };
    // no measure is NaN, so NaN can stand for NULL here
    let mut measured = Vec::with_capacity(n);
    let ends = starts.iter().copied().chain([n]);
    let mut row = 0;
    for end in ends {
        for value in &rows[row..end] {
            window.push(*value);
            measured.push(measure(window).unwrap_or(f64::NAN));
        }
        if end < n {
            window.clear();
        }
        row = end;
    }
    let there = BooleanBuffer::collect_bool(n, |row| !measured[row].is_nan());
    Float64Array::new(measured.into(), Some(NullBuffer::new(there)).filter(|nulls| nulls.null_count() > 0))
}
