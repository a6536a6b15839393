//! Columns of a file as typed arrays. A cell that cannot be read sets its row aside, with the line, the column and the reason; a column of a
//! type that cannot be read at all is an error.

use chrono::NaiveDate;
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, Float64Array, PrimitiveArray, StringArray, TimestampMicrosecondArray, new_null_array,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{ArrowPrimitiveType, DataType, Date32Type, Float64Type, TimeUnit, TimestampMicrosecondType};

use super::Received;
use crate::error::{Error, Result};
use crate::sources::days::Range;
use crate::sources::{Rejection, number};
use crate::time::KnowledgeTime;

/// Reads cells, and notes the rows of those that cannot be read.
pub struct Cells<'a> {
    received: &'a Received,
    /// The command whose help says what each column holds.
    command: &'static str,
    /// Rows that cannot be taken; each has a rejection.
    pub is_rejected: Vec<bool>,
    pub rejections: Vec<Rejection>,
}

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// Texts that stand for no value.
const MISSING: [&str; 9] = ["", "NaN", "nan", "NA", "null", "NULL", ".", "#N/A", "N/A"];

/// What a cell of text holds, `None` where it stands for no value.
pub fn filled(cell: &str) -> Option<&str> {
    Some(cell.trim()).filter(|cell| !MISSING.contains(cell))
}

impl<'a> Cells<'a> {
    pub fn of(received: &'a Received, command: &'static str) -> Self {
        let mut cells = Self { received, command, is_rejected: vec![false; received.n_rows], rejections: Vec::new() };
        for &row in &received.ragged {
            cells.reject(row, None, "the row has another number of cells than the header".to_string());
        }
        cells
    }

    /// Sets a row aside, unless it is.
    pub fn reject(&mut self, row: usize, column: Option<&str>, reason: String) {
        if !std::mem::replace(&mut self.is_rejected[row], true) {
            self.rejections.push(self.received.rejection(row, column, reason));
        }
    }

    fn array(&self, place: Option<usize>) -> Option<&ArrayRef> {
        place.map(|at| &self.received.columns[at].1)
    }

    fn cast(&self, array: &ArrayRef, kind: &DataType, name: &str) -> Result<ArrayRef> {
        cast(array, kind).map_err(|_| {
            Error::source(format!("the column `{name}` has the type {}, which cannot be read", array.data_type()))
                .hint(format!("`{} --help` says what each column holds", self.command))
        })
    }

    /// A column of text; a missing column is all NULL, here and below.
    ///
    /// # Errors
    /// The column holds no text, here and below.
    pub fn text(&self, place: Option<usize>, name: &str) -> Result<StringArray> {
        let Some(array) = self.array(place) else { return Ok(new_null_array(&DataType::Utf8, self.received.n_rows).as_string().clone()) };
        let text = self.cast(array, &DataType::Utf8, name)?;
        let text = text.as_string::<i32>();
        let is_plain = |cell: &str| filled(cell).is_some_and(|filled| filled.len() == cell.len());
        // a series stands in row after row
        let mut last = None;
        let mut is_same_or_plain = |cell| last.replace(cell) == Some(cell) || is_plain(cell);
        if text.iter().all(|cell| cell.is_none_or(&mut is_same_or_plain)) {
            return Ok(text.clone());
        }
        Ok(text.iter().map(|cell| cell.and_then(filled)).collect())
    }

    /// A column of a primitive type: as it is stored, or read from text.
    fn primitive<P: ArrowPrimitiveType>(
        &mut self,
        place: Option<usize>,
        name: &str,
        kind: &DataType,
        expected: &str,
        parse: impl Fn(&str) -> Option<P::Native>,
    ) -> Result<PrimitiveArray<P>> {
        let Some(array) = self.array(place).cloned() else {
            return Ok(new_null_array(kind, self.received.n_rows).as_primitive::<P>().clone());
        };
        let is_text = match array.data_type() {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
            DataType::Dictionary(_, value) => value.as_ref() == &DataType::Utf8,
            _ => false,
        };
        if !is_text {
            return Ok(self.cast(&array, kind, name)?.as_primitive::<P>().clone());
        }
        let text = self.cast(&array, &DataType::Utf8, name)?;
        let mut values = Vec::with_capacity(text.len());
        for (row, cell) in text.as_string::<i32>().iter().enumerate() {
            let cell = cell.and_then(filled);
            let value = cell.and_then(&parse);
            if let (Some(cell), None) = (cell, value) {
                self.reject(row, Some(name), format!("`{cell}` is no {expected}"));
            }
            values.push(value);
        }
        Ok(PrimitiveArray::<P>::from_iter(values).with_data_type(kind.clone()))
    }

