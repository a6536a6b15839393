//! What some series are after all payloads: the rule of vintages said once more, for everything at once. It is asked where a payload comes
//! that changes what is stored, as one that was seen before others does, and says what `lake rebuild` would make of these series. Pure.

use std::collections::HashMap;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, TimestampMicrosecondArray, UInt32Array};
use datafusion::arrow::compute::{concat_batches, interleave, take_record_batch};
use datafusion::arrow::datatypes::TimestampMicrosecondType;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::row::{OwnedRow, Rows};

use super::diff::{Incoming, Released, columns_of, converter, named, observation, rows_to_store};
use super::evidence::{Evidence, Keys, days_of, keys_of};
use super::states;
use super::vintage::changed_at;
use crate::error::{Error, Result};
use crate::lake::correct::in_order;
use crate::tables::{RELEASE_AT, Table};

/// What a payload shows of the series (`Table::parsed_schema()`).
#[derive(Debug, Clone)]
pub struct Seen {
    pub incoming: Incoming,
    pub rows: RecordBatch,
}

/// The rows of these series in `rows`.
///
/// # Errors
/// The rows are not the table's.
pub fn of_series(table: &'static Table, rows: &RecordBatch, series: &Keys) -> Result<RecordBatch> {
    let kept = || -> Result<RecordBatch, ArrowError> {
        let keys = converter(table.key())?.convert_columns(&columns_of(rows, table.key().collect())?)?;
        let kept = (0..rows.num_rows() as u32).filter(|row| series.contains(&keys.row(*row as usize).owned()));
        take_record_batch(rows, &UInt32Array::from_iter_values(kept))
    };
    kept().map_err(|e| failed(table, &e))
}

/// All rows of the series (`Table::stored_schema()`, sorted) after these payloads, which come in order. `None` where some of them are stamped and
/// others are not, which no rule puts in order.
///
/// # Errors
/// The rows are not the table's.
pub fn replay(table: &'static Table, payloads: &[Seen]) -> Result<Option<RecordBatch>> {
    let with_rows = || payloads.iter().filter(|seen| seen.rows.num_rows() > 0);
    let is_stamped = with_rows().any(|seen| seen.incoming.stamped);
    if is_stamped && with_rows().any(|seen| !seen.incoming.stamped) {
        return Ok(None);
    }
    let as_states = after_each_other(table, payloads).map_err(|e| failed(table, &e))?;
    let payloads = as_states.as_slice();
    let chosen = if is_stamped { stamped(table, payloads) } else { unstamped(table, payloads) };
    let (chosen, rows) = chosen.map_err(|e| failed(table, &e))?;
    let stored = chosen.into_iter().zip(rows).zip(payloads).map(|((chosen, rows), seen)| {
        let rows = take_record_batch(&rows, &UInt32Array::from(chosen.rows))?;
        let available_at = TimestampMicrosecondArray::from(chosen.available_at).with_timezone("UTC");
        rows_to_store(table, &seen.incoming, &rows, available_at, &Released::Some(chosen.released))
    });
    let stored = stored.collect::<Result<Vec<_>, _>>().map_err(|e| failed(table, &e))?;
    let all = concat_batches(&table.stored_schema(), &stored).map_err(|e| failed(table, &e))?;
    in_order(table, &all).map(Some)
}

/// The payloads with those rows of states alone that are news after the payloads before.
fn after_each_other(table: &'static Table, payloads: &[Seen]) -> Result<Vec<Seen>, ArrowError> {
    let mut all: Vec<Seen> = Vec::new();
    let mut before: Vec<RecordBatch> = Vec::new();
    for seen in payloads {
        let mut seen = seen.clone();
        if seen.incoming.of_states {
            seen.rows = states::news(table, &seen.incoming, &seen.rows, &before)?;
            seen.incoming.silent.clear();
        }
        before.push(seen.rows.clone());
        all.push(seen);
    }
    Ok(all)
}

/// How many of a payload's rows are the first of their observation, and how many come after another, in sorted rows of a table.
///
/// # Errors
/// The rows are not the table's.
pub fn counted(table: &'static Table, rows: &RecordBatch, sha256: &str) -> Result<(usize, usize)> {
    let observations =
        || -> Result<Rows, ArrowError> { converter(observation(table))?.convert_columns(&columns_of(rows, observation(table).collect())?) };
    let observations = observations().map_err(|e| failed(table, &e))?;
    let payload = named(rows, "payload")?.as_string::<i32>();
    let own = (0..rows.num_rows()).filter(|row| payload.value(*row) == sha256);
    let (first, later): (Vec<usize>, Vec<usize>) = own.partition(|row| *row == 0 || observations.row(row - 1) != observations.row(*row));
    Ok((first.len(), later.len()))
}

fn failed(table: &Table, error: &ArrowError) -> Error {
    Error::internal(format!("cannot replay rows of `{}`: {error}", table.name))
}

