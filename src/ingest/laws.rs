//! The laws of vintages, as properties over random payloads: the comparison equals a naive replay, twice is once, and a payload that comes
//! late leaves the lake as if it had come in its turn.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::Duration;
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray, new_null_array,
};
use datafusion::arrow::datatypes::{Date32Type, Int64Type, TimestampMicrosecondType};
use proptest::prelude::*;

use super::diff::Incoming;
use super::laws_store::{Store, told};
use super::replay::{Seen, replay as replayed};
use crate::lake::commit::PayloadId;
use crate::tables::{self, Table};
use crate::time::IngestTime;

/// A lag that is shorter than some of the generated delays.
const WINDOW: Duration = Duration::days(4);
const DAY: i64 = 86_400_000_000;

/// What a payload shows: by market and day, a figure that may be missing. A day is released three days after it.
type Shown = BTreeMap<(u8, i32), Option<i64>>;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Sent {
    /// In days.
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
    (i64::from(day) + 3) * DAY
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

fn seen(sent: &Sent) -> Seen {
    let payload = PayloadId { observed_at: IngestTime::from_micros(sent.observed_at * DAY), sha256: sent.sha256.clone() };
    let incoming = Incoming {
        payload,
        revises: true,
        release_window: WINDOW,
        stamped: false,
        continues: None,
        silent: Vec::new(),
        carries: false,
        of_states: false,
        corrected: Vec::new(),
    };
    Seen { incoming, rows: parsed(sent) }
}

fn rows(store: &Store) -> Vec<Row> {
    let text = |name: &str| store.rows.column_by_name(name).expect("made to fit").as_string::<i32>();
    let instant = |name: &str| store.rows.column_by_name(name).expect("made to fit").as_primitive::<TimestampMicrosecondType>();
    let figure = store.rows.column_by_name("open_interest").expect("made to fit").as_primitive::<Int64Type>();
    let mut rows: Vec<Row> = (0..store.rows.num_rows())
        .map(|n| {
            (
                text("contract_code").value(n).parse().expect("made to fit"),
                store.rows.column_by_name("as_of").expect("made to fit").as_primitive::<Date32Type>().value(n),
                instant("available_at").value(n),
                figure.is_valid(n).then(|| figure.value(n)),
                text("availability").value(n).to_string(),
                store.rows.column_by_name("backcast").expect("made to fit").as_boolean().value(n),
                instant("ingested_at").value(n),
                text("payload").value(n).to_string(),
            )
        })
        .collect();
    rows.sort();
    rows
}

/// Whether an earlier payload shows that nobody had this row when it is said to have been released.
fn is_refuted(before: &[&Sent], sent: &Sent, market: u8, day: i32) -> bool {
    before.iter().any(|other| {
        let days: Vec<i32> = other.shown.keys().filter(|(m, _)| *m == market).map(|(_, day)| *day).collect();
        let (Some(first), Some(last)) = (days.iter().min(), days.iter().max()) else { return false };
        let seen_at = other.observed_at * DAY;
        let is_present = release_at(*last) <= seen_at && seen_at <= release_at(*last) + 4 * DAY;
        other.observed_at < sent.observed_at
            && release_at(day) <= seen_at
            && *first < day
            && (day < *last || is_present)
            && !days.contains(&day)
    })
}

/// The rule of the design, for payloads in order, as plainly as it can be said.
fn replay<'a>(in_order: impl IntoIterator<Item = &'a Sent>) -> Vec<Row> {
    let mut all: BTreeMap<(u8, i32), Vec<Row>> = BTreeMap::new();
    let mut before: Vec<&Sent> = Vec::new();
    for sent in in_order {
        let o = sent.observed_at * DAY;
        for (&(market, day), &figure) in &sent.shown {
            let vintages = all.entry((market, day)).or_default();
            let r = release_at(day);
            let (at, grade, backcast) = match vintages.last() {
                None if r < o && is_refuted(&before, sent, market, day) => (o, "observed", false),
                None if r <= o => (r, "rule", o > r + 4 * DAY),
                None => (o, "observed", false),
                Some(last) if last.3 == figure => continue,
                Some(last) => (o.max(last.2 + 1), "observed", false),
            };
            vintages.push((market, day, at, figure, grade.into(), backcast, o, sent.sha256.clone()));
        }
        before.push(sent);
    }
    all.into_values().flatten().collect()
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
        let mut store = Store::new(table());
        for sent in &all {
            prop_assert!(store.take(&seen(sent)).is_some(), "not plainly added in order: {sent:?}");
        }
        prop_assert_eq!(rows(&store), replay(&all));
        let at_once = replayed(table(), &all.iter().map(seen).collect::<Vec<_>>()).expect("made to fit").expect("all alike");
        prop_assert_eq!(told(&at_once), store.told());
    }

    #[test]
    fn twice_is_once(all in payloads()) {
        let all = in_order(all);
        let mut store = Store::new(table());
        for sent in all.iter().chain(&all) {
            store.take(&seen(sent));
        }
        // The same content under another name, seen later, repeats only what is in force.
        let last = all.last().expect("at least one");
        let before = rows(&store);
        store.take(&seen(&Sent { observed_at: last.observed_at + 1, sha256: "copy".into(), shown: last.shown.clone() }));
        prop_assert_eq!(rows(&store), before.clone());
        prop_assert_eq!(before, replay(&all));
    }

    #[test]
    fn payloads_may_come_in_any_order(all in payloads()) {
        let mut store = Store::new(table());
        for sent in &all {
            store.take(&seen(sent));
        }
        let mut in_turn = Store::new(table());
        for sent in &in_order(all.clone()) {
            in_turn.take(&seen(sent));
        }
        prop_assert_eq!(rows(&store), replay(&in_order(all)));
        prop_assert_eq!(store.told(), in_turn.told());
    }
}
