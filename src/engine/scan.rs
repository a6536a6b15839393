//! The one scan: (table, instant, face) → a physical plan over the live files of the pinned version. Every path to lake rows calls it.
//!
//! The clock is read here, at physical planning, so nothing planned earlier can carry another one along. Below the choice of a face go only
//! predicates on key columns and `as_of` against literals: they cannot fail on a hidden row, and a whole key or observation passes or not.
//! Everything else stands above. It reports no statistics.

use std::borrow::Cow;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema, ScalarValue};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchemaBuilder;
use datafusion::error::Result;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{BinaryExpr, Expr, LogicalPlan, Operator, TableProviderFilterPushDown, TableType, col, lit};
use datafusion::object_store::ObjectMeta;
use datafusion::physical_expr::expressions::Column as ColumnExpr;
use datafusion::physical_expr::{LexOrdering, PhysicalExpr, PhysicalSortExpr};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;

use super::context::StatementContext;
use super::derived;
use super::face::{Columns, Face};
use super::known::{Gate, KnownExec};
use crate::error::Error;
use crate::lake::LakeFile;
use crate::tables::{Derivation, Role, Table};
use crate::time::{Availability, KnowledgeTime};

/// The lake's object store inside a session.
pub const STORE_URL: &str = "lake://data";
/// A Parquet footer of our files fits; one read fewer per file.
const FOOTER_HINT: usize = 64 * 1024;

/// One face of a lake table, at the session's clock or earlier. Holds no data and no version.
#[derive(Debug, Clone)]
pub struct KnownTable {
    table: &'static Table,
    face: Face,
    /// An instant given in the query; never later than the clock.
    instant: Option<KnowledgeTime>,
    schema: SchemaRef,
}

impl KnownTable {
    pub fn new(table: &'static Table, face: Face) -> Self {
        Self { table, face, instant: None, schema: table.sql_schema() }
    }
    /// The same table as known at an earlier instant.
    pub fn at(&self, instant: KnowledgeTime) -> Self {
        let instant = self.instant.map_or(instant, |own| own.min(instant));
        Self { instant: Some(instant), ..self.clone() }
    }
}

/// The context that the statement put into its planning state.
pub(super) fn context_of(state: &dyn Session) -> Result<Arc<StatementContext>> {
    state.config().get_extension::<StatementContext>().ok_or_else(|| Error::internal("a lake table was planned outside a statement").into())
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
        let shown: Vec<&crate::tables::Column> = self.table.columns().collect();
        let shown = match projection {
            Some(indices) => indices.iter().map(|&i| shown[i]).collect(),
            None => shown,
        };
        let output = Arc::new(Schema::new(shown.iter().map(|c| c.field()).collect::<Vec<_>>()));

        let snapshot = context.snapshot(self.table).await?;
        if snapshot.version.is_none() {
            context.notes.add(format!("nothing has been ingested into `{}` yet", self.table.name));
        }
        let files: Vec<&LakeFile> = snapshot.files.iter().filter(|file| file_may_be_known(file, instant)).collect();
        if files.is_empty()
            && let (Some(instant), Some(first)) = (instant, first_known(&snapshot.files))
        {
            context
                .notes
                .add(format!("`{}` holds nothing that was known by {instant}: its first row became known at {first}", self.table.name));
        }
        let stored = StoredSchema::of(self.table);
        let filters: Vec<Expr> = filters.iter().map(|f| on_stored_columns(f, &context)).collect::<Result<_>>()?;
        let files: Vec<&LakeFile> = files.into_iter().filter(|file| !filters.iter().any(|f| excludes(f, file))).collect();
        if files.is_empty() {
            return Ok(Arc::new(EmptyExec::new(output)));
        }

        let mut needed: Vec<&str> = self.table.sort_columns();
        if self.face == Face::Readings {
            needed.extend(self.table.values().map(|c| c.name));
        }
        let gate_predicate = conjunction(filters.iter().cloned().chain(policy_predicates(&context)));
        for name in shown.iter().flat_map(|c| derived::inputs(c)).chain(gate_predicate.iter().flat_map(column_names)) {
            if !needed.contains(&name) {
                needed.push(name);
            }
        }
        let projected = stored.project(&needed);
        let predicate = gate_predicate.map(|expr| physical(state, expr, &projected.schema)).transpose()?;
        let pruning = pruning_predicate(&filters, instant).map(|expr| physical(state, expr, &stored.schema)).transpose()?;

        let ranges = key_ranges(self.table, files)
            .into_iter()
            .map(|range| read_range(self.table, &stored, &projected, range, pruning.clone()))
            .collect::<Result<Vec<_>>>()?;
        let columns = projected.face_columns(self.table, self.face);
        let ordering = projected.ordering(&match self.face {
            Face::Readings => self.table.key().map(|c| c.name).chain(["available_at"]).collect(),
            Face::Latest | Face::Vintages => self.table.sort_columns(),
        });
        let label = format!("{}{}", self.table.name, self.face.suffix());
        let known =
            KnownExec::new(label, ranges, Gate { instant, predicate }, self.face, columns, ordering, state.config().target_partitions());

        let input = DFSchema::try_from(projected.schema.as_ref().clone())?;
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
        let in_file = table.stored().filter(|c| !is_partition(c.name)).map(|c| Arc::new(c.field()));
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
    fn face_columns(&self, table: &Table, face: Face) -> Columns {
        let values = if face == Face::Readings { table.values().map(|c| self.index(c.name)).collect() } else { Vec::new() };
        Columns {
            key: table.key().map(|c| self.index(c.name)).collect(),
            as_of: self.index(table.as_of().name),
            available_at: self.index("available_at"),
            values,
        }
    }
    fn ordering(&self, names: &[&str]) -> Option<LexOrdering> {
        ordering_over(&self.schema, names)
    }
}

