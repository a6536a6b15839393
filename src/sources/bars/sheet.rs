//! A file of bars as typed columns, and the rows of which a cell cannot be read. What a file is, its first bytes say.

use bytes::Bytes;
use chrono::NaiveDate;
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, Float64Array, PrimitiveArray, StringArray, StringBuilder, TimestampMicrosecondArray,
    new_null_array,
};
use datafusion::arrow::compute::{cast, concat_batches};
use datafusion::arrow::datatypes::{ArrowPrimitiveType, DataType, Date32Type, Float64Type, TimeUnit, TimestampMicrosecondType};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::columns::{COLUMNS, Kind, N_REQUIRED, find};
use crate::error::{Error, Result};
use crate::sources::{Rejection, number};
use crate::time::KnowledgeTime;

/// The typed columns of a file, each as long as the file; one that is not in it is all NULL.
#[derive(Debug)]
pub struct Sheet {
    pub n_rows: usize,
    pub symbol: StringArray,
    pub as_of: Date32Array,
    pub open: Float64Array,
    pub high: Float64Array,
    pub low: Float64Array,
    pub close: Float64Array,
    pub volume: Float64Array,
    pub open_interest: Float64Array,
    pub settlement: Float64Array,
    pub parent: StringArray,
    pub expiration: Date32Array,
    pub available_at: TimestampMicrosecondArray,
    /// Rows that cannot be taken; each has a rejection.
    pub is_rejected: Vec<bool>,
    pub rejections: Vec<Rejection>,
    pub warnings: Vec<String>,
    received: Received,
}

/// The file's own columns.
#[derive(Debug)]
struct Received {
    columns: Vec<(String, ArrayRef)>,
    n_rows: usize,
    /// Line of each row of a text, in which the header, blank lines and cells of several lines count; a row of Parquet has its number.
    lines: Option<Vec<u64>>,
    /// Rows with too few or too many cells.
    ragged: Vec<usize>,
}

impl Sheet {
    /// Sets a row aside as it was received.
    pub fn rejection(&self, row: usize, column: Option<&str>, reason: String) -> Rejection {
        self.received.rejection(row, column, reason)
    }
}

impl Received {
    fn line(&self, row: usize) -> u64 {
        self.lines.as_ref().map_or(row as u64 + 1, |lines| lines[row])
    }
    fn rejection(&self, row: usize, column: Option<&str>, reason: String) -> Rejection {
        Rejection { line: self.line(row), column: column.map(str::to_string), reason, raw: self.raw(row) }
    }
    fn raw(&self, row: usize) -> String {
        let options = FormatOptions::default();
        let cells = self.columns.iter().map(|(_, column)| match ArrayFormatter::try_new(column, &options) {
            Ok(formatter) => formatter.value(row).to_string(),
            Err(_) => String::new(),
        });
        cells.collect::<Vec<_>>().join(",")
    }
}

