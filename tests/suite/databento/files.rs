//! Whole files: what is refused and leaves nothing behind, and what a lake of many files holds however they came.

use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use contango::config::Config;
use contango::ingest::{self, PayloadSummary, Progress, Workplace};
use contango::lake::verify::verify;
use contango::lake::{Lake, raw};
use contango::sources::SOURCES;
use dbn::{Schema, StatType};

use super::write::{DATASET, File};
use super::{lines, parse, parse_with, source};
use crate::support::{instant, rows, session};

struct Silent;

impl Progress for Silent {
    fn step(&self, _: &str) {}
    fn advance(&self, _: u64, _: Option<u64>) {}
    fn warn(&self, _: &str) {}
}

fn week() -> File {
    let file = File::new(Schema::Ohlcv1D, "ES", "2024-01-07", "2024-01-13").map("ESH4", 17, "2024-01-01", "2025-01-01");
    ["2024-01-08", "2024-01-09"].iter().fold(file, |file, day| file.bar(17, day, [100.0, 101.0, 99.0, 100.5], 7))
}

#[test]
fn what_is_no_whole_dbn_file_of_a_known_schema_is_refused() {
    let dbz = [&[0x51, 0x2a, 0x4d, 0x18, 4, 0, 0, 0][..], b"DBZ\x01"].concat();
    let (plain, zstd) = (week().plain(), week().zstd());
    let mut newer = plain.clone();
    newer[3] = 9;
    let cases: [(&str, Vec<u8>, &str); 9] = [
        ("empty", Vec::new(), "not a DBN file"),
        ("a text", b"date,open,high,low,close\n2024-01-02,1,2,0,1\n".to_vec(), "not a DBN file"),
        ("dbz", dbz, "the format before DBN"),
        ("half of the zstd", zstd[..zstd.len() / 2].to_vec(), "damaged or cut off"),
        ("without the end of the zstd", zstd[..zstd.len() - 2].to_vec(), "damaged or cut off"),
        ("half a record", plain[..plain.len() - 20].to_vec(), "cut off inside record 2"),
        ("half a header", plain[..50].to_vec(), "cut off inside its header"),
        ("a version to come", newer, "DBN version 9 is not known"),
        ("another schema", File::new(Schema::Trades, "ES", "2024-01-07", "2024-01-13").zstd(), "the schema `trades` is not taken"),
    ];
    for (case, bytes, said) in cases {
        let error = parse(bytes).expect_err(case);
        assert!(error.message().contains(said), "{case}: {error}");
        assert!(error.hint_text().is_some(), "{case}: {error}");
    }
    let error = parse_with(zstd, Some("IFUS.IMPACT"), super::OBSERVED).expect_err("another dataset");
    assert!(error.message().contains("`GLBX.MDP3`, not `IFUS.IMPACT`"), "{error}");
}

#[test]
fn one_file_reads_the_same_plain_in_one_frame_and_in_two() {
    let columns = ["as_of", "symbol", "close", "volume"];
    let expected = lines(&parse(week().plain()).expect("a good file"), "futures_ohlcv", &columns);
    assert_eq!(expected.len(), 2);
    assert_eq!(lines(&parse(week().zstd()).expect("a good file"), "futures_ohlcv", &columns), expected);
    let more = week().bar(17, "2024-01-10", [100.0, 101.0, 99.0, 100.5], 7);
    // a second frame of records alone, as a stream that went on
    let tail = File::new(Schema::Ohlcv1D, "ES", "2024-01-07", "2024-01-13").bar(17, "2024-01-10", [100.0, 101.0, 99.0, 100.5], 7);
    let mut frames = week().zstd();
    let mut second = Vec::new();
    let mut writer = dbn::encode::DynWriter::new(&mut second, dbn::Compression::Zstd).expect("a writer");
    std::io::Write::write_all(&mut writer, &tail.fragment()).expect("memory takes it");
    drop(writer);
    frames.extend(second);
    let expected = lines(&parse(more.plain()).expect("a good file"), "futures_ohlcv", &columns);
    assert_eq!(lines(&parse(frames).expect("two frames"), "futures_ohlcv", &columns), expected);
}

