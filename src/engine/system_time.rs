//! `FOR SYSTEM_TIME AS OF` on a name: all that the name stands for is planned again in a statement context of that instant, as if the clock
//! had stood there, and bound to it: tables, functions, calendars, the present, what the session made. What cannot be moved is an error.
//!
//! Names are looked up before anything is planned, and by their text alone. So the instant is computed first and goes into the name
//! ([`into_names`]); the catalogue takes it out again ([`moved_from`]) and binds what it finds ([`bind`]).

use std::any::Any;
use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::default_table_source::{provider_as_source, source_as_provider};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, TableReference};
use datafusion::datasource::ViewTable;
use datafusion::error::Result;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{self, Ident, ObjectName, ObjectNamePart, Query, TableFactor, TableVersion, VisitorMut};

use super::composed::{self, reads_lake};
use super::context::StatementContext;
use super::outside::Outside;
use super::relations::{constant, instant_of};
use super::{fault, parse, replay};
use crate::error::Error;
use crate::time::KnowledgeTime;

/// Between a name and the instant that it is moved to; no name has it that a person can type.
const MARK: char = '\u{1f}';

/// Puts the instant of every `FOR SYSTEM_TIME AS OF` into the name before it.
///
/// # Errors
/// The instant is none, or later than the clock, or the name is that of a CTE.
pub fn into_names(statement: &mut Statement, state: &SessionState, context: &StatementContext) -> crate::error::Result<()> {
    let mut named = Names(HashSet::new());
    let _ = parse::visit(statement, &mut named);
    let mut put = Put { state, context, ctes: named.0 };
    match parse::visit(statement, &mut put) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(error),
    }
}

/// The names of CTEs, in lower case.
struct Names(HashSet<String>);

impl VisitorMut for Names {
    type Break = ();
    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        if let Some(with) = &query.with {
            self.0.extend(with.cte_tables.iter().map(|cte| cte.alias.name.value.to_lowercase()));
        }
        ControlFlow::Continue(())
    }
}

struct Put<'a> {
    state: &'a SessionState,
    context: &'a StatementContext,
    ctes: HashSet<String>,
}

impl Put<'_> {
    fn put(&self, name: &mut ObjectName, instant: ast::Expr) -> crate::error::Result<()> {
        if let [ObjectNamePart::Identifier(only)] = name.0.as_slice()
            && self.ctes.contains(&only.value.to_lowercase())
        {
            return Err(Error::query(format!("`{}` is a CTE and has no system time", only.value))
                .hint("put `FOR SYSTEM_TIME AS OF` on the tables inside the CTE"));
        }
        let expr = self
            .state
            .create_logical_expr_from_sql_expr(ast::ExprWithAlias { expr: instant, alias: None }, &DFSchema::empty())
            .map_err(fault::explain)?;
        let instant = constant(expr, self.context).and_then(instant_of).map_err(fault::explain)?;
        self.context.ensure_not_later(instant, "`FOR SYSTEM_TIME AS OF`")?;
        if let Some(ObjectNamePart::Identifier(last)) = name.0.last_mut()
            && !last.value.contains(MARK)
        {
            let plain = if last.quote_style.is_some() { last.value.clone() } else { last.value.to_lowercase() };
            *last = Ident { quote_style: Some('"'), value: format!("{plain}{MARK}{}", instant.micros()), span: last.span };
        }
        Ok(())
    }
}

impl VisitorMut for Put<'_> {
    type Break = Error;
    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Error> {
        if let TableFactor::Table { name, version: Some(TableVersion::ForSystemTimeAsOf(instant)), args: None, .. } = factor
            && let Err(error) = self.put(name, instant.clone())
        {
            return ControlFlow::Break(error);
        }
        ControlFlow::Continue(())
    }
}

/// A name without the instant that it is moved to, and the instant.
pub fn moved_from(name: &str) -> Option<(&str, KnowledgeTime)> {
    let (name, micros) = name.rsplit_once(MARK)?;
    Some((name, KnowledgeTime::from_micros(micros.parse().ok()?)))
}