/// Reads a file.
///
/// # Errors
/// It is neither Parquet nor CSV, is cut off, or lacks a required column.
pub fn read(bytes: &Bytes) -> Result<Sheet> {
    let received = if bytes.starts_with(b"PAR1") { parquet(bytes)? } else { csv(bytes)? };
    let mut places: Vec<Option<usize>> = vec![None; COLUMNS.len()];
    let mut warnings = Vec::new();
    let mut unknown = Vec::new();
    for (at, (heading, _)) in received.columns.iter().enumerate() {
        match find(heading) {
            Some(place) if places[place].is_none() => places[place] = Some(at),
            Some(place) => {
                let first = places[place].map_or("", |first| received.columns[first].0.as_str());
                return Err(Error::source(format!("`{first}` and `{heading}` both mean the column `{}`", COLUMNS[place].name))
                    .hint("rename or drop one of them"));
            }
            None => unknown.push(format!("`{heading}`")),
        }
    }
    if let Some(missing) = COLUMNS.iter().zip(&places).take(N_REQUIRED).find(|(_, place)| place.is_none()) {
        let names: Vec<&str> = std::iter::once(&missing.0.name).chain(missing.0.aliases).copied().collect();
        return Err(Error::source(format!("there is no column `{}`", missing.0.name))
            .hint(format!("it may be called {}; `contango ingest bars --help` lists the columns", names.join(", "))));
    }
    if !unknown.is_empty() {
        warnings.push(format!("columns that mean nothing here, left in the raw file: {}", unknown.join(", ")));
    }
    let n_rows = received.n_rows;
    let mut cells = Cells { received: &received, is_rejected: vec![false; n_rows], rejections: Vec::new() };
    for &row in &received.ragged {
        cells.reject(row, None, "the row has another number of cells than the header".to_string());
    }
    let column = |name: &str| COLUMNS.iter().position(|column| column.name == name).and_then(|place| places[place]);
    let symbol = cells.text(column("symbol"), "symbol")?;
    let as_of = cells.days(column("as_of"), "as_of")?;
    let floats = |cells: &mut Cells<'_>, name: &'static str| cells.numbers(column(name), name);
    let (open, high, low, close) =
        (floats(&mut cells, "open")?, floats(&mut cells, "high")?, floats(&mut cells, "low")?, floats(&mut cells, "close")?);
    let (volume, open_interest, settlement) =
        (floats(&mut cells, "volume")?, floats(&mut cells, "open_interest")?, floats(&mut cells, "settlement")?);
    let parent = cells.text(column("parent"), "parent")?;
    let expiration = cells.days(column("expiration"), "expiration")?;
    let available_at = cells.instants(column("available_at"), "available_at")?;
    for row in 0..n_rows {
        let missing = match () {
            () if symbol.is_null(row) => "symbol",
            () if as_of.is_null(row) => "as_of",
            () if close.is_null(row) && settlement.is_null(row) && open_interest.is_null(row) => "close",
            () => continue,
        };
        cells.reject(row, Some(missing), format!("the row has no {missing}"));
    }
    let Cells { is_rejected, rejections, .. } = cells;
    Ok(Sheet {
        n_rows,
        symbol,
        as_of,
        open,
        high,
        low,
        close,
        volume,
        open_interest,
        settlement,
        parent,
        expiration,
        available_at,
        is_rejected,
        rejections,
        warnings,
        received,
    })
}

fn parquet(bytes: &Bytes) -> Result<Received> {
    let bad = |e: &dyn std::fmt::Display| {
        Error::source(format!("the Parquet file cannot be read: {e}")).hint("is it whole? a file that is cut off has no footer")
    };
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes.clone()).map_err(|e| bad(&e))?;
    let schema = reader.schema().clone();
    let batches = reader.with_batch_size(1 << 20).build().map_err(|e| bad(&e))?.collect::<Result<Vec<_>, _>>().map_err(|e| bad(&e))?;
    let rows = concat_batches(&schema, &batches).map_err(|e| bad(&e))?;
    let columns = schema.fields().iter().zip(rows.columns()).map(|(field, column)| (field.name().clone(), column.clone())).collect();
    Ok(Received { columns, n_rows: rows.num_rows(), lines: None, ragged: Vec::new() })
}

fn csv(bytes: &Bytes) -> Result<Received> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let header = text.split(|b| *b == b'\n').next().unwrap_or_default();
    let delimiter = [b',', b';', b'\t'].into_iter().max_by_key(|d| header.iter().filter(|b| *b == d).count()).unwrap_or(b',');
    if header.is_empty() || header.contains(&0) {
        return Err(Error::source("the file is neither Parquet nor CSV with a header").hint("bars are rows with symbol, as_of and close"));
    }
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).trim(csv::Trim::All).from_reader(text);
    let bad = |e: csv::Error| {
        let line = e.position().map_or(1, csv::Position::line);
        Error::source(format!("the CSV cannot be read: {e}")).at_row(line)
    };
    let headings: Vec<String> = reader.headers().map_err(bad)?.iter().map(str::to_string).collect();
    let mut builders: Vec<StringBuilder> = headings.iter().map(|_| StringBuilder::new()).collect();
    let (mut lines, mut ragged) = (Vec::new(), Vec::new());
    for record in reader.records() {
        let record = record.map_err(bad)?;
        if record.len() != headings.len() {
            ragged.push(lines.len());
        }
        for (at, builder) in builders.iter_mut().enumerate() {
            builder.append_value(record.get(at).unwrap_or_default());
        }
        lines.push(record.position().map_or(0, |start| {
            // the position is before the blank lines that are passed over
            let blank = text.iter().skip(start.byte() as usize).take_while(|b| matches!(b, b'\r' | b'\n'));
            start.line() + blank.filter(|b| **b == b'\n').count() as u64
        }));
    }
    let columns = headings.into_iter().zip(builders).map(|(name, mut builder)| (name, std::sync::Arc::new(builder.finish()) as ArrayRef));
    Ok(Received { columns: columns.collect(), n_rows: lines.len(), lines: Some(lines), ragged })
}

