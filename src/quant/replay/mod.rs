//! Replay of a series that is revised: at each of many instants its last observations, from the vintages known by then. One pass over the
//! vintages; what is shown at an instant costs the observations shown.
//!
//! ```text
//! vintages, by known_at ─→ History (in force) ─→ Window (the last n, transformed) ─→ measures
//!          └── instants: each publication, or the steps of a schedule
//! ```
//!
//! Dates and instants are microseconds since 1970 (a date is its first). Nothing here may look at a vintage before its instant has come.

mod first_release;
mod history;
mod instants;
pub mod measure;
#[cfg(test)]
mod oracle;
mod transform;
mod window;

pub use first_release::{FirstRelease, first_releases};
use history::History;
pub use instants::{Instants, Step};
pub use transform::{Transform, year_before};
pub use window::{Term, Window};

/// One published value of one observation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Vintage {
    /// What it describes.
    pub as_of: i64,
    /// From when on it was known.
    pub known_at: i64,
    /// `None`: the source said that there is none.
    pub value: Option<f64>,
}

/// The replay of one series, instant by instant.
#[derive(Debug)]
pub struct Replay {
    /// In order of `known_at`; of one instant in the order in which they were given.
    vintages: Vec<Vintage>,
    n_learnt: usize,
    history: History,
    window: Window,
    instants: Instants,
    n_steps: i64,
}

impl Replay {
    /// `window` is an empty one, `instants` say when to look.
    pub fn new(vintages: Vec<Vintage>, window: Window, instants: Instants) -> Self {
        let first = vintages.iter().map(|vintage| vintage.known_at).min();
        let instants = first.map_or(instants, |first| instants.starting_by(first));
        let n_steps = first.map_or(0, |first| instants.steps_before(first));
        let mut vintages = shown(vintages, instants);
        vintages.sort_by_key(|vintage| vintage.known_at);
        Self { vintages, n_learnt: 0, history: History::default(), window, instants, n_steps }
    }

    /// Goes on to the next instant at which something is known; `None` where there is none left.
    pub fn advance(&mut self) -> Option<i64> {
        loop {
            let next = self.vintages.get(self.n_learnt).map(|vintage| vintage.known_at);
            let instant = match self.instants.every {
                None => next?,
                Some(_) if self.vintages.is_empty() => return None,
                Some(step) => {
                    let at = step.nth_from(self.instants.from?, self.n_steps)?;
                    self.n_steps += 1;
                    at
                }
            };
            if self.instants.to.is_some_and(|to| instant > to) {
                return None;
            }
            self.learn_until(instant);
            if self.instants.from.is_some_and(|from| instant < from) {
                continue;
            }
            self.window.look(self.history.observations());
            if !self.window.terms().is_empty() {
                return Some(instant);
            }
        }
    }

    /// The last observations, oldest first, as known at the instant that [`advance`](Self::advance) gave.
    pub fn terms(&self) -> &[Term] {
        self.window.terms()
    }

    /// Every observation as known then, by `as_of`.
    pub fn observations(&self) -> &[Vintage] {
        self.history.observations()
    }

    fn learn_until(&mut self, instant: i64) {
        while let Some(vintage) = self.vintages.get(self.n_learnt).filter(|vintage| vintage.known_at <= instant) {
            self.window.heed(vintage.as_of);
            self.history.learn(*vintage);
            self.n_learnt += 1;
        }
    }
}

/// The vintages that are in force at some instant shown: none that comes after the last, none that is superseded before the first.
fn shown(mut vintages: Vec<Vintage>, instants: Instants) -> Vec<Vintage> {
    if let Some(to) = instants.to {
        vintages.retain(|vintage| vintage.known_at <= to);
    }
    if let Some(from) = instants.from {
        let is_superseded =
            |own: &Vintage, next: &Vintage| own.as_of == next.as_of && own.known_at < next.known_at && next.known_at <= from;
        let superseded: Vec<bool> = vintages.windows(2).map(|pair| is_superseded(&pair[0], &pair[1])).chain([false]).collect();
        let mut place = 0;
        vintages.retain(|_| {
            place += 1;
            !superseded[place - 1]
        });
    }
    vintages
}
