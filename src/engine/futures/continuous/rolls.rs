//! The roll table of a continuous series as SQL shows it.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{ArrayRef, Date32Array};
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::Session;
use datafusion::error::Result;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;

use super::build::{Built, build};
use super::replay;
use super::request::{Request, RollRule};
use super::series::{earlier, wanted};
use crate::engine::composed::{ComposedTable, Composition};
use crate::engine::futures::columns::{batch, floats, instants, projected, text};
use crate::engine::futures::compose::ContractBars;
use crate::engine::futures::contract::Contract;
use crate::engine::futures::operator::{Batches, FuturesExec};
use crate::engine::futures::read::{Wanted, inputs};
use crate::engine::scan::context_of;
use crate::quant::splice::{Gap, Roll};
use crate::tables::ColumnType::{self, Date, Float, Instant, Text};
use crate::tables::{CONTINUOUS_BAR_ROLLS, Role};
use crate::time::KnowledgeTime;

const COLUMNS: [(&str, ColumnType, bool); 15] = [
    ("root", Text, false),
    ("rolled_on", Date, false),
    ("from_symbol", Text, false),
    ("from_contract", Text, false),
    ("to_symbol", Text, false),
    ("to_contract", Text, false),
    ("gap_on", Date, true),
    ("price_from", Float, true),
    ("price_to", Float, true),
    ("price_source", Text, true),
    ("gap", Float, true),
    ("ratio", Float, true),
    ("reason", Text, false),
    ("decided_at", Instant, false),
    ("available_at", Instant, false),
];

fn field((name, kind, nullable): (&str, ColumnType, bool)) -> Field {
    Field::new(name, kind.arrow(), nullable)
}

/// The rolls of the series that a call asks for.
pub fn table(request: Request) -> ComposedTable {
    ComposedTable::new(Arc::new(ContinuousRolls { request, is_replay: false, schema: Arc::new(Schema::new(COLUMNS.map(field).to_vec())) }))
}

/// What was known of them at each instant at which they changed: the columns that are stored, `rolled_on` as `as_of`, and `available_at`.
pub fn vintages(request: Request) -> ComposedTable {
    let stored = |(name, ..): &(&str, ColumnType, bool)| CONTINUOUS_BAR_ROLLS.column(name).is_some_and(|column| column.role == Role::Value);
    let schema = replay::schema(COLUMNS.into_iter().filter(stored).map(field));
    ComposedTable::new(Arc::new(ContinuousRolls { request, is_replay: true, schema }))
}

#[derive(Debug)]
struct ContinuousRolls {
    request: Request,
    is_replay: bool,
    schema: SchemaRef,
}

#[async_trait]
impl Composition for ContinuousRolls {
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
        let wanted = Wanted { past_contracts: self.is_replay, ..wanted(&self.request) };
        let inputs = inputs(state, earlier(instant, self.request.at), &wanted).await?;
        let context = context_of(state)?;
        let (request, shown, config, notes) = (self.request.clone(), schema.clone(), context.config.clone(), context.notes.clone());
        let (is_replay, whole) = (self.is_replay, self.schema.clone());
        let rows = move |contracts: Vec<ContractBars>| -> Result<Batches> {
            let (shown, roll) = (shown.clone(), request.roll.clone());
            if is_replay {
                let contracts: Vec<_> = contracts.into_iter().map(Arc::new).collect();
                let values = Arc::new(whole.project(&(0..whole.fields().len() - 1).collect::<Vec<_>>())?);
                let batches = replay::replay(&contracts, &request, &config, &notes, &whole, |built, from| {
                    let rolls = &built.series.rolls[built.series.rolls.partition_point(|roll| roll.day < from)..];
                    let view = View { built, rolls, reason: reason(&roll) };
                    batch(&values, rolls.len(), |name| view.column(name))
                })?;
                let columns = shown.fields().iter().map(|field| whole.index_of(field.name())).collect::<Result<Vec<_>, _>>()?;
                return Ok(Box::new(batches.into_iter().map(move |batch| Ok(batch.project(&columns)?))));
            }
            let built = build(contracts.into_iter().map(Arc::new).collect(), &request, &config, &notes)?;
            Ok(Box::new(built.into_iter().map(move |built| {
                let view = View { built: &built, rolls: &built.series.rolls, reason: reason(&roll) };
                batch(&shown, built.series.rolls.len(), |name| view.column(name))
            })))
        };
        Ok(Arc::new(FuturesExec::new("continuous_rolls", inputs, schema, Arc::new(rows))))
    }
}

fn reason(roll: &RollRule) -> &'static str {
    match roll {
        RollRule::Days { before_notice: true, .. } => "days before notice",
        RollRule::Days { before_notice: false, .. } => "days before expiry",
        RollRule::LastTradeDay => "last trade day",
        RollRule::DeliveryMonth => "delivery month",
        RollRule::Volume => "volume",
        RollRule::OpenInterest => "open interest",
        RollRule::Schedule(_) => "schedule",
    }
}

struct View<'a> {
    built: &'a Built,
    rolls: &'a [Roll],
    reason: &'static str,
}

impl<'a> View<'a> {
    fn each<T>(&self, value: impl Fn(&'a Roll) -> T) -> impl Iterator<Item = T> {
        self.rolls.iter().map(value)
    }
    fn contract(&self, at: u32) -> &'a Contract {
        &self.built.contracts[at as usize].contract
    }
    fn of_gap(&self, value: fn(&Gap) -> f64) -> ArrayRef {
        floats(self.each(|roll| roll.gap.as_ref().map_or(f64::NAN, value)))
    }

    fn column(&self, name: &str) -> Option<ArrayRef> {
        Some(match name {
            "root" => text(self.each(|roll| Some(self.contract(roll.to).root.as_str()))),
            "rolled_on" | "as_of" => Arc::new(self.each(|roll| Some(roll.day)).collect::<Date32Array>()),
            "from_symbol" => text(self.each(|roll| Some(self.contract(roll.from).symbol.as_str()))),
            "from_contract" => text(self.each(|roll| Some(self.contract(roll.from).contract_id.as_str()))),
            "to_symbol" => text(self.each(|roll| Some(self.contract(roll.to).symbol.as_str()))),
            "to_contract" => text(self.each(|roll| Some(self.contract(roll.to).contract_id.as_str()))),
            "gap_on" => Arc::new(self.each(|roll| roll.gap.map(|gap| gap.day)).collect::<Date32Array>()),
            "price_from" => self.of_gap(|gap| gap.out.value),
            "price_to" => self.of_gap(|gap| gap.into.value),
            "price_source" => {
                let source = |gap: Gap| if gap.out.is_settlement { "settlement" } else { "close" };
                text(self.each(|roll| roll.gap.map(source)))
            }
            "gap" => self.of_gap(|gap| gap.into.value - gap.out.value),
            "ratio" => {
                self.of_gap(|gap| if gap.out.value > 0.0 && gap.into.value > 0.0 { gap.into.value / gap.out.value } else { f64::NAN })
            }
            "reason" => text(self.each(|_| Some(self.reason))),
            "decided_at" => instants(self.each(|roll| roll.decided_at)),
            "available_at" => instants(self.each(Roll::available_at)),
            _ => return None,
        })
    }
}
