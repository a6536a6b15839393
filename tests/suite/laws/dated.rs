//! A row is dated by the latest of all that it is made of: as it is shown at a clock, it was shown at its own `available_at`, since nothing that
//! it is made of has changed between them.

use contango::time::KnowledgeTime;

use super::about::About;
use super::answers::Stand;
use super::dice::Dice;
use super::lakes::World;
use super::relations::{self, Relation};
use super::{calls, for_each_clock_of_any};

const LAKES: u64 = 8;
/// Rows of a relation that are looked at.
const ROWS: usize = 3;
/// Functions whose rows say when all of them was known; the rows of a replay say when they were asked for.
const DATED: [&str; 5] = ["continuous_series", "continuous_rolls", "term_structure", "carry", "breakeven"];

#[test]
fn a_row_was_shown_when_it_says_that_it_was_known() {
    for_each_clock_of_any(LAKES, async |world: &World, stand: &mut Stand, _, clock, seed| {
        let about = About::of(world, world);
        let mut dice = Dice::new(seed, 3);
        let mut asked: Vec<Relation> = (0..5).map(|_| relations::any_latest(&mut dice, &about)).collect();
        asked.extend((0..6).map(|_| calls::any(&mut dice, &about, None)).filter(|call| DATED.contains(&call.name())));
        for relation in asked.iter().filter(|relation| relation.has("available_at")) {
            let query = format!("SELECT r.available_at AS known, r.* FROM {} AS r", relation.from);
            // a call may fail on what is visible
            let Ok(rows) = stand.sorted(&query).await else { continue };
            for _ in 0..ROWS.min(rows.len()) {
                let row = dice.of(&rows);
                let Ok(known) = KnowledgeTime::parse(&row[0]) else { return Err(format!("{query}: a row is not dated: {row:?}")) };
                if known > clock {
                    return Err(format!("{query}: a row is known later than the clock: {row:?}"));
                }
                stand.move_to(known);
                let then = stand.sorted(&query).await;
                stand.move_to(clock);
                if !then.as_ref().is_ok_and(|then| then.contains(row)) {
                    let of_key = |other: &&Vec<String>| row[1..].iter().zip(&other[1..]).filter(|(a, b)| a == b).count() * 2 > row.len();
                    let near: Vec<String> = then.iter().flatten().filter(of_key).take(3).map(|other| format!("{other:?}")).collect();
                    return Err(format!(
                        "{query}\nshows at {clock}\n  {row:?}\nand at {known}, when it was known,\n  {}",
                        near.join("\n  ")
                    ));
                }
            }
        }
        Ok(())
    });
}
