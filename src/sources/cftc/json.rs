//! Rows of Socrata's JSON: an array of flat objects whose values are strings, where a NULL field is left out.
//!
//! Since NULLs are left out, no single object shows which columns the answer has: a first pass collects the names of all, a second reads the
//! cells. A row's line is the line on which its object starts.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::delimited::unfit;
use super::header::{self, Cell, Completeness, Header};
use super::rows::{DECIMAL_DOT, DOT, LastRow, Rows, Span};
use super::validate::Findings;
use crate::error::{Error, Result};
use crate::memory;
use crate::sources::number;

/// The header that the objects make up together, and every row; `None` where the array is empty.
///
/// # Errors
/// The text is no array of objects, is the provider's error message, or is of no COT report.
pub fn read<'a>(text: &'a [u8], findings: &mut Findings) -> Result<Option<(Header, Rows<'a>)>> {
    let mut names = BTreeSet::new();
    let mut count = 0;
    each_record(text, |_, _, record| {
        count += 1;
        for name in record.into_iter().map(|(name, _)| name) {
            names.insert(name);
        }
        Ok(())
    })?;
    if count == 0 {
        return Ok(None);
    }
    let names: Vec<String> = names.into_iter().collect();
    let columns: HashMap<String, usize> = names.iter().enumerate().map(|(column, name)| (name.clone(), column)).collect();
    let header = header::recognise(names, Completeness::NullsOmitted)?;
    let mut rows = Rows::new(header.layout.clone(), text);
    rows.reserve(count)?;
    each_record(text, |span, line, record| {
        rows.start(line);
        rows.set_last_raw(span);
        let mut row = rows.last();
        for (name, value) in record {
            let column = columns[&name];
            set(&mut row, header.cells[column], value).map_err(|(expected, found)| unfit(expected, &found, &header, column, line))?;
        }
        findings.row(&mut rows, &header)
    })?;
    Ok(Some((header, rows)))
}

/// Calls `take` with the place, the line and the fields of each object of the array.
fn each_record(text: &[u8], mut take: impl FnMut(Span, u64, Map<String, Value>) -> Result<()>) -> Result<()> {
    let mut at = skip_space(text, 0);
    if text.get(at) == Some(&b'{') {
        return Err(provider_error(text));
    }
    let (mut line, mut counted) = (1, 0);
    loop {
        memory::demand_room();
        at = skip_space(text, at + 1);
        line += memchr::memchr_iter(b'\n', &text[counted..at]).count() as u64;
        counted = at;
        if text.get(at) == Some(&b']') {
            return Ok(());
        }
        let mut records = serde_json::Deserializer::from_slice(&text[at..]).into_iter::<Map<String, Value>>();
        let record = match records.next() {
            Some(Ok(record)) => record,
            Some(Err(error)) => return Err(malformed(&error.to_string(), line)),
            None => return Err(malformed("it ends inside the array", line)),
        };
        let end = at + records.byte_offset();
        take(Span::new(at, end), line, record)?;
        at = skip_space(text, end);
        match text.get(at) {
            Some(b',') => {}
            Some(b']') => return Ok(()),
            _ => return Err(malformed("it ends inside the array", line)),
        }
    }
}

fn skip_space(text: &[u8], at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.iter().position(|b| !b.is_ascii_whitespace())).map_or(text.len(), |n| at + n)
}

fn set(row: &mut LastRow, cell: Cell, value: Value) -> Result<(), (&'static str, String)> {
    let text = match value {
        Value::Null => return Ok(()),
        Value::String(text) => text,
        other => other.to_string(),
    };
    let text = text.trim();
    match cell {
        Cell::Skip => {}
        Cell::Text(slot) => row.texts[usize::from(slot)] = row.keep(text.as_bytes()),
        Cell::Integer(_) | Cell::Decimal(_) if text.is_empty() => {}
        Cell::Integer(slot) => {
            let value = if text == "." { Some(DOT) } else { number::integer(text.as_bytes()) };
            row.integers[usize::from(slot)] = value.ok_or_else(|| ("a whole number", text.to_string()))?;
        }
        Cell::Decimal(slot) => {
            let value = if text == "." { Some(DECIMAL_DOT) } else { number::decimal(text.as_bytes()) };
            row.decimals[usize::from(slot)] = value.ok_or_else(|| ("a number", text.to_string()))?;
        }
    }
    Ok(())
}

/// Socrata answers a bad query with `{"code": …, "error": true, "message": …}`.
fn provider_error(text: &[u8]) -> Error {
    let fields: Map<String, Value> = crate::sources::json::read(text).unwrap_or_default();
    match fields.get("message").and_then(|message| message.as_str()) {
        Some(message) => Error::source(format!("the provider answered with an error: {}", message.trim_end_matches('.'))),
        None => Error::source("this is a JSON object, not the array of records of a report"),
    }
}

fn malformed(what: &str, line: u64) -> Error {
    let what = what.split(" at line ").next().unwrap_or_default();
    Error::source(format!("the JSON cannot be read: {what}")).at_row(line).hint("it may have been cut off: download it again")
}
