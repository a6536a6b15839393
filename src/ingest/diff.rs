//! Comparing a payload's rows with the vintages that are stored: what is new, what repeats, what revises. Pure: batches in, a batch out.
//!
//! Both sides are put in order by key and `as_of` through arrow's row format and walked once side by side; [`vintage::decide`] says what
//! each pair means. Only values make a revision, compared as parsed numbers (`-0.0` is `0.0`, a missing value equals a missing value);
//! attributes never do, and a row that is missing from the payload means nothing. Stamped vintages of which nothing is stored need no comparison
//! ([`super::untouched`]).

use std::sync::Arc;

use chrono::Duration;
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, RecordBatch, StringArray, TimestampMicrosecondArray, UInt32Array,
};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::compute::{concat_batches, interleave, take};
use datafusion::arrow::datatypes::{DataType, Date32Type, Float64Type, TimestampMicrosecondType};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::row::{RowConverter, Rows, SortField};

use super::evidence::{Evidence, days_of};
use super::untouched::all_first;
use super::vintage::{Decision, Sighting, Vintage, decide, decide_stamped};
use crate::error::{Error, Result};
use crate::lake::commit::PayloadId;
use crate::tables::{Column, RELEASE_AT, RELEASE_GRADE, Table};
use crate::time::Availability;

/// The payload whose rows are compared.
#[derive(Debug, Clone)]
pub struct Incoming {
    pub payload: PayloadId,
    /// Whether the provider ever changes what it has published, and how long after a release a value still counts as the original print.
    pub revises: bool,
    pub release_window: Duration,
    /// Whether the provider stamps the vintages of this table.
    pub stamped: bool,
    /// Microseconds since 1970: rows of this release continue what earlier payloads have whole, and are vintages only where they differ.
    pub continues: Option<i64>,
    /// Columns of values that the payload does not have, about which it says nothing: they are not compared, and a row that is taken has
    /// what stood in them before.
    pub silent: Vec<&'static str>,
    /// Payloads of this source may be silent: what one of them left standing depends on those before it, so one that comes between is settled
    /// by a replay.
    pub carries: bool,
    /// Rows say from which day on something holds ([`super::states`]).
    pub of_states: bool,
    /// Days since 1970 whose figures were corrected after their release, and when, in microseconds since 1970.
    pub corrected: Vec<(i32, i64)>,
}

/// What the table has taken of other payloads.
#[derive(Debug, Default)]
pub struct Others {
    /// Some were seen after this one.
    pub is_late: bool,
    /// When the last of an earlier day was seen.
    pub seen_until: Option<i64>,
    /// What those of earlier days showed, where that was looked up.
    pub evidence: Option<Evidence>,
}

/// What a payload means for a table.
#[derive(Debug)]
pub enum Outcome {
    /// It adds to what is stored.
    News(News),
    /// It depends on what payloads of earlier days did not show: look that up and compare again.
    Unproven,
    /// It changes what is stored, or may: its series are to be replayed.
    Unsettled,
}

/// Rows to append, in `Table::stored_schema()` and sorted by `Table::sort_columns()`.
#[derive(Debug, Clone)]
pub struct News {
    pub rows: RecordBatch,
    pub new: usize,
    pub repeated: usize,
    pub revised: usize,
    /// Rows that differ from what was stored under the same stamp, which was superseded when they were seen; they are left out.
    pub contradicted: usize,
}

