//! Series as collectors saved them, in the folder that `CONTANGO_REAL_DATA` names: what must hold among them, asked in SQL over a lake. Without
//! the folder every test here says 'skipped'.

use std::path::PathBuf;

use contango::config::Config;
use contango::ingest::{self, PayloadSummary};
use contango::lake::Lake;

use super::{at, payload, source};
use crate::support::{rows, session};

/// Later than every file.
const OBSERVED: &str = "2026-11-01";

fn recorded(name: &str) -> Option<String> {
    let Some(root) = std::env::var_os("CONTANGO_REAL_DATA") else {
        println!("skipped: CONTANGO_REAL_DATA is not set");
        return None;
    };
    let text = std::fs::read_to_string(PathBuf::from(root).join("brazil/sgs").join(name)).ok();
    if text.is_none() {
        println!("skipped: `{name}` is not there");
    }
    text
}

/// A lake of files, each with its series, taken in turn.
async fn lake_of(files: &[(&str, String)]) -> (tempfile::TempDir, Vec<PayloadSummary>) {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = Lake::new(folder.path()).expect("a lake");
    let config = Config::built_in().expect("the built-in configuration");
    let mut summaries = Vec::new();
    for (n, (series, text)) in files.iter().enumerate() {
        let mut payload = payload(Some(series), text, OBSERVED);
        payload.observed_at = contango::time::IngestTime::from_micros(at(OBSERVED).micros() + n as i64);
        let summary = ingest::take(&lake, &config, source("bcb_sgs"), payload).await.expect("taken");
        assert_eq!((summary.quarantined, summary.warnings.len()), (0, 0), "{summary:?}");
        summaries.push(summary);
    }
    (folder, summaries)
}

async fn only(folder: &tempfile::TempDir, sql: &str) -> Vec<String> {
    let mut found = rows(&mut session(folder.path(), None, None), sql).await.expect("rows");
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

#[tokio::test]
async fn two_collectors_saw_the_same_target_on_every_day() {
    let (Some(one), Some(other)) = (recorded("devverissimo_meta_selic.json"), recorded("marialicer_selic.json")) else { return };
    let (_, summaries) = lake_of(&[("432", one), ("432", other)]).await;
    let counts: Vec<_> = summaries.iter().map(|summary| (summary.rows_read, summary.new, summary.repeated, summary.revised)).collect();
    assert_eq!(counts, [(3654, 3654, 0, 0), (1827, 0, 1827, 0)]);
}

#[tokio::test]
async fn the_effective_rate_compounds_to_the_target_less_a_tenth() {
    let (Some(target), Some(effective)) = (recorded("devverissimo_meta_selic.json"), recorded("devverissimo_selic.json")) else { return };
    let (folder, _) = lake_of(&[("432", target), ("11", effective)]).await;
    let sql = "SELECT count(*), count(*) FILTER (WHERE round((power(1 + e.value / 100, 252) - 1) * 100, 2) = round(t.value - 0.10, 2))
               FROM   macro_series e
               JOIN   macro_series t ON t.as_of = e.as_of AND t.source = e.source
               WHERE  e.source = 'bcb_sgs' AND e.series_id = '11' AND t.series_id = '432'";
    assert_eq!(only(&folder, sql).await, ["2510", "2510"]);
    // The target of a day is known before it, the effective rate after it.
    let order =
        "SELECT count(*) FROM macro_series WHERE (series_id = '432') <> (available_at < CAST(as_of AS TIMESTAMP) + INTERVAL '3 hours')";
    assert_eq!(only(&folder, order).await, ["0"]);
}

#[tokio::test]
async fn consumer_prices_are_read_and_agree() {
    let names = ["devverissimo_ipca.json", "marialicer_ipca.json", "eaigor_ipca.json"];
    let Some(files) = names.iter().map(|name| recorded(name).map(|text| ("433", text))).collect::<Option<Vec<_>>>() else { return };
    let (folder, summaries) = lake_of(&files).await;
    let counts: Vec<_> = summaries.iter().map(|summary| (summary.rows_read, summary.new, summary.revised)).collect();
    assert_eq!(counts, [(121, 121, 0), (60, 0, 0), (60, 0, 0)]);
    let sql = "SELECT count(*), min(as_of), max(as_of), bool_or(backcast) FROM macro_series";
    assert_eq!(only(&folder, sql).await, ["121", "2016-01-01", "2026-01-01", "false"]);
}

#[tokio::test]
async fn rates_and_unemployment_are_read_whole() {
    let (Some(rate), Some(unemployment)) = (recorded("marialicer_cambio.json"), recorded("marialicer_desemprego.json")) else { return };
    let (folder, _) = lake_of(&[("1", rate), ("24369", unemployment)]).await;
    let sql = "SELECT count(*) FILTER (WHERE series_id = '1'), bool_or(backcast) FILTER (WHERE series_id = '1'),
                      count(*) FILTER (WHERE series_id = '24369'), bool_and(backcast) FILTER (WHERE series_id = '24369')
               FROM macro_series";
    assert_eq!(only(&folder, sql).await, ["1255", "false", "60", "true"]);
}
