//! The laws of a point-in-time engine as properties over random lakes and random questions: no look-ahead on any path, faces that are what
//! they are defined to be, and system times that are clocks.
//!
//! The normal run takes fixed seeds. `CONTANGO_LONG=500 cargo test --test suite laws` takes that many lakes from a new seed, which is
//! printed; `CONTANGO_SEED=n` takes the lakes from that seed on. A failure shrinks the lakes for the one question that failed.

mod answers;
pub mod dice;
mod futures;
mod lakes;
mod oracle;
mod questions;
mod relations;

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use contango::time::{Availability, KnowledgeTime};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::Runtime;

use self::answers::{Said, Stand, difference};
use self::dice::{Dice, rng};
use self::lakes::World;
use self::questions::{Asker, Question};
use self::relations::Relation;
use crate::support::Vintage;

const LAKES: u64 = 16;
/// Lakes of a law that is about one lake at a time.
const SOME_LAKES: u64 = 8;
const CLOCKS_PER_LAKE: usize = 6;
const QUESTIONS_PER_CLOCK: usize = 10;
/// How long a broken law's lakes are shrunk.
const SHRINKING: Duration = Duration::from_secs(60);

/// The seeds of a run.
fn seeds(usual: u64) -> Vec<u64> {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap_or_else(|_| panic!("{name} is a number")));
    let (first, n) = match (number("CONTANGO_SEED"), number("CONTANGO_LONG")) {
        (Some(seed), n) => (seed, n.unwrap_or(1)),
        (None, Some(n)) => (RandomState::new().hash_one(n) >> 16, n),
        (None, None) => (0, usual),
    };
    eprintln!("{n} lakes from CONTANGO_SEED={first} on");
    (first..first + n).collect()
}

/// Runs a law over the lakes of a run, two at a time, each with a source of choices of its own.
fn for_each_lake(usual: u64, law: impl Fn(&Lakes, &mut Dice) + Sync) {
    let seeds = seeds(usual);
    let (next, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let work = || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        while let Some(&seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed)).filter(|_| !is_over.load(Ordering::Relaxed)) {
            law(&Lakes { seed, runtime: &runtime, is_over: &is_over }, &mut Dice::new(seed, 1));
        }
    };
    std::thread::scope(|scope| {
        let workers = [scope.spawn(work), scope.spawn(work)];
        for worker in workers {
            if let Err(panic) = worker.join() {
                std::panic::resume_unwind(panic);
            }
        }
    });
}

struct Lakes<'a> {
    seed: u64,
    runtime: &'a Runtime,
    /// A law was broken: the others need not go on.
    is_over: &'a AtomicBool,
}

impl Lakes<'_> {
    /// A lake and another whose future can stand in for its own.
    fn pair(&self) -> (World, World) {
        let mut runner = TestRunner::new_with_rng(Config::default(), rng(self.seed, 0));
        (lakes::world(), lakes::world()).new_tree(&mut runner).expect("a lake").current()
    }

    /// Takes rows out of the lakes while the law stays broken, and ends the test with what is left.
    fn fail(&self, (mut world, mut other): (World, World), what: &str, hold: impl Fn(&World, &World) -> Result<(), String>) -> ! {
        self.is_over.store(true, Ordering::Relaxed);
        eprintln!("CONTANGO_SEED={} breaks a law; shrinking\n{what}", self.seed);
        let started = Instant::now();
        // a lake without rows has no instants to ask about
        let is_broken = |world: &World, other: &World| started.elapsed() < SHRINKING && !world.is_empty() && hold(world, other).is_err();
        fewer(&mut other, &|fewer| is_broken(&world, fewer));
        fewer(&mut world, &|fewer| is_broken(fewer, &other));
        let why = hold(&world, &other).err().unwrap_or_else(|| "broken once, and not again".into());
        panic!("CONTANGO_SEED={}\n{what}\n{why}\nthe lake: {world:?}\nthe lake whose future is taken: {other:?}", self.seed);
    }
}

/// Drops rows of a lake while the law stays broken.
fn fewer(world: &mut World, is_broken: &dyn Fn(&World) -> bool) {
    fewer_of(world, |world| &mut world.rows, is_broken);
    fewer_of(world, |world| &mut world.futures, is_broken);
}

/// Drops the largest parts of some rows first, down to single rows.
fn fewer_of<T>(world: &mut World, rows: fn(&mut World) -> &mut Vec<T>, is_broken: &dyn Fn(&World) -> bool) {
    let mut size = rows(world).len();
    while size > 0 {
        let mut at = 0;
        while at < rows(world).len() {
            let mut without = world.clone();
            let own = rows(&mut without);
            own.drain(at..(at + size).min(own.len()));
            if is_broken(&without) {
                *world = without;
            } else {
                at += size;
            }
        }
        size /= 2;
    }
}

