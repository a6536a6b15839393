//! A stored build knows no more than the lake that it is made of: read at t, a build made now shows what a build made in the lake cut at t
//! holds, and what it does not show yet is known to it from later on.

use std::collections::BTreeSet;

use contango::time::KnowledgeTime;

use super::about::About;
use super::dice::Dice;
use super::for_each_lake;
use super::lakes::World;
use super::lakes::built::{self, STORED};
use super::payloads;
use crate::support::plain::{self, Plain};
use crate::support::{Rows, instant};

const LAKES: u64 = 5;
const CLOCKS: usize = 3;

/// A row without what says how it was dated.
fn said(row: &Plain) -> String {
    format!("{} known at {}: {:?}", row.table, row.available_at, row.cells)
}

fn day(row: &Plain) -> (&'static str, &'static str) {
    (row.table, row.cells.iter().find(|(name, _)| *name == "as_of").map_or("", |(_, day)| day))
}

/// Payloads of futures, without those that only a build would add.
async fn lake_of_futures(dice: &mut Dice) -> Rows {
    let source = *dice.of(&["bars", "bars", "databento"]);
    let mut sent = payloads::of(dice, source);
    sent.extend(payloads::of(dice, "bars"));
    payloads::shuffle(dice, &mut sent);
    let world = World { rows: Rows::default(), layout: crate::support::lines::Layout { n_payloads: 1, is_compacted: false }, sent };
    Rows { plain: plain::read(&world.build().await).await, ..Rows::default() }
}

#[test]
fn a_build_read_at_t_is_one_made_at_t() {
    let n_rows = std::sync::atomic::AtomicUsize::new(0);
    for_each_lake(LAKES, |lakes, dice| {
        lakes.runtime.block_on(async {
            let rows = lake_of_futures(dice).await;
            let series = built::series(dice, "bars");
            let whole = built::of_rows(&rows, &series).await;
            let world = World {
                rows: rows.clone(),
                layout: crate::support::lines::Layout { n_payloads: 1, is_compacted: false },
                sent: Vec::new(),
            };
            let instants = About::of(&world, &world).instants;
            let present = instant("2026-01-01 00:00:00Z");
            for row in &whole {
                assert!(row.available_at < present, "CONTANGO_SEED={}: a first build is dated by the day of it: {}", lakes.seed, said(row));
            }
            for _ in 0..CLOCKS {
                let clock = dice.instant(&instants);
                let then = built::of_rows(&rows.cut(clock), &series).await;
                n_rows.fetch_add(then.len(), std::sync::atomic::Ordering::Relaxed);
                holds(&whole, &then, clock)
                    .unwrap_or_else(|why| panic!("CONTANGO_SEED={}\n{series:?}\nbuilt at {clock}: {why}", lakes.seed));
            }
        });
    });
    assert!(n_rows.into_inner() > 0, "no build held a row");
}

fn holds(whole: &[Plain], then: &[Plain], clock: KnowledgeTime) -> Result<(), String> {
    let held: BTreeSet<String> = then.iter().map(said).collect();
    if let Some(ahead) = whole.iter().filter(|row| row.available_at <= clock).find(|row| !held.contains(&said(row))) {
        let own: Vec<String> = then.iter().filter(|row| day(row) == day(ahead)).map(said).collect();
        return Err(format!(
            "the build made later shows\n  {}\nand the one made then has of that day\n  {}",
            said(ahead),
            own.join("\n  ")
        ));
    }
    if let Some(early) = then.iter().find(|row| row.available_at > clock) {
        return Err(format!("a build is dated later than all that it is made of: {}", said(early)));
    }
    // a day that was held is held later, or what changed it was known later
    let [bars, _] = STORED;
    let days: BTreeSet<_> = whole.iter().filter(|row| row.table == bars).map(day).collect();
    match then.iter().filter(|row| row.table == bars).find(|row| !days.contains(&day(row))) {
        Some(lost) => Err(format!("a day of the build made then is lost in the one made later: {}", said(lost))),
        None => Ok(()),
    }
}
