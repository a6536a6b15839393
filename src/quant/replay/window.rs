//! The last n observations with a value, as known; made anew only where a vintage came that is among them.

use super::{Transform, Vintage};

/// One observation in a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Term {
    pub as_of: i64,
    /// After the transform.
    pub value: f64,
    /// When this value became known: the latest vintage that it stands on.
    pub known_at: i64,
}

#[derive(Debug)]
pub struct Window {
    /// How many observations; `None` for all.
    last: Option<usize>,
    transform: Transform,
    /// Oldest first.
    terms: Vec<Term>,
    /// A vintage of an earlier observation changes nothing in here.
    reach: i64,
    is_stale: bool,
}

impl Window {
    pub fn new(last: Option<usize>, transform: Transform) -> Self {
        Self { last, transform, terms: Vec::new(), reach: i64::MIN, is_stale: false }
    }

    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// Takes note of a new vintage of an observation.
    pub fn heed(&mut self, as_of: i64) {
        self.is_stale |= as_of >= self.reach;
    }

    /// Makes the window of what is known, where something in it changed.
    pub fn look(&mut self, observations: &[Vintage]) {
        if !std::mem::take(&mut self.is_stale) {
            return;
        }
        self.terms.clear();
        self.reach = i64::MIN;
        for place in (0..observations.len()).rev() {
            if let Some(term) = self.transform.at(observations, place) {
                self.terms.push(term);
                if self.last == Some(self.terms.len()) {
                    self.reach = self.transform.reach(observations, place);
                    break;
                }
            }
        }
        self.terms.reverse();
    }
}
