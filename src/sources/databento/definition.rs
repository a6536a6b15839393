//! One definition: its values as the lake keeps them, and the columns of many.

use std::sync::Arc;

use datafusion::arrow::array::TimestampMicrosecondArray;
use datafusion::arrow::array::{ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray};
use dbn::InstrumentDefMsg;

use super::value::{micros, price, text};
use crate::contract::ContractMonth;
use crate::error::{Error, Result};
use crate::tables::FUTURES_DEFINITIONS;
use crate::time::Availability;

/// What a message says of an instrument: the value columns of `futures_definitions`. `None` is undefined.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Definition {
    pub instrument_class: Option<String>,
    pub user_defined: bool,
    pub asset: Option<String>,
    pub exchange: Option<String>,
    pub security_type: Option<String>,
    pub maturity: Option<String>,
    /// Microseconds since 1970, as the next.
    pub activation: Option<i64>,
    pub expiration: Option<i64>,
    pub min_price_increment: Option<f64>,
    pub min_price_increment_amount: Option<f64>,
    pub display_factor: Option<f64>,
    pub unit_of_measure: Option<String>,
    pub unit_of_measure_qty: Option<f64>,
    pub contract_multiplier: Option<f64>,
    pub currency: Option<String>,
    pub legs: Option<String>,
}

impl Definition {
    /// Everything but the legs.
    pub fn of(record: &InstrumentDefMsg) -> Self {
        let class = record.instrument_class.to_ne_bytes()[0];
        let month = ContractMonth::new(i32::from(record.maturity_year), u32::from(record.maturity_month));
        Self {
            instrument_class: class_name(class),
            user_defined: record.user_defined_instrument.to_ne_bytes()[0] == b'Y',
            asset: text(&record.asset),
            exchange: text(&record.exchange),
            security_type: text(&record.security_type),
            maturity: month.filter(|_| record.maturity_year != u16::MAX && record.maturity_year != 0).map(|month| month.to_string()),
            activation: micros(record.activation).filter(|at| *at != 0),
            expiration: micros(record.expiration).filter(|at| *at != 0),
            min_price_increment: price(record.min_price_increment),
            min_price_increment_amount: price(record.min_price_increment_amount),
            display_factor: price(record.display_factor),
            unit_of_measure: text(&record.unit_of_measure),
            unit_of_measure_qty: price(record.unit_of_measure_qty),
            contract_multiplier: (record.contract_multiplier != i32::MAX).then(|| f64::from(record.contract_multiplier)),
            currency: text(&record.currency),
            legs: None,
        }
    }
}

fn class_name(letter: u8) -> Option<String> {
    match letter {
        b'F' => Some("future".to_string()),
        b'S' => Some("future_spread".to_string()),
        b'C' | b'P' => Some("option".to_string()),
        b'T' => Some("option_spread".to_string()),
        b'M' => Some("mixed_spread".to_string()),
        0 => None,
        other => Some(char::from(other).to_string()),
    }
}

/// A definition with its instrument and stamp.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Defined {
    pub id: u32,
    pub symbol: String,
    /// Microseconds since 1970.
    pub known_at: i64,
    /// Days since 1970.
    pub as_of: i32,
    pub activation_day: Option<i32>,
    pub says: Definition,
    pub action: Option<String>,
}

impl Defined {
    /// The observation that it is a vintage of.
    pub fn life(&self) -> (u32, &str, i32) {
        (self.id, &self.symbol, self.as_of)
    }
    /// Whether an instrument of this kind ends on a day.
    pub fn is_dated_kind(&self) -> bool {
        self.says.instrument_class.as_deref().is_some_and(|class| class.len() > 1)
    }
}

/// Definitions as `futures_definitions`.
pub(super) fn batch(rows: &[Defined], dataset: &str) -> Result<RecordBatch> {
    let n = rows.len();
    let texts = |of: fn(&Definition) -> &Option<String>| {
        Arc::new(rows.iter().map(|row| of(&row.says).as_deref()).collect::<StringArray>()) as ArrayRef
    };
    let numbers = |of: fn(&Definition) -> Option<f64>| Arc::new(rows.iter().map(|row| of(&row.says)).collect::<Float64Array>()) as ArrayRef;
    let instants = |of: fn(&Defined) -> Option<i64>| {
        Arc::new(rows.iter().map(of).collect::<TimestampMicrosecondArray>().with_timezone("UTC")) as ArrayRef
    };
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Date32Array::from_iter_values(rows.iter().map(|row| row.as_of))),
        Arc::new(StringArray::new_repeated(dataset, n)),
        Arc::new(StringArray::from_iter_values(rows.iter().map(|row| &row.symbol))),
        Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| i64::from(row.id)))),
        Arc::new(StringArray::new_repeated("exchange", n)),
        texts(|says| &says.instrument_class),
        Arc::new(rows.iter().map(|row| Some(row.says.user_defined)).collect::<BooleanArray>()),
        texts(|says| &says.asset),
        texts(|says| &says.exchange),
        texts(|says| &says.security_type),
        texts(|says| &says.maturity),
        instants(|row| row.says.activation),
        instants(|row| row.says.expiration),
        numbers(|says| says.min_price_increment),
        numbers(|says| says.min_price_increment_amount),
        numbers(|says| says.display_factor),
        texts(|says| &says.unit_of_measure),
        numbers(|says| says.unit_of_measure_qty),
        numbers(|says| says.contract_multiplier),
        texts(|says| &says.currency),
        texts(|says| &says.legs),
        Arc::new(rows.iter().map(|row| row.action.as_deref()).collect::<StringArray>()),
        instants(|row| Some(row.known_at)),
        Arc::new(StringArray::new_repeated(Availability::Stamped.name(), n)),
    ];
    RecordBatch::try_new(FUTURES_DEFINITIONS.parsed_schema(), columns)
        .map_err(|e| Error::internal(format!("definitions do not fit `futures_definitions`: {e}")))
}
