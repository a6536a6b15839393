//! Whether the partitions of a plan, read one after the other, are one ordered stream: those of the one scan are neighbouring key ranges.

use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};

use super::known::KnownExec;

/// One partition, or those of the scan with nothing above them that mixes rows. Which order they are in is said by the plan's properties.
pub fn is_consecutive(plan: &dyn ExecutionPlan) -> bool {
    if plan.output_partitioning().partition_count() == 1 {
        return true;
    }
    let any = plan as &dyn std::any::Any;
    if any.is::<KnownExec>() {
        return true;
    }
    let keeps_rows_in_place = any.is::<ProjectionExec>() || any.downcast_ref::<FilterExec>().is_some_and(|filter| filter.fetch().is_none());
    keeps_rows_in_place && plan.children().iter().all(|child| is_consecutive(child.as_ref()))
}
