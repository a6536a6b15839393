//! Saved continuous series: a name for the arguments of `continuous_series`, the roll table of those that follow one, and stored builds.
//!
//! One truth: `continuous_series('ID')` is always computed from the bars, under the clock and with the saved definition. The stored builds
//! (`continuous_bars`, `continuous_bar_rolls`) are for other readers of the lake and for audit: each row is a vintage, a change of what was
//! built before is a later one, and no adjusted level is stored. No query of ours reads a build in place of the bars.
//!
//! A definition is checked by planning the very call that it stands for, so that there is one set of rules (`define.rs`, `session.rs`).

mod batches;
mod build;
mod define;
mod rolls;
mod session;

use std::path::Path;
use std::sync::Arc;

pub use build::{Built, Extent, build, update};
pub use define::{define, ensure_defined};
pub use rolls::load_rolls;

use crate::config::Config;

/// Trade dates at the end of a stored series that an update compares again, where nothing else was said.
pub const LOOKBACK: u32 = 30;

/// Where series live.
#[derive(Clone)]
pub struct Place<'a> {
    pub data: &'a Path,
    pub config: &'a Arc<Config>,
}
