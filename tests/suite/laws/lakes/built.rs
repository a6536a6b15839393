//! Lakes with stored builds: payloads are taken into a folder, and a saved series is built there, as `contango series build` does.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use contango::config::Config;
use contango::lake::Lake;
use contango::metadata::SavedSeries;
use contango::series::{self, Place};
use contango::time::KnowledgeTime;

use crate::laws::dice::Dice;
use crate::laws::payloads::{self, Sent};
use crate::support::plain::{self, Plain, interned};
use crate::support::{Rows, instant};

/// The tables that a build fills.
pub const STORED: [&str; 2] = ["continuous_bars", "continuous_bar_rolls"];

static CONFIG: LazyLock<Arc<Config>> = LazyLock::new(|| Arc::new(Config::built_in().expect("the built-in configuration")));

/// A random definition of a series of some dataset.
pub fn series(dice: &mut Dice, dataset: &str) -> SavedSeries {
    let mut arguments = vec![("roll".to_string(), (*dice.of(&["open_interest", "volume", "calendar", "days_before_expiry"])).to_string())];
    arguments.push(("dataset".into(), dataset.into()));
    if dice.one_in(3) {
        arguments.push(("price".into(), (*dice.of(&["close", "settlement"])).into()));
    }
    let root = (*dice.of(&["ES", "CL"])).to_string();
    SavedSeries { id: "held".into(), name: None, root, arguments, notes: None, lookback: None }
}

/// What a lake holds after a build in the middle of its payloads, and an update after the last of them.
pub async fn after_payloads(sent: &[Sent], series: &SavedSeries, dice: &mut Dice) -> Vec<Plain> {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = Lake::new(folder.path()).expect("a lake");
    let (first, last) = sent.split_at(dice.below(sent.len() + 1));
    payloads::take(&lake, first).await;
    build(folder.path(), series, false).await;
    payloads::take(&lake, last).await;
    build(folder.path(), series, true).await;
    with_made_up_present(plain::read(&lake).await)
}

/// What a build stores in a lake of these rows.
pub async fn of_rows(rows: &Rows, series: &SavedSeries) -> Vec<Plain> {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = rows.write(folder.path(), 1).await;
    build(folder.path(), series, false).await;
    let mut all = plain::read(&lake).await;
    all.retain(|row| STORED.contains(&row.table));
    all
}

/// A series that cannot be computed from what is there, since there is nothing of its root, is not built.
async fn build(data: &Path, series: &SavedSeries, is_update: bool) {
    let place = Place { data, config: &CONFIG };
    let made = async {
        series::define(&place, series.clone()).await?;
        if is_update { series::update(&place, &series.id).await } else { series::build(&place, &series.id).await }
    };
    if let Err(error) = made.await {
        let words = error.to_string();
        assert!(["no bars", "nothing", "expir", "contract"].iter().any(|word| words.contains(word)), "a build failed: {words}");
    }
}

/// Rows whose knowledge time was read from the system's clock, at days that are the same in every run.
fn with_made_up_present(mut rows: Vec<Plain>) -> Vec<Plain> {
    let present = instant("2026-01-01 00:00:00Z");
    let seen: BTreeSet<KnowledgeTime> = rows.iter().map(|row| row.available_at).filter(|at| *at > present).collect();
    let made_up = |at: KnowledgeTime| {
        let place = seen.iter().position(|seen| *seen == at).unwrap_or_default();
        KnowledgeTime::from_micros(instant("2023-11-01 12:00:00Z").micros() + place as i64 * 86_400_000_000)
    };
    for row in &mut rows {
        if row.available_at > present {
            row.available_at = made_up(row.available_at);
        }
        for (_, cell) in row.cells.iter_mut().filter(|(name, _)| *name == "decided_at") {
            if KnowledgeTime::parse(cell).is_ok_and(|at| at > present) {
                *cell = interned(&made_up(instant(cell)).to_string());
            }
        }
    }
    rows
}
