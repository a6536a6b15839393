//! The lake under faults: a store that fails or is full at its n-th operation, several writers at once, processes that are killed.
//! After the next run there are the same rows, none twice, and `verify` is clean.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use bytes::Bytes;
use chrono::{Duration, NaiveDate};
use contango::config::Config;
use contango::error::{Error, Result};
use contango::ingest;
use contango::lake::compact::compact;
use contango::lake::verify::verify;
use contango::lake::{Lake, raw, rows};
use contango::metadata::Metadata;
use contango::sources::{Download, Parsed, Payload, Request, Source};
use contango::tables::{self, TABLES, Table};
use contango::time::IngestTime;
use datafusion::arrow::array::{ArrayRef, Date32Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray, new_null_array};
use datafusion::arrow::datatypes::Date32Type;
use datafusion::arrow::util::display::array_value_to_string;
use datafusion::object_store::memory::InMemory;
use datafusion::object_store::{
    CopyOptions, Error as StoreError, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result as StoreResult, path::Path as StorePath,
};
use futures::stream::BoxStream;

const DAY: i64 = 86_400_000_000;

/// A provider of lines `scope,contract,category,day of 2024,long`; each day is released three days later. Feeds `cot` and `cot_markets`.
pub(super) struct Lines;

impl Source for Lines {
    fn name(&self) -> &'static str {
        "lines"
    }
    fn doc(&self) -> &'static str {
        "made-up positions"
    }
    fn tables(&self) -> &'static [&'static Table] {
        TABLES
    }
    fn revises(&self, _: &Config) -> bool {
        true
    }
    fn release_window(&self, _: &Config) -> Duration {
        Duration::days(28)
    }
    fn parse(&self, payload: &Payload, _: &Config) -> Result<Parsed> {
        let text = std::str::from_utf8(&payload.bytes).map_err(|_| Error::source("not text"))?;
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
        if lines.iter().any(|fields| fields.len() != 5) {
            return Err(Error::source("a line does not have five fields"));
        }
        let column = |n: usize| lines.iter().map(move |fields| fields[n]);
        let n_rows = lines.len();
        let batch = |name: &'static str, value: &str| {
            let table = tables::get(name);
            let schema = table.parsed_schema();
            let columns = schema.fields().iter().map(|field| match field.name().as_str() {
                "as_of" => Arc::new(Date32Array::from_iter_values(column(3).map(day))) as ArrayRef,
                "report" => Arc::new(StringArray::from(vec!["tff"; n_rows])),
                "scope" => Arc::new(StringArray::from_iter_values(column(0))),
                "contract_code" => Arc::new(StringArray::from_iter_values(column(1))),
                "category" => Arc::new(StringArray::from_iter_values(column(2))),
                "release_at" => Arc::new(
                    TimestampMicrosecondArray::from_iter_values(column(3).map(|d| (i64::from(day(d)) + 3) * DAY)).with_timezone("UTC"),
                ),
                "release_grade" => Arc::new(StringArray::from(vec!["rule"; n_rows])),
                name if name == value => Arc::new(Int64Array::from_iter_values(column(4).map(|n| n.parse().unwrap()))),
                _ => new_null_array(field.data_type(), n_rows),
            });
            (table, RecordBatch::try_new(schema.clone(), columns.collect()).unwrap())
        };
        let mut batches = vec![batch("cot", "long")];
        if lines.iter().all(|fields| fields[2] == "dealer") {
            batches.push(batch("cot_markets", "open_interest"));
        }
        Ok(Parsed { kind: "lines".into(), rows_read: n_rows, batches, ..Parsed::default() })
    }
    fn plan(&self, _: &Request, _: NaiveDate, _: &Config) -> Result<Vec<Download>> {
        Ok(Vec::new())
    }
}

fn day(text: &str) -> i32 {
    Date32Type::from_naive_date(NaiveDate::from_yo_opt(2024, text.parse().unwrap()).unwrap())
}

