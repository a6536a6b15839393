//! `contracts`: one row per outright contract known at the clock, by a definition or by its bars and figures.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::NaiveDate;
use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::Session;
use datafusion::error::Result;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;

use super::columns::{batch, dates, floats, instants, of_contract, projected, text};
use super::compose::{ContractBars, order};
use super::contract::{Contract, Directory, Origin, date};
use super::definitions::Definition;
use super::narrow;
use super::operator::{Batches, FuturesExec};
use super::read::{Wanted, inputs};
use crate::config::{Config, Root};
use crate::engine::composed::{ComposedTable, Composition};
use crate::engine::face::Face;
use crate::engine::scan::context_of;
use crate::tables::ColumnType::{self, Date, Float, Instant, Int, Text};
use crate::time::KnowledgeTime;

const COLUMNS: [(&str, ColumnType, bool); 18] = [
    ("dataset", Text, false),
    ("root", Text, false),
    ("parent", Text, true),
    ("symbol", Text, false),
    ("contract_id", Text, false),
    ("instrument_id", Int, true),
    ("month", Text, true),
    ("activation", Date, true),
    ("expiration", Date, true),
    ("first_notice", Date, true),
    ("last_trade", Date, true),
    ("first_bar", Date, true),
    ("last_bar", Date, true),
    ("tick_size", Float, true),
    ("point_value", Float, true),
    ("currency", Text, true),
    ("source", Text, true),
    ("available_at", Instant, false),
];

/// Columns that are no column of `futures_ohlcv` under the same name and meaning: name, unit, meaning.
pub static OWN_COLUMNS: [(&str, &str, &str); 16] = [
    ("root", "", "the exchange's root, the join key between bars, positioning and definitions"),
    ("parent", "", "the provider's symbol of all contracts of the root (ES.FUT)"),
    ("contract_id", "", "the contract under a name that is never used twice (ESH2024); the symbol where no month is known"),
    ("instrument_id", "", "the provider's number of the instrument; NULL where it has none"),
    ("month", "", "contract month, 2024-03"),
    ("activation", "", "first day of trading, where a definition says it"),
    ("expiration", "", "last trade day as known at the clock: by definition, else by the file of bars, else by the exchange's rule"),
    ("first_notice", "", "first notice day by the exchange's rule, of contracts that are delivered"),
    ("last_trade", "", "last trade day by the exchange's rule alone, to hold `expiration` against"),
    ("first_bar", "", "first day with a bar or a figure known"),
    ("last_bar", "", "last day with a bar or a figure known"),
    ("tick_size", "points", "smallest move, by definition, else by configuration"),
    (
        "point_value",
        "currency",
        "value of a move by one point: what the exchange says that the smallest move is worth, else config/instruments.toml, else the size",
    ),
    ("currency", "", "currency of the prices"),
    ("source", "", "where `expiration` is from: definition, file or rule"),
    ("available_at", "", "when all that the row says was known: its definitions, first and last bar or figure"),
];

/// The table, which has the face of what is known alone.
pub fn table(_: Face) -> ComposedTable {
    let field = |(name, kind, nullable): (&str, ColumnType, bool)| Field::new(name, kind.arrow(), nullable);
    ComposedTable::new(Arc::new(Contracts { schema: Arc::new(Schema::new(COLUMNS.map(field).to_vec())) }))
}

#[derive(Debug)]
struct Contracts {
    schema: SchemaRef,
}

#[async_trait]
impl Composition for Contracts {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
    fn takes(&self, filter: &Expr) -> bool {
        narrow::takes(filter, Face::Latest)
    }
    async fn plan(
        &self,
        state: &dyn Session,
        instant: Option<KnowledgeTime>,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = projected(&self.schema, projection)?;
        // no value of a figure is shown, but any of them makes a contract known
        let wanted = Wanted { settlement: true, cleared_volume: true, open_interest: true, ..Wanted::default() };
        let inputs = inputs(state, instant, &narrow::narrowed(wanted, filters, Face::Latest)).await?;
        let (shown, directory, config) = (schema.clone(), inputs.directory.clone(), context_of(state)?.config.clone());
        let rows = move |contracts: Vec<ContractBars>| -> Result<Batches> {
            Ok(Box::new(std::iter::once(listing(&contracts, &directory, &config, &shown))))
        };
        Ok(Arc::new(FuturesExec::new("contracts", inputs, schema, Arc::new(rows))))
    }
}

/// A contract, what defines it, and its days.
struct Row<'a> {
    contract: Contract,
    definition: Option<&'a Definition>,
    first_bar: Option<NaiveDate>,
    last_bar: Option<NaiveDate>,
    /// When its definition as it stands, and its first and last day, became known.
    available_at: i64,
}

