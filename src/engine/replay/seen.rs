//! Which series the input of a replay held, in all of its partitions: one id of two sources is an error, and one that was asked for and is not there is told.

use std::collections::HashMap;

use super::call::Call;
use super::series::Series;
use crate::engine::context::StatementContext;
use crate::error::{Error, Result};

/// The series so far, and which source each is from.
#[derive(Debug)]
pub struct Seen {
    source_of: HashMap<String, Option<String>>,
    /// Partitions of the input that are still read.
    n_open: usize,
}

impl Seen {
    pub fn of_partitions(n: usize) -> Self {
        Self { source_of: HashMap::new(), n_open: n }
    }

    /// Takes note of the next series.
    ///
    /// # Errors
    /// Another source has a series of this id: rows would not say which they are of.
    pub fn add(&mut self, series: &Series, call: &Call) -> Result<()> {
        match self.source_of.insert(series.id.clone(), series.source.clone()) {
            Some(before) if before != series.source => {
                // partitions come in any order, the sentence does not
                let mut sources = [before.unwrap_or_default(), series.source.clone().unwrap_or_default()];
                sources.sort_unstable();
                let [one, other] = sources;
                Err(Error::query(format!("`{}` holds `{}` from `{one}` and from `{other}`", call.relation, series.id))
                    .hint(format!("choose one: source => '{one}'")))
            }
            _ => Ok(()),
        }
    }

    /// Takes note that a partition is at its end. After the last one, remarks on the series that were asked for by name and had no vintage;
    /// suggestions are from configuration, never from the lake.
    pub fn end(&mut self, call: &Call, context: &StatementContext) {
        self.n_open = self.n_open.saturating_sub(1);
        if self.n_open > 0 {
            return;
        }
        for id in call.ids.iter().filter(|id| !self.source_of.contains_key(*id)) {
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
