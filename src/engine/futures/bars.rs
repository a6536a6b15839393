//! `futures_bars`: one row per contract and day that has a bar or a figure, put together from what was known.
//!
//! A row's parts are a bar, a settlement, a cleared volume, an open interest and what names the contract (its root, month and last day); it is
//! known from the latest of them on. Its vintages are one row per instant at which a part changed. Of what names the contract, what follows from
//! symbol, rules and configuration is no fact and was always known.

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{ArrayRef, Date32Array};
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::catalog::Session;
use datafusion::error::Result;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;

use super::columns::{batch, counts, flags, floats, instants, of_contract, projected, text};
use super::compose::{ContractBars, Figures};
use super::narrow;
use super::operator::{Batches, FuturesExec};
use super::read::{Wanted, inputs};
use crate::engine::composed::{ComposedTable, Composition};
use crate::engine::face::Face;
use crate::quant::known::NO_INSTANT;
use crate::tables::ColumnType::{self, Bool, Date, Float, Instant, Int, Text};
use crate::time::{Grade, KnowledgeTime};

/// Rows of a batch, at least; a contract is not divided.
const BATCH_ROWS: usize = 8192;

const COLUMNS: [(&str, ColumnType, bool); 23] = [
    ("as_of", Date, false),
    ("dataset", Text, false),
    ("root", Text, false),
    ("parent", Text, true),
    ("symbol", Text, false),
    ("contract_id", Text, false),
    ("instrument_id", Int, true),
    ("expiration", Date, true),
    ("first_notice", Date, true),
    ("open", Float, true),
    ("high", Float, true),
    ("low", Float, true),
    ("close", Float, true),
    ("volume", Int, true),
    ("settlement", Float, true),
    ("open_interest", Int, true),
    ("cleared_volume", Int, true),
    ("session_start", Instant, true),
    ("session_end", Instant, true),
    ("basis", Text, true),
    ("available_at", Instant, false),
    ("availability", Text, false),
    ("backcast", Bool, false),
];

/// Columns that are no column of `futures_ohlcv` under the same name and meaning: name, unit, meaning.
pub static OWN_COLUMNS: [(&str, &str, &str); 15] = [
    ("root", "", "the exchange's root, the join key between bars, positioning and definitions"),
    ("parent", "", "the provider's symbol of all contracts of the root (ES.FUT)"),
    ("contract_id", "", "the contract under a name that is never used twice (ESH2024); the symbol where no month is known"),
    ("instrument_id", "", "the provider's number of the instrument; NULL where it has none"),
    ("expiration", "", "last trade day as known at `available_at`; NULL where nothing says it"),
    ("first_notice", "", "first notice day by the exchange's rule, of contracts that are delivered"),
    ("settlement", "points", "the exchange's settlement price; NULL until it is known"),
    ("open_interest", "contracts", "open interest at the end of the trade date, published the next morning; NULL until it is known"),
    ("cleared_volume", "contracts", "volume as cleared, published the next morning; NULL until it is known"),
    ("basis", "", "session (the exchange's trading day) or utc_day; session wherever both are known; NULL without a bar"),
    ("session_start", "", "first instant that the bar covers"),
    ("session_end", "", "first instant after the bar"),
    ("available_at", "", "when the latest part of the row became known"),
    ("availability", "", "how `available_at` is known, by the worst dated part of the row"),
    ("backcast", "", "whether some part was read so long after its release that it may have been revised silently"),
];

/// The family's table of one face.
pub fn table(face: Face) -> ComposedTable {
    let field = |(name, kind, nullable): (&str, ColumnType, bool)| Field::new(name, kind.arrow(), nullable);
    let schema = Arc::new(Schema::new(COLUMNS.map(field).to_vec()));
    ComposedTable::new(Arc::new(FuturesBars { face, schema }))
}

#[derive(Debug)]
struct FuturesBars {
    face: Face,
    schema: SchemaRef,
}

