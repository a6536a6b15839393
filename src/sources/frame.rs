//! Parsed rows, put together cell by cell: from what a source understood to a batch in `Table::parsed_schema()`. It checks that every row has
//! what the table demands, and knows nothing of providers.

use chrono::NaiveDate;
use datafusion::arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use datafusion::arrow::record_batch::RecordBatch;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::tables::{Column, ColumnType, RELEASE_AT, RELEASE_GRADE, Table};
use crate::time::{KnowledgeTime, Release};

/// Rows of a table in the making.
pub struct Rows {
    table: &'static Table,
    columns: Vec<(&'static Column, Cells)>,
    release_at: TimestampMicrosecondBuilder,
    release_grade: StringBuilder,
    /// Rows that have their end.
    n_rows: usize,
}

enum Cells {
    Text(StringBuilder),
    Date(Date32Builder),
    Instant(TimestampMicrosecondBuilder),
    Int(Int64Builder),
    Float(Float64Builder),
    Bool(BooleanBuilder),
}

impl Cells {
    fn new(kind: ColumnType) -> Self {
        match kind {
            ColumnType::Text => Self::Text(StringBuilder::new()),
            ColumnType::Date => Self::Date(Date32Builder::new()),
            ColumnType::Instant => Self::Instant(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            ColumnType::Int => Self::Int(Int64Builder::new()),
            ColumnType::Float => Self::Float(Float64Builder::new()),
            ColumnType::Bool => Self::Bool(BooleanBuilder::new()),
        }
    }
    fn fill(&mut self, n_rows: usize) {
        macro_rules! fill {
            ($($kind:ident),*) => { match self { $(Self::$kind(cells) => {
                use datafusion::arrow::array::ArrayBuilder;
                (cells.len()..n_rows).for_each(|_| cells.append_null());
            })* } };
        }
        fill!(Text, Date, Instant, Int, Float, Bool);
    }
    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(cells) => Arc::new(cells.finish()),
            Self::Date(cells) => Arc::new(cells.finish()),
            Self::Instant(cells) => Arc::new(cells.finish()),
            Self::Int(cells) => Arc::new(cells.finish()),
            Self::Float(cells) => Arc::new(cells.finish()),
            Self::Bool(cells) => Arc::new(cells.finish()),
        }
    }
}

impl Rows {
    pub fn new(table: &'static Table) -> Self {
        let own = table.columns().filter(|c| c.is_stored() && c.role != crate::tables::Role::System);
        Self {
            table,
            columns: own.map(|column| (column, Cells::new(column.kind))).collect(),
            release_at: TimestampMicrosecondBuilder::new().with_timezone("UTC"),
            release_grade: StringBuilder::new(),
            n_rows: 0,
        }
    }

    pub fn len(&self) -> usize {
        self.n_rows
    }

    pub fn is_empty(&self) -> bool {
        self.n_rows == 0
    }

    fn cells(&mut self, column: &str) -> &mut Cells {
        let table = self.table.name;
        let found = self.columns.iter_mut().find(|(own, _)| own.name == column);
        &mut found.unwrap_or_else(|| panic!("`{table}` has no column `{column}` that is stored")).1
    }

    pub fn text<'v>(&mut self, column: &str, value: impl Into<Option<&'v str>>) -> &mut Self {
        let value = value.into();
        match self.cells(column) {
            Cells::Text(cells) => cells.append_option(value),
            _ => panic!("the column `{column}` is no text"),
        }
        self
    }

    pub fn day(&mut self, column: &str, value: impl Into<Option<NaiveDate>>) -> &mut Self {
        let value = value.into().map(|day| day.to_epoch_days());
        match self.cells(column) {
            Cells::Date(cells) => cells.append_option(value),
            _ => panic!("the column `{column}` is no date"),
        }
        self
    }

    pub fn instant(&mut self, column: &str, value: impl Into<Option<KnowledgeTime>>) -> &mut Self {
        let value = value.into().map(KnowledgeTime::micros);
        match self.cells(column) {
            Cells::Instant(cells) => cells.append_option(value),
            _ => panic!("the column `{column}` is no instant"),
        }
        self
    }

    pub fn int(&mut self, column: &str, value: impl Into<Option<i64>>) -> &mut Self {
        let value = value.into();
        match self.cells(column) {
            Cells::Int(cells) => cells.append_option(value),
            _ => panic!("the column `{column}` is no whole number"),
        }
        self
    }

    pub fn float(&mut self, column: &str, value: impl Into<Option<f64>>) -> &mut Self {
        let value = value.into();
        match self.cells(column) {
            Cells::Float(cells) => cells.append_option(value),
            _ => panic!("the column `{column}` is no number"),
        }
        self
    }

    /// Ends the row, with what is known of its release; cells that were not given are NULL.
    pub fn end(&mut self, release: Release) {
        crate::memory::demand_room();
        self.n_rows += 1;
        self.release_at.append_value(release.at.micros());
        self.release_grade.append_value(release.availability.name());
        self.columns.iter_mut().for_each(|(_, cells)| cells.fill(self.n_rows));
    }

    /// # Errors
    /// A cell was given twice in a row, or one is missing that the table demands.
    pub fn finish(mut self) -> Result<RecordBatch> {
        let schema = self.table.parsed_schema();
        let columns = schema.fields().iter().map(|field| match field.name().as_str() {
            RELEASE_AT => Arc::new(self.release_at.finish()) as ArrayRef,
            RELEASE_GRADE => Arc::new(self.release_grade.finish()),
            name => self.cells(name).finish(),
        });
        let columns = columns.collect();
        RecordBatch::try_new(schema, columns).map_err(|error| Error::internal(format!("parsed rows of `{}`: {error}", self.table.name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::MACRO_SERIES;
    use crate::time::Availability;

    fn release() -> Release {
        Release { at: KnowledgeTime::from_micros(5), availability: Availability::Rule }
    }

    #[test]
    fn cells_that_were_not_given_are_null() {
        let mut rows = Rows::new(&MACRO_SERIES);
        rows.text("source", "x").text("series_id", "y").day("as_of", NaiveDate::default()).float("value", 1.5).end(release());
        rows.text("source", "x").text("series_id", "z").day("as_of", NaiveDate::default()).end(release());
        assert_eq!(rows.len(), 2);
        let batch = rows.finish().expect("whole rows");
        assert_eq!(batch.schema(), MACRO_SERIES.parsed_schema());
        assert_eq!(batch.column_by_name("value").map(|values| values.null_count()), Some(1));
    }

    #[test]
    fn a_row_lacks_nothing_that_the_table_demands() {
        let mut rows = Rows::new(&MACRO_SERIES);
        rows.text("source", "x").day("as_of", NaiveDate::default()).end(release());
        assert!(rows.finish().expect_err("no series").to_string().contains("macro_series"));
    }
}
