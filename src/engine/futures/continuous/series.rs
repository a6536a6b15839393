//! Rows of a continuous series as SQL shows them.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{ArrayRef, Date32Array, Int64Array};
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::Session;
use datafusion::error::Result;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;

use super::build::{Built, build};
use super::replay;
use super::request::{Request, RollRule, day_number};
use crate::engine::composed::{ComposedTable, Composition};
use crate::engine::futures::columns::{batch, counts, flags, floats, instants, of_contract, projected, text};
use crate::engine::futures::compose::ContractBars;
use crate::engine::futures::operator::{Batches, FuturesExec};
use crate::engine::futures::read::{Wanted, inputs};
use crate::engine::scan::context_of;
use crate::quant::known::{Known, NO_INSTANT};
use crate::quant::splice::{PriceKind, Row, adjusted};
use crate::tables::ColumnType::{self, Bool, Date, Float, Instant, Int, Text};
use crate::tables::{CONTINUOUS_BARS, Role};
use crate::time::KnowledgeTime;

const COLUMNS: [(&str, ColumnType, bool); 19] = [
    ("root", Text, false),
    ("as_of", Date, false),
    ("symbol", Text, false),
    ("contract_id", Text, false),
    ("open", Float, true),
    ("high", Float, true),
    ("low", Float, true),
    ("close", Float, false),
    ("price", Float, false),
    ("price_source", Text, false),
    ("volume", Int, true),
    ("open_interest", Int, true),
    ("adjustment", Float, false),
    ("rolled", Bool, false),
    ("held_return", Float, true),
    ("days_left", Int, true),
    ("dataset", Text, false),
    ("bar_available_at", Instant, false),
    ("available_at", Instant, false),
];

fn field((name, kind, nullable): (&str, ColumnType, bool)) -> Field {
    Field::new(name, kind.arrow(), nullable)
}

/// The series that a call asks for.
pub fn table(request: Request) -> ComposedTable {
    ComposedTable::new(Arc::new(ContinuousSeries { request, is_replay: false, schema: Arc::new(Schema::new(COLUMNS.map(field).to_vec())) }))
}

/// What was known of it at each instant at which it changed: the columns that are stored, and `available_at`.
pub fn vintages(request: Request) -> ComposedTable {
    let stored = |(name, ..): &(&str, ColumnType, bool)| CONTINUOUS_BARS.column(name).is_some_and(|column| column.role == Role::Value);
    let schema = replay::schema(COLUMNS.into_iter().filter(stored).map(field));
    ComposedTable::new(Arc::new(ContinuousSeries { request, is_replay: true, schema }))
}

#[derive(Debug)]
struct ContinuousSeries {
    request: Request,
    is_replay: bool,
    schema: SchemaRef,
}

/// What a series of this kind is made from.
pub fn wanted(request: &Request) -> Wanted {
    Wanted {
        roots: Some(request.roots.iter().map(|(root, _)| root.clone()).collect()),
        dataset: request.dataset.clone(),
        settlement: request.terms.price != PriceKind::Close,
        volume: request.roll == RollRule::Volume,
        open_interest: request.roll == RollRule::OpenInterest,
        ..Wanted::default()
    }
}

/// An instant of the call no later than that of the query.
pub fn earlier(instant: Option<KnowledgeTime>, own: Option<KnowledgeTime>) -> Option<KnowledgeTime> {
    match (instant, own) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

#[async_trait]
impl Composition for ContinuousSeries {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
    async fn plan(
        &self,
        state: &dyn Session,
        instant: Option<KnowledgeTime>,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.request.ensure_rolls()?;
        let schema = projected(&self.schema, projection)?;
        let shows = |names: &[&str]| self.is_replay || names.iter().any(|name| schema.index_of(name).is_ok());
        let mut wanted = wanted(&self.request);
        wanted.open_high_low |= shows(&["open", "high", "low"]);
        wanted.volume |= shows(&["volume"]);
        // a row is dated by all of it, whichever columns are shown
        wanted.open_interest |= shows(&["open_interest", "available_at"]);
        wanted.past_contracts = self.is_replay;
        let inputs = inputs(state, earlier(instant, self.request.at), &wanted).await?;
        let context = context_of(state)?;
        let (request, shown, config, notes) = (self.request.clone(), schema.clone(), context.config.clone(), context.notes.clone());
        let (is_replay, whole) = (self.is_replay, self.schema.clone());
        let rows = move |contracts: Vec<ContractBars>| -> Result<Batches> {
            let (shown, request) = (shown.clone(), request.clone());
            if is_replay {
                let contracts: Vec<_> = contracts.into_iter().map(Arc::new).collect();
                let values = Arc::new(whole.project(&(0..whole.fields().len() - 1).collect::<Vec<_>>())?);
                let batches = replay::replay(&contracts, &request, &config, &notes, &whole, |built, from| {
                    let rows = &built.series.rows[built.series.rows.partition_point(|row| row.day < from)..];
                    let view = View { built, rows, request: &request };
                    batch(&values, rows.len(), |name| view.column(name))
                })?;
                let columns = shown.fields().iter().map(|field| whole.index_of(field.name())).collect::<Result<Vec<_>, _>>()?;
                return Ok(Box::new(batches.into_iter().map(move |batch| Ok(batch.project(&columns)?))));
            }
            let built = build(contracts.into_iter().map(Arc::new).collect(), &request, &config, &notes)?;
            Ok(Box::new(built.into_iter().map(move |built| {
                let view = View { built: &built, rows: &built.series.rows, request: &request };
                batch(&shown, built.series.rows.len(), |name| view.column(name))
            })))
        };
        Ok(Arc::new(FuturesExec::new("continuous_series", inputs, schema, Arc::new(rows))))
    }
}

struct View<'a> {
    built: &'a Built,
    rows: &'a [Row],
    request: &'a Request,
}

