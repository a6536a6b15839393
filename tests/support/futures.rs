//! Made-up rows of the futures tables, beside the positioning of the standard lake: written through the lake's own append, cut at an instant
//! like it.

use std::sync::Arc;

use chrono::{Datelike, NaiveDate, Weekday};
use contango::lake::Lake;
use contango::tables::{self, Table};
use contango::time::{Availability, KnowledgeTime};
use datafusion::arrow::array::{ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray};

use super::{append, day, instant};

/// One vintage of a bar, a figure or a definition.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub dataset: &'static str,
    pub symbol: &'static str,
    /// 0 where the provider has none.
    pub id: i64,
    pub as_of: NaiveDate,
    pub available_at: KnowledgeTime,
    pub availability: Availability,
    pub backcast: bool,
    pub of: Of,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Of {
    /// Open, high and low are the close, and an eighth above and below it; the session starts a day before the instant at which it ends.
    Bar {
        basis: &'static str,
        close: Option<f64>,
        volume: Option<i64>,
        session_end: KnowledgeTime,
    },
    Figure {
        stat: &'static str,
        value: Option<f64>,
        is_final: Option<bool>,
    },
    Definition {
        origin: &'static str,
        class: &'static str,
        asset: &'static str,
        maturity: Option<&'static str>,
        expiration: Option<KnowledgeTime>,
    },
}

impl Row {
    /// What of the key its own table adds: the basis, the stat.
    pub fn label(&self) -> &'static str {
        match self.of {
            Of::Bar { basis, .. } => basis,
            Of::Figure { stat, .. } => stat,
            Of::Definition { .. } => "",
        }
    }
}

const GLBX: &str = "GLBX.MDP3";
/// Bars of a file: symbols that only its own columns explain.
const VENDOR: &str = "acme";

