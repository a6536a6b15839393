//! The laws of a point-in-time engine as properties over random lakes and random questions: no look-ahead on any path, faces that are what
//! they are defined to be, and system times that are clocks.
//!
//! The normal run takes fixed seeds. `CONTANGO_LONG=500 cargo test --test suite laws` takes that many lakes from a new seed, which is
//! printed; `CONTANGO_SEED=n` takes the lakes from that seed on. A failure shrinks the lakes and the question that failed, and is written to
//! `tests/slt/found/` as an SQL test.

mod answers;
mod calls;
mod clauses;
pub mod dice;
mod faces;
mod found;
mod futures;
mod lakes;
mod look_ahead;
mod operators;
mod oracle;
mod questions;
mod relations;
mod shrink;
mod stands;

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use contango::time::KnowledgeTime;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::Runtime;

use self::answers::{Said, Stand, difference};
use self::dice::{Dice, rng};
use self::lakes::World;

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
    is_over: &'a AtomicBool,
}

impl Lakes<'_> {
    /// A lake and another whose future can stand in for its own.
    fn pair(&self) -> (World, World) {
        let mut runner = TestRunner::new_with_rng(Config::default(), rng(self.seed, 0));
        (lakes::world(), lakes::world()).new_tree(&mut runner).expect("a lake").current()
    }

    /// Says that a law was broken: the other lakes need not go on.
    fn stop(&self, what: &str) {
        self.is_over.store(true, Ordering::Relaxed);
        eprintln!("CONTANGO_SEED={} breaks a law; shrinking\n{what}", self.seed);
    }
}

/// What one stand is asked in a law of its own; the words of the law that it broke.
type Broken = Result<(), String>;

fn agree(law: &str, left: &Said, right: &Said) -> Broken {
    if left == right && left.is_ok() { Ok(()) } else { Err(format!("{law}:\n{}", difference(left, right))) }
}

/// Holds a law of one lake at random clocks, and shrinks the lake that breaks it.
fn for_each_clock(usual: u64, law: impl AsyncFn(&World, &mut Stand, KnowledgeTime, KnowledgeTime, u64) -> Broken + Sync) {
    for_each_lake(usual, |lakes, dice| {
        let (mut world, _) = lakes.pair();
        let instants = world.instants();
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
