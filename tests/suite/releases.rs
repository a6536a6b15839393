//! The release calendar of the Commitments of Traders, as the built-in configuration makes it: when a report became public, and what a
//! reader of the calendar could expect at some instant.

use std::sync::LazyLock;

use chrono::{Datelike, Duration, NaiveDate};
use contango::config::Config;
use contango::time::cot::{CalendarRow, CotCalendar};
use contango::time::evidence::Evidence;
use contango::time::{Availability, KnowledgeTime};
use proptest::prelude::*;

const REPORTS: [&str; 3] = ["tff", "disaggregated", "legacy"];

fn calendar() -> CotCalendar {
    static BUILT_IN: LazyLock<CotCalendar> =
        LazyLock::new(|| Config::built_in().expect("the built-in files are valid").cot_calendar().clone());
    BUILT_IN.clone()
}

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn instant(text: &str) -> KnowledgeTime {
    KnowledgeTime::parse(text).expect("an instant")
}

fn released(report: &str, as_of: &str) -> String {
    let release = calendar().release(report, date(as_of));
    format!("{} {}", release.at, release.availability.name())
}

/// The days of the weekly reports through 2027, as a reader with hindsight lists them.
fn report_days(calendar: &CotCalendar) -> Vec<NaiveDate> {
    calendar.listing(instant("2027-12-31"), 0).iter().map(|row| row.as_of).collect()
}

fn newest_at(report: &str, clock: &str) -> NaiveDate {
    let (calendar, clock) = (calendar(), instant(clock));
    let known = report_days(&calendar).into_iter().filter(|as_of| calendar.release(report, *as_of).at <= clock);
    known.max().expect("something was known")
}

fn listed(clock: &str, as_of: &str) -> CalendarRow {
    let rows = calendar().listing(instant(clock), 60);
    rows.into_iter().find(|row| row.as_of == date(as_of)).unwrap_or_else(|| panic!("{as_of} is not listed at {clock}"))
}

/// `2025-11-19 23:59 expected scheduled third_party`.
fn seen(clock: &str, as_of: &str) -> String {
    let row = listed(clock, as_of);
    let at = row.released_at.map_or("-".to_string(), |at| at.to_string());
    format!("{at} {} {}", if row.released { "released" } else { "expected" }, row.evidence)
}

#[test]
fn every_week_of_the_list_of_release_dates_is_reproduced() {
    let mut lines = csv::Reader::from_path("config/releases/cftc.csv").expect("the file is there");
    let mut count = 0;
    for line in lines.records() {
        let line = line.expect("a whole line");
        let release = calendar().release("legacy", date(&line[1]));
        let expected = instant(&line[2]);
        let grade = Evidence::from_name(&line[4]).expect("a known evidence").availability();
        assert_eq!((release.at, release.availability), (expected, grade), "{line:?}");
        count += 1;
    }
    assert_eq!(count, 84);
}

#[test]
fn the_rule_alone_explains_the_weeks_that_only_had_a_holiday() {
    let calendar = calendar();
    for (as_of, published_on) in [
        ("2012-07-03", "2012-07-09"),
        ("2012-11-20", "2012-11-26"),
        ("2014-12-23", "2014-12-30"),
        ("2015-06-30", "2015-07-06"),
        ("2018-12-04", "2018-12-10"),
        ("2021-06-15", "2021-06-21"),
        ("2024-06-18", "2024-06-24"),
        ("2024-07-02", "2024-07-08"),
        ("2024-11-26", "2024-12-02"),
        ("2024-12-24", "2024-12-30"),
        ("2025-01-07", "2025-01-13"),
        ("2025-12-23", "2025-12-31"),
        ("2025-12-30", "2026-01-05"),
        ("2026-06-16", "2026-06-22"),
        ("2026-06-30", "2026-07-06"),
    ] {
        let expected = instant(&format!("{published_on} 15:30 America/New_York"));
        assert_eq!(calendar.by_rule(date(as_of)), expected, "{as_of}");
    }
}

#[test]
fn releases_are_at_half_past_three_in_new_york_in_winter_and_in_summer() {
    assert_eq!(released("tff", "2024-01-16"), "2024-01-19 20:30:00Z rule");
    assert_eq!(released("tff", "2024-07-16"), "2024-07-19 19:30:00Z rule");
    assert_eq!(released("disaggregated", "2025-01-07"), "2025-01-13 20:30:00Z scheduled");
    assert_eq!(released("legacy", "2008-12-23"), "2008-12-30 20:30:00Z rule", "two closures");
    assert_eq!(released("legacy", "2013-10-08"), "2013-10-28 19:30:00Z scheduled");
}

#[test]
fn the_newest_report_of_days_that_people_remember() {
    for report in ["tff", "disaggregated"] {
        assert_eq!(newest_at(report, "2023-02-20T12:00Z"), date("2023-01-24"), "the ION outage");
        assert_eq!(newest_at(report, "2019-02-04T00:00Z"), date("2018-12-24"), "the shutdown of 2018-19");
        assert_eq!(newest_at(report, "2025-11-18T23:00Z"), date("2025-09-23"), "the shutdown of 2025");
    }
    assert_eq!(newest_at("tff", "2024-01-19 20:29:59Z"), date("2024-01-09"));
    assert_eq!(newest_at("tff", "2024-01-19 20:30:00Z"), date("2024-01-16"));
}

