//! B3's price report as XML (BVBG.086, BVBG.187): one `PricRpt` per instrument of a trade date, of which the DI futures are taken. Read as a
//! stream: a day has tens of thousands of instruments.

use chrono::NaiveDateTime;
use quick_xml::Reader;
use quick_xml::events::Event;

use super::settlement::{DAYS, Row, Settlement, instant, is_di};
use super::unpack::plain;
use crate::error::{Error, Result};
use crate::sources::{Rejection, number};

/// The text of the elements of one instrument.
#[derive(Default)]
struct Report {
    start: usize,
    day: String,
    ticker: String,
    price: String,
    rate: String,
}

/// The DI futures of the report.
///
/// # Errors
/// It is no price report, or is cut off.
pub(super) fn read(xml: &[u8]) -> Result<Settlement> {
    let xml = plain(xml);
    let mut reader = Reader::from_reader(xml);
    let mut found = Settlement { kind: "B3 price report, DI futures", ..Settlement::default() };
    let mut lines = Lines { text: xml, at: 0, line: 1 };
    let mut report: Option<Report> = None;
    // The elements that are open, by their names without a prefix.
    let mut open: Vec<Vec<u8>> = Vec::new();
    loop {
        crate::memory::demand_room();
        let before = position(&reader);
        let event = reader.read_event().map_err(|e| damaged(&format!("the XML cannot be read: {e}"), &mut lines, before))?;
        match event {
            Event::Start(element) => {
                open.push(element.local_name().as_ref().to_vec());
                if open.last().is_some_and(|name| name == b"PricRpt") {
                    report = Some(Report { start: before, ..Report::default() });
                }
            }
            Event::Text(text) => {
                let written = text.decode().map_err(|e| damaged(&format!("the XML cannot be read: {e}"), &mut lines, before))?;
                let name = open.last().map_or(&b""[..], Vec::as_slice);
                match &mut report {
                    Some(report) => report.take(name, open.len().checked_sub(2).map_or(&b""[..], |parent| &open[parent]), written.trim()),
                    None if name == b"CreDtAndTm" => found.made_at = made_at(written.trim(), found.made_at),
                    None => {}
                }
            }
            Event::End(_) => {
                if open.pop().is_some_and(|name| name == b"PricRpt")
                    && let Some(report) = report.take()
                {
                    found.rows_read += 1;
                    if is_di(&report.ticker) {
                        let line = lines.of(report.start);
                        let raw = String::from_utf8_lossy(&xml[report.start..position(&reader)]).into_owned();
                        found.take(report, line, raw);
                    }
                }
            }
            Event::Eof if open.is_empty() => break,
            Event::Eof => return Err(damaged("the XML is cut off", &mut lines, before)),
            _ => {}
        }
    }
    match found.rows_read {
        0 => Err(Error::source("the XML is no price report of B3").hint("BVBG.086 and BVBG.187 are taken, with their `PricRpt` elements")),
        _ => Ok(found),
    }
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

fn damaged(what: &str, lines: &mut Lines, at: usize) -> Error {
    Error::source(what).at_row(lines.of(at)).hint("it may have been cut off: download it again")
}

fn made_at(written: &str, known: Option<NaiveDateTime>) -> Option<NaiveDateTime> {
    instant(written).max(known)
}

impl Report {
    /// Only the day of `TradDt` is the trade date; other elements have days, too.
    fn take(&mut self, name: &[u8], parent: &[u8], written: &str) {
        let cell = match name {
            b"Dt" if parent == b"TradDt" => &mut self.day,
            b"TckrSymb" => &mut self.ticker,
            b"AdjstdQt" => &mut self.price,
            b"AdjstdQtTax" => &mut self.rate,
            _ => return,
        };
        cell.push_str(written);
    }
}

impl Settlement {
    fn take(&mut self, report: Report, line: u64, raw: String) {
        let figure = |written: &str, column: &'static str| match written {
            "" => Ok(None),
            written => number::decimal(written.as_bytes()).map(Some).ok_or_else(|| (column, format!("`{written}` is no number"))),
        };
        let row = || {
            let day = DAYS.read(&report.day).map_err(|reason| ("TradDt", reason))?;
            Ok::<_, (&'static str, String)>((day, figure(&report.price, "AdjstdQt")?, figure(&report.rate, "AdjstdQtTax")?))
        };
        match row() {
            Ok((day, price, rate)) => self.rows.push(Row { line, raw, ticker: report.ticker, day, price, rate }),
            Err((column, reason)) => self.rejections.push(Rejection { line, column: Some(column.to_string()), reason, raw }),
        }
    }
}

/// Counts lines up to positions that only grow.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    fn of(&mut self, position: usize) -> u64 {
        let to = position.clamp(self.at, self.text.len());
        self.line += memchr::memchr_iter(b'\n', &self.text[self.at..to]).count() as u64;
        self.at = to;
        self.line
    }
}
