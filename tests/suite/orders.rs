//! The order law: a lake is what its payloads are, in whatever order and in however many commands they came. Random payloads of several
//! sources (stamped and not, revised, contradicting each other, with gaps that are filled later), each seen at a random moment, are taken in
//! several orders; every column of every vintage must agree, and a rebuild must change none of them.

use std::sync::Arc;

use contango::config::Config;
use contango::ingest::{self, Progress};
use contango::lake::{Lake, verify::verify};
use contango::sources::bars::Bars;
use contango::sources::vintages::Vintages;
use contango::sources::{Payload, SOURCES, Source};
use contango::tables::{self, Table};
use contango::time::IngestTime;
use datafusion::object_store::memory::InMemory;

use crate::laws::dice::Dice;
use crate::support::{rows, session_on};

struct Quiet;

impl Progress for Quiet {
    fn step(&self, _: &str) {}
    fn advance(&self, _: u64, _: Option<u64>) {}
    fn warn(&self, _: &str) {}
}

const TABLES: [&str; 4] = ["macro_series", "futures_ohlcv", "futures_statistics", "futures_definitions"];

fn fed() -> Vec<&'static Table> {
    TABLES.map(tables::get).to_vec()
}

type Sent = (&'static dyn Source, Payload);

fn sent(source: &'static dyn Source, name: String, text: String, observed_at: &str, hint: Option<&str>) -> Sent {
    let observed_at = IngestTime::parse(observed_at).expect("an instant");
    (source, Payload { origin: name.clone(), name, bytes: text.into(), observed_at, hint: hint.map(str::to_string) })
}

/// Economic series with stamps: few of everything, so that payloads meet.
fn vintages(dice: &mut Dice, name: String, observed_at: &str) -> Sent {
    let mut text = "series_id,as_of,available_at,value\n".to_string();
    let mut seen = std::collections::HashSet::new();
    for _ in 0..1 + dice.below(5) {
        let (series, month, day) = (dice.of(&["X", "Y"]), 1 + dice.below(2), 1 + dice.below(8));
        if seen.insert((*series, month, day)) {
            text += &format!("{series},2024-0{month}-01,2024-03-{day:02} 13:30:00Z,{}\n", dice.below(3));
        }
    }
    sent(&Vintages, name, text, observed_at, Some("source=mine"))
}

/// Bars of two contracts over a week, each with days that are not there.
fn bars(dice: &mut Dice, name: String, observed_at: &str) -> Sent {
    // a file that lacks a column says nothing of its figures
    let (has_volume, has_expiration) = (!dice.one_in(3), !dice.one_in(3));
    let more = |volume: &str, expiration: &str| {
        [(has_volume, volume), (has_expiration, expiration)]
            .iter()
            .filter(|(has, _)| *has)
            .map(|(_, cell)| format!(",{cell}"))
            .collect::<String>()
    };
    let mut text = format!("symbol,as_of,open,high,low,close,settlement,open_interest{}\n", more("volume", "expiration"));
    for symbol in ["ESH4", "ESM4"] {
        if dice.one_in(4) {
            continue;
        }
        let expiration = *dice.of(&["", "", "2024-03-14", "2024-03-13"]);
        for day in 4..9 {
            if !dice.one_in(3) {
                let close = 5000 + dice.below(2) * 8;
                let more = more(&dice.below(2).to_string(), expiration);
                text += &format!("{symbol},2024-03-{day:02},{close},{close},{close},{close},{close},{}{more}\n", 100 + dice.below(2));
            }
        }
    }
    sent(&Bars, name, text, observed_at, None)
}

fn payloads(dice: &mut Dice) -> Vec<Sent> {
    let one = |dice: &mut Dice, n: usize| {
        let observed_at = format!("2024-03-{:02} {:02}:00:00Z", 5 + dice.below(12), *dice.of(&[3, 14, 23]));
        match dice.one_in(2) {
            true => vintages(dice, format!("{n}.csv"), &observed_at),
            false => bars(dice, format!("{n}.csv"), &observed_at),
        }
    };
    (0..4 + dice.below(4)).map(|n| one(dice, n)).collect()
}

/// Every column of every vintage that SQL shows.
async fn shown(lake: &Lake) -> Vec<(&'static str, Vec<Vec<String>>)> {
    let folder = tempfile::tempdir().expect("a folder");
    let mut session = session_on(lake.clone(), folder.path(), None, None);
    let mut all = Vec::new();
    for table in TABLES {
        let mut found = rows(&mut session, &format!("SELECT * FROM {table}_vintages")).await.expect("rows");
        found.sort();
        all.push((table, found));
    }
    all
}

async fn taken(config: &Config, in_order: &[&Sent]) -> Lake {
    let lake = Lake::on(Arc::new(InMemory::new()));
    for (source, payload) in in_order {
        ingest::take(&lake, config, *source, payload.clone()).await.expect("taken");
    }
    lake
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lake_is_its_payloads_in_any_order() {
    let config = Config::load(None).expect("the built-in configuration");
    let seeds = std::env::var("ORDERS").ok().and_then(|n| n.parse().ok()).unwrap_or(24);
    let (mut n_rows, mut n_backcast) = (0, 0);
    for seed in 0..seeds {
        let mut dice = Dice::new(seed, 13);
        let all = payloads(&mut dice);
        let mut in_turn: Vec<&Sent> = all.iter().collect();
        in_turn.sort_by_key(|(_, payload)| payload.observed_at);
        let mut shuffled: Vec<&Sent> = all.iter().collect();
        for at in (1..shuffled.len()).rev() {
            shuffled.swap(at, dice.below(at + 1));
        }
        let first = taken(&config, &in_turn).await;
        let expected = shown(&first).await;
        n_rows += expected.iter().map(|(_, rows)| rows.len()).sum::<usize>();
        n_backcast += expected.iter().flat_map(|(_, rows)| rows).filter(|row| row.iter().any(|cell| cell == "true")).count();
        let other = taken(&config, &shuffled).await;
        let names: Vec<&str> = shuffled.iter().map(|(_, payload)| payload.name.as_str()).collect();
        for ((table, expected), (_, found)) in expected.iter().zip(shown(&other).await) {
            assert_eq!(*expected, found, "seed {seed}, {table}, in the order {names:?}");
        }
        for lake in [&first, &other] {
            ingest::rebuild(lake, &config, SOURCES, &fed(), &Quiet).await.expect("rebuilt");
            assert_eq!(expected, shown(lake).await, "seed {seed}: a rebuild changes nothing");
            assert_eq!(verify(lake).await.expect("verified").violations, Vec::<String>::new(), "seed {seed}");
        }
    }
    assert!(n_rows > 100 && n_backcast > 0, "there was something to compare: {n_rows} rows, {n_backcast} backcast");
}

#[tokio::test]
async fn a_gap_that_was_seen_is_known_when_it_was_filled() {
    let config = Config::load(None).expect("the built-in configuration");
    let file = |days: &[u32]| {
        let rows: String = days.iter().map(|day| format!("ESH4,2024-03-{day:02},5000\n")).collect();
        format!("symbol,as_of,close\n{rows}")
    };
    // the 6th is not there on the 8th, when its session was long over; on the 12th it is
    let gap = sent(&Bars, "gap".into(), file(&[4, 5, 7]), "2024-03-08 12:00:00Z", None);
    let whole = sent(&Bars, "whole".into(), file(&[4, 5, 6, 7, 8]), "2024-03-12 12:00:00Z", None);
    for order in [[&gap, &whole], [&whole, &gap]] {
        let lake = taken(&config, &order).await;
        let folder = tempfile::tempdir().expect("a folder");
        let mut session = session_on(lake, folder.path(), None, None);
        let query = "SELECT as_of, available_at, availability FROM futures_ohlcv_vintages ORDER BY as_of";
        let found = rows(&mut session, query).await.expect("rows");
        let of = |day: &str| found.iter().filter(|row| row[0] == day).map(|row| row[1..].join(" ")).collect::<Vec<_>>();
        assert_eq!(of("2024-03-06"), ["2024-03-12T12:00:00Z observed"], "{found:?}");
        assert_eq!(of("2024-03-05"), ["2024-03-05T22:00:00Z rule"]);
        assert_eq!(of("2024-03-08"), ["2024-03-08T22:00:00Z rule"], "its session ended after the first file was seen");
    }
}

/// What a later file says of a contract is known when it was seen, on whatever day it begins; what it only repeats is nothing new.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contract_ends_as_was_said_until_something_else_was() {
    let config = Config::load(None).expect("the built-in configuration");
    let file = |name: &str, days: &[&str], expiration: &str, observed_at: &str| {
        let rows: String = days.iter().map(|day| format!("ESH4,{day},5000,{expiration}\n")).collect();
        sent(&Bars, name.to_string(), format!("symbol,as_of,close,expiration\n{rows}"), observed_at, None)
    };
    let first = file("1.csv", &["2024-01-02", "2024-02-01", "2024-02-02"], "2024-03-15", "2024-07-01 00:00:00Z");
    let changed = file("2.csv", &["2024-02-01", "2024-02-02"], "2024-02-16", "2024-08-01 00:00:00Z");
    let repeated = file("3.csv", &["2024-02-02", "2024-02-05"], "2024-02-16", "2024-09-01 00:00:00Z");
    let earlier = file("4.csv", &["2024-01-03", "2024-02-01"], "2024-03-15", "2024-06-01 00:00:00Z");
    let query = "SELECT as_of, CAST(expiration AS DATE), available_at FROM futures_definitions_vintages ORDER BY available_at";
    for in_order in [[&first, &changed, &repeated], [&repeated, &changed, &first]] {
        let lake = taken(&config, &in_order).await;
        let folder = tempfile::tempdir().expect("a folder");
        let mut session = session_on(lake, folder.path(), None, None);
        let found = rows(&mut session, query).await.expect("rows");
        let of = |row: &[String]| (row[0].clone(), row[1].clone(), row[2][..10].to_string());
        let found: Vec<_> = found.iter().map(|row| of(row)).collect();
        let expected = [("2024-01-02", "2024-03-15", "2024-01-02"), ("2024-02-01", "2024-02-16", "2024-08-01")];
        assert_eq!(found, expected.map(|(a, b, c)| (a.to_string(), b.to_string(), c.to_string())));
    }
    let lake = taken(&config, &[&first, &earlier]).await;
    let folder = tempfile::tempdir().expect("a folder");
    let mut session = session_on(lake, folder.path(), None, None);
    let found = rows(&mut session, "SELECT count(*), min(available_at) FROM futures_definitions_vintages WHERE as_of > '2024-01-02'").await;
    assert_eq!(found.expect("a row")[0][0], "1", "the file of the earlier day began a day later, and said the same");
}
