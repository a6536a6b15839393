//! `futures_bars` computed the slow way: for every day and instant the parts that were known, looked up one by one.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use contango::time::KnowledgeTime;

use super::lakes::PLAIN;
use super::oracle::instant_text;
use crate::support::futures::{Of, Row};

/// What a day showed at an instant, and from when on.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    pub day: NaiveDate,
    pub available_at: KnowledgeTime,
    bar: Option<Row>,
    settlement: Option<Row>,
    open_interest: Option<Row>,
    cleared_volume: Option<Row>,
}

/// The columns of [`text`].
pub const COLUMNS: &str =
    "as_of, available_at, close, volume, settlement, open_interest, cleared_volume, basis, session_end, availability, backcast";

/// The rows of the instrument that nothing defines, known at an instant.
pub fn latest(rows: &[Row], at: KnowledgeTime) -> Vec<Known> {
    let rows = without_repeats(rows);
    let mut days: Vec<NaiveDate> = rows.iter().map(|row| row.as_of).collect();
    days.sort_unstable();
    days.dedup();
    days.into_iter().filter_map(|day| state(&rows, day, at)).collect()
}

/// Every state that a day went through.
pub fn vintages(rows: &[Row], clock: KnowledgeTime) -> Vec<Known> {
    let instants = rows.iter().map(|row| row.available_at).filter(|at| *at <= clock);
    let all = instants.flat_map(|at| latest(rows, at)).map(|known| ((known.day, known.available_at), known));
    all.collect::<BTreeMap<_, _>>().into_values().collect()
}

/// The states that were news about the newest day with a price.
pub fn readings(rows: &[Row], clock: KnowledgeTime) -> Vec<Known> {
    let mut priced = vintages(rows, clock);
    priced.retain(|known| number(&known.settlement).or(number(&known.bar)).is_some());
    let is_reading = |known: &&Known| !priced.iter().any(|other| other.day > known.day && other.available_at <= known.available_at);
    priced.iter().filter(is_reading).cloned().collect()
}

/// Rows of the instrument, without figures that were published again as they were.
fn without_repeats(rows: &[Row]) -> Vec<Row> {
    let mut own: Vec<Row> = rows.iter().filter(|row| (row.dataset, row.symbol, row.id) == PLAIN).cloned().collect();
    own.sort_by_key(|row| (row.label(), row.as_of, row.available_at));
    let mut kept: Vec<Row> = Vec::new();
    for row in own {
        let repeats = |last: &Row| matches!(row.of, Of::Figure { .. }) && last.as_of == row.as_of && last.of == row.of;
        if !kept.last().is_some_and(repeats) {
            kept.push(row);
        }
    }
    kept
}

fn state(rows: &[Row], day: NaiveDate, at: KnowledgeTime) -> Option<Known> {
    let last = |label: &str| {
        rows.iter().filter(|r| r.as_of == day && r.label() == label && r.available_at <= at).max_by_key(|r| r.available_at).cloned()
    };
    let (bar, settlement) = (last("session").or_else(|| last("utc_day")), last("settlement"));
    let (open_interest, cleared_volume) = (last("open_interest"), last("cleared_volume"));
    let parts = [&bar, &settlement, &open_interest, &cleared_volume];
    let available_at = parts.into_iter().flatten().map(|row| row.available_at).max()?;
    Some(Known { day, available_at, bar, settlement, open_interest, cleared_volume })
}

fn number(row: &Option<Row>) -> Option<f64> {
    match row.as_ref()?.of {
        Of::Bar { close, .. } => close,
        Of::Figure { value, .. } => value,
        Of::Definition { .. } => None,
    }
}

/// Rows as the engine prints these columns of them.
pub fn text(known: Vec<Known>) -> Vec<Vec<String>> {
    let price = |row: &Option<Row>| number(row).map_or("NULL".to_string(), |value| format!("{value:?}"));
    let count = |row: &Option<Row>| number(row).map_or("NULL".to_string(), |value| format!("{value:.0}"));
    let mut text: Vec<Vec<String>> = known
        .iter()
        .map(|known| {
            let parts = || [&known.bar, &known.settlement, &known.open_interest, &known.cleared_volume].into_iter().flatten();
            let (basis, end) = match &known.bar {
                Some(Row { of: Of::Bar { basis, session_end, .. }, .. }) => (basis.to_string(), instant_text(*session_end)),
                _ => ("NULL".into(), "NULL".into()),
            };
            vec![
                known.day.to_string(),
                instant_text(known.available_at),
                price(&known.bar),
                count(&known.bar),
                price(&known.settlement),
                count(&known.open_interest),
                count(&known.cleared_volume),
                basis,
                end,
                parts().map(|row| row.availability).max().map_or("NULL".into(), |grade| grade.name().to_string()),
                parts().any(|row| row.backcast).to_string(),
            ]
        })
        .collect();
    text.sort();
    text
}
