//! contango: point-in-time SQL for futures and macro research.
//!
//! The modules stand in the order in which data flows; imports run one way (see `tests/tidy.rs`, which holds the table).

/// The look-ahead audit of a saved query.
pub mod audit;
/// What in the lake cannot be right, and whether it is fresh.
pub mod check;
/// The command line, as clap types and a thin dispatch.
pub mod cli;
/// The built-in files of `config/` and the user's file over them.
pub mod config;
/// Futures symbols: root, month code, year.
pub mod contract;
/// The DataFusion session: the clock, the one scan, dialect, statements, operators.
pub mod engine;
/// One error type: who must act, where, and what to do.
pub mod error;
/// A panic of foreign code becomes an error.
pub mod guard;
/// Plan, run, rebuild.
pub mod ingest;
/// Delta commits, the raw archive, compaction.
pub mod lake;
/// How much memory may be taken.
pub mod memory;
/// SQLite: working copies, settings and audit.
pub mod metadata;
/// Pure numbers on slices.
pub mod quant;
/// Saved `.sql` scripts.
pub mod script;
/// Saved continuous series: definitions, roll tables, stored builds.
pub mod series;
/// The interactive shell and the ways a result is printed.
pub mod shell;
/// One folder or file per provider: request → payload → parse → batches and rejections.
pub mod sources;
/// Every lake table: columns, roles, units, key, partitioning.
pub mod tables;
/// The glossary as types; release calendars; the only reader of the system clock.
pub mod time;
