//! What becomes of the parts of a bar that cannot be right, as configuration says: set aside with the reason, or taken and counted as a warning.

use std::collections::BTreeMap;

use super::bars::Part;
use super::instruments::Market;
use super::value::price;
use crate::config::{Action, BarFinding, Config};
use crate::sources::bar_checks::{Bar, Product, finding};

/// Judges the bars of a payload and counts what it lets pass.
pub(super) struct Judge<'a> {
    config: &'a Config,
    passed: BTreeMap<BarFinding, usize>,
    /// For spreads: nothing is known of their prices.
    anything: Product,
}

impl<'a> Judge<'a> {
    pub fn new(config: &'a Config) -> Self {
        Self { config, passed: BTreeMap::new(), anything: Product::of("", config) }
    }

    /// Why a part cannot be taken.
    pub fn refuses(&mut self, part: &Part, trade_date: i32, market: &Market<'_>) -> Option<&'static str> {
        let [open, high, low, close] = part.prices.map(|fixed| price(fixed).unwrap_or(f64::NAN));
        let bar = Bar { open, high, low, close, volume: i64::try_from(part.volume).ok() };
        let found = match (finding(&bar, market.product.unwrap_or(self.anything)), market.product) {
            // A spread's price is a difference.
            (Some(BarFinding::NotPositive), None) => None,
            (found, _) => found,
        };
        let is_expired = market.expired_from.is_some_and(|day| trade_date >= day);
        let found = found.or(is_expired.then_some(BarFinding::Expired))?;
        self.verdict(found, market.product)
    }

    /// Why one of two different parts of one time cannot be taken.
    pub fn refuses_duplicate(&mut self, market: &Market<'_>) -> Option<&'static str> {
        self.verdict(BarFinding::DuplicateDay, market.product)
    }

    fn verdict(&mut self, found: BarFinding, product: Option<Product>) -> Option<&'static str> {
        match product.unwrap_or(self.anything).action(found, self.config) {
            Action::Quarantine => Some(found.reason()),
            Action::Warn => {
                *self.passed.entry(found).or_default() += 1;
                None
            }
        }
    }

    /// What was let pass, to be said.
    pub fn into_warnings(self) -> impl Iterator<Item = String> {
        self.passed.into_iter().map(|(found, n)| format!("bars that were taken although {}: {n}", found.reason()))
    }
}
