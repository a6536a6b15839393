//! What the statements of a session share: the lake, the configuration, the session's own tables and views, and the template of a planning
//! state. Opens nothing.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::Result;
use datafusion::execution::cache::cache_manager::CacheManagerConfig;
use datafusion::execution::context::QueryPlanner;
use datafusion::execution::disk_manager::DiskManagerBuilder;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::LogicalPlan;
use datafusion::optimizer::Optimizer;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{DefaultPhysicalPlanner, ExtensionPlanner, PhysicalPlanner};
use datafusion::prelude::SessionConfig;
use datafusion::sql::parser::Statement;
use futures::FutureExt;

use super::catalogue::{CATALOG, Catalogue, SCHEMA, Scope};
use super::context::StatementContext;
use super::relations::Relations;
use super::{answers, asof, functions, parse, pivot, replay, rolling, scan, trailing_mean};
use crate::config::Config;
use crate::error::Error;
use crate::lake::Lake;
use crate::metadata::{Metadata, SavedSeries, ScheduledRoll};

pub struct Core {
    data: PathBuf,
    pub lake: Arc<Lake>,
    pub config: Arc<Config>,
    template: SessionState,
    own: RwLock<Own>,
}

/// Names that the user made in this session.
#[derive(Default)]
struct Own {
    tables: HashMap<String, Arc<dyn TableProvider>>,
    /// As parsed: printed and parsed again, some clauses would not come back.
    views: HashMap<String, Statement>,
}

impl std::fmt::Debug for Core {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Core({})", self.data.display())
    }
}

impl Core {
    /// The core of a session over a lake.
    ///
    /// # Errors
    /// DataFusion's runtime cannot be set up.
    pub fn new(data: PathBuf, lake: Arc<Lake>, config: Arc<Config>) -> Result<Self> {
        let mut session = SessionConfig::new()
            .with_default_catalog_and_schema(CATALOG, SCHEMA)
            .with_create_default_catalog_and_schema(false)
            .with_information_schema(true)
            // files of the lake and beside it change under a running session: nothing that was listed before may answer
            .with_collect_statistics(false);
        let options = session.options_mut();
        options.sql_parser.collect_spans = true;
        // a run of equal keys must not be cut: the scan decides what is read together
        options.optimizer.repartition_file_scans = false;
        options.execution.time_zone = Some("UTC".into());
        // a window looks ahead of the rows that a LIMIT asks for
        options.optimizer.enable_window_limits = false;
        // a CASE may be missing to the one planner and not to the other; what it gives is the same
        options.execution.skip_physical_aggregate_schema_check = true;
        let caches = CacheManagerConfig::default().with_list_files_cache_limit(0);
        let runtime =
            RuntimeEnvBuilder::new().with_cache_manager(caches).with_disk_manager_builder(DiskManagerBuilder::default()).build_arc()?;
        runtime.register_object_store(ObjectStoreUrl::parse(scan::STORE_URL)?.as_ref(), lake.store());
        let first: [Arc<dyn PhysicalOptimizerRule + Send + Sync>; 2] = [Arc::new(rolling::RollOverScan), answers::physical_rule()];
        let physical_rules = first.into_iter().chain(PhysicalOptimizer::new().rules).collect();
        let mut template = SessionStateBuilder::new()
            .with_config(session)
            .with_runtime_env(runtime)
            .with_query_planner(Arc::new(Planner))
            .with_default_features()
            .with_analyzer_rules(answers::analyzer_rules())
            .with_optimizer_rules(answers::with_guards(asof::with_left_filters(Optimizer::new().rules)))
            .with_physical_optimizer_rules(physical_rules)
            .build();
        answers::register(&mut template)?;
        Ok(Self { data, lake, config, template, own: RwLock::default() })
    }

    pub fn data(&self) -> &Path {
        &self.data
    }

    /// A planning state for one statement.
    pub fn state(self: &Arc<Self>, context: Arc<StatementContext>, ctes: HashSet<String>) -> SessionState {
        self.scoped_state(Scope { core: self.clone(), context, depth: 0 }, ctes)
    }

    /// A planning state for one statement, or for the text of a view inside it.
    pub fn scoped_state(self: &Arc<Self>, scope: Scope, ctes: HashSet<String>) -> SessionState {
        let context = scope.context.clone();
        let mut state = self.template.clone();
        *state.config_mut() = state.config().clone().with_extension(context.clone());
        state.register_catalog_list(Arc::new(Catalogue(scope)));
        let relations = Relations { core: self.clone(), context: context.clone(), ctes };
        state.register_relation_planner(Arc::new(relations)).expect("the SQL planner takes relation planners");
        state.mark_start_execution();
        functions::register(&mut state, &context).expect("our functions have distinct names");
        state
    }

