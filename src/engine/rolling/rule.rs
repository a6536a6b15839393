//! Puts [`RollingExec`] in the place of a window over the one scan. Runs first, before anything is repartitioned or sorted for the window.
//!
//! It may where every function is a measure of ours, every frame ends at the current row and begins a number of rows before it, the windows
//! are those of a key that stands in one partition, and the input is in their order as it is. Elsewhere than over the scan the general window
//! is as good, and knows more.

use std::any::Any;
use std::sync::Arc;

use datafusion::common::ScalarValue;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::error::Result;
use datafusion::logical_expr::{WindowFrameBound, WindowFrameUnits};
use datafusion::physical_expr::expressions::Column as ColumnExpr;
use datafusion::physical_expr::window::{StandardWindowExpr, WindowExpr};
use datafusion::physical_expr::{LexOrdering, PhysicalExpr, PhysicalSortExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::projection_pushdown::ProjectionPushdown;
use datafusion::physical_plan::windows::{BoundedWindowAggExec, WindowAggExec, WindowUDFExpr};
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};

use super::exec::{Column, RollingExec};
use crate::engine::consecutive::{is_scan_in_place, leads_scan};
use crate::engine::functions::window::Measure;

#[derive(Debug)]
pub struct RollOverScan;

impl PhysicalOptimizerRule for RollOverScan {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            let Some(Rolled { input, key, columns }) = rolled(&node) else { return Ok(Transformed::no(node)) };
            // no later rule looks into the input
            let input = ProjectionPushdown::new().optimize(input, config)?;
            Ok(Transformed::yes(Arc::new(RollingExec::new(input, key, columns, node.schema())?)))
        })
        .data()
    }
    fn name(&self) -> &str {
        "roll_over_scan"
    }
    fn schema_check(&self) -> bool {
        true
    }
}

/// What a window becomes.
struct Rolled {
    input: Arc<dyn ExecutionPlan>,
    key: Vec<usize>,
    columns: Vec<Column>,
}

fn rolled(node: &Arc<dyn ExecutionPlan>) -> Option<Rolled> {
    let any = node.as_ref() as &dyn Any;
    let (windows, input) = match (any.downcast_ref::<WindowAggExec>(), any.downcast_ref::<BoundedWindowAggExec>()) {
        (Some(window), _) => (window.window_expr(), window.input()),
        (_, Some(window)) => (window.window_expr(), window.input()),
        _ => return None,
    };
    let first = windows.first()?;
    let is_alike = |w: &Arc<dyn WindowExpr>| exprs_eq(w.partition_by(), first.partition_by()) && w.order_by() == first.order_by();
    if !windows.iter().all(is_alike) {
        return None;
    }
    let key = first.partition_by().iter().map(|expr| Some(column(expr)?.index())).collect::<Option<Vec<usize>>>()?;
    let by_key = first.partition_by().iter().map(|expr| PhysicalSortExpr::new_default(expr.clone()));
    // no column that the scan is ordered by is ever missing, so where NULLs would stand does not matter
    let ascending =
        first.order_by().iter().map(|sort| (!sort.options.descending).then(|| PhysicalSortExpr::new_default(sort.expr.clone())));
    let order = LexOrdering::new(by_key.chain(ascending.collect::<Option<Vec<_>>>()?))?;
    let is_ordered = input.equivalence_properties().ordering_satisfy(order.iter().cloned()).unwrap_or(false);
    let is_whole = input.output_partitioning().partition_count() == 1 || leads_scan(input.as_ref(), &key);
    if !is_scan_in_place(input.as_ref()) || !is_whole || !is_ordered {
        return None;
    }
    let columns = windows.iter().map(measured).collect::<Option<Vec<_>>>()?;
    Some(Rolled { input: input.clone(), key, columns })
}

fn exprs_eq(a: &[Arc<dyn PhysicalExpr>], b: &[Arc<dyn PhysicalExpr>]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b)
}

fn column(expr: &Arc<dyn PhysicalExpr>) -> Option<&ColumnExpr> {
    (expr.as_ref() as &dyn Any).downcast_ref::<ColumnExpr>()
}

/// A window as a column of ours.
fn measured(window: &Arc<dyn WindowExpr>) -> Option<Column> {
    let frame = window.get_window_frame();
    let size = match (&frame.units, &frame.start_bound, &frame.end_bound) {
        (WindowFrameUnits::Rows, WindowFrameBound::Preceding(n), WindowFrameBound::CurrentRow) => match n {
            ScalarValue::UInt64(Some(n)) => Some(usize::try_from(*n).ok()?.checked_add(1)?),
            n if n.is_null() => None,
            _ => return None,
        },
        (WindowFrameUnits::Rows, WindowFrameBound::CurrentRow, WindowFrameBound::CurrentRow) => Some(1),
        _ => return None,
    };
    let standard = window.as_any().downcast_ref::<StandardWindowExpr>()?;
    let function = standard.get_standard_func_expr().as_any().downcast_ref::<WindowUDFExpr>()?;
    Some(Column { measure: Measure::of(function.fun())?, of: function.args().first()?.clone(), size })
}
