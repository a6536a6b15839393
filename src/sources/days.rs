//! Which days a source can have: one range per source, in one list. A row of another day is damaged or made up, and one such row would stay
//! for good: nothing in the lake is rewritten.
//!
//! Parsers of tables of any vendor ask before they reckon with a day; behind every parser [`set_aside`] asks again, of every row and table.

use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use datafusion::arrow::array::{Array, AsArray, BooleanArray};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::{DataType, Date32Type, TimeUnit, TimestampMicrosecondType};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

use super::{Parsed, Rejection};
use crate::error::{Error, Result};
use crate::tables::{RELEASE_AT, Table};
use crate::time::{self, IngestTime};

/// A source, its first year, and how many years its figures may lie ahead of the day on which they were seen (projections, targets).
const RANGES: [(&str, i32, i32); 14] = [
    ("b3_tesouro", 1990, 1),
    ("bars", 1800, 1),
    ("bcb_focus", 1990, 30),
    ("bcb_fx_flow", 1900, 1),
    ("bcb_ptax", 1900, 1),
    ("bcb_sgs", 1800, 30),
    ("cftc", 1960, 1),
    ("databento", 1970, 1),
    ("fred", 1000, 200),
    ("ibge_sidra", 1900, 30),
    ("stn_fiscal", 1900, 30),
    ("us_treasury", 1900, 1),
    ("vintages", 1000, 200),
    ("yahoo", 1800, 1),
];
/// Instants and days beside `as_of` (expirations, maturities) may lie further ahead.
const YEARS_OF_A_CONTRACT: i32 = 200;
const MICROS_PER_DAY: i64 = 86_400_000_000;

/// The days that a payload can have, as days since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    first: i32,
    last: i32,
    last_of_contracts: i32,
}

impl Range {
    /// Of a source's payload that was seen then. A source that is not in the list has the widest.
    pub fn of(source: &str, observed_at: IngestTime) -> Self {
        let (_, first, ahead) = RANGES.iter().find(|(name, ..)| *name == source).copied().unwrap_or(("", 1000, 200));
        let seen = observed_at.date().year();
        let first_day = |year: i32| NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or(NaiveDate::MAX).to_epoch_days();
        let last_of = |year: i32| first_day(year.saturating_add(1)).saturating_sub(1);
        Self {
            first: first_day(first),
            last: last_of(seen.saturating_add(ahead)),
            last_of_contracts: last_of(seen.saturating_add(YEARS_OF_A_CONTRACT.max(ahead))),
        }
    }
    /// Whether figures can be of this day.
    pub fn has(self, day: i32) -> bool {
        (self.first..=self.last).contains(&day)
    }
    /// Whether something can end, begin or become known on this day.
    pub fn has_beside(self, day: i64) -> bool {
        (i64::from(self.first)..=i64::from(self.last_of_contracts)).contains(&day)
    }
    /// What is said of a row of another day.
    pub fn reason(self, day: i32) -> String {
        format!("{} is outside {}..{}, which this source can have", shown(day.into()), time::day(self.first), time::day(self.last))
    }
}

fn shown(day: i64) -> String {
    time::day(i32::try_from(day).unwrap_or(if day < 0 { i32::MIN } else { i32::MAX })).to_string()
}

