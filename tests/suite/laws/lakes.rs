//! Random lakes: a few series, a few weeks, revisions that come late, together or never, and figures that are taken back.

use std::collections::BTreeSet;
use std::fmt;

use contango::lake::{Lake, compact};
use contango::tables;
use contango::time::{Availability, KnowledgeTime};
use datafusion::object_store::memory::InMemory;
use proptest::prelude::*;
use std::sync::Arc;

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
const WEEKS: i64 = 6;
pub const FIRST_WEEK: &str = "2023-01-03";

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;
/// From the release of an observation to a vintage of it. Whole weeks meet the release of another observation.
const DELAYS: [i64; 10] = [0, 1, HOUR, DAY, 7 * DAY - 1, 7 * DAY, 7 * DAY + 1, 14 * DAY, 21 * DAY, 40 * DAY];

/// Vintages, and how they lie in files.
#[derive(Clone)]
pub struct World {
    pub rows: Vec<Vintage>,
    pub n_payloads: usize,
    pub is_compacted: bool,
}

impl World {
    /// This one up to an instant.
    pub fn cut(&self, at: KnowledgeTime) -> Self {
        Self { rows: support::cut(&self.rows, at), n_payloads: 1 + self.n_payloads % 3, is_compacted: !self.is_compacted }
    }

    /// This one up to an instant, then another's future.
    pub fn with_future_of(&self, other: &Self, at: KnowledgeTime) -> Self {
        let known = support::cut(&self.rows, at);
        let future = other.rows.iter().filter(|row| row.available_at > at).cloned();
        Self { rows: future.chain(known).collect(), ..*other }
    }

    pub async fn build(&self) -> Lake {
        let lake = Lake::on(Arc::new(InMemory::new()));
        support::write_into(&lake, &self.rows, self.n_payloads).await;
        if self.is_compacted {
            for table in tables::TABLES {
                compact::compact(&lake, table, 1).await.expect("compaction");
            }
        }
        lake
    }

    /// Instants at which something became known, in order.
    pub fn instants(&self) -> Vec<KnowledgeTime> {
        self.rows.iter().map(|row| row.available_at).collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// Rows as they would be written into a test of their own.
impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} payloads, compacted: {}", self.n_payloads, self.is_compacted)?;
        for row in &self.rows {
            let Vintage { report, scope, code, category, as_of, available_at, long, short, spreading, open_interest, .. } = row;
            writeln!(
                f,
                "  {report}/{scope}/{code}/{category} {as_of} known {available_at} ({}{}{}) long {long} short {short} spreading {spreading:?} open_interest {open_interest} `{}`",
                row.availability.name(),
                if row.backcast { ", backcast" } else { "" },
                if row.missing { ", missing" } else { "" },
                row.market
            )?;
        }
        Ok(())
    }
}

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

pub fn world() -> impl Strategy<Value = World> {
    let observation = (0..SERIES.len(), 0..WEEKS, prop::collection::vec(published(), 1..4));
    let observations = prop::collection::vec(observation, 1..80);
    (observations, 1..5usize, any::<bool>()).prop_map(|(observations, n_payloads, is_compacted)| {
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
        World { rows, n_payloads, is_compacted }
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
