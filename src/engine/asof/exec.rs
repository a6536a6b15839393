//! `AsOfExec`: the as-of join as an operator, one pass over both sides.
//!
//! The right side comes sorted by its keys and time and is held a batch at a time. The left side is not sorted where it has no declared order:
//! it is taken as it comes for as long as it is in order, which files mostly are; from the first row on that is not, the rest is sorted and
//! merged with the right side once more.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::{EquivalenceProperties, LexOrdering, OrderingRequirements, PhysicalExpr, PhysicalSortExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::stream::{RecordBatchReceiverStreamBuilder, RecordBatchStreamAdapter};
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, Distribution, ExecutionPlan, ExecutionPlanProperties, Partitioning,
    PlanProperties, ReplaceChildrenOptions,
};
use futures::StreamExt;

use super::driver::{Driver, Wanted};
use super::merge::Nearest;
use super::window::Sought;
use crate::engine::consecutive::is_consecutive;

/// Batches that each partition of an input is read ahead.
const READ_AHEAD: usize = 16;

/// A comparison of the two sides, and the type in which it is made.
#[derive(Debug, Clone)]
pub struct Compared {
    pub left: Arc<dyn PhysicalExpr>,
    pub op: Operator,
    pub right: Arc<dyn PhysicalExpr>,
    pub kind: DataType,
}

/// The orders that the two sides are merged in.
#[derive(Debug, Clone)]
pub struct Sorts {
    left: Option<LexOrdering>,
    right: Option<LexOrdering>,
    /// The right side's, with what decides between rows of one instant where it has to be sorted.
    right_total: Option<LexOrdering>,
}

impl Sorts {
    pub fn of(keys: &[Compared], time: &Compared, tie: Option<Arc<dyn PhysicalExpr>>, right: &SchemaRef) -> Self {
        use datafusion::physical_expr::expressions::Column;
        let by = |expr: &Arc<dyn PhysicalExpr>| PhysicalSortExpr::new_default(expr.clone());
        let all = || keys.iter().chain([time]);
        let columns = right.fields().iter().enumerate().map(|(n, field)| Arc::new(Column::new(field.name(), n)) as Arc<dyn PhysicalExpr>);
        Self {
            left: LexOrdering::new(all().map(|compared| by(&compared.left))),
            right: LexOrdering::new(all().map(|compared| by(&compared.right))),
            right_total: LexOrdering::new(all().map(|c| by(&c.right)).chain(tie.iter().map(by)).chain(columns.map(|c| by(&c)))),
        }
    }
}

#[derive(Debug)]
pub struct AsOfExec {
    left: Arc<dyn ExecutionPlan>,
    right: Arc<dyn ExecutionPlan>,
    keys: Vec<Compared>,
    time: Compared,
    bound: Option<Compared>,
    sorts: Sorts,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl AsOfExec {
    pub fn new(
        left: Arc<dyn ExecutionPlan>,
        right: Arc<dyn ExecutionPlan>,
        keys: Vec<Compared>,
        time: Compared,
        bound: Option<Compared>,
        sorts: Sorts,
        schema: SchemaRef,
    ) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self { left, right, keys, time, bound, sorts, properties: Arc::new(properties), metrics: ExecutionPlanMetricsSet::new() }
    }

    fn nearest(&self) -> Nearest {
        match self.time.op {
            Operator::GtEq => Nearest::NotAfter,
            Operator::Gt => Nearest::Before,
            Operator::LtEq => Nearest::NotBefore,
            _ => Nearest::After,
        }
    }

    fn sought(&self, side: fn(&Compared) -> &Arc<dyn PhysicalExpr>) -> Sought {
        let of = |compared: &Compared| (side(compared).clone(), compared.kind.clone());
        Sought { keys: self.keys.iter().map(of).collect(), time: of(&self.time), bound: self.bound.as_ref().map(of) }
    }

    /// Whether the partitions of an input, one after the other, are in this order.
    fn is_in_turn(plan: &Arc<dyn ExecutionPlan>, ordering: Option<&LexOrdering>) -> bool {
        is_consecutive(plan.as_ref()) && is_ordered(plan, ordering)
    }
}

