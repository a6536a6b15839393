//! Made-up series in the exact shape of the provider's answers: payrolls and real output with every vintage, 2015 to 2023, for the demo and
//! for tests. **Every figure is made up** by a generator that gives the same numbers on every machine; only the days and the habits are those
//! of such series. Payrolls come on first Fridays, are revised with the next two releases, and every February a benchmark moves two years of
//! them; output comes three times, and once, in September 2023, all of it moves to the prices of another year.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

use super::body::BEGINNING;
use crate::sources::chance::Chance;

/// The first vintage has the year before it.
const FIRST: NaiveDate = NaiveDate::from_ymd_opt(2014, 1, 1).expect("a day");
const FIRST_VINTAGE: NaiveDate = NaiveDate::from_ymd_opt(2015, 1, 1).expect("a day");
const LAST_VINTAGE: NaiveDate = NaiveDate::from_ymd_opt(2023, 12, 31).expect("a day");
/// From this release on output is in the prices of another year.
const REBASED: NaiveDate = NaiveDate::from_ymd_opt(2023, 9, 28).expect("a day");
const REBASED_BY: f64 = 1.0957;

/// A series' id, and the name and bytes of its file.
pub type SampleSeries = (&'static str, (String, Vec<u8>));

/// Every series of the sample.
pub fn series() -> [SampleSeries; 2] {
    [payrolls(), output()].map(|(id, course)| (id, (format!("made_up_{id}.json"), course.into_body())))
}

/// The values of each period, each with the day from which on it stood.
#[derive(Default)]
struct Course(BTreeMap<NaiveDate, Vec<(NaiveDate, String)>>);

impl Course {
    /// What is published on a day; a value that stands already is no vintage.
    fn publish(&mut self, day: NaiveDate, date: NaiveDate, value: String) {
        let values = self.0.entry(date).or_default();
        if values.last().is_none_or(|(_, last)| *last != value) {
            values.push((day, value));
        }
    }

    fn into_body(self) -> Vec<u8> {
        let count: usize = self.0.values().map(Vec::len).sum();
        let mut text = format!(
            "{{\"realtime_start\":\"{BEGINNING}\",\"realtime_end\":\"9999-12-31\",\"observation_start\":\"1600-01-01\",\
             \"observation_end\":\"9999-12-31\",\"units\":\"lin\",\"output_type\":1,\"file_type\":\"json\",\
             \"order_by\":\"observation_date\",\"sort_order\":\"asc\",\"count\":{count},\"offset\":0,\"limit\":100000,\"observations\":["
        );
        let mut separator = "";
        for (date, values) in &self.0 {
            for (at, (from, value)) in values.iter().enumerate() {
                let to = values.get(at + 1).map_or("9999-12-31".to_string(), |(next, _)| (*next - Days::new(1)).to_string());
                let _ = write!(
                    text,
                    "{separator}{{\"realtime_start\":\"{from}\",\"realtime_end\":\"{to}\",\"date\":\"{date}\",\"value\":\"{value}\"}}"
                );
                separator = ",";
            }
        }
        text.push_str("]}");
        text.into_bytes()
    }
}

/// The periods of a series of so many months each, that have begun by the last vintage.
fn periods(months: u32) -> Vec<NaiveDate> {
    let period = |n: u32| FIRST + Months::new(n * months);
    (0..).map(period).take_while(|date| *date <= LAST_VINTAGE).collect()
}

fn is_vintage(day: NaiveDate) -> bool {
    (FIRST_VINTAGE..=LAST_VINTAGE).contains(&day)
}

/// Thousands of persons.
fn payrolls() -> (&'static str, Course) {
    let mut chance = Chance::of("PAYEMS");
    let months = periods(1);
    let mut level = 138_000.0;
    let levels: Vec<f64> = months
        .iter()
        .map(|_| {
            level += 185.0 + 90.0 * chance.step();
            level
        })
        .collect();
    let errors: Vec<[f64; 2]> = months.iter().map(|_| [75.0 * chance.step(), 35.0 * chance.step()]).collect();
    let benchmarks: Vec<(i32, f64)> = (2015..=2023).map(|year| (year, 320.0 * chance.step())).collect();
    // A benchmark is worked in over the year that ends in the March before it.
    let moved = |date: NaiveDate, by: i32| -> f64 {
        let months_of = |year: i32, month: i32| year * 12 + month;
        let share = |year: i32| {
            let since = months_of(date.year(), date.month() as i32) - months_of(year - 2, 3);
            f64::from(since.clamp(0, 12)) / 12.0
        };
        benchmarks.iter().filter(|(year, _)| *year <= by).map(|(year, shift)| shift * share(*year)).sum()
    };
    let mut course = Course::default();
    for (newest, month) in months.iter().enumerate() {
        let day = first_friday(*month + Months::new(1));
        if !is_vintage(day) {
            continue;
        }
        // The benchmark of a year comes in February, with the figure of January.
        let by = if day.month() >= 2 { day.year() } else { day.year() - 1 };
        let is_first = course.0.is_empty();
        let oldest = if is_first || month.month() == 1 { 0 } else { newest.saturating_sub(2) };
        for at in oldest..=newest {
            let error = match newest - at {
                age @ (0 | 1) => errors[at][age],
                _ => 0.0,
            };
            course.publish(day, months[at], format!("{:.0}", levels[at] + moved(months[at], by) + error));
        }
    }
    ("PAYEMS", course)
}

/// Billions of chained dollars, at an annual rate.
fn output() -> (&'static str, Course) {
    let mut chance = Chance::of("GDPC1");
    let quarters = periods(3);
    let mut level = 16_520.0;
    let levels: Vec<f64> = quarters
        .iter()
        .map(|_| {
            level *= 1.0055 + 0.005 * chance.step();
            level
        })
        .collect();
    let errors: Vec<[f64; 2]> = quarters.iter().map(|_| [0.0025 * chance.step(), 0.0012 * chance.step()]).collect();
    let mut releases: Vec<(NaiveDate, usize, usize)> = Vec::new();
    for (at, quarter) in quarters.iter().enumerate() {
        releases.extend((0..3).map(|age| (fourth_thursday(*quarter + Months::new(3 + age as u32)), at, age)));
    }
    releases.sort_unstable();
    let mut course = Course::default();
    for (day, newest, age) in releases.into_iter().filter(|(day, ..)| is_vintage(*day)) {
        let factor = if day >= REBASED { REBASED_BY } else { 1.0 };
        let oldest = if course.0.is_empty() || day == REBASED { 0 } else { newest };
        for at in oldest..=newest {
            let error = if at == newest { errors[at].get(age).copied().unwrap_or_default() } else { 0.0 };
            course.publish(day, quarters[at], format!("{:.3}", levels[at] * factor * (1.0 + error)));
        }
    }
    ("GDPC1", course)
}

/// The Friday on which payrolls come out in a month, that after New Year's Day where they would fall on it.
fn first_friday(month: NaiveDate) -> NaiveDate {
    let which = if month.month() == 1 && month.weekday() == Weekday::Fri { 2 } else { 1 };
    NaiveDate::from_weekday_of_month_opt(month.year(), month.month(), Weekday::Fri, which).expect("a month has four of each day")
}

/// The Thursday on which output comes out in a month; in November the day before Thanksgiving.
fn fourth_thursday(month: NaiveDate) -> NaiveDate {
    let day = NaiveDate::from_weekday_of_month_opt(month.year(), month.month(), Weekday::Thu, 4).expect("a month has four of each day");
    if month.month() == 11 { day - Days::new(1) } else { day }
}
