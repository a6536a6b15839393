//! `releases(calendar)`: when figures came out and when the next do, as it could be known at the clock: of the positioning reports, or of a
//! publisher of economic figures.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, Date32Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::default_table_source::provider_as_source;
use datafusion::error::Result;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};

use super::{Arguments, Documentation, TableFunction};
use crate::config::agenda::{self, Entry};
use crate::engine::computed::Computed;
use crate::engine::context::StatementContext;
use crate::engine::relations::Relations;
use crate::error::Error;
use crate::tables::ColumnType;

/// Weeks of which releases are shown before they come out.
const WEEKS_AHEAD: u32 = 8;
/// The calendar of the positioning reports; the others are of publishers.
const COT: &str = "cot";
/// What `calendar` may be.
const CALENDARS: &[&str] = &["cot", "bcb", "bea", "bls", "census", "fed", "fgv", "ibge", "mte", "treasury"];

pub struct Releases;

static DOCUMENTATION: Documentation = Documentation {
    name: "releases",
    syntax: "releases(calendar)",
    summary: "The release calendar, past and next: one row per period of a release with the instant at which it came out or is expected. \
              `calendar` is 'cot' (the positioning reports, since 1986), or a publisher: 'bcb', 'bea', 'bls', 'census', 'fed', 'fgv', 'ibge', \
              'mte', 'treasury'. `released_at` is NULL for what is overdue, and for a figure that was never published. `availability` grades the \
              instant, `evidence` says what it rests on (official, scheduled, press, dataset, third_party, derived, inferred, upper_bound, memory; \
              `rule` where nobody attests it, `era` before reports were weekly, `overdue`), and `note` who says so. An exceptional date is shown \
              from the day it was announced.",
    nulls: "`released_at` NULL: overdue, no date announced; or never published. `announced_on` NULL: not known, or an ordinary date.",
    causality: "Shows what could be known at the clock: before an exception was announced its period stands at the ordinary rule.",
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
        if parameter == "calendar" { CALENDARS } else { &[] }
    }
    fn plan(&self, arguments: &Arguments, _: &Relations) -> Result<LogicalPlan> {
        let Some(calendar) = arguments.choice("calendar")? else {
            return Err(Error::query("`releases` needs a calendar").hint("write releases('cot')").into());
        };
        let table = Computed::new(schema(), move |context| rows(calendar, context));
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
        Field::new("release", DataType::Utf8, false),
        Field::new("period", DataType::Utf8, false),
    ]))
}

fn rows(calendar: &str, context: &StatementContext) -> crate::error::Result<RecordBatch> {
    let entries =
        if calendar == COT { of_reports(context) } else { agenda::of_publisher(&context.config, calendar, context.now(), WEEKS_AHEAD) };
    let day = |of: fn(&Entry) -> Option<chrono::NaiveDate>| {
        Arc::new(entries.iter().map(|entry| of(entry).map(|day| day.to_epoch_days())).collect::<Date32Array>()) as ArrayRef
    };
    let text = |of: fn(&Entry) -> Option<&str>| Arc::new(entries.iter().map(of).collect::<StringArray>()) as ArrayRef;
    let instants: TimestampMicrosecondArray = entries.iter().map(|entry| entry.released_at.map(|t| t.micros())).collect();
    let columns: Vec<ArrayRef> = vec![
        day(|entry| Some(entry.as_of)),
        Arc::new(instants.with_timezone("UTC")),
        Arc::new(entries.iter().map(|entry| Some(entry.released)).collect::<BooleanArray>()),
        text(|entry| Some(entry.availability.name())),
        text(|entry| Some(entry.evidence)),
        day(|entry| entry.announced_on),
        text(|entry| entry.note.as_deref()),
        text(|entry| Some(&entry.release)),
        text(|entry| Some(&entry.period)),
    ];
    RecordBatch::try_new(schema(), columns).map_err(|error| Error::internal(error.to_string()))
}

fn of_reports(context: &StatementContext) -> Vec<Entry> {
    let listing = context.config.cot_calendar().listing(context.now(), WEEKS_AHEAD);
    let entry = |row: crate::time::cot::CalendarRow| Entry {
        as_of: row.as_of,
        released_at: row.released_at,
        released: row.released,
        availability: row.availability,
        evidence: row.evidence,
        announced_on: row.announced_on,
        note: row.note,
        release: COT.to_string(),
        period: row.as_of.to_string(),
    };
    listing.into_iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_publisher_has_a_calendar() {
        for publisher in crate::config::PUBLISHERS.iter().filter(|publisher| publisher.name != "cftc") {
            assert!(CALENDARS.contains(&publisher.name) && DOCUMENTATION.summary.contains(publisher.name), "{}", publisher.name);
        }
    }
}
