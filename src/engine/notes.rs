//! Remarks that a statement makes to the person, never to the query: they go to stderr and no SQL can read them.

use std::sync::{Arc, Mutex};

/// Remarks for stderr; complete once the result's stream has ended.
#[derive(Debug, Clone, Default)]
pub struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    /// Adds a remark once.
    pub fn add(&self, note: impl Into<String>) {
        let note = note.into();
        let mut all = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !all.contains(&note) {
            all.push(note);
        }
    }
    /// The remarks so far, which are then forgotten.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}
