//! Answers as they were recorded from the provider, in the folder that `CONTANGO_REAL_DATA` names: each says of another what it must be.
//! Without the folder every test here says 'skipped'.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use contango::config::Config;
use contango::ingest;
use contango::lake::Lake;
use contango::sources::find;
use serde_json::Value;

use super::{OBSERVED, payload};
use crate::support::{instant, rows, session};

const ALL: &str = "test_get_series_all_releases_pandas__1.json";
const CURRENT: &str = "test_get_series_pandas__1.json";
const FIRST: &str = "test_get_series_initial_release_pandas__1.json";
const VINTAGE_DATES: &str = "test_get_series_vintagedates_2.json";

fn recorded(name: &str) -> Option<Vec<u8>> {
    let Some(root) = std::env::var_os("CONTANGO_REAL_DATA") else {
        println!("skipped: CONTANGO_REAL_DATA is not set");
        return None;
    };
    let path = PathBuf::from(root).join("macro_vintages/pyfredapi_cassettes").join(name);
    let bytes = std::fs::read(&path).ok();
    if bytes.is_none() {
        println!("skipped: `{name}` is not there");
    }
    bytes
}

/// (date, value) of the rows of a body; `NULL` for `.`.
fn observations(bytes: &[u8]) -> Vec<[String; 2]> {
    let body: Value = serde_json::from_slice(bytes).expect("JSON");
    let text = |row: &Value, key: &str| row[key].as_str().expect("a text").to_string();
    let value = |text: String| text.parse::<f64>().map_or("NULL".to_string(), |value| format!("{value:?}"));
    body["observations"].as_array().expect("rows").iter().map(|row| [text(row, "date"), value(text(row, "value"))]).collect()
}

async fn lake_of(bodies: &[&[u8]]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let config = Config::built_in().expect("the built-in configuration");
    let lake = Lake::new(folder.path()).expect("a lake");
    for body in bodies {
        let taken = ingest::take(&lake, &config, find("fred").expect("listed"), payload(Some("GDP"), body.to_vec(), OBSERVED)).await;
        let summary = taken.expect("taken");
        assert_eq!((summary.quarantined, summary.warnings.len()), (0, 0), "{summary:?}");
    }
    folder
}

async fn history(folder: &tempfile::TempDir, clock: &str) -> Vec<[String; 2]> {
    let mut session = session(folder.path(), Some(instant(clock)), None);
    let all = rows(&mut session, "SELECT as_of, value FROM macro_series WHERE series_id = 'GDP' ORDER BY as_of").await.expect("rows");
    all.into_iter().map(|row| row.try_into().expect("two columns")).collect()
}

#[tokio::test]
async fn the_history_of_a_day_is_what_the_provider_showed_on_it() {
    let (Some(all), Some(current)) = (recorded(ALL), recorded(CURRENT)) else { return };
    let folder = lake_of(&[&all]).await;
    let shown = observations(&current);
    assert_eq!(shown.len(), 315);
    assert_eq!(history(&folder, "2024-12-19 13:30:00Z").await, shown, "from the release on");
    assert_ne!(history(&folder, "2024-12-19 13:29:59Z").await, shown, "a second before it");
    // The view of the day says no more than the vintages do.
    let both = lake_of(&[&current, &all]).await;
    let sql = "SELECT as_of, value, revision, available_at FROM macro_series_vintages ORDER BY as_of, available_at";
    let of = |folder: &tempfile::TempDir| folder.path().to_path_buf();
    let alone = rows(&mut session(&of(&folder), None, None), sql).await.expect("rows");
    assert_eq!(alone.len(), 3201);
    assert_eq!(rows(&mut session(&of(&both), None, None), sql).await.expect("rows"), alone);
}

#[tokio::test]
async fn the_earliest_vintages_are_the_first_releases() {
    let (Some(all), Some(first)) = (recorded(ALL), recorded(FIRST)) else { return };
    let sql = "SELECT as_of, value, available_at FROM macro_series_vintages WHERE revision = 0 ORDER BY as_of";
    let told: BTreeSet<Vec<String>> =
        rows(&mut session(lake_of(&[&first]).await.path(), None, None), sql).await.expect("rows").into_iter().collect();
    assert_eq!(told.len(), 132);
    let known: BTreeSet<Vec<String>> =
        rows(&mut session(lake_of(&[&all]).await.path(), None, None), sql).await.expect("rows").into_iter().collect();
    assert_eq!(known.len(), 315);
    assert!(told.is_subset(&known), "{:?}", told.difference(&known).next());
}

#[tokio::test]
async fn the_days_of_the_vintages_are_those_that_the_provider_lists() {
    let (Some(all), Some(dates)) = (recorded(ALL), recorded(VINTAGE_DATES)) else { return };
    let listed: Value = serde_json::from_slice(&dates).expect("JSON");
    let listed: BTreeSet<String> =
        listed["vintage_dates"].as_array().expect("days").iter().map(|day| day.as_str().expect("a text").to_string()).collect();
    assert_eq!(listed.len(), 395);
    let folder = lake_of(&[&all]).await;
    // where no hour is known, a vintage is known when its day is over
    let sql = "SELECT DISTINCT CAST((available_at - INTERVAL '1 microsecond') AT TIME ZONE 'America/New_York' AS DATE) FROM macro_series_vintages";
    let found = rows(&mut session(folder.path(), None, None), sql).await.expect("rows");
    assert_eq!(found.into_iter().flatten().collect::<BTreeSet<_>>(), listed);
}

#[tokio::test]
async fn a_known_quarter_went_the_way_that_is_known() {
    let Some(all) = recorded(ALL) else { return };
    let folder = lake_of(&[&all]).await;
    let sql = "SELECT value, available_at, availability FROM macro_series_vintages WHERE as_of = '2008-07-01' ORDER BY available_at";
    let found = rows(&mut session(folder.path(), None, None), sql).await.expect("rows");
    let (first, last) = (&found[0], &found[found.len() - 1]);
    assert_eq!((first[0].as_str(), first[1].as_str()), ("14429.2", "2008-10-30T12:30:00Z"));
    assert_eq!((last[0].as_str(), last[1].as_str()), ("14898.999", "2021-07-29T12:30:00Z"));
    assert!(found.iter().all(|row| ["scheduled", "rule"].contains(&row[2].as_str())), "{found:?}");
    let most = rows(&mut session(folder.path(), None, None), "SELECT max(revision) FROM macro_series_vintages").await.expect("rows");
    assert_eq!(most, [["14"]], "fifteen values at most");
}

#[test]
fn a_value_stands_until_the_next_one_does() {
    let Some(all) = recorded(ALL) else { return };
    let body: Value = serde_json::from_slice(&all).expect("JSON");
    let mut periods: BTreeMap<&str, Vec<(chrono::NaiveDate, chrono::NaiveDate)>> = BTreeMap::new();
    let day = |row: &Value, key: &str| row[key].as_str().and_then(|text| text.parse().ok()).expect("a day");
    for row in body["observations"].as_array().expect("rows") {
        periods.entry(row["date"].as_str().expect("a text")).or_default().push((day(row, "realtime_start"), day(row, "realtime_end")));
    }
    assert_eq!(periods.len(), 315);
    for (date, stood) in periods {
        assert!(stood.windows(2).all(|pair| pair[0].1.succ_opt() == Some(pair[1].0)), "{date}: {stood:?}");
    }
}
