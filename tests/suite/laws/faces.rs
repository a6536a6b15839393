//! Laws of one lake: each face is what it is defined to be, what is pushed below one does not change it, and a system time is a clock.

use contango::tables::TABLES;
use contango::time::{Availability, KnowledgeTime};

use super::about::About;
use super::answers::Stand;
use super::dice::Dice;
use super::lakes::World;
use super::questions::Asker;
use super::relations::{self, Relation};
use super::{Broken, agree, for_each_clock, for_each_clock_of_any, futures, oracle};
use crate::support::macro_series::Print;
use crate::support::{Rows, Vintage};

const LAKES: u64 = 6;

#[test]
fn faces_are_what_they_are_defined_to_be() {
    for_each_clock(LAKES, async |world: &World, stand: &mut Stand, _, clock, _| {
        let Rows { cot, macro_series, .. } = &world.rows;
        are_faces(stand, cot, macro_series, clock, "").await?;
        // what a setting hides is hidden before a face is chosen
        let graded = |availability, backcast: bool| availability <= Availability::Rule && !backcast;
        let cot: Vec<_> = cot.iter().filter(|row| graded(row.availability, row.backcast)).cloned().collect();
        let macro_series: Vec<_> = macro_series.iter().filter(|print| graded(print.availability, print.backcast)).cloned().collect();
        stand.rows("SET contango.min_availability = 'rule'").await?;
        stand.rows("SET contango.backcast = 'exclude'").await?;
        are_faces(stand, &cot, &macro_series, clock, " under settings").await
    });
}

async fn are_faces(stand: &mut Stand, cot: &[Vintage], macro_series: &[Print], clock: KnowledgeTime, place: &str) -> Broken {
    let columns = oracle::COT;
    for (face, expected) in
        [("", oracle::latest(cot, clock)), ("_vintages", oracle::vintages(cot, clock)), ("_readings", oracle::readings(cot, clock))]
    {
        let said = stand.sorted(&format!("SELECT {columns} FROM cot{face}")).await;
        agree(&format!("cot{face}{place}"), &said, &Ok(oracle::cot_text(expected)))?;
    }
    let prints = oracle::without_repeats(macro_series);
    for (face, expected) in [
        ("", oracle::latest(&prints, clock)),
        ("_vintages", oracle::vintages(&prints, clock)),
        ("_readings", oracle::readings(&prints, clock)),
    ] {
        let expected = oracle::macro_text(expected, &prints);
        let n_rows = expected.len().to_string();
        let all = format!("SELECT {} FROM macro_series{face}", oracle::MACRO);
        agree(&format!("macro_series{face}{place}"), &stand.sorted(&all).await, &Ok(expected.clone()))?;
        // fewer columns are looked at for fewer columns
        let some = format!("SELECT source, series_id, as_of, value FROM macro_series{face}");
        let expected = expected.into_iter().map(|row| [0, 1, 2, 4].map(|n| row[n].clone()).to_vec());
        agree(&format!("some of macro_series{face}{place}"), &stand.sorted(&some).await, &Ok(sorted(expected)))?;
        let count = format!("SELECT count(*) FROM macro_series{face}");
        agree(&format!("the rows of macro_series{face}{place}"), &stand.rows(&count).await, &Ok(vec![vec![n_rows]]))?;
    }
    Ok(())
}

fn sorted(rows: impl Iterator<Item = Vec<String>>) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = rows.collect();
    rows.sort();
    rows
}

#[test]
fn bars_of_futures_are_put_together_from_what_was_known() {
    for_each_clock(LAKES, async |world: &World, stand: &mut Stand, _, clock, _| {
        let columns = futures::COLUMNS;
        for (face, expected) in [
            ("", futures::latest(&world.rows.futures, clock)),
            ("_vintages", futures::vintages(&world.rows.futures, clock)),
            ("_readings", futures::readings(&world.rows.futures, clock)),
        ] {
            let said = stand.sorted(&format!("SELECT {columns} FROM futures_bars{face} WHERE dataset = 'plain'")).await;
            agree(&format!("futures_bars{face}"), &said, &Ok(futures::text(expected)))?;
        }
        Ok(())
    });
}

/// What is pushed below a face must not change it: a question about a relation is the same question about a copy of its rows.
#[test]
fn a_question_about_a_face_is_one_about_its_rows() {
    for_each_clock_of_any(LAKES, async |world: &World, stand: &mut Stand, earlier, clock, seed| {
        let about = About::of(world, world).between(earlier, clock);
        let mut dice = Dice::new(seed, 2);
        for _ in 0..6 {
            let relation = relations::any(&mut dice, &about, Some(clock));
            stand.rows(&format!("CREATE OR REPLACE TABLE kept AS SELECT * FROM {}", relation.from)).await?;
            let copy = Relation { from: "kept".into(), ..relation.clone() };
            for _ in 0..4 {
                let question = Asker::new(&mut dice, clock, &about).about(&copy);
                let direct = question.replace("FROM kept AS", &format!("FROM {} AS", relation.from));
                agree(&direct, &stand.sorted(&direct).await, &stand.sorted(&question).await)?;
            }
        }
        Ok(())
    });
}

#[test]
fn families_have_the_faces_of_a_table() {
    for_each_clock_of_any(LAKES, async |_: &World, stand: &mut Stand, _, _, _| {
        for (family, key) in relations::families() {
            let latest = stand.sorted(&format!("SELECT * FROM {family}")).await;
            let last = format!(
                "SELECT * FROM {family}_vintages QUALIFY row_number() OVER (PARTITION BY {key}, as_of ORDER BY available_at DESC) = 1"
            );
            agree(&format!("{family} and the last of its vintages"), &latest, &stand.sorted(&last).await)?;
        }
        Ok(())
    });
}

