//! The laws of vintages, as properties over random payloads: the comparison equals a naive replay, twice is once, and a payload that comes
//! late is either refused or leaves the lake as if it had come in its turn.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::Duration;
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray, new_null_array,
};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{Date32Type, Int64Type, TimestampMicrosecondType};
use proptest::prelude::*;

use super::diff::{Incoming, Later, Observations, Outcome, diff};
use crate::lake::commit::PayloadId;
use crate::tables::{self, Table};
use crate::time::IngestTime;

/// A lag that is shorter than some of the generated delays.
const WINDOW: Duration = Duration::microseconds(4);

/// What a payload shows: by market and day, a figure that may be missing. A day is released three microseconds after it.
type Shown = BTreeMap<(u8, i32), Option<i64>>;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Sent {
    observed_at: i64,
    sha256: String,
    shown: Shown,
}

/// A vintage: market, day, available_at, figure, availability, backcast, ingested_at, payload.
type Row = (u8, i32, i64, Option<i64>, String, bool, i64, String);

fn table() -> &'static Table {
    tables::get("cot_markets")
}

fn release_at(day: i32) -> i64 {
    i64::from(day) + 3
}

fn parsed(sent: &Sent) -> RecordBatch {
    let n = sent.shown.len();
    let schema = table().parsed_schema();
    let columns = schema.fields().iter().map(|field| match field.name().as_str() {
        "as_of" => Arc::new(Date32Array::from_iter_values(sent.shown.keys().map(|(_, day)| *day))) as ArrayRef,
        "report" | "scope" => Arc::new(StringArray::from(vec!["x"; n])),
        "contract_code" => Arc::new(StringArray::from_iter_values(sent.shown.keys().map(|(market, _)| market.to_string()))),
        // An attribute that drifts with every payload.
        "market" => Arc::new(StringArray::from(vec![sent.sha256.as_str(); n])),
        "open_interest" => Arc::new(sent.shown.values().copied().collect::<Int64Array>()),
        "release_at" => {
            let instants = sent.shown.keys().map(|(_, day)| release_at(*day));
            Arc::new(TimestampMicrosecondArray::from_iter_values(instants).with_timezone("UTC"))
        }
        "release_grade" => Arc::new(StringArray::from(vec!["rule"; n])),
        _ => new_null_array(field.data_type(), n),
    });
    // The order of a payload's rows means nothing.
    let batch = RecordBatch::try_new(schema.clone(), columns.collect()).expect("made to fit");
    let backwards = datafusion::arrow::array::UInt32Array::from_iter_values((0..n as u32).rev());
    datafusion::arrow::compute::take_record_batch(&batch, &backwards).expect("made to fit")
}

/// A table in memory that takes payloads through the comparison.
struct Store {
    rows: RecordBatch,
    taken: BTreeMap<PayloadId, Sent>,
}

impl Store {
    fn new() -> Self {
        Self { rows: RecordBatch::new_empty(table().stored_schema()), taken: BTreeMap::new() }
    }

    /// Whether the payload was taken.
    fn take(&mut self, sent: &Sent) -> bool {
        let payload = PayloadId { observed_at: IngestTime::from_micros(sent.observed_at), sha256: sent.sha256.clone() };
        if self.taken.contains_key(&payload) {
            return true;
        }
        let incoming = Incoming {
            payload: payload.clone(),
            revises: true,
            release_window: WINDOW,
            stamped: false,
            continues: None,
            silent: Vec::new(),
            in_order_alone: false,
            corrected: Vec::new(),
        };
        let mut later = Later { payloads: self.taken.range(&payload..).map(|(id, _)| id.clone()).collect(), contents: None };
        let batches = [parsed(sent)];
        let mut outcome = diff(table(), &incoming, &batches, &self.rows, &later).expect("made to fit");
        if matches!(outcome, Outcome::Unsettled) {
            let contents = self.taken.values().map(|s| (s.sha256.clone(), Observations::of(table(), &[parsed(s)]).expect("made to fit")));
            later.contents = Some(contents.collect::<HashMap<_, _>>());
            outcome = diff(table(), &incoming, &batches, &self.rows, &later).expect("made to fit");
        }
        match outcome {
            Outcome::News(news) => {
                assert_eq!(news.new + news.revised, news.rows.num_rows());
                assert_eq!(news.new + news.revised + news.repeated, sent.shown.len());
                self.rows = concat_batches(&table().stored_schema(), [&self.rows, &news.rows]).expect("made to fit");
                self.taken.insert(payload, sent.clone());
                true
            }
            Outcome::OutOfOrder(_) => false,
            Outcome::Unsettled => panic!("unsettled although all is known"),
        }
    }

