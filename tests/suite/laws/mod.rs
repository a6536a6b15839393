//! The laws of a point-in-time engine as properties over random lakes and random questions: no look-ahead on any path, faces that are what
//! they are defined to be, system times that are clocks, rows that are dated by all that they are made of, builds that know no more than
//! that, and one lake from any order of payloads. Every table, view family and table function is asked about, in lakes that `ingest` fills.
//!
//! The normal run takes fixed seeds. The long run is one command, and goes on after a break:
//!
//! ```sh
//! CONTANGO_LONG=2000 CONTANGO_SEED=1 cargo test --test suite laws::look_ahead -- --nocapture
//! ```
//!
//! `CONTANGO_LONG` is the number of lakes, 54 questions each; without `CONTANGO_SEED` the first seed is a new one. Seed, questions and time are
//! printed at the end. `CONTANGO_SEED=n` alone takes the one lake of that seed. A failure shrinks the lakes and the question that failed, and
//! is written to `tests/slt/found/` as an SQL test.

mod about;
mod answers;
mod builds;
mod calls;
mod clauses;
mod coverage;
mod dated;
pub mod dice;
mod faces;
mod files;
mod found;
mod futures;
mod lakes;
mod look_ahead;
mod operators;
mod oracle;
mod order;
mod payloads;
mod questions;
mod relations;
mod shrink;
mod stands;

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use contango::time::KnowledgeTime;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::Runtime;

use self::answers::{Said, Stand, difference};
use self::dice::{Dice, rng};
use self::lakes::World;

/// Every table, view family and table function that questions are asked about.
pub fn asked_about() -> BTreeSet<&'static str> {
    relations::asked_about().chain(calls::asked_about()).collect()
}

/// Every table of which some lake of the laws holds rows that `ingest`, or a build of what it made, has put there.
pub fn filled() -> BTreeSet<&'static str> {
    payloads::PROVIDERS.iter().flat_map(|provider| provider.tables).copied().chain(lakes::built::STORED).collect()
}

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

fn is_long() -> bool {
    std::env::var_os("CONTANGO_LONG").is_some()
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
    is_over: &'a AtomicBool,
}

impl Lakes<'_> {
    /// A lake and another whose future can stand in for its own.
    fn pair(&self) -> (World, World) {
        let mut runner = TestRunner::new_with_rng(Config::default(), rng(self.seed, 0));
        (lakes::world(), lakes::world()).new_tree(&mut runner).expect("a lake").current()
    }

    /// As [`Self::pair`], but two of three lakes are what `ingest` makes of payloads.
    fn drawn_pair(&self, dice: &mut Dice) -> (World, World) {
        if self.seed.is_multiple_of(3) {
            return self.pair();
        }
        self.runtime.block_on(async { (World::ingested(dice, self.seed).await, World::ingested(dice, self.seed).await) })
    }

    /// Says that a law was broken: the other lakes need not go on, but in a long run, which looks for more.
    fn stop(&self, what: &str) {
        self.is_over.store(!is_long(), Ordering::Relaxed);
        eprintln!("CONTANGO_SEED={} breaks a law; shrinking\n{what}", self.seed);
    }
}

/// What one stand is asked in a law of its own; the words of the law that it broke.
type Broken = Result<(), String>;

fn agree(law: &str, left: &Said, right: &Said) -> Broken {
    if left == right && left.is_ok() { Ok(()) } else { Err(format!("{law}:\n{}", difference(left, right))) }
}

/// Holds a law of one lake of written rows at random clocks, and shrinks the lake that breaks it.
fn for_each_clock(usual: u64, law: impl AsyncFn(&World, &mut Stand, KnowledgeTime, KnowledgeTime, u64) -> Broken + Sync) {
    clocks_of(usual, |lakes, _| lakes.pair().0, law);
}

/// As [`for_each_clock`], of lakes of any kind.
fn for_each_clock_of_any(usual: u64, law: impl AsyncFn(&World, &mut Stand, KnowledgeTime, KnowledgeTime, u64) -> Broken + Sync) {
    clocks_of(usual, |lakes, dice| lakes.drawn_pair(dice).0, law);
}

fn clocks_of(
    usual: u64,
    drawn: impl Fn(&Lakes, &mut Dice) -> World + Sync,
    law: impl AsyncFn(&World, &mut Stand, KnowledgeTime, KnowledgeTime, u64) -> Broken + Sync,
) {
    for_each_lake(usual, |lakes, dice| {
        let mut world = drawn(lakes, dice);
        let instants = world.instants();
        if instants.is_empty() {
            return;
        }
        let full = lakes.runtime.block_on(world.build());
        for stream in 2..5 {
            let (one, two) = (dice.instant(&instants), dice.instant(&instants));
            let (earlier, clock) = (one.min(two), one.max(two));
            let what = format!("SET clock = '{clock}'; earlier: '{earlier}'");
            let hold = |world: &World, lake| {
                let mut stand = Stand::with_clock(lake, clock);
                lakes.runtime.block_on(law(world, &mut stand, earlier, clock, lakes.seed << 8 | stream))
            };
            if let Err(first) = hold(&world, full.clone()) {
                lakes.stop(&format!("{what}\n{first}"));
                let hold = |world: &World| hold(world, lakes.runtime.block_on(world.build()));
                let has_time = shrink::timer();
                shrink::rows(&mut world, &|fewer| has_time() && hold(fewer).is_err());
                let why = hold(&world).err().unwrap_or_else(|| "broken once, and not again".into());
                panic!("CONTANGO_SEED={}\n{what}\n{why}\nthe lake:\n{world:?}", lakes.seed);
            }
        }
    });
}
