//! The laws of stamped vintages, as properties over random payloads: what a table holds follows from what was published, in whatever order
//! the payloads came and however they overlap.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::Duration;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, Date32Array, Float64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use datafusion::arrow::array::{Int64Array, new_null_array};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{Date32Type, Float64Type, TimestampMicrosecondType};
use proptest::prelude::*;

use super::diff::{Incoming, News, Others, Outcome, diff};
use super::laws_store::{Store, told};
use super::pieces::by_key;
use super::replay::{Seen, replay};
use crate::lake::commit::PayloadId;
use crate::tables::{FUTURES_STATISTICS, Table};
use crate::time::IngestTime;

/// Seen after everything was published.
const OBSERVED_AT: i64 = 1_000;

static TABLE: &Table = &FUTURES_STATISTICS;

/// A publication: instrument, day, stamp → figure, NULL where it was taken back.
type Published = BTreeMap<(i64, i32, i64), Option<i64>>;

fn parsed(sent: &Published) -> RecordBatch {
    let n = sent.len();
    let schema = TABLE.parsed_schema();
    let columns = schema.fields().iter().map(|field| match field.name().as_str() {
        "as_of" => Arc::new(Date32Array::from_iter_values(sent.keys().map(|(_, day, _)| *day))) as ArrayRef,
        "instrument_id" => Arc::new(Int64Array::from_iter_values(sent.keys().map(|(id, ..)| *id))),
        "value" => Arc::new(sent.values().map(|value| value.map(|v| v as f64)).collect::<Float64Array>()),
        "dataset" | "stat" | "symbol" => Arc::new(StringArray::from(vec!["x"; n])),
        "release_at" => Arc::new(TimestampMicrosecondArray::from_iter_values(sent.keys().map(|(.., at)| *at)).with_timezone("UTC")),
        "release_grade" => Arc::new(StringArray::from(vec!["stamped"; n])),
        _ => new_null_array(field.data_type(), n),
    });
    RecordBatch::try_new(schema.clone(), columns.collect()).expect("made to fit")
}

fn take(stored: &RecordBatch, sent: &Published, observed_at: i64, name: &str) -> News {
    take_rows(stored, parsed(sent), observed_at, name)
}

fn take_rows(stored: &RecordBatch, sent: RecordBatch, observed_at: i64, name: &str) -> News {
    let payload = PayloadId { observed_at: IngestTime::from_micros(observed_at), sha256: name.into() };
    let incoming = Incoming {
        payload,
        revises: true,
        release_window: Duration::microseconds(1),
        stamped: true,
        continues: None,
        silent: Vec::new(),
        carries: false,
        of_states: false,
        corrected: Vec::new(),
    };
    match diff(TABLE, &incoming, &[sent], stored, &Others::default()).expect("made to fit") {
        Outcome::News(news) => news,
        other => panic!("not taken: {other:?}"),
    }
}

fn take_all<'a>(payloads: impl IntoIterator<Item = &'a Published>) -> RecordBatch {
    let mut stored = RecordBatch::new_empty(TABLE.stored_schema());
    for (n, sent) in payloads.into_iter().enumerate() {
        let news = take(&stored, sent, OBSERVED_AT + n as i64, &n.to_string());
        assert_eq!((news.revised, news.contradicted), (0, 0));
        assert_eq!(news.new + news.repeated, sent.len());
        stored = concat_batches(&TABLE.stored_schema(), [&stored, &news.rows]).expect("made to fit");
    }
    stored
}

/// Instrument, day, `available_at`, figure, availability and backcast.
fn rows(stored: &RecordBatch) -> BTreeSet<(i64, i32, i64, Option<i64>, String, bool)> {
    let column = |name: &str| stored.column_by_name(name).expect("made to fit");
    let id = column("instrument_id").as_primitive::<datafusion::arrow::datatypes::Int64Type>();
    let value = column("value").as_primitive::<Float64Type>();
    (0..stored.num_rows())
        .map(|n| {
            let day = column("as_of").as_primitive::<Date32Type>().value(n);
            let at = column("available_at").as_primitive::<TimestampMicrosecondType>().value(n);
            let figure = value.is_valid(n).then(|| value.value(n) as i64);
            let grade = column("availability").as_string::<i32>().value(n).to_string();
            (id.value(n), day, at, figure, grade, column("backcast").as_boolean().value(n))
        })
        .collect()
}

fn published() -> impl Strategy<Value = Published> {
    prop::collection::btree_map((0..2i64, 0..3i32, 0..6i64), prop::option::of(0..2i64), 1..12)
}

proptest! {
    #[test]
    fn the_order_and_the_cut_of_payloads_mean_nothing(all in published(), cut in 0..6i64, overlap in 0..3i64) {
        let early: Published = all.iter().filter(|((.., at), _)| *at <= cut + overlap).map(|(k, v)| (*k, *v)).collect();
        let late: Published = all.iter().filter(|((.., at), _)| *at > cut).map(|(k, v)| (*k, *v)).collect();
        let expected: BTreeSet<_> = all.iter().map(|((id, day, at), v)| (*id, *day, *at, *v, "stamped".to_string(), false)).collect();
        for order in [[&early, &late], [&late, &early]] {
            let stored = take_all(order);
            prop_assert_eq!(rows(&stored), expected.clone());
            prop_assert_eq!(stored.num_rows(), expected.len());
        }
        prop_assert_eq!(rows(&take_all([&all, &all, &early])), expected);
    }
}

