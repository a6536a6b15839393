//! The three faces of a vintaged table: how vintages in file order become the rows that a name shows. Pure, on batches.
//!
//! Input is always sorted by key, `as_of`, `available_at`; every row of one key is in one stream.

mod distinct;
mod latest;
mod readings;
mod revisions;

use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::record_batch::RecordBatch;

pub use distinct::Distinct;
use latest::Latest;
use readings::Readings;
pub use revisions::{Revisions, with_revision};

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
    /// Those that are read.
    pub values: Vec<usize>,
    /// Vintages equal to their predecessor may stand in the input, and must not be shown.
    pub repeats: bool,
}

impl Columns {
    /// Those that name an observation; `as_of` first, since it differs most often.
    fn observation(&self) -> Vec<usize> {
        std::iter::once(self.as_of).chain(self.key.iter().copied()).collect()
    }
}

/// Turns sorted batches into a face's rows, a little behind its input.
pub enum Chooser {
    Vintages,
    Latest(Latest),
    Readings(Readings),
}

impl Chooser {
    /// For vintages, `Distinct` has been at the input before.
    pub fn new(face: Face, columns: &Columns) -> Self {
        match face {
            Face::Vintages => Self::Vintages,
            Face::Latest => Self::Latest(Latest::new(columns)),
            Face::Readings => Self::Readings(Readings::new(columns.clone())),
        }
    }

    /// Takes the next batch (never empty) and which of its rows are known, and gives back what is settled by it. Only for the latest vintages
    /// and for readings may rows be hidden; hidden vintages of an observation come after its known ones.
    pub fn push(&mut self, batch: RecordBatch, known: Option<BooleanBuffer>) -> Result<Option<RecordBatch>, ArrowError> {
        match self {
            Self::Vintages => Ok(Some(batch)),
            Self::Latest(latest) => latest.push(batch, known),
            Self::Readings(readings) => readings.push(batch, known),
        }
    }

    /// The rows that waited for what comes after them.
    pub fn finish(&mut self) -> Result<Option<RecordBatch>, ArrowError> {
        match self {
            Self::Vintages => Ok(None),
            Self::Latest(latest) => latest.finish(),
            Self::Readings(readings) => readings.finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{ArrayRef, Float64Array, Int64Array};
    use datafusion::arrow::compute::concat_batches;

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