fn ordering_over(schema: &Schema, names: &[&str]) -> Option<LexOrdering> {
    let ascending = |name: &&str| {
        let index = schema.index_of(name).ok()?;
        Some(PhysicalSortExpr::new_default(Arc::new(ColumnExpr::new(name, index)) as Arc<dyn PhysicalExpr>))
    };
    LexOrdering::new(names.iter().map_while(ascending))
}

/// Groups files whose key ranges overlap; the groups are in key order and no key stands in two of them.
fn key_ranges<'a>(table: &Table, files: Vec<&'a LakeFile>) -> Vec<Vec<&'a LakeFile>> {
    // bounds of the first unpartitioned key column, which is what separates files: exact bounds per column, lexicographic order on the first
    let lead = table.key().map(|c| c.name).find(|name| !table.partition.contains(name));
    let span = |file: &LakeFile| {
        lead.and_then(|lead| file.bounds.iter().find(|(name, ..)| *name == lead)).map(|(_, low, high)| (low.clone(), high.clone()))
    };
    let mut sorted: Vec<(&LakeFile, Option<(ScalarValue, ScalarValue)>)> = files.into_iter().map(|file| (file, span(file))).collect();
    sorted.sort_by(|(a, a_span), (b, b_span)| {
        let low = |span: &Option<(ScalarValue, ScalarValue)>| span.as_ref().map(|(low, _)| low.clone());
        partition_values(table, a)
            .cmp(&partition_values(table, b))
            .then_with(|| low(a_span).partial_cmp(&low(b_span)).unwrap_or(std::cmp::Ordering::Equal))
    });
    let mut ranges: Vec<Vec<&LakeFile>> = Vec::new();
    let mut open: Option<(Vec<&str>, Option<ScalarValue>)> = None;
    for (file, span) in sorted {
        let partition = partition_values(table, file);
        let (low, high) = span.unzip();
        let joins = open.as_ref().is_some_and(|(current, reach)| {
            *current == partition
                && !matches!((reach, &low), (Some(reach), Some(low)) if low.partial_cmp(reach) == Some(std::cmp::Ordering::Greater))
        });
        let reach = match (joins, open.take()) {
            // a file without bounds may hold any key
            (true, Some((_, reach))) => {
                reach.zip(high).map(|(a, b)| if b.partial_cmp(&a) == Some(std::cmp::Ordering::Greater) { b } else { a })
            }
            _ => high,
        };
        match ranges.last_mut() {
            Some(range) if joins => range.push(file),
            _ => ranges.push(vec![file]),
        }
        open = Some((partition, reach));
    }
    ranges
}

fn partition_values<'a>(table: &Table, file: &'a LakeFile) -> Vec<&'a str> {
    let value = |name: &&str| file.partition.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.as_str());
    table.partition.iter().map(value).collect()
}

