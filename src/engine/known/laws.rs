//! The work on one key range against its definition, over random vintages, random hidden rows and random cuts between batches.

use std::collections::BTreeSet;

use datafusion::arrow::array::{ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray};
use datafusion::physical_expr::expressions::Column;
use futures::TryStreamExt;
use proptest::prelude::*;

use super::*;
use crate::engine::face::with_revision;

/// A vintage; none has the key, `as_of` and instant of another.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    key: &'static str,
    as_of: i32,
    at: i64,
    /// Of two columns of values.
    values: [Option<i32>; 2],
    /// Whether settings show it.
    shown: bool,
}

/// Long enough not to lie within a view, and alike at their start.
const KEYS: [&str; 3] = ["a", "a series with a long name, 1", "a series with a long name, 2"];

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let value = || prop::option::weighted(0.8, 0..2i32);
    let row = (0..KEYS.len(), 0..4i32, 0..8i64, [value(), value()], prop::bool::weighted(0.8))
        .prop_map(|(key, as_of, at, values, shown)| Row { key: KEYS[key], as_of, at, values, shown });
    prop::collection::vec(row, 1..60).prop_map(|mut rows| {
        rows.sort_by_key(|row| (row.key, row.as_of, row.at));
        rows.dedup_by_key(|row| (row.key, row.as_of, row.at));
        rows
    })
}

/// What a face shows of the rows, and the number of each one's revision: the definition, row by row.
fn expected(rows: &[Row], face: Face, limit: Option<i64>, has_settings: bool, repeats: bool) -> Vec<(Row, i64)> {
    let mut known: Vec<&Row> = rows.iter().filter(|row| limit.is_none_or(|limit| row.at <= limit)).collect();
    known.retain(|row| !has_settings || row.shown);
    let observation = |row: &Row| (row.key, row.as_of);
    if repeats {
        let last = |row: &Row| {
            let before = known.iter().filter(|other| observation(other) == observation(row) && other.at < row.at);
            before.max_by_key(|other| other.at).map(|other| other.values)
        };
        known = known.iter().copied().filter(|row| last(row) != Some(row.values)).collect();
    }
    let number = |row: &Row| known.iter().filter(|other| observation(other) == observation(row) && other.at < row.at).count() as i64;
    let is_shown = |row: &Row| match face {
        Face::Vintages => true,
        Face::Latest => !known.iter().any(|other| observation(other) == observation(row) && other.at > row.at),
        Face::Readings => {
            let has_value = |row: &Row| row.values.iter().any(Option::is_some);
            let is_newer = |other: &&&Row| other.key == row.key && other.as_of > row.as_of && has_value(other);
            has_value(row) && !known.iter().filter(is_newer).any(|newer| newer.at <= row.at)
        }
    };
    known.iter().filter(|row| is_shown(row)).map(|row| ((*row).clone(), number(row))).collect()
}

fn batch(rows: &[Row]) -> RecordBatch {
    let value = |n: usize| -> ArrayRef { Arc::new(rows.iter().map(|row| row.values[n].map(f64::from)).collect::<Float64Array>()) };
    let key: ArrayRef = Arc::new(rows.iter().map(|row| Some(row.key)).collect::<StringArray>());
    let as_of: ArrayRef = Arc::new(rows.iter().map(|row| Some(row.as_of)).collect::<Date32Array>());
    let at = rows.iter().map(|row| Some(row.at)).collect::<TimestampMicrosecondArray>().with_timezone("UTC");
    let shown: ArrayRef = Arc::new(rows.iter().map(|row| Some(row.shown)).collect::<BooleanArray>());
    let key = cast(&key, &DataType::Utf8View).expect("a text is a view");
    let columns = [
        ("key", key),
        ("as_of", as_of),
        ("available_at", Arc::new(at) as ArrayRef),
        ("one", value(0)),
        ("two", value(1)),
        ("shown", shown),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, true))).expect("made to fit")
}

