//! Pure numbers on slices: no Arrow, no SQL, no I/O.

pub mod trailing_mean;
