//! `percentile_rank(x) OVER (… ROWS n-1 PRECEDING)`: where the current row stands among the values of its window.

use crate::engine::functions::Documentation;

pub static DOCUMENTATION: Documentation = Documentation {
    name: "percentile_rank",
    syntax: "percentile_rank(x) OVER (PARTITION BY key ORDER BY as_of ROWS n-1 PRECEDING)",
    summary: "Share of the window's values that are not above x, x itself included: 1 for the highest, 1/n for the lowest of n. The frame must \
              end at the current row.",
    nulls: "NULLs in the window are left out, and so is NaN. NULL where x is NULL.",
    causality: "Sees the current row and the rows before it. Over vintaged history the rows are those known at the clock, revisions included.",
    example: "SELECT as_of, net, percentile_rank(net) OVER (ORDER BY as_of ROWS 51 PRECEDING) AS rank FROM cot_tff \
              WHERE root = 'ES' AND category = 'leveraged_funds' ORDER BY as_of DESC LIMIT 3",
};
