//! A table as someone sent it: columns under their own headings, whatever kind of file they came in. For the sources that take tables of any
//! vendor (`bars`, `vintages`); a provider with a format of its own has a reader of its own.
//!
//! ```text
//! bytes → Received (columns as they stand) → headings: which column is which → Cells: typed, unreadable rows set aside
//! ```
//!
//! What a file is, its first bytes say. Nothing here knows what a column means.

/// Typed columns, and the rows of which a cell cannot be read.
pub mod cells;
mod delimited;
/// Which heading means which column.
pub mod headings;
mod workbook;

use bytes::Bytes;
use datafusion::arrow::array::{ArrayRef, BooleanArray};
use datafusion::arrow::compute::{concat_batches, filter};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::Rejection;
use crate::error::{Error, Result};
use crate::guard::footer;
use crate::memory;

/// Largest text that is read out of a gzip.
const MAX_TEXT: u64 = 2 << 30;
/// More columns than any table has; each takes room of its own, whatever stands in it.
const MOST_COLUMNS: usize = 20_000;
/// Rows that are read at once: few, since a single value may be large and stand in each of them.
const ROWS_AT_ONCE: usize = 1 << 15;

/// The columns of a file, as they stand in it.
#[derive(Debug)]
pub struct Received {
    pub columns: Vec<(String, ArrayRef)>,
    pub n_rows: usize,
    /// Line of each row of a text, in which the header, blank lines and cells of several lines count; a row of Parquet has its number.
    lines: Option<Vec<u64>>,
    /// Each row of a text as it was received.
    raw: Option<Raw>,
    /// Rows with too few or too many cells.
    ragged: Vec<usize>,
    /// What of the file is no row and was passed over, to be told.
    pub notes: Vec<String>,
}

/// A text, and where its rows stand.
#[derive(Debug)]
struct Raw {
    text: Bytes,
    spans: Vec<(u32, u32)>,
}

impl Received {
    /// The line of a row, from 1.
    pub fn line(&self, row: usize) -> u64 {
        self.lines.as_ref().map_or(row as u64 + 1, |lines| lines[row])
    }
    /// Leaves out rows that hold no data.
    ///
    /// # Errors
    /// There are not as many decisions as rows.
    pub fn keep(&mut self, which: &BooleanArray) -> Result<()> {
        let internal = |e| Error::internal(format!("cannot leave out rows: {e}"));
        for (_, column) in &mut self.columns {
            *column = filter(column, which).map_err(internal)?;
        }
        let kept: Vec<usize> = (0..self.n_rows).filter(|row| which.value(*row)).collect();
        self.ragged = (0..kept.len()).filter(|row| self.ragged.binary_search(&kept[*row]).is_ok()).collect();
        self.lines = Some(kept.iter().map(|row| self.line(*row)).collect());
        if let Some(raw) = &mut self.raw {
            raw.spans = kept.iter().map(|row| raw.spans[*row]).collect();
        }
        self.n_rows = kept.len();
        Ok(())
    }
    /// Sets a row aside as it was received.
    pub fn rejection(&self, row: usize, column: Option<&str>, reason: String) -> Rejection {
        memory::demand_room();
        Rejection { line: self.line(row), column: column.map(str::to_string), reason, raw: self.raw(row) }
    }
    fn raw(&self, row: usize) -> String {
        if let Some(raw) = &self.raw {
            let (start, end) = raw.spans[row];
            return String::from_utf8_lossy(&raw.text[start as usize..end as usize]).into_owned();
        }
        let options = FormatOptions::default();
        let cells = self.columns.iter().map(|(_, column)| match ArrayFormatter::try_new(column, &options) {
            Ok(formatter) => formatter.value(row).to_string(),
            Err(_) => String::new(),
        });
        cells.collect::<Vec<_>>().join(",")
    }
}

/// Reads a file: Parquet, a workbook (its first sheet), CSV, or one of them under gzip. `rows_are` is the hint where it is none of them.
///
/// # Errors
/// It is none of them, or is cut off.
pub fn read(bytes: &Bytes, rows_are: &'static str) -> Result<Received> {
    match bytes.as_ref() {
        [0x1f, 0x8b, ..] => plain(&gunzip(bytes)?.into(), rows_are),
        _ => plain(bytes, rows_are),
    }
}

fn plain(bytes: &Bytes, rows_are: &'static str) -> Result<Received> {
    match bytes.as_ref() {
        [b'P', b'A', b'R', b'1', ..] => parquet(bytes),
        [b'P', b'K', 3 | 5, _, ..] => workbook::read(bytes),
        _ => delimited::read(bytes, rows_are),
    }
}

fn gunzip(bytes: &Bytes) -> Result<Vec<u8>> {
    let bad = |what: String, hint: &'static str| Error::source(what).hint(hint);
    let expected = (bytes.len() as u64).saturating_mul(4);
    let text = memory::read_whole(flate2::read::MultiGzDecoder::new(bytes.as_ref()), expected, MAX_TEXT).map_err(|e| {
        let damaged = || bad(format!("the compressed data cannot be read: {e}"), "it may have been cut off: download it again");
        memory::own_error(&e).unwrap_or_else(damaged)
    })?;
    text.ok_or_else(|| bad(format!("the file unpacks to more than {} MiB", MAX_TEXT >> 20), "cut it into several files"))
}

fn ensure_columns(n: usize) -> Result<()> {
    match n {
        0..=MOST_COLUMNS => Ok(()),
        _ => Err(Error::source(format!("the file has {n} columns, and a table of rows has at most {MOST_COLUMNS}"))
            .hint("is it transposed? what is read are rows under a header")),
    }
}

fn parquet(bytes: &Bytes) -> Result<Received> {
    let bad = |e: &dyn std::fmt::Display| {
        Error::source(format!("the Parquet file cannot be read: {e}")).hint("is it whole? a file that is cut off has no footer")
    };
    footer::ensure(bytes)?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes.clone()).map_err(|e| bad(&e))?;
    let schema = reader.schema().clone();
    ensure_columns(schema.fields().len())?;
    let mut batches = Vec::new();
    for batch in reader.with_batch_size(ROWS_AT_ONCE).build().map_err(|e| bad(&e))? {
        batches.push(batch.map_err(|e| bad(&e))?);
        memory::ensure_room()?;
    }
    let rows = concat_batches(&schema, &batches).map_err(|e| bad(&e))?;
    let columns = schema.fields().iter().zip(rows.columns()).map(|(field, column)| (field.name().clone(), column.clone())).collect();
    Ok(Received { columns, n_rows: rows.num_rows(), lines: None, raw: None, ragged: Vec::new(), notes: Vec::new() })
}
