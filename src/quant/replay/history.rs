//! What is known of a series at an instant: for each observation the vintage in force.

use super::Vintage;

/// The vintages in force, by `as_of`.
#[derive(Debug, Default)]
pub struct History {
    in_force: Vec<Vintage>,
}

impl History {
    /// Takes the next vintage in order of `known_at`. Most are about the newest observation or one after it.
    pub fn learn(&mut self, vintage: Vintage) {
        match self.in_force.last() {
            Some(newest) if newest.as_of >= vintage.as_of => {
                match self.in_force.binary_search_by_key(&vintage.as_of, |known| known.as_of) {
                    Ok(at) => self.in_force[at] = vintage,
                    Err(at) => self.in_force.insert(at, vintage),
                }
            }
            _ => self.in_force.push(vintage),
        }
    }

    pub fn observations(&self) -> &[Vintage] {
        &self.in_force
    }
}
