//! How often each vintage's value had been revised: a number that the scan counts, since it follows from what is known and is stored nowhere.

use std::sync::Arc;

use datafusion::arrow::array::Int64Array;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::record_batch::RecordBatch;

use super::Columns;
use crate::engine::changes::{changes, is_same};

/// The name of the column that is added.
const REVISION: &str = "revision";

pub struct Revisions {
    observation: Vec<usize>,
    /// The last row of the batch before, and its number.
    before: Option<(RecordBatch, i64)>,
}

/// A schema with the number added at its end.
pub fn with_revision(schema: &Schema) -> SchemaRef {
    let fields = schema.fields().iter().cloned().chain([Arc::new(Field::new(REVISION, DataType::Int64, true))]);
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

impl Revisions {
    pub fn new(columns: &Columns) -> Self {
        Self { observation: columns.observation(), before: None }
    }

    /// Adds the number to each row of the next batch (never empty).
    pub fn number(&mut self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let n = batch.num_rows();
        let starts = changes(batch, &self.observation)?;
        let mut number = match self.before.take() {
            Some((before, number)) if is_same(&self.observation, &before, batch)? => number + 1,
            _ => 0,
        };
        let numbers: Int64Array = std::iter::once(number)
            .chain(starts.iter().map(|is_other| {
                number = if is_other { 0 } else { number + 1 };
                number
            }))
            .collect();
        self.before = Some((batch.slice(n - 1, 1), number));
        let mut columns = batch.columns().to_vec();
        columns.push(Arc::new(numbers));
        RecordBatch::try_new(with_revision(&batch.schema()), columns)
    }
}