    /// A column of days, of text in the form of `parse`.
    ///
    /// # Errors
    /// As [`Cells::text`].
    pub fn days(&mut self, place: Option<usize>, name: &str, expected: &str, parse: impl Fn(&str) -> Option<i32>) -> Result<Date32Array> {
        let whole_number = self.array(place).is_some_and(|array| array.data_type().is_integer());
        if whole_number {
            // 20240308
            let array = self.array(place).cloned().unwrap_or_else(|| new_null_array(&DataType::Int64, 0));
            let text = self.cast(&array, &DataType::Utf8, name)?;
            let mut values = Vec::with_capacity(text.len());
            for (row, cell) in text.as_string::<i32>().iter().enumerate() {
                let value = cell.and_then(&parse);
                if let (Some(cell), None) = (cell, value) {
                    self.reject(row, Some(name), format!("`{cell}` is no day"));
                }
                values.push(value);
            }
            return Ok(values.into_iter().collect());
        }
        // of an instant its day in UTC counts
        let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let instants = match self.array(place).map(|array| array.data_type().clone()) {
            Some(DataType::Timestamp(..)) => {
                let array = self.array(place).map(|array| self.cast(array, &utc, name)).transpose()?;
                array.map(|array| self.cast(&array, &DataType::Date32, name)).transpose()?
            }
            _ => None,
        };
        match instants {
            Some(days) => Ok(days.as_primitive::<Date32Type>().clone()),
            None => self.primitive::<Date32Type>(place, name, &DataType::Date32, expected, parse),
        }
    }

    /// Sets aside rows of days that the source cannot have; `beside` are days beside `as_of`, which may lie further ahead.
    ///
    /// # Errors
    /// One is on no calendar: nobody writes that, so the file is damaged, and who knows where else.
    pub fn ensure_possible_days(&mut self, days: &Date32Array, name: &str, range: Range, beside: bool) -> Result<()> {
        let is_possible = |day: i32| if beside { range.has_beside(day.into()) } else { range.has(day) };
        for row in (0..days.len()).filter(|row| days.is_valid(*row) && !is_possible(days.value(*row))) {
            let day = days.value(row);
            if NaiveDate::from_epoch_days(day).is_none() {
                return Err(Error::source(format!("day {day} since 1970 is on no calendar"))
                    .at_row(self.received.line(row))
                    .in_column(name)
                    .hint("the file is damaged: download or copy it again"));
            }
            self.reject(row, Some(name), range.reason(day));
        }
        Ok(())
    }

    /// The same of instants.
    pub fn ensure_possible_instants(&mut self, instants: &TimestampMicrosecondArray, name: &str, range: Range) {
        for row in (0..instants.len()).filter(|row| instants.is_valid(*row)) {
            let day = instants.value(row).div_euclid(MICROS_PER_DAY);
            if !range.has_beside(day) {
                self.reject(row, Some(name), range.reason(i32::try_from(day).unwrap_or(if day < 0 { i32::MIN } else { i32::MAX })));
            }
        }
    }

    /// Instants with their time: a day alone would be its first instant, at which nothing was known of its row. `instead` is the hint where
    /// the column holds days.
    ///
    /// # Errors
    /// As [`Cells::text`], or the column holds days.
    pub fn instants(&mut self, place: Option<usize>, name: &str, instead: &str) -> Result<TimestampMicrosecondArray> {
        let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let kind = self.array(place).map(|array| array.data_type());
        if kind.is_some_and(|kind| kind.is_numeric() || matches!(kind, DataType::Date32 | DataType::Date64)) {
            return Err(Error::source(format!("the column `{name}` holds days or bare numbers, and no instants"))
                .hint(format!("a day does not say when within it a row became known; write 2024-03-08T22:00:00Z, or {instead}")));
        }
        let instant =
            |text: &str| KnowledgeTime::parse(text).ok().filter(|_| text.parse::<NaiveDate>().is_err()).map(KnowledgeTime::micros);
        self.primitive::<TimestampMicrosecondType>(place, name, &utc, "instant; write it as 2024-03-08T22:00:00Z", instant)
    }

