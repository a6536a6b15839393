//! `.spark`: the last result again, a line per key with the course of its values.

use async_trait::async_trait;

use super::{Command, Completes, Flow, whole};
use crate::error::Error;
use crate::script::Stop;
use crate::shell::Shell;
use crate::shell::chart::request::Request;
use crate::shell::chart::spark::sparks;

pub struct Spark;

/// Characters of a spark on a wide terminal, and in a file.
const WIDEST: usize = 48;

/// What the columns beside a spark take.
const BESIDE: usize = 72;

const DETAILS: &str = "\
Rows are put in order of time (as `.chart` chooses what goes across) and grouped by KEY, or by the names that tell the rows of one time \
apart. Each spark runs from its own least to its own greatest value; a blank is a NULL. Where a character stands for several values it \
shows the one farthest from the mean, so that no spike is lost.

.spark: the column that the result is about, per key
.spark net by category: one row per category";

#[async_trait(?Send)]
impl Command for Spark {
    fn name(&self) -> &'static str {
        "spark"
    }
    fn argument(&self) -> &'static str {
        "[COLUMN] [by KEY ...]"
    }
    fn doc(&self) -> &'static str {
        "the last result in a line per key: first, last, min, max and a sparkline over time"
    }
    fn details(&self) -> &'static str {
        DETAILS
    }
    fn completes(&self) -> Completes {
        Completes::Columns
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        let request = Request::parse(argument)?;
        if request.file.is_some() || request.kind.is_some() || request.columns.len() > 1 {
            return Err(Error::usage("`.spark` takes one column").hint("write `.spark COLUMN by KEY`; `.chart` draws several").into());
        }
        let width = shell.width().map_or(WIDEST, |width| width.saturating_sub(BESIDE).clamp(8, WIDEST));
        let sparks = sparks(whole::last(shell).await?, &request, width)?;
        shell.output.batch(&sparks.rows)?;
        sparks.notes.iter().for_each(|note| shell.messages.note(note));
        Ok(Flow::Continue)
    }
}
