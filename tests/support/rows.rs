//! What a lake of the tests holds, of every kind of row.

use std::path::Path;

use contango::lake::{Lake, compact};
use contango::tables;
use contango::time::KnowledgeTime;

use super::{Vintage, cot, futures, macro_series, plain};

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    pub cot: Vec<Vintage>,
    pub futures: Vec<futures::Row>,
    pub macro_series: Vec<macro_series::Print>,
    pub plain: Vec<plain::Plain>,
}

impl Rows {
    /// The lake that SQL tests run on where they say nothing else.
    pub fn standard() -> Self {
        Self { cot: cot::standard(), futures: futures::standard(), macro_series: macro_series::standard(), plain: Vec::new() }
    }

    /// Those that were known by an instant.
    pub fn cut(&self, at: KnowledgeTime) -> Self {
        Self {
            cot: cot::cut(&self.cot, at),
            futures: futures::cut(&self.futures, at),
            macro_series: macro_series::cut(&self.macro_series, at),
            plain: plain::cut(&self.plain, at),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.cot.is_empty() && self.futures.is_empty() && self.macro_series.is_empty() && self.plain.is_empty()
    }

    /// Instants at which something became known, in no order.
    pub fn instants(&self) -> impl Iterator<Item = KnowledgeTime> {
        let futures = self.futures.iter().map(|row| row.available_at);
        let prints = self.macro_series.iter().map(|print| print.available_at);
        self.cot.iter().map(|row| row.available_at).chain(futures).chain(prints).chain(self.plain.iter().map(|row| row.available_at))
    }

    /// Writes them into an empty lake on any store, spread over `n_payloads` commits to each table.
    pub async fn write_into(&self, lake: &Lake, n_payloads: usize) {
        cot::write_into(lake, &self.cot, n_payloads).await;
        futures::write_into(lake, &self.futures, n_payloads).await;
        macro_series::write_into(lake, &self.macro_series, n_payloads).await;
        plain::write_into(lake, &self.plain, n_payloads).await;
    }

    /// Writes them into a new lake in a folder.
    pub async fn write(&self, data: &Path, n_payloads: usize) -> Lake {
        let lake = Lake::new(data).expect("a lake");
        self.write_into(&lake, n_payloads).await;
        lake
    }
}

/// Merges every table's files.
pub async fn compacted(lake: &Lake) {
    for table in tables::TABLES {
        compact::compact(lake, table, 1).await.expect("compaction");
    }
}
