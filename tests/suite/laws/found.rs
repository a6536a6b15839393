//! A question that broke the law, as an SQL test that holds its own lake: it fails until the engine is right, and is worth keeping then.
//!
//! What it expects is what the lake cut at the clock says, in which there is nothing to look ahead at.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use contango::time::KnowledgeTime;
use sqllogictest::{default_column_validator, default_normalizer, default_validator};

use super::answers::Stand;
use super::files;
use super::lakes::World;
use super::questions::Question;
use super::stands::Why;
use crate::support::{lines, session_on, shell};

/// Writes the file and says where it is. The lake of the file is the one that gave the wrong answer.
pub async fn write(seed: u64, world: &World, other: &World, clock: KnowledgeTime, question: &Question, why: &Why) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/slt/found");
    std::fs::create_dir_all(&folder).expect("the folder of found tests");
    let path = folder.join(format!("{seed}.slt"));
    let cut = world.cut(clock).build().await;
    let right = Stand::cut(cut.clone(), clock).ask(question).await;
    let is_wrong = Stand::with_clock(world.build().await, clock).ask(question).await != right;
    let wrong = if is_wrong { world.clone() } else { world.with_future_of(other, clock) };
    let question =
        if is_made_elsewhere(&wrong, question).await { question } else { &Question { other_clock: Some(clock), ..question.clone() } };
    std::fs::write(&path, text(seed, &wrong, clock, question, why, right.is_ok())).expect("the test can be written");
    if right.is_ok() {
        let mut runner = shell::runner(|| session_on(cut.clone(), Path::new("/nowhere"), None, Some(clock)));
        let (validator, columns) = (default_validator, default_column_validator);
        runner.update_test_file(&path, "\t", validator, default_normalizer, columns).await.expect("the answer can be written");
    }
    path
}

/// Whether views can be made at the other clock: one that names a later instant is refused there.
async fn is_made_elsewhere(world: &World, question: &Question) -> bool {
    let mut stand = Stand::with_clock(world.build().await, question.other_clock.unwrap_or(KnowledgeTime::from_micros(i64::MAX)));
    for statement in &question.elsewhere {
        if stand.rows(statement).await.is_err() {
            return false;
        }
    }
    true
}

fn text(seed: u64, lake: &World, clock: KnowledgeTime, question: &Question, why: &Why, has_answer: bool) -> String {
    let what = match why {
        Why::Differs { stand, .. } => format!("the lake under the clock and {stand} did not say the same"),
        Why::Failed(_) => "a question that has an answer got none".into(),
    };
    let mut text = format!("# name: found_{seed}\n# description: {what}\n# group: found\n# clock: {clock}\n");
    text += &lines::write(&lake.rows, lake.layout);
    let mut say = |line: &str| writeln!(text, "{line}").expect("a string takes all");
    if !question.elsewhere.is_empty() {
        // without a clock there is none to move: the lake ends there
        let moved = question.other_clock.map_or("RESET clock".into(), |at| format!("SET clock = '{at}'"));
        say(&format!("\nonlyif clock\nstatement ok\n{moved}"));
        for statement in &question.elsewhere {
            say(&format!("\nstatement ok\n{statement}"));
        }
        say(&format!("\nonlyif clock\nstatement ok\nSET clock = '{clock}'"));
    }
    // a file beside the lake is told of in the message alone
    for statement in question.before.iter().filter(|statement| !statement.contains(files::PLACE)) {
        say(&format!("\nstatement ok\n{statement}"));
    }
    match (has_answer, why) {
        (true, _) => say(&format!("\nquery T {}\n{}\n----", if question.is_ordered { "nosort" } else { "rowsort" }, question.query)),
        // what may fail fails in both lakes
        (false, Why::Differs { .. }) => say(&format!("\nstatement error\n{}", question.query)),
        (false, Why::Failed(_)) => say(&format!("\nstatement ok\n{}", question.query)),
    }
    text
}