/// One sorted stream over the files of a key range.
fn read_range(
    table: &'static Table,
    stored: &StoredSchema,
    projected: &Projected,
    files: Vec<&LakeFile>,
    pruning: Option<Arc<dyn PhysicalExpr>>,
) -> Result<Arc<dyn ExecutionPlan>> {
    let in_file = Arc::new(Schema::new(stored.schema.fields()[..stored.n_in_file].to_vec()));
    let schema = TableSchemaBuilder::new(in_file).with_table_partition_cols(stored.partition.clone()).build();
    let mut source = ParquetSource::new(schema).with_metadata_size_hint(FOOTER_HINT).with_enable_page_index(true);
    if let Some(pruning) = pruning {
        source = source.with_predicate(pruning);
    }
    let merged_by: Vec<&str> = table.sort_columns().into_iter().filter(|name| !table.partition.contains(name)).collect();
    let n_files = files.len();
    let groups = files.into_iter().map(|file| FileGroup::new(vec![partitioned_file(stored, file)])).collect();
    let config = FileScanConfigBuilder::new(ObjectStoreUrl::parse(STORE_URL)?, Arc::new(source))
        .with_file_groups(groups)
        .with_projection_indices(Some(projected.indices.clone()))?
        .with_output_ordering(ordering_over(&stored.schema, &merged_by).into_iter().collect())
        .build();
    let scan = DataSourceExec::from_data_source(config);
    match (n_files, projected.ordering(&merged_by)) {
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

fn bound<'a>(file: &'a LakeFile, column: &str) -> Option<(&'a ScalarValue, &'a ScalarValue)> {
    file.bounds.iter().find(|(name, ..)| *name == column).map(|(_, low, high)| (low, high))
}

fn micros(value: &ScalarValue) -> Option<i64> {
    match value {
        ScalarValue::TimestampMicrosecond(micros, _) => *micros,
        _ => None,
    }
}

/// Whether some row of the file may have been known by then.
fn file_may_be_known(file: &LakeFile, instant: Option<KnowledgeTime>) -> bool {
    let Some(instant) = instant else { return true };
    bound(file, "available_at").and_then(|(low, _)| micros(low)).is_none_or(|first| first <= instant.micros())
}

fn first_known(files: &[LakeFile]) -> Option<KnowledgeTime> {
    files.iter().filter_map(|file| micros(bound(file, "available_at")?.0)).min().map(KnowledgeTime::from_micros)
}

/// Whether a filter rules out every row of a file, by its partition values and bounds.
fn excludes(filter: &Expr, file: &LakeFile) -> bool {
    let outside = |column: &str, value: &ScalarValue| {
        if let Some((_, own)) = file.partition.iter().find(|(name, _)| *name == column) {
            return matches!(value, ScalarValue::Utf8(Some(v)) if v != own);
        }
        bound(file, column).is_some_and(|(low, high)| {
            use std::cmp::Ordering::{Greater, Less};
            value.partial_cmp(low) == Some(Less) || value.partial_cmp(high) == Some(Greater)
        })
    };
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => match (left.as_ref(), op, right.as_ref()) {
            (Expr::Column(c), Operator::Eq, Expr::Literal(value, _)) => outside(&c.name, value),
            (_, Operator::And, _) => excludes(left, file) || excludes(right, file),
            (_, Operator::Or, _) => excludes(left, file) && excludes(right, file),
            _ => false,
        },
        Expr::InList(InList { expr, list, negated: false }) => match expr.as_ref() {
            Expr::Column(c) => list.iter().all(|item| matches!(item, Expr::Literal(value, _) if outside(&c.name, value))),
            _ => false,
        },
        Expr::Literal(ScalarValue::Boolean(Some(false)), _) => true,
        _ => false,
    }
}

/// Whether a predicate may be evaluated before the face is chosen: comparisons of key columns, their derived root and `as_of` with literals.
/// A reading is judged by what was published before it, so there `as_of` must stay above.
fn may_go_below(filter: &Expr, table: &Table, face: Face) -> bool {
    let is_column = |expr: &Expr| match expr {
        Expr::Column(column) => match table.column(&column.name).map(|c| c.role) {
            Some(Role::Key) => true,
            Some(Role::AsOf) => face != Face::Readings,
            _ => false,
        },
        _ => false,
    };
    let is_root = |expr: &Expr| matches!(expr, Expr::Column(column) if is_derived_root(table, &column.name));
    let is_literal = |expr: &Expr| matches!(expr, Expr::Literal(..));
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And | Operator::Or, right }) => {
            may_go_below(left, table, face) && may_go_below(right, table, face)
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
            let comparison = matches!(op, Operator::Eq | Operator::NotEq | Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq);
            comparison && ((is_column(left) || (is_root(left) && *op == Operator::Eq)) && is_literal(right))
        }
        Expr::InList(InList { expr, list, negated }) => (is_column(expr) || (is_root(expr) && !negated)) && list.iter().all(is_literal),
        Expr::Between(between) => is_column(&between.expr) && is_literal(&between.low) && is_literal(&between.high),
        Expr::Like(like) => is_column(&like.expr) && is_literal(&like.pattern),
        _ => false,
    }
}

