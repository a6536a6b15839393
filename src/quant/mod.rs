//! Pure numbers on slices: no Arrow, no SQL, no I/O.

pub mod holding;
pub mod replay;
pub mod rolling;
pub mod splice;
pub mod trailing_mean;
