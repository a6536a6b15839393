//! A continuous series, or its rolls, as they were known at each instant at which they changed: what stored builds hold.
//!
//! At each instant the series is built anew from what was known by then, by the same functions as for a query, so that a vintage is by its
//! making what a query under that clock says. A row stands on days up to its own alone, so only rows from the first day about which
//! something became known are compared.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Date32Array, RecordBatch, TimestampMicrosecondArray, UInt32Array, new_null_array};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{Date32Type, Field, Schema, SchemaRef};
use datafusion::arrow::row::{OwnedRow, RowConverter, SortField};
use datafusion::error::Result;

use super::build::{Built, build};
use super::request::Request;
use crate::config::Config;
use crate::engine::futures::compose::{Bars, ContractBars, Figures};
use crate::engine::notes::Notes;
use crate::quant::known::NO_INSTANT;
use crate::tables::ColumnType::{Date, Instant};

/// The columns of vintages: the day, the values, and when they became known. A day that the series no longer has is a vintage without values.
pub fn schema(values: impl Iterator<Item = Field>) -> SchemaRef {
    let values = values.map(|field| field.with_nullable(true));
    let day = Field::new("as_of", Date.arrow(), false);
    let known = Field::new("available_at", Instant.arrow(), false);
    Arc::new(Schema::new(std::iter::once(day).chain(values).chain([known]).collect::<Vec<_>>()))
}

/// Replays a series. `show` gives the rows of one root from a day on, in the columns of `schema` without the last one, in order of days.
///
/// # Errors
/// The series cannot be built from all that is known.
pub fn replay(
    contracts: &[Arc<ContractBars>],
    request: &Request,
    config: &Config,
    notes: &Notes,
    schema: &SchemaRef,
    show: impl Fn(&Built, i32) -> Result<RecordBatch>,
) -> Result<Vec<RecordBatch>> {
    let open = contracts.iter().filter(|own| own.superseded_at == i64::MAX).cloned().collect();
    build(open, request, config, notes)?;
    let mut told = Told { schema: schema.clone(), converter: None, last: BTreeMap::new() };
    let mut batches = Vec::new();
    for news in news(contracts).chunk_by(|a, b| a.0 == b.0) {
        let Some(&(instant, from)) = news.first() else { continue };
        let known = contracts.iter().filter_map(|own| as_known(own, instant)).collect();
        // before all that it needs is known, a series has no rows
        let Ok(built) = build(known, request, config, &Notes::default()) else { continue };
        let shown = built.iter().map(|built| Ok((root(built), show(built, from)?))).collect::<Result<Vec<_>>>()?;
        batches.extend(told.changes(&shown, instant, from)?);
    }
    Ok(batches)
}

fn root(built: &Built) -> String {
    built.contracts.first().map(|own| own.contract.root.clone()).unwrap_or_default()
}

/// The instants at which something became known, each with the first day that it was about; days before it are as they were.
fn news(contracts: &[Arc<ContractBars>]) -> Vec<(i64, i32)> {
    let mut all: Vec<(i64, i32)> = Vec::new();
    for own in contracts {
        let ContractBars { since, superseded_at, bars, settlement, open_interest, .. } = own.as_ref();
        let parts = [
            (&bars.day, &bars.available_at),
            (&settlement.day, &settlement.available_at),
            (&open_interest.day, &open_interest.available_at),
        ];
        for (days, instants) in parts {
            // which contracts there are decides about all days
            all.extend(instants.iter().min().map(|first| (*first.max(since), i32::MIN)).filter(|(at, _)| at < superseded_at));
            all.extend(instants.iter().copied().zip(days.iter().copied()).filter(|(at, _)| since < at && at < superseded_at));
        }
        all.extend([*since, *superseded_at].into_iter().filter(|at| ![NO_INSTANT, i64::MAX].contains(at)).map(|at| (at, i32::MIN)));
    }
    all.sort_unstable();
    all
}

