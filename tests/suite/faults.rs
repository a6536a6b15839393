//! The lake under faults: a store that fails or is full at its n-th operation, several writers at once, processes that are killed.
//! After the next run there are the same rows, none twice, and `verify` is clean.

use std::sync::Arc;

use bytes::Bytes;
use chrono::{Duration, NaiveDate};
use contango::config::Config;
use contango::error::{Error, Result};
use contango::ingest;
use contango::lake::{Lake, rows};
use contango::sources::{Download, Parsed, Payload, Request, Source};
use contango::tables::{self, TABLES, Table};
use contango::time::IngestTime;
use datafusion::arrow::array::{ArrayRef, Date32Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray, new_null_array};
use datafusion::arrow::datatypes::Date32Type;
use datafusion::arrow::util::display::array_value_to_string;
use datafusion::object_store::memory::InMemory;

const DAY: i64 = 86_400_000_000;

/// A provider of lines `scope,contract,category,day of 2024,long`; each day is released three days later. Feeds `cot` and `cot_markets`.
struct Lines;

impl Source for Lines {
    fn name(&self) -> &'static str {
        "lines"
    }
    fn doc(&self) -> &'static str {
        "made-up positions"
    }
    fn tables(&self) -> &'static [&'static Table] {
        TABLES
    }
    fn revises(&self, _: &Config) -> bool {
        true
    }
    fn release_window(&self, _: &Config) -> Duration {
        Duration::days(28)
    }
    fn parse(&self, payload: &Payload, _: &Config) -> Result<Parsed> {
        let text = std::str::from_utf8(&payload.bytes).map_err(|_| Error::source("not text"))?;
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
        if lines.iter().any(|fields| fields.len() != 5) {
            return Err(Error::source("a line does not have five fields"));
        }
        let column = |n: usize| lines.iter().map(move |fields| fields[n]);
        let n_rows = lines.len();
        let batch = |name: &'static str, value: &str| {
            let table = tables::get(name);
            let schema = table.parsed_schema();
            let columns = schema.fields().iter().map(|field| match field.name().as_str() {
                "as_of" => Arc::new(Date32Array::from_iter_values(column(3).map(day))) as ArrayRef,
                "report" => Arc::new(StringArray::from(vec!["tff"; n_rows])),
                "scope" => Arc::new(StringArray::from_iter_values(column(0))),
                "contract_code" => Arc::new(StringArray::from_iter_values(column(1))),
                "category" => Arc::new(StringArray::from_iter_values(column(2))),
                "release_at" => Arc::new(
                    TimestampMicrosecondArray::from_iter_values(column(3).map(|d| (i64::from(day(d)) + 3) * DAY)).with_timezone("UTC"),
                ),
                "release_grade" => Arc::new(StringArray::from(vec!["rule"; n_rows])),
                name if name == value => Arc::new(Int64Array::from_iter_values(column(4).map(|n| n.parse().unwrap()))),
                _ => new_null_array(field.data_type(), n_rows),
            });
            (table, RecordBatch::try_new(schema.clone(), columns.collect()).unwrap())
        };
        let mut batches = vec![batch("cot", "long")];
        if lines.iter().all(|fields| fields[2] == "dealer") {
            batches.push(batch("cot_markets", "open_interest"));
        }
        Ok(Parsed { kind: "lines".into(), rows_read: n_rows, batches, ..Parsed::default() })
    }
    fn plan(&self, _: &Request, _: NaiveDate, _: &Config) -> Result<Vec<Download>> {
        Ok(Vec::new())
    }
}

fn day(text: &str) -> i32 {
    Date32Type::from_naive_date(NaiveDate::from_yo_opt(2024, text.parse().unwrap()).unwrap())
}

fn payload(observed: &str, text: &str) -> Payload {
    Payload {
        name: "lines.csv".into(),
        bytes: Bytes::copy_from_slice(text.as_bytes()),
        observed_at: IngestTime::from_micros(i64::from(day(observed)) * DAY),
        origin: "test".into(),
    }
}

/// Every row of a table as text, sorted.
async fn contents(lake: &Lake, name: &'static str) -> Vec<String> {
    let table = tables::get(name);
    let columns: Vec<_> = table.stored().map(|c| c.name).collect();
    let files = lake.snapshot(table).await.unwrap().files.to_vec();
    let rows = rows::read(lake, table, files, &columns, None).await.unwrap();
    let line = |row| rows.columns().iter().map(|c| array_value_to_string(c, row).unwrap()).collect::<Vec<_>>().join(" ");
    let mut lines: Vec<String> = (0..rows.num_rows()).map(line).collect();
    lines.sort();
    lines
}

#[tokio::test]
async fn a_payload_is_taken_once() {
    let config = Config::load(None).unwrap();
    let lake = Lake::on(Arc::new(InMemory::new()));
    let first = payload("20", "futures_only,ES,dealer,2,10\nfutures_only,ES,dealer,9,11\ncombined,ES,dealer,9,12\n");
    let summary = ingest::take(&lake, &config, &Lines, first.clone()).await.unwrap();
    assert_eq!((summary.new, summary.repeated, summary.revised), (6, 0, 0));
    let again = ingest::take(&lake, &config, &Lines, first).await.unwrap();
    assert!(again.already);
    let second = payload("30", "futures_only,ES,dealer,9,11\nfutures_only,ES,dealer,2,99\n");
    let summary = ingest::take(&lake, &config, &Lines, second).await.unwrap();
    assert_eq!((summary.new, summary.repeated, summary.revised), (0, 2, 2));
    let rows = contents(&lake, "cot").await;
    assert_eq!(rows.len(), 4, "{rows:#?}");
    assert_eq!(lake.snapshot(tables::get("cot")).await.unwrap().version, Some(1));
    insta::assert_debug_snapshot!(rows, @"");
}
