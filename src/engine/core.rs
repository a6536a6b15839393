//! What the statements of a session share: the lake, the configuration, the session's own tables and views, and the template of a planning
//! state. Opens nothing.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

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

use super::born::born_table;
use super::catalogue::{CATALOG, Catalogue, SCHEMA, Scope};
use super::context::StatementContext;
use super::data_folder::DataFolder;
use super::honoured::{self, Checked, Kinds};
use super::macros::{self, Macro};
use super::outside::Declared;
use super::relations::Relations;
use super::user_files::UserFiles;
use super::{answers, asof, bounds, functions, parse, pivot, replay, rolling, system_time, trailing_mean};
use crate::config::Config;
use crate::error::Error;
use crate::lake::Lake;
use crate::memory;
use crate::metadata::{Metadata, SavedSeries, ScheduledRoll};
use crate::time::KnowledgeTime;

pub struct Core {
    data: DataFolder,
    pub lake: Arc<Lake>,
    pub config: Arc<Config>,
    template: SessionState,
    kinds: Kinds,
    /// The template with another limit of memory than the process has, which a session was told last.
    limited: Mutex<Option<(u64, SessionState)>>,
    own: RwLock<Own>,
}

/// Names that the user made in this session.
#[derive(Default)]
struct Own {
    tables: HashMap<String, Arc<dyn TableProvider>>,
    /// Files of text with a knowledge time: what they are as a table depends on who looks.
    declared: HashMap<String, Declared>,
    /// As parsed: printed and parsed again, some clauses would not come back.
    views: HashMap<String, Statement>,
    macros: HashMap<String, Macro>,
}

