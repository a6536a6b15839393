//! Answers in a lake: what a clock shows of them, twice is once, any order, and a rebuild to the same rows.

use std::path::Path;

use contango::config::Config;
use contango::ingest::{self, PayloadSummary, Progress, Workplace};
use contango::lake::Lake;
use contango::sources::{SOURCES, find};
use contango::tables::MACRO_SERIES;
use contango::time::IngestTime;

use super::answer::{Answer, END, all_vintages};
use super::{OBSERVED, payload};
use crate::support::{instant, rows, session};

struct Silent;

impl Progress for Silent {
    fn step(&self, _: &str) {}
    fn advance(&self, _: u64, _: Option<u64>) {}
    fn warn(&self, _: &str) {}
}

async fn take(data: &Path, series: &str, answer: &Answer, observed_at: IngestTime) -> PayloadSummary {
    let config = Config::built_in().expect("the built-in configuration");
    let lake = Lake::new(data).expect("a lake");
    let source = find("fred").expect("listed");
    ingest::take(&lake, &config, source, payload(Some(series), answer.bytes(), observed_at)).await.expect("taken")
}

/// Every vintage that can be told from the one before it.
async fn vintages(data: &Path) -> Vec<Vec<String>> {
    let sql = "SELECT series_id, as_of, value, revision, available_at, availability FROM macro_series_vintages ORDER BY ALL";
    rows(&mut session(data, None, None), &sql.replace("ORDER BY ALL", "ORDER BY series_id, as_of, available_at")).await.expect("rows")
}

fn narrowed() -> Answer {
    Answer::new(
        "2024-03-20",
        "2024-03-20",
        &[
            ("2024-03-20", "2024-03-20", "2023-12-01", "157232"),
            ("2024-03-20", "2024-03-20", "2024-01-01", "157418"),
            ("2024-03-20", "2024-03-20", "2024-02-01", "."),
        ],
    )
}

fn first_releases() -> Answer {
    Answer { output_type: 4, ..Answer::new("1776-07-04", END, &[("2024-02-02", "2024-03-07", "2024-01-01", "157585")]) }
}

#[tokio::test]
async fn a_clock_shows_what_stood_at_the_instant() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path();
    take(data, "PAYEMS", &all_vintages(), OBSERVED).await;
    let known = |at: &'static str| async move {
        let mut session = session(data, Some(instant(at)), None);
        rows(&mut session, "SELECT as_of, value, revision FROM macro_series ORDER BY as_of").await.expect("rows")
    };
    let lines = |rows: Vec<Vec<String>>| rows.into_iter().map(|row| row.join(" ")).collect::<Vec<_>>();
    assert_eq!(lines(known("2024-02-02 13:29:59Z").await), Vec::<String>::new());
    assert_eq!(lines(known("2024-02-02 13:30:00Z").await), ["2023-12-01 157232.0 0", "2024-01-01 157585.0 0"]);
    assert_eq!(lines(known("2024-04-05 12:29:59Z").await), ["2023-12-01 157232.0 0", "2024-01-01 157418.0 1", "2024-02-01 NULL 0"]);
    assert_eq!(lines(known("2024-04-05 12:30:00Z").await), ["2023-12-01 157232.0 0", "2024-01-01 157440.0 2", "2024-02-01 157808.0 1"]);
}

#[tokio::test]
async fn payloads_in_any_order_and_twice_make_one_history() {
    let answers = [all_vintages(), narrowed(), first_releases()];
    let seen = |n: usize| IngestTime::from_micros(OBSERVED.micros() + n as i64);
    let mut histories = Vec::new();
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [1, 2, 0]] {
        let folder = tempfile::tempdir().expect("a folder");
        for n in order {
            take(folder.path(), "PAYEMS", &answers[n], seen(n)).await;
        }
        for n in order {
            let again = take(folder.path(), "PAYEMS", &answers[n], seen(n)).await;
            assert!(again.already && again.new == 0, "{again:?}");
        }
        histories.push(vintages(folder.path()).await);
    }
    assert_eq!(histories[0].len(), 6, "the edge repeats what stood already: {:?}", histories[0]);
    assert!(histories.iter().all(|history| *history == histories[0]), "{histories:#?}");
}

#[tokio::test]
async fn what_is_known_by_a_day_alone_fills_the_gap_and_no_more() {
    let folder = tempfile::tempdir().expect("a folder");
    take(folder.path(), "PAYEMS", &narrowed(), OBSERVED).await;
    let mut before = session(folder.path(), Some(instant("2024-03-21 03:59:59Z")), None);
    assert!(rows(&mut before, "SELECT * FROM macro_series").await.expect("rows").is_empty(), "the day is not over in New York");
    let all = vintages(folder.path()).await;
    assert!(all.iter().all(|row| row[4] == "2024-03-21T04:00:00Z" && row[5] == "lagged"), "{all:?}");
}

#[tokio::test]
async fn a_rebuild_comes_to_the_same_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path();
    take(data, "PAYEMS", &all_vintages(), OBSERVED).await;
    take(data, "GDPC1", &narrowed(), OBSERVED).await;
    let before = vintages(data).await;
    let config = Config::built_in().expect("the built-in configuration");
    let place = Workplace { data, config: &config, progress: &Silent };
    let rebuilt = ingest::rebuild_tables(&place, SOURCES, &[&MACRO_SERIES]).await.expect("rebuilt");
    assert_eq!((rebuilt.len(), rebuilt[0].payloads, rebuilt[0].rows_before), (1, 2, rebuilt[0].rows_after));
    assert_eq!(vintages(data).await, before);
}

#[tokio::test]
async fn rows_that_cannot_be_taken_are_kept_aside() {
    let folder = tempfile::tempdir().expect("a folder");
    let odd = all_vintages().odd(r#"{"realtime_start":"soon","realtime_end":"9999-12-31","date":"2024-03-01","value":"1"}"#);
    let summary = take(folder.path(), "PAYEMS", &odd, OBSERVED).await;
    assert_eq!((summary.rows_read, summary.new, summary.quarantined), (7, 6, 1));
    let kept: Vec<_> =
        walk(&folder.path().join("quarantine")).into_iter().filter(|file| file.extension().is_some_and(|kind| kind == "ndjson")).collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
    let text = std::fs::read_to_string(&kept[0]).expect("readable");
    assert!(text.contains("`soon` is no day such as 2026-10-02"), "{text}");
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { found.extend(walk(&path)) } else { found.push(path) }
    }
    found
}
