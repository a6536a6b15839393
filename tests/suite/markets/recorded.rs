//! Files of the Treasury and answers of Yahoo as others have kept them, in the folder that `CONTANGO_REAL_DATA` names. Without it every test
//! here says 'skipped'.

use std::path::PathBuf;

use chrono::DateTime;
use contango::sources::find;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Place, payload};

/// The Treasury's files: rows, and figures in them. They overlap: the same day stands in up to five.
const CURVES: &[(&str, usize, usize)] = &[
    ("cvxgrp_daily-treasury-rates.csv", 8507, 90_333),
    ("deerfield_2023.csv", 250, 3250),
    ("deerfield_2024.csv", 250, 3250),
    ("deerfield_2025.csv", 131, 1803),
    ("deerfield_daily-treasury-rates_concat.csv", 1115, 14_145),
    ("linroger_daily-treasury-rates.csv", 169, 2197),
    ("niranjan_daily-treasury-rates.csv", 251, 3366),
    ("rishabh_daily-treasury-rates.csv", 14, 182),
    ("rowan_daily-treasury-rates.csv", 251, 2510),
    ("simona_daily-treasury-rates.csv", 377, 4901),
];

fn folder(below: &str) -> Option<PathBuf> {
    let found = std::env::var_os("CONTANGO_REAL_DATA").map(|root| PathBuf::from(root).join(below)).filter(|folder| folder.is_dir());
    if found.is_none() {
        println!("skipped: CONTANGO_REAL_DATA is not set, or has no `{below}`");
    }
    found
}

#[tokio::test]
async fn the_same_day_agrees_in_every_file_of_the_treasury() {
    let Some(folder) = folder("treasury") else { return };
    let place = Place::new("");
    let (mut new, mut repeated) = (0, 0);
    let read = CURVES.iter().filter_map(|file| match std::fs::read(folder.join(file.0)) {
        Ok(bytes) => Some((file, bytes)),
        Err(_) => {
            println!("skipped: `{}` is not there", file.0);
            None
        }
    });
    // as the files of one command: those that were seen at one instant go in the order of their content
    let mut files: Vec<_> = read.collect();
    files.sort_by_cached_key(|(_, bytes)| Sha256::digest(bytes).to_vec());
    let whole = files.len() == CURVES.len();
    for ((name, n_rows, n_figures), bytes) in files {
        let summary = place.take("us_treasury", &bytes, "2026-11-21 00:00:00Z").await.unwrap_or_else(|error| panic!("{name}: {error}"));
        println!("{name}: {} rows, {} new, {} repeated", summary.rows_read, summary.new, summary.repeated);
        assert_eq!((summary.rows_read, summary.new + summary.repeated), (*n_rows, *n_figures), "{name}");
        assert_eq!((summary.revised, summary.quarantined), (0, 0), "{name}");
        new += summary.new;
        repeated += summary.repeated;
    }
    if whole {
        assert_eq!((new, repeated), (95_428, 30_509));
        let sql = "SELECT count(DISTINCT as_of), count(DISTINCT tenor), min(as_of), max(as_of) FROM curves";
        assert_eq!(place.rows(None, sql).await, [["8890", "14", "1990-01-02", "2025-07-16"]]);
        // the thirty years were not published for four years, and stay unpublished
        let hole = "SELECT count(*) FROM curves WHERE tenor = '30Y' AND as_of BETWEEN '2002-02-19' AND '2006-02-08'";
        assert_eq!(place.rows(None, hole).await, [["0"]]);
        let first = "SELECT tenor, min(as_of) FROM curves WHERE tenor IN ('1.5M', '1M', '20Y') GROUP BY tenor ORDER BY tenor";
        assert_eq!(place.rows(None, first).await, [["1.5M", "2025-02-18"], ["1M", "2001-07-31"], ["20Y", "1993-10-01"]]);
    }
}

/// The body of a recorded answer.
fn body(name: &str) -> Option<Value> {
    let folder = folder("yahoo/yahoo-finance2")?;
    let Ok(bytes) = std::fs::read(folder.join(name)) else {
        println!("skipped: `{name}` is not there");
        return None;
    };
    let mut record: Value = serde_json::from_slice(&bytes).expect("JSON");
    Some(record["response"]["bodyJson"].take())
}

