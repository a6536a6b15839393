//! As-of joins of random tables against the same join said the slow way, with batches cut everywhere.

use std::sync::Arc;

use datafusion::arrow::array::Array;
use datafusion::arrow::array::{ArrayRef, Int64Array, StringArray, TimestampMicrosecondArray};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::cast::as_int64_array;
use datafusion::datasource::MemTable;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::collect;
use proptest::prelude::*;

use crate::config::Config;
use crate::engine::context::{Policy, StatementContext};
use crate::engine::{Core, core, honoured, parse};
use crate::lake::Lake;

/// Two keys, an instant, which may lie before 1970, and a number.
type Row = ((Option<u8>, Option<i64>), Option<i64>, i64);

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let keys = (prop::option::weighted(0.9, 0u8..3), prop::option::weighted(0.9, 0i64..2));
    let row = (keys, prop::option::weighted(0.9, -5i64..5));
    prop::collection::vec(row, 0..14).prop_map(|rows| rows.into_iter().enumerate().map(|(n, (keys, at))| (keys, at, n as i64)).collect())
}

fn table(rows: &[Row], cuts: usize) -> MemTable {
    let batch = |rows: &[Row]| {
        let key: ArrayRef = Arc::new(rows.iter().map(|row| row.0.0.map(|key| format!("key {key}"))).collect::<StringArray>());
        let of: ArrayRef = Arc::new(rows.iter().map(|row| row.0.1).collect::<Int64Array>());
        let at: ArrayRef = Arc::new(rows.iter().map(|row| row.1).collect::<TimestampMicrosecondArray>().with_timezone("UTC"));
        let n: ArrayRef = Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row.2)));
        RecordBatch::try_from_iter_with_nullable([("key", key, true), ("of", of, true), ("at", at, true), ("n", n, true)])
            .expect("columns of one length")
    };
    let batches: Vec<RecordBatch> = rows.chunks(cuts.max(1)).map(batch).collect();
    MemTable::try_new(batch(&[]).schema(), vec![batches]).expect("a table")
}

fn naive(left: &[Row], right: &[Row], op: &str, within: Option<i64>, n_keys: usize) -> Vec<(i64, Option<i64>)> {
    let fits = |l: i64, r: i64| match op {
        ">=" => r <= l && within.is_none_or(|w| l <= r + w),
        ">" => r < l && within.is_none_or(|w| l <= r + w),
        "<=" => r >= l && within.is_none_or(|w| l >= r - w),
        _ => r > l && within.is_none_or(|w| l >= r - w),
    };
    let of = |row: &Row| {
        let is_same =
            |r: &Row| (n_keys < 1 || (row.0.0.is_some() && row.0.0 == r.0.0)) && (n_keys < 2 || (row.0.1.is_some() && row.0.1 == r.0.1));
        let candidates = right.iter().filter(|r| is_same(r));
        let fitting = candidates.filter_map(|r| Some((r.1?, r.2))).filter(|(at, _)| row.1.is_some_and(|l| fits(l, *at)));
        // of several at one instant the last by number, which is all that tells them apart
        let best = if op.starts_with('>') { fitting.max() } else { fitting.min_by_key(|(at, n)| (*at, -n)) };
        (row.2, best.map(|(_, n)| n))
    };
    left.iter().map(of).collect()
}

async fn planned(sql: &str, left: MemTable, right: MemTable) -> (SessionState, LogicalPlan) {
    let config = Arc::new(Config::built_in().expect("the built-in configuration"));
    let lake = Arc::new(Lake::on(Arc::new(datafusion::object_store::memory::InMemory::new())));
    let core = Arc::new(Core::new("nowhere".into(), lake.clone(), config.clone()).expect("a core"));
    core.keep_table("l".into(), Arc::new(left));
    core.keep_table("r".into(), Arc::new(right));
    let context = Arc::new(StatementContext::new(None, Policy::default(), lake, config, None));
    let mut statement = parse::statement(sql).expect("it parses").expect("one statement");
    let checked = honoured::check(&mut statement, core.kinds()).expect("nothing is refused");
    let state = core.state(context, &checked);
    let plan = core::plan(&state, statement).await.expect("it plans");
    (state, plan)
}

async fn answer(sql: &str, left: MemTable, right: MemTable) -> Vec<(i64, Option<i64>)> {
    let (state, plan) = planned(sql, left, right).await;
    let plan = state.create_physical_plan(&plan).await.expect("it plans");
    let batches = collect(plan, state.task_ctx()).await.expect("it runs");
    let pairs = |batch: &RecordBatch| {
        let (l, r) = (as_int64_array(batch.column(0)).expect("numbers"), as_int64_array(batch.column(1)).expect("numbers"));
        (0..batch.num_rows()).map(|i| (l.value(i), r.is_valid(i).then(|| r.value(i)))).collect::<Vec<_>>()
    };
    batches.iter().flat_map(pairs).collect()
}

#[tokio::test]
async fn what_is_asked_of_the_left_side_is_asked_below_the_join() {
    let explained = async |filter: &str| {
        let sql = format!("SELECT l.n, r.n FROM l ASOF JOIN r MATCH_CONDITION (l.at >= r.at) USING (key) WHERE {filter}");
        let (state, plan) = planned(&sql, table(&[], 1), table(&[], 1)).await;
        let text = state.optimize(&plan).expect("it can be optimized").display_indent().to_string();
        text.lines().map(str::trim).filter(|line| !line.starts_with("Projection")).map(str::to_string).collect::<Vec<_>>()
    };
    let join = "AsOfJoin: match [l.at >= r.at] on [l.key = r.key]";
    let (left, right) = ("TableScan: l projection=[key, at, n]", "TableScan: r projection=[key, at, n]");
    let of_key = [join, "Filter: l.key = Utf8(\"a\") AND l.n > Int64(1)", left, "Filter: r.key = Utf8(\"a\")", right];
    assert_eq!(explained("key = 'a' AND l.n > 1").await, of_key);
    // below the join it would let an older row be matched
    assert_eq!(explained("r.n > 1").await, ["Filter: r.n > Int64(1)", join, left, right]);
    assert_eq!(explained("l.n > r.n").await, ["Filter: r.n < l.n", join, left, right]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]
    #[test]
    fn is_the_join_said_the_slow_way(
        left in rows(), right in rows(), cuts in (1usize..6, 1usize..6), which in 0usize..4, within in prop::option::of(0i64..4),
        n_keys in 0usize..3, is_sorted in any::<bool>(),
    ) {
        let op = [">=", ">", "<=", "<"][which];
        let mut left = left;
        if is_sorted {
            left.sort();
        }
        let bound = match (within, op.starts_with('>')) {
            (None, _) => String::new(),
            (Some(w), true) => format!(" AND l.at <= r.at + INTERVAL '{w} microseconds'"),
            (Some(w), false) => format!(" AND r.at - INTERVAL '{w} microseconds' <= l.at"),
        };
        let on = ["", " ON l.key = r.key", " ON l.key = r.key AND r.of = l.of"][n_keys];
        let sql = format!("SELECT l.n, r.n FROM l ASOF JOIN r MATCH_CONDITION (l.at {op} r.at{bound}){on}");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let mut said = runtime.block_on(answer(&sql, table(&left, cuts.0), table(&right, cuts.1)));
        said.sort_unstable();
        let mut expected = naive(&left, &right, op, within, n_keys);
        expected.sort_unstable();
        prop_assert_eq!(said, expected, "{}", sql);
    }
}
