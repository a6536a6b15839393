//! A session: its clock and settings, and what each kind of statement does.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use datafusion::arrow::array::StringArray;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::datasource::MemTable;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{DdlStatement, LogicalPlan};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{collect_partitioned, execute_stream};
use datafusion::sql::parser::{ResetStatement, Statement};
use datafusion::sql::sqlparser::ast::{self, ObjectName, ObjectType, Set, Statement as Sql};
use futures::TryStreamExt;

use super::Core;
use super::answer::Answer;
use super::born::BornTable;
use super::catalogue::Scope;
use super::context::StatementContext;
use super::data_folder::DataFolder;
use super::depth::Tall;
use super::headings::Headings;
use super::macros::Macro;
use super::notes::Notes;
use super::outside::Made;
use super::settings::{Setting, Settings};
use super::survey::Register;
use super::{answers, core, describe, fault, honoured, interrupt, outside, parse, pit, pivot, relations, remarks, system_time, views};

use crate::config::Config;
use crate::error::{Error, Result};
use crate::lake::Lake;
use crate::metadata::Metadata;
use crate::tables;
use crate::time::KnowledgeTime;

/// Said once a session: what a filter on `as_of` does not do.
const AS_OF_IS_NOT_KNOWLEDGE: &str =
    "no clock is set: `as_of` is the day a row describes, not the day it was known; `SET clock = '...'` hides what came later";

/// Prepared statements that execute each other.
const MAX_NESTING: usize = 16;

/// What the last result is called in SQL.
pub const LAST_RESULT: &str = "_";

pub struct Options {
    /// The data folder; the lake is its `lake/`.
    pub data: PathBuf,
    pub config: Arc<Config>,
    /// What `now()` says while no clock is set; the system clock where absent.
    pub now: Option<KnowledgeTime>,
}

pub struct Session {
    core: Arc<Core>,
    settings: Settings,
    now: Option<KnowledgeTime>,
    parameters: HashMap<String, String>,
    /// Prepared statements keep their text and are planned when they are executed.
    prepared: HashMap<String, Statement>,
    /// What SET VARIABLE gave names to.
    variables: Arc<BTreeMap<String, ScalarValue>>,
    /// Whether the statement that is running filters on `as_of` in its own words.
    filters_as_of: bool,
    warned_of_as_of: bool,
    counts_hidden: bool,
    /// Prepared statements that execute each other, of the statement that runs.
    nesting: usize,
}

impl Session {
    /// Opens nothing: tables are opened when a statement names them.
    ///
    /// # Errors
    /// The data folder is no folder.
    pub fn new(options: Options) -> Result<Self> {
        let lake = Arc::new(Lake::new(&options.data)?);
        Self::on(lake, options)
    }

    /// A session over a lake that lies elsewhere than in the local file system.
    ///
    /// # Errors
    /// DataFusion's runtime cannot be set up.
    pub fn on(lake: Arc<Lake>, options: Options) -> Result<Self> {
        let core = Arc::new(Core::new(options.data, lake, options.config)?);
        Ok(Self {
            core,
            settings: Settings::default(),
            now: options.now,
            parameters: HashMap::new(),
            prepared: HashMap::new(),
            variables: Arc::default(),
            filters_as_of: false,
            warned_of_as_of: false,
            counts_hidden: false,
            nesting: 0,
        })
    }

    /// A session of its own over the same lake, with the same settings and parameters but another clock, and nothing that was made in this one.
    ///
    /// # Errors
    /// DataFusion's runtime cannot be set up.
    pub fn anew(&self, clock: Option<KnowledgeTime>) -> Result<Self> {
        let options = Options { data: self.core.data().to_path_buf(), config: self.core.config.clone(), now: self.now };
        let mut session = Self::on(self.core.lake.clone(), options)?;
        session.settings = Settings { clock, ..self.settings };
        session.parameters.clone_from(&self.parameters);
        session.variables.clone_from(&self.variables);
        Ok(session)
    }