#[async_trait]
impl Composition for FuturesBars {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
    fn takes(&self, filter: &Expr) -> bool {
        narrow::takes(filter, self.face)
    }
    async fn plan(
        &self,
        state: &dyn Session,
        instant: Option<KnowledgeTime>,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = projected(&self.schema, projection)?;
        let shows = |names: &[&str]| names.iter().any(|name| schema.index_of(name).is_ok());
        // every figure is read whatever is shown: it makes rows, and dates them
        let wanted = Wanted {
            open_high_low: shows(&["open", "high", "low"]),
            volume: shows(&["volume"]),
            sessions: shows(&["session_start", "session_end"]),
            settlement: true,
            cleared_volume: true,
            open_interest: true,
            grades: shows(&["availability", "backcast"]),
            past_contracts: self.face != Face::Latest,
            latest_only: self.face == Face::Latest,
            ..Wanted::default()
        };
        let inputs = inputs(state, instant, &narrow::narrowed(wanted, filters, self.face)).await?;
        let (face, shown) = (self.face, schema.clone());
        let rows = move |contracts: Vec<ContractBars>| -> Result<Batches> {
            Ok(Box::new(Chunks { contracts: contracts.into_iter(), face, schema: shown.clone() }))
        };
        Ok(Arc::new(FuturesExec::new(format!("futures_bars{}", self.face.suffix()), inputs, schema, Arc::new(rows))))
    }
}

/// A row of a contract: the places of its parts among the vintages, [`NONE`] where there is none.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Row {
    day: i32,
    available_at: i64,
    bar: usize,
    settlement: usize,
    cleared_volume: usize,
    open_interest: usize,
}

const NONE: usize = usize::MAX;

impl Row {
    /// Settlement, else close; a row without either is no reading.
    fn has_figure(&self, own: &ContractBars) -> bool {
        let known = |values: &[f64], at: usize| values.get(at).is_some_and(|value| !value.is_nan());
        known(&own.settlement.value, self.settlement) || known(&own.bars.close, self.bar)
    }

    fn grade(&self, own: &ContractBars) -> Option<Grade> {
        let parts = [
            own.bars.grade.get(self.bar),
            own.settlement.grade.get(self.settlement),
            own.cleared_volume.grade.get(self.cleared_volume),
            own.open_interest.grade.get(self.open_interest),
        ];
        parts.into_iter().flatten().copied().chain(own.contract.grade).reduce(Grade::worst)
    }
}

/// The rows of a contract in a face: by day and instant, readings by instant.
fn rows(own: &ContractBars, face: Face) -> Vec<Row> {
    let parts = [
        (&own.bars.day, &own.bars.available_at),
        (&own.settlement.day, &own.settlement.available_at),
        (&own.cleared_volume.day, &own.cleared_volume.available_at),
        (&own.open_interest.day, &own.open_interest.available_at),
    ];
    let mut all = Vec::with_capacity(own.bars.day.len());
    let mut at = [0; 4];
    while let Some(day) = (0..4).filter_map(|part| parts[part].0.get(at[part])).min().copied() {
        let ranges: [Range<usize>; 4] = std::array::from_fn(|part| {
            let n = parts[part].0[at[part]..].iter().take_while(|d| **d == day).count();
            at[part]..at[part] + n
        });
        let state = |instant: i64| {
            let [bar, settlement, cleared_volume, open_interest] = std::array::from_fn(|part| {
                let n = parts[part].1[ranges[part].clone()].partition_point(|known| *known <= instant);
                n.checked_sub(1).map_or(NONE, |last| ranges[part].start + last)
            });
            Row { day, available_at: instant, bar, settlement, cleared_volume, open_interest }
        };
        // no part is shown before it is known which contract it is of, nor once that is known otherwise
        let published = (0..4).flat_map(|part| parts[part].1[ranges[part].clone()].iter().map(|at| *at.max(&own.since)));
        let published = published.filter(|at| *at < own.superseded_at);
        if face == Face::Latest {
            all.extend(published.max().map(state));
        } else {
            let mut instants: Vec<i64> = published.collect();
            instants.sort_unstable();
            instants.dedup();
            all.extend(instants.into_iter().map(state));
        }
        at = ranges.map(|range| range.end);
    }
    if face == Face::Readings { readings(own, all) } else { all }
}

