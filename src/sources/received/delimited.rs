//! Delimited text as columns of text, as programs and people export it: comma, semicolon, tab or bar, whichever the header has most of; UTF-8,
//! UTF-16 or Latin-1; titles above the header, a line `sep=;`, a last line that names where the file is from, a separator behind the last cell.
//! What is passed over is told.

use std::borrow::Cow;

use bytes::Bytes;
use datafusion::arrow::array::{ArrayRef, StringBuilder};

use super::{Raw, Received};
use crate::error::{Error, Result};
use crate::memory;
use crate::sources::records::line_of;

const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Lines that may stand above the header.
const MOST_TITLES: usize = 20;

pub(super) fn read(bytes: &Bytes, rows_are: &'static str) -> Result<Received> {
    let decoded = decoded(bytes);
    let text = decoded.as_ref();
    let begin = begin(text);
    if begin.header.is_empty() || begin.header.contains(&0) {
        return Err(Error::source("the file is neither Parquet nor CSV with a header").hint(rows_are));
    }
    let body = &text[begin.at..];
    let mut reader = csv::ReaderBuilder::new().delimiter(begin.delimiter).flexible(true).trim(csv::Trim::All).from_reader(body);
    let bad = |e: csv::Error| {
        let line = e.position().map_or(1, csv::Position::line) + begin.n_lines;
        Error::source(format!("the CSV cannot be read: {e}")).at_row(line)
    };
    let mut headings: Vec<String> = reader.headers().map_err(bad)?.iter().map(str::to_string).collect();
    super::ensure_columns(headings.len())?;
    let n_filled = headings.iter().rposition(|heading| !heading.is_empty()).map_or(0, |last| last + 1);
    let mut builders: Vec<StringBuilder> = headings.iter().map(|_| StringBuilder::with_capacity(0, 0)).collect();
    let (mut lines, mut spans, mut ragged, mut notes) = (Vec::new(), Vec::new(), Vec::new(), begin.notes);
    let mut has_unnamed = false;
    let mut records = reader.records().peekable();
    while let Some(record) = records.next() {
        memory::ensure_room()?;
        let record = record.map_err(bad)?;
        let n_cells = (0..record.len()).rev().find(|at| !record[*at].is_empty()).map_or(0, |last| last + 1);
        let line = record.position().map_or(0, |start| line_of(body, start)) + begin.n_lines;
        if n_cells == 0 {
            continue;
        }
        let is_last = records.peek().is_none();
        // prose; one word may be what is left of a row that was cut off
        if is_last && record.len() == 1 && headings.len() > 2 && record[0].contains(' ') {
            notes.push(format!("line {line} is no row, left in the raw file: `{}`", record.iter().collect::<String>()));
            continue;
        }
        has_unnamed |= n_cells > n_filled;
        // separators behind the last cell add none
        if record.len() != headings.len() && (n_cells > headings.len() || record.len() < n_filled) {
            ragged.push(lines.len());
        }
        for (at, builder) in builders.iter_mut().enumerate() {
            builder.append_value(record.get(at).unwrap_or_default());
        }
        let next = records.peek().and_then(|next| next.as_ref().ok()?.position().map(csv::Position::byte));
        spans.push(span(body, record.position().map_or(0, csv::Position::byte), next, begin.at));
        lines.push(line);
    }
    drop(records);
    if !has_unnamed {
        headings.truncate(n_filled);
    }
    // what is read as it came is kept as it came
    let text = match &decoded {
        Cow::Borrowed(text) => bytes.slice_ref(text),
        Cow::Owned(text) => Bytes::copy_from_slice(text),
    };
    let raw = (u32::try_from(text.len()).is_ok()).then_some(Raw { text, spans });
    let columns = headings.into_iter().zip(builders).map(|(name, mut builder)| (name, std::sync::Arc::new(builder.finish()) as ArrayRef));
    Ok(Received { columns: columns.collect(), n_rows: lines.len(), lines: Some(lines), raw, ragged, notes })
}

/// Where a row stands in the text, from its start to that of the next, without the ends of lines.
fn span(body: &[u8], start: u64, next: Option<u64>, shift: usize) -> (u32, u32) {
    let within = |at: u64| usize::try_from(at).map_or(body.len(), |at| at.min(body.len()));
    let (start, end) = (within(start), next.map_or(body.len(), within));
    let row = &body[start..end.max(start)];
    let blank = row.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
    let length = row.iter().rposition(|b| !matches!(b, b'\r' | b'\n')).map_or(blank, |last| last + 1);
    let of = |at: usize| u32::try_from(shift + start + at).unwrap_or(u32::MAX);
    (of(blank), of(length))
}

