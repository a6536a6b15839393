//! Vintages in the lake: what is known at a clock, twice is once, any order, and a rebuild; and the real files against each other.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use contango::ingest::{self, PayloadSummary, Progress, Workplace};
use contango::sources::vintages::{Hint, Vintages};
use contango::time::IngestTime;

use super::config;
use super::vintages::workbook;
use crate::support::{instant, rows, session};

struct Silent;

impl Progress for Silent {
    fn step(&self, _: &str) {}
    fn advance(&self, _: u64, _: Option<u64>) {}
    fn warn(&self, _: &str) {}
}

async fn ingest(data: &Path, file: &Path, observed_at: &str, hint: Hint) -> PayloadSummary {
    let config = config();
    let place = Workplace { data, config: &config, progress: &Silent };
    let observed_at = IngestTime::parse(observed_at).expect("an instant");
    let taken = ingest::files(&place, &Vintages, &[file.to_path_buf()], Some(observed_at), hint.text().as_deref()).await;
    taken.expect("a file of vintages").into_iter().next().expect("a summary")
}

async fn rebuild(data: &Path) {
    let config = config();
    let place = Workplace { data, config: &config, progress: &Silent };
    ingest::rebuild_tables(&place, contango::sources::SOURCES, contango::tables::TABLES).await.expect("rebuilt");
}

fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content).expect("the folder can be written");
    path
}

async fn ask(data: &Path, clock: Option<&str>, question: &str) -> Vec<String> {
    let answer = rows(&mut session(data, clock.map(instant), None), question).await.unwrap_or_else(|error| panic!("{question}: {error}"));
    answer.iter().map(|row| row.join(" ")).collect()
}

const HEAD: &str = "series_id,as_of,value,available_at\n";
/// A month that is revised twice, a second one, and one that the source takes back.
const OLD: &str = "GDP,2024-01-01,1,2024-02-01T13:00:00Z\nGDP,2024-01-01,2,2024-03-01T13:00:00Z\nGDP,2024-02-01,5,2024-03-01T13:00:00Z\n";
const NEW: &str = "GDP,2024-01-01,3,2024-04-01T13:00:00Z\nGDP,2024-02-01,,2024-04-01T13:00:00Z\nGDP,2024-01-01,2,2024-03-01T13:00:00Z\n";

#[tokio::test]
async fn the_order_of_files_means_nothing_twice_is_once_and_a_rebuild_gives_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let (old, new) = (write(folder.path(), "1.csv", format!("{HEAD}{OLD}")), write(folder.path(), "2.csv", format!("{HEAD}{NEW}")));
    let known = [
        ("2024-02-01 12:59:59Z", vec![]),
        ("2024-02-01 13:00:00Z", vec!["GDP 2024-01-01 1.0 stamped false"]),
        ("2024-03-01 13:00:00Z", vec!["GDP 2024-01-01 2.0 stamped false", "GDP 2024-02-01 5.0 stamped false"]),
        ("2024-04-01 13:00:00Z", vec!["GDP 2024-01-01 3.0 stamped false", "GDP 2024-02-01 NULL stamped false"]),
    ];
    for (n, files) in [[&old, &new], [&new, &old]].into_iter().enumerate() {
        let data = folder.path().join(format!("data{n}"));
        for (day, file) in files.into_iter().enumerate() {
            let taken = ingest(&data, file, &format!("2024-05-0{} 00:00Z", day + 1), Hint::default()).await;
            assert_eq!((taken.new, taken.repeated, taken.revised), (3 - day, day, 0), "{n} {day}");
            assert!(ingest(&data, file, "2024-06-01 00:00Z", Hint::default()).await.already);
        }
        for round in ["as ingested", "rebuilt"] {
            for (clock, expected) in &known {
                let question = "SELECT series_id, as_of, value, availability, backcast FROM macro_series ORDER BY as_of";
                assert_eq!(&ask(&data, Some(clock), question).await, expected, "{n} {round} {clock}");
            }
            let vintages = "SELECT count(*), count(value), count(DISTINCT available_at) FROM macro_series_vintages";
            assert_eq!(ask(&data, None, vintages).await, ["5 4 3"], "{n} {round}");
            rebuild(&data).await;
        }
    }
}

#[tokio::test]
async fn rows_set_aside_are_kept_with_their_reasons() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let file =
        write(folder.path(), "1.csv", format!("{HEAD}GDP,2024-01-01,x,2024-02-01T13:00:00Z\n{OLD}GDP,2024-01-01,9,2024-02-01T13:00:00Z\n"));
    let taken = ingest(&data, &file, "2024-05-01 00:00Z", Hint::default()).await;
    assert_eq!((taken.rows_read, taken.new, taken.quarantined), (5, 3, 2));
    let kept = std::fs::read_dir(data.join("quarantine/vintages")).expect("the quarantine").next().expect("a file").expect("readable");
    let kept = std::fs::read_to_string(kept.path()).expect("readable");
    insta::assert_snapshot!("vintages_quarantine", kept);
}

