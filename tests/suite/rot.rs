//! What changes on the disk behind our back: bits that flip, log entries that are emptied, cut, lost or of another program. Each is found by
//! `lake verify`, and no query answers from it.
//!
//! `CONTANGO_FLIPPED_BITS=10000 cargo test --test suite rot::` flips as many; without it there are few.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use contango::config::Config;
use contango::error::Result;
use contango::ingest;
use contango::lake::compact::compact;
use contango::lake::verify::verify;
use contango::lake::{Lake, quarantine};
use contango::metadata::{IngestFile, META_TABLES, Metadata, SavedSeries};
use contango::tables::{self, MACRO_SERIES, TABLES};
use contango::time::IngestTime;
use datafusion::arrow::array::{ArrayRef, BooleanArray, Date32Array, Float64Array, StringArray, TimestampMicrosecondArray};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::object_store::memory::InMemory;
use datafusion::object_store::{ObjectStoreExt, path::Path as StorePath};

use crate::faults::{Lines, Quiet, contents, payload, series};
use crate::laws::dice::Dice;
use crate::support;

const FLIPS: usize = 24;

/// A data folder with everything that lies below one: logs with a checkpoint, live and superseded files, payloads, rows that were set aside.
async fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::load(None).unwrap();
    let lake = Lake::new(folder.path()).unwrap();
    for payload in series(4) {
        ingest::take(&lake, &config, &Lines, payload).await.unwrap();
    }
    compact(&lake, tables::get("cot"), 1).await.unwrap();
    let rows: Vec<_> =
        (0..3).map(|n| quarantine::QuarantinedRow { line: n, column: Some("long"), reason: "no number", raw: "x" }).collect();
    quarantine::write(&lake, "lines", "of-a-payload", rows).await.unwrap();
    for part in 0..66 {
        many(&lake, part).await;
    }
    compact(&lake, &MACRO_SERIES, 1).await.unwrap();
    lake.sync().await.unwrap();
    folder
}

/// One more commit to a table of many.
async fn many(lake: &Lake, part: usize) {
    let column = |name: &str| {
        Some(match name {
            "source" | "series_id" => Arc::new(StringArray::from(vec!["x"])) as ArrayRef,
            "as_of" => Arc::new(Date32Array::from(vec![part as i32])),
            "value" => Arc::new(Float64Array::from(vec![part as f64])),
            "available_at" | "ingested_at" => Arc::new(TimestampMicrosecondArray::from(vec![part as i64 * 1_000_000]).with_timezone("UTC")),
            "availability" => Arc::new(StringArray::from(vec!["stamped"])),
            "backcast" => Arc::new(BooleanArray::from(vec![false])),
            "payload" => Arc::new(StringArray::from(vec!["x"])),
            _ => return None,
        })
    };
    support::append(lake, &MACRO_SERIES, part, 1, column).await;
}

const QUESTIONS: [&str; 3] = [
    "SELECT report, contract_code, as_of, long, available_at FROM cot_vintages ORDER BY contract_code, as_of, available_at",
    "SELECT contract_code, open_interest FROM cot_markets WHERE contract_code = 'ES' ORDER BY as_of",
    "SELECT count(*), sum(value), max(available_at) FROM macro_series",
];

/// What the questions answer in a session of its own, or that they fail.
async fn answers(data: &Path) -> Vec<std::result::Result<Vec<Vec<String>>, String>> {
    let mut session = support::session(data, None, None);
    let mut all = Vec::new();
    for question in QUESTIONS {
        all.push(support::rows(&mut session, question).await.map_err(|e| e.to_string()));
    }
    all
}

