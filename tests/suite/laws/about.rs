//! What there is to ask about: instants, days and words of the lakes at hand, and the tables of which they hold rows. Questions are drawn
//! from it, so that most of them find something.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use contango::tables::{self, ColumnType};
use contango::time::KnowledgeTime;

use super::dice::Dice;
use super::lakes::World;

/// Texts of a column beyond which no more are kept.
const MOST_WORDS: usize = 40;

#[derive(Default)]
pub struct About {
    pub instants: Vec<KnowledgeTime>,
    days: Vec<NaiveDate>,
    words: BTreeMap<&'static str, Vec<&'static str>>,
    tables: BTreeSet<&'static str>,
}

impl About {
    /// Of the lake that is asked, and of the one that lends its future.
    pub fn of(world: &World, other: &World) -> Self {
        let mut about = Self { instants: world.instants(), ..Self::default() };
        let (mut words, mut days): (BTreeMap<&str, BTreeSet<&str>>, BTreeSet<NaiveDate>) = Default::default();
        for row in [world, other].iter().flat_map(|world| &world.rows.plain) {
            about.tables.insert(row.table);
            let table = tables::find(row.table).expect("a table");
            for (name, cell) in &row.cells {
                match table.column(name).map(|column| column.kind) {
                    Some(ColumnType::Text) => drop(words.entry(name).or_default().insert(cell)),
                    Some(ColumnType::Date) => drop(cell.parse().map(|day| days.insert(day))),
                    _ => {}
                }
            }
        }
        about.words = words.into_iter().map(|(name, all)| (name, all.into_iter().take(MOST_WORDS).collect())).collect();
        about.days = days.into_iter().collect();
        let rows = &world.rows;
        let typed = [
            (rows.cot.is_empty(), &["cot", "cot_markets"][..]),
            (rows.futures.is_empty(), &["futures_ohlcv", "futures_statistics", "futures_definitions"][..]),
            (rows.macro_series.is_empty(), &["macro_series"][..]),
        ];
        about.tables.extend(typed.into_iter().filter(|(is_empty, _)| !is_empty).flat_map(|(_, tables)| tables));
        if about.instants.is_empty() {
            about.instants.push(crate::support::instant("2023-01-20 00:00:00Z"));
        }
        about
    }

    /// With these instants in the place of its own.
    pub fn between(self, earlier: KnowledgeTime, clock: KnowledgeTime) -> Self {
        Self { instants: vec![earlier, clock], ..self }
    }

    /// Whether there are rows in one of these tables.
    pub fn holds(&self, tables: &[&str]) -> bool {
        tables.iter().any(|table| self.tables.contains(table))
    }

    /// Texts that stand in a column of this name.
    pub fn words(&self, column: &str) -> &[&'static str] {
        self.words.get(column).map_or(&[], Vec::as_slice)
    }

    /// A day that some row is about.
    pub fn day(&self, dice: &mut Dice) -> Option<NaiveDate> {
        (!self.days.is_empty()).then(|| *dice.of(&self.days))
    }
}