#[test]
fn families_of_reports_are_rows_of_them() {
    for_each_clock(LAKES, async |world: &World, stand: &mut Stand, _, clock, _| {
        for report in ["tff", "disaggregated", "legacy"] {
            let of_report = |rows: Vec<&Vintage>| {
                oracle::cot_text(rows.into_iter().filter(|r| r.report == report && r.scope == "futures_only").collect())
            };
            let columns = oracle::COT.replace("report, scope", &format!("'{report}', 'futures_only'"));
            for (face, expected) in [("", oracle::latest(&world.rows.cot, clock)), ("_readings", oracle::readings(&world.rows.cot, clock))]
            {
                let name = format!("cot_{report}{face}");
                let said = stand.sorted(&format!("SELECT {columns} FROM {name}")).await;
                agree(&name, &said, &Ok(of_report(expected)))?;
            }
        }
        // readings of what is made of several rows: an instant's newest week with a figure, where no newer one was known
        let wide = "SELECT report, contract_code, as_of, available_at FROM cot_wide";
        let with_figures = "WITH v AS (SELECT * FROM cot_wide_vintages WHERE open_interest IS NOT NULL) \
                            SELECT report, contract_code, as_of, available_at FROM v WHERE NOT EXISTS (SELECT 1 FROM v n WHERE n.report = v.report \
                            AND n.contract_code = v.contract_code AND n.as_of > v.as_of AND n.available_at <= v.available_at)";
        agree("cot_wide_readings", &stand.sorted(&wide.replace("cot_wide", "cot_wide_readings")).await, &stand.sorted(with_figures).await)
    });
}

#[test]
fn what_is_known_grows_and_a_system_time_is_a_clock() {
    for_each_clock_of_any(LAKES, async |world: &World, stand: &mut Stand, earlier, clock, seed| {
        // a row of what is composed may change with each of its parts: these two have every state
        for name in ["cot_wide", "flow_data"].into_iter().chain(TABLES.iter().map(|table| table.name)) {
            let known = format!("SELECT * FROM {name}_vintages");
            stand.move_to(earlier);
            let before = stand.sorted(&known).await?;
            stand.move_to(clock);
            let after = stand.sorted(&known).await?;
            if let Some(lost) = before.iter().find(|row| !after.contains(row)) {
                return Err(format!("{name}: known at {earlier} and not at {clock}: {}", lost.join(" | ")));
            }
        }
        let about = About::of(world, world).between(earlier, clock);
        let mut dice = Dice::new(seed, 2);
        for _ in 0..2 {
            let question = Asker::new(&mut dice, clock, &about).timeless();
            stand.rows(&format!("CREATE OR REPLACE VIEW inner_view AS {question}")).await?;
            stand.rows("CREATE OR REPLACE VIEW asked AS SELECT i.*, now() AS at FROM inner_view AS i").await?;
            let all: Vec<String> = relations::names().collect();
            let names: Vec<String> = (0..6).map(|_| dice.of(&all).clone()).collect();
            for name in names.iter().map(String::as_str).chain(["inner_view", "asked", *dice.of(&META)]) {
                moves(stand, name, &question, earlier, clock).await?;
            }
        }
        is_not_moved_before_it_was_made(stand, earlier, clock).await
    });
}

/// Facts and listings that say something else at another clock.
const META: [&str; 4] = ["meta.symbol_coverage", "meta.freshness", "meta.observations", "releases_of_cot"];

async fn moves(stand: &mut Stand, name: &str, question: &str, earlier: KnowledgeTime, clock: KnowledgeTime) -> Broken {
    if name == "releases_of_cot" {
        stand.rows("CREATE OR REPLACE VIEW releases_of_cot AS SELECT * FROM releases('cot') WHERE as_of > '2022-12-01'").await?;
    }
    let moved = stand.sorted(&format!("SELECT * FROM {name} FOR SYSTEM_TIME AS OF TIMESTAMP '{earlier}'")).await;
    stand.move_to(earlier);
    let there = stand.sorted(&format!("SELECT * FROM {name}")).await;
    stand.move_to(clock);
    // a function may fail on what was known then: it fails alike
    if there.is_ok() || moved.is_ok() {
        agree(&format!("{name} at {earlier} ({question})"), &moved, &there)?;
    }
    let later = KnowledgeTime::from_micros(clock.micros() + 1);
    let refused = stand.rows(&format!("SELECT * FROM {name} FOR SYSTEM_TIME AS OF TIMESTAMP '{later}'")).await;
    if !refused.as_ref().is_err_and(|words| words.contains("later than the clock")) {
        return Err(format!("{name} was moved to {later}, later than the clock: {refused:?}"));
    }
    Ok(())
}

/// A table of the session holds what was known when it was made, so nothing above it can be moved to before.
async fn is_not_moved_before_it_was_made(stand: &mut Stand, earlier: KnowledgeTime, clock: KnowledgeTime) -> Broken {
    stand.rows("CREATE OR REPLACE TABLE made AS SELECT max(available_at) AS newest FROM macro_series_vintages").await?;
    stand.rows("CREATE OR REPLACE VIEW above AS SELECT made.newest, (SELECT count(*) FROM cot) AS n FROM made").await?;
    let moved = stand.rows(&format!("SELECT * FROM above FOR SYSTEM_TIME AS OF TIMESTAMP '{earlier}'")).await;
    if earlier < clock && moved.is_ok() {
        return Err(format!("a table made at {clock} is shown at {earlier} through a view: {moved:?}"));
    }
    Ok(())
}