/// The futures of the standard lake, March 2023: ES and CL with prices that were revised, an expiration that was moved, a spread, a symbol
/// and a number that were used before, and a vendor's opaque symbols.
pub fn standard() -> Vec<Row> {
    let mut rows = Vec::new();
    let defined = |symbol, id, from: &str, asset, maturity, expiration: &str, class| Row {
        of: Of::Definition { origin: "exchange", class, asset, maturity: Some(maturity), expiration: Some(instant(expiration)) },
        ..stamped(GLBX, symbol, id, from, &format!("{from} 12:00:00Z"))
    };
    rows.push(defined("ESH3", 41, "2012-06-15", "ES", "2013-03", "2013-03-15 13:30:00Z", "future"));
    rows.push(defined("ESH3", 101, "2022-03-18", "ES", "2023-03", "2023-03-17 13:30:00Z", "future"));
    rows.push(defined("ESM3", 102, "2022-06-17", "ES", "2023-06", "2023-06-16 13:30:00Z", "future"));
    rows.push(defined("ESH3-ESM3", 103, "2022-06-17", "ES", "2023-03", "2023-03-17 13:30:00Z", "future_spread"));
    let moved = defined("CLJ3", 201, "2022-01-03", "CL", "2023-04", "2023-03-20 18:30:00Z", "future");
    let later = Of::Definition {
        origin: "exchange",
        class: "future",
        asset: "CL",
        maturity: Some("2023-04"),
        expiration: Some(instant("2023-03-21 18:30:00Z")),
    };
    rows.push(Row { available_at: instant("2023-03-09 15:00:00Z"), of: later, ..moved.clone() });
    rows.push(moved);
    // the number of the first ESH3, given to another contract; no expiration is said
    rows.push(Row {
        of: Of::Definition { origin: "exchange", class: "future", asset: "CL", maturity: Some("2023-05"), expiration: None },
        ..stamped(GLBX, "CLK3", 41, "2022-02-01", "2022-02-01 12:00:00Z")
    });
    // one symbol and no number: only the day tells the lives apart
    for (from, expiration) in [("2013-01-02", "2013-03-15 00:00:00Z"), ("2023-03-06", "2023-03-17 00:00:00Z")] {
        rows.push(Row {
            of: Of::Definition { origin: "file", class: "future", asset: "SP500", maturity: None, expiration: Some(instant(expiration)) },
            ..stamped(VENDOR, "SPFRONT", 0, from, &format!("{from} 23:00:00Z"))
        });
    }
    // the file is a day off; the exchange knows better
    rows.push(Row {
        of: Of::Definition {
            origin: "file",
            class: "future",
            asset: "SP500",
            maturity: Some("2023-06"),
            expiration: Some(instant("2023-06-15 00:00:00Z")),
        },
        ..stamped(VENDOR, "SPNEXT", 0, "2023-03-06", "2023-03-06 23:00:00Z")
    });

    for date in trade_dates("2013-01-02", "2013-01-04") {
        rows.push(session_bar(GLBX, "ESH3", 41, date, 1400.0));
        rows.push(session_bar(VENDOR, "SPFRONT", 0, date, 1402.0));
    }
    let days: Vec<NaiveDate> = trade_dates("2023-03-06", "2023-03-24").collect();
    for (n, date) in days.iter().copied().enumerate() {
        let step = n as f64;
        let all = [
            ("ESH3", 101, 4000.0 + 8.0 * step, 2_000_000.0 - 125_000.0 * step, day("2023-03-17")),
            ("ESM3", 102, 4032.0 + 8.5 * step, 200_000.0 + 150_000.0 * step, day("2023-06-16")),
            ("CLJ3", 201, 80.0 - 0.5 * step, 300_000.0 - 20_000.0 * step, day("2023-03-21")),
            ("CLK3", 41, 80.25 - 0.5 * step, 200_000.0 + 20_000.0 * step, day("2023-04-20")),
        ];
        for (symbol, id, close, open_interest, last) in all {
            if date > last {
                continue;
            }
            rows.push(session_bar(GLBX, symbol, id, date, close));
            figures(&mut rows, symbol, id, date, close, open_interest);
        }
        if date <= day("2023-03-17") {
            rows.push(session_bar(GLBX, "ESH3-ESM3", 103, date, -32.0 - step));
            rows.push(session_bar(VENDOR, "SPFRONT", 0, date, 4002.0 + step));
        }
        rows.push(session_bar(VENDOR, "SPNEXT", 0, date, 4034.0 + step));
        // nothing defines these: an alias of a root with rules, spelt as people do, and a root that nobody knows
        rows.push(session_bar(VENDOR, "tym3", 0, date, 112.0 + 0.125 * step));
        rows.push(session_bar(VENDOR, "QQQM3", 0, date, 10.0 + step));
    }
    // a day of ESM3 that has the calendar day's bar alone, and one whose session came later than it
    let of = |row: &Row, date: &str, symbol: &str| row.as_of == day(date) && row.symbol == symbol && matches!(row.of, Of::Bar { .. });
    rows.retain(|row| !of(row, "2023-03-08", "ESM3"));
    rows.push(utc_day_bar("ESM3", 102, day("2023-03-08"), 4049.5));
    rows.push(utc_day_bar("ESM3", 102, day("2023-03-09"), 4057.5));
    for row in rows.iter_mut().filter(|row| of(row, "2023-03-09", "ESM3") && matches!(row.of, Of::Bar { basis: "session", .. })) {
        row.available_at = instant("2023-03-10 09:00:00Z");
        row.availability = Availability::Observed;
    }
    // a settlement that was taken back, and a bar that a provider corrected after days
    rows.push(Row {
        of: Of::Figure { stat: "settlement", value: None, is_final: None },
        ..stamped(GLBX, "CLJ3", 201, "2023-03-07", "2023-03-08 16:00:00Z")
    });
    let corrected = rows.iter().find(|row| of(row, "2023-03-07", "ESH3")).expect("a bar to correct").clone();
    let Of::Bar { basis, volume, session_end, .. } = corrected.of else { unreachable!("a bar was looked for") };
    rows.push(Row {
        available_at: instant("2023-03-13 12:00:00Z"),
        availability: Availability::Observed,
        of: Of::Bar { basis, close: Some(4007.5), volume, session_end },
        ..corrected
    });
    rows
}