/// What a question is answered with under the clock, in the lake that ends there, and in the lake with another future.
struct Stands {
    full: Stand,
    cut: Stand,
    other_future: Stand,
}

impl Stands {
    async fn at(world: &World, other: &World, clock: KnowledgeTime) -> Self {
        let full = Stand::with_clock(world.build().await, clock);
        let cut = Stand::cut(world.cut(clock).build().await, clock);
        let other_future = Stand::with_clock(world.with_future_of(other, clock).build().await, clock);
        Self { full, cut, other_future }
    }

    async fn ask(&mut self, question: &Question) -> Result<Said, String> {
        let full = self.full.ask(question).await;
        for (name, stand) in [("the lake cut at the clock", &mut self.cut), ("the lake with another future", &mut self.other_future)] {
            let said = stand.ask(question).await;
            if said != full {
                return Err(format!("the full lake under the clock and {name} differ:\n{}", difference(&full, &said)));
            }
        }
        match &full {
            Err(error) if !question.may_fail => Err(format!("a question that has an answer failed: {error}")),
            _ => Ok(full),
        }
    }
}

/// How a run went, so that a generator that asks nothing does not pass for a law that holds.
#[derive(Default)]
struct Tally {
    asked: AtomicUsize,
    empty: AtomicUsize,
    failed: AtomicUsize,
}

impl Tally {
    fn count(&self, said: &Said) {
        self.asked.fetch_add(1, Ordering::Relaxed);
        match said {
            Ok(rows) => self.empty.fetch_add(usize::from(rows.is_empty()), Ordering::Relaxed),
            Err(_) => self.failed.fetch_add(1, Ordering::Relaxed),
        };
    }
    fn close(self) {
        let (asked, empty, failed) = (self.asked.into_inner(), self.empty.into_inner(), self.failed.into_inner());
        eprintln!("{asked} questions, {empty} with no row, {failed} that fail on a visible row");
        assert!(empty * 2 < asked, "most questions found nothing: the generator asks past the lakes");
    }
}

#[test]
fn no_answer_looks_ahead() {
    let tally = Tally::default();
    for_each_lake(LAKES, |lakes, dice| {
        let (world, other) = lakes.pair();
        let instants = world.instants();
        for _ in 0..CLOCKS_PER_LAKE {
            let clock = dice.instant(&instants);
            let mut stands = lakes.runtime.block_on(Stands::at(&world, &other, clock));
            for _ in 0..QUESTIONS_PER_CLOCK {
                let question = Asker { dice, clock, instants: &instants, has_instants: true }.question();
                let said = lakes.runtime.block_on(stands.ask(&question));
                match said {
                    Ok(said) => tally.count(&said),
                    Err(_) => lakes.fail((world, other), &format!("SET clock = '{clock}';\n{question:?}"), |world, other| {
                        let answer = async { Stands::at(world, other, clock).await.ask(&question).await };
                        lakes.runtime.block_on(answer).map(|_| ())
                    }),
                }
            }
        }
    });
    tally.close();
}

/// What one stand is asked in a law of its own; the words of the law that it broke.
type Broken = Result<(), String>;

fn agree(law: &str, left: &Said, right: &Said) -> Broken {
    if left == right && left.is_ok() { Ok(()) } else { Err(format!("{law}:\n{}", difference(left, right))) }
}

/// Holds a law of one lake at random clocks, and shrinks the lake that breaks it.
fn for_each_clock(usual: u64, law: impl AsyncFn(&World, &mut Stand, KnowledgeTime, KnowledgeTime, u64) -> Broken + Sync) {
    for_each_lake(usual, |lakes, dice| {
        let (world, other) = lakes.pair();
        let instants = world.instants();
        for stream in 2..5 {
            let (one, two) = (dice.instant(&instants), dice.instant(&instants));
            let (earlier, clock) = (one.min(two), one.max(two));
            let hold = |world: &World| {
                lakes.runtime.block_on(async {
                    let mut stand = Stand::with_clock(world.build().await, clock);
                    law(world, &mut stand, earlier, clock, lakes.seed << 8 | stream).await
                })
            };
            if hold(&world).is_err() {
                lakes.fail((world, other), &format!("SET clock = '{clock}'; earlier: '{earlier}'"), |world, _| hold(world));
            }
        }
    });
}

