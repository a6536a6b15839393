//! The one scan: (table, instant, face) → a physical plan over the live files of the pinned version. Every path to lake rows calls it.
//!
//! The clock is read here, at physical planning, so nothing planned earlier can carry another one along. [`files`](super::files) says what is
//! read, [`predicates`](super::predicates) what may be asked of it before a face is chosen; everything else stands above. No statistics are
//! reported.

use std::borrow::Cow;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::config::TableParquetOptions;
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetFileReaderFactory, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchemaBuilder;
use datafusion::error::Result;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, LogicalPlan, TableProviderFilterPushDown, TableType};
use datafusion::object_store::ObjectMeta;
use datafusion::physical_expr::expressions::Column as ColumnExpr;
use datafusion::physical_expr::{AcrossPartitions, ConstExpr, EquivalenceProperties, LexOrdering, PhysicalExpr, PhysicalSortExpr};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;

use super::context::StatementContext;
use super::derived;
use super::face::{Columns, Face, with_revision};
use super::files::{assures, excludes, file_may_be_known, first_known, key_ranges};
use super::known::{Gate, KnownExec, Shown};
use super::predicates::{may_go_below, on_stored_columns, policy_predicates, pruning_predicate};
use super::survey::{self, Survey};
use crate::error::Error;
use crate::lake::LakeFile;
use crate::tables::{Column, ColumnType, Derivation, Role, Table};
use crate::time::KnowledgeTime;

/// Longer lists of keys prune nothing inside a file: each page is compared with each of them.
const MAX_PRUNING_LIST: usize = 256;
/// A Parquet footer of our files fits; one read fewer per file.
const FOOTER_HINT: usize = 64 * 1024;

/// One face of a lake table, at the session's clock or earlier. Holds no data and no version.
#[derive(Debug, Clone)]
pub struct KnownTable {
    table: &'static Table,
    face: Face,
    /// An instant given in the query; never later than the clock.
    instant: Option<KnowledgeTime>,
    /// Rows that these rule out may be left out: nothing asks for them.
    unasked: Vec<Expr>,
    /// What is made of the table can do without it.
    is_supplement: bool,
    /// A view reads it, perhaps among others.
    is_part: bool,
    schema: SchemaRef,
}