/// Describes symbols that the program does not know.
fn place_with(symbols: &[&str]) -> Place {
    let entry = |symbol: &&str| {
        format!(
            "[instruments.\"{symbol}\"]\nname = \"{symbol}\"\nkind = \"equity\"\nyahoo = \"{symbol}\"\ncurrency = \"USD\"\ndecimals = 2\ncalendar = \"US\"\n"
        )
    };
    let crypto = "[instruments.BTC]\nname = \"Bitcoin\"\nkind = \"crypto\"\nyahoo = \"BTC-USD\"\ncurrency = \"USD\"\ndecimals = 2\ncalendar = \"all\"\n";
    Place::new(&format!("{}{crypto}", symbols.iter().map(entry).collect::<String>()))
}

/// As if the answer had been made at the end of the time that it is of: nothing later is known to it then.
fn made_at_its_end(body: &mut Value) {
    let result = &mut body["chart"]["result"][0];
    let last = result["timestamp"].as_array().and_then(|stamps| stamps.last()).and_then(Value::as_i64).expect("a stamp");
    result["meta"]["regularMarketTime"] = json!(last + 6 * 3600);
}

fn figures(body: &Value, path: &str) -> Vec<f64> {
    let result = &body["chart"]["result"][0]["indicators"];
    let found = result.pointer(path).and_then(Value::as_array).expect("figures");
    found.iter().map(|value| value.as_f64().expect("a number")).collect()
}

#[tokio::test]
async fn adjusted_closes_are_those_of_the_provider() {
    for (name, symbol, n_days) in [
        ("chart-AAPL-2020-08-31-to-2020-11-07.json", "AAPL", 49),
        ("historical-via-chart-MSFT-dividends-2021-02-01-to-2022-01-31.csv.json", "MSFT", 252),
    ] {
        let Some(mut body) = body(name) else { continue };
        made_at_its_end(&mut body);
        let place = place_with(&["AAPL", "MSFT"]);
        let summary = place.take("yahoo", body.to_string().as_bytes(), "2025-02-22 12:00:00Z").await.expect("taken");
        assert_eq!(summary.quarantined, 0, "{summary:?}");
        let sql = format!("SELECT close, adjusted_close FROM market_prices WHERE symbol = '{symbol}' ORDER BY as_of");
        let rows = place.rows(None, &sql).await;
        assert_eq!(rows.len(), n_days, "{name}");
        let (closes, theirs) = (figures(&body, "/quote/0/close"), figures(&body, "/adjclose/0/adjclose"));
        // dividends after the end of the answer are in every figure of theirs by one factor
        let later = theirs[n_days - 1] / closes[n_days - 1];
        let mut worst: f64 = 0.0;
        for (row, (close, adjusted)) in rows.iter().zip(closes.iter().zip(&theirs)) {
            let number = |text: &str| text.parse::<f64>().expect("a number");
            assert!((number(&row[0]) - close).abs() < 0.005 && row[0].len() <= 6, "{row:?} {close}");
            worst = worst.max((number(&row[1]) * later / adjusted - 1.0).abs());
        }
        println!("{name}: {n_days} days, adjusted closes agree to {worst:.1e}");
        // theirs are of single precision, one rounding after another
        assert!(worst < 1e-6, "{name}: {worst}");
    }
}

#[tokio::test]
async fn prices_before_two_splits_are_those_that_were_printed() {
    let Some(mut body) = body("historical-via-chart-NVDA-split-2021-02-01-to-2022-01-31.csv.json") else { return };
    let place = place_with(&["NVDA"]);
    let error = place.take("yahoo", body.to_string().as_bytes(), "2025-02-22 12:00:00Z").await.expect_err("it ends too early");
    assert!(error.to_string().contains("ends on 2022-01-28 and was made on 2025-02-21 or later"), "{error}");
    // the split that the answer lacks: ten for one on 2024-06-10
    made_at_its_end(&mut body);
    body["chart"]["result"][0]["events"]["splits"]["1718026200"] =
        json!({ "date": 1_718_026_200, "numerator": 10, "denominator": 1, "splitRatio": "10:1" });
    place.take("yahoo", body.to_string().as_bytes(), "2025-02-22 12:00:00Z").await.expect("taken");
    // multiplied by forty, and by ten from the first split on, every close of the answer is whole cents
    let rows = place.rows(None, "SELECT close, volume, as_of >= '2021-07-20' FROM market_data ORDER BY as_of").await;
    let (closes, volumes) = (figures(&body, "/quote/0/close"), figures(&body, "/quote/0/volume"));
    assert_eq!(rows.len(), 252);
    for (row, (close, volume)) in rows.iter().zip(closes.iter().zip(volumes)) {
        let shares = if row[2] == "true" { 10.0 } else { 40.0 };
        let number = |text: &str| text.parse::<f64>().expect("a number");
        assert!((number(&row[0]) - close * shares).abs() < 1e-3, "{row:?} {close}");
        assert_eq!(number(&row[1]), volume / shares, "{row:?}");
    }
    let sql = "SELECT min(split_factor), max(split_factor), bool_and(split_close = close / split_factor) FROM market_prices";
    assert_eq!(place.rows(None, sql).await, [["10.0", "40.0", "true"]]);
    assert_eq!(place.rows(None, "SELECT as_of, value FROM market_events").await, [["2021-07-20", "4.0"], ["2024-06-10", "10.0"]]);
}