    /// A session of its own over another data folder, with the same clock, settings and names for values.
    ///
    /// # Errors
    /// The data folder is no folder.
    pub fn over(&self, data: PathBuf) -> Result<Self> {
        let mut session = Self::new(Options { data, config: self.core.config.clone(), now: self.now })?;
        session.settings = self.settings;
        session.parameters.clone_from(&self.parameters);
        session.variables.clone_from(&self.variables);
        Ok(session)
    }

    /// The zone in which a person reads instants; UTC where none is set.
    pub fn time_zone(&self) -> Option<chrono_tz::Tz> {
        self.settings.zone
    }

    /// A session of its own that sees what this one sees, and what this one made: what it runs moves no setting of this one.
    pub fn beside(&self) -> Self {
        Self {
            core: self.core.clone(),
            settings: self.settings,
            now: self.now,
            parameters: self.parameters.clone(),
            prepared: HashMap::new(),
            variables: self.variables.clone(),
            filters_as_of: false,
            // nobody reads its notes
            warned_of_as_of: true,
            counts_hidden: false,
            nesting: 0,
        }
    }

    /// The tables and views that were made in this session and are known at its clock, in alphabetical order.
    pub fn names(&self) -> Vec<String> {
        let mut names = self.core.session_names(self.settings.clock);
        names.sort_unstable();
        names
    }
    /// Whether the data folder has a metadata database; a query makes none.
    pub fn has_metadata(&self) -> bool {
        Metadata::is_there(self.core.data())
    }

    /// That there is a data folder.
    ///
    /// # Errors
    /// There is none.
    pub fn ensure_lake(&self) -> Result<()> {
        self.core.lake.ensure_there()
    }

    pub fn config(&self) -> &Config {
        &self.core.config
    }

    /// Limits the time of each statement, as `SET contango.timeout` does; `None` is no limit.
    pub fn set_timeout(&mut self, timeout: Option<std::time::Duration>) {
        self.settings.bounds.timeout = timeout;
    }
    /// Moves the clock, as `SET clock` does; `None` resets it.
    pub fn set_clock(&mut self, clock: Option<KnowledgeTime>) {
        self.settings.clock = clock;
    }
    pub fn clock(&self) -> Option<KnowledgeTime> {
        self.settings.clock
    }
    /// The value of `:name` (or `$name`) in later statements.
    ///
    /// # Errors
    /// The name is none.
    pub fn set_parameter(&mut self, name: &str, value: &str) -> Result<()> {
        let is_name =
            name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !is_name {
            return Err(Error::usage(format!("`{name}` is no name for a value")).hint("letters, digits and `_`, not a digit first"));
        }
        self.parameters.insert(name.to_string(), value.to_string());
        Ok(())
    }

    /// Names and values that were set, by name.
    pub fn parameters(&self) -> Vec<(String, String)> {
        let mut all: Vec<(String, String)> = self.parameters.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        all.sort_unstable();
        all
    }
    /// Forgets a value; says whether there was one.
    pub fn unset_parameter(&mut self, name: &str) -> bool {
        self.parameters.remove(name).is_some()
    }

    /// Runs one statement.
    ///
    /// # Errors
    /// The statement does not parse, plan or start; the place is relative to the statement's own text.
    pub async fn run(&mut self, statement: &str) -> Result<Answer> {
        self.nesting = 0;
        self.settings.bounds.watch().room().await;
        let watch = self.settings.bounds.watch();
        Ok(match Tall::new(watch.over(self.start(statement))).await? {
            Answer::Rows { schema, stream, notes, work, for_person } => {
                Answer::Rows { schema, stream: watch.over_rows(stream), notes, work, for_person }
            }
            done @ Answer::Done { .. } => done,
        })
    }

