//! Tables of a session (`CREATE TABLE`, `CREATE TABLE AS`): they remember the clock they were born under and are refused under an earlier
//! one, since what was computed from the future would carry it into the past.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::Result;
use datafusion::logical_expr::dml::InsertOp;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::scan::context_of;
use crate::error::Error;
use crate::time::KnowledgeTime;

#[derive(Debug)]
pub struct BornTable {
    name: String,
    /// The latest clock under which something was written into it.
    born: AtomicI64,
    rows: Arc<dyn TableProvider>,
}

impl BornTable {
    pub fn new(name: String, born: KnowledgeTime, rows: Arc<dyn TableProvider>) -> Self {
        Self { name, born: AtomicI64::new(born.micros()), rows }
    }
    pub fn name(&self) -> &str {
        &self.name
    }
    pub fn born(&self) -> KnowledgeTime {
        KnowledgeTime::from_micros(self.born.load(Ordering::Relaxed))
    }
}

#[async_trait]
impl TableProvider for BornTable {
    fn schema(&self) -> SchemaRef {
        self.rows.schema()
    }
    fn table_type(&self) -> TableType {
        TableType::Base
    }
    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let born = self.born();
        match context_of(state)?.clock {
            Some(clock) if clock < born => {
                Err(Error::query(format!("table `{}` was made from what was known at {born}, later than the clock, {clock}", self.name))
                    .hint("make it again under this clock, or make it a view")
                    .into())
            }
            _ => self.rows.scan(state, projection, filters, limit).await,
        }
    }
    async fn insert_into(&self, state: &dyn Session, input: Arc<dyn ExecutionPlan>, op: InsertOp) -> Result<Arc<dyn ExecutionPlan>> {
        let now = context_of(state)?.now();
        self.born.fetch_max(now.micros(), Ordering::Relaxed);
        self.rows.insert_into(state, input, op).await
    }
}
