//! `meta.*`: what the engine knows about itself and about the markets. Facts obey the clock, audit is refused under it, settings and
//! configuration are part of the question and are not clocked.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::error::Result;

use super::Core;
use super::computed::Computed;
use super::context::StatementContext;
use super::face::Face;
use super::flow;
use super::functions::FUNCTIONS;
use super::types::sql_name;
use super::views::{FAMILIES, Family};
use crate::config::Series;
use crate::error::Error;
use crate::metadata::{self, META_TABLES, Metadata, Standing};
use crate::tables;

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
    /// From configuration and code.
    Rows { schema: fn() -> SchemaRef, rows: fn(&StatementContext) -> crate::error::Result<RecordBatch> },
}

/// The tables of the schema `meta` that are computed; those of the metadata database stand in `metadata::META_TABLES`.
pub static TABLES: &[MetaTable] = &[
    MetaTable {
        name: "catalogue",
        doc: "every table of this schema",
        content: Content::Rows { schema: catalogue_schema, rows: catalogue_rows },
    },
    MetaTable {
        name: "tables",
        doc: "every lake table and view family",
        content: Content::Rows { schema: tables_schema, rows: tables_rows },
    },
    MetaTable {
        name: "columns",
        doc: "every column of the lake tables and view families, with unit and meaning",
        content: Content::Columns,
    },
    MetaTable {
        name: "functions",
        doc: "every function of our own, with its documentation",
        content: Content::Rows { schema: functions_schema, rows: functions_rows },
    },
    MetaTable {
        name: "roots",
        doc: "markets: the exchange's root, aliases, COT codes, contract size",
        content: Content::Rows { schema: roots_schema, rows: roots_rows },
    },
    MetaTable {
        name: "series_metadata",
        doc: "economic series that configuration describes: unit, frequency, period, time of release",
        content: Content::Rows { schema: series_schema, rows: series_rows },
    },
    MetaTable {
        name: "flow_series",
        doc: "the series of flow_data and where each comes from",
        content: Content::Rows { schema: flow_schema, rows: flow_rows },
    },
    MetaTable {
        name: "cot_features",
        doc: "the features that come from a trader category, and its report",
        content: Content::Rows { schema: cot_features_schema, rows: cot_features_rows },
    },
    MetaTable {
        name: "parent_metadata",
        doc: "roots with size and settings: typed, else as definitions known at the clock say, else configured",
        content: Content::View(include_str!("../../sql/views/meta_parent_metadata.sql")),
    },
    MetaTable {
        name: "symbol_coverage",
        doc: "first and last day held per market and report of positioning, and per parent, dataset and schema of futures",
        content: Content::View(include_str!("../../sql/views/meta_symbol_coverage.sql")),
    },
    MetaTable {
        name: "instrument_definitions",
        doc: "instruments as the exchange defines them, as far as it was known at the clock; spreads and options too",
        content: Content::View(include_str!("../../sql/views/meta_instrument_definitions.sql")),
    },
    MetaTable {
        name: "instrument_map",
        doc: "which symbol an instrument id meant, from day to day",
        content: Content::View(include_str!("../../sql/views/meta_instrument_map.sql")),
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
    let metadata = Metadata::open(core.data())?;
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

fn catalogue_schema() -> SchemaRef {
    text_schema(&["name", "doc"])
}
fn catalogue_rows(_: &StatementContext) -> crate::error::Result<RecordBatch> {
    batch(catalogue_schema(), vec![text(names().map(|(name, _)| Some(name))), text(names().map(|(_, doc)| Some(doc)))])
}

fn tables_schema() -> SchemaRef {
    text_schema(&["name", "kind", "faces", "doc"])
}
fn tables_rows(_: &StatementContext) -> crate::error::Result<RecordBatch> {
    let lake = tables::TABLES.iter().map(|table| (table.name, "table", table.doc, &Face::ALL[..]));
    let families = FAMILIES.iter().map(|family| (family.name, "view family", family.doc, family.faces()));
    let all: Vec<_> = lake.chain(families).collect();
    let named = |name: &str, faces: &[Face]| faces.iter().map(|face| format!("{name}{}", face.suffix())).collect::<Vec<_>>().join(", ");
    batch(
        tables_schema(),
        vec![
            text(all.iter().map(|(name, ..)| Some(*name))),
            text(all.iter().map(|(_, kind, ..)| Some(*kind))),
            text(all.iter().map(|(name, .., faces)| Some(named(name, faces)))),
            text(all.iter().map(|(_, _, doc, _)| Some(*doc))),
        ],
    )
}

/// `meta.columns`, given what each family shows.
pub fn columns(families: &[(&'static Family, SchemaRef)]) -> crate::error::Result<Arc<dyn TableProvider>> {
    let schema = text_schema(&["table_name", "column_name", "type", "role", "unit", "doc"]);
    let mut rows: Vec<[Option<String>; 6]> = Vec::new();
    let said = |text: &str| Some(text.to_string()).filter(|text| !text.is_empty());
    for table in tables::TABLES {
        for c in table.columns() {
            rows.push([said(table.name), said(c.name), said(c.kind.sql_name()), said(c.role.name()), said(c.unit), said(c.doc)]);
        }
    }
    for (family, shown) in families {
        for field in shown.fields() {
            let meaning = family.meaning(field.name());
            let kind = sql_name(field.data_type());
            rows.push([said(family.name), said(field.name()), said(&kind), said(meaning.role), said(meaning.unit), said(&meaning.doc)]);
        }
    }
    let arrays = (0..6).map(|column| text(rows.iter().map(|row| row[column].as_deref()))).collect();
    let batch = batch(schema.clone(), arrays)?;
    Ok(Arc::new(Computed::new(schema, move |_: &StatementContext| Ok(batch.clone()))))
}

fn functions_schema() -> SchemaRef {
    text_schema(&["name", "syntax", "summary", "nulls", "causality", "example"])
}
fn functions_rows(_: &StatementContext) -> crate::error::Result<RecordBatch> {
    let all: Vec<_> = FUNCTIONS.iter().map(|function| function.documentation()).collect();
    batch(
        functions_schema(),
        vec![
            text(all.iter().map(|d| Some(d.name))),
            text(all.iter().map(|d| Some(d.syntax))),
            text(all.iter().map(|d| Some(d.summary))),
            text(all.iter().map(|d| Some(d.nulls))),
            text(all.iter().map(|d| Some(d.causality))),
            text(all.iter().map(|d| Some(d.example))),
        ],
    )
}

fn roots_schema() -> SchemaRef {
    let text = ["root", "name", "aliases", "exchange", "cot_report", "cot_codes", "dataset", "parent", "currency", "months", "calendar"];
    let mut fields: Vec<Field> = text.iter().map(|name| Field::new(*name, DataType::Utf8, true)).collect();
    fields.extend(["point_value", "tick_size"].map(|name| Field::new(name, DataType::Float64, true)));
    Arc::new(Schema::new(fields))
}
fn roots_rows(context: &StatementContext) -> crate::error::Result<RecordBatch> {
    let roots = &context.config.roots;
    let number = |values: Vec<Option<f64>>| Arc::new(Float64Array::from(values)) as ArrayRef;
    batch(
        roots_schema(),
        vec![
            text(roots.iter().map(|r| Some(&r.root))),
            text(roots.iter().map(|r| Some(&r.name))),
            text(roots.iter().map(|r| Some(r.aliases.join(", ")))),
            text(roots.iter().map(|r| Some(&r.exchange))),
            text(roots.iter().map(|r| Some(&r.cot_report))),
            text(roots.iter().map(|r| Some(r.cot_codes.join(", ")))),
            text(roots.iter().map(|r| r.dataset.as_ref())),
            text(roots.iter().map(|r| r.parent.as_ref())),
            text(roots.iter().map(|r| r.currency.as_ref())),
            text(roots.iter().map(|r| r.months.as_ref())),
            text(roots.iter().map(|r| r.calendar.as_ref())),
            number(roots.iter().map(|r| r.point_value).collect()),
            number(roots.iter().map(|r| r.tick_size).collect()),
        ],
    )
}

const SERIES_TEXT: [&str; 9] = ["source", "series_id", "name", "unit", "frequency", "seasonal_adjustment", "dated", "released", "note"];

fn series_schema() -> SchemaRef {
    let mut fields: Vec<Field> = SERIES_TEXT.iter().map(|name| Field::new(*name, DataType::Utf8, true)).collect();
    fields.extend([Field::new("revises", DataType::Boolean, true), Field::new("release_id", DataType::Int64, true)]);
    Arc::new(Schema::new(fields))
}
fn series_rows(context: &StatementContext) -> crate::error::Result<RecordBatch> {
    let series = &context.config.series;
    let released = |s: &Series| s.released.map(|(time, zone)| format!("{} {zone}", time.format("%H:%M")));
    batch(
        series_schema(),
        vec![
            text(series.iter().map(|s| Some(&s.source))),
            text(series.iter().map(|s| Some(&s.id))),
            text(series.iter().map(|s| Some(&s.name))),
            text(series.iter().map(|s| Some(&s.unit))),
            text(series.iter().map(|s| Some(s.frequency.name()))),
            text(series.iter().map(|s| s.seasonal_adjustment.as_ref())),
            text(series.iter().map(|s| Some(s.dated.name()))),
            text(series.iter().map(released)),
            text(series.iter().map(|s| s.note.as_ref())),
            Arc::new(series.iter().map(|s| Some(s.revises)).collect::<BooleanArray>()),
            Arc::new(series.iter().map(|s| s.release_id.map(i64::from)).collect::<Int64Array>()),
        ],
    )
}

fn cot_features_schema() -> SchemaRef {
    text_schema(&["feature", "report", "category"])
}
fn cot_features_rows(_: &StatementContext) -> crate::error::Result<RecordBatch> {
    const FEATURES: [(&str, &str, &str); 7] = [
        ("cot_managed_money_net", "disaggregated", "managed_money"),
        ("cot_producer_net", "disaggregated", "producer_merchant"),
        ("cot_swap_net", "disaggregated", "swap_dealer"),
        ("cot_dealer_net", "tff", "dealer"),
        ("cot_asset_manager_net", "tff", "asset_manager"),
        ("cot_leveraged_funds_net", "tff", "leveraged_funds"),
        ("cot_other_reportable_net", "tff", "other_reportable"),
    ];
    batch(
        cot_features_schema(),
        vec![
            text(FEATURES.iter().map(|(feature, ..)| Some(*feature))),
            text(FEATURES.iter().map(|(_, report, _)| Some(*report))),
            text(FEATURES.iter().map(|(.., category)| Some(*category))),
        ],
    )
}

fn flow_schema() -> SchemaRef {
    text_schema(&["series_id", "root", "report", "contract_code", "category"])
}

fn flow_rows(context: &StatementContext) -> crate::error::Result<RecordBatch> {
    let all: Vec<_> = flow::series(&context.config).collect();
    batch(
        flow_schema(),
        vec![
            text(all.iter().map(|series| Some(&series.id))),
            text(all.iter().map(|series| Some(&series.root.root))),
            text(all.iter().map(|series| Some(&series.root.cot_report))),
            text(all.iter().map(|series| Some(series.contract_code))),
            text(all.iter().map(|series| Some(series.category))),
        ],
    )
}