    /// Plans the query of a view inside its scope.
    ///
    /// # Errors
    /// It does not plan, or holds a clause that would be dropped.
    pub async fn plan_view(self: Arc<Self>, mut statement: Statement, scope: Scope) -> Result<LogicalPlan> {
        let checked = super::honoured::check(&mut statement)?;
        pivot::find(&scope, &mut statement).await?;
        let state = self.scoped_state(scope, checked.ctes);
        Box::pin(plan(&state, statement)).await
    }

    /// Plans our own SQL where the planner cannot wait: it names lake tables and configuration only, so nothing has to be awaited.
    ///
    /// # Errors
    /// The text does not parse or plan.
    pub fn plan_text_now(self: &Arc<Self>, text: &str, context: Arc<StatementContext>) -> Result<LogicalPlan> {
        let scope = Scope { core: self.clone(), context, depth: 0 };
        let statement = parse::statement(text)?.ok_or_else(|| Error::internal("a query of our own without a text"))?;
        self.clone()
            .plan_view(statement, scope)
            .now_or_never()
            .ok_or_else(|| Error::internal("planning our own SQL waited for something"))?
    }

    /// The continuous series that was saved under this name, with its roll table.
    ///
    /// # Errors
    /// The metadata cannot be read.
    pub fn saved_series(&self, id: &str) -> Result<Option<(SavedSeries, Vec<ScheduledRoll>)>> {
        let Some(metadata) = Metadata::open_to_read(&self.data)? else { return Ok(None) };
        let saved = metadata.series(id)?;
        Ok(saved.map(|saved| Ok::<_, Error>((saved, metadata.schedule(id)?))).transpose()?)
    }

    /// The days before a deadline on which someone has set a root's contracts to be rolled.
    ///
    /// # Errors
    /// The metadata cannot be read.
    pub fn roll_days(&self, root: &str) -> Result<Option<u32>> {
        Ok(match Metadata::open_to_read(&self.data)? {
            Some(metadata) => metadata.roll_days(root)?,
            None => None,
        })
    }

    pub fn has_built_in_table_function(&self, name: &str) -> bool {
        self.template.table_functions().contains_key(name)
    }

    fn own(&self) -> std::sync::RwLockReadGuard<'_, Own> {
        self.own.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
    fn own_mut(&self) -> std::sync::RwLockWriteGuard<'_, Own> {
        self.own.write().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
    pub fn session_table(&self, name: &str) -> Option<Arc<dyn TableProvider>> {
        self.own().tables.get(name).cloned()
    }
    pub fn view(&self, name: &str) -> Option<Statement> {
        self.own().views.get(name).cloned()
    }
    pub fn session_names(&self) -> Vec<String> {
        let own = self.own();
        own.tables.keys().chain(own.views.keys()).cloned().collect()
    }
    pub fn keep_table(&self, name: String, table: Arc<dyn TableProvider>) {
        self.own_mut().tables.insert(name, table);
    }
    pub fn keep_view(&self, name: String, query: Statement) {
        self.own_mut().views.insert(name, query);
    }
    pub fn drop_table(&self, name: &str) -> bool {
        self.own_mut().tables.remove(name).is_some()
    }
    pub fn drop_view(&self, name: &str) -> bool {
        self.own_mut().views.remove(name).is_some()
    }
}

/// DataFusion's physical planner, with our own nodes.
#[derive(Debug)]
struct Planner;

#[async_trait]
impl QueryPlanner for Planner {
    async fn create_physical_plan(&self, plan: &LogicalPlan, state: &dyn Session) -> Result<Arc<dyn ExecutionPlan>> {
        let own: Vec<Arc<dyn ExtensionPlanner + Send + Sync>> =
            vec![Arc::new(trailing_mean::Planner), Arc::new(asof::Planner), Arc::new(replay::Planner)];
        let planner = DefaultPhysicalPlanner::with_extension_planners(own);
        planner.create_physical_plan(plan, state).await
    }
}

/// A statement's logical plan.
pub async fn plan(state: &SessionState, statement: Statement) -> Result<LogicalPlan> {
    state.statement_to_plan(statement).await
}
