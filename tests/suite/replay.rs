//! Replays over series with true vintages: what was shown before does not change, each instant is the table as known then, and the plan
//! sorts nothing.

use std::path::Path;
use std::sync::Arc;

use chrono::NaiveDate;
use contango::lake::Lake;
use contango::lake::commit::PayloadId;
use contango::tables;
use contango::time::IngestTime;
use datafusion::arrow::array::{ArrayRef, BooleanArray, Date32Array, Float64Array, StringArray, TimestampMicrosecondArray};
use datafusion::arrow::record_batch::RecordBatch;

use crate::support::{day, instant, rows, session};

const DAY: i64 = 86_400_000_000;

/// Source, series, day of the value (from 1970), known at, value.
type Vintage = (&'static str, &'static str, i32, i64, Option<f64>);

async fn write(data: &Path, vintages: &[Vintage], n_payloads: usize) {
    let part = |part: usize| vintages.iter().enumerate().filter(move |(i, _)| i % n_payloads == part).map(|(_, v)| *v).collect();
    write_payloads(data, (0..n_payloads).map(part).collect()).await;
}

async fn write_payloads(data: &Path, payloads: Vec<Vec<Vintage>>) {
    let lake = Lake::new(data).expect("a lake");
    let table = tables::get("macro_series");
    for (part, mut own) in payloads.into_iter().enumerate() {
        own.sort_by_key(|v| (v.0, v.1, v.2, v.3));
        if own.is_empty() {
            continue;
        }
        let text = |of: &dyn Fn(&Vintage) -> String| Arc::new(own.iter().map(|v| Some(of(v))).collect::<StringArray>()) as ArrayRef;
        let instants = || Arc::new(own.iter().map(|v| Some(v.3)).collect::<TimestampMicrosecondArray>().with_timezone("UTC")) as ArrayRef;
        let column = |name: &str| match name {
            "source" => text(&|v| v.0.into()),
            "series_id" => text(&|v| v.1.into()),
            "as_of" => Arc::new(own.iter().map(|v| Some(v.2)).collect::<Date32Array>()) as ArrayRef,
            "value" => Arc::new(own.iter().map(|v| v.4).collect::<Float64Array>()),
            "available_at" | "ingested_at" => instants(),
            "availability" => text(&|_| "stamped".into()),
            "backcast" => Arc::new(own.iter().map(|_| Some(false)).collect::<BooleanArray>()),
            _ => text(&|_| "0".repeat(64)),
        };
        let columns = table.stored().map(|c| column(c.name)).collect();
        let batch = RecordBatch::try_new(table.stored_schema(), columns).expect("a batch in the stored schema");
        let payload = PayloadId { observed_at: IngestTime::from_micros(part as i64), sha256: format!("{part:064x}") };
        let log = lake.log(table).await.expect("the log");
        lake.append(table, &log, &payload, &batch).await.expect("a commit").expect("no other writer");
    }
}

/// Days from 1970 to the first of the n-th month of 2000.
fn first_of_month(n: i32) -> i32 {
    let date = NaiveDate::from_ymd_opt(2000 + n / 12, 1 + (n % 12) as u32, 1).expect("a month");
    date.signed_duration_since(NaiveDate::default()).num_days() as i32
}

/// Three series of about two years, each month revised a few times, some of it taken back.
fn random(seed: u64) -> Vec<Vintage> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut below = |n: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % n
    };
    let mut vintages = Vec::new();
    for series in ["GDP", "PAYEMS", "UNRATE"] {
        let first_known = below(3) as i32;
        for month in 0..26 {
            let mut known_at = i64::from(first_of_month(month.max(first_known)) + 35) * DAY;
            let mut before = None;
            for _ in 0..1 + below(4) {
                let value = (below(10) > 0).then(|| below(400) as f64 / 8.0);
                if before != Some(value) {
                    vintages.push(("fred", series, first_of_month(month), known_at, value));
                }
                before = Some(value);
                known_at += (1 + below(45) as i64) * DAY;
            }
        }
    }
    vintages
}

/// Calls, and the column that says when a row was known.
const CALLS: [(&str, &str); 9] = [
    ("zscore('macro_series', window => 12)", "known_at"),
    ("zscore('macro_series', ['GDP', 'UNRATE'], window => 5, transform => 'pc1', min_periods => 3)", "known_at"),
    ("zscore('macro_series', 'PAY%', window => 6, transform => 'chg', every => '10 days', from => '2000-03-01')", "known_at"),
    ("percentile_rank('macro_series', window => 7, every => '1 month')", "known_at"),
    ("rolling_mean('macro_series', 'GDP', window => 4)", "known_at"),
    ("rolling_std('macro_series', window => 9, transform => 'pch')", "known_at"),
    ("yoy('macro_series')", "known_at"),
    ("as_known_panel('macro_series', last => 4, every => '3 weeks', from => '2000-06-01')", "known_at"),
    ("first_release('macro_series', transform => 'chg')", "available_at"),
];

