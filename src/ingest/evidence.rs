//! What payloads did not show. A payload that shows a series before and after a day, or up to the present in which it was seen, and lacks the
//! day itself, shows that nobody could have had that row then: a rule that says it was released before is refuted. Pure.
//!
//! Only a payload of an earlier day is a witness: the parts of one download are seen within minutes, and none of them has it whole.

use std::collections::{HashMap, HashSet};

use chrono::Duration;
use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type, TimestampMicrosecondType};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::row::OwnedRow;

use super::diff::{columns_of, converter, named};
use crate::error::Error;
use crate::lake::commit::PayloadId;
use crate::tables::{RELEASE_AT, Table};
use crate::time::IngestTime;

/// The series whose rows are asked about.
pub type Keys = HashSet<OwnedRow>;

/// The series that some rows are of.
pub fn keys_of(table: &'static Table, rows: &[RecordBatch]) -> Result<Keys, ArrowError> {
    let keys = converter(table.key())?;
    let mut all = Keys::new();
    for batch in rows {
        all.extend(keys.convert_columns(&columns_of(batch, table.key().collect())?)?.iter().map(|row| row.owned()));
    }
    Ok(all)
}

/// Days or microseconds, as the table counts its `as_of`.
pub fn days_of(table: &'static Table, rows: &RecordBatch) -> Result<Vec<i64>, ArrowError> {
    let column: &ArrayRef = rows.column(rows.schema().index_of(table.as_of().name)?);
    let plain = match column.data_type() {
        DataType::Date32 => cast(&cast(column, &DataType::Int32)?, &DataType::Int64)?,
        _ => cast(column, &DataType::Int64)?,
    };
    Ok(plain.as_primitive::<Int64Type>().values().to_vec())
}

/// What a payload shows of one series.
#[derive(Debug, Clone)]
struct Shown {
    days: HashSet<i64>,
    first: i64,
    last: i64,
    /// When the newest of its rows was released.
    released_at: i64,
}

/// A payload as a witness.
#[derive(Debug, Clone)]
struct Witness {
    id: PayloadId,
    /// A newest row that was released no longer before the payload was seen is the present.
    window: i64,
    shown: HashMap<OwnedRow, Shown>,
}

/// What payloads showed, and did not show, of some series.
#[derive(Debug, Clone, Default)]
pub struct Evidence(Vec<Witness>);

impl Evidence {
    /// Hears a payload; rows of other series are passed over.
    pub fn hear(
        &mut self,
        table: &'static Table,
        id: &PayloadId,
        window: Duration,
        rows: &[RecordBatch],
        of: &Keys,
    ) -> Result<(), ArrowError> {
        let keys = converter(table.key())?;
        let mut shown: HashMap<OwnedRow, Shown> = HashMap::new();
        for batch in rows {
            let series = keys.convert_columns(&columns_of(batch, table.key().collect())?)?;
            let missing = |e: Error| ArrowError::SchemaError(e.message().to_string());
            let released = named(batch, RELEASE_AT).map_err(missing)?.as_primitive::<TimestampMicrosecondType>();
            for (row, day) in days_of(table, batch)?.into_iter().enumerate() {
                let key = series.row(row).owned();
                if !of.contains(&key) {
                    continue;
                }
                let released_at = released.value(row);
                let own = shown.entry(key).or_insert_with(|| Shown { days: HashSet::new(), first: day, last: day, released_at });
                own.days.insert(day);
                own.first = own.first.min(day);
                if day >= own.last {
                    (own.last, own.released_at) = (day, released_at);
                }
            }
        }
        let window = window.num_microseconds().unwrap_or(i64::MAX);
        self.0.push(Witness { id: id.clone(), window, shown });
        Ok(())
    }

    /// Whether a payload of an earlier day than this one shows that a row was not there when its rule says that it was released.
    pub fn refutes(&self, payload: &PayloadId, key: &OwnedRow, day: i64, release_at: i64) -> bool {
        self.0.iter().any(|witness| {
            let seen_at = witness.id.observed_at.micros();
            is_earlier(&witness.id, payload)
                && release_at <= seen_at
                && witness.shown.get(key).is_some_and(|own| own.lacks(day, seen_at, witness.window))
        })
    }
}

impl Shown {
    fn lacks(&self, day: i64, seen_at: i64, window: i64) -> bool {
        let is_present = self.released_at <= seen_at && seen_at.saturating_sub(self.released_at) <= window;
        self.first < day && (day < self.last || is_present) && !self.days.contains(&day)
    }
}

/// Whether a payload was seen on an earlier day.
pub fn is_earlier(one: &PayloadId, other: &PayloadId) -> bool {
    day(one.observed_at) < day(other.observed_at)
}

fn day(at: IngestTime) -> i64 {
    at.micros().div_euclid(86_400_000_000)
}