    async fn start(&mut self, statement: &str) -> Result<Answer> {
        if let Some(query) = interrupt::pit_query(statement).await?
            && let Some(query) = interrupt::parse(&query).await?
        {
            return Box::pin(self.explain_pit(query)).await;
        }
        match interrupt::parse(statement).await? {
            Some(statement) => Box::pin(self.execute(statement)).await,
            None => Ok(Answer::Done { message: None, notes: Notes::default() }),
        }
    }

    async fn execute(&mut self, mut statement: Statement) -> Result<Answer> {
        if let Statement::Statement(sql) = &statement
            && matches!(sql.as_ref(), Sql::Prepare { .. })
            && let Some((name, inner)) = honoured::prepared(sql.as_ref().clone())?
        {
            let name = name.value.to_lowercase();
            self.prepared.insert(name.clone(), inner);
            return Ok(Answer::said(format!("`{name}` is prepared; it is planned each time it is executed")));
        }
        parse::fill_parameters(&mut statement, &self.parameters)?;
        if let Statement::Statement(sql) = &mut statement
            && let Sql::CreateMacro { or_replace, temporary: _, name, args, definition } = sql.as_mut()
        {
            return self.create_macro(*or_replace, name, args.take().unwrap_or_default(), definition.clone());
        }
        self.core.unfold(&mut statement)?;
        if let Some(zone) = self.settings.zone {
            answers::in_zone(&mut statement, zone);
        }
        let checked = honoured::check(&mut statement, self.core.kinds())?;
        let context = Arc::new(self.context());
        let state = self.core.state(context.clone(), &checked);
        self.filters_as_of = checked.filters_as_of;
        match statement {
            Statement::Reset(ResetStatement::Variable(name)) if variable(&name).is_some() => {
                let name = variable(&name).unwrap_or_default();
                match Arc::make_mut(&mut self.variables).remove(&name) {
                    Some(_) => Ok(Answer::said(format!("the variable `{name}` is forgotten"))),
                    None => Err(Error::query(format!("there is no variable `{name}`"))),
                }
            }
            Statement::Reset(ResetStatement::Variable(name)) => {
                let setting = Setting::of_name(&plain(&name))?;
                self.settings.reset(setting);
                Ok(Answer::said(self.settings.sentence(setting)))
            }
            Statement::CreateExternalTable(_) => self.create_external_table(statement, &state, &context).await,
            Statement::CopyTo(copy) => {
                self.core.data_folder().ensure_named_outside(&copy.target)?;
                self.query(Statement::CopyTo(copy), &state, &context).await
            }
            Statement::Explain(explain) => {
                if let Statement::CopyTo(copy) = explain.statement.as_ref() {
                    self.core.data_folder().ensure_named_outside(&copy.target)?;
                }
                Ok(self.query(Statement::Explain(explain), &state, &context).await?.for_person())
            }
            Statement::Statement(sql) => self.execute_sql(*sql, &state, &context).await,
        }
    }

