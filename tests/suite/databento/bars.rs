//! Hours and UTC days to bars of trade dates.

use contango::time::IngestTime;
use dbn::Schema;

use super::write::{File, nanos};
use super::{OBSERVED, lines, parse, parse_with, reasons};

const COLUMNS: &[&str] = &["as_of", "symbol", "instrument_id", "open", "high", "low", "close", "volume"];

fn daily(start: &str, end: &str) -> File {
    File::new(Schema::Ohlcv1D, "ES", start, end).map("ESH4", 17, "2023-01-01", "2025-01-01")
}

/// A bar a day, each with prices of its own: open, high = open + 2, low = open - 2, close = open + 1.
fn days(file: File, days: &[&str]) -> File {
    days.iter().enumerate().fold(file, |file, (n, day)| {
        let open = 100.0 + 10.0 * n as f64;
        file.bar(17, day, [open, open + 2.0, open - 2.0, open + 1.0], 10 + n as u64)
    })
}

#[test]
fn a_full_week_has_five_bars_and_sunday_is_part_of_mondays() {
    let week = ["2024-01-07", "2024-01-08", "2024-01-09", "2024-01-10", "2024-01-11", "2024-01-12"];
    let parsed = parse(days(daily("2024-01-07", "2024-01-13"), &week).zstd()).expect("a good file");
    assert_eq!(
        lines(&parsed, "futures_ohlcv", COLUMNS),
        [
            "2024-01-08 ESH4 17 100.0 112.0 98.0 111.0 21",
            "2024-01-09 ESH4 17 120.0 122.0 118.0 121.0 12",
            "2024-01-10 ESH4 17 130.0 132.0 128.0 131.0 13",
            "2024-01-11 ESH4 17 140.0 142.0 138.0 141.0 14",
            "2024-01-12 ESH4 17 150.0 152.0 148.0 151.0 15",
        ]
    );
    let known = lines(&parsed, "futures_ohlcv", &["basis", "session_start", "session_end", "release_at", "release_grade"]);
    assert_eq!(known[0], "utc_day 2024-01-07T00:00:00Z 2024-01-09T00:00:00Z 2024-01-09T00:00:00Z rule");
    assert_eq!((parsed.rows_read, parsed.rejections.len()), (6, 0));
    assert_eq!(parsed.shelf.as_deref(), Some("ohlcv-1d/ES"));
}

#[test]
fn the_week_of_kings_day_has_four_bars() {
    let week = ["2024-01-14", "2024-01-15", "2024-01-16", "2024-01-17", "2024-01-18", "2024-01-19"];
    let parsed = parse(days(daily("2024-01-14", "2024-01-20"), &week).plain()).expect("a good file");
    let bars = lines(&parsed, "futures_ohlcv", COLUMNS);
    assert_eq!(bars.len(), 4);
    assert_eq!(bars[0], "2024-01-16 ESH4 17 100.0 122.0 98.0 121.0 33", "Sunday, the holiday and Tuesday");
}

#[test]
fn the_order_of_records_means_nothing() {
    let forward = ["2024-01-07", "2024-01-08", "2024-01-09"];
    let ordered = parse(days(daily("2024-01-07", "2024-01-13"), &forward).plain()).expect("a good file");
    let mixed = daily("2024-01-07", "2024-01-13")
        .bar(17, "2024-01-09", [120.0, 122.0, 118.0, 121.0], 12)
        .bar(17, "2024-01-08", [110.0, 112.0, 108.0, 111.0], 11)
        .bar(17, "2024-01-07", [100.0, 102.0, 98.0, 101.0], 10);
    let mixed = parse(mixed.plain()).expect("a good file");
    assert_eq!(lines(&ordered, "futures_ohlcv", COLUMNS), lines(&mixed, "futures_ohlcv", COLUMNS));
}

#[test]
fn half_a_bar_is_no_bar() {
    let monday_alone = parse(days(daily("2024-01-08", "2024-01-10"), &["2024-01-08", "2024-01-09"]).plain()).expect("a good file");
    assert_eq!(lines(&monday_alone, "futures_ohlcv", &["as_of"]), ["2024-01-09"]);
    assert_eq!(
        reasons(&monday_alone),
        ["the bar of 2024-01-08 covers 2024-01-07 00:00:00Z to 2024-01-09 00:00:00Z, and the file 2024-01-08 00:00:00Z to \
          2024-01-10 00:00:00Z: ask for a window that begins and ends between bars"]
    );
    let ends_on_sunday = parse(days(daily("2024-01-11", "2024-01-15"), &["2024-01-12", "2024-01-14"]).plain()).expect("a good file");
    assert_eq!(lines(&ends_on_sunday, "futures_ohlcv", &["as_of"]), ["2024-01-12"]);
    assert_eq!(ends_on_sunday.rejections.len(), 1);
}

