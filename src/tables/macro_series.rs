//! The table of economic series: one row per series and period, each publication of it a vintage.

use super::ColumnType::{Date, Text};
use super::Role::{AsOf, Key};
use super::series::{PERIOD_END, REVISION, UNIT, VALUE};
use super::{Column, Table};

pub static MACRO_SERIES: Table = Table {
    name: "macro_series",
    doc: "economic series with their vintages: one row per source, series and period",
    partition: &["source"],
    stamped: true,
    columns: &[
        Column::new("as_of", Date, AsOf, "", "the period that the value describes, as the source dates it (a month by its first day)"),
        Column::new("source", Text, Key, "", "who publishes the vintages (fred), or the name that vintages of a file were given"),
        Column::new("series_id", Text, Key, "", "the series as the source names it (PAYEMS); `meta.series_metadata` describes those known"),
        VALUE,
        REVISION,
        PERIOD_END,
        UNIT,
    ],
};
