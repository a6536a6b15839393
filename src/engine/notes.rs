//! Remarks that a statement makes to the person, never to the query: they go to stderr and no SQL can read them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::ScalarValue;

/// Remarks for stderr; complete once the result's stream has ended.
#[derive(Debug, Clone, Default)]
pub struct Notes(Arc<Mutex<Said>>);

#[derive(Debug, Default)]
struct Said {
    notes: Vec<String>,
    /// Of tables that a view reads among others and that are empty: worth a word where all that is read is.
    of_parts: Vec<String>,
    has_rows: bool,
    /// Of names that may be slips: worth a word where the answer is empty, or one row that counts nothing.
    of_slips: Vec<String>,
    /// Rows of the answer.
    answered: usize,
    says_something: bool,
}

impl Notes {
    /// Adds a remark once.
    pub fn add(&self, note: impl Into<String>) {
        let note = note.into();
        let mut said = self.said();
        if !said.notes.contains(&note) {
            said.notes.push(note);
        }
    }
    /// Adds a remark about an empty table that a view reads: it is told unless the statement reads one with rows.
    pub fn add_of_part(&self, note: impl Into<String>) {
        let note = note.into();
        let mut said = self.said();
        if !said.of_parts.contains(&note) {
            said.of_parts.push(note);
        }
    }
    /// Adds a remark about a name that may be a slip: it is told where nothing came of it.
    pub fn add_of_slip(&self, note: impl Into<String>) {
        let note = note.into();
        let mut said = self.said();
        if !said.of_slips.contains(&note) {
            said.of_slips.push(note);
        }
    }
    /// These rows came. One row of nothing but zeros and NULLs, as a count of no rows is, is none.
    pub fn answered(&self, rows: &RecordBatch) {
        let mut said = self.said();
        said.answered += rows.num_rows();
        said.says_something |= rows.num_rows() > 1 || says_something(rows);
    }
    /// Rows that came so far.
    pub fn rows(&self) -> usize {
        self.said().answered
    }
    /// The statement reads a table with rows.
    pub fn has_rows(&self) {
        self.said().has_rows = true;
    }
    /// The remarks so far, which are then forgotten.
    pub fn take(&self) -> Vec<String> {
        let mut said = self.said();
        let of_parts = std::mem::take(&mut said.of_parts);
        let mut notes = std::mem::take(&mut said.notes);
        if !said.has_rows {
            notes.extend(of_parts);
        }
        let of_slips = std::mem::take(&mut said.of_slips);
        if !said.says_something {
            notes.extend(of_slips);
        }
        notes
    }
    fn said(&self) -> MutexGuard<'_, Said> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn says_something(rows: &RecordBatch) -> bool {
    rows.num_rows() > 0
        && rows.columns().iter().any(|column| match ScalarValue::try_from_array(column, 0) {
            Ok(value) => !value.is_null() && ScalarValue::new_zero(&value.data_type()).map_or(true, |zero| zero != value),
            Err(_) => true,
        })
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{ArrayRef, Int64Array};

    use super::*;

    fn row(count: i64) -> RecordBatch {
        let column: ArrayRef = Arc::new(Int64Array::from(vec![count]));
        RecordBatch::try_from_iter([("count", column)]).expect("one column")
    }

    #[test]
    fn an_empty_part_is_told_where_nothing_else_is_read() {
        let notes = Notes::default();
        notes.add("a");
        notes.add_of_part("b");
        notes.add_of_part("b");
        assert_eq!(notes.take(), ["a", "b"]);
        notes.add_of_part("b");
        notes.has_rows();
        assert!(notes.take().is_empty());
        notes.add_of_slip("c");
        notes.answered(&row(0));
        assert_eq!(notes.take(), ["c"]);
        notes.add_of_slip("c");
        notes.answered(&row(7));
        assert!(notes.take().is_empty());
    }
}
