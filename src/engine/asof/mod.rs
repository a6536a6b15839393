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

pub use node::{AsOfJoin, Planner};
pub use push::PushLeftFilters;
pub use request::{find, plan};
pub use syntax::wrap;