/// The stored columns that a comparison reads.
pub fn compared_columns(table: &'static Table) -> Vec<&'static str> {
    let system = ["available_at", "ingested_at", "payload"];
    observation(table).chain(table.values()).map(|c| c.name).chain(system).collect()
}

/// The columns that name an observation.
pub(super) fn observation(table: &'static Table) -> impl Iterator<Item = &'static Column> {
    table.key().chain([table.as_of()])
}

/// Compares the parsed rows of a payload (`Table::parsed_schema()`) with the stored vintages of the same observations (at least
/// [`compared_columns`], in any order; others may be among them).
///
/// # Errors
/// The parser broke its contract: another schema, or an observation twice.
pub fn diff(table: &'static Table, incoming: &Incoming, parsed: &[RecordBatch], stored: &RecordBatch, others: &Others) -> Result<Outcome> {
    let internal = |e: ArrowError| Error::internal(format!("cannot compare rows of `{}`: {e}", table.name));
    let parsed = concat_batches(&table.parsed_schema(), parsed).map_err(internal)?;
    let is_untouched = incoming.stamped && stored.num_rows() == 0;
    if is_untouched && let Some(news) = all_first(table, incoming, &parsed).map_err(internal)? {
        return Ok(Outcome::News(news));
    }
    let mut keys = converter(observation(table)).map_err(internal)?;
    let said: Vec<&'static Column> = table.values().filter(|column| !incoming.silent.contains(&column.name)).collect();
    let mut values = converter(said.iter().copied()).map_err(internal)?;
    let rows_of = |converter: &mut RowConverter, rows: &RecordBatch, columns: Vec<&'static Column>| {
        converter.convert_columns(&columns_of(rows, columns)?)
    };
    let new_keys = rows_of(&mut keys, &parsed, observation(table).collect()).map_err(internal)?;
    let series = rows_of(&mut converter(table.key()).map_err(internal)?, &parsed, table.key().collect()).map_err(internal)?;
    let days = days_of(table, &parsed).map_err(internal)?;
    let new_values = rows_of(&mut values, &parsed, said.clone()).map_err(internal)?;
    let old_keys = rows_of(&mut keys, stored, observation(table).collect()).map_err(internal)?;
    let old_values = rows_of(&mut values, stored, said).map_err(internal)?;
    let vintages = Stored::of(stored)?;

    let release_at = named(&parsed, RELEASE_AT)?.as_primitive::<TimestampMicrosecondType>();
    let origin = (incoming.payload.observed_at.micros(), incoming.payload.sha256.as_str());
    let stamp = |row: usize| if incoming.stamped { release_at.value(row).min(origin.0) } else { 0 };
    let mut new_order = order(&new_keys, stamp);
    if incoming.stamped {
        new_order
            .dedup_by(|a, b| new_keys.row(*a) == new_keys.row(*b) && stamp(*a) == stamp(*b) && new_values.row(*a) == new_values.row(*b));
    }
    let n_repeated_within = parsed.num_rows() - new_order.len();
    let is_same_vintage = |pair: &&[usize]| new_keys.row(pair[0]) == new_keys.row(pair[1]) && stamp(pair[0]) == stamp(pair[1]);
    if let Some(pair) = new_order.windows(2).find(is_same_vintage) {
        return Err(Error::internal(format!(
            "a parser gave an observation of `{}` twice: {}",
            table.name,
            describe(table, &parsed, pair[0])
        )));
    }
    let old_order = order(&old_keys, |row| vintages.available_at.value(row));

    let mut taken = Taken::default();
    let mut repeated = n_repeated_within;
    let mut revised = 0;
    // stored, since a vintage may still come between, and no news
    let mut equal = 0;
    let mut contradicted = 0;
    let mut unproven = false;
    let is_refuted = |row: usize| match &others.evidence {
        Some(evidence) => Some(evidence.refutes(&incoming.payload, &series.row(row).owned(), days[row], release_at.value(row))),
        None if others.seen_until.is_none_or(|until| until < release_at.value(row)) => Some(false),
        None => None,
    };
    let mut old = old_order.as_slice();
    let mut same = Vec::new();
    for rows in new_order.chunk_by(|a, b| new_keys.row(*a) == new_keys.row(*b)) {
        let key = new_keys.row(rows[0]);
        old = &old[old.iter().take_while(|old| old_keys.row(**old) < key).count()..];
        let (of_key, after) = old.split_at(old.iter().take_while(|old| old_keys.row(**old) == key).count());
        old = after;
        let stamps: Vec<i64> = if incoming.stamped { rows.iter().map(|row| stamp(*row)).collect() } else { Vec::new() };
        for &row in rows {
            same.clear();
            same.extend(of_key.iter().map(|&old| vintages.vintage(old, old_values.row(old) == new_values.row(row))));
            let sighting = Sighting { origin, release_at: release_at.value(row), is_late: others.is_late };
            let decision = if incoming.stamped {
                decide_stamped(sighting, &stamps, incoming.continues == Some(sighting.release_at), &same)
            } else {
                decide(sighting, &same, || is_refuted(row))
            };
            let n_before = match incoming.stamped {
                true => same.iter().take_while(|v| v.available_at <= stamp(row)).count(),
                false => same.iter().take_while(|v| v.origin < origin).count(),
            };
            let before = n_before.checked_sub(1).map(|at| of_key[at]);
            match decision {
                Decision::First { .. } | Decision::Revision { .. } if incoming.carries && n_before < same.len() => {
                    return Ok(Outcome::Unsettled);
                }
                Decision::Repeat => repeated += 1,
                Decision::First { available_at } => {
                    equal += usize::from(n_before > 0 && same[n_before - 1].equal);
                    taken.push(row, before, available_at, available_at == release_at.value(row));
                }
                Decision::Revision { available_at } => {
                    revised += 1;
                    taken.push(row, before, available_at, false);
                }
                Decision::Contradicted => contradicted += 1,
                Decision::Unproven => unproven = true,
                Decision::Unsettled => return Ok(Outcome::Unsettled),
            }
        }
    }
    if unproven {
        return Ok(Outcome::Unproven);
    }
    let new = taken.rows.len() - revised - equal;
    let repeated = repeated + equal;
    let rows = taken.into_rows(table, incoming, &parsed, stored).map_err(internal)?;
    Ok(Outcome::News(News { rows, new, repeated, revised, contradicted }))
}

/// The columns of stored rows that a vintage is made of.
struct Stored<'a> {
    available_at: &'a TimestampMicrosecondArray,
    ingested_at: &'a TimestampMicrosecondArray,
    payload: &'a StringArray,
}

