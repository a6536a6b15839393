//! The interactive shell and the ways a result is printed.
//!
//! Three things are kept apart, so that each can grow alone: `repl` (the loop: reading lines, history, interruption), `commands` (the dot
//! commands, one file each) and `format` with `output` (how rows are drawn and where they go). The command line uses the last of them
//! without the first two.

pub mod format;
pub mod messages;
pub mod output;
mod suggest;
pub use suggest::closest;
