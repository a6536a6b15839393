//! Databento: what becomes of DBN files, from bytes to SQL. The files are written here, with made-up numbers.

mod bars;
mod files;
mod network;
mod stamped;
pub mod write;

use contango::config::Config;
use contango::error::Result;
use contango::sources::{Parsed, Payload, Source, find};
use contango::time::IngestTime;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

/// 2026-11-21T00:00:00Z, later than every file.
const OBSERVED: IngestTime = IngestTime::from_micros(1_795_219_200_000_000);

fn source() -> &'static dyn Source {
    find("databento").expect("the source is listed")
}

fn parse(bytes: Vec<u8>) -> Result<Parsed> {
    parse_with(bytes, None, OBSERVED)
}

fn parse_with(bytes: Vec<u8>, hint: Option<&str>, observed_at: IngestTime) -> Result<Parsed> {
    let (name, origin) = ("a.dbn".to_string(), "a.dbn".to_string());
    let config = Config::built_in().expect("the built-in configuration");
    source().parse(&Payload { name, bytes: bytes.into(), observed_at, origin, hint: hint.map(str::to_string) }, &config)
}

/// These columns of the rows of a table, a line each.
fn lines(parsed: &Parsed, table: &str, columns: &[&str]) -> Vec<String> {
    let options = FormatOptions::new().with_null("NULL");
    let mut lines = Vec::new();
    for (_, batch) in parsed.batches.iter().filter(|(of, _)| of.name == table) {
        let column = |name: &&str| batch.column_by_name(name).expect("a column");
        let formats: Vec<_> = columns.iter().map(|name| ArrayFormatter::try_new(column(name), &options).expect("a known type")).collect();
        lines.extend(
            (0..batch.num_rows()).map(|row| formats.iter().map(|format| format.value(row).to_string()).collect::<Vec<_>>().join(" ")),
        );
    }
    lines
}

fn reasons(parsed: &Parsed) -> Vec<&str> {
    parsed.rejections.iter().map(|rejection| rejection.reason.as_str()).collect()
}
