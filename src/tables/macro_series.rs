//! The table of economic series: one row per series and period, each publication of it a vintage.

use super::ColumnType::{Date, Float, Int, Text};
use super::Derivation::{PeriodEnd, Revision, SeriesUnit};
use super::Role::{AsOf, Derived, Key, Value};
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
        Column::new("value", Float, Value, "see `unit`", "the figure; NULL where the source says that there is none"),
        Column::new("revision", Int, Derived(Revision), "", "how often the value had been revised: 0 for the first known one"),
        Column::new(
            "period_end",
            Date,
            Derived(PeriodEnd),
            "",
            "last day of the period; NULL for a series that configuration does not describe",
        ),
        Column::new("unit", Text, Derived(SeriesUnit), "", "unit of `value`; NULL for a series that configuration does not describe"),
    ],
};