    async fn execute_sql(&mut self, sql: Sql, state: &SessionState, context: &Arc<StatementContext>) -> Result<Answer> {
        match sql {
            Sql::Set(set @ Set::SingleAssignment { .. }) => {
                let (named, values) = honoured::set_variable(set)?;
                match variable(&named) {
                    Some(name) => self.set_variable(name, values, state, context),
                    None => self.set(&plain(&named), values, state, context),
                }
            }
            Sql::ShowVariable { variable } if Setting::of_name(&dotted(&variable)).is_ok() => self.show(&dotted(&variable)),
            Sql::Execute { name: Some(name), parameters, using, .. } => {
                let arguments: Vec<ast::Expr> = parameters.into_iter().chain(using.into_iter().map(|u| u.expr)).collect();
                let statement = self.prepared(&name, &arguments)?;
                let is_outermost = self.nesting == 0;
                self.nesting += 1;
                if self.nesting > MAX_NESTING {
                    return Err(Error::query(format!("prepared statements execute each other deeper than {MAX_NESTING} levels"))
                        .hint("does one execute itself?"));
                }
                let end = Box::pin(self.execute(statement)).await;
                // its text was written elsewhere
                end.map_err(|error| match is_outermost {
                    true => error.without_place().said_of(&format!("prepared `{}`", plain(&name).to_lowercase())),
                    false => error,
                })
            }
            Sql::Deallocate { name, prepare: _ } => {
                let name = name.value.to_lowercase();
                match self.prepared.remove(&name) {
                    Some(_) => Ok(Answer::said(format!("`{name}` is forgotten"))),
                    None => Err(Error::query(format!("nothing is prepared as `{name}`"))),
                }
            }
            Sql::CreateView(view) => self.create_view(view, state, context).await,
            Sql::CreateTable(table) => self.create_table(Sql::CreateTable(table), state, context).await,
            Sql::Drop { object_type, if_exists, names, .. } => self.drop(object_type, if_exists, &names),
            Sql::Insert(insert) => {
                let target = match &insert.table {
                    ast::TableObject::TableName(name) => plain(name),
                    other => return Err(Error::query(format!("`{other}` is no table to write into"))),
                };
                ensure_not_lake(&target.to_lowercase(), "INSERT INTO")?;
                self.query(Statement::Statement(Box::new(Sql::Insert(insert))), state, context).await
            }
            // EXPLAIN, and DESCRIBE of a query
            explain @ Sql::Explain { .. } => Ok(self.query(Statement::Statement(Box::new(explain)), state, context).await?.for_person()),
            Sql::Query(_)
            | Sql::ExplainTable { .. }
            | Sql::ShowTables { .. }
            | Sql::ShowColumns { .. }
            | Sql::ShowFunctions { .. }
            | Sql::ShowVariable { .. } => self.query(Statement::Statement(Box::new(sql)), state, context).await,
            other => Err(refused(&other)),
        }
    }

    /// What was prepared under a name, with the arguments of an EXECUTE in it.
    fn prepared(&self, name: &ObjectName, arguments: &[ast::Expr]) -> Result<Statement> {
        let name = plain(name).to_lowercase();
        let Some(mut statement) = self.prepared.get(&name).cloned() else {
            return Err(Error::query(format!("nothing is prepared as `{name}`")).hint("PREPARE name AS SELECT ... comes first"));
        };
        parse::fill_positional(&mut statement, arguments)?;
        Ok(statement)
    }

    /// Plans a query as it would be run and says what it would read.
    async fn explain_pit(&mut self, mut statement: Statement) -> Result<Answer> {
        if let Statement::Statement(sql) = &statement
            && let Sql::Execute { name: Some(name), parameters, using, .. } = sql.as_ref()
        {
            let arguments: Vec<ast::Expr> = parameters.iter().chain(using.iter().map(|u| &u.expr)).cloned().collect();
            statement = self.prepared(name, &arguments)?;
        }
        if !matches!(&statement, Statement::Statement(sql) if matches!(sql.as_ref(), Sql::Query(_))) {
            return Err(Error::query("`EXPLAIN PIT` takes a query").hint("write EXPLAIN PIT SELECT ..."));
        }
        parse::fill_parameters(&mut statement, &self.parameters)?;
        self.core.unfold(&mut statement)?;
        let checked = honoured::check(&mut statement, self.core.kinds())?;
        let register = Register::default();
        let context = Arc::new(self.context().registering(register.clone()));
        let state = self.core.state(context.clone(), &checked);
        let (plan, notes) = self.plan(statement, &state, &context).await?;
        let others = pit::others(&plan).map_err(fault::explain)?;
        interrupt::physical(&state, plan).await?;
        let rows = pit::rows(&register.take(), &others, &state.task_ctx()).await.map_err(fault::explain)?;
        Ok(Answer::of(rows, notes)?.for_person())
    }

