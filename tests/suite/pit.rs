//! `EXPLAIN PIT`: what it counts is what the lake holds, the clock hides and the settings leave out, and no query can read it.

use std::path::Path;

use contango::engine::Session;
use contango::time::KnowledgeTime;
use tempfile::TempDir;

use crate::support::{Rows, Vintage, instant, rows, session};

const CLOCK: &str = "2023-02-20 12:00:00Z";

async fn lake() -> (TempDir, Vec<Vintage>) {
    let folder = tempfile::tempdir().expect("a folder");
    let all = Rows::standard();
    all.write(folder.path(), 3).await;
    (folder, all.cot)
}

fn at(folder: &Path, clock: Option<&str>) -> Session {
    session(folder, clock.map(instant), None)
}

/// Table, clock, known, hidden, excluded and newest of each row; then its note.
async fn explained(session: &mut Session, query: &str) -> Vec<[String; 7]> {
    let all = rows(session, &format!("EXPLAIN PIT {query}")).await.unwrap_or_else(|error| panic!("{query}: {error}"));
    all.into_iter().map(|row| [0, 1, 2, 3, 4, 5, 12].map(|at| row[at].clone())).collect()
}

fn es(all: &[Vintage]) -> Vec<&Vintage> {
    all.iter().filter(|row| row.code == "13874A" && row.scope == "futures_only").collect()
}

fn shown(at: KnowledgeTime) -> String {
    at.to_string().replace(' ', "T")
}

#[tokio::test]
async fn known_and_hidden_rows_are_all_rows_that_are_asked_for() {
    let (folder, all) = lake().await;
    let (clock, asked) = (instant(CLOCK), es(&all));
    let known: Vec<_> = asked.iter().filter(|row| row.available_at <= clock).collect();
    let hidden = (asked.len() - known.len()).to_string();
    let newest = known.iter().map(|row| row.available_at).max().expect("rows are known");
    assert!(!known.is_empty() && hidden != "0");
    let mut session = at(folder.path(), Some(CLOCK));
    for (query, table) in [
        ("SELECT net FROM cot WHERE root = 'ES' AND scope = 'futures_only' AND long > 10", "cot"),
        ("SELECT net FROM (SELECT * FROM cot_readings) WHERE root = 'ES' AND scope = 'futures_only'", "cot_readings"),
        ("SELECT count(*) FROM cot_vintages WHERE root IN ('ES') AND scope = 'futures_only'", "cot_vintages"),
    ] {
        let told = explained(&mut session, query).await;
        let expected = [table, &shown(clock), &known.len().to_string(), &hidden, "0", &shown(newest), "NULL"].map(str::to_string);
        assert_eq!(told, [expected], "{query}");
    }
    let told = explained(&mut at(folder.path(), None), "SELECT * FROM cot WHERE root = 'ES' AND scope = 'futures_only'").await;
    assert_eq!(told[0][1..4], ["NULL".to_string(), asked.len().to_string(), "0".to_string()]);
    // before all data no file is read at all, and everything is hidden
    let told =
        explained(&mut at(folder.path(), Some("2020-01-01")), "SELECT * FROM cot WHERE root = 'ES' AND scope = 'futures_only'").await;
    assert_eq!(told[0][2..6], ["0".to_string(), asked.len().to_string(), "0".to_string(), "NULL".to_string()]);
}

#[tokio::test]
async fn an_earlier_instant_of_a_query_is_the_clock_of_its_scan() {
    let (folder, _) = lake().await;
    let query = "SELECT * FROM cot_tff JOIN cot_tff FOR SYSTEM_TIME AS OF TIMESTAMP '2023-01-10 00:00:00Z' AS early USING (contract_code)";
    let told = explained(&mut at(folder.path(), Some(CLOCK)), query).await;
    let clocks: Vec<&str> = told.iter().map(|row| row[1].as_str()).collect();
    assert_eq!(clocks, ["2023-01-10T00:00:00Z", "2023-02-20T12:00:00Z"]);
    let hidden: Vec<u64> = told.iter().map(|row| row[3].parse().expect("a count")).collect();
    assert!(hidden[0] > hidden[1], "{hidden:?}");
}