#[test]
fn a_day_that_was_not_over_when_the_file_was_read_is_no_bar() {
    let file = || days(daily("2024-01-09", "2024-01-11"), &["2024-01-09", "2024-01-10"]).plain();
    let at = |at: &str| parse_with(file(), None, IngestTime::from_micros((nanos(at) / 1_000) as i64)).expect("a good file");
    let early = at("2024-01-10 23:59");
    assert_eq!(lines(&early, "futures_ohlcv", &["as_of"]), ["2024-01-09"]);
    assert!(reasons(&early)[0].ends_with("the file was read before that was over: ask for it again"), "{:?}", early.rejections);
    assert_eq!(lines(&at("2024-01-11 00:00"), "futures_ohlcv", &["as_of"]), ["2024-01-09", "2024-01-10"]);
}

#[test]
fn a_file_that_stops_at_its_limit_may_lack_the_rest() {
    let file = |limit| days(daily("2024-01-09", "2024-01-12"), &["2024-01-09", "2024-01-10"]).limit(limit).plain();
    let bars = |limit| lines(&parse(file(limit)).expect("a good file"), "futures_ohlcv", &["as_of"]);
    assert_eq!(bars(2), ["2024-01-09"]);
    assert_eq!(bars(3), ["2024-01-09", "2024-01-10"]);
}

/// Every hour from one instant up to another, each a point higher than the one before.
fn hours(file: File, start: &str, end: &str) -> File {
    let (start, end) = (nanos(start), nanos(end));
    let hour = 3_600_000_000_000_usize;
    (start..end).step_by(hour).enumerate().fold(file, |file, (n, at)| {
        let at = chrono::DateTime::from_timestamp_nanos(at as i64).format("%Y-%m-%d %H:%M").to_string();
        let price = 100.0 + n as f64;
        file.bar(17, &at, [price, price + 0.5, price - 0.5, price + 0.25], 1)
    })
}

#[test]
fn hours_make_sessions_in_winter_in_summer_and_between() {
    let file = File::new(Schema::Ohlcv1H, "ES", "2024-03-07 23:00", "2024-03-12 21:00").map("ESM4", 17, "2024-01-01", "2025-01-01");
    // Friday of the winter, then Monday and Tuesday of the summer; the pauses have no hours
    let file = hours(hours(file, "2024-03-07 23:00", "2024-03-08 22:00"), "2024-03-10 22:00", "2024-03-11 21:00");
    let parsed = parse(hours(file, "2024-03-11 22:00", "2024-03-12 21:00").zstd()).expect("a good file");
    assert_eq!(
        lines(&parsed, "futures_ohlcv", &["as_of", "basis", "open", "high", "low", "close", "volume", "session_start", "release_at"]),
        [
            "2024-03-08 session 100.0 122.5 99.5 122.25 23 2024-03-07T23:00:00Z 2024-03-08T22:00:00Z",
            "2024-03-11 session 100.0 122.5 99.5 122.25 23 2024-03-10T22:00:00Z 2024-03-11T21:00:00Z",
            "2024-03-12 session 100.0 122.5 99.5 122.25 23 2024-03-11T22:00:00Z 2024-03-12T21:00:00Z",
        ]
    );
    assert!(parsed.rejections.is_empty(), "{:?}", parsed.rejections);
}

#[test]
fn a_session_that_the_window_cuts_is_set_aside() {
    let file = File::new(Schema::Ohlcv1H, "ES", "2024-01-10", "2024-01-11 22:00").map("ESH4", 17, "2024-01-01", "2025-01-01");
    let file = hours(hours(file, "2024-01-10 00:00", "2024-01-10 22:00"), "2024-01-10 23:00", "2024-01-11 22:00");
    let parsed = parse(file.plain()).expect("a good file");
    assert_eq!(lines(&parsed, "futures_ohlcv", &["as_of", "volume"]), ["2024-01-11 23"]);
    assert_eq!(parsed.rejections.len(), 22);
    assert!(reasons(&parsed)[0].starts_with("the bar of 2024-01-10 covers 2024-01-09 23:00:00Z to 2024-01-10 22:00:00Z"));
}