pub(super) fn payload(observed: &str, text: &str) -> Payload {
    Payload {
        name: "lines.csv".into(),
        bytes: Bytes::copy_from_slice(text.as_bytes()),
        observed_at: IngestTime::from_micros(i64::from(day(observed)) * DAY),
        origin: "test".into(),
        hint: None,
    }
}

/// Every row of a table as text, sorted.
pub(super) async fn contents(lake: &Lake, name: &'static str) -> Vec<String> {
    let table = tables::get(name);
    let columns: Vec<_> = table.stored().map(|c| c.name).collect();
    let files = lake.snapshot(table).await.unwrap().files.to_vec();
    let rows = rows::read(lake, table, files, &columns, None).await.unwrap();
    let line = |row| rows.columns().iter().map(|c| array_value_to_string(c, row).unwrap()).collect::<Vec<_>>().join(" ");
    let mut lines: Vec<String> = (0..rows.num_rows()).map(line).collect();
    lines.sort();
    lines
}

#[tokio::test]
async fn a_payload_is_taken_once() {
    let config = Config::load(None).unwrap();
    let lake = Lake::on(Arc::new(InMemory::new()));
    let first = payload("20", "futures_only,ES,dealer,2,10\nfutures_only,ES,dealer,9,11\ncombined,ES,dealer,9,12\n");
    let summary = ingest::take(&lake, &config, &Lines, first.clone()).await.unwrap();
    assert_eq!((summary.new, summary.repeated, summary.revised), (6, 0, 0));
    let again = ingest::take(&lake, &config, &Lines, first).await.unwrap();
    assert!(again.already);
    let second = payload("30", "futures_only,ES,dealer,9,11\nfutures_only,ES,dealer,2,99\n");
    let summary = ingest::take(&lake, &config, &Lines, second).await.unwrap();
    assert_eq!((summary.new, summary.repeated, summary.revised), (0, 2, 2));
    let rows = contents(&lake, "cot").await;
    assert_eq!(rows.len(), 4, "{rows:#?}");
    assert_eq!(lake.snapshot(tables::get("cot")).await.unwrap().version, Some(1));
    let short = |row: &String| row.split_whitespace().collect::<Vec<_>>()[..8].join(" ");
    insta::assert_debug_snapshot!(rows.iter().map(short).collect::<Vec<_>>(), @r#"
    [
        "2024-01-02 tff futures_only ES dealer 10 2024-01-05T00:00:00Z rule",
        "2024-01-02 tff futures_only ES dealer 99 2024-01-30T00:00:00Z observed",
        "2024-01-09 tff combined ES dealer 12 2024-01-12T00:00:00Z rule",
        "2024-01-09 tff futures_only ES dealer 11 2024-01-12T00:00:00Z rule",
    ]
    "#);
}

#[tokio::test]
async fn a_payload_that_the_archive_lost_is_archived_again_as_it_was() {
    let config = Config::load(None).unwrap();
    let lake = Lake::on(Arc::new(InMemory::new()));
    take_all(&lake, series(3)).await;
    let rows = contents(&lake, "cot").await;
    for sidecar in raw::list(&lake, "lines").await.unwrap() {
        lake.store().delete(&sidecar.path()).await.unwrap();
        lake.store().delete(&format!("raw/lines/{}.meta.json", sidecar.sha256).into()).await.unwrap();
    }
    assert!(ingest::rebuild(&lake, &config, &[&Lines], TABLES, &Quiet).await.is_err(), "it would lose their rows");
    take_all(&lake, series(3).into_iter().map(|lost| Payload { observed_at: IngestTime::now(), ..lost })).await;
    assert_eq!(contents(&lake, "cot").await, rows);
    ingest::rebuild(&lake, &config, &[&Lines], TABLES, &Quiet).await.unwrap();
    assert_eq!(contents(&lake, "cot").await, rows);
}

/// What deltalake's own reader sees: version, paths and rows.
async fn seen_by_deltalake(lake: &Lake, name: &'static str) -> (u64, Vec<(String, usize)>) {
    let delta = lake.delta_table(tables::get(name)).unwrap().load().await.unwrap();
    let state = delta.snapshot().unwrap();
    let mut files: Vec<_> =
        state.log_data().iter().map(|file| (format!("lake/{name}/{}", file.path()), file.num_records().unwrap())).collect();
    files.sort();
    (state.version(), files)
}

async fn seen_by_us(lake: &Lake, name: &'static str) -> (u64, Vec<(String, usize)>) {
    let snapshot = lake.snapshot(tables::get(name)).await.unwrap();
    let mut files: Vec<_> = snapshot.files.iter().map(|file| (file.path.to_string(), file.rows as usize)).collect();
    files.sort();
    (snapshot.version.unwrap(), files)
}

pub(super) async fn assert_sound(lake: &Lake) {
    let found = verify(lake).await.unwrap();
    assert!(found.violations.is_empty(), "{found:#?}");
}

/// Payloads that each bring a day and revise an earlier one.
pub(super) fn series(n: usize) -> Vec<Payload> {
    let line = |day: usize, long: usize| format!("futures_only,ES,dealer,{day},{long}\nfutures_only,ZN,dealer,{day},{}\n", long + 1);
    (1..=n).map(|n| payload(&(n + 10).to_string(), &(line(n, n) + &if n > 1 { line(n - 1, n * 100) } else { String::new() }))).collect()
}

async fn take_all(lake: &Lake, payloads: impl IntoIterator<Item = Payload>) {
    let config = Config::load(None).unwrap();
    for payload in payloads {
        ingest::take(lake, &config, &Lines, payload).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_reads_as_deltalake_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    for lake in [Lake::on(Arc::new(InMemory::new())), Lake::new(&folder.path().join("not yet there")).unwrap()] {
        // Beyond a checkpoint, so that both readers start from it.
        take_all(&lake, series(70)).await;
        for name in ["cot", "cot_markets", "cot_crop_years"] {
            assert_eq!(seen_by_us(&lake, name).await, seen_by_deltalake(&lake, name).await);
        }
        let fresh = Lake::on(lake.store());
        assert_eq!(seen_by_us(&fresh, "cot").await, seen_by_us(&lake, "cot").await);
        assert_eq!(fresh.log(tables::get("cot")).await.unwrap().payloads().len(), 70);
        assert!(fresh.store().head(&"lake/cot/_delta_log/_last_checkpoint".into()).await.is_ok());
        let rows = contents(&lake, "cot").await;
        let compaction = compact(&lake, tables::get("cot"), 1).await.unwrap();
        assert_eq!((compaction.files_before, compaction.files_after), (70, 1));
        assert_eq!(contents(&lake, "cot").await, rows);
        assert_eq!(seen_by_us(&lake, "cot").await, seen_by_deltalake(&lake, "cot").await);
        assert_sound(&lake).await;
    }
}

#[tokio::test]
async fn a_rebuild_gives_the_same_rows() {
    let lake = Lake::on(Arc::new(InMemory::new()));
    let config = Config::load(None).unwrap();
    take_all(&lake, series(8)).await;
    let before = [contents(&lake, "cot").await, contents(&lake, "cot_markets").await];
    let rebuilt = ingest::rebuild(&lake, &config, &[&Lines], TABLES, &Quiet).await.unwrap();
    assert_eq!(rebuilt.len(), TABLES.len());
    assert_eq!([contents(&lake, "cot").await, contents(&lake, "cot_markets").await], before);
    assert_sound(&lake).await;
    assert_eq!(seen_by_us(&lake, "cot").await, seen_by_deltalake(&lake, "cot").await);
}

#[tokio::test]
async fn a_payload_that_comes_late_corrects_what_came_before_it() {
    let config = Config::load(None).unwrap();
    let all = [
        payload("20", "futures_only,ES,dealer,2,10\n"),
        payload("30", "futures_only,ES,dealer,2,11\n"),
        payload("40", "futures_only,ES,dealer,2,10\nfutures_only,ES,dealer,3,5\n"),
    ];
    let turn = Lake::on(Arc::new(InMemory::new()));
    take_all(&turn, all.clone()).await;
    let late = Lake::on(Arc::new(InMemory::new()));
    take_all(&late, [all[0].clone(), all[2].clone()]).await;
    let summary = ingest::take(&late, &config, &Lines, all[1].clone()).await.unwrap();
    assert_eq!((summary.new, summary.revised), (0, 2), "{summary:?}");
    assert_eq!(contents(&late, "cot").await, contents(&turn, "cot").await);
    assert_sound(&late).await;
    ingest::rebuild(&late, &config, &[&Lines], TABLES, &Quiet).await.unwrap();
    assert_eq!(contents(&late, "cot").await, contents(&turn, "cot").await);
    assert_eq!(contents(&late, "cot").await.len(), 4);
    assert!(ingest::take(&late, &config, &Lines, all[1].clone()).await.unwrap().already);
}

#[tokio::test]
async fn a_late_revision_is_taken_where_no_later_payload_shows_the_observation() {
    let lake = Lake::on(Arc::new(InMemory::new()));
    let config = Config::load(None).unwrap();
    take_all(&lake, [payload("20", "futures_only,ES,dealer,2,10\n"), payload("40", "futures_only,ZN,dealer,3,5\n")]).await;
    let summary = ingest::take(&lake, &config, &Lines, payload("30", "futures_only,ES,dealer,2,11\n")).await.unwrap();
    assert_eq!(summary.revised, 2);
    let rows = contents(&lake, "cot").await;
    ingest::rebuild(&lake, &config, &[&Lines], TABLES, &Quiet).await.unwrap();
    assert_eq!(contents(&lake, "cot").await, rows);
}

/// Fails the n-th write, and where `full` every later one as well.
#[derive(Debug)]
struct Faulty {
    inner: Arc<InMemory>,
    writes_left: AtomicI64,
    full: bool,
    /// The failing write takes place all the same, and only its answer is lost; one of what must not be there yet was then tried again by the
    /// store's client, which found our own.
    lost_answer: bool,
}

impl Faulty {
    /// Whether this write is one that fails.
    fn fails(&self) -> bool {
        let left = self.writes_left.fetch_sub(1, Ordering::SeqCst);
        left == 0 || (self.full && left < 0)
    }
    fn failure() -> StoreError {
        StoreError::Generic { store: "faulty", source: "no space left on device".into() }
    }
}

impl std::fmt::Display for Faulty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a store that fails")
    }
}

