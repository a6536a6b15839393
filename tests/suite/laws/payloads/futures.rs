//! Bars, figures and definitions of a few futures: a vendor's table, and the files of Databento.

use chrono::{Datelike, NaiveDate};
use contango::time::IngestTime;
use dbn::{Schema, StatType};

use super::story::{Story, date, eighths, shown, weekdays};
use super::{Dice, Payloads};
use crate::databento::write::File;
use crate::support::day;

/// Symbol, root, last trade day, number.
const CONTRACTS: [(&str, &str, &str, u32); 5] = [
    ("ESH3", "ES", "2023-03-17", 17),
    ("ESM3", "ES", "2023-06-16", 18),
    ("CLG3", "CL", "2023-01-20", 31),
    ("CLH3", "CL", "2023-02-21", 32),
    ("CLJ3", "CL", "2023-03-21", 33),
];
const HOLIDAYS: [&str; 2] = ["2023-01-16", "2023-02-20"];

fn trade_dates(last: &str) -> impl Iterator<Item = NaiveDate> {
    let last = day(last);
    weekdays(34).filter(move |of| *of <= last && !HOLIDAYS.contains(&of.to_string().as_str()))
}

pub fn bars(dice: &mut Dice, story: &Story, at: IngestTime) -> Payloads {
    let mut text = "symbol,as_of,open,high,low,close,volume,settlement,open_interest,parent,expiration\n".to_string();
    let n_before = text.len();
    for (symbol, root, last, _) in CONTRACTS {
        if dice.one_in(4) {
            continue;
        }
        let says_expiration = dice.one_in(3);
        for of in shown(dice, trade_dates(last), at) {
            let close = 100 + story.whole(symbol, of, at);
            let [open, high, low, close] = [close, close + 1, close - 1, close].map(eighths);
            let settlement = story.figure(&format!("{symbol} settlement"), of, at).map(|n| eighths(100 + n)).unwrap_or_default();
            let open_interest = story.figure(&format!("{symbol} open"), of, at).map(|n| (8 * n).to_string()).unwrap_or_default();
            let volume = 8 * story.whole(&format!("{symbol} volume"), of, at);
            let expiration = if says_expiration { last } else { "" };
            text += &format!("{symbol},{of},{open},{high},{low},{close},{volume},{settlement},{open_interest},{root},{expiration}\n");
        }
    }
    if text.len() > n_before { vec![(None, text.into_bytes())] } else { Vec::new() }
}

pub fn databento(dice: &mut Dice, story: &Story, at: IngestTime) -> Payloads {
    let end = date(at).to_string();
    let root = *dice.of(&["ES", "CL"]);
    let file = |schema| File::new(schema, root, "2023-01-01", &end);
    let contracts = || CONTRACTS.into_iter().filter(|(_, of, ..)| *of == root);
    let mapped = |file: File| contracts().fold(file, |file, (symbol, _, _, id)| file.map(symbol, id, "2022-01-01", "2024-01-01"));
    let mut files = Vec::new();
    if dice.one_in(2) {
        let mut bars = mapped(file(Schema::Ohlcv1D));
        for (symbol, _, last, id) in contracts() {
            for of in shown(dice, trade_dates(last), at) {
                let close = (100 + story.whole(symbol, of, at)) as f64 / 8.0;
                let volume = 8 * story.whole(&format!("{symbol} volume"), of, at);
                bars = bars.bar(id, &of.to_string(), [close, close + 0.125, close - 0.125, close], volume);
            }
        }
        files.push(bars);
    }
    if dice.one_in(2) {
        let mut definitions = mapped(file(Schema::Definition));
        for (symbol, _, last, id) in contracts() {
            // an expiration may be moved, once, by the day on which the messages say so
            for of in weekdays(34).filter(|of| *of < date(at) && of.day() % 7 == 3) {
                let moved = story.roll((symbol, "moves")).is_multiple_of(3) && of > day("2023-01-20");
                let last = if moved { day(last) - chrono::Days::new(1) } else { day(last) };
                definitions = definitions.outright(id, symbol, "2022-03-18", &format!("{last} 13:30"), &format!("{of} 12:00"));
            }
        }
        files.push(definitions);
    }
    if dice.one_in(2) || files.is_empty() {
        let mut figures = mapped(file(Schema::Statistics));
        for (symbol, _, last, id) in contracts() {
            for of in shown(dice, trade_dates(last), at).into_iter().filter(|of| *of + chrono::Days::new(1) < date(at)) {
                let next = of + chrono::Days::new(1);
                let (settlement, open_interest) = (
                    (100 + story.roll((symbol, of, "settlement")) % 40) as f64 / 8.0,
                    (8 * (1 + story.roll((symbol, of, "open")) % 40)) as f64,
                );
                let of = of.to_string();
                figures = figures
                    .figure(id, StatType::SettlementPrice, &of, &format!("{of} 21:05"), Some(settlement), 0)
                    .figure(id, StatType::SettlementPrice, &of, &format!("{next} 05:30"), Some(settlement + 0.125), 1)
                    .figure(id, StatType::OpenInterest, &of, &format!("{next} 12:45"), Some(open_interest), 0);
            }
        }
        files.push(figures);
    }
    files.into_iter().map(|file| (None, file.zstd())).collect()
}