/// The rows of one payload that are vintages.
#[derive(Default, Clone)]
struct Chosen {
    rows: Vec<u32>,
    available_at: Vec<i64>,
    released: Vec<bool>,
}

impl Chosen {
    fn push(&mut self, row: usize, available_at: i64, is_released: bool) {
        self.rows.push(row as u32);
        self.available_at.push(available_at);
        self.released.push(is_released);
    }
}

/// The rows of a payload in arrow's row format.
struct Compared {
    observations: Rows,
    values: Rows,
    release_at: TimestampMicrosecondArray,
}

impl Compared {
    fn of(table: &'static Table, rows: &RecordBatch) -> Result<Self, ArrowError> {
        let columns = |columns| -> Result<Vec<ArrayRef>, ArrowError> { columns_of(rows, columns) };
        let missing = |e: Error| ArrowError::SchemaError(e.message().to_string());
        Ok(Self {
            observations: converter(observation(table))?.convert_columns(&columns(observation(table).collect())?)?,
            values: converter(table.values())?.convert_columns(&columns(table.values().collect())?)?,
            release_at: named(rows, RELEASE_AT).map_err(missing)?.as_primitive::<TimestampMicrosecondType>().clone(),
        })
    }
}

/// A vintage in force.
struct Last {
    available_at: i64,
    values: OwnedRow,
    /// Its payload and row.
    place: (usize, usize),
}

/// The rows of a payload with what it says nothing about as it stands: the columns that it does not have from the vintages in force.
fn said(table: &'static Table, seen: &Seen, last: &HashMap<OwnedRow, Last>, before: &[RecordBatch]) -> Result<RecordBatch, ArrowError> {
    let Seen { incoming, rows } = seen;
    if incoming.silent.is_empty() || rows.num_rows() == 0 {
        return Ok(rows.clone());
    }
    let observations = converter(observation(table))?.convert_columns(&columns_of(rows, observation(table).collect())?)?;
    let own = before.len();
    let places: Vec<(usize, usize)> =
        (0..rows.num_rows()).map(|row| last.get(&observations.row(row).owned()).map_or((own, row), |last| last.place)).collect();
    let schema = rows.schema();
    let columns = schema.fields().iter().enumerate().map(|(n, field)| match incoming.silent.contains(&field.name().as_str()) {
        true => {
            let all: Vec<&dyn Array> = before.iter().chain([rows]).map(|rows| rows.column(n).as_ref()).collect();
            interleave(&all, &places)
        }
        false => Ok(rows.column(n).clone()),
    });
    RecordBatch::try_new(schema.clone(), columns.collect::<Result<_, _>>()?)
}

/// One after the other: the first sight is known since its release, what differs from the last since it was seen. With the rows as they are then.
fn unstamped(table: &'static Table, payloads: &[Seen]) -> Result<(Vec<Chosen>, Vec<RecordBatch>), ArrowError> {
    let mut last: HashMap<OwnedRow, Last> = HashMap::new();
    let mut evidence = Evidence::default();
    let (mut all, mut whole) = (Vec::new(), Vec::new());
    let of = keys_of(table, &payloads.iter().map(|seen| seen.rows.clone()).collect::<Vec<_>>())?;
    for (payload, seen) in payloads.iter().enumerate() {
        let (incoming, rows) = (&seen.incoming, said(table, seen, &last, &whole)?);
        let (compared, days) = (Compared::of(table, &rows)?, days_of(table, &rows)?);
        let series = converter(table.key())?.convert_columns(&columns_of(&rows, table.key().collect())?)?;
        let observed_at = incoming.payload.observed_at.micros();
        let mut chosen = Chosen::default();
        for (row, &day) in days.iter().enumerate() {
            let (key, value) = (compared.observations.row(row).owned(), compared.values.row(row));
            let release_at = compared.release_at.value(row);
            let available_at = match last.get(&key) {
                Some(before) if before.values.row() == value => continue,
                Some(before) => observed_at.max(before.available_at + 1),
                None if release_at < observed_at => {
                    let is_refuted = evidence.refutes(&incoming.payload, &series.row(row).owned(), day, release_at);
                    if is_refuted { observed_at } else { release_at }
                }
                None => observed_at,
            };
            chosen.push(row, available_at, !last.contains_key(&key) && available_at == release_at);
            last.insert(key, Last { available_at, values: value.owned(), place: (payload, row) });
        }
        evidence.hear(table, &incoming.payload, incoming.release_window, std::slice::from_ref(&rows), &of)?;
        all.push(chosen);
        whole.push(rows);
    }
    Ok((all, whole))
}

/// What the sightings of a table say of each value, a column they do not have read where the vintage in force before has it.
struct Carried<'a> {
    payloads: &'a [Seen],
    values: Vec<&'static str>,
    /// The cells of each payload's values, a column each.
    cells: Vec<Vec<Rows>>,
    /// Where a column that is not there stands: by sighting and column.
    standing: HashMap<(Sighted, usize), Sighted>,
}

