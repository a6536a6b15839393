//! Rolling windows over the scan of a lake that is larger than a batch: the operator says to the last bit what the general way says of a copy,
//! however the files are cut, and its plan neither sorts nor repartitions.

use std::path::Path;

use chrono::Days;
use contango::lake::Lake;
use contango::time::Availability;

use crate::support::macro_series::{Print, write_into};
use crate::support::{day, instant, rows, session};

/// So ordered that two payloads hold three series each, and no series stands in both.
const SERIES: [&str; 6] = ["A", "D", "B", "E", "C", "F"];
const DAYS: u64 = 2_000;

/// Values that no sum of is exact, of a level that jumps, with holes.
fn prints() -> Vec<Print> {
    let noise = |n: u64| (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as f64 / 1e7;
    let print = |n: u64, (at, series_id): (usize, &&'static str)| {
        let as_of = day("2000-01-01").checked_add_days(Days::new(n)).expect("a day");
        let level = if n > 1_000 { 1e6 } else { 1.0 };
        Print {
            source: "fred",
            series_id,
            as_of,
            available_at: instant(&format!("{as_of} 21:00:00Z")),
            availability: Availability::Stamped,
            backcast: false,
            value: (n % 97 != 13).then(|| level + noise(n * 6 + at as u64)),
        }
    };
    (0..DAYS).flat_map(|n| SERIES.iter().enumerate().map(move |series| print(n, series))).collect()
}

const OVER: &str = "(PARTITION BY series_id ORDER BY as_of ROWS 39 PRECEDING)";

/// What is asked of a table `t`, and whether the operator answers.
fn questions() -> Vec<(String, bool)> {
    let all = format!(
        "zscore(value) OVER {OVER}, rolling_mean(value) OVER {OVER}, rolling_std(value) OVER {OVER}, percentile_rank(value) OVER {OVER}"
    );
    let of = |shown: &str, from: &str| format!("SELECT series_id, as_of, {shown} FROM {from}");
    vec![
        (of(&all, "t"), true),
        (of(&all, "t WHERE value > 2"), true),
        (of(&all, "t WHERE series_id IN ('B', 'E') AND as_of > DATE '2002-05-05'"), true),
        (of(&format!("zscore(v) OVER {OVER}"), "(SELECT *, value * 3 - 1 AS v FROM t)"), true),
        (of(&format!("zscore(value * value) OVER {OVER}"), "t WHERE value < 1e6 + 1"), true),
        (of("rolling_std(value) OVER (PARTITION BY series_id ORDER BY as_of ROWS UNBOUNDED PRECEDING)", "t"), true),
        (of("rolling_mean(value) OVER (PARTITION BY series_id, source ORDER BY as_of ROWS 5 PRECEDING)", "t"), true),
        (of("rolling_mean(value) OVER (ORDER BY as_of ROWS 5 PRECEDING)", "t WHERE series_id = 'C'"), true),
        // a window over a window
        (of(&format!("rolling_mean(z) OVER {OVER}"), &format!("(SELECT *, zscore(value) OVER {OVER} AS z FROM t)")), true),
        // another function, another order, other rows: the general way
        (of(&format!("zscore(value) OVER {OVER}, avg(value) OVER {OVER}"), "t"), false),
        (of("rolling_mean(value) OVER (PARTITION BY series_id ORDER BY as_of DESC ROWS 39 PRECEDING)", "t"), false),
        (of("rolling_mean(value) OVER (PARTITION BY as_of ORDER BY series_id ROWS 1 PRECEDING)", "t"), false),
        (of("rolling_mean(value) OVER (PARTITION BY series_id ORDER BY as_of RANGE INTERVAL '9 days' PRECEDING)", "t"), false),
        (of(&format!("zscore(value) OVER {OVER}"), "(SELECT * FROM t ORDER BY series_id, as_of LIMIT 9000)"), false),
    ]
}

async fn lake(data: &Path, n_payloads: usize) {
    write_into(&Lake::new(data).expect("a lake"), &prints(), n_payloads).await;
}

#[tokio::test]
async fn a_copy_says_what_the_scan_says_however_files_are_cut() {
    let mut first: Option<Vec<Vec<Vec<String>>>> = None;
    // one range that fills one partition of two, two ranges side by side, one range that is merged from files
    for (n_payloads, n_ranges) in [(1, 1), (2, 2), (5, 1)] {
        let folder = tempfile::tempdir().expect("a folder");
        lake(folder.path(), n_payloads).await;
        let mut session = session(folder.path(), None, None);
        rows(&mut session, "CREATE TABLE copy AS SELECT source, series_id, as_of, value FROM macro_series").await.expect("a copy");
        let mut said = Vec::new();
        for (question, is_rolled) in questions() {
            let of = |table: &str| question.replace("FROM t", &format!("FROM {table}")) + " ORDER BY series_id, as_of";
            let plan = rows(&mut session, &format!("EXPLAIN {}", of("macro_series"))).await.expect("a plan");
            let plan = plan.into_iter().find(|row| row[0] == "physical_plan").expect("a physical plan").remove(1);
            assert_eq!(plan.contains("RollingExec"), is_rolled, "{question}\n{plan}");
            if is_rolled {
                // what is asked for in the order of the files is merged, and nothing else is done to it
                assert!(!plan.contains("SortExec") && !plan.contains("RepartitionExec"), "{question}\n{plan}");
                assert!(question.contains("WHERE series_id") || plan.contains(&format!("ranges={n_ranges}")), "{question}\n{plan}");
            }
            let scanned = rows(&mut session, &of("macro_series")).await.expect("rows");
            let copied = rows(&mut session, &of("copy")).await.expect("rows");
            assert!(!scanned.is_empty());
            let differing = scanned.iter().zip(&copied).find(|(a, b)| a != b);
            assert!(scanned.len() == copied.len() && differing.is_none(), "{n_payloads} payloads: {question}: {differing:?}");
            said.push(scanned);
        }
        match &first {
            None => first = Some(said),
            Some(first) => assert!(*first == said, "{n_payloads} payloads say something else than one"),
        }
    }
}

#[tokio::test]
async fn a_window_under_a_clock_is_the_window_of_a_lake_cut_there() {
    let clock = instant("2003-08-01 12:00:00Z");
    let (full, cut) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    lake(full.path(), 2).await;
    let known: Vec<Print> = prints().into_iter().filter(|print| print.available_at <= clock).collect();
    write_into(&Lake::new(cut.path()).expect("a lake"), &known, 1).await;
    let (mut full, mut cut) = (session(full.path(), Some(clock), None), session(cut.path(), None, Some(clock)));
    for (question, _) in questions() {
        let of = question.replace("FROM t", "FROM macro_series") + " ORDER BY series_id, as_of";
        assert_eq!(rows(&mut full, &of).await.expect("rows"), rows(&mut cut, &of).await.expect("rows"), "{question}");
    }
}
