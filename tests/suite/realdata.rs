//! The CFTC's own files: taken whole and once, and known from their releases on. They lie in the folder that `CONTANGO_REAL_DATA` names, with
//! the number of rows that its index gives; without it every test here says 'skipped'.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use contango::check;
use contango::config::Config;
use contango::ingest::{self, PayloadSummary, Progress, Workplace};
use contango::lake::verify::verify;
use contango::lake::{Lake, info, raw};
use contango::sources::{self, SOURCES, Source};
use contango::tables::{TABLES, Table};
use contango::time::IngestTime;
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::record_batch::RecordBatch;
use futures::TryStreamExt;
use tokio::sync::OnceCell;

use crate::support::{instant, rows, session};

/// Every file of the index and its rows. A folder may hold fewer of them, and no other.
const ROWS: &[(&str, usize)] = &[
    ("disagg/f_year_2021_asof_2021-03-16.txt.gz", 2178),
    ("disagg/fut_disagg_txt_2010.zip", 5547),
    ("disagg/fut_disagg_txt_2011.zip", 5486),
    ("disagg/fut_disagg_txt_2012.zip", 5938),
    ("disagg/fut_disagg_txt_2013.zip", 8270),
    ("disagg/fut_disagg_txt_2014.zip", 10271),
    ("disagg/fut_disagg_txt_2015.zip", 9762),
    ("disagg/fut_disagg_txt_2016.zip", 10520),
    ("disagg/fut_disagg_txt_2017.zip", 10204),
    ("disagg/fut_disagg_txt_2018.zip", 10874),
    ("disagg/fut_disagg_txt_2019.zip", 10954),
    ("disagg/fut_disagg_txt_2020.zip", 10786),
    ("disagg/fut_disagg_txt_2021.zip", 10704),
    ("disagg/fut_disagg_txt_2022.zip", 11526),
    ("disagg/fut_disagg_txt_2023.zip", 12534),
    ("disagg/fut_disagg_txt_2023_asof_2023-10-10_cloorem2.zip", 9761),
    ("disagg/fut_disagg_txt_2024.zip", 13601),
    ("disagg/fut_disagg_txt_2025.zip", 13630),
    ("disagg/fut_disagg_txt_2026.zip", 5685),
    ("disagg/opendatadsl_cftc_diagg_fut_2023.txt", 1814),
    ("disagg/opendatadsl_cftc_disaggregated_combined_2023.csv", 15),
    ("legacy/deacot2004_annual.txt", 3465),
    ("legacy_vintages/annual_pub_20250113T230002Z.txt", 310),
    ("legacy_vintages/annual_pub_20250117T230002Z.txt", 626),
    ("legacy_vintages/annual_pub_20250124T230002Z.txt", 946),
    ("legacy_vintages/annual_pub_20250131T230001Z.txt", 1271),
    ("legacy_vintages/annual_pub_20250207T230002Z.txt", 1587),
    ("other/socrata_disagg_gold_088691_2rows.json", 2),
    ("tff/FinComYY_2024_asof_2024-07-23.txt", 1770),
    ("tff/FinComYY_2026_asof_2026-06-23.txt", 2144),
    ("tff/FinFut17.txt", 2110),
    ("tff/FinFut18.txt", 2538),
    ("tff/FinFut19.txt", 2518),
    ("tff/FinFutYY_2020_asof_2020-11-24.txt", 2106),
    ("tff/FinFutYY_2021_full.txt", 2603),
    ("tff/FinFutYY_2022_asof_2022-08-16.txt", 1719),
    ("tff/FinFutYY_2024_asof_2024-06-11.txt", 1408),
    ("tff/FinFutYY_2024_asof_2024-07-23.txt", 1766),
    ("tff/FinFutYY_2025_asof_2025-04-29.txt", 1095),
    ("tff/FinFutYY_2026_asof_2026-03-17.txt", 908),
    ("tff/FinFutYY_2026_asof_2026-03-24.txt", 991),
    ("tff/FinFutYY_2026_asof_2026-04-07.txt", 1160),
    ("tff/FinFutYY_2026_asof_2026-06-02.txt", 1870),
    ("tff/FinFutYY_2026_asof_2026-06-09.txt", 1962),
    ("tff/fut_fin_txt_2023.zip", 2191),
];

/// The folder of the CFTC's files, or a word that the test is skipped.
fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("CONTANGO_REAL_DATA").map(|folder| PathBuf::from(folder).join("cot"));
    if folder.is_none() {
        println!("skipped: CONTANGO_REAL_DATA is not set");
    }
    folder
}

