//! Vintages in order, each once: what the parsers of this source give, and the batch that it becomes.
//!
//! Files of millions of rows usually come in order. That is looked for first, and then nothing is sorted or copied.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, BooleanArray, Date32Array, Float64Array, RecordBatch, StringArray, StringBuilder, TimestampMicrosecondArray,
    UInt32Array,
};
use datafusion::arrow::compute::{filter_record_batch, take_record_batch};
use datafusion::arrow::error::ArrowError;

use crate::error::{Error, Result};
use crate::sources::Rejection;
use crate::tables::{MACRO_SERIES, RELEASE_AT, RELEASE_GRADE};
use crate::time::Availability;

/// When each row was known, in microseconds since 1970, and how that is known.
#[derive(Debug)]
pub struct Dated {
    pub at: TimestampMicrosecondArray,
    pub availability: Availability,
}

/// Vintages as a file has them, in any order.
#[derive(Debug)]
pub struct Rows {
    pub series_id: StringArray,
    pub as_of: Date32Array,
    pub value: Float64Array,
    pub dated: Dated,
    /// Rows that cannot be taken; each has a rejection.
    pub is_rejected: Vec<bool>,
    pub rejections: Vec<Rejection>,
    pub warnings: Vec<String>,
}

/// Vintages as the table takes them.
#[derive(Debug)]
pub struct Ordered {
    /// In `Table::parsed_schema()`, by series, period and instant.
    pub batch: RecordBatch,
    /// Rows that stand in the file twice.
    pub repeats: usize,
    /// Rows that give another value for a vintage that an earlier row gives, and that row.
    pub contradictions: Vec<(usize, usize)>,
    pub n_series: usize,
}

/// Vintages that a parser finds one by one.
#[derive(Debug, Default)]
pub struct Listed {
    series_id: StringBuilder,
    as_of: Vec<i32>,
    value: Vec<Option<f64>>,
    at: Vec<i64>,
}

impl Listed {
    pub fn push(&mut self, series_id: &str, as_of: i32, value: Option<f64>, at: i64) {
        self.series_id.append_value(series_id);
        self.as_of.push(as_of);
        self.value.push(value);
        self.at.push(at);
    }

    /// The vintages, with what is said of the rows of the file that none were found in.
    pub fn into_rows(mut self, availability: Availability, rejections: Vec<Rejection>, warnings: Vec<String>) -> Rows {
        Rows {
            is_rejected: vec![false; self.at.len()],
            series_id: self.series_id.finish(),
            as_of: self.as_of.into(),
            value: self.value.into(),
            dated: Dated { at: self.at.into(), availability },
            rejections,
            warnings,
        }
    }
}

impl Rows {
    /// Puts the rows in order under the name of a source.
    ///
    /// # Errors
    /// The columns do not fit together, which is a fault of ours.
    pub fn ordered(&self, source: &str) -> Result<Ordered> {
        let internal = |e: ArrowError| Error::internal(format!("cannot build rows of vintages: {e}"));
        let all = self.batch(source).map_err(internal)?;
        let any_rejected = self.is_rejected.iter().any(|is_rejected| *is_rejected);
        let kept = || (0..self.is_rejected.len()).filter(|row| !self.is_rejected[*row]);
        if kept().zip(kept().skip(1)).all(|(a, b)| self.order(a, b) == Ordering::Less) {
            let taken = |row: &bool| Some(!*row);
            let batch = match any_rejected {
                true => filter_record_batch(&all, &self.is_rejected.iter().map(taken).collect::<BooleanArray>()).map_err(internal)?,
                false => all,
            };
            let n_series = self.count_series(kept());
            return Ok(Ordered { batch, repeats: 0, contradictions: Vec::new(), n_series });
        }
        let rows: Vec<u32> = kept().map(|row| row as u32).collect();
        let (rows, repeats, contradictions) = self.sorted_once(rows);
        let n_series = self.count_series(rows.iter().map(|row| *row as usize));
        let batch = take_record_batch(&all, &UInt32Array::from(rows)).map_err(internal)?;
        Ok(Ordered { batch, repeats, contradictions, n_series })
    }

    /// Every row, rejected ones too, in the order of the file.
    fn batch(&self, source: &str) -> std::result::Result<RecordBatch, ArrowError> {
        let n = self.series_id.len();
        let schema = MACRO_SERIES.parsed_schema();
        let columns = schema.fields().iter().map(|field| -> ArrayRef {
            match field.name().as_str() {
                "as_of" => Arc::new(self.as_of.clone()),
                "source" => Arc::new(StringArray::new_repeated(source, n)),
                "series_id" => Arc::new(self.series_id.clone()),
                RELEASE_AT => Arc::new(self.dated.at.clone().with_timezone("UTC")),
                RELEASE_GRADE => Arc::new(StringArray::new_repeated(self.dated.availability.name(), n)),
                _ => Arc::new(self.value.clone()),
            }
        });
        let columns: Vec<ArrayRef> = columns.collect();
        // rejected rows may lack what a taken one has
        let fields = schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true)).collect::<Vec<_>>();
        RecordBatch::try_new(Arc::new(datafusion::arrow::datatypes::Schema::new(fields)), columns)
    }

    fn order(&self, a: usize, b: usize) -> Ordering {
        let (of_a, of_b) = (self.series_id.value(a), self.series_id.value(b));
        of_a.cmp(of_b).then_with(|| self.place(a).cmp(&self.place(b)))
    }

    fn place(&self, row: usize) -> (i32, i64) {
        (self.as_of.value(row), self.dated.at.value(row))
    }

    fn figure(&self, row: usize) -> Option<f64> {
        self.value.is_valid(row).then(|| self.value.value(row))
    }

    /// Rows in order without those that say again what an earlier one says; how many those are, and which say something else.
    fn sorted_once(&self, mut rows: Vec<u32>) -> (Vec<u32>, usize, Vec<(usize, usize)>) {
        let ranks = self.ranks();
        rows.sort_unstable_by_key(|row| (ranks[*row as usize], self.place(*row as usize), *row));
        let (mut repeats, mut contradictions) = (0, Vec::new());
        rows.dedup_by(|row, first| {
            let (row, first) = (*row as usize, *first as usize);
            if ranks[row] != ranks[first] || self.place(row) != self.place(first) {
                return false;
            }
            match self.figure(row) == self.figure(first) {
                true => repeats += 1,
                false => contradictions.push((row, first)),
            }
            true
        });
        (rows, repeats, contradictions)
    }

    /// The place of each row's series among all, by name: cheaper to sort by than the names.
    fn ranks(&self) -> Vec<u32> {
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        let mut last: Option<(&str, u32)> = None;
        let mut of_row: Vec<u32> = Vec::with_capacity(self.series_id.len());
        for name in self.series_id.iter().map(Option::unwrap_or_default) {
            let next = numbers.len() as u32;
            let number = match last {
                Some((same, number)) if same == name => number,
                _ => *numbers.entry(name).or_insert(next),
            };
            last = Some((name, number));
            of_row.push(number);
        }
        let mut names: Vec<(&str, u32)> = numbers.into_iter().collect();
        names.sort_unstable();
        let mut ranks = vec![0; names.len()];
        names.iter().enumerate().for_each(|(rank, (_, number))| ranks[*number as usize] = rank as u32);
        of_row.into_iter().map(|number| ranks[number as usize]).collect()
    }

    /// Series among rows in order.
    fn count_series(&self, rows: impl Iterator<Item = usize>) -> usize {
        let mut last = None;
        rows.filter(|row| last.replace(self.series_id.value(*row)) != Some(self.series_id.value(*row))).count()
    }
}
