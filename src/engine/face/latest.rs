//! The latest vintage of each observation: each row that the next one does not supersede. One batch behind its input.

use datafusion::arrow::array::BooleanArray;
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::record_batch::RecordBatch;

use super::Columns;
use crate::engine::changes::{changes, is_same};

/// A batch and which of its rows are known. Hidden vintages of an observation come after its known ones.
type Sighted = (RecordBatch, Option<BooleanBuffer>);

pub struct Latest {
    /// Those that name an observation; `as_of` first, since it differs most often.
    observation: Vec<usize>,
    held: Option<Sighted>,
}

impl Latest {
    pub fn new(columns: &Columns) -> Self {
        Self { observation: columns.observation(), held: None }
    }

    /// Takes the next batch (never empty) and gives back what is settled by it.
    pub fn push(&mut self, batch: RecordBatch, known: Option<BooleanBuffer>) -> Result<Option<RecordBatch>, ArrowError> {
        let before = self.held.replace((batch, known));
        before.map(|before| self.settle(before, self.held.as_ref())).transpose()
    }

    /// The rows that waited for a successor.
    pub fn finish(&mut self) -> Result<Option<RecordBatch>, ArrowError> {
        self.held.take().map(|held| self.settle(held, None)).transpose()
    }

    fn settle(&self, (batch, known): Sighted, next: Option<&Sighted>) -> Result<RecordBatch, ArrowError> {
        let n = batch.num_rows();
        let ends = changes(&batch, &self.observation)?;
        let is_superseded = match next {
            Some((next, known)) => known.as_ref().is_none_or(|known| known.value(0)) && is_same(&self.observation, &batch, next)?,
            None => false,
        };
        let is_end = |i: usize| if i + 1 < n { ends.value(i) } else { !is_superseded };
        let mask = match &known {
            None => BooleanBuffer::collect_bool(n, is_end),
            Some(known) => BooleanBuffer::collect_bool(n, |i| known.value(i) && (is_end(i) || (i + 1 < n && !known.value(i + 1)))),
        };
        if mask.count_set_bits() == n {
            return Ok(batch);
        }
        filter_record_batch(&batch, &BooleanArray::new(mask, None))
    }
}