/// The CFTC's files that are there, by their names in [`ROWS`]: no spreadsheets, headers alone or series that others processed.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for part in fs::read_dir(folder).expect("the folder of real files").map(|entry| entry.expect("an entry")) {
        let kinds = ["txt", "gz", "zip", "csv", "json"];
        let entries = if part.path().is_dir() { fs::read_dir(part.path()).expect("a folder").collect() } else { Vec::new() };
        for file in entries.into_iter().map(|entry| entry.expect("an entry").path()) {
            if file.is_file() && file.extension().is_some_and(|e| kinds.iter().any(|kind| e == *kind)) {
                found.push(file.strip_prefix(folder).expect("inside").to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    found
}

struct Silent;

impl Progress for Silent {
    fn step(&self, _: &str) {}
    fn advance(&self, _: u64, _: Option<u64>) {}
    fn warn(&self, _: &str) {}
}

async fn ingest(data: &Path, files: &[PathBuf], observed_at: Option<IngestTime>) -> Vec<PayloadSummary> {
    let config = Config::load(None).expect("the built-in configuration");
    let place = Workplace { data, config: &config, progress: &Silent };
    ingest::files(&place, sources::find("cftc").expect("a source"), files, observed_at, None).await.expect("the files are taken")
}

/// The lake of every file, which the tests share and leave as it is.
struct Shared {
    folder: PathBuf,
    data: PathBuf,
    files: Vec<String>,
    summaries: Vec<PayloadSummary>,
}

async fn shared() -> Option<&'static Shared> {
    static SHARED: OnceCell<Option<Shared>> = OnceCell::const_new();
    let make = || async {
        let folder = folder()?;
        let data = Path::new(env!("CARGO_TARGET_TMPDIR")).join("realdata");
        if data.exists() {
            fs::remove_dir_all(&data).expect("the lake of an earlier run goes");
        }
        let files = files(&folder);
        let paths: Vec<PathBuf> = files.iter().map(|file| folder.join(file)).collect();
        let summaries = ingest(&data, &paths, None).await;
        Some(Shared { folder, data, files, summaries })
    };
    let shared = SHARED.get_or_init(make).await.as_ref();
    if shared.is_none() {
        println!("skipped: CONTANGO_REAL_DATA is not set");
    }
    shared
}

async fn ask(data: &Path, clock: Option<&str>, query: &str) -> Vec<Vec<String>> {
    rows(&mut session(data, clock.map(instant), None), query).await.unwrap_or_else(|e| panic!("{query}: {e}"))
}

async fn number(data: &Path, query: &str) -> usize {
    ask(data, None, query).await[0][0].parse().expect("a number")
}

/// A real file as this test reads it, on its own: rows of named cells, the names in lower case without signs.
fn read_apart(path: &Path) -> Vec<BTreeMap<String, String>> {
    let bytes = fs::read(path).expect("a file");
    let mut text = Vec::new();
    match &bytes[..] {
        [b'P', b'K', ..] => {
            let mut archive = zip::ZipArchive::new(Cursor::new(&bytes)).expect("an archive");
            archive.by_index(0).expect("one member").read_to_end(&mut text).expect("a whole member");
        }
        [0x1f, 0x8b, ..] => {
            flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut text).expect("a whole file");
        }
        _ => text = bytes,
    }
    if text.starts_with(b"[") {
        let rows: Vec<BTreeMap<String, String>> = serde_json::from_slice(&text).expect("an array of objects of texts");
        return rows.into_iter().map(|row| row.into_iter().map(|(name, value)| (plain(&name), value)).collect()).collect();
    }
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(&text[..]);
    let names: Vec<String> = reader.headers().expect("a header").iter().map(plain).collect();
    let wanted = |name: &String| KEPT.iter().any(|kept| name == kept);
    let row = |row: csv::StringRecord| {
        names.iter().zip(row.iter()).filter(|(name, _)| wanted(name)).map(|(name, cell)| (name.clone(), cell.to_string())).collect()
    };
    reader.records().map(|record| row(record.expect("a row"))).collect()
}

/// What this test looks at.
const KEPT: [&str; 8] = [
    "cftccontractmarketcode",
    "reportdateasyyyymmdd",
    "reportdateasmmddyyyy",
    "asofdateinformyyyymmdd",
    "levmoneypositionslongall",
    "levmoneypositionsshortall",
    "mmoneypositionslongall",
    "mmoneypositionsshortall",
];

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
}

fn day_of(row: &BTreeMap<String, String>) -> String {
    let text = KEPT[1..4].iter().find_map(|name| row.get(*name)).expect("a day");
    match text.split_once('/') {
        Some(_) => format!("{}-{}-{}", &text[6..10], &text[..2], &text[3..5]),
        None => text[..10].to_string(),
    }
}