/// Takes rows of impossible days out of what was parsed; each is a rejection. What it was in the file is no longer known: its cells are shown
/// as they were understood.
///
/// # Errors
/// The rows do not fit together, which is a fault of ours.
pub fn set_aside(parsed: &mut Parsed, range: Range) -> Result<()> {
    let mut kept: Vec<(&'static Table, RecordBatch)> = Vec::with_capacity(parsed.batches.len());
    for (table, batch) in std::mem::take(&mut parsed.batches) {
        let outside = outside(table, &batch, range);
        if outside.is_empty() {
            kept.push((table, batch));
            continue;
        }
        let mut stays = vec![true; batch.num_rows()];
        for (row, column, day) in &outside {
            if std::mem::replace(&mut stays[*row], false) {
                let reason = match *column == table.as_of().name {
                    true => range.reason(i32::try_from(*day).unwrap_or(i32::MAX)),
                    false => format!("{} is no day that this source can have", shown(*day)),
                };
                parsed.rejections.push(Rejection { line: 0, column: Some(column.clone()), reason, raw: cells(&batch, *row) });
            }
        }
        let stays = BooleanArray::from(stays);
        let batch = filter_record_batch(&batch, &stays).map_err(|e| Error::internal(format!("cannot set rows aside: {e}")))?;
        if batch.num_rows() > 0 {
            kept.push((table, batch));
        }
    }
    parsed.batches = kept;
    Ok(())
}

/// Rows with a day that cannot be: row, column, days since 1970.
fn outside(table: &'static Table, batch: &RecordBatch, range: Range) -> Vec<(usize, String, i64)> {
    let mut found = Vec::new();
    let schema = batch.schema();
    for (field, column) in schema.fields().iter().zip(batch.columns()) {
        let is_as_of = field.name() == table.as_of().name;
        let day_at: Box<dyn Fn(usize) -> i64> = match field.data_type() {
            DataType::Date32 => {
                let days = column.as_primitive::<Date32Type>().clone();
                Box::new(move |row| i64::from(days.value(row)))
            }
            DataType::Timestamp(TimeUnit::Microsecond, _) if is_as_of || field.name() == RELEASE_AT => {
                let instants = column.as_primitive::<TimestampMicrosecondType>().clone();
                Box::new(move |row| instants.value(row).div_euclid(MICROS_PER_DAY))
            }
            _ => continue,
        };
        let is_possible = |day: i64| match is_as_of {
            true => i32::try_from(day).is_ok_and(|day| range.has(day)),
            false => range.has_beside(day),
        };
        found.extend(
            (0..batch.num_rows())
                .filter(|row| column.is_valid(*row))
                .map(|row| (row, day_at(row)))
                .filter(|(_, day)| !is_possible(*day))
                .map(|(row, day)| (row, field.name().clone(), day)),
        );
    }
    found.sort_by_key(|(row, ..)| *row);
    found
}

fn cells(batch: &RecordBatch, row: usize) -> String {
    let options = FormatOptions::default();
    let cell = |column: &Arc<dyn Array>| ArrayFormatter::try_new(column, &options).map(|cells| cells.value(row).to_string());
    batch.columns().iter().map(|column| cell(column).unwrap_or_default()).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::SOURCES;
    use crate::sources::frame::Rows;
    use crate::tables::MACRO_SERIES;
    use crate::time::{Availability, KnowledgeTime, Release};

    fn seen() -> IngestTime {
        IngestTime::parse("2026-11-21 00:00:00Z").expect("an instant")
    }

    #[test]
    fn every_source_says_which_days_it_can_have() {
        let mut names: Vec<&str> = SOURCES.iter().map(|source| source.name()).collect();
        names.sort_unstable();
        assert_eq!(names, RANGES.map(|(name, ..)| name));
    }

    #[test]
    fn rows_of_impossible_days_are_set_aside_with_what_they_say() {
        let release = |year: i64| Release { at: KnowledgeTime::from_micros(year * 365 * MICROS_PER_DAY), availability: Availability::Rule };
        let mut rows = Rows::new(&MACRO_SERIES);
        for (day, year) in [("2024-03-08", 54), ("9999-12-31", 54), ("0999-12-31", 54), ("2024-03-09", 9_000)] {
            let day = day.parse::<NaiveDate>().expect("a day");
            rows.text("source", "x").text("series_id", "y").day("as_of", day).float("value", 1.5).end(release(year));
        }
        let mut parsed = Parsed { batches: vec![(&MACRO_SERIES, rows.finish().expect("rows"))], ..Parsed::default() };
        set_aside(&mut parsed, Range::of("fred", seen())).expect("rows");
        assert_eq!(parsed.batches[0].1.num_rows(), 1);
        let columns: Vec<Option<&str>> = parsed.rejections.iter().map(|rejection| rejection.column.as_deref()).collect();
        assert_eq!(columns, [Some("as_of"), Some("as_of"), Some(RELEASE_AT)]);
        assert!(parsed.rejections[0].reason.starts_with("9999-12-31 is outside 1000-01-01..2226-12-31"), "{}", parsed.rejections[0].reason);
        assert!(parsed.rejections[0].raw.contains("1.5"), "{}", parsed.rejections[0].raw);
    }
}
