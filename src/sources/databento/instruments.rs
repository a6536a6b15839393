//! The market of an instrument from its symbol: the root whose calendar and rules hold for it.

use crate::config::Config;
use crate::contract;
use crate::sources::bar_checks::Product;
use crate::time::exchange::ExchangeCalendar;

use super::value::date;

/// What configuration says of an instrument's market.
#[derive(Debug, Clone)]
pub(super) struct Market<'a> {
    pub calendar: &'a ExchangeCalendar,
    /// How prices are judged; `None` for spreads, options and what else is no outright contract, whose prices may be anything.
    pub product: Option<Product>,
    /// The day after the last on which an outright contract is traded, by the exchange's rules, in days since 1970.
    pub expired_from: Option<i32>,
}

/// Markets of the symbols of a payload.
pub(super) struct Instruments<'a> {
    config: &'a Config,
    parent: Option<&'a str>,
}

impl<'a> Instruments<'a> {
    /// `parent` is the root of symbols that do not show theirs (user-defined spreads), where the file is of one parent.
    pub fn new(config: &'a Config, parent: Option<&'a str>) -> Self {
        Self { config, parent }
    }

    /// The market of a symbol that is met on a day since 1970.
    pub fn market(&self, symbol: &str, day: i32) -> Market<'a> {
        let outright = contract::parse(symbol, date(day));
        let product = outright.as_ref().map(|name| Product::of(&name.root, self.config));
        let last_trade =
            outright.as_ref().and_then(|name| self.config.contract_dates(&name.root, name.month)).map(|dates| dates.last_trade);
        let expired_from = last_trade.map(|day| day.to_epoch_days() + 1);
        let first_leg = || symbol.split([':', '-', ' ']).next().and_then(|leg| contract::parse(leg, date(day)));
        let root = outright.or_else(first_leg).map(|name| name.root).or_else(|| self.parent.map(str::to_string));
        Market { calendar: self.config.calendar_of(root.as_deref().unwrap_or_default()), product, expired_from }
    }
}
