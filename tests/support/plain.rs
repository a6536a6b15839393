//! Made-up vintages of the tables that have no rows of their own kind here, cell by cell: for SQL tests that hold their own lake.

use std::sync::Arc;

use contango::lake::Lake;
use contango::tables::{self, ColumnType, Table};
use contango::time::{Availability, KnowledgeTime};
use datafusion::arrow::array::{ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray};

use super::{append, day, instant};

/// One vintage.
#[derive(Debug, Clone, PartialEq)]
pub struct Plain {
    pub table: &'static str,
    pub available_at: KnowledgeTime,
    pub availability: Availability,
    pub backcast: bool,
    /// By the names of columns; those that are not here are NULL.
    pub cells: Vec<(&'static str, &'static str)>,
}

impl Plain {
    fn cell(&self, column: &str) -> Option<&'static str> {
        self.cells.iter().find(|(name, _)| *name == column).map(|(_, value)| *value)
    }
    fn place(&self, table: &Table) -> Vec<&'static str> {
        table.key().map(|key| key.name).chain([table.as_of().name]).map(|name| self.cell(name).unwrap_or_default()).collect()
    }
}

/// The vintages that were known by an instant.
pub fn cut(rows: &[Plain], at: KnowledgeTime) -> Vec<Plain> {
    rows.iter().filter(|row| row.available_at <= at).cloned().collect()
}

/// Writes vintages into a lake whose tables of them are empty, spread over `n_payloads` commits.
pub async fn write_into(lake: &Lake, rows: &[Plain], n_payloads: usize) {
    for table in tables::TABLES {
        for part in 0..n_payloads {
            let of_table = rows.iter().filter(|row| row.table == table.name);
            let mut mine: Vec<&Plain> = of_table.skip(part).step_by(n_payloads).collect();
            mine.sort_by_key(|row| (row.place(table), row.available_at));
            append(lake, table, part, mine.len(), |name| Some(values(table, name, &mine))).await;
        }
    }
}

fn values(table: &Table, name: &str, rows: &[&Plain]) -> ArrayRef {
    let micros = |at: KnowledgeTime| Some(at.micros());
    let instants = |all: Vec<Option<i64>>| Arc::new(TimestampMicrosecondArray::from(all).with_timezone("UTC")) as ArrayRef;
    match name {
        "available_at" | "ingested_at" => return instants(rows.iter().map(|row| micros(row.available_at)).collect()),
        "availability" => return Arc::new(rows.iter().map(|row| Some(row.availability.name())).collect::<StringArray>()),
        "backcast" => return Arc::new(rows.iter().map(|row| Some(row.backcast)).collect::<BooleanArray>()),
        "payload" => return Arc::new(StringArray::new_repeated("0".repeat(64).as_str(), rows.len())),
        _ => {}
    }
    let cells = || rows.iter().map(|row| row.cell(name));
    match table.column(name).expect("a column of the table").kind {
        ColumnType::Text => Arc::new(cells().collect::<StringArray>()),
        ColumnType::Date => Arc::new(cells().map(|cell| cell.map(|text| day(text).to_epoch_days())).collect::<Date32Array>()),
        ColumnType::Instant => instants(cells().map(|cell| cell.and_then(|text| micros(instant(text)))).collect()),
        ColumnType::Int => Arc::new(cells().map(|cell| cell.map(|text| text.parse().expect("a whole number"))).collect::<Int64Array>()),
        ColumnType::Float => Arc::new(cells().map(|cell| cell.map(|text| text.parse().expect("a number"))).collect::<Float64Array>()),
        ColumnType::Bool => Arc::new(cells().map(|cell| cell.map(|text| text == "true")).collect::<BooleanArray>()),
    }
}