#[tokio::test]
async fn what_was_shown_at_an_instant_is_what_was_known_then() {
    for seed in 1..=4 {
        let vintages = random(seed);
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), &vintages, 1 + seed as usize).await;
        let late = instant("2002-01-15 12:00:00Z");
        for at in ["2001-05-02 00:00:00Z", "2001-09-20 00:00:00Z"].map(instant) {
            let cut = tempfile::tempdir().expect("a folder");
            let known: Vec<Vintage> = vintages.iter().filter(|v| v.3 <= at.micros()).copied().collect();
            write(cut.path(), &known, 2).await;
            for (call, known_at) in CALLS {
                let ask = async |data: &Path, clock, now, filter: &str| {
                    let order = format!("SELECT * FROM {call}{filter} ORDER BY series_id, {known_at}, as_of");
                    rows(&mut session(data, clock, now), &order).await.unwrap_or_else(|e| panic!("{call}: {e}"))
                };
                let then = ask(folder.path(), Some(at), None, "").await;
                assert!(!then.is_empty(), "{call} shows nothing at {at}");
                let later = ask(folder.path(), Some(late), None, &format!(" WHERE {known_at} <= TIMESTAMP '{at}'")).await;
                assert_eq!(then, later, "seed {seed}: {call} at {at}");
                assert_eq!(then, ask(cut.path(), None, Some(at), "").await, "seed {seed}: {call} on a lake cut at {at}");
            }
        }
    }
}

#[tokio::test]
async fn each_step_is_the_table_as_known_then() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), &random(9), 3).await;
    let mut session = session(folder.path(), None, None);
    for at in ["2000-05-01 00:00:00Z", "2000-12-24 00:00:00Z", "2001-11-07 06:00:00Z"] {
        let panel = format!(
            "SELECT series_id, as_of, value, available_at FROM as_known_panel('macro_series', last => 5, every => '1 day', from => '{at}', to => '{at}') ORDER BY series_id, as_of"
        );
        let table = format!(
            "SELECT series_id, as_of, value, available_at FROM macro_series FOR SYSTEM_TIME AS OF '{at}' WHERE value IS NOT NULL
             QUALIFY row_number() OVER (PARTITION BY series_id ORDER BY as_of DESC) <= 5 ORDER BY series_id, as_of"
        );
        let panel = rows(&mut session, &panel).await.expect("a panel");
        assert!(!panel.is_empty());
        assert_eq!(panel, rows(&mut session, &table).await.expect("the table"), "at {at}");
    }
}

#[tokio::test]
async fn nothing_is_sorted_and_only_the_series_asked_for_are_read() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), &random(2), 3).await;
    let mut session = session(folder.path(), None, None);
    let mut plan = async |query: &str| -> String {
        let plan = rows(&mut session, &format!("EXPLAIN {query}")).await.expect("a plan");
        plan.iter().filter(|row| row[0] == "physical_plan").map(|row| row[1].clone()).collect()
    };
    let of_one = plan("SELECT * FROM zscore('macro_series', 'GDP', window => 12) ORDER BY series_id, known_at").await;
    assert!(of_one.contains("ReplayExec") && !of_one.contains("SortExec"), "{of_one}");
    assert!(of_one.contains("predicate=series_id@") && !of_one.contains("FilterExec"), "{of_one}");
    let of_all = plan("SELECT * FROM as_known_panel('macro_series', last => 3, source => 'fred')").await;
    assert!(!of_all.contains("SortExec"), "{of_all}");
    let of_some = plan("SELECT * FROM zscore('macro_series', window => 12) WHERE series_id = 'GDP' AND n > 3").await;
    let scan = of_some.lines().find(|line| line.contains("KnownExec")).expect("a scan");
    assert!(scan.contains("predicate=series_id@") && scan.contains("GDP"), "{of_some}");
}

