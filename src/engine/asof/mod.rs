//! `l ASOF JOIN r MATCH_CONDITION (l.t >= r.t) [ON … | USING (…)]`: every row of the left side with the one row of the right side that stands
//! nearest in time.
//!
//! ```text
//! syntax: a bare join into parentheses → request: clauses into expressions → node → push: filters of the left side below → exec → merge
//! ```
//!
//! Syntax and meaning are those of DataFusion's release after 55, so that this folder can be deleted when that ships; a second conjunct, which
//! bounds how stale a match may be, is ours.

mod driver;
mod exec;
mod merge;
mod node;
mod push;
mod request;
mod syntax;
#[cfg(test)]
mod tests;
mod window;

pub use node::{AsOfJoin, Pair, Planner, instant_type, key_type};
pub use push::with_left_filters;
pub use request::{find, plan};
pub use syntax::wrap;

use super::functions::Documentation;

pub static DOCUMENTATION: Documentation = Documentation {
    name: "ASOF JOIN",
    syntax: "l ASOF JOIN r MATCH_CONDITION (l.t >= r.t [AND l.t <= r.t + INTERVAL '7 days']) [ON l.k = r.k AND ... | USING (k, ...)]",
    summary: "Every row of the left side with the one row of the right side that stands nearest in time: `>=` and `>` look back to the last right \
              row that satisfies, `<=` and `<` ahead to the first. A right side that is made by `available_at` wants `_readings`, which have what \
              was news at each instant. A second comparison, from the other side, bounds how far away a match may be: the nearest row beyond it \
              is none (`r.t >= l.t - INTERVAL '7 days'` says the same).\n\n\
              ON holds equalities alone; filter a side in a subquery. A column of USING is there once, the left side's. Times are dates, instants \
              or whole numbers; a date counts as its first instant, UTC. Of several right rows at one instant the last in the right side's order \
              is taken, for `<=` and `<` too: in the order of a face of the lake where that is by the keys and the time, else by `as_of` where \
              there is one, and by the columns that the query reads, from left to right.\n\n\
              Rows come out in no promised order. A side is sorted only if it is not sorted: the left side is read as it comes and only what \
              follows its first row out of order by keys and time is sorted; of the right side no more is held than can still be matched.",
    nulls: "A left row without a match, or with a NULL key or time, comes out with NULLs; a right row with one is never matched.",
    causality: "Sees of each side what the clock lets through. `<=` and `<` look ahead in time, though never past the clock.",
    example: "SELECT b.as_of, b.symbol, b.close, r.as_of AS week, r.net FROM futures_bars b ASOF JOIN (SELECT * FROM cot_tff_readings WHERE root = \
              'ES' AND category = 'leveraged_funds') r MATCH_CONDITION (b.session_end >= r.available_at AND b.session_end <= r.available_at + \
              INTERVAL '10 days') WHERE b.root = 'ES' ORDER BY b.as_of, b.symbol LIMIT 3",
};