/// Every row is read, and is a row of `cot_markets`, a repeat of one, or set aside; which of the three is counted apart here.
#[tokio::test]
async fn every_file_is_taken_whole() {
    let Some(lake) = shared().await else { return };
    let expected: BTreeMap<&str, usize> = ROWS.iter().copied().collect();
    let (mut seen, mut n_read, mut n_repeats) = (HashSet::new(), 0, 0);
    for (file, summary) in lake.files.iter().zip(&lake.summaries) {
        let read = read_apart(&lake.folder.join(file));
        assert_eq!(Some(&summary.rows_read), expected.get(file.as_str()), "{file}: the rows of the index");
        assert_eq!(summary.rows_read, read.len(), "{file}");
        assert_eq!((summary.already, summary.revised, summary.quarantined), (false, 0, 0), "{file}");
        let report = ["disagg", "tff", "legacy"].into_iter().find(|report| file.contains(report)).expect("a report");
        let is_combined = file.contains("FinCom") || file.contains("combined");
        let mut fresh = |row| seen.insert((report, is_combined, row_code(row), day_of(row)));
        let n_fresh = read.iter().filter(|row| fresh(row)).count();
        let sha256 = raw::sha256_hex(&fs::read(lake.folder.join(file)).expect("the file"));
        let committed = number(&lake.data, &format!("SELECT count(*) FROM cot_markets_vintages WHERE payload = '{sha256}'")).await;
        assert_eq!(committed, n_fresh, "{file}: rows that no earlier file has");
        n_read += read.len();
        n_repeats += read.len() - n_fresh;
    }
    println!("{} files, {n_read} rows, {n_repeats} of them repeats", lake.files.len());
    assert!(n_repeats > 10_000, "downloads of one year overlap");
    assert_eq!(n_read, number(&lake.data, "SELECT count(*) FROM cot_markets_vintages").await + n_repeats);
}

fn row_code(row: &BTreeMap<String, String>) -> String {
    row[KEPT[0]].clone()
}

#[tokio::test]
async fn overlapping_downloads_add_no_duplicate_and_no_revision() {
    let Some(lake) = shared().await else { return };
    for table in TABLES {
        let name = table.name;
        let vintages = number(&lake.data, &format!("SELECT count(*) FROM {name}_vintages")).await;
        let key: Vec<&str> = table.key().map(|column| column.name).chain(["as_of"]).collect();
        let observations = format!("SELECT count(*) FROM (SELECT DISTINCT {} FROM {name}_vintages)", key.join(", "));
        assert_eq!(number(&lake.data, &observations).await, vintages, "{name}: one vintage of each observation");
        assert_eq!(number(&lake.data, &format!("SELECT count(*) FROM {name}")).await, vintages, "{name}");
    }
}

/// Rows, files and versions of each table.
async fn figures(data: &Path) -> Vec<(&'static str, u64, usize, u64)> {
    let all = info::info(&Lake::new(data).expect("a lake")).await.expect("figures");
    all.iter().map(|info| (info.table.name, info.rows, info.files, info.versions)).collect()
}

#[tokio::test]
async fn taking_all_of_it_again_changes_nothing() {
    let Some(lake) = shared().await else { return };
    let before = figures(&lake.data).await;
    // as other names and in another order: what counts is the content
    let copies = tempfile::tempdir().expect("a folder");
    let copy = |(n, file): (usize, &String)| {
        let path = copies.path().join(format!("{n}.dat"));
        fs::copy(lake.folder.join(file), &path).expect("a copy");
        path
    };
    let mut again: Vec<PathBuf> = lake.files.iter().enumerate().map(copy).collect();
    again.reverse();
    let summaries = ingest(&lake.data, &again, None).await;
    assert_eq!(summaries.len(), lake.files.len());
    assert!(summaries.iter().all(|summary| summary.already && summary.new + summary.revised == 0), "{summaries:?}");
    assert_eq!(figures(&lake.data).await, before);
}