fn trade_dates(from: &str, to: &str) -> impl Iterator<Item = NaiveDate> {
    let last = day(to);
    day(from).iter_days().take_while(move |date| *date <= last).filter(|date| !matches!(date.weekday(), Weekday::Sat | Weekday::Sun))
}

fn stamped(dataset: &'static str, symbol: &'static str, id: i64, as_of: &str, available_at: &str) -> Row {
    Row {
        dataset,
        symbol,
        id,
        as_of: day(as_of),
        available_at: instant(available_at),
        availability: Availability::Stamped,
        backcast: false,
        of: Of::Figure { stat: "", value: None, is_final: None },
    }
}

fn session_bar(dataset: &'static str, symbol: &'static str, id: i64, date: NaiveDate, close: f64) -> Row {
    let session_end = instant(&format!("{date} 22:00:00Z"));
    Row {
        availability: Availability::Rule,
        backcast: dataset == VENDOR,
        of: Of::Bar { basis: "session", close: Some(close), volume: (dataset != VENDOR).then_some(1000), session_end },
        ..stamped(dataset, symbol, id, &date.to_string(), &session_end.to_string())
    }
}

fn utc_day_bar(symbol: &'static str, id: i64, date: NaiveDate, close: f64) -> Row {
    let session_end = instant(&format!("{} 00:00:00Z", date.succ_opt().expect("a next day")));
    Row {
        availability: Availability::Rule,
        of: Of::Bar { basis: "utc_day", close: Some(close), volume: Some(900), session_end },
        ..stamped(GLBX, symbol, id, &date.to_string(), &session_end.to_string())
    }
}

/// A preliminary settlement in the evening, the final one an eighth higher in the morning, with cleared volume and open interest.
fn figures(rows: &mut Vec<Row>, symbol: &'static str, id: i64, date: NaiveDate, close: f64, open_interest: f64) {
    let evening = format!("{date} 22:30:00Z");
    let morning = format!("{} 12:45:00Z", date.succ_opt().expect("a next day"));
    let all = [
        ("settlement", close + 0.125, Some(false), &evening),
        ("settlement", close + 0.25, Some(true), &morning),
        ("cleared_volume", 1024.0, None, &morning),
        ("open_interest", open_interest, None, &morning),
    ];
    for (stat, value, is_final, at) in all {
        rows.push(Row { of: Of::Figure { stat, value: Some(value), is_final }, ..stamped(GLBX, symbol, id, &date.to_string(), at) });
    }
}

/// The rows that were known by an instant.
pub fn cut(rows: &[Row], at: KnowledgeTime) -> Vec<Row> {
    rows.iter().filter(|row| row.available_at <= at).cloned().collect()
}

/// Writes rows into a lake whose futures tables are empty, spread over `n_payloads` commits.
pub async fn write_into(lake: &Lake, rows: &[Row], n_payloads: usize) {
    for part in 0..n_payloads {
        let mine = rows.iter().enumerate().filter(|(i, _)| i % n_payloads == part).map(|(_, row)| row);
        let (mut bars, mut figures, mut definitions) = (Vec::new(), Vec::new(), Vec::new());
        for row in mine {
            match row.of {
                Of::Bar { .. } => bars.push(row),
                Of::Figure { .. } => figures.push(row),
                Of::Definition { .. } => definitions.push(row),
            }
        }
        append_to(lake, &tables::FUTURES_OHLCV, bars, part).await;
        append_to(lake, &tables::FUTURES_STATISTICS, figures, part).await;
        append_to(lake, &tables::FUTURES_DEFINITIONS, definitions, part).await;
    }
}

async fn append_to(lake: &Lake, table: &'static Table, mut rows: Vec<&Row>, part: usize) {
    rows.sort_by_key(|row| (row.dataset, row.label(), row.symbol, row.id, row.as_of, row.available_at));
    append(lake, table, part, rows.len(), |name| values(name, &rows)).await;
}