#[async_trait::async_trait]
impl ObjectStore for Faulty {
    async fn put_opts(&self, path: &StorePath, content: PutPayload, options: PutOptions) -> StoreResult<PutResult> {
        if self.fails() {
            if self.lost_answer {
                let created = matches!(options.mode, PutMode::Create);
                self.inner.put_opts(path, content, options).await?;
                if created {
                    return Err(StoreError::AlreadyExists {
                        path: path.to_string(),
                        source: "a 503 was answered, and it was put again".into(),
                    });
                }
            }
            return Err(Self::failure());
        }
        self.inner.put_opts(path, content, options).await
    }
    async fn put_multipart_opts(&self, _: &StorePath, _: PutMultipartOptions) -> StoreResult<Box<dyn MultipartUpload>> {
        Err(Self::failure())
    }
    async fn get_opts(&self, path: &StorePath, options: GetOptions) -> StoreResult<GetResult> {
        self.inner.get_opts(path, options).await
    }
    fn delete_stream(&self, paths: BoxStream<'static, StoreResult<StorePath>>) -> BoxStream<'static, StoreResult<StorePath>> {
        self.inner.delete_stream(paths)
    }
    fn list(&self, prefix: Option<&StorePath>) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        self.inner.list(prefix)
    }
    async fn list_with_delimiter(&self, prefix: Option<&StorePath>) -> StoreResult<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }
    async fn copy_opts(&self, from: &StorePath, to: &StorePath, options: CopyOptions) -> StoreResult<()> {
        if self.fails() { Err(Self::failure()) } else { self.inner.copy_opts(from, to, options).await }
    }
}

