//! What the eye looks for first in a row: where a result is wider than the screen, columns are left out from the end of this order.
//!
//! Names that stand in no lake table are a person's own or a view's: they come behind what rows are told apart by and what they are about.

use super::{Role, SYSTEM, TABLES};

/// Names that are looked for, across the tables and the views over them, first to last.
const FIRST: [&str; 47] = [
    "as_of",
    "known_at",
    "root",
    "series_id",
    "curve_id",
    "symbol",
    "category",
    "survey",
    "indicator",
    "horizon",
    "tenor",
    "statistic",
    "feature",
    "stat",
    "value",
    "rate",
    "net",
    "close",
    "zscore",
    "settlement",
    "price",
    "normalized",
    "adjusted_close",
    "held_return",
    "contract_id",
    "open_interest",
    "volume",
    "long",
    "short",
    "expiration",
    "open",
    "high",
    "low",
    "unit",
    "report",
    "spreading",
    "rolled",
    "adjustment",
    "available_at",
    "price_source",
    "days_left",
    "first_notice",
    "parent",
    "cleared_volume",
    "bar_available_at",
    "session_start",
    "session_end",
];

/// Where a column stands in the order; smaller is sooner.
pub fn rank(name: &str) -> usize {
    let place = |name: &str| FIRST.iter().position(|first| *first == name);
    if let Some(at) = place(name) {
        return 2 * at;
    }
    let system = SYSTEM.iter().position(|column| column.name == name);
    let role = TABLES.iter().flat_map(|table| table.columns()).find(|column| column.name == name).map(|column| column.role);
    match (system, role) {
        (Some(at), _) => 200 + at,
        (None, Some(Role::Value | Role::Derived(_))) => 100,
        (None, Some(Role::Key | Role::AsOf)) => 110,
        (None, Some(Role::Attribute | Role::System)) => 120,
        // before the figures that stand beside others
        (None, None) => place("settlement").map_or(0, |at| 2 * at - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rows_are_about_comes_first_and_papers_last() {
        let mut names = ["payload", "net", "as_of", "my_own", "market", "available_at", "traders_long", "open_interest"];
        names.sort_by_key(|name| rank(name));
        assert_eq!(names, ["as_of", "net", "my_own", "open_interest", "available_at", "traders_long", "market", "payload"]);
        let mut bars = ["parent", "first_notice", "open", "volume", "cleared_volume", "close", "symbol"];
        bars.sort_by_key(|name| rank(name));
        assert_eq!(bars, ["symbol", "close", "volume", "open", "first_notice", "parent", "cleared_volume"]);
    }
}
