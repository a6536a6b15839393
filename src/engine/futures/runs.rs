//! Batches in key order → one run of columns per instrument and basis or stat. A run may go over many batches.

use std::ops::Range;

use datafusion::arrow::array::{Array, AsArray, Int64Array, PrimitiveArray, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{ArrowPrimitiveType, Date32Type, Float64Type, Int64Type, TimestampMicrosecondType};
use datafusion::error::Result;

use super::compose::{Bars, Figures};
use super::definitions::Instrument;
use crate::error::Error;
use crate::quant::known::NO_INSTANT;
use crate::time::{Availability, Grade};

/// The rows of one instrument and label.
#[derive(Debug)]
pub struct Run<T> {
    pub instrument: Instrument,
    /// The basis of bars, the stat of figures.
    pub label: String,
    pub columns: T,
}

/// Columns that rows of a batch can be added to.
pub trait Columns: Default {
    /// The key column that the label of a run is read from.
    const LABEL: &'static str;
    /// Adds some rows of a batch.
    ///
    /// # Errors
    /// A column that is always read is missing.
    fn append(&mut self, label: &str, batch: &RecordBatch, rows: Range<usize>) -> Result<()>;
}

/// Adds a batch to the runs so far.
///
/// # Errors
/// The batch lacks a key column.
pub fn add<T: Columns>(runs: &mut Vec<Run<T>>, batch: &RecordBatch) -> Result<()> {
    let keys = Keys::of(batch, T::LABEL)?;
    let mut start = 0;
    while start < batch.num_rows() {
        let end = keys.end_of_run(start);
        match runs.last_mut().filter(|run| keys.is(start, run)) {
            Some(run) => run.columns.append(&run.label, batch, start..end)?,
            None => {
                let instrument = Instrument {
                    dataset: keys.dataset.value(start).to_string(),
                    symbol: keys.symbol.value(start).to_string(),
                    id: keys.id.value(start),
                };
                let mut run = Run { instrument, label: keys.label.value(start).to_string(), columns: T::default() };
                run.columns.append(&run.label, batch, start..end)?;
                runs.push(run);
            }
        }
        start = end;
    }
    Ok(())
}

struct Keys<'a> {
    dataset: &'a StringArray,
    label: &'a StringArray,
    symbol: &'a StringArray,
    id: &'a Int64Array,
}

impl<'a> Keys<'a> {
    fn of(batch: &'a RecordBatch, label: &str) -> Result<Self> {
        let text = |name: &str| -> Result<&'a StringArray> { Ok(column(batch, name)?.as_string::<i32>()) };
        Ok(Self {
            dataset: text("dataset")?,
            label: text(label)?,
            symbol: text("symbol")?,
            id: column(batch, "instrument_id")?.as_primitive::<Int64Type>(),
        })
    }
    /// Keys are in order: two equal ones have none but equal ones between them.
    fn is_same(&self, a: usize, b: usize) -> bool {
        self.symbol.value(a) == self.symbol.value(b)
            && self.id.value(a) == self.id.value(b)
            && self.label.value(a) == self.label.value(b)
            && self.dataset.value(a) == self.dataset.value(b)
    }
    fn is<T>(&self, row: usize, run: &Run<T>) -> bool {
        let own = &run.instrument;
        self.symbol.value(row) == own.symbol
            && self.id.value(row) == own.id
            && self.label.value(row) == run.label
            && self.dataset.value(row) == own.dataset
    }
    fn end_of_run(&self, start: usize) -> usize {
        let n = self.symbol.len();
        let (mut same, mut leap) = (start, 1);
        while same + leap < n && self.is_same(start, same + leap) {
            same += leap;
            leap *= 2;
        }
        let mut differs = (same + leap).min(n);
        while differs - same > 1 {
            let middle = same + (differs - same) / 2;
            if self.is_same(start, middle) { same = middle } else { differs = middle }
        }
        differs
    }
}

fn column<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a dyn Array> {
    batch
        .column_by_name(name)
        .map(AsRef::as_ref)
        .ok_or_else(|| Error::internal(format!("futures were read without the column `{name}`")).into())
}

/// Adds the values of a column that is there, NULL as given.
fn extend<P: ArrowPrimitiveType, T: Copy>(
    to: &mut Vec<T>,
    batch: &RecordBatch,
    name: &str,
    rows: &Range<usize>,
    null: T,
    convert: impl Fn(P::Native) -> T,
) {
    let Some(array) = batch.column_by_name(name) else { return };
    let array: &PrimitiveArray<P> = array.as_primitive();
    let values = &array.values()[rows.clone()];
    match array.nulls().filter(|nulls| nulls.null_count() > 0) {
        None => to.extend(values.iter().map(|value| convert(*value))),
        Some(nulls) => {
            to.extend(values.iter().zip(rows.clone()).map(|(value, row)| if nulls.is_valid(row) { convert(*value) } else { null }))
        }
    }
}

fn extend_floats(to: &mut Vec<f64>, batch: &RecordBatch, name: &str, rows: &Range<usize>) {
    extend::<Float64Type, _>(to, batch, name, rows, f64::NAN, |value| value);
}