proptest! {
    #[test]
    fn pieces_of_a_payload_are_what_the_whole_is(first in published(), second in published()) {
        let stored = take(&RecordBatch::new_empty(TABLE.stored_schema()), &first, OBSERVED_AT, "a").rows;
        let whole = take(&stored, &second, OBSERVED_AT + 9, "b");
        let pieces = by_key(TABLE, &parsed(&second), 1).expect("made to fit").expect("in order");
        let news: Vec<News> = pieces.iter().map(|piece| take_rows(&stored, piece.clone(), OBSERVED_AT + 9, "b")).collect();
        let joined = concat_batches(&TABLE.stored_schema(), news.iter().map(|news| &news.rows)).expect("made to fit");
        prop_assert_eq!(&joined, &whole.rows);
        let figures = |news: &News| [news.new, news.repeated, news.revised, news.contradicted];
        let sum = news.iter().map(figures).fold([0; 4], |sum, of| [sum[0] + of[0], sum[1] + of[1], sum[2] + of[2], sum[3] + of[3]]);
        prop_assert_eq!(sum, figures(&whole));
    }
}

#[test]
fn a_figure_that_changed_under_its_stamp_is_a_revision_of_the_day_it_was_seen() {
    let one = |value| Published::from([((1, 0, 5), Some(value))]);
    let stored = take(&RecordBatch::new_empty(TABLE.stored_schema()), &one(1), OBSERVED_AT, "a").rows;
    let news = take(&stored, &one(2), OBSERVED_AT + 9, "b");
    assert_eq!((news.new, news.revised), (0, 1));
    assert_eq!(rows(&news.rows), BTreeSet::from([(1, 0, OBSERVED_AT + 10, Some(2), "observed".to_string(), false)]));
    let stored = concat_batches(&TABLE.stored_schema(), [&stored, &news.rows]).expect("made to fit");
    assert_eq!(take(&stored, &one(2), OBSERVED_AT + 20, "c").repeated, 1, "seen again it is nothing new");
}

#[test]
fn a_superseded_figure_that_changed_is_counted_and_left_out() {
    let sent = |first| Published::from([((1, 0, 5), Some(first)), ((1, 0, 6), Some(7))]);
    let stored = take(&RecordBatch::new_empty(TABLE.stored_schema()), &sent(1), OBSERVED_AT, "a").rows;
    let news = take(&stored, &sent(2), OBSERVED_AT + 9, "b");
    assert_eq!((news.new, news.revised, news.repeated, news.contradicted), (0, 0, 1, 1));
}

/// Payloads of a provider that changes what it has said, under stamps and between them: observed at, name, content.
fn changing() -> impl Strategy<Value = Vec<Seen>> {
    let sent = prop::collection::btree_map((0..2i64, 0..2i32, 0..8i64), prop::option::of(0..3i64), 1..5);
    prop::collection::vec((0..10i64, sent), 1..7).prop_map(|all| {
        let seen = |(n, (observed_at, sent)): (usize, (i64, Published))| {
            // stamps that had not come yet are of this moment: one of an observation
            let mut sent = sent;
            let ahead: Vec<_> = sent.keys().filter(|(.., at)| *at >= observed_at).copied().collect();
            for pair in ahead.windows(2).filter(|pair| (pair[0].0, pair[0].1) == (pair[1].0, pair[1].1)) {
                sent.remove(&pair[1]);
            }
            let payload = PayloadId { observed_at: IngestTime::from_micros(observed_at), sha256: format!("{n:02}") };
            let incoming = Incoming {
                payload,
                revises: true,
                release_window: Duration::microseconds(1),
                stamped: true,
                continues: None,
                silent: Vec::new(),
                carries: false,
                of_states: false,
                corrected: Vec::new(),
            };
            Seen { incoming, rows: parsed(&sent) }
        };
        all.into_iter().enumerate().map(seen).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn payloads_that_contradict_each_other_may_come_in_any_order(all in changing()) {
        let mut in_order = all.clone();
        in_order.sort_by(|a, b| a.incoming.payload.cmp(&b.incoming.payload));
        let expected = replay(TABLE, &in_order).expect("made to fit").expect("all stamped");
        for order in [&all, &in_order] {
            let mut store = Store::new(TABLE);
            order.iter().for_each(|seen| { store.take(seen); });
            prop_assert_eq!(told(&expected), store.told());
        }
        // no two rows name the same vintage
        let stamps: BTreeSet<_> = rows(&expected).into_iter().map(|(id, day, at, ..)| (id, day, at)).collect();
        prop_assert_eq!(stamps.len(), expected.num_rows());
    }
}

#[test]
fn what_is_said_under_an_older_stamp_is_no_news_once_a_newer_one_has_come() {
    let sent = |observed_at, name: &str, stamp, value| {
        let payload = PayloadId { observed_at: IngestTime::from_micros(observed_at), sha256: name.into() };
        let incoming = Incoming {
            payload,
            revises: true,
            release_window: Duration::microseconds(1),
            stamped: true,
            continues: None,
            silent: Vec::new(),
            carries: false,
            of_states: false,
            corrected: Vec::new(),
        };
        Seen { incoming, rows: parsed(&Published::from([((1, 0, stamp), Some(value))])) }
    };
    let three = [sent(100, "a", 5, 1), sent(200, "b", 5, 2), sent(300, "c", 6, 3)];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut store = Store::new(TABLE);
        order.into_iter().for_each(|at| {
            store.take(&three[at]);
        });
        let found: Vec<_> = rows(&store.rows).into_iter().map(|(_, _, at, value, ..)| (at, value)).collect();
        assert_eq!(found, [(5, Some(1)), (6, Some(3))], "{order:?}");
    }
}