#[test]
fn faces_are_what_they_are_defined_to_be() {
    for_each_clock(SOME_LAKES, async |world: &World, stand: &mut Stand, _, clock, _| {
        let columns = oracle::COLUMNS;
        let faces = [("cot", oracle::latest(&world.rows, clock)), ("cot_vintages", oracle::vintages(&world.rows, clock))];
        for (name, expected) in faces.into_iter().chain([("cot_readings", oracle::readings(&world.rows, clock))]) {
            let said = stand.sorted(&format!("SELECT {columns} FROM {name}")).await;
            agree(name, &said, &Ok(oracle::text(expected)))?;
        }
        // what a setting hides is hidden before a face is chosen
        let graded: Vec<_> = world.rows.iter().filter(|row| row.availability <= Availability::Rule && !row.backcast).cloned().collect();
        stand.rows("SET contango.min_availability = 'rule'").await?;
        stand.rows("SET contango.backcast = 'exclude'").await?;
        for (name, expected) in [("cot", oracle::latest(&graded, clock)), ("cot_readings", oracle::readings(&graded, clock))] {
            let said = stand.sorted(&format!("SELECT {columns} FROM {name}")).await;
            agree(&format!("{name} under settings"), &said, &Ok(oracle::text(expected)))?;
        }
        Ok(())
    });
}

#[test]
fn bars_of_futures_are_put_together_from_what_was_known() {
    for_each_clock(SOME_LAKES, async |world: &World, stand: &mut Stand, _, clock, _| {
        let columns = futures::COLUMNS;
        for (face, expected) in [
            ("", futures::latest(&world.futures, clock)),
            ("_vintages", futures::vintages(&world.futures, clock)),
            ("_readings", futures::readings(&world.futures, clock)),
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
    for_each_clock(SOME_LAKES, async |_: &World, stand: &mut Stand, earlier, clock, seed| {
        let instants = [earlier, clock];
        let mut dice = Dice::new(seed, 2);
        for _ in 0..6 {
            let relation = relations::any(&mut dice, Some(clock));
            stand.rows(&format!("CREATE OR REPLACE TABLE kept AS SELECT * FROM {}", relation.from)).await?;
            let copy = Relation { from: "kept".into(), ..relation.clone() };
            for _ in 0..4 {
                let question = Asker { dice: &mut dice, clock, instants: &instants, has_instants: true }.about(&copy);
                let direct = question.replace("FROM kept AS", &format!("FROM {} AS", relation.from));
                agree(&direct, &stand.sorted(&direct).await, &stand.sorted(&question).await)?;
            }
        }
        Ok(())
    });
}

#[test]
fn families_have_the_faces_of_a_table() {
    for_each_clock(SOME_LAKES, async |world: &World, stand: &mut Stand, _, clock, _| {
        for (family, key) in relations::families() {
            let latest = stand.sorted(&format!("SELECT * FROM {family}")).await;
            let last = format!(
                "SELECT * FROM {family}_vintages QUALIFY row_number() OVER (PARTITION BY {key}, as_of ORDER BY available_at DESC) = 1"
            );
            agree(&format!("{family} and the last of its vintages"), &latest, &stand.sorted(&last).await)?;
        }
        for report in ["tff", "disaggregated", "legacy"] {
            let of_report =
                |rows: Vec<&Vintage>| oracle::text(rows.into_iter().filter(|r| r.report == report && r.scope == "futures_only").collect());
            let columns = oracle::COLUMNS.replace("report, scope", &format!("'{report}', 'futures_only'"));
            for (face, expected) in [("", oracle::latest(&world.rows, clock)), ("_readings", oracle::readings(&world.rows, clock))] {
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
    for_each_clock(SOME_LAKES, async |_: &World, stand: &mut Stand, earlier, clock, seed| {
        for name in ["cot_vintages", "cot_markets_vintages", "cot_wide_vintages", "flow_data_vintages", "futures_statistics_vintages"] {
            let known = format!("SELECT * FROM {name}");
            stand.move_to(earlier);
            let before = stand.sorted(&known).await?;
            stand.move_to(clock);
            let after = stand.sorted(&known).await?;
            if let Some(lost) = before.iter().find(|row| !after.contains(row)) {
                return Err(format!("{name}: known at {earlier} and not at {clock}: {}", lost.join(" | ")));
            }
        }
        let mut dice = Dice::new(seed, 2);
        let question = Asker { dice: &mut dice, clock, instants: &[earlier, clock], has_instants: false }.timeless();
        stand.rows(&format!("CREATE OR REPLACE VIEW asked AS {question}")).await?;
        for name in relations::names().chain(["asked".to_string()]) {
            let moved = stand.sorted(&format!("SELECT * FROM {name} FOR SYSTEM_TIME AS OF TIMESTAMP '{earlier}'")).await;
            stand.move_to(earlier);
            let there = stand.sorted(&format!("SELECT * FROM {name}")).await;
            stand.move_to(clock);
            agree(&format!("{name} at {earlier} ({question})"), &moved, &there)?;
            let later = KnowledgeTime::from_micros(clock.micros() + 1);
            let refused = stand.rows(&format!("SELECT * FROM {name} FOR SYSTEM_TIME AS OF TIMESTAMP '{later}'")).await;
            if !refused.as_ref().is_err_and(|words| words.contains("later than the clock")) {
                return Err(format!("{name} was moved to {later}, later than the clock: {refused:?}"));
            }
        }
        Ok(())
    });
}
