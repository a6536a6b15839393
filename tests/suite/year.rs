//! A year made by hand: what a person with a newspaper could know on each day, written down, against what the engine says on each day. The
//! figures are of 2022 and 2023 in Brazil and of 2013 and 2024 in the United States: a strike, a shutdown, carnival, a leap day, summer time.

use chrono::NaiveDate;
use contango::config::Config;
use contango::time::KnowledgeTime;

/// A figure, the day that it is of, and the first instant at which a person could have read it.
const KNOWN: &[(&str, &str, &str, &str)] = &[
    // the weeks of the strike: four at once, then nine at once
    ("bcb_focus", "FOCUS_IPCA_ANNUAL", "2022-03-25", "2022-03-28 12:00:00Z"),
    ("bcb_focus", "FOCUS_IPCA_ANNUAL", "2022-04-01", "2022-04-26 12:00:00Z"),
    ("bcb_focus", "FOCUS_IPCA_ANNUAL", "2022-04-22", "2022-04-26 12:00:00Z"),
    ("bcb_focus", "FOCUS_IPCA_ANNUAL", "2022-05-06", "2022-07-08 11:30:00Z"),
    ("bcb_focus", "FOCUS_IPCA_ANNUAL", "2022-07-01", "2022-07-08 11:30:00Z"),
    ("bcb_focus", "FOCUS_IPCA_ANNUAL", "2022-07-08", "2022-07-11 12:00:00Z"),
    // carnival of a leap year, in the slowdown: Thursdays
    ("bcb_focus", "FOCUS_IPCA_ANNUAL", "2024-02-09", "2024-02-16 02:59:00Z"),
    ("bcb_focus", "FOCUS_IPCA_ANNUAL", "2024-02-16", "2024-02-23 02:59:00Z"),
    ("bcb_focus", "FOCUS_IPCA_ANNUAL", "2024-02-29", "2024-03-06 02:59:00Z"),
    // carnival of a usual year
    ("bcb_focus", "FOCUS_IPCA_ANNUAL", "2025-02-28", "2025-03-06 02:59:00Z"),
    // exchange contracts: every day of a stretch at once
    ("bcb_fx_flow", "FX_TOTAL_NET", "2022-04-08", "2022-07-14 02:59:00Z"),
    ("bcb_fx_flow", "FX_TOTAL_NET", "2022-08-05", "2022-08-18 02:59:00Z"),
    ("bcb_fx_flow", "FX_TOTAL_NET", "2024-01-05", "2024-01-12 02:59:00Z"),
    ("bcb_fx_flow", "FX_TOTAL_NET", "2025-02-28", "2025-03-06 21:00:00Z"),
    ("bcb_fx_flow", "FX_TOTAL_NET", "2024-05-10", "2024-05-15 21:00:00Z"),
    // notes of the strike
    ("bcb_sgs", "20539", "2022-03-01", "2022-07-28 02:59:00Z"),
    ("bcb_sgs", "22701", "2022-03-01", "2022-07-25 12:30:00Z"),
    ("bcb_sgs", "24363", "2022-04-01", "2022-07-07 19:30:00Z"),
    ("stn_fiscal", "PRIMARY_12M", "2022-06-01", "2022-09-01 02:59:00Z"),
    ("stn_fiscal", "PRIMARY_12M", "2024-09-01", "2024-11-11 11:30:00Z"),
    ("bcb_sgs", "21859", "2023-01-01", "2023-03-30 12:00:00Z"),
    // summer time of Brazil, which ended on 2018-02-18
    ("bcb_sgs", "433", "2018-01-01", "2018-02-08 11:00:00Z"),
    ("bcb_sgs", "433", "2018-02-01", "2018-03-09 12:00:00Z"),
];

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

#[test]
fn every_day_says_what_a_person_could_know() {
    let config = Config::built_in().expect("the built-in files are valid");
    for (source, id, as_of, first) in KNOWN {
        let series = config.series(source, id).expect("a series");
        let released = series.released_by_rule(day(as_of)).expect("a release").at;
        let first = KnowledgeTime::parse(first).expect("an instant");
        // each midnight of the months around it
        for midnight in day(as_of).iter_days().take(250) {
            let clock = KnowledgeTime::from_micros(midnight.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_micros());
            assert_eq!(
                released <= clock,
                first <= clock,
                "{source} {id} of {as_of} on {midnight}: known at {released}, a person at {first}"
            );
        }
        assert_eq!(released, first, "{source} {id} of {as_of}");
    }
}

#[test]
fn the_american_year_of_the_shutdown_is_known_by_its_days() {
    let config = Config::built_in().expect("the built-in files are valid");
    let calendar = config.cot_calendar();
    // the weekly report: the last before the shutdown, the catch-up, and the first usual one
    for (as_of, first) in [
        ("2013-09-24", "2013-09-27 19:30:00Z"),
        ("2013-10-01", "2013-10-25 19:30:00Z"),
        ("2013-10-22", "2013-11-01 19:30:00Z"),
        ("2013-10-29", "2013-11-06 20:30:00Z"),
        ("2013-11-05", "2013-11-08 20:30:00Z"),
        ("2024-02-27", "2024-03-01 20:30:00Z"),
        ("2024-03-05", "2024-03-08 20:30:00Z"),
        ("2024-03-12", "2024-03-15 19:30:00Z"),
    ] {
        assert_eq!(calendar.release("tff", day(as_of)).at.to_string(), first, "{as_of}");
    }
    let due = |as_of: &str, known_on: &str| {
        let dates = config.series("fred", "PAYEMS").and_then(|series| series.rule.clone()).expect("a rule");
        dates.due(day(as_of), day(known_on)).expect("an instant").to_string()
    };
    assert_eq!(due("2013-09-30", "2013-10-05"), "2013-10-10 12:30:00Z", "nobody knew when");
    assert_eq!(due("2013-09-30", "2013-10-22"), "2013-10-22 12:30:00Z");
}
