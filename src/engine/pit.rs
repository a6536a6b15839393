//! `EXPLAIN PIT query`: what the query would read, what the clock and the settings hide from it, and what in it has no knowledge time. The
//! query is planned as it would be run, and not run.
//!
//! A statement, so no query can read its rows: they say how much is hidden. Tables of the lake enter themselves when they are scanned
//! ([`survey`](super::survey)); everything else is found in the logical plan.

use std::any::Any;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::catalog::TableProvider;
use datafusion::catalog::default_table_source::source_as_provider;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::Result;
use datafusion::execution::TaskContext;
use datafusion::logical_expr::LogicalPlan;

use super::born::BornTable;
use super::composed::reads_lake;
use super::outside::Outside;
use super::survey::{Counts, Survey};
use super::system_time::Bound;
use crate::tables::ColumnType;
use crate::time::Availability;

/// A relation that is no table of the lake.
#[derive(Debug, PartialEq, Eq)]
pub struct Other {
    name: String,
    note: String,
}

/// The relations of a plan that no scan of the lake enters, each once.
///
/// # Errors
/// The plan holds a scan that is none of a provider.
pub fn others(plan: &LogicalPlan) -> Result<Vec<Other>> {
    let mut found: Vec<Other> = Vec::new();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            let provider = source_as_provider(&scan.source)?;
            if !reads_lake(provider.as_ref()) {
                let other = other(provider.as_ref(), scan.table_name.to_string());
                if !found.contains(&other) {
                    found.push(other);
                }
            }
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(found)
}

fn other(provider: &dyn TableProvider, scanned_as: String) -> Other {
    let any = provider as &dyn Any;
    if let Some(bound) = any.downcast_ref::<Bound>() {
        return other(bound.table(), scanned_as);
    }
    if let Some(table) = any.downcast_ref::<BornTable>() {
        return Other { name: table.name().to_string(), note: format!("born under {}", table.born()) };
    }
    if let Some(file) = any.downcast_ref::<Outside>() {
        let note = match file.available_at() {
            Some(column) => format!("known from its column `{column}` on, not counted"),
            None => "no knowledge time".to_string(),
        };
        return Other { name: file.name().to_string(), note };
    }
    Other { name: scanned_as, note: "no knowledge time".to_string() }
}

pub fn schema() -> SchemaRef {
    let share = |grade: Availability| Field::new(grade.name(), DataType::Float64, true);
    let mut fields = vec![
        Field::new("table", DataType::Utf8, false),
        Field::new("clock", ColumnType::Instant.arrow(), true),
        Field::new("rows_known", DataType::Int64, true),
        Field::new("rows_hidden", DataType::Int64, true),
        Field::new("rows_excluded", DataType::Int64, true),
        Field::new("newest_available_at", ColumnType::Instant.arrow(), true),
    ];
    fields.extend(Availability::ALL.map(share));
    fields.push(Field::new("backcast", DataType::Float64, true));
    fields.push(Field::new("note", DataType::Utf8, true));
    Arc::new(Schema::new(fields))
}

/// One row per scan of the lake, then one per other relation.
///
/// # Errors
/// The lake cannot be read.
pub async fn rows(scans: &[Survey], others: &[Other], context: &Arc<TaskContext>) -> Result<RecordBatch> {
    let mut counts = Vec::new();
    for scan in scans {
        counts.push(scan.counts(context).await?);
    }
    let none = || others.iter();
    let count = |of: fn(&Counts) -> u64| -> ArrayRef {
        let known = counts.iter().map(|counts| i64::try_from(of(counts)).ok());
        Arc::new(known.chain(none().map(|_| None)).collect::<Int64Array>())
    };
    let share = |of: &dyn Fn(&Counts) -> u64| -> ArrayRef {
        let known = counts.iter().map(|counts| (counts.known > 0).then(|| of(counts) as f64 / counts.known as f64));
        Arc::new(known.chain(none().map(|_| None)).collect::<Float64Array>())
    };
    let instants = |known: Vec<Option<i64>>| -> ArrayRef {
        Arc::new(known.into_iter().chain(none().map(|_| None)).collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
    };
    let names = scans.iter().map(|scan| scan.label.as_str()).chain(others.iter().map(|other| other.name.as_str()));
    let notes = scans.iter().map(|_| None).chain(others.iter().map(|other| Some(other.note.as_str())));
    let mut columns: Vec<ArrayRef> = vec![
        Arc::new(names.map(Some).collect::<StringArray>()),
        instants(scans.iter().map(|scan| scan.instant.map(|at| at.micros())).collect()),
        count(|counts| counts.known),
        count(|counts| counts.hidden),
        count(|counts| counts.excluded),
        instants(counts.iter().map(|counts| counts.newest.map(|at| at.micros())).collect()),
    ];
    columns.extend((0..Availability::ALL.len()).map(|grade| share(&move |counts: &Counts| counts.grades[grade])));
    columns.push(share(&|counts| counts.backcast));
    columns.push(Arc::new(notes.collect::<StringArray>()));
    Ok(RecordBatch::try_new(schema(), columns)?)
}