/// A contract as it was known at an instant.
fn as_known(own: &Arc<ContractBars>, instant: i64) -> Option<Arc<ContractBars>> {
    if instant < own.since || own.superseded_at <= instant {
        return None;
    }
    let parts = [&own.bars.available_at, &own.settlement.available_at, &own.open_interest.available_at];
    if parts.iter().all(|instants| instants.iter().all(|at| *at <= instant)) {
        return Some(own.clone());
    }
    let bars = &own.bars;
    let (of_bars, settlement, open_interest) = (Mask::of(&bars.available_at, instant), &own.settlement, &own.open_interest);
    if parts.iter().all(|instants| instants.iter().all(|at| *at > instant)) {
        return None;
    }
    Some(Arc::new(ContractBars {
        contract: own.contract.clone(),
        since: own.since,
        superseded_at: own.superseded_at,
        bars: Bars {
            day: of_bars.kept(&bars.day),
            available_at: of_bars.kept(&bars.available_at),
            open: of_bars.kept(&bars.open),
            high: of_bars.kept(&bars.high),
            low: of_bars.kept(&bars.low),
            close: of_bars.kept(&bars.close),
            volume: of_bars.kept(&bars.volume),
            ..Bars::default()
        },
        settlement: figures(settlement, instant),
        cleared_volume: Figures::default(),
        open_interest: figures(open_interest, instant),
    }))
}

fn figures(all: &Figures, instant: i64) -> Figures {
    let mask = Mask::of(&all.available_at, instant);
    Figures { day: mask.kept(&all.day), available_at: mask.kept(&all.available_at), value: mask.kept(&all.value), ..Figures::default() }
}

/// Which vintages were known at an instant.
struct Mask(Vec<bool>);

impl Mask {
    fn of(instants: &[i64], instant: i64) -> Self {
        Self(instants.iter().map(|at| *at <= instant).collect())
    }
    fn kept<T: Copy>(&self, all: &[T]) -> Vec<T> {
        all.iter().zip(&self.0).filter_map(|(value, is_known)| is_known.then_some(*value)).collect()
    }
}

/// What was told last of each root and day; nothing where the series no longer had the day.
struct Told {
    schema: SchemaRef,
    converter: Option<RowConverter>,
    last: BTreeMap<(String, i32), Option<OwnedRow>>,
}

impl Told {
    /// The rows that are not what was told before.
    fn changes(&mut self, shown: &[(String, RecordBatch)], instant: i64, from: i32) -> Result<Vec<RecordBatch>> {
        let mut batches = Vec::new();
        let mut now: BTreeMap<(String, i32), ()> = BTreeMap::new();
        for (root, rows) in shown {
            let values = &rows.columns()[1..];
            let fields = values.iter().map(|column| SortField::new(column.data_type().clone())).collect();
            let converter = match self.converter.take() {
                Some(converter) => converter,
                None => RowConverter::new(fields)?,
            };
            let bytes = converter.convert_columns(values)?;
            let days = rows.column(0).as_primitive::<Date32Type>();
            let mut changed: Vec<u32> = Vec::new();
            for (row, day) in days.values().iter().enumerate() {
                let key = (root.clone(), *day);
                now.insert(key.clone(), ());
                if self.last.get(&key).is_none_or(|last| last.as_ref().is_none_or(|last| last.row() != bytes.row(row))) {
                    self.last.insert(key, Some(bytes.row(row).owned()));
                    changed.push(row as u32);
                }
            }
            self.converter = Some(converter);
            let changed = UInt32Array::from(changed);
            let columns = rows.columns().iter().map(|column| take(column, &changed, None)).collect::<Result<Vec<_>, _>>()?;
            batches.push(self.dated(columns, instant)?);
        }
        let is_gone = |key: &(String, i32), last: &Option<OwnedRow>| key.1 >= from && last.is_some() && !now.contains_key(key);
        let mut gone: Vec<i32> = Vec::new();
        for (key, last) in &mut self.last {
            if is_gone(key, last) {
                gone.push(key.1);
                *last = None;
            }
        }
        if !gone.is_empty() {
            let n = gone.len();
            let values = self.schema.fields()[1..self.schema.fields().len() - 1].iter().map(|field| new_null_array(field.data_type(), n));
            let columns = std::iter::once(Arc::new(Date32Array::from(gone)) as ArrayRef).chain(values).collect();
            batches.push(self.dated(columns, instant)?);
        }
        batches.retain(|batch| batch.num_rows() > 0);
        Ok(batches)
    }

    fn dated(&self, mut columns: Vec<ArrayRef>, instant: i64) -> Result<RecordBatch> {
        let n = columns.first().map_or(0, |column| column.len());
        columns.push(Arc::new(TimestampMicrosecondArray::from_value(instant, n).with_timezone("UTC")));
        Ok(RecordBatch::try_new(self.schema.clone(), columns)?)
    }
}