    fn scope(&self, context: &Arc<StatementContext>) -> Scope {
        Scope::of(self.core.clone(), context.clone())
    }

    fn context(&self) -> StatementContext {
        let context =
            StatementContext::new(self.settings.clock, self.settings.policy, self.core.lake.clone(), self.core.config.clone(), self.now);
        let context = context.limited(self.settings.bounds.memory).with_variables(self.variables.clone());
        if self.counts_hidden { context.registering(Register::default()) } else { context }
    }

    /// The data folder, to be asked before a file is written.
    pub fn data_folder(&self) -> DataFolder {
        self.core.data_folder().clone()
    }

    /// Whether later statements can tell how many rows the clock hid from them.
    pub fn count_hidden(&mut self, counts: bool) {
        self.counts_hidden = counts;
    }

    /// Keeps a result as the table [`LAST_RESULT`], as known at `known_at`: under an earlier clock it is refused like any table of the session.
    ///
    /// # Errors
    /// The batches are not of the schema.
    pub fn keep_result(&mut self, schema: &SchemaRef, batches: &[RecordBatch], known_at: KnowledgeTime) -> Result<()> {
        let schema = with_distinct_names(schema);
        let batches = batches.iter().map(|batch| {
            let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
            RecordBatch::try_new_with_options(schema.clone(), batch.columns().to_vec(), &options)
        });
        let batches = batches.collect::<Result<Vec<_>, _>>().map_err(|error| Error::internal(error.to_string()))?;
        let table = MemTable::try_new(schema, vec![batches]).map_err(fault::explain)?;
        self.core.keep_table(LAST_RESULT.to_string(), Arc::new(BornTable::new(LAST_RESULT.to_string(), known_at, Arc::new(table))));
        Ok(())
    }

    /// Forgets the last result.
    pub fn drop_result(&mut self) {
        self.core.drop_table(LAST_RESULT);
    }

    /// Plans and starts a statement that gives rows.
    async fn query(&mut self, statement: Statement, state: &SessionState, context: &Arc<StatementContext>) -> Result<Answer> {
        let headings = Headings::of(&statement);
        let (plan, notes) = self.plan(statement, state, context).await?;
        if let LogicalPlan::DescribeTable(table) = &plan {
            return Answer::of(describe::rows(&table.schema)?, notes);
        }
        let physical = interrupt::physical(state, plan).await?;
        let work = context.work.clone();
        work.enter_plan(&physical);
        if let Some(register) = &context.register {
            work.enter_register(register, state.task_ctx());
        }
        let stream = headings.over(execute_stream(physical, state.task_ctx()).map_err(fault::explain)?);
        let stream = counted(stream, context.notes.clone());
        Ok(Answer::Rows { schema: stream.schema(), stream, notes, work, for_person: false })
    }

    async fn plan(
        &mut self,
        mut statement: Statement,
        state: &SessionState,
        context: &Arc<StatementContext>,
    ) -> Result<(LogicalPlan, Notes)> {
        pivot::find(&self.scope(context), &mut statement).await?;
        system_time::into_names(&mut statement, state, context)?;
        let plan = interrupt::logical(state, statement).await?;
        let found = remarks::look(&plan).map_err(fault::explain)?;
        found.note(context);
        if found.reads_lake && self.filters_as_of && context.clock.is_none() && !self.warned_of_as_of {
            self.warned_of_as_of = true;
            context.notes.add(AS_OF_IS_NOT_KNOWLEDGE);
        }
        Ok((plan, context.notes.clone()))
    }

