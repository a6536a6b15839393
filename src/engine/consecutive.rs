//! Whether the partitions of a plan, read one after the other, are one ordered stream: those of the one scan are neighbouring key ranges.

use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};

use super::known::KnownExec;
use super::rolling::RollingExec;

/// One partition, or those of the scan as they are. Which order they are in is said by the plan's properties.
pub fn is_consecutive(plan: &dyn ExecutionPlan) -> bool {
    plan.output_partitioning().partition_count() == 1 || is_scan_in_place(plan)
}

/// The scan with nothing above it that mixes rows.
pub fn is_scan_in_place(plan: &dyn ExecutionPlan) -> bool {
    let any = plan as &dyn std::any::Any;
    if any.is::<KnownExec>() {
        return true;
    }
    if let Some(rolling) = any.downcast_ref::<RollingExec>() {
        return is_scan_in_place(rolling.input().as_ref());
    }
    // the last optimizer rule puts a `CooperativeExec` above each leaf, and what was said of a plan before must hold after it
    let keeps_rows_in_place = any.is::<ProjectionExec>()
        || any.is::<CooperativeExec>()
        || any.downcast_ref::<FilterExec>().is_some_and(|filter| filter.fetch().is_none());
    keeps_rows_in_place && plan.children().iter().all(|child| is_scan_in_place(child.as_ref()))
}

/// Whether these columns of a plan hold the first column of the scan's key that tells ranges apart: rows that agree in them stand in one
/// partition then.
pub fn leads_scan(plan: &dyn ExecutionPlan, columns: &[usize]) -> bool {
    let any = plan as &dyn std::any::Any;
    if let Some(known) = any.downcast_ref::<KnownExec>() {
        return known.lead().is_some_and(|lead| columns.contains(&lead));
    }
    if let Some(rolling) = any.downcast_ref::<RollingExec>() {
        // what it adds stands behind the columns of its input
        return leads_scan(rolling.input().as_ref(), columns);
    }
    let [child] = plan.children()[..] else { return false };
    if any.is::<CooperativeExec>() {
        return leads_scan(child.as_ref(), columns);
    }
    if let Some(projection) = any.downcast_ref::<ProjectionExec>() {
        let below = columns.iter().filter_map(|column| {
            let expr = projection.expr().get(*column)?;
            Some((expr.expr.as_ref() as &dyn std::any::Any).downcast_ref::<Column>()?.index())
        });
        return leads_scan(child.as_ref(), &below.collect::<Vec<_>>());
    }
    match any.downcast_ref::<FilterExec>() {
        Some(filter) => match filter.projection() {
            Some(shown) => leads_scan(child.as_ref(), &columns.iter().filter_map(|column| shown.get(*column).copied()).collect::<Vec<_>>()),
            None => leads_scan(child.as_ref(), columns),
        },
        None => false,
    }
}