#[tokio::test]
async fn currencies_futures_and_coins_are_taken_by_their_days() {
    for (name, decimals, has_volume, n_days) in [
        ("chart-EURUSD=X-2020-01-01-to-2020-01-03.json", 6, false, 3),
        ("chart-GC=F-2020-01-01-to-2020-01-03.json", 2, true, 1),
        ("chart-BTC-USD-2020-01-01-to-2020-01-03.json", 2, true, 3),
    ] {
        let Some(body) = body(name) else { continue };
        let place = place_with(&[]);
        place.take("yahoo", body.to_string().as_bytes(), "2025-02-20 12:00:00Z").await.expect("taken");
        let shown = |value: f64| format!("{:?}", format!("{value:.decimals$}").parse::<f64>().expect("a number"));
        let volume = |volume: f64| if has_volume { format!("{volume:?}") } else { "NULL".to_string() };
        let (closes, volumes) = (figures(&body, "/quote/0/close"), figures(&body, "/quote/0/volume"));
        let days = ["2020-01-01", "2020-01-02", "2020-01-03"];
        let days = if n_days == 1 { &days[1..2] } else { &days[..] };
        let expected: Vec<Vec<String>> =
            days.iter().zip(closes.iter().zip(volumes)).map(|(day, (c, v))| vec![(*day).to_string(), shown(*c), volume(v)]).collect();
        assert_eq!(place.rows(None, "SELECT as_of, close, volume FROM market_data ORDER BY as_of").await, expected, "{name}");
    }
}

#[test]
fn every_recorded_chart_is_read_or_refused_for_its_reason() {
    let Some(folder) = folder("yahoo/yahoo-finance2") else { return };
    let (mut n_taken, mut n_refused) = (0, 0);
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("readable").path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if !name.starts_with("chart-") && !name.starts_with("historical-") {
            continue;
        }
        let record: Value = serde_json::from_slice(&std::fs::read(&path).expect("readable")).expect("JSON");
        let body = &record["response"]["bodyJson"];
        let meta = &body["chart"]["result"][0]["meta"];
        let (symbol, made) = (meta["symbol"].as_str().expect("a symbol"), meta["regularMarketTime"].as_i64().expect("a time"));
        let place = place_with(&[symbol].into_iter().filter(|symbol| !KNOWN.contains(symbol)).collect::<Vec<_>>());
        let observed = DateTime::from_timestamp(made, 0).map(|at| at.format("%Y-%m-%d %H:%M:%SZ").to_string()).expect("a time");
        let source = find("yahoo").expect("listed");
        match source.parse(&payload(&name, body.to_string().as_bytes(), &observed, None), &place.config) {
            Ok(parsed) => {
                assert!(parsed.rejections.is_empty(), "{name}: {:?}", parsed.rejections);
                n_taken += 1;
            }
            Err(error) => {
                let words = error.to_string();
                let ended = words.contains("its prices are divided by splits since then");
                let reason = if ended { meta["instrumentType"] != "CURRENCY" } else { words.contains("not of a day") };
                assert!(reason, "{name}: {words}");
                n_refused += 1;
            }
        }
    }
    println!("{n_taken} recorded charts taken, {n_refused} refused");
    assert!(n_taken > 0 && n_refused > 0);
}

/// Symbols that are described already.
const KNOWN: [&str; 4] = ["QQQ", "GC=F", "EURUSD=X", "BTC-USD"];
