//! How much a plan becomes when every name in it is put in its place. Views and CTEs stand for one plan however often they are named, so a
//! plan of thirty nodes may be one of a billion on the way to execution, where nothing stops it. It is counted while it is small.

use std::collections::HashMap;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::Result;
use datafusion::logical_expr::LogicalPlan;

use crate::error::Error;

/// More nodes than any statement has that a person wrote, or a program for one.
const MOST: u64 = 200_000;
/// Views that one statement may put in their place, each time it names one.
pub const MOST_VIEWS: usize = 10_000;

/// That a plan is of a size that can be worked with.
///
/// # Errors
/// It is not.
pub fn ensure(plan: &LogicalPlan) -> Result<()> {
    let n = nodes(plan, &mut HashMap::new())?;
    if n <= MOST { Ok(()) } else { Err(too_broad().into()) }
}

/// What is said of a statement that names its own parts over and over.
pub fn too_broad() -> Error {
    Error::query("the statement names its own parts so often that it is too large to plan")
        .hint("does each view or CTE read the one before it twice? CREATE TABLE AS keeps rows that several parts read")
}

/// Nodes of a plan as a tree. Shared parts are counted as often as they are named and looked at once.
fn nodes(plan: &LogicalPlan, known: &mut HashMap<*const LogicalPlan, u64>) -> Result<u64> {
    let place = std::ptr::from_ref(plan);
    if let Some(n) = known.get(&place) {
        return Ok(*n);
    }
    let mut n = 1_u64;
    for input in plan.inputs() {
        n = n.saturating_add(nodes(input, known)?);
    }
    let mut inside = 0_u64;
    plan.apply_expressions(|expr| {
        use datafusion::common::tree_node::TreeNode;
        use datafusion::logical_expr::Expr;
        expr.apply(|part| {
            let subquery = match part {
                Expr::ScalarSubquery(subquery) => Some(subquery),
                Expr::Exists(exists) => Some(&exists.subquery),
                Expr::InSubquery(within) => Some(&within.subquery),
                _ => None,
            };
            if let Some(subquery) = subquery {
                inside = inside.saturating_add(nodes(&subquery.subquery, known)?);
            }
            Ok(TreeNodeRecursion::Continue)
        })
    })?;
    n = n.saturating_add(inside);
    known.insert(place, n);
    Ok(n)
}
