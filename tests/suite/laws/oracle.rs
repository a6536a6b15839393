//! The faces of design's section 4, computed the slow way over the vintages themselves.

use chrono::NaiveDate;
use contango::time::KnowledgeTime;

use crate::support::Vintage;
use crate::support::macro_series::Print;

/// A vintage of an observation.
pub trait Published: Clone {
    fn key(&self) -> [&str; 4];
    fn as_of(&self) -> NaiveDate;
    fn available_at(&self) -> KnowledgeTime;
    /// Whether the source gave a figure.
    fn has_value(&self) -> bool;
}

impl Published for Vintage {
    fn key(&self) -> [&str; 4] {
        [self.report, self.scope, self.code, self.category]
    }
    fn as_of(&self) -> NaiveDate {
        self.as_of
    }
    fn available_at(&self) -> KnowledgeTime {
        self.available_at
    }
    fn has_value(&self) -> bool {
        !self.missing
    }
}

impl Published for Print {
    fn key(&self) -> [&str; 4] {
        [self.source, self.series_id, "", ""]
    }
    fn as_of(&self) -> NaiveDate {
        self.as_of
    }
    fn available_at(&self) -> KnowledgeTime {
        self.available_at
    }
    fn has_value(&self) -> bool {
        self.value.is_some()
    }
}

/// The vintages of the same observation that came before this one, in no order.
fn before<'a, T: Published>(rows: &'a [T], row: &'a T) -> impl Iterator<Item = &'a T> {
    let is_same = |other: &&T| other.key() == row.key() && other.as_of() == row.as_of();
    rows.iter().filter(is_same).filter(|other| other.available_at() < row.available_at())
}

/// The last vintage of each observation that was known at the clock.
pub fn latest<T: Published>(rows: &[T], clock: KnowledgeTime) -> Vec<&T> {
    let known = vintages(rows, clock);
    let is_superseded = |row: &T| {
        known.iter().any(|other| other.key() == row.key() && other.as_of() == row.as_of() && other.available_at() > row.available_at())
    };
    known.iter().copied().filter(|row| !is_superseded(row)).collect()
}

pub fn vintages<T: Published>(rows: &[T], clock: KnowledgeTime) -> Vec<&T> {
    rows.iter().filter(|row| row.available_at() <= clock).collect()
}

/// For each key and instant the newest observation with a value published then, if no earlier publication had a newer one.
pub fn readings<T: Published>(rows: &[T], clock: KnowledgeTime) -> Vec<&T> {
    let known: Vec<&T> = vintages(rows, clock).into_iter().filter(|row| row.has_value()).collect();
    let is_reading = |row: &T| {
        let of_key = || known.iter().filter(|other| other.key() == row.key() && other.as_of() > row.as_of());
        !of_key().any(|newer| newer.available_at() <= row.available_at())
    };
    known.iter().copied().filter(|row| is_reading(row)).collect()
}

/// The prints that say something else than the one before them.
pub fn without_repeats(prints: &[Print]) -> Vec<Print> {
    let last = |print: &Print| before(prints, print).max_by_key(|other| other.available_at).map(|other| other.value);
    prints.iter().filter(|print| last(print) != Some(print.value)).cloned().collect()
}

/// An instant as the engine prints it.
pub fn instant_text(at: KnowledgeTime) -> String {
    let at = chrono::DateTime::from_timestamp_micros(at.micros()).expect("an instant of this era");
    at.format("%Y-%m-%dT%H:%M:%S%.fZ").to_string()
}

/// The columns of [`cot_text`].
pub const COT: &str = "report, scope, contract_code, category, as_of, available_at, long, market";

/// Rows as the engine prints these columns of them.
pub fn cot_text(rows: Vec<&Vintage>) -> Vec<Vec<String>> {
    let number = |row: &Vintage, value: i64| if row.missing { "NULL".into() } else { value.to_string() };
    let row = |row: &Vintage| {
        let [report, scope, code, category] = row.key().map(str::to_string);
        let at = instant_text(row.available_at);
        vec![report, scope, code, category, row.as_of.to_string(), at, number(row, row.long), row.market.clone()]
    };
    sorted(rows.into_iter().map(row))
}

/// The columns of [`macro_text`].
pub const MACRO: &str = "source, series_id, as_of, available_at, value, revision";

/// Rows as the engine prints these columns of them; `all` are the prints, without repeats, of which they are the known ones.
pub fn macro_text(rows: Vec<&Print>, all: &[Print]) -> Vec<Vec<String>> {
    let row = |print: &Print| {
        let value = print.value.map_or("NULL".into(), |value| format!("{value:?}"));
        let revision = before(all, print).count().to_string();
        vec![print.source.into(), print.series_id.into(), print.as_of.to_string(), instant_text(print.available_at), value, revision]
    };
    sorted(rows.into_iter().map(row))
}

fn sorted(rows: impl Iterator<Item = Vec<String>>) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = rows.collect();
    rows.sort();
    rows
}
