//! Statistics of the exchange to `futures_statistics`: settlement, cleared volume and open interest, each publication a vintage under its stamp.
//!
//! - `ts_recv` is when the figure became known, `ts_ref` the trade date that it is for; a figure without either is set aside.
//! - Bit 0 of the flags says that a settlement is final; flags that are all set say nothing.
//! - A deletion, and a figure that is undefined, is a vintage whose value is NULL.
//! - Of two figures under one stamp the later one in the exchange's sequence holds.
//! - Every other statistic (opening prices, limits, …) is counted in the payload's kind and not kept.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::TimestampMicrosecondArray;
use datafusion::arrow::array::{ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray};
use dbn::{StatMsg, StatType, StatUpdateAction, UNDEF_STAT_QUANTITY};

use super::open::Opened;
use super::symbols;
use super::value::{date, day_of, micros, price, shown};
use crate::error::{Error, Result};
use crate::sources::{Parsed, Rejection};
use crate::tables::FUTURES_STATISTICS;
use crate::time::Availability;

/// Flags that were not filled in.
const UNDEF_FLAGS: u8 = u8::MAX;
const FINAL: u8 = 1;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stat {
    Settlement,
    ClearedVolume,
    OpenInterest,
}

impl Stat {
    const fn name(self) -> &'static str {
        match self {
            Self::Settlement => "settlement",
            Self::ClearedVolume => "cleared_volume",
            Self::OpenInterest => "open_interest",
        }
    }
    fn of(record: &StatMsg) -> Option<Self> {
        match record.stat_type().ok()? {
            StatType::SettlementPrice => Some(Self::Settlement),
            StatType::ClearedVolume => Some(Self::ClearedVolume),
            StatType::OpenInterest => Some(Self::OpenInterest),
            _ => None,
        }
    }
}

/// One publication of a figure.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Figure {
    id: u32,
    stat: Stat,
    as_of: i32,
    known_at: i64,
    sequence: u32,
    number: u64,
    value: Option<f64>,
    is_final: Option<bool>,
}

impl Figure {
    const fn vintage(&self) -> (u32, Stat, i32, i64) {
        (self.id, self.stat, self.as_of, self.known_at)
    }
}

/// Statistics to `futures_statistics`; how many there are of the kinds that are not kept comes back.
pub(super) fn parse(opened: &Opened, parsed: &mut Parsed) -> Result<BTreeMap<String, usize>> {
    let mut figures = Vec::new();
    let mut others: BTreeMap<String, usize> = BTreeMap::new();
    opened.each(|number, record| {
        let record = record.get::<StatMsg>().ok_or_else(|| Error::source(format!("record {number} is no statistic")))?;
        let Some(stat) = Stat::of(record) else {
            let name = record.stat_type().map_or_else(|_| record.stat_type.to_string(), |stat| format!("{stat:?}"));
            *others.entry(name).or_default() += 1;
            return Ok(());
        };
        match figure(record, stat, number) {
            Ok(figure) if opened.header.symbols.on(figure.id, day_of(record.ts_recv)).is_some() => figures.push(figure),
            Ok(figure) => {
                let day = date(day_of(record.ts_recv)).to_string();
                parsed.rejections.push(rejection(record, number, &symbols::unknown(figure.id, &day)));
            }
            Err(reason) => parsed.rejections.push(rejection(record, number, reason)),
        }
        Ok(())
    })?;
    figures.sort_by_key(|figure| (figure.vintage(), figure.sequence, figure.number));
    let mut kept: Vec<Figure> = Vec::with_capacity(figures.len());
    for figure in figures {
        match kept.last_mut().filter(|last| last.vintage() == figure.vintage()) {
            Some(last) => {
                parsed.repeats_within += 1;
                *last = figure;
            }
            None => kept.push(figure),
        }
    }
    if !kept.is_empty() {
        parsed.batches.push((&FUTURES_STATISTICS, batch(&kept, opened)?));
    }
    Ok(others)
}

fn figure(record: &StatMsg, stat: Stat, number: u64) -> Result<Figure, &'static str> {
    let known_at = micros(record.ts_recv).ok_or("the figure has no ts_recv, so it is not known when it was published")?;
    micros(record.ts_ref).ok_or("the figure has no ts_ref, so it is not known which trade date it is for")?;
    let is_deleted = record.update_action().ok() == Some(StatUpdateAction::Delete);
    let value = match stat {
        Stat::Settlement => price(record.price),
        _ => (record.quantity != UNDEF_STAT_QUANTITY).then_some(record.quantity as f64),
    };
    let is_said = stat == Stat::Settlement && !is_deleted && record.stat_flags != UNDEF_FLAGS;
    Ok(Figure {
        id: record.hd.instrument_id,
        stat,
        as_of: day_of(record.ts_ref),
        known_at,
        sequence: record.sequence,
        number,
        value: value.filter(|_| !is_deleted),
        is_final: is_said.then_some(record.stat_flags & FINAL != 0),
    })
}

fn rejection(record: &StatMsg, number: u64, reason: &str) -> Rejection {
    let value = price(record.price).map_or(String::new(), |price| price.to_string());
    let raw = format!(
        "{},{},{},{},{value},{},{},{},{}",
        shown(record.ts_recv),
        record.hd.instrument_id,
        shown(record.ts_ref),
        record.stat_type,
        record.quantity,
        record.sequence,
        record.update_action,
        record.stat_flags
    );
    Rejection { line: number, column: None, reason: reason.to_string(), raw }
}

fn batch(figures: &[Figure], opened: &Opened) -> Result<RecordBatch> {
    let n = figures.len();
    // The symbol of the day of publication: an id may pass to another instrument.
    let day = |figure: &Figure| figure.known_at.div_euclid(86_400_000_000) as i32;
    let symbol = |figure: &Figure| opened.header.symbols.on(figure.id, day(figure));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Date32Array::from_iter_values(figures.iter().map(|figure| figure.as_of))),
        Arc::new(StringArray::new_repeated(&opened.header.dataset, n)),
        Arc::new(StringArray::from_iter_values(figures.iter().map(|figure| figure.stat.name()))),
        Arc::new(figures.iter().map(symbol).collect::<StringArray>()),
        Arc::new(Int64Array::from_iter_values(figures.iter().map(|figure| i64::from(figure.id)))),
        Arc::new(figures.iter().map(|figure| figure.value).collect::<Float64Array>()),
        Arc::new(figures.iter().map(|figure| figure.is_final).collect::<BooleanArray>()),
        Arc::new(TimestampMicrosecondArray::from_iter_values(figures.iter().map(|figure| figure.known_at)).with_timezone("UTC")),
        Arc::new(StringArray::new_repeated(Availability::Stamped.name(), n)),
    ];
    RecordBatch::try_new(FUTURES_STATISTICS.parsed_schema(), columns)
        .map_err(|e| Error::internal(format!("figures do not fit `futures_statistics`: {e}")))
}
