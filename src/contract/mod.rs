//! Futures symbols: root, month code, year. Pure; which instrument a symbol means on a day is decided with it and the day, since symbols with
//! one or two digits of the year come back.

mod parse;
mod rule;

use std::fmt;

use chrono::NaiveDate;
pub use parse::{near, parse};
pub use rule::Rule;

/// Letters of the months, January first.
const MONTH_CODES: &[u8; 12] = b"FGHJKMNQUVXZ";

/// A delivery month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContractMonth {
    pub year: i32,
    /// 1 to 12.
    pub month: u32,
}

impl ContractMonth {
    pub fn new(year: i32, month: u32) -> Option<Self> {
        (1..=12).contains(&month).then_some(Self { year, month })
    }
    /// F for January to Z for December.
    pub fn letter(self) -> char {
        char::from(MONTH_CODES[self.month as usize - 1])
    }
    pub fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.year, self.month, 1).unwrap_or_default()
    }
    pub fn last_day(self) -> NaiveDate {
        self.plus(1).first_day().pred_opt().unwrap_or_default()
    }
    /// The month `n` months later, or earlier.
    pub fn plus(self, n: i32) -> Self {
        let months = self.year * 12 + self.month as i32 - 1 + n;
        Self { year: months.div_euclid(12), month: months.rem_euclid(12) as u32 + 1 }
    }
}

impl fmt::Display for ContractMonth {
    /// `2024-03`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

/// The month of a letter, whatever its case.
pub fn month_of_letter(letter: char) -> Option<u32> {
    let letter = u8::try_from(letter).ok()?.to_ascii_uppercase();
    MONTH_CODES.iter().position(|code| *code == letter).map(|at| at as u32 + 1)
}

/// The contract of a root and a month under the name that is never used twice: ESH2024.
pub fn contract_id(root: &str, month: ContractMonth) -> String {
    format!("{root}{}{}", month.letter(), month.year)
}

/// A root and a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractName {
    pub root: String,
    pub month: ContractMonth,
}

/// The last days of a contract by the exchange's rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContractDates {
    /// Last trade day.
    pub last_trade: NaiveDate,
    /// First notice day, of contracts that are delivered.
    pub first_notice: Option<NaiveDate>,
}
