//! Rows that say from which day on something holds, as a file of bars does of its contracts: only where a file changes its mind. What such a
//! row means depends on what held by earlier payloads. One that says the same of a later day is a repeat, and one that says something else of a
//! day that they spoke of was learnt when it was seen, whatever day it is of. Pure.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray, TimestampMicrosecondArray, UInt32Array};
use datafusion::arrow::compute::{interleave, take_record_batch};
use datafusion::arrow::datatypes::TimestampMicrosecondType;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::row::{OwnedRow, Rows};

use super::diff::{Incoming, columns_of, converter};
use super::evidence::days_of;
use crate::tables::{RELEASE_AT, RELEASE_GRADE, Table};
use crate::time::Availability;

/// A batch and a row of it.
type Place = (usize, usize);

/// The columns of a batch that states are told apart by.
struct Told {
    series: Rows,
    days: Vec<i64>,
    /// A column each.
    values: Vec<Rows>,
}

impl Told {
    fn of(table: &'static Table, rows: &RecordBatch) -> Result<Self, ArrowError> {
        let values = table.values().map(|column| converter([column].into_iter())?.convert_columns(&columns_of(rows, vec![column])?));
        Ok(Self {
            series: converter(table.key())?.convert_columns(&columns_of(rows, table.key().collect())?)?,
            days: days_of(table, rows)?,
            values: values.collect::<Result<_, _>>()?,
        })
    }
}

/// The rows of a payload that are news after those of earlier payloads, which stand in their order or are stored rows, with what its silent columns leave standing.
///
/// # Errors
/// The rows are not the table's.
pub fn news(table: &'static Table, incoming: &Incoming, rows: &RecordBatch, before: &[RecordBatch]) -> Result<RecordBatch, ArrowError> {
    let own = before.len();
    let told = before.iter().chain([rows]).map(|rows| Told::of(table, rows)).collect::<Result<Vec<_>, _>>()?;
    let mut states: HashMap<OwnedRow, BTreeMap<i64, Place>> = HashMap::new();
    for (batch, of) in told[..own].iter().enumerate() {
        let mut order: Vec<usize> = (0..of.days.len()).collect();
        if let Some(known_at) = before[batch].column_by_name("available_at") {
            let known_at = known_at.as_primitive::<TimestampMicrosecondType>();
            order.sort_by_key(|row| known_at.value(*row));
        }
        for row in order {
            states.entry(of.series.row(row).owned()).or_default().insert(of.days[row], (batch, row));
        }
    }
    let is_spoken_of: Vec<bool> = (0..rows.num_rows()).map(|row| states.contains_key(&told[own].series.row(row).owned())).collect();
    let said: Vec<usize> = table.values().enumerate().filter(|(_, c)| !incoming.silent.contains(&c.name)).map(|(at, _)| at).collect();
    let is_same =
        |one: Place, other: Place| said.iter().all(|at| told[one.0].values[*at].row(one.1) == told[other.0].values[*at].row(other.1));

    let mut order: Vec<usize> = (0..rows.num_rows()).collect();
    order.sort_by_key(|row| told[own].days[*row]);
    let mut kept: Vec<(usize, Place, bool)> = Vec::new();
    for row in order {
        let (place, day) = ((own, row), told[own].days[row]);
        let of_series = states.entry(told[own].series.row(row).owned()).or_default();
        let in_force = of_series.range(..=day).next_back().map(|(_, place)| *place);
        let after = of_series.range(day..).next().map(|(_, place)| *place);
        let is_learnt = match (in_force, after) {
            (Some(before), _) if is_same(before, place) => continue,
            (Some(_), _) => is_spoken_of[row],
            // a file that begins earlier and says the same
            (None, Some(after)) => !is_same(after, place),
            (None, None) => false,
        };
        kept.push((row, in_force.unwrap_or(place), is_learnt));
        of_series.insert(day, place);
    }
    kept.sort_by_key(|(row, ..)| *row);
    let all: Vec<&RecordBatch> = before.iter().chain([rows]).collect();
    rebuilt(table, incoming, &all, &kept)
}

/// The rows that are kept, what was learnt under the instant at which it was seen.
fn rebuilt(
    table: &'static Table,
    incoming: &Incoming,
    all: &[&RecordBatch],
    kept: &[(usize, Place, bool)],
) -> Result<RecordBatch, ArrowError> {
    let rows = all[all.len() - 1];
    let taken = take_record_batch(rows, &UInt32Array::from_iter_values(kept.iter().map(|(row, ..)| *row as u32)))?;
    let observed_at = incoming.payload.observed_at.micros();
    let is_carried = |name: &str| incoming.silent.contains(&name) && table.values().any(|column| column.name == name);
    let schema = taken.schema();
    let columns = schema.fields().iter().zip(taken.columns()).map(|(field, column)| -> Result<ArrayRef, ArrowError> {
        Ok(match field.name().as_str() {
            RELEASE_AT => {
                let released = column.as_primitive::<TimestampMicrosecondType>().values();
                let dated = released.iter().zip(kept).map(|(at, (.., is_learnt))| if *is_learnt { observed_at.max(*at) } else { *at });
                Arc::new(TimestampMicrosecondArray::from_iter_values(dated).with_timezone("UTC"))
            }
            RELEASE_GRADE => {
                let grades = column.as_string::<i32>().iter().zip(kept);
                let graded = grades.map(|(grade, (.., is_learnt))| if *is_learnt { Some(Availability::Observed.name()) } else { grade });
                Arc::new(graded.collect::<StringArray>())
            }
            name if is_carried(name) => {
                let of_all = all.iter().map(|rows| Ok(rows.column(rows.schema().index_of(name)?).as_ref()));
                let of_all = of_all.collect::<Result<Vec<&dyn Array>, ArrowError>>();
                interleave(&of_all?, &kept.iter().map(|(_, standing, _)| *standing).collect::<Vec<_>>())?
            }
            _ => column.clone(),
        })
    });
    RecordBatch::try_new(schema.clone(), columns.collect::<Result<_, _>>()?)
}
