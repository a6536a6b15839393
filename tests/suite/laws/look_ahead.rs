//! The first law: with the clock at t nothing later has a part in any answer.

use std::sync::Mutex;
use std::time::Instant;

use contango::time::KnowledgeTime;

use super::about::About;
use super::files::Declared;
use super::lakes::World;
use super::questions::{Asker, Question};
use super::stands::{Others, Stands, Tally, Why};
use super::{Lakes, for_each_lake, found, is_long, shrink};

const LAKES: u64 = 15;
const CLOCKS_AND_QUESTIONS: (usize, usize) = (3, 11);
const LONG_CLOCKS_AND_QUESTIONS: (usize, usize) = (2, 27);
/// Breaks after which a long run gives up.
const MOST_BREAKS: usize = 8;

/// What a question is asked of.
struct Place {
    world: World,
    other: World,
    file: Declared,
    clock: KnowledgeTime,
}

#[test]
fn no_answer_looks_ahead() {
    let (tally, breaks, started) = (Tally::default(), Mutex::new(Vec::new()), Instant::now());
    let (clocks, questions) = if is_long() { LONG_CLOCKS_AND_QUESTIONS } else { CLOCKS_AND_QUESTIONS };
    for_each_lake(LAKES, |lakes, dice| {
        let (world, other) = lakes.drawn_pair(dice);
        let about = About::of(&world, &other);
        let full = lakes.runtime.block_on(world.build());
        for _ in 0..clocks {
            // of two the later one: early on there is little to see
            let clock = dice.instant(&about.instants).max(dice.instant(&about.instants));
            let file = Declared::any(dice, &about.instants);
            // the long run asks twice as much of half as many
            let which = if is_long() { *dice.of(&[Others::Cut, Others::OtherFuture]) } else { Others::Both };
            let mut stands = lakes.runtime.block_on(Stands::at(full.clone(), &world, &other, &file, clock, which));
            for _ in 0..questions {
                let question = Asker::new(dice, clock, &about).with_file(&file).question();
                match lakes.runtime.block_on(stands.ask(&question)) {
                    Ok(said) => tally.count(&question, &said),
                    Err(why) => {
                        let place = Place { world: world.clone(), other: other.clone(), file: file.clone(), clock };
                        let told = small(lakes, place, question, &why);
                        let mut breaks = breaks.lock().expect("no panic while a break is kept");
                        breaks.push(told);
                        lakes.is_over.fetch_or(breaks.len() >= MOST_BREAKS, std::sync::atomic::Ordering::Relaxed);
                        return;
                    }
                }
            }
        }
    });
    tally.close(started.elapsed());
    let breaks = breaks.into_inner().expect("no panic while a break is kept");
    assert!(breaks.is_empty(), "{} breaks\n{}", breaks.len(), breaks.join("\n\n"));
}

/// Makes the case small, writes it down as an SQL test, and tells of it.
fn small(lakes: &Lakes, place: Place, mut question: Question, first: &Why) -> String {
    let Place { mut world, mut other, file, clock } = place;
    lakes.stop(&format!("SET clock = '{clock}';\n{question:?}\n{}", first.words()));
    let hold = |world: &World, other: &World, question: &Question| {
        let answer = async { Stands::at(world.build().await, world, other, &file, clock, Others::Both).await.ask(question).await };
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
        return format!("CONTANGO_SEED={}: broken once, and not again\n{question:?}", lakes.seed);
    };
    let kept = lakes.runtime.block_on(found::write(lakes.seed, &world, &other, clock, &question, &why));
    format!(
        "CONTANGO_SEED={}; the case is kept as {}\nSET clock = '{clock}';\n{question:?}\n{}\nthe lake:\n{world:?}\nthe lake whose future is taken:\n{other:?}\nthe file: {file:?}",
        lakes.seed,
        kept.display(),
        why.words()
    )
}
