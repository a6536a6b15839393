//! `rolling_std(x) OVER (… ROWS n-1 PRECEDING)`: the sample deviation of a window, the current row included.

use crate::engine::functions::Documentation;

pub static DOCUMENTATION: Documentation = Documentation {
    name: "rolling_std",
    syntax: "rolling_std(x) OVER (PARTITION BY key ORDER BY as_of ROWS n-1 PRECEDING)",
    summary: "Standard deviation of x over the window, the current row included; the sample's (n - 1). The frame must end at the current row.",
    nulls: "NULLs in the window are left out, and so is NaN. NULL where the window has fewer than two values, or an infinite one; 0 \
            where all are the same.",
    causality: "Sees the current row and the rows before it. Over vintaged history the rows are those known at the clock, revisions included.",
    example: "SELECT as_of, net, rolling_std(net) OVER (ORDER BY as_of ROWS 12 PRECEDING) AS deviation FROM cot_tff \
              WHERE root = 'ES' AND category = 'leveraged_funds' ORDER BY as_of DESC LIMIT 3",
};