fn is_ordered(plan: &Arc<dyn ExecutionPlan>, ordering: Option<&LexOrdering>) -> bool {
    ordering.is_some_and(|ordering| plan.equivalence_properties().ordering_satisfy(ordering.iter().cloned()).unwrap_or(false))
}

impl DisplayAs for AsOfExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |compared: &Compared| format!("{} {} {}", compared.left, compared.op, compared.right);
        write!(f, "AsOfExec: match=[{}]", shown(&self.time))?;
        if let Some(bound) = &self.bound {
            write!(f, ", within=[{}]", shown(bound))?;
        }
        write!(f, ", on=[{}]", self.keys.iter().map(shown).collect::<Vec<_>>().join(", "))
    }
}

impl ExecutionPlan for AsOfExec {
    fn name(&self) -> &'static str {
        "AsOfExec"
    }
    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }
    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.left, &self.right]
    }
    fn required_input_distribution(&self) -> Vec<Distribution> {
        let of = |plan, ordering: &Option<LexOrdering>| match Self::is_in_turn(plan, ordering.as_ref()) {
            true => Distribution::UnspecifiedDistribution,
            false => Distribution::SinglePartition,
        };
        vec![of(&self.left, &self.sorts.left), of(&self.right, &self.sorts.right)]
    }
    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        // the left side is never sorted ahead of time, but an order that it has is kept
        let left = self.sorts.left.clone().filter(|ordering| is_ordered(&self.left, Some(ordering)));
        let right = if is_ordered(&self.right, self.sorts.right.as_ref()) { &self.sorts.right } else { &self.sorts.right_total };
        vec![left.map(OrderingRequirements::from), right.clone().map(OrderingRequirements::from)]
    }
    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false, false]
    }
    fn apply_expressions(&self, f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>) -> Result<TreeNodeRecursion> {
        for compared in self.keys.iter().chain([&self.time]).chain(&self.bound) {
            for expr in [&compared.left, &compared.right] {
                if f(expr)? == TreeNodeRecursion::Stop {
                    return Ok(TreeNodeRecursion::Stop);
                }
            }
        }
        Ok(TreeNodeRecursion::Continue)
    }
    fn replace_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let (right, left) = (children.remove(1), children.remove(0));
        let (keys, time, bound) = (self.keys.clone(), self.time.clone(), self.bound.clone());
        Ok(Arc::new(Self::new(left, right, keys, time, bound, self.sorts.clone(), self.schema())))
    }
    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }
    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let metrics = BaselineMetrics::new(&self.metrics, partition);
        let wanted = Wanted {
            nearest: self.nearest(),
            bound: self.bound.as_ref().map(|bound| bound.op),
            left: self.sought(|compared| &compared.left),
            right: self.sought(|compared| &compared.right),
            schema: self.schema(),
        };
        let driver = Driver { wanted, left_order: self.sorts.left.clone(), right: self.right.clone(), context: context.clone() };
        let left = in_turn(&self.left, &context);
        let mut output = RecordBatchReceiverStreamBuilder::new(self.schema(), READ_AHEAD);
        let sender = output.tx();
        output.spawn(async move { driver.run(left, sender).await });
        let counted = output.build().inspect(move |batch| {
            if let Ok(batch) = batch {
                metrics.record_output(batch.num_rows());
            }
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), counted)))
    }
}

/// The partitions of an input one after the other, each read ahead.
pub fn in_turn(plan: &Arc<dyn ExecutionPlan>, context: &Arc<TaskContext>) -> SendableRecordBatchStream {
    let streams: Vec<SendableRecordBatchStream> = (0..plan.output_partitioning().partition_count())
        .map(|partition| {
            let mut ahead = RecordBatchReceiverStreamBuilder::new(plan.schema(), READ_AHEAD);
            let (sender, plan, context) = (ahead.tx(), plan.clone(), context.clone());
            ahead.spawn(async move {
                let mut batches = plan.execute(partition, context)?;
                while let Some(batch) = batches.next().await {
                    if sender.send(batch).await.is_err() {
                        break;
                    }
                }
                Ok(())
            });
            ahead.build()
        })
        .collect();
    Box::pin(RecordBatchStreamAdapter::new(plan.schema(), futures::stream::iter(streams).flatten()))
}
