//! The three faces of a vintaged table: how vintages in file order become the rows that a name shows. Pure, on batches.
//!
//! Input is always sorted by key, `as_of`, `available_at` and cut to what the clock lets through; every row of one key is in one stream.

use datafusion::arrow::array::cast::as_primitive_array;
use datafusion::arrow::array::{Array, ArrayRef, BooleanArray, Int64Array, UInt32Array};
use datafusion::arrow::buffer::{BooleanBuffer, NullBuffer};
use datafusion::arrow::compute::kernels::cmp::distinct;
use datafusion::arrow::compute::{cast, concat_batches, filter_record_batch, partition, take_record_batch};
use datafusion::arrow::datatypes::{DataType, Int64Type, SchemaRef, TimestampMicrosecondType};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::record_batch::RecordBatch;

/// Which rows a name shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Face {
    /// The latest vintage of each observation.
    Latest,
    /// Every vintage.
    Vintages,
    /// Every publication that was news about the newest observation.
    Readings,
}

impl Face {
    pub const ALL: [Self; 3] = [Self::Latest, Self::Vintages, Self::Readings];

    /// What a table's name ends in.
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Latest => "",
            Self::Vintages => "_vintages",
            Self::Readings => "_readings",
        }
    }
    pub const fn name(self) -> &'static str {
        match self {
            Self::Latest => "latest",
            Self::Vintages => "vintages",
            Self::Readings => "readings",
        }
    }
    /// The base name and face that a SQL name stands for.
    pub fn of_name(name: &str) -> (&str, Self) {
        for face in [Self::Vintages, Self::Readings] {
            if let Some(base) = name.strip_suffix(face.suffix()) {
                return (base, face);
            }
        }
        (name, Self::Latest)
    }
}

/// Where the columns that the faces look at stand in the input.
#[derive(Debug, Clone)]
pub struct Columns {
    pub key: Vec<usize>,
    pub as_of: usize,
    pub available_at: usize,
    pub values: Vec<usize>,
    /// Vintages equal to their predecessor may stand in the input: no face shows them.
    pub repeats: bool,
}

/// Leaves out vintages that equal their predecessor: where a source stamps its vintages they are stored, since one that differs may still
/// come between them.
pub struct Distinct {
    columns: Columns,
    /// The last row of the batch before.
    before: Option<RecordBatch>,
}

impl Distinct {
    pub fn new(columns: Columns) -> Self {
        Self { columns, before: None }
    }

    /// The rows of the next batch (never empty) that are news.
    pub fn keep(&mut self, batch: RecordBatch) -> Result<RecordBatch, ArrowError> {
        if !self.columns.repeats {
            return Ok(batch);
        }
        let n = batch.num_rows();
        let compared: Vec<usize> = std::iter::once(self.columns.as_of)
            .chain(self.columns.key.iter().copied())
            .chain(self.columns.values.iter().copied())
            .collect();
        let first_is_news = match self.before.replace(batch.slice(n - 1, 1)) {
            None => true,
            Some(before) => !is_same(&compared, &before, &batch)?,
        };
        let mut news = BooleanBuffer::new_unset(n - 1);
        for &c in &compared {
            let column = batch.column(c);
            news = &news | distinct(&column.slice(0, n - 1), &column.slice(1, n - 1))?.values();
            if news.count_set_bits() == n - 1 {
                break;
            }
        }
        if first_is_news && news.count_set_bits() == n - 1 {
            return Ok(batch);
        }
        let mask: BooleanBuffer = std::iter::once(first_is_news).chain(&news).collect();
        filter_record_batch(&batch, &BooleanArray::new(mask, None))
    }
}

/// Turns sorted, clocked batches into a face's rows, one batch behind its input.
pub enum Chooser {
    Vintages,
    Latest { columns: Columns, held: Option<RecordBatch> },
    Readings { columns: Columns, schema: SchemaRef, held: Vec<RecordBatch> },
}

