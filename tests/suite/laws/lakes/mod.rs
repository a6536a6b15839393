//! Random lakes, and how they lie in files: rows of positioning, futures and economic series, in which much is published again, late,
//! together or never, and some is taken back; or whatever `ingest` makes of random payloads, for every table that it fills.

pub mod built;
mod cot;
mod futures;
mod macro_series;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use contango::lake::Lake;
use contango::time::KnowledgeTime;
use datafusion::object_store::memory::InMemory;
use proptest::prelude::*;

use super::dice::Dice;
use super::payloads::{self, Sent};
use crate::support::lines::{self, Layout};
use crate::support::{self, Rows, plain};

pub use futures::PLAIN;
pub use macro_series::FIRST_QUARTER;

const WEEKS: i64 = 6;
pub const FIRST_WEEK: &str = "2023-01-03";

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;
/// From the release of an observation to a vintage of it. Whole weeks meet the release of another observation.
const DELAYS: [i64; 10] = [0, 1, HOUR, DAY, 7 * DAY - 1, 7 * DAY, 7 * DAY + 1, 14 * DAY, 21 * DAY, 40 * DAY];

/// Rows, and how they lie in files.
#[derive(Clone)]
pub struct World {
    pub rows: Rows,
    pub layout: Layout,
    /// The payloads that the rows come from, in the order in which they are taken; none where the rows are written as they are.
    pub sent: Vec<Sent>,
}

impl World {
    /// What `ingest` makes of random payloads; those of the next seed are of other providers.
    pub async fn ingested(dice: &mut Dice, seed: u64) -> Self {
        let mut sent = payloads::any(dice, seed);
        while sent.len() < 3 {
            sent.extend(payloads::any(dice, seed));
        }
        let layout = Layout { n_payloads: 1 + dice.below(3), is_compacted: dice.one_in(2) };
        let dataset = ["bars", "databento"].into_iter().find(|source| sent.iter().any(|one| one.source == *source));
        if let Some(source) = dataset.filter(|_| dice.one_in(2)) {
            let series = built::series(dice, if source == "bars" { "bars" } else { "GLBX.MDP3" });
            let rows = Rows { plain: built::after_payloads(&sent, &series, dice).await, ..Rows::default() };
            return Self { rows, layout, sent: Vec::new() };
        }
        let mut world = Self { rows: Rows::default(), layout, sent };
        world.rows.plain = plain::read(&world.build().await).await;
        world
    }

    /// This one up to an instant.
    pub fn cut(&self, at: KnowledgeTime) -> Self {
        let layout = Layout { n_payloads: 1 + self.layout.n_payloads % 3, is_compacted: !self.layout.is_compacted };
        Self { rows: self.rows.cut(at), layout, sent: Vec::new() }
    }

    /// This one up to an instant, then another's future.
    pub fn with_future_of(&self, other: &Self, at: KnowledgeTime) -> Self {
        let Rows { mut cot, mut futures, mut macro_series, mut plain } = other.rows.clone();
        cot.retain(|row| row.available_at > at);
        futures.retain(|row| row.available_at > at);
        macro_series.retain(|print| print.available_at > at);
        plain.retain(|row| row.available_at > at);
        let known = self.rows.cut(at);
        cot.extend(known.cot);
        futures.extend(known.futures);
        macro_series.extend(known.macro_series);
        plain.extend(known.plain);
        Self { rows: Rows { cot, futures, macro_series, plain }, layout: other.layout, sent: Vec::new() }
    }

    pub async fn build(&self) -> Lake {
        let lake = Lake::on(Arc::new(InMemory::new()));
        match self.sent.as_slice() {
            [] => self.rows.write_into(&lake, self.layout.n_payloads).await,
            sent => payloads::take(&lake, sent).await,
        }
        if self.layout.is_compacted {
            support::compacted(&lake).await;
        }
        lake
    }

    /// Instants at which something became known, in order.
    pub fn instants(&self) -> Vec<KnowledgeTime> {
        self.rows.instants().collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// As an SQL test would hold it.
impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&lines::write(&self.rows, self.layout))
    }
}

pub fn world() -> impl Strategy<Value = World> {
    let rows = (cot::vintages(), futures::rows(), macro_series::prints());
    (rows, 1..4usize, any::<bool>()).prop_map(|((cot, futures, macro_series), n_payloads, is_compacted)| World {
        rows: Rows { cot, futures, macro_series, plain: Vec::new() },
        layout: Layout { n_payloads, is_compacted },
        sent: Vec::new(),
    })
}
