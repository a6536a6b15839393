//! `meta.*`: what the engine knows about itself and about the markets. Facts obey the clock, audit is refused under it, settings and
//! configuration are part of the question and are not clocked.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::error::Result;

use super::Core;
use super::composed::ComposedTable;
use super::computed::Computed;
use super::context::StatementContext;
use crate::error::Error;
use crate::metadata::{self, META_TABLES, Metadata, Standing};

mod glossary;
mod listings;
mod markets;
mod ranges;

pub use listings::columns;

pub struct MetaTable {
    pub name: &'static str,
    pub doc: &'static str,
    pub content: Content,
}

pub enum Content {
    /// SQL over lake tables: clocked like them.
    View(&'static str),
    /// The columns of every table and family: families are planned for it.
    Columns,
    /// Put together from the lake by an operator of our own: clocked like it.
    Composed(fn() -> ComposedTable),
    /// From configuration and code.
    Rows { schema: fn() -> SchemaRef, rows: fn(&StatementContext) -> crate::error::Result<RecordBatch> },
}

/// The tables of the schema `meta` that are computed; those of the metadata database stand in `metadata::META_TABLES`.
pub static TABLES: &[MetaTable] = &[
    MetaTable {
        name: "catalogue",
        doc: "every table of this schema",
        content: Content::Rows { schema: listings::catalogue_schema, rows: listings::catalogue_rows },
    },
    MetaTable {
        name: "tables",
        doc: "every lake table and view family",
        content: Content::Rows { schema: listings::tables_schema, rows: listings::tables_rows },
    },
    MetaTable {
        name: "table_ranges",
        doc: "rows (vintages as stored), days and release instants of each lake table, as far as they were known at the clock",
        content: Content::Composed(ranges::table),
    },
    MetaTable {
        name: "columns",
        doc: "every column of the lake tables and view families, with unit and meaning",
        content: Content::Columns,
    },
    MetaTable {
        name: "glossary",
        doc: "what columns mean that stand in tables of this schema and in the rows of functions",
        content: Content::Rows { schema: glossary::glossary_schema, rows: glossary::glossary_rows },
    },
    MetaTable {
        name: "functions",
        doc: "every function of our own, with its documentation",
        content: Content::Rows { schema: listings::functions_schema, rows: listings::functions_rows },
    },
    MetaTable {
        name: "roots",
        doc: "markets: the exchange's root, aliases, COT codes, contract size",
        content: Content::Rows { schema: markets::roots_schema, rows: markets::roots_rows },
    },
    MetaTable {
        name: "instruments",
        doc: "instruments of market_data: kind, the provider's symbol, currency, decimals, calendar",
        content: Content::Rows { schema: markets::instruments_schema, rows: markets::instruments_rows },
    },
    MetaTable {
        name: "series_metadata",
        doc: "economic series that configuration describes: unit, frequency, period, time of release",
        content: Content::Rows { schema: markets::series_schema, rows: markets::series_rows },
    },
    MetaTable {
        name: "series",
        doc: "every series of macro_series and flow_data: title, unit, frequency, and what of it was known at the clock",
        content: Content::View(include_str!("../../../sql/views/meta_series.sql")),
    },
    MetaTable {
        name: "sources",
        doc: "every provider with what is held of it, as far as it was known at the clock, and its next release",
        content: Content::View(include_str!("../../../sql/views/meta_sources.sql")),
    },
    MetaTable {
        name: "freshness",
        doc: "what of each series is the newest, what comes next and when it is due, and whether it is late at the clock",
        content: Content::View(include_str!("../../../sql/views/meta_freshness.sql")),
    },
    MetaTable {
        name: "grades",
        doc: "how well the instants of each table's vintages are known: rows by grade, and their share, as known at the clock",
        content: Content::View(include_str!("../../../sql/views/meta_grades.sql")),
    },
    MetaTable {
        name: "observations",
        doc: "observations of every table of series as known at the clock, with unit, frequency and calendar of each series",
        content: Content::View(include_str!("../../../sql/views/meta_observations.sql")),
    },
    MetaTable {
        name: "flow_series",
        doc: "the series of flow_data and where each comes from",
        content: Content::Rows { schema: markets::flow_schema, rows: markets::flow_rows },
    },
    MetaTable {
        name: "cot_features",
        doc: "the features that come from a trader category, and its report",
        content: Content::Rows { schema: markets::cot_features_schema, rows: markets::cot_features_rows },
    },
    MetaTable {
        name: "parent_metadata",
        doc: "roots with size and settings: typed, else as definitions known at the clock say, else configured",
        content: Content::View(include_str!("../../../sql/views/meta_parent_metadata.sql")),
    },
    MetaTable {
        name: "symbol_coverage",
        doc: "first and last day held per market and report of positioning, and per parent, dataset and schema of futures",
        content: Content::View(include_str!("../../../sql/views/meta_symbol_coverage.sql")),
    },
    MetaTable {
        name: "instrument_definitions",
        doc: "instruments as the exchange defines them, as far as it was known at the clock; spreads and options too",
        content: Content::View(include_str!("../../../sql/views/meta_instrument_definitions.sql")),
    },
    MetaTable {
        name: "instrument_map",
        doc: "which symbol an instrument id meant, from day to day",
        content: Content::View(include_str!("../../../sql/views/meta_instrument_map.sql")),
    },
];

pub fn find(name: &str) -> Option<&'static MetaTable> {
    TABLES.iter().find(|table| table.name == name)
}

/// Every name of the schema, with a line about it.
pub fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
    let computed = TABLES.iter().map(|table| (table.name, table.doc));
    let stored = META_TABLES.iter().filter(|table| find(table.name).is_none()).map(|table| (table.name, table.doc));
    computed.chain(stored)
}

/// The table of the metadata database of this name.
pub fn find_stored(name: &str) -> Option<&'static metadata::MetaTable> {
    META_TABLES.iter().find(|table| table.name == name)
}

/// A table of the metadata database. It is opened here, at planning, since only it knows its columns; its rows are read by the scan.
pub fn stored(table: &'static metadata::MetaTable, core: &Core) -> Result<Arc<dyn TableProvider>> {
    let metadata = match Metadata::open_to_read(core.data())? {
        Some(metadata) => metadata,
        None => Metadata::empty()?,
    };
    let (schema, rows) = metadata.read(table.name)?;
    let (name, kind) = (table.name, table.standing);
    let content = move |context: &StatementContext| {
        let (what, hint) = match (context.clock, kind) {
            (None, _) | (_, Standing::Setting) => return Ok(rows.clone()),
            (Some(_), Standing::Fact) => ("holds the newest state only", "its past is not kept; ask without a clock"),
            (Some(_), Standing::Audit) => {
                ("says what this installation did, not what the world knew", "ask without a clock: `RESET clock`")
            }
        };
        if kind == Standing::Fact && rows.num_rows() == 0 {
            return Ok(rows.clone());
        }
        Err(Error::query(format!("`meta.{name}` {what}, so it is refused under a clock")).hint(hint))
    };
    Ok(Arc::new(Computed::new(schema, content)))
}

fn text_schema(names: &[&str]) -> SchemaRef {
    Arc::new(Schema::new(names.iter().map(|name| Field::new(*name, DataType::Utf8, true)).collect::<Vec<_>>()))
}

fn batch(schema: SchemaRef, columns: Vec<ArrayRef>) -> crate::error::Result<RecordBatch> {
    RecordBatch::try_new(schema, columns).map_err(|error| Error::internal(error.to_string()))
}

fn text<T: AsRef<str>>(values: impl IntoIterator<Item = Option<T>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<StringArray>())
}