#[tokio::test]
async fn legacy_downloads_show_each_report_from_its_release_on() {
    let Some(folder) = folder() else { return };
    let downloads: Vec<String> = files(&folder).into_iter().filter(|file| file.contains("annual_pub_")).collect();
    let releases = [
        ("2025-01-07", "2025-01-13 20:30:00Z"), // a day of mourning on the Thursday
        ("2025-01-14", "2025-01-17 20:30:00Z"),
        ("2025-01-21", "2025-01-24 20:30:00Z"),
        ("2025-01-28", "2025-01-31 20:30:00Z"),
        ("2025-02-04", "2025-02-07 20:30:00Z"),
    ];
    let data = tempfile::tempdir().expect("a folder");
    let data = data.path();
    const NEWEST: &str = "SELECT max(as_of) FROM cot WHERE report = 'legacy'";
    for (download, (day, _)) in downloads.iter().zip(releases) {
        let observed_at = download.trim_end_matches(".txt").rsplit('_').next().expect("an instant in the name");
        let observed_at = IngestTime::parse(observed_at).expect("an instant");
        let summary = ingest(data, &[folder.join(download)], Some(observed_at)).await;
        assert_eq!(summary[0].revised, 0, "{download}");
        assert_eq!(ask(data, None, NEWEST).await, [[day]], "{download} brings one report more");
        let late =
            format!("SELECT count(*) FROM cot_vintages WHERE available_at > '{observed_at}' OR backcast OR ingested_at > '{observed_at}'");
        assert_eq!(number(data, &late).await, 0, "{download}: nothing is known later than it was seen, and all of it is fresh");
    }
    let mut before = "NULL";
    for (day, release) in &releases[..downloads.len()] {
        let release = instant(release);
        let newest = async |at: i64| {
            let mut session = session(data, Some(contango::time::KnowledgeTime::from_micros(at)), None);
            rows(&mut session, NEWEST).await.expect("an answer")
        };
        assert_eq!(newest(release.micros() - 1_000_000).await, [[before]], "a second before the release of {day}");
        assert_eq!(newest(release.micros()).await, [[*day]], "at the release of {day}");
        before = day;
    }
}

#[tokio::test]
async fn clocks_show_the_report_that_was_the_newest() {
    let Some(lake) = shared().await else { return };
    let cases: [(&str, &[&str], &str); 7] = [
        ("2023-02-20T12:00:00Z", &["disaggregated", "tff"], "2023-01-24"), // the ION outage
        ("2019-02-04T00:00:00Z", &["disaggregated"], "2018-12-24"),        // after a shutdown
        ("2025-11-18T23:00:00Z", &["disaggregated"], "2025-09-23"),        // in a shutdown
        ("2024-01-26T20:29:59Z", &["disaggregated", "tff"], "2024-01-16"), // winter: 15:30 is 20:30 in UTC
        ("2024-01-26T20:30:00Z", &["disaggregated", "tff"], "2024-01-23"),
        ("2024-07-19T19:29:59Z", &["disaggregated", "tff"], "2024-07-09"), // summer: 19:30
        ("2024-07-19T19:30:00Z", &["disaggregated", "tff"], "2024-07-16"),
    ];
    for (clock, reports, newest) in cases {
        for report in reports {
            let query = format!("SELECT max(as_of) FROM cot WHERE report = '{report}' AND scope = 'futures_only'");
            assert_eq!(ask(&lake.data, Some(clock), &query).await, [[newest]], "{report} at {clock}");
            let query =
                format!("SELECT DISTINCT as_of FROM cot_as_of('{clock}', root => '{}')", if *report == "tff" { "ES" } else { "CL" });
            assert_eq!(ask(&lake.data, None, &query).await, [[newest]], "cot_as_of of {report} at {clock}");
        }
    }
}

#[tokio::test]
async fn flow_series_have_the_figures_of_the_files() {
    let Some(lake) = shared().await else { return };
    assert_eq!(number(&lake.data, "SELECT count(DISTINCT series_id) FROM meta.flow_series").await, 48);
    let without = "SELECT series_id FROM meta.flow_series WHERE series_id NOT IN (SELECT series_id FROM flow_data)";
    assert_eq!(ask(&lake.data, None, without).await, Vec::<Vec<String>>::new(), "every series has values");
    let cases = [
        ("CFTC_ES_LEVERAGED_NET", "tff/fut_fin_txt_2023.zip", "13874A", "levmoney"),
        ("CFTC_CL_MANAGED_NET", "disagg/fut_disagg_txt_2023.zip", "067651", "mmoney"),
    ];
    for (series, file, code, trader) in cases {
        let figure = |row: &BTreeMap<String, String>, side: &str| -> i64 {
            row[&format!("{trader}positions{side}all")].parse().expect("a whole number")
        };
        let read = read_apart(&lake.folder.join(file));
        let own: BTreeMap<String, i64> =
            read.iter().filter(|row| row_code(row) == code).map(|row| (day_of(row), figure(row, "long") - figure(row, "short"))).collect();
        let (first, last) = (own.keys().next().expect("a week"), own.keys().last().expect("a week"));
        let query = format!(
            "SELECT as_of, CAST(value AS BIGINT) FROM flow_data WHERE series_id = '{series}' AND as_of BETWEEN '{first}' AND '{last}' ORDER BY 1"
        );
        let expected: Vec<Vec<String>> = own.iter().map(|(day, net)| vec![day.clone(), net.to_string()]).collect();
        assert!(expected.len() > 40);
        assert_eq!(ask(&lake.data, None, &query).await, expected, "{series}");
    }
}

