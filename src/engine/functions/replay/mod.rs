//! The table functions that replay knowledge, one file each: what they are called, take and mean. `engine::replay` does the work.

pub mod as_known_panel;
pub mod first_release;
pub mod percentile_rank;
pub mod rolling_mean;
pub mod rolling_std;
pub mod yoy;
pub mod zscore;

use crate::quant::replay::Transform;

/// The arguments of a function over windows, in the order of their positions.
const WINDOWED: &[&str] = &["table", "series", "window", "min_periods", "transform", "every", "from", "to", "source"];

/// The words of which an argument is one.
fn words(parameter: &str) -> &'static [&'static str] {
    if parameter == "transform" { &Transform::NAMES } else { &[] }
}

/// What every function of the family can see.
const CAUSALITY: &str = "A row stands on the vintages known at its known_at, revisions included, and on nothing later; known_at never \
                         passes the clock, and an argument later than it is an error. A transform is computed among the values known at one \
                         instant, never across two.";
