//! Tables of a session (`CREATE TABLE`, `CREATE TABLE AS`): they remember the clock they were born under and are refused under an earlier
//! one, since what was computed from the future would carry it into the past.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::dml::InsertOp;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties, ReplaceChildrenOptions,
};
use futures::TryStreamExt;

use super::scan::context_of;
use crate::error::Error;
use crate::time::KnowledgeTime;

#[derive(Debug)]
pub struct BornTable {
    name: String,
    /// The latest clock under which something was written into it.
    born: Arc<AtomicI64>,
    rows: Arc<dyn TableProvider>,
}

impl BornTable {
    pub fn new(name: String, born: KnowledgeTime, rows: Arc<dyn TableProvider>) -> Self {
        Self { name, born: Arc::new(AtomicI64::new(born.micros())), rows }
    }
    pub fn name(&self) -> &str {
        &self.name
    }
    pub fn born(&self) -> KnowledgeTime {
        KnowledgeTime::from_micros(self.born.load(Ordering::Relaxed))
    }
    /// Whether one who stands at a clock may know of it: of its columns as little as of its rows.
    pub fn is_known_at(&self, clock: Option<KnowledgeTime>) -> bool {
        clock.is_none_or(|clock| clock >= self.born())
    }
    /// That one who stands at a clock may know of it.
    ///
    /// # Errors
    /// It was made later.
    pub fn ensure_known_at(&self, clock: Option<KnowledgeTime>) -> crate::error::Result<()> {
        let born = self.born();
        match clock {
            Some(clock) if clock < born => {
                Err(Error::query(format!("table `{}` was made from what was known at {born}, later than the clock, {clock}", self.name))
                    .hint("make it again under this clock, or make it a view"))
            }
            _ => Ok(()),
        }
    }
}

/// The table of a session that a provider is.
pub fn born_table(provider: &dyn TableProvider) -> Option<&BornTable> {
    (provider as &dyn Any).downcast_ref::<BornTable>()
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
        self.ensure_known_at(context_of(state)?.clock)?;
        self.rows.scan(state, projection, filters, limit).await
    }
    async fn insert_into(&self, state: &dyn Session, input: Arc<dyn ExecutionPlan>, op: InsertOp) -> Result<Arc<dyn ExecutionPlan>> {
        let context = context_of(state)?;
        self.ensure_known_at(context.clock)?;
        let written = self.rows.insert_into(state, input, op).await?;
        Ok(Arc::new(Ageing { properties: written.properties().clone(), written, born: self.born.clone(), now: context.now() }))
    }
}

/// An insertion that makes its table as old as the statement, when it has written its rows and not before: one that is only explained, or
/// that fails, changes nothing.
#[derive(Debug)]
struct Ageing {
    written: Arc<dyn ExecutionPlan>,
    born: Arc<AtomicI64>,
    now: KnowledgeTime,
    properties: Arc<PlanProperties>,
}

impl DisplayAs for Ageing {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ageing: known at {}", self.now)
    }
}

impl ExecutionPlan for Ageing {
    fn name(&self) -> &'static str {
        "Ageing"
    }
    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }
    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.written]
    }
    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }
    fn apply_expressions(&self, _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }
    fn replace_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let written = children.swap_remove(0);
        Ok(Arc::new(Self { properties: written.properties().clone(), written, born: self.born.clone(), now: self.now }))
    }
    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }
    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let (born, now) = (self.born.clone(), self.now);
        // the count of rows comes when they are in
        let counted = self.written.execute(partition, context)?.inspect_ok(move |_| {
            born.fetch_max(now.micros(), Ordering::Relaxed);
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), counted)))
    }
}