    fn set(&mut self, name: &str, mut values: Vec<ast::Expr>, state: &SessionState, context: &Arc<StatementContext>) -> Result<Answer> {
        let setting = Setting::of_name(name)?;
        let (Some(value), true) = (values.pop(), values.is_empty()) else {
            return Err(Error::query(format!("`{name}` takes one value")));
        };
        ensure_no_query(name, &value)?;
        // a bare word is the word, as in SET contango.backcast = exclude
        if let ast::Expr::Identifier(word) = &value {
            match word.quote_style.is_none() && word.value.eq_ignore_ascii_case("DEFAULT") {
                true => self.settings.reset(setting),
                false => self.settings.set(setting, &word.value)?,
            }
        } else {
            let value = constant(value, state, context)?;
            match (setting, value.try_as_str()) {
                (_, Some(Some(text))) => self.settings.set(setting, text)?,
                (Setting::Clock, _) => self.settings.clock = Some(relations::instant_of(value).map_err(fault::explain)?),
                _ => return Err(Error::query(format!("`{name}` takes a word in quotes, not `{value}`"))),
            }
        }
        Ok(Answer::said(self.settings.sentence(setting)))
    }

    /// Gives a value a name. What a query gives is no such value: under an earlier clock it would tell what came later.
    fn set_variable(
        &mut self,
        name: String,
        mut values: Vec<ast::Expr>,
        state: &SessionState,
        context: &Arc<StatementContext>,
    ) -> Result<Answer> {
        let (Some(value), true) = (values.pop(), values.is_empty()) else {
            return Err(Error::query(format!("the variable `{name}` takes one value")));
        };
        ensure_no_query(&format!("VARIABLE {name}"), &value)?;
        let value = constant(value, state, context)?;
        let said = format!("the variable `{name}` is {value}");
        Arc::make_mut(&mut self.variables).insert(name, value);
        Ok(Answer::said(said))
    }

    fn create_macro(
        &self,
        or_replace: bool,
        name: &ObjectName,
        parameters: Vec<ast::MacroArg>,
        definition: ast::MacroDefinition,
    ) -> Result<Answer> {
        let [_] = name.0.as_slice() else {
            return Err(Error::query(format!("`{name}` is no name for a macro")).hint("leave its schema out"));
        };
        let name = plain(name).to_lowercase();
        if self.core.has_function(&name) {
            return Err(Error::query(format!("`{name}` is a function")).hint("choose another name for the macro"));
        }
        if !or_replace && self.core.has_macro(&name) {
            return Err(Error::query(format!("macro `{name}` exists")).hint("write CREATE OR REPLACE MACRO"));
        }
        self.core.keep_macro(name.clone(), |known| Macro::new(parameters, definition, known))?;
        Ok(Answer::said(format!("macro `{name}` is kept for this session")))
    }

    fn show(&self, name: &str) -> Result<Answer> {
        let value = self.settings.show(Setting::of_name(name)?);
        let schema = Arc::new(Schema::new(vec![Field::new("name", DataType::Utf8, false), Field::new("value", DataType::Utf8, true)]));
        let columns: Vec<datafusion::arrow::array::ArrayRef> =
            vec![Arc::new(StringArray::from(vec![name.to_string()])), Arc::new(StringArray::from(vec![value]))];
        let row = RecordBatch::try_new(schema, columns).map_err(|error| Error::internal(error.to_string()))?;
        Answer::of(row, Notes::default())
    }

    /// A view is kept as parsed; planning it once shows its faults now rather than later.
    async fn create_view(&mut self, view: ast::CreateView, state: &SessionState, context: &Arc<StatementContext>) -> Result<Answer> {
        let name = ensure_free(&plain(&view.name).to_lowercase())?;
        honoured::ensure_view(&view)?;
        if view.if_not_exists && self.core.view(&name).is_some() {
            return Ok(Answer::said(format!("view `{name}` exists")));
        }
        if !view.or_replace && self.core.view(&name).is_some() {
            return Err(Error::query(format!("view `{name}` exists")).hint("write CREATE OR REPLACE VIEW"));
        }
        let names: Vec<String> = view.columns.iter().map(|column| column.name.to_string()).collect();
        let query = Statement::Statement(Box::new(Sql::Query(view.query)));
        let query = if names.is_empty() { query } else { parse::under_names(query, &names)? };
        let mut once = query.clone();
        pivot::find(&self.scope(context), &mut once).await?;
        system_time::into_names(&mut once, state, context)?;
        interrupt::logical(state, once).await?;
        self.core.keep_view(name.clone(), query);
        Ok(Answer::said(format!("view `{name}` is kept for this session")))
    }

