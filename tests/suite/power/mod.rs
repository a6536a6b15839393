//! Lost power: the lake on a store that drops what was not synced at a random operation of an ingest, a compaction, a rebuild or a build.
//! What was reported as done is there when the power is back, and what was not is done by the same command again.
//!
//! `CONTANGO_POWER_CUTS=1000 cargo test --test suite power::` runs as many losses; without it there are few.

mod database;
mod store;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bytes::Bytes;
use contango::config::Config;
use contango::error::Result;
use contango::ingest::{self, derived};
use contango::lake::Lake;
use contango::lake::compact::compact;
use contango::lake::verify::verify;
use contango::sources::Payload;
use contango::tables::{self, TABLES};
use datafusion::arrow::array::{ArrayRef, Date32Array, Float64Array, StringArray, TimestampMicrosecondArray, new_null_array};
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::object_store::path::Path as StorePath;
use store::PowerStore;

use crate::faults::{Lines, Quiet, contents, series};
use crate::laws::dice::Dice;

const SEED: u64 = 20_261_130;
const CUTS: usize = 40;

/// How many losses of power are tried.
fn cuts() -> usize {
    std::env::var("CONTANGO_POWER_CUTS").ok().and_then(|n| n.parse().ok()).unwrap_or(CUTS)
}

/// A command that writes.
#[derive(Debug, Clone)]
enum Work {
    Ingest(Payload),
    Compact,
    Rebuild,
    /// A build of rows computed here, each run with other figures.
    Build(i32),
}

async fn run(lake: &Lake, config: &Config, work: &Work) -> Result<()> {
    match work {
        Work::Ingest(payload) => ingest::take(lake, config, &Lines, payload.clone()).await.map(drop),
        Work::Compact => {
            for table in TABLES {
                compact(lake, table, 1).await?;
            }
            Ok(())
        }
        Work::Rebuild => ingest::rebuild(lake, config, &[&Lines], &TABLES[..2], &Quiet).await.map(drop),
        Work::Build(figure) => {
            let table = built();
            loop {
                let base = lake.log(table).await?;
                if derived::take(lake, table, &base, computed(*figure)).await?.is_some() {
                    return Ok(());
                }
            }
        }
    }
}

fn built() -> &'static tables::Table {
    tables::get("continuous_bars")
}

/// A row of a computed table.
fn computed(figure: i32) -> RecordBatch {
    let schema = built().parsed_schema();
    let column = |name: &str, kind: &DataType| match (name, kind) {
        ("as_of", _) => Arc::new(Date32Array::from(vec![figure])) as ArrayRef,
        ("close", _) => Arc::new(Float64Array::from(vec![f64::from(figure)])),
        ("release_grade", _) => Arc::new(StringArray::from(vec!["rule"])),
        (_, DataType::Timestamp(..)) => {
            Arc::new(TimestampMicrosecondArray::from(vec![i64::from(figure) * 86_400_000_000]).with_timezone("UTC"))
        }
        (_, DataType::Utf8) => Arc::new(StringArray::from(vec!["x"])),
        (_, kind) => new_null_array(kind, 1),
    };
    let columns = schema.fields().iter().map(|field| column(field.name(), field.data_type())).collect();
    RecordBatch::try_new(schema.clone(), columns).unwrap()
}

/// The days that were built, whenever that was.
async fn built_days(lake: &Lake) -> Vec<String> {
    contents(lake, built().name).await.iter().map(|row| row.split_whitespace().next().unwrap().to_string()).collect()
}

#[tokio::test]
async fn what_was_reported_is_there_after_a_loss_of_power() {
    let config = Config::load(None).unwrap();
    let payloads = series(5);
    let whole = PowerStore::holding(BTreeMap::new(), None).await;
    let expected = Lake::over(whole.clone(), whole.clone());
    for payload in &payloads {
        run(&expected, &config, &Work::Ingest(payload.clone())).await.unwrap();
    }
    let mut told: HashMap<&'static str, usize> = HashMap::new();
    for cut in 0..cuts() {
        let mut dice = Dice::new(SEED, cut as u64);
        let mut works = Vec::new();
        for (n, payload) in payloads.iter().enumerate() {
            works.push(Work::Ingest(payload.clone()));
            match dice.below(5) {
                0 => works.push(Work::Compact),
                1 => works.push(Work::Rebuild),
                2 => works.push(Work::Build(n as i32)),
                _ => {}
            }
        }
        let mut lasting: BTreeMap<StorePath, Bytes> = BTreeMap::new();
        let mut days = Vec::new();
        let mut works = works.into_iter().peekable();
        // The power goes several times on the way, each time at a random operation of what is being done.
        while works.peek().is_some() {
            let store = PowerStore::holding(lasting, Some(dice.below(160) as u64)).await;
            let lake = Lake::over(store.clone(), store.clone());
            let mut taken = Vec::new();
            while let Some(work) = works.peek() {
                if run(&lake, &config, work).await.is_err() {
                    break;
                }
                match work {
                    Work::Ingest(payload) => taken.push(payload.clone()),
                    Work::Build(day) => days.push(*day),
                    Work::Compact | Work::Rebuild => {}
                }
                works.next();
            }
            let name = match works.peek() {
                Some(Work::Ingest(_)) => "ingest",
                Some(Work::Compact) => "compaction",
                Some(Work::Rebuild) => "rebuild",
                Some(Work::Build(_)) => "build",
                None => "none",
            };
            *told.entry(name).or_default() += 1;
            lasting = store.survivors(&mut dice).await;
            let back = PowerStore::holding(lasting.clone(), None).await;
            let lake = Lake::over(back.clone(), back);
            for payload in taken {
                let again = ingest::take(&lake, &config, &Lines, payload).await.unwrap();
                assert!(again.already && again.warnings.is_empty(), "cut {cut}: it was reported: {again:?}");
            }
            assert_eq!(built_days(&lake).await.len(), days.len(), "cut {cut}: builds that were reported, and no half one");
            if dice.one_in(4) {
                // The same command first is the common way; a rebuild first must do as well.
                run(&lake, &config, &Work::Rebuild).await.unwrap();
            }
        }
        let store = PowerStore::holding(lasting, None).await;
        let lake = Lake::over(store.clone(), store);
        for name in ["cot", "cot_markets"] {
            assert_eq!(contents(&lake, name).await, contents(&expected, name).await, "cut {cut}");
        }
        let found = verify(&lake).await.unwrap();
        assert!(found.violations.is_empty(), "cut {cut}: {found:#?}");
    }
    for name in ["ingest", "compaction", "rebuild", "build"] {
        assert!(told.contains_key(name), "the power never went in a {name}: {told:?}");
    }
}
