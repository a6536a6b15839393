//! Answers that DataFusion gets wrong are made right here, or refused in a sentence: [`CURES`] lists them, with the issue in which DataFusion
//! speaks of each and the test that tells when the cure can go.
//!
//! A cure stands as near to the statement as it can: on the syntax tree ([`rewrite`], [`local`]), where names and types are planned ([`dates`], [`using`],
//! [`multisets`]), in the analyzer ([`spans`], [`correlated`],
//! [`checked`]), as a function under the name of DataFusion's ([`aggregates`], [`shifts`],
//! [`zones`]), last in the optimizer ([`guards`]) or first in the physical plan ([`veil`]). Nothing here reads the lake or knows of a clock.

mod aggregates;
mod checked;
mod correlated;
mod dates;
mod guards;
mod list;
mod local;
mod multisets;
mod numbers;
mod rewrite;
mod shifts;
mod similar;
mod spans;
mod using;
pub mod veil;
mod zones;

use std::sync::Arc;

use datafusion::common::DFSchema;
use datafusion::error::Result;
use datafusion::execution::FunctionRegistry;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::planner::RelationPlannerContext;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::optimizer::{Analyzer, AnalyzerRule, OptimizerRule};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::sql::sqlparser::ast::{FunctionArg, ObjectName, TableAlias, TableWithJoins};

pub use list::{CURES, Cure};
pub use local::in_zone;
pub use rewrite::rewrite;

/// The analyzer's rules with ours: types are compared before they are coerced, and numbers are checked after.
pub fn analyzer_rules() -> Vec<Arc<dyn AnalyzerRule + Send + Sync>> {
    let before: [Arc<dyn AnalyzerRule + Send + Sync>; 3] =
        [Arc::new(using::TakeAway), Arc::new(similar::MatchWhole), Arc::new(spans::CompareSpans)];
    let after: [Arc<dyn AnalyzerRule + Send + Sync>; 2] =
        [Arc::new(correlated::JoinWhatIsCorrelated), Arc::new(checked::CheckWholeNumbers)];
    before.into_iter().chain(Analyzer::new().rules).chain(after).collect()
}

/// The optimizer's rules with ours behind them.
pub fn with_guards(mut rules: Vec<Arc<dyn OptimizerRule + Send + Sync>>) -> Vec<Arc<dyn OptimizerRule + Send + Sync>> {
    rules.push(Arc::new(guards::Guard));
    rules
}

/// Comes before every rule that concludes something from what is constant.
pub fn physical_rule() -> Arc<dyn PhysicalOptimizerRule + Send + Sync> {
    Arc::new(veil::VeilConstants)
}

/// Puts functions and operators of ours in the place of DataFusion's.
///
/// # Errors
/// DataFusion does not take them.
pub fn register(state: &mut SessionState) -> Result<()> {
    state.register_expr_planner(Arc::new(dates::Operators))?;
    state.register_udf(Arc::new(zones::function()))?;
    state.register_udf(Arc::new(zones::shown()))?;
    aggregates::register(state)?;
    shifts::register(state)
}

/// Plans a relation that `rewrite` made of a set operation; `None` for any other.
///
/// # Errors
/// Its sides do not plan.
pub fn plan_call(name: &ObjectName, args: &[FunctionArg], planner: &mut dyn RelationPlannerContext) -> Option<Result<LogicalPlan>> {
    let name = name.0.last()?.as_ident()?.value.as_str();
    [multisets::INTERSECT, multisets::EXCEPT].contains(&name).then(|| multisets::plan(name, args.to_vec(), planner))
}

/// Plans a join that `rewrite` put into parentheses; `None` for any other.
///
/// # Errors
/// It does not plan.
pub fn plan_join(
    from: &TableWithJoins,
    alias: Option<&TableAlias>,
    planner: &mut dyn RelationPlannerContext,
) -> Option<Result<LogicalPlan>> {
    let name = alias.map(|alias| alias.name.value.as_str()).filter(|name| using::is_qualifier(name))?;
    using::find(from).then(|| using::plan(from.clone(), name, planner))
}

/// An expression without columns whose types are coerced, with its operators checked.
///
/// # Errors
/// It cannot be walked.
pub fn checked_constant(expr: Expr) -> Result<Expr> {
    Ok(checked::checked(expr, &DFSchema::empty())?.data)
}

/// The columns that a node's expressions may speak of.
fn inputs(node: &LogicalPlan) -> Result<DFSchema> {
    let mut schema = merge_schema(&node.inputs());
    if let LogicalPlan::TableScan(scan) = node {
        schema.merge(&DFSchema::try_from_qualified_schema(scan.table_name.clone(), &scan.source.schema())?);
    }
    Ok(schema)
}
