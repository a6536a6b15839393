//! Which series the input of a replay held: one id of two sources is an error, and one that was asked for and is not there is told.

use std::collections::HashMap;

use super::call::Call;
use super::series::Series;
use crate::engine::context::StatementContext;
use crate::error::{Error, Result};

/// The series so far, and which source each is from.
#[derive(Default)]
pub struct Seen(HashMap<String, Option<String>>);

impl Seen {
    /// Takes note of the next series.
    ///
    /// # Errors
    /// Another source has a series of this id: rows would not say which they are of.
    pub fn add(&mut self, series: &Series, call: &Call) -> Result<()> {
        match self.0.insert(series.id.clone(), series.source.clone()) {
            Some(before) if before != series.source => {
                let (one, other) = (before.unwrap_or_default(), series.source.clone().unwrap_or_default());
                Err(Error::query(format!("`{}` holds `{}` from `{one}` and from `{other}`", call.relation, series.id))
                    .hint(format!("choose one: source => '{one}'")))
            }
            _ => Ok(()),
        }
    }

    /// Remarks on the series that were asked for by name and had no vintage. Suggestions are from configuration, never from the lake.
    pub fn tell_missing(&self, call: &Call, context: &StatementContext) {
        for id in call.ids.iter().filter(|id| !self.0.contains_key(*id)) {
            let mut note = format!("`{}` holds no vintage of `{id}` known by {}", call.relation, context.now());
            let configured = || context.config.series.iter().map(|series| series.id.as_str());
            if call.relation == "macro_series"
                && configured().all(|known| known != id)
                && let Some(near) = crate::config::closest(id, configured())
            {
                note.push_str(&format!("; did you mean `{near}`?"));
            }
            context.notes.add(note);
        }
    }
}