#[test]
fn a_fragment_has_no_symbols_but_definitions_have_their_own() {
    let bars = parse(week().fragment()).expect("records");
    assert_eq!((bars.batches.len(), bars.rejections.len()), (0, 2));
    let file = File::new(Schema::Definition, "ES", "2024-01-08", "2024-01-13");
    let file = file.outright(17, "ESH4", "2022-12-16", "2024-03-15 13:30", "2024-01-08 06:00");
    let row = |parsed| lines(&parsed, "futures_definitions", &["dataset", "symbol", "maturity"]).join("");
    assert_eq!(row(parse(file.fragment()).expect("records")), format!("{DATASET} ESH4 2024-03"));
    let named = parse_with(file.fragment(), Some("OTHER.SET"), super::OBSERVED).expect("records");
    assert_eq!(row(named), "OTHER.SET ESH4 2024-03");
}

#[test]
fn a_file_without_records_has_no_rows_and_no_error() {
    for schema in [Schema::Ohlcv1D, Schema::Ohlcv1H, Schema::Definition, Schema::Statistics] {
        let parsed = parse(File::new(schema, "ES", "2024-01-07", "2024-01-13").zstd()).expect("a file");
        assert_eq!((parsed.rows_read, parsed.batches.len(), parsed.rejections.len()), (0, 0, 0));
    }
}

/// Files of four markets: definitions, daily bars of a week, and settlements that were preliminary first.
fn four_markets(folder: &Path) -> Vec<PathBuf> {
    let markets = [
        ("ES", "ESH4", 17, "2024-03-15 13:30"),
        ("CL", "CLH4", 20, "2024-02-20 19:30"),
        ("ZN", "ZNH4", 23, "2024-03-19 17:01"),
        ("GC", "GCJ4", 26, "2024-04-26 17:30"),
    ];
    let mut paths = Vec::new();
    for (parent, symbol, id, expiration) in markets {
        let file = |schema| File::new(schema, parent, "2024-01-07", "2024-01-13").map(symbol, id, "2024-01-01", "2025-01-01");
        let price = f64::from(id) * 10.0;
        let days = ["2024-01-07", "2024-01-08", "2024-01-09", "2024-01-10", "2024-01-11", "2024-01-12"];
        let bars =
            days.iter().fold(file(Schema::Ohlcv1D), |file, day| file.bar(id, day, [price, price + 2.0, price - 2.0, price + 1.0], 7));
        let statistics = file(Schema::Statistics)
            .figure(id, StatType::SettlementPrice, "2024-01-09", "2024-01-09 21:05", Some(price), 0)
            .figure(id, StatType::SettlementPrice, "2024-01-09", "2024-01-10 05:30", Some(price + 0.25), 1);
        let definitions = file(Schema::Definition).outright(id, symbol, "2023-06-16", expiration, "2024-01-07 06:00");
        for (schema, file) in [("ohlcv-1d", bars), ("statistics", statistics), ("definition", definitions)] {
            let path = folder.join(format!("{parent}.{schema}.dbn.zst"));
            std::fs::write(&path, file.zstd()).expect("written");
            paths.push(path);
        }
    }
    paths
}

async fn take(data: &Path, files: &[PathBuf]) -> Vec<PayloadSummary> {
    let config = Config::built_in().expect("the built-in configuration");
    let place = Workplace { data, config: &config, progress: &Silent };
    ingest::files(&place, source(), files, None, None).await.expect("the files are taken")
}

const CONTENT: [&str; 3] = [
    "SELECT symbol, as_of, open, high, low, close, volume, available_at FROM futures_ohlcv_vintages ORDER BY symbol, as_of, available_at",
    "SELECT symbol, as_of, stat, value, final, available_at FROM futures_statistics_vintages ORDER BY symbol, as_of, available_at",
    "SELECT symbol, as_of, asset, maturity, expiration, available_at FROM futures_definitions_vintages ORDER BY symbol, as_of, available_at",
];