/// Reads cells, and notes the rows of those that cannot be read.
struct Cells<'a> {
    received: &'a Received,
    is_rejected: Vec<bool>,
    rejections: Vec<Rejection>,
}

/// Texts that stand for no value.
const MISSING: [&str; 6] = ["", "NaN", "nan", "NA", "null", "NULL"];

impl Cells<'_> {
    fn reject(&mut self, row: usize, column: Option<&str>, reason: String) {
        if !std::mem::replace(&mut self.is_rejected[row], true) {
            self.rejections.push(self.received.rejection(row, column, reason));
        }
    }

    fn array(&self, place: Option<usize>) -> Option<&ArrayRef> {
        place.map(|at| &self.received.columns[at].1)
    }

    fn cast(array: &ArrayRef, kind: &DataType, name: &str) -> Result<ArrayRef> {
        cast(array, kind).map_err(|_| {
            Error::source(format!("the column `{name}` has the type {}, which cannot be read", array.data_type()))
                .hint("`contango ingest bars --help` says what each column holds")
        })
    }

    fn text(&self, place: Option<usize>, name: &str) -> Result<StringArray> {
        let Some(array) = self.array(place) else { return Ok(new_null_array(&DataType::Utf8, self.received.n_rows).as_string().clone()) };
        let text = Self::cast(array, &DataType::Utf8, name)?;
        let text = text.as_string::<i32>();
        if text.iter().all(|cell| cell.is_none_or(|cell| !MISSING.contains(&cell) && cell.trim() == cell)) {
            return Ok(text.clone());
        }
        Ok(text.iter().map(|cell| cell.map(str::trim).filter(|cell| !MISSING.contains(cell))).collect())
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
            return Ok(Self::cast(&array, kind, name)?.as_primitive::<P>().clone());
        }
        let text = Self::cast(&array, &DataType::Utf8, name)?;
        let mut values = Vec::with_capacity(text.len());
        for (row, cell) in text.as_string::<i32>().iter().enumerate() {
            let cell = cell.map(str::trim).filter(|cell| !MISSING.contains(cell));
            let value = cell.and_then(&parse);
            if let (Some(cell), None) = (cell, value) {
                self.reject(row, Some(name), format!("`{cell}` is no {expected}"));
            }
            values.push(value);
        }
        Ok(PrimitiveArray::<P>::from_iter(values).with_data_type(kind.clone()))
    }

    fn days(&mut self, place: Option<usize>, name: &str) -> Result<Date32Array> {
        let whole_number = self.array(place).is_some_and(|array| array.data_type().is_integer());
        if whole_number {
            // 20240308
            let array = self.array(place).cloned().unwrap_or_else(|| new_null_array(&DataType::Int64, 0));
            let text = Self::cast(&array, &DataType::Utf8, name)?;
            let mut values = Vec::with_capacity(text.len());
            for (row, cell) in text.as_string::<i32>().iter().enumerate() {
                let value = cell.and_then(day);
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
                let array = self.array(place).map(|array| Self::cast(array, &utc, name)).transpose()?;
                array.map(|array| Self::cast(&array, &DataType::Date32, name)).transpose()?
            }
            _ => None,
        };
        match instants {
            Some(days) => Ok(days.as_primitive::<Date32Type>().clone()),
            None => self.primitive::<Date32Type>(place, name, &DataType::Date32, "day; write it as 2024-03-08", day),
        }
    }

    /// Instants with their time: a day alone would be its first instant, at which nothing was known of its bar.
    fn instants(&mut self, place: Option<usize>, name: &str) -> Result<TimestampMicrosecondArray> {
        let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let kind = self.array(place).map(|array| array.data_type());
        if kind.is_some_and(|kind| kind.is_numeric() || matches!(kind, DataType::Date32 | DataType::Date64)) {
            return Err(Error::source(format!("the column `{name}` holds days or bare numbers, and no instants"))
                .hint("a day does not say when within it a row became known; write 2024-03-08T22:00:00Z, or leave the column out"));
        }
        let instant =
            |text: &str| KnowledgeTime::parse(text).ok().filter(|_| text.parse::<NaiveDate>().is_err()).map(KnowledgeTime::micros);
        self.primitive::<TimestampMicrosecondType>(place, name, &utc, "instant; write it as 2024-03-08T22:00:00Z", instant)
    }

    fn numbers(&mut self, place: Option<usize>, name: &str) -> Result<Float64Array> {
        let whole = COLUMNS.iter().any(|column| column.name == name && column.kind == Kind::Count);
        let expected = if whole { "whole number" } else { "number; a point separates decimals" };
        let parse = |text: &str| number::decimal(text.as_bytes()).filter(|n| !whole || n.fract() == 0.0);
        let numbers = self.primitive::<Float64Type>(place, name, &DataType::Float64, expected, parse)?;
        if whole {
            for row in (0..numbers.len()).filter(|row| numbers.is_valid(*row) && numbers.value(*row).fract() != 0.0) {
                if !numbers.value(row).is_nan() {
                    self.reject(row, Some(name), format!("`{}` is no whole number", numbers.value(row)));
                }
            }
        }
        for row in (0..numbers.len()).filter(|row| numbers.is_valid(*row) && numbers.value(*row).is_infinite()) {
            self.reject(row, Some(name), format!("`{}` is no {expected}", numbers.value(row)));
        }
        if numbers.values().iter().any(|value| value.is_nan()) {
            return Ok(numbers.iter().map(|value| value.filter(|v| !v.is_nan())).collect());
        }
        Ok(numbers)
    }
}

