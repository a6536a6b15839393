//! The readings of each key: of the vintages with a value those at whose publication no newer observation was known. One key behind its
//! input.
//!
//! Rows come in order of `as_of`, so one pass from the newest observation back tells them apart: a vintage is a reading where it came before
//! every vintage of every newer observation. What is left is in order of publication too.

use datafusion::arrow::array::types::{ArrowPrimitiveType, Date32Type, TimestampMicrosecondType};
use datafusion::arrow::array::{AsArray, BooleanArray, BooleanBufferBuilder};
use datafusion::arrow::buffer::{BooleanBuffer, NullBuffer};
use datafusion::arrow::compute::{concat_batches, filter_record_batch};
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::record_batch::RecordBatch;

use super::{Columns, Distinct};
use crate::engine::changes::{changes, is_same};

pub struct Readings {
    columns: Columns,
    distinct: Distinct,
    /// Of the key whose end has not been seen, with the rows that are known.
    held: Vec<(RecordBatch, Option<BooleanBuffer>)>,
}

impl Readings {
    pub fn new(columns: Columns) -> Self {
        Self { distinct: Distinct::new(columns.clone()), columns, held: Vec::new() }
    }

    /// Takes the next batch (never empty) and gives back the readings of the keys that ended before or in it.
    pub fn push(&mut self, batch: RecordBatch, known: Option<BooleanBuffer>) -> Result<Option<RecordBatch>, ArrowError> {
        let within = changes(&batch, &self.columns.key)?.set_indices().last().map(|i| i + 1);
        let last_start = match (within, self.held.last()) {
            (Some(start), _) => Some(start),
            (None, Some((before, _))) if !is_same(&self.columns.key, before, &batch)? => Some(0),
            (None, _) => None,
        };
        let Some(start) = last_start else {
            self.held.push((batch, known));
            return Ok(None);
        };
        let part = |from: usize, to: usize| (batch.slice(from, to - from), known.as_ref().map(|known| known.slice(from, to - from)));
        let mut ended = std::mem::take(&mut self.held);
        if start > 0 {
            ended.push(part(0, start));
        }
        self.held.push(part(start, batch.num_rows()));
        self.settle(&ended)
    }

    /// The readings of the last key.
    pub fn finish(&mut self) -> Result<Option<RecordBatch>, ArrowError> {
        let ended = std::mem::take(&mut self.held);
        self.settle(&ended)
    }

    fn settle(&mut self, ended: &[(RecordBatch, Option<BooleanBuffer>)]) -> Result<Option<RecordBatch>, ArrowError> {
        let mut newer = Newer::default();
        let mut found = Vec::new();
        let mut next: Option<&RecordBatch> = None;
        for (batch, known) in ended.iter().rev() {
            let n = batch.num_rows();
            let ends = changes(batch, &self.columns.key)?;
            let is_last_of_key = next.map_or(Ok(true), |next| is_same(&self.columns.key, batch, next).map(|same| !same))?;
            let ends = |i: usize| if i + 1 < n { ends.value(i) } else { is_last_of_key };
            let valued = valued(&self.columns, batch);
            let mask = match batch.column(self.columns.as_of).data_type() {
                DataType::Date32 => newer.select::<Date32Type>(&self.columns, batch, known.as_ref(), valued.as_ref(), ends),
                _ => newer.select::<TimestampMicrosecondType>(&self.columns, batch, known.as_ref(), valued.as_ref(), ends),
            };
            if mask.count_set_bits() > 0 {
                found.push(filter_record_batch(batch, &BooleanArray::new(mask, None))?);
            }
            next = Some(batch);
        }
        found.reverse();
        let Some(first) = found.first() else { return Ok(None) };
        let found = concat_batches(&first.schema(), &found)?;
        // those without a value were kept this far: a value that comes back after them is news
        let found = self.distinct.keep(found)?;
        match valued(&self.columns, &found) {
            Some(valued) if valued.count_set_bits() < found.num_rows() => {
                Ok(Some(filter_record_batch(&found, &BooleanArray::new(valued, None))?))
            }
            _ => Ok(Some(found)),
        }
    }
}

/// What was published of newer observations, on the way back through a key.
#[derive(Default)]
struct Newer {
    as_of: Option<i64>,
    /// First publication of an observation newer than the one at hand.
    first: Option<i64>,
    /// First publication of the observation at hand.
    own: Option<i64>,
}

impl Newer {
    /// The known rows before whose publication nothing newer was published.
    fn select<T: ArrowPrimitiveType>(
        &mut self,
        columns: &Columns,
        batch: &RecordBatch,
        known: Option<&BooleanBuffer>,
        valued: Option<&BooleanBuffer>,
        ends: impl Fn(usize) -> bool,
    ) -> BooleanBuffer
    where
        T::Native: Into<i64>,
    {
        let as_of = batch.column(columns.as_of).as_primitive::<T>().values();
        let published = batch.column(columns.available_at).as_primitive::<TimestampMicrosecondType>().values();
        let n = batch.num_rows();
        let mut mask = BooleanBufferBuilder::new(n);
        mask.append_n(n, false);
        for i in (0..n).rev() {
            if ends(i) {
                *self = Self::default();
            }
            if known.is_some_and(|known| !known.value(i)) {
                continue;
            }
            let day: i64 = as_of[i].into();
            if self.as_of != Some(day) {
                self.first = earlier(self.first, self.own);
                self.own = None;
                self.as_of = Some(day);
            }
            let at = published[i];
            if self.first.is_none_or(|first| at < first) {
                mask.set_bit(i, true);
            }
            if valued.is_none_or(|valued| valued.value(i)) {
                self.own = earlier(self.own, Some(at));
            }
        }
        mask.finish()
    }
}

fn earlier(a: Option<i64>, b: Option<i64>) -> Option<i64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// Rows in which some value is present; `None` where all are, or where the table has no value columns to look at.
fn valued(columns: &Columns, rows: &RecordBatch) -> Option<BooleanBuffer> {
    let mut some: Option<BooleanBuffer> = None;
    for &column in &columns.values {
        let present = NullBuffer::into_inner(rows.column(column).logical_nulls()?);
        some = Some(match some {
            None => present,
            Some(before) => &before | &present,
        });
    }
    some
}