    async fn create_table(&mut self, sql: Sql, state: &SessionState, context: &Arc<StatementContext>) -> Result<Answer> {
        let (plan, notes) = self.plan(Statement::Statement(Box::new(sql)), state, context).await?;
        let LogicalPlan::Ddl(DdlStatement::CreateMemoryTable(create)) = plan else {
            return Err(Error::query("this CREATE TABLE is not supported")
                .hint("write CREATE TABLE name AS SELECT ... or CREATE TABLE name (column type, ...)"));
        };
        let name = ensure_free(create.name.table())?;
        if self.core.has_table(&name) && !create.or_replace {
            return match create.if_not_exists {
                true => Ok(Answer::said(format!("table `{name}` exists"))),
                false => Err(Error::query(format!("table `{name}` exists")).hint("write CREATE OR REPLACE TABLE")),
            };
        }
        let physical = interrupt::physical(state, create.input.as_ref().clone()).await?;
        let schema = physical.schema();
        let rows = collect_partitioned(physical, state.task_ctx()).await.map_err(fault::explain)?;
        let n_rows: usize = rows.iter().flatten().map(RecordBatch::num_rows).sum();
        let table = MemTable::try_new(schema, rows).map_err(fault::explain)?;
        self.core.keep_table(name.clone(), Arc::new(BornTable::new(name.clone(), context.now(), Arc::new(table))));
        Ok(Answer::Done { message: Some(format!("table `{name}`: {n_rows} rows, known at {}", context.now())), notes })
    }

    async fn create_external_table(
        &mut self,
        statement: Statement,
        state: &SessionState,
        context: &Arc<StatementContext>,
    ) -> Result<Answer> {
        let LogicalPlan::Ddl(DdlStatement::CreateExternalTable(create)) = core::plan(state, statement).await.map_err(fault::explain)?
        else {
            return Err(Error::internal("CREATE EXTERNAL TABLE planned as something else"));
        };
        let name = ensure_free(create.name.table())?;
        if self.core.has_table(&name) && !create.or_replace {
            return match create.if_not_exists {
                true => Ok(Answer::said(format!("table `{name}` exists"))),
                false => Err(Error::query(format!("table `{name}` exists")).hint("write CREATE OR REPLACE EXTERNAL TABLE")),
            };
        }
        match outside::declare(*create, &self.scope(context)).await.map_err(fault::explain)? {
            Made::Table(table) => self.core.keep_table(name.clone(), table),
            Made::Declared(file) => self.core.keep_declared(name.clone(), *file),
        }
        Ok(Answer::said(format!("table `{name}` reads files outside the lake")))
    }

    fn drop(&mut self, object: ObjectType, if_exists: bool, names: &[ObjectName]) -> Result<Answer> {
        for name in names {
            let name = plain(name).to_lowercase();
            ensure_not_lake(&name, "DROP")?;
            let dropped = match object {
                ObjectType::Table => self.core.drop_table(&name),
                ObjectType::View => self.core.drop_view(&name),
                other => return Err(Error::query(format!("DROP {other} is not supported"))),
            };
            if !dropped && !if_exists {
                return Err(Error::query(format!("this session has no {} `{name}`", object.to_string().to_lowercase())));
            }
        }
        Ok(Answer::Done { message: None, notes: Notes::default() })
    }
}

/// A setting takes what is known before any row is read.
fn ensure_no_query(name: &str, value: &ast::Expr) -> Result<()> {
    let is_query =
        |part: &ast::Expr| if matches!(part, ast::Expr::Subquery(_)) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    match ast::visit_expressions(value, is_query).is_break() {
        true => Err(Error::query(format!("`{name}` takes a value, not a query"))
            .hint(format!("run the query, and write what it gives: SET {name} = '...'"))),
        false => Ok(()),
    }
}

