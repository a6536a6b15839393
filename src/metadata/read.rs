//! A whole metadata table as one Arrow batch, for `meta.<name>`. These tables are small: thousands of rows, not millions.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use rusqlite::types::FromSql;
use rusqlite::{Connection, Statement};

use super::{META_TABLES, Metadata, explain};
use crate::config::closest;
use crate::error::{Error, Result};

impl Metadata {
    /// The rows of a table of [`META_TABLES`], in the order of their primary key, with the columns as declared.
    ///
    /// # Errors
    /// There is no such table, or the database cannot be read.
    pub fn read(&self, table: &str) -> Result<(SchemaRef, RecordBatch)> {
        let names = || META_TABLES.iter().map(|known| known.name);
        if !names().any(|name| name == table) {
            let hint = match closest(table, names()) {
                Some(near) => format!("did you mean `meta.{near}`?"),
                None => format!("there are {}", names().collect::<Vec<_>>().join(", ")),
            };
            return Err(Error::query(format!("there is no metadata table `{table}`")).hint(hint));
        }
        let connection = self.connection();
        let one_moment = connection.unchecked_transaction().map_err(explain)?;
        read(&one_moment, table)
    }
}

fn read(connection: &Connection, table: &str) -> Result<(SchemaRef, RecordBatch)> {
    let declared = declared(connection, table)?;
    let order: Vec<&str> = declared.iter().filter(|column| column.in_key).map(|column| column.field.name().as_str()).collect();
    let mut rows = connection.prepare(&format!("SELECT * FROM {table} ORDER BY {}", order.join(", "))).map_err(explain)?;
    let mut arrays: Vec<ArrayRef> = Vec::new();
    for (at, column) in declared.iter().enumerate() {
        arrays.push(match column.field.data_type() {
            DataType::Int64 => Arc::new(Int64Array::from(values::<i64>(&mut rows, at)?)),
            DataType::Float64 => Arc::new(Float64Array::from(values::<f64>(&mut rows, at)?)),
            _ => Arc::new(StringArray::from(values::<String>(&mut rows, at)?)),
        });
    }
    let schema = Arc::new(Schema::new(declared.into_iter().map(|column| column.field).collect::<Vec<_>>()));
    let batch = RecordBatch::try_new(schema.clone(), arrays).map_err(|error| Error::internal(format!("{table}: {error}")))?;
    Ok((schema, batch))
}

struct Declared {
    field: Field,
    in_key: bool,
}

fn declared(connection: &Connection, table: &str) -> Result<Vec<Declared>> {
    let mut info = connection.prepare("SELECT name, type, \"notnull\", pk FROM pragma_table_info(?1) ORDER BY cid").map_err(explain)?;
    let columns = info.query_map([table], |row| {
        let (name, kind, not_null, key): (String, String, bool, i64) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        let kind = match kind.as_str() {
            "INTEGER" => DataType::Int64,
            "REAL" => DataType::Float64,
            _ => DataType::Utf8,
        };
        Ok(Declared { field: Field::new(name, kind, !not_null), in_key: key > 0 })
    });
    columns.and_then(Iterator::collect).map_err(explain)
}

fn values<T: FromSql>(rows: &mut Statement<'_>, column: usize) -> Result<Vec<Option<T>>> {
    rows.query_map([], |row| row.get(column)).and_then(Iterator::collect).map_err(explain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    fn open() -> (tempfile::TempDir, Metadata) {
        let folder = tempfile::tempdir().expect("a folder");
        let metadata = Metadata::open(folder.path()).expect("a new database");
        (folder, metadata)
    }

    #[test]
    fn every_table_reads_with_at_least_a_key_and_no_rows_at_first() {
        let (_folder, metadata) = open();
        for table in META_TABLES {
            let (schema, batch) = metadata.read(table.name).expect(table.name);
            assert!(batch.num_rows() == 0 && schema.fields().len() > 3, "{}", table.name);
        }
    }

    #[test]
    fn columns_have_their_declared_types() {
        let (_folder, metadata) = open();
        metadata
            .connection()
            .execute("INSERT INTO parent_settings (parent, tick_size, roll_days) VALUES ('ES.FUT', 0.25, 5)", [])
            .expect("written");
        let (schema, batch) = metadata.read("parent_settings").expect("a table of ours");
        let kind = |name: &str| schema.field_with_name(name).expect("a column").data_type().clone();
        assert_eq!((kind("parent"), kind("tick_size"), kind("roll_days")), (DataType::Utf8, DataType::Float64, DataType::Int64));
        assert_eq!(batch.num_rows(), 1);
        assert!(batch.column(schema.index_of("notes").expect("a column")).is_null(0));
    }

    #[test]
    fn an_unknown_table_suggests_the_nearest() {
        let (_folder, metadata) = open();
        let error = metadata.read("ingest_file").expect_err("no such table");
        assert_eq!((error.kind(), error.hint_text()), (Kind::Query, Some("did you mean `meta.ingest_files`?")));
        assert!(metadata.read("sqlite_master").is_err());
    }
}
