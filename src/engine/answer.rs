//! What a statement gave back: rows that are pulled, or a sentence. Nothing is printed here.

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::memory::MemoryStream;

use super::notes::Notes;
use super::work::Work;
use crate::error::Result;

/// What a statement gave back.
pub enum Answer {
    /// Rows, to be pulled; dropping the stream cancels the query. What is for the person alone (a plan, what the clock hides) is nothing that
    /// a later query may read.
    Rows { schema: SchemaRef, stream: SendableRecordBatchStream, notes: Notes, work: Work, for_person: bool },
    /// Nothing but a sentence for stderr (`clock is 2019-02-05 00:00:00Z`), and notes.
    Done { message: Option<String>, notes: Notes },
}

impl Answer {
    pub(super) fn said(message: impl Into<String>) -> Self {
        Self::Done { message: Some(message.into()), notes: Notes::default() }
    }
    /// The same, for the person alone.
    pub(super) fn for_person(self) -> Self {
        match self {
            Self::Rows { schema, stream, notes, work, for_person: _ } => Self::Rows { schema, stream, notes, work, for_person: true },
            done @ Self::Done { .. } => done,
        }
    }
    /// Rows that are at hand.
    ///
    /// # Errors
    /// The rows do not fit their own schema.
    pub(super) fn of(rows: RecordBatch, notes: Notes) -> Result<Self> {
        let schema = rows.schema();
        let stream = MemoryStream::try_new(vec![rows], schema.clone(), None)?;
        Ok(Self::Rows { schema, stream: Box::pin(stream), notes, work: Work::default(), for_person: false })
    }
}
