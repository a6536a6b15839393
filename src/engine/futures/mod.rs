//! Futures under the clock: what each contract is, and its bars and figures put together from the tables as received.
//!
//! [`read`] reaches the lake tables through the one scan, [`contract`] says what an instrument is, [`compose`] makes columns per contract out of
//! batches. What SQL shows of it (`contracts`, `futures_bars`, `continuous_series`) stands on these.

pub mod bars;
mod columns;
pub mod compose;
pub mod continuous;
pub mod contract;
pub mod contracts;
pub mod definitions;
mod narrow;
pub mod operator;
pub mod read;
pub mod runs;
