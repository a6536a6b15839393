//! Records of a provider's answer with every cell as it was written: rows of CSV, or a JSON list of objects. Numbers stay text, since a
//! figure is parsed once, by [`super::number`], and not on the way through a JSON reader.
//!
//! Pure, and knows no provider: what a column means is decided by who reads it. Of a JSON document only one list is read; what is nested in a
//! record is kept as text.

use std::borrow::Cow;

use serde::de::IgnoredAny;

use super::Rejection;
use crate::error::{Error, Result};
use crate::memory;

/// A cell as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell<'a> {
    /// JSON's null, or a record without the column.
    Null,
    Number(&'a str),
    Text(Cow<'a, str>),
    /// True, false, a list or an object.
    Other(&'a str),
}

/// One record: its cells in the order of [`Records::names`].
#[derive(Debug)]
pub struct Record<'a> {
    /// Line of a CSV, or the number of the record in a JSON list, from 1.
    pub line: u64,
    pub raw: Cow<'a, str>,
    cells: Vec<Cell<'a>>,
}

/// Records and the names of their columns, in the order in which they first appear.
#[derive(Debug, Default)]
pub struct Records<'a> {
    pub names: Vec<String>,
    pub rows: Vec<Record<'a>>,
    /// Members of a JSON document beside the list.
    pub beside: Vec<(String, Cell<'a>)>,
}

impl<'a> Cell<'a> {
    /// What is written, without the spaces around it; `None` where nothing is.
    pub fn written(&self) -> Option<&str> {
        let text = match self {
            Self::Null => "",
            Self::Number(text) | Self::Other(text) => text,
            Self::Text(text) => text.trim(),
        };
        Some(text).filter(|text| !text.is_empty())
    }
}

impl<'a> Record<'a> {
    /// The cell of a column; one that the record does not have is NULL.
    pub fn cell(&self, column: usize) -> &Cell<'a> {
        self.cells.get(column).unwrap_or(&Cell::Null)
    }
    /// Sets the record aside as it was received.
    pub fn rejection(&self, column: Option<&str>, reason: String) -> Rejection {
        memory::demand_room();
        Rejection { line: self.line, column: column.map(str::to_string), reason, raw: self.raw.to_string() }
    }
}

impl Records<'_> {
    /// The place of a column; upper and lower case do not matter.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known.eq_ignore_ascii_case(name))
    }
    /// What stands beside the list under this name.
    pub fn beside(&self, name: &str) -> Option<&str> {
        self.beside.iter().find(|(known, _)| known == name).and_then(|(_, cell)| cell.written())
    }
}

/// Reads a JSON document that is a list of objects, or an object with such a list under `list`; nothing is under an empty name.
///
/// # Errors
/// It is no JSON, is cut off, or holds no such list.
pub fn from_json<'a>(bytes: &'a [u8], list: &str) -> Result<Records<'a>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let bad = |what: String| Error::source(what).hint("it may have been cut off: download it again");
    let text = std::str::from_utf8(bytes).map_err(|_| bad("the answer is no UTF-8".to_string()))?;
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| bad(format!("the answer is no JSON: {error}")))?;
    let mut scanner = Scanner { text, at: 0 };
    let mut records = Records::default();
    let mut found = None;
    match scanner.peek() {
        Some(b'[') => found = Some(scanner.value()),
        Some(b'{') => scanner.object(|name, cell| match cell {
            Cell::Other(_) if name == list => found = Some(cell),
            cell => records.beside.push((name.into_owned(), cell)),
        }),
        _ => {}
    }
    let Some(Cell::Other(rows)) = found.filter(|cell| matches!(cell, Cell::Other(rows) if rows.starts_with('['))) else {
        let place = if list.is_empty() { String::new() } else { format!(" under `{list}`") };
        return Err(Error::source(format!("the answer is JSON without a list of records{place}")).hint("is it another provider's?"));
    };
    let mut scanner = Scanner { text: rows, at: 1 };
    while let Some(b'{') = scanner.after_comma() {
        memory::ensure_room()?;
        let start = scanner.at;
        let mut cells = Vec::with_capacity(records.names.len());
        scanner.object(|name, cell| {
            let known = records.names.iter().position(|known| *known == name);
            let at = known.unwrap_or_else(|| {
                records.names.push(name.into_owned());
                records.names.len() - 1
            });
            if cells.len() <= at {
                cells.resize(at + 1, Cell::Null);
            }
            cells[at] = cell;
        });
        let line = records.rows.len() as u64 + 1;
        records.rows.push(Record { line, raw: Cow::Borrowed(&rows[start..scanner.at]), cells });
    }
    match scanner.peek() {
        Some(b']') => Ok(records),
        _ => Err(Error::source("the list of the answer holds something else than records").at_row(records.rows.len() as u64 + 1)),
    }
}

