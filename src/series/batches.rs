//! What the engine computed of a series → rows of a stored table, and which of them an update must compare. Pure.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::NaiveDate;
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, RecordBatch, StringArray, TimestampMicrosecondArray, new_null_array,
};
use datafusion::arrow::compute::{cast, concat_batches, filter_record_batch};
use datafusion::arrow::datatypes::Date32Type;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::row::{RowConverter, SortField};

use crate::error::{Error, Result};
use crate::tables::{RELEASE_AT, RELEASE_GRADE, Role, Table};
use crate::time::{Availability, IngestTime};

/// The grade of a built row's release: the rows it is made of have grades of their own, which a composed series does not carry, and this
/// one claims nothing: some of them may have been seen first by us.
const GRADE: Availability = Availability::Observed;

/// The columns that the stored rows take from the engine under their own names, for a SELECT.
pub fn selected(table: &'static Table) -> String {
    table.values().map(|column| column.name).chain(["as_of", "available_at"]).collect::<Vec<_>>().join(", ")
}

/// The engine's rows as a source would give them.
///
/// # Errors
/// A column is missing or has another type, which is a fault of ours.
pub fn parsed(table: &'static Table, id: &str, rows: &RecordBatch) -> Result<RecordBatch> {
    let n = rows.num_rows();
    let schema = table.parsed_schema();
    let columns = schema.fields().iter().map(|field| match field.name().as_str() {
        "series_id" => Ok(Arc::new(StringArray::new_repeated(id, n)) as ArrayRef),
        RELEASE_GRADE => Ok(Arc::new(StringArray::new_repeated(GRADE.name(), n)) as ArrayRef),
        name => {
            let name = if name == RELEASE_AT { "available_at" } else { name };
            cast(named(rows, name)?, field.data_type()).map_err(|e| fault(table, &e))
        }
    });
    RecordBatch::try_new(schema.clone(), columns.collect::<Result<_>>()?).map_err(|e| fault(table, &e))
}

/// The rows, and for each stored day that is not among them one without values: a missing row would mean nothing.
///
/// # Errors
/// As [`parsed`].
pub fn with_ended(
    table: &'static Table,
    id: &str,
    rows: &RecordBatch,
    stored: &RecordBatch,
    now: IngestTime,
) -> Result<(RecordBatch, usize)> {
    let has: HashSet<i32> = days(rows)?.values().iter().copied().collect();
    let ended: Vec<i32> = days(stored)?.values().iter().copied().filter(|day| !has.contains(day)).collect();
    let n = ended.len();
    if n == 0 {
        return Ok((rows.clone(), 0));
    }
    let schema = rows.schema();
    let columns = schema.fields().iter().map(|field| match field.name().as_str() {
        "as_of" => Arc::new(Date32Array::from(ended.clone())) as ArrayRef,
        "series_id" => Arc::new(StringArray::new_repeated(id, n)),
        RELEASE_GRADE => Arc::new(StringArray::new_repeated(GRADE.name(), n)),
        RELEASE_AT => Arc::new(TimestampMicrosecondArray::from(vec![now.micros(); n]).with_timezone("UTC")),
        _ => new_null_array(field.data_type(), n),
    });
    let without = RecordBatch::try_new(schema.clone(), columns.collect()).map_err(|e| fault(table, &e))?;
    Ok((concat_batches(&schema, [rows, &without]).map_err(|e| fault(table, &e))?, n))
}

/// The rows of the days before one, or from it on.
///
/// # Errors
/// As [`parsed`].
pub fn split(table: &'static Table, rows: &RecordBatch, day: NaiveDate) -> Result<(RecordBatch, RecordBatch)> {
    let first = number(day);
    let is_before: BooleanArray = days(rows)?.values().iter().map(|day| Some(*day < first)).collect();
    let is_after = datafusion::arrow::compute::not(&is_before).map_err(|e| fault(table, &e))?;
    let kept = |mask: &BooleanArray| filter_record_batch(rows, mask).map_err(|e| fault(table, &e));
    Ok((kept(&is_before)?, kept(&is_after)?))
}

/// Bytes that are equal where the days and values of the rows are, and when they were known.
///
/// # Errors
/// As [`parsed`].
pub fn content(table: &'static Table, rows: &RecordBatch) -> Result<Vec<u8>> {
    let values = table.columns().filter(|c| c.role == Role::Value).map(|column| column.name);
    let names = [table.as_of().name, RELEASE_AT].into_iter().chain(values);
    let arrays = names.map(|name| named(rows, name).cloned()).collect::<Result<Vec<_>>>()?;
    let fields = arrays.iter().map(|array| SortField::new(array.data_type().clone())).collect();
    let converter = RowConverter::new(fields).map_err(|e| fault(table, &e))?;
    let converted = converter.convert_columns(&arrays).map_err(|e| fault(table, &e))?;
    Ok(converted.iter().flat_map(|row| row.as_ref().to_vec()).collect())
}

/// First and last day.
///
/// # Errors
/// As [`parsed`].
pub fn span(rows: &RecordBatch) -> Result<Option<(NaiveDate, NaiveDate)>> {
    let days = days(rows)?.values().iter();
    Ok(days.clone().min().zip(days.max()).map(|(first, last)| (date(*first), date(*last))))
}

/// The first of the last `n` days; the first of all where there are fewer.
///
/// # Errors
/// As [`parsed`].
pub fn window(rows: &RecordBatch, n: usize) -> Result<Option<NaiveDate>> {
    let mut days = days(rows)?.values().to_vec();
    days.sort_unstable();
    days.dedup();
    Ok(days.get(days.len().saturating_sub(n)).or(days.last()).map(|day| date(*day)))
}

/// How many days the rows are about.
///
/// # Errors
/// As [`parsed`].
pub fn n_days(rows: &RecordBatch) -> Result<usize> {
    Ok(days(rows)?.values().iter().collect::<HashSet<_>>().len())
}

fn days(rows: &RecordBatch) -> Result<&Date32Array> {
    let array = named(rows, "as_of")?;
    array.as_primitive_opt::<Date32Type>().ok_or_else(|| Error::internal(format!("as_of is a {}", array.data_type())))
}

fn named<'a>(rows: &'a RecordBatch, name: &str) -> Result<&'a ArrayRef> {
    rows.column_by_name(name).ok_or_else(|| Error::internal(format!("rows of a series lack the column `{name}`")))
}

fn number(day: NaiveDate) -> i32 {
    day.signed_duration_since(NaiveDate::default()).num_days() as i32
}

fn date(day: i32) -> NaiveDate {
    crate::time::day(day)
}

fn fault(table: &Table, error: &ArrowError) -> Error {
    Error::internal(format!("cannot make rows of `{}`: {error}", table.name))
}
