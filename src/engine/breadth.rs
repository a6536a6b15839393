//! How much a plan becomes when every name in it is put in its place. Views and CTEs stand for one plan however often they are named, so a
//! plan of thirty nodes may be one of a billion on the way to execution, where nothing stops it. It is counted while it is small: the text of
//! a statement before it is planned, since the planner copies a CTE wherever it is named, and the plan afterwards.

use std::collections::HashMap;
use std::ops::ControlFlow;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::Result;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{ObjectName, Query, VisitorMut};

use super::parse;
use crate::error::Error;

/// More nodes than any statement has that a person wrote, or a program for one.
const MOST: u64 = 200_000;
/// Views that one statement may put in their place, each time it names one.
pub const MOST_VIEWS: usize = 10_000;
/// Relations of a statement, those of a CTE counted again wherever it is named.
const MOST_NAMED: u64 = 50_000;

/// That a statement stays of a size that can be planned when each CTE is put where it is named.
///
/// # Errors
/// It does not.
pub fn ensure_named(statement: &mut Statement) -> crate::error::Result<()> {
    let mut counted = Named::default();
    let _ = parse::visit(statement, &mut counted);
    if counted.most <= MOST_NAMED { Ok(()) } else { Err(too_broad()) }
}

/// Counts relations on the way through a statement.
#[derive(Default)]
struct Named {
    /// The queries that are open, the innermost last.
    open: Vec<Open>,
    most: u64,
}

#[derive(Default)]
struct Open {
    /// Its CTEs whose queries are still to come, the first last, by where their queries stand.
    to_come: Vec<(*const Query, String)>,
    /// What each CTE stands for.
    sizes: HashMap<String, u64>,
    size: u64,
}

impl VisitorMut for Named {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        let ctes = query.with.iter().flat_map(|with| &with.cte_tables).rev();
        let to_come = ctes.map(|cte| (std::ptr::from_ref(&*cte.query), cte.alias.name.value.to_lowercase())).collect();
        self.open.push(Open { to_come, size: 1, sizes: HashMap::new() });
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, name: &mut ObjectName) -> ControlFlow<()> {
        let name = name.to_string().trim_matches('"').to_lowercase();
        let size = self.open.iter().rev().find_map(|query| query.sizes.get(&name)).copied().unwrap_or(1);
        if let Some(query) = self.open.last_mut() {
            query.size = query.size.saturating_add(size);
        }
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        let Some(Open { size, .. }) = self.open.pop() else { return ControlFlow::Continue(()) };
        self.most = self.most.max(size);
        if let Some(outer) = self.open.last_mut() {
            match outer.to_come.pop_if(|(place, _)| std::ptr::eq(*place, query)) {
                Some((_, name)) => drop(outer.sizes.insert(name, size)),
                None => outer.size = outer.size.saturating_add(size),
            }
        }
        ControlFlow::Continue(())
    }
}

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
