//! `TABLES`: every lake table, its columns, their roles, units and meaning. The schema of a Delta table, of a parsed batch and of a SQL
//! table are all derived from here, and from nowhere else.
//!
//! A column's role decides how revisions are told apart (design: only values make a revision) and what may be pushed below the choice of
//! the latest vintage (only keys and `as_of`). Derived columns are never stored: they are computed when a table is read.

mod cot;
/// Yield curves and bonds.
pub mod curves;
mod expectations;
mod eye;
mod futures;
mod macro_series;
mod market_data;
mod series;

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

/// What a column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Names the series; together with `as_of` it names the observation.
    Key,
    /// The date or instant that the values describe.
    AsOf,
    /// A published figure: a change of it is a revision.
    Value,
    /// Descriptive, may drift without being a revision (market names).
    Attribute,
    /// Written by the lake itself: knowledge time and provenance.
    System,
    /// Computed on reading.
    Derived(Derivation),
}

impl Role {
    /// The role in a word, for catalogue listings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::AsOf => "as_of",
            Self::Value => "value",
            Self::Attribute => "attribute",
            Self::System => "system",
            Self::Derived(_) => "derived",
        }
    }
}

/// How a derived column is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Derivation {
    /// The root of the market in `contract_code`, from `config/instruments.toml`; NULL for a market that is not listed there.
    CotRoot,
    /// `long - short`.
    Net,
    /// Vintages of the observation that were known before this one.
    Revision,
    /// Last day of the period that starts or ends at `as_of`, by the frequency of the series in configuration.
    PeriodEnd,
    /// Unit of the series, from configuration.
    SeriesUnit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    Text,
    Date,
    /// Timestamp in microseconds, UTC.
    Instant,
    Int,
    Float,
    Bool,
}

impl ColumnType {
    pub fn arrow(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Date => DataType::Date32,
            Self::Instant => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::Int => DataType::Int64,
            Self::Float => DataType::Float64,
            Self::Bool => DataType::Boolean,
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub name: &'static str,
    pub kind: ColumnType,
    pub role: Role,
    pub nullable: bool,
    /// Unit as printed by `.schema`; empty where the column has none.
    pub unit: &'static str,
    pub doc: &'static str,
}

impl Column {
    const fn new(name: &'static str, kind: ColumnType, role: Role, unit: &'static str, doc: &'static str) -> Self {
        let nullable = matches!(role, Role::Value | Role::Attribute | Role::Derived(_));
        Self { name, kind, role, nullable, unit, doc }
    }
    pub fn is_stored(&self) -> bool {
        !matches!(self.role, Role::Derived(_))
    }
    pub fn field(&self) -> Field {
        Field::new(self.name, self.kind.arrow(), self.nullable)
    }
}

#[derive(Debug)]
pub struct Table {
    pub name: &'static str,
    pub doc: &'static str,
    /// Columns in the order in which users see them, without the system columns.
    columns: &'static [Column],
    /// Delta partition columns: a prefix of the key, or none.
    pub partition: &'static [&'static str],
    /// A source that feeds the table stamps its vintages: `release_at` of a parsed row is its `available_at` whatever came before, payloads may
    /// come in any order, and a vintage equal to its predecessor is left out when the table is read.
    pub stamped: bool,
}

/// A parsed batch carries these beside the table's own columns: what the source knows of the release of each row.
pub const RELEASE_AT: &str = "release_at";
pub const RELEASE_GRADE: &str = "release_grade";

