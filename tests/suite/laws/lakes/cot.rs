//! Random positioning: a few series, a few weeks, revisions that come late, together or never, and figures that are taken back.

use std::collections::BTreeSet;

use contango::time::{Availability, KnowledgeTime};
use proptest::prelude::*;

use super::{DELAYS, FIRST_WEEK, WEEKS};
use crate::support::{self, Vintage};

/// Report, scope, contract code, category.
type Series = (&'static str, &'static str, &'static str, &'static str);

const SERIES: [Series; 14] = [
    ("tff", "futures_only", "13874A", "asset_manager"),
    ("tff", "futures_only", "13874A", "dealer"),
    ("tff", "futures_only", "13874A", "leveraged_funds"),
    ("tff", "futures_only", "043602", "asset_manager"),
    ("tff", "futures_only", "043602", "dealer"),
    ("tff", "combined", "13874A", "asset_manager"),
    ("disaggregated", "futures_only", "067651", "managed_money"),
    ("disaggregated", "futures_only", "067651", "producer_merchant"),
    ("disaggregated", "futures_only", "067651", "swap_dealer"),
    ("disaggregated", "futures_only", "999999", "managed_money"),
    ("disaggregated", "combined", "067651", "managed_money"),
    ("legacy", "futures_only", "13874A", "commercial"),
    ("legacy", "futures_only", "067651", "commercial"),
    ("legacy", "futures_only", "067651", "noncommercial"),
];
/// What was published of an observation at some time.
#[derive(Debug, Clone)]
struct Published {
    delay: usize,
    figures: [i64; 4],
    has_spreading: bool,
    missing: bool,
    availability: usize,
    backcast: bool,
    renamed: bool,
}

fn published() -> impl Strategy<Value = Published> {
    let figures = prop::array::uniform4(0i64..40);
    let rare = prop::bool::weighted(0.1);
    let flags = (any::<bool>(), rare, 0..Availability::ALL.len(), prop::bool::weighted(0.3), rare);
    (0..DELAYS.len(), figures, flags).prop_map(|(delay, figures, (has_spreading, missing, availability, backcast, renamed))| Published {
        delay,
        figures: figures.map(|n| 8 * n),
        has_spreading,
        missing,
        availability,
        backcast,
        renamed,
    })
}

pub fn vintages() -> impl Strategy<Value = Vec<Vintage>> {
    let observation = (0..SERIES.len(), 0..WEEKS, prop::collection::vec(published(), 1..4));
    prop::collection::vec(observation, 1..80).prop_map(|observations| {
        let mut seen = BTreeSet::new();
        let mut rows = Vec::new();
        for (series, week, vintages) in observations {
            for vintage in vintages {
                // an observation has one value at an instant
                if seen.insert((series, week, vintage.delay)) {
                    rows.push(row(SERIES[series], week, &vintage));
                }
            }
        }
        rows
    })
}

fn row((report, scope, code, category): Series, week: i64, vintage: &Published) -> Vintage {
    let as_of = support::day(FIRST_WEEK) + chrono::Duration::weeks(week);
    let release = support::instant(&format!("{} 20:30:00Z", as_of + chrono::Duration::days(3)));
    let [long, short, spreading, open_interest] = vintage.figures;
    Vintage {
        report,
        scope,
        code,
        category,
        as_of,
        available_at: KnowledgeTime::from_micros(release.micros() + DELAYS[vintage.delay]),
        availability: Availability::ALL[vintage.availability],
        backcast: vintage.backcast,
        long,
        short,
        spreading: vintage.has_spreading.then_some(spreading),
        open_interest,
        market: if vintage.renamed { format!("RENAMED {code}") } else { format!("MARKET {code}") },
        missing: vintage.missing,
    }
}
