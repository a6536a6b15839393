//! The laws of a point-in-time engine as properties over random lakes and random questions: no look-ahead on any path, faces that are what
//! they are defined to be, and system times that are clocks.
//!
//! The normal run takes fixed seeds. `CONTANGO_LONG=500 cargo test --test suite laws` takes that many lakes from a new seed, which is
//! printed; `CONTANGO_SEED=n` takes the lakes from that seed on. A failure shrinks the lakes for the one question that failed.

mod answers;
mod dice;
mod lakes;
mod oracle;
mod questions;
mod relations;

use std::hash::{BuildHasher, RandomState};

use contango::time::KnowledgeTime;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use tokio::runtime::Runtime;

use self::answers::{Said, Stand, difference};
use self::dice::{Dice, rng};
use self::lakes::World;
use self::questions::{Asker, Question};

const LAKES: u64 = 40;
const CLOCKS_PER_LAKE: usize = 6;
const QUESTIONS_PER_CLOCK: usize = 10;

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

/// One test per lake: its body is given the lake's tree, so that it can be shrunk, and a source of choices.
fn for_each_lake(usual: u64, mut law: impl FnMut(&Lakes, &mut Dice)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    for seed in seeds(usual) {
        law(&Lakes { seed, runtime: &runtime }, &mut Dice::new(seed, 1));
    }
}

struct Lakes<'a> {
    seed: u64,
    runtime: &'a Runtime,
}

impl Lakes<'_> {
    fn runner(&self) -> TestRunner {
        let config = Config { failure_persistence: None, max_shrink_iters: 400, ..Config::default() };
        TestRunner::new_with_rng(config, rng(self.seed, 0))
    }

    /// A lake and another whose future can stand in for its own.
    fn pair(&self) -> impl ValueTree<Value = (World, World)> {
        (lakes::world(), lakes::world()).new_tree(&mut self.runner()).expect("a tree")
    }

    /// Shrinks the lakes while a question about them fails, and ends the test with what is left.
    fn fail(&self, tree: impl ValueTree<Value = (World, World)>, what: &str, check: impl Fn(&World, &World) -> Result<(), String>) -> ! {
        let found = self.runner().run_one(tree, |(world, other)| {
            // a lake without rows has no instants to ask about
            if world.rows.is_empty() {
                return Ok(());
            }
            check(&world, &other).map_err(TestCaseError::fail)
        });
        match found {
            Err(error) => panic!("CONTANGO_SEED={}\n{what}\n{error}", self.seed),
            Ok(_) => panic!("CONTANGO_SEED={}\n{what}\nfailed once and then never again", self.seed),
        }
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

#[test]
fn no_answer_looks_ahead() {
    let (mut n_asked, mut n_empty, mut n_failed) = (0, 0, 0);
    for_each_lake(LAKES, |lakes, dice| {
        let tree = lakes.pair();
        let (world, other) = tree.current();
        let instants = world.instants();
        for _ in 0..CLOCKS_PER_LAKE {
            let clock = dice.instant(&instants);
            let mut stands = lakes.runtime.block_on(Stands::at(&world, &other, clock));
            for _ in 0..QUESTIONS_PER_CLOCK {
                let question = Asker { dice, clock, instants: &instants, has_instants: true }.question();
                let said = lakes.runtime.block_on(stands.ask(&question));
                match said {
                    Ok(said) => {
                        n_asked += 1;
                        n_empty += usize::from(said.as_ref().is_ok_and(Vec::is_empty));
                        n_failed += usize::from(said.is_err());
                    }
                    Err(_) => lakes.fail(tree, &format!("SET clock = '{clock}';\n{question:?}"), |world, other| {
                        let answer = async { Stands::at(world, other, clock).await.ask(&question).await };
                        lakes.runtime.block_on(answer).map(|_| ())
                    }),
                }
            }
        }
    });
    eprintln!("{n_asked} questions, {n_empty} with no row, {n_failed} that fail on a visible row");
    assert!(n_empty * 2 < n_asked, "most questions found nothing: the generator asks past the lakes");
}
