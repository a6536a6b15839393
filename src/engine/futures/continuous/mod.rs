//! Continuous series: contracts of a root held one after the other and spliced. [`request`] says what was asked for, [`build`] turns the
//! contracts that are known into a series with the pure cores of `quant`, [`series`] and [`rolls`] show it, [`replay`] as it was at every
//! instant.

pub mod build;
pub mod replay;
pub mod request;
pub mod rolls;
pub mod series;
