//! What an instrument is, as known at an instant: its root, month and last days. The definition known then, else the file's own, else the
//! exchange's rule.

use chrono::NaiveDate;

use crate::contract::ContractMonth;

/// An outright futures contract.
#[derive(Debug, Clone, PartialEq)]
pub struct Contract {
    pub dataset: String,
    /// The exchange's root; of a market that configuration does not know, what the definition or the file says.
    pub root: String,
    /// The provider's symbol of all contracts of the root (`ES.FUT`), where it has one.
    pub parent: Option<String>,
    pub symbol: String,
    /// `None` where the provider has no number.
    pub instrument_id: Option<i64>,
    /// ESH2024; the symbol itself where no month is known.
    pub contract_id: String,
    pub month: Option<ContractMonth>,
    /// Last trade day.
    pub expiration: NaiveDate,
    /// Only of contracts that are delivered.
    pub first_notice: Option<NaiveDate>,
    pub from: Origin,
}

/// Where a contract's expiration is from, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    Definition,
    File,
    Rule,
}
