//! Rows of delimited text: the archive's TXT files and Socrata's CSV exports, in one pass over the bytes.
//!
//! Each column's cells go straight to their slot: a number is read where it stands, up to the comma, and only what is no plain number
//! (`.`, quotes, nothing at all) takes the slow way. Traps of the files: numbers padded with spaces, codes padded behind, a space between a
//! closing quote and the comma (2004 to 2012), LF or CRLF, a DOS end-of-file mark.

use super::day;
use super::header::{self, Cell, Completeness, Header};
use super::report::{Layout, Report};
use super::rows::{DECIMAL_DOT, DOT, EMPTY, Rows, Span};
use super::validate::Findings;
use std::borrow::Cow;

use crate::error::{Error, Result};
use crate::sources::number;

/// Reads the header and every row; `findings` takes each row that cannot stay out again.
///
/// # Errors
/// The header is of no COT report, a row has another number of cells, or a cell of a number column holds something else.
pub fn read<'a>(text: &'a [u8], findings: &mut Findings) -> Result<(Header, Rows<'a>)> {
    let (names, mut at, mut line) = read_header(text);
    let names = match without_header(&names) {
        Some(layout) => {
            (at, line) = (0, 1);
            layout.columns()
        }
        None => names,
    };
    let header = header::recognise(names, Completeness::Full)?;
    let mut rows = Rows::new(header.layout.clone(), text);
    let mut reserved = false;
    loop {
        at = skip_blank_lines(text, at, &mut line);
        if at >= text.len() {
            break;
        }
        let (start, start_line) = (at, line);
        rows.start(start_line);
        at = read_row(text, at, &mut line, &header, &mut rows)?;
        let raw = text[start..at].trim_ascii_end();
        rows.set_last_raw(Span::new(start, start + raw.len()));
        if !reserved {
            rows.reserve((text.len() - start) / raw.len().max(1) + 1)?;
            reserved = true;
        }
        findings.row(&mut rows, &header)?;
    }
    Ok((header, rows))
}

/// The report of a file that begins with a row: the CFTC publishes the current week so, with the columns of the yearly files. The number of
/// cells tells the report.
fn without_header(cells: &[String]) -> Option<Layout> {
    let is_row = day::parse(cells.get(2)?.as_bytes()).is_some() && number::integer(cells.get(1)?.as_bytes()).is_some();
    let layouts = is_row.then(|| Report::ALL.map(Layout::new))?;
    layouts.into_iter().find(|layout| layout.columns().len() == cells.len())
}

fn byte(text: &[u8], at: usize) -> u8 {
    text.get(at).copied().unwrap_or(b'\n')
}

fn skip_spaces(text: &[u8], mut at: usize) -> usize {
    while byte(text, at) == b' ' {
        at += 1;
    }
    at
}

/// Also passes over a DOS end-of-file mark.
fn skip_blank_lines(text: &[u8], mut at: usize, line: &mut u64) -> usize {
    while let Some(&b) = text.get(at) {
        match b {
            b'\n' => *line += 1,
            b'\r' | 0x1a => {}
            b' ' if matches!(byte(text, skip_spaces(text, at)), b'\r' | b'\n' | 0x1a) => {}
            _ => break,
        }
        at += 1;
    }
    at
}

fn read_header(text: &[u8]) -> (Vec<String>, usize, u64) {
    let mut line = 1;
    let mut at = skip_blank_lines(text, 0, &mut line);
    let mut names = Vec::new();
    loop {
        let (cell, end) = raw_cell(text, at, &mut line);
        names.push(String::from_utf8_lossy(&cell).trim().to_string());
        at = end + 1;
        if byte(text, end) != b',' {
            return (names, at, line + 1);
        }
    }
}

/// A cell whatever it holds, unquoted, and the position of the delimiter behind it.
fn raw_cell<'t>(text: &'t [u8], at: usize, line: &mut u64) -> (Cow<'t, [u8]>, usize) {
    let start = skip_spaces(text, at);
    if byte(text, start) != b'"' {
        let end = text.get(start..).and_then(|rest| memchr::memchr2(b',', b'\n', rest)).map_or(text.len(), |n| start + n);
        return (text.get(start..end).unwrap_or_default().trim_ascii_end().into(), end);
    }
    let mut from = start + 1;
    let mut doubled = false;
    let close = loop {
        match text.get(from..).and_then(|rest| memchr::memchr(b'"', rest)) {
            Some(n) if byte(text, from + n + 1) == b'"' => {
                doubled = true;
                from += n + 2;
            }
            Some(n) => break from + n,
            None => break text.len(),
        }
    };
    let inner = &text[start + 1..close];
    *line += memchr::memchr_iter(b'\n', inner).count() as u64;
    let end = text.get(close..).and_then(|rest| memchr::memchr2(b',', b'\n', rest)).map_or(text.len(), |n| close + n);
    if doubled {
        return (String::from_utf8_lossy(inner).replace("\"\"", "\"").into_bytes().into(), end);
    }
    (inner.into(), end)
}

