//! `meta.table_ranges`: how many rows each lake table holds and from when to when, as far as they were known at the clock.
//!
//! A file of which the log says that all of it was known counts by the log; of one that the clock or the settings may cut, the two columns
//! that matter are read through the one scan. So a lake of a thousand files costs its logs, and nothing that is hidden is counted.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, Date32Array, Int64Array, RecordBatch, TimestampMicrosecondArray};
use datafusion::arrow::compute::{cast, max, min};
use datafusion::arrow::datatypes::{DataType, Date32Type, Field, Schema, SchemaRef, TimestampMicrosecondType};
use datafusion::catalog::Session;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema, ScalarValue};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::error::Result;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{BinaryExpr, Expr};
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use futures::TryStreamExt;

use super::{batch, text};
use crate::engine::composed::{ComposedTable, Composition};
use crate::engine::context::StatementContext;
use crate::engine::face::Face;
use crate::engine::files::file_may_be_known;
use crate::engine::scan::{KnownTable, context_of};
use crate::lake::LakeFile;
use crate::tables::{ColumnType, TABLES, Table};
use crate::time::KnowledgeTime;

const NAME: &str = "table_name";

pub fn table() -> ComposedTable {
    ComposedTable::new(Arc::new(Ranges))
}

#[derive(Debug)]
struct Ranges;

/// What of a table was known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Extent {
    rows: u64,
    as_of: Option<(i32, i32)>,
    available_at: Option<(i64, i64)>,
}

impl Extent {
    /// That of one file by the log alone; `None` where the log does not say enough, or not all of it was known.
    fn of_file(file: &LakeFile, as_of: &str, instant: Option<KnowledgeTime>) -> Option<Self> {
        let day = |value: &ScalarValue| if let ScalarValue::Date32(day) = value { *day } else { None };
        let micros = |value: &ScalarValue| if let ScalarValue::TimestampMicrosecond(micros, _) = value { *micros } else { None };
        let (first, last) = file.bound(as_of)?;
        let (oldest, newest) = file.bound("available_at")?;
        let newest = micros(newest)?;
        let is_known = instant.is_none_or(|instant| newest <= instant.micros());
        let known = Self { rows: file.rows, as_of: Some((day(first)?, day(last)?)), available_at: Some((micros(oldest)?, newest)) };
        is_known.then_some(known)
    }

    /// That of rows with `as_of` and `available_at`.
    fn of_rows(rows: &RecordBatch, as_of: &str) -> Result<Self> {
        let column = |name: &str| -> Result<&ArrayRef> { Ok(rows.column(rows.schema().index_of(name)?)) };
        let days = cast(column(as_of)?, &DataType::Date32)?;
        let days = days.as_primitive::<Date32Type>();
        let instants = column("available_at")?.as_primitive::<TimestampMicrosecondType>();
        Ok(Self { rows: rows.num_rows() as u64, as_of: min(days).zip(max(days)), available_at: min(instants).zip(max(instants)) })
    }

    fn and(self, other: Self) -> Self {
        fn hull<T: Ord>(a: Option<(T, T)>, b: Option<(T, T)>) -> Option<(T, T)> {
            match (a, b) {
                (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
                (a, b) => a.or(b),
            }
        }
        Self {
            rows: self.rows + other.rows,
            as_of: hull(self.as_of, other.as_of),
            available_at: hull(self.available_at, other.available_at),
        }
    }
}

#[async_trait]
impl Composition for Ranges {
    fn schema(&self) -> SchemaRef {
        let instant = || ColumnType::Instant.arrow();
        Arc::new(Schema::new(vec![
            Field::new(NAME, DataType::Utf8, false),
            Field::new("rows", DataType::Int64, false),
            Field::new("oldest_as_of", DataType::Date32, true),
            Field::new("newest_as_of", DataType::Date32, true),
            Field::new("oldest_available_at", instant(), true),
            Field::new("newest_available_at", instant(), true),
        ]))
    }

    /// A table that is not asked for is not counted.
    fn takes(&self, filter: &Expr) -> bool {
        let is_name = |expr: &Expr| matches!(expr, Expr::Column(column) if column.name == NAME);
        let is_literal = |expr: &Expr| matches!(expr, Expr::Literal(..));
        match filter {
            Expr::BinaryExpr(BinaryExpr { left, right, .. }) => is_name(left) && is_literal(right),
            Expr::Like(like) => is_name(&like.expr) && is_literal(&like.pattern),
            Expr::InList(InList { expr, list, .. }) => is_name(expr) && list.iter().all(is_literal),
            _ => false,
        }
    }

