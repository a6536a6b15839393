//! `meta.catalogue`, `.tables`, `.columns`, `.functions`: what can be asked for, from the code that answers it. No clock moves them.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;

use super::{batch, names, text, text_schema};
use crate::engine::computed::Computed;
use crate::engine::context::StatementContext;
use crate::engine::face::Face;
use crate::engine::functions::FUNCTIONS;
use crate::engine::types::sql_name;
use crate::engine::views::{FAMILIES, Family};
use crate::tables;

pub fn catalogue_schema() -> SchemaRef {
    text_schema(&["name", "doc"])
}
pub fn catalogue_rows(_: &StatementContext) -> crate::error::Result<RecordBatch> {
    batch(catalogue_schema(), vec![text(names().map(|(name, _)| Some(name))), text(names().map(|(_, doc)| Some(doc)))])
}

pub fn tables_schema() -> SchemaRef {
    text_schema(&["name", "kind", "faces", "doc"])
}
pub fn tables_rows(_: &StatementContext) -> crate::error::Result<RecordBatch> {
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
            rows.push([said(table.name), said(c.name), said(&sql_name(&c.kind.arrow())), said(c.role.name()), said(c.unit), said(c.doc)]);
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

pub fn functions_schema() -> SchemaRef {
    text_schema(&["name", "kind", "syntax", "arguments", "summary", "nulls", "causality", "example"])
}
pub fn functions_rows(_: &StatementContext) -> crate::error::Result<RecordBatch> {
    let all: Vec<_> = FUNCTIONS.iter().map(|function| function.documentation()).collect();
    batch(
        functions_schema(),
        vec![
            text(all.iter().map(|d| Some(d.name))),
            text(FUNCTIONS.iter().map(|function| Some(function.kind()))),
            text(all.iter().map(|d| Some(d.syntax))),
            text(FUNCTIONS.iter().map(|function| Some(function.parameters().join(", ")).filter(|names| !names.is_empty()))),
            text(all.iter().map(|d| Some(d.summary))),
            text(all.iter().map(|d| Some(d.nulls))),
            text(all.iter().map(|d| Some(d.causality))),
            text(all.iter().map(|d| Some(d.example))),
        ],
    )
}
