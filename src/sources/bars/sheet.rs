//! A file of bars as typed columns, and the rows of which a cell cannot be read. What a file is, its first bytes say.

use bytes::Bytes;
use datafusion::arrow::array::{Array, Date32Array, Float64Array, StringArray, TimestampMicrosecondArray};

use super::columns::{COLUMNS, Kind, N_REQUIRED, find};
use crate::error::{Error, Result};
use crate::sources::Rejection;
use crate::sources::days::Range;
use crate::sources::received::cells::{Cells, day};
use crate::sources::received::headings::Places;
use crate::sources::received::{self, Received};

const COMMAND: &str = "contango ingest bars";
const DAY: &str = "day; write it as 2024-03-08";

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

impl Sheet {
    /// Sets a row aside as it was received.
    pub fn rejection(&self, row: usize, column: Option<&str>, reason: String) -> Rejection {
        self.received.rejection(row, column, reason)
    }
}

/// Reads a file.
///
/// # Errors
/// It is neither Parquet nor CSV, is cut off, or lacks a required column.
pub fn read(bytes: &Bytes, range: Range) -> Result<Sheet> {
    let received = received::read(bytes, "bars are rows with symbol, as_of and close")?;
    let places = Places::of(&received, &COLUMNS.each_ref().map(|column| column.name), find)?;
    if let Some(missing) = COLUMNS.iter().zip(&places.known).take(N_REQUIRED).find(|(_, place)| place.is_none()) {
        let names: Vec<&str> = std::iter::once(&missing.0.name).chain(missing.0.aliases).copied().collect();
        return Err(Error::source(format!("there is no column `{}`", missing.0.name))
            .hint(format!("it may be called {}; `{COMMAND} --help` lists the columns", names.join(", "))));
    }
    let warnings = places.warning().into_iter().collect();
    let n_rows = received.n_rows;
    let mut cells = Cells::of(&received, COMMAND);
    let column = |name: &str| COLUMNS.iter().position(|column| column.name == name).and_then(|place| places.known[place]);
    let symbol = cells.text(column("symbol"), "symbol")?;
    let as_of = cells.days(column("as_of"), "as_of", DAY, day)?;
    cells.ensure_possible_days(&as_of, "as_of", range, false)?;
    let floats = |cells: &mut Cells<'_>, name: &'static str| {
        let is_count = COLUMNS.iter().any(|column| column.name == name && column.kind == Kind::Count);
        cells.numbers(column(name), name, is_count)
    };
    let (open, high, low, close) =
        (floats(&mut cells, "open")?, floats(&mut cells, "high")?, floats(&mut cells, "low")?, floats(&mut cells, "close")?);
    let (volume, open_interest, settlement) =
        (floats(&mut cells, "volume")?, floats(&mut cells, "open_interest")?, floats(&mut cells, "settlement")?);
    let parent = cells.text(column("parent"), "parent")?;
    let expiration = cells.days(column("expiration"), "expiration", DAY, day)?;
    cells.ensure_possible_days(&expiration, "expiration", range, true)?;
    let available_at = cells.instants(column("available_at"), "available_at", "leave the column out")?;
    cells.ensure_possible_instants(&available_at, "available_at", range);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{IngestTime, KnowledgeTime};

    fn seen() -> IngestTime {
        IngestTime::parse("2026-11-21 00:00:00Z").expect("an instant")
    }

    #[test]
    fn a_day_does_not_say_when_a_row_became_known() {
        let text =
            "symbol,as_of,close,available_at\nESH4,2024-03-07,5150,2024-03-07\nESH4,2024-03-08,5160,2024-03-08 15:30 America/Chicago\n";
        let sheet = read(&Bytes::from_static(text.as_bytes()), Range::of("bars", seen())).expect("a sheet");
        assert_eq!(sheet.is_rejected, [true, false]);
        assert!(sheet.rejections[0].reason.starts_with("`2024-03-07` is no instant"), "{}", sheet.rejections[0].reason);
        assert_eq!(sheet.available_at.value(1), KnowledgeTime::parse("2024-03-08 21:30:00Z").expect("an instant").micros());
    }

    #[test]
    fn a_row_is_on_the_line_that_an_editor_shows() {
        for text in ["symbol,as_of,close\n\nx,y,1\n\"a\nb\",y,1\nx,y,1", "symbol,as_of,close\r\n\r\nx,y,1\r\n\"a\r\nb\",y,1\r\nx,y,1\r\n"] {
            let sheet = read(&Bytes::from_static(text.as_bytes()), Range::of("bars", seen())).expect("a sheet");
            assert_eq!(sheet.rejections.iter().map(|rejection| rejection.line).collect::<Vec<_>>(), [3, 4, 6], "{text:?}");
        }
    }
}
