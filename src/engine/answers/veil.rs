//! What is constant on the side of an outer join that may be missing is not constant in the joined rows, nor is a column that grouping sets
//! leave out. DataFusion takes it for constant all the same, and neither sorts nor ranks by it.
//!
//! A [`VeilExec`] hands such rows on and says nothing of them; nor does it let a predicate through, which would be asked of rows that are left
//! out below. The rule runs first, before anything is concluded from what is constant.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{JoinType, Statistics};
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::execution_plan::CardinalityEffect;
use datafusion::physical_plan::joins::{HashJoinExec, NestedLoopJoinExec, SortMergeJoinExec, SymmetricHashJoinExec};
use datafusion::physical_plan::{
    ChildStats, ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties,
    ReplaceChildrenOptions, StatisticsArgs,
};

#[derive(Debug)]
pub struct VeilConstants;

impl PhysicalOptimizerRule for VeilConstants {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            let veiled = veiled(node.as_ref());
            let mut any = false;
            let children = node.children().into_iter().enumerate().map(|(at, child)| {
                let has_constants = child.equivalence_properties().eq_group().iter().next().is_some();
                if veiled.contains(&at) && has_constants && !(child.as_ref() as &dyn Any).is::<VeilExec>() {
                    any = true;
                    Arc::new(VeilExec::new(child.clone())) as Arc<dyn ExecutionPlan>
                } else {
                    child.clone()
                }
            });
            let children = children.collect();
            Ok(if any {
                Transformed::yes(node.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))?)
            } else {
                Transformed::no(node)
            })
        })
        .data()
    }
    fn name(&self) -> &str {
        "veil_constants"
    }
    fn schema_check(&self) -> bool {
        true
    }
}

/// The inputs of whose rows a column may be missing in the output.
fn veiled(node: &dyn ExecutionPlan) -> Vec<usize> {
    let any = node as &dyn Any;
    if let Some(aggregate) = any.downcast_ref::<AggregateExec>() {
        return if aggregate.group_expr().has_grouping_set() { vec![0] } else { vec![] };
    }
    let join_type = (any.downcast_ref::<HashJoinExec>().map(|join| *join.join_type()))
        .or_else(|| any.downcast_ref::<NestedLoopJoinExec>().map(|join| *join.join_type()))
        .or_else(|| any.downcast_ref::<SortMergeJoinExec>().map(SortMergeJoinExec::join_type))
        .or_else(|| any.downcast_ref::<SymmetricHashJoinExec>().map(|join| *join.join_type()));
    match join_type {
        Some(JoinType::Left) => vec![1],
        Some(JoinType::Right) => vec![0],
        Some(JoinType::Full) => vec![0, 1],
        _ => vec![],
    }
}

#[derive(Debug)]
pub struct VeilExec {
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl VeilExec {
    pub fn new(input: Arc<dyn ExecutionPlan>) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(input.schema()),
            input.output_partitioning().clone(),
            input.pipeline_behavior(),
            input.boundedness(),
        );
        Self { input, properties: Arc::new(properties) }
    }
}

impl DisplayAs for VeilExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VeilExec")
    }
}

impl ExecutionPlan for VeilExec {
    fn name(&self) -> &'static str {
        "VeilExec"
    }
    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }
    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }
    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }
    fn apply_expressions(&self, _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }
    fn replace_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(Self::new(children.swap_remove(0))))
    }
    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }
    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        self.input.execute(partition, context)
    }
    fn child_stats_requests(&self, partition: Option<usize>) -> Vec<ChildStats> {
        vec![ChildStats::At(partition)]
    }
    fn statistics_from_inputs(&self, inputs: &[Arc<Statistics>], _: &StatisticsArgs) -> Result<Arc<Statistics>> {
        Ok(inputs[0].clone())
    }
    fn cardinality_effect(&self) -> CardinalityEffect {
        CardinalityEffect::Equal
    }
}
