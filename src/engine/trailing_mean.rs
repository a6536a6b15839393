//! `known_trailing_mean(input => 'SELECT key, as_of, value, available_at, availability, backcast FROM …', n => 52)`: vintages of a trailing
//! mean, for view families that divide by one. A logical node, so that the lake tables under it stay in sight of the clock and of system
//! times; its operator holds one key at a time and leaves the numbers to `quant`.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{
    Array, ArrayRef, BooleanArray, Date32Array, Float64Array, StringArray, TimestampMicrosecondArray, UInt64Array,
};
use datafusion::arrow::compute::{SortColumn, concat_batches, lexsort_to_indices, partition, take, take_record_batch};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::catalog::Session;
use datafusion::common::cast::{as_boolean_array, as_date32_array, as_float64_array, as_string_array, as_timestamp_microsecond_array};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DFSchema, DFSchemaRef};
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, UserDefinedLogicalNode, UserDefinedLogicalNodeCore};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, Distribution, ExecutionPlan, Partitioning, PlanProperties, ReplaceChildrenOptions,
};
use datafusion::physical_planner::{ExtensionPlanner, PhysicalPlanner};
use futures::TryStreamExt;

use super::functions::{Arguments, Documentation, TableFunction};
use super::relations::Relations;
use crate::error::Error;
use crate::quant::trailing_mean::{Vintage, replay};
use crate::tables::ColumnType;
use crate::time::{Availability, Grade};

/// The columns that the input must have, in order.
const INPUT: [&str; 6] = ["key", "as_of", "value", "available_at", "availability", "backcast"];

pub struct KnownTrailingMean;

static DOCUMENTATION: Documentation = Documentation {
    name: "known_trailing_mean",
    syntax: "known_trailing_mean(input => 'SELECT key, as_of, value, available_at, availability, backcast FROM ..._vintages', n => 52)",
    summary: "Vintages of a series with the mean of its last n observations, as known at each instant at which either changed.",
    nulls: "NULL values are left out of the mean; it is NULL where the window has no value.",
    causality: "Each row stands on what was known at its available_at.",
    example: "SELECT * FROM features_vintages WHERE feature = 'cot_total_oi' LIMIT 3",
};

impl TableFunction for KnownTrailingMean {
    fn documentation(&self) -> &'static Documentation {
        &DOCUMENTATION
    }
    fn parameters(&self) -> &'static [&'static str] {
        &["input", "n"]
    }
    fn plan(&self, arguments: &Arguments, planner: &Relations) -> Result<LogicalPlan> {
        let (Some(text), Some(n)) = (arguments.text("input")?, arguments.count("n")?) else {
            return Err(Error::query("`known_trailing_mean` needs `input` and `n`").hint(DOCUMENTATION.syntax).into());
        };
        let input = planner.plan_text(text, None)?;
        let given: Vec<&str> = input.schema().fields().iter().map(|field| field.name().as_str()).collect();
        let types = [(1, DataType::Date32), (2, DataType::Float64), (3, ColumnType::Instant.arrow())];
        if given != INPUT || types.iter().any(|(i, of)| input.schema().field(*i).data_type() != of) {
            return Err(Error::query(format!("the input of `known_trailing_mean` must be {}", INPUT.join(", "))).into());
        }
        let node = TrailingMean::new(input, n)?;
        Ok(LogicalPlan::Extension(Extension { node: Arc::new(node) }))
    }
}

fn output_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("key", DataType::Utf8, true),
        Field::new("as_of", DataType::Date32, false),
        Field::new("value", DataType::Float64, true),
        Field::new("mean", DataType::Float64, true),
        Field::new("available_at", ColumnType::Instant.arrow(), false),
        Field::new("availability", DataType::Utf8, true),
        Field::new("backcast", DataType::Boolean, true),
    ]))
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct TrailingMean {
    input: LogicalPlan,
    n: usize,
    schema: DFSchemaRef,
}

impl PartialOrd for TrailingMean {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        self.n.partial_cmp(&other.n)
    }
}

impl TrailingMean {
    fn new(input: LogicalPlan, n: usize) -> Result<Self> {
        Ok(Self { input, n, schema: Arc::new(DFSchema::try_from(output_schema().as_ref().clone())?) })
    }
}

impl UserDefinedLogicalNodeCore for TrailingMean {
    fn name(&self) -> &str {
        "TrailingMean"
    }
    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }
    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }
    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }
    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TrailingMean: n={}", self.n)
    }
    fn with_exprs_and_inputs(&self, _: Vec<Expr>, mut inputs: Vec<LogicalPlan>) -> Result<Self> {
        Self::new(inputs.swap_remove(0), self.n)
    }
}

