//! Made-up rows of any lake table, written out column by column, for tables that have no rows of their own kind here: written through the
//! lake's own append, cut at an instant like the others.

use std::collections::BTreeMap;
use std::sync::Arc;

use contango::lake::Lake;
use contango::tables::{ColumnType, Table};
use contango::time::{Availability, KnowledgeTime};
use datafusion::arrow::array::{ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray};

use super::{append, day, instant};

/// One vintage: columns that are not written are NULL, a key's is empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub table: &'static str,
    pub cells: BTreeMap<&'static str, &'static str>,
    pub available_at: KnowledgeTime,
    pub availability: Availability,
    pub backcast: bool,
}

impl Row {
    fn cell(&self, column: &str) -> Option<&'static str> {
        self.cells.get(column).copied().filter(|cell| *cell != "NULL")
    }
}

/// The rows that were known by an instant.
pub fn cut(rows: &[Row], at: KnowledgeTime) -> Vec<Row> {
    rows.iter().filter(|row| row.available_at <= at).cloned().collect()
}

/// Writes rows into a lake whose tables of them are empty, spread over `n_payloads` commits to each.
pub async fn write_into(lake: &Lake, rows: &[Row], n_payloads: usize) {
    for table in contango::tables::TABLES.iter().copied() {
        let of_table: Vec<&Row> = rows.iter().filter(|row| row.table == table.name).collect();
        for part in 0..n_payloads {
            let mut mine: Vec<&Row> = of_table.iter().copied().skip(part).step_by(n_payloads).collect();
            let key = |row: &Row| table.key().chain([table.as_of()]).map(|column| row.cell(column.name)).collect::<Vec<_>>();
            mine.sort_by_key(|row| (key(row), row.available_at));
            append(lake, table, part, mine.len(), |name| Some(values(table, name, &mine))).await;
        }
    }
}

fn values(table: &'static Table, name: &str, rows: &[&Row]) -> ArrayRef {
    let text = |of: &dyn Fn(&Row) -> Option<String>| Arc::new(rows.iter().map(|row| of(row)).collect::<StringArray>()) as ArrayRef;
    match name {
        "available_at" | "ingested_at" => {
            let instants = rows.iter().map(|row| Some(row.available_at.micros()));
            return Arc::new(instants.collect::<TimestampMicrosecondArray>().with_timezone("UTC"));
        }
        "availability" => return text(&|row| Some(row.availability.name().into())),
        "backcast" => return Arc::new(rows.iter().map(|row| Some(row.backcast)).collect::<BooleanArray>()),
        "payload" => return text(&|_| Some("0".repeat(64))),
        _ => {}
    }
    let column = table.column(name).unwrap_or_else(|| panic!("`{}` has no column `{name}`", table.name));
    let cells = || rows.iter().map(|row| row.cell(name));
    let days = |cell: &str| day(cell).signed_duration_since(chrono::NaiveDate::default()).num_days() as i32;
    match column.kind {
        ColumnType::Text => text(&|row| row.cell(name).map(str::to_string).or_else(|| (!column.nullable).then(String::new))),
        ColumnType::Date => Arc::new(cells().map(|cell| cell.map(days)).collect::<Date32Array>()),
        ColumnType::Instant => {
            let instants = cells().map(|cell| cell.map(|cell| instant(cell).micros()));
            Arc::new(instants.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
        }
        ColumnType::Int => Arc::new(cells().map(|cell| cell.map(|cell| cell.parse().expect("a whole number"))).collect::<Int64Array>()),
        ColumnType::Float => Arc::new(cells().map(|cell| cell.map(|cell| cell.parse().expect("a number"))).collect::<Float64Array>()),
        ColumnType::Bool => Arc::new(cells().map(|cell| cell.map(|cell| cell == "true")).collect::<BooleanArray>()),
    }
}
