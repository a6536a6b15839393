//! How a broken law is made small: rows are taken out of the lakes, and clauses out of the question, while it stays broken.

use std::time::{Duration, Instant};

use super::clauses;
use super::lakes::World;
use super::questions::Question;
use crate::support::Rows;

/// How long one broken law is shrunk.
pub const SHRINKING: Duration = Duration::from_secs(90);

/// Drops rows of a lake while the law stays broken, and lays the rest out plainly.
pub fn rows(world: &mut World, is_broken: &dyn Fn(&World) -> bool) {
    // rows are what a file of a test can hold: payloads stay where the law breaks only with what they make of a lake's files
    let written = World { sent: Vec::new(), ..world.clone() };
    if !world.sent.is_empty() && is_broken(&written) {
        *world = written;
    }
    if !world.sent.is_empty() {
        return;
    }
    fewer(world, |rows| &mut rows.plain, is_broken);
    fewer(world, |rows| &mut rows.futures, is_broken);
    fewer(world, |rows| &mut rows.cot, is_broken);
    fewer(world, |rows| &mut rows.macro_series, is_broken);
    let mut plain = world.clone();
    plain.layout.is_compacted = false;
    plain.layout.n_payloads = 1;
    if plain.layout != world.layout && is_broken(&plain) {
        *world = plain;
    }
}

/// Drops the largest parts of some rows first, down to single rows.
fn fewer<T>(world: &mut World, of: fn(&mut Rows) -> &mut Vec<T>, is_broken: &dyn Fn(&World) -> bool) {
    let mut size = of(&mut world.rows).len();
    while size > 0 {
        let mut at = 0;
        while at < of(&mut world.rows).len() {
            let mut without = world.clone();
            let own = of(&mut without.rows);
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

/// Takes the first smaller question that breaks the law, again and again.
pub fn question(question: &mut Question, is_broken: &dyn Fn(&Question) -> bool) {
    while let Some(smaller) = smaller(question).into_iter().find(|smaller| is_broken(smaller)) {
        *question = smaller;
    }
}

/// Questions with something left out, the most first.
fn smaller(question: &Question) -> Vec<Question> {
    let mut found = Vec::new();
    let (elsewhere, before) = (&question.elsewhere, &question.before);
    // what was asked by way of a view, a table or a prepared statement is asked itself
    for made in elsewhere.iter().chain(before).filter_map(|statement| clauses::made_of(statement)) {
        found.push(Question {
            elsewhere: Vec::new(),
            before: Vec::new(),
            kept: None,
            query: made.1.to_string(),
            is_ordered: false,
            ..question.clone()
        });
    }
    for without in 0..elsewhere.len() {
        let mut fewer = question.clone();
        fewer.elsewhere.remove(without);
        found.push(fewer);
    }
    for without in 0..before.len() {
        let mut fewer = question.clone();
        fewer.before.remove(without);
        found.push(fewer);
    }
    if question.other_clock.is_some() {
        found.push(Question { other_clock: None, ..question.clone() });
    }
    for query in clauses::fewer(&question.query) {
        let is_ordered = question.is_ordered && query.to_uppercase().contains("ORDER BY");
        found.push(Question { query, is_ordered, ..question.clone() });
    }
    for (n, statement) in elsewhere.iter().enumerate() {
        found.extend(of_statement(statement).map(|statement| {
            let mut smaller = question.clone();
            smaller.elsewhere[n] = statement;
            smaller
        }));
    }
    for (n, statement) in before.iter().enumerate() {
        found.extend(of_statement(statement).map(|statement| {
            let mut smaller = question.clone();
            smaller.before[n] = statement;
            smaller
        }));
    }
    found
}

fn of_statement(statement: &str) -> impl Iterator<Item = String> {
    let made = clauses::made_of(statement).into_iter();
    made.flat_map(|(head, query)| clauses::fewer(query).into_iter().map(move |query| format!("{head}{query}")))
}

/// Whether there is time left.
pub fn timer() -> impl Fn() -> bool {
    let started = Instant::now();
    move || started.elapsed() < SHRINKING
}
