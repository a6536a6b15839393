//! A file of bars as typed columns, and the rows of which a cell cannot be read. What a file is, its first bytes say.

use std::collections::HashMap;

use bytes::Bytes;
use datafusion::arrow::array::{Array, Date32Array, Float64Array, StringArray, TimestampMicrosecondArray};

use super::columns::{COLUMNS, Kind, N_REQUIRED, find};
use super::hint::Hint;
use super::named::symbol_in;
use crate::error::{Error, Result};
use crate::sources::Rejection;
use crate::sources::day::Days;
use crate::sources::days::Range;
use crate::sources::received::cells::Cells;
use crate::sources::received::headings::Places;
use crate::sources::received::{self, Received};

const COMMAND: &str = "contango ingest bars";
/// Futures were first listed in 1865, and contracts are listed for some decades ahead.
const DAYS: Days = Days::any(1860, 2150);

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
    /// The known columns that the file has.
    has: [bool; COLUMNS.len()],
    received: Received,
}

impl Sheet {
    /// Sets a row aside as it was received.
    pub fn rejection(&self, row: usize, column: Option<&str>, reason: String) -> Rejection {
        self.received.rejection(row, column, reason)
    }
    /// Whether the file has a column of this name.
    pub fn has(&self, name: &str) -> bool {
        COLUMNS.iter().zip(self.has).any(|(column, has)| column.name == name && has)
    }
}

/// Reads a file.
///
/// # Errors
/// It is neither Parquet nor CSV, is cut off, or lacks a required column that is not said beside it.
pub fn read(bytes: &Bytes, name: &str, hint: &Hint, range: Range) -> Result<Sheet> {
    let received = received::read(bytes, "bars are rows with symbol, as_of and close")?;
    let places = Places::of(&received, &COLUMNS.each_ref().map(|column| column.name), find)?;
    let mut warnings: Vec<String> = received.notes.iter().cloned().chain(places.warning()).collect();
    let said = said_symbol(places.known[0].is_some(), name, hint, &mut warnings)?;
    let is_missing = |at: usize, place: &Option<usize>| place.is_none() && !(at == 0 && said.is_some());
    if let Some((at, _)) = places.known.iter().enumerate().take(N_REQUIRED).find(|(at, place)| is_missing(*at, place)) {
        let missing = &COLUMNS[at];
        let names: Vec<&str> = std::iter::once(&missing.name).chain(missing.aliases).copied().collect();
        let beside = if at == 0 { ", or be said with `--symbol CLM24`" } else { "" };
        return Err(Error::source(format!("there is no column `{}`", missing.name))
            .hint(format!("it may be called {}{beside}; `{COMMAND} --help` lists the columns", names.join(", "))));
    }
    let has = std::array::from_fn(|at| places.known[at].is_some());
    let n_rows = received.n_rows;
    let mut cells = Cells::of(&received, COMMAND);
    let column = |name: &str| COLUMNS.iter().position(|column| column.name == name).and_then(|place| places.known[place]);
    let symbol = match said {
        Some(symbol) => StringArray::new_repeated(&symbol, n_rows),
        None => cells.text(column("symbol"), "symbol")?,
    };
    cells.settle_order(&[(column("as_of"), "as_of"), (column("expiration"), "expiration")], hint.order)?;
    let as_of = cells.days(column("as_of"), "as_of", DAYS)?;
    cells.ensure_possible_days(&as_of, "as_of", range, false)?;
    if cells.may_be_timed(column("as_of")) {
        ensure_whole_days(&symbol, &as_of, &cells.text(column("as_of"), "as_of")?)?;
    }
    let prices = ["open", "high", "low", "close", "settlement"];
    cells.settle_decimals(&prices.map(|name| (column(name), name)))?;
    let floats = |cells: &mut Cells<'_>, name: &'static str| {
        let is_count = COLUMNS.iter().any(|column| column.name == name && column.kind == Kind::Count);
        cells.numbers(column(name), name, is_count)
    };
    let (open, high, low, close) =
        (floats(&mut cells, "open")?, floats(&mut cells, "high")?, floats(&mut cells, "low")?, floats(&mut cells, "close")?);
    let (volume, open_interest, settlement) =
        (floats(&mut cells, "volume")?, floats(&mut cells, "open_interest")?, floats(&mut cells, "settlement")?);
    let parent = cells.text(column("parent"), "parent")?;
    let expiration = cells.days(column("expiration"), "expiration", DAYS)?;
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
        has,
        received,
    })
}

/// The contract of every row of a file that has no column for it: what the user says, else what the file is called.
fn said_symbol(has_column: bool, name: &str, hint: &Hint, warnings: &mut Vec<String>) -> Result<Option<String>> {
    if has_column {
        return match hint.symbol {
            Some(_) => Err(Error::usage("the file names its contracts itself").hint("leave --symbol out, or the column")),
            None => Ok(None),
        };
    }
    if hint.symbol.is_some() {
        return Ok(hint.symbol.clone());
    }
    let named = symbol_in(name);
    warnings.extend(named.as_ref().map(|symbol| format!("the file has no column `symbol`: its name says {symbol}")));
    Ok(named)
}

/// That no contract has two rows of one day at different times: the first hour of a day is not its bar.
fn ensure_whole_days(symbol: &StringArray, as_of: &Date32Array, written: &StringArray) -> Result<()> {
    let is_timed = |row: usize| written.is_valid(row) && written.value(row).contains(':');
    let mut first: HashMap<(&str, i32), usize> = HashMap::new();
    for row in (0..as_of.len()).filter(|row| as_of.is_valid(*row) && symbol.is_valid(*row) && is_timed(*row)) {
        let before = *first.entry((symbol.value(row), as_of.value(row))).or_insert(row);
        if written.value(before) != written.value(row) {
            let (symbol, one, other) = (symbol.value(row), written.value(before), written.value(row));
            return Err(Error::source(format!(
                "`{symbol}` has two bars of one day, `{one}` and `{other}`: these are bars of less than a day"
            ))
            .hint("only bars of whole days are taken: fold them into trade dates first, or take the vendor's daily file"));
        }
    }
    Ok(())
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
        let sheet = read(&Bytes::from_static(text.as_bytes()), "bars.csv", &Hint::default(), Range::of("bars", seen())).expect("a sheet");
        assert_eq!(sheet.is_rejected, [true, false]);
        assert!(sheet.rejections[0].reason.starts_with("`2024-03-07` is no instant"), "{}", sheet.rejections[0].reason);
        assert_eq!(sheet.available_at.value(1), KnowledgeTime::parse("2024-03-08 21:30:00Z").expect("an instant").micros());
    }

    #[test]
    fn a_row_is_on_the_line_that_an_editor_shows() {
        for text in ["symbol,as_of,close\n\nx,y,1\n\"a\nb\",y,1\nx,y,1", "symbol,as_of,close\r\n\r\nx,y,1\r\n\"a\r\nb\",y,1\r\nx,y,1\r\n"] {
            let sheet =
                read(&Bytes::from_static(text.as_bytes()), "bars.csv", &Hint::default(), Range::of("bars", seen())).expect("a sheet");
            assert_eq!(sheet.rejections.iter().map(|rejection| rejection.line).collect::<Vec<_>>(), [3, 4, 6], "{text:?}");
        }
    }
}
