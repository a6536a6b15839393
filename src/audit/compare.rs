//! Two results of one query, row by row: what full knowledge shows of the decisions up to an instant, and what was known then. Pure.
//!
//! Rows are a multiset: they are brought into one order (decision, time, keys, the rest) and compared decision by decision. Keys are the
//! columns of text and days; they pair rows that differ, so that a difference is told by its column.

use std::cmp::Ordering;
use std::ops::Range;

use datafusion::arrow::array::{RecordBatch, UInt32Array};
use datafusion::arrow::compute::{concat_batches, take_record_batch};
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::row::{RowConverter, Rows, SortField};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::ScalarValue;

use super::instants::{Lag, decisions};
use crate::error::{Error, Result};
use crate::time::KnowledgeTime;

/// Floats that differ by no more than this share are the same: sums of several threads may end otherwise in their last bit.
const LAST_BITS: f64 = 1e-12;
/// Among so many rows of one decision the twin of a row is looked for.
const NEAR: usize = 64;

/// The rows of a result that stand for a decision, in order.
pub struct Ordered {
    rows: RecordBatch,
    decided: Vec<KnowledgeTime>,
    /// Each row as bytes, equal where the rows are.
    bytes: Rows,
    time: usize,
    keys: Vec<usize>,
    /// Rows without a time.
    pub untimed: usize,
}

/// How a row differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// Columns with their values: with full knowledge, as known then.
    Values(Vec<(String, String, String)>),
    /// The row is there with full knowledge alone.
    OnlyWithFullKnowledge,
    /// The row was there then, and is not with full knowledge.
    OnlyThen,
}

/// The first row that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlike {
    /// The text of its time, and its keys by name.
    pub time: String,
    pub keys: Vec<(String, String)>,
    pub difference: Difference,
}

impl Ordered {
    /// Puts a result in order.
    ///
    /// # Errors
    /// It has no such time column, or holds values that have no order.
    pub fn of(schema: &SchemaRef, batches: &[RecordBatch], time: &str, lag: &Lag) -> Result<Self> {
        let rows = concat_batches(schema, batches).map_err(failed)?;
        let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        let Some(time) = names.iter().position(|name| *name == time) else {
            let hint = match crate::config::closest(time, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("its columns are {}", names.join(", ")),
            };
            return Err(Error::query(format!("the result has no column `{time}`")).hint(hint));
        };
        let decided = decisions(names[time], rows.column(time), lag)?;
        let keys: Vec<usize> = (0..names.len()).filter(|at| *at != time && is_key(schema.field(*at).data_type())).collect();
        let rest = (0..names.len()).filter(|at| *at != time && !keys.contains(at));
        let order: Vec<usize> = [time].into_iter().chain(keys.iter().copied()).chain(rest).collect();
        let fields = order.iter().map(|at| SortField::new(schema.field(*at).data_type().clone())).collect();
        let converter = RowConverter::new(fields).map_err(failed)?;
        let ordered = |rows: &RecordBatch| order.iter().map(|at| rows.column(*at).clone()).collect::<Vec<_>>();
        // a later time is never decided earlier, so the order of times is that of decisions
        let unsorted = converter.convert_columns(&ordered(&rows)).map_err(failed)?;
        let mut timed: Vec<u32> = (0..).take(rows.num_rows()).filter(|row| decided[*row as usize].is_some()).collect();
        timed.sort_by(|a, b| unsorted.row(*a as usize).cmp(&unsorted.row(*b as usize)));
        let decided: Vec<KnowledgeTime> = timed.iter().filter_map(|row| decided[*row as usize]).collect();
        let untimed = rows.num_rows() - decided.len();
        let timed = UInt32Array::from(timed);
        let rows = take_record_batch(&rows, &timed).map_err(failed)?;
        let bytes = converter.convert_columns(&ordered(&rows)).map_err(failed)?;
        Ok(Self { rows, decided, bytes, time, keys, untimed })
    }

    pub fn decided(&self) -> &[KnowledgeTime] {
        &self.decided
    }

    /// How many rows were decided by then: they stand first.
    pub fn decided_by(&self, instant: KnowledgeTime) -> usize {
        self.decided.partition_point(|decided| *decided <= instant)
    }

    fn cell(&self, row: usize, column: usize) -> Result<ScalarValue> {
        Ok(ScalarValue::try_from_array(self.rows.column(column), row)?)
    }

    fn text(&self, row: usize, column: usize) -> Result<String> {
        let options = FormatOptions::default().with_null("NULL").with_timestamp_tz_format(Some("%Y-%m-%d %H:%M:%S%.fZ"));
        let formatter = ArrayFormatter::try_new(self.rows.column(column).as_ref(), &options).map_err(failed)?;
        Ok(formatter.value(row).to_string())
    }

    fn name(&self, column: usize) -> String {
        self.rows.schema().field(column).name().clone()
    }
}