impl KnownTable {
    pub fn new(table: &'static Table, face: Face) -> Self {
        Self { table, face, instant: None, unasked: Vec::new(), is_supplement: false, is_part: false, schema: table.sql_schema() }
    }
    /// The lake table, whatever the face.
    pub(super) fn lake_table(&self) -> &'static Table {
        self.table
    }
    /// The same table as known at an earlier instant.
    pub fn at(&self, instant: KnowledgeTime) -> Self {
        let instant = self.instant.map_or(instant, |own| own.min(instant));
        Self { instant: Some(instant), ..self.clone() }
    }
    /// The same table without files and pages in which no row passes the predicates, which are on key columns against literals. Rows that do
    /// not pass may be shown all the same: no row is looked at for it.
    pub fn skipping(&self, predicates: Vec<Expr>) -> Self {
        Self { unasked: predicates, ..self.clone() }
    }
    /// Its name, where it keeps only the latest vintage of each observation.
    pub fn keeps_only_latest(&self) -> Option<&'static str> {
        (self.face == Face::Latest).then_some(self.table.name)
    }
    /// The same table for a reader that can do without it: nobody is told that it is empty.
    pub fn supplement(&self) -> Self {
        Self { is_supplement: true, ..self.clone() }
    }
    /// The same table as a view reads it: that it is empty is told where all that is read is.
    pub fn part(self, is_part: bool) -> Self {
        Self { is_part, ..self }
    }
    /// The table with its face, for a plan's text.
    fn label(&self) -> String {
        format!("{}{}", self.table.name, self.face.suffix())
    }

    /// `as_of` and `available_at` of every stored row that the clock and the settings let through, in no order: each vintage, also one that
    /// equals its predecessor. Only those of `files` are read; of all others the reader knows enough.
    pub(super) fn held(
        &self,
        state: &dyn Session,
        context: &StatementContext,
        instant: Option<KnowledgeTime>,
        all: &[LakeFile],
        files: &[&LakeFile],
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let readers = footers(state, context);
        if let Some(register) = &context.register {
            register.enter(self.survey(state, context, instant, &[], all, &readers)?);
        }
        let stored = StoredSchema::of(self.table);
        let policy = conjunction(policy_predicates(context));
        let as_of = self.table.as_of().name;
        let needed: Vec<&str> = [as_of, "available_at"].into_iter().chain(policy.iter().flat_map(column_names)).collect();
        let projected = stored.project(&needed);
        let predicate = policy.clone().map(|expr| physical(state, expr, &projected.schema)).transpose()?;
        let pruning = pruning_predicate(policy.iter(), instant).map(|expr| physical(state, expr, &stored.schema)).transpose()?;
        let ranges = files
            .iter()
            .map(|file| read_range(self.table, &stored, &projected, vec![file], pruning.clone(), readers.clone()))
            .collect::<Result<Vec<_>>>()?;
        context.work.enter(&ranges, files.iter().map(|file| file.rows).sum());
        let schema = projected.plain_schema();
        if ranges.is_empty() {
            return Ok(Arc::new(EmptyExec::new(schema)));
        }
        let columns = Columns {
            key: Vec::new(),
            as_of: projected.index(as_of),
            available_at: projected.index("available_at"),
            values: Vec::new(),
            repeats: false,
        };
        let shown = Shown {
            label: self.label(),
            face: Face::Vintages,
            columns,
            revisions: false,
            equivalences: EquivalenceProperties::new(schema.clone()),
            schema,
        };
        let gate = Gate { instant, predicate, parts_observations: false };
        Ok(Arc::new(KnownExec::new(ranges, gate, shown, state.config().target_partitions())))
    }

    /// Says what the scan reads: every row that the predicates ask for, those that the clock hides too.
    fn survey(
        &self,
        state: &dyn Session,
        context: &StatementContext,
        instant: Option<KnowledgeTime>,
        asked: &[&Expr],
        files: &[LakeFile],
        readers: &Arc<dyn ParquetFileReaderFactory>,
    ) -> Result<Survey> {
        let stored = StoredSchema::of(self.table);
        let conjunct = conjunction(asked.iter().map(|f| (*f).clone()));
        let projected = stored.project(&survey::COLUMNS.into_iter().chain(conjunct.iter().flat_map(column_names)).collect::<Vec<_>>());
        let pruning = conjunct.clone().map(|expr| physical(state, expr, &stored.schema)).transpose()?;
        let files = files.iter().filter(|file| !asked.iter().any(|f| excludes(f, file)));
        let plan = |file| read_range(self.table, &stored, &projected, vec![file], pruning.clone(), readers.clone());
        Ok(Survey {
            label: self.label(),
            instant,
            policy: context.policy,
            asked: conjunct.map(|expr| physical(state, expr, &projected.schema)).transpose()?,
            files: files.map(plan).collect::<Result<_>>()?,
        })
    }
}

/// The context that the statement put into its planning state.
pub(super) fn context_of(state: &dyn Session) -> Result<Arc<StatementContext>> {
    state.config().get_extension::<StatementContext>().ok_or_else(|| Error::internal("a lake table was planned outside a statement").into())
}

/// A file of the lake never changes: its footer is read once in a session.
fn footers(state: &dyn Session, context: &StatementContext) -> Arc<dyn ParquetFileReaderFactory> {
    let footers = state.runtime_env().cache_manager.get_file_metadata_cache();
    Arc::new(CachedParquetFileReaderFactory::new(context.lake.store(), footers))
}