/// Days since 1970 of a cell: 2024-03-08, 03/08/2024, 20240308, each with a time after it or not.
fn day(text: &str) -> Option<i32> {
    let date = text.split([' ', 'T']).next()?;
    let form = match date.len() {
        8 if date.bytes().all(|b| b.is_ascii_digit()) => "%Y%m%d",
        _ if date.contains('/') => "%m/%d/%Y",
        _ => "%Y-%m-%d",
    };
    let date = NaiveDate::parse_from_str(date, form).ok()?;
    i32::try_from(date.signed_duration_since(NaiveDate::default()).num_days()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_does_not_say_when_a_row_became_known() {
        let text =
            "symbol,as_of,close,available_at\nESH4,2024-03-07,5150,2024-03-07\nESH4,2024-03-08,5160,2024-03-08 15:30 America/Chicago\n";
        let sheet = read(&Bytes::from_static(text.as_bytes())).expect("a sheet");
        assert_eq!(sheet.is_rejected, [true, false]);
        assert!(sheet.rejections[0].reason.starts_with("`2024-03-07` is no instant"), "{}", sheet.rejections[0].reason);
        assert_eq!(sheet.available_at.value(1), KnowledgeTime::parse("2024-03-08 21:30:00Z").expect("an instant").micros());
    }

    #[test]
    fn a_row_is_on_the_line_that_an_editor_shows() {
        for text in ["symbol,as_of,close\n\nx,y,1\n\"a\nb\",y,1\nx,y,1", "symbol,as_of,close\r\n\r\nx,y,1\r\n\"a\r\nb\",y,1\r\nx,y,1\r\n"] {
            let sheet = read(&Bytes::from_static(text.as_bytes())).expect("a sheet");
            assert_eq!(sheet.rejections.iter().map(|rejection| rejection.line).collect::<Vec<_>>(), [3, 4, 6], "{text:?}");
        }
    }

    #[test]
    fn days_and_numbers_are_no_instants() {
        let days: ArrayRef = std::sync::Arc::new(Date32Array::from(vec![19_789]));
        let seconds: ArrayRef = std::sync::Arc::new(datafusion::arrow::array::Int64Array::from(vec![1_709_935_200]));
        for column in [days, seconds] {
            let received = Received { columns: vec![("available_at".to_string(), column)], n_rows: 1, lines: None, ragged: Vec::new() };
            let mut cells = Cells { received: &received, is_rejected: vec![false], rejections: Vec::new() };
            let error = cells.instants(Some(0), "available_at").expect_err("no instants");
            assert!(error.message().contains("`available_at` holds days or bare numbers"), "{}", error.message());
        }
    }
}