fn failed(error: ArrowError) -> Error {
    Error::query(format!("the result cannot be compared: {error}")).hint("leave out columns that hold no plain values")
}

fn is_key(kind: &DataType) -> bool {
    match kind {
        DataType::Dictionary(_, of) => is_key(of),
        kind => matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Date32 | DataType::Date64),
    }
}

/// The first row, by its time, of the decisions up to an instant that is not the same in both.
///
/// # Errors
/// The results have different columns, or hold values that cannot be compared.
pub fn first_unlike(full: &Ordered, known: &Ordered, instant: KnowledgeTime) -> Result<Option<Unlike>> {
    let columns = |of: &Ordered| {
        let schema = of.rows.schema();
        schema.fields().iter().map(|field| (field.name().clone(), field.data_type().clone())).collect::<Vec<_>>()
    };
    if columns(full) != columns(known) {
        return Err(Error::query("the result has other columns under the clock than with full knowledge")
            .hint("name the columns, and cast what comes from files outside the lake"));
    }
    let (end, known_end) = (full.decided_by(instant), known.decided_by(instant));
    let (mut at, mut known_at) = (0, 0);
    while at < end || known_at < known_end {
        // the rows of the next decision
        let next = [full.decided[..end].get(at), known.decided[..known_end].get(known_at)].into_iter().flatten().min().copied();
        let run = |of: &Ordered, from: usize, end: usize| {
            from + of.decided[from..end].iter().take_while(|decided| Some(**decided) == next).count()
        };
        let (to, known_to) = (run(full, at, end), run(known, known_at, known_end));
        if let Some(unlike) = unlike_of(full, at..to, known, known_at..known_to)? {
            return Ok(Some(unlike));
        }
        (at, known_at) = (to, known_to);
    }
    Ok(None)
}

/// The first row that is not the same in both, of rows of one decision.
fn unlike_of(full: &Ordered, rows: Range<usize>, known: &Ordered, known_rows: Range<usize>) -> Result<Option<Unlike>> {
    let mut alone: Vec<usize> = Vec::new();
    let mut known_alone: Vec<usize> = Vec::new();
    let (mut a, mut b) = (rows.start, known_rows.start);
    while a < rows.end || b < known_rows.end {
        let ordering = match (a < rows.end, b < known_rows.end) {
            (true, true) => full.bytes.row(a).cmp(&known.bytes.row(b)),
            (true, false) => Ordering::Less,
            _ => Ordering::Greater,
        };
        if ordering.is_le() {
            a += 1;
        }
        if ordering.is_ge() {
            b += 1;
        }
        match ordering {
            Ordering::Less => alone.push(a - 1),
            Ordering::Greater => known_alone.push(b - 1),
            Ordering::Equal => {}
        }
    }
    let as_many = alone.len() == known_alone.len();
    let mut unlike = None;
    for row in alone {
        match twin(full, row, known, &known_alone)? {
            Some(place) => drop(known_alone.remove(place)),
            None => {
                unlike = Some(row);
                break;
            }
        }
    }
    let (of, row, difference) = match (unlike, known_alone.first()) {
        (None, None) => return Ok(None),
        (Some(row), None) => (full, row, Difference::OnlyWithFullKnowledge),
        (None, Some(row)) => (known, *row, Difference::OnlyThen),
        (Some(row), Some(_)) => (full, row, paired(full, row, known, &known_alone, as_many)?),
    };
    let keys = of.keys.iter().map(|key| Ok((of.name(*key), of.text(row, *key)?))).collect::<Result<_>>()?;
    Ok(Some(Unlike { time: of.text(row, of.time)?, keys, difference }))
}

/// The place of a row among others that differs from it in last bits at most. Both are in one order, so it stands near the front.
fn twin(full: &Ordered, row: usize, known: &Ordered, others: &[usize]) -> Result<Option<usize>> {
    for (place, other) in others.iter().take(NEAR).enumerate() {
        if differing(full, row, known, *other)?.is_empty() {
            return Ok(Some(place));
        }
    }
    Ok(None)
}

/// How a row differs from the one of the others that is most like it. Where there are more rows on one side, rows of other keys are others.
fn paired(full: &Ordered, row: usize, known: &Ordered, others: &[usize], as_many: bool) -> Result<Difference> {
    let mut best: Option<(usize, usize, usize, Vec<usize>)> = None;
    for other in others {
        let columns = differing(full, row, known, *other)?;
        let other_keys = columns.iter().filter(|column| full.keys.contains(column) || **column == full.time).count();
        if best.as_ref().is_none_or(|(keys, n, ..)| (other_keys, columns.len()) < (*keys, *n)) {
            best = Some((other_keys, columns.len(), *other, columns));
        }
    }
    let Some((_, _, other, columns)) = best.filter(|(other_keys, ..)| *other_keys == 0 || as_many) else {
        return Ok(Difference::OnlyWithFullKnowledge);
    };
    let values = columns.into_iter().map(|column| Ok((full.name(column), full.text(row, column)?, known.text(other, column)?)));
    Ok(Difference::Values(values.collect::<Result<_>>()?))
}