/// Reads one row into the last row of `rows`; returns where the next line starts.
fn read_row(text: &[u8], mut at: usize, line: &mut u64, header: &Header, rows: &mut Rows) -> Result<usize> {
    let columns = header.cells.len();
    let row_line = *line;
    let mut row = rows.last();
    for (column, &cell) in header.cells.iter().enumerate() {
        let end = match cell {
            Cell::Integer(slot) => {
                let (value, end) = integer(text, at, line).map_err(|found| unfit("a whole number", &found, header, column, row_line))?;
                row.integers[usize::from(slot)] = value;
                end
            }
            Cell::Decimal(slot) => {
                let (value, end) = decimal(text, at, line).map_err(|found| unfit("a number", &found, header, column, row_line))?;
                row.decimals[usize::from(slot)] = value;
                end
            }
            Cell::Text(slot) => {
                let (value, end) = raw_cell(text, at, line);
                let span = match value {
                    Cow::Borrowed(value) => {
                        let start = value.as_ptr() as usize - text.as_ptr() as usize;
                        Span::new(start, start + value.len())
                    }
                    Cow::Owned(value) => row.keep(&value),
                };
                row.texts[usize::from(slot)] = span;
                end
            }
            Cell::Skip => raw_cell(text, at, line).1,
        };
        let last = column + 1 == columns;
        match (byte(text, end), last) {
            (b',', false) => at = end + 1,
            (b',', true) => {
                return Err(Error::source(format!("the row has more than the {columns} cells of the header")).at_row(row_line));
            }
            (_, true) => at = (end + 1).min(text.len()),
            (_, false) => {
                let cells = column + 1;
                return Err(Error::source(format!("the row has {cells} cells where the header has {columns}"))
                    .at_row(row_line)
                    .hint("the file may have been cut off: download it again"));
            }
        }
    }
    *line += 1;
    Ok(at)
}

/// The whole number of a cell, [`EMPTY`] or [`DOT`], and the position of the delimiter; what else stands there is the error.
#[inline]
fn integer(text: &[u8], at: usize, line: &mut u64) -> Result<(i64, usize), String> {
    let start = skip_spaces(text, at);
    if let (Some(value), end) = number::scan_integer(text, start) {
        let end = skip_padding(text, end);
        if matches!(byte(text, end), b',' | b'\n') {
            return Ok((value, end));
        }
    }
    let (cell, end) = raw_cell(text, start, line);
    let cell = cell.trim_ascii();
    match cell {
        b"" => Ok((EMPTY, end)),
        b"." => Ok((DOT, end)),
        _ => number::integer(cell).map(|value| (value, end)).ok_or_else(|| String::from_utf8_lossy(cell).into_owned()),
    }
}

/// As [`integer`], for a decimal.
#[inline]
fn decimal(text: &[u8], at: usize, line: &mut u64) -> Result<(f64, usize), String> {
    let start = skip_spaces(text, at);
    if let (Some(value), end) = number::scan_decimal(text, start) {
        let end = skip_padding(text, end);
        if matches!(byte(text, end), b',' | b'\n') {
            return Ok((value, end));
        }
    }
    let (cell, end) = raw_cell(text, start, line);
    let cell = cell.trim_ascii();
    match cell {
        b"" => Ok((f64::NAN, end)),
        b"." => Ok((DECIMAL_DOT, end)),
        _ => number::decimal(cell).map(|value| (value, end)).ok_or_else(|| String::from_utf8_lossy(cell).into_owned()),
    }
}

fn skip_padding(text: &[u8], mut at: usize) -> usize {
    while matches!(byte(text, at), b' ' | b'\r') {
        at += 1;
    }
    at
}

/// A cell that holds something else than its column must.
pub fn unfit(expected: &str, found: &str, header: &Header, column: usize, line: u64) -> Error {
    let shown: String = found.chars().take(40).collect();
    Error::source(format!("expected {expected}, found `{shown}`"))
        .at_row(line)
        .in_column(header.names[column].trim())
        .hint("the file is damaged or was edited: download it again")
}
