//! Made-up vintages of the tables that have no rows of their own kind here, cell by cell: for SQL tests that hold their own lake.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock, Mutex};

use contango::lake::{Lake, rows};
use contango::tables::{self, Column, ColumnType, Role, Table};
use contango::time::{Availability, KnowledgeTime};
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::{Date32Type, Float64Type, Int64Type, TimestampMicrosecondType};

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
    /// The key and `as_of`, so that texts stand in the order of what they say.
    fn place(&self, table: &Table) -> Vec<String> {
        let padded = |column: &Column| {
            let cell = self.cell(column.name).unwrap_or_default();
            if column.kind == ColumnType::Int { format!("{cell:0>20}") } else { cell.to_string() }
        };
        table.key().chain([table.as_of()]).map(padded).collect()
    }
}

/// The same text for as long as the tests live, kept once.
pub fn interned(text: &str) -> &'static str {
    static KNOWN: LazyLock<Mutex<HashSet<&'static str>>> = LazyLock::new(Mutex::default);
    let mut known = KNOWN.lock().expect("no panic while interning");
    if let Some(text) = known.get(text) {
        return text;
    }
    let text: &'static str = text.to_string().leak();
    known.insert(text);
    text
}

/// Every vintage that a lake holds, table by table, in the order of its key.
pub async fn read(lake: &Lake) -> Vec<Plain> {
    let mut all = Vec::new();
    for table in tables::TABLES {
        let log = lake.log(table).await.expect("the log");
        let columns: Vec<&'static str> = table.stored().map(|column| column.name).collect();
        let batch = rows::read(lake, table, log.files().to_vec(), &columns, None).await.expect("the rows of the table");
        let mut mine: Vec<Plain> = (0..batch.num_rows()).map(|row| of_row(table, &batch, row)).collect();
        mine.sort_by_key(|row| (row.place(table), row.available_at));
        all.extend(mine);
    }
    all
}

fn of_row(table: &'static Table, batch: &RecordBatch, row: usize) -> Plain {
    let text = |name: &str| cell(batch, name, ColumnType::Text, row).expect("a system column is never NULL");
    let own = table.stored().filter(|column| column.role != Role::System);
    Plain {
        table: table.name,
        available_at: instant(cell(batch, "available_at", ColumnType::Instant, row).expect("never NULL")),
        availability: Availability::from_name(text("availability")).expect("a grade"),
        backcast: cell(batch, "backcast", ColumnType::Bool, row) == Some("true"),
        cells: own.filter_map(|column| Some((column.name, cell(batch, column.name, column.kind, row)?))).collect(),
    }
}

fn cell(batch: &RecordBatch, name: &str, kind: ColumnType, row: usize) -> Option<&'static str> {
    let column = batch.column_by_name(name).expect("a stored column");
    column.is_valid(row).then(|| match kind {
        ColumnType::Text => interned(column.as_string::<i32>().value(row)),
        ColumnType::Date => interned(&column.as_primitive::<Date32Type>().value_as_date(row).expect("a day").to_string()),
        ColumnType::Instant => {
            interned(&KnowledgeTime::from_micros(column.as_primitive::<TimestampMicrosecondType>().value(row)).to_string())
        }
        ColumnType::Int => interned(&column.as_primitive::<Int64Type>().value(row).to_string()),
        ColumnType::Float => interned(&format!("{:?}", column.as_primitive::<Float64Type>().value(row))),
        ColumnType::Bool => interned(&column.as_boolean().value(row).to_string()),
    })
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
