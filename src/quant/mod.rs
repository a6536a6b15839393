//! Pure numbers on slices: no Arrow, no SQL, no I/O.

pub mod breadth;
pub mod drawdown;
pub mod exact;
pub mod holding;
pub mod known;
pub mod months;
pub mod replay;
pub mod returns;
pub mod rolling;
pub mod splice;
pub mod trailing_mean;
