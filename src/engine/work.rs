//! What a running statement has read so far, and how much there is to read: for progress, timers and the count of hidden rows. It is told to
//! the person beside the rows; no query can read it.
//!
//! Every scan of the lake enters itself, since operators may hide their inputs; files outside the lake are found in the plan.

use std::sync::{Arc, Mutex, PoisonError};

use datafusion::execution::TaskContext;
use datafusion::physical_plan::ExecutionPlan;

use super::fault;
use super::survey::{Register, Survey};
use crate::error::Result;

/// A statement's work; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Work(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    readers: Vec<Arc<dyn ExecutionPlan>>,
    /// Rows of the files to read, hidden ones included; unknown files have none.
    rows: u64,
    hidden: Option<(Vec<Survey>, Arc<TaskContext>)>,
}

/// How far a statement has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Read {
    pub rows: u64,
    /// Bytes fetched from files, as they are compressed.
    pub bytes: u64,
    /// Rows of all files to read, an upper bound: whole parts of files may be skipped.
    pub of_rows: u64,
}

/// What the clock and the settings kept back of what a statement asked for, in vintages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hidden {
    /// Published after the clock.
    pub hidden: u64,
    /// Known, and left out by a setting.
    pub excluded: u64,
    /// Of those known and not left out: written down long after the fact.
    pub backcast: u64,
}

impl Work {
    /// Adds plans that read, and the rows that their files hold.
    pub(super) fn enter(&self, readers: &[Arc<dyn ExecutionPlan>], rows: u64) {
        let mut inner = self.inner();
        inner.readers.extend(readers.iter().flat_map(leaves));
        inner.rows += rows;
    }
    /// Adds what a whole plan reads besides the lake.
    pub(super) fn enter_plan(&self, plan: &Arc<dyn ExecutionPlan>) {
        self.inner().readers.extend(leaves(plan));
    }
    /// What there is to count once somebody asks for [`Work::hidden`].
    pub(super) fn enter_register(&self, register: &Register, context: Arc<TaskContext>) {
        self.inner().hidden = Some((register.take(), context));
    }

    /// How far it has come.
    pub fn read(&self) -> Read {
        let inner = self.inner();
        let mut read = Read { of_rows: inner.rows, ..Read::default() };
        for metrics in inner.readers.iter().filter_map(|reader| reader.metrics()) {
            // whoever counts bytes reads a file; other leaves pass on what such a one has read
            if let Some(bytes) = metrics.sum_by_name("bytes_scanned") {
                read.bytes += bytes.as_usize() as u64;
                read.rows += metrics.output_rows().unwrap_or(0) as u64;
            }
        }
        read
    }

    /// Counts what was kept back, which reads the tables once more; `None` where the session does not count.
    ///
    /// # Errors
    /// The lake cannot be read.
    pub async fn hidden(&self) -> Result<Option<Hidden>> {
        let Some((surveys, context)) = self.inner().hidden.take() else { return Ok(None) };
        let mut sum = Hidden::default();
        for survey in &surveys {
            let counts = survey.counts(&context).await.map_err(fault::explain)?;
            sum.hidden += counts.hidden;
            sum.excluded += counts.excluded;
            sum.backcast += counts.backcast;
        }
        Ok(Some(sum))
    }

    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The plans of a tree that have no inputs.
fn leaves(plan: &Arc<dyn ExecutionPlan>) -> Vec<Arc<dyn ExecutionPlan>> {
    match plan.children().as_slice() {
        [] => vec![plan.clone()],
        inputs => inputs.iter().copied().flat_map(leaves).collect(),
    }
}
