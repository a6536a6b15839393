//! B3's consolidated trades as CSV: a line about the file's status, then a header, then a row per instrument with decimal commas.

use chrono::NaiveDate;
use csv::StringRecord;

use super::settlement::{DAYS, Row, Settlement, is_di};
use super::unpack::plain;
use crate::error::{Error, Result};
use crate::sources::Rejection;
use crate::sources::number::{self, Separator};
use crate::sources::records::line_of;

const DAY: &str = "RptDt";
const TICKER: &str = "TckrSymb";
const PRICE: &str = "AdjstdQt";
const RATE: &str = "AdjstdQtTax";
/// What the first line says of a file that is done.
const STATUS: &str = "Status do Arquivo:";

/// Whether the text is such a file.
pub(super) fn is_one(text: &[u8]) -> bool {
    plain(text).split(|b| *b == b'\n').take(2).any(|line| line.starts_with(DAY.as_bytes()))
}

/// The DI futures of the file.
///
/// # Errors
/// It says of itself that it is not final, or a column is missing.
pub(super) fn read(text: &[u8]) -> Result<Settlement> {
    let text = String::from_utf8_lossy(plain(text));
    let (skipped, body) = match text.split_once('\n') {
        Some((status, body)) if status.starts_with(STATUS) => {
            let said = status.trim_start_matches(STATUS).trim();
            if said != "Final" {
                return Err(Error::source(format!("the file says that it is `{said}`, and not final"))
                    .at_row(1)
                    .hint("download it again later: prices may still change"));
            }
            (1, body)
        }
        _ => (0, text.as_ref()),
    };
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').flexible(true).from_reader(body.as_bytes());
    let bad = |e: csv::Error| Error::source(format!("the CSV cannot be read: {e}"));
    let header = reader.headers().map_err(bad)?.clone();
    let place = |name: &str| {
        header.iter().position(|column| column.trim() == name).ok_or_else(|| {
            Error::source(format!("the file has no column `{name}`"))
                .at_row(skipped + 1)
                .in_column(name)
                .hint("is it B3's `TradeInformationConsolidated`? its editions before 2021 have no settlement price of rates")
        })
    };
    let places = Places { day: place(DAY)?, ticker: place(TICKER)?, price: place(PRICE)?, rate: place(RATE)? };
    let mut found = Settlement { kind: "B3 consolidated trades, DI futures", ..Settlement::default() };
    for record in reader.records() {
        crate::memory::demand_room();
        let record = record.map_err(bad)?;
        found.rows_read += 1;
        let ticker = record.get(places.ticker).unwrap_or_default().trim();
        if !is_di(ticker) {
            continue;
        }
        let line = record.position().map_or(0, |start| line_of(body.as_bytes(), start)) + skipped;
        let raw = record.iter().collect::<Vec<_>>().join(";");
        match places.row(&record, ticker) {
            Ok((day, price, rate)) => found.rows.push(Row { line, raw, ticker: ticker.to_string(), day, price, rate }),
            Err((column, reason)) => found.rejections.push(Rejection { line, column: Some(column.to_string()), reason, raw }),
        }
    }
    Ok(found)
}

/// The trade date, the settlement price and the rate that is printed beside it.
type Settled = (NaiveDate, Option<f64>, Option<f64>);
/// A cell that cannot be read: its column and why.
type Unfit = (&'static str, String);

struct Places {
    day: usize,
    ticker: usize,
    price: usize,
    rate: usize,
}

impl Places {
    fn row(&self, record: &StringRecord, ticker: &str) -> Result<Settled, Unfit> {
        let cell = |place: usize| record.get(place).unwrap_or_default().trim();
        let day = DAYS.read(cell(self.day)).map_err(|reason| (DAY, reason))?;
        let figure = |place: usize, column: &'static str| match cell(place) {
            "" => Ok(None),
            written => number::written(written.as_bytes(), Separator::Comma)
                .map(Some)
                .ok_or_else(|| (column, format!("`{written}` is no number of `{ticker}`"))),
        };
        Ok((day, figure(self.price, PRICE)?, figure(self.rate, RATE)?))
    }
}
