//! `date_diff('month', a, b)`: how often a part of the calendar changes from one day or instant to another.

use std::sync::Arc;

use chrono::{DateTime, Datelike};
use datafusion::arrow::array::{Array, AsArray, Int64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use datafusion::common::plan_err;
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

use super::{Given, MICROS_A_DAY};
use crate::config::closest;
use crate::engine::context::StatementContext;
use crate::engine::functions::Documentation;
use crate::error::Error;

pub static DOCUMENTATION: Documentation = Documentation {
    name: "date_diff",
    syntax: "date_diff(part, from, to), datediff(part, from, to)",
    summary: "How often a part changes on the way from one day or instant to another: from 31 January to 1 February is one month, and one day. \
              `part` is 'year', 'quarter', 'month', 'week' (from Monday on), 'day', 'hour', 'minute', 'second', 'millisecond' or \
              'microsecond', of UTC. Negative where `to` is before `from`. Business days are counted by business_days_between.",
    nulls: "NULL where an argument is NULL.",
    causality: "Sees its arguments alone.",
    example: "SELECT date_diff('month', DATE '2023-12-31', DATE '2024-02-01') AS months, date_diff('week', DATE '2024-01-05', DATE '2024-01-08') AS weeks",
};

/// A part, and the number of the one that an instant lies in.
type Part = (&'static str, fn(i64) -> Option<i64>);

const PARTS: [Part; 10] = [
    ("year", |t| Some(day(t)?.year().into())),
    ("quarter", |t| Some(i64::from(day(t)?.year()) * 4 + i64::from(day(t)?.month0()) / 3)),
    ("month", |t| Some(i64::from(day(t)?.year()) * 12 + i64::from(day(t)?.month0()))),
    // the first day of 1970 was a Thursday
    ("week", |t| Some((t.div_euclid(MICROS_A_DAY) + 3).div_euclid(7))),
    ("day", |t| Some(t.div_euclid(MICROS_A_DAY))),
    ("hour", |t| Some(t.div_euclid(3_600_000_000))),
    ("minute", |t| Some(t.div_euclid(60_000_000))),
    ("second", |t| Some(t.div_euclid(1_000_000))),
    ("millisecond", |t| Some(t.div_euclid(1_000))),
    ("microsecond", Some),
];

fn day(micros: i64) -> Option<chrono::NaiveDate> {
    DateTime::from_timestamp_micros(micros).map(|instant| instant.date_naive())
}

pub fn function(_: &StatementContext) -> ScalarUDF {
    let signature = Signature::user_defined(Volatility::Immutable);
    ScalarUDF::from(DateDiff { signature, aliases: vec!["datediff".to_string()] })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct DateDiff {
    signature: Signature,
    aliases: Vec<String>,
}

impl ScalarUDFImpl for DateDiff {
    fn name(&self) -> &str {
        DOCUMENTATION.name
    }
    fn aliases(&self) -> &[String] {
        &self.aliases
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }
    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let [part, from, to] = types else {
            return plan_err!("`date_diff` takes a part and two instants: date_diff('day', from, to)");
        };
        if !(part.is_string() || part.is_null()) {
            return plan_err!("the part of `date_diff` is a text: date_diff('day', from, to)");
        }
        let instant = |kind: &DataType| match kind {
            DataType::Timestamp(_, zone) => DataType::Timestamp(TimeUnit::Microsecond, zone.clone()),
            _ => DataType::Timestamp(TimeUnit::Microsecond, None),
        };
        Ok(vec![DataType::Utf8, instant(from), instant(to)])
    }
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let given = Given::of(&args)?;
        let parts = given.texts(0)?;
        // the number of an instant is of UTC, with a zone or without
        let micros = |at: usize| cast(&cast(&given.arrays[at], &DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())))?, &MICROS);
        let (from, to) = (micros(1)?, micros(2)?);
        let (from, to) = (from.as_primitive::<TimestampMicrosecondType>(), to.as_primitive::<TimestampMicrosecondType>());
        let mut known: Option<Part> = None;
        let mut differences = Vec::with_capacity(given.rows());
        for row in 0..given.rows() {
            if parts.is_null(row) || from.is_null(row) || to.is_null(row) {
                differences.push(None);
                continue;
            }
            let part = match known {
                Some(part) if part.0 == parts.value(row) => part,
                _ => find(parts.value(row))?,
            };
            known = Some(part);
            let (Some(from), Some(to)) = ((part.1)(from.value(row)), (part.1)(to.value(row))) else {
                return Err(Error::query("`date_diff`: an instant is too far away to be told").into());
            };
            differences.push(to.checked_sub(from));
        }
        given.answer(Arc::new(Int64Array::from(differences)))
    }
}

const MICROS: DataType = DataType::Timestamp(TimeUnit::Microsecond, None);

fn find(text: &str) -> Result<Part> {
    let lower = text.to_lowercase();
    let name = lower.strip_suffix('s').unwrap_or(&lower);
    let found = PARTS.iter().find(|(known, _)| *known == name).copied();
    found.ok_or_else(|| {
        let names = || PARTS.iter().map(|(name, _)| *name);
        Error::query(format!("`date_diff` knows no part `{text}`"))
            .hint(match closest(name, names()) {
                Some(near) => format!("did you mean '{near}'?"),
                None => format!("it is one of {}", names().collect::<Vec<_>>().join(", ")),
            })
            .into()
    })
}
