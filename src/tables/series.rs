//! Tables of one figure per series and day from sources that do not stamp their vintages: flows of foreign exchange, public accounts.

use super::ColumnType::{Date, Float, Int, Text};
use super::Derivation::{PeriodEnd, Revision, SeriesUnit};
use super::Role::{AsOf, Derived, Key, Value};
use super::{Column, Table};

/// The figure and what is computed of it, alike in every table of series.
pub(super) const VALUE: Column =
    Column::new("value", Float, Value, "see `unit`", "the figure; NULL where the source says that there is none");
pub(super) const REVISION: Column =
    Column::new("revision", Int, Derived(Revision), "", "how often the value had been revised: 0 for the first known one");
pub(super) const PERIOD_END: Column = Column::new(
    "period_end",
    Date,
    Derived(PeriodEnd),
    "",
    "last day of the period; NULL for a series that configuration does not describe",
);
pub(super) const UNIT: Column =
    Column::new("unit", Text, Derived(SeriesUnit), "", "unit of `value`; NULL for a series that configuration does not describe");

static COLUMNS: &[Column] = &[
    Column::new("as_of", Date, AsOf, "", "the day or period that the value describes, as the source dates it (a month by its first day)"),
    Column::new("source", Text, Key, "", "who publishes it"),
    Column::new("series_id", Text, Key, "", "the series; `meta.series_metadata` describes it"),
    VALUE,
    REVISION,
    PERIOD_END,
    UNIT,
];

pub static FX_FLOW: Table = Table {
    name: "fx_flow",
    doc: "foreign exchange contracted in Brazil, day by day: commercial, financial and total",
    partition: &[],
    stamped: false,
    columns: COLUMNS,
};

pub static FISCAL_DATA: Table = Table {
    name: "fiscal_data",
    doc: "public accounts of Brazil: balances and debt, month by month",
    partition: &[],
    stamped: false,
    columns: COLUMNS,
};
