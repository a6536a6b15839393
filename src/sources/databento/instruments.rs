//! The market of an instrument from its symbol: the root whose calendar and rules hold for it.

use std::collections::HashMap;

use crate::config::Config;
use crate::contract;
use crate::time::exchange::ExchangeCalendar;

use super::value::date;

/// What configuration says of an instrument's market.
#[derive(Debug, Clone)]
pub(super) struct Market<'a> {
    pub calendar: &'a ExchangeCalendar,
    /// The exchange's root; `None` where neither the symbol nor the file shows one.
    pub root: Option<String>,
    /// An outright contract, not a spread or an option.
    pub is_outright: bool,
}

/// Markets of the symbols of a payload, each looked up once.
pub(super) struct Instruments<'a> {
    config: &'a Config,
    parent: Option<&'a str>,
    known: HashMap<String, Market<'a>>,
}

impl<'a> Instruments<'a> {
    /// `parent` is the root of symbols that do not show theirs (user-defined spreads), where the file is of one parent.
    pub fn new(config: &'a Config, parent: Option<&'a str>) -> Self {
        Self { config, parent, known: HashMap::new() }
    }

    /// The market of a symbol that is met on a day since 1970.
    pub fn market(&mut self, symbol: &str, day: i32) -> Market<'a> {
        if let Some(known) = self.known.get(symbol) {
            return known.clone();
        }
        let outright = contract::parse(symbol, date(day));
        let is_outright = outright.is_some();
        let first_leg = || symbol.split([':', '-', ' ']).next().and_then(|leg| contract::parse(leg, date(day)));
        let root = outright.or_else(first_leg).map(|name| name.root).or_else(|| self.parent.map(str::to_string));
        let market = Market { calendar: self.config.calendar_of(root.as_deref().unwrap_or_default()), root, is_outright };
        self.known.insert(symbol.to_string(), market.clone());
        market
    }
}
