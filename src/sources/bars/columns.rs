//! `COLUMNS`: what a file of bars can say, and the names under which it may say it.

use crate::sources::received::headings::means;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// A day: 2024-03-08, 03/08/2024, 20240308, or an instant, of which the day in UTC counts.
    Day,
    /// A day and a time, with its zone, or UTC.
    Instant,
    Price,
    Count,
}

pub struct Column {
    pub name: &'static str,
    pub kind: Kind,
    /// Other headings in use; the case and `_`, `-`, space do not matter.
    pub aliases: &'static [&'static str],
    pub doc: &'static str,
}

const fn column(name: &'static str, kind: Kind, aliases: &'static [&'static str], doc: &'static str) -> Column {
    Column { name, kind, aliases, doc }
}

/// Every column, the required ones first.
pub static COLUMNS: [Column; 12] = [
    column(
        "symbol",
        Kind::Text,
        &["contract", "ticker"],
        "the contract: ESH4, ESH24, ESH2024, `ES 2024-03`, ES20240300, or any name where root and expiration are given",
    ),
    column("as_of", Kind::Day, &["date", "trade_date", "day", "time", "timestamp", "datetime"], "trade date"),
    column("close", Kind::Price, &["last", "price"], "last price"),
    column("open", Kind::Price, &[], "first price"),
    column("high", Kind::Price, &[], "highest price"),
    column("low", Kind::Price, &[], "lowest price"),
    column("volume", Kind::Count, &["vol"], "contracts traded"),
    column("open_interest", Kind::Count, &["oi"], "open contracts at the end of the day, known the next morning"),
    column("settlement", Kind::Price, &["settle", "settlement_price"], "settlement price"),
    column("parent", Kind::Text, &["root", "product"], "the root (ES) or the provider's symbol of all its contracts (ES.FUT)"),
    column("expiration", Kind::Day, &["expiry", "expiration_date", "last_trade", "last_trade_date"], "last trade day"),
    column(
        "available_at",
        Kind::Instant,
        &["published", "published_at"],
        "when the row became known, day and time, where the vendor says it",
    ),
];

/// The required columns.
pub const N_REQUIRED: usize = 3;

/// The place of the column that a heading means.
pub fn find(heading: &str) -> Option<usize> {
    COLUMNS.iter().position(|column| means(heading, column.name, column.aliases))
}