/// A payload and a row of it.
type Sighted = (usize, usize);

impl<'a> Carried<'a> {
    fn of(table: &'static Table, payloads: &'a [Seen]) -> Result<Self, ArrowError> {
        let cells = |seen: &Seen| {
            let each =
                table.values().map(|column| converter([column].into_iter())?.convert_columns(&columns_of(&seen.rows, vec![column])?));
            each.collect::<Result<Vec<Rows>, ArrowError>>()
        };
        let values = table.values().map(|column| column.name).collect();
        Ok(Self { payloads, values, cells: payloads.iter().map(cells).collect::<Result<_, _>>()?, standing: HashMap::new() })
    }

    fn place(&self, sighting: Sighted, column: usize) -> Sighted {
        self.standing.get(&(sighting, column)).copied().unwrap_or(sighting)
    }

    fn is_same(&self, one: Sighted, other: Sighted) -> bool {
        (0..self.values.len()).all(|column| {
            let (one, other) = (self.place(one, column), self.place(other, column));
            self.cells[one.0][column].row(one.1) == self.cells[other.0][column].row(other.1)
        })
    }

    /// A sighting comes after the vintage in force.
    fn follow(&mut self, sighting: Sighted, in_force: Sighted) {
        let silent = &self.payloads[sighting.0].incoming.silent;
        for column in (0..self.values.len()).filter(|column| silent.contains(&self.values[*column])) {
            self.standing.insert((sighting, column), self.place(in_force, column));
        }
    }

    /// The rows of a payload as a whole.
    fn rows(&self, payload: usize) -> Result<RecordBatch, ArrowError> {
        let Seen { incoming, rows } = &self.payloads[payload];
        if incoming.silent.is_empty() {
            return Ok(rows.clone());
        }
        let schema = rows.schema();
        let columns = schema.fields().iter().enumerate().map(|(n, field)| {
            let Some(column) = self.values.iter().position(|name| name == field.name()) else { return Ok(rows.column(n).clone()) };
            let all: Vec<&dyn Array> = self.payloads.iter().map(|seen| seen.rows.column(n).as_ref()).collect();
            let places: Vec<Sighted> = (0..rows.num_rows()).map(|row| self.place((payload, row), column)).collect();
            interleave(&all, &places)
        });
        RecordBatch::try_new(schema.clone(), columns.collect::<Result<_, _>>()?)
    }
}

/// Stamp by stamp: the first sight of each, and what was changed under it while it was the newest. With the rows as they are then.
fn stamped(table: &'static Table, payloads: &[Seen]) -> Result<(Vec<Chosen>, Vec<RecordBatch>), ArrowError> {
    let compared = payloads.iter().map(|seen| Compared::of(table, &seen.rows)).collect::<Result<Vec<_>, _>>()?;
    let mut carried = Carried::of(table, payloads)?;
    let observed_at = |payload: usize| payloads[payload].incoming.payload.observed_at.micros();
    let release_at = |(payload, row): Sighted| compared[payload].release_at.value(row);
    let stamp = |(payload, row): Sighted| release_at((payload, row)).min(observed_at(payload));
    let mut sightings: Vec<Sighted> =
        compared.iter().enumerate().flat_map(|(payload, own)| (0..own.observations.num_rows()).map(move |row| (payload, row))).collect();
    let key = |(payload, row): Sighted| compared[payload].observations.row(row);
    sightings.sort_by(|a, b| key(*a).cmp(&key(*b)).then_with(|| (stamp(*a), a.0).cmp(&(stamp(*b), b.0))));
    let mut all = vec![Chosen::default(); payloads.len()];
    for of_key in sightings.chunk_by(|a, b| key(*a) == key(*b)) {
        let mut in_force: Option<Sighted> = None;
        let mut groups = of_key.chunk_by(|a, b| stamp(*a) == stamp(*b)).peekable();
        while let Some(group) = groups.next() {
            let next = groups.peek().map_or(i64::MAX, |next| stamp(next[0]));
            let mut known_at: Option<i64> = None;
            for &sighting in group {
                if let Some(before) = in_force {
                    carried.follow(sighting, before);
                }
                let continues = payloads[sighting.0].incoming.continues == Some(release_at(sighting));
                let is_same = in_force.is_some_and(|before| carried.is_same(before, sighting));
                let available_at = match known_at {
                    None if continues && is_same => continue,
                    None => stamp(sighting),
                    Some(_) if is_same => continue,
                    Some(before) => changed_at(observed_at(sighting.0), before),
                };
                if available_at >= next {
                    continue;
                }
                all[sighting.0].push(sighting.1, available_at, known_at.is_none() && available_at == release_at(sighting));
                (in_force, known_at) = (Some(sighting), Some(available_at));
            }
        }
    }
    let rows = (0..payloads.len()).map(|payload| carried.rows(payload)).collect::<Result<_, _>>()?;
    Ok((all, rows))
}
