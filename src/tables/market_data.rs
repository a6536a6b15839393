//! Daily prices of indices, currencies, commodities and funds, and the events that a price has to be adjusted for.

use super::ColumnType::{Date, Float, Text};
use super::Role::{AsOf, Attribute, Key, Value};
use super::{Column, Table};

pub static MARKET_DATA: Table = Table {
    name: "market_data",
    doc: "daily prices as they were printed: no split and no dividend is taken out of them",
    partition: &[],
    stamped: false,
    columns: &[
        Column::new("as_of", Date, AsOf, "", "the trading day, in the zone of the exchange"),
        Column::new("source", Text, Key, "", "who publishes it"),
        Column::new("symbol", Text, Key, "", "the instrument; `meta.instruments` describes it"),
        Column::new("open", Float, Value, "see `currency`", "first price"),
        Column::new("high", Float, Value, "see `currency`", "highest price"),
        Column::new("low", Float, Value, "see `currency`", "lowest price"),
        Column::new("close", Float, Value, "see `currency`", "last price"),
        Column::new("volume", Float, Value, "shares or contracts", "volume; NULL where the source has none"),
        Column::new("currency", Text, Attribute, "", "currency of the prices"),
    ],
};

pub static MARKET_EVENTS: Table = Table {
    name: "market_events",
    doc: "splits and distributions of the instruments in `market_data`",
    partition: &[],
    stamped: false,
    columns: &[
        Column::new("as_of", Date, AsOf, "", "first trading day without the right (ex date)"),
        Column::new("source", Text, Key, "", "who publishes it"),
        Column::new("symbol", Text, Key, "", "the instrument"),
        Column::new("kind", Text, Key, "", "split, dividend or capital_gain"),
        Column::new("value", Float, Value, "see `kind`", "new shares per old one, or money per share as it was on that day"),
    ],
};