impl Chooser {
    pub fn new(face: Face, columns: Columns, schema: SchemaRef) -> Self {
        match face {
            Face::Vintages => Self::Vintages,
            Face::Latest => Self::Latest { columns, held: None },
            Face::Readings => Self::Readings { columns, schema, held: Vec::new() },
        }
    }

    /// Takes the next batch (never empty) and gives back what is settled by it.
    pub fn push(&mut self, batch: RecordBatch) -> Result<Option<RecordBatch>, ArrowError> {
        match self {
            Self::Vintages => Ok(Some(batch)),
            Self::Latest { columns, held } => match held.replace(batch) {
                None => Ok(None),
                Some(before) => {
                    let next = held.as_ref().map(|b| b.slice(0, 1));
                    keep_latest(columns, before, next.as_ref()).map(Some)
                }
            },
            Self::Readings { columns, schema, held } => {
                let key: Vec<ArrayRef> = columns.key.iter().map(|&c| batch.column(c).clone()).collect();
                let mut done = Vec::new();
                let ranges = if key.is_empty() { std::iter::once(0..batch.num_rows()).collect() } else { partition(&key)?.ranges() };
                for range in ranges {
                    let part = batch.slice(range.start, range.len());
                    let same = held.last().map_or(Ok(true), |before| is_same(&columns.key, before, &part));
                    if !same? {
                        done.push(keep_readings(columns, schema, std::mem::take(held))?);
                    }
                    held.push(part);
                }
                Ok(if done.is_empty() { None } else { Some(concat_batches(schema, &done)?) })
            }
        }
    }

    /// The rows that waited for a successor.
    pub fn finish(&mut self) -> Result<Option<RecordBatch>, ArrowError> {
        match self {
            Self::Vintages => Ok(None),
            Self::Latest { columns, held } => held.take().map(|batch| keep_latest(columns, batch, None)).transpose(),
            Self::Readings { columns, schema, held } => {
                let held = std::mem::take(held);
                if held.is_empty() { Ok(None) } else { keep_readings(columns, schema, held).map(Some) }
            }
        }
    }
}

/// Keeps each row that the next one does not supersede: another key or another `as_of` follows, or nothing.
fn keep_latest(columns: &Columns, batch: RecordBatch, next: Option<&RecordBatch>) -> Result<RecordBatch, ArrowError> {
    let n = batch.num_rows();
    let observation = || columns.key.iter().copied().chain([columns.as_of]);
    let mut last: Option<BooleanBuffer> = None;
    // `as_of` differs most often: look at it first, and at the keys only where it did not settle everything
    for c in std::iter::once(columns.as_of).chain(columns.key.iter().copied()) {
        let column = batch.column(c);
        let differs = distinct(&column.slice(0, n - 1), &column.slice(1, n - 1))?.values().clone();
        let merged = match last {
            None => differs,
            Some(before) => &before | &differs,
        };
        let settled = merged.count_set_bits() == n - 1;
        last = Some(merged);
        if settled {
            break;
        }
    }
    let ends = match next {
        None => true,
        Some(next) => {
            let own = batch.slice(n - 1, 1);
            let columns: Vec<usize> = observation().collect();
            !is_same(&columns, &own, next)?
        }
    };
    let mask: BooleanBuffer = last.iter().flat_map(|b| b.iter()).chain([ends]).collect();
    if mask.count_set_bits() == n {
        return Ok(batch);
    }
    filter_record_batch(&batch, &BooleanArray::new(mask, None))
}