    async fn plan(
        &self,
        state: &dyn Session,
        instant: Option<KnowledgeTime>,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let context = context_of(state)?;
        let instant = match (instant, context.clock) {
            (Some(own), Some(clock)) => Some(own.min(clock)),
            (own, clock) => own.or(clock),
        };
        let asked = asked(state, filters)?;
        let extents = asked.iter().map(|table| extent(state, &context, instant, table));
        let extents = futures::future::try_join_all(extents).await?;
        let rows = batch(self.schema(), columns(&asked, &extents))?;
        Ok(MemorySourceConfig::try_new_exec(&[vec![rows]], self.schema(), projection.cloned())?)
    }
}

/// The tables whose name passes the filters.
fn asked(state: &dyn Session, filters: &[Expr]) -> Result<Vec<&'static Table>> {
    let names = Arc::new(Schema::new(vec![Field::new(NAME, DataType::Utf8, false)]));
    let rows = batch(names.clone(), vec![text(TABLES.iter().map(|table| Some(table.name)))])?;
    let schema = DFSchema::try_from(names.as_ref().clone())?;
    let mut asked: Vec<bool> = vec![true; TABLES.len()];
    for filter in filters {
        let plain = filter.clone().transform_up(|expr| {
            Ok(match expr {
                Expr::Column(column) => Transformed::yes(Expr::Column(Column::from_name(column.name))),
                other => Transformed::no(other),
            })
        })?;
        let passed = state.create_physical_expr(plain.data, &schema)?.evaluate(&rows)?.into_array(rows.num_rows())?;
        let passed = passed.as_boolean();
        asked.iter_mut().enumerate().for_each(|(row, asked)| *asked &= passed.is_valid(row) && passed.value(row));
    }
    Ok(TABLES.iter().copied().zip(asked).filter(|(_, asked)| *asked).map(|(table, _)| table).collect())
}

async fn extent(state: &dyn Session, context: &StatementContext, instant: Option<KnowledgeTime>, table: &'static Table) -> Result<Extent> {
    let as_of = table.as_of().name;
    let snapshot = context.snapshot(table).await?;
    let hides_nothing = context.policy.sees_all();
    let mut extent = Extent::default();
    let mut cut: Vec<&LakeFile> = Vec::new();
    for file in snapshot.files.iter().filter(|file| file_may_be_known(file, instant)) {
        match Extent::of_file(file, as_of, instant).filter(|_| hides_nothing) {
            Some(known) => extent = extent.and(known),
            None => cut.push(file),
        }
    }
    let rows = KnownTable::new(table, Face::Vintages).held(state, context, instant, &snapshot.files, &cut)?;
    let mut batches = execute_stream(rows, state.task_ctx())?;
    while let Some(rows) = batches.try_next().await? {
        extent = extent.and(Extent::of_rows(&rows, as_of)?);
    }
    Ok(extent)
}

fn columns(tables: &[&'static Table], extents: &[Extent]) -> Vec<ArrayRef> {
    let day = |of: fn(&(i32, i32)) -> i32| Arc::new(extents.iter().map(|e| e.as_of.as_ref().map(of)).collect::<Date32Array>()) as ArrayRef;
    let instant = |of: fn(&(i64, i64)) -> i64| {
        let instants: TimestampMicrosecondArray = extents.iter().map(|e| e.available_at.as_ref().map(of)).collect();
        Arc::new(instants.with_timezone("UTC")) as ArrayRef
    };
    vec![
        text(tables.iter().map(|table| Some(table.name))),
        Arc::new(extents.iter().map(|e| i64::try_from(e.rows).ok()).collect::<Int64Array>()),
        day(|range| range.0),
        day(|range| range.1),
        instant(|range| range.0),
        instant(|range| range.1),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(available_at: Option<(i64, i64)>) -> LakeFile {
        let instant = |micros| ScalarValue::TimestampMicrosecond(Some(micros), Some("UTC".into()));
        let day = |day| ScalarValue::Date32(Some(day));
        let released = available_at.map(|(first, last)| ("available_at", instant(first), instant(last)));
        LakeFile {
            path: "x".into(),
            bytes: 1,
            rows: 10,
            partition: Vec::new(),
            bounds: [("as_of", day(1), day(5))].into_iter().chain(released).collect(),
            blocks: None,
        }
    }

    #[test]
    fn log_counts_a_file_only_where_all_of_it_was_known() {
        let at = |micros| Some(KnowledgeTime::from_micros(micros));
        let whole = Some(Extent { rows: 10, as_of: Some((1, 5)), available_at: Some((100, 200)) });
        assert_eq!(Extent::of_file(&file(Some((100, 200))), "as_of", None), whole);
        assert_eq!(Extent::of_file(&file(Some((100, 200))), "as_of", at(200)), whole);
        assert_eq!(Extent::of_file(&file(Some((100, 200))), "as_of", at(199)), None);
        assert_eq!(Extent::of_file(&file(None), "as_of", None), None);
    }

    #[test]
    fn extents_add_up() {
        let a = Extent { rows: 1, as_of: Some((3, 4)), available_at: Some((30, 40)) };
        let b = Extent { rows: 2, as_of: Some((1, 3)), available_at: Some((35, 50)) };
        assert_eq!(a.and(b), Extent { rows: 3, as_of: Some((1, 4)), available_at: Some((30, 50)) });
        assert_eq!(a.and(Extent::default()), a);
    }
}
