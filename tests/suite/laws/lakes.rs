//! Random lakes: a few series, a few weeks, revisions that come late, together or never, and figures that are taken back; beside them bars,
//! figures and definitions of a few futures.

use std::collections::BTreeSet;
use std::fmt;

use contango::lake::{Lake, compact};
use contango::tables;
use contango::time::{Availability, KnowledgeTime};
use datafusion::object_store::memory::InMemory;
use proptest::prelude::*;
use std::sync::Arc;

use crate::support::futures::{self, Of, Row};
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
    pub futures: Vec<Row>,
    pub n_payloads: usize,
    pub is_compacted: bool,
}

impl World {
    /// This one up to an instant.
    pub fn cut(&self, at: KnowledgeTime) -> Self {
        Self {
            rows: support::cut(&self.rows, at),
            futures: futures::cut(&self.futures, at),
            n_payloads: 1 + self.n_payloads % 3,
            is_compacted: !self.is_compacted,
        }
    }

    /// This one up to an instant, then another's future.
    pub fn with_future_of(&self, other: &Self, at: KnowledgeTime) -> Self {
        let known = support::cut(&self.rows, at);
        let future = other.rows.iter().filter(|row| row.available_at > at).cloned();
        let futures = other.futures.iter().filter(|row| row.available_at > at).cloned();
        Self { rows: future.chain(known).collect(), futures: futures.chain(futures::cut(&self.futures, at)).collect(), ..*other }
    }

    pub async fn build(&self) -> Lake {
        let lake = Lake::on(Arc::new(InMemory::new()));
        support::write_into(&lake, &self.rows, self.n_payloads).await;
        futures::write_into(&lake, &self.futures, self.n_payloads).await;
        if self.is_compacted {
            for table in tables::TABLES {
                compact::compact(&lake, table, 1).await.expect("compaction");
            }
        }
        lake
    }

    /// Instants at which something became known, in order.
    pub fn instants(&self) -> Vec<KnowledgeTime> {
        let futures = self.futures.iter().map(|row| row.available_at);
        self.rows.iter().map(|row| row.available_at).chain(futures).collect::<BTreeSet<_>>().into_iter().collect()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.futures.is_empty()
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
        for Row { dataset, symbol, id, as_of, available_at, availability, backcast, of } in &self.futures {
            let backcast = if *backcast { ", backcast" } else { "" };
            writeln!(f, "  {dataset}/{symbol}/{id} {as_of} known {available_at} ({}{backcast}) {of:?}", availability.name())?;
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
    let futures = prop::collection::vec(of_future(), 0..60);
    (observations, futures, 1..5usize, any::<bool>()).prop_map(|(observations, futures, n_payloads, is_compacted)| {
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
        let mut seen = BTreeSet::new();
        let is_new = |row: &Row| seen.insert((row.dataset, row.symbol, row.id, row.label(), row.as_of, row.available_at));
        World { rows, futures: unique(futures, is_new), n_payloads, is_compacted }
    })
}

fn unique(mut rows: Vec<Row>, is_new: impl FnMut(&Row) -> bool) -> Vec<Row> {
    rows.retain(is_new);
    rows
}

/// An instrument that no definition speaks of: its symbol says it all.
pub const PLAIN: (&str, &str, i64) = ("plain", "ESH3", 0);

/// Dataset, symbol, number: a symbol of two lives, a spread, symbols that only a definition explains, and one that explains itself.
const INSTRUMENTS: [(&str, &str, i64); 10] = [
    PLAIN,
    PLAIN,
    PLAIN,
    ("GLBX.MDP3", "ESH3", 41),
    ("GLBX.MDP3", "ESH3", 101),
    ("GLBX.MDP3", "CLJ3", 201),
    ("GLBX.MDP3", "ESH3-ESM3", 103),
    ("acme", "FRONT", 0),
    ("acme", "NEXT", 0),
    ("acme", "ESH3", 0),
];

/// A bar, a figure or a definition of some instrument in the first week.
fn of_future() -> impl Strategy<Value = Row> {
    let figure = prop::option::weighted(0.9, (0i64..40).prop_map(|n| 8.0 * n as f64));
    let dated = (0..DELAYS.len(), 0..Availability::ALL.len(), prop::bool::weighted(0.2));
    let which = (0..INSTRUMENTS.len(), 0i64..5, 0..8usize);
    let defined = (0..3usize, 0..3usize, 0..4usize);
    (which, dated, figure, any::<bool>(), defined).prop_map(|((instrument, n, kind), (delay, grade, backcast), figure, flag, defined)| {
        let (dataset, symbol, id) = INSTRUMENTS[instrument];
        let first = support::day(FIRST_WEEK);
        let day = first + chrono::Duration::days(n);
        let evening = |day: chrono::NaiveDate| support::instant(&format!("{day} 22:00:00Z"));
        let of = match kind {
            0..3 => Of::Bar {
                basis: if flag { "session" } else { "utc_day" },
                close: figure,
                volume: figure.map(|f| f as i64),
                session_end: evening(day),
            },
            _ if kind < 6 || INSTRUMENTS[instrument] == PLAIN => Of::Figure {
                stat: ["settlement", "cleared_volume", "open_interest"][kind % 3],
                value: figure,
                is_final: flag.then_some(true),
            },
            _ => definition(dataset, flag, defined),
        };
        let as_of = match of {
            Of::Definition { .. } => [support::day("2013-01-02"), first, day][defined.0],
            _ => day,
        };
        let available_at = KnowledgeTime::from_micros(evening(day).micros() + DELAYS[delay]);
        Row { dataset, symbol, id, as_of, available_at, availability: Availability::ALL[grade], backcast, of }
    })
}

fn definition(dataset: &str, is_future: bool, (life, asset, expiration): (usize, usize, usize)) -> Of {
    let expirations = [["2013-03-15", "2013-03-18"], ["2023-03-17", "2023-01-09"], ["2023-03-17", "2023-06-16"]];
    Of::Definition {
        origin: if dataset == "acme" { "file" } else { "exchange" },
        class: if is_future { "future" } else { "future_spread" },
        asset: ["ES", "CL", "SP500"][asset],
        maturity: [Some("2013-03"), Some("2023-03"), None][life],
        expiration: expirations[life].get(expiration).map(|day| support::instant(&format!("{day} 14:30:00Z"))),
    }
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