#[tokio::test]
async fn shares_and_settings_are_told() {
    let (folder, all) = lake().await;
    let mut session = at(folder.path(), None);
    let query = "SELECT * FROM cot WHERE root = 'ES' AND scope = 'futures_only'";
    let told = rows(&mut session, &format!("EXPLAIN PIT {query}")).await.expect("it is told");
    let share = |is: &dyn Fn(&Vintage) -> bool| es(&all).iter().filter(|row| is(row)).count() as f64 / es(&all).len() as f64;
    let grades = ["stamped", "scheduled", "rule", "lagged", "observed"].map(|grade| share(&|row| row.availability.name() == grade));
    let given: Vec<f64> = told[0][6..12].iter().map(|text| text.parse().expect("a share")).collect();
    assert_eq!(given[..5], grades);
    assert_eq!(given[5], share(&|row| row.backcast));
    rows(&mut session, "SET contango.backcast = exclude").await.expect("a setting");
    let told = explained(&mut session, query).await;
    let excluded = es(&all).iter().filter(|row| row.backcast).count();
    assert_eq!(told[0][2..5], [(es(&all).len() - excluded).to_string(), "0".to_string(), excluded.to_string()]);
}

#[tokio::test]
async fn tables_under_an_operator_are_found() {
    let (folder, _) = lake().await;
    let mut session = at(folder.path(), None);
    let tables = |told: Vec<[String; 7]>| told.into_iter().map(|row| row[0].clone()).collect::<Vec<_>>();
    let bars = ["futures_definitions", "futures_ohlcv", "futures_statistics"];
    for query in ["SELECT as_of, close FROM futures_bars", "SELECT * FROM continuous_series('ES', roll => 'open_interest')"] {
        let mut found = tables(explained(&mut session, query).await);
        found.iter_mut().for_each(|name| *name = name.replace("_vintages", ""));
        found.sort();
        assert_eq!(found, bars, "{query}");
    }
    let features = tables(explained(&mut session, "SELECT * FROM features_vintages WHERE feature = 'cot_total_oi'").await);
    assert!(!features.is_empty() && features.iter().all(|name| name.starts_with("cot") || name == "meta.cot_features"), "{features:?}");
    for function in ["zscore('flow_data', 'CFTC_ES_DEALER_NET', window => 5)", "first_release('flow_data', 'CFTC_ES_DEALER_NET')"] {
        let replayed = tables(explained(&mut session, &format!("SELECT * FROM {function}")).await);
        assert_eq!(replayed, ["cot_vintages", "fx_flow_vintages", "meta.flow_series"], "{function}");
    }
    let quoted =
        "SELECT * FROM cot_tff b ASOF JOIN (SELECT * FROM macro_series_readings) r MATCH_CONDITION (b.available_at >= r.available_at)";
    assert_eq!(tables(explained(&mut session, quoted).await), ["cot", "macro_series_readings"]);
    let nested = "SELECT (SELECT max(net) FROM cot_tff), root FROM cot_legacy WHERE root IN (SELECT root FROM cot_disaggregated)";
    assert_eq!(explained(&mut session, nested).await.len(), 3);
}

#[tokio::test]
async fn what_has_no_knowledge_time_is_named() {
    let (folder, _) = lake().await;
    let beside = tempfile::tempdir().expect("a folder of one's own");
    let path = beside.path().join("mine.csv");
    std::fs::write(&path, "a,published\n1,2023-01-01\n").expect("a file");
    let mut session = at(folder.path(), Some("2023-03-01"));
    rows(&mut session, "CREATE TABLE born AS SELECT 1 AS a").await.expect("a table");
    rows(&mut session, "SET contango.unclocked = 'allow'").await.expect("a setting");
    let location = path.display();
    let declared =
        format!("CREATE EXTERNAL TABLE declared STORED AS CSV LOCATION '{location}' OPTIONS ('contango.available_at' 'published')");
    rows(&mut session, &declared).await.expect("a table");
    let query = format!("SELECT 1 FROM born, declared, '{location}', (VALUES (1)) v, releases('cot'), cot_tff");
    let told = explained(&mut session, &query).await;
    let notes: Vec<[&str; 2]> = told.iter().map(|row| [row[0].as_str(), row[6].as_str()]).collect();
    assert_eq!(
        notes,
        [
            ["cot", "NULL"],
            ["born", "born under 2023-03-01 00:00:00Z"],
            ["declared", "known from its column `published` on, not counted"],
            [&location.to_string(), "no knowledge time"],
            ["releases", "no knowledge time"],
        ]
    );
}