#[async_trait]
impl TableProvider for KnownTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
    fn table_type(&self) -> TableType {
        TableType::Base
    }
    fn get_logical_plan(&'_ self) -> Option<Cow<'_, LogicalPlan>> {
        None
    }
    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let pushed = |filter: &&Expr| match may_go_below(filter, self.table, self.face) {
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
        let context = context_of(state)?;
        let instant = match (self.instant, context.clock) {
            (Some(own), Some(clock)) => Some(own.min(clock)),
            (own, clock) => own.or(clock),
        };
        let shown: Vec<&Column> = self.table.columns().collect();
        let shown = match projection {
            Some(indices) => indices.iter().map(|&i| shown[i]).collect(),
            None => shown,
        };
        let output = Arc::new(Schema::new(shown.iter().map(|c| c.field()).collect::<Vec<_>>()));

        let snapshot = context.snapshot(self.table).await?;
        let is_empty = snapshot.version.is_none().then(|| format!("nothing has been ingested into `{}` yet", self.table.name));
        match is_empty {
            None => context.notes.has_rows(),
            Some(_) if self.is_supplement => {}
            Some(note) if self.is_part => context.notes.add_of_part(note),
            Some(note) => context.notes.add(note),
        }
        let readers = footers(state, &context);
        let stored = StoredSchema::of(self.table);
        let filters: Vec<Expr> = filters.iter().map(|f| on_stored_columns(f, &context)).collect::<Result<_>>()?;
        if let Some(register) = &context.register {
            let asked: Vec<&Expr> = filters.iter().chain(&self.unasked).collect();
            register.enter(self.survey(state, &context, instant, &asked, &snapshot.files, &readers)?);
        }
        let files: Vec<&LakeFile> = snapshot.files.iter().filter(|file| file_may_be_known(file, instant)).collect();
        if files.is_empty()
            && !self.is_supplement
            && let (Some(instant), Some(first)) = (instant, first_known(&snapshot.files))
        {
            context
                .notes
                .add(format!("`{}` holds nothing that was known by {instant}: its first row became known at {first}", self.table.name));
        }
        let skipped = || filters.iter().chain(&self.unasked);
        let files: Vec<&LakeFile> = files.into_iter().filter(|file| !skipped().any(|f| excludes(f, file))).collect();
        if files.is_empty() {
            return Ok(Arc::new(EmptyExec::new(output)));
        }

        let revisions = shown.iter().any(|c| c.role == Role::Derived(Derivation::Revision));
        let repeats = self.table.stamped && (self.face != Face::Latest || revisions || shown.iter().any(|c| tells_vintages_apart(c)));
        // what is partitioned by is the same in a range, so nothing has to be compared
        let partition = self.table.partition;
        let mut needed: Vec<&str> = self.table.sort_columns().into_iter().filter(|name| !partition.contains(name)).collect();
        if self.face == Face::Readings || repeats {
            needed.extend(self.table.values().map(|c| c.name));
        }
        let policy = policy_predicates(&context);
        let parts_observations = !policy.is_empty();
        let gate_predicate = conjunction(filters.iter().filter(|f| !assures(f, &files)).cloned().chain(policy));
        for name in shown.iter().flat_map(|c| derived::inputs(c)).chain(gate_predicate.iter().flat_map(column_names)) {
            if !needed.contains(&name) {
                needed.push(name);
            }
        }
        let projected = stored.project(&needed);
        let predicate = gate_predicate.map(|expr| physical(state, expr, &projected.schema)).transpose()?;
        let pruning = pruning_predicate(skipped(), instant).map(|expr| physical(state, expr, &stored.schema)).transpose()?;

        let order = match self.face {
            Face::Readings => self.table.key().map(|c| c.name).chain(["available_at"]).collect(),
            Face::Latest | Face::Vintages => self.table.sort_columns(),
        };
        let single: Vec<&str> = partition.iter().copied().filter(|name| is_single(name, &files)).collect();
        let mut known_schema = projected.plain_schema();
        if revisions {
            known_schema = with_revision(&known_schema);
        }
        let known = Shown {
            label: self.label(),
            face: self.face,
            columns: projected.face_columns(self.table, self.face, repeats),
            revisions,
            equivalences: equivalences(&known_schema, &order, &single)?,
            schema: known_schema.clone(),
        };
        let n_rows = files.iter().map(|file| file.rows).sum();
        let ranges = key_ranges(self.table, files)
            .into_iter()
            .map(|range| read_range(self.table, &stored, &projected, range, pruning.clone(), readers.clone()))
            .collect::<Result<Vec<_>>>()?;
        context.work.enter(&ranges, n_rows);
        let gate = Gate { instant, predicate, parts_observations };
        let known = KnownExec::new(ranges, gate, known, state.config().target_partitions());

        let input = DFSchema::try_from(known_schema.as_ref().clone())?;
        let shown = shown
            .iter()
            .map(|c| {
                let expr = state.create_physical_expr(derived::expression(c, &context.config), &input)?;
                Ok(ProjectionExpr { expr, alias: c.name.to_string() })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Arc::new(ProjectionExec::try_new(shown, Arc::new(known))?))
    }
}

/// Whether a column of the latest vintages can show that one equal to its predecessor was taken for another.
fn tells_vintages_apart(column: &Column) -> bool {
    match column.role {
        Role::Key | Role::AsOf | Role::Value | Role::Derived(_) => false,
        Role::Attribute | Role::System => true,
    }
}

/// Whether these files agree in a column that the table is partitioned by.
fn is_single(column: &str, files: &[&LakeFile]) -> bool {
    let value = |file: &LakeFile| file.partition.iter().find(|(name, _)| *name == column).map(|(_, value)| value.clone());
    files.windows(2).all(|pair| value(pair[0]) == value(pair[1]))
}

/// The columns of a table's files, then its partition columns, as the Parquet scan sees them.
struct StoredSchema {
    schema: SchemaRef,
    n_in_file: usize,
    partition: Vec<Arc<Field>>,
}

/// Some columns of a [`StoredSchema`].
struct Projected {
    indices: Vec<usize>,
    schema: SchemaRef,
}

impl StoredSchema {
    fn of(table: &Table) -> Self {
        let is_partition = |name: &str| table.partition.contains(&name);
        let field = |c: &Column| match c.kind {
            ColumnType::Text => Arc::new(c.field().with_data_type(DataType::Utf8View)),
            _ => Arc::new(c.field()),
        };
        let in_file = table.stored().filter(|c| !is_partition(c.name)).map(field);
        let partition: Vec<Arc<Field>> = table.stored().filter(|c| is_partition(c.name)).map(|c| Arc::new(c.field())).collect();
        let mut fields: Vec<Arc<Field>> = in_file.collect();
        let n_in_file = fields.len();
        fields.extend(partition.iter().cloned());
        Self { schema: Arc::new(Schema::new(fields)), n_in_file, partition }
    }
    fn project(&self, names: &[&str]) -> Projected {
        let mut indices: Vec<usize> = names.iter().filter_map(|name| self.schema.index_of(name).ok()).collect();
        indices.sort_unstable();
        indices.dedup();
        let schema = Arc::new(Schema::new(indices.iter().map(|&i| self.schema.field(i).clone()).collect::<Vec<_>>()));
        Projected { indices, schema }
    }
}

impl Projected {
    fn index(&self, name: &str) -> usize {
        self.schema.index_of(name).expect("the scan reads every column that it looks at")
    }
    fn face_columns(&self, table: &Table, face: Face, repeats: bool) -> Columns {
        let values = if face == Face::Readings || repeats { table.values().map(|c| self.index(c.name)).collect() } else { Vec::new() };
        Columns {
            key: table.key().filter(|c| !table.partition.contains(&c.name)).map(|c| self.index(c.name)).collect(),
            as_of: self.index(table.as_of().name),
            available_at: self.index("available_at"),
            values,
            repeats,
        }
    }
    /// The schema with texts as texts.
    fn plain_schema(&self) -> SchemaRef {
        let plain = |field: &Arc<Field>| match field.data_type() {
            DataType::Utf8View => field.as_ref().clone().with_data_type(DataType::Utf8),
            _ => field.as_ref().clone(),
        };
        Arc::new(Schema::new(self.schema.fields().iter().map(plain).collect::<Vec<_>>()))
    }
}

/// The order of rows, in which a column that is the same everywhere has no part.
fn equivalences(schema: &SchemaRef, order: &[&str], single: &[&str]) -> Result<EquivalenceProperties> {
    let varying: Vec<&str> = order.iter().copied().filter(|name| !single.contains(name)).collect();
    let mut properties = EquivalenceProperties::new_with_orderings(schema.clone(), ordering_over(schema, &varying));
    let constants = single.iter().filter_map(|name| Some(ConstExpr::new(column_of(schema, name)?, AcrossPartitions::Uniform(None))));
    properties.add_constants(constants)?;
    Ok(properties)
}

fn column_of(schema: &Schema, name: &str) -> Option<Arc<dyn PhysicalExpr>> {
    let index = schema.index_of(name).ok()?;
    Some(Arc::new(ColumnExpr::new(name, index)))
}

fn ordering_over(schema: &Schema, names: &[&str]) -> Option<LexOrdering> {
    LexOrdering::new(names.iter().map_while(|name| Some(PhysicalSortExpr::new_default(column_of(schema, name)?))))
}

/// One sorted stream over the files of a key range.
fn read_range(
    table: &'static Table,
    stored: &StoredSchema,
    projected: &Projected,
    files: Vec<&LakeFile>,
    pruning: Option<Arc<dyn PhysicalExpr>>,
    readers: Arc<dyn ParquetFileReaderFactory>,
) -> Result<Arc<dyn ExecutionPlan>> {
    let in_file = Arc::new(Schema::new(stored.schema.fields()[..stored.n_in_file].to_vec()));
    let schema = TableSchemaBuilder::new(in_file).with_table_partition_cols(stored.partition.clone()).build();
    let mut options = TableParquetOptions::default();
    options.global.max_in_list_size = MAX_PRUNING_LIST;
    let mut source = ParquetSource::new(schema)
        .with_table_parquet_options(options)
        .with_metadata_size_hint(FOOTER_HINT)
        .with_enable_page_index(true)
        .with_parquet_file_reader_factory(readers);
    if let Some(pruning) = pruning {
        source = source.with_predicate(pruning);
    }
    let merged_by: Vec<&str> = table.sort_columns().into_iter().filter(|name| !table.partition.contains(name)).collect();
    let n_files = files.len();
    let groups = files.into_iter().map(|file| FileGroup::new(vec![partitioned_file(stored, file)])).collect();
    // the store of this URL is not asked: `readers` hold the lake's, which no runtime knows
    let config = FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), Arc::new(source))
        .with_file_groups(groups)
        .with_projection_indices(Some(projected.indices.clone()))?
        .with_output_ordering(ordering_over(&stored.schema, &merged_by).into_iter().collect())
        .build();
    let scan = DataSourceExec::from_data_source(config);
    match (n_files, ordering_over(&projected.schema, &merged_by)) {
        (2.., Some(ordering)) => Ok(Arc::new(SortPreservingMergeExec::new(ordering, scan))),
        _ => Ok(scan),
    }
}

fn partitioned_file(stored: &StoredSchema, file: &LakeFile) -> PartitionedFile {
    let meta = ObjectMeta {
        location: file.path.clone(),
        last_modified: chrono::DateTime::UNIX_EPOCH,
        size: file.bytes,
        e_tag: None,
        version: None,
    };
    let value = |field: &Arc<Field>| {
        let text = file.partition.iter().find(|(name, _)| name == field.name()).map(|(_, value)| value.clone());
        ScalarValue::Utf8(text)
    };
    let mut partitioned = PartitionedFile::from(meta);
    partitioned.partition_values = stored.partition.iter().map(value).collect();
    partitioned
}

fn physical(state: &dyn Session, expr: Expr, schema: &SchemaRef) -> Result<Arc<dyn PhysicalExpr>> {
    let schema = DFSchema::try_from(schema.as_ref().clone())?;
    state.create_physical_expr(expr, &schema)
}

fn column_names(expr: &Expr) -> Vec<&str> {
    expr.column_refs().into_iter().map(|column| column.name.as_str()).collect()
}