fn listing(traded: &[ContractBars], directory: &Directory, config: &Config, schema: &SchemaRef) -> Result<RecordBatch> {
    // lives of an opaque symbol share its name, not their last day
    type Key = (String, String, Option<i64>, String, Option<NaiveDate>);
    let mut rows: HashMap<Key, Row<'_>> = HashMap::new();
    let key = |c: &Contract| -> Key { (c.dataset.clone(), c.symbol.clone(), c.instrument_id, c.contract_id.clone(), c.expiration) };
    for (contract, definition) in directory.defined() {
        let available_at = contract.known_at;
        rows.insert(key(&contract), Row { contract, definition: Some(definition), first_bar: None, last_bar: None, available_at });
    }
    for own in traded {
        let Some((first_bar, last_bar)) = own.first_day().zip(own.last_day()) else { continue };
        let row = rows.entry(key(&own.contract)).or_insert_with(|| Row {
            contract: own.contract.clone(),
            definition: None,
            first_bar: None,
            last_bar: None,
            available_at: own.contract.known_at,
        });
        let days = first_bar.and(last_bar);
        row.available_at = row.available_at.max(days.at());
        (row.first_bar, row.last_bar) = (Some(date(days.value().0)), Some(date(days.value().1)));
    }
    let mut rows: Vec<Row<'_>> = rows.into_values().collect();
    rows.sort_by(|a, b| order(&a.contract).cmp(&order(&b.contract)));
    batch(schema, rows.len(), |name| column(name, &rows, config))
}

fn column(name: &str, rows: &[Row<'_>], config: &Config) -> Option<ArrayRef> {
    let market = |row: &Row<'_>| -> Option<&Root> { config.find_root(&row.contract.root) };
    let each = |value: fn(&Definition) -> Option<f64>, else_of: fn(&Root) -> Option<f64>| {
        rows.iter().map(move |row| row.definition.and_then(value).or_else(|| market(row).and_then(else_of)).unwrap_or(f64::NAN))
    };
    Some(match name {
        "month" => {
            let months: Vec<Option<String>> = rows.iter().map(|row| row.contract.month.map(|month| month.to_string())).collect();
            text(months.iter().map(Option::as_deref))
        }
        "activation" => dates(rows.iter().map(|row| {
            let instant = chrono::DateTime::from_timestamp_micros(row.definition?.activation?)?;
            Some(instant.date_naive())
        })),
        "last_trade" => dates(rows.iter().map(|row| Some(config.contract_dates(&row.contract.root, row.contract.month?)?.last_trade))),
        "first_bar" => dates(rows.iter().map(|row| row.first_bar)),
        "last_bar" => dates(rows.iter().map(|row| row.last_bar)),
        "tick_size" => floats(each(|definition| definition.min_price_increment, |root| root.tick_size)),
        "point_value" => floats(rows.iter().map(|row| {
            let defined = row.definition.and_then(by_tick);
            let known = defined.or_else(|| market(row).and_then(|root| root.point_value));
            known.or_else(|| row.definition.and_then(by_size)).unwrap_or(f64::NAN)
        })),
        "currency" => text(rows.iter().map(|row| {
            let defined = row.definition.and_then(|definition| definition.currency.as_deref());
            defined.or_else(|| market(row)?.currency.as_deref())
        })),
        "source" => text(rows.iter().map(|row| row.contract.from.map(Origin::name))),
        "available_at" => instants(rows.iter().map(|row| row.available_at)),
        name => of_contract(name, rows.iter().map(|row| &row.contract))?,
    })
}

/// The value of a move by one point, from what the exchange says that the smallest move is worth. The provider multiplies both the move and its
/// worth by the factor from the exchange's prices to displayed ones, of which only the move is a price.
fn by_tick(definition: &Definition) -> Option<f64> {
    let (amount, tick) = (definition.min_price_increment_amount?, definition.min_price_increment?);
    let factor = definition.display_factor.unwrap_or(1.0);
    let value = amount / (tick * factor);
    // twelve digits are more than the exchange gives, and fewer than a division leaves
    (value.is_finite() && value > 0.0).then(|| format!("{value:.11e}").parse().unwrap_or(value))
}

/// The value of a move by one point, from the contract's size where nothing else is known: of what is quoted by the unit in its currency.
fn by_size(definition: &Definition) -> Option<f64> {
    definition.unit_of_measure_qty.filter(|quantity| *quantity > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the exchange defines them and the provider prints them: move, its worth, factor; and the value of a point.
    #[test]
    fn a_point_is_worth_what_the_exchange_says() {
        for (root, tick, amount, factor, expected) in [
            ("ES", 0.25, 0.125, 0.01, 50.0),
            ("NQ", 0.25, 0.05, 0.01, 20.0),
            ("CL", 0.01, 10.0, 1.0, 1000.0),
            ("ZN", 0.015_625, 15.625, 1.0, 1000.0),
            ("6E", 0.000_05, 0.000_625, 0.000_1, 125_000.0),
            ("6J", 0.000_000_5, 0.000_000_625, 0.000_000_1, 12_500_000.0),
            ("ZC", 0.25, 0.125, 0.01, 50.0),
        ] {
            let definition = Definition {
                min_price_increment: Some(tick),
                min_price_increment_amount: Some(amount),
                display_factor: Some(factor),
                ..Definition::default()
            };
            assert_eq!(by_tick(&definition), Some(expected), "{root}");
        }
        let undefined = Definition { min_price_increment: Some(0.0), min_price_increment_amount: Some(0.0), ..Definition::default() };
        assert_eq!((by_tick(&undefined), by_size(&undefined)), (None, None));
    }
}
