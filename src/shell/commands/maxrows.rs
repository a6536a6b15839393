//! `.maxrows`: how many rows of a long result a table shows.

use async_trait::async_trait;

use super::{Command, Completes, Flow};
use crate::script::Stop;
use crate::shell::{Shell, output};

pub struct MaxRows;

#[async_trait(?Send)]
impl Command for MaxRows {
    fn name(&self) -> &'static str {
        "maxrows"
    }
    fn argument(&self) -> &'static str {
        "[N|off]"
    }
    fn doc(&self) -> &'static str {
        "how many rows of a long table are shown, first and last ones; a pager shows all of them unless so few were asked for that they fit"
    }
    fn completes(&self) -> Completes {
        Completes::Words(&["off"])
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> Result<Flow, Stop> {
        if !argument.is_empty() {
            shell.output.max_rows = output::MaxRows::parse(argument)?;
        }
        shell.messages.note(&shell.output.max_rows.to_string());
        Ok(Flow::Continue)
    }
}
