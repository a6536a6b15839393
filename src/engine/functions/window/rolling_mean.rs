//! `rolling_mean(x) OVER (… ROWS n-1 PRECEDING)`: the mean of a window, the current row included.

use crate::engine::functions::Documentation;

pub static DOCUMENTATION: Documentation = Documentation {
    name: "rolling_mean",
    syntax: "rolling_mean(x) OVER (PARTITION BY key ORDER BY as_of ROWS n-1 PRECEDING)",
    summary: "Mean of x over the window, the current row included. The frame must end at the current row.",
    nulls: "NULLs in the window are left out, and so is NaN. NULL where the window has no value, or an infinite one.",
    causality: "Sees the current row and the rows before it. Over vintaged history the rows are those known at the clock, revisions included.",
    example: "SELECT as_of, net, rolling_mean(net) OVER (ORDER BY as_of ROWS 12 PRECEDING) AS mean FROM cot_tff \
              WHERE root = 'ES' AND category = 'leveraged_funds' ORDER BY as_of DESC LIMIT 3",
};
