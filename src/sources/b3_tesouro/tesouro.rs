//! Tesouro Direto's CSV: a row per bond and day, in no order, as `bonds` and as the points of two curves.
//!
//! Cells are Latin-1 or UTF-8, decimals have commas and thousands may have points. A bond that is not offered has empty cells or prices of 0,00,
//! which are no prices. The curves take the yield at which an investor sells: it is there on every day, since the Treasury always buys
//! back, and the base price is computed from it; the yield at which an investor buys lies below it by the spread.

use std::borrow::Cow;
use std::collections::HashMap;

use chrono::{DateTime, NaiveDate};
use chrono_tz::America::Sao_Paulo;
use csv::ByteRecord;

use super::{YEAR_DAYS, days_until};
use crate::error::{Error, Result};
use crate::sources::day::Days;
use crate::sources::frame::Rows;
use crate::sources::number::{self, Separator};
use crate::sources::records::line_of;
use crate::sources::{Parsed, Rejection};
use crate::tables;
use crate::time::release_dates::ReleaseDates;
use crate::time::{IngestTime, Release};

/// Bonds without coupons, and the curves of their yields.
const CURVES: [(&str, &str, &str); 2] =
    [("Tesouro Prefixado", tables::curves::BR_TESOURO_PREFIXADO, "zero"), ("Tesouro IPCA+", tables::curves::BR_TESOURO_IPCA, "real")];

/// Columns by the start of their names, which end in `Manha` in some editions and in nothing in others.
const COLUMNS: [&str; 8] = ["Tipo Titulo", "Data Vencimento", "Data Base", "Taxa Compra", "Taxa Venda", "PU Compra", "PU Venda", "PU Base"];

/// Tesouro Direto was opened in 2002, and its bonds mature within some decades.
const DAYS: Days = Days::day_first(2000, 2150);

/// One row: the figures in the order of the columns, named by what an investor does.
#[derive(Clone, Copy, PartialEq)]
struct Quote {
    buy_yield: Option<f64>,
    sell_yield: Option<f64>,
    buy_price: Option<f64>,
    sell_price: Option<f64>,
    base_price: Option<f64>,
}

