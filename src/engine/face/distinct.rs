//! Vintages that equal their predecessor are left out: where a source stamps its vintages they are stored, since one that differs may still
//! come between them.

use datafusion::arrow::array::BooleanArray;
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::record_batch::RecordBatch;

use super::Columns;
use crate::engine::changes::{changes, is_same};

pub struct Distinct {
    /// Those that tell vintages apart; none where no vintage equals its predecessor.
    compared: Vec<usize>,
    /// The last row of the batch before.
    before: Option<RecordBatch>,
}

impl Distinct {
    pub fn new(columns: Columns) -> Self {
        let compared = if columns.repeats { columns.values.iter().copied().chain(columns.observation()).collect() } else { Vec::new() };
        Self { compared, before: None }
    }

    /// The rows of the next batch (never empty) that are news.
    pub fn keep(&mut self, batch: RecordBatch) -> Result<RecordBatch, ArrowError> {
        if self.compared.is_empty() {
            return Ok(batch);
        }
        let n = batch.num_rows();
        let first_is_news = match self.before.replace(batch.slice(n - 1, 1)) {
            None => true,
            Some(before) => !is_same(&self.compared, &before, &batch)?,
        };
        let news = changes(&batch, &self.compared)?;
        if first_is_news && news.count_set_bits() == n - 1 {
            return Ok(batch);
        }
        let mask: BooleanBuffer = std::iter::once(first_is_news).chain(&news).collect();
        filter_record_batch(&batch, &BooleanArray::new(mask, None))
    }
}