/// Runs `work` on stores that fail at their first, second, … write, until one is not hit; after each, the same work on the sound store
/// ends where it would have without the fault.
async fn through_every_fault<F>(prepare: &[Payload], work: impl Fn(Lake) -> F, full: bool, lost_answer: bool)
where
    F: Future<Output = Result<()>>,
{
    let expected = Lake::on(Arc::new(InMemory::new()));
    take_all(&expected, prepare.to_vec()).await;
    work(Lake::on(expected.store())).await.unwrap();
    for n in 0.. {
        let inner = Arc::new(InMemory::new());
        take_all(&Lake::on(inner.clone()), prepare.to_vec()).await;
        let faulty = Arc::new(Faulty { inner: inner.clone(), writes_left: AtomicI64::new(n), full, lost_answer });
        let done = work(Lake::on(faulty.clone())).await;
        let sound = Lake::on(inner);
        assert_sound(&sound).await;
        work(sound.clone()).await.unwrap();
        for name in ["cot", "cot_markets"] {
            assert_eq!(contents(&sound, name).await, contents(&expected, name).await, "after a fault at write {n}");
        }
        assert_sound(&sound).await;
        if faulty.writes_left.load(Ordering::SeqCst) >= 0 {
            done.unwrap();
            assert!(n > 3, "the work hardly writes");
            break;
        }
    }
}

