//! Vintages of observations of which a stamped table holds nothing yet, in order and each once: all of them are first vintages, and nothing
//! has to be compared, sorted or copied. That is how large files come, and what this saves is most of the time and memory that they take.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, TimestampMicrosecondArray};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::compute::kernels::cmp;
use datafusion::arrow::compute::max;
use datafusion::arrow::datatypes::TimestampMicrosecondType;
use datafusion::arrow::error::ArrowError;

use super::diff::{Incoming, News, Released, observation, rows_to_store};
use crate::tables::{RELEASE_AT, Table};

/// The news of such rows (`Table::parsed_schema()`); `None` where they are not in order, or one comes twice.
pub(super) fn all_first(table: &'static Table, incoming: &Incoming, parsed: &RecordBatch) -> Result<Option<News>, ArrowError> {
    let observed_at = incoming.payload.observed_at.micros();
    let column = |name: &str| Ok::<_, ArrowError>(parsed.column(parsed.schema().index_of(name)?).clone());
    let release_at = column(RELEASE_AT)?;
    let release_at = release_at.as_primitive::<TimestampMicrosecondType>();
    let is_released = max(release_at).is_none_or(|newest| newest <= observed_at);
    let available_at: TimestampMicrosecondArray = match is_released {
        true => release_at.clone(),
        false => release_at.unary::<_, TimestampMicrosecondType>(|at| at.min(observed_at)).with_timezone("UTC"),
    };
    let mut order = observation(table).map(|c| column(c.name)).collect::<Result<Vec<_>, _>>()?;
    order.push(Arc::new(available_at.clone()));
    if !is_strictly_ascending(&order)? {
        return Ok(None);
    }
    let released = match is_released {
        true => Released::All,
        false => Released::Some(release_at.values().iter().map(|at| *at <= observed_at).collect()),
    };
    let rows = rows_to_store(table, incoming, parsed, available_at, &released)?;
    Ok(Some(News { new: rows.num_rows(), rows, repeated: 0, revised: 0, contradicted: 0 }))
}

/// Whether each row comes after the one before it, by the first column in which they differ.
fn is_strictly_ascending(columns: &[ArrayRef]) -> Result<bool, ArrowError> {
    let n_pairs = match columns.first().map_or(0, |column| column.len()) {
        0 | 1 => return Ok(true),
        n => n - 1,
    };
    if columns.iter().any(|column| column.null_count() > 0) {
        return Ok(false);
    }
    let mut ascends = BooleanBuffer::new_unset(n_pairs);
    for column in columns.iter().rev() {
        let (before, after) = (column.slice(0, n_pairs), column.slice(1, n_pairs));
        let same = cmp::eq(&before, &after)?;
        if same.true_count() < n_pairs {
            let less = cmp::lt(&before, &after)?;
            ascends = &(same.values() & &ascends) | less.values();
        }
    }
    Ok(ascends.count_set_bits() == n_pairs)
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{Int64Array, StringArray};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ascending_means_what_it_means_for_tuples(rows in prop::collection::vec(("[ab]", 0..3i64, 0..3i64), 0..6), sort: bool) {
            let mut rows = rows;
            if sort {
                rows.sort();
            }
            let columns: Vec<ArrayRef> = vec![
                Arc::new(StringArray::from_iter_values(rows.iter().map(|(name, ..)| name))),
                Arc::new(Int64Array::from_iter_values(rows.iter().map(|(_, day, _)| *day))),
                Arc::new(Int64Array::from_iter_values(rows.iter().map(|(.., at)| *at))),
            ];
            let expected = rows.windows(2).all(|pair| pair[0] < pair[1]);
            prop_assert_eq!(is_strictly_ascending(&columns).expect("columns of one length"), expected);
        }
    }
}
