//! Rolling windows over the one scan: no repartition, no sort, one pass.
//!
//! The scan hands out neighbouring key ranges in order, so a window over a key's rows needs nothing of what a general window needs. [`rule`]
//! finds the windows for which that holds, [`exec`] is the operator in their place.

mod exec;
mod rule;

pub use exec::RollingExec;
pub use rule::RollOverScan;
