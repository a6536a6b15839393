//! The columns of a result as a picture needs them: numbers, instants or words. Pure but for reading Arrow arrays.

use std::cell::OnceCell;
use std::collections::HashMap;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type, SchemaRef, TimeUnit, TimestampMicrosecondType};
use datafusion::arrow::error::ArrowError;

use crate::config::closest;
use crate::error::{Error, Result};
use crate::shell::format;

/// What a column can be in a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    Number,
    Instant { is_date: bool },
    Word,
    Flag,
}

/// The values of a column; instants in microseconds since 1970, words by their place in a list of them.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    Numbers(Vec<Option<f64>>),
    Words { words: Vec<String>, rows: Vec<Option<u32>> },
}

/// A result whose columns are read when they are asked for.
pub struct Frame<'a> {
    schema: &'a SchemaRef,
    batches: &'a [RecordBatch],
    read: Vec<OnceCell<Values>>,
}

impl<'a> Frame<'a> {
    pub fn new(schema: &'a SchemaRef, batches: &'a [RecordBatch]) -> Self {
        Self { schema, batches, read: schema.fields().iter().map(|_| OnceCell::new()).collect() }
    }
    pub fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }
    pub fn columns(&self) -> std::ops::Range<usize> {
        0..self.schema.fields().len()
    }
    pub fn name(&self, column: usize) -> &str {
        self.schema.field(column).name()
    }
    pub fn sort(&self, column: usize) -> Sort {
        sort(self.schema.field(column).data_type())
    }
    /// The column of this name, whatever the case.
    ///
    /// # Errors
    /// There is none.
    pub fn find(&self, name: &str) -> Result<usize> {
        let exact = self.columns().find(|&column| self.name(column) == name);
        let found = exact.or_else(|| self.columns().find(|&column| self.name(column).eq_ignore_ascii_case(name)));
        found.ok_or_else(|| {
            let names = || self.columns().map(|column| self.name(column));
            Error::usage(format!("the last result has no column `{name}`")).hint(match closest(name, names()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("it has {}", names().collect::<Vec<_>>().join(", ")),
            })
        })
    }
    /// Numbers or instants; `None` for NULL and in a column of words.
    ///
    /// # Errors
    /// A value that has no text.
    pub fn numbers(&self, column: usize) -> Result<&[Option<f64>]> {
        match self.values(column)? {
            Values::Numbers(numbers) => Ok(numbers),
            Values::Words { .. } => Ok(&[]),
        }
    }
    /// # Errors
    /// A value that has no text.
    pub fn values(&self, column: usize) -> Result<&Values> {
        if let Some(values) = self.read[column].get() {
            return Ok(values);
        }
        let unreadable = |error: ArrowError| Error::internal(format!("cannot read `{}`: {error}", self.name(column)));
        let values = read(self.schema.field(column).data_type(), column, self.batches).map_err(unreadable)?;
        Ok(self.read[column].get_or_init(|| values))
    }
    /// The column's words, whatever it holds.
    ///
    /// # Errors
    /// A value that has no text.
    pub fn words(&self, column: usize) -> Result<Values> {
        match self.values(column)? {
            words @ Values::Words { .. } => Ok(words.clone()),
            Values::Numbers(_) => {
                read_words(column, self.batches).map_err(|error| Error::internal(format!("cannot read `{}`: {error}", self.name(column))))
            }
        }
    }
    /// How many values a column has, up to `most`.
    ///
    /// # Errors
    /// A value that has no text.
    pub fn distinct(&self, column: usize, most: usize) -> Result<usize> {
        match self.values(column)? {
            Values::Words { words, .. } => Ok(words.len().min(most)),
            Values::Numbers(numbers) => {
                let mut seen: Vec<f64> = Vec::new();
                for number in numbers.iter().flatten() {
                    if seen.last() != Some(number) && !seen.contains(number) {
                        seen.push(*number);
                        if seen.len() >= most {
                            break;
                        }
                    }
                }
                Ok(seen.len())
            }
        }
    }
}

fn sort(kind: &DataType) -> Sort {
    match kind {
        DataType::Boolean => Sort::Flag,
        DataType::Date32 | DataType::Date64 => Sort::Instant { is_date: true },
        DataType::Timestamp(..) => Sort::Instant { is_date: false },
        DataType::Dictionary(_, value) => sort(value),
        kind if kind.is_numeric() => Sort::Number,
        _ => Sort::Word,
    }
}

fn read(kind: &DataType, column: usize, batches: &[RecordBatch]) -> Result<Values, ArrowError> {
    type Reading<'a> = &'a dyn Fn(&dyn Array) -> Result<Vec<Option<f64>>, ArrowError>;
    let numbers = |of: Reading<'_>| {
        let read = batches.iter().map(|batch| of(batch.column(column).as_ref())).collect::<Result<Vec<_>, _>>();
        Ok(Values::Numbers(read?.concat()))
    };
    match sort(kind) {
        Sort::Number => numbers(&|array| Ok(cast(array, &DataType::Float64)?.as_primitive::<Float64Type>().iter().collect())),
        Sort::Instant { .. } => numbers(&|array| {
            let micros = cast(array, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
            Ok(micros.as_primitive::<TimestampMicrosecondType>().iter().map(|micros| micros.map(|micros| micros as f64)).collect())
        }),
        Sort::Word | Sort::Flag => read_words(column, batches),
    }
}

fn read_words(column: usize, batches: &[RecordBatch]) -> Result<Values, ArrowError> {
    let (mut words, mut rows, mut places) = (Vec::new(), Vec::new(), HashMap::new());
    for batch in batches {
        let batch = batch.project(&[column])?;
        let nulls = batch.column(0).logical_nulls();
        for (row, text) in format::texts(&batch)?.into_iter().flatten().enumerate() {
            if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
                rows.push(None);
                continue;
            }
            let place = *places.entry(text.clone()).or_insert_with(|| {
                words.push(text);
                words.len() as u32 - 1
            });
            rows.push(Some(place));
        }
    }
    Ok(Values::Words { words, rows })
}
