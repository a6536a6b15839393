//! Reading a contract symbol in the spellings that are in use. What has another shape (a spread, an option, a continuous symbol) is no contract.

use chrono::{Datelike, Months, NaiveDate};

use super::{ContractMonth, ContractName, month_of_letter};

/// How long after its month a contract with a year of two digits may still be spoken of.
const YEARS_BACK: i32 = 10;
/// A contract named by its month may trade so long after that month began (a three-month rate's does).
const MONTHS_AFTER_FIRST_DAY: u32 = 4;

/// The day near which a symbol is read that was traded on `day`.
pub fn near(day: NaiveDate) -> NaiveDate {
    day.with_day(1).and_then(|first| first.checked_sub_months(Months::new(MONTHS_AFTER_FIRST_DAY - 1))).unwrap_or(day)
}

/// A symbol with its root and month (ESH4, ESH24, ESH2024, `ES 2024-03`, ES202403, ES20240300), where it has such a shape; a leading slash and
/// the case do not matter. Of a year given by one digit the first whose month is not before that of `near` is meant; of one given by two the
/// one from [`YEARS_BACK`] before `near` on, so that a bar after a contract's end does not become one of the next century.
pub fn parse(symbol: &str, near: NaiveDate) -> Option<ContractName> {
    let symbol = symbol.trim().trim_start_matches('/').to_ascii_uppercase();
    let n_digits = symbol.bytes().rev().take_while(u8::is_ascii_digit).count();
    let (head, digits) = symbol.split_at_checked(symbol.len() - n_digits)?;
    let (root, month) = match digits.len() {
        1 | 2 if head.ends_with('-') => {
            let (root, year) = head.trim_end_matches('-').rsplit_once([' ', '_'])?;
            (root, full(year, digits)?)
        }
        1 | 2 | 4 => {
            let letter = head.chars().next_back()?;
            let root = &head[..head.len() - letter.len_utf8()];
            (root.trim_end_matches([' ', '_']), lettered(month_of_letter(letter)?, digits, near)?)
        }
        // a root may end in a digit: SR320230900
        6.. => [8, 6].iter().find_map(|n| {
            let (head, digits) = symbol.split_at_checked(symbol.len().checked_sub(*n)?)?;
            let is_date = digits.bytes().all(|b| b.is_ascii_digit());
            Some((head.trim_end_matches([' ', '_']), full(digits.get(..4).filter(|_| is_date)?, &digits[4..6])?))
        })?,
        _ => return None,
    };
    let is_root = (1..=6).contains(&root.len())
        && root.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        && root.bytes().any(|b| b.is_ascii_uppercase());
    is_root.then(|| ContractName { root: root.to_string(), month })
}

fn full(year: &str, month: &str) -> Option<ContractMonth> {
    let year = year.parse().ok().filter(|year| (1900..2200).contains(year))?;
    ContractMonth::new(year, month.parse().ok()?)
}

/// The year of one, two or four digits.
fn lettered(month: u32, digits: &str, near: NaiveDate) -> Option<ContractMonth> {
    let given: i32 = digits.parse().ok()?;
    let cycle = match digits.len() {
        1 => 10,
        2 => 100,
        _ => return full(digits, &month.to_string()),
    };
    let not_before = if month < near.month() { near.year() + 1 } else { near.year() };
    let from = if cycle == 100 { not_before - YEARS_BACK } else { not_before };
    ContractMonth::new(from + (given - from).rem_euclid(cycle), month)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(symbol: &str, near: &str) -> Option<String> {
        let name = parse(symbol, near.parse().expect("a date"))?;
        Some(format!("{} {}", name.root, name.month))
    }

    #[test]
    fn the_usual_spellings_mean_one_contract() {
        for symbol in
            ["ESH4", "ESH24", "ESH2024", "ES 2024-03", "ES_2024-03", "ES202403", "ES20240300", "/ESH4", "esh24", "ES H4", " ESH4 "]
        {
            assert_eq!(read(symbol, "2023-12-29").as_deref(), Some("ES 2024-03"), "{symbol}");
        }
        assert_eq!(read("6EH4", "2023-12-29").as_deref(), Some("6E 2024-03"));
        for symbol in ["SR3H24", "SR320240300", "SR3202403", "SR3_20240300", "SR3 2024-03"] {
            assert_eq!(read(symbol, "2023-12-29").as_deref(), Some("SR3 2024-03"), "{symbol}");
        }
    }

    #[test]
    fn a_short_year_is_one_that_may_be_traded() {
        assert_eq!(read("ESH6", "2016-03-18").as_deref(), Some("ES 2016-03"));
        assert_eq!(read("ESH6", "2016-04-01").as_deref(), Some("ES 2026-03"));
        assert_eq!(read("CLZ9", "2020-01-02").as_deref(), Some("CL 2029-12"));
        assert_eq!(read("GEM00", "1999-12-31").as_deref(), Some("GE 2000-06"));
        assert_eq!(read("ESH24", "2024-07-01").as_deref(), Some("ES 2024-03"), "no contract of the next century");
        assert_eq!(parse("SR3H4", near("2024-06-18".parse().expect("a date"))).map(|name| name.month.year), Some(2024));
    }

    #[test]
    fn other_shapes_are_no_contracts() {
        for symbol in [
            "ESH4-ESM4",
            "ESH4 C5000",
            "ES.c.0",
            "ES.FUT",
            "ES",
            "H4",
            "",
            "ESA4",
            "ES20241300",
            "ESH124",
            "UD:1V: GN 2713",
            "20240300",
            "ESH4:BF H4-M4-U4",
        ] {
            assert_eq!(read(symbol, "2023-12-29"), None, "{symbol}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(root in "[A-Z]{1,3}", year in 1980..2080i32, month in 1..=12u32, months_before in 0..100i32) {
            let month = ContractMonth { year, month };
            let near = month.plus(-months_before).first_day();
            let name = Some(ContractName { root: root.clone(), month });
            let (letter, short) = (month.letter(), year.rem_euclid(100));
            prop_assert_eq!(parse(&super::super::contract_id(&root, month), near), name.clone());
            prop_assert_eq!(parse(&format!("{root}{letter}{short:02}"), near), name.clone());
            prop_assert_eq!(parse(&format!("{root}{letter}{}", short % 10), near), name.clone());
            prop_assert_eq!(parse(&format!("{root} {month}"), near), name);
        }
    }
}
