//! What the laws ask about is there: some lake holds rows of every table, view family and table function, so that no law holds for nothing.

use std::collections::BTreeSet;
use std::sync::Mutex;

use super::about::About;
use super::answers::Stand;
use super::{asked_about, calls, for_each_lake, relations};
use crate::support::instant;

const LAKES: u64 = 15;

#[test]
fn some_lake_holds_rows_of_everything_that_is_asked_about() {
    let found: Mutex<BTreeSet<String>> = Mutex::default();
    for_each_lake(LAKES, |lakes, dice| {
        let (world, other) = lakes.drawn_pair(dice);
        let about = About::of(&world, &other);
        let mut stand = Stand::cut(lakes.runtime.block_on(world.build()), instant("2024-01-01 00:00:00Z"));
        let missing = |name: &str| !found.lock().expect("no panic while looking").contains(name);
        for name in relations::asked_about().filter(|name| missing(name)) {
            let said = lakes.runtime.block_on(stand.rows(&format!("SELECT * FROM {name} LIMIT 1")));
            if !said.unwrap_or_else(|error| panic!("{name}: {error}")).is_empty() {
                found.lock().expect("no panic while looking").insert(name.to_string());
            }
        }
        for _ in 0..20 {
            let call = if dice.one_in(6) { relations::cot_as_of(dice, None) } else { calls::any(dice, &about, None) };
            if missing(call.name())
                && lakes.runtime.block_on(stand.rows(&format!("SELECT * FROM {}", call.from))).is_ok_and(|rows| !rows.is_empty())
            {
                found.lock().expect("no panic while looking").insert(call.name().to_string());
            }
        }
    });
    let found = found.into_inner().expect("no panic while looking");
    let missed: Vec<&str> = asked_about().into_iter().filter(|name| !found.contains(*name)).collect();
    assert!(missed.is_empty(), "no lake of the laws holds a row of {missed:?}");
}
