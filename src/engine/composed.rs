//! Relations of our own that are put together from lake tables when they are scanned. One provider for all of them, so that a system time
//! moves each like a lake table; what is put together is a [`Composition`]'s to say.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::context::StatementContext;
use super::scan::KnownTable;
use super::system_time::standing_in;
use crate::tables::Table;
use crate::time::KnowledgeTime;

/// Rows made of lake tables. It reads them through [`KnownTable`] alone, when it is planned or later, never when it is made.
#[async_trait]
pub trait Composition: fmt::Debug + Send + Sync {
    fn schema(&self) -> SchemaRef;
    /// Whether a predicate may narrow what is read without changing any row that passes it; it is applied once more above.
    fn takes(&self, _filter: &Expr) -> bool {
        false
    }
    /// Plans the rows as known at an instant no later than the clock, or at the clock.
    ///
    /// # Errors
    /// The lake cannot be read, or an argument makes no sense of what is in it.
    async fn plan(
        &self,
        state: &dyn Session,
        instant: Option<KnowledgeTime>,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
    ) -> Result<Arc<dyn ExecutionPlan>>;
}

/// A composition at the session's clock or earlier. Holds no data and no version.
#[derive(Debug, Clone)]
pub struct ComposedTable {
    composition: Arc<dyn Composition>,
    /// The statement as it stood at an instant that the query gives; never later than the clock.
    context: Option<Arc<StatementContext>>,
}

impl ComposedTable {
    pub fn new(composition: Arc<dyn Composition>) -> Self {
        Self { composition, context: None }
    }
    /// The same rows as a statement would see them that stood elsewhere; one that was moved already stays where it is.
    fn moved_to(&self, context: &Arc<StatementContext>) -> Self {
        Self { context: Some(self.context.clone().unwrap_or_else(|| context.clone())), ..self.clone() }
    }
}

#[async_trait]
impl TableProvider for ComposedTable {
    fn schema(&self) -> SchemaRef {
        self.composition.schema()
    }
    fn table_type(&self) -> TableType {
        TableType::View
    }
    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let pushed = |filter: &&Expr| match self.composition.takes(filter) {
            true => TableProviderFilterPushDown::Inexact,
            false => TableProviderFilterPushDown::Unsupported,
        };
        Ok(filters.iter().map(pushed).collect())
    }
    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match &self.context {
            None => self.composition.plan(state, None, projection, filters).await,
            Some(context) => {
                let state = standing_in(state, context)?;
                self.composition.plan(&state, Some(context.now()), projection, filters).await
            }
        }
    }
}

/// A provider of the lake's rows as a statement sees them that stands at an earlier instant; `None` for one that shows no rows of the lake.
pub fn moved(provider: &dyn TableProvider, context: &Arc<StatementContext>) -> Option<Arc<dyn TableProvider>> {
    let provider = provider as &dyn Any;
    let table = provider.downcast_ref::<KnownTable>().map(|table| Arc::new(table.at(context.now())) as Arc<dyn TableProvider>);
    table.or_else(|| provider.downcast_ref::<ComposedTable>().map(|table| Arc::new(table.moved_to(context)) as Arc<dyn TableProvider>))
}

/// Whether a provider shows rows of the lake.
pub fn reads_lake(provider: &dyn TableProvider) -> bool {
    let provider = provider as &dyn Any;
    provider.is::<KnownTable>() || provider.is::<ComposedTable>()
}

/// The lake table that a provider shows as it is.
pub fn lake_table(provider: &dyn TableProvider) -> Option<&'static Table> {
    (provider as &dyn Any).downcast_ref::<KnownTable>().map(KnownTable::lake_table)
}