/// Reads delimited text with a header; every cell is text.
///
/// # Errors
/// There is no header, or the text cannot be read as UTF-8.
pub fn from_csv<'a>(bytes: &'a [u8], delimiter: u8) -> Result<Records<'a>> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).trim(csv::Trim::Headers).from_reader(text);
    let bad = |e: csv::Error| {
        let line = e.position().map_or(1, csv::Position::line);
        Error::source(format!("the CSV cannot be read: {e}")).at_row(line)
    };
    let names: Vec<String> = reader.headers().map_err(bad)?.iter().map(str::to_string).collect();
    let mut rows = Vec::new();
    for record in reader.records() {
        memory::ensure_room()?;
        let record = record.map_err(bad)?;
        let raw = record.iter().collect::<Vec<_>>().join(char::from(delimiter).encode_utf8(&mut [0; 4]));
        let cell = |text: &str| if text.is_empty() { Cell::Null } else { Cell::Text(Cow::Owned(text.to_string())) };
        let line = record.position().map_or(0, |start| line_of(text, start));
        rows.push(Record { line, raw: raw.into(), cells: record.iter().map(cell).collect() });
    }
    Ok(Records { names, rows, beside: Vec::new() })
}

/// The line of a record of CSV: its position is before the blank lines that are passed over.
pub fn line_of(text: &[u8], start: &csv::Position) -> u64 {
    let from = usize::try_from(start.byte()).unwrap_or(usize::MAX);
    let blank = text.iter().skip(from).take_while(|b| matches!(b, b'\r' | b'\n'));
    start.line() + blank.filter(|b| **b == b'\n').count() as u64
}

/// Goes over JSON that is known to be right.
struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    /// The next byte that is no space.
    fn peek(&mut self) -> Option<u8> {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
        self.text.as_bytes().get(self.at).copied()
    }
    fn after_comma(&mut self) -> Option<u8> {
        if self.peek() == Some(b',') {
            self.at += 1;
        }
        self.peek()
    }
    fn string(&mut self) -> Cow<'a, str> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        self.at += 1;
        while let Some(&byte) = bytes.get(self.at) {
            self.at += if byte == b'\\' { 2 } else { 1 };
            if byte == b'"' {
                break;
            }
        }
        let quoted = &self.text[start..self.at];
        match quoted.contains('\\') {
            true => Cow::Owned(serde_json::from_str(quoted).unwrap_or_default()),
            false => Cow::Borrowed(quoted.get(1..quoted.len() - 1).unwrap_or_default()),
        }
    }
    fn value(&mut self) -> Cell<'a> {
        let first = self.peek();
        let start = self.at;
        match first {
            Some(b'"') => Cell::Text(self.string()),
            Some(b'{' | b'[') => {
                self.skip_nested();
                Cell::Other(&self.text[start..self.at])
            }
            _ => {
                let rest = &self.text.as_bytes()[start..];
                self.at += rest.iter().take_while(|b| !matches!(b, b',' | b']' | b'}') && !b.is_ascii_whitespace()).count();
                match &self.text[start..self.at] {
                    "null" => Cell::Null,
                    other @ ("true" | "false") => Cell::Other(other),
                    number => Cell::Number(number),
                }
            }
        }
    }
    fn skip_nested(&mut self) {
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.string();
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                break;
            }
        }
    }
    /// The members of the object that starts here.
    fn object(&mut self, mut each: impl FnMut(Cow<'a, str>, Cell<'a>)) {
        self.at += 1;
        while let Some(b'"') = self.after_comma() {
            let name = self.string();
            self.peek();
            self.at += 1;
            let value = self.value();
            each(name, value);
        }
        self.at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_json_stay_as_they_are_written() {
        let text = r#" {"of": "a\"b", "value": [ {"a": 11.0000, "b": null, "c": "x,]}"}, {"c": "é\n", "a": -1e5, "d": [1, {"e": "]"}]} ], "n": 2 }"#;
        let records = from_json(text.as_bytes(), "value").expect("a list");
        assert_eq!((records.beside("of"), records.beside("n")), (Some("a\"b"), Some("2")));
        assert_eq!(records.names, ["a", "b", "c", "d"]);
        let written = |row: usize| (0..4).map(|column| records.rows[row].cell(column).written().unwrap_or("-")).collect::<Vec<_>>();
        assert_eq!(written(0), ["11.0000", "-", "x,]}", "-"]);
        assert_eq!(written(1), ["-1e5", "-", "é", r#"[1, {"e": "]"}]"#]);
        assert_eq!(records.rows[1].raw, r#"{"c": "é\n", "a": -1e5, "d": [1, {"e": "]"}]}"#);
        assert_eq!(records.column("C"), Some(2));
    }

    #[test]
    fn a_list_may_be_the_whole_document_and_may_be_empty() {
        assert_eq!(from_json(b"[{\"a\":1}]", "value").expect("a list").rows.len(), 1);
        assert!(from_json(b"{\"value\":[]}", "value").expect("a list").rows.is_empty());
        for wrong in ["{\"value\":[{\"a\":1}", "{\"values\":[]}", "[1]", "7", "{\"value\":{}}", "x"] {
            assert!(from_json(wrong.as_bytes(), "value").is_err(), "{wrong}");
        }
    }

    #[test]
    fn rows_of_csv_keep_their_line() {
        let records = from_csv(b"\xef\xbb\xbfa,b\n1,\"2,5\"\n\n,x\n", b',').expect("a table");
        assert_eq!(records.names, ["a", "b"]);
        assert_eq!(records.rows[0].cell(1).written(), Some("2,5"));
        assert_eq!((records.rows[1].line, records.rows[1].cell(0)), (4, &Cell::Null));
    }
}