impl<'a> Stored<'a> {
    fn of(rows: &'a RecordBatch) -> Result<Self> {
        Ok(Self {
            available_at: named(rows, "available_at")?.as_primitive(),
            ingested_at: named(rows, "ingested_at")?.as_primitive(),
            payload: named(rows, "payload")?.as_string(),
        })
    }
    fn vintage(&self, row: usize, equal: bool) -> Vintage<'a> {
        Vintage { available_at: self.available_at.value(row), origin: (self.ingested_at.value(row), self.payload.value(row)), equal }
    }
}

/// Rows of the payload that are news, in order.
#[derive(Default)]
struct Taken {
    rows: Vec<u32>,
    /// The stored row of the vintage in force before each.
    before: Vec<Option<usize>>,
    available_at: Vec<i64>,
    /// The source's grade holds, since it is its release that dates the row.
    released: Vec<bool>,
}

impl Taken {
    fn push(&mut self, row: usize, before: Option<usize>, available_at: i64, released: bool) {
        self.rows.push(row as u32);
        self.before.push(before);
        self.available_at.push(available_at);
        self.released.push(released);
    }

    fn into_rows(
        self,
        table: &'static Table,
        incoming: &Incoming,
        parsed: &RecordBatch,
        stored: &RecordBatch,
    ) -> Result<RecordBatch, ArrowError> {
        let of_both = || self.rows.iter().zip(&self.before).map(|(row, before)| before.map_or((0, *row as usize), |before| (1, before)));
        let is_silent = |name: &str| incoming.silent.contains(&name) && self.before.iter().any(Option::is_some);
        let rows = UInt32Array::from(self.rows.clone());
        let schema = parsed.schema();
        let columns = schema.fields().iter().zip(parsed.columns()).map(|(field, column)| match is_silent(field.name()) {
            true => {
                let standing = stored.column(stored.schema().index_of(field.name())?);
                interleave(&[column.as_ref(), standing.as_ref()], &of_both().collect::<Vec<_>>())
            }
            false => take(column, &rows, None),
        });
        let columns = columns.collect::<Result<_, _>>()?;
        let taken = RecordBatch::try_new(parsed.schema(), columns)?;
        rows_to_store(table, incoming, &taken, self.available_at.into(), &Released::Some(self.released))
    }
}

/// The rows whose `available_at` is their release, so that the source's grade holds; the others were first seen by us.
pub(super) enum Released {
    All,
    Some(Vec<bool>),
}

