//! A made-up sample of contract bars: two roots from September 2022 to the end of 2023, for the demo and for tests. **Every figure is made up**
//! by a generator that gives the same numbers on every machine; the contracts and their last days are the exchanges' own. Open interest moves
//! from one contract to the next before each expiry, as it does.

use std::fmt::Write as _;

use chrono::NaiveDate;

use crate::config::Config;
use crate::contract::{ContractMonth, month_of_letter};
use crate::sources::chance::Chance;

const FIRST: NaiveDate = NaiveDate::from_ymd_opt(2022, 9, 1).expect("a day");
const LAST: NaiveDate = NaiveDate::from_ymd_opt(2023, 12, 29).expect("a day");

struct Market {
    root: &'static str,
    spot: f64,
    /// A day's move, as a share of the price.
    daily: f64,
    /// Yearly slope of the curve, as a share of the price.
    slope: f64,
    tick: f64,
    open_interest: f64,
    /// Calendar days before its last day on which a contract is first traded here.
    life: i64,
    /// Calendar days before its last day on which half of the open interest has left a contract.
    leaves: f64,
}

const MARKETS: [Market; 2] = [
    Market { root: "ES", spot: 3950.0, daily: 0.011, slope: 0.04, tick: 0.25, open_interest: 2_100_000.0, life: 300, leaves: 6.0 },
    Market { root: "CL", spot: 88.0, daily: 0.022, slope: -0.06, tick: 0.01, open_interest: 330_000.0, life: 190, leaves: 11.0 },
];

/// The sample's file: name and bytes.
pub fn file(config: &Config) -> (String, Vec<u8>) {
    let mut text = "symbol,as_of,open,high,low,close,volume,settlement,open_interest,parent\n".to_string();
    for market in &MARKETS {
        lines(&mut text, market, config);
    }
    ("made_up_contracts.csv".to_string(), text.into_bytes())
}

fn lines(text: &mut String, market: &Market, config: &Config) {
    let calendar = config.calendar_of(market.root);
    let months = config.find_root(market.root).and_then(|root| root.months.as_deref()).unwrap_or_default();
    let contracts: Vec<(ContractMonth, NaiveDate)> = (2022..=2024)
        .flat_map(|year| months.chars().filter_map(move |letter| ContractMonth::new(year, month_of_letter(letter)?)))
        .filter_map(|month| Some((month, config.contract_dates(market.root, month)?.last_trade)))
        .collect();
    let mut chance = Chance::of(market.root);
    let on_tick = |price: f64| (price / market.tick).round() * market.tick;
    let mut spot = market.spot;
    for day in FIRST.iter_days().take_while(|day| *day <= LAST).filter(|day| calendar.is_trade_date(*day)) {
        let before = spot;
        spot *= 1.0 + market.daily * chance.step();
        let (above, below, drift) =
            (0.5 * market.daily * chance.share(), 0.5 * market.daily * chance.share(), 0.1 * market.daily * chance.step());
        for (month, last) in &contracts {
            let left = (*last - day).num_days();
            if !(0..=market.life).contains(&left) {
                continue;
            }
            let curve = 1.0 + market.slope * left as f64 / 365.0;
            let (open, settlement) = (on_tick(before * curve), on_tick(spot * curve));
            let close = on_tick(spot * (1.0 + drift) * curve);
            let (top, bottom) = (open.max(settlement).max(close), open.min(settlement).min(close));
            let (high, low) = (on_tick(top * (1.0 + above)), on_tick(bottom * (1.0 - below)));
            let cycle = if months.len() > 6 { 30.0 } else { 91.0 };
            let comes = 1.0 / (1.0 + ((left as f64 - cycle - market.leaves) / 4.0).exp());
            let goes = 1.0 / (1.0 + ((market.leaves - left as f64) / 2.0).exp());
            let open_interest = (market.open_interest * comes * goes * (1.0 + 0.02 * chance.step())).round() + 40.0;
            let volume = (open_interest * (0.2 + 0.3 * chance.share())).round();
            let symbol = format!("{}{}{}", market.root, month.letter(), month.year % 10);
            let prices = format!("{open:.2},{high:.2},{low:.2},{close:.2},{volume:.0},{settlement:.2},{open_interest:.0}");
            // writing to a text cannot fail
            let _ = writeln!(text, "{symbol},{day},{prices},{}", market.root);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::bars::Bars;
    use crate::sources::{Payload, Source};
    use crate::time::IngestTime;

    #[test]
    fn every_row_of_the_sample_is_taken() {
        let config = Config::built_in().expect("the built-in files are valid");
        let (name, content) = file(&config);
        let rows = content.iter().filter(|b| **b == b'\n').count() - 1;
        let payload = Payload { name, bytes: content.into(), observed_at: IngestTime::now(), origin: "made up".into(), hint: None };
        let parsed = Bars.parse(&payload, &config).expect("the sample is a file of bars");
        assert_eq!((parsed.rows_read, parsed.rejections.len(), parsed.warnings.len()), (rows, 0, 0));
        assert!((1500..5000).contains(&rows), "{rows}");
    }
}
