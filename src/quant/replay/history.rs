//! What is known of a series at an instant: for each observation the vintage in force.

use super::Vintage;

/// How many observations back are looked through one by one.
const NEAR: usize = 16;

/// The vintages in force, by `as_of`.
#[derive(Debug, Default)]
pub struct History {
    in_force: Vec<Vintage>,
}

impl History {
    /// Takes the next vintage in order of `known_at`. Most are about the newest observation or one a little before it.
    pub fn learn(&mut self, vintage: Vintage) {
        let near = self.in_force.iter().rev().take(NEAR).take_while(|known| known.as_of > vintage.as_of).count();
        let end = self.in_force.len() - near;
        let place = match near {
            NEAR => self.in_force[..end].partition_point(|known| known.as_of <= vintage.as_of),
            _ => end,
        };
        // every observation from `place` on is later
        match place.checked_sub(1).map(|before| &mut self.in_force[before]) {
            Some(known) if known.as_of == vintage.as_of => *known = vintage,
            _ => self.in_force.insert(place, vintage),
        }
    }

    pub fn observations(&self) -> &[Vintage] {
        &self.in_force
    }
}