/// Parsed rows that are all taken, as the table stores them.
pub(super) fn rows_to_store(
    table: &'static Table,
    incoming: &Incoming,
    parsed: &RecordBatch,
    available_at: TimestampMicrosecondArray,
    released: &Released,
) -> Result<RecordBatch, ArrowError> {
    let n = parsed.num_rows();
    let column = |name: &str| Ok::<_, ArrowError>(parsed.column(parsed.schema().index_of(name)?).clone());
    let grade = column(RELEASE_GRADE)?;
    let observed_at = incoming.payload.observed_at.micros();
    let is_released = |row: usize| match released {
        Released::All => true,
        Released::Some(released) => released[row],
    };
    let availability: ArrayRef = match released {
        Released::All => grade.clone(),
        Released::Some(released) => {
            let grades = grade.as_string::<i32>().iter().zip(released);
            Arc::new(
                grades
                    .map(|(grade, released)| if *released { grade } else { Some(Availability::Observed.name()) })
                    .collect::<StringArray>(),
            )
        }
    };
    let window = incoming.release_window.num_microseconds().unwrap_or(i64::MAX);
    let is_late = |at: i64| observed_at > at.saturating_add(window);
    let is_stamped = |row: usize| grade.as_string::<i32>().value(row) == Availability::Stamped.name();
    let as_of = column("as_of")?;
    let has_later_figures = |row: usize| {
        let day = as_of.as_primitive_opt::<Date32Type>().map(|days| days.value(row));
        incoming.corrected.iter().any(|(corrected, at)| Some(*corrected) == day && observed_at >= *at)
    };
    let backcast: BooleanArray = match incoming.revises || !incoming.corrected.is_empty() {
        true => {
            let is_one = |row| incoming.revises && !is_stamped(row) && is_late(available_at.value(row)) || has_later_figures(row);
            (0..n).map(|row| Some(is_released(row) && is_one(row))).collect()
        }
        false => BooleanBuffer::new_unset(n).into(),
    };
    let columns = table.stored().map(|c| {
        Ok(match c.name {
            "available_at" => Arc::new(available_at.clone().with_timezone("UTC")),
            "availability" => availability.clone(),
            "backcast" => Arc::new(backcast.clone()),
            "ingested_at" => Arc::new(TimestampMicrosecondArray::from_value(observed_at, n).with_timezone("UTC")),
            "payload" => Arc::new(StringArray::new_repeated(&incoming.payload.sha256, n)),
            name => column(name)?,
        })
    });
    RecordBatch::try_new(table.stored_schema(), columns.collect::<Result<_, ArrowError>>()?)
}

pub(super) fn converter(columns: impl Iterator<Item = &'static Column>) -> Result<RowConverter, ArrowError> {
    RowConverter::new(columns.map(|c| SortField::new(c.kind.arrow())).collect())
}

pub(super) fn columns_of(rows: &RecordBatch, columns: Vec<&'static Column>) -> Result<Vec<ArrayRef>, ArrowError> {
    columns.into_iter().map(|c| Ok(normal(rows.column(rows.schema().index_of(c.name)?)))).collect()
}

/// `-0.0` as `0.0`, and every NaN as one, so that equal figures are equal bytes.
fn normal(array: &ArrayRef) -> ArrayRef {
    match array.data_type() {
        DataType::Float64 => {
            let plain = |x: f64| if x.is_nan() { f64::NAN } else { x + 0.0 };
            Arc::new(array.as_primitive::<Float64Type>().unary::<_, Float64Type>(plain)) as Arc<Float64Array>
        }
        _ => array.clone(),
    }
}

/// Row numbers in order of their key, then of `then`.
pub(super) fn order(keys: &Rows, then: impl Fn(usize) -> i64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..keys.num_rows()).collect();
    let compare = |a: &usize, b: &usize| keys.row(*a).cmp(&keys.row(*b)).then_with(|| then(*a).cmp(&then(*b)));
    if !order.is_sorted_by(|a, b| compare(a, b).is_le()) {
        order.sort_unstable_by(compare);
    }
    order
}

pub(super) fn named<'a>(rows: &'a RecordBatch, name: &str) -> Result<&'a ArrayRef> {
    rows.column_by_name(name).ok_or_else(|| Error::internal(format!("rows to compare lack the column `{name}`")))
}

/// An observation in words: `tff futures_only 13874A 2023-01-24`.
fn describe(table: &'static Table, rows: &RecordBatch, row: usize) -> String {
    let text = |column: &'static Column| {
        let array = rows.column_by_name(column.name)?;
        datafusion::arrow::util::display::array_value_to_string(array, row).ok()
    };
    observation(table).filter_map(text).collect::<Vec<_>>().join(" ")
}