    fn rows(&self) -> Vec<Row> {
        let text = |name: &str| self.rows.column_by_name(name).expect("made to fit").as_string::<i32>();
        let instant = |name: &str| self.rows.column_by_name(name).expect("made to fit").as_primitive::<TimestampMicrosecondType>();
        let figure = self.rows.column_by_name("open_interest").expect("made to fit").as_primitive::<Int64Type>();
        let mut rows: Vec<Row> = (0..self.rows.num_rows())
            .map(|n| {
                (
                    text("contract_code").value(n).parse().expect("made to fit"),
                    self.rows.column_by_name("as_of").expect("made to fit").as_primitive::<Date32Type>().value(n),
                    instant("available_at").value(n),
                    figure.is_valid(n).then(|| figure.value(n)),
                    text("availability").value(n).to_string(),
                    self.rows.column_by_name("backcast").expect("made to fit").as_boolean().value(n),
                    instant("ingested_at").value(n),
                    text("payload").value(n).to_string(),
                )
            })
            .collect();
        rows.sort();
        rows
    }
}

/// The rule of the design, for payloads in order, as plainly as it can be said.
fn replay<'a>(in_order: impl IntoIterator<Item = &'a Sent>) -> Vec<Row> {
    let mut all: BTreeMap<(u8, i32), Vec<Row>> = BTreeMap::new();
    for sent in in_order {
        let o = sent.observed_at;
        for (&(market, day), &figure) in &sent.shown {
            let vintages = all.entry((market, day)).or_default();
            let r = release_at(day);
            let (at, grade, backcast) = match vintages.last() {
                None if r <= o => (r, "rule", o > r + 4),
                None => (o, "observed", false),
                Some(last) if last.3 == figure => continue,
                Some(last) => (o.max(last.2 + 1), "observed", false),
            };
            vintages.push((market, day, at, figure, grade.into(), backcast, o, sent.sha256.clone()));
        }
    }
    all.into_values().flatten().collect()
}

/// A row without its provenance: a later payload that said the same may have come first.
fn known(rows: Vec<Row>) -> Vec<(u8, i32, i64, Option<i64>, String)> {
    rows.into_iter().map(|(market, day, at, figure, grade, ..)| (market, day, at, figure, grade)).collect()
}

fn payloads() -> impl Strategy<Value = Vec<Sent>> {
    let shown = prop::collection::btree_map((0..2u8, 0..3i32), prop::option::of(0..2i64), 1..5);
    prop::collection::vec((0..12i64, shown), 1..8).prop_map(|all| {
        let sent = all.into_iter().enumerate().map(|(n, (observed_at, shown))| Sent { observed_at, sha256: format!("{n:02}"), shown });
        sent.collect()
    })
}

fn in_order(mut all: Vec<Sent>) -> Vec<Sent> {
    all.sort_by(|a, b| (a.observed_at, &a.sha256).cmp(&(b.observed_at, &b.sha256)));
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn in_order_the_comparison_is_the_rule(all in payloads()) {
        let all = in_order(all);
        let mut store = Store::new();
        for sent in &all {
            prop_assert!(store.take(sent), "refused in order: {sent:?}");
        }
        prop_assert_eq!(store.rows(), replay(&all));
    }

    #[test]
    fn twice_is_once(all in payloads()) {
        let all = in_order(all);
        let mut store = Store::new();
        for sent in all.iter().chain(&all) {
            store.take(sent);
        }
        // The same content under another name, seen later, repeats only what is in force.
        let last = all.last().expect("at least one");
        let before = store.rows();
        store.take(&Sent { observed_at: last.observed_at + 1, sha256: "copy".into(), shown: last.shown.clone() });
        prop_assert_eq!(store.rows(), before.clone());
        prop_assert_eq!(before, replay(&all));
    }

    #[test]
    fn a_late_payload_is_refused_or_takes_its_turn(all in payloads()) {
        let mut store = Store::new();
        for sent in &all {
            let before = store.rows();
            let taken = store.take(sent);
            prop_assert!(taken || store.rows() == before);
            prop_assert_eq!(known(store.rows()), known(replay(store.taken.values())));
        }
    }
}
