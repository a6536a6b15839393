//! `COLUMNS`: what a table of vintages can say, and the names under which it may say it.

use crate::sources::received::headings::means;

pub struct Column {
    pub name: &'static str,
    /// Other headings in use; the case and `_`, `-`, space do not matter.
    pub aliases: &'static [&'static str],
    pub doc: &'static str,
}

const fn column(name: &'static str, aliases: &'static [&'static str], doc: &'static str) -> Column {
    Column { name, aliases, doc }
}

pub const SERIES_ID: usize = 0;
pub const AS_OF: usize = 1;
pub const VALUE: usize = 2;
pub const AVAILABLE_AT: usize = 3;
pub const REALTIME_START: usize = 4;

/// Every column.
pub static COLUMNS: [Column; 5] = [
    column("series_id", &["series", "id", "symbol", "ticker"], "the series; not needed with --series"),
    column("as_of", &["date", "observation_date", "period"], "what the value describes: a day, or 2024-03, 2024:Q1 by their first day"),
    column("value", &[], "the figure; nothing, `.` or `#N/A` where the source says that there is none"),
    column(
        "available_at",
        &["released_at", "published_at", "published", "known_at"],
        "when the value became known: day, time and zone, or UTC (`stamped`)",
    ),
    column(
        "realtime_start",
        &["vintage", "vintage_date"],
        "where only the day of the vintage is known: known at its end in New York (`lagged`)",
    ),
];

/// The place of the column that a heading means.
pub fn find(heading: &str) -> Option<usize> {
    COLUMNS.iter().position(|column| means(heading, column.name, column.aliases))
}

/// The names under which a column may stand.
pub fn names(column: usize) -> String {
    std::iter::once(&COLUMNS[column].name).chain(COLUMNS[column].aliases).copied().collect::<Vec<_>>().join(", ")
}
