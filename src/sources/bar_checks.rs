//! What cannot be right about a bar, whatever provider it is from. Pure; what becomes of it is configuration's to say.

use crate::config::{Action, BarFinding, Config};

/// One bar; NaN stands for a price that is not given.
#[derive(Debug, Clone, Copy)]
pub struct Bar {
    pub open: f64,
    pub high: f64,
    pub low: f64,
    pub close: f64,
    pub volume: Option<i64>,
}

/// How the prices of a root are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Product {
    may_be_negative: bool,
    is_known: bool,
}

impl Product {
    pub fn of(root: &str, config: &Config) -> Self {
        let known = config.find_root(root);
        Self { may_be_negative: known.is_some_and(|known| known.may_be_negative), is_known: known.is_some() }
    }
    /// What becomes of a bar with this finding. Nothing is known of the product of a root that is not listed, so its prices may be true.
    pub fn action(self, finding: BarFinding, config: &Config) -> Action {
        match finding {
            BarFinding::NotPositive if !self.is_known => Action::Warn,
            _ => config.bars.action(finding),
        }
    }
}

/// The figures of a bar with this finding that cannot all be right, by [`Bar::figures`].
pub fn suspects(bar: &Bar, found: BarFinding) -> [bool; 5] {
    let is_outside = |price: f64| price > bar.high || price < bar.low;
    match found {
        BarFinding::HighBelowLow => [false, true, true, false, false],
        BarFinding::OutsideRange => [is_outside(bar.open), false, false, is_outside(bar.close), false],
        BarFinding::NotPositive => {
            let [open, high, low, close] = [bar.open, bar.high, bar.low, bar.close].map(|price| price <= 0.0);
            [open, high, low, close, false]
        }
        BarFinding::NegativeVolume => [false, false, false, false, true],
        BarFinding::DuplicateDay | BarFinding::Expired | BarFinding::NoTradeDate => [false; 5],
    }
}

impl Bar {
    /// The names of the figures, in the order of [`suspects`].
    pub const FIGURES: [&'static str; 5] = ["open", "high", "low", "close", "volume"];
    /// The bar without these figures.
    pub fn without(self, figures: [bool; 5]) -> Self {
        let [open, high, low, close, volume] = figures;
        let keep = |price: f64, is_out: bool| if is_out { f64::NAN } else { price };
        Self {
            open: keep(self.open, open),
            high: keep(self.high, high),
            low: keep(self.low, low),
            close: keep(self.close, close),
            volume: self.volume.filter(|_| !volume),
        }
    }
}

/// The first thing that is wrong with a bar by itself.
pub fn finding(bar: &Bar, product: Product) -> Option<BarFinding> {
    let Bar { open, high, low, close, volume } = *bar;
    // comparisons with NaN are false: what is not given is not wrong
    let is_outside = |price: f64| price > high || price < low;
    if high < low {
        Some(BarFinding::HighBelowLow)
    } else if is_outside(open) || is_outside(close) {
        Some(BarFinding::OutsideRange)
    } else if !product.may_be_negative && [open, high, low, close].iter().any(|price| *price <= 0.0) {
        Some(BarFinding::NotPositive)
    } else if volume.is_some_and(|volume| volume < 0) {
        Some(BarFinding::NegativeVolume)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAR: Bar = Bar { open: 10.0, high: 12.0, low: 9.0, close: 11.0, volume: Some(5) };

    #[test]
    fn what_cannot_be_right_is_found() {
        let config = Config::built_in().expect("the built-in files are valid");
        let (es, cl, unknown) = (Product::of("ES", &config), Product::of("CL", &config), Product::of("R00", &config));
        assert_eq!(finding(&BAR, es), None);
        assert_eq!(finding(&Bar { high: 8.0, ..BAR }, es), Some(BarFinding::HighBelowLow));
        assert_eq!(finding(&Bar { close: 12.5, ..BAR }, es), Some(BarFinding::OutsideRange));
        assert_eq!(finding(&Bar { open: 8.5, ..BAR }, es), Some(BarFinding::OutsideRange));
        assert_eq!(finding(&Bar { volume: Some(-1), ..BAR }, es), Some(BarFinding::NegativeVolume));
        let closed = |close| Bar { open: f64::NAN, high: f64::NAN, low: f64::NAN, close, volume: None };
        assert_eq!(finding(&closed(11.0), es), None, "what is not given is not wrong");
        assert_eq!(finding(&closed(-37.63), es), Some(BarFinding::NotPositive));
        assert_eq!(finding(&closed(-37.63), cl), None, "crude oil on 2020-04-20");
        assert_eq!(unknown.action(BarFinding::NotPositive, &config), Action::Warn);
        assert_eq!(es.action(BarFinding::NotPositive, &config), Action::Quarantine);
    }

    #[test]
    fn without_its_suspects_a_bar_is_right() {
        let config = Config::built_in().expect("the built-in files are valid");
        let es = Product::of("ES", &config);
        for wrong in [
            Bar { high: 8.0, ..BAR },
            Bar { close: 12.5, open: 8.5, ..BAR },
            Bar { open: 0.0, low: -1.0, ..BAR },
            Bar { volume: Some(-1), ..BAR },
        ] {
            let found = finding(&wrong, es).expect("wrong");
            let left = wrong.without(suspects(&wrong, found));
            assert_eq!(finding(&left, es), None, "{wrong:?}: {found:?}");
        }
    }
}
