//! Statistics and definitions: what is kept of each publication, and under which stamp.

use dbn::{Schema, StatType};

use super::write::{File, nanos, write};
use super::{lines, parse, reasons};

const FIGURES: &[&str] = &["as_of", "stat", "symbol", "value", "final", "release_at", "release_grade"];

fn statistics() -> File {
    File::new(Schema::Statistics, "ES", "2024-01-08", "2024-01-13").map("ESH4", 17, "2024-01-01", "2025-01-01")
}

#[test]
fn every_publication_of_a_figure_is_a_vintage() {
    let file = statistics()
        .figure(17, StatType::SettlementPrice, "2024-01-09", "2024-01-09 21:05", Some(4_790.25), 0)
        .figure(17, StatType::SettlementPrice, "2024-01-09", "2024-01-10 05:30", Some(4_790.5), 1)
        .figure(17, StatType::OpenInterest, "2024-01-09", "2024-01-10 12:45", Some(2_200_000.0), 255)
        .figure(17, StatType::ClearedVolume, "2024-01-09", "2024-01-10 12:45", Some(1_500_000.0), 0)
        .figure(17, StatType::ClearedVolume, "2024-01-09", "2024-01-10 13:00", None, 0)
        .figure(17, StatType::OpeningPrice, "2024-01-09", "2024-01-09 13:00", Some(1.0), 0);
    let parsed = parse(file.zstd()).expect("a good file");
    assert_eq!(
        lines(&parsed, "futures_statistics", FIGURES),
        [
            "2024-01-09 settlement ESH4 4790.25 false 2024-01-09T21:05:00Z stamped",
            "2024-01-09 settlement ESH4 4790.5 true 2024-01-10T05:30:00Z stamped",
            "2024-01-09 cleared_volume ESH4 1500000.0 NULL 2024-01-10T12:45:00Z stamped",
            "2024-01-09 cleared_volume ESH4 NULL NULL 2024-01-10T13:00:00Z stamped",
            "2024-01-09 open_interest ESH4 2200000.0 NULL 2024-01-10T12:45:00Z stamped",
        ]
    );
    assert_eq!(parsed.kind, "GLBX.MDP3 statistics ES, 1 other statistics not kept (1 OpeningPrice)");
}

#[test]
fn of_two_figures_under_one_stamp_the_later_in_sequence_holds() {
    let figure = |sequence, price| {
        move |record: &mut dbn::StatMsg| {
            record.stat_type = StatType::SettlementPrice as u16;
            record.ts_ref = nanos("2024-01-09");
            record.ts_recv = nanos("2024-01-09 21:05");
            record.price = price;
            record.sequence = sequence;
        }
    };
    let file = statistics().statistic(17, figure(9, 2_000_000_000)).statistic(17, figure(8, 1_000_000_000));
    let parsed = parse(file.plain()).expect("a good file");
    assert_eq!(lines(&parsed, "futures_statistics", &["value", "final"]), ["2.0 false"]);
}

#[test]
fn a_figure_without_its_day_its_stamp_or_its_symbol_is_set_aside() {
    let fill = |ts_ref, ts_recv| {
        move |record: &mut dbn::StatMsg| {
            record.stat_type = StatType::OpenInterest as u16;
            (record.ts_ref, record.ts_recv, record.quantity) = (ts_ref, ts_recv, 7);
        }
    };
    let (day, at) = (nanos("2024-01-09"), nanos("2024-01-10 12:45"));
    let file = statistics().statistic(17, fill(u64::MAX, at)).statistic(17, fill(day, u64::MAX)).statistic(99, fill(day, at));
    let parsed = parse(file.plain()).expect("a good file");
    assert!(parsed.batches.is_empty());
    let reasons = reasons(&parsed);
    assert!(reasons[0].contains("no ts_ref") && reasons[1].contains("no ts_recv"), "{reasons:?}");
    assert!(reasons[2].starts_with("no symbol is known for instrument id 99 on 2024-01-10"), "{reasons:?}");
}

fn definitions() -> File {
    File::new(Schema::Definition, "ES", "2024-01-08", "2024-01-13")
}

#[test]
fn a_definition_that_is_sent_again_is_one_row_and_a_change_another() {
    let sent = |file: File, at, to| file.outright(17, "ESH4", "2022-12-16", to, at);
    let file = sent(sent(definitions(), "2024-01-08 06:00", "2024-03-15 13:30"), "2024-01-09 06:00", "2024-03-15 13:30");
    let file = sent(sent(file, "2024-01-10 06:00", "2024-03-14 13:30"), "2024-01-11 06:00", "2024-03-15 13:30");
    let parsed = parse(file.zstd()).expect("a good file");
    let columns =
        ["as_of", "symbol", "instrument_class", "user_defined", "asset", "maturity", "expiration", "min_price_increment", "release_at"];
    assert_eq!(
        lines(&parsed, "futures_definitions", &columns),
        [
            "2022-12-16 ESH4 future false ES 2024-03 2024-03-15T13:30:00Z 0.25 2024-01-08T06:00:00Z",
            "2022-12-16 ESH4 future false ES 2024-03 2024-03-14T13:30:00Z 0.25 2024-01-10T06:00:00Z",
            "2022-12-16 ESH4 future false ES 2024-03 2024-03-15T13:30:00Z 0.25 2024-01-11T06:00:00Z",
        ]
    );
    assert_eq!((parsed.repeats_within, parsed.warnings.len()), (1, 0));
}

#[test]
fn the_legs_of_a_spread_are_put_together() {
    let leg = |index, n, side: u8, name: &'static str| {
        move |record: &mut dbn::InstrumentDefMsg| {
            record.instrument_class = b'S' as _;
            (record.leg_count, record.leg_index) = (n, index);
            record.leg_side = side as _;
            (record.leg_ratio_qty_numerator, record.leg_ratio_qty_denominator) = (1, 1);
            write(&mut record.leg_raw_symbol, name);
            record.expiration = nanos("2024-03-15 13:30");
        }
    };
    let at = "2024-01-08 06:00";
    let file = definitions()
        .definition(18, "ESH4-ESM4", at, leg(0, 2, b'B', "ESH4"))
        .definition(18, "ESH4-ESM4", at, leg(1, 2, b'A', "ESM4"))
        .definition(19, "UD:1V: GN 2713", at, leg(0, 2, b'B', "ESH4"));
    let parsed = parse(file.plain()).expect("a good file");
    let rows = lines(&parsed, "futures_definitions", &["symbol", "as_of", "instrument_class", "legs"]);
    assert_eq!(rows, ["ESH4-ESM4 2024-01-08 future_spread +1 ESH4 -1 ESM4"]);
    assert_eq!(reasons(&parsed), ["1 of the 2 legs of the definition are not in the file"]);
}

#[test]
fn a_contract_that_has_no_end_is_told() {
    let file = definitions().definition(17, "ESH4", "2024-01-08 06:00", |record| {
        record.instrument_class = b'F' as _;
        record.user_defined_instrument = b'Y' as _;
    });
    let parsed = parse(file.plain()).expect("a good file");
    let rows = lines(&parsed, "futures_definitions", &["as_of", "symbol", "user_defined", "expiration", "maturity", "min_price_increment"]);
    assert_eq!(rows, ["2024-01-08 ESH4 true NULL NULL NULL"]);
    assert_eq!(parsed.warnings, ["definitions without an expiration: 1"]);
}