/// Of each instant's rows the newest day with a figure, where none newer was known before.
fn readings(own: &ContractBars, mut all: Vec<Row>) -> Vec<Row> {
    all.retain(|row| row.has_figure(own));
    all.sort_by_key(|row| (row.available_at, row.day));
    let mut kept: Vec<Row> = Vec::new();
    for row in all {
        match kept.last_mut() {
            Some(last) if row.day < last.day => {}
            Some(last) if row.available_at == last.available_at => *last = row,
            _ => kept.push(row),
        }
    }
    kept
}

/// The batches of some contracts.
struct Chunks {
    contracts: std::vec::IntoIter<ContractBars>,
    face: Face,
    schema: SchemaRef,
}

impl Iterator for Chunks {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut chunk = Chunk::default();
        while chunk.rows.len() < BATCH_ROWS
            && let Some(contract) = self.contracts.next()
        {
            let at = chunk.contracts.len();
            chunk.rows.extend(rows(&contract, self.face).into_iter().map(|row| (at, row)));
            chunk.contracts.push(contract);
        }
        let n_rows = chunk.rows.len();
        (n_rows > 0).then(|| batch(&self.schema, n_rows, |name| chunk.column(name)))
    }
}

/// Rows of some contracts, each with the place of its contract.
#[derive(Default)]
struct Chunk {
    contracts: Vec<ContractBars>,
    rows: Vec<(usize, Row)>,
}

impl Chunk {
    fn each<'a, T>(&'a self, value: impl Fn(&'a ContractBars, &Row) -> T) -> impl Iterator<Item = T> {
        self.rows.iter().map(move |(at, row)| value(&self.contracts[*at], row))
    }

    fn column(&self, name: &str) -> Option<ArrayRef> {
        fn at(values: &[f64], place: usize) -> f64 {
            values.get(place).copied().unwrap_or(f64::NAN)
        }
        fn instant(values: &[i64], place: usize) -> i64 {
            values.get(place).copied().unwrap_or(NO_INSTANT)
        }
        let figure =
            |of: fn(&ContractBars) -> &Figures, place: fn(&Row) -> usize| self.each(move |own, row| at(&of(own).value, place(row)));
        Some(match name {
            "as_of" => Arc::new(self.each(|_, row| Some(row.day)).collect::<Date32Array>()),
            "open" => floats(self.each(|own, row| at(&own.bars.open, row.bar))),
            "high" => floats(self.each(|own, row| at(&own.bars.high, row.bar))),
            "low" => floats(self.each(|own, row| at(&own.bars.low, row.bar))),
            "close" => floats(self.each(|own, row| at(&own.bars.close, row.bar))),
            "volume" => counts(self.each(|own, row| at(&own.bars.volume, row.bar))),
            "settlement" => floats(figure(|own| &own.settlement, |row| row.settlement)),
            "open_interest" => counts(figure(|own| &own.open_interest, |row| row.open_interest)),
            "cleared_volume" => counts(figure(|own| &own.cleared_volume, |row| row.cleared_volume)),
            "session_start" => instants(self.each(|own, row| instant(&own.bars.session_start, row.bar))),
            "session_end" => instants(self.each(|own, row| instant(&own.bars.session_end, row.bar))),
            "basis" => text(self.each(|own, row| Some(if *own.bars.is_session.get(row.bar)? { "session" } else { "utc_day" }))),
            "available_at" => instants(self.each(|_, row| row.available_at)),
            "availability" => text(self.each(|own, row| row.grade(own).map(|grade| grade.availability.name()))),
            "backcast" => flags(self.each(|own, row| row.grade(own).is_some_and(|grade| grade.backcast))),
            name => of_contract(name, self.each(|own, _| &own.contract))?,
        })
    }
}
