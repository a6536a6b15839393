//! A made-up curve in the exact shape of the provider's yearly file, for the demo and for tests. **Every figure is made up**: a smooth curve
//! that drifts from day to day by a generator that gives the same numbers on every machine. Like the true files it is newest first, quoted,
//! ends without a line end, and one maturity begins in the middle of the year.

use std::fmt::Write as _;

use chrono::{Datelike, NaiveDate};

use crate::sources::chance::Chance;
use crate::time::business::BusinessCalendar;

/// The columns, and the years of each.
const TENORS: [(&str, f64); 13] = [
    ("1 Mo", 1.0 / 12.0),
    ("2 Mo", 2.0 / 12.0),
    ("3 Mo", 3.0 / 12.0),
    ("4 Mo", 4.0 / 12.0),
    ("6 Mo", 0.5),
    ("1 Yr", 1.0),
    ("2 Yr", 2.0),
    ("3 Yr", 3.0),
    ("5 Yr", 5.0),
    ("7 Yr", 7.0),
    ("10 Yr", 10.0),
    ("20 Yr", 20.0),
    ("30 Yr", 30.0),
];
/// The first day of the four months.
const FOUR_MONTHS_SINCE: NaiveDate = NaiveDate::from_ymd_opt(2023, 7, 3).expect("a day");
const YEAR: i32 = 2023;

/// Name and bytes of the file.
pub fn file() -> (String, Vec<u8>) {
    let mut chance = Chance::of("US_PAR");
    let days = NaiveDate::from_ymd_opt(YEAR, 1, 1).expect("a day").iter_days().take_while(|day| day.year() == YEAR);
    let (mut level, mut slope) = (4.2, -0.6);
    let mut lines: Vec<String> = Vec::new();
    for day in days.filter(|day| BusinessCalendar::UnitedStatesBonds.is_business_day(*day)) {
        level += 0.04 * chance.step();
        slope += 0.02 * chance.step();
        let mut line = day.format("%m/%d/%Y").to_string();
        for (name, years) in TENORS {
            let is_published = name != "4 Mo" || day >= FOUR_MONTHS_SINCE;
            match is_published {
                true => write!(line, ",{:.2}", level + slope * (1.0 - (-years / 4.0_f64).exp())).expect("a text takes all"),
                false => line.push(','),
            }
        }
        lines.push(line);
    }
    let heading: Vec<String> = TENORS.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    lines.push(format!("Date,{}", heading.join(",")));
    lines.reverse();
    ("made_up_par_yields_2023.csv".to_string(), lines.join("\n").into_bytes())
}

/// The maturities of the real curve, as the provider writes them there.
const REAL_TENORS: [(&str, f64); 5] = [("5 YR", 5.0), ("7 YR", 7.0), ("10 YR", 10.0), ("20 YR", 20.0), ("30 YR", 30.0)];

/// Name and bytes of a file of the real curve over the same year.
pub fn real_file() -> (String, Vec<u8>) {
    let mut chance = Chance::of("US_REAL_PAR");
    let days = NaiveDate::from_ymd_opt(YEAR, 1, 1).expect("a day").iter_days().take_while(|day| day.year() == YEAR);
    let (mut level, mut slope) = (1.7, 0.2);
    let mut lines: Vec<String> = Vec::new();
    for day in days.filter(|day| BusinessCalendar::UnitedStatesBonds.is_business_day(*day)) {
        level += 0.03 * chance.step();
        slope += 0.01 * chance.step();
        let mut line = day.format("%m/%d/%Y").to_string();
        for (_, years) in REAL_TENORS {
            write!(line, ",{:.2}", level + slope * (1.0 - (-years / 8.0_f64).exp())).expect("a text takes all");
        }
        lines.push(line);
    }
    let heading: Vec<String> = REAL_TENORS.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    lines.push(format!("Date,{}", heading.join(",")));
    lines.reverse();
    ("made_up_real_par_yields_2023.csv".to_string(), lines.join("\n").into_bytes())
}
