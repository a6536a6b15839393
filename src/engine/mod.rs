//! The DataFusion session: clock, the one scan, dialect, statements, operators.
//!
//! A [`Session`] runs one statement at a time. Each statement gets a fresh planning state with the clock and the pinned table versions of
//! that statement in it, and views and prepared statements are kept as parsed, so nothing planned earlier can carry an older clock along.
//!
//! Architecture invariants: lake rows are reached through [`scan`] alone; nothing here calls a provider or writes to the lake; a
//! [`StatementContext`](context::StatementContext) never outlives its statement's result.

mod answer;
mod answers;
mod arguments;
mod asof;
mod born;
mod bounds;
mod breadth;
mod catalogue;
mod changes;
mod comparisons;
mod composed;
mod computed;
mod consecutive;
mod context;
mod core;
mod data_folder;
mod depth;
mod derived;
mod describe;
mod dialect;
mod face;
mod fault;
mod files;
mod flow;
mod functions;
mod futures;
mod headings;
mod honoured;
mod interrupt;
mod known;
mod macros;
mod meta;
mod notes;
mod outside;
mod parse;
mod pit;
mod pivot;
mod predicates;
mod relations;
mod remarks;
mod replay;
mod rolling;
mod rows;
mod running_product;
mod scan;
mod session;
mod settings;
mod spelling;
mod summary;
mod survey;
mod system_time;
mod trailing_mean;
mod types;
mod user_files;
mod views;
mod work;

pub use answer::Answer;
pub use answers::{CURES, Cure};
pub use bounds::parse_timeout;
pub use core::Core;
pub use data_folder::DataFolder;
pub use face::Face;
pub use fault::{explain, located};
pub use functions::{Documentation, FUNCTIONS, Function};
pub use interrupt::split;
pub use notes::Notes;
pub use parse::{StatementText, is_incomplete, moves_clock};
pub(crate) use rows::without_place;
pub use session::{LAST_RESULT, Options, Session};
pub use settings::SETTINGS;
pub use types::sql_name;
pub use views::FAMILIES;
pub use work::{Hidden, Read, Work};
