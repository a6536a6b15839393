//! A table with a row per vintage: series, period, value, and when it was known.

use std::collections::HashMap;

use chrono::NaiveDate;
use datafusion::arrow::array::{Array, Date32Array, StringArray, TimestampMicrosecondArray};
use datafusion::arrow::compute::{max, min};

use super::columns::{AS_OF, AVAILABLE_AT, COLUMNS, REALTIME_START, SERIES_ID, VALUE, find, names};
use super::hint::Hint;
use super::rows::{Dated, Rows};
use super::{COMMAND, PERIODS, VINTAGES, known_at_end_of};
use crate::error::{Error, Result};
use crate::sources::days::Range;
use crate::sources::received::Received;
use crate::sources::received::cells::Cells;
use crate::sources::received::headings::Places;
use crate::time::{Availability, IngestTime};

const DAY_MICROS: i64 = 86_400_000_000;
/// Reads a table.
///
/// # Errors
/// A column is missing, twice there, or of a type that cannot be read.
pub fn read(received: &Received, hint: &Hint, observed_at: IngestTime) -> Result<Rows> {
    let places = Places::of(received, &COLUMNS.each_ref().map(|column| column.name), find)?;
    let place = |column: usize| places.known[column];
    let lacks = |column: usize, or: &str| {
        Error::source(format!("there is no column `{}`", COLUMNS[column].name))
            .hint(format!("it may be called {}{or}; `{COMMAND} --help` lists the columns", names(column)))
    };
    for column in [AS_OF, VALUE] {
        place(column).ok_or_else(|| lacks(column, ""))?;
    }
    let mut warnings: Vec<String> = places.warning().into_iter().collect();
    let mut cells = Cells::of(received, COMMAND);
    let series_id = match (place(SERIES_ID), &hint.series) {
        (Some(at), None) => cells.text(Some(at), "series_id")?,
        (None, Some(series)) => StringArray::new_repeated(series, received.n_rows),
        (None, None) => return Err(lacks(SERIES_ID, ", or be said with --series")),
        (Some(_), Some(_)) => {
            return Err(Error::usage("the file names its series itself").hint("leave --series out, or the column"));
        }
    };
    cells.settle_order(&[(place(AS_OF), "as_of"), (place(REALTIME_START), "realtime_start")], hint.order)?;
    let as_of = cells.periods(place(AS_OF), "as_of", PERIODS)?;
    let range = Range::of("vintages", observed_at);
    cells.ensure_possible_days(&as_of, "as_of", range, false)?;
    let value = cells.numbers(place(VALUE), "value", false)?;
    let dated = match (place(AVAILABLE_AT), place(REALTIME_START), hint.vintage_days()) {
        (Some(at), also, None) => {
            if also.is_some() {
                warnings.push("both an instant and a day of the vintage are given: the instant counts".to_string());
            }
            stamped(&mut cells, at, observed_at, &mut warnings)?
        }
        (None, Some(at), None) => by_day(&mut cells, at, observed_at)?,
        (None, None, Some((first, last))) => {
            ensure_begun(first, observed_at)?;
            let at = known_at_end_of(last);
            Dated { at: vec![at; received.n_rows].into(), availability: Availability::Lagged }
        }
        (None, None, None) => return Err(lacks(AVAILABLE_AT, "; or give the day of each vintage as realtime_start, or --vintage")),
        (_, _, Some(_)) => return Err(Error::usage("the file says itself when its values were known").hint("leave --vintage out")),
    };
    ensure_complete(&mut cells, &series_id, &as_of, &dated.at);
    tell_of_projections(&cells, &as_of, &dated.at, &mut warnings);
    let Cells { is_rejected, rejections, .. } = cells;
    Ok(Rows { series_id, as_of, value, dated, is_rejected, rejections, warnings })
}

/// The vintage of a whole file cannot be one of the future.
pub fn ensure_begun(first_day: i32, observed_at: IngestTime) -> Result<()> {
    if known_at_end_of(first_day.saturating_sub(1)) <= observed_at.micros() {
        return Ok(());
    }
    Err(Error::usage(format!("the vintage of {} lies after {observed_at}, when the file was seen", shown(first_day)))
        .hint("say the day or month of the vintage with --vintage, and when the file was seen with --observed-at"))
}