/// A cell that cannot be read: its column and why.
type Unfit = (&'static str, String);

/// # Errors
/// The header is not Tesouro Direto's.
pub(super) fn read(text: &[u8], rule: &ReleaseDates, observed_at: IngestTime) -> Result<Parsed> {
    let text = super::unpack::plain(text);
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').flexible(true).from_reader(text);
    let bad = |e: csv::Error| {
        let line = e.position().map_or(1, csv::Position::line);
        Error::source(format!("the CSV cannot be read: {e}")).at_row(line)
    };
    let header = reader.byte_headers().map_err(bad)?.clone();
    let places = places(&header)?;
    let last_day = DateTime::from_timestamp_micros(observed_at.micros()).unwrap_or_default().with_timezone(&Sao_Paulo).date_naive();
    let (mut bonds, mut curves) = (Rows::new(tables::get("bonds")), Rows::new(tables::get("curves")));
    let mut parsed = Parsed::default();
    let mut seen: HashMap<(String, NaiveDate, NaiveDate), Quote> = HashMap::new();
    let mut releases: HashMap<NaiveDate, Release> = HashMap::new();
    let mut record = ByteRecord::new();
    while reader.read_byte_record(&mut record).map_err(bad)? {
        crate::memory::demand_room();
        parsed.rows_read += 1;
        let line = record.position().map_or(0, |start| line_of(text, start));
        let mut reject = |column: Option<&str>, reason: String| {
            let raw = record.iter().map(decoded).collect::<Vec<_>>().join(";");
            parsed.rejections.push(Rejection { line, column: column.map(str::to_string), reason, raw });
        };
        let (bond, maturity, as_of, quote) = match row(&record, &header, &places, last_day) {
            Ok(row) => row,
            Err((column, reason)) => {
                reject(Some(column), reason);
                continue;
            }
        };
        match seen.insert((bond.to_string(), maturity, as_of), quote) {
            None => {}
            Some(first) if first == quote => {
                parsed.repeats_within += 1;
                continue;
            }
            Some(first) => {
                seen.insert((bond.to_string(), maturity, as_of), first);
                reject(None, "another row of the file has other figures of the same bond and day".to_string());
                continue;
            }
        }
        let release = match releases.get(&as_of) {
            Some(release) => *release,
            None => rule.release(as_of).ok_or_else(|| Error::internal(format!("no release follows {as_of}")))?,
        };
        releases.insert(as_of, release);
        bonds.text("bond", bond.as_ref()).day("maturity", maturity).day("as_of", as_of);
        bonds.float("bid_yield", quote.buy_yield).float("ask_yield", quote.sell_yield);
        // an investor gets the bid and pays the ask
        bonds.float("bid_price", quote.sell_price).float("ask_price", quote.buy_price).float("base_price", quote.base_price);
        bonds.end(release);
        let Some((_, curve, kind)) = CURVES.iter().find(|(of, ..)| *of == bond) else { continue };
        let Some(rate) = quote.sell_yield.filter(|_| maturity > as_of) else { continue };
        let term = days_until(maturity, as_of) as f64 / YEAR_DAYS;
        curves.text("curve_id", *curve).text("kind", *kind).text("tenor", maturity.to_string().as_str()).day("as_of", as_of);
        curves.float("tenor_years", term).float("rate", rate).text("unit", "percent a year").text("compounding", "annual");
        curves.text("day_count", "BUS/252").text("method", "yield at which an investor sells the bond").end(release);
    }
    if parsed.rows_read == 0 {
        return Err(Error::source("the file has a header and no rows").hint("it may have been cut off: download it again"));
    }
    let days = seen.keys().map(|(.., day)| *day);
    let span = days.clone().min().zip(days.max()).map_or("without rows".to_string(), |(first, last)| format!("{first}..{last}"));
    parsed.kind = format!("Tesouro Direto {span}");
    parsed.shelf = Some("tesouro_direto".to_string());
    parsed.batches = vec![(tables::get("bonds"), bonds.finish()?), (tables::get("curves"), curves.finish()?)];
    Ok(parsed)
}

/// Where the columns are.
fn places(header: &ByteRecord) -> Result<[usize; 8]> {
    let names: Vec<Cow<str>> = header.iter().map(decoded).collect();
    let mut places = [0; 8];
    for (place, column) in places.iter_mut().zip(COLUMNS) {
        *place = names.iter().position(|name| name.trim().starts_with(column)).ok_or_else(|| {
            Error::source(format!("the file has no column `{column}`, as Tesouro Direto's has")).at_row(1).in_column(column).hint(
                "taken are precotaxatesourodireto.csv of Tesouro Transparente, B3's price report (XML) and its consolidated trades (CSV)",
            )
        })?;
    }
    Ok(places)
}

fn row<'r>(
    record: &'r ByteRecord,
    header: &ByteRecord,
    places: &[usize; 8],
    last_day: NaiveDate,
) -> Result<(Cow<'r, str>, NaiveDate, NaiveDate, Quote), Unfit> {
    if record.len() != header.len() {
        return Err((COLUMNS[0], format!("the row has {} cells where the header has {}", record.len(), header.len())));
    }
    let cell = |column: usize| record.get(places[column]).unwrap_or_default().trim_ascii();
    let day = |column: usize| {
        let written = decoded(cell(column));
        DAYS.read(&written).map_err(|reason| (COLUMNS[column], reason))
    };
    let figure = |column: usize| match cell(column) {
        b"" => Ok(None),
        written => number::written(written, Separator::Comma)
            .map(Some)
            .ok_or_else(|| (COLUMNS[column], format!("`{}` is no number with a decimal comma", decoded(written)))),
    };
    let bond = decoded(cell(0));
    if bond.is_empty() {
        return Err((COLUMNS[0], "the row names no bond".to_string()));
    }
    let (maturity, as_of) = (day(1)?, day(2)?);
    if as_of > last_day {
        return Err((COLUMNS[2], format!("{as_of} was still to come when the file is said to have been observed")));
    }
    let price = |column: usize| Ok::<_, Unfit>(figure(column)?.filter(|price| *price != 0.0));
    let (buy_price, sell_price, base_price) = (price(5)?, price(6)?, price(7)?);
    // The yield of a bond may be zero (the spread of Tesouro Selic), but not where the bond has no price.
    let offered = |rate: Option<f64>, price: Option<f64>| rate.filter(|rate| *rate != 0.0 || price.is_some());
    let quote = Quote {
        buy_yield: offered(figure(3)?, buy_price),
        sell_yield: offered(figure(4)?, sell_price.or(base_price)),
        buy_price,
        sell_price,
        base_price,
    };
    Ok((bond, maturity, as_of, quote))
}

/// UTF-8 where it is, else Latin-1, in which every byte is the character of its number.
fn decoded(cell: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(cell) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(cell.iter().map(|byte| char::from(*byte)).collect()),
    }
}
