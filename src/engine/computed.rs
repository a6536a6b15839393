//! Tables whose rows are computed when they are scanned: the release calendar, what configuration says.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::context::StatementContext;
use super::scan::context_of;

type Rows = Arc<dyn Fn(&StatementContext) -> crate::error::Result<RecordBatch> + Send + Sync>;

pub struct Computed {
    schema: SchemaRef,
    rows: Rows,
}

impl Computed {
    pub fn new(schema: SchemaRef, rows: impl Fn(&StatementContext) -> crate::error::Result<RecordBatch> + Send + Sync + 'static) -> Self {
        Self { schema, rows: Arc::new(rows) }
    }
}

impl fmt::Debug for Computed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Computed({} columns)", self.schema.fields().len())
    }
}

#[async_trait]
impl TableProvider for Computed {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
    fn table_type(&self) -> TableType {
        TableType::View
    }
    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let rows = (self.rows)(context_of(state)?.as_ref())?;
        Ok(MemorySourceConfig::try_new_exec(&[vec![rows]], self.schema.clone(), projection.cloned())?)
    }
}