    /// A column of numbers, or of whole numbers alone; NaN is missing.
    ///
    /// # Errors
    /// As [`Cells::text`].
    pub fn numbers(&mut self, place: Option<usize>, name: &str, whole: bool) -> Result<Float64Array> {
        let expected = if whole { "whole number" } else { "number; a point separates decimals" };
        let parse = |text: &str| number::scientific(text.as_bytes()).filter(|n| !whole || n.fract() == 0.0);
        let numbers = self.primitive::<Float64Type>(place, name, &DataType::Float64, expected, parse)?;
        if whole {
            for row in (0..numbers.len()).filter(|row| numbers.is_valid(*row) && numbers.value(*row).fract() != 0.0) {
                if !numbers.value(row).is_nan() {
                    self.reject(row, Some(name), format!("`{}` is no whole number", numbers.value(row)));
                }
            }
        }
        if numbers.values().iter().all(|value| value.is_finite()) {
            return Ok(numbers);
        }
        for row in (0..numbers.len()).filter(|row| numbers.is_valid(*row) && numbers.value(*row).is_infinite()) {
            self.reject(row, Some(name), format!("`{}` is no {expected}", numbers.value(row)));
        }
        Ok(numbers.iter().map(|value| value.filter(|v| !v.is_nan())).collect())
    }
}

/// Days since 1970.
pub fn days_since_1970(date: NaiveDate) -> Option<i32> {
    i32::try_from(date.signed_duration_since(NaiveDate::default()).num_days()).ok()
}

/// The day of a cell: 2024-03-08, 03/08/2024, 20240308, each with a time after it or not.
pub fn day(text: &str) -> Option<i32> {
    let date = text.split([' ', 'T']).next()?;
    let form = match date.len() {
        8 if date.bytes().all(|b| b.is_ascii_digit()) => "%Y%m%d",
        _ if date.contains('/') => "%m/%d/%Y",
        _ => "%Y-%m-%d",
    };
    days_since_1970(NaiveDate::parse_from_str(date, form).ok()?)
}

/// The first day of the period that a cell names: 2024:Q1, 2024Q1, 2024-Q1, 2024:03, 2024-03, 2024M3; else its [`day`].
pub fn period(text: &str) -> Option<i32> {
    let (year, rest) = text.split_at_checked(4)?;
    let rest = rest.strip_prefix([':', '-']).unwrap_or(rest);
    let number = |text: &str, most: u32| text.parse().ok().filter(|n| (1..=most).contains(n) && text.bytes().all(|b| b.is_ascii_digit()));
    let month = match rest.as_bytes() {
        [b'Q' | b'q', quarter] if quarter.is_ascii_digit() => number(&rest[1..], 4).map(|quarter| quarter * 3 - 2),
        [b'M' | b'm', _] | [b'M' | b'm', _, _] => number(&rest[1..], 12),
        [_, _] => number(rest, 12),
        _ => return day(text),
    };
    let year = Some(year).filter(|year| year.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()?;
    days_since_1970(NaiveDate::from_ymd_opt(year, month?, 1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(column: ArrayRef) -> Received {
        Received { n_rows: column.len(), columns: vec![("available_at".to_string(), column)], lines: None, ragged: Vec::new() }
    }

    #[test]
    fn days_and_numbers_are_no_instants() {
        let days: ArrayRef = std::sync::Arc::new(Date32Array::from(vec![19_789]));
        let seconds: ArrayRef = std::sync::Arc::new(datafusion::arrow::array::Int64Array::from(vec![1_709_935_200]));
        for column in [days, seconds] {
            let received = received(column);
            let error = Cells::of(&received, "x").instants(Some(0), "available_at", "leave the column out").expect_err("no instants");
            assert!(error.message().contains("`available_at` holds days or bare numbers"), "{}", error.message());
        }
    }

    #[test]
    fn a_period_is_its_first_day_however_it_is_written() {
        let first = day("2024-07-01");
        for text in ["2024:Q3", "2024Q3", "2024-q3", "2024:07", "2024-07", "2024M7", "2024M07", "2024-07-01", "7/1/2024", "20240701"] {
            assert_eq!(period(text), first, "{text}");
        }
        for text in ["2024:Q5", "2024:13", "2024:00", "2024M", "202é", "", "Q3", "2024-7", "+024-07", "soon"] {
            assert_eq!(period(text), None, "{text}");
        }
    }

    #[test]
    fn text_is_trimmed_and_may_be_missing() {
        let text: ArrayRef = std::sync::Arc::new(StringArray::from(vec![Some("GDP"), Some("GDP"), Some(" GDP "), Some("."), None]));
        let received = received(text);
        let cells = Cells::of(&received, "x");
        let read = cells.text(Some(0), "series_id").expect("text");
        assert_eq!(read.iter().collect::<Vec<_>>(), [Some("GDP"), Some("GDP"), Some("GDP"), None, None]);
    }
}