/// Plans the node above; DataFusion's planner does the rest.
pub struct Planner;

#[async_trait]
impl ExtensionPlanner for Planner {
    async fn plan_extension(
        &self,
        _: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _: &[&LogicalPlan],
        inputs: &[Arc<dyn ExecutionPlan>],
        _: &dyn Session,
        _: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let node = node.as_any().downcast_ref::<TrailingMean>();
        Ok(node.map(|node| Arc::new(TrailingMeanExec::new(inputs[0].clone(), node.n)) as Arc<dyn ExecutionPlan>))
    }
}

#[derive(Debug)]
struct TrailingMeanExec {
    input: Arc<dyn ExecutionPlan>,
    n: usize,
    properties: Arc<PlanProperties>,
}

impl TrailingMeanExec {
    fn new(input: Arc<dyn ExecutionPlan>, n: usize) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(output_schema()),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Final,
            Boundedness::Bounded,
        );
        Self { input, n, properties: Arc::new(properties) }
    }
}

impl DisplayAs for TrailingMeanExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TrailingMeanExec: n={}", self.n)
    }
}

impl ExecutionPlan for TrailingMeanExec {
    fn name(&self) -> &'static str {
        "TrailingMeanExec"
    }
    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }
    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }
    fn required_input_distribution(&self) -> Vec<Distribution> {
        vec![Distribution::SinglePartition]
    }
    fn apply_expressions(&self, _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }
    fn replace_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(Self::new(children.swap_remove(0), self.n)))
    }
    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }
    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let input = self.input.execute(partition, context)?;
        let n = self.n;
        let rows = async move {
            let schema = input.schema();
            let batches: Vec<RecordBatch> = input.try_collect().await?;
            by_key(&concat_batches(&schema, &batches)?, n)
        };
        Ok(Box::pin(RecordBatchStreamAdapter::new(output_schema(), futures::stream::once(rows))))
    }
}

/// Replays each key of the vintages.
fn by_key(vintages: &RecordBatch, n: usize) -> Result<RecordBatch> {
    let by = |name: &str| SortColumn {
        values: vintages.column_by_name(name).cloned().unwrap_or_else(|| vintages.column(0).clone()),
        options: None,
    };
    let order = lexsort_to_indices(&[by("key"), by("available_at"), by("as_of")], None)?;
    let sorted = take_record_batch(vintages, &order)?;
    let days = as_date32_array(sorted.column(1))?;
    let values = as_float64_array(sorted.column(2))?;
    let instants = as_timestamp_microsecond_array(sorted.column(3))?;
    let words = datafusion::arrow::compute::cast(sorted.column(4), &DataType::Utf8)?;
    let (words, backcast) = (as_string_array(&words)?, as_boolean_array(sorted.column(5))?);
    let mut known = Vec::new();
    for range in partition(&sorted.columns()[..1])?.ranges() {
        let vintage = |i: usize| {
            let availability = Availability::from_name(words.value(i))
                .ok_or_else(|| Error::query(format!("`{}` is no grade of availability", words.value(i))))?;
            let grade = Grade { availability, backcast: backcast.value(i) };
            Ok(Vintage { instant: instants.value(i), day: days.value(i), value: values.is_valid(i).then(|| values.value(i)), grade })
        };
        let own = range.clone().map(vintage).collect::<Result<Vec<Vintage>>>()?;
        known.extend(replay(&own, n).into_iter().map(|row| (range.start + row.vintage, row)));
    }
    let rows = UInt64Array::from_iter_values(known.iter().map(|(row, _)| *row as u64));
    let of_vintage = |column: usize| take(sorted.column(column), &rows, None);
    let columns: Vec<ArrayRef> = vec![
        of_vintage(0)?,
        Arc::new(Date32Array::from_iter_values(known.iter().map(|(_, row)| row.day))),
        Arc::new(known.iter().map(|(_, row)| row.value).collect::<Float64Array>()),
        Arc::new(known.iter().map(|(_, row)| row.mean).collect::<Float64Array>()),
        Arc::new(TimestampMicrosecondArray::from_iter_values(known.iter().map(|(_, row)| row.instant)).with_timezone("UTC")),
        Arc::new(known.iter().map(|(_, row)| Some(row.grade.availability.name())).collect::<StringArray>()),
        Arc::new(known.iter().map(|(_, row)| Some(row.grade.backcast)).collect::<BooleanArray>()),
    ];
    Ok(RecordBatch::try_new(output_schema(), columns)?)
}