/// Every row of a table in its own order.
async fn content(data: &Path, table: &'static Table) -> RecordBatch {
    let query = format!("SELECT * FROM {}_vintages ORDER BY {}", table.name, table.sort_columns().join(", "));
    match session(data, None, None).run(&query).await.expect("an answer") {
        contango::engine::Answer::Rows { stream, .. } => {
            let schema = stream.schema();
            let batches: Vec<RecordBatch> = stream.try_collect().await.expect("rows");
            concat_batches(&schema, &batches).expect("one batch")
        }
        contango::engine::Answer::Done { .. } => panic!("a query has rows"),
    }
}

#[tokio::test]
async fn the_lake_verifies_and_is_made_again_to_the_same_rows() {
    let Some(shared) = shared().await else { return };
    let copy = tempfile::tempdir().expect("a folder");
    copy_folder(&shared.data, copy.path());
    let lake = Lake::new(copy.path()).expect("a lake");
    let found = verify(&lake).await.expect("a verification");
    assert_eq!((found.violations.len(), found.unreferenced.len()), (0, 0), "{found:?}");
    let config = Config::load(None).expect("the built-in configuration");
    let fed = contango::sources::cftc::Cftc.tables();
    let rebuilt = ingest::rebuild(&lake, &config, SOURCES, fed, &Silent).await.expect("a rebuild");
    assert!(rebuilt.iter().all(|done| done.payloads == shared.files.len() && done.rows_before == done.rows_after), "{rebuilt:?}");
    for table in fed {
        let (before, after) = (content(&shared.data, table).await, content(copy.path(), table).await);
        assert!(before.num_rows() > 0 && before == after, "{}: the rows of a rebuild are others", table.name);
    }
    assert_eq!(verify(&lake).await.expect("a verification").violations, Vec::<String>::new());
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        let target = to.join(entry.file_name().expect("a name"));
        if entry.is_dir() {
            copy_folder(&entry, &target);
        } else {
            fs::copy(&entry, &target).expect("a copy");
        }
    }
}

/// The checks say of the CFTC's files what the index says of them: positions add up, nothing is held twice or out of place. Years of which the
/// folder has no file are holes.
#[tokio::test]
async fn checks_find_holes_alone() {
    let Some(shared) = shared().await else { return };
    let session = session(&shared.data, None, Some(instant("2026-06-12 19:30:00Z")));
    let mut found = BTreeSet::new();
    for name in ["cot_gaps", "duplicates", "known_too_early", "vintage_order", "range", "cot_identities"] {
        let check = check::CHECKS.iter().find(|check| check.name == name).expect("there is such a check");
        let outcome = check::run(&session, check, None).await;
        found.extend(outcome.findings.expect("it runs").into_iter().map(|finding| finding.check));
    }
    found.remove("cot_gaps");
    assert!(found.is_empty(), "{found:?}");
    let sums = number(&shared.data, "SELECT count(*) FROM (SELECT DISTINCT report, scope, contract_code, as_of FROM cot)").await;
    println!("the positions of {sums} markets and weeks add up");
}

/// A report that was corrected after it had come out is marked by name, even where the source is said never to revise.
#[tokio::test]
async fn corrected_weeks_are_marked_by_name() {
    let Some(folder) = folder() else { return };
    let file = folder.join("tff/FinFut17.txt");
    if !file.exists() {
        println!("skipped: {} is not there", file.display());
        return;
    }
    let data = tempfile::tempdir().expect("a folder");
    let config = Config::with_overlay("mine.toml", "[cftc]\nrevises = false\n").expect("a valid file");
    let place = Workplace { data: data.path(), config: &config, progress: &Silent };
    let source = sources::find("cftc").expect("a source");
    ingest::files(&place, source, &[file], Some(IngestTime::parse("2026-11-30").expect("an instant")), None).await.expect("taken");
    let marked = "SELECT DISTINCT as_of, available_at FROM cot_vintages WHERE backcast";
    assert_eq!(rows(&mut session(data.path(), None, None), marked).await.expect("rows"), [["2017-03-28", "2017-03-31T19:30:00Z"]]);
}
