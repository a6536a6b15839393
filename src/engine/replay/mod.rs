//! Table functions that replay knowledge: what a series looked like at each publication, or at each step of a schedule.
//!
//! ```text
//! arguments ─→ Call ─┐
//! t_vintages ────────┴→ ReplayNode ─→ ReplayExec: one series at a time ─→ quant::replay ─→ rows
//! ```
//!
//! The vintages come through the ordinary planning of `t_vintages`, so the clock, settings and system times hold for them as for any table;
//! nothing here reads a lake file, and no row is looked at before the plan runs. The numbers are `quant`'s.

mod call;
mod first;
mod input;
mod node;
mod operator;
mod rows;
mod seen;
mod series;

pub use call::{Measure, Parameters};
pub use input::plan;
pub use node::{Planner, moved};