/// Where the header stands, and what separates its cells.
struct Begin<'t> {
    at: usize,
    /// Lines above the header.
    n_lines: u64,
    header: &'t [u8],
    delimiter: u8,
    notes: Vec<String>,
}

/// The first line is the header, but for a line `sep=;` and titles: lines of one cell above one of several.
fn begin(text: &[u8]) -> Begin<'_> {
    let count = |line: &[u8], delimiter: u8| line.iter().filter(|b| **b == delimiter).count();
    let most = |line: &[u8]| DELIMITERS.into_iter().rev().max_by_key(|d| count(line, *d)).unwrap_or(b',');
    let mut at = 0;
    let (mut said, mut notes, mut first) = (None, Vec::new(), None);
    for n_lines in 0..=MOST_TITLES as u64 {
        let rest = &text[at.min(text.len())..];
        let end = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
        let header = rest[..end].trim_ascii();
        let first = *first.get_or_insert((at, n_lines, header));
        if let [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter] = header {
            said = Some(*delimiter);
        } else if said.map_or(count(header, most(header)) > 0, |said| count(header, said) > 0) {
            return Begin { at, n_lines, header, delimiter: said.unwrap_or_else(|| most(header)), notes };
        } else if !header.is_empty() {
            notes.push(format!("line {} is a title, left in the raw file: `{}`", n_lines + 1, String::from_utf8_lossy(header)));
        }
        at += end + 1;
        if at >= text.len() {
            // no line has a separator: a table of one column
            let (at, n_lines, header) = first;
            return Begin { at, n_lines, header, delimiter: b',', notes: Vec::new() };
        }
    }
    let (at, n_lines, header) = first.unwrap_or_default();
    Begin { at, n_lines, header, delimiter: b',', notes: Vec::new() }
}

/// The text as UTF-8: by its mark where it has one, and Latin-1 where it is no UTF-8.
fn decoded(bytes: &[u8]) -> Cow<'_, [u8]> {
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect::<String>().into_bytes()
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => Cow::Owned(wide(rest, u16::from_le_bytes)),
        [0xfe, 0xff, rest @ ..] => Cow::Owned(wide(rest, u16::from_be_bytes)),
        [0xef, 0xbb, 0xbf, rest @ ..] => Cow::Borrowed(rest),
        _ if std::str::from_utf8(bytes).is_err() => Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect::<String>().into_bytes()),
        _ => Cow::Borrowed(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Received {
        super::read(&Bytes::copy_from_slice(bytes), "rows").expect("a table")
    }

    fn shown(received: &Received) -> String {
        let names: Vec<&str> = received.columns.iter().map(|(name, _)| name.as_str()).collect();
        let rows = (0..received.n_rows).map(|row| format!("{}: {}", received.line(row), received.raw(row)));
        format!("{} | {}", names.join(" "), rows.collect::<Vec<_>>().join(" / "))
    }

    #[test]
    fn a_table_is_found_in_what_programs_put_around_it() {
        let plain = read(b"a,b\n1,2\n");
        assert_eq!((shown(&plain).as_str(), plain.notes.len()), ("a b | 2: 1,2", 0));
        let titled = read(b"Prices of a vendor\n\nsep=;\na;b;c\n1;2;3;\n\n4;\"5\n6\";7\nDownloaded from a vendor\n");
        assert_eq!(shown(&titled), "a b c | 5: 1;2;3; / 7: 4;\"5\n6\";7");
        assert_eq!(
            titled.notes,
            [
                "line 1 is a title, left in the raw file: `Prices of a vendor`",
                "line 9 is no row, left in the raw file: `Downloaded from a vendor`",
            ]
        );
        assert!(titled.ragged.is_empty());
        for delimiter in [",", ";", "\t", "|"] {
            assert_eq!(read(format!("a{delimiter}b\n1{delimiter}2").as_bytes()).columns.len(), 2, "{delimiter:?}");
        }
        let trailing = read(b"a,b,\n1,2,\n3,4\n5\n");
        assert_eq!((trailing.columns.len(), trailing.ragged.clone()), (2, vec![2]));
        assert_eq!(read(b"a\n1\n2\n").n_rows, 2, "a column alone");
        let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain("a,b\n\u{e9},2\n".encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!(shown(&read(&wide)), "a b | 2: \u{e9},2");
        assert_eq!(shown(&read(b"a,b\n\xe9,2\n")), "a b | 2: \u{e9},2");
        assert!(super::read(&Bytes::from_static(b""), "rows").is_err() && super::read(&Bytes::from_static(b"\0\0\0,"), "rows").is_err());
    }
}
