//! `ReplayNode`: a call over its vintages as a logical node, so that the lake tables under it stay in sight of the clock and of system times.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use datafusion::catalog::Session;
use datafusion::common::{DFSchema, DFSchemaRef};
use datafusion::error::Result;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, UserDefinedLogicalNode, UserDefinedLogicalNodeCore};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{ExtensionPlanner, PhysicalPlanner};

use super::call::{Call, Measure};
use super::operator::ReplayExec;
use crate::engine::scan::context_of;
use crate::error::Error;
use crate::tables::ColumnType;
use crate::time::KnowledgeTime;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ReplayNode {
    input: LogicalPlan,
    call: Arc<Call>,
    /// An instant that a system time moved the call to.
    until: Option<KnowledgeTime>,
    schema: DFSchemaRef,
}

impl PartialOrd for ReplayNode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self == other).then_some(Ordering::Equal)
    }
}

impl ReplayNode {
    pub fn new(input: LogicalPlan, call: Arc<Call>) -> Result<Self> {
        let as_of = input.schema().field_with_unqualified_name("as_of")?.data_type().clone();
        let is_day_or_instant = matches!(as_of, DataType::Date32 | DataType::Timestamp(TimeUnit::Microsecond, _));
        let available_at = input.schema().field_with_unqualified_name("available_at")?.data_type().clone();
        if !is_day_or_instant || available_at != ColumnType::Instant.arrow() {
            let error = Error::query(format!("`{}`: `as_of` must be a date and `available_at` an instant", call.relation));
            return Err(error.hint("CAST(as_of AS DATE) and CAST(available_at AS TIMESTAMP(6) WITH TIME ZONE) make them so").into());
        }
        let schema = Arc::new(DFSchema::try_from(output_schema(call.measure, as_of))?);
        Ok(Self { input, call, until: None, schema })
    }
}

/// The columns of a measure.
fn output_schema(measure: Measure, as_of: DataType) -> Schema {
    let of = |name: &str, kind: DataType| Field::new(name, kind, false);
    let figure = |name: &str| Field::new(name, DataType::Float64, true);
    let instant = |name: &str| of(name, ColumnType::Instant.arrow());
    let id = of("series_id", DataType::Utf8);
    let as_of = of("as_of", as_of);
    let n = of("n", DataType::Int64);
    let own = match measure {
        Measure::ZScore => vec![figure("mean"), figure("std"), n, figure("zscore")],
        Measure::Mean => vec![n, figure("rolling_mean")],
        Measure::Deviation => vec![n, figure("rolling_std")],
        Measure::PercentileRank => vec![n, figure("percentile_rank")],
        Measure::GrowthOfYear => vec![figure("value_year_ago"), figure("yoy")],
        Measure::Panel => vec![instant("available_at")],
        Measure::FirstRelease => {
            let grade = [Field::new("availability", DataType::Utf8, true), Field::new("backcast", DataType::Boolean, true)];
            return Schema::new([vec![id, as_of, figure("value"), instant("available_at")], grade.to_vec()].concat());
        }
    };
    Schema::new([vec![id, instant("known_at"), as_of, figure("value")], own].concat())
}

impl UserDefinedLogicalNodeCore for ReplayNode {
    fn name(&self) -> &str {
        "Replay"
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
    /// A predicate on the series alone may go below, since series do not touch each other; not where series were asked for by name, for one
    /// that is missing is told.
    fn prevent_predicate_push_down_columns(&self) -> HashSet<String> {
        let names = self.schema.fields().iter().map(|field| field.name().clone());
        names.filter(|name| name != "series_id" || !self.call.ids.is_empty()).collect()
    }
    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Replay: {} of {}", self.call.function, self.call.relation)
    }
    fn with_exprs_and_inputs(&self, _: Vec<Expr>, mut inputs: Vec<LogicalPlan>) -> Result<Self> {
        Ok(Self { input: inputs.swap_remove(0), ..self.clone() })
    }
}

/// A replay that is to show nothing later than an instant; `None` for another node.
pub fn moved(extension: &Extension, instant: KnowledgeTime) -> Option<Extension> {
    let node = extension.node.as_any().downcast_ref::<ReplayNode>()?;
    let until = node.until.map_or(instant, |own| own.min(instant));
    Some(Extension { node: Arc::new(ReplayNode { until: Some(until), ..node.clone() }) })
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
        state: &dyn Session,
        _: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let Some(node) = node.as_any().downcast_ref::<ReplayNode>() else { return Ok(None) };
        let context = context_of(state)?;
        let mut call = node.call.as_ref().clone();
        // nothing is shown later than the instant that is stood at; a schedule ends at the present
        let limit = node.until.into_iter().chain(context.clock).min();
        let end = limit.or(call.instants.every.map(|_| context.now())).map(KnowledgeTime::micros);
        call.instants.to = match (call.instants.to, limit) {
            (Some(to), Some(limit)) => Some(to.min(limit.micros())),
            (to, _) => to.or(end),
        };
        let schema = Arc::new(node.schema.as_arrow().clone());
        Ok(Some(Arc::new(ReplayExec::new(inputs[0].clone(), Arc::new(call), schema, context)?)))
    }
}
