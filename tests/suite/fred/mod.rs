//! FRED and ALFRED: what becomes of the provider's answers, from bytes to SQL. The answers are written here, with made-up numbers.

mod answer;
mod command;
mod lake;
mod network;
mod parse;
mod recorded;

use contango::config::Config;
use contango::error::Result;
use contango::sources::{Parsed, Payload, Source, find};
use contango::time::IngestTime;

/// 2026-11-21T00:00:00Z, later than every answer.
const OBSERVED: IngestTime = IngestTime::from_micros(1_795_219_200_000_000);

fn source() -> &'static dyn Source {
    find("fred").expect("the source is listed")
}

fn payload(series: Option<&str>, bytes: impl Into<bytes::Bytes>, observed_at: IngestTime) -> Payload {
    let (name, origin) = ("body.json".to_string(), "body.json".to_string());
    Payload { name, bytes: bytes.into(), observed_at, origin, hint: series.map(str::to_string) }
}

fn parse(series: &str, bytes: impl Into<bytes::Bytes>) -> Result<Parsed> {
    let config = Config::built_in().expect("the built-in configuration");
    source().parse(&payload(Some(series), bytes, OBSERVED), &config)
}
