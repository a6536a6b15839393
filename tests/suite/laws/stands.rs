//! Where a question is asked: under the clock, in the lake that ends there, and in the lake with another future. All must say the same.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use contango::lake::Lake;
use contango::time::KnowledgeTime;
use tempfile::TempDir;

use super::answers::{Said, Stand, difference};
use super::files::Declared;
use super::lakes::World;
use super::questions::Question;
use super::{calls, relations};

pub struct Stands {
    full: Stand,
    /// Those that must say the same, by their names.
    others: Vec<(&'static str, Stand)>,
    /// Where the files beside the lakes are.
    _files: [TempDir; 3],
}

/// Which lakes must say what the full one says under the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    Both,
    Cut,
    OtherFuture,
}

/// How a question broke the law.
#[derive(Debug)]
pub enum Why {
    /// Another stand said something else than the full lake under the clock.
    Differs { stand: &'static str, difference: String },
    /// A question that has an answer got none.
    Failed(String),
}

impl Why {
    pub fn words(&self) -> String {
        match self {
            Self::Differs { stand, difference } => format!("the full lake under the clock and {stand} differ:\n{difference}"),
            Self::Failed(error) => format!("a question that has an answer failed: {error}"),
        }
    }
    /// Whether two are failures of one kind, so that one may stand for the other.
    pub fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Differs { .. }, Self::Differs { .. }) => true,
            (Self::Failed(one), Self::Failed(other)) => one.split_whitespace().take(4).eq(other.split_whitespace().take(4)),
            _ => false,
        }
    }
}

impl Stands {
    /// `full` is the lake that holds the world.
    pub async fn at(full: Lake, world: &World, other: &World, file: &Declared, clock: KnowledgeTime, which: Others) -> Self {
        let files = [(); 3].map(|()| tempfile::tempdir().expect("a folder"));
        let full = Stand::with_clock(full, clock).with_file(file.whole(files[0].path()));
        let mut others = Vec::new();
        if which != Others::OtherFuture {
            let cut = Stand::cut(world.cut(clock).build().await, clock).with_file(file.cut(files[1].path(), clock));
            others.push(("the lake cut at the clock", cut));
        }
        if which != Others::Cut {
            let other_future = Stand::with_clock(world.with_future_of(other, clock).build().await, clock);
            others.push(("the lake with another future", other_future.with_file(file.with_other_future(files[2].path(), clock))));
        }
        Self { full, others, _files: files }
    }

    pub async fn ask(&mut self, question: &Question) -> Result<Said, Why> {
        let full = self.full.ask(question).await;
        if let (Err(error), false) = (&full, question.may_fail) {
            return Err(Why::Failed(error.clone()));
        }
        for (name, stand) in &mut self.others {
            let said = stand.ask(question).await;
            if said != full && !fail_alike(stand, question, &full, &said).await {
                return Err(Why::Differs { stand: name, difference: difference(&full, &said) });
            }
        }
        Ok(full)
    }
}

/// Whether both fail with the same words but for the value that they name, and both values are visible.
async fn fail_alike(stand: &mut Stand, question: &Question, full: &Said, said: &Said) -> bool {
    let (Some(may_name), Err(one), Err(other)) = (&question.may_name, full, said) else { return false };
    let parts = |words: &str| {
        let (value, rest) = words.split_once('`')?.1.split_once('`')?;
        Some((value.to_string(), rest.to_string()))
    };
    let (Some((one, rest)), Some((other, other_rest))) = (parts(one), parts(other)) else { return false };
    let Ok(visible) = stand.rows(may_name).await else { return false };
    let is_visible = |value: &String| visible.iter().flatten().any(|cell| cell == value);
    rest == other_rest && is_visible(&one) && is_visible(&other)
}

/// How a run went, so that a generator that asks nothing does not pass for a law that holds.
#[derive(Default)]
pub struct Tally {
    asked: AtomicUsize,
    empty: AtomicUsize,
    failed: AtomicUsize,
    /// Of what some question found rows.
    found: Mutex<BTreeSet<String>>,
}

/// Questions of a run that is large enough to be judged, and of one that should have met everything.
const ENOUGH: usize = 400;
const MANY: usize = 4000;

impl Tally {
    pub fn count(&self, question: &Question, said: &Said) {
        self.asked.fetch_add(1, Ordering::Relaxed);
        match said {
            Ok(rows) if rows.is_empty() => {
                self.empty.fetch_add(1, Ordering::Relaxed);
            }
            Ok(_) => self.found.lock().expect("no panic while counting").extend(question.names.iter().cloned()),
            Err(_) => {
                self.failed.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
    pub fn close(self, took: Duration) {
        let (asked, empty, failed) = (self.asked.into_inner(), self.empty.into_inner(), self.failed.into_inner());
        eprintln!("{asked} questions in {} s, {empty} with no row, {failed} that fail on a visible row", took.as_secs());
        if asked < ENOUGH {
            return;
        }
        assert!(empty * 2 < asked, "most questions found nothing: the generator asks past the lakes");
        assert!(failed * 8 < asked, "too many questions fail");
        let found = self.found.into_inner().expect("no panic while counting");
        let missed: Vec<&str> = relations::asked_about().chain(calls::asked_about()).filter(|name| !found.contains(*name)).collect();
        assert!(asked < MANY || missed.is_empty(), "no question found a row of {missed:?}: no lake holds them, or nothing asks");
    }
}