fn extend_instants(to: &mut Vec<i64>, batch: &RecordBatch, name: &str, rows: &Range<usize>) {
    extend::<TimestampMicrosecondType, _>(to, batch, name, rows, NO_INSTANT, |value| value);
}

fn extend_days(to: &mut Vec<i32>, batch: &RecordBatch, rows: &Range<usize>) {
    extend::<Date32Type, _>(to, batch, "as_of", rows, i32::MIN, |value| value);
}

fn extend_grades(to: &mut Vec<Grade>, batch: &RecordBatch, rows: Range<usize>) -> Result<()> {
    let Some(words) = batch.column_by_name("availability") else { return Ok(()) };
    let (words, backcast) = (words.as_string::<i32>(), column(batch, "backcast")?.as_boolean());
    // neighbours are mostly dated in the same way
    let mut last: Option<(&str, Availability)> = None;
    for row in rows {
        let word = words.value(row);
        let availability = match last {
            Some((known, grade)) if known == word => grade,
            _ => Availability::from_name(word).ok_or_else(|| Error::internal(format!("`{word}` is no grade of availability")))?,
        };
        last = Some((word, availability));
        to.push(Grade { availability, backcast: backcast.value(row) });
    }
    Ok(())
}

impl Columns for Bars {
    const LABEL: &'static str = "basis";
    fn append(&mut self, basis: &str, batch: &RecordBatch, rows: Range<usize>) -> Result<()> {
        extend_days(&mut self.day, batch, &rows);
        extend_instants(&mut self.available_at, batch, "available_at", &rows);
        extend_floats(&mut self.open, batch, "open", &rows);
        extend_floats(&mut self.high, batch, "high", &rows);
        extend_floats(&mut self.low, batch, "low", &rows);
        extend_floats(&mut self.close, batch, "close", &rows);
        extend::<Int64Type, _>(&mut self.volume, batch, "volume", &rows, f64::NAN, |value| value as f64);
        extend_instants(&mut self.session_start, batch, "session_start", &rows);
        extend_instants(&mut self.session_end, batch, "session_end", &rows);
        self.is_session.extend(std::iter::repeat_n(basis == "session", rows.len()));
        extend_grades(&mut self.grade, batch, rows)
    }
}

impl Columns for Figures {
    const LABEL: &'static str = "stat";
    fn append(&mut self, _: &str, batch: &RecordBatch, rows: Range<usize>) -> Result<()> {
        extend_days(&mut self.day, batch, &rows);
        extend_instants(&mut self.available_at, batch, "available_at", &rows);
        extend_floats(&mut self.value, batch, "value", &rows);
        extend_grades(&mut self.grade, batch, rows)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{ArrayRef, Date32Array, Float64Array, TimestampMicrosecondArray};
    use proptest::prelude::*;

    use super::*;

    /// Rows of figures as instrument number and value, in key order.
    fn batch(rows: &[(i64, Option<f64>)]) -> RecordBatch {
        let n = rows.len();
        let text = |value: &'static str| Arc::new(StringArray::from(vec![value; n])) as ArrayRef;
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("dataset", text("X")),
            ("stat", text("settlement")),
            ("symbol", text("ESH6")),
            ("instrument_id", Arc::new(rows.iter().map(|(id, _)| Some(*id)).collect::<Int64Array>())),
            ("as_of", Arc::new((0..n as i32).map(Some).collect::<Date32Array>())),
            ("available_at", Arc::new((0..n as i64).map(Some).collect::<TimestampMicrosecondArray>().with_timezone("UTC"))),
            ("value", Arc::new(rows.iter().map(|(_, value)| *value).collect::<Float64Array>())),
        ];
        RecordBatch::try_from_iter(columns).expect("columns of one length")
    }

    proptest! {
        /// However rows are cut into batches, the runs are those of a look at each row.
        #[test]
        fn runs_are_found_by_leaps(lengths in prop::collection::vec(1..40usize, 1..8), cuts in prop::collection::vec(1..50usize, 1..8)) {
            let rows: Vec<(i64, Option<f64>)> = lengths
                .iter()
                .enumerate()
                .flat_map(|(id, n)| (0..*n).map(move |i| (id as i64, (i % 3 > 0).then_some(i as f64))))
                .collect();
            let mut runs: Vec<Run<Figures>> = Vec::new();
            let (mut rest, mut cuts) = (&rows[..], cuts.iter().cycle());
            while !rest.is_empty() {
                let n = (*cuts.next().expect("cycles")).min(rest.len());
                add(&mut runs, &batch(&rest[..n])).expect("all columns");
                rest = &rest[n..];
            }
            let found: Vec<(i64, Vec<Option<f64>>)> = runs
                .iter()
                .map(|run| (run.instrument.id, run.columns.value.iter().map(|v| Some(*v).filter(|v| !v.is_nan())).collect()))
                .collect();
            let expected: Vec<(i64, Vec<Option<f64>>)> = (0..lengths.len() as i64)
                .map(|id| (id, rows.iter().filter(|(own, _)| *own == id).map(|(_, value)| *value).collect()))
                .collect();
            prop_assert_eq!(found, expected);
        }
    }
}
