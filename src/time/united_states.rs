//! Which days the United States keep, by whom: the government, the bond market, the Federal Reserve and the stock exchanges each have their
//! own. Pure. Days of mourning, disaster and executive orders stand here with what they closed; none could be expected before it came.

use chrono::{Datelike, NaiveDate, Weekday};

use super::Shift;
use super::business::is_good_friday;
use super::closures::{is_last_monday, is_nth};
use super::exchange::is_exchange_holiday;

/// Whom a day closed.
const FEDERAL: u8 = 1;
const BONDS: u8 = 2;
const STOCKS: u8 = 4;

/// Days that no rule has.
const CLOSED: &[(i32, u32, u32, u8)] = &[
    // mourning for Nixon
    (1994, 4, 27, FEDERAL | BONDS | STOCKS),
    // the attacks
    (2001, 9, 11, BONDS | STOCKS),
    (2001, 9, 12, BONDS | STOCKS),
    (2001, 9, 13, STOCKS),
    (2001, 9, 14, STOCKS),
    // executive order
    (2001, 12, 24, FEDERAL),
    (2003, 12, 26, FEDERAL),
    // mourning for Reagan
    (2004, 6, 11, FEDERAL | BONDS | STOCKS),
    // mourning for Ford: bonds were traded
    (2007, 1, 2, FEDERAL | STOCKS),
    // executive orders
    (2007, 12, 24, FEDERAL),
    (2008, 12, 26, FEDERAL),
    // hurricane Sandy: the curve of the Monday was published
    (2012, 10, 29, STOCKS),
    (2012, 10, 30, BONDS | STOCKS),
    // executive orders
    (2012, 12, 24, FEDERAL),
    (2014, 12, 26, FEDERAL),
    // mourning for Bush
    (2018, 12, 5, FEDERAL | BONDS | STOCKS),
    // executive orders
    (2018, 12, 24, FEDERAL),
    (2019, 12, 24, FEDERAL),
    (2020, 12, 24, FEDERAL),
    (2024, 12, 24, FEDERAL),
    // mourning for Carter: bonds were traded until two
    (2025, 1, 9, FEDERAL | STOCKS),
    // executive orders
    (2025, 12, 24, FEDERAL),
    (2025, 12, 26, FEDERAL),
];

/// Juneteenth is kept by markets and Reserve Banks from this year on; the government began on the day after its law.
const JUNETEENTH_FROM: i32 = 2022;

fn is_closed(day: NaiveDate, known_on: NaiveDate, whom: u8) -> bool {
    let is_it = |&&(year, month, of_month, _): &&(i32, u32, u32, u8)| (year, month, of_month) == (day.year(), day.month(), day.day());
    known_on >= day && CLOSED.iter().find(is_it).is_some_and(|(.., closed)| closed & whom != 0)
}

/// Days on which the government is closed by order, beside its statutory holidays.
pub(super) fn is_federal_closure(day: NaiveDate, known_on: NaiveDate) -> bool {
    is_closed(day, known_on, FEDERAL)
}

/// Days on which the stock exchanges are closed.
pub(super) fn is_stock_holiday(day: NaiveDate, known_on: NaiveDate) -> bool {
    is_exchange_holiday(day) || is_closed(day, known_on, STOCKS)
}

/// Days without bond trading as SIFMA recommends, and without a curve of the Treasury. A Good Friday with an employment report is a short day
/// with a curve: the first Friday of April, but for 1 April 1994, which had none.
pub(super) fn is_bond_holiday(day: NaiveDate, known_on: NaiveDate) -> bool {
    let is_report = day.month() == 4 && (2..=7).contains(&day.day());
    let is_saturday_holiday =
        |saturday: NaiveDate| matches!((saturday.month(), saturday.day()), (7, 4) | (12, 25)) || is_juneteenth(saturday);
    is_own_day(day)
        || is_monday_after(day)
        || (day.weekday() == Weekday::Fri && is_saturday_holiday(day.plus_days(1)))
        || (is_good_friday(day) && !is_report)
        || is_closed(day, known_on, BONDS)
}

/// Days on which the Federal Reserve Banks are closed: a holiday that falls on a Saturday is not kept.
pub(super) fn is_reserve_holiday(day: NaiveDate) -> bool {
    is_own_day(day) || is_monday_after(day)
}

/// A federal holiday on its own day, without the inaugurations, which are Washington's alone.
fn is_own_day(day: NaiveDate) -> bool {
    let nth = |weekday, n| is_nth(day, weekday, n);
    let is_floating = match day.month() {
        1 => nth(Weekday::Mon, 3) && day.year() >= 1986,
        2 => nth(Weekday::Mon, 3),
        5 => is_last_monday(day),
        9 => nth(Weekday::Mon, 1),
        10 => nth(Weekday::Mon, 2),
        11 => nth(Weekday::Thu, 4),
        _ => false,
    };
    is_floating || is_fixed(day)
}

fn is_fixed(day: NaiveDate) -> bool {
    matches!((day.month(), day.day()), (1, 1) | (7, 4) | (11, 11) | (12, 25)) || is_juneteenth(day)
}

fn is_juneteenth(day: NaiveDate) -> bool {
    (day.month(), day.day()) == (6, 19) && day.year() >= JUNETEENTH_FROM
}

/// A holiday that falls on a Sunday is kept on the Monday.
fn is_monday_after(day: NaiveDate) -> bool {
    day.weekday() == Weekday::Mon && day.pred_opt().is_some_and(is_fixed)
}

#[cfg(test)]
mod tests {
    use super::super::closures::is_statutory_holiday;
    use super::*;

    const HINDSIGHT: NaiveDate = NaiveDate::MAX;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn each_keeps_its_own_days() {
        // day, government, bonds, Reserve, stocks: whether closed
        let known = [
            ("2021-06-18", [true, false, false, false], "the first Juneteenth"),
            ("2022-06-20", [true, true, true, true], "Juneteenth on a Sunday"),
            ("2021-12-31", [true, false, false, false], "New Year on a Saturday"),
            ("2021-12-24", [true, true, false, true], "Christmas on a Saturday"),
            ("2020-07-03", [true, true, false, true], "Independence Day on a Saturday"),
            ("2023-11-10", [true, false, false, false], "Veterans Day on a Saturday"),
            ("2024-11-11", [true, true, true, false], "Veterans Day"),
            ("2017-01-20", [true, false, false, false], "an inauguration"),
            ("2021-04-02", [false, false, false, true], "Good Friday with an employment report"),
            ("2025-04-18", [false, true, false, true], "Good Friday"),
            ("2018-12-05", [true, true, false, true], "mourning"),
            ("2025-01-09", [true, false, false, true], "mourning"),
            ("2007-01-02", [true, false, false, true], "mourning"),
            ("2012-10-29", [false, false, false, true], "a hurricane"),
            ("2001-09-13", [false, false, false, true], "the attacks"),
        ];
        for (text, closed, why) in known {
            let at = day(text);
            let federal = is_statutory_holiday(at, HINDSIGHT) || is_federal_closure(at, HINDSIGHT);
            let found = [federal, is_bond_holiday(at, HINDSIGHT), is_reserve_holiday(at), is_stock_holiday(at, HINDSIGHT)];
            assert_eq!(found, closed, "{text}: {why}");
        }
    }

    #[test]
    fn no_day_of_mourning_is_expected() {
        assert!(!is_stock_holiday(day("2025-01-09"), day("2025-01-08")));
        assert!(is_stock_holiday(day("2025-01-09"), day("2025-01-09")));
    }
}