#[tokio::test]
async fn an_ingest_survives_every_fault() {
    let config = Config::load(None).unwrap();
    let all = series(3);
    for (full, lost_answer) in [(false, false), (true, false), (false, true)] {
        let work = |lake: Lake| {
            let (last, config) = (all[2].clone(), config.clone());
            async move { ingest::take(&lake, &config, &Lines, last).await.map(drop) }
        };
        through_every_fault(&all[..2], work, full, lost_answer).await;
        // The first payload of all creates the tables.
        let work = |lake: Lake| {
            let (first, config) = (all[0].clone(), config.clone());
            async move { ingest::take(&lake, &config, &Lines, first).await.map(drop) }
        };
        through_every_fault(&[], work, full, lost_answer).await;
    }
}

#[tokio::test]
async fn an_entry_that_exists_already_may_be_our_own() {
    let config = Config::load(None).unwrap();
    let all = series(2);
    // Every single write of it, also the commits: none of them may be taken for another writer's.
    let summary = |summary: ingest::PayloadSummary| (summary.new, summary.repeated, summary.revised);
    let expected = Lake::on(Arc::new(InMemory::new()));
    take_all(&expected, all[..1].to_vec()).await;
    let expected_summary = summary(ingest::take(&expected, &config, &Lines, all[1].clone()).await.unwrap());
    for n in 0.. {
        let inner = Arc::new(InMemory::new());
        take_all(&Lake::on(inner.clone()), all[..1].to_vec()).await;
        let faulty = Arc::new(Faulty { inner: inner.clone(), writes_left: AtomicI64::new(n), full: false, lost_answer: true });
        let lake = Lake::on(faulty.clone());
        if let Ok(done) = ingest::take(&lake, &config, &Lines, all[1].clone()).await {
            assert_eq!(summary(done), expected_summary, "answer {n} was lost");
            for name in ["cot", "cot_markets"] {
                assert_eq!(contents(&Lake::on(inner.clone()), name).await, contents(&expected, name).await, "answer {n} was lost");
            }
        }
        assert_sound(&Lake::on(inner)).await;
        if faulty.writes_left.load(Ordering::SeqCst) >= 0 {
            break;
        }
    }
}