/// The batches that the rows become when they are cut at these places.
fn batches(rows: &[Row], cuts: &BTreeSet<usize>) -> Vec<RecordBatch> {
    let ends = cuts.iter().map(|cut| cut % rows.len()).chain([rows.len()]).collect::<BTreeSet<_>>();
    let starts = std::iter::once(0).chain(ends.iter().copied());
    starts.zip(&ends).filter(|(start, end)| start < *end).map(|(start, end)| batch(&rows[start..*end])).collect()
}

fn run(face: Face, limit: Option<i64>, has_settings: bool, repeats: bool, revisions: bool) -> Run {
    let columns = Columns { key: vec![0], as_of: 1, available_at: 2, values: vec![3, 4], repeats };
    let plain = batch(&[]).schema();
    let fields = plain.fields().iter().map(|field| match field.data_type() {
        DataType::Utf8View => field.as_ref().clone().with_data_type(DataType::Utf8),
        _ => field.as_ref().clone(),
    });
    let mut schema = Arc::new(datafusion::arrow::datatypes::Schema::new(fields.collect::<Vec<_>>()));
    if revisions {
        schema = with_revision(&schema);
    }
    let predicate = has_settings.then(|| Arc::new(Column::new("shown", 5)) as Arc<dyn PhysicalExpr>);
    Run {
        gate: Gate { instant: limit.map(KnowledgeTime::from_micros), predicate, parts_observations: has_settings },
        shown: Shown { label: "t".into(), face, columns, revisions, equivalences: EquivalenceProperties::new(schema.clone()), schema },
    }
}

/// The rows of a face, as the definition gives them.
fn said(run: &Run, input: Vec<RecordBatch>) -> Vec<RecordBatch> {
    let schema = batch(&[]).schema();
    let stream = futures::stream::iter(input.into_iter().map(Ok));
    let stream: SendableRecordBatchStream = Box::pin(RecordBatchStreamAdapter::new(schema, stream));
    futures::executor::block_on(run.clone().over(stream).try_collect()).expect("rows of one schema")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_face_is_what_it_is_defined_to_be_wherever_batches_are_cut(
        rows in rows(),
        cuts in prop::collection::btree_set(0..60usize, 0..20),
        limit in prop::option::weighted(0.8, -1..8i64),
        has_settings: bool,
        repeats: bool,
        revisions: bool,
    ) {
        for face in Face::ALL {
            let run = run(face, limit, has_settings, repeats, revisions);
            let found = said(&run, batches(&rows, &cuts));
            let expected = expected(&rows, face, limit, has_settings, repeats);
            let (expected_rows, numbers): (Vec<Row>, Vec<i64>) = expected.into_iter().unzip();
            let found = datafusion::arrow::compute::concat_batches(&run.shown.schema, &found).expect("one schema");
            let mut columns: Vec<ArrayRef> = run.given_out(batch_of(&expected_rows, &numbers, revisions)).expect("texts").columns().to_vec();
            let found = found.columns().to_vec();
            if face == Face::Readings {
                // in order of publication is what is promised of them; by observation they are as well
                prop_assert!(is_ordered(&found), "{face:?}: {found:?}");
            }
            columns.truncate(found.len());
            prop_assert_eq!(found, columns, "{:?}", face);
        }
    }
}

fn batch_of(rows: &[Row], numbers: &[i64], revisions: bool) -> RecordBatch {
    let plain = batch(rows);
    if !revisions {
        return plain;
    }
    let mut columns = plain.columns().to_vec();
    columns.push(Arc::new(Int64Array::from(numbers.to_vec())));
    RecordBatch::try_new(with_revision(&plain.schema()), columns).expect("made to fit")
}

/// Whether rows are in order of key and publication.
fn is_ordered(columns: &[ArrayRef]) -> bool {
    let keys: Vec<&str> = columns[0].as_string::<i32>().iter().flatten().collect();
    let at = columns[2].as_primitive::<TimestampMicrosecondType>().values();
    let order: Vec<(&str, i64)> = keys.into_iter().zip(at.iter().copied()).collect();
    order.is_sorted()
}
