//! Work that a person may interrupt: a future that waits for it can be dropped at any time, and is dropped at once.
//!
//! Parsing and planning never wait for anything, so they run in a task of their own; dropping the waiting future leaves it behind, and it
//! ends at its next pause. Executing waits at its leaves only, and a join makes millions of batches out of one that it read, so joins pause
//! as leaves do.

use std::sync::Arc;

use datafusion::common::runtime::SpawnedTask;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::joins::{CrossJoinExec, HashJoinExec, NestedLoopJoinExec, SortMergeJoinExec};
use datafusion::sql::parser::Statement;
use tokio::task::JoinError;

use super::depth::Tall;
use super::parse::{self, StatementText};
use super::{core, fault};
use crate::error::{Error, Result};

/// Texts up to this many bytes are parsed where they are: it takes less time than a key takes to press.
const SHORT: usize = 64 * 1024;

/// The statements of a text.
///
/// # Errors
/// The text does not come apart into tokens: a quote or comment is open.
pub async fn split(text: &str) -> Result<Vec<StatementText>> {
    aside(text, parse::split).await
}

/// Parses one statement; `None` for a text without any.
pub(super) async fn parse(text: &str) -> Result<Option<Statement>> {
    aside(text, parse::statement).await
}

/// The query of an `EXPLAIN PIT`; `None` for any other text.
pub(super) async fn pit_query(text: &str) -> Result<Option<String>> {
    aside(text, parse::pit_query).await
}

async fn aside<T: Send + 'static>(text: &str, work: fn(&str) -> Result<T>) -> Result<T> {
    if text.len() <= SHORT {
        return work(text);
    }
    let text = text.to_string();
    SpawnedTask::spawn_blocking(move || work(&text)).join_unwind().await.map_err(lost)?
}

pub(super) async fn logical(state: &SessionState, statement: Statement) -> Result<LogicalPlan> {
    let state = state.clone();
    let plan = SpawnedTask::spawn(Tall::new(async move { core::plan(&state, statement).await }));
    plan.join_unwind().await.map_err(lost)?.map_err(fault::explain)
}

pub(super) async fn physical(state: &SessionState, plan: LogicalPlan) -> Result<Arc<dyn ExecutionPlan>> {
    let state = state.clone();
    let plan = SpawnedTask::spawn(Tall::new(async move { state.create_physical_plan(&plan).await.and_then(with_pauses) }));
    plan.join_unwind().await.map_err(lost)?.map_err(fault::explain)
}

fn with_pauses(plan: Arc<dyn ExecutionPlan>) -> datafusion::error::Result<Arc<dyn ExecutionPlan>> {
    let paused = plan.transform_up(|node| {
        let any: &dyn std::any::Any = node.as_ref();
        let is_join =
            any.is::<CrossJoinExec>() || any.is::<NestedLoopJoinExec>() || any.is::<HashJoinExec>() || any.is::<SortMergeJoinExec>();
        Ok(if is_join { Transformed::yes(Arc::new(CooperativeExec::new(node)) as Arc<dyn ExecutionPlan>) } else { Transformed::no(node) })
    })?;
    Ok(paused.data)
}

fn lost(_: JoinError) -> Error {
    Error::cancelled()
}
