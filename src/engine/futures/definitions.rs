//! What definitions say of each instrument, and said before: vintages of `futures_definitions` → lives of instruments. Pure.
//!
//! Symbols and numbers are used again after years, so an instrument has lives; a definition that is sent anew for the same contract goes on
//! with the life it is in.

use std::collections::HashMap;

use chrono::NaiveDate;
use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{Date32Type, Float64Type, Int64Type, TimestampMicrosecondType};
use datafusion::error::Result;

use crate::contract::ContractMonth;
use crate::error::Error;
use crate::time::{Availability, Grade};

/// The columns of `futures_definitions` that are read.
pub const COLUMNS: [&str; 19] = [
    "dataset",
    "symbol",
    "instrument_id",
    "as_of",
    "origin",
    "instrument_class",
    "user_defined",
    "asset",
    "maturity",
    "activation",
    "expiration",
    "min_price_increment",
    "min_price_increment_amount",
    "display_factor",
    "unit_of_measure_qty",
    "currency",
    "available_at",
    "availability",
    "backcast",
];

/// An instrument as its provider names it; what it is, is known with a day only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instrument {
    pub dataset: String,
    pub symbol: String,
    /// 0 where the provider has none.
    pub id: i64,
}

/// One definition.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Definition {
    /// First day of the life, days since 1970.
    pub first_day: i32,
    /// Said by a file of bars, not by the exchange.
    pub is_of_file: bool,
    /// A single futures contract; not a spread, an option, or what participants defined. `None` where it is not said.
    pub is_outright: Option<bool>,
    /// The exchange's root as the definition spells it.
    pub asset: Option<String>,
    pub maturity: Option<ContractMonth>,
    /// Microseconds since 1970.
    pub activation: Option<i64>,
    pub expiration: Option<NaiveDate>,
    pub min_price_increment: Option<f64>,
    pub min_price_increment_amount: Option<f64>,
    pub display_factor: Option<f64>,
    pub unit_of_measure_qty: Option<f64>,
    pub currency: Option<String>,
    /// Microseconds since 1970.
    pub available_at: i64,
    pub grade: Grade,
}

impl Definition {
    /// Whether the later of two definitions of one instrument goes on with the life of the earlier.
    fn goes_on(&self, earlier: &Self) -> bool {
        match (earlier.maturity, self.maturity) {
            (Some(before), Some(after)) => before == after,
            (None, None) => earlier.expiration.is_none() || self.expiration.is_none() || earlier.expiration == self.expiration,
            _ => earlier.expiration == self.expiration,
        }
    }
}

/// Every vintage of every definition by instrument, in order of `as_of`, then `available_at`.
pub type Stated = HashMap<Instrument, Vec<Definition>>;
/// The lives of each instrument, in order of their first days; each is told by its newest definition.
pub type Lives = HashMap<Instrument, Vec<Definition>>;

/// The lives of one instrument by what was stated of it up to an instant.
pub fn lives(stated: &[Definition], known_by: i64) -> Vec<Definition> {
    let mut lives: Vec<Definition> = Vec::new();
    for vintages in stated.chunk_by(|a, b| a.first_day == b.first_day) {
        let Some(definition) = vintages.iter().rfind(|vintage| vintage.available_at <= known_by) else { continue };
        match lives.last_mut().filter(|earlier| definition.goes_on(earlier)) {
            Some(earlier) => *earlier = Definition { first_day: earlier.first_day, ..definition.clone() },
            None => lives.push(definition.clone()),
        }
    }
    lives
}

/// Adds the rows of a batch of [`COLUMNS`], which come in order of instrument, `as_of` and `available_at`.
///
/// # Errors
/// The batch has not the columns of `futures_definitions`.
pub fn add(stated: &mut Stated, batch: &RecordBatch) -> Result<()> {
    let column = |name: &str| batch.column_by_name(name).ok_or_else(|| Error::internal(format!("definitions were read without `{name}`")));
    let text = |name: &str| -> Result<_> { Ok(column(name)?.as_string::<i32>().clone()) };
    let float = |name: &str| -> Result<_> { Ok(column(name)?.as_primitive::<Float64Type>().clone()) };
    let instant = |name: &str| -> Result<_> { Ok(column(name)?.as_primitive::<TimestampMicrosecondType>().clone()) };
    let (dataset, symbol, origin, class) = (text("dataset")?, text("symbol")?, text("origin")?, text("instrument_class")?);
    let (asset, maturity, currency) = (text("asset")?, text("maturity")?, text("currency")?);
    let id = column("instrument_id")?.as_primitive::<Int64Type>();
    let as_of = column("as_of")?.as_primitive::<Date32Type>();
    let user_defined = column("user_defined")?.as_boolean();
    let (activation, expiration, available_at) = (instant("activation")?, instant("expiration")?, instant("available_at")?);
    let (tick, tick_value) = (float("min_price_increment")?, float("min_price_increment_amount")?);
    let (factor, quantity) = (float("display_factor")?, float("unit_of_measure_qty")?);
    let (grades, backcast) = (text("availability")?, column("backcast")?.as_boolean());
    let said = |words: &datafusion::arrow::array::StringArray, row: usize| words.is_valid(row).then(|| words.value(row).to_string());
    for row in 0..batch.num_rows() {
        let is_user_defined = user_defined.is_valid(row) && user_defined.value(row);
        let definition = Definition {
            first_day: as_of.value(row),
            is_of_file: origin.is_valid(row) && origin.value(row) == "file",
            is_outright: class.is_valid(row).then(|| class.value(row) == "future" && !is_user_defined).or(is_user_defined.then_some(false)),
            asset: said(&asset, row),
            maturity: maturity.is_valid(row).then(|| month(maturity.value(row))).flatten(),
            activation: activation.is_valid(row).then(|| activation.value(row)),
            expiration: expiration.is_valid(row).then(|| date_of(expiration.value(row))).flatten(),
            min_price_increment: tick.is_valid(row).then(|| tick.value(row)),
            min_price_increment_amount: tick_value.is_valid(row).then(|| tick_value.value(row)),
            display_factor: factor.is_valid(row).then(|| factor.value(row)),
            unit_of_measure_qty: quantity.is_valid(row).then(|| quantity.value(row)),
            currency: said(&currency, row),
            available_at: available_at.value(row),
            grade: Grade { availability: grade(grades.value(row))?, backcast: backcast.value(row) },
        };
        let instrument = Instrument { dataset: dataset.value(row).into(), symbol: symbol.value(row).into(), id: id.value(row) };
        stated.entry(instrument).or_default().push(definition);
    }
    Ok(())
}

fn grade(word: &str) -> Result<Availability> {
    Availability::from_name(word).ok_or_else(|| Error::internal(format!("`{word}` is no grade of availability")).into())
}

/// `2024-03`.
fn month(text: &str) -> Option<ContractMonth> {
    let (year, month) = text.split_once('-')?;
    ContractMonth::new(year.parse().ok()?, month.parse().ok()?)
}

/// The last trade day: exchanges end a contract within their day, so its date in UTC is meant.
fn date_of(micros: i64) -> Option<NaiveDate> {
    chrono::DateTime::from_timestamp_micros(micros).map(|instant| instant.date_naive())
}