impl Table {
    /// Every column that SQL shows, in order.
    pub fn columns(&self) -> impl Iterator<Item = &'static Column> + Clone {
        self.columns.iter().chain(SYSTEM)
    }
    /// The columns that are written to Parquet, in order.
    pub fn stored(&self) -> impl Iterator<Item = &'static Column> + Clone {
        self.columns().filter(|c| c.is_stored())
    }
    pub fn key(&self) -> impl Iterator<Item = &'static Column> + Clone {
        self.columns.iter().filter(|c| c.role == Role::Key)
    }
    pub fn as_of(&self) -> &'static Column {
        self.columns.iter().find(|c| c.role == Role::AsOf).expect("every table has an as_of column")
    }
    pub fn values(&self) -> impl Iterator<Item = &'static Column> + Clone {
        self.columns.iter().filter(|c| c.role == Role::Value)
    }
    pub fn column(&self, name: &str) -> Option<&'static Column> {
        self.columns().find(|c| c.name == name)
    }
    /// Names of the columns that order every file: key, `as_of`, `available_at`.
    pub fn sort_columns(&self) -> Vec<&'static str> {
        self.key().map(|c| c.name).chain([self.as_of().name, "available_at"]).collect()
    }
    /// What SQL shows.
    pub fn sql_schema(&self) -> SchemaRef {
        Arc::new(Schema::new(self.columns().map(Column::field).collect::<Vec<_>>()))
    }
    /// What the Delta table holds, partition columns included.
    pub fn stored_schema(&self) -> SchemaRef {
        Arc::new(Schema::new(self.stored().map(Column::field).collect::<Vec<_>>()))
    }
    /// What a source's parser returns: the stored columns without the system ones, then [`RELEASE_AT`] and [`RELEASE_GRADE`].
    pub fn parsed_schema(&self) -> SchemaRef {
        let own = self.columns.iter().filter(|c| c.is_stored()).map(Column::field);
        let release = [Field::new(RELEASE_AT, ColumnType::Instant.arrow(), false), Field::new(RELEASE_GRADE, DataType::Utf8, false)];
        Arc::new(Schema::new(own.chain(release).collect::<Vec<_>>()))
    }
}

/// The lake table of this name.
pub fn find(name: &str) -> Option<&'static Table> {
    TABLES.iter().copied().find(|t| t.name == name)
}

/// The lake table of this name, which a literal in our own code names.
pub fn get(name: &'static str) -> &'static Table {
    find(name).unwrap_or_else(|| panic!("`{name}` is not in TABLES"))
}

use ColumnType::{Bool, Instant, Text};
use Role::System;

static SYSTEM: &[Column] = &[
    Column::new("available_at", Instant, System, "", "first instant at which the public could know this value"),
    Column::new("availability", Text, System, "", "how `available_at` is known: stamped, scheduled, rule, lagged or observed"),
    Column::new("backcast", Bool, System, "", "read so long after its release that the source may have revised it silently"),
    Column::new("ingested_at", Instant, System, "", "when the payload that brought this row was downloaded"),
    Column::new("payload", Text, System, "", "SHA-256 of the raw file that brought this row"),
];

pub use cot::COT;
pub use curves::{BONDS, CURVES};
pub use expectations::EXPECTATIONS;
pub use eye::rank;
pub use futures::{CONTINUOUS_BAR_ROLLS, CONTINUOUS_BARS, FUTURES_DEFINITIONS, FUTURES_OHLCV, FUTURES_STATISTICS};
pub use macro_series::MACRO_SERIES;
pub use market_data::{MARKET_DATA, MARKET_EVENTS};
pub use series::{FISCAL_DATA, FX_FLOW};

/// Every lake table.
pub static TABLES: &[&Table] = &[
    &cot::COT,
    &cot::COT_MARKETS,
    &cot::COT_CROP_YEARS,
    &futures::FUTURES_OHLCV,
    &futures::FUTURES_STATISTICS,
    &futures::FUTURES_DEFINITIONS,
    &futures::CONTINUOUS_BARS,
    &futures::CONTINUOUS_BAR_ROLLS,
    &macro_series::MACRO_SERIES,
    &series::FX_FLOW,
    &series::FISCAL_DATA,
    &curves::CURVES,
    &curves::BONDS,
    &market_data::MARKET_DATA,
    &market_data::MARKET_EVENTS,
    &expectations::EXPECTATIONS,
];
