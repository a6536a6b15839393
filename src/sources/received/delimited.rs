//! Delimited text as columns of text: comma, semicolon or tab, whichever the header has most of.

use bytes::Bytes;
use datafusion::arrow::array::{ArrayRef, StringBuilder};

use super::Received;
use crate::error::{Error, Result};
use crate::memory;

pub(super) fn read(bytes: &Bytes, rows_are: &'static str) -> Result<Received> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let header = text.split(|b| *b == b'\n').next().unwrap_or_default();
    let delimiter = [b',', b';', b'\t'].into_iter().max_by_key(|d| header.iter().filter(|b| *b == d).count()).unwrap_or(b',');
    if header.is_empty() || header.contains(&0) {
        return Err(Error::source("the file is neither Parquet nor CSV with a header").hint(rows_are));
    }
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).trim(csv::Trim::All).from_reader(text);
    let bad = |e: csv::Error| {
        let line = e.position().map_or(1, csv::Position::line);
        Error::source(format!("the CSV cannot be read: {e}")).at_row(line)
    };
    let headings: Vec<String> = reader.headers().map_err(bad)?.iter().map(str::to_string).collect();
    super::ensure_columns(headings.len())?;
    let mut builders: Vec<StringBuilder> = headings.iter().map(|_| StringBuilder::with_capacity(0, 0)).collect();
    let (mut lines, mut ragged) = (Vec::new(), Vec::new());
    for record in reader.records() {
        memory::ensure_room()?;
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
