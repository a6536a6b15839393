//! A table in memory that takes payloads as the intake does, in whatever order: what the laws of vintages are asked of.

use std::collections::HashSet;

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::TimestampMicrosecondType;

use super::diff::{News, Others, Outcome, diff};
use super::evidence::{Evidence, is_earlier, keys_of};
use super::replay::{Seen, of_series, replay};
use crate::lake::correct::changes;
use crate::tables::Table;

pub(super) struct Store {
    table: &'static Table,
    pub rows: RecordBatch,
    taken: Vec<Seen>,
    /// How often stored rows had to be changed.
    pub corrections: usize,
}

impl Store {
    pub fn new(table: &'static Table) -> Self {
        Self { table, rows: RecordBatch::new_empty(table.stored_schema()), taken: Vec::new(), corrections: 0 }
    }

    /// What the payload added; `None` where its series were replayed.
    pub fn take(&mut self, seen: &Seen) -> Option<News> {
        let id = &seen.incoming.payload;
        if self.taken.iter().any(|other| other.incoming.payload.sha256 == id.sha256) {
            return None;
        }
        let news = self.compare(seen);
        self.taken.push(seen.clone());
        match &news {
            Some(news) => self.rows = concat_batches(&self.table.stored_schema(), [&self.rows, &news.rows]).expect("made to fit"),
            None => self.settle(seen),
        }
        news
    }

    fn compare(&self, seen: &Seen) -> Option<News> {
        let (table, id) = (self.table, &seen.incoming.payload);
        let rows = std::slice::from_ref(&seen.rows);
        let series = keys_of(table, rows).expect("made to fit");
        let is_late = self.taken.iter().any(|other| other.incoming.payload > *id);
        let mut others = Others { is_late, ..Others::default() };
        if !seen.incoming.stamped {
            let near = of_series(table, &self.rows, &series).expect("made to fit");
            let at = near.column_by_name("ingested_at").expect("made to fit").as_primitive::<TimestampMicrosecondType>();
            let by = near.column_by_name("payload").expect("made to fit").as_string::<i32>();
            if (0..near.num_rows()).any(|row| (at.value(row), by.value(row)) > (id.observed_at.micros(), id.sha256.as_str())) {
                return None;
            }
            let earlier = || self.taken.iter().filter(|other| is_earlier(&other.incoming.payload, id));
            others.seen_until = earlier().map(|other| other.incoming.payload.observed_at.micros()).max();
            if let Outcome::Unproven = diff(table, &seen.incoming, rows, &self.rows, &others).expect("made to fit") {
                let mut evidence = Evidence::default();
                for other in earlier() {
                    let Seen { incoming, rows } = other;
                    evidence
                        .hear(table, &incoming.payload, incoming.release_window, std::slice::from_ref(rows), &series)
                        .expect("made to fit");
                }
                others.evidence = Some(evidence);
            }
        }
        match diff(table, &seen.incoming, rows, &self.rows, &others).expect("made to fit") {
            Outcome::News(news) => Some(news),
            Outcome::Unsettled => None,
            Outcome::Unproven => panic!("unproven although all is known"),
        }
    }

    fn settle(&mut self, seen: &Seen) {
        let series = keys_of(self.table, std::slice::from_ref(&seen.rows)).expect("made to fit");
        let mut payloads: Vec<Seen> = self
            .taken
            .iter()
            .map(|other| Seen { rows: of_series(self.table, &other.rows, &series).expect("made to fit"), ..other.clone() })
            .collect();
        payloads.sort_by(|a, b| a.incoming.payload.cmp(&b.incoming.payload));
        let after = replay(self.table, &payloads).expect("made to fit").expect("all alike");
        let before = of_series(self.table, &self.rows, &series).expect("made to fit");
        let (gone, come) = changes(self.table, &before, &after).expect("made to fit");
        self.corrections += usize::from(gone.num_rows() > 0);
        let (rest, _) = changes(self.table, &self.rows, &gone).expect("made to fit");
        self.rows = concat_batches(&self.table.stored_schema(), [&rest, &come]).expect("made to fit");
    }

    /// Every row as text, each once.
    pub fn told(&self) -> HashSet<String> {
        told(&self.rows)
    }
}

pub(super) fn told(rows: &RecordBatch) -> HashSet<String> {
    let cell = |column: usize, row: usize| {
        datafusion::arrow::util::display::array_value_to_string(rows.column(column), row).expect("a plain value")
    };
    (0..rows.num_rows()).map(|row| (0..rows.num_columns()).map(|column| cell(column, row)).collect::<Vec<_>>().join("|")).collect()
}
