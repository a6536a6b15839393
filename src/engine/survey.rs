//! What a scan of the lake leaves out and why, counted for the person: `EXPLAIN PIT` tells it and no query can read it.
//!
//! Every scan enters itself where the statement keeps a [`Register`], so a table under an operator that hides its inputs is found like any
//! other. The counting reads hidden rows too, which is why it stands beside the scan and never below one.

use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch};
use datafusion::arrow::compute::{cast, filter_record_batch};
use datafusion::arrow::datatypes::{DataType, TimestampMicrosecondType};
use datafusion::common::cast::as_boolean_array;
use datafusion::error::Result;
use datafusion::execution::TaskContext;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::ExecutionPlan;
use futures::TryStreamExt;

use super::context::Policy;
use crate::time::{Availability, KnowledgeTime};

/// The columns that a survey looks at, beside those of its predicate.
pub const COLUMNS: [&str; 3] = ["available_at", "availability", "backcast"];

/// The scans of one statement.
#[derive(Debug, Clone, Default)]
pub struct Register(Arc<Mutex<Vec<Survey>>>);

impl Register {
    pub fn enter(&self, survey: Survey) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(survey);
    }
    /// What was entered, by table and clock: inputs are planned side by side, in no order of their own.
    pub fn take(&self) -> Vec<Survey> {
        let mut all = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        all.sort_by(|a, b| (&a.label, a.instant).cmp(&(&b.label, b.instant)));
        all
    }
}

/// One scan: what it was asked for, and the files that may hold it, hidden rows included.
#[derive(Debug)]
pub struct Survey {
    /// The table with its face.
    pub label: String,
    /// The clock that is in force for the scan.
    pub instant: Option<KnowledgeTime>,
    pub policy: Policy,
    /// Which rows the scan is asked for: predicates on keys and `as_of`, over the columns of `files`.
    pub asked: Option<Arc<dyn PhysicalExpr>>,
    /// Plans of one partition each with [`COLUMNS`] and what `asked` needs.
    pub files: Vec<Arc<dyn ExecutionPlan>>,
}

/// What a survey found, in vintages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    pub known: u64,
    /// Hidden by the clock.
    pub hidden: u64,
    /// Known, and left out by the session's settings.
    pub excluded: u64,
    pub newest: Option<KnowledgeTime>,
    /// Of those known, by grade in the order of [`Availability::ALL`].
    pub grades: [u64; Availability::ALL.len()],
    /// Of those known.
    pub backcast: u64,
}

impl Survey {
    /// Reads and counts.
    ///
    /// # Errors
    /// The lake cannot be read.
    pub async fn counts(&self, context: &Arc<TaskContext>) -> Result<Counts> {
        let mut counts = Counts::default();
        for file in &self.files {
            let mut batches = file.execute(0, context.clone())?;
            while let Some(batch) = batches.try_next().await? {
                self.count(&mut counts, &self.asked_of(batch)?)?;
            }
        }
        Ok(counts)
    }

    fn asked_of(&self, batch: RecordBatch) -> Result<RecordBatch> {
        let Some(asked) = &self.asked else { return Ok(batch) };
        let passed = asked.evaluate(&batch)?.into_array(batch.num_rows())?;
        let passed = as_boolean_array(&passed)?;
        Ok(filter_record_batch(&batch, passed)?)
    }

    fn count(&self, counts: &mut Counts, batch: &RecordBatch) -> Result<()> {
        let column = |name: &str| -> Result<ArrayRef> { Ok(batch.column(batch.schema().index_of(name)?).clone()) };
        let published = column("available_at")?;
        let published = published.as_primitive::<TimestampMicrosecondType>();
        let grades = cast(&column("availability")?, &DataType::Utf8)?;
        let grades = grades.as_string::<i32>();
        let backcast = column("backcast")?;
        let backcast: &BooleanArray = as_boolean_array(&backcast)?;
        for row in 0..batch.num_rows() {
            let at = KnowledgeTime::from_micros(published.value(row));
            if self.instant.is_some_and(|instant| at > instant) {
                counts.hidden += 1;
                continue;
            }
            let grade = Availability::from_name(grades.value(row)).unwrap_or(Availability::Observed);
            let is_backcast = backcast.is_valid(row) && backcast.value(row);
            if grade > self.policy.min_availability || (is_backcast && !self.policy.backcast) {
                counts.excluded += 1;
                continue;
            }
            counts.known += 1;
            counts.newest = counts.newest.max(Some(at));
            counts.grades[grade as usize] += 1;
            counts.backcast += u64::from(is_backcast);
        }
        Ok(())
    }
}
