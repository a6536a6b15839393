//! A large batch of sorted rows cut between keys, so that it is compared with what is stored piece by piece: what a piece is compared with is
//! its own keys' rows alone, and memory is that of a piece.

use datafusion::arrow::array::{ArrayRef, RecordBatch, UInt32Array};
use datafusion::arrow::compute::{partition, take};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::row::{RowConverter, SortField};

use crate::tables::Table;

/// Rows of a piece, at the least.
pub(super) const PIECE_ROWS: usize = 1024 * 1024;

/// The pieces of a batch, each of at least `size` rows but the last; `None` where the rows are not in order of their keys.
pub(super) fn by_key(table: &'static Table, rows: &RecordBatch, size: usize) -> Result<Option<Vec<RecordBatch>>, ArrowError> {
    let schema = rows.schema();
    let keys = table.key().map(|c| Ok(rows.column(schema.index_of(c.name)?).clone())).collect::<Result<Vec<ArrayRef>, ArrowError>>()?;
    let runs = partition(&keys)?.ranges();
    let starts: UInt32Array = runs.iter().map(|run| Some(run.start as u32)).collect();
    let first_of_run = keys.iter().map(|key| take(key, &starts, None)).collect::<Result<Vec<_>, _>>()?;
    let converter = RowConverter::new(keys.iter().map(|key| SortField::new(key.data_type().clone())).collect())?;
    let first_of_run = converter.convert_columns(&first_of_run)?;
    if !(1..runs.len()).all(|run| first_of_run.row(run - 1) < first_of_run.row(run)) {
        return Ok(None);
    }
    let (mut pieces, mut start) = (Vec::new(), 0);
    for run in runs {
        if run.end - start >= size || run.end == rows.num_rows() {
            pieces.push(rows.slice(start, run.end - start));
            start = run.end;
        }
    }
    Ok(Some(pieces))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::StringArray;

    use super::*;
    use crate::tables::MACRO_SERIES;

    fn lengths(series: &[&str], size: usize) -> Option<Vec<usize>> {
        let columns: [(&str, ArrayRef); 2] = [
            ("source", Arc::new(StringArray::new_repeated("x", series.len()))),
            ("series_id", Arc::new(StringArray::from(series.to_vec()))),
        ];
        let rows = RecordBatch::try_from_iter(columns).expect("columns of one length");
        let pieces = by_key(&MACRO_SERIES, &rows, size).expect("columns of the table");
        pieces.map(|pieces| pieces.iter().map(RecordBatch::num_rows).collect())
    }

    #[test]
    fn a_piece_ends_between_keys() {
        assert_eq!(lengths(&["A", "A", "B", "C", "C"], 2), Some(vec![2, 3]));
        assert_eq!(lengths(&["A", "A", "A", "B", "C"], 2), Some(vec![3, 2]));
        assert_eq!(lengths(&["A", "A", "B"], 10), Some(vec![3]));
        assert_eq!(lengths(&["B", "A"], 1), None);
        assert_eq!(lengths(&["A", "B", "A"], 1), None);
    }
}