fn stamped(cells: &mut Cells<'_>, at: usize, observed_at: IngestTime, warnings: &mut Vec<String>) -> Result<Dated> {
    let at = cells.instants(Some(at), "available_at", "call the column realtime_start")?;
    cells.ensure_possible_instants(&at, "available_at", Range::of("vintages", observed_at));
    if max(&at).is_some_and(|newest| newest > observed_at.micros()) {
        for row in (0..at.len()).filter(|row| at.is_valid(*row) && at.value(*row) > observed_at.micros()) {
            cells.reject(row, Some("available_at"), format!("it lies after {observed_at}, when the file was seen"));
        }
    }
    if at.null_count() < at.len() && at.values().iter().all(|at| at % DAY_MICROS == 0) {
        let all = "every available_at is midnight in UTC; if these are days, call the column realtime_start: known at the end of the day";
        warnings.push(all.to_string());
    }
    let at = TimestampMicrosecondArray::new(at.values().clone(), at.nulls().cloned());
    Ok(Dated { at, availability: Availability::Stamped })
}

fn by_day(cells: &mut Cells<'_>, at: usize, observed_at: IngestTime) -> Result<Dated> {
    let days = cells.days(Some(at), "realtime_start", VINTAGES)?;
    cells.ensure_possible_days(&days, "realtime_start", Range::of("vintages", observed_at), true)?;
    if max(&days).is_some_and(|newest| known_at_end_of(newest.saturating_sub(1)) > observed_at.micros()) {
        for row in
            (0..days.len()).filter(|row| days.is_valid(*row) && known_at_end_of(days.value(*row).saturating_sub(1)) > observed_at.micros())
        {
            cells.reject(row, Some("realtime_start"), format!("it lies after {observed_at}, when the file was seen"));
        }
    }
    // a day of vintages dates many rows
    let mut known: HashMap<i32, i64> = HashMap::new();
    let mut end = |day: i32| *known.entry(day).or_insert_with(|| known_at_end_of(day));
    let at = days.iter().map(|day| day.map(&mut end)).collect();
    Ok(Dated { at, availability: Availability::Lagged })
}

/// Sets aside rows that do not say of what they are, or when they were known.
fn ensure_complete(cells: &mut Cells<'_>, series_id: &StringArray, as_of: &Date32Array, at: &TimestampMicrosecondArray) {
    let columns: [(&str, &dyn Array); 3] = [("series_id", series_id), ("as_of", as_of), ("available_at", at)];
    for (name, column) in columns.into_iter().filter(|(_, column)| column.null_count() > 0) {
        for row in (0..column.len()).filter(|row| column.is_null(*row)) {
            cells.reject(row, Some(name), format!("the row has no {name}"));
        }
    }
}

/// Tells of values known before the day that dates them: projections are of years to come by nature, and a period may be dated by its end.
fn tell_of_projections(cells: &Cells<'_>, as_of: &Date32Array, at: &TimestampMicrosecondArray, warnings: &mut Vec<String>) {
    let is_later = |day: i32, at: i64| i64::from(day).saturating_mul(DAY_MICROS) > at;
    if min(at).is_none_or(|oldest| max(as_of).is_none_or(|newest| !is_later(newest, oldest))) {
        return;
    }
    let is_before = |row: &usize| as_of.is_valid(*row) && at.is_valid(*row) && is_later(as_of.value(*row), at.value(*row));
    let rows = (0..as_of.len()).filter(|row| !cells.is_rejected[*row]).filter(is_before);
    let (mut n, mut farthest) = (0, i32::MIN);
    rows.for_each(|row| (n, farthest) = (n + 1, farthest.max(as_of.value(row))));
    if n > 0 {
        let what = "as they are where they are projections, or where a period is dated by its end";
        warnings.push(format!("{n} values were known before the day that dates them, up to {}: {what}", shown(farthest)));
    }
}

fn shown(day: i32) -> NaiveDate {
    crate::time::day(day)
}
