//! Speed of the engine's operators over a lake of vintages, asked in SQL as a user would: `cargo bench --bench engine`. The lake is made once
//! below the target folder. Times beside other engines come from `side_by_side.py`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use contango::config::Config;
use contango::engine::{Answer, Options, Session};
use contango::lake::Lake;
use contango::lake::commit::PayloadId;
use contango::tables::{MACRO_SERIES, Table};
use contango::time::IngestTime;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use datafusion::arrow::array::{ArrayRef, BooleanArray, Date32Array, Float64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use datafusion::parquet::arrow::ArrowWriter;
use futures::TryStreamExt;
use tokio::runtime::Runtime;

const SERIES: usize = 400;
const MONTHS: usize = 600;
const VINTAGES: usize = 8;
const SERIES_PER_PAYLOAD: usize = 200;
const DAY: i64 = 86_400_000_000;

/// One number from 0 to 2^32 from another, without a pattern that an encoding could see.
fn scrambled(n: usize) -> i64 {
    ((n as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as i64
}

/// Monthly series, each month first published about 45 days after it begins and then revised every 30 days.
fn vintages(first: usize, n: usize) -> RecordBatch {
    let rows = || (first..first + n).flat_map(|s| (0..MONTHS).flat_map(move |m| (0..VINTAGES).map(move |v| (s, m, v))));
    let n_rows = n * MONTHS * VINTAGES;
    let day = |month: usize| (month as f64 * 30.4375) as i32;
    let published = |(s, m, v): (usize, usize, usize)| {
        (i64::from(day(m)) + 45 + 30 * v as i64) * DAY + 46_800_000_000 + scrambled((s * MONTHS + m) * VINTAGES + v) % 3_600_000_000
    };
    let instants: ArrayRef = Arc::new(TimestampMicrosecondArray::from_iter_values(rows().map(published)).with_timezone("UTC"));
    let column = |name: &str| -> ArrayRef {
        match name {
            "as_of" => Arc::new(Date32Array::from_iter_values(rows().map(|(_, m, _)| day(m)))),
            "source" => Arc::new(StringArray::new_repeated("bench", n_rows)),
            "series_id" => Arc::new(rows().map(|(s, ..)| Some(format!("S{s:04}"))).collect::<StringArray>()),
            "value" => Arc::new(Float64Array::from_iter_values(
                rows().map(|(s, m, v)| 100.0 + scrambled((s * MONTHS + m) * VINTAGES + v) as f64 / 1e10 + 0.01 * v as f64),
            )),
            "available_at" | "ingested_at" => instants.clone(),
            "availability" => Arc::new(StringArray::new_repeated("stamped", n_rows)),
            "backcast" => Arc::new(BooleanArray::from(vec![false; n_rows])),
            _ => Arc::new(StringArray::new_repeated("0".repeat(64), n_rows)),
        }
    };
    let table: &'static Table = &MACRO_SERIES;
    RecordBatch::try_new(table.stored_schema(), table.stored().map(|c| column(c.name)).collect()).expect("columns of the table")
}

/// A folder with the lake, made where it is not there.
fn lake(runtime: &Runtime) -> PathBuf {
    let n_series = std::env::var("CONTANGO_BENCH_SERIES").ok().and_then(|n| n.parse().ok()).unwrap_or(SERIES);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("bench-{n_series}"));
    if folder.join("made").exists() {
        return folder;
    }
    std::fs::create_dir_all(&folder).expect("a folder");
    let lake = Lake::new(&folder).expect("a lake");
    runtime.block_on(async {
        for first in (0..n_series).step_by(SERIES_PER_PAYLOAD) {
            let payload = PayloadId { observed_at: IngestTime::from_micros(first as i64), sha256: format!("{first:064x}") };
            let log = lake.log(&MACRO_SERIES).await.expect("the log");
            lake.append(&MACRO_SERIES, &log, &payload, &vintages(first, SERIES_PER_PAYLOAD.min(n_series - first))).await.expect("a commit");
        }
    });
    std::fs::write(folder.join("made"), n_series.to_string()).expect("a mark");
    folder
}

/// Instants at which the newest reading of each series is asked for, every third day of forty years, in a file beside the lake.
fn decisions(data: &Path) -> PathBuf {
    let file = data.join("decisions.parquet");
    let n_series = std::fs::read_to_string(data.join("made")).ok().and_then(|n| n.parse().ok()).unwrap_or(SERIES);
    let rows = || (0..n_series).flat_map(|s| (1826..16436).step_by(3).map(move |day| (s, day)));
    let series: ArrayRef = Arc::new(rows().map(|(s, _)| Some(format!("S{s:04}"))).collect::<StringArray>());
    let instants: ArrayRef = Arc::new(TimestampMicrosecondArray::from_iter_values(rows().map(|(_, day)| day * DAY)).with_timezone("UTC"));
    let batch = RecordBatch::try_from_iter([("series_id", series), ("ts", instants)]).expect("columns of one length");
    let writer = std::fs::File::create(&file).expect("the folder can be written");
    let mut writer = ArrowWriter::try_new(writer, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("rows");
    writer.close().expect("a footer");
    file
}

/// Runs a statement to its last row.
async fn ask(session: &mut Session, sql: &str) -> usize {
    match session.run(sql).await.expect("a statement that runs") {
        Answer::Done { .. } => 0,
        Answer::Rows { stream, .. } => {
            let batches: Vec<RecordBatch> = stream.try_collect().await.expect("rows");
            batches.iter().map(RecordBatch::num_rows).sum()
        }
    }
}

/// Questions by name; each begins without a clock.
const QUESTIONS: &[(&str, Option<&str>, &str)] = &[
    ("replay of a series, every publication", None, "SELECT count(zscore), sum(zscore) FROM zscore('macro_series', 'S0123', window => 60)"),
    (
        "replay of 100 series, 244 steps",
        None,
        "SELECT count(*), round(sum(zscore), 3) FROM zscore('macro_series', 'S00%', window => 60, every => '30 days', from => '1990-01-01', \
         to => '2010-01-01')",
    ),
    (
        "replay of every series, 244 steps",
        None,
        "SELECT count(*), round(sum(zscore), 3) FROM zscore('macro_series', window => 60, every => '30 days', from => '1990-01-01', \
         to => '2010-01-01')",
    ),
    ("first releases of every series", None, "SELECT count(*), sum(value) FROM first_release('macro_series')"),
    (
        "scan of the vintages",
        None,
        "SELECT count(*), count(series_id), sum(value), min(as_of), min(available_at) FROM macro_series_vintages",
    ),
    ("latest, without a clock", None, "SELECT count(*), sum(value) FROM macro_series"),
    ("latest, as known", Some("2010-06-01"), "SELECT count(*), sum(value) FROM macro_series"),
    ("latest, as known, with its instants", Some("2010-06-01"), "SELECT count(*), sum(value), max(available_at) FROM macro_series"),
    ("readings", None, "SELECT count(*), sum(value) FROM macro_series_readings"),
    (
        "asof join",
        None,
        "SELECT count(*), sum(r.value) FROM '{decisions}' d ASOF JOIN macro_series_readings r MATCH_CONDITION (d.ts >= r.available_at) \
         ON d.series_id = r.series_id",
    ),
    (
        "rolling z-score",
        None,
        "SELECT count(z), sum(z) FROM (SELECT zscore(value) OVER (PARTITION BY series_id ORDER BY as_of ROWS 251 PRECEDING) z FROM macro_series)",
    ),
    (
        "replayed z-score of 50 series",
        None,
        "SELECT count(*), sum(zscore) FROM zscore('macro_series', [{fifty}], window => 60, every => '30 days', from => '1990-01-01', to => '2010-01-01')",
    ),
    ("one series as known", Some("2010-06-01"), "SELECT as_of, value FROM macro_series WHERE series_id = 'S0123'"),
];

fn questions(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let data = lake(&runtime);
    let decisions = decisions(&data).display().to_string();
    let fifty: String = (0..50).map(|s| format!("'S{s:04}'")).collect::<Vec<_>>().join(", ");
    let config = Arc::new(Config::built_in().expect("the built-in files are valid"));
    let mut session = Session::new(Options { data, config, now: None }).expect("a session");
    let mut group = c.benchmark_group("engine");
    group.sample_size(10).throughput(Throughput::Elements((SERIES * MONTHS * VINTAGES) as u64));
    for (name, clock, sql) in QUESTIONS {
        runtime.block_on(async {
            ask(&mut session, "RESET clock").await;
            if let Some(clock) = clock {
                ask(&mut session, &format!("SET clock = '{clock}'")).await;
            }
        });
        let sql = sql.replace("{decisions}", &decisions).replace("{fifty}", &fifty);
        group.bench_function(*name, |b| b.iter(|| runtime.block_on(ask(&mut session, &sql))));
    }
    group.finish();
}

criterion_group!(benches, questions);
criterion_main!(benches);
