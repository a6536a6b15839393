//! The first sheet of a workbook as columns. The header is its first row; a column of numbers alone stays numbers, any other becomes text,
//! in which a day is written 2024-03-08 and an error (`#N/A`) as the sheet shows it.
//!
//! Cells are read one by one and kept as they come: two cells in the far corners of a sheet are two cells, and no rectangle.

use std::io::{Cursor, Read};
use std::sync::Arc;

use bytes::Bytes;
use calamine::{CellErrorType, Data, Reader, Xlsx};
use datafusion::arrow::array::{ArrayRef, Float64Array, StringArray};

use super::Received;
use crate::error::{Error, Result};
use crate::memory;

/// What the parts of a workbook beside its sheets (texts, styles) take for a byte of theirs: an empty text of five bytes is kept as one.
const BYTES_PER_BYTE: u64 = 12;
/// What room for a text takes before the text is there.
const BYTES_PER_TEXT: u64 = 24;

/// A cell that holds something.
struct Filled {
    row: u32,
    column: u32,
    value: Data,
}

pub(super) fn read(bytes: &Bytes) -> Result<Received> {
    let bad = |e: &dyn std::fmt::Display| {
        Error::source(format!("the workbook cannot be read: {e}")).hint("only .xlsx is read: save another kind as .xlsx, or as CSV")
    };
    ensure_room_beside_sheets(bytes).map_err(|e| memory::own_error(&e).unwrap_or_else(|| bad(&e)))?;
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes.clone())).map_err(|e| bad(&e))?;
    let first = workbook.sheet_names().first().cloned().ok_or_else(|| bad(&"it has no sheet"))?;
    let mut reader = workbook.worksheet_cells_reader(&first).map_err(|e| bad(&e))?;
    let mut cells = Vec::new();
    while let Some(cell) = reader.next_cell().map_err(|e| bad(&e))? {
        let (row, column) = cell.get_position();
        let value = Data::from(cell.get_value().clone());
        if !matches!(value, Data::Empty) {
            memory::ensure_room()?;
            cells.push(Filled { row, column, value });
        }
    }
    columns(cells)?.ok_or_else(|| bad(&"its first sheet is empty"))
}

/// The parts that are read whole before any sheet is: how large they are is counted, since what the archive says of it may lie.
fn ensure_room_beside_sheets(bytes: &Bytes) -> std::io::Result<()> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes.clone())).map_err(std::io::Error::other)?;
    let names: Vec<String> = archive.file_names().map(str::to_string).collect();
    let is_beside = |name: &&String| !name.to_ascii_lowercase().contains("/worksheets/") && name.to_ascii_lowercase().ends_with("xml");
    let mut held = 0_u64;
    for name in names.iter().filter(is_beside) {
        let mut part = archive.by_name(name).map_err(std::io::Error::other)?;
        let mut piece = [0; 16 << 10];
        let mut head = Vec::new();
        loop {
            let n = part.read(&mut piece)?;
            if n == 0 {
                break;
            }
            if head.len() < piece.len() {
                head.extend_from_slice(&piece[..n]);
            }
            held = held.saturating_add(n as u64 * BYTES_PER_BYTE);
            memory::ensure_room_for(held).map_err(std::io::Error::other)?;
        }
        held = held.saturating_add(declared(&head, "uniqueCount").saturating_mul(BYTES_PER_TEXT));
        memory::ensure_room_for(held).map_err(std::io::Error::other)?;
    }
    Ok(())
}

/// The number of an attribute near the beginning of a part: room for so many is taken before any of them is read.
fn declared(head: &[u8], attribute: &str) -> u64 {
    let text = String::from_utf8_lossy(head);
    let after = text.split_once(attribute).map(|(_, after)| after.trim_start_matches([' ', '=', '"', '\'', '\n', '\r', '\t']));
    let digits = after.map(|after| after.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default());
    digits.filter(|digits| !digits.is_empty()).map_or(0, |digits| digits.parse().unwrap_or(u64::MAX))
}

/// The cells under the headings; what has no heading belongs to no column. `None` where there are no cells.
fn columns(mut cells: Vec<Filled>) -> Result<Option<Received>> {
    // a cell that stands there twice is what it was last
    cells.sort_by_key(|cell| (cell.row, cell.column));
    let Some(header) = cells.first().map(|cell| cell.row) else { return Ok(None) };
    let n_headings = cells.iter().take_while(|cell| cell.row == header).count();
    let body = cells.split_off(n_headings);
    let mut lines: Vec<u32> = body.iter().map(|cell| cell.row).collect();
    lines.dedup();
    let mut headings: Vec<(u32, String)> = cells.iter().filter_map(|cell| Some((cell.column, text(&cell.value)?))).collect();
    headings.reverse();
    headings.dedup_by_key(|(column, _)| *column);
    headings.reverse();
    headings.retain(|(_, heading)| !heading.is_empty());
    memory::ensure_room_for((lines.len() as u64).saturating_mul(headings.len() as u64).saturating_mul(8))?;
    let mut by_column: Vec<Vec<(usize, &Data)>> = headings.iter().map(|_| Vec::new()).collect();
    let mut row = 0;
    for cell in &body {
        row += lines[row..].iter().take_while(|line| **line < cell.row).count();
        if let Ok(at) = headings.binary_search_by_key(&cell.column, |(column, _)| *column) {
            by_column[at].push((row, &cell.value));
        }
    }
    let column = |cells: &[(usize, &Data)]| -> ArrayRef {
        let is_numbers = cells.iter().all(|(_, cell)| matches!(cell, Data::Float(_) | Data::Int(_)));
        match is_numbers {
            true => {
                let mut values = vec![None; lines.len()];
                cells.iter().for_each(|(row, cell)| values[*row] = number(cell));
                Arc::new(Float64Array::from(values))
            }
            false => {
                let mut values = vec![None; lines.len()];
                cells.iter().for_each(|(row, cell)| values[*row] = text(cell));
                Arc::new(StringArray::from(values))
            }
        }
    };
    let columns = headings.iter().zip(&by_column).map(|((_, heading), cells)| (heading.clone(), column(cells))).collect();
    let n_rows = lines.len();
    let lines = lines.into_iter().map(|line| u64::from(line) + 1).collect();
    Ok(Some(Received { columns, n_rows, lines: Some(lines), raw: None, ragged: Vec::new(), notes: Vec::new() }))
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