fn is_derived_root(table: &Table, column: &str) -> bool {
    table.column(column).is_some_and(|c| c.role == Role::Derived(Derivation::CotRoot))
}

/// The predicate over stored columns: names without their relation, a root as the contract codes that it stands for.
fn on_stored_columns(filter: &Expr, context: &StatementContext) -> Result<Expr> {
    let codes_of = |value: &ScalarValue| -> Vec<Expr> {
        let root = value.try_as_str().flatten().unwrap_or_default();
        context.config.cot_codes(root).into_iter().map(lit).collect()
    };
    let is_root = |expr: &Expr| matches!(expr, Expr::Column(c) if c.name == "root");
    let rewritten = filter.clone().transform_up(|expr| {
        Ok(match expr {
            Expr::Column(column) if column.relation.is_some() => Transformed::yes(Expr::Column(Column::from_name(column.name))),
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) if is_root(&left) => match right.as_ref() {
                Expr::Literal(value, _) => Transformed::yes(in_codes(codes_of(value))),
                _ => Transformed::no(Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right })),
            },
            Expr::InList(InList { expr, list, negated: false }) if is_root(&expr) => {
                let codes = list.iter().filter_map(|item| if let Expr::Literal(value, _) = item { Some(codes_of(value)) } else { None });
                Transformed::yes(in_codes(codes.flatten().collect()))
            }
            other => Transformed::no(other),
        })
    })?;
    Ok(rewritten.data)
}

fn in_codes(codes: Vec<Expr>) -> Expr {
    if codes.is_empty() { lit(false) } else { col("contract_code").in_list(codes, false) }
}

/// What the session's settings hide.
fn policy_predicates(context: &StatementContext) -> Vec<Expr> {
    let mut predicates = Vec::new();
    if !context.policy.backcast {
        predicates.push(col("backcast").eq(lit(false)));
    }
    if context.policy.min_availability != Availability::Observed {
        let grades = Availability::ALL.into_iter().filter(|grade| *grade <= context.policy.min_availability);
        predicates.push(col("availability").in_list(grades.map(|grade| lit(grade.name())).collect(), false));
    }
    predicates
}

/// What Parquet statistics may be asked: never more than the gate itself holds back.
fn pruning_predicate(filters: &[Expr], instant: Option<KnowledgeTime>) -> Option<Expr> {
    let known = instant.map(|instant| {
        let limit = ScalarValue::TimestampMicrosecond(Some(instant.micros()), Some("UTC".into()));
        col("available_at").lt_eq(lit(limit))
    });
    conjunction(filters.iter().cloned().chain(known))
}

fn physical(state: &dyn Session, expr: Expr, schema: &SchemaRef) -> Result<Arc<dyn PhysicalExpr>> {
    let schema = DFSchema::try_from(schema.as_ref().clone())?;
    state.create_physical_expr(expr, &schema)
}

fn column_names(expr: &Expr) -> Vec<&str> {
    expr.column_refs().into_iter().map(|column| column.name.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::datatypes::DataType;

    use super::*;
    use crate::tables;

    #[test]
    fn partition_columns_are_text() {
        for table in tables::TABLES {
            for name in table.partition {
                assert_eq!(table.column(name).map(|c| c.kind.arrow()), Some(DataType::Utf8), "{}.{name}", table.name);
            }
        }
    }

    #[test]
    fn values_and_knowledge_time_stay_above_the_face() {
        let cot = tables::get("cot");
        for face in Face::ALL {
            assert!(!may_go_below(&col("long").gt(lit(1i64)), cot, face));
            assert!(!may_go_below(&col("market").eq(lit("X")), cot, face));
            assert!(!may_go_below(&col("available_at").gt(lit(1i64)), cot, face));
            assert!(may_go_below(&col("contract_code").eq(lit("13874A")), cot, face));
            assert!(may_go_below(&col("root").eq(lit("ES")), cot, face));
            assert!(!may_go_below(&col("root").not_eq(lit("ES")), cot, face));
        }
        let day = col("as_of").gt(lit(ScalarValue::Date32(Some(1))));
        assert!(may_go_below(&day, cot, Face::Latest));
        assert!(!may_go_below(&day, cot, Face::Readings));
    }
}