fn files(folder: &Path, found: &mut BTreeMap<PathBuf, usize>) {
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            let length = path.metadata().unwrap().len() as usize;
            found.insert(path, length);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_is_found_and_answers_nothing() {
    let n_flips = std::env::var("CONTANGO_FLIPPED_BITS").ok().and_then(|n| n.parse().ok()).unwrap_or(FLIPS);
    let folder = folder().await;
    let data = folder.path();
    let mut all = BTreeMap::new();
    files(data, &mut all);
    let endings = ["checkpoint.parquet", ".checkpoint", "_last_checkpoint", ".json", ".csv", ".ndjson", ".xxh64"];
    for ending in endings {
        assert!(all.keys().any(|path| path.display().to_string().ends_with(ending)), "no file ends in {ending}: {all:?}");
    }
    let clean = verify(&Lake::new(data).unwrap()).await.unwrap();
    assert!(clean.violations.is_empty() && clean.unproven == 0, "{clean:#?}");
    let truth = answers(data).await;
    assert!(truth.iter().all(|answer| answer.as_ref().is_ok_and(|rows| !rows.is_empty())), "{truth:?}");
    let all: Vec<(PathBuf, usize)> = all.into_iter().collect();
    let is_of_rows =
        |path: &Path| path.extension().is_some_and(|kind| kind == "parquet") && !path.display().to_string().contains("_delta_log");
    let of_rows: Vec<(PathBuf, usize)> = all.iter().filter(|(path, _)| is_of_rows(path)).cloned().collect();
    let n_bytes: usize = all.iter().map(|(_, length)| length).sum();
    let (mut dice, mut failed) = (Dice::new(14, 0), 0);
    for flip in 0..n_flips {
        // A third in any file, so that small ones come too, a third in the files of rows, and the rest in any byte.
        let (path, at) = if flip % 3 < 2 {
            let (path, length) = dice.of(if flip % 3 == 0 { &all } else { &of_rows }).clone();
            (path, dice.below(length))
        } else {
            let mut at = dice.below(n_bytes);
            let (path, _) = all
                .iter()
                .find(|(_, length)| {
                    if at < *length {
                        true
                    } else {
                        at -= length;
                        false
                    }
                })
                .unwrap();
            (path.clone(), at)
        };
        let sound = std::fs::read(&path).unwrap();
        let mut changed = sound.clone();
        changed[at] ^= 1 << dice.below(8);
        std::fs::write(&path, &changed).unwrap();
        let found = verify(&Lake::new(data).unwrap()).await.unwrap();
        assert!(!found.violations.is_empty(), "byte {at} of {} was changed, and nothing was found", path.display());
        // No query reads what lies beside the tables.
        let is_read = path.strip_prefix(data).unwrap().starts_with("lake");
        let answers = if is_read { answers(data).await } else { Vec::new() };
        for (answer, truth) in answers.into_iter().zip(&truth) {
            match answer {
                Ok(_) => assert_eq!(&answer, truth, "byte {at} of {} was changed", path.display()),
                Err(error) => {
                    failed += 1;
                    assert!(error.contains("hint: "), "{error}");
                }
            }
        }
        std::fs::write(&path, sound).unwrap();
    }
    assert!(failed > 0, "no query read a changed byte");
    assert!(verify(&Lake::new(data).unwrap()).await.unwrap().violations.is_empty());
}

#[test]
fn a_flipped_bit_of_the_metadata_is_found_or_changes_nothing() {
    let n_flips = std::env::var("CONTANGO_FLIPPED_BITS").ok().and_then(|n| n.parse().ok()).unwrap_or(FLIPS);
    let folder = tempfile::tempdir().unwrap();
    let at = |n: i64| IngestTime::from_micros(1_700_000_000_000_000 + n);
    let file = |n: i64| IngestFile {
        path: format!("raw/cftc/{n}.zip"),
        dataset: "cftc".into(),
        schema: "cot".into(),
        start_date: None,
        end_date: None,
        ingested_at: at(n),
        sha256: format!("{n:064x}"),
        observed_at: at(n),
    };
    {
        let metadata = Metadata::open(folder.path()).unwrap();
        metadata.record_ingests((0..40).map(file)).unwrap();
        let (id, root) = ("es_back".to_string(), "ES".to_string());
        let arguments = vec![("roll".to_string(), "volume".to_string())];
        metadata.save_series(&SavedSeries { id, name: None, root, arguments, notes: Some("mine".into()), lookback: Some(30) }).unwrap();
        metadata.start_run("es_back").unwrap();
    }
    let path = folder.path().join("metadata.db");
    let said = || -> Result<(Vec<String>, Vec<RecordBatch>)> {
        let metadata = Metadata::open_to_read(folder.path())?.expect("it is there");
        let rows = META_TABLES.iter().map(|table| Ok(metadata.read(table.name)?.1)).collect::<Result<_>>();
        Ok((metadata.examine()?, rows?))
    };
    let (found, truth) = said().unwrap();
    assert!(found.is_empty(), "{found:?}");
    let sound = std::fs::read(&path).unwrap();
    let (mut dice, mut n_found) = (Dice::new(15, 0), 0);
    for _ in 0..n_flips {
        let mut changed = sound.clone();
        let (byte, bit) = (dice.below(sound.len()), dice.below(8));
        changed[byte] ^= 1 << bit;
        std::fs::write(&path, changed).unwrap();
        match said() {
            Ok((found, rows)) if found.is_empty() => assert_eq!(rows, truth, "bit {bit} of byte {byte}"),
            Ok(_) | Err(_) => n_found += 1,
        }
    }
    println!("{n_found} of {n_flips} flipped bits were found, the others lie where nothing is kept");
    assert!(n_found > 0);
}

/// A lake in memory with five versions of `cot`.
async fn five() -> (Arc<InMemory>, Lake) {
    let store = Arc::new(InMemory::new());
    let lake = Lake::on(store.clone());
    for payload in series(5) {
        ingest::take(&lake, &Config::load(None).unwrap(), &Lines, payload).await.unwrap();
    }
    (store, lake)
}

fn entry(version: u64) -> StorePath {
    format!("lake/cot/_delta_log/{version:020}.json").into()
}

#[tokio::test]
async fn an_entry_that_is_lost_emptied_cut_or_strange_is_an_error_with_a_remedy() {
    let config = Config::load(None).unwrap();
    type Breaking = fn(&str) -> Option<String>;
    let cases: [(&str, Breaking, &str); 6] = [
        ("lost", |_| None, "is missing, and later ones are there"),
        ("emptied", |_| Some(String::new()), "it is empty"),
        ("cut in a line", |entry| Some(entry[..entry.len() - 20].to_string()), "it is cut off"),
        (
            "cut at a line's end",
            |entry| Some(entry[..=entry[..entry.len() - 1].rfind('\n').unwrap()].to_string()),
            "not those that were written",
        ),
        ("of another program", |_| Some("{\"commitInfo\":{\"engineInfo\":\"other\"}}\n".into()), "another program wrote it"),
        ("another of ours", |_| None, "not the one that it was written after"),
    ];
    for (name, breaking, said) in cases {
        let (store, lake) = five().await;
        let whole = contents(&lake, "cot").await;
        let text = String::from_utf8(store.get(&entry(2)).await.unwrap().bytes().await.unwrap().to_vec()).unwrap();
        match breaking(&text) {
            _ if name == "another of ours" => {
                let (other, _) = five().await;
                let theirs = other.get(&entry(2)).await.unwrap().bytes().await.unwrap();
                store.put(&entry(2), theirs.into()).await.unwrap();
            }
            Some(broken) => drop(store.put(&entry(2), broken.into()).await.unwrap()),
            None => store.delete(&entry(2)).await.unwrap(),
        }
        let lake = Lake::on(store.clone());
        let error = lake.snapshot(tables::get("cot")).await.unwrap_err();
        assert!(error.to_string().contains(said), "{name}: {error}");
        assert!(error.hint_text().unwrap().contains("contango lake rebuild --table cot"), "{name}: {error}");
        let found = verify(&lake).await.unwrap();
        assert!(found.violations.iter().any(|violation| violation.contains(said)), "{name}: {found:?}");
        // Nothing is written over it, and the way out is the one that is named.
        let next = payload("40", "futures_only,ES,dealer,30,1\n");
        assert!(ingest::take(&lake, &config, &Lines, next).await.is_err(), "{name}");
        ingest::rebuild(&lake, &config, &[&Lines], &[tables::get("cot")], &Quiet).await.unwrap();
        assert_eq!(contents(&lake, "cot").await, whole, "{name}");
        let found = verify(&lake).await.unwrap();
        assert!(found.violations.is_empty() && found.aside > 0, "{name}: {found:?}");
    }
}

#[tokio::test]
async fn a_log_of_the_time_before_seals_is_read_and_sealed_from_then_on() {
    let config = Config::load(None).unwrap();
    let (store, lake) = five().await;
    let whole = contents(&lake, "cot").await;
    for version in 0..5 {
        let text = String::from_utf8(store.get(&entry(version)).await.unwrap().bytes().await.unwrap().to_vec()).unwrap();
        let (first, rest) = text.split_once('\n').unwrap();
        let mut first: serde_json::Value = serde_json::from_str(first).unwrap();
        first["commitInfo"]
            .as_object_mut()
            .unwrap()
            .retain(|key, _| !["contangoHash", "contangoPrevious", "contangoCommit"].contains(&key.as_str()));
        store.put(&entry(version), format!("{first}\n{rest}").into()).await.unwrap();
    }
    let lake = Lake::on(store.clone());
    assert_eq!(contents(&lake, "cot").await, whole);
    ingest::take(&lake, &config, &Lines, payload("40", "futures_only,ES,dealer,30,1\n")).await.unwrap();
    let found = verify(&lake).await.unwrap();
    assert!(found.violations.is_empty() && found.unproven == 5, "{found:?}");
    // The first entry that is sealed proves the one before it.
    let text = String::from_utf8(store.get(&entry(4)).await.unwrap().bytes().await.unwrap().to_vec()).unwrap();
    store.put(&entry(4), text.replacen("isBlindAppend", "isBlindAppenc", 1).into()).await.unwrap();
    let error = Lake::on(store.clone()).snapshot(tables::get("cot")).await.unwrap_err();
    assert!(error.to_string().contains("version 5 of the log of `cot` cannot be believed"), "{error}");
    // And no entry without a seal comes after one.
    store.put(&entry(4), text.clone().into()).await.unwrap();
    store.put(&entry(6), text.into()).await.unwrap();
    assert!(Lake::on(store.clone()).snapshot(tables::get("cot")).await.is_err());
}

#[tokio::test]
async fn a_checkpoint_that_does_not_hold_is_passed_over() {
    let folder = folder().await;
    let log = folder.path().join("lake/macro_series/_delta_log");
    let lake = || Lake::new(folder.path()).unwrap();
    let rows = contents(&lake(), "macro_series").await;
    assert_eq!(rows.len(), 66);
    for name in ["00000000000000000064.checkpoint.parquet", "_last_checkpoint", "_contango.00000000000000000064.checkpoint"] {
        let path = log.join(name);
        let sound = std::fs::read(&path).unwrap();
        for broken in [Vec::new(), sound[..sound.len() / 2].to_vec(), b"{}".to_vec()] {
            std::fs::write(&path, broken).unwrap();
            assert_eq!(contents(&lake(), "macro_series").await, rows, "{name}");
            assert_eq!(verify(&lake()).await.unwrap().violations.len(), 1, "{name}");
        }
        std::fs::write(&path, sound).unwrap();
    }
    // One that holds spares the entries before it; verification reads them all the same.
    std::fs::remove_file(log.join("00000000000000000003.json")).unwrap();
    assert_eq!(contents(&lake(), "macro_series").await, rows);
    let found = verify(&lake()).await.unwrap();
    assert!(found.violations.iter().any(|violation| violation.contains("macro_series")), "{found:?}");
}

#[tokio::test]
async fn a_half_payload_is_moved_aside_and_taken_again() {
    let config = Config::load(None).unwrap();
    for (what, half) in [("csv", false), ("csv", true), ("meta.json", false), ("meta.json", true)] {
        let (store, lake) = five().await;
        let whole = contents(&lake, "cot").await;
        let last = series(5).pop().unwrap();
        let listed: Vec<_> = contango::lake::raw::list(&lake, "lines").await.unwrap();
        let sha256 = listed.last().unwrap().sha256.clone();
        let path: StorePath = format!("raw/lines/{sha256}.{what}").into();
        let content = store.get(&path).await.unwrap().bytes().await.unwrap();
        let content = if half { content.slice(..content.len() / 2) } else { content.slice(..0) };
        store.put(&path, content.into()).await.unwrap();
        let found = verify(&lake).await.unwrap();
        assert!(found.violations.iter().any(|violation| violation.contains(&sha256)), "{what}: {found:?}");
        // A rebuild would lose its rows: it says what to do.
        let error = ingest::rebuild(&lake, &config, &[&Lines], TABLES, &Quiet).await.unwrap_err();
        assert!(error.hint_text().unwrap().contains("ingest the same file again"), "{error}");
        let again = ingest::take(&lake, &config, &Lines, last.clone()).await.unwrap();
        assert_eq!(again.warnings.len(), 1, "{what}: {again:?}");
        assert!(again.warnings[0].contains("lies in `aside/"), "{}", again.warnings[0]);
        let found = verify(&lake).await.unwrap();
        assert!(found.violations.is_empty() && found.aside == 1, "{what}: {found:?}");
        ingest::rebuild(&lake, &config, &[&Lines], TABLES, &Quiet).await.unwrap();
        assert_eq!(contents(&lake, "cot").await, whole, "{what}");
    }
}

#[tokio::test]
async fn a_half_payload_that_nothing_took_does_not_stand_in_the_way_of_a_rebuild() {
    let config = Config::load(None).unwrap();
    let (store, lake) = five().await;
    let whole = contents(&lake, "cot").await;
    // As a loss of power leaves them where nothing was synced.
    store.put(&"raw/lines/00ff.meta.json".into(), "".into()).await.unwrap();
    store.put(&"raw/lines/00ff.csv".into(), "".into()).await.unwrap();
    ingest::rebuild(&lake, &config, &[&Lines], TABLES, &Quiet).await.unwrap();
    assert_eq!(contents(&lake, "cot").await, whole);
    assert_eq!(verify(&lake).await.unwrap().aside, 1);
}