#[test]
fn what_cannot_be_right_is_set_aside_with_all_of_its_bar() {
    let file = daily("2024-01-07", "2024-01-13")
        .bar(17, "2024-01-07", [100.0, 101.0, 99.0, 105.0], 1)
        .bar(17, "2024-01-08", [100.0, 101.0, 99.0, 100.0], 1)
        .bar(17, "2024-01-09", [100.0, 101.0, 99.0, 100.0], 1)
        .bar(17, "2024-01-10", [100.0, 98.0, 99.0, 100.0], 1)
        .bar(17, "2024-01-11", [-1.0, 1.0, -2.0, 1.0], 1);
    let parsed = parse(file.plain()).expect("a good file");
    // a close outside of what was traded is told, and for `check` to show
    assert_eq!(lines(&parsed, "futures_ohlcv", &["as_of"]), ["2024-01-08", "2024-01-09"]);
    assert_eq!(parsed.warnings, ["bars that were taken although open or close is not between low and high: 1"]);
    assert_eq!(reasons(&parsed), ["the high is below the low", "a price is not positive"]);
}

#[test]
fn a_bar_that_stands_twice_counts_once_and_two_different_ones_not_at_all() {
    let file = daily("2024-01-09", "2024-01-11")
        .bar(17, "2024-01-09", [100.0, 101.0, 99.0, 100.0], 5)
        .bar(17, "2024-01-09", [100.0, 101.0, 99.0, 100.0], 5)
        .bar(17, "2024-01-10", [100.0, 101.0, 99.0, 100.0], 5)
        .bar(17, "2024-01-10", [100.0, 101.0, 99.0, 100.5], 5);
    let parsed = parse(file.plain()).expect("a good file");
    assert_eq!(lines(&parsed, "futures_ohlcv", &["as_of", "volume"]), ["2024-01-09 5"]);
    assert_eq!((parsed.repeats_within, parsed.rejections.len()), (1, 2));
}

#[test]
fn a_spread_may_be_negative_and_a_bar_after_the_last_day_is_told() {
    let file = daily("2024-03-14", "2024-03-22").map("ESH4-ESM4", 18, "2024-01-01", "2025-01-01");
    let file = file.bar(18, "2024-03-14", [-60.0, -59.0, -61.0, -60.5], 3).bar(17, "2024-03-19", [100.0, 101.0, 99.0, 100.0], 5);
    let parsed = parse(file.plain()).expect("a good file");
    assert_eq!(lines(&parsed, "futures_ohlcv", &["as_of", "symbol", "low"]), ["2024-03-19 ESH4 99.0", "2024-03-14 ESH4-ESM4 -61.0"]);
    assert_eq!(parsed.warnings, ["bars that were taken although the bar is after the last trade day: 1"]);
}

#[test]
fn a_number_and_a_symbol_that_come_back_name_what_they_named_then() {
    let file = File::new(Schema::Ohlcv1D, "ES", "2016-01-03", "2026-03-01");
    let file = file.map("ESH6", 17, "2016-01-01", "2016-03-20").map("ESM9", 17, "2018-01-01", "2019-07-01").map(
        "ESH6",
        90,
        "2025-01-01",
        "2026-04-01",
    );
    let file = ["2016-02-02", "2019-02-05", "2020-02-05"].iter().fold(file, |file, day| file.bar(17, day, [9.0, 9.0, 9.0, 9.0], 1));
    let parsed = parse(file.bar(90, "2026-02-03", [9.0, 9.0, 9.0, 9.0], 1).plain()).expect("a good file");
    let bars = lines(&parsed, "futures_ohlcv", &["as_of", "symbol", "instrument_id"]);
    assert_eq!(bars, ["2016-02-02 ESH6 17", "2019-02-05 ESM9 17", "2026-02-03 ESH6 90"]);
    assert!(reasons(&parsed)[0].starts_with("no symbol is known for instrument id 17 on 2020-02-05"), "{:?}", parsed.rejections);
}

#[test]
fn a_market_without_a_calendar_trades_every_day() {
    let file = File::new(Schema::Ohlcv1D, "QQX", "2024-01-06", "2024-01-09").map("QQXH4", 17, "2024-01-01", "2025-01-01");
    let file = ["2024-01-06", "2024-01-07", "2024-01-08"].iter().fold(file, |file, day| file.bar(17, day, [0.0, 0.0, 0.0, 0.0], 1));
    let parsed = parse_with(file.plain(), None, OBSERVED).expect("a good file");
    assert_eq!(lines(&parsed, "futures_ohlcv", &["as_of"]), ["2024-01-06", "2024-01-07", "2024-01-08"]);
    assert_eq!(parsed.warnings, ["bars that were taken although a price is not positive: 3"]);
}
