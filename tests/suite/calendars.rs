//! Calendars held against those of others, day by day: every difference is listed, with who is right. The facts of others are read from the
//! folder of real files; without it the tests say that they were skipped.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate, Weekday};
use contango::config::Config;
use contango::time::business::BusinessCalendar;

fn folder() -> Option<std::path::PathBuf> {
    let folder = std::env::var_os("CONTANGO_REAL_DATA").map(|root| std::path::PathBuf::from(root).join("calendars"));
    if folder.is_none() {
        println!("skipped: CONTANGO_REAL_DATA is unset");
    }
    folder
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

/// Weekday closures by calendar, as two Python packages have them.
fn closures(folder: &std::path::Path) -> BTreeMap<String, BTreeSet<NaiveDate>> {
    let mut lines = csv::Reader::from_path(folder.join("weekday_closures_1990_2026.csv")).expect("the file is there");
    let mut all: BTreeMap<String, BTreeSet<NaiveDate>> = BTreeMap::new();
    for line in lines.records() {
        let line = line.expect("a whole line");
        all.entry(line[0].to_string()).or_default().insert(day(&line[2]));
    }
    all
}

/// Weekdays from `from` to `to` that one of the two has closed and the other has not: theirs alone, ours alone.
fn differences(theirs: &BTreeSet<NaiveDate>, is_open: impl Fn(NaiveDate) -> bool, from: &str, to: &str) -> [Vec<String>; 2] {
    let weekdays = day(from).iter_days().take_while(|at| *at <= day(to));
    let weekdays: Vec<NaiveDate> = weekdays.filter(|at| !matches!(at.weekday(), Weekday::Sat | Weekday::Sun)).collect();
    let of = |closed: bool| {
        let days = weekdays.iter().filter(|at| theirs.contains(at) == closed && is_open(**at) == closed);
        days.map(ToString::to_string).collect()
    };
    [of(true), of(false)]
}

fn none() -> [Vec<String>; 2] {
    [Vec::new(), Vec::new()]
}

#[test]
fn the_stock_exchanges_of_new_york() {
    let Some(folder) = folder() else { return };
    let open = |at| BusinessCalendar::UnitedStatesStocks.is_business_day(at);
    assert_eq!(differences(&closures(&folder)["XNYS"], open, "1990-02-19", "2026-12-25"), none());
}

#[test]
fn the_bond_market() {
    let Some(folder) = folder() else { return };
    let open = |at| BusinessCalendar::UnitedStatesBonds.is_business_day(at);
    let [theirs, ours] = differences(&closures(&folder)["SIFMAUS"], open, "1990-01-15", "2026-12-25");
    // ours is right: on a Good Friday with an employment report the Treasury published its curve
    assert_eq!(theirs, ["1996-04-05", "1999-04-02", "2007-04-06", "2010-04-02", "2012-04-06", "2015-04-03"]);
    // ours is right: mourning, the attacks and a hurricane left no curve; Good Friday of 2025 had no employment report and none either
    assert_eq!(ours, ["1994-04-27", "2001-09-11", "2001-09-12", "2004-06-11", "2012-10-30", "2018-12-05", "2025-04-18"]);
    let mut lines = csv::Reader::from_path(folder.join("us_treasury_curve_days_vs_contango_US.csv")).expect("the file is there");
    for line in lines.records() {
        let line = line.expect("a whole line");
        assert_eq!(open(day(&line[0])), &line[3] == "yes", "{}: {}", &line[0], &line[4]);
    }
}

#[test]
fn the_exchange_and_the_banks_of_brazil() {
    let Some(folder) = folder() else { return };
    let open = |at| BusinessCalendar::BrazilExchange.is_business_day(at);
    assert_eq!(differences(&closures(&folder)["BVMF"], open, "2000-01-01", "2026-12-31"), none());
    let of_file = |name: &str| -> BTreeSet<NaiveDate> {
        let text = std::fs::read_to_string(folder.join(name)).expect("the file is there");
        text.lines().filter_map(|line| line.trim().parse().ok()).collect()
    };
    assert_eq!(differences(&of_file("bizdays_B3.cal"), open, "2000-01-01", "2025-12-31"), none());
    let banks = |at| BusinessCalendar::Brazil.is_business_day(at);
    assert_eq!(differences(&of_file("bizdays_ANBIMA.cal"), banks, "2001-01-01", "2078-12-31"), none());
    let apart = differences(&of_file("bizdays_B3.cal"), banks, "2000-01-01", "2025-12-31");
    assert_eq!((apart[0].len(), apart[1].len()), (87, 0), "the exchange keeps all holidays of the banks and 87 weekdays more");
}

#[test]
fn the_futures_exchanges_of_the_united_states() {
    let Some(folder) = folder() else { return };
    let (all, config) = (closures(&folder), Config::built_in().expect("the built-in files are valid"));
    let open_in = |root: &'static str| {
        let calendar = config.calendar_of(root).clone();
        move |at: NaiveDate| calendar.is_trade_date(at)
    };
    let [theirs, ours] = differences(&all["CMES"], open_in("ES"), "1998-01-01", "2026-12-25");
    // ours is right: the exchange published settlements of these short days; a continuous series has their rows
    assert_eq!(theirs, ["2004-06-11", "2007-01-02", "2018-12-05", "2025-01-09"]);
    // ours is right: the package takes a holiday with trading hours for a trade date of its own, and does not know of September 2001
    let is_of_law = |text: &String| !BusinessCalendar::UnitedStatesStocks.is_business_day(day(text));
    assert!(ours.iter().all(is_of_law), "{ours:?}");
    assert!(["2001-09-12", "2001-09-13", "2001-09-14"].iter().all(|closed| ours.iter().any(|text| text == closed)));
    let [theirs, ours] = differences(&all["CMEGlobex_Crude"], open_in("CL"), "1998-01-01", "2026-12-25");
    assert_eq!(theirs, Vec::<String>::new());
    assert!(ours.iter().all(|text| is_of_law(text) || text == "2004-06-11"), "{ours:?}");
    let [theirs, ours] = differences(&all["CFE"], open_in("VX"), "2004-03-26", "2026-12-25");
    assert_eq!(theirs, Vec::<String>::new());
    // not settled: the package has short days on these Good Fridays, and 2025-01-09 as a day of trading; ours knows their bars later
    assert_eq!(
        ours,
        ["2004-04-09", "2009-04-10", "2010-04-02", "2015-04-03", "2016-03-25", "2020-04-10", "2021-04-02", "2025-01-09", "2026-04-03"]
    );
}