impl<'a> View<'a> {
    fn each<T>(&self, value: impl Fn(&'a ContractBars, &'a Row) -> T) -> impl Iterator<Item = T> {
        let built = self.built;
        self.rows.iter().map(move |row| value(&built.contracts[row.contract as usize], row))
    }

    /// A figure of the bar of the row's day, as adjusted as the close.
    fn level(&self, of: fn(&ContractBars) -> &[f64]) -> ArrayRef {
        let adjust = self.request.terms.adjust;
        floats(self.each(|own, row| {
            let place = newest(&own.bars.day, row.day);
            let level = place.and_then(|place| of(own).get(place)).copied().unwrap_or(f64::NAN);
            adjusted(level, row.adjustment, adjust)
        }))
    }

    fn column(&self, name: &str) -> Option<ArrayRef> {
        let adjust = self.request.terms.adjust;
        Some(match name {
            "as_of" => Arc::new(self.each(|_, row| Some(row.day)).collect::<Date32Array>()),
            "open" => self.level(|own| &own.bars.open),
            "high" => self.level(|own| &own.bars.high),
            "low" => self.level(|own| &own.bars.low),
            "close" => floats(self.each(|_, row| adjusted(row.price.value, row.adjustment, adjust))),
            "price" => floats(self.each(|_, row| row.price.value)),
            "price_source" => text(self.each(|_, row| Some(if row.price.is_settlement { "settlement" } else { "close" }))),
            "volume" => counts(self.each(|own, row| at(&own.bars.volume, newest(&own.bars.day, row.day)))),
            "open_interest" => counts(self.each(|own, row| *open_interest(own, row).value())),
            "adjustment" => floats(self.each(|_, row| row.adjustment)),
            "rolled" => flags(self.each(|_, row| row.rolled)),
            "held_return" => floats(self.each(|_, row| row.held_return)),
            "days_left" => {
                let left = |own: &ContractBars, row: &Row| Some(i64::from(day_number(own.contract.expiration?) - row.day));
                Arc::new(self.each(left).collect::<Int64Array>())
            }
            "bar_available_at" => instants(self.each(|own, row| self.bar_available_at(own, row))),
            "available_at" => instants(self.each(|own, row| {
                let parts = self.bar_available_at(own, row).max(open_interest(own, row).at()).max(own.since);
                row.available_at.max(parts)
            })),
            name => of_contract(name, self.each(|own, _| &own.contract))?,
        })
    }

    /// When the row's own price became known, and with it the bar of the day, which `open`, `high` and `low` are from.
    fn bar_available_at(&self, own: &ContractBars, row: &Row) -> i64 {
        let bar = newest(&own.bars.day, row.day).map_or(NO_INSTANT, |place| own.bars.available_at[place]);
        bar.max(row.price.available_at)
    }
}

/// The open interest of a row's day; NaN where it is not known.
fn open_interest(own: &ContractBars, row: &Row) -> Known<f64> {
    let figures = &own.open_interest;
    let place = newest(&figures.day, row.day).filter(|place| *place < figures.value.len());
    place.map_or(Known::always(f64::NAN), |place| Known::new(figures.value[place], figures.available_at[place]))
}

/// The place of the newest vintage of a day.
fn newest(days: &[i32], day: i32) -> Option<usize> {
    let place = days.partition_point(|d| *d <= day).checked_sub(1)?;
    (days[place] == day).then_some(place)
}

fn at(values: &[f64], place: Option<usize>) -> f64 {
    place.and_then(|place| values.get(place)).copied().unwrap_or(f64::NAN)
}
