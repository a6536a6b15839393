//! Reading whole rows of lake files, for those who compare, merge and verify. Queries never come here: they read through the engine's scan.
//!
//! A reader names the columns and, where it can, the extent of what it looks for: files outside are not opened, and rows outside its range of
//! `as_of` are dropped while decoding, before the other columns of their pages are looked at.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate};
use datafusion::arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions, Scalar, StringArray};
use datafusion::arrow::compute::{and, concat_batches, kernels::cmp};
use datafusion::arrow::datatypes::{Date32Type, Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::common::ScalarValue;
use datafusion::parquet::arrow::arrow_reader::{ArrowPredicateFn, RowFilter};
use datafusion::parquet::arrow::async_reader::ParquetRecordBatchStream;
use datafusion::parquet::arrow::{ParquetRecordBatchStreamBuilder, ProjectionMask};
use futures::{StreamExt, TryStreamExt};

use super::commit::lost_task;
use super::file::FileReader;
use super::{Lake, LakeFile};
use crate::error::{Error, Result};
use crate::tables::{Column, Table};

/// Files read at once.
const READERS: usize = 4;
const BATCH_ROWS: usize = 64 * 1024;

/// Where some rows lie: enough to leave out files, and rows of a file, that hold none of their observations.
#[derive(Debug, Clone, PartialEq)]
pub struct Extent {
    partitions: Vec<(&'static str, HashSet<String>)>,
    /// Smallest and largest value of each column of the key and of `as_of`.
    bounds: Vec<(&'static str, ScalarValue, ScalarValue)>,
}

impl Extent {
    /// The extent of these rows, or `None` where there are none.
    ///
    /// # Errors
    /// A column of the key is missing.
    pub fn of(table: &'static Table, rows: &[RecordBatch]) -> Result<Option<Self>> {
        let rows: Vec<_> = rows.iter().filter(|batch| batch.num_rows() > 0).collect();
        if rows.is_empty() {
            return Ok(None);
        }
        let columns = |name: &'static str| {
            rows.iter()
                .map(move |batch| batch.column_by_name(name).ok_or_else(|| Error::internal(format!("rows lack the column `{name}`"))))
        };
        let mut partitions = Vec::new();
        for name in table.partition {
            let mut values = HashSet::new();
            for column in columns(name) {
                for value in column?.as_string::<i32>().iter().flatten() {
                    if !values.contains(value) {
                        values.insert(value.to_string());
                    }
                }
            }
            partitions.push((*name, values));
        }
        let mut bounds = Vec::new();
        for column in table.key().chain([table.as_of()]).filter(|c| !table.partition.contains(&c.name)) {
            let mut extremes: Option<(ScalarValue, ScalarValue)> = None;
            for array in columns(column.name) {
                let Some((low, high)) = super::parquet::extremes(column.kind, array?) else { continue };
                extremes = Some(match extremes {
                    None => (low, high),
                    Some((least, most)) => (if low < least { low } else { least }, if high > most { high } else { most }),
                });
            }
            bounds.extend(extremes.map(|(low, high)| (column.name, low, high)));
        }
        Ok(Some(Self { partitions, bounds }))
    }

    /// Whether a file may hold rows of this extent.
    pub fn meets(&self, file: &LakeFile) -> bool {
        let partition = self
            .partitions
            .iter()
            .all(|(name, values)| file.partition.iter().find(|(column, _)| column == name).is_none_or(|(_, value)| values.contains(value)));
        partition && self.bounds.iter().all(|(name, low, high)| file.bound(name).is_none_or(|(least, most)| least <= high && most >= low))
    }

    /// The same keys, on whatever day.
    pub fn of_all_days(mut self, table: &'static Table) -> Self {
        self.bounds.retain(|(name, ..)| *name != table.as_of().name);
        self
    }

    /// First and last day of `as_of`.
    pub fn days(&self, table: &'static Table) -> Option<(NaiveDate, NaiveDate)> {
        let day = |value: &ScalarValue| match value {
            ScalarValue::Date32(Some(days)) => Date32Type::to_naive_date_opt(*days),
            ScalarValue::TimestampMicrosecond(Some(micros), _) => Some(DateTime::from_timestamp_micros(*micros)?.date_naive()),
            _ => None,
        };
        let (low, high) = self.as_of(table)?;
        Some((day(&low)?, day(&high)?))
    }

    fn as_of(&self, table: &'static Table) -> Option<(ScalarValue, ScalarValue)> {
        self.bounds.iter().find(|(name, ..)| *name == table.as_of().name).map(|(_, low, high)| (low.clone(), high.clone()))
    }
}

/// The schema of these stored columns of a table, in the table's order.
pub fn schema(table: &'static Table, columns: &[&str]) -> SchemaRef {
    Arc::new(Schema::new(table.stored().filter(|c| columns.contains(&c.name)).map(Column::field).collect::<Vec<_>>()))
}

/// The named columns of some files, as one batch in no order, partition columns filled in. With an extent, only rows that may lie in it.
///
/// # Errors
/// A file is missing, does not decode or has other columns than the table.
pub async fn read(
    lake: &Lake,
    table: &'static Table,
    files: Vec<LakeFile>,
    columns: &[&'static str],
    extent: Option<&Extent>,
) -> Result<RecordBatch> {
    let schema = schema(table, columns);
    let files = files.into_iter().filter(|file| extent.is_none_or(|extent| extent.meets(file)));
    let tasks = files.map(|file| {
        let (lake, schema, range) = (lake.clone(), schema.clone(), extent.and_then(|extent| extent.as_of(table)));
        // A file that lies wholly in the range is decoded without looking at each row.
        let range = range.filter(|(low, high)| file.bound(table.as_of().name).is_none_or(|(least, most)| least < low || most > high));
        async move {
            let task = tokio::spawn(async move { stream(&lake, table, &file, schema, range).await?.try_collect::<Vec<_>>().await });
            task.await.map_err(lost_task)?
        }
    });
    let batches: Vec<Vec<RecordBatch>> = futures::stream::iter(tasks).buffered(READERS).try_collect().await?;
    concat_batches(&schema, batches.iter().flatten()).map_err(|e| Error::internal(format!("cannot join rows of `{}`: {e}", table.name)))
}

/// The rows of one file in its own order, in `schema`, which names stored columns of the table.
///
/// # Errors
/// The file is missing, or has other columns than the table.
pub async fn stream(
    lake: &Lake,
    table: &'static Table,
    file: &LakeFile,
    schema: SchemaRef,
    as_of: Option<(ScalarValue, ScalarValue)>,
) -> Result<futures::stream::BoxStream<'static, Result<RecordBatch>>> {
    let path = file.path.to_string();
    let bad = move |e: &dyn std::fmt::Display| Error::lake(format!("cannot read it: {e}")).in_file(path.clone());
    // What does not prove itself has said so in our own words.
    let unread = {
        let bad = bad.clone();
        move |e: &(dyn std::error::Error + 'static)| Error::own_among(e).unwrap_or_else(|| bad(&e))
    };
    let reader = FileReader::new(lake.store(), file);
    let mut builder = ParquetRecordBatchStreamBuilder::new(reader).await.map_err(|e| unread(&e))?.with_batch_size(BATCH_ROWS);
    let in_file: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).filter(|name| !table.partition.contains(name)).collect();
    for name in &in_file {
        let expected = table.column(name).map(|c| c.kind.arrow());
        match builder.schema().field_with_name(name) {
            Ok(field) if Some(field.data_type()) == expected.as_ref() => {}
            Ok(field) => return Err(bad(&format!("column `{name}` has the type {}", field.data_type()))),
            Err(_) => return Err(bad(&format!("it lacks the column `{name}`"))),
        }
    }
    let mask = |names: &[&str]| ProjectionMask::columns(builder.parquet_schema(), names.iter().copied());
    let (projection, only_as_of) = (mask(&in_file), mask(&[table.as_of().name]));
    if let Some((low, high)) = as_of {
        let (low, high) = (low.to_scalar().map_err(Error::from)?, high.to_scalar().map_err(Error::from)?);
        builder = builder.with_row_filter(RowFilter::new(vec![Box::new(ArrowPredicateFn::new(only_as_of, move |batch| {
            within(batch.column(0), &low, &high)
        }))]));
    }
    let rows: ParquetRecordBatchStream<FileReader> = builder.with_projection(projection).build().map_err(|e| bad(&e))?;
    let partition = file.partition.clone();
    Ok(rows
        .map(move |batch| {
            let batch = batch.map_err(|e| unread(&e))?;
            fill_partition(&schema, &partition, &batch).map_err(|e| bad(&e))
        })
        .boxed())
}

fn within(column: &ArrayRef, low: &Scalar<ArrayRef>, high: &Scalar<ArrayRef>) -> Result<BooleanArray, ArrowError> {
    and(&cmp::gt_eq(column, low)?, &cmp::lt_eq(column, high)?)
}

/// Puts the columns in the table's order, with the partition's values among them.
fn fill_partition(schema: &SchemaRef, partition: &[(&'static str, String)], batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let columns = schema.fields().iter().map(|field| match partition.iter().find(|(name, _)| name == field.name()) {
        Some((_, value)) => Ok(Arc::new(StringArray::new_repeated(value, batch.num_rows())) as ArrayRef),
        None => batch.column_by_name(field.name()).cloned().ok_or_else(|| ArrowError::SchemaError(format!("no column `{}`", field.name()))),
    });
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(schema.clone(), columns.collect::<Result<_, _>>()?, &options)
}
