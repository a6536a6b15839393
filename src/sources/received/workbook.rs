//! The first sheet of a workbook as columns. The header is its first row; a column of numbers alone stays numbers, any other becomes text,
//! in which a day is written 2024-03-08 and an error (`#N/A`) as the sheet shows it.

use std::io::Cursor;
use std::sync::Arc;

use bytes::Bytes;
use calamine::{CellErrorType, Data, Range, Reader, Xlsx};
use datafusion::arrow::array::{ArrayRef, Float64Array, StringArray};

use super::Received;
use crate::error::{Error, Result};

pub(super) fn read(bytes: &Bytes) -> Result<Received> {
    let bad = |e: &dyn std::fmt::Display| {
        Error::source(format!("the workbook cannot be read: {e}")).hint("only .xlsx is read: save another kind as .xlsx, or as CSV")
    };
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes.clone())).map_err(|e| bad(&e))?;
    let sheet = workbook.worksheet_range_at(0).ok_or_else(|| bad(&"it has no sheet"))?.map_err(|e| bad(&e))?;
    columns(&sheet).ok_or_else(|| bad(&"its first sheet is empty"))
}

fn columns(sheet: &Range<Data>) -> Option<Received> {
    let first_line = u64::from(sheet.start()?.0) + 1;
    let mut rows = sheet.rows();
    let headings: Vec<String> = rows.next()?.iter().map(text).map(Option::unwrap_or_default).collect();
    let filled = |row: &&[Data]| row.iter().any(|cell| !matches!(cell, Data::Empty));
    let (lines, rows): (Vec<u64>, Vec<&[Data]>) = (first_line + 1..).zip(rows).filter(|(_, row)| filled(row)).unzip();
    let column = |at: usize| -> ArrayRef {
        let is_numbers = rows.iter().all(|row| matches!(row[at], Data::Float(_) | Data::Int(_) | Data::Empty));
        match is_numbers {
            true => Arc::new(rows.iter().map(|row| number(&row[at])).collect::<Float64Array>()),
            false => Arc::new(rows.iter().map(|row| text(&row[at])).collect::<StringArray>()),
        }
    };
    let columns = headings.iter().enumerate().filter(|(_, heading)| !heading.is_empty());
    let columns = columns.map(|(at, heading)| (heading.clone(), column(at))).collect();
    Some(Received { columns, n_rows: rows.len(), lines: Some(lines), raw: None, ragged: Vec::new(), notes: Vec::new() })
}

fn number(cell: &Data) -> Option<f64> {
    match cell {
        Data::Float(value) => Some(*value),
        Data::Int(value) => Some(*value as f64),
        _ => None,
    }
}

/// What a cell shows.
fn text(cell: &Data) -> Option<String> {
    Some(match cell {
        Data::Empty => return None,
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.trim().to_string(),
        // the shortest text that reads back as the same number
        Data::Float(value) => value.to_string(),
        Data::Int(value) => value.to_string(),
        Data::Bool(value) => value.to_string(),
        Data::DateTime(value) => {
            let (year, month, day, hour, minute, second, milli) = value.to_ymd_hms_milli();
            match (hour, minute, second, milli) {
                (0, 0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
                _ => format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{milli:03}"),
            }
        }
        Data::Error(CellErrorType::NA) => "#N/A".to_string(),
        Data::Error(other) => other.to_string(),
    })
}
