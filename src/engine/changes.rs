//! Where neighbouring rows differ: how faces, runs of a key and repeats are found. Pure, on batches.

use datafusion::arrow::array::types::{ArrowPrimitiveType, Date32Type, Int64Type, TimestampMicrosecondType};
use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::compute::kernels::cmp::distinct;
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::record_batch::RecordBatch;

/// The longest text that stands in its view as a whole.
const INLINE: u32 = 12;

/// For each row but the last whether the next one differs in some of these columns.
pub fn changes(batch: &RecordBatch, columns: &[usize]) -> Result<BooleanBuffer, ArrowError> {
    let n = batch.num_rows().saturating_sub(1);
    let mut all: Option<BooleanBuffer> = None;
    for &column in columns {
        let own = changes_of(batch.column(column), n)?;
        let merged = match all {
            None => own,
            Some(before) => &before | &own,
        };
        // later columns cannot add anything
        if merged.count_set_bits() == n {
            return Ok(merged);
        }
        all = Some(merged);
    }
    Ok(all.unwrap_or_else(|| BooleanBuffer::new_unset(n)))
}

/// For each of the first `n` rows whether the next one differs.
pub fn changes_of(column: &ArrayRef, n: usize) -> Result<BooleanBuffer, ArrowError> {
    if n == 0 {
        return Ok(BooleanBuffer::new_unset(0));
    }
    if column.null_count() > 0 {
        return Ok(distinct(&column.slice(0, n), &column.slice(1, n))?.values().clone());
    }
    Ok(match column.data_type() {
        DataType::Utf8View => {
            let texts = column.as_string_view();
            let views = texts.views();
            BooleanBuffer::collect_bool(n, |i| {
                let (a, b) = (views[i], views[i + 1]);
                // the low half of a view is the length of its text
                a != b && ((a as u32).min(b as u32) <= INLINE || texts.value(i) != texts.value(i + 1))
            })
        }
        DataType::Date32 => changes_of_numbers::<Date32Type>(column, n),
        DataType::Int64 => changes_of_numbers::<Int64Type>(column, n),
        DataType::Timestamp(TimeUnit::Microsecond, _) => changes_of_numbers::<TimestampMicrosecondType>(column, n),
        _ => distinct(&column.slice(0, n), &column.slice(1, n))?.values().clone(),
    })
}

fn changes_of_numbers<T: ArrowPrimitiveType>(column: &ArrayRef, n: usize) -> BooleanBuffer
where
    T::Native: PartialEq,
{
    let values = column.as_primitive::<T>().values();
    BooleanBuffer::collect_bool(n, |i| values[i] != values[i + 1])
}

/// Whether the last row of one batch and the first of another agree in these columns.
pub fn is_same(columns: &[usize], before: &RecordBatch, after: &RecordBatch) -> Result<bool, ArrowError> {
    for &c in columns {
        let (left, right) = (before.column(c), after.column(c));
        if distinct(&left.slice(left.len() - 1, 1), &right.slice(0, 1))?.value(0) {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{Date32Array, StringViewArray};

    use super::*;

    #[test]
    fn texts_differ_by_content_and_not_by_where_they_lie() {
        let long = "a text that is longer than a view";
        let longer = "a text that is longer than a view, and more";
        let texts: ArrayRef = Arc::new(StringViewArray::from(vec!["", "a", "a", long, long, longer, "a text that", "a text that"]));
        let days: ArrayRef = Arc::new(Date32Array::from(vec![1, 1, 1, 1, 1, 1, 1, 2]));
        let batch = RecordBatch::try_from_iter([("texts", texts), ("days", days)]).expect("columns of one length");
        let places = |columns: &[usize]| changes(&batch, columns).expect("comparable").set_indices().collect::<Vec<_>>();
        assert_eq!(places(&[0]), [0, 2, 4, 5]);
        assert_eq!(places(&[1, 0]), [0, 2, 4, 5, 6]);
        assert_eq!(places(&[]), [] as [usize; 0]);
    }
}
