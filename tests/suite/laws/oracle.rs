//! The faces of design's section 4, computed the slow way over the vintages themselves.

use contango::time::KnowledgeTime;

use crate::support::Vintage;

fn key(row: &Vintage) -> (&str, &str, &str, &str) {
    (row.report, row.scope, row.code, row.category)
}

/// The last vintage of each observation that was known at the clock.
pub fn latest(rows: &[Vintage], clock: KnowledgeTime) -> Vec<&Vintage> {
    let known = vintages(rows, clock);
    let is_superseded = |row: &Vintage| {
        known.iter().any(|other| key(other) == key(row) && other.as_of == row.as_of && other.available_at > row.available_at)
    };
    known.iter().copied().filter(|row| !is_superseded(row)).collect()
}

pub fn vintages(rows: &[Vintage], clock: KnowledgeTime) -> Vec<&Vintage> {
    rows.iter().filter(|row| row.available_at <= clock).collect()
}

/// For each key and instant the newest observation with a value published then, if no earlier publication had a newer one.
pub fn readings(rows: &[Vintage], clock: KnowledgeTime) -> Vec<&Vintage> {
    let known: Vec<&Vintage> = vintages(rows, clock).into_iter().filter(|row| !row.missing).collect();
    let is_reading = |row: &Vintage| {
        let of_key = || known.iter().filter(|other| key(other) == key(row) && other.as_of > row.as_of);
        !of_key().any(|newer| newer.available_at <= row.available_at)
    };
    known.iter().copied().filter(|row| is_reading(row)).collect()
}

/// An instant as the engine prints it.
pub fn instant_text(at: KnowledgeTime) -> String {
    let at = chrono::DateTime::from_timestamp_micros(at.micros()).expect("an instant of this era");
    at.format("%Y-%m-%dT%H:%M:%S%.fZ").to_string()
}

/// Rows as the engine prints these columns of them.
pub fn text(rows: Vec<&Vintage>) -> Vec<Vec<String>> {
    let number = |row: &Vintage, value: i64| if row.missing { "NULL".into() } else { value.to_string() };
    let mut text: Vec<Vec<String>> = rows
        .into_iter()
        .map(|row| {
            vec![
                row.report.into(),
                row.scope.into(),
                row.code.into(),
                row.category.into(),
                row.as_of.to_string(),
                instant_text(row.available_at),
                number(row, row.long),
                row.market.clone(),
            ]
        })
        .collect();
    text.sort();
    text
}

/// The columns of [`text`].
pub const COLUMNS: &str = "report, scope, contract_code, category, as_of, available_at, long, market";