#[test]
fn no_row_is_known_before_its_report_existed() {
    assert_eq!(released("legacy", "2008-09-16"), "2008-09-19 19:30:00Z rule");
    assert_eq!(released("disaggregated", "2008-09-16"), "2010-01-01 04:59:00Z lagged");
    assert_eq!(released("disaggregated", "2009-12-22"), "2010-01-01 04:59:00Z lagged");
    assert_eq!(released("disaggregated", "2009-12-29"), "2010-01-04 20:30:00Z scheduled");
    assert_eq!(released("tff", "2010-07-13"), "2010-07-24 03:59:00Z lagged");
    assert_eq!(released("tff", "2010-07-20"), "2010-07-24 03:59:00Z lagged");
    assert_eq!(released("tff", "2010-07-27"), "2010-07-30 19:30:00Z rule");
}

#[test]
fn the_legacy_report_was_not_always_weekly() {
    assert_eq!(released("legacy", "1987-05-15"), "1987-06-16 03:59:00Z lagged");
    assert_eq!(released("legacy", "1990-05-15"), "1990-05-24 19:30:00Z lagged");
    assert_eq!(released("legacy", "1995-05-16"), "1995-05-30 19:30:00Z lagged");
    assert_eq!(released("legacy", "2000-12-26"), "2001-01-08 20:30:00Z lagged");
    assert_eq!(released("legacy", "2001-01-02"), "2001-01-08 20:30:00Z lagged");
    assert_eq!(released("legacy", "2001-01-09"), "2001-01-12 20:30:00Z rule");
}

#[test]
fn releases_come_in_the_order_of_the_days_they_describe() {
    let calendar = calendar();
    let days = report_days(&calendar);
    assert!(days.len() > 1100 && days.iter().any(|day| day.year() == 2027));
    for report in REPORTS {
        for pair in days.windows(2) {
            let (earlier, later) = (calendar.release(report, pair[0]).at, calendar.release(report, pair[1]).at);
            assert!(earlier <= later, "{report}: {} came out after {}", pair[0], pair[1]);
        }
    }
}

proptest! {
    #[test]
    fn no_report_is_out_before_the_friday_of_its_week(day in 0i64..8000, report in 0usize..3) {
        let as_of = date("2006-01-01") + Duration::days(day);
        let friday = as_of.iter_days().find(|at| at.weekday() == chrono::Weekday::Fri).expect("a Friday comes");
        let earliest = instant(&format!("{friday} 15:30 America/New_York"));
        prop_assert!(calendar().release(REPORTS[report], as_of).at >= earliest);
    }

    #[test]
    fn the_listing_tells_of_the_past_exactly_what_release_says(minutes in 0i64..10_500_000) {
        let (calendar, start) = (calendar(), instant("2007-01-01"));
        let clock = KnowledgeTime::from_micros(start.micros() + minutes * 60_000_000);
        let rows = calendar.listing(clock, 3);
        for row in &rows {
            let out = calendar.release("legacy", row.as_of).at;
            prop_assert_eq!(row.released, out <= clock, "{}", row.as_of);
            match row.released_at {
                Some(at) if row.released => prop_assert_eq!(at, out),
                Some(at) => prop_assert!(at > clock, "{} is expected in the past", row.as_of),
                None => prop_assert_eq!(row.evidence, "overdue"),
            }
            let announced = row.announced_on.is_none_or(|day| instant(&format!("{day} America/New_York")) <= clock);
            prop_assert!(row.released || announced, "{} was not announced yet", row.as_of);
        }
        prop_assert!(rows.windows(2).all(|pair| pair[0].as_of < pair[1].as_of));
    }
}

#[test]
fn the_calendar_starts_in_1986_and_goes_as_far_as_asked() {
    let rows = calendar().listing(instant("2024-01-17"), 2);
    let first: Vec<_> = rows.iter().take(4).map(|row| row.as_of.to_string()).collect();
    assert_eq!(first, ["1986-01-15", "1986-01-31", "1986-02-14", "1986-02-28"], "the middle and the end of each month");
    let weekly = rows.iter().position(|row| row.as_of == date("1992-10-06")).expect("the first week");
    assert_eq!(rows[weekly - 1].as_of, date("1992-09-30"));
    let last: Vec<_> = rows.iter().rev().take(3).map(|row| row.as_of.to_string()).collect();
    assert_eq!(last, ["2024-01-30", "2024-01-23", "2024-01-16"]);
    let old = calendar().listing(instant("1995-06-01"), 2);
    assert!(old.iter().all(|row| row.evidence == "era" && row.availability == Availability::Lagged));
    assert!(calendar().listing(instant("1985-06-01"), 2).is_empty());
}