#[tokio::test]
async fn compaction_and_rebuild_survive_every_fault() {
    let config = Config::load(None).unwrap();
    let all = series(4);
    for full in [false, true] {
        let work = |lake: Lake| async move {
            for table in TABLES {
                compact(&lake, table, 1).await?;
            }
            Ok(())
        };
        through_every_fault(&all, work, full, false).await;
        let work = |lake: Lake| {
            let config = config.clone();
            async move { ingest::rebuild(&lake, &config, &[&Lines], TABLES, &Quiet).await.map(drop) }
        };
        through_every_fault(&all, work, full, false).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_at_once_leave_what_one_after_the_other_leaves() {
    let one = Lake::on(Arc::new(InMemory::new()));
    // Overlapping payloads that agree: whoever comes first, the rows are the same.
    let payloads: Vec<Payload> = (1..=8)
        .map(|n| {
            let days = n..n + 6;
            let text: String = days.map(|day| format!("futures_only,ES,dealer,{day},{day}\ncombined,ES,dealer,{day},{day}\n")).collect();
            payload(&(60 + n).to_string(), &text)
        })
        .collect();
    take_all(&one, payloads.clone()).await;
    let folder = tempfile::tempdir().unwrap();
    let many: Vec<_> = payloads
        .into_iter()
        .map(|payload| {
            // A lake of its own, as another process has.
            let lake = Lake::new(folder.path()).unwrap();
            tokio::spawn(async move { take_all(&lake, [payload]).await })
        })
        .collect();
    for writer in many {
        writer.await.unwrap();
    }
    let lake = Lake::new(folder.path()).unwrap();
    let known = |rows: Vec<String>| -> Vec<String> {
        rows.iter().map(|row| row.split_whitespace().take(8).collect::<Vec<_>>().join(" ")).collect()
    };
    for name in ["cot", "cot_markets"] {
        assert_eq!(known(contents(&lake, name).await), known(contents(&one, name).await));
    }
    assert_eq!(lake.log(tables::get("cot")).await.unwrap().payloads().len(), 8);
    assert_sound(&lake).await;
}

#[tokio::test]
async fn verify_finds_what_was_broken() {
    let lake = Lake::on(Arc::new(InMemory::new()));
    take_all(&lake, series(3)).await;
    let files = lake.snapshot(tables::get("cot")).await.unwrap().files;
    lake.store().delete(&files[0].path).await.unwrap();
    lake.store().put(&files[1].path, "not parquet".into()).await.unwrap();
    lake.store().put(&"lake/cot/part-left-behind.parquet".into(), "".into()).await.unwrap();
    let found = verify(&lake).await.unwrap();
    assert_eq!(found.violations.len(), 2, "{found:#?}");
    assert_eq!(found.unreferenced, ["lake/cot/part-left-behind.parquet"]);
}

/// Files of the provider with made-up numbers, and when each was seen; the last one revises the one before it.
const SEEN: [(&str, &str); 4] = [
    ("fixtures/cftc/disaggregated_futures_only/f_year.txt", "2026-06-01"),
    ("fixtures/cftc/legacy_futures_only/annual.txt", "2026-06-02"),
    ("fixtures/cftc/tff_futures_only/FinFutYY.txt", "2026-06-03"),
    ("fixtures/cftc/tff_revised/FinFutYY.txt", "2026-06-04"),
];

fn contango(data: &Path, (file, seen): (&str, &str)) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("contango"));
    command.arg("--data").arg(data).args(["ingest", "cftc", "--observed-at", seen, "--file", file]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

#[tokio::test]
async fn twenty_killed_processes_leave_what_one_that_lived_leaves() {
    let (whole, killed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut longest = std::time::Duration::ZERO;
    for file in SEEN {
        let begun = Instant::now();
        assert!(contango(whole.path(), file).status().unwrap().success());
        longest = longest.max(begun.elapsed());
    }
    for round in 0..20 {
        let mut process = contango(killed.path(), SEEN[round / 5]).spawn().unwrap();
        // Five moments in the life of each file's process, the last one near its end.
        std::thread::sleep(longest.mul_f64((round % 5 + 1) as f64 / 5.5));
        process.kill().unwrap();
        process.wait().unwrap();
        assert_sound(&Lake::new(killed.path()).unwrap()).await;
        if round % 5 == 4 {
            assert!(contango(killed.path(), SEEN[round / 5]).status().unwrap().success());
        }
    }
    let (whole, killed) = (Lake::new(whole.path()).unwrap(), Lake::new(killed.path()).unwrap());
    for table in TABLES {
        assert_eq!(contents(&killed, table.name).await, contents(&whole, table.name).await);
    }
    assert!(!contents(&whole, "cot").await.is_empty());
    assert_sound(&killed).await;
}

#[tokio::test]
async fn two_processes_at_once_leave_what_one_after_the_other_leaves() {
    let (turns, once) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for file in &SEEN[..3] {
        assert!(contango(turns.path(), *file).status().unwrap().success());
    }
    let processes: Vec<_> = SEEN[..3].iter().map(|file| contango(once.path(), *file).spawn().unwrap()).collect();
    for mut process in processes {
        assert!(process.wait().unwrap().success());
    }
    let (turns, once) = (Lake::new(turns.path()).unwrap(), Lake::new(once.path()).unwrap());
    for table in TABLES {
        assert_eq!(contents(&once, table.name).await, contents(&turns, table.name).await);
    }
    assert_sound(&once).await;
}

fn run(data: &Path, arguments: &[&str]) {
    let output = Command::new(assert_cmd::cargo::cargo_bin!("contango")).arg("--data").arg(data).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn what_a_killed_run_did_not_note_is_noted_by_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    for file in &SEEN[..3] {
        assert!(contango(data, *file).status().unwrap().success());
    }
    let noted = || Metadata::open(data).unwrap().read("ingest_files").unwrap().1;
    let whole = noted();
    assert_eq!(Metadata::open(data).unwrap().ingested_payloads().unwrap().len(), 3);
    // As if the second one's process had been killed after its last commit.
    let forget = |which: &str| {
        let database = rusqlite::Connection::open(data.join("metadata.db")).unwrap();
        database.execute(&format!("DELETE FROM ingest_files WHERE {which}"), []).unwrap()
    };
    assert!(forget("observed_at LIKE '2026-06-02%'") > 0);
    assert!(noted().num_rows() < whole.num_rows());
    assert!(contango(data, SEEN[2]).status().unwrap().success());
    assert_eq!(noted(), whole);
    // A database that is lost as a whole, and a rebuild of one table.
    for file in ["metadata.db", "metadata.db-wal", "metadata.db-shm"] {
        let _ = std::fs::remove_file(data.join(file));
    }
    assert!(contango(data, SEEN[2]).status().unwrap().success());
    assert_eq!(noted(), whole);
    let n_crops = forget("schema = 'cot_crop_years'");
    assert!(n_crops > 0);
    run(data, &["lake", "rebuild", "--table", "cot_crop_years"]);
    assert_eq!(noted(), whole);
    forget("true");
    run(data, &["lake", "rebuild"]);
    assert_eq!(noted(), whole);
}

#[tokio::test]
async fn what_a_killed_rebuild_left_is_reported_and_cleared_away() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    assert!(contango(data, SEEN[2]).status().unwrap().success());
    let scratch = |name: &str, hours_ago: u64| {
        let file = data.join("scratch").join(name).join("lake/cot/part-0.parquet");
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        let written = std::fs::File::create(&file).unwrap();
        let now = std::time::Duration::from_micros(IngestTime::now().micros().cast_unsigned());
        written.set_modified(std::time::UNIX_EPOCH + now - std::time::Duration::from_secs(hours_ago * 3600)).unwrap();
    };
    let left = || data.join("scratch").read_dir().map_or(0, Iterator::count);
    let lake = Lake::new(data).unwrap();
    for command in ["compact", "rebuild"] {
        scratch("killed", 25);
        scratch("alive", 0);
        let found = verify(&lake).await.unwrap();
        assert!(found.violations.is_empty());
        assert_eq!(found.unreferenced, ["scratch/alive", "scratch/killed"]);
        run(data, &["lake", command]);
        assert_eq!(verify(&lake).await.unwrap().unreferenced, ["scratch/alive"]);
        assert_eq!(left(), 1, "no empty folder stays");
    }
    std::fs::remove_dir_all(data.join("scratch")).unwrap();
    run(data, &["lake", "rebuild"]);
    assert!(!data.join("scratch").exists(), "a rebuild leaves nothing");
}

/// Progress that nobody watches.
pub(super) struct Quiet;

impl ingest::Progress for Quiet {
    fn step(&self, _: &str) {}
    fn advance(&self, _: u64, _: Option<u64>) {}
    fn warn(&self, _: &str) {}
}
