//! `releases('cot')`: the release calendar as it could be known at the clock.

use std::sync::Arc;

use datafusion::arrow::array::{BooleanArray, Date32Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::default_table_source::provider_as_source;
use datafusion::error::Result;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};

use super::{Arguments, Documentation, TableFunction};
use crate::engine::computed::Computed;
use crate::engine::context::StatementContext;
use crate::engine::relations::Relations;
use crate::error::Error;
use crate::tables::ColumnType;

/// Reports that are shown before they come out.
const WEEKS_AHEAD: u32 = 8;

pub struct Releases;

static DOCUMENTATION: Documentation = Documentation {
    name: "releases",
    syntax: "releases(calendar)",
    summary: "The release calendar, past and next: one row per report date with the instant at which it came out or is expected. `calendar` is \
              'cot'. `released_at` is NULL for a report that is overdue. An exceptional date is shown from the day it was announced.",
    nulls: "`released_at` NULL: overdue, no date announced. `announced_on` NULL: not known, or an ordinary week.",
    causality: "Shows what could be known at the clock: before an exception was announced its week stands at the ordinary rule.",
    example: "SELECT as_of, released_at, availability FROM releases('cot') WHERE NOT released ORDER BY as_of",
};

impl TableFunction for Releases {
    fn documentation(&self) -> &'static Documentation {
        &DOCUMENTATION
    }
    fn parameters(&self) -> &'static [&'static str] {
        &["calendar"]
    }
    fn words(&self, parameter: &str) -> &'static [&'static str] {
        if parameter == "calendar" { &["cot"] } else { &[] }
    }
    fn plan(&self, arguments: &Arguments, _: &Relations) -> Result<LogicalPlan> {
        if arguments.choice("calendar")?.is_none() {
            return Err(Error::query("`releases` needs a calendar").hint("write releases('cot')").into());
        }
        let table = Computed::new(schema(), rows);
        LogicalPlanBuilder::scan("releases", provider_as_source(Arc::new(table)), None)?.build()
    }
}

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("as_of", DataType::Date32, false),
        Field::new("released_at", ColumnType::Instant.arrow(), true),
        Field::new("released", DataType::Boolean, false),
        Field::new("availability", DataType::Utf8, false),
        Field::new("evidence", DataType::Utf8, false),
        Field::new("announced_on", DataType::Date32, true),
        Field::new("note", DataType::Utf8, true),
    ]))
}

fn rows(context: &StatementContext) -> crate::error::Result<RecordBatch> {
    let listing = context.config.cot_calendar().listing(context.now(), WEEKS_AHEAD);
    let days = |date: chrono::NaiveDate| date.signed_duration_since(chrono::NaiveDate::default()).num_days() as i32;
    let columns: Vec<datafusion::arrow::array::ArrayRef> = vec![
        Arc::new(listing.iter().map(|row| Some(days(row.as_of))).collect::<Date32Array>()),
        Arc::new(listing.iter().map(|row| row.released_at.map(|t| t.micros())).collect::<TimestampMicrosecondArray>().with_timezone("UTC")),
        Arc::new(listing.iter().map(|row| Some(row.released)).collect::<BooleanArray>()),
        Arc::new(listing.iter().map(|row| Some(row.availability.name())).collect::<StringArray>()),
        Arc::new(listing.iter().map(|row| Some(row.evidence)).collect::<StringArray>()),
        Arc::new(listing.iter().map(|row| row.announced_on.map(days)).collect::<Date32Array>()),
        Arc::new(listing.iter().map(|row| row.note.as_deref()).collect::<StringArray>()),
    ];
    RecordBatch::try_new(schema(), columns).map_err(|error| Error::internal(error.to_string()))
}