async fn content(data: &Path) -> Vec<Vec<Vec<String>>> {
    let mut session = session(data, None, None);
    let mut all = Vec::new();
    for statement in CONTENT {
        all.push(rows(&mut session, statement).await.expect("rows"));
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lake_of_four_markets_is_the_same_however_its_files_came() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut files = four_markets(folder.path());
    let (one, other) = (folder.path().join("one"), folder.path().join("other"));
    let taken = take(&one, &files).await;
    assert_eq!(taken.iter().map(|summary| summary.new).sum::<usize>(), 4 * (5 + 2 + 1));
    let expected = content(&one).await;
    assert_eq!(expected.iter().map(Vec::len).collect::<Vec<_>>(), [20, 8, 4]);

    assert!(take(&one, &files).await.iter().all(|summary| summary.already), "twice is once");
    assert_eq!(content(&one).await, expected);
    files.reverse();
    take(&other, &files).await;
    assert_eq!(content(&other).await, expected, "the order means nothing");

    let config = Config::built_in().expect("the built-in configuration");
    let place = Workplace { data: &one, config: &config, progress: &Silent };
    ingest::rebuild_tables(&place, SOURCES, source().tables()).await.expect("a rebuild");
    assert_eq!(content(&one).await, expected, "the archive has it all");
    let lake = Lake::new(&one).expect("a lake");
    assert!(verify(&lake).await.expect("a look").violations.is_empty());
    let shelves: Vec<String> = raw::list(&lake, "databento").await.expect("a listing").iter().map(|s| s.path().to_string()).collect();
    assert!(shelves.iter().any(|path| path.starts_with("raw/databento/ohlcv-1d/ES/") && path.ends_with(".dbn.zst")), "{shelves:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_settlement_is_preliminary_until_the_final_one_is_known() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = four_markets(folder.path());
    let data = folder.path().join("data");
    take(&data, &files).await;
    let seen = async |clock: &str| {
        let mut session = session(&data, Some(instant(clock)), None);
        let statement = "SELECT value, final FROM futures_statistics WHERE symbol = 'ESH4' AND stat = 'settlement'";
        rows(&mut session, statement).await.expect("rows").into_iter().map(|row| row.join(" ")).collect::<Vec<_>>()
    };
    assert_eq!(seen("2024-01-09 21:04:59Z").await, Vec::<String>::new());
    assert_eq!(seen("2024-01-09 21:05:00Z").await, ["170.0 false"]);
    assert_eq!(seen("2024-01-10 05:30:00Z").await, ["170.25 true"]);
    let mut session = session(&data, Some(instant("2024-01-10 12:00:00Z")), None);
    let bars = rows(&mut session, "SELECT as_of, contract_id, close, settlement FROM futures_bars WHERE root = 'ES' ORDER BY as_of").await;
    assert_eq!(bars.expect("rows"), [["2024-01-08", "ESH2024", "171.0", "NULL"], ["2024-01-09", "ESH2024", "171.0", "170.25"]]);
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_contango"));
    let command = command.current_dir(folder).args(arguments).env("XDG_STATE_HOME", folder.join("state"));
    command.env_remove("CONTANGO_DATA").write_stdin("").output().expect("the program starts")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_folder_is_taken_whole_or_by_parent_and_a_bad_file_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = folder.path().join("files/deep");
    std::fs::create_dir_all(&files).expect("a folder");
    four_markets(&files);
    let ingest = |more: &[&str]| run(folder.path(), &[&["ingest", "databento", "-q"], more].concat());
    let count = |output: &Output| String::from_utf8_lossy(&output.stdout).lines().filter(|line| line.contains(DATASET)).count();

    std::fs::write(folder.path().join("bad.dbn"), b"no such thing").expect("written");
    let bad = ingest(&["--file", "bad.dbn"]);
    assert_eq!(bad.status.code(), Some(2));
    assert!(stderr(&bad).contains("bad.dbn: not a DBN file") && stderr(&bad).contains("hint:"), "{}", stderr(&bad));
    assert!(!folder.path().join("data/raw").exists() && !folder.path().join("data/lake").exists());

    let of_two = ingest(&["--dir", "files", "--parent", "TY", "--parent", "es.FUT"]);
    assert_eq!((of_two.status.code(), count(&of_two)), (Some(0), 6), "{}", stderr(&of_two));
    let all = ingest(&["--dir", "files"]);
    assert_eq!((all.status.code(), count(&all)), (Some(0), 6), "{}", stderr(&all));

    let unknown = ingest(&["--dir", "files", "--parent", "ESX"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(stderr(&unknown).contains("unknown root `ESX`") && stderr(&unknown).contains("did you mean `ES`"), "{}", stderr(&unknown));
    let none = ingest(&["--dir", "files", "--parent", "NQ"]);
    assert!(stderr(&none).contains("none of the 12 files was asked for by the parent NQ"), "{}", stderr(&none));
    assert!(stderr(&ingest(&[])).contains("there is nothing to take"));
    let backwards = ingest(&["--parent", "ES", "--from", "2024-02-01", "--to", "2024-01-01"]);
    assert_eq!(backwards.status.code(), Some(2));
    assert!(stderr(&backwards).contains("the window ends before it begins"), "{}", stderr(&backwards));
    let schema = ingest(&["--parent", "ES", "--schema", "ohlcv-1x"]);
    assert!(stderr(&schema).contains("did you mean `ohlcv-1"), "{}", stderr(&schema));
}
