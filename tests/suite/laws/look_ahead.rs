//! The first law: with the clock at t nothing later has a part in any answer.

use contango::time::KnowledgeTime;

use super::lakes::World;
use super::questions::{Asker, Question};
use super::stands::{Stands, Tally, Why};
use super::{Lakes, for_each_lake, found, shrink};

const LAKES: u64 = 40;
const CLOCKS_PER_LAKE: usize = 6;
const QUESTIONS_PER_CLOCK: usize = 10;

#[test]
fn no_answer_looks_ahead() {
    let tally = Tally::default();
    for_each_lake(LAKES, |lakes, dice| {
        let (world, other) = lakes.pair();
        let instants = world.instants();
        let full = lakes.runtime.block_on(world.build());
        for _ in 0..CLOCKS_PER_LAKE {
            let clock = dice.instant(&instants);
            let mut stands = lakes.runtime.block_on(Stands::at(full.clone(), &world, &other, clock));
            for _ in 0..QUESTIONS_PER_CLOCK {
                let question = Asker::new(dice, clock, &instants).question();
                match lakes.runtime.block_on(stands.ask(&question)) {
                    Ok(said) => tally.count(&said),
                    Err(why) => fail(lakes, (world, other), clock, question, &why),
                }
            }
        }
    });
    tally.close();
}

/// Makes the case small, writes it down as an SQL test, and ends this one.
fn fail(lakes: &Lakes, (mut world, mut other): (World, World), clock: KnowledgeTime, mut question: Question, first: &Why) -> ! {
    lakes.stop(&format!("SET clock = '{clock}';\n{question:?}\n{}", first.words()));
    let hold = |world: &World, other: &World, question: &Question| {
        let answer = async { Stands::at(world.build().await, world, other, clock).await.ask(question).await };
        lakes.runtime.block_on(answer).map(|_| ())
    };
    let has_time = shrink::timer();
    let is_broken =
        |world: &World, other: &World, question: &Question| has_time() && hold(world, other, question).is_err_and(|why| why.is_like(first));
    shrink::rows(&mut other, &|fewer| is_broken(&world, fewer, &question));
    shrink::rows(&mut world, &|fewer| is_broken(fewer, &other, &question));
    shrink::question(&mut question, &|smaller| is_broken(&world, &other, smaller));
    shrink::rows(&mut world, &|fewer| is_broken(fewer, &other, &question));
    let Err(why) = hold(&world, &other, &question) else {
        panic!("CONTANGO_SEED={}: broken once, and not again\n{question:?}", lakes.seed);
    };
    let file = lakes.runtime.block_on(found::write(lakes.seed, &world, &other, clock, &question, &why));
    panic!(
        "CONTANGO_SEED={}; the case is kept as {}\nSET clock = '{clock}';\n{question:?}\n{}\nthe lake:\n{world:?}\nthe lake whose future is taken:\n{other:?}",
        lakes.seed,
        file.display(),
        why.words()
    );
}