/// The columns in which two rows differ.
fn differing(full: &Ordered, row: usize, known: &Ordered, other: usize) -> Result<Vec<usize>> {
    let mut columns = Vec::new();
    for column in 0..full.rows.num_columns() {
        if !is_same(&full.cell(row, column)?, &known.cell(other, column)?) {
            columns.push(column);
        }
    }
    Ok(columns)
}

fn is_same(a: &ScalarValue, b: &ScalarValue) -> bool {
    match (a, b) {
        (ScalarValue::Float64(Some(a)), ScalarValue::Float64(Some(b))) => {
            a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= LAST_BITS * a.abs().max(b.abs())
        }
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{ArrayRef, Date32Array, Float64Array, StringArray};
    use datafusion::arrow::datatypes::{Field, Schema};

    use super::*;

    fn ordered(rows: &[(Option<i32>, &str, Option<f64>)]) -> Ordered {
        let schema = Arc::new(Schema::new(vec![
            Field::new("x", DataType::Float64, true),
            Field::new("root", DataType::Utf8, true),
            Field::new("day", DataType::Date32, true),
        ]));
        let columns: Vec<ArrayRef> = vec![
            Arc::new(rows.iter().map(|row| row.2).collect::<Float64Array>()),
            Arc::new(rows.iter().map(|row| Some(row.1)).collect::<StringArray>()),
            Arc::new(rows.iter().map(|row| row.0).collect::<Date32Array>()),
        ];
        let batch = RecordBatch::try_new(schema.clone(), columns).expect("a batch");
        Ordered::of(&schema, &[batch], "day", &Lag::default()).expect("an order")
    }

    /// At the end of day `at`.
    fn unlike(full: &[(Option<i32>, &str, Option<f64>)], known: &[(Option<i32>, &str, Option<f64>)], at: i64) -> Option<Unlike> {
        let end = KnowledgeTime::from_micros((at + 1) * 86_400_000_000);
        first_unlike(&ordered(full), &ordered(known), end).expect("they can be compared")
    }

    #[test]
    fn rows_in_another_order_and_other_last_bits_are_the_same() {
        let full = [(Some(1), "ES", Some(0.1 + 0.2)), (Some(2), "ES", None), (Some(1), "CL", Some(f64::NAN)), (Some(1), "CL", Some(1.0))];
        let known = [(Some(1), "CL", Some(1.0)), (Some(1), "CL", Some(f64::NAN)), (Some(1), "ES", Some(0.3)), (Some(2), "ES", None)];
        assert_eq!(unlike(&full, &known, 9), None);
        assert!(unlike(&full, &known[1..], 9).is_some(), "rows are counted");
    }

    #[test]
    fn later_decisions_and_rows_without_a_time_are_left_out() {
        let full = [(Some(1), "ES", Some(1.0)), (Some(2), "ES", Some(2.0)), (None, "ES", Some(3.0))];
        assert_eq!(unlike(&full, &[(Some(1), "ES", Some(1.0)), (Some(3), "ES", None)], 1), None);
        assert_eq!((ordered(&full).untimed, ordered(&full).decided().len()), (1, 2));
    }

    #[test]
    fn the_first_difference_names_row_and_column() {
        let full = [(Some(1), "CL", Some(1.0)), (Some(1), "ES", Some(2.0)), (Some(2), "ES", Some(9.0))];
        let known = [(Some(1), "CL", Some(1.0)), (Some(1), "ES", Some(2.5)), (Some(2), "ES", Some(8.0))];
        let found = unlike(&full, &known, 9).expect("they differ");
        assert_eq!((found.time.as_str(), &found.keys[..]), ("1970-01-02", &[("root".to_string(), "ES".to_string())][..]));
        assert_eq!(found.difference, Difference::Values(vec![("x".into(), "2.0".into(), "2.5".into())]));
        // a key that differs is a value where the rows are as many
        let found = unlike(&[(Some(1), "CL", Some(1.0))], &[(Some(1), "ES", Some(1.0))], 9).expect("they differ");
        assert_eq!(found.difference, Difference::Values(vec![("root".into(), "CL".into(), "ES".into())]));
    }

    #[test]
    fn a_row_that_one_side_lacks_is_told() {
        let (es, cl) = ((Some(1), "ES", Some(1.0)), (Some(1), "CL", Some(2.0)));
        let difference = |full: &[_], known: &[_]| unlike(full, known, 9).map(|found| found.difference);
        assert_eq!(difference(&[es], &[]), Some(Difference::OnlyWithFullKnowledge));
        assert_eq!(difference(&[], &[es]), Some(Difference::OnlyThen));
        assert_eq!(difference(&[es, cl], &[es]), Some(Difference::OnlyWithFullKnowledge));
    }
}