#[tokio::test]
async fn sources_of_one_series_stand_side_by_side() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let mine = Hint { source: Some("mine".into()), ..Hint::default() };
    ingest(&data, &write(folder.path(), "1.csv", format!("{HEAD}{OLD}")), "2024-05-01 00:00Z", mine).await;
    let sheet = workbook(&[&["DATE", "GDP24Q1", "GDP24Q2"], &["2024:Q1", "#N/A", "7"]]);
    ingest(&data, &write(folder.path(), "2.xlsx", sheet), "2024-05-20 00:00Z", Hint::default()).await;
    let question = "SELECT source, as_of, value, available_at FROM macro_series WHERE series_id = 'GDP' ORDER BY source, as_of";
    let expected = [
        "mine 2024-01-01 2.0 2024-03-01T13:00:00Z",
        "mine 2024-02-01 5.0 2024-03-01T13:00:00Z",
        "rtdsm 2024-01-01 7.0 2024-05-16T04:00:00Z",
    ];
    assert_eq!(ask(&data, None, question).await, expected);
}

/// The folder of macro vintages, where it is at hand.
fn real() -> Option<PathBuf> {
    let folder = std::env::var_os("CONTANGO_REAL_DATA").map(|root| Path::new(&root).join("macro_vintages")).filter(|path| path.exists());
    if folder.is_none() {
        eprintln!("skipped: CONTANGO_REAL_DATA is not set, or has no macro_vintages");
    }
    folder
}

#[tokio::test]
async fn two_collectors_of_vintages_agree_on_real_gdp() {
    let Some(real) = real() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let sheet = ingest(&data, &real.join("rtdsm/ROUTPUTQvQd.xlsx"), "2024-03-01 00:00Z", Hint::default()).await;
    assert_eq!((sheet.rows_read, sheet.quarantined), (308, 0), "{sheet:?}");
    let nowcasting = Hint { source: Some("frbny".into()), ..Hint::default() };
    let changes = ingest(&data, &real.join("frbny_nowcasting/derived_vintage_changes_long.csv.gz"), "2024-03-01 00:00Z", nowcasting).await;
    assert_eq!(changes.quarantined, 0, "{changes:?}");
    assert_eq!(changes.rows_read, changes.new);
    // the end of 2016-08-15 in New York; there a quarter is dated by its last month
    let question = "SELECT count(*), count(*) FILTER (WHERE p.value = n.value) \
        FROM (SELECT as_of, value FROM macro_series WHERE source = 'rtdsm' AND series_id = 'ROUTPUT') p \
        JOIN (SELECT as_of - INTERVAL '2 months' AS as_of, value FROM macro_series WHERE source = 'frbny' AND series_id = 'GDPC1') n \
        ON p.as_of = n.as_of WHERE n.value IS NOT NULL";
    assert_eq!(ask(&data, Some("2016-08-16 04:00:00Z"), question).await, ["126 126"]);
    let newest = "SELECT max(as_of) FROM macro_series WHERE source = 'rtdsm' AND value IS NOT NULL";
    assert_eq!(ask(&data, Some("2016-08-16 04:00:00Z"), newest).await, ["2016-04-01"]);
    assert_eq!(ask(&data, Some("2016-08-16 03:59:59Z"), newest).await, ["2016-01-01"]);
}

#[tokio::test]
async fn the_panels_of_fred_md_load_whole() {
    let Some(real) = real() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    for month in ["2024-02", "2024-03"] {
        let path = real.join(format!("fred_md/{month}.csv.gz"));
        let mut text = String::new();
        flate2::read::GzDecoder::new(std::fs::File::open(&path).expect("readable")).read_to_string(&mut text).expect("text");
        let periods: Vec<&str> = text.lines().skip(2).filter(|line| line.starts_with(|c: char| c.is_ascii_digit())).collect();
        let figures = periods.iter().flat_map(|line| line.split(',').skip(1)).filter(|cell| !cell.trim().is_empty()).count();
        let n_series = text.lines().next().expect("a header").split(',').skip(1).filter(|name| !name.is_empty()).count();
        let taken = ingest(&data, &path, "2024-04-15 00:00Z", Hint::default()).await;
        assert_eq!((taken.rows_read, taken.quarantined), (periods.len(), 0), "{taken:?}");
        assert_eq!(taken.kind.split(',').next(), Some(format!("fred_md: {n_series} series").as_str()));
        let stored = "SELECT count(value) FROM macro_series_vintages WHERE source = 'fred_md'";
        if month == "2024-02" {
            assert_eq!(ask(&data, None, stored).await, [figures.to_string()]);
        }
        let known = "SELECT count(value) FROM macro_series WHERE source = 'fred_md' AND value IS NOT NULL AND payload IS NOT NULL";
        let clock = if month == "2024-02" { "2024-03-01 05:00:00Z" } else { "2024-04-01 04:00:00Z" };
        let answer: usize = ask(&data, Some(clock), known).await[0].parse().expect("a count");
        assert!(answer >= figures, "{answer} of {figures}");
        assert!(ask(&data, Some("2024-03-01 04:59:59Z"), "SELECT * FROM macro_series").await.is_empty());
    }
}
