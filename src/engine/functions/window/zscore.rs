//! `zscore(x) OVER (… ROWS n-1 PRECEDING)`: the current row against its window, the current row included.

use crate::engine::functions::Documentation;

pub static DOCUMENTATION: Documentation = Documentation {
    name: "zscore",
    syntax: "zscore(x) OVER (PARTITION BY key ORDER BY as_of ROWS n-1 PRECEDING)",
    summary: "(x - mean) / standard deviation over the window, the current row included; the deviation is the sample's (n - 1). The frame must \
              end at the current row.",
    nulls: "NULLs in the window are left out, and so is NaN. NULL where x is NULL, fewer than two values are in the window, an \
            infinite one is, or the deviation is 0.",
    causality: "Sees the current row and the rows before it. Over vintaged history the rows are those known at the clock, revisions included.",
    example: "SELECT as_of, net, zscore(net) OVER (ORDER BY as_of ROWS 51 PRECEDING) AS z FROM cot_tff \
              WHERE root = 'ES' AND category = 'leveraged_funds' ORDER BY as_of DESC LIMIT 3",
};