/// A column that the rows have; any other is NULL.
fn values(name: &str, rows: &[&Row]) -> Option<ArrayRef> {
    const DAY: i64 = 86_400_000_000;
    let text =
        |value: &dyn Fn(&Row) -> Option<&'static str>| Arc::new(rows.iter().map(|row| value(row)).collect::<StringArray>()) as ArrayRef;
    let float = |value: &dyn Fn(&Row) -> Option<f64>| Arc::new(rows.iter().map(|row| value(row)).collect::<Float64Array>()) as ArrayRef;
    let at = |value: &dyn Fn(&Row) -> Option<i64>| {
        Arc::new(rows.iter().map(|row| value(row)).collect::<TimestampMicrosecondArray>().with_timezone("UTC")) as ArrayRef
    };
    let close = |add: f64| float(&move |row| if let Of::Bar { close, .. } = row.of { close.map(|c| c + add) } else { None });
    let end = |row: &Row| if let Of::Bar { session_end, .. } = row.of { Some(session_end.micros()) } else { None };
    Some(match name {
        "as_of" => {
            let days = rows.iter().map(|row| Some(row.as_of.signed_duration_since(NaiveDate::default()).num_days() as i32));
            Arc::new(days.collect::<Date32Array>())
        }
        "dataset" => text(&|row| Some(row.dataset)),
        "symbol" => text(&|row| Some(row.symbol)),
        "instrument_id" => Arc::new(rows.iter().map(|row| Some(row.id)).collect::<Int64Array>()),
        "basis" => text(&|row| if let Of::Bar { basis, .. } = row.of { Some(basis) } else { None }),
        "open" | "close" => close(0.0),
        "high" => close(0.125),
        "low" => close(-0.125),
        "volume" => {
            let volume = |row: &&Row| if let Of::Bar { volume, .. } = row.of { volume } else { None };
            Arc::new(rows.iter().map(volume).collect::<Int64Array>())
        }
        "session_start" => at(&|row| end(row).map(|end| end - DAY)),
        "session_end" => at(&end),
        "stat" => text(&|row| if let Of::Figure { stat, .. } = row.of { Some(stat) } else { None }),
        "value" => float(&|row| if let Of::Figure { value, .. } = row.of { value } else { None }),
        "final" => {
            let is_final = |row: &&Row| if let Of::Figure { is_final, .. } = row.of { is_final } else { None };
            Arc::new(rows.iter().map(is_final).collect::<BooleanArray>())
        }
        "origin" => text(&|row| if let Of::Definition { origin, .. } = row.of { Some(origin) } else { None }),
        "instrument_class" => text(&|row| if let Of::Definition { class, .. } = row.of { Some(class) } else { None }),
        "asset" => text(&|row| if let Of::Definition { asset, .. } = row.of { Some(asset) } else { None }),
        "maturity" => text(&|row| if let Of::Definition { maturity, .. } = row.of { maturity } else { None }),
        "expiration" => at(&|row| if let Of::Definition { expiration, .. } = row.of { expiration.map(|e| e.micros()) } else { None }),
        "min_price_increment" => of_definition(rows, |asset| if asset == "CL" { 0.01 } else { 0.25 }),
        "min_price_increment_amount" => of_definition(rows, |asset| if asset == "CL" { 10.0 } else { 12.5 }),
        "unit_of_measure_qty" => of_definition(rows, |asset| if asset == "CL" { 1000.0 } else { 50.0 }),
        "available_at" | "ingested_at" => at(&|row| Some(row.available_at.micros())),
        "availability" => text(&|row| Some(row.availability.name())),
        "backcast" => Arc::new(rows.iter().map(|row| Some(row.backcast)).collect::<BooleanArray>()),
        "payload" => Arc::new(rows.iter().map(|_| Some("0".repeat(64))).collect::<StringArray>()),
        _ => return None,
    })
}

/// What an exchange says of the size of a contract; a file says nothing.
fn of_definition(rows: &[&Row], value: impl Fn(&str) -> f64) -> ArrayRef {
    let said = |row: &&Row| match row.of {
        Of::Definition { origin: "exchange", asset, .. } => Some(value(asset)),
        _ => None,
    };
    Arc::new(rows.iter().map(said).collect::<Float64Array>())
}
