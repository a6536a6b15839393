//! From the texts of a sheet to rows of `curves`: days and figures are read and judged here, each figure a row.
//!
//! A cell that is empty or `N/A` is a hole: nothing was published, so there is no row, and no NULL either, since the provider leaves whole
//! columns empty for decades. A day on which every cell is one (2010-10-11) gives nothing.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate, Weekday};

use super::sheet::{Curve, Row, Sheet};
use super::tenor::Tenor;
use crate::error::Result;
use crate::sources::day::Days;
use crate::sources::{Rejection, number};

/// Rates beyond these are no yields in percent: a point was lost, or a column slipped.
const BELIEVED: std::ops::RangeInclusive<f64> = -10.0..=30.0;

/// A figure that was understood.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rate {
    pub day: NaiveDate,
    pub tenor: Tenor,
    /// Percent a year.
    pub rate: f64,
}

/// What the rows of a sheet are.
#[derive(Debug, Default)]
pub(super) struct Judged {
    pub rates: Vec<Rate>,
    pub rejections: Vec<Rejection>,
    /// Rows that stand in the file twice with equal figures.
    pub repeats: usize,
    /// Days without any figure.
    pub blank: Vec<NaiveDate>,
    pub first: Option<NaiveDate>,
    pub last: Option<NaiveDate>,
}

/// The rule by which the Treasury draws the curve through its quotes: it went over to the monotone convex spline with the curves of
/// 2021-12-06.
pub(super) fn method(day: NaiveDate) -> &'static str {
    const MONOTONE_CONVEX_SINCE: NaiveDate = match NaiveDate::from_ymd_opt(2021, 12, 6) {
        Some(day) => day,
        None => panic!("a day of the calendar"),
    };
    if day < MONOTONE_CONVEX_SINCE { "quasi-cubic Hermite spline" } else { "monotone convex spline" }
}

impl Judged {
    pub fn of(sheet: &Sheet) -> Self {
        let mut judged = Self::default();
        let mut lines: HashMap<NaiveDate, (u64, Vec<Rate>)> = HashMap::with_capacity(sheet.rows.len());
        for row in &sheet.rows {
            match day(row) {
                Err((column, reason)) => judged.reject(row, Some(column), reason),
                Ok(day) => match (judged.rates_of(sheet, row, day), lines.get(&day)) {
                    (rates, None) => {
                        judged.note(day, &rates);
                        lines.insert(day, (row.line, rates));
                    }
                    (rates, Some((_, first))) if *first == rates => judged.repeats += 1,
                    (_, Some((line, _))) => {
                        let reason = format!("{day} stands in line {line} already, with other figures");
                        judged.reject(row, Some("Date"), reason);
                    }
                },
            }
        }
        judged.rates.sort_by_key(|rate| (rate.tenor, rate.day));
        judged.blank.sort_unstable();
        judged
    }

    fn note(&mut self, day: NaiveDate, rates: &[Rate]) {
        self.first = Some(self.first.map_or(day, |first| first.min(day)));
        self.last = Some(self.last.map_or(day, |last| last.max(day)));
        if rates.is_empty() {
            self.blank.push(day);
        }
        self.rates.extend_from_slice(rates);
    }

    /// The figures of a row; one that cannot be read is set aside alone.
    fn rates_of(&mut self, sheet: &Sheet, row: &Row, day: NaiveDate) -> Vec<Rate> {
        let mut rates: Vec<Rate> = Vec::with_capacity(row.cells.len());
        for (at, cell) in &row.cells {
            let column = &sheet.columns[*at];
            if cell.is_empty() || cell.eq_ignore_ascii_case("N/A") {
                continue;
            }
            let tenor = column.tenor;
            match number::decimal(cell.as_bytes()) {
                Some(_) if rates.iter().any(|rate| rate.tenor == tenor) => {
                    self.reject(row, Some(&column.name), format!("the maturity {tenor} stands in the row already"));
                }
                Some(rate) if BELIEVED.contains(&rate) => rates.push(Rate { day, tenor, rate }),
                Some(_) => self.reject(row, Some(&column.name), format!("`{cell}` is no yield: expected percent a year, as 4.25")),
                None => self.reject(row, Some(&column.name), format!("`{cell}` is no number: expected percent a year, as 4.25")),
            }
        }
        rates
    }

    fn reject(&mut self, row: &Row, column: Option<&str>, reason: String) {
        self.rejections.push(Rejection { line: row.line, column: column.map(str::to_string), reason, raw: row.raw.clone() });
    }

    /// What the payload is, for the summary: `US_PAR 1990-01-02..2023-12-29`.
    pub fn describe(&self, curve: Curve) -> String {
        match (self.first, self.last) {
            (Some(first), Some(last)) => format!("{} {first}..{last}", curve.id()),
            _ => format!("{} without days", curve.id()),
        }
    }
}

/// Days as the Treasury and those who re-save its files write them: `2024-12-31`, `12/31/2024`, `1/2/2024`, `12/31/24`. The first curve is of
/// 1990, so years of two digits from 90 on are of the last century.
const DAYS: Days = Days::american(1990, 2089);

fn day(row: &Row) -> Result<NaiveDate, (&'static str, String)> {
    if let Some(damage) = &row.damage {
        return Err(("Date", damage.clone()));
    }
    let day = DAYS.read(&row.date).map_err(|reason| ("Date", reason))?;
    match day.weekday() {
        // a day and a month that changed places would mostly be caught here
        Weekday::Sat | Weekday::Sun => Err(("Date", format!("{day} is a {}, on which no curve is published", day.format("%A")))),
        _ => Ok(day),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        DAYS.read(text).ok().map(|day| day.to_string())
    }

    #[test]
    fn days_are_read_in_every_form_that_is_in_use() {
        for text in ["2024-03-04", "03/04/2024", "3/4/2024", "3/4/24", "03/04/24"] {
            assert_eq!(read(text).as_deref(), Some("2024-03-04"), "{text}");
        }
        assert_eq!(read("1/2/90").as_deref(), Some("1990-01-02"));
        assert_eq!(read("12/31/89").as_deref(), Some("2089-12-31"), "before the first curve there is none");
        for text in ["", "2024", "13/1/2024", "2024-02-30", "24-01-02", "1/2/024", "+1/2/2024", "1/2/2024/3", "Date"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn the_method_changed_on_a_day() {
        let on = |text: &str| method(text.parse().expect("a date"));
        assert_eq!(on("2021-12-03"), "quasi-cubic Hermite spline");
        assert_eq!(on("2021-12-06"), "monotone convex spline");
    }
}