impl std::fmt::Debug for Core {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Core({})", self.data.path().display())
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
        let runtime = RuntimeEnvBuilder::new().with_cache_manager(caches).with_disk_manager_builder(DiskManagerBuilder::default());
        // what does not fit into memory goes to the system's folder for temporary files, never below the data folder
        let runtime = runtime.with_memory_pool(bounds::pool(memory::limit())).build_arc()?;
        // the only store that SQL finds; the scan of the lake brings its own
        let data = DataFolder::new(data);
        runtime.register_object_store(ObjectStoreUrl::local_filesystem().as_ref(), Arc::new(UserFiles::beside(data.clone())));
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
        functions::register_other_names(&mut template)?;
        let kinds = Kinds::of(&template);
        Ok(Self { data, lake, config, template, kinds, limited: Mutex::default(), own: RwLock::default() })
    }

    /// Which names are those of scalar and of window functions.
    pub fn kinds(&self) -> &Kinds {
        &self.kinds
    }
    pub fn data(&self) -> &Path {
        self.data.path()
    }
    /// The data folder, as one who asks whether a path leads into it.
    pub fn data_folder(&self) -> &DataFolder {
        &self.data
    }

    /// A planning state for one statement.
    pub fn state(self: &Arc<Self>, context: Arc<StatementContext>, checked: &Checked) -> SessionState {
        self.scoped_state(Scope::of(self.clone(), context).below(checked))
    }

    /// A planning state for one statement, or for the text of a view inside it.
    pub fn scoped_state(self: &Arc<Self>, scope: Scope) -> SessionState {
        let context = scope.context.clone();
        let mut state = self.template(context.memory);
        *state.config_mut() = state.config().clone().with_extension(context.clone());
        state.register_catalog_list(Arc::new(Catalogue(scope.clone())));
        let relations = Relations { core: self.clone(), context: context.clone(), scope };
        state.register_relation_planner(Arc::new(relations)).expect("the SQL planner takes relation planners");
        state.mark_start_execution();
        functions::register(&mut state, &context).expect("our functions have distinct names");
        state
    }

    /// The template of planning states, with the limit of memory that a session was told.
    fn template(&self, memory: Option<u64>) -> SessionState {
        let Some(memory) = memory else { return self.template.clone() };
        let mut limited = self.limited.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, template)) = limited.as_ref().filter(|(known, _)| *known == memory) {
            return template.clone();
        }
        let runtime = RuntimeEnvBuilder::from_runtime_env(self.template.runtime_env()).with_memory_pool(bounds::pool(memory));
        let Ok(runtime) = runtime.build_arc() else { return self.template.clone() };
        let template = SessionStateBuilder::new_from_existing(self.template.clone()).with_runtime_env(runtime).build();
        *limited = Some((memory, template.clone()));
        template
    }

    /// Plans the query of a view inside its scope.
    ///
    /// # Errors
    /// It does not plan, or holds a clause that would be dropped.
    pub async fn plan_view(self: Arc<Self>, mut statement: Statement, scope: Scope) -> Result<LogicalPlan> {
        let checked = honoured::check(&mut statement, &self.kinds)?;
        let scope = scope.below(&checked);
        scope.ensure_shallow()?;
        pivot::find(&scope, &mut statement).await?;
        let state = self.scoped_state(scope.clone());
        system_time::into_names(&mut statement, &state, &scope.context)?;
        Box::pin(plan(&state, statement)).await
    }

    /// Plans our own SQL where the planner cannot wait: it names lake tables and configuration only, so nothing has to be awaited.
    ///
    /// # Errors
    /// The text does not parse or plan.
    pub fn plan_text_now(self: &Arc<Self>, text: &str, scope: &Scope) -> Result<LogicalPlan> {
        let scope = scope.inside()?;
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
        let Some(metadata) = Metadata::open_to_read(self.data())? else { return Ok(None) };
        let saved = metadata.series(id)?;
        Ok(saved.map(|saved| Ok::<_, Error>((saved, metadata.schedule(id)?))).transpose()?)
    }

    /// The days before a deadline on which someone has set a root's contracts to be rolled.
    ///
    /// # Errors
    /// The metadata cannot be read.
    pub fn roll_days(&self, root: &str) -> Result<Option<u32>> {
        Ok(match Metadata::open_to_read(self.data())? {
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
    pub fn declared(&self, name: &str) -> Option<Declared> {
        self.own().declared.get(name).cloned()
    }
    /// Whether a table of the session has this name, known or not.
    pub fn has_table(&self, name: &str) -> bool {
        let own = self.own();
        own.tables.contains_key(name) || own.declared.contains_key(name)
    }
    pub fn view(&self, name: &str) -> Option<Statement> {
        self.own().views.get(name).cloned()
    }
    /// Names of the session that one who stands at a clock may know of.
    pub fn session_names(&self, clock: Option<KnowledgeTime>) -> Vec<String> {
        let own = self.own();
        let is_known = |table: &Arc<dyn TableProvider>| born_table(table.as_ref()).is_none_or(|table| table.is_known_at(clock));
        let tables = own.tables.iter().filter(|(_, table)| is_known(table)).map(|(name, _)| name);
        tables.chain(own.declared.keys()).chain(own.views.keys()).cloned().collect()
    }
    pub fn keep_table(&self, name: String, table: Arc<dyn TableProvider>) {
        let mut own = self.own_mut();
        own.declared.remove(&name);
        own.tables.insert(name, table);
    }
    pub fn keep_declared(&self, name: String, file: Declared) {
        let mut own = self.own_mut();
        own.tables.remove(&name);
        own.declared.insert(name, file);
    }
    pub fn keep_view(&self, name: String, query: Statement) {
        self.own_mut().views.insert(name, query);
    }
    /// Whether a name in front of parentheses is a function's.
    pub fn has_function(&self, name: &str) -> bool {
        let state = &self.template;
        state.scalar_functions().contains_key(name)
            || state.higher_order_functions().contains_key(name)
            || state.aggregate_functions().contains_key(name)
            || state.window_functions().contains_key(name)
            || self.has_built_in_table_function(name)
            || functions::FUNCTIONS.iter().any(|function| function.documentation().name == name)
    }
    /// Puts every call of a macro of the session in its place.
    ///
    /// # Errors
    /// A call does not fit.
    pub fn unfold(&self, statement: &mut Statement) -> Result<(), Error> {
        macros::unfold(statement, &self.own().macros)
    }
    /// Keeps a macro, made with those before it at hand.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn keep_macro(&self, name: String, make: impl FnOnce(&HashMap<String, Macro>) -> Result<Macro, Error>) -> Result<(), Error> {
        let mut own = self.own_mut();
        let made = make(&own.macros)?;
        own.macros.insert(name, made);
        Ok(())
    }
    pub fn has_macro(&self, name: &str) -> bool {
        self.own().macros.contains_key(name)
    }
    pub fn drop_table(&self, name: &str) -> bool {
        let mut own = self.own_mut();
        own.tables.remove(name).is_some() || own.declared.remove(name).is_some()
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
    let plan = state.statement_to_plan(statement).await?;
    super::breadth::ensure(&plan)?;
    Ok(plan)
}