fn constant(expr: ast::Expr, state: &SessionState, context: &Arc<StatementContext>) -> Result<ScalarValue> {
    let expr =
        state.create_logical_expr_from_sql_expr(ast::ExprWithAlias { expr, alias: None }, &DFSchema::empty()).map_err(fault::explain)?;
    relations::constant(expr, context).map_err(fault::explain)
}

/// The name of a variable where that is what is set.
fn variable(name: &ObjectName) -> Option<String> {
    let name = plain(name).to_lowercase();
    name.strip_prefix("variable.").map(str::to_string)
}

/// The stream, with its rows counted for the remarks.
fn counted(stream: SendableRecordBatchStream, notes: Notes) -> SendableRecordBatchStream {
    let schema = stream.schema();
    Box::pin(RecordBatchStreamAdapter::new(schema, stream.inspect_ok(move |batch| notes.answered(batch))))
}

/// The schema with a number after each name that stands there already: a table cannot have a name twice, a result can.
fn with_distinct_names(schema: &SchemaRef) -> SchemaRef {
    let mut names: Vec<String> = Vec::new();
    for field in schema.fields() {
        let numbered = (1..).map(|n| format!("{}_{n}", field.name()));
        let free = std::iter::once(field.name().clone()).chain(numbered).find(|name| !names.contains(name));
        names.extend(free);
    }
    let renamed = schema.fields().iter().zip(names).map(|(field, name)| field.as_ref().clone().with_name(name));
    Arc::new(Schema::new(renamed.collect::<Vec<_>>()))
}

/// A name that a session may give to a table or view of its own.
fn ensure_free(name: &str) -> Result<String> {
    ensure_not_lake(name, "CREATE")?;
    if outside::is_file_name(name) {
        return Err(Error::query(format!("`{name}` reads as a file name")).hint("choose a name without `.` and `/`"));
    }
    Ok(name.to_string())
}

/// Lake tables change by ingest alone: what SQL could write there would have no source.
fn ensure_not_lake(name: &str, what: &str) -> Result<()> {
    let base = name.strip_prefix("main.").unwrap_or(name);
    let (base, _) = super::face::Face::of_name(base);
    if tables::find(base).is_some() || views::find(base).is_some() || name.starts_with("meta.") {
        return Err(Error::query(format!("{what} `{name}` is refused: the lake changes by `contango ingest` alone"))
            .hint("every row of it comes from a payload that is kept; use a name of your own for derived tables"));
    }
    Ok(())
}

fn refused(statement: &Sql) -> Error {
    let text = statement.to_string();
    let words: Vec<&str> = text.split_whitespace().take(2).collect();
    let what = words.join(" ");
    match statement {
        Sql::Update(_) | Sql::Delete(_) | Sql::Merge(_) | Sql::Truncate(_) | Sql::AlterTable(_) => Error::query(format!(
            "`{what}` is refused: nothing in the lake is rewritten, a correction is a new row with a later `available_at`"
        ))
        .hint("corrections come in with `contango ingest`; a table of your own is made again with CREATE OR REPLACE TABLE"),
        _ => Error::query(format!("`{what}` is not supported"))
            .hint("queries, views, session tables, PREPARE, COPY, EXPLAIN, SET, SHOW and RESET are"),
    }
}

fn plain(name: &ObjectName) -> String {
    let parts: Vec<&str> = name.0.iter().filter_map(|part| part.as_ident()).map(|ident| ident.value.as_str()).collect();
    parts.join(".")
}

fn dotted(idents: &[ast::Ident]) -> String {
    let parts: Vec<&str> = idents.iter().map(|ident| ident.value.as_str()).collect();
    parts.join(".")
}