#[tokio::test]
async fn files_of_their_own_series_are_replayed_side_by_side() {
    let vintages = random(7);
    let (apart, together) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let of = |series: &str| vintages.iter().filter(|v| v.1 == series).copied().collect::<Vec<_>>();
    write_payloads(apart.path(), vec![of("UNRATE"), of("GDP"), of("PAYEMS")]).await;
    write(together.path(), &vintages, 3).await;
    let (mut apart, mut together) = (session(apart.path(), None, None), session(together.path(), None, None));
    let plan = rows(&mut apart, "EXPLAIN SELECT * FROM zscore('macro_series', window => 12)").await.expect("a plan");
    let plan = plan.into_iter().find(|row| row[0] == "physical_plan").expect("a physical plan").remove(1);
    assert!(plan.contains("ranges=3") && !plan.contains("Merge") && !plan.contains("Coalesce") && !plan.contains("Repartition"), "{plan}");
    for (call, known_at) in CALLS {
        let statement = format!("SELECT * FROM {call} ORDER BY series_id, {known_at}, as_of");
        let expected = rows(&mut together, &statement).await.expect("rows");
        assert_eq!(rows(&mut apart, &statement).await.expect("rows"), expected, "{call}");
    }
}

#[tokio::test]
async fn one_name_in_two_sources_is_an_error_and_a_missing_series_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let known_at = instant("2000-03-01 00:00:00Z").micros();
    let vintages: Vec<Vintage> =
        vec![("fred", "GDP", 0, known_at, Some(1.0)), ("fred", "PAYEMS", 0, known_at, Some(2.0)), ("mine", "GDP", 0, known_at, Some(3.0))];
    write(folder.path(), &vintages, 1).await;
    let mut session = session(folder.path(), None, None);
    let error = rows(&mut session, "SELECT * FROM zscore('macro_series', window => 2)").await.expect_err("two series of one name");
    assert_eq!(error.message(), "`macro_series` holds `GDP` from `fred` and from `mine`");
    assert_eq!(error.hint_text(), Some("choose one: source => 'fred'"));
    let value = rows(&mut session, "SELECT value FROM zscore('macro_series', 'GDP', window => 2, source => 'mine')").await;
    assert_eq!(value.expect("one source"), [["3.0"]]);

    let statement = "SELECT * FROM yoy('macro_series', ['PAYEMS', 'PAYEM'])";
    let contango::engine::Answer::Rows { stream, notes, .. } = session.run(statement).await.expect("an answer") else { panic!("rows") };
    let _: Vec<RecordBatch> = futures::TryStreamExt::try_collect(stream).await.expect("rows");
    let notes = notes.take().join("\n");
    assert!(notes.contains("holds no vintage of `PAYEM`") && !notes.contains("`PAYEMS` known"), "{notes}");
}

/// GDP as recorded from ALFRED: its own "initial release" view of the series holds the same dates, values and days.
#[tokio::test]
async fn first_releases_of_gdp_are_the_132_that_the_source_says() {
    let Some(folder) = std::env::var_os("CONTANGO_REAL_DATA") else {
        println!("skipped: CONTANGO_REAL_DATA is not set");
        return;
    };
    let folder = Path::new(&folder).join("macro_vintages/pyfredapi_cassettes");
    let observations = |file: &str| -> Vec<(i32, i64, Option<f64>)> {
        let text = std::fs::read_to_string(folder.join(file)).expect("a recorded body");
        let body: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let days = |value: &serde_json::Value| day(value.as_str().expect("a date")).signed_duration_since(NaiveDate::default()).num_days();
        let row = |o: &serde_json::Value| {
            let value = o["value"].as_str().expect("a value").parse().ok();
            (days(&o["date"]) as i32, days(&o["realtime_start"]) * DAY, value)
        };
        body["observations"].as_array().expect("observations").iter().map(row).collect()
    };
    let all = observations("test_get_series_all_releases_pandas__1.json");
    let vintages: Vec<Vintage> = all.into_iter().map(|(as_of, known_at, value)| ("fred", "GDP", as_of, known_at, value)).collect();
    let data = tempfile::tempdir().expect("a folder");
    write(data.path(), &vintages, 1).await;

    let statement = "SELECT CAST(as_of AS INT) AS day, CAST(available_at AS BIGINT) AS at, value FROM first_release('macro_series', 'GDP') ORDER BY as_of";
    let found = rows(&mut session(data.path(), None, None), statement).await.expect("first releases");
    let told = observations("test_get_series_initial_release_pandas__1.json");
    assert_eq!(told.len(), 132);
    let told: Vec<Vec<String>> =
        told.iter().map(|(as_of, at, value)| vec![as_of.to_string(), at.to_string(), format!("{:?}", value.expect("a figure"))]).collect();
    assert_eq!(found, told);
}