/// The name as a person wrote it.
pub fn unmoved(name: &ObjectName) -> ObjectName {
    let mut name = name.clone();
    if let Some(ObjectNamePart::Identifier(last)) = name.0.last_mut()
        && let Some((plain, _)) = moved_from(&last.value)
    {
        last.value = plain.to_string();
    }
    name
}

/// What was found under a name in a context that stands at an instant, bound to it wherever it is used.
///
/// # Errors
/// It is a table that no instant changes.
pub fn bind(name: &str, found: Arc<dyn TableProvider>, context: &Arc<StatementContext>) -> Result<Arc<dyn TableProvider>> {
    let plan = match found.get_logical_plan() {
        Some(plan) => plan.into_owned(),
        None if reads_lake(found.as_ref()) || is_declared(found.as_ref()) => {
            LogicalPlanBuilder::scan(TableReference::bare(name), provider_as_source(found.clone()), None)?.build()?
        }
        None => {
            return Err(Error::query(format!("`{name}` has no knowledge time, so it cannot be moved to {}", context.now()))
                .hint("lake tables, views, and files that declare their knowledge time can be")
                .into());
        }
    };
    Ok(Arc::new(ViewTable::new(bound(plan, context)?, None)))
}

fn is_declared(provider: &dyn TableProvider) -> bool {
    (provider as &dyn Any).downcast_ref::<Outside>().is_some_and(|file| file.available_at().is_some())
}

/// A plan in which every relation reads as the context says, those of subqueries included. Functions were made for the context already.
///
/// A bound relation gets a name of its own under its old one: the optimizer compares scans by name, and would take the same table at two
/// instants for one.
///
/// # Errors
/// The plan cannot be taken apart.
pub fn bound(plan: LogicalPlan, context: &Arc<StatementContext>) -> Result<LogicalPlan> {
    let instant = context.now();
    let bound = plan.transform_up_with_subqueries(|node| {
        if let LogicalPlan::Extension(extension) = &node
            && let Some(moved) = replay::moved(extension, instant)
        {
            return Ok(Transformed::yes(LogicalPlan::Extension(moved)));
        }
        let LogicalPlan::TableScan(scan) = &node else { return Ok(Transformed::no(node)) };
        let provider = source_as_provider(&scan.source)?;
        let moved = match composed::moved(provider.as_ref(), context) {
            Some(moved) => moved,
            None => Arc::new(Bound { table: provider, context: context.clone() }),
        };
        let own_name = TableReference::bare(format!("{} known by {instant}", scan.table_name));
        let scan =
            LogicalPlanBuilder::scan_with_filters(own_name, provider_as_source(moved), scan.projection.clone(), scan.filters.clone())?
                .alias(scan.table_name.clone())?;
        Ok(Transformed::yes(scan.build()?))
    })?;
    Ok(bound.data)
}

/// A planning state whose statement stands in another context.
///
/// # Errors
/// The state is none of ours.
pub fn standing_in(state: &dyn Session, context: &Arc<StatementContext>) -> Result<SessionState> {
    let state = state.as_any().downcast_ref::<SessionState>();
    let mut state = state.ok_or_else(|| Error::internal("a table was planned in a foreign session"))?.clone();
    *state.config_mut() = state.config().clone().with_extension(context.clone());
    Ok(state)
}

/// A table that is read in a context of its own, by whatever rule it has for a clock.
#[derive(Debug)]
pub struct Bound {
    table: Arc<dyn TableProvider>,
    context: Arc<StatementContext>,
}

impl Bound {
    pub fn table(&self) -> &dyn TableProvider {
        self.table.as_ref()
    }
}

#[async_trait]
impl TableProvider for Bound {
    fn schema(&self) -> SchemaRef {
        self.table.schema()
    }
    fn table_type(&self) -> TableType {
        self.table.table_type()
    }
    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        self.table.supports_filters_pushdown(filters)
    }
    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.table.scan(&standing_in(state, &self.context)?, projection, filters, limit).await
    }
}
