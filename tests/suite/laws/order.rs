//! One lake from any order: the same payloads of a provider, in whatever order and sent twice or not, give the same rows, attributes
//! and provenance included, and a rebuild from the archive changes none.

use contango::lake::{Lake, rows};
use contango::tables::TABLES;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::object_store::memory::InMemory;
use std::sync::Arc;

use super::payloads::{self, PROVIDERS, Sent};
use super::{difference, for_each_lake};

/// Two seeds of each provider.
const LAKES: u64 = 24;

/// Every stored column of every row of every table, in an order of its own.
async fn stored(lake: &Lake) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for table in TABLES {
        let log = lake.log(table).await.expect("the log");
        let columns: Vec<&'static str> = table.stored().map(|column| column.name).collect();
        let batch = rows::read(lake, table, log.files().to_vec(), &columns, None).await.expect("the rows of the table");
        all.extend(texts(&batch).into_iter().map(|row| [vec![table.name.to_string()], row].concat()));
    }
    all.sort();
    all
}

fn texts(batch: &RecordBatch) -> Vec<Vec<String>> {
    let options = FormatOptions::default().with_null("NULL");
    let columns: Vec<ArrayFormatter> =
        batch.columns().iter().map(|column| ArrayFormatter::try_new(column.as_ref(), &options).expect("a printable column")).collect();
    (0..batch.num_rows()).map(|row| columns.iter().map(|column| column.value(row).to_string()).collect()).collect()
}

async fn taken(sent: &[Sent]) -> Lake {
    let lake = Lake::on(Arc::new(InMemory::new()));
    payloads::take(&lake, sent).await;
    lake
}

#[test]
fn any_order_of_payloads_gives_one_lake() {
    for_each_lake(LAKES, |lakes, dice| {
        let provider = &PROVIDERS[lakes.seed as usize % PROVIDERS.len()];
        let in_order = payloads::of(dice, provider.source);
        let mut other_order = in_order.clone();
        payloads::shuffle(dice, &mut other_order);
        // what is sent again changes nothing
        other_order.extend(in_order.first().cloned());
        lakes.runtime.block_on(async {
            let one = stored(&taken(&in_order).await).await;
            let lake = taken(&other_order).await;
            let other = stored(&lake).await;
            let moments = |sent: &[Sent]| sent.iter().map(|one| one.observed_at.to_string()).collect::<Vec<_>>().join(", ");
            let told = format!("CONTANGO_SEED={}: {}, observed at {}", lakes.seed, provider.source, moments(&other_order));
            assert!(one == other, "{told}: not the lake of their own order\n{}", difference(&Ok(one), &Ok(other)));
            payloads::rebuild(&lake).await;
            let rebuilt = stored(&lake).await;
            assert!(rebuilt == other, "{told}: a rebuild changes rows\n{}", difference(&Ok(rebuilt), &Ok(other)));
        });
    });
}

#[test]
fn every_payload_of_a_provider_fills_its_tables() {
    for_each_lake(1, |lakes, dice| {
        for provider in PROVIDERS {
            let mut filled: Vec<&str> = Vec::new();
            for _ in 0..12 {
                let lake = lakes.runtime.block_on(taken(&payloads::of(dice, provider.source)));
                let rows = lakes.runtime.block_on(stored(&lake));
                filled.extend(provider.tables.iter().filter(|table| rows.iter().any(|row| row[0] == **table)));
            }
            let empty: Vec<&&str> = provider.tables.iter().filter(|table| !filled.contains(table)).collect();
            assert!(empty.is_empty(), "{} sends nothing for {empty:?}", provider.source);
        }
    });
}
