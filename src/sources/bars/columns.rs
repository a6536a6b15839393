//! `COLUMNS`: what a file of bars can say, and the names under which it may say it.

use crate::sources::received::headings::means;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// A day in any form, or an instant.
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
        "the contract: ESH4, ESH24, ESH2024, `ES 2024-03`, ES20240300, or any name where root and expiration are given; where there is no \
         column, --symbol or the file's name says it (CLM24.csv, Day_AUD_20240300.csv)",
    ),
    column(
        "as_of",
        Kind::Day,
        &["date", "trade_date", "trading_date", "trading_day", "day", "time", "timestamp", "datetime", "date_time"],
        "trade date: 2024-03-08, 20240308, 8 Mar 2024, 3/8/2024 or 8.3.24 (one order of day and month a column); of an instant its day in \
         UTC, or as written where it is midnight in its zone",
    ),
    column("close", Kind::Price, &["last", "price", "latest", "final", "close_price", "last_price", "px_last", "c"], "last price"),
    column("open", Kind::Price, &["open_price", "px_open", "o"], "first price"),
    column("high", Kind::Price, &["high_price", "px_high", "h"], "highest price"),
    column("low", Kind::Price, &["low_price", "px_low", "l"], "lowest price"),
    column("volume", Kind::Count, &["vol", "total_volume", "px_volume", "v"], "contracts traded; a negative one is none"),
    column(
        "open_interest",
        Kind::Count,
        &["oi", "open_int", "opint", "total_open_interest"],
        "open contracts at the end of the day, known the next morning",
    ),
    column("settlement", Kind::Price, &["settle", "sett", "settlement_price", "settle_price"], "settlement price"),
    column("parent", Kind::Text, &["root", "product"], "the root (ES) or the provider's symbol of all its contracts (ES.FUT)"),
    column("expiration", Kind::Day, &["expiry", "expiration_date", "last_trade", "last_trade_date"], "last trade day"),
    column(
        "available_at",
        Kind::Instant,
        &["published", "published_at"],
        "when the row became known, day and time, where the vendor says it",
    ),
];

/// The required columns, the first of which may be said beside the file.
pub const N_REQUIRED: usize = 3;

/// The place of the column that a heading means.
pub fn find(heading: &str) -> Option<usize> {
    COLUMNS.iter().position(|column| means(heading, column.name, column.aliases))
}
