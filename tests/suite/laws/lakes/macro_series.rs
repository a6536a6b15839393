//! Random publications of economic series: each says something of one quarter or of several, much of it again. Two sources share an id.

use std::collections::BTreeSet;

use chrono::Months;
use contango::time::{Availability, KnowledgeTime};
use proptest::prelude::*;

use super::{DELAYS, FIRST_WEEK, WEEKS};
use crate::support;
use crate::support::macro_series::Print;

/// Source and series; GDP is described by configuration, OUTPUT is not.
const SERIES: [(&str, &str); 4] = [("agency", "GDP"), ("agency", "OUTPUT"), ("fred", "GDP"), ("fred", "PAYEMS")];
pub const FIRST_QUARTER: &str = "2021-07-01";
/// Quarters of which something may be said.
const QUARTERS: u32 = 6;

/// What is published at one instant.
#[derive(Debug, Clone)]
struct Publication {
    series: usize,
    week: i64,
    delay: usize,
    availability: usize,
    backcast: bool,
    /// By quarter, the value in one of a few steps, or none.
    values: Vec<(u32, Option<u8>)>,
}

fn publication() -> impl Strategy<Value = Publication> {
    let value = (0..QUARTERS, prop::option::weighted(0.85, 0..3u8));
    let values = prop_oneof![2 => prop::collection::vec(value.clone(), 1..2), 1 => prop::collection::vec(value, 2..8)];
    // most come when others do
    let delay = prop_oneof![2 => Just(0), 1 => 0..DELAYS.len()];
    (0..SERIES.len(), 0..WEEKS, delay, 0..Availability::ALL.len(), prop::bool::weighted(0.15), values).prop_map(
        |(series, week, delay, availability, backcast, values)| Publication { series, week, delay, availability, backcast, values },
    )
}

pub fn prints() -> impl Strategy<Value = Vec<Print>> {
    prop::collection::vec(publication(), 0..40).prop_map(|publications| {
        let mut seen = BTreeSet::new();
        let mut prints = Vec::new();
        for Publication { series, week, delay, availability, backcast, values } in publications {
            let (source, series_id) = SERIES[series];
            let week = support::day(FIRST_WEEK) + chrono::Duration::weeks(week);
            let release = support::instant(&format!("{} 20:30:00Z", week + chrono::Duration::days(3)));
            let available_at = KnowledgeTime::from_micros(release.micros() + DELAYS[delay]);
            for (quarter, step) in values {
                // an observation has one value at an instant
                if !seen.insert((series, quarter, available_at)) {
                    continue;
                }
                prints.push(Print {
                    source,
                    series_id,
                    as_of: support::day(FIRST_QUARTER) + Months::new(3 * quarter),
                    available_at,
                    availability: Availability::ALL[availability],
                    backcast,
                    value: step.map(|step| 8.0 * f64::from(quarter + 1) + 0.125 * f64::from(step)),
                });
            }
        }
        prints
    })
}