/// What a question asks of the rows of a declared file it asks of the known ones alone, wherever it stands.
#[tokio::test]
async fn a_hidden_row_of_a_declared_file_meets_no_question() {
    let (folder, _) = lake().await;
    let beside = tempfile::tempdir().expect("a folder of one's own");
    let csv = beside.path().join("e.csv");
    std::fs::write(&csv, "published,s\n2023-01-01,1\n2023-01-02,2\n2023-12-01,SECRET\n").expect("a file");
    let parquet = beside.path().join("e.parquet");
    let mut session = at(folder.path(), None);
    let copy = format!(
        "COPY (SELECT published, s FROM (VALUES ('2023-01-01', '1'), ('2023-01-02', '2'), ('2023-12-01', 'SECRET')) t(published, s)) TO '{}' STORED AS PARQUET",
        parquet.display()
    );
    rows(&mut session, &copy).await.expect("a file");
    let mut session = at(folder.path(), Some("2023-06-15"));
    for (columns, format, path) in [("", "CSV", &csv), ("(published DATE, s VARCHAR)", "CSV", &csv), ("", "PARQUET", &parquet)] {
        let header = if format == "CSV" { ", 'format.has_header' 'true'" } else { "" };
        let declared = format!(
            "CREATE OR REPLACE EXTERNAL TABLE e {columns} STORED AS {format} LOCATION '{}' OPTIONS ('contango.available_at' 'published'{header})",
            path.display()
        );
        rows(&mut session, &declared).await.expect("a table");
        rows(&mut session, "CREATE OR REPLACE VIEW over_e AS SELECT * FROM e WHERE CAST(s AS INT) > 1").await.expect("a view");
        for query in [
            "SELECT count(*) FROM e WHERE CAST(s AS INT) = 2",
            "SELECT count(*) FROM over_e",
            "SELECT count(e.s) FROM (VALUES (2)) t(a) LEFT JOIN e ON CAST(e.s AS INT) = t.a",
            "SELECT count(*) FROM e WHERE CAST(CASE WHEN published > '2023-07-01' THEN 'x' ELSE '1' END AS INT) = 1 AND CAST(s AS INT) > 1",
            "SELECT count(*) FROM (SELECT s FROM e GROUP BY s HAVING CAST(s AS INT) > 1)",
        ] {
            assert_eq!(rows(&mut session, query).await.unwrap_or_else(|e| panic!("{format}: {query}: {e}")), [["1"]], "{format}: {query}");
        }
    }
}

#[tokio::test]
async fn it_is_a_statement_and_nothing_else() {
    let (folder, _) = lake().await;
    let mut session = at(folder.path(), None);
    for sql in [
        "SELECT * FROM (EXPLAIN PIT SELECT * FROM cot)",
        "CREATE TABLE t AS EXPLAIN PIT SELECT * FROM cot",
        "CREATE VIEW v AS EXPLAIN PIT SELECT * FROM cot",
        "COPY (EXPLAIN PIT SELECT * FROM cot) TO 'x.csv'",
        "EXPLAIN PIT SET clock = '2023-01-01'",
        "EXPLAIN PIT CREATE TABLE t AS SELECT 1",
    ] {
        assert!(rows(&mut session, sql).await.is_err(), "{sql}");
    }
    let error = rows(&mut session, "EXPLAIN PIT\nSELECT nope FROM cot").await.expect_err("no such column");
    assert_eq!((error.place().row, error.place().character), (Some(2), Some(8)));
    rows(&mut session, "PREPARE p AS SELECT * FROM cot WHERE root = $1").await.expect("it is prepared");
    assert_eq!(explained(&mut session, "EXECUTE p('ES')").await.len(), 1);
    session.set_parameter("root", "ES").expect("a name");
    assert_eq!(explained(&mut session, "SELECT * FROM cot WHERE root = $root").await.len(), 1);
}
