//! A long result in one line per key: first, last, least, greatest, and the course of the values as a row of eighths. Pure.

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray, UInt32Array};
use datafusion::arrow::compute::{concat_batches, take};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::arrow::error::ArrowError;
use std::sync::Arc;

use super::choose::{self, Across};
use super::data::{Keys, across};
use super::frame::Frame;
use super::request::{Kind, Request};
use crate::error::{Error, Result};
use crate::shell::last::Last;

const EIGHTHS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Keys that are shown.
const MOST: usize = 200;

/// The rows of `.spark`, and what is to be said about them.
pub struct Sparks {
    pub rows: RecordBatch,
    pub notes: Vec<String>,
}

/// One row per key, in the order in which the keys come; a spark has at most `width` characters.
///
/// # Errors
/// The result is empty, a column is not there, or it holds no numbers.
pub fn sparks(last: &Last, request: &Request, width: usize) -> Result<Sparks> {
    let frame = Frame::new(&last.schema, &last.batches);
    if frame.rows() == 0 {
        return Err(Error::usage("the last result has no rows: there is nothing to draw"));
    }
    // As a line would be drawn: over time where there is one, and a long result by its keys.
    let plan = choose::choose(&frame, &Request { kind: Some(Kind::Line), ..request.clone() })?;
    let mut notes = plan.notes;
    let &[column, ..] = plan.ys.as_slice() else { return Err(Error::usage("there is no column of numbers to draw")) };
    let keys = Keys::of(&frame, &plan.by)?;
    let (_, xs) = across(&frame, plan.x)?;
    let values = frame.numbers(column)?;
    let mut groups: Vec<Vec<(f64, usize)>> = vec![Vec::new(); keys.names.len()];
    for (row, key) in keys.rows.iter().enumerate() {
        if let (Some(x), Some(key)) = (xs.at(row), key) {
            groups[*key].push((x, row));
        }
    }
    groups.retain(|group| group.iter().any(|(_, row)| is_known(values[*row])));
    if groups.is_empty() {
        return Err(Error::usage("there is no number to draw: every value is NULL"));
    }
    if groups.len() > MOST {
        notes.push(format!("the first {MOST} of {} keys are shown", groups.len()));
        groups.truncate(MOST);
    }
    let mut shown = Shown::default();
    for group in &mut groups {
        group.sort_by(|a, b| a.0.total_cmp(&b.0));
        shown.add(group, values, width);
    }
    let across = match plan.x {
        Across::Column(x) => format!(" over {}", frame.name(x)),
        Across::Rows => String::new(),
    };
    let name = format!("{}{across}", frame.name(column));
    let rows = shown.rows(last, column, &plan.by, &name).map_err(|error| Error::internal(error.to_string()))?;
    Ok(Sparks { rows, notes })
}

fn is_known(value: Option<f64>) -> bool {
    value.is_some_and(f64::is_finite)
}

/// The rows of the result that are told of each key, and its spark.
#[derive(Default)]
struct Shown {
    any: Vec<u32>,
    told: [Vec<u32>; 4],
    sparks: Vec<String>,
}

impl Shown {
    fn add(&mut self, group: &[(f64, usize)], values: &[Option<f64>], width: usize) {
        let known: Vec<(usize, f64)> =
            group.iter().filter_map(|(_, row)| values[*row].filter(|v| v.is_finite()).map(|v| (*row, v))).collect();
        let least = known.iter().min_by(|a, b| a.1.total_cmp(&b.1));
        let greatest = known.iter().max_by(|a, b| a.1.total_cmp(&b.1));
        let (Some(first), Some(last), Some(least), Some(greatest)) = (known.first(), known.last(), least, greatest) else { return };
        for (told, row) in self.told.iter_mut().zip([first.0, last.0, least.0, greatest.0]) {
            told.push(row as u32);
        }
        self.any.push(first.0 as u32);
        let values: Vec<Option<f64>> = group.iter().map(|(_, row)| values[*row].filter(|v| v.is_finite())).collect();
        self.sparks.push(spark(&values, width));
    }

    /// Values keep the types they have in the result.
    fn rows(self, last: &Last, column: usize, by: &[usize], name: &str) -> Result<RecordBatch, ArrowError> {
        let mut wanted = by.to_vec();
        wanted.push(column);
        let batches = last.batches.iter().map(|batch| batch.project(&wanted)).collect::<Result<Vec<_>, _>>()?;
        let all = concat_batches(&Arc::new(last.schema.project(&wanted)?), &batches)?;
        let (mut fields, mut arrays): (Vec<Field>, Vec<ArrayRef>) = (Vec::new(), Vec::new());
        for (at, &key) in by.iter().enumerate() {
            fields.push(last.schema.field(key).clone().with_nullable(true));
            arrays.push(take(all.column(at), &UInt32Array::from(self.any.clone()), None)?);
        }
        for (name, rows) in ["first", "last", "min", "max"].into_iter().zip(self.told) {
            fields.push(Field::new(name, last.schema.field(column).data_type().clone(), true));
            arrays.push(take(all.column(by.len()), &UInt32Array::from(rows), None)?);
        }
        fields.push(Field::new(name, DataType::Utf8, true));
        arrays.push(Arc::new(StringArray::from(self.sparks)));
        RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
    }
}

/// Values in their order as eighths between the least and the greatest; `None` is a blank. Where there are more than `width`, a character
/// stands for several: for the one of them that is farthest from the mean of all, so that no spike is lost.
pub fn spark(values: &[Option<f64>], width: usize) -> String {
    let known = || values.iter().flatten().copied();
    let (lo, hi) = known().fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| (lo.min(v), hi.max(v)));
    let n = known().count().max(1) as f64;
    let mean = known().map(|v| v / n).sum::<f64>();
    let n_chars = values.len().min(width.max(1));
    let char_at = |at: usize| {
        let part = &values[at * values.len() / n_chars..(at + 1) * values.len() / n_chars];
        let farthest = part.iter().flatten().max_by(|a, b| (*a - mean).abs().total_cmp(&(*b - mean).abs()));
        farthest.map_or(' ', |value| {
            let height = if hi > lo { (value / 2.0 - lo / 2.0) / (hi / 2.0 - lo / 2.0) } else { 0.5 };
            EIGHTHS[(height * 7.0).round() as usize]
        })
    };
    (0..n_chars).map(char_at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_eighths_between_their_least_and_greatest() {
        let values: Vec<Option<f64>> = (0..8).map(|v| Some(f64::from(v))).collect();
        assert_eq!(spark(&values, 40), "▁▂▃▄▅▆▇█");
        assert_eq!(spark(&[Some(1.0), None, Some(-1.0)], 40), "█ ▁");
        assert_eq!(spark(&[Some(3.0), Some(3.0)], 40), "▅▅");
        assert_eq!(spark(&[Some(f64::MIN), Some(f64::MAX)], 40), "▁█");
        assert_eq!(spark(&[], 40), "");
    }

    #[test]
    fn no_spike_is_lost_where_characters_are_few() {
        let mut values = vec![Some(1.0); 1_000];
        values[777] = Some(9.0);
        values[111] = Some(-7.0);
        let spark = spark(&values, 10);
        assert_eq!(spark.chars().count(), 10);
        assert!(spark.contains('█') && spark.contains('▁'), "{spark}");
    }
}