#[test]
fn an_exceptional_date_is_shown_from_the_day_it_was_announced() {
    assert_eq!(seen("2025-09-30 12:00Z", "2025-09-30"), "2025-10-03 19:30:00Z expected rule");
    assert_eq!(seen("2025-10-20 12:00Z", "2025-09-30"), "- expected overdue");
    assert_eq!(seen("2025-11-18 04:59:59Z", "2025-09-30"), "- expected overdue");
    assert_eq!(seen("2025-11-18 05:00:00Z", "2025-09-30"), "2025-11-19 20:30:00Z expected official");
    assert_eq!(seen("2025-11-19 20:30:00Z", "2025-09-30"), "2025-11-19 20:30:00Z released official");
    assert_eq!(seen("2025-11-19 12:00Z", "2025-11-04"), "2025-12-09 20:30:00Z expected official");
    assert_eq!(seen("2025-12-08 12:00Z", "2025-12-02"), "- expected overdue");
    assert_eq!(seen("2025-12-10 12:00Z", "2025-12-02"), "2025-12-17 20:30:00Z expected official");
    assert_eq!(listed("2025-12-10 12:00Z", "2025-12-02").announced_on, Some(date("2025-12-09")));
}

#[test]
fn the_catch_up_of_2019_was_announced_before_it_began() {
    assert_eq!(seen("2019-01-30 12:00Z", "2019-01-08"), "- expected overdue");
    assert_eq!(seen("2019-02-04 00:00Z", "2018-12-24"), "2019-02-01 20:30:00Z released official");
    assert_eq!(seen("2019-02-04 00:00Z", "2018-12-31"), "2019-02-05 20:30:00Z expected official");
    assert_eq!(seen("2019-02-04 00:00Z", "2019-03-05"), "2019-03-08 20:30:00Z expected rule");
}

#[test]
fn a_date_whose_announcement_is_unknown_is_not_shown_before_the_report() {
    assert_eq!(seen("2023-02-20 12:00Z", "2023-01-31"), "- expected overdue");
    assert_eq!(listed("2023-02-20 12:00Z", "2023-01-31").note, None);
    assert_eq!(seen("2023-02-20 12:00Z", "2023-02-21"), "2023-02-24 20:30:00Z expected rule");
    assert_eq!(seen("2023-03-01 12:00Z", "2023-01-31"), "2023-02-24 20:30:00Z released official");
}

#[test]
fn closures_move_what_is_expected_only_once_they_are_known() {
    assert_eq!(seen("2024-11-20 12:00Z", "2024-11-26"), "2024-12-02 20:30:00Z expected rule");
    assert_eq!(listed("2024-11-20 12:00Z", "2024-11-26").note.as_deref(), Some("federal closure on 2024-11-28"));
    assert_eq!(seen("2025-01-08 12:00Z", "2025-01-07"), "2025-01-10 20:30:00Z expected rule");
    assert_eq!(seen("2025-01-09 12:00Z", "2025-01-07"), "2025-01-13 20:30:00Z expected rule");
    assert_eq!(seen("2021-06-16 12:00Z", "2021-06-15"), "2021-06-18 19:30:00Z expected rule", "Juneteenth was no law yet");
    assert_eq!(seen("2021-06-17 12:00Z", "2021-06-15"), "2021-06-21 19:30:00Z expected rule");
}

#[test]
fn an_inauguration_closes_washington() {
    assert_eq!(released("tff", "2017-01-17"), "2017-01-23 20:30:00Z rule", "a Friday");
    assert_eq!(released("tff", "2021-01-19"), "2021-01-25 20:30:00Z rule", "a Wednesday");
    assert_eq!(released("tff", "2025-01-21"), "2025-01-24 20:30:00Z rule", "a Monday, and a holiday anyway");
}

#[test]
fn monday_reports() {
    let days = report_days(&calendar());
    for monday in ["2012-12-24", "2012-12-31", "2017-07-03", "2018-12-24", "2018-12-31", "2020-12-21", "2023-07-03", "2025-11-10"].map(date)
    {
        assert!(days.contains(&monday) && !days.contains(&(monday + Duration::days(1))), "{monday}");
    }
    for never in ["2004-04-13", "2006-07-04", "2007-12-25", "2008-01-01"] {
        assert!(!days.contains(&date(never)), "{never}");
    }
    assert!(days.contains(&date("2014-11-11")), "a holiday, and yet the day of the report");
    assert!(calendar().listing(instant("2020-12-20"), 1).iter().any(|row| row.as_of == date("2020-12-22")), "nobody knew then");
    assert_eq!(listed("2023-07-01", "2023-07-03").availability, Availability::Rule);
}

#[test]
fn a_correction_is_known_from_its_day_on() {
    let note = |clock| listed(clock, "2017-03-28").note;
    assert_eq!(note("2017-04-04 12:00Z"), None);
    assert!(note("2017-04-06").is_some_and(|note| note.starts_with("figures corrected on 2017-04-04")));
    assert_eq!(released("disaggregated", "2017-03-28"), "2017-03-31 19:30:00Z rule", "its release stays");
    assert_eq!(calendar().corrected(date("2017-03-28")), Some(instant("2017-04-05 03:59:00Z")));
}