/// Whether the last row of one batch and the first of another agree in these columns.
fn is_same(columns: &[usize], before: &RecordBatch, after: &RecordBatch) -> Result<bool, ArrowError> {
    for &c in columns {
        let (left, right) = (before.column(c), after.column(c));
        if distinct(&left.slice(left.len() - 1, 1), &right.slice(0, 1))?.value(0) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The readings of one key: for each instant of publication the newest observation with a value, where nothing newer was known before it.
fn keep_readings(columns: &Columns, schema: &SchemaRef, rows: Vec<RecordBatch>) -> Result<RecordBatch, ArrowError> {
    let rows = concat_batches(schema, &rows)?;
    let has_value = has_value(columns, &rows);
    let available_at = as_primitive_array::<TimestampMicrosecondType>(rows.column(columns.available_at)).clone();
    let as_of = rank(rows.column(columns.as_of))?;
    let mut order: Vec<u32> = (0..rows.num_rows() as u32).filter(|&i| has_value.as_ref().is_none_or(|v| v.value(i as usize))).collect();
    order.sort_by_key(|&i| (available_at.value(i as usize), as_of.value(i as usize)));
    let mut readings = Vec::new();
    let mut newest = None;
    for (place, &i) in order.iter().enumerate() {
        let published = available_at.value(i as usize);
        // sorted by as_of within one instant: the last row of the instant is its newest observation
        let is_newest_of_instant = order.get(place + 1).is_none_or(|&j| available_at.value(j as usize) != published);
        let day = as_of.value(i as usize);
        if is_newest_of_instant && newest.is_none_or(|known| day >= known) {
            readings.push(i);
            newest = Some(day);
        }
    }
    take_record_batch(&rows, &UInt32Array::from(readings))
}

/// Rows in which some value is present; `None` where the table has no value columns to look at.
fn has_value(columns: &Columns, rows: &RecordBatch) -> Option<BooleanBuffer> {
    columns
        .values
        .iter()
        .map(|&c| match rows.column(c).logical_nulls() {
            Some(nulls) => NullBuffer::into_inner(nulls),
            None => BooleanBuffer::new_set(rows.num_rows()),
        })
        .reduce(|a, b| &a | &b)
}

/// `as_of`, a date or an instant, as an integer of the same order.
fn rank(column: &ArrayRef) -> Result<Int64Array, ArrowError> {
    let days_or_micros = match column.data_type() {
        DataType::Date32 => cast(&cast(column, &DataType::Int32)?, &DataType::Int64)?,
        _ => cast(column, &DataType::Int64)?,
    };
    Ok(as_primitive_array::<Int64Type>(&days_or_micros).clone())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::Float64Array;

    use super::*;

    /// Key, as_of, available_at, value.
    type Row = (i64, i64, i64, Option<f64>);

    fn batch(rows: &[Row]) -> RecordBatch {
        let column = |of: fn(&Row) -> i64| Arc::new(rows.iter().map(|r| Some(of(r))).collect::<Int64Array>());
        let value: ArrayRef = Arc::new(rows.iter().map(|r| r.3).collect::<Float64Array>());
        let columns = [("key", column(|r| r.0) as ArrayRef), ("as_of", column(|r| r.1)), ("at", column(|r| r.2)), ("value", value)];
        RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, true))).expect("made to fit")
    }

    #[test]
    fn a_vintage_equal_to_its_predecessor_is_left_out_wherever_batches_are_cut() {
        let rows = [
            (1, 1, 1, Some(7.0)),
            (1, 1, 2, Some(7.0)),
            (1, 1, 3, Some(8.0)),
            (1, 1, 4, Some(7.0)),
            (1, 2, 4, Some(7.0)),
            (1, 2, 5, None),
            (1, 2, 6, None),
            (2, 2, 6, None),
        ];
        let news = [0, 2, 3, 4, 5, 7];
        let columns = |repeats| Columns { key: vec![0], as_of: 1, available_at: 2, values: vec![3], repeats };
        for cut in 1..rows.len() {
            let mut distinct = Distinct::new(columns(true));
            let kept = [&rows[..cut], &rows[cut..]].map(|part| distinct.keep(batch(part)).expect("comparable"));
            let kept = concat_batches(&kept[0].schema(), &kept).expect("one schema");
            assert_eq!(kept, batch(&news.map(|n: usize| rows[n])), "cut at {cut}");
        }
        let all = Distinct::new(columns(false)).keep(batch(&rows)).expect("comparable");
        assert_eq!(all.num_rows(), rows.len(), "elsewhere nothing is compared");
    }
}
