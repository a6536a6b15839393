//! Batches of the tables as received → columns per contract, every vintage of every figure. Pure.

use super::contract::Contract;

/// One contract with all that was known of it. A column that was not [wanted](super::read::Wanted) is empty.
#[derive(Debug, Clone)]
pub struct ContractBars {
    pub contract: Contract,
    pub bars: Bars,
    pub settlement: Figures,
    pub cleared_volume: Figures,
    pub open_interest: Figures,
}

/// Vintages of bars in order of day and `available_at`; of a day with bars of both bases those of the session.
#[derive(Debug, Clone, Default)]
pub struct Bars {
    /// Days since 1970.
    pub day: Vec<i32>,
    /// Microseconds since 1970.
    pub available_at: Vec<i64>,
    /// NaN where there is no price.
    pub open: Vec<f64>,
    pub high: Vec<f64>,
    pub low: Vec<f64>,
    pub close: Vec<f64>,
    /// NaN where it is not known.
    pub volume: Vec<f64>,
    pub session_start: Vec<i64>,
    pub session_end: Vec<i64>,
    /// Of the session, not of the UTC day.
    pub is_session: Vec<bool>,
}

/// Vintages of a figure in order of day and `available_at`.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    pub day: Vec<i32>,
    pub available_at: Vec<i64>,
    /// NaN where the figure was taken back.
    pub value: Vec<f64>,
}
